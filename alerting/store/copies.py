"""Rows and queries for test copies: what each says, for whom it is, and what became of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.channel import FailureReason
from alerting.domain.copies import CopyDelivery, SentCopy
from alerting.domain.delivery import State
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.store.tables import delivery, person, recipient, sending, test_copy, test_copy_user


async def add(
    connection: AsyncConnection, number: int, copy: SentCopy, people: Collection[int]
) -> None:
    """Keep one whose row in `sending` has this number, for people of these numbers."""
    await connection.execute(
        sa.insert(test_copy).values(
            id=number,
            alert_id=copy.alert,
            author=copy.author,
            channel=copy.channel,
            carrier=copy.carrier,
            route=copy.route,
            messages=[asdict(message) for message in copy.messages],
            each=len(copy.messages),
        )
    )
    await connection.execute(
        sa.insert(test_copy_user),
        [{"test_copy_id": number, "person_id": addressee} for addressee in sorted(people)],
    )


async def load(connection: AsyncConnection, number: int) -> SentCopy:
    """One of them, without its deliveries. NoResultFound where there is none."""
    row = (await connection.execute(_whole().where(test_copy.c.id == number))).mappings().one()
    return _copy(row, await _users(connection, [number]))


async def of_alert(connection: AsyncConnection, alert: int, *, limit: int) -> list[SentCopy]:
    """Copies of an alert's texts, the newest first, with what became of them."""
    return await _newest(connection, test_copy.c.alert_id == alert, limit=limit)


async def by_routes(connection: AsyncConnection, author: str) -> list[SentCopy]:
    """The last message by which somebody tried each route, with what became of it."""
    newest = (
        sa.select(sa.func.max(test_copy.c.id))
        .where(test_copy.c.author == author, test_copy.c.route != "")
        .group_by(test_copy.c.carrier, test_copy.c.route)
    )
    return await _newest(connection, test_copy.c.id.in_(newest))


async def sent_by(connection: AsyncConnection, author: str, *, since: datetime) -> int:
    """How many messages somebody had sent as copies since a moment."""
    return await _number(connection, since, test_copy.c.author == author)


async def sent_to(connection: AsyncConnection, author: str, number: int, *, since: datetime) -> int:
    """How many of them went, or go, to the person of this number."""
    to_them = test_copy_user.c.person_id == number
    return await _number(connection, since, sa.and_(test_copy.c.author == author, to_them))


async def _number(
    connection: AsyncConnection, since: datetime, condition: sa.ColumnElement[bool]
) -> int:
    query = (
        sa.select(sa.func.coalesce(sa.func.sum(test_copy.c.each), 0))
        .select_from(test_copy_user)
        .join(test_copy, test_copy.c.id == test_copy_user.c.test_copy_id)
        .join(sending, sending.c.id == test_copy.c.id)
        .where(sending.c.created_at > since, condition)
    )
    return int(await connection.scalar(query) or 0)


async def _newest(
    connection: AsyncConnection, condition: sa.ColumnElement[bool], *, limit: int | None = None
) -> list[SentCopy]:
    query = _whole().where(condition).order_by(test_copy.c.id.desc()).limit(limit)
    rows = (await connection.execute(query)).mappings().all()
    numbers = [row["id"] for row in rows]
    users = await _users(connection, numbers)
    became = await _deliveries(connection, numbers)
    return [_copy(row, users, became) for row in rows]


async def _users(connection: AsyncConnection, numbers: Collection[int]) -> dict[int, list[str]]:
    query = (
        sa.select(test_copy_user.c.test_copy_id, person.c.name)
        .join(person, person.c.id == test_copy_user.c.person_id)
        .where(test_copy_user.c.test_copy_id.in_(numbers))
        .order_by(person.c.name)
    )
    found: dict[int, list[str]] = {}
    for number, name in await connection.execute(query):
        found.setdefault(number, []).append(name)
    return found


async def _deliveries(
    connection: AsyncConnection, numbers: Collection[int]
) -> dict[int, list[CopyDelivery]]:
    condition = sa.cast(person.c.id, sa.String).concat(":").concat(recipient.c.language)
    query = (
        sa.select(delivery, person.c.name)
        .join(recipient, recipient.c.id == delivery.c.recipient_id)
        .join(test_copy_user, test_copy_user.c.test_copy_id == delivery.c.sending_id)
        .join(
            person,
            sa.and_(person.c.id == test_copy_user.c.person_id, condition == recipient.c.reference),
        )
        .where(delivery.c.sending_id.in_(numbers))
        .order_by(delivery.c.sending_id, person.c.name, delivery.c.language)
    )
    found: dict[int, list[CopyDelivery]] = {}
    for row in (await connection.execute(query)).mappings():
        reason = row["failure_reason"]
        found.setdefault(row["sending_id"], []).append(
            CopyDelivery(
                user=row["name"],
                language=Language(row["language"]),
                state=State(row["state"]),
                failure_reason=FailureReason(reason) if reason else None,
                provider_code=row["provider_code"],
                settled_at=row["settled_at"],
            )
        )
    return found


def _whole() -> sa.Select[Any]:
    return sa.select(test_copy, sending.c.created_at).join(sending, sending.c.id == test_copy.c.id)


def _copy(
    row: sa.RowMapping,
    users: Mapping[int, Sequence[str]],
    became: Mapping[int, Sequence[CopyDelivery]] | None = None,
) -> SentCopy:
    return SentCopy(
        id=row["id"],
        alert=row["alert_id"],
        author=row["author"],
        channel=row["channel"],
        carrier=row["carrier"],
        route=row["route"],
        messages=tuple(
            Message(**{**one, "language": Language(one["language"])}) for one in row["messages"]
        ),
        users=tuple(users.get(row["id"], ())),
        made_at=row["created_at"],
        deliveries=tuple((became or {}).get(row["id"], ())),
    )
