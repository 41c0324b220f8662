"""Rows and queries for notices: what officers must know, until each has read it."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.authority import Phase, Scope
from alerting.domain.staff_notification import Gravity, NoticeText, StaffNotification
from alerting.store.database import Database
from alerting.store.tables import alert, incident, staff_notification, staff_notification_read
from alerting.store.visibility import incidents_visible, visible

MAX_NOTIFICATIONS = 50


async def add(
    connection: AsyncConnection,
    *,
    at: datetime,
    text: NoticeText,
    facts: Mapping[str, Any],
    alert: int | None = None,
    incident: int | None = None,
    translation: int | None = None,
    officer: str = "",
    permission: str = "",
    due_at: datetime | None = None,
) -> int:
    """Put one up, for one officer or for everybody who holds a permission; its number.

    It is about an alert, or about an incident and then for whoever is bound by it, or about a
    translation that was asked for. It is mailed at once, or from `due_at` on.
    """
    query = (
        sa.insert(staff_notification)
        .values(
            at=at,
            alert_id=alert,
            incident_id=incident,
            translation_id=translation,
            officer=officer,
            permission=permission,
            says=text.says,
            asks=text.asks,
            facts=dict(facts),
            gravity=text.gravity,
            due_at=due_at or at,
        )
        .returning(staff_notification.c.id)
    )
    return int((await connection.execute(query)).scalar_one())


async def drop_translation(connection: AsyncConnection, translation: int) -> None:
    """Delete what anybody was told of a translation: it is of no use any more."""
    await connection.execute(
        sa.delete(staff_notification).where(staff_notification.c.translation_id == translation)
    )


async def take_as_read(
    connection: AsyncConnection, number: int, *, officer: str, at: datetime
) -> None:
    """Note that one that was just put up is not to be shown: it is for an e-mail alone."""
    row = {"notice_id": number, "officer": officer, "at": at}
    await connection.execute(sa.insert(staff_notification_read).values(row))


async def unread(
    connection: AsyncConnection,
    officer: str,
    permissions: Iterable[str],
    *,
    scope: Scope,
    bound_by: Collection[Phase],
    now: datetime,
) -> list[StaffNotification]:
    """What is meant for an officer and was not read by them, newest first.

    Of what everybody is told, an officer is told what lies in `scope`; of incidents those that are
    open in a phase that binds them. Of each incident only the last notice, and of notices that say
    the same of an alert; MAX_NOTIFICATIONS of alerts, of incidents and of translations: none hides
    the others.
    """
    query = (
        sa.select(staff_notification)
        .where(
            _meant_for(officer, permissions, scope, bound_by, now),
            ~sa.exists().where(
                staff_notification_read.c.notice_id == staff_notification.c.id,
                staff_notification_read.c.officer == officer,
            ),
            ~_said_again(),
        )
        .order_by(staff_notification.c.id.desc())
        .limit(MAX_NOTIFICATIONS)
    )
    rows = [
        row
        for about in (
            staff_notification.c.alert_id,
            staff_notification.c.incident_id,
            staff_notification.c.translation_id,
        )
        for row in (await connection.execute(query.where(about.is_not(None)))).mappings()
    ]
    notifications = [StaffNotification(**row) for row in rows]
    return sorted(notifications, key=lambda notification: notification.id, reverse=True)


async def unsent(connection: AsyncConnection, *, now: datetime) -> list[StaffNotification]:
    """Notices no e-mails were written about yet and that are due; the gravest first, then the
    oldest.

    Of each incident only the last, and of those that say the same of an alert. Of calls the oldest
    of each officer: their other ones are claimed with it (`claim_calls`).
    """
    other = staff_notification.alias("other")
    earlier_call = sa.exists().where(
        other.c.gravity == Gravity.CALL,
        other.c.posted_at.is_(None),
        other.c.due_at <= now,
        other.c.officer == staff_notification.c.officer,
        other.c.id < staff_notification.c.id,
    )
    call = staff_notification.c.gravity == Gravity.CALL
    query = (
        sa.select(staff_notification)
        .where(
            staff_notification.c.posted_at.is_(None),
            staff_notification.c.due_at <= now,
            sa.case((call, ~earlier_call), else_=~_said_again()),
        )
        .order_by(staff_notification.c.gravity, staff_notification.c.id)
        .limit(MAX_NOTIFICATIONS)
    )
    return [StaffNotification(**row) for row in (await connection.execute(query)).mappings()]


async def claim_unsent(connection: AsyncConnection, number: int, *, now: datetime) -> bool:
    """Mark one as posted, with what it takes the place of; False where another was quicker."""
    unsent = sa.update(staff_notification).where(staff_notification.c.posted_at.is_(None))
    result = await connection.execute(
        unsent.where(staff_notification.c.id == number).values(posted_at=now)
    )
    if not result.rowcount:
        return False
    later = staff_notification.alias("later")
    await connection.execute(
        unsent.where(sa.exists().where(later.c.id == number, _replaces(later))).values(
            posted_at=now
        )
    )
    return True


async def claim_calls(
    connection: AsyncConnection, officer: str, *, now: datetime
) -> list[StaffNotification]:
    """Mark every call to an officer as posted, due or not; those that were not yet, in order."""
    query = (
        sa.update(staff_notification)
        .where(
            staff_notification.c.posted_at.is_(None),
            staff_notification.c.gravity == Gravity.CALL,
            staff_notification.c.officer == officer,
        )
        .values(posted_at=now)
        .returning(*staff_notification.c)
    )
    rows = (await connection.execute(query)).mappings()
    return sorted(
        (StaffNotification(**row) for row in rows), key=lambda notification: notification.id
    )


async def calls_since(
    connection: AsyncConnection, officers: Collection[str], since: datetime
) -> list[StaffNotification]:
    """Calls to these officers that are not posted yet, or were after `since`."""
    query = sa.select(staff_notification).where(
        staff_notification.c.gravity == Gravity.CALL,
        staff_notification.c.officer.in_(sorted(officers)),
        sa.or_(
            staff_notification.c.posted_at.is_(None),
            staff_notification.c.posted_at > since,
        ),
    )
    return [StaffNotification(**row) for row in (await connection.execute(query)).mappings()]


async def mark_read(
    connection: AsyncConnection,
    database: Database,
    number: int,
    *,
    officer: str,
    permissions: Iterable[str],
    scope: Scope,
    bound_by: Collection[Phase],
    at: datetime,
) -> bool:
    """Note that an officer has read one; False where it is not theirs to read."""
    query = sa.select(staff_notification.c.id).where(
        staff_notification.c.id == number, _meant_for(officer, permissions, scope, bound_by, at)
    )
    if await connection.scalar(query) is None:
        return False
    row = {"notice_id": number, "officer": officer, "at": at}
    await connection.execute(
        database.insert(staff_notification_read).values(row).on_conflict_do_nothing()
    )
    return True


def _said_again() -> sa.ColumnElement[bool]:
    """Whether a later notice takes the place of one."""
    later = staff_notification.alias("later")
    return sa.exists().where(_replaces(later))


def _replaces(later: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a notice is later, and about the same incident or says the same of an alert."""
    same_facts = sa.cast(later.c.facts, sa.Text) == sa.cast(staff_notification.c.facts, sa.Text)
    same_text = (
        later.c[name] == staff_notification.c[name] for name in ("alert_id", "officer", "says")
    )
    return sa.and_(
        later.c.id > staff_notification.c.id,
        sa.or_(
            later.c.incident_id == staff_notification.c.incident_id,
            sa.and_(*same_text, same_facts),
        ),
    )


def _meant_for(
    officer: str,
    permissions: Iterable[str],
    scope: Scope,
    bound_by: Collection[Phase],
    now: datetime,
) -> sa.ColumnElement[bool]:
    condition: sa.ColumnElement[bool] = staff_notification.c.alert_id.is_not(None)
    if conditions := visible(scope, now):
        condition = staff_notification.c.alert_id.in_(sa.select(alert.c.id).where(*conditions))
    binding = sa.select(incident.c.id).where(
        incident.c.closed_at.is_(None),
        incident.c.phase.in_(sorted(bound_by)),
        *incidents_visible(scope, now),
    )
    everybody = sa.and_(
        staff_notification.c.officer == "",
        staff_notification.c.permission.in_(list(permissions)),
        sa.or_(condition, staff_notification.c.incident_id.in_(binding)),
    )
    return sa.or_(staff_notification.c.officer == officer, everybody)
