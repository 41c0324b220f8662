"""Rows and queries for what is to be published."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.publication import Publication, Stage, Withdrawal
from alerting.store.tables import public_withdrawal, publication, worker

_ADDED = "publication added"
_WAITS = {
    Stage.FIRST: publication.c.published_at.is_(None),
    Stage.TOWNS: publication.c.published_at.is_not(None),
}


async def add(
    connection: AsyncConnection, sending: int | None, *, believes_database: bool = False
) -> None:
    """Note that what the public sees of it may have changed; None: everything is made anew.

    `believes_database`: of that database, also where the folder knows of more.
    """
    inserted = await connection.execute(
        sa.insert(publication)
        .values(sending_id=sending, believes_database=believes_database)
        .returning(publication.c.id)
    )
    _info(connection)[_ADDED] = int(inserted.scalar_one())


def forget_added(connection: AsyncConnection) -> int | None:
    """The last that was noted on this connection since this was asked; None where none was."""
    if connection.invalidated:
        return None  # it was cut off, and what was noted on it is gone with it
    added: int | None = _info(connection).pop(_ADDED, None)
    return added


def _info(connection: AsyncConnection) -> dict[Any, Any]:
    assert connection.sync_connection is not None  # noqa: S101  it was opened
    return connection.sync_connection.info


def _free(worker_name: str, stage: Stage, but: Collection[int]) -> sa.ColumnElement[bool]:
    """What waits in a stage and no living worker has.

    A worker lives for as long as it has a row in `worker`: no clock is asked.
    """
    return sa.and_(
        publication.c.finished_at.is_(None),
        _WAITS[stage],
        sa.or_(
            publication.c.claimed_by.in_(["", worker_name]),
            publication.c.claimed_by.not_in(sa.select(worker.c.id)),
        ),
        publication.c.id.not_in(sorted(but)),
    )


async def claim(
    connection: AsyncConnection, worker_name: str, stage: Stage, *, but: Collection[int] = ()
) -> list[Publication]:
    """Take all that waits in a stage and no other living worker has, the oldest first.

    `but`: those that failed a moment ago.
    """
    result = await connection.execute(
        sa.update(publication)
        .where(_free(worker_name, stage, but))
        .values(claimed_by=worker_name, attempts=publication.c.attempts + 1)
        .returning(*publication.c)
    )
    return sorted(
        (_publication(row) for row in result.mappings()),
        key=lambda own_publication: own_publication.id,
    )


async def is_waiting(
    connection: AsyncConnection, worker_name: str, stage: Stage, *, but: Collection[int] = ()
) -> bool:
    """Whether `claim` would find something."""
    query = sa.select(publication.c.id).where(_free(worker_name, stage, but)).limit(1)
    return await connection.scalar(query) is not None


async def is_rebuild_waiting(
    connection: AsyncConnection, *, believes_database: bool = False
) -> bool:
    """Whether everything is to be made anew, and was not yet; as somebody asked for who believes
    the database."""
    query = sa.select(publication.c.id).where(
        publication.c.sending_id.is_(None),
        publication.c.finished_at.is_(None),
        *([publication.c.believes_database] if believes_database else []),
    )
    return await connection.scalar(query.limit(1)) is not None


async def last_rebuild(connection: AsyncConnection) -> int:
    """The number of the last time everything was to be made anew; 0 where it never was."""
    query = sa.select(sa.func.max(publication.c.id)).where(publication.c.sending_id.is_(None))
    return await connection.scalar(query) or 0


async def settle(
    connection: AsyncConnection, numbers: Collection[int], stage: Stage, *, at: datetime
) -> None:
    """Their stage is on disk; after the first, whoever has time goes on with them."""
    done = {"published_at": at} if stage is Stage.FIRST else {"finished_at": at}
    await connection.execute(
        sa.update(publication)
        .where(publication.c.id.in_(sorted(numbers)))
        .values(claimed_by="", failure="", attempts=0, **done)
    )


async def fail(connection: AsyncConnection, numbers: Collection[int], failure: str) -> None:
    """An attempt failed; `failure` is the name of an error. They are free for the next attempt."""
    await connection.execute(
        sa.update(publication)
        .where(publication.c.id.in_(sorted(numbers)))
        .values(claimed_by="", failure=failure[:64])
    )


async def waiting(connection: AsyncConnection, *, limit: int) -> list[Publication]:
    """What is not all on disk, the oldest first."""
    query = (
        sa.select(publication)
        .where(publication.c.finished_at.is_(None))
        .order_by(publication.c.id)
        .limit(limit)
    )
    return [_publication(row) for row in (await connection.execute(query)).mappings()]


async def first_stage_waits(connection: AsyncConnection) -> frozenset[int]:
    """The numbers of alerts that have a change of which nothing is on disk yet."""
    query = sa.select(publication.c.sending_id).where(
        publication.c.finished_at.is_(None),
        _WAITS[Stage.FIRST],
        publication.c.sending_id.is_not(None),
    )
    return frozenset(await connection.scalars(query))


async def newest_of(
    connection: AsyncConnection, alerts: Collection[int]
) -> Mapping[int, Publication]:
    """The last publication of each of these alerts that has one."""
    last = (
        sa.select(sa.func.max(publication.c.id))
        .where(publication.c.sending_id.in_(sorted(alerts)))
        .group_by(publication.c.sending_id)
    )
    rows = await connection.execute(sa.select(publication).where(publication.c.id.in_(last)))
    publications = [_publication(row) for row in rows.mappings()]
    return {one.alert: one for one in publications if one.alert is not None}


async def last_number(connection: AsyncConnection) -> int:
    """The highest number of a publication; 0 where there is none."""
    return await connection.scalar(sa.select(sa.func.max(publication.c.id))) or 0


async def living_workers(connection: AsyncConnection) -> frozenset[str]:
    """The names of all workers that have a row."""
    return frozenset(await connection.scalars(sa.select(worker.c.id)))


async def withdraw(connection: AsyncConnection, withdrawal: Withdrawal) -> bool:
    """Take the words of a page away; False where that was done before."""
    known = await connection.scalar(
        sa.select(public_withdrawal.c.alert_id).where(
            public_withdrawal.c.alert_id == withdrawal.alert
        )
    )
    if known is not None:
        return False
    await connection.execute(
        sa.insert(public_withdrawal).values(
            alert_id=withdrawal.alert,
            at=withdrawal.at,
            officer=withdrawal.officer,
            reason=withdrawal.reason,
        )
    )
    await add(connection, withdrawal.alert)
    return True


async def withdrawals(connection: AsyncConnection) -> Mapping[int, Withdrawal]:
    """Every page whose words were taken away, by the number of its alert."""
    rows = await connection.execute(sa.select(public_withdrawal))
    return {
        row.alert_id: Withdrawal(
            alert=row.alert_id, at=row.at, officer=row.officer, reason=row.reason
        )
        for row in rows
    }


def _publication(row: sa.RowMapping) -> Publication:
    fields = dict(row)
    return Publication(alert=fields.pop("sending_id"), **fields)
