"""Times as they are typed in Belgium, on the nights the clock changes too.

Directive 2000/84/EC: at 01:00 UTC on the last Sunday of March and of October. In March an hour of
the night does not exist, in October one comes twice.
"""

from datetime import UTC, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from alerting.domain.errors import BadRequest
from alerting.domain.text.i18n import msgid

BRUSSELS = ZoneInfo("Europe/Brussels")

NO_SUCH_TIME = msgid(
    "{time} does not exist in Belgium: the clock is put forward that night. The next time that "
    "exists is {next}"
)
TWICE = msgid(
    "{time} comes twice in Belgium, because the clock is put back that night: say whether you mean "
    "the earlier (summer time) or the later one (winter time)"
)


YEARS = range(2000, 2101)
"""What a time that is typed may be in; at the ends of the calendar no zone can be applied."""
NO_SUCH_YEAR = msgid("{time} is in no year we plan for: write one between {first} and {last}")


class Which(StrEnum):
    """Of an hour that comes twice."""

    EARLIER = "earlier"
    LATER = "later"


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
