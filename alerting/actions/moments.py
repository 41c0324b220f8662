"""Moments that come from outside: bounded, since at the ends of the calendar no zone applies."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

from alerting.domain.belgian_time import YEARS
from alerting.domain.text.i18n import msgid

OUTSIDE = msgid("must be between the years 2000 and 2100")


def _bounded(given: datetime) -> datetime:
    """In UTC, unless it names no zone; ValueError outside YEARS."""
    if YEARS[0] - 1 <= given.year <= YEARS[-1] + 1:
        moment = given if given.tzinfo is None else given.astimezone(UTC)
        if moment.year in YEARS:
            return moment
    raise ValueError(OUTSIDE)


Moment = Annotated[AwareDatetime, AfterValidator(_bounded)]
"""With a zone; in UTC from then on."""
TypedMoment = Annotated[datetime, AfterValidator(_bounded)]
"""Belgian time if it names no zone, read by `belgian_time.instant`."""
