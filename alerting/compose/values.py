"""The details a communicator types once: what kinds there are, and reading them.

A value that is words is a mapping of language to string; what is the same in every language is one
string. Numbers may be plain numbers; a list of strings is written as a list. All that is wrong is
told at once, not one by one. Words that a language lacks are no fault: their mark stands in its
texts, and never the words of another language.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Protocol
from urllib.parse import urlsplit

import phonenumbers

from alerting.compose.formatting import HtmlLink
from alerting.compose.locale_formats import join_list
from alerting.domain.authority_list import AuthorityList
from alerting.domain.belgian_time import (
    NO_SUCH_TIME,
    YEARS,
    Tense,
    Which,
    comes_twice,
    instant,
    local,
)
from alerting.domain.enumeration import member_of
from alerting.domain.errors import BadRequest, BadValues, UnknownPlace
from alerting.domain.language import Language
from alerting.domain.missing_words import missing_words
from alerting.domain.text.hidden import hidden
from alerting.domain.text.i18n import Phrase, Phrases, msgid
from alerting.domain.text.links import leads_to

MAX_NAME_CHARS = 300
"""Characters in one value."""
MAX_ITEMS = 20
"""Texts in one value that is a list."""
MAX_LIST_CHARS = 1000
"""Characters in all of them together."""
MAX_VALUES = 50
"""Details of one alert."""
MAX_VALUE_CHARS = len(Language) * MAX_LIST_CHARS
"""Characters in one value as it was given, with all languages, used or not."""

AUTOMATIC = ("area", "time", "date", "expires")
"""Filled in by the composer, never typed: where, when, until when."""

CLOCK = re.compile(
    r"([01]?\d|2[0-3])(?: ?[:.hu] ?([0-5]\d)(?: ?(?:uur|uhr|h|u))?| ?(?:heures?|uur|uhr|h|u))",
    re.IGNORECASE,
)
SHORT_NUMBER = re.compile(r"1\d{2,3}|(?P<european>116) ?(?P<service>\d{3})")
"""112, 1771, 116 000 and their like, which no numbering plan library calls valid."""
SHARED_COST = re.compile(r"(070) (\d\d) (\d)(\d) (\d\d)")
"""A number that Belgium knows in threes, 070 245 245, as the numbering plan groups it."""


TWICE = msgid(
    "{time} occurs twice in Belgium that night, because the clocks go back: add “earlier” "
    "(summer time) or “later” (winter time) after it, as in “{example}”"
)
PASSED = msgid(
    "{time} has passed: enter a later time, or add the day if another one is meant, as in "
    "“{example}”"
)
DAY_PASSED = msgid("{date} has passed: enter a later date")
WHOSE_WORDS = msgid("nobody can tell which language it is in: write {keys}")
MISSING = msgid("missing")
TOO_LONG = msgid("longer than {most} characters")
TOO_LONG_TOGETHER = msgid("longer than {most} characters together")
TOO_MANY_VALUES = msgid("more than {most} values")
TOO_MANY_ITEMS = msgid("more than {most} items")
LIST_IN_LIST = msgid("a list within a list")
NO_SUCH_LANGUAGE = msgid("there is no language “{value}”")
NO_TEXT_IN = msgid("no text in: {language}")
NO_TEXT = msgid("not a text")
SEVERAL_LINES = msgid("more than one line")
HIDDEN = msgid("it holds a character nobody can see: {value}")
NO_NUMBER = msgid("not a number")
NO_PLACE = msgid("no place “{place}”")
NO_TIME = msgid("not a time such as 16:30 or 2026-11-23T16:30")
NO_DATE = msgid("not a date such as 2026-11-23")
NOT_A_YEAR = msgid("not in the years {first} to {last}")
NO_TELEPHONE = msgid("not a valid telephone number")
NO_LINK = msgid("not a plain https:// address")
FOREIGN_SITE = msgid("“{value}” is not one of our sites ({sites})")
CHOOSE = msgid("choose one of: {keys}")
AUTOMATIC_VALUE = msgid("filled in automatically")
NOT_USED = msgid("not used by this scenario")
OF_A_VALUE = msgid("“{name}”: {problem}")
EXPECTED = msgid("“{name}” ({kind})")
EXPECTED_OR_LEFT_OUT = msgid("“{name}” ({kind}, may be left out)")
EACH_LANGUAGE = msgid("words in each language")
OFFICIAL_NUMBERS = frozenset({"100", "101", "112", "1771"})
"""Telephone numbers that one officer may put into a text alone."""
AREA_NAME = "{area}"
"""A default that stands for the name of the alert's area."""
AREA_NAME_CHARS = 35


class ValueKind(StrEnum):
    """What may be typed."""

    TEXT = "text"
    PLACE = "place"
    TIME = "time"
    DATE = "date"
    NUMBER = "number"
    PHONE = "phone"
    URL = "url"
    CHOICE = "choice"


class Holds(StrEnum):
    """What a detail of the type text says, and so whether each language says it otherwise."""

    WORDS = "words"
    """Words: other ones in each language."""
    PLACE = "place"
    """Words for a place: names that are known are filled in."""
    NAME = "name"
    """A name, a code or figures: the same in every language."""


KIND_HINTS: Mapping[ValueKind, str] = {
    ValueKind.TEXT: msgid("text"),
    ValueKind.PLACE: msgid("a municipality, a postal code or a province"),
    ValueKind.TIME: msgid("time, 16:30"),
    ValueKind.DATE: msgid("date, 2026-11-23"),
    ValueKind.NUMBER: msgid("number in figures"),
    ValueKind.PHONE: msgid("telephone number"),
    ValueKind.URL: msgid("https:// address of one of our sites"),
    ValueKind.CHOICE: CHOOSE,
}

CLOSED_KINDS = frozenset({ValueKind.CHOICE, ValueKind.PLACE, ValueKind.TIME, ValueKind.DATE})
"""Kinds whose values are rendered from the library, the gazetteer or a calendar, never as typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One placeholder, as `[values.<name>]` in a scenario declares it."""

    name: str
    kind: ValueKind
    required: bool = True
    help: Mapping[Language, str] = field(default_factory=dict)
    sample: Any = ""
    default: Any = ""
    """What stands in the text where nothing is typed; AREA_NAME: what the area is called.

    A detail that has one may always be left out, whatever `required` says in its file.
    """
    choices: Mapping[str, Mapping[Language, str]] = field(default_factory=dict)
    """Key -> words. A text may name a key instead of being written out."""
    after: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Key of a choice -> the events it belongs after, in what follows an alert; no key: any."""
    tense: Tense | None = None
    """Of a time or date: whether it must lie ahead or behind when it is read; None: either."""
    list: AuthorityList | None = None
    """The list of whoever speaks that adds to the choices; None: there is none."""
    holds: Holds = Holds.WORDS
    """Of a text."""

    def belongs_after(self, key: str, event: str) -> bool:
        """Whether a choice fits what follows an alert of this event.

        All do where none is said to belong to the event.
        """
        if not any(event in events for events in self.after.values()):
            return True
        return key not in self.after or event in self.after[key]

    @property
    def by_language(self) -> bool:
        """Whether it is asked for in each language."""
        return self.kind is ValueKind.TEXT and self.holds is not Holds.NAME

    def called(self, language: Language) -> str:
        """What its form calls it."""
        return self.help.get(language) or self.name

    @property
    def may_hold_words(self) -> bool:
        """Whether something can be written out here that only two people may send."""
        return self.kind not in CLOSED_KINDS

    def is_closed(self, given: object) -> bool:
        """Whether no byte of `given` can stand in a text as it was typed."""
        if given is None or given in ("", {}, []) or (self.default and given == self.default):
            return True
        if not isinstance(given, str):  # of a closed kind too: nobody reads each language of it
            return isinstance(given, date) and self.kind in CLOSED_KINDS
        match self.kind:
            case ValueKind.PHONE:
                return given in OFFICIAL_NUMBERS
            case ValueKind.TEXT | ValueKind.CHOICE:
                return given in self.choices
            case kind:
                return kind in CLOSED_KINDS

    def expects(self) -> Phrase:
        """E.g. `“onset” (time, 16:30)`: shown beside whatever was wrong."""
        kind = Phrase(KIND_HINTS[self.kind])
        if self.kind is ValueKind.CHOICE:
            kind = Phrase(CHOOSE, {"keys": ", ".join(self.choices)})
        if self.by_language:
            kind = Phrase(EACH_LANGUAGE)
        says = EXPECTED if self.required else EXPECTED_OR_LEFT_OUT
        return Phrase(says, {"name": self.name, "kind": kind})


class Resolves(Protocol):
    """As much of a gazetteer as reading a place needs."""

    def resolve(self, text: str, *, ask: bool = True) -> tuple[str, ...]:
        """The municipalities meant by `text`."""
        ...

    def area_name(self, codes: tuple[str, ...], language: Language, /, *, room: int = 0) -> str:
        """What these municipalities are called together, in at most `room` characters if it can."""
        ...


@dataclass(frozen=True, slots=True)
class ReadValue:
    """What reading a value depends on."""

    languages: Sequence[Language]
    now: datetime
    places: Resolves
    hosts: frozenset[str]
    """Hosts a typed link may lead to, with their subdomains."""
    area: tuple[str, ...] = ()
    """NIS codes of the alert's area."""


def read_values(
    scenario: str,
    declared: Iterable[Declaration],
    given: Mapping[str, object],
    reading: ReadValue,
) -> Mapping[Language, Mapping[str, object]]:
    """`given`, typed and per language. Optional values left out are empty."""
    declared = tuple(declared)
    read: dict[Language, dict[str, object]] = {language: {} for language in reading.languages}
    if problems := _too_large(given):
        raise _bad(scenario, declared, problems)
    problems = _surplus({declaration.name for declaration in declared}, given)
    for declaration in declared:
        raw = given.get(declaration.name)
        if raw is None or raw in ("", {}, []):
            raw = declaration.default
        if raw == AREA_NAME and declaration.default == AREA_NAME:
            for language in reading.languages:
                read[language][declaration.name] = reading.places.area_name(
                    reading.area, language, room=AREA_NAME_CHARS
                )
            continue
        if raw in ("", {}, []) or _says_nothing(declaration, raw, reading.languages):
            if declaration.required:
                problems[declaration.name] = Phrase(MISSING)
            for language in reading.languages:
                read[language][declaration.name] = ""
            continue
        for language in reading.languages:
            try:
                read[language][declaration.name] = _read_in(declaration, raw, language, reading)
            except _Unreadable as error:
                problems[declaration.name] = error.problem
                break
    if problems:
        raise _bad(scenario, declared, problems)
    return read


def moment(declaration: Declaration, given: object, now: datetime) -> datetime | date | None:
    """What a detail that is a time or a date means, given at `now`; None where it is no such."""
    if isinstance(given, Mapping):
        given = next(iter(given.values()), None)
    try:
        if declaration.kind is ValueKind.DATE:
            return _date(_visible(str(given)))
        typed = _visible(str(given))
        return _clock(typed, now, declaration.tense) if declaration.kind is ValueKind.TIME else None
    except _Unreadable:
        return None


def words_of(declaration: Declaration, given: object) -> dict[Language, str]:
    """What is typed for a detail, in each language it was typed in; a choice in its words."""
    by_language = given if isinstance(given, Mapping) else dict.fromkeys(Language, given)
    return {
        language: declaration.choices[words][language] if words in declaration.choices else words
        for language in Language
        if isinstance(words := by_language.get(language), str) and words
    }


def sample(declaration: Declaration, now: datetime) -> Any:
    """The library's example of a detail; where its hour does not fit `now`, one that does."""
    at = moment(declaration, declaration.sample, now)
    today = local(now).date()
    match declaration.tense, at:
        case Tense.FUTURE, datetime() if at <= now:
            fits = local(now).replace(minute=0, second=0, microsecond=0) + timedelta(hours=3)
        case Tense.PAST, datetime() if at > now:
            fits = local(now).replace(minute=0, second=0, microsecond=0)
        case Tense.FUTURE, date() if not isinstance(at, datetime) and at < today:
            return (today + timedelta(days=7)).isoformat()
        case _:
            return declaration.sample
    return fits.isoformat(timespec="minutes")


def _bad(
    scenario: str, declared: Iterable[Declaration], problems: Mapping[str, Phrase]
) -> BadValues:
    told = (
        Phrase(OF_A_VALUE, {"name": name, "problem": problem}) for name, problem in problems.items()
    )
    return BadValues(
        name=scenario,
        problems=Phrases(tuple(told)),
        expected=Phrases(tuple(declaration.expects() for declaration in declared)),
        fields=problems,
    )


def typed_words(declared: Iterable[Declaration], given: Mapping[str, object]) -> tuple[str, ...]:
    """Names of the values that may stand in a text as an officer typed them.

    A value that the scenario does not declare counts as one.
    """
    declarations = {declaration.name: declaration for declaration in declared}
    return tuple(
        name
        for name, value in given.items()
        if name not in declarations or not declarations[name].is_closed(value)
    )


def texts_in(declaration: Declaration | None, given: object) -> Iterator[str]:
    """The texts that a value puts into messages as it is read, in every language it gives.

    Of a list each item, and the whole; of a number none. What cannot be read comes as it is.
    """
    if declaration is not None and declaration.kind is ValueKind.NUMBER:
        return
    for language in Language:
        raw = given.get(language, "") if isinstance(given, Mapping) else given
        items = raw if isinstance(raw, list | tuple) else (raw,)
        read = [_as_read(declaration, str(item)) for item in items]
        yield from read
        if len(read) > 1:
            yield join_list(read, language)


def _as_read(declaration: Declaration | None, item: str) -> str:
    try:
        text = _visible(item)
        return (
            _phone(text)
            if declaration is not None and declaration.kind is ValueKind.PHONE
            else text
        )
    except _Unreadable:
        return item


class _Unreadable(Exception):
    """Why one value cannot be read."""

    def __init__(self, says: str, **facts: object) -> None:
        super().__init__(says)
        self.problem = Phrase(says, facts)


def _too_large(given: Mapping[str, object]) -> dict[str, Phrase]:
    """What is refused unread, because all that reads it takes time with its size."""
    if len(given) > MAX_VALUES:
        return {"…": Phrase(TOO_MANY_VALUES, {"most": MAX_VALUES})}
    return {
        name[:MAX_NAME_CHARS]: Phrase(TOO_LONG_TOGETHER, {"most": MAX_VALUE_CHARS})
        for name, value in given.items()
        if len(name) > MAX_NAME_CHARS or _chars(value, MAX_VALUE_CHARS) > MAX_VALUE_CHARS
    }


def _chars(value: object, most: int) -> int:
    """Characters in all strings of a value, each item and level counting one; stops past `most`."""
    count, left = 0, [value]
    while left and count <= most:
        one = left.pop()
        count += 1
        if isinstance(one, Mapping):
            left += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple):
            left += one
        elif isinstance(one, str):
            count += len(one)
    return count


def _surplus(declared: set[str], given: Mapping[str, object]) -> dict[str, Phrase]:
    return {
        name: Phrase(AUTOMATIC_VALUE if name in AUTOMATIC else NOT_USED)
        for name in given
        if name not in declared
    }


def _says_nothing(declaration: Declaration, raw: object, languages: Sequence[Language]) -> bool:
    """Whether it is given by language, and in none; what must be there, in none that is asked."""
    if not isinstance(raw, Mapping):
        return False
    known = set(raw) <= set(Language)
    asked = set(languages) if declaration.required and known else set(raw)
    return not any(words for language, words in raw.items() if language in asked)


def _read_in(
    declaration: Declaration, raw: object, language: Language, reading: ReadValue
) -> object:
    """A detail in one language; the mark that it is missing where it has no words there."""
    if not isinstance(raw, Mapping):
        chosen = isinstance(raw, str) and raw in declaration.choices
        if declaration.by_language and not chosen and len(reading.languages) > 1:
            keys = ", ".join(f"{declaration.name}.{each}" for each in reading.languages)
            raise _Unreadable(WHOSE_WORDS, keys=keys)
        return _read(declaration, raw, language, reading)
    if strangers := [str(key) for key in raw if key not in set(Language)]:
        raise _Unreadable(NO_SUCH_LANGUAGE, value=", ".join(strangers))
    if raw.get(language) not in (None, "", []):
        return _read(declaration, raw[language], language, reading)
    if not declaration.by_language:
        raise _Unreadable(NO_TEXT_IN, language=language)
    mark = missing_words(language, declaration.called(language))
    return (mark,) if any(isinstance(each, list | tuple) for each in raw.values()) else mark


def _read(declaration: Declaration, raw: object, language: Language, reading: ReadValue) -> object:
    if isinstance(raw, list | tuple) and declaration.kind is ValueKind.TEXT:
        if len(raw) > MAX_ITEMS:
            raise _Unreadable(TOO_MANY_ITEMS, most=MAX_ITEMS)
        if sum(len(item) for item in raw if isinstance(item, str)) > MAX_LIST_CHARS:
            raise _Unreadable(TOO_LONG_TOGETHER, most=MAX_LIST_CHARS)
        if any(isinstance(item, list | tuple) for item in raw):
            raise _Unreadable(LIST_IN_LIST)
        return tuple(_read(declaration, item, language, reading) for item in raw)
    if declaration.kind is ValueKind.NUMBER:
        return _number(raw)
    if isinstance(raw, date) and declaration.kind in (ValueKind.TIME, ValueKind.DATE):
        raw = raw.isoformat()
    if not isinstance(raw, str):
        raise _Unreadable(NO_TEXT)
    text = _visible(raw)
    reader = READERS[declaration.kind]
    return reader(text, declaration, language, reading)


def _visible(raw: str) -> str:
    """`raw` on one line without its final full stop (the sentence around it has one)."""
    if len(raw) > 2 * MAX_NAME_CHARS:
        raise _Unreadable(TOO_LONG, most=MAX_NAME_CHARS)
    raw = raw.strip().replace("\t", " ")
    if "\n" in raw or "\r" in raw:
        raise _Unreadable(SEVERAL_LINES)
    if found := next(hidden(raw), None):
        raise _Unreadable(HIDDEN, value=found[1])
    if len(raw) > MAX_NAME_CHARS:
        raise _Unreadable(TOO_LONG, most=MAX_NAME_CHARS)
    text = " ".join(raw.split())
    return text[:-1] if text.endswith(".") and not text.endswith("..") else text


def _number(raw: object) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise _Unreadable(NO_NUMBER)
    try:
        amount = Decimal(str(raw).strip().replace(",", "."))
    except InvalidOperation:
        raise _Unreadable(NO_NUMBER) from None
    if not amount.is_finite() or abs(amount) > 10**12:
        raise _Unreadable(NO_NUMBER)
    return amount


def _text(text: str, declaration: Declaration, language: Language, _: ReadValue) -> str:
    return _choice(text, declaration, language, _) if text in declaration.choices else text


def _place(text: str, _: Declaration, language: Language, reading: ReadValue) -> str:
    try:
        return reading.places.area_name(reading.places.resolve(text, ask=False), language)
    except UnknownPlace:
        raise _Unreadable(NO_PLACE, place=text) from None


def _time(text: str, declaration: Declaration, _: Language, reading: ReadValue) -> datetime:
    """A time that must lie ahead, and does not, is never taken for another day's unasked."""
    at = _clock(text, reading.now, declaration.tense)
    if declaration.tense is Tense.FUTURE and at <= reading.now:
        raise _Unreadable(PASSED, time=text, example=next_day(at, reading.now))
    return at


def next_day(passed: datetime, now: datetime) -> str:
    """The hour of a moment that has passed on the first day when it lies ahead, as it is typed."""
    hour, today = local(passed).time(), local(now).date()
    typed = datetime.combine(today, hour)
    if typed <= local(now).replace(tzinfo=None):
        typed += timedelta(days=1)
    return typed.isoformat(timespec="minutes")


def time_ahead(now: datetime, minutes: int) -> str:
    """So many minutes from `now`, to the next five, as it is typed: with its day."""
    at = now.replace(second=0, microsecond=0) + timedelta(minutes=minutes)
    at += timedelta(minutes=-at.minute % 5)
    here = local(at)
    which = f" {Which.LATER if here.fold else Which.EARLIER}" if comes_twice(at) else ""
    return f"{here:%Y-%m-%dT%H:%M}{which}"


ACROSS_MIDNIGHT = timedelta(hours=18)
"""An hour without its day is tomorrow's, or yesterday's, where that lies no further off."""


def _day_of(clock: time, now: datetime, tense: Tense | None) -> date:
    """The day meant by an hour typed without one: today, or its neighbour across midnight."""
    here = local(now).replace(tzinfo=None)
    today, day = datetime.combine(here, clock), timedelta(days=1)
    if tense is Tense.FUTURE and today <= here and today + day - here <= ACROSS_MIDNIGHT:
        return (today + day).date()
    if tense is Tense.PAST and today > here and here - (today - day) <= ACROSS_MIDNIGHT:
        return (today - day).date()
    return today.date()


def _clock(text: str, now: datetime, tense: Tense | None) -> datetime:
    """A Belgian time; of an hour that comes twice, “earlier” or “later” behind it."""
    said, _, word = text.partition(" ")
    which = member_of(Which, word)
    written = said if which else text
    if match := CLOCK.fullmatch(written):
        hour = time(int(match[1]), int(match[2] or 0))
        typed = datetime.combine(_day_of(hour, now, tense), hour)
    else:
        try:
            typed = datetime.fromisoformat(written)
        except ValueError:
            raise _Unreadable(NO_TIME) from None
    if typed.year not in YEARS:
        raise _Unreadable(NOT_A_YEAR, first=YEARS[0], last=YEARS[-1])
    try:
        return instant(typed, which)
    except BadRequest as error:
        if error.says == NO_SUCH_TIME:
            raise _Unreadable(error.says, **error.facts) from None
        example = f"{written} {Which.LATER}"
        raise _Unreadable(TWICE, time=f"{typed:%H:%M}", example=example) from None


def _date_ahead(text: str, declaration: Declaration, _: Language, reading: ReadValue) -> date:
    day = _date(text)
    if declaration.tense is Tense.FUTURE and day < local(reading.now).date():
        raise _Unreadable(DAY_PASSED, date=text)
    return day


def _date(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise _Unreadable(NO_DATE) from None
    if day.year not in YEARS:
        raise _Unreadable(NOT_A_YEAR, first=YEARS[0], last=YEARS[-1])
    return day


def _phone(text: str, *_: object) -> str:
    if short := SHORT_NUMBER.fullmatch(text):
        return f"{short['european']} {short['service']}" if short["european"] else text
    try:
        number = phonenumbers.parse(text, "BE")
    except phonenumbers.NumberParseException:
        raise _Unreadable(NO_TELEPHONE) from None
    if not phonenumbers.is_valid_number(number):
        raise _Unreadable(NO_TELEPHONE)
    style = phonenumbers.PhoneNumberFormat
    if number.country_code != 32:
        return phonenumbers.format_number(number, style.INTERNATIONAL)
    return SHARED_COST.sub(r"\1 \2\3 \4\5", phonenumbers.format_number(number, style.NATIONAL))


def _link(text: str, _: Declaration, __: Language, reading: ReadValue) -> HtmlLink:
    try:
        parts = urlsplit(text)
        host, plain = parts.hostname or "", not (parts.username or parts.port)
    except ValueError:
        raise _Unreadable(NO_LINK) from None
    if parts.scheme != "https" or not host or not plain or re.search(r"[\s<>\"\\]", text):
        raise _Unreadable(NO_LINK)
    if not leads_to(text, reading.hosts):
        raise _Unreadable(FOREIGN_SITE, value=host, sites=", ".join(sorted(reading.hosts)))
    return HtmlLink(text)


def _choice(text: str, declaration: Declaration, language: Language, _: ReadValue) -> str:
    if text not in declaration.choices:
        raise _Unreadable(CHOOSE, keys=", ".join(declaration.choices))
    return declaration.choices[text].get(language) or missing_words(
        language, declaration.called(language)
    )


READERS: Mapping[ValueKind, Callable[[str, Declaration, Language, ReadValue], object]] = {
    ValueKind.TEXT: _text,
    ValueKind.PLACE: _place,
    ValueKind.TIME: _time,
    ValueKind.DATE: _date_ahead,
    ValueKind.PHONE: _phone,
    ValueKind.URL: _link,
    ValueKind.CHOICE: _choice,
}
