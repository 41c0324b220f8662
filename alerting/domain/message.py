"""What one channel says in one language: the exact words, before any channel's own encoding."""

import html
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from alerting.domain import late_values
from alerting.domain.channel_profiles import profile_of
from alerting.domain.errors import HiddenCharacter, TextsTooLong, TextTooLong
from alerting.domain.language import Language
from alerting.domain.text.hidden import hidden

MAX_TEXT_CHARS: Final = 20_000
"""Characters of one text on a channel that sets no limit itself: e-mails, releases, pages."""
MAX_SHORT_CHARS: Final = 8_000
"""The others carry less than that by far; the longest details still make a text that can be
shortened."""
MAX_SUBJECT_CHARS: Final = 2_000
MAX_ALERT_CHARS: Final = 100_000
"""Characters of all texts of one alert together, subjects too. On every channel in four languages
the library makes 30,000, and of the longest details 90,000."""


def max_chars(channel: str) -> int:
    """The longest text a draft may hold for `channel`, in characters."""
    return MAX_SHORT_CHARS if profile_of(channel).unit else MAX_TEXT_CHARS


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One text. `subject` and `html` stay empty where a channel has no use for them.

    None of the three holds anything that nobody can see, however it came there, and a subject has
    no line end, which would end a header (RFC 5322 2.2): HiddenCharacter. Nor is one longer than
    its bound, because all that reads it takes time with its length: TextTooLong. Hour and date of
    sending count as wide as they can become, so that filling them in is never refused.
    """

    channel: str
    language: Language
    text: str
    subject: str = ""
    html: str = ""

    def __post_init__(self) -> None:
        """Look at what is about to be read, not at what it was made of."""
        for text, most in (
            (self.text, max_chars(self.channel)),
            (self.subject, MAX_SUBJECT_CHARS),
        ):
            count = len(late_values.widest(text, self.language))
            if count > most:
                raise TextTooLong(
                    channel=self.channel, language=self.language, count=count, most=most
                )
        parts = (self.subject, self.text, self.html, html.unescape(self.html))
        found = next((one for part in parts for _, one in hidden(part)), None)
        if found is None and "\n" in self.subject:
            found = "U+000A LINE FEED"
        if found is not None:
            raise HiddenCharacter(channel=self.channel, language=self.language, letter=found)

    @property
    def waits_for_sending(self) -> bool:
        """Whether the hour or the date of sending is still a mark in it."""
        return any(map(late_values.has_mark, (self.subject, self.text, self.html)))

    def filled(self, moment: datetime) -> "Message":
        """The words that leave at `moment`."""
        if not self.waits_for_sending:
            return self
        gsm7 = profile_of(self.channel).gsm7

        def words(part: str) -> str:
            return late_values.filled(part, self.language, moment, gsm7=gsm7)

        return replace(
            self, subject=words(self.subject), text=words(self.text), html=words(self.html)
        )

    def widest(self) -> "Message":
        """The longest words that may leave; its HTML, which has no bound, as it is."""
        if not self.waits_for_sending:
            return self
        return replace(
            self,
            subject=late_values.widest(self.subject, self.language),
            text=late_values.widest(self.text, self.language),
        )


def require_room(messages: Iterable[Message]) -> None:
    """TextsTooLong where one alert cannot hold all of these texts.

    Whoever saves, checks or reads an alert takes time with the sum. Marks for the hour and the date
    of sending count as wide as they can become.
    """
    count = sum(map(_chars, messages))
    if count > MAX_ALERT_CHARS:
        raise TextsTooLong(count=count, most=MAX_ALERT_CHARS)


def those_with_room(messages: Iterable[Message]) -> tuple[Message, ...]:
    """Those texts, empty from the first on for which one alert has no room."""
    left, found = MAX_ALERT_CHARS, []
    for message in messages:
        left -= _chars(message)
        found.append(message if left >= 0 else replace(message, subject="", text="", html=""))
    return tuple(found)


def _chars(message: Message) -> int:
    return sum(
        len(late_values.widest(part, message.language)) for part in (message.subject, message.text)
    )
