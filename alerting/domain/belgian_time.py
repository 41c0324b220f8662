"""Times as they are typed and written in Belgium, on the nights the clock changes too.

Directive 2000/84/EC: at 01:00 UTC on the last Sunday of March and of October. In March an hour of
the night does not exist, in October one comes twice.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from alerting.domain.errors import BadRequest
from alerting.domain.language import Language
from alerting.domain.text.i18n import msgid

BRUSSELS = ZoneInfo("Europe/Brussels")

NO_SUCH_TIME = msgid(
    "{time} does not exist in Belgium: the clocks go forward that night. The next time "
    "that exists is {next}"
)
TWICE = msgid(
    "{time} occurs twice in Belgium, because the clocks go back that night: choose the "
    "earlier one (summer time) or the later one (winter time)"
)


YEARS = range(2000, 2101)
"""What a time that is typed may be in; at the ends of the calendar no zone can be applied."""
NO_SUCH_YEAR = msgid("{time} is outside the years allowed: enter a year between {first} and {last}")


class Which(StrEnum):
    """Which of the two is meant, where an hour is repeated."""

    EARLIER = "earlier"
    LATER = "later"


class Tense(StrEnum):
    """Where a time that a text names must lie, seen from when people read it."""

    FUTURE = "future"
    PAST = "past"


def instant(typed: datetime, which: Which | None = None) -> datetime:
    """The moment meant by a time on Belgian clocks, in UTC; BadRequest where there is none or two.

    A time with a zone of its own means what it says.
    """
    if typed.year not in YEARS:
        raise BadRequest(NO_SUCH_YEAR, time=typed.isoformat(), first=YEARS[0], last=YEARS[-1])
    if typed.tzinfo is not None:
        return typed.astimezone(UTC)
    earlier, later = (typed.replace(tzinfo=BRUSSELS, fold=fold).astimezone(UTC) for fold in (0, 1))
    if earlier == later:
        return earlier
    if earlier > later:  # PEP 495: in a gap, fold=0 is read with the offset from before it
        first = earlier.astimezone(BRUSSELS).replace(tzinfo=None)
        said = first.replace(minute=0, second=0, microsecond=0)
        raise BadRequest(NO_SUCH_TIME, time=f"{typed:%H:%M}", next=f"{said:%H:%M}")
    if which is None:
        raise BadRequest(TWICE, time=f"{typed:%H:%M}")
    return earlier if which is Which.EARLIER else later


FR, NL, DE, EN = Language
CLOCKS: Mapping[Language, str] = {
    FR: "{0.hour}h{0:%M}",
    NL: "{0:%H.%M} uur",
    DE: "{0:%H:%M} Uhr",
    EN: "{0:%H:%M}",
}
"""French has no zero before the hour: 6h00."""
# fmt: off
MONTHS: Mapping[Language, tuple[str, ...]] = {
    FR: (
        "janvier", "février", "mars", "avril", "mai", "juin",
        "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    ),
    NL: (
        "januari", "februari", "maart", "april", "mei", "juni",
        "juli", "augustus", "september", "oktober", "november", "december",
    ),
    DE: (
        "Januar", "Februar", "März", "April", "Mai", "Juni",
        "Juli", "August", "September", "Oktober", "November", "Dezember",
    ),
    EN: (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}
SHORT_MONTHS: Mapping[Language, tuple[str, ...]] = {
    FR: (
        "janv.", "févr.", "mars", "avril", "mai", "juin",
        "juil.", "août", "sept.", "oct.", "nov.", "déc.",
    ),
    NL: ("jan", "feb", "mrt", "apr", "mei", "juni", "juli", "aug", "sept", "okt", "nov", "dec"),
    DE: (
        "Jan.", "Feb.", "März", "April", "Mai", "Juni",
        "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez.",
    ),
    EN: (
        "Jan", "Feb", "March", "April", "May", "June",
        "July", "Aug", "Sept", "Oct", "Nov", "Dec",
    ),
}
# fmt: on
"""For texts where every letter counts."""


def local(moment: datetime) -> datetime:
    """The moment on Belgian clocks; as it is where no zone applies."""
    try:
        return moment.astimezone(BRUSSELS)
    except OverflowError:
        return moment


def clock(moment: datetime, language: Language) -> str:
    """14h05, 14.05 uur, 14:05 Uhr, 14:05."""
    return CLOCKS[language].format(local(moment))


def comes_twice(moment: datetime) -> bool:
    """Whether its hour on Belgian clocks comes twice that night."""
    here = local(moment)
    return here.replace(fold=0).utcoffset() != here.replace(fold=1).utcoffset()


def day_and_month(moment: date, language: Language, *, short: bool = False) -> str:
    """23 novembre, 23 november, 23. November, 23 November; 1er novembre; short: 23 nov."""
    there = local(moment).date() if isinstance(moment, datetime) else moment
    first = "er" if language is FR and there.day == 1 else "." if language is DE else ""
    months = SHORT_MONTHS if short else MONTHS
    return f"{there.day}{first} {months[language][there.month - 1]}"


def day(moment: date, language: Language) -> str:
    """23 novembre 2026, 23 november 2026, 23. November 2026, 23 November 2026."""
    there = local(moment) if isinstance(moment, datetime) else moment
    return f"{day_and_month(moment, language)} {there.year}"
