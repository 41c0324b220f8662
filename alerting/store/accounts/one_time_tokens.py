"""Rows and queries for what was begun and is finished by a secret, and for tries that failed."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.recipient import mentions
from alerting.store.database import Database
from alerting.store.tables import login_attempt, one_time_token


class TokenPurpose(StrEnum):
    """What was begun; below each, what its `details` hold."""

    INVITATION = "invitation"
    """Nothing."""
    RESET = "reset"
    """Nothing."""
    CHALLENGE = "challenge"
    """`challenge`: of a passkey that is made, or that signs."""
    OIDC = "oidc"
    """What has to match when the browser comes back from the provider, and `next`, a path."""
    FORM = "form"
    """Field -> what was typed in it when the session ended."""
    APP = "app"
    """`sealed`: the secret of an authenticator app, until its first code is typed."""


@dataclass(frozen=True, slots=True)
class OneTimeToken:
    """Its row, without the secret."""

    id: int
    kind: TokenPurpose
    officer: str
    details: dict[str, Any]
    """Strings by name: see `TokenPurpose`."""


async def begin(
    connection: AsyncConnection,
    *,
    kind: TokenPurpose,
    secret_hash: str,
    officer: str,
    details: Mapping[str, Any],
    now: datetime,
    until: datetime,
) -> None:
    """Keep one; what is over by then is forgotten on the way."""
    await connection.execute(sa.delete(one_time_token).where(one_time_token.c.expires_at <= now))
    await connection.execute(
        sa.insert(one_time_token).values(
            kind=kind,
            secret_hash=secret_hash,
            officer=officer,
            details=dict(details),
            created_at=now,
            expires_at=until,
        )
    )


async def look(
    connection: AsyncConnection, *, kind: TokenPurpose, secret_hash: str, now: datetime
) -> OneTimeToken | None:
    """What a secret would finish; looking does not use it up."""
    query = sa.select(one_time_token).where(
        one_time_token.c.kind == kind,
        one_time_token.c.secret_hash == secret_hash,
        one_time_token.c.expires_at > now,
    )
    row = (await connection.execute(query)).mappings().first()
    return _one_time_token(row) if row else None


async def finish(
    connection: AsyncConnection, *, kind: TokenPurpose, secret_hash: str, now: datetime
) -> OneTimeToken | None:
    """Take it: of two who hold the secret, one gets it."""
    found = await connection.execute(
        sa.delete(one_time_token)
        .where(one_time_token.c.kind == kind, one_time_token.c.secret_hash == secret_hash)
        .where(one_time_token.c.expires_at > now)
        .returning(one_time_token)
    )
    row = found.mappings().first()
    return _one_time_token(row) if row else None


async def drop(connection: AsyncConnection, *, kind: TokenPurpose, officer: str) -> None:
    """Forget all of a kind that one person began."""
    await connection.execute(
        sa.delete(one_time_token).where(
            one_time_token.c.kind == kind, one_time_token.c.officer == officer
        )
    )


async def drop_all(connection: AsyncConnection, kind: TokenPurpose) -> None:
    """Forget all of a kind, whoever began them."""
    await connection.execute(sa.delete(one_time_token).where(one_time_token.c.kind == kind))


async def drop_forms_naming(
    connection: AsyncConnection,
    addresses: Iterable[str],
    officers: Collection[str] | None = None,
) -> int:
    """Delete saved forms, of some officers or of all, that hold an address; how many."""
    wanted = tuple(addresses)
    query = sa.select(one_time_token.c.id, one_time_token.c.details).where(
        one_time_token.c.kind == TokenPurpose.FORM
    )
    if officers is not None:
        query = query.where(one_time_token.c.officer.in_(sorted(officers)))
    rows = await connection.execute(query)
    found = [row.id for row in rows if mentions("\n".join(map(str, row.details.values())), wanted)]
    await connection.execute(sa.delete(one_time_token).where(one_time_token.c.id.in_(found)))
    return len(found)


async def drop_expired(connection: AsyncConnection, now: datetime) -> int:
    """Delete what was over by then, forms among it; how many."""
    return (
        await connection.execute(
            sa.delete(one_time_token).where(one_time_token.c.expires_at <= now)
        )
    ).rowcount


async def attempts(connection: AsyncConnection, keys: list[str]) -> dict[str, tuple[int, datetime]]:
    """Failed tries and the time of the last, by key."""
    rows = await connection.execute(sa.select(login_attempt).where(login_attempt.c.key.in_(keys)))
    return {row.key: (row.attempts, row.last_at) for row in rows}


async def count_attempt(
    connection: AsyncConnection, database: Database, key: str, *, now: datetime, since: datetime
) -> None:
    """One more try; those before `since` are forgotten, whoever made them."""
    await connection.execute(sa.delete(login_attempt).where(login_attempt.c.last_at <= since))
    statement = database.insert(login_attempt).values(key=key, attempts=1, last_at=now)
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["key"],
            set_={"attempts": login_attempt.c.attempts + 1, "last_at": now},
        )
    )


async def forgive(connection: AsyncConnection, *, own: str, shared: list[str]) -> None:
    """The person is who they say: their own count ends, shared ones lose this one try."""
    await connection.execute(sa.delete(login_attempt).where(login_attempt.c.key == own))
    await connection.execute(
        sa.update(login_attempt)
        .where(login_attempt.c.key.in_(shared), login_attempt.c.attempts > 0)
        .values(attempts=login_attempt.c.attempts - 1)
    )


def _one_time_token(fields: sa.RowMapping) -> OneTimeToken:
    return OneTimeToken(
        fields["id"], TokenPurpose(fields["kind"]), fields["officer"], dict(fields["details"])
    )
