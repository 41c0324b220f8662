"""What one channel says in one language: the exact words, before any channel's own encoding."""

import html
from dataclasses import dataclass
from typing import Final

from alerting.domain.errors import HiddenCharacter, TextTooLong
from alerting.domain.language import Language
from alerting.domain.text.hidden import hidden

MAX_TEXT_CHARS: Final = 20_000
"""Characters of one text on a channel that sets no limit itself: letters, releases, pages."""
MAX_SHORT_CHARS: Final = 8_000
SHORT_CHANNELS: Final = frozenset({"sms", "x", "mastodon", "bluesky", "cellbroadcast", "voice"})
"""These carry less than that by far; the longest details still make a text that can be shortened.
"""
MAX_SUBJECT_CHARS: Final = 2_000


def max_chars(channel: str) -> int:
    """The longest text a draft may hold for `channel`, in characters."""
    return MAX_SHORT_CHARS if channel in SHORT_CHANNELS else MAX_TEXT_CHARS


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One text. `subject` and `html` stay empty where a channel has no use for them.

    None of the three holds anything that nobody can see, however it came there, and a subject has
    no line end, which would end a header (RFC 5322 2.2): HiddenCharacter. Nor is one longer than
    its bound, because all that reads it takes time with its length: TextTooLong.
    """

    channel: str
    language: Language
    text: str
    subject: str = ""
    html: str = ""

    def __post_init__(self) -> None:
        """Look at what is about to be read, not at what it was made of."""
        for words, most in (
            (self.text, max_chars(self.channel)),
            (self.subject, MAX_SUBJECT_CHARS),
        ):
            if len(words) > most:
                raise TextTooLong(
                    channel=self.channel, language=self.language, count=len(words), most=most
                )
        parts = (self.subject, self.text, self.html, html.unescape(self.html))
        found = next((one for part in parts for _, one in hidden(part)), None)
        if found is None and "\n" in self.subject:
            found = "U+000A LINE FEED"
        if found is not None:
            raise HiddenCharacter(channel=self.channel, language=self.language, letter=found)
