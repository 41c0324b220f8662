"""Rows and queries for one-time tokens: what was begun and is completed by a secret."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.recipient import mentions
from alerting.store.tables import one_time_token


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


async def add_token(
    connection: AsyncConnection,
    *,
    kind: TokenPurpose,
    secret_hash: str,
    officer: str,
    details: Mapping[str, Any],
    now: datetime,
    until: datetime,
) -> None:
    """Store one, and delete those that have expired by then."""
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


async def find_token(
    connection: AsyncConnection, *, kind: TokenPurpose, secret_hash: str, now: datetime
) -> OneTimeToken | None:
    """The token of a secret, which stays usable; None where there is none, or it has expired."""
    query = sa.select(one_time_token).where(
        one_time_token.c.kind == kind,
        one_time_token.c.secret_hash == secret_hash,
        one_time_token.c.expires_at > now,
    )
    row = (await connection.execute(query)).mappings().first()
    return _one_time_token(row) if row else None


async def consume_token(
    connection: AsyncConnection, *, kind: TokenPurpose, secret_hash: str, now: datetime
) -> OneTimeToken | None:
    """Delete and return it: of two who hold the secret, one gets it, the other None."""
    result = await connection.execute(
        sa.delete(one_time_token)
        .where(one_time_token.c.kind == kind, one_time_token.c.secret_hash == secret_hash)
        .where(one_time_token.c.expires_at > now)
        .returning(one_time_token)
    )
    row = result.mappings().first()
    return _one_time_token(row) if row else None


async def delete_tokens_of(
    connection: AsyncConnection, *, kind: TokenPurpose, officer: str
) -> None:
    """Delete all of a kind that one person began."""
    await connection.execute(
        sa.delete(one_time_token).where(
            one_time_token.c.kind == kind, one_time_token.c.officer == officer
        )
    )


async def delete_all_tokens(connection: AsyncConnection, kind: TokenPurpose) -> None:
    """Delete all of a kind, whoever began them."""
    await connection.execute(sa.delete(one_time_token).where(one_time_token.c.kind == kind))


async def delete_forms_naming(
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


async def delete_expired_tokens(connection: AsyncConnection, now: datetime) -> int:
    """Delete those that had expired by then, saved forms among them; how many."""
    return (
        await connection.execute(
            sa.delete(one_time_token).where(one_time_token.c.expires_at <= now)
        )
    ).rowcount


def _one_time_token(fields: sa.RowMapping) -> OneTimeToken:
    return OneTimeToken(
        fields["id"], TokenPurpose(fields["kind"]), fields["officer"], dict(fields["details"])
    )
