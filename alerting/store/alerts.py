"""Rows and queries for alerts."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.alert import (
    Alert,
    AlertClass,
    AlertState,
    Category,
    Certainty,
    Hazard,
    ResponseType,
    Severity,
    Urgency,
)
from alerting.domain.errors import NotFound
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.words import msgid
from alerting.store.schema import alert, alert_text

ALERT = msgid("alert")


async def save(connection: AsyncConnection, wanted: Alert) -> Alert:
    """Insert a new alert or write a changed one; texts of a new version stand beside the old."""
    row = _row(wanted)
    if wanted.id:
        await connection.execute(sa.update(alert).where(alert.c.id == wanted.id).values(**row))
        number = wanted.id
    else:
        number = (
            await connection.execute(sa.insert(alert).values(**row).returning(alert.c.id))
        ).scalar_one()
    stored = await connection.scalar(
        sa.select(sa.func.count())
        .select_from(alert_text)
        .where(alert_text.c.alert_id == number, alert_text.c.version == wanted.version)
    )
    if not stored and wanted.messages:
        await connection.execute(
            sa.insert(alert_text),
            [
                {"alert_id": number, "version": wanted.version, **asdict(message)}
                for message in wanted.messages
            ],
        )
    return await load(connection, number)


async def load(connection: AsyncConnection, number: int, *, lock: bool = False) -> Alert:
    """One alert with its texts; NotFound otherwise. `lock` holds it until the commit."""
    query = sa.select(alert).where(alert.c.id == number)
    if lock:
        query = query.with_for_update()  # no-op on SQLite, whose writer is alone anyway
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        raise NotFound(what=ALERT, number=number)
    texts = await connection.execute(
        sa.select(alert_text)
        .where(alert_text.c.alert_id == number, alert_text.c.version == row["version"])
        .order_by(alert_text.c.channel, alert_text.c.language)
    )
    return _alert(row, [_message(text) for text in texts.mappings()])


async def texts_of(connection: AsyncConnection, number: int, version: int) -> tuple[Message, ...]:
    """The texts of one version of an alert."""
    rows = await connection.execute(
        sa.select(alert_text)
        .where(alert_text.c.alert_id == number, alert_text.c.version == version)
        .order_by(alert_text.c.channel, alert_text.c.language)
    )
    return tuple(_message(row) for row in rows.mappings())


async def page(
    connection: AsyncConnection, *, before: int | None = None, limit: int = 50
) -> list[Alert]:
    """Alerts without their texts, newest first, from below the number `before`."""
    query = sa.select(alert).order_by(alert.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(alert.c.id < before)
    return [_alert(row, []) for row in (await connection.execute(query)).mappings()]


async def numbers_in(connection: AsyncConnection, state: AlertState) -> list[int]:
    """The numbers of all alerts in one state."""
    return list(
        await connection.scalars(
            sa.select(alert.c.id).where(alert.c.state == state).order_by(alert.c.id)
        )
    )


async def overdue(connection: AsyncConnection, *, now: datetime) -> list[int]:
    """Drafts and approved alerts whose time has passed without sending."""
    waiting = (AlertState.DRAFT, AlertState.APPROVED)
    return list(
        await connection.scalars(
            sa.select(alert.c.id).where(alert.c.state.in_(waiting), alert.c.expires_at <= now)
        )
    )


def _row(wanted: Alert) -> dict[str, Any]:
    return {
        "version": wanted.version,
        "state": wanted.state,
        "alert_class": wanted.alert_class,
        "scenario": wanted.scenario,
        "hazard": asdict(wanted.hazard),
        "area": list(wanted.area),
        "channels": list(wanted.channels),
        "languages": list(wanted.languages),
        "details": dict(wanted.values),
        "created_at": wanted.created_at,
        "expires_at": wanted.expires_at,
        "author": wanted.author,
        "approver": wanted.approver,
        "approved_at": wanted.approved_at,
        "approved_fingerprint": wanted.approved_fingerprint,
        "sender": wanted.sender,
        "sent_at": wanted.sent_at,
        "finished_at": wanted.finished_at,
    }


def _alert(row: sa.RowMapping, messages: Sequence[Message]) -> Alert:
    fields: dict[str, Any] = dict(row)
    hazard = fields.pop("hazard")
    return Alert(
        hazard=Hazard(
            event=hazard["event"],
            category=Category(hazard["category"]),
            urgency=Urgency(hazard["urgency"]),
            severity=Severity(hazard["severity"]),
            certainty=Certainty(hazard["certainty"]),
            response=ResponseType(hazard["response"]),
        ),
        state=AlertState(fields.pop("state")),
        alert_class=AlertClass(fields.pop("alert_class")),
        area=tuple(fields.pop("area")),
        channels=tuple(fields.pop("channels")),
        languages=tuple(Language(one) for one in fields.pop("languages")),
        values=fields.pop("details"),
        messages=tuple(messages),
        **fields,
    )


def _message(row: sa.RowMapping) -> Message:
    return Message(
        channel=row["channel"],
        language=Language(row["language"]),
        subject=row["subject"],
        text=row["text"],
        html=row["html"],
    )
