"""Times, dates, numbers and lists as each language writes them in Belgium."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from babel import Locale
from babel.lists import format_list
from babel.numbers import format_decimal

from alerting.domain.belgian_time import clock, comes_twice, day, day_and_month, local
from alerting.domain.language import Language

__all__ = ["clock", "day", "join_list", "local", "number", "plural", "when"]

FR, NL, DE, EN = Language

LOCALES: Mapping[Language, Locale] = {
    FR: Locale("fr", "BE"),
    NL: Locale("nl", "BE"),
    DE: Locale("de", "BE"),
    EN: Locale("en", "GB"),
}

ON_ANOTHER_DAY: Mapping[Language, str] = {
    FR: "{time} ({day})",
    NL: "{time} op {day}",
    DE: "{time} am {day}",
    EN: "{time} on {day}",
}
"""The clock stands first, so that “until …” and “before …” stay right in every language.

In French the day stands in brackets: “de 15h00 à 2h05 le 24 novembre” reads as one day for both.
"""
ON_ANOTHER_DAY_IN_SHORT = {**ON_ANOTHER_DAY, DE: ON_ANOTHER_DAY[FR]}
"""A German month that is cut ends with a full stop, which a sentence must not double."""


SEASONS: Mapping[Language, tuple[str, str]] = {
    FR: ("heure d'été", "heure d'hiver"),
    NL: ("zomertijd", "wintertijd"),
    DE: ("Sommerzeit", "Winterzeit"),
    EN: ("summer time", "winter time"),
}
"""Which of the two it is, where an hour comes twice."""


def when(
    moment: datetime,
    language: Language,
    *,
    today: date,
    short: bool = False,
    day_named: bool = False,
) -> str:
    """The time, with the day where that is not today, and which where its hour comes twice.

    `short`: the month cut, for texts where every letter counts; `day_named`: today's day, too.
    """
    time = clock(moment, language)
    if comes_twice(moment):
        time = f"{time} ({SEASONS[language][local(moment).fold]})"
    there = local(moment).date()
    if there == today and not day_named:
        return time
    pattern = (ON_ANOTHER_DAY_IN_SHORT if short else ON_ANOTHER_DAY)[language]
    said = pattern.format(time=time, day=day_and_month(there, language, short=short))
    return said.replace(") (", ", ")


def number(amount: float | Decimal, language: Language) -> str:
    """1 234,5 and its like; French groups with a narrow no-break space, as it should."""
    return format_decimal(amount, locale=LOCALES[language])


def join_list(items: Sequence[str], language: Language) -> str:
    """A, B et C."""
    return format_list(list(items), locale=LOCALES[language])


def plural(amount: float | Decimal, language: Language, forms: Mapping[str, str]) -> str:
    """The form CLDR asks for `amount`; French “many” may be left to “other”."""
    return forms.get(LOCALES[language].plural_form(amount), forms["other"])
