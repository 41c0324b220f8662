"""Rows and queries for tokens, sessions and one-time links."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.staff import Officer, Role
from alerting.store.schema import credential


class CredentialKind(StrEnum):
    """What a secret opens, and for how long it is meant to."""

    TOKEN = "token"  # noqa: S105  the kind's name, not a secret
    SESSION = "session"
    ONCE = "once"


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret's row, without the secret."""

    id: int
    kind: CredentialKind
    officer: Officer
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None


async def add(
    connection: AsyncConnection,
    *,
    kind: CredentialKind,
    secret_hash: str,
    officer: Officer,
    created_at: datetime,
    expires_at: datetime,
) -> int:
    """Keep the hash of a new secret; its number comes back."""
    number: int = (
        await connection.execute(
            sa.insert(credential)
            .values(
                kind=kind,
                secret_hash=secret_hash,
                officer=officer.name,
                role=officer.role,
                created_at=created_at,
                expires_at=expires_at,
            )
            .returning(credential.c.id)
        )
    ).scalar_one()
    return number


async def find(
    connection: AsyncConnection, *, kind: CredentialKind, secret_hash: str, now: datetime
) -> Credential | None:
    """The living credential behind a secret."""
    row = (
        (
            await connection.execute(
                sa.select(credential).where(
                    credential.c.kind == kind,
                    credential.c.secret_hash == secret_hash,
                    credential.c.expires_at > now,
                    credential.c.ended_at.is_(None),
                )
            )
        )
        .mappings()
        .first()
    )
    return _credential(row) if row else None


async def end(connection: AsyncConnection, number: int, *, now: datetime) -> bool:
    """Revoke; False when it had ended already. Two users of a one-time link: only one gets True."""
    ended = await connection.execute(
        sa.update(credential)
        .where(credential.c.id == number, credential.c.ended_at.is_(None))
        .values(ended_at=now)
        .returning(credential.c.id)
    )
    return ended.first() is not None


async def listing(connection: AsyncConnection, kind: CredentialKind) -> list[Credential]:
    """All credentials of a kind, newest first."""
    rows = await connection.execute(
        sa.select(credential).where(credential.c.kind == kind).order_by(credential.c.id.desc())
    )
    return [_credential(row) for row in rows.mappings()]


def _credential(fields: sa.RowMapping) -> Credential:
    return Credential(
        id=fields["id"],
        kind=CredentialKind(fields["kind"]),
        officer=Officer(fields["officer"], Role(fields["role"])),
        created_at=fields["created_at"],
        expires_at=fields["expires_at"],
        ended_at=fields["ended_at"],
    )
