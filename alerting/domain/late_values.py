"""The hour and the date of sending: marks in a text until it leaves, words when it does.

An alert drafted and approved at two in the morning may leave in the evening. What is kept, bound by
a fingerprint and approved is the mark; it is filled once, from one moment that is stored with the
alert, so that every channel, person and try reads the same.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache

from alerting.domain.belgian_time import clock, day
from alerting.domain.language import Language
from alerting.domain.text.gsm7 import measure, rewrite


class LateValue(StrEnum):
    """As it stands in a text, and as it may be typed into one."""

    TIME = "{{ time }}"
    DATE = "{{ date }}"


MARK = re.compile(r"\{\{ ?(?:time|date) ?\}\}")
WIDEST_DATE: Mapping[Language, str] = {
    language: max(
        (day(date(2030, month, number), language) for month in range(1, 13) for number in (1, 28)),
        key=len,
    )
    for language in Language
}
"""The hour has one width; of the dates, the longest."""
WIDEST_TIME: Mapping[Language, str] = {
    language: clock(datetime.fromisoformat("2030-01-15T20:58+00:00"), language)
    for language in Language
}


def has_mark(text: str) -> bool:
    """Whether an hour or a date of sending is still to be filled in."""
    return "{{" in text and MARK.search(text) is not None


_BEFORE = frozenset("([«“‘\"'–—")
_AFTER = frozenset(")]»”’\"'.,;:!?…–—")
_NEAR = 12
"""Signs and blanks over which digits are read together; `checks.telephones` reads over fewer."""


def joined_marks(text: str) -> Iterator[tuple[int, int]]:
    """Marks that what stands beside them could make part of a number, an address or a word.

    A mark stands between blanks, with punctuation at most; between its digits and others, and a
    plus, stands a letter. So no hour of sending makes of a text what nobody read in it.
    """
    if not has_mark(text):
        return
    for match in MARK.finditer(text):
        before = text[max(0, match.start() - 2 * _NEAR) : match.start()]
        after = text[match.end() : match.end() + 2 * _NEAR]
        if not (_apart(before[::-1], _BEFORE) and _apart(after, _AFTER)):
            yield match.span()


def _apart(beside: str, allowed: frozenset[str]) -> bool:
    """Whether a mark is joined to nothing on one side, read away from it."""
    signs = next((n for n, one in enumerate(beside) if one not in allowed), len(beside))
    if signs < len(beside) and not beside[signs].isspace():
        return False
    for one in beside[:_NEAR]:
        if one.isalpha() or one in "{}":
            return True
        if one.isnumeric() or unicodedata.normalize("NFKC", one) == "+":
            return False
    return True


def which(match: re.Match[str]) -> LateValue:
    """What a mark stands for."""
    return LateValue.TIME if "time" in match[0] else LateValue.DATE


def filled(text: str, language: Language, moment: datetime, *, gsm7: bool = False) -> str:
    """`text` with the hour and date of `moment` on Belgian clocks.

    `gsm7`: a text that is in GSM-7 stays so (août becomes aout), for what is billed and bounded by
    the alphabet must be no longer than what was approved.
    """
    return _put(text, clock(moment, language), day(moment, language), gsm7=gsm7)


def widest(text: str, language: Language) -> str:
    """`text` with the longest hour and date there are: what its length is reckoned by."""
    return _put(text, WIDEST_TIME[language], WIDEST_DATE[language], gsm7=False)


def without_marks(text: str) -> str:
    """`text` with blanks for its marks: what stands around them keeps its place."""
    return MARK.sub(lambda match: " " * len(match[0]), text) if "{{" in text else text


def _put(text: str, time: str, date: str, *, gsm7: bool) -> str:
    if not has_mark(text):
        return text
    if gsm7 and not _culprits(text):
        date = rewrite(date).text
    words = {LateValue.TIME: time, LateValue.DATE: date}
    return MARK.sub(lambda match: words[which(match)], text)


@lru_cache(maxsize=64)
def _culprits(text: str) -> bool:
    return bool(measure(text).culprits)
