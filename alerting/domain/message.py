"""What one channel says in one language: the exact words, before any channel's own encoding."""

import html
from dataclasses import dataclass

from alerting.domain.errors import HiddenCharacter
from alerting.domain.language import Language
from alerting.domain.text.hidden import hidden


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One text. `subject` and `html` stay empty where a channel has no use for them.

    None of the three holds anything that nobody can see, however it came there, and a subject has
    no line end, which would end a header (RFC 5322 2.2): HiddenCharacter.
    """

    channel: str
    language: Language
    text: str
    subject: str = ""
    html: str = ""

    def __post_init__(self) -> None:
        """Look at what is about to be read, not at what it was made of."""
        parts = (self.subject, self.text, self.html, html.unescape(self.html))
        found = next((one for part in parts for _, one in hidden(part)), None)
        if found is None and "\n" in self.subject:
            found = "U+000A LINE FEED"
        if found is not None:
            raise HiddenCharacter(channel=self.channel, language=self.language, letter=found)
