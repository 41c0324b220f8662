"""How deliveries spread over municipalities: counted where they are few, sampled where not.

Counters by municipality would cost every settlement; a count over a million rows costs a second.
A sample of evenly spread runs of recipients costs a few hundredths of one, whenever it is asked.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.delivery import State
from alerting.store.database import Database
from alerting.store.tables import archived_spread, chunk, delivery, delivery_archive, recipient

SAMPLE = 10_000
"""Deliveries looked at. A province with a tenth of them is known to about one per cent."""
PIECES = 400
"""They come from so many places of the list, which may be in order of municipality."""

_Deliveries = tuple[sa.FromClause, sa.ColumnElement[str], sa.ColumnElement[str]]
"""Deliveries with their recipients; the column of the municipality (NIS), and that of the state."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Deliveries looked at, by municipality (NIS) and state, and how many each stands for."""

    counts: dict[tuple[str, State], int]
    looked_at: int
    planned: int

    @property
    def sampled(self) -> bool:
        """Whether these are estimates."""
        return self.looked_at < self.planned


async def spread(connection: AsyncConnection, database: Database, sending_id: int) -> Spread:
    """Where the people are to whom a sending is delivered; newsrooms and accounts have no place.

    Of an archived one, what this answered when it was archived.
    """
    archived = await connection.scalar(
        sa.select(delivery_archive.c.planned).where(delivery_archive.c.sending_id == sending_id)
    )
    if archived is not None:
        return await _archived(connection, sending_id, archived)
    pieces, planned, largest = (
        await connection.execute(
            sa.select(
                sa.func.count(),
                sa.func.coalesce(sa.func.sum(chunk.c.size), 0),
                sa.func.max(chunk.c.size),
            ).where(chunk.c.sending_id == sending_id)
        )
    ).one()
    every, part = 1, 1.0
    if planned > SAMPLE:
        every = max(pieces // PIECES, 1)
        part = SAMPLE * every / planned
    numbered = _numbered_chunks(sending_id)
    last = (
        numbered.c.lo + sa.cast((numbered.c.hi - numbered.c.lo) * part, sa.BigInteger)
        if part < 1
        else numbered.c.hi
    )
    inside = sa.and_(
        delivery.c.sending_id == sending_id,
        delivery.c.channel == numbered.c.channel,
        delivery.c.recipient_id.between(numbered.c.lo, last),
    )
    if database.is_sqlite:
        found, condition, state = _join_deliveries(numbered, inside)
    else:
        found, condition, state = _walk_deliveries(numbered, inside, largest)
    rows = await connection.execute(
        sa.select(condition.label("nis_code"), state.label("state"), sa.func.count().label("n"))
        .select_from(found)
        .where(numbered.c.place % every == 0 if every > 1 else sa.true())
        .group_by(condition, state)
    )
    counts = {(row.nis_code, State(row.state)): int(row.n) for row in rows}
    return Spread(counts, sum(counts.values()), int(planned))


async def _archived(connection: AsyncConnection, sending_id: int, planned: int) -> Spread:
    rows = await connection.execute(
        sa.select(archived_spread).where(archived_spread.c.sending_id == sending_id)
    )
    counts = {(row.nis_code, State(row.state)): row.n for row in rows}
    return Spread(counts, sum(counts.values()), planned)


def _numbered_chunks(sending_id: int) -> sa.Subquery:
    """The chunks of a sending, with their `place` in the order of channel and recipients."""
    return (
        sa.select(
            chunk.c.channel,
            chunk.c.lo,
            chunk.c.hi,
            sa.func.row_number().over(order_by=(chunk.c.channel, chunk.c.lo)).label("place"),
        )
        .where(chunk.c.sending_id == sending_id)
        .subquery()
    )


def _join_deliveries(numbered: sa.Subquery, inside: sa.ColumnElement[bool]) -> _Deliveries:
    """The deliveries `inside` chunks with their recipients."""
    found = numbered.join(delivery, inside).join(
        recipient, recipient.c.id == delivery.c.recipient_id
    )
    return found, recipient.c.nis_code, delivery.c.state


def _walk_deliveries(
    numbered: sa.Subquery, inside: sa.ColumnElement[bool], largest: int
) -> _Deliveries:
    """The deliveries `inside` chunks, for PostgreSQL; `largest`: how many the largest chunk has.

    PostgreSQL takes each of these ranges for a ninth of the table, and would read all of it.
    Limits that are never reached make it walk the index, piece by piece.
    """
    piece = (
        sa.select(delivery.c.recipient_id, delivery.c.state)
        .where(inside)
        .limit(largest)
        .lateral("piece")
    )
    home = (
        sa.select(recipient.c.nis_code)
        .where(recipient.c.id == piece.c.recipient_id)
        .limit(1)
        .lateral("home")
    )
    found = numbered.join(piece, sa.true()).join(home, sa.true())
    return found, home.c.nis_code, piece.c.state
