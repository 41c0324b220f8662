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
    FR: "{time} le {day}",
    NL: "{time} op {day}",
    DE: "{time} am {day}",
    EN: "{time} on {day}",
}
"""The clock stands first, so that “until …” and “before …” stay right in every language."""


SEASONS: Mapping[Language, tuple[str, str]] = {
    FR: ("heure d'été", "heure d'hiver"),
    NL: ("zomertijd", "wintertijd"),
    DE: ("Sommerzeit", "Winterzeit"),
    EN: ("summer time", "winter time"),
}
"""Which of the two it is, where an hour comes twice."""


def when(moment: datetime, language: Language, *, today: date) -> str:
    """The time, with the day where that is not today, and which where its hour comes twice."""
    time = clock(moment, language)
    if comes_twice(moment):
        time = f"{time} ({SEASONS[language][local(moment).fold]})"
    there = local(moment).date()
    if there == today:
        return time
    return ON_ANOTHER_DAY[language].format(time=time, day=day_and_month(there, language))


def number(amount: float | Decimal, language: Language) -> str:
    """1 234,5 and its like; French groups with a narrow no-break space, as it should."""
    return format_decimal(amount, locale=LOCALES[language])


def join_list(items: Sequence[str], language: Language) -> str:
    """A, B et C."""
    return format_list(list(items), locale=LOCALES[language])


def plural(amount: float | Decimal, language: Language, forms: Mapping[str, str]) -> str:
    """The form CLDR asks for `amount`; French “many” may be left to “other”."""
    return forms.get(LOCALES[language].plural_form(amount), forms["other"])
