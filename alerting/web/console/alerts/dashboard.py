"""What the first page tells an officer who just came in: what waits, what failed, what is next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from alerting.domain.alert import Alert, AlertState
from alerting.domain.composition import Composition
from alerting.domain.four_eyes import hand_in
from alerting.domain.officer import Officer, Permission
from alerting.i18n import BRUSSELS
from alerting.web.console.alerts.status_figures import AlertFigures

THURSDAY = 3
TO_APPROVE = frozenset({AlertState.DRAFT, AlertState.IN_REVIEW})


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What an officer could do next, by what it is."""

    approve: Sequence[Alert]
    send: Sequence[Alert]
    compositions: Sequence[Composition]

    @property
    def anything(self) -> bool:
        """Whether there is something at all."""
        return bool(self.approve or self.send or self.compositions)


def waiting(
    officer: Officer, alerts: Sequence[Alert], compositions: Sequence[Composition], now: datetime
) -> Waiting:
    """What waits for this officer: never their own words to approve."""
    open_ones = [one for one in alerts if one.expires_at > now]
    return Waiting(
        approve=[
            one
            for one in open_ones
            if one.state in TO_APPROVE
            and officer.may(Permission.APPROVE)
            and not hand_in(one, officer.name)
        ],
        send=[
            one
            for one in open_ones
            if one.state is AlertState.APPROVED and officer.may(Permission.SEND)
        ],
        compositions=compositions if officer.may(Permission.DRAFT) else (),
    )


def failing(boards: Sequence[AlertFigures]) -> list[AlertFigures]:
    """Those with a reason that is about everyone, or with people who were not reached."""
    return [one for one in boards if any(reason.systemic for reason in (*one.waiting, *one.lost))]


def next_test_day(now: datetime) -> date:
    """The first Thursday of a month, on which municipalities may test BE-Alert; today counts."""
    today = now.astimezone(BRUSSELS).date()
    first = _first_thursday(today.year, today.month)
    if first >= today:
        return first
    later = today.replace(day=1) + timedelta(days=32)
    return _first_thursday(later.year, later.month)


def _first_thursday(year: int, month: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(THURSDAY - first.weekday()) % 7)
