"""Rows and queries for requests that may come again and are done once."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.store.database import Database
from alerting.store.tables import idempotency_key as table

_CURRENT: ContextVar[str | None] = ContextVar("idempotency_key", default=None)


@dataclass(frozen=True, slots=True)
class KnownRequest:
    """A request that came before under the same key."""

    id: str
    request_hash: str
    acted_at: datetime | None
    answer_sealed: str | None


async def claim(
    connection: AsyncConnection,
    database: Database,
    *,
    credential: int,
    key_hash: str,
    request_hash: str,
    now: datetime,
    forgotten: datetime,
    abandoned: datetime,
) -> str | KnownRequest:
    """The id of a new row, or what is there already: of several at once, one has the id.

    A row made before `forgotten` counts for nothing, nor does one made before `abandoned` without
    an act or an answer: whoever made it can no longer commit an act (see `mark_acted`).
    """
    same = (table.c.credential_id == credential, table.c.key_hash == key_hash)
    idle = sa.and_(table.c.acted_at.is_(None), table.c.answer_sealed.is_(None))
    await connection.execute(
        sa.delete(table).where(
            *same,
            sa.or_(table.c.created_at <= forgotten, sa.and_(table.c.created_at <= abandoned, idle)),
        )
    )
    inserted = await connection.execute(
        database.insert(table)
        .values(
            id=secrets.token_hex(16),
            credential_id=credential,
            key_hash=key_hash,
            request_hash=request_hash,
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["credential_id", "key_hash"])
        .returning(table.c.id)
    )
    claimed: str | None = inserted.scalar_one_or_none()
    if claimed is not None:
        return claimed
    row = (await connection.execute(sa.select(table).where(*same))).mappings().one_or_none()
    if row is None:  # released since: its sender may try again
        return KnownRequest("", request_hash, None, None)
    return KnownRequest(row["id"], row["request_hash"], row["acted_at"], row["answer_sealed"])


@contextmanager
def acting_for(claimed: str) -> Iterator[None]:
    """What is recorded meanwhile, in this task, is done for the request with this id."""
    before = _CURRENT.set(claimed)
    try:
        yield
    finally:
        _CURRENT.reset(before)


async def mark_acted(connection: AsyncConnection, now: datetime) -> bool:
    """Note, in the transaction of an act, that it is done; False where another took its place.

    True without a key. A transaction that gets False must not commit.
    """
    claimed = _CURRENT.get()
    if claimed is None:
        return True
    marked = await connection.execute(
        sa.update(table)
        .where(table.c.id == claimed)
        .values(acted_at=sa.func.coalesce(table.c.acted_at, now))
    )
    return marked.rowcount == 1


async def save_answer(connection: AsyncConnection, claimed: str, sealed: str) -> None:
    """Keep the answer for whoever asks again."""
    await connection.execute(
        sa.update(table).where(table.c.id == claimed).values(answer_sealed=sealed)
    )


async def release(connection: AsyncConnection, claimed: str) -> bool:
    """Forget a request that did nothing: the same may come again. False where it did something."""
    query = sa.delete(table).where(table.c.id == claimed, table.c.acted_at.is_(None))
    return (await connection.execute(query)).rowcount == 1


async def count_keys(connection: AsyncConnection, credential: int, *, since: datetime) -> int:
    """How many keys of a credential are remembered."""
    query = sa.select(sa.func.count()).where(
        table.c.credential_id == credential, table.c.created_at > since
    )
    return int((await connection.execute(query)).scalar_one())


async def drop_before(connection: AsyncConnection, at: datetime) -> int:
    """Delete what came before; how many."""
    return (await connection.execute(sa.delete(table).where(table.c.created_at <= at))).rowcount
