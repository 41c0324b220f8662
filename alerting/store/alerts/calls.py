"""Rows and queries for whom the service called to approve an alert."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.alert import Alert, AlertState
from alerting.store.database import Database
from alerting.store.tables import alert as alert_table
from alerting.store.tables import approval_call, sending


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalCall:
    """One officer who was called; `next_at` is None where nothing more is sent to them."""

    officer: str
    called_at: datetime
    reminders: int
    next_at: datetime | None


async def add(
    connection: AsyncConnection,
    database: Database,
    alert: Alert,
    officers: Collection[str],
    *,
    at: datetime,
    next_at: datetime | None,
) -> None:
    """Note that these were called; whoever was already stays as they are."""
    rows = [
        {
            "alert_id": alert.id,
            "submitted_at": alert.submitted_at,
            "officer": name,
            "called_at": at,
            "next_at": next_at,
        }
        for name in sorted(officers)
    ]
    if rows:
        await connection.execute(
            database.insert(approval_call).values(rows).on_conflict_do_nothing()
        )


async def calls_of(connection: AsyncConnection, alert: Alert) -> list[ApprovalCall]:
    """Who was called for an alert since it was submitted last, in that order."""
    return (await calls_of_each(connection, [alert]))[alert.id]


async def calls_of_each(
    connection: AsyncConnection, alerts: Collection[Alert]
) -> dict[int, list[ApprovalCall]]:
    """Who was called for each of some alerts since it was submitted last, by the alert's number."""
    found: dict[int, list[ApprovalCall]] = {alert.id: [] for alert in alerts}
    query = (
        sa.select(
            approval_call.c.alert_id,
            approval_call.c.officer,
            approval_call.c.called_at,
            approval_call.c.reminders,
            approval_call.c.next_at,
        )
        .join(alert_table, alert_table.c.id == approval_call.c.alert_id)
        .where(
            approval_call.c.alert_id.in_(sorted(found)),
            approval_call.c.submitted_at == alert_table.c.submitted_at,
        )
        .order_by(approval_call.c.called_at, approval_call.c.officer)
    )
    for number, officer, called_at, reminders, next_at in await connection.execute(query):
        found[number].append(
            ApprovalCall(officer=officer, called_at=called_at, reminders=reminders, next_at=next_at)
        )
    return found


async def due(connection: AsyncConnection, *, now: datetime) -> list[int]:
    """Alerts that wait for approval and of which somebody is to be reminded."""
    query = (
        sa.select(approval_call.c.alert_id)
        .join(sending, sending.c.id == approval_call.c.alert_id)
        .join(alert_table, alert_table.c.id == approval_call.c.alert_id)
        .where(
            approval_call.c.next_at <= now,
            approval_call.c.submitted_at == alert_table.c.submitted_at,
            sending.c.state == AlertState.IN_REVIEW,
        )
        .distinct()
        .order_by(approval_call.c.alert_id)
    )
    return list(await connection.scalars(query))


async def remind(
    connection: AsyncConnection, alert: Alert, officer: str, *, next_at: datetime | None
) -> None:
    """Note that somebody is reminded now, and when again."""
    await connection.execute(
        sa.update(approval_call)
        .where(_of(alert), approval_call.c.officer == officer)
        .values(reminders=approval_call.c.reminders + 1, next_at=next_at)
    )


def _of(alert: Alert) -> sa.ColumnElement[bool]:
    return sa.and_(
        approval_call.c.alert_id == alert.id,
        approval_call.c.submitted_at == alert.submitted_at,
    )
