"""The next version of an alert that was not sent, whatever it changes and whoever makes it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from alerting.actions.alerts.guards import (
    notify_of_lost_approval,
    notify_others,
    record_on_alert,
    unapproved,
    writers,
)
from alerting.domain.alert import Alert, AlertState
from alerting.domain.errors import TooManyVersions
from alerting.domain.officer import Officer
from alerting.domain.staff_notification import Gravity, NoticeText
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store import ledger as ledger_rows
from alerting.store.alerts import repository as alert_rows
from alerting.store.unit_of_work import UnitOfWork

ACTS = frozenset({"alert.revised", "alert.changed"})
MAX_VERSIONS = 200
"""Versions of one alert that one person makes. Nobody's keep a colleague from theirs."""
SUBMITTED = (AlertState.IN_REVIEW, AlertState.APPROVED, AlertState.SCHEDULED)
REVISED = NoticeText(
    gravity=Gravity.UNDONE,
    says=msgid(
        "{officer} changed alert {alert}, which was submitted: it is a draft again and must be "
        "submitted and approved again."
    ),
    asks=msgid("changed, please submit again"),
)
ANY_TIME = datetime.min.replace(tzinfo=UTC)


async def save_version(
    services: Services,
    unit: UnitOfWork,
    alert: Alert,
    changed: Alert,
    act: str,
    *,
    by: Officer,
    proposed: bool = False,
    more: Mapping[str, Any] | None = None,
) -> Alert:
    """Save `changed` in the place of `found`: a draft again. Whoever took part is told.

    TooManyVersions where this person has made as many of it as one may; never for words that an
    approver `proposed`.
    """
    if not proposed:
        made = await ledger_rows.number_since(
            unit.connection, about=f"alert/{alert.id}", acts=ACTS, by=by.name, since=ANY_TIME
        )
        if made >= MAX_VERSIONS:
            raise TooManyVersions(alert=alert.id, most=MAX_VERSIONS)
    saved = await alert_rows.save(
        unit.connection,
        replace(
            unapproved(changed, AlertState.DRAFT),
            version=alert.version + 1,
            editor=by.name,
            proposed=(),
        ),
    )
    await record_on_alert(unit, saved, act, by=by, at=services.now(), more=more)
    await notify_of_lost_approval(services, unit, alert, by=by)
    if alert.state in SUBMITTED:
        people = writers(alert) - {alert.approver, alert.sender}
        await notify_others(services, unit, saved, people, REVISED, by=by)
    return saved
