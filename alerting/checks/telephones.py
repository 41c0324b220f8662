"""The telephone numbers of a text, as they would be dialled.

Rows of digits that are a date, a time, an amount or a postal code are none. What can be dialled in
Belgium begins with 0 and has nine digits or ten (BIPT numbering plan), or with + or 00 abroad; a
short number counts where the words beside it ask to call it.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from alerting.domain.text.links import links_in

LONGEST_NUMBER = 64
"""Characters, gaps and all, in which a number that can be dialled shows itself."""

_GAP = r"[ \u00a0\u202f\u2009\u2007.\/()\u2010-\u2015_*·•-]"
_ROW = re.compile(rf"(?<![\d,])(?:\+{_GAP}?)?\d(?:{_GAP}{{0,3}}+\+?\d)*+")
_MOMENTS = re.compile(
    r"(?<!\d)(?:\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d\d)(?!\d)"  # 29.11.2026
    r"|(?:19|20)\d\d-\d\d-\d\d(?!\d)"  # 2026-11-29
    r"|(?:[01]?\d|2[0-4])[.:](?:[0-5]\d)(?: ?[-–] ?(?:[01]?\d|2[0-4])[.:][0-5]\d)?(?=$|[^\d./-]))"
)
_BEGINS = re.compile(r"(?<![\d+])(?:\+|0(?=\d))|(?<=[^\d+]{2})\d")
_SHORT = re.compile(
    r"\b(?:appele[zr]|composez|téléphone[zr]?|bel|bellen|belt|rufen|anrufen|wählen|call|dial|phone"
    r"|tél|tel|telefoon|telefon|gsm|sms|envoyez|stuur|senden)\b\.?:?"
    r"[^\w\n]{1,3}(?:[^\W\d]{1,12}[^\w\n]{1,2}){0,4}"
    r"(\d{3,8})(?![\d.,:/]?\d| ?(?:min|h\b|u\b|uur|Uhr|k?m\b|mg\b|%|€|eur))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Telephone:
    """One of them: `number` is E.164 with its plus, or a short number as it is dialled."""

    start: int
    end: int
    shown: str
    number: str


class _Digits(dict[int, int]):
    """Every script's digits and the wide plus as those of ASCII; each letter keeps its place."""

    def __missing__(self, code: int) -> int:
        letter = chr(code)
        value = unicodedata.digit(letter, None)
        plain = ord(str(value)) if value is not None else code
        return ord("+") if letter in "＋﹢" else plain


_DIGITS = _Digits()


@lru_cache(maxsize=256)
def telephones(text: str) -> tuple[Telephone, ...]:
    """Every number a reader would dial, in reading order."""
    left = text if text.isascii() else text.translate(_DIGITS)
    pieces: list[str] = []
    done = 0
    for link in links_in(text):
        pieces += (left[done : link.start], "\n" * (link.end - link.start))
        done = link.end
    left = "".join((*pieces, left[done:]))
    left = _MOMENTS.sub(lambda found: "\n" * len(found[0]), left)
    rows = list(_long(text, left))
    inside = {at for one in rows for at in range(one.start, one.end)}
    short = (one for one in _short(text, left) if one.start not in inside)
    return tuple(sorted((*rows, *short), key=lambda one: one.start))


def _long(text: str, left: str) -> Iterator[Telephone]:
    for row in _ROW.finditer(left):
        words = row[0]
        for start, end in _parts(words):
            if number := dialled(words[start:end]):
                a, b = row.start() + start, row.start() + end
                yield Telephone(a, b, text[a:b], number)


def _parts(words: str) -> Iterator[tuple[int, int]]:
    """The row whole, or cut where a number follows another row: 112 0900 12 345.

    A number that could be dialled ends at a full stop, or at any wider gap.
    """
    start = 0
    for begin in _BEGINS.finditer(words):
        at = begin.start()
        head = words[start : min(at, start + LONGEST_NUMBER)].strip(" (")
        wide = at > 1 and not (words[at - 1].isdigit() or words[at - 2].isdigit())
        ended = wide and words[at - 2] != ")" and dialled(head) is not None
        if ended or begin[0] == "+" or (head and not head.startswith(("+", "0"))):
            yield start, at
            start = at
    yield start, len(words)


def dialled(words: str) -> str | None:
    """A row of digits as E.164; None where nobody could dial it."""
    abroad = words.lstrip(" (").startswith("+")
    digits = re.sub(r"\D", "", re.sub(r"\(0\)", "", words))
    if abroad:
        digits = digits.removeprefix("00")
        return f"+{_country(digits)}" if len(digits) >= 7 else None
    if digits.startswith("00"):
        return f"+{_country(digits[2:])}" if len(digits) >= 9 else None
    if digits.startswith("0") and len(digits) >= 9:
        return f"+32{digits[1:]}"
    if len(digits) >= 9 and digits.isdigit() and words.strip().isdigit():
        return f"+{digits}"  # so long a row is no amount: someone would dial it
    return None


def _country(digits: str) -> str:
    """Belgium's own zero is not dialled after its code."""
    return f"32{digits[2:].lstrip('0')}" if digits.startswith("32") else digits


def _short(text: str, left: str) -> Iterator[Telephone]:
    for found in _SHORT.finditer(left):
        start, end = found.span(1)
        yield Telephone(start, end, text[start:end], found[1])
