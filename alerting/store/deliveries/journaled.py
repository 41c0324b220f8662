"""Chunks of workers that are gone, for what their journals say of them.

These functions do not wait between statements, and run in one go (`Database.at_once`).
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from alerting.store.deliveries.chunks import Lease
from alerting.store.tables import chunk, delivery, delivery_attempt, sending, worker


class LeftChunk(NamedTuple):
    """A chunk that a worker had which is gone."""

    held: Lease
    """As that worker had it."""
    its_own: bool
    """Whether nobody else has had it since."""
    began_at: datetime
    expires_at: datetime


def worker_is_listed(connection: sa.Connection, name: str) -> bool:
    """Whether a worker has a row: it lives, or nobody has noticed yet that it does not."""
    return connection.scalar(sa.select(worker.c.id).where(worker.c.id == name)) is not None


def hold_left_chunk(
    connection: sa.Connection, chunk_id: int, *, sending_id: int, channel: str, by: str
) -> LeftChunk | None:
    """A chunk as the worker `by` left it, leased by it again where its lease was ended meanwhile.

    None where there is no such chunk any more. It is held until commit. A chunk whose lease was
    ended counts as in doubt.
    """
    row = connection.execute(
        sa.select(chunk, sending.c.sent_at, sending.c.created_at, sending.c.expires_at)
        .join_from(chunk, sending, sending.c.id == chunk.c.sending_id)
        .where(chunk.c.id == chunk_id, chunk.c.sending_id == sending_id, chunk.c.channel == channel)
        .with_for_update(of=chunk)
    ).first()
    if row is None:
        return None
    its_own = row.leased_by == by and row.state in {"leased", "ready"}
    if its_own:
        connection.execute(sa.update(chunk).where(chunk.c.id == chunk_id).values(state="leased"))
    lease = Lease(
        chunk_id, by, sending_id, channel, row.lo, row.hi, row.size, row.in_doubt, closed=False
    )
    return LeftChunk(lease, its_own, row.sent_at or row.created_at, row.expires_at)


def known_references(
    connection: sa.Connection, lease: Lease, recipients: Collection[int]
) -> set[tuple[int, str, str]]:
    """The tries of these deliveries that are written down: recipient, route and reference."""
    found: set[tuple[int, str, str]] = set()
    for table in (delivery, delivery_attempt):
        rows = connection.execute(
            sa.select(table.c.recipient_id, table.c.route, table.c.reference).where(
                table.c.sending_id == lease.sending_id,
                table.c.channel == lease.channel,
                table.c.recipient_id.between(lease.lo, lease.hi),
                table.c.recipient_id.in_(recipients),
                table.c.reference != "",
            )
        )
        found.update((number, route, reference) for number, route, reference in rows)
    return found


def make_due(connection: sa.Connection, chunk_id: int, *, now: datetime) -> None:
    """A chunk that is ready need not wait: most of it was never begun."""
    connection.execute(
        sa.update(chunk)
        .where(chunk.c.id == chunk_id, chunk.c.state == "ready", chunk.c.due_at > now)
        .values(due_at=now)
    )
