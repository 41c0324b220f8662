"""Rows and queries for what was begun and is finished by a secret, and for tries that failed."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.recipient import mentions
from alerting.store.database import Database
from alerting.store.tables import errand, throttle


class ErrandKind(StrEnum):
    """What was begun."""

    INVITATION = "invitation"
    RESET = "reset"
    CHALLENGE = "challenge"
    OIDC = "oidc"
    FORM = "form"
    APP = "app"
    """An authenticator app that is being set up: its secret, until its first code is typed."""


@dataclass(frozen=True, slots=True)
class Errand:
    """Its row, without the secret."""

    id: int
    kind: ErrandKind
    officer: str
    details: dict[str, Any]


async def begin(
    connection: AsyncConnection,
    *,
    kind: ErrandKind,
    secret_hash: str,
    officer: str,
    details: Mapping[str, Any],
    now: datetime,
    until: datetime,
) -> None:
    """Keep one; what is over by then is forgotten on the way."""
    await connection.execute(sa.delete(errand).where(errand.c.expires_at <= now))
    await connection.execute(
        sa.insert(errand).values(
            kind=kind,
            secret_hash=secret_hash,
            officer=officer,
            details=dict(details),
            created_at=now,
            expires_at=until,
        )
    )


async def look(
    connection: AsyncConnection, *, kind: ErrandKind, secret_hash: str, now: datetime
) -> Errand | None:
    """What a secret would finish; looking does not use it up."""
    query = sa.select(errand).where(
        errand.c.kind == kind, errand.c.secret_hash == secret_hash, errand.c.expires_at > now
    )
    row = (await connection.execute(query)).mappings().first()
    return _errand(row) if row else None


async def finish(
    connection: AsyncConnection, *, kind: ErrandKind, secret_hash: str, now: datetime
) -> Errand | None:
    """Take it: of two who hold the secret, one gets it."""
    found = await connection.execute(
        sa.delete(errand)
        .where(errand.c.kind == kind, errand.c.secret_hash == secret_hash)
        .where(errand.c.expires_at > now)
        .returning(errand)
    )
    row = found.mappings().first()
    return _errand(row) if row else None


async def drop(connection: AsyncConnection, *, kind: ErrandKind, officer: str) -> None:
    """Forget all of a kind that one person began."""
    await connection.execute(
        sa.delete(errand).where(errand.c.kind == kind, errand.c.officer == officer)
    )


async def drop_all(connection: AsyncConnection, kind: ErrandKind) -> None:
    """Forget all of a kind, whoever began them."""
    await connection.execute(sa.delete(errand).where(errand.c.kind == kind))


async def drop_forms_naming(connection: AsyncConnection, addresses: Iterable[str]) -> int:
    """Delete saved forms in which one of these addresses was typed; how many."""
    wanted = tuple(addresses)
    rows = await connection.execute(
        sa.select(errand.c.id, errand.c.details).where(errand.c.kind == ErrandKind.FORM)
    )
    found = [
        row.id for row in rows if mentions(json.dumps(row.details, ensure_ascii=False), wanted)
    ]
    await connection.execute(sa.delete(errand).where(errand.c.id.in_(found)))
    return len(found)


async def drop_expired(connection: AsyncConnection, now: datetime) -> int:
    """Delete what was over by then, forms among it; how many."""
    return (await connection.execute(sa.delete(errand).where(errand.c.expires_at <= now))).rowcount


async def tries(connection: AsyncConnection, keys: list[str]) -> dict[str, tuple[int, datetime]]:
    """Failed tries and the time of the last, by key."""
    rows = await connection.execute(sa.select(throttle).where(throttle.c.key.in_(keys)))
    return {row.key: (row.tries, row.last_at) for row in rows}


async def count_try(
    connection: AsyncConnection, database: Database, key: str, *, now: datetime, since: datetime
) -> None:
    """One more try; those before `since` are forgotten, whoever made them."""
    await connection.execute(sa.delete(throttle).where(throttle.c.last_at <= since))
    statement = database.insert(throttle).values(key=key, tries=1, last_at=now)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["key"],
            set_={"tries": throttle.c.tries + 1, "last_at": now},
        )
    )


async def forgive(connection: AsyncConnection, *, own: str, shared: list[str]) -> None:
    """The person is who they say: their own count ends, shared ones lose this one try."""
    await connection.execute(sa.delete(throttle).where(throttle.c.key == own))
    await connection.execute(
        sa.update(throttle)
        .where(throttle.c.key.in_(shared), throttle.c.tries > 0)
        .values(tries=throttle.c.tries - 1)
    )


def _errand(fields: sa.RowMapping) -> Errand:
    return Errand(
        fields["id"], ErrandKind(fields["kind"]), fields["officer"], dict(fields["details"])
    )
