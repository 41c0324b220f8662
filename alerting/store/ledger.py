"""The append-only ledger: append, page, verify."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.ledger import GENESIS, Actor, ActorKind, LedgerEntry, broken_link, entry_hash
from alerting.store import persons
from alerting.store.database import Database, each_of
from alerting.store.tables import ledger

BATCH = 1_000


async def append(
    database: Database,
    connection: AsyncConnection,
    *,
    at: datetime,
    by: Actor,
    what: str,
    about: str,
    details: Mapping[str, Any],
) -> None:
    """Add one entry behind the last, in the transaction of the act it records.

    A person who has no number yet gets one: on an empty service the first act is somebody's first.
    """
    at = at.astimezone(UTC)  # one way to write an instant, so that it hashes the same when read
    number = by.person
    if by.kind is ActorKind.PERSON:
        number = number or await persons.number_of(connection, by.name)
    await database.lock_ledger(connection)
    last = (
        await connection.execute(
            sa.select(ledger.c.seq, ledger.c.hash).order_by(ledger.c.seq.desc()).limit(1)
        )
    ).first()
    seq, previous = (last.seq + 1, last.hash) if last else (1, GENESIS)
    entry = LedgerEntry(
        seq=seq,
        at=at,
        kind=by.kind,
        person=number,
        by=by.name,
        credential=by.credential,
        network=by.network,
        authority=by.authority,
        what=what,
        about=about,
        details=dict(details),
        previous=previous,
        hash="",
    )
    row = asdict(replace(entry, hash=entry_hash(entry)))
    await connection.execute(sa.insert(ledger).values(**row))


async def entries(
    connection: AsyncConnection,
    *,
    after: int = 0,
    about: str | None = None,
    seen: Collection[sa.ColumnElement[bool]] = (),
    limit: int = BATCH,
) -> list[LedgerEntry]:
    """Entries in order, from behind `after`; all of them or those about one thing.

    `seen` narrows it to what an officer may look at.
    """
    query = sa.select(ledger).where(ledger.c.seq > after, *seen).order_by(ledger.c.seq).limit(limit)
    if about is not None:
        query = query.where(ledger.c.about == about)
    rows = (await connection.execute(query)).mappings()
    return [LedgerEntry(**{**row, "kind": ActorKind(row["kind"])}) for row in rows]


async def newest_number(connection: AsyncConnection) -> int:
    """The number of the newest entry; 0 where there is none."""
    return await connection.scalar(sa.select(sa.func.max(ledger.c.seq))) or 0


async def last_entry(
    connection: AsyncConnection, *, about: str, acts: Collection[str]
) -> LedgerEntry | None:
    """The newest entry about something that records one of these acts."""
    query = (
        sa.select(ledger)
        .where(ledger.c.about == about, ledger.c.what.in_(sorted(acts)))
        .order_by(ledger.c.seq.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).mappings().first()
    return LedgerEntry(**{**row, "kind": ActorKind(row["kind"])}) if row else None


async def tells(connection: AsyncConnection, *, about: str, acts: Collection[str]) -> bool:
    """Whether one of these acts was ever recorded about something."""
    query = sa.exists().where(ledger.c.about == about, ledger.c.what.in_(sorted(acts)))
    return bool(await connection.scalar(sa.select(query)))


async def number_since(
    connection: AsyncConnection, *, about: str, acts: Collection[str], by: str, since: datetime
) -> int:
    """How often somebody did one of these acts to something after a moment."""
    query = sa.select(sa.func.count()).where(
        ledger.c.about == about,
        ledger.c.what.in_(sorted(acts)),
        ledger.c.by == by,
        ledger.c.at > since,
    )
    return await connection.scalar(query) or 0


async def number_of(connection: AsyncConnection, *, act: str, by: str, since: datetime) -> int:
    """How often somebody did something, to whatever, after a moment."""
    query = sa.select(sa.func.count()).where(
        ledger.c.what == act, ledger.c.by == by, ledger.c.at > since
    )
    return await connection.scalar(query) or 0


async def numbers_since(
    connection: AsyncConnection, *, about: Collection[str], act: str, by: str, since: datetime
) -> dict[str, int]:
    """Thing -> how often somebody did something to it; those it was never done to are left out."""
    query = (
        sa.select(ledger.c.about, sa.func.count())
        .where(
            ledger.c.about.in_(each_of(connection, about, ledger.c.about.type)),
            ledger.c.what == act,
            ledger.c.by == by,
            ledger.c.at > since,
        )
        .group_by(ledger.c.about)
    )
    return {row[0]: row[1] for row in await connection.execute(query)}


async def verify(connection: AsyncConnection) -> tuple[int, str | None]:
    """Walk the whole chain: the number of sound entries, and the first break if there is one."""
    seq, previous = 0, GENESIS
    while page := await entries(connection, after=seq):
        for entry in page:
            if fault := broken_link(entry, seq=seq + 1, previous=previous):
                return seq, fault
            seq, previous = entry.seq, entry.hash
    return seq, None
