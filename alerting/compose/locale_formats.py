"""Times, dates, numbers and lists as each language writes them in Belgium."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal

from alerting.domain.language import Language

BELGIAN_TIME = ZoneInfo("Europe/Brussels")

FR, NL, DE, EN = Language

LOCALES: Mapping[Language, Locale] = {
    FR: Locale("fr", "BE"),
    NL: Locale("nl", "BE"),
    DE: Locale("de", "BE"),
    EN: Locale("en", "GB"),
}

CLOCKS: Mapping[Language, str] = {
    FR: "%Hh%M",
    NL: "%H.%M uur",
    DE: "%H:%M Uhr",
    EN: "%H:%M",
}

ON_ANOTHER_DAY: Mapping[Language, str] = {
    FR: "{time} le {day}",
    NL: "{time} op {day}",
    DE: "{time} am {day}",
    EN: "{time} on {day}",
}
"""The clock stands first, so that “until …” and “before …” stay right in every language."""


DAYS: Mapping[Language, str] = {FR: "d MMMM", NL: "d MMMM", DE: "d. MMMM", EN: "d MMMM"}


def local(moment: datetime) -> datetime:
    """The moment on Belgian clocks."""
    return moment.astimezone(BELGIAN_TIME)


def clock(moment: datetime, language: Language) -> str:
    """14h05, 14.05 uur, 14:05 Uhr, 14:05."""
    return local(moment).strftime(CLOCKS[language])


def when(moment: datetime, language: Language, *, today: date) -> str:
    """The time, with the day where that is not today."""
    time = clock(moment, language)
    there = local(moment).date()
    if there == today:
        return time
    return ON_ANOTHER_DAY[language].format(time=time, day=_written(there, DAYS[language], language))


def day(moment: date, language: Language) -> str:
    """23 novembre 2026, 23 november 2026, 23. November 2026, 23 November 2026."""
    there = local(moment).date() if isinstance(moment, datetime) else moment
    return _written(there, f"{DAYS[language]} y", language)


def _written(there: date, pattern: str, language: Language) -> str:
    written = format_date(there, pattern, locale=LOCALES[language])
    return f"1er{written[1:]}" if language is FR and there.day == 1 else written


def number(amount: float | Decimal, language: Language) -> str:
    """1 234,5 and its like; French groups with a narrow no-break space, as it should."""
    return format_decimal(amount, locale=LOCALES[language])


def listing(items: Sequence[str], language: Language) -> str:
    """A, B et C."""
    return format_list(list(items), locale=LOCALES[language])


def plural(amount: float | Decimal, language: Language, forms: Mapping[str, str]) -> str:
    """The form CLDR asks for `amount`; French “many” may be left to “other”."""
    return forms.get(LOCALES[language].plural_form(amount), forms["other"])
