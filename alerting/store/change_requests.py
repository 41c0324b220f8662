"""Rows and queries for what needs two people."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.change_request import LASTS, Act, ChangeRequest, Decision, key_of
from alerting.domain.errors import NotFound
from alerting.domain.ledger import SHELL
from alerting.domain.text.i18n import msgid
from alerting.store.database import Database
from alerting.store.tables import change_request, person

REQUEST = msgid("request")
_requester, _decider = person.alias("requester"), person.alias("decider")


async def add(
    connection: AsyncConnection, database: Database, wanted: ChangeRequest
) -> tuple[int, bool]:
    """Keep a request: its number, and whether it is new or stood there already, waiting."""
    key = key_of(wanted.what, wanted.details)
    same = (change_request.c.key == key, change_request.c.decision.is_(None))
    await connection.execute(
        sa.update(change_request)
        .where(*same, change_request.c.requested_at <= wanted.requested_at - LASTS)
        .values(decision=Decision.LAPSED, decided_at=wanted.requested_at)
    )
    row = {
        "what": wanted.what,
        "details": dict(wanted.details),
        "key": key,
        "basis": wanted.basis,
        "authority": wanted.authority,
        "person_id": wanted.person or None,
        "requested_by_id": wanted.requester or None,
        "membership_id": wanted.membership or None,
        "hands": list(wanted.hands),
        "requested_at": wanted.requested_at,
    }
    while True:
        made = await connection.execute(
            database.insert(change_request)
            .values(row)
            .on_conflict_do_nothing()
            .returning(change_request.c.id)
        )
        number = made.scalar_one_or_none()
        if number is not None:
            return number, True
        waiting = await waits(connection, wanted.what, wanted.details)
        if waiting is not None:
            return waiting, False
        # It was decided on between the two statements: then this one is new after all.


async def waits(connection: AsyncConnection, act: Act, details: Any) -> int | None:
    """The number of the request for just this that waits; None where there is none."""
    query = sa.select(change_request.c.id).where(
        change_request.c.key == key_of(act, details), change_request.c.decision.is_(None)
    )
    number: int | None = await connection.scalar(query)
    return number


async def number_waiting(
    connection: AsyncConnection, requester: int, kinds: Collection[Act], *, now: datetime
) -> int:
    """How many requests of some kinds one person has waiting."""
    query = sa.select(sa.func.count()).where(
        change_request.c.requested_by_id == requester,
        change_request.c.what.in_(sorted(kinds)),
        *_waiting(now),
    )
    return int((await connection.execute(query)).scalar_one())


def _waiting(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return change_request.c.decision.is_(None), change_request.c.requested_at > now - LASTS


async def newest_for(connection: AsyncConnection, act: Act, details: Any) -> int | None:
    """The number of the newest request for just this, decided or not."""
    query = (
        sa.select(change_request.c.id)
        .where(change_request.c.key == key_of(act, details))
        .order_by(change_request.c.id.desc())
        .limit(1)
    )
    number: int | None = await connection.scalar(query)
    return number


async def load(connection: AsyncConnection, number: int, *, lock: bool = False) -> ChangeRequest:
    """One request; `lock` holds it until the commit, so that two cannot decide on it."""
    query = _whole().where(change_request.c.id == number)
    if lock:
        query = query.with_for_update(of=change_request)
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        raise NotFound(what=REQUEST, number=number)
    return _change_request(row)


async def decide(
    connection: AsyncConnection, number: int, decision: Decision, *, by: int, now: datetime
) -> None:
    """Write how it ended; `by` is the number of who decided, 0 for the shell of the server."""
    await connection.execute(
        sa.update(change_request)
        .where(change_request.c.id == number, change_request.c.decision.is_(None))
        .values(decision=decision, decided_by_id=by or None, decided_at=now)
    )


async def waiting_under(
    connection: AsyncConnection, membership: int, *, now: datetime
) -> list[ChangeRequest]:
    """Requests made under a membership that wait, held until the commit."""
    query = (
        _whole()
        .where(change_request.c.membership_id == membership, *_waiting(now))
        .order_by(change_request.c.id)
        .with_for_update(of=change_request)
    )
    return [_change_request(row) for row in (await connection.execute(query)).mappings()]


async def newest(
    connection: AsyncConnection,
    authorities: Collection[str] | None,
    kinds: Collection[Act],
    *,
    limit: int,
    before: int = 0,
    waiting_at: datetime | None = None,
    naming: str = "",
) -> list[ChangeRequest]:
    """Requests of some kinds, newest first: all, or those that are the matter of some authorities.

    `before`: only those with a lower number. `waiting_at`: only what waits then.
    `naming`: only those whose details name this authority.
    """
    query = (
        _whole()
        .where(change_request.c.what.in_(sorted(kinds)))
        .order_by(change_request.c.id.desc())
        .limit(limit)
    )
    if before:
        query = query.where(change_request.c.id < before)
    if waiting_at is not None:
        query = query.where(*_waiting(waiting_at))
    if naming:
        named = (change_request.c.details[name].as_string() for name in ("authority", "code"))
        query = query.where(sa.or_(*(one == naming for one in named)))
    if authorities is not None:
        query = query.where(change_request.c.authority.in_(sorted(authorities)))
    return [_change_request(row) for row in (await connection.execute(query)).mappings()]


def _whole() -> sa.Select[Any]:
    """Requests with the names of who made them and who decided."""
    return (
        sa.select(
            change_request,
            _requester.c.name.label("requested_by"),
            _decider.c.name.label("decided_by"),
        )
        .outerjoin(_requester, _requester.c.id == change_request.c.requested_by_id)
        .outerjoin(_decider, _decider.c.id == change_request.c.decided_by_id)
    )


def _change_request(row: sa.RowMapping) -> ChangeRequest:
    return ChangeRequest(
        id=row["id"],
        what=Act(row["what"]),
        details=row["details"],
        authority=row["authority"],
        basis=row["basis"],
        person=row["person_id"] or 0,
        requester=row["requested_by_id"] or 0,
        requested_by=row["requested_by"] or SHELL.name,
        membership=row["membership_id"] or 0,
        hands=tuple(row["hands"]),
        requested_at=row["requested_at"],
        decided_by=row["decided_by"] or "",
        decided_at=row["decided_at"],
        decision=Decision(row["decision"]) if row["decision"] else None,
    )
