"""How values become words: in one language, on one day, in plain text or in Markdown.

The six filters a text may use are here; what a text may not do is in `jinja`.
"""

import string
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from jinja2 import StrictUndefined, pass_context
from jinja2.runtime import Context

from alerting.compose import locale_formats
from alerting.domain.language import Language
from alerting.domain.late_values import LateValue

MARKDOWN = str.maketrans({sign: f"\\{sign}" for sign in string.punctuation})


class Names(Protocol):
    """As much of a gazetteer as the `place` filter needs."""

    def area_name(self, codes: tuple[str, ...], language: Language, /) -> str:
        """What these municipalities are called together."""
        ...

    def resolve(self, text: str, *, ask: bool = True) -> tuple[str, ...]:
        """The municipalities meant by `text`."""
        ...


PERIODS = (("onset", "expires"), ("opens", "closes"))
"""Details that are the beginning and the end of one time, where a text names both."""


class DayNamed(datetime):
    """A time whose day is named, be it today."""

    __slots__ = ()


class Example:
    """A value that stands in for one that lacks: printed in brackets, so that nobody takes it."""

    __slots__ = ()


class ExampleTime(Example, datetime):
    """A time."""


class ExampleOfDay(Example, DayNamed):
    """A time whose day is named."""


class ExampleDate(Example, date):
    """A day."""


class ExampleNumber(Example, Decimal):
    """A number."""


def example_of(value: object) -> object:
    """A value of any kind, as an example; words that are in brackets already stay as they are."""
    match value:
        case datetime():
            return ExampleTime.combine(value.date(), value.timetz())
        case date():
            return ExampleDate(value.year, value.month, value.day)
        case Decimal():
            return ExampleNumber(value)
        case tuple():
            return tuple(map(example_of, value))
        case str() if not value.startswith("["):
            return _bracketed(value)
        case _:
            return value


def _day_named(moment: datetime) -> DayNamed:
    kind = ExampleOfDay if isinstance(moment, Example) else DayNamed
    return kind.combine(moment, moment.timetz())


def _bracketed(words: str) -> str:
    return f"[{words}]"


class HtmlLink(str):
    """An address of a page: printed as it is, and made a link where there are links."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Formatter:
    """How values become words in one rendering."""

    language: Language
    today: date
    places: Names
    markdown: bool = False
    short: bool = False
    """Every letter counts: months are cut."""
    heard: list[object] | None = None
    """Where the times that were said are noted; None: nobody asks."""

    def with_days(
        self, values: Mapping[str, object], used: Collection[str]
    ) -> Mapping[str, object]:
        """`values`, with both days of a period named as soon as one of the two is not today.

        “From 15:00 until 2:05 on the 24th” would be read as two hours of the 24th. `used`: the
        names that a text says; `values` itself where there is nothing to add.
        """
        named: dict[str, object] = {}
        for pair in PERIODS:
            moments = [values.get(name) for name in pair if name in used]
            both = [moment for moment in moments if isinstance(moment, datetime)]
            days = {locale_formats.local(one).date() for one in both}
            if len(both) == len(pair) and days != {self.today}:
                named.update((name, _day_named(one)) for name, one in zip(pair, both, strict=True))
        return {**values, **named} if named else values

    def say(self, value: object) -> str:
        """`value` in words; in Markdown, nothing in a value is taken for markup."""
        text = self._words(value)
        if not self.markdown:
            return text
        return f"<{text}>" if isinstance(value, HtmlLink) else text.translate(MARKDOWN)

    def _words(self, value: object) -> str:
        return _marked(value, self._plain_words(value))

    def _plain_words(self, value: object) -> str:
        match value:
            case datetime():
                if self.heard is not None:
                    self.heard.append(value)
                return locale_formats.when(
                    value,
                    self.language,
                    today=self.today,
                    short=self.short,
                    day_named=isinstance(value, DayNamed),
                )
            case date():
                return locale_formats.day(value, self.language)
            case int() | float() | Decimal():
                return locale_formats.number(value, self.language)
            case tuple() | list():
                return locale_formats.join_list([self._words(one) for one in value], self.language)
            case _:
                return str(value)


def _speech(context: Context) -> Formatter:
    speech = context["_speech"]
    assert isinstance(speech, Formatter)  # noqa: S101
    return speech


@pass_context
def say(context: Context, value: object) -> object:
    """Jinja's last step for every `{{ … }}`; an undefined value is left to raise."""
    return value if isinstance(value, StrictUndefined) else _speech(context).say(value)


def _marked(value: object, words: str) -> str:
    return _bracketed(words) if isinstance(value, Example) else words


def _must_be(value: object, *kinds: type) -> None:
    if not isinstance(value, kinds):
        names = " or ".join(kind.__name__ for kind in kinds)
        raise TypeError(f"the filter is for {names}, not for “{value}”")


@pass_context
def _date(context: Context, value: date | LateValue) -> str:
    if isinstance(value, LateValue):
        return LateValue.DATE
    _must_be(value, date)
    return _marked(value, locale_formats.day(value, _speech(context).language))


@pass_context
def _time(context: Context, value: datetime | LateValue) -> str:
    if value is LateValue.TIME:
        return LateValue.TIME
    _must_be(value, datetime)
    assert isinstance(value, datetime)  # noqa: S101  or it was refused
    return _marked(value, locale_formats.clock(value, _speech(context).language))


@pass_context
def _number(context: Context, value: float | Decimal) -> str:
    _must_be(value, int, float, Decimal)
    return _marked(value, locale_formats.number(value, _speech(context).language))


@pass_context
def _list(context: Context, value: tuple[str, ...]) -> str:
    _must_be(value, tuple, list)
    return locale_formats.join_list(value, _speech(context).language)


@pass_context
def _place(context: Context, value: str) -> str:
    _must_be(value, str)
    speech = _speech(context)
    return speech.places.area_name(speech.places.resolve(value, ask=False), speech.language)


@pass_context
def _plural(context: Context, value: float | Decimal, *, one: str, other: str) -> str:
    _must_be(value, int, float, Decimal)
    return locale_formats.plural(value, _speech(context).language, {"one": one, "other": other})


FILTERS = {
    "date": _date, "time": _time, "number": _number,
    "list": _list, "place": _place, "plural": _plural,
}  # fmt: skip
