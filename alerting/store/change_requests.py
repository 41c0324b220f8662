"""Rows and queries for what needs two people."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.change_request import LASTS, Act, Proposal, Verdict, key_of
from alerting.domain.errors import NotFound
from alerting.domain.text.i18n import msgid
from alerting.store.database import Database
from alerting.store.tables import proposal

REQUEST = msgid("request")


async def add(
    connection: AsyncConnection, database: Database, wanted: Proposal
) -> tuple[int, bool]:
    """Keep a proposal: its number, and whether it is new or stood there already, waiting."""
    key = key_of(wanted.what, wanted.details)
    same = (proposal.c.key == key, proposal.c.verdict.is_(None))
    await connection.execute(
        sa.update(proposal)
        .where(*same, proposal.c.proposed_at <= wanted.proposed_at - LASTS)
        .values(verdict=Verdict.LAPSED, decided_at=wanted.proposed_at)
    )
    row = {
        "what": wanted.what,
        "details": dict(wanted.details),
        "key": key,
        "authority": wanted.authority,
        "proposed_by": wanted.proposed_by,
        "proposed_at": wanted.proposed_at,
    }
    while True:
        made = await connection.execute(
            database.insert(proposal).values(row).on_conflict_do_nothing().returning(proposal.c.id)
        )
        number = made.scalar_one_or_none()
        if number is not None:
            return number, True
        waiting = await connection.scalar(sa.select(proposal.c.id).where(*same))
        if waiting is not None:
            return waiting, False
        # It was decided on between the two statements: then this one is new after all.


async def load(connection: AsyncConnection, number: int, *, lock: bool = False) -> Proposal:
    """One proposal; `lock` holds it until the commit, so that two cannot decide on it."""
    query = sa.select(proposal).where(proposal.c.id == number)
    if lock:
        query = query.with_for_update()
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        raise NotFound(what=REQUEST, number=number)
    return _proposal(row)


async def decide(
    connection: AsyncConnection, number: int, verdict: Verdict, *, by: str, now: datetime
) -> None:
    """Write how it ended."""
    await connection.execute(
        sa.update(proposal)
        .where(proposal.c.id == number, proposal.c.verdict.is_(None))
        .values(verdict=verdict, decided_by=by, decided_at=now)
    )


async def newest(
    connection: AsyncConnection, authorities: Collection[str] | None, *, limit: int
) -> list[Proposal]:
    """Proposals, newest first: all, or those that are the matter of some authorities."""
    query = sa.select(proposal).order_by(proposal.c.id.desc()).limit(limit)
    if authorities is not None:
        query = query.where(proposal.c.authority.in_(sorted(authorities)))
    return [_proposal(row) for row in (await connection.execute(query)).mappings()]


def _proposal(row: sa.RowMapping) -> Proposal:
    fields = dict(row)
    del fields["key"]
    verdict = fields.pop("verdict")
    return Proposal(
        **{**fields, "what": Act(fields["what"])},
        verdict=Verdict(verdict) if verdict else None,
    )
