"""Which deliveries a page or a program asks for, read from a query the same way for both.

A value that is not known counts as not given, and is never refused: an old link still opens. Whom
somebody looks for (`DeliveryFilter.person`) never stands in a query: it comes by POST.
"""

import contextlib
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query

from alerting.domain.belgian_time import YEARS
from alerting.domain.channel import FailureReason
from alerting.domain.delivery import State
from alerting.domain.delivery_filter import DeliveryFilter
from alerting.domain.enumeration import member_of
from alerting.domain.language import Language
from alerting.i18n import BRUSSELS


def delivery_filter_from(
    state: Annotated[State | str, Query()] = "",
    channel: Annotated[str, Query(max_length=32)] = "",
    language: Annotated[Language | str, Query()] = "",
    failure_reason: Annotated[
        FailureReason | str, Query(description="Why it is waiting or failed")
    ] = "",
    since: Annotated[
        str, Query(max_length=40, description="Handed over at this time or later; Brussels time")
    ] = "",
    until: Annotated[str, Query(max_length=40, description="Handed over before this time")] = "",
) -> DeliveryFilter:
    """What stands in the query; never a person."""
    return DeliveryFilter(
        state=member_of(State, state),
        channel=channel or None,
        language=member_of(Language, language),
        failure_reason=member_of(FailureReason, failure_reason),
        since=instant(since),
        until=instant(until, fold=1),
    )


WantedDeliveries = Annotated[DeliveryFilter, Depends(delivery_filter_from)]


def instant(text: str, *, fold: int = 0) -> datetime | None:
    """A day and time as a form sends it, in Brussels unless it says otherwise.

    Of an hour that comes twice the first is meant, with `fold` 1 the second: a stretch of time that
    begins or ends in it holds both.
    """
    with contextlib.suppress(ValueError):
        found = datetime.fromisoformat(text)
        if found.year in YEARS:  # others cannot be moved between zones
            return found if found.tzinfo else found.replace(tzinfo=BRUSSELS, fold=fold)
    return None
