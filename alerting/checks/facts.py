"""The particulars of a text: links, dates, phone numbers, times and numbers, whatever its language.

Each gets a value that is the same in every language: 14h05, 14.05 uur, 14:05 Uhr and 2:05 pm are
all “14:05”; 22 novembre and 22/11/2026 are “11-22”; 02 123 45 67 and +32 2 123 45 67 are one phone
number. A mark for the hour or the date of sending is a time or a date. A full hour is its bare
number, for “2 uur”, “2 heures” and “2 hours” may be a time or a while. A year is a number of its
own. The numbers before the items of a list do not count.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from alerting.checks.lexicon import MONTHS, SHORT_NUMBERS, WEEKDAYS
from alerting.domain.language import Language
from alerting.domain.late_values import MARK, LateValue, which
from alerting.domain.text.links import links_in


class FactKind(StrEnum):
    """What a particular is."""

    LINK = "link"
    DATE = "date"
    PHONE = "phone"
    TIME = "time"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Fact:
    """One of them: `shown` is how it stands in the text, `value` what it means."""

    kind: FactKind
    value: str
    shown: str
    start: int

    @property
    def end(self) -> int:
        """Where it stops."""
        return self.start + len(self.shown)


_SPACE = "[ \u00a0\u202f\u2009]"
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_YEAR = f"(?:,?{_SPACE}(?P<{{0}}>(?:19|20)\\d\\d)\\b)?"
_HOURS = f"{_SPACE}?(?:uur|uhr|heures?|[hu])(?![a-zà-ÿ])"
_TO = f"{_SPACE}?(?:tot|en|à|et|bis|und|to|and|-|–){_SPACE}?"

_MONTH_FIRST = re.compile(
    rf"\b(?P<m>{_MONTH}){_SPACE}(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d|{_SPACE}?[:h])"
    rf"{_YEAR.format('y')}",
    re.IGNORECASE,
)
_AT_A_DIGIT: tuple[tuple[FactKind, re.Pattern[str]], ...] = (
    (
        FactKind.DATE,
        re.compile(
            rf"(?<![\w.,/-])(?:(?P<d>\d{{1,2}})(?:er|ste|de|th|st|nd|rd|e|\.)?{_SPACE}"
            rf"(?P<m>{_MONTH})\b\.?{_YEAR.format('y')}"
            r"|(?P<d2>\d{1,2})(?P<s>[/.-])(?P<m2>\d{1,2})(?P=s)(?P<y2>\d{4}|\d{2})(?!\d)"
            r"|(?P<d3>\d{1,2})/(?P<m3>1[0-2]|0?[1-9])(?![\d/])"
            r"|(?P<y4>(?:19|20)\d\d)-(?P<m4>\d\d)-(?P<d4>\d\d)\b)",
            re.IGNORECASE,
        ),
    ),
    (
        FactKind.PHONE,
        re.compile(
            r"(?<![\w.,/])(?:(?:\+|00)\d{2}(?:[ \u00a0\u202f./-]?\(?0?\)?)|0)"
            r"\d(?:[ \u00a0\u202f./-]?\d){6,9}(?!\d)"
        ),
    ),
    (
        FactKind.TIME,
        re.compile(
            # 2:05 pm; 14h05, 14 u 05, 14 heures 05; 14.05 uur, 20 uur; 14:05; 11 tot … 20 uur
            rf"(?<![\w.,:/])(?:(?P<ha>1[0-2]|0?[1-9])(?:[.:](?P<ma>[0-5]\d))?{_SPACE}?"
            rf"(?P<half>[ap])\.?m\b\.?"
            rf"|(?P<h>[01]?\d|2[0-4])(?:{_SPACE}?(?:heures?|[hu]){_SPACE}?(?P<m>[0-5]\d)(?!\d)"
            rf"|[.:](?P<m2>[0-5]\d){_HOURS}|(?P<whole>{_HOURS})|:(?P<m3>[0-5]\d)(?!\d|:\d)"
            rf"|(?:[.:](?P<m4>[0-5]\d))?(?={_TO}(?:[01]?\d|2[0-4])(?:[.:][0-5]\d)?{_HOURS})"
            rf"|(?:(?<=(?:om|um)[ \u00a0]\d\d)|(?<=\bà[ \u00a0]\d\d))\.(?P<m5>[0-5]\d)(?!\d)))",
            re.IGNORECASE,
        ),
    ),
    (
        FactKind.NUMBER,
        re.compile(
            r"(?<!\w)[A-Z]{1,3}\d{1,4}(?!\w)"
            rf"|(?P<metres>\d){_SPACE}?m{_SPACE}?(?P<cm>\d\d)(?!\d)"
            r"|\d{1,3}(?:(?P<s>[ \u00a0\u202f.,'’])\d{3}(?:(?P=s)\d{3})*)(?!\d)(?:[.,]\d+)?"
            r"|\d+(?:[.,]\d+)?"
        ),
    ),
)
"""Each is tried where a row of digits begins, which is what makes the reading fast."""
_DIGITS = re.compile(r"\d+")
_BEFORE_DIGITS = frozenset("+ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_STATION = re.compile(r"\b(?:Radio|BRF|Studio|Canvas|Één|VRT|NPO) ?[12]\b")
"""Names of stations: each language has its own, and the digit is no number."""
_POSTAL_CODE = re.compile(r"(?<=\w )\((?!17[23][23]\))[1-9]\d{3}\)")
"""Behind a place, where its name alone is more than one: in one language and not in another. 1722
and 1733 are telephone numbers and no postal codes."""
_ITEM = re.compile(r"^[ \t]*(?:\d{1,2}[.)]|[-•*–])[ \u00a0\t]+(?=\S)", re.MULTILINE)
_SPACES = re.compile(r"[ \u00a0\u202f'’]")
_NOT_DIGITS = re.compile(r"\D")
_LANGUAGE_OF_PAGE = re.compile(r"(?<=[/=?&.])(?:fr|nl|de|en)(?:[-_]be)?(?=[/&?#]|$)", re.IGNORECASE)


def list_items(text: str) -> int:
    """How many items its lists have, numbered or not."""
    return len(_ITEM.findall(text))


@lru_cache(maxsize=256)
def facts_in(text: str, language: Language) -> tuple[Fact, ...]:
    """All of them, in reading order."""
    left = _ITEM.sub(_hidden, text)
    facts = [
        Fact(FactKind.LINK, _page(link.shown), link.shown, link.start) for link in links_in(left)
    ]
    facts += [
        Fact(
            FactKind.TIME if which(one) is LateValue.TIME else FactKind.DATE,
            which(one),
            one[0],
            one.start(),
        )
        for one in (MARK.finditer(left) if "{{" in left else ())
    ]
    left = _POSTAL_CODE.sub(_hidden, _STATION.sub(_hidden, _without(left, facts)))
    # Each language may have a mailbox of its own.
    facts = [fact for fact in facts if "@" not in fact.value]
    if language is Language.EN:
        for one in _MONTH_FIRST.finditer(left):
            facts += _dates(one)
        left = _without(left, facts)
    starts = [
        (_beginning(left, digits.start()), digits.start()) for digits in _DIGITS.finditer(left)
    ]
    for kind, pattern in _AT_A_DIGIT:
        pieces = [
            fact
            for match in _matches(pattern, left, starts)
            for fact in _READ[kind](match, language)
        ]
        left = _without(left, pieces)
        facts += pieces
    return tuple(sorted((*facts, *_weekdays(left)), key=lambda fact: fact.start))


def _hidden(match: re.Match[str]) -> str:
    """Nothing, as long as it was: what is around it keeps its place."""
    return "\x00" * len(match[0])


def _without(text: str, facts: Iterable[Fact]) -> str:
    """The text with what was found hidden, in one pass."""
    pieces: list[str] = []
    done = 0
    for fact in sorted(facts, key=lambda fact: fact.start):
        if fact.end > done:
            start = max(fact.start, done)
            pieces += (text[done:start], "\x00" * (fact.end - start))
            done = fact.end
    return "".join((*pieces, text[done:]))


def _beginning(text: str, at: int) -> int:
    """Where a row of digits begins, with the plus or the letters of a road before it."""
    start = at
    while at - start < 3 and text[start - 1 : start] in _BEFORE_DIGITS:
        start -= 1
    return start


def _matches(
    pattern: re.Pattern[str], text: str, starts: list[tuple[int, int]]
) -> Iterator[re.Match[str]]:
    end = 0
    for start, digits in starts:
        if start < end or text[start] == "\x00":
            continue
        if match := pattern.match(text, start) or pattern.match(text, digits):
            yield match
            end = match.end()


def _weekdays(text: str) -> Iterator[Fact]:
    folded = text.lower()
    if len(folded) != len(text):
        return
    for name, day in WEEKDAYS.items():
        at = folded.find(name)
        while at >= 0:
            end = at + len(name)
            if not (folded[at - 1 : at].isalnum() or folded[end : end + 1].isalnum()):
                yield Fact(FactKind.DATE, f"day {day}", text[at:end], at)
            at = folded.find(name, end)


def _page(link: str) -> str:
    """Without scheme and final slash; the language of the page is no difference."""
    host, slash, rest = re.sub(r"^https?://", "", link, flags=re.IGNORECASE).partition("/")
    return _LANGUAGE_OF_PAGE.sub(
        "*", f"{host.casefold().removeprefix('www.')}{slash}{rest}"
    ).rstrip("/")


def _dates(match: re.Match[str], _: Language | None = None) -> Iterator[Fact]:
    """The day, and the year where there is one."""
    given = dict.fromkeys("dmy", "")
    given.update((key[0], value) for key, value in match.groupdict().items() if value)
    name = given["m"].casefold()
    month = int(name) if name.isdigit() else MONTHS[name]
    day, year = int(given["d"]), given["y"]
    if 1 <= month <= 12 and 1 <= day <= 31 and given["m"] != "may":  # “20 may be closed”
        yield Fact(FactKind.DATE, f"{month:02}-{day:02}", match[0], match.start())
        if year:
            full = year if len(year) == 4 else f"20{year}"
            yield Fact(FactKind.NUMBER, full, match[0], match.start())


def _phones(match: re.Match[str], _: Language) -> Iterator[Fact]:
    digits = _NOT_DIGITS.sub("", match[0])
    if match[0].startswith("+"):
        digits = f"00{digits}"
    if digits.startswith("0032"):
        digits = f"0{digits[4:].lstrip('0')}"
    yield Fact(FactKind.PHONE, digits, match[0], match.start())


def _times(match: re.Match[str], _: Language) -> Iterator[Fact]:
    parts = match.groupdict()
    if parts["half"]:
        hour = int(parts["ha"]) % 12 + (12 if parts["half"].lower() == "p" else 0)
        minute = int(parts["ma"] or 0)
    else:
        hour = int(parts["h"])
        minute = int(next((parts[one] for one in ("m", "m2", "m3", "m4", "m5") if parts[one]), 0))
    value = f"{hour}:{minute:02}" if minute else str(hour)
    yield Fact(FactKind.TIME, value, match[0], match.start())


def _numbers(match: re.Match[str], language: Language) -> Iterator[Fact]:
    value = _amount(match, language)
    kind = FactKind.PHONE if value in SHORT_NUMBERS else FactKind.NUMBER
    yield Fact(kind, value, match[0], match.start())


def _amount(match: re.Match[str], language: Language) -> str:
    text = match[0]
    if not text[0].isdigit():
        return text
    if match["metres"]:  # 1 m 30 is 1,30 m
        return f"{match['metres']}.{match['cm']}".rstrip("0").rstrip(".")
    point, group = (".", ",") if language is Language.EN else (",", ".")
    text = _SPACES.sub("", text)
    if match["s"] == group:
        text = text.replace(group, "")
    whole, _, part = text.replace(group, ".").replace(point, ".").partition(".")
    part = part.rstrip("0")
    return f"{whole.lstrip('0') or '0'}.{part}" if part else whole.lstrip("0") or "0"


_READ: dict[FactKind, Callable[[re.Match[str], Language], Iterator[Fact]]] = {
    FactKind.DATE: _dates,
    FactKind.PHONE: _phones,
    FactKind.TIME: _times,
    FactKind.NUMBER: _numbers,
}
