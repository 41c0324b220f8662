"""The particulars of a text: links, dates, phone numbers, times and numbers, whatever its language.

Each gets a value that is the same in every language: 14h05, 14.05 uur, 14:05 Uhr and 2:05 pm are
all “14:05”; 22 novembre and 22/11/2026 are “11-22”; 02 123 45 67 and +32 2 123 45 67 are one
phone number. A full hour is its bare number, for “2 uur”, “2 heures” and “2 hours” may be a time
or a while. A year is a number of its own. The numbers before the items of a list do not count.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from alerting.domain.language import Language
from alerting.domain.length import links


class Kind(StrEnum):
    """What a particular is."""

    LINK = "link"
    DATE = "date"
    PHONE = "phone"
    TIME = "time"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Particular:
    """One of them: `shown` is how it stands in the text, `value` what it means."""

    kind: Kind
    value: str
    shown: str
    start: int

    @property
    def end(self) -> int:
        """Where it stops."""
        return self.start + len(self.shown)


SHORT_NUMBERS = frozenset(
    "100 101 102 103 105 106 107 110 112 1207 1307 1700 1710 1712 1718 1719 1722 1733 1771 1789 "
    "1890 1899 114 116000 116111 116117".split()
)
"""Numbers people call: one wrong digit in them is never a matter of style."""

MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "january januari janvier januar jan janv",
            "february februari février fevrier februar feb févr fevr febr",
            "march maart mars märz marz mrt mar",
            "april avril avr apr",
            "may mei mai",
            "june juni juin jun",
            "july juli juillet juil jul",
            "august augustus août aout aug",
            "september septembre sept sep",
            "october oktober octobre oct okt",
            "november novembre nov",
            "december décembre decembre dezember dec déc dez",
        ),
        1,
    )
    for name in names.split()
}
WEEKDAYS = {
    name: day
    for day, names in enumerate(
        (
            "monday lundi maandag montag",
            "tuesday mardi dinsdag dienstag",
            "wednesday mercredi woensdag mittwoch",
            "thursday jeudi donderdag donnerstag",
            "friday vendredi vrijdag freitag",
            "saturday samedi zaterdag samstag sonnabend",
            "sunday dimanche zondag sonntag",
        )
    )
    for name in names.split()
}

_SPACE = "[ \u00a0\u202f\u2009]"
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_YEAR = f"(?:,?{_SPACE}(?P<{{0}}>(?:19|20)\\d\\d)\\b)?"
_HOURS = f"{_SPACE}?(?:uur|uhr|heures?|[hu])(?![a-zà-ÿ])"
_TO = f"{_SPACE}?(?:tot|en|à|et|bis|und|to|and|-|–){_SPACE}?"

_PATTERNS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.LINK, re.compile(r"https?://[^\s<>\"«»“”„]*[\w/]", re.IGNORECASE)),
    (
        Kind.DATE,
        re.compile(
            rf"(?<![\w.,/-])(?P<d>\d{{1,2}})(?:er|ste|de|th|st|nd|rd|e|\.)?{_SPACE}"
            rf"(?P<m>{_MONTH})\b\.?{_YEAR.format('y')}"
            rf"|\b(?P<m2>{_MONTH}){_SPACE}(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d|{_SPACE}?[:h])"
            rf"{_YEAR.format('y2')}"
            r"|(?<![\w.,/-])(?P<d3>\d{1,2})(?P<s>[/.-])(?P<m3>\d{1,2})(?P=s)(?P<y3>\d{4}|\d{2})(?!\d)"
            r"|(?<![\w.,/-])(?P<d4>\d{1,2})/(?P<m4>1[0-2]|0?[1-9])(?![\d/])"
            r"|\b(?P<y5>(?:19|20)\d\d)-(?P<m5>\d\d)-(?P<d5>\d\d)\b",
            re.IGNORECASE,
        ),
    ),
    (
        Kind.PHONE,
        re.compile(
            r"(?<![\w.,/])(?:(?:\+|00)\d{2}(?:[ \u00a0\u202f./-]?\(?0?\)?)|0)"
            r"\d(?:[ \u00a0\u202f./-]?\d){6,9}(?!\d)"
        ),
    ),
    (
        Kind.TIME,
        re.compile(
            # 2:05 pm; 14h05, 14 u 05, 14 heures 05; 14.05 uur, 20 uur; 14:05; 11 tot … 20 uur
            rf"(?<![\w.,:/])(?:(?P<ha>1[0-2]|0?[1-9])(?:[.:](?P<ma>[0-5]\d))?{_SPACE}?"
            rf"(?P<half>[ap])\.?m\b\.?"
            rf"|(?P<h>[01]?\d|2[0-4])(?:{_SPACE}?(?:heures?|[hu]){_SPACE}?(?P<m>[0-5]\d)(?!\d)"
            rf"|[.:](?P<m2>[0-5]\d){_HOURS}|(?P<whole>{_HOURS})|:(?P<m3>[0-5]\d)(?!\d|:\d)"
            rf"|(?:[.:](?P<m4>[0-5]\d))?(?={_TO}(?:[01]?\d|2[0-4])(?:[.:][0-5]\d)?{_HOURS})"
            rf"|(?<=(?:om|um)[ \u00a0]\d\d)\.(?P<m5>[0-5]\d)(?!\d)))",
            re.IGNORECASE,
        ),
    ),
    (
        Kind.NUMBER,
        re.compile(
            r"(?<![\w])[A-Z]{1,3}\d{1,4}(?!\w)"
            r"|(?<![\d])\d{1,3}(?:(?P<s>[ \u00a0\u202f.,'’])\d{3}(?:(?P=s)\d{3})*)(?!\d)(?:[.,]\d+)?"
            r"|\d+(?:[.,]\d+)?"
        ),
    ),
)
_WEEKDAY = re.compile(rf"\b(?:{'|'.join(WEEKDAYS)})\b", re.IGNORECASE)
_ITEM = re.compile(r"^[ \t]*(?:\d{1,2}[.)]|[-•*–])[ \u00a0\t]+(?=\S)", re.MULTILINE)
_SPACES = re.compile(r"[ \u00a0\u202f'’]")
_NOT_DIGITS = re.compile(r"\D")
_LANGUAGE_OF_PAGE = re.compile(r"(?<=[/=?&.])(?:fr|nl|de|en)(?:[-_]be)?(?=[/&?#]|$)", re.IGNORECASE)


def list_items(text: str) -> int:
    """How many items its lists have, numbered or not."""
    return len(_ITEM.findall(text))


@lru_cache(maxsize=256)
def particulars(text: str, language: Language) -> tuple[Particular, ...]:
    """All of them, in reading order."""
    left = _ITEM.sub(lambda found: _blank(found[0]), text)
    found: list[Particular] = []
    for kind, pattern in _PATTERNS:
        pieces = list(_found(kind, pattern, left, language))
        for one in pieces:
            left = f"{left[: one.start]}{_blank(one.shown)}{left[one.end :]}"
        found += pieces
        if kind is Kind.LINK:
            bare = [Particular(kind, _page(left[a:b]), left[a:b], a) for a, b in links(left)]
            for one in bare:
                left = f"{left[: one.start]}{_blank(one.shown)}{left[one.end :]}"
            found += bare
    for year in (one for one in tuple(found) if one.kind is Kind.DATE and "|" in one.value):
        found.remove(year)
        day, number = year.value.split("|")
        found.append(Particular(Kind.DATE, day, year.shown, year.start))
        found.append(Particular(Kind.NUMBER, number, year.shown, year.start))
    found += (
        Particular(Kind.DATE, f"day {WEEKDAYS[day[0].casefold()]}", day[0], day.start())
        for day in _WEEKDAY.finditer(left)
    )
    return tuple(sorted(found, key=lambda one: one.start))


def _blank(words: str) -> str:
    """Nothing, as long as it was: what is around it keeps its place and its neighbours."""
    return "\x00" * len(words)


def _found(
    kind: Kind, pattern: re.Pattern[str], text: str, language: Language
) -> Iterator[Particular]:
    for found in pattern.finditer(text):
        value = _VALUES[kind](found, language)
        if not value:
            continue
        real = Kind.PHONE if kind is Kind.NUMBER and value in SHORT_NUMBERS else kind
        yield Particular(real, value, found[0], found.start())


def _link(found: re.Match[str], _: Language) -> str:
    return _page(found[0])


def _page(link: str) -> str:
    """Without scheme and final slash; the language of the page is no difference."""
    host, slash, rest = re.sub(r"^https?://", "", link, flags=re.IGNORECASE).partition("/")
    return _LANGUAGE_OF_PAGE.sub("*", f"{host.casefold().removeprefix('www.')}{slash}{rest}").rstrip(
        "/"
    )


def _date(found: re.Match[str], _: Language) -> str:
    parts = found.groupdict()
    given = {
        letter: next((value for key, value in parts.items() if key[0] == letter and value), "")
        for letter in "dmy"
    }
    name = given["m"].casefold()
    if given["m"] == "may":  # “20 may be closed”
        return ""
    month = int(name) if name.isdigit() else MONTHS[name]
    day = int(given["d"])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return ""
    year = given["y"]
    written = f"|{year if len(year) == 4 else f'20{year}'}" if year else ""
    return f"{month:02}-{day:02}{written}"


def _phone(found: re.Match[str], _: Language) -> str:
    digits = _NOT_DIGITS.sub("", found[0])
    if found[0].startswith("+"):
        digits = f"00{digits}"
    if digits.startswith("0032"):
        return f"0{digits[4:].lstrip('0')}"
    return digits


def _time(found: re.Match[str], _: Language) -> str:
    parts = found.groupdict()
    if parts["half"]:
        hour = int(parts["ha"]) % 12 + (12 if parts["half"].lower() == "p" else 0)
        minute = int(parts["ma"] or 0)
    else:
        hour = int(parts["h"])
        minute = int(next((parts[one] for one in ("m", "m2", "m3", "m4", "m5") if parts[one]), 0))
    return f"{hour}:{minute:02}" if minute else str(hour)


def _number(found: re.Match[str], language: Language) -> str:
    words = found[0]
    if not words[0].isdigit():
        return words
    point, group = (".", ",") if language is Language.EN else (",", ".")
    words = _SPACES.sub("", words)
    if found["s"] == group:
        words = words.replace(group, "")
    whole, _, part = words.replace(group, ".").replace(point, ".").partition(".")
    part = part.rstrip("0")
    return f"{whole.lstrip('0') or '0'}.{part}" if part else whole.lstrip("0") or "0"


_VALUES: dict[Kind, Callable[[re.Match[str], Language], str]] = {
    Kind.LINK: _link,
    Kind.DATE: _date,
    Kind.PHONE: _phone,
    Kind.TIME: _time,
    Kind.NUMBER: _number,
}
