"""Rows and queries for whatever is sent, of whichever kind."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.alert import (
    MAY_FOLLOW,
    STATE_NAMES,
    AlertClass,
    AlertState,
    Precedence,
    UnreachedPolicy,
)
from alerting.domain.errors import NotFound, WrongState
from alerting.domain.sending import KINDS, Sending, SendingKind
from alerting.store import publications as publication_rows
from alerting.store.tables import sending


async def insert(connection: AsyncConnection, wanted: Sending) -> int:
    """The number of a new one. ValueError unless it is a draft."""
    if wanted.state is not AlertState.DRAFT:
        raise ValueError(f"a sending begins as a draft, not as {wanted.state}")
    made = await connection.execute(
        sa.insert(sending).values(**_row(wanted)).returning(sending.c.id)
    )
    return int(made.scalar_one())


async def reserve(connection: AsyncConnection, number: int) -> None:
    """Give no number up to this one to a new one: some copy of this database gave them before."""
    highest = sa.func.coalesce(sa.func.max(sending.c.id), 0)
    if int(await connection.scalar(sa.select(highest)) or 0) >= number:
        return
    if connection.dialect.name == "sqlite":
        # A row of `sqlite_sequence` is there once a row of `sending` has been.
        for statement in (
            "INSERT INTO sqlite_sequence SELECT 'sending', 0 WHERE NOT EXISTS"
            " (SELECT 1 FROM sqlite_sequence WHERE name = 'sending')",
            "UPDATE sqlite_sequence SET seq = max(seq, :number) WHERE name = 'sending'",
        ):
            query = sa.text(statement)
            await connection.execute(query, {"number": number} if ":number" in statement else {})
        return
    sequence = sa.func.pg_get_serial_sequence("sending", "id")
    at = sa.func.coalesce(sa.func.pg_sequence_last_value(sa.cast(sequence, REGCLASS)), 0)
    await connection.execute(sa.select(sa.func.setval(sequence, number)).where(at < number))


async def change(connection: AsyncConnection, wanted: Sending) -> None:
    """Write a changed one, provided its state may follow the one that stands, or stays.

    NotFound, or WrongState, otherwise. The row is held until the commit. Of what the public sees, a
    publication is noted: nothing else changes the state of what was sent.
    """
    before = [state for state in AlertState if wanted.state in {state, *MAY_FOLLOW[state]}]
    done = await connection.execute(
        sa.update(sending)
        .where(
            sending.c.id == wanted.id,
            sending.c.kind == wanted.kind,
            sending.c.state.in_(before),
        )
        .values(**_row(wanted))
    )
    if done.rowcount:
        if wanted.is_public:
            await publication_rows.add(connection, wanted.id)
        return
    state = await connection.scalar(
        sa.select(sending.c.state).where(sending.c.id == wanted.id, sending.c.kind == wanted.kind)
    )
    if state is None:
        raise NotFound(what=KINDS[wanted.kind].called, number=wanted.id)
    raise WrongState(
        alert=wanted.id, state=STATE_NAMES[AlertState(state)], act=STATE_NAMES[wanted.state]
    )


async def load(connection: AsyncConnection, number: int, *, lock: bool = False) -> Sending:
    """One of them; NotFound otherwise. `lock` holds it until the commit."""
    query = sa.select(sending).where(sending.c.id == number)
    if lock:
        query = query.with_for_update()  # no-op on SQLite, whose writer is alone anyway
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        raise NotFound(what=KINDS[SendingKind.ALERT].called, number=number)
    return _sending(row)


async def being_sent(connection: AsyncConnection, numbers: Collection[int]) -> set[int]:
    """Those of these that are being sent now."""
    return set(
        await connection.scalars(
            sa.select(sending.c.id).where(
                sending.c.id.in_(sorted(numbers)), sending.c.state == AlertState.SENDING
            )
        )
    )


async def hold_sending(connection: AsyncConnection, number: int) -> bool:
    """Whether one is being sent; if so it stays so until the commit."""
    query = (
        sa.select(sending.c.id)
        .where(sending.c.id == number, sending.c.state == AlertState.SENDING)
        .with_for_update(read=True)
    )
    return await connection.scalar(query) is not None


async def hold_all_sending(connection: AsyncConnection) -> frozenset[int]:
    """Those that are being sent; they stay so until the commit."""
    query = (
        sa.select(sending.c.id)
        .where(sending.c.state == AlertState.SENDING)
        .order_by(sending.c.id)
        .with_for_update(read=True)
    )
    return frozenset(await connection.scalars(query))


async def overdue(connection: AsyncConnection, *, now: datetime) -> list[int]:
    """Those whose time has passed, in a state that does not say so yet."""
    may_expire = [state for state, after in MAY_FOLLOW.items() if AlertState.EXPIRED in after]
    query = sa.select(sending.c.id).where(
        sending.c.state.in_(may_expire), sending.c.expires_at <= now
    )
    return list(await connection.scalars(query))


async def unfinished(connection: AsyncConnection) -> list[int]:
    """Those that were sent, and of which not every delivery has come to its end."""
    return list(
        await connection.scalars(
            sa.select(sending.c.id)
            .where(sending.c.sent_at.is_not(None), sending.c.finished_at.is_(None))
            .order_by(sending.c.id)
        )
    )


def _row(sending_to_save: Sending) -> dict[str, Any]:
    return {
        "kind": sending_to_save.kind,
        "state": sending_to_save.state,
        "sending_class": sending_to_save.sending_class,
        "precedence": int(sending_to_save.precedence),
        "previous_sending": sending_to_save.previous_sending,
        "unreached_policy": sending_to_save.unreached_policy,
        "created_at": sending_to_save.created_at,
        "expires_at": sending_to_save.expires_at,
        "fingerprint": sending_to_save.fingerprint,
        "sent_at": sending_to_save.sent_at,
        "finished_at": sending_to_save.finished_at,
    }


def _sending(row: sa.RowMapping) -> Sending:
    fields: dict[str, Any] = dict(row)
    return Sending(
        kind=SendingKind(fields.pop("kind")),
        state=AlertState(fields.pop("state")),
        sending_class=AlertClass(fields.pop("sending_class")),
        precedence=Precedence(fields.pop("precedence")),
        unreached_policy=UnreachedPolicy(fields.pop("unreached_policy")),
        **fields,
    )
