"""The address of an alert's own page in its texts, before the alert has a number.

Texts are composed before the alert is kept, and the number comes with the row. Until then a mark
stands in the address, as wide as the widest number, so that lengths and segments are reckoned
rightly. Whatever is kept of an alert has its number (`store.alerts.repository.save`).
"""

import re
from dataclasses import dataclass, replace

from alerting.domain.language import Language
from alerting.domain.message import Message

NUMBER = "xnumber"
"""Seven letters of every alphabet, as wide as the number of the ten millionth alert."""
MARK = re.compile(rf"(?<=/a/[0-9]{{4}}/){NUMBER}(?=/)")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAddress:
    """Where an alert's page is, or will be."""

    site: str
    """Where the public pages are, without a slash at the end."""
    year: int
    """In which the alert was drafted, on Belgian calendars."""
    number: int = 0
    """0 until it has one."""

    def url(self, language: Language) -> str:
        """In one language."""
        return f"{self.site}/a/{self.year}/{self.number or NUMBER}/{language}/"


def has_mark(text: str) -> bool:
    """Whether a number is still to be put into an address."""
    return NUMBER in text and MARK.search(text) is not None


def with_number(message: Message, number: int) -> Message:
    """The words with the alert's number in the address of its page."""
    if not any(map(has_mark, (message.subject, message.text, message.html))):
        return message

    def words(part: str) -> str:
        return MARK.sub(str(number), part)

    return replace(
        message,
        subject=words(message.subject),
        text=words(message.text),
        html=words(message.html),
    )
