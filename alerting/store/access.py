"""Rows and queries for tokens, sessions and one-time links."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.authority import NOWHERE, Authority, Level
from alerting.domain.staff import Officer, Role
from alerting.store.schema import credential


class CredentialKind(StrEnum):
    """What a secret opens, and for how long it is meant to."""

    TOKEN = "token"  # noqa: S105  the kind's name, not a secret
    SESSION = "session"
    ONCE = "once"


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret's row, without the secret.

    `officer` has no territory yet: what their authority is, and what of it is theirs, is looked up
    by whoever lets them in. Forgetting to lets them do nothing.
    """

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
                authority=officer.authority.code,
                membership_id=officer.membership or None,
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


async def work_under(connection: AsyncConnection, number: int, officer: Officer) -> None:
    """Make a session that of another membership of the same person."""
    await connection.execute(
        sa.update(credential)
        .where(credential.c.id == number, credential.c.officer == officer.name)
        .values(
            role=officer.role,
            authority=officer.authority.code,
            membership_id=officer.membership or None,
        )
    )


async def listing(
    connection: AsyncConnection, kind: CredentialKind, authorities: Collection[str] | None = None
) -> list[Credential]:
    """All credentials of a kind, newest first; or those of some authorities."""
    query = sa.select(credential).where(credential.c.kind == kind).order_by(credential.c.id.desc())
    if authorities is not None:
        query = query.where(credential.c.authority.in_(sorted(authorities)))
    return [_credential(row) for row in (await connection.execute(query)).mappings()]


def _credential(fields: sa.RowMapping) -> Credential:
    return Credential(
        id=fields["id"],
        kind=CredentialKind(fields["kind"]),
        officer=Officer(
            fields["officer"],
            Role(fields["role"]),
            Authority(code=fields["authority"], level=Level.PARTNER, territory=NOWHERE, names={}),
            membership=fields["membership_id"] or 0,
        ),
        created_at=fields["created_at"],
        expires_at=fields["expires_at"],
        ended_at=fields["ended_at"],
    )
