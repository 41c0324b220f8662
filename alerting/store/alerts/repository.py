"""Rows and queries for alerts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.alert import (
    UNSENT,
    Alert,
    AlertClass,
    AlertRefusal,
    AlertState,
    Bypass,
    Category,
    Certainty,
    FollowUp,
    Hazard,
    ResponseType,
    Review,
    Severity,
    UnreachedPolicy,
    Urgency,
)
from alerting.domain.authority import Scope
from alerting.domain.channel_accounts import Usable
from alerting.domain.errors import NotFound
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.page_address import with_number
from alerting.domain.sending import of_alert
from alerting.domain.staff_notification import Gravity
from alerting.domain.text.i18n import msgid
from alerting.store import sendings as sending_rows
from alerting.store.alerts import choices
from alerting.store.database import each_of
from alerting.store.tables import alert, alert_place, alert_text, sending, staff_notification
from alerting.store.visibility import visible

ALERT = msgid("alert")

WHOLE = (
    alert,
    sending.c.state,
    sending.c.sending_class.label("alert_class"),
    sending.c.created_at,
    sending.c.expires_at,
    sending.c.fingerprint.label("approved_fingerprint"),
    sending.c.sent_at,
    sending.c.finished_at,
    sending.c.previous_sending.label("previous_alert"),
    sending.c.unreached_policy,
)
"""All that an alert is: what is its own, and what the engine asks of whatever is sent."""
SENT_ALERTS = sending.join(alert, alert.c.id == sending.c.id)
"""In this order, so that whoever locks both waits at the sending, as whoever leases does."""


async def save(connection: AsyncConnection, wanted: Alert) -> Alert:
    """Insert a new alert or write a changed one; texts of a new version stand beside the old.

    Whoever it names as author, editor or submitter stays among its hands, whichever act says so.
    A new alert is a draft (ValueError otherwise). One that changes its state takes a step of
    the table of states from the one that stands in the database: WrongState otherwise.
    """
    row = _row(replace(wanted, hands=hands_of(wanted)))
    if wanted.id:
        await sending_rows.change(connection, of_alert(wanted))
        await connection.execute(sa.update(alert).where(alert.c.id == wanted.id).values(**row))
        number = wanted.id
    else:
        number = await sending_rows.insert(connection, of_alert(wanted))
        first = await _first_of(connection, wanted.previous_alert) or number
        await connection.execute(sa.insert(alert).values(id=number, first_alert=first, **row))
    await _write_area(connection, number, frozenset(wanted.area))
    await choices.add(connection, number, wanted)
    stored = await connection.scalar(
        sa.select(sa.func.count())
        .select_from(alert_text)
        .where(alert_text.c.alert_id == number, alert_text.c.version == wanted.version)
    )
    if not stored and wanted.messages:
        await connection.execute(
            sa.insert(alert_text),
            [
                {
                    "alert_id": number,
                    "version": wanted.version,
                    **asdict(with_number(message, number)),
                }
                for message in wanted.messages
            ],
        )
    return await load(connection, number)


async def _write_area(connection: AsyncConnection, number: int, area: frozenset[str]) -> None:
    """The area, a row a municipality: it changes seldom, and only before the alert is sent."""
    here = alert_place.c.alert_id == number
    stored = frozenset(await connection.scalars(sa.select(alert_place.c.nis_code).where(here)))
    if gone := stored - area:
        await connection.execute(
            sa.delete(alert_place).where(here, alert_place.c.nis_code.in_(sorted(gone)))
        )
    if added := area - stored:
        await connection.execute(
            sa.insert(alert_place),
            [{"nis_code": nis_code, "alert_id": number} for nis_code in sorted(added)],
        )


async def _first_of(connection: AsyncConnection, number: int | None) -> int | None:
    """The first alert of the chain that alert `number` is in."""
    return await connection.scalar(sa.select(alert.c.first_alert).where(alert.c.id == number))


def _whole() -> sa.Select[Any]:
    return sa.select(*WHOLE).select_from(SENT_ALERTS)


def _numbers() -> sa.Select[int]:
    return sa.select(alert.c.id).select_from(SENT_ALERTS)


def hands_of(saved_alert: Alert) -> frozenset[str]:
    """Everybody who wrote in it or submitted it, now or before."""
    return saved_alert.hands | {
        saved_alert.author,
        saved_alert.editor,
        saved_alert.submitter,
    } - {""}


async def load(
    connection: AsyncConnection,
    number: int,
    *,
    lock: bool = False,
    scope: Scope | None = None,
    now: datetime | None = None,
) -> Alert:
    """One alert with its texts; NotFound otherwise. `lock` holds it until the commit.

    With a `scope`, one that lies outside it is not found either; `now` is when invitations count.
    """
    query = _whole().where(alert.c.id == number, *visible(scope, now))
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


async def with_texts(connection: AsyncConnection, *which: sa.ColumnElement[bool]) -> list[Alert]:
    """Alerts for which this holds of their columns, in the order of their numbers."""
    rows = (await connection.execute(_whole().where(*which).order_by(alert.c.id))).mappings()
    found = list(rows)
    texts = await connection.execute(
        sa.select(alert_text)
        .join(
            alert,
            sa.and_(alert.c.id == alert_text.c.alert_id, alert.c.version == alert_text.c.version),
        )
        .join(sending, sending.c.id == alert.c.id)
        .where(*which)
        .order_by(alert_text.c.channel, alert_text.c.language)
    )
    by_number: dict[int, list[Message]] = {}
    for text in texts.mappings():
        by_number.setdefault(text["alert_id"], []).append(_message(text))
    return [_alert(row, by_number.get(row["id"], [])) for row in found]


async def fill(connection: AsyncConnection, number: int, *, at: datetime) -> datetime | None:
    """The hour of sending that an alert's texts say: `at`, where none was stored before.

    None where none is stored and the alert is not being sent. Nothing ever writes another one.
    """
    if await sending_rows.hold_sending(connection, number):
        await connection.execute(
            sa.update(alert)
            .where(alert.c.id == number, alert.c.filled_at.is_(None))
            .values(filled_at=at)
        )
    stored: datetime | None = await connection.scalar(
        sa.select(alert.c.filled_at).where(alert.c.id == number)
    )
    return stored


async def texts_of(connection: AsyncConnection, number: int, version: int) -> tuple[Message, ...]:
    """The texts of one version of an alert."""
    rows = await connection.execute(
        sa.select(alert_text)
        .where(alert_text.c.alert_id == number, alert_text.c.version == version)
        .order_by(alert_text.c.channel, alert_text.c.language)
    )
    return tuple(_message(row) for row in rows.mappings())


async def newest(
    connection: AsyncConnection,
    *,
    before: int = 0,
    limit: int,
    scope: Scope | None = None,
    now: datetime | None = None,
    states: Collection[AlertState] = frozenset(AlertState),
) -> list[Alert]:
    """Alerts without their texts, newest first, from below the number `before`, inside `scope`."""
    query = _whole().where(*visible(scope, now)).order_by(alert.c.id.desc()).limit(limit)
    if before:
        query = query.where(alert.c.id < before)
    if len(states) < len(AlertState):
        query = query.where(sending.c.state.in_(sorted(states)))
    return [_alert(row, []) for row in (await connection.execute(query)).mappings()]


async def numbers_in(connection: AsyncConnection, state: AlertState) -> list[int]:
    """The numbers of all alerts in one state."""
    return list(
        await connection.scalars(_numbers().where(sending.c.state == state).order_by(alert.c.id))
    )


async def of_incident(
    connection: AsyncConnection, incident: int, states: Collection[AlertState]
) -> list[int]:
    """The numbers of an incident's alerts in some states."""
    query = (
        _numbers()
        .where(alert.c.incident_id == incident, sending.c.state.in_(list(states)))
        .order_by(alert.c.id)
    )
    return list(await connection.scalars(query))


async def due_to_leave(connection: AsyncConnection, *, now: datetime) -> list[int]:
    """Scheduled alerts whose time has come, the longest due first."""
    query = (
        _numbers()
        .where(sending.c.state == AlertState.SCHEDULED, alert.c.send_at <= now)
        .order_by(alert.c.send_at, alert.c.id)
    )
    return list(await connection.scalars(query))


async def in_force_in(
    connection: AsyncConnection,
    area: Collection[str],
    alert_class: AlertClass,
    states: Collection[AlertState],
    *,
    now: datetime,
) -> list[Alert]:
    """Alerts of a class in one of these states that hold in part of an area; without texts."""
    existing_query = sa.select(alert_place.c.alert_id).where(
        alert_place.c.nis_code.in_(each_of(connection, area, alert_place.c.nis_code.type))
    )
    query = (
        _whole()
        .where(
            sending.c.state.in_(list(states)),
            sending.c.sending_class == alert_class,
            sending.c.expires_at > now,
            alert.c.id.in_(existing_query),
        )
        .order_by(alert.c.id)
    )
    return [_alert(row, []) for row in (await connection.execute(query)).mappings()]


async def refused_since(
    connection: AsyncConnection, alert_class: AlertClass, *, since: datetime
) -> list[Alert]:
    """Real alerts, and others of a class, that somebody said no to since; without texts.

    Each no says where: the alert may have been moved since.
    """
    query = (
        _whole()
        .where(
            alert.c.refused_at > since,
            sending.c.sending_class.in_([alert_class, AlertClass.ALERT]),
        )
        .order_by(alert.c.id)
    )
    return [_alert(row, []) for row in (await connection.execute(query)).mappings()]


async def called_for(connection: AsyncConnection, officer: str, *, now: datetime) -> list[Alert]:
    """Alerts that wait for approval now and to which an officer was called; without texts."""
    called = sa.select(staff_notification.c.alert_id).where(
        staff_notification.c.gravity == Gravity.CALL, staff_notification.c.officer == officer
    )
    query = (
        _whole()
        .where(
            sending.c.state == AlertState.IN_REVIEW,
            sending.c.expires_at > now,
            alert.c.id.in_(called),
        )
        .order_by(alert.c.submitted_at, alert.c.id)
    )
    return [_alert(row, []) for row in (await connection.execute(query)).mappings()]


async def waiting_of(
    connection: AsyncConnection, submitter: str, *, now: datetime, since: datetime
) -> tuple[int, int]:
    """How many alerts of a submitter wait for approval, and how many were submitted since a moment,
    whatever became of them.
    """
    waits = sa.and_(sending.c.state == AlertState.IN_REVIEW, sending.c.expires_at > now)
    lately = alert.c.submitted_at > since
    query = (
        sa.select(
            sa.func.sum(sa.case((waits, 1), else_=0)), sa.func.sum(sa.case((lately, 1), else_=0))
        )
        .select_from(SENT_ALERTS)
        .where(alert.c.submitter == submitter, sa.or_(waits, lately))
    )
    waiting, submitted = (await connection.execute(query)).one()
    return waiting or 0, submitted or 0


async def unreviewed(connection: AsyncConnection, *, scope: Scope, now: datetime) -> list[Alert]:
    """Alerts one person sent alone and nobody has reviewed, the oldest first; without texts."""
    query = (
        _whole()
        .where(
            alert.c.bypass != "",
            alert.c.review == "",
            sending.c.sent_at.is_not(None),
            *visible(scope, now),
        )
        .order_by(sending.c.sent_at)
    )
    return [_alert(row, []) for row in (await connection.execute(query)).mappings()]


async def unreminded(
    connection: AsyncConnection, *, sent_before: datetime, told_before: datetime
) -> list[int]:
    """Numbers of alerts sent alone before a moment, not reviewed, and not told of since."""
    query = _numbers().where(
        alert.c.bypass != "",
        alert.c.review == "",
        sending.c.sent_at <= sent_before,
        sa.or_(alert.c.review_told_at.is_(None), alert.c.review_told_at <= told_before),
    )
    return list(await connection.scalars(query))


async def take_reminder(
    connection: AsyncConnection, number: int, *, told_before: datetime, now: datetime
) -> bool:
    """Note that everybody is told now; False where another worker has just done so."""
    done = await connection.execute(
        sa.update(alert)
        .where(
            alert.c.id == number,
            sa.or_(alert.c.review_told_at.is_(None), alert.c.review_told_at <= told_before),
        )
        .values(review_told_at=now)
    )
    return done.rowcount == 1


async def chain(connection: AsyncConnection, last: Alert) -> list[Alert]:
    """An alert and all that it follows, itself first and the first alert last."""
    alerts = [last]
    while (number := alerts[-1].previous_alert) is not None:
        alerts.append(await load(connection, number))
    return alerts


async def followers(connection: AsyncConnection, number: int) -> list[Alert]:
    """What follows an alert, in the order it was drafted; without texts."""
    query = _whole().where(sending.c.previous_sending == number).order_by(alert.c.id)
    return [_alert(row, []) for row in (await connection.execute(query)).mappings()]


async def open_follow_ups(connection: AsyncConnection, number: int, author: str) -> int:
    """How many alerts follow one that this person drafted and nobody sent."""
    query = (
        sa.select(sa.func.count())
        .select_from(SENT_ALERTS)
        .where(
            sending.c.previous_sending == number,
            sending.c.state.in_(sorted(UNSENT)),
            alert.c.author == author,
        )
    )
    return await connection.scalar(query) or 0


def _row(alert_to_save: Alert) -> dict[str, Any]:
    return {
        "version": alert_to_save.version,
        "scenario": alert_to_save.scenario,
        "hazard": asdict(alert_to_save.hazard),
        "area": list(alert_to_save.area),
        "shape": alert_to_save.shape,
        "channels": list(alert_to_save.channels),
        "languages": list(alert_to_save.languages),
        "details": dict(alert_to_save.values),
        "composed_at": alert_to_save.composed_at,
        "author": alert_to_save.author,
        "hands": sorted(alert_to_save.hands),
        "proposed": [
            asdict(with_number(message, alert_to_save.id)) for message in alert_to_save.proposed
        ],
        "authority": alert_to_save.authority,
        "incident_id": alert_to_save.incident,
        "editor": alert_to_save.editor,
        "submitter": alert_to_save.submitter,
        "submitted_at": alert_to_save.submitted_at,
        "note": alert_to_save.note,
        "noted_by": alert_to_save.noted_by,
        "refusals": [
            {**asdict(refusal), "at": refusal.at.isoformat(), "area": list(refusal.area)}
            for refusal in alert_to_save.refusals
        ],
        "refused_at": max((refusal.at for refusal in alert_to_save.refusals), default=None),
        "approver": alert_to_save.approver,
        "approver_membership": alert_to_save.approver_membership,
        "approved_at": alert_to_save.approved_at,
        "approved_audience": dict(alert_to_save.approved_audience),
        "approved_use": {
            name: usable.as_json() for name, usable in alert_to_save.approved_use.items()
        },
        "approved_revision": alert_to_save.approved_revision,
        "send_at": alert_to_save.send_at,
        "bypass": alert_to_save.bypass or "",
        "bypass_reason": alert_to_save.bypass_reason,
        "review": alert_to_save.review or "",
        "reviewer": alert_to_save.reviewer,
        "reviewed_at": alert_to_save.reviewed_at,
        "review_note": alert_to_save.review_note,
        "sender": alert_to_save.sender,
        "sender_authority": alert_to_save.sender_authority,
        "sender_membership": alert_to_save.sender_membership,
        "follow_up": alert_to_save.follow_up or "",
        "copied_from": alert_to_save.copied_from,
    }


def _alert(row: sa.RowMapping, messages: Sequence[Message]) -> Alert:
    fields: dict[str, Any] = dict(row)
    del fields["review_told_at"]  # a note for the reminders only
    del fields["refused_at"]  # to look for refusals by
    del fields["first_alert"]  # to look for whose words stand in it by
    hazard = fields.pop("hazard")
    fields["hands"] = frozenset(fields["hands"])
    fields["refusals"] = tuple(
        AlertRefusal(
            **{**field, "at": datetime.fromisoformat(field["at"]), "area": tuple(field["area"])}
        )
        for field in fields["refusals"]
    )
    fields["proposed"] = tuple(_message(field) for field in fields["proposed"])
    fields["approved_use"] = {
        name: Usable.of_json(one) for name, one in fields["approved_use"].items()
    }
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
        languages=tuple(Language(language) for language in fields.pop("languages")),
        values=fields.pop("details"),
        incident=fields.pop("incident_id"),
        messages=tuple(messages),
        follow_up=FollowUp(follow_up) if (follow_up := fields.pop("follow_up")) else None,
        bypass=Bypass(bypass) if (bypass := fields.pop("bypass")) else None,
        review=Review(review) if (review := fields.pop("review")) else None,
        unreached_policy=UnreachedPolicy(fields.pop("unreached_policy")),
        **fields,
    )


def _message(row: sa.RowMapping | Mapping[str, Any]) -> Message:
    return Message(
        channel=row["channel"],
        language=Language(row["language"]),
        subject=row["subject"],
        text=row["text"],
        html=row["html"],
    )
