"""Rows and queries for e-mails and text messages to users: those that wait, and whom they called.

One goes when it was taken. One that calls for alerts stays for a while with what became of it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.delivery import State
from alerting.domain.staff_notification import CallMessage
from alerting.store.tables import account, person
from alerting.store.tables import staff_message as table


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMessage:
    """A message to the holder of an account; `subject` and `text` are message ids."""

    id: int
    account_id: int
    channel: str
    subject: str
    text: str
    facts: Mapping[str, Any]
    about: Sequence[int]
    """Numbers of the alerts it calls for."""
    expires_at: datetime
    route: str
    """The last that took it, in vain."""
    attempts: int
    """How often it was tried, with the try that is under way."""


class NewMessage(NamedTuple):
    """One to be put in the line: `subject` and `text` are message ids that `facts` fill."""

    account_id: int
    channel: str
    subject: str
    text: str
    facts: Mapping[str, str | int]
    about: Sequence[int] = ()
    """Numbers of the alerts it calls for."""


async def add(
    connection: AsyncConnection,
    messages: Sequence[NewMessage],
    *,
    gravity: int,
    at: datetime,
    of_use: Mapping[str, timedelta],
) -> None:
    """Put these in the line; `of_use` says for how long, by channel."""
    rows = [
        {
            **new_message._asdict(),
            "about": list(new_message.about) or None,
            "gravity": gravity,
            "created_at": at,
            "due_at": at,
            "expires_at": at + of_use[new_message.channel],
        }
        for new_message in messages
    ]
    if rows:
        await connection.execute(sa.insert(table), rows)


async def is_due(connection: AsyncConnection, channel: str, *, now: datetime) -> bool:
    """Whether any of a channel is, for whomever."""
    due = sa.exists().where(table.c.channel == channel, table.c.due_at <= now)
    return bool(await connection.scalar(sa.select(due)))


async def lease_messages(
    connection: AsyncConnection,
    channel: str,
    *,
    now: datetime,
    until: datetime,
    at_most: int,
    busy: Collection[int] = (),
) -> list[StaffMessage]:
    """The gravest of a channel that are due, one of each account; nobody else has them `until`.

    Of those as grave as each other first what was tried least, then the oldest. None of the
    accounts in `busy`.
    """
    due = _due(channel, now=now, at_most=at_most, busy=busy)
    numbers = list(await connection.scalars(due))
    if not numbers:
        return []
    returning_update = (
        sa.update(table)
        .where(table.c.id.in_(numbers))
        .values(due_at=until, attempts=table.c.attempts + 1)
        .returning(table, table.c.gravity)
    )
    rows = sorted(
        await connection.execute(returning_update),
        key=lambda row: (row.gravity, row.attempts, row.id),
    )
    return [
        StaffMessage(
            id=row.id,
            account_id=row.account_id,
            channel=row.channel,
            subject=row.subject,
            text=row.text,
            facts=row.facts,
            about=row.about or (),
            expires_at=row.expires_at,
            route=row.route,
            attempts=row.attempts,
        )
        for row in rows
    ]


def _due(
    channel: str, *, now: datetime, at_most: int, busy: Collection[int]
) -> sa.Select[tuple[int]]:
    order = (table.c.gravity, table.c.attempts, table.c.id)
    is_due = (table.c.channel == channel, table.c.due_at <= now)
    turn = sa.func.row_number().over(partition_by=table.c.account_id, order_by=order)
    waiting = (
        sa.select(table.c.id, turn.label("turn"))
        .where(*is_due, table.c.account_id.not_in(busy))
        .subquery()
    )
    return (
        sa.select(table.c.id)
        .where(table.c.id.in_(sa.select(waiting.c.id).where(waiting.c.turn == 1)), *is_due)
        .order_by(*order)
        .limit(at_most)
        .with_for_update(skip_locked=True)
    )


async def put_back(
    connection: AsyncConnection, number: int, *, due_at: datetime, tried: bool = True
) -> None:
    """Nobody took it: not before then. One that was not `tried` counts no attempt for that."""
    attempts = table.c.attempts - (0 if tried else 1)
    await connection.execute(
        sa.update(table)
        .where(table.c.id == number, table.c.due_at.is_not(None))
        .values(due_at=due_at, attempts=attempts)
    )


async def settle(
    connection: AsyncConnection, number: int, state: State, *, route: str = "", reference: str = ""
) -> None:
    """It is not tried any more. What a receipt said of it already stays."""
    await _settle(connection, table.c.id == number, state=state, route=route, reference=reference)


async def expire(connection: AsyncConnection, *, now: datetime, kept_since: datetime) -> None:
    """End what is of no use any more, and delete what was put in the line before `kept_since`."""
    await connection.execute(sa.delete(table).where(table.c.created_at <= kept_since))
    await _settle(connection, table.c.expires_at <= now, state=State.EXPIRED)


async def drop_waiting(connection: AsyncConnection, account_id: int, channel: str) -> None:
    """Delete those on a channel that still wait for the holder of an account."""
    await connection.execute(
        sa.delete(table).where(
            table.c.account_id == account_id,
            table.c.channel == channel,
            table.c.due_at.is_not(None),
        )
    )


async def calls_of(
    connection: AsyncConnection, officers: Collection[str], *, since: datetime
) -> dict[str, list[CallMessage]]:
    """What these officers were called by after `since`, in order, by name."""
    query = (
        sa.select(person.c.name, table.c.channel, table.c.state, table.c.about, table.c.created_at)
        .join(account, account.c.id == table.c.account_id)
        .join(person, person.c.id == account.c.person_id)
        .where(
            person.c.name.in_(sorted(officers)),
            table.c.about.is_not(None),
            table.c.created_at >= since,
        )
        .order_by(table.c.id)
    )
    found: dict[str, list[CallMessage]] = {}
    for row in await connection.execute(query):
        found.setdefault(row.name, []).append(
            CallMessage(row.channel, State(row.state), tuple(row.about), row.created_at)
        )
    return found


def apply_receipt(
    connection: sa.Connection,
    number: int,
    state: State,
    *,
    channel: str,
    reference: str,
    again_at: datetime | None,
) -> None:
    """Note what the provider says of one; nothing where it is gone, another's, or arrived.

    `again_at`: one that was lost is tried once more then, while it is of use.
    """
    this: tuple[sa.ColumnElement[bool], ...] = (
        table.c.id == number,
        table.c.channel == channel,
        table.c.reference.in_(("", reference)),
        table.c.state != State.DELIVERED,
    )
    if state is State.FAILED:
        # A report of a first attempt that comes again says nothing of the second.
        this = (*this, sa.or_(table.c.state != State.WAITING, table.c.route == ""))
    if again_at is not None:
        again = (table.c.state == State.SENT, table.c.attempts <= 1, table.c.expires_at > again_at)
        waits = sa.update(table).where(*this, *again)
        values = {"state": State.WAITING, "due_at": again_at, "reference": ""}
        if connection.execute(waits.values(values)).rowcount:
            return
    values = {"state": state, "due_at": None, "reference": reference}
    connection.execute(sa.update(table).where(*this).values(values))


async def _settle(
    connection: AsyncConnection, *which: sa.ColumnElement[bool], **values: Any
) -> None:
    waits = (*which, table.c.due_at.is_not(None))
    await connection.execute(sa.delete(table).where(*waits, table.c.about.is_(None)))
    await connection.execute(sa.update(table).where(*waits).values(due_at=None, **values))
