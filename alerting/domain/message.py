"""What one channel says in one language: the exact words, before any channel's own encoding."""

from dataclasses import dataclass

from alerting.domain.language import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One text. `subject` and `html` stay empty where a channel has no use for them."""

    channel: str
    language: Language
    text: str
    subject: str = ""
    html: str = ""
