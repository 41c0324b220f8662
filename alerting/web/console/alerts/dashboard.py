"""The lists of the first page: what is in force, what waits for an officer, what for others."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from alerting.domain.alert import Alert, AlertClass, AlertState, Severity
from alerting.domain.composition import Composition
from alerting.domain.four_eyes import hand_in
from alerting.domain.officer import Officer, Permission
from alerting.i18n import BRUSSELS
from alerting.web.console.alerts.status_figures import AlertFigures

THURSDAY = 3
GRAVEST_FIRST: Mapping[Severity, int] = {severity: index for index, severity in enumerate(Severity)}


class DecisionNeeded(StrEnum):
    """What an officer is to do with an alert that waits for them."""

    APPROVE = "approve"
    SEND = "send"
    CORRECT = "correct"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingAlert:
    """An alert that waits for one officer."""

    alert: Alert
    decision: DecisionNeeded
    since: datetime
    """When it was asked for; of what was approved, when that was."""
    beside: Sequence[Alert]
    """Alerts of its class in force in part of its area, and those of its scenario that wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeLists:
    """What is not over, by whom it waits for."""

    in_force: Sequence[Alert]
    to_decide: Sequence[WaitingAlert]
    with_others: Sequence[Alert]
    """Submitted, and for somebody else to decide, or to leave by itself."""
    drafts: Sequence[Alert]
    """Not submitted yet."""
    compositions: Sequence[Composition]
    """Those the officer wrote in."""
    others_compositions: Sequence[Composition]


def home_lists(
    officer: Officer,
    in_force: Sequence[Alert],
    unsent: Sequence[Alert],
    compositions: Sequence[Composition],
    now: datetime,
) -> HomeLists:
    """Sort what is not over; what waits for an officer stands gravest and oldest first."""
    submitted = [alert for alert in unsent if alert.state is not AlertState.DRAFT]
    to_decide = [
        WaitingAlert(
            alert=alert,
            decision=decision,
            since=_since(alert),
            beside=_beside(alert, in_force, submitted),
        )
        for alert in submitted
        if alert.expires_at > now and (decision := decision_for(officer, alert))
    ]
    drafts = compositions if officer.may(Permission.DRAFT) else ()
    mine = {waiting_alert.alert.id for waiting_alert in to_decide}
    return HomeLists(
        in_force=sorted(in_force, key=lambda alert: alert.state is AlertState.ACTIVE),
        to_decide=sorted(to_decide, key=_gravest_and_oldest),
        with_others=[alert for alert in submitted if alert.id not in mine],
        drafts=[alert for alert in unsent if alert.state is AlertState.DRAFT],
        compositions=[composition for composition in drafts if officer.name in composition.hands],
        others_compositions=[
            composition for composition in drafts if officer.name not in composition.hands
        ],
    )


def decision_for(officer: Officer, alert: Alert) -> DecisionNeeded | None:
    """What this officer could do with an alert that was submitted: never approve their own.

    None for what lies outside their territory, too.
    """
    if not (officer.authority.partner or officer.authority.territory.holds(alert.area)):
        return None
    hand = bool(hand_in(alert, officer.name))
    match alert.state:
        case AlertState.IN_REVIEW if officer.may(Permission.APPROVE) and not hand:
            return DecisionNeeded.APPROVE
        case AlertState.APPROVED if officer.may(Permission.SEND):
            return DecisionNeeded.SEND
        case AlertState.RETURNED if officer.may(Permission.DRAFT) and hand:
            return DecisionNeeded.CORRECT
    return None


def _since(alert: Alert) -> datetime:
    asked = alert.approved_at if alert.state is AlertState.APPROVED else alert.submitted_at
    return asked or alert.created_at


def _gravest_and_oldest(waiting_alert: WaitingAlert) -> tuple[bool, int, datetime]:
    alert = waiting_alert.alert
    real = alert.alert_class is AlertClass.ALERT
    return (not real, GRAVEST_FIRST[alert.hazard.severity], waiting_alert.since)


def _beside(alert: Alert, in_force: Iterable[Alert], waiting: Iterable[Alert]) -> list[Alert]:
    if alert.previous_alert is not None:  # a follow-up is meant for what is under way
        return []
    same = (*in_force, *(one for one in waiting if one.scenario == alert.scenario))
    return [
        one
        for one in same
        if one.id != alert.id
        and one.alert_class is alert.alert_class
        and not {*one.area}.isdisjoint(alert.area)
    ]


def failing(boards: Sequence[AlertFigures]) -> list[AlertFigures]:
    """Those with a reason that is about everyone, or with people who were not reached."""
    return [
        alert_figures
        for alert_figures in boards
        if any(reason.systemic for reason in (*alert_figures.waiting, *alert_figures.lost))
    ]


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
