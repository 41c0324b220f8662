"""Rows and queries for tokens, sessions and one-time links."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.account import Proof
from alerting.domain.authority import unplaced
from alerting.domain.credential import Credential, CredentialKind
from alerting.domain.officer import Officer, Permission, Role
from alerting.store import persons
from alerting.store.tables import account, credential, membership, person

A_MINUTE = timedelta(minutes=1)
LONGEST_CLIENT = 128


async def add(
    connection: AsyncConnection,
    *,
    kind: CredentialKind,
    secret_hash: str,
    officer: Officer,
    created_at: datetime,
    expires_at: datetime,
    account: int | None = None,
    scopes: Sequence[Permission] | None = None,
    client: str = "",
    change_request_id: int | None = None,
    proved_by: Proof | None = None,
    subject: str = "",
) -> int:
    """Keep the hash of a new secret; its number comes back."""
    number: int = (
        await connection.execute(
            sa.insert(credential)
            .values(
                kind=kind,
                secret_hash=secret_hash,
                person_id=officer.person or await persons.number_of(connection, officer.name),
                membership_id=officer.membership,
                created_at=created_at,
                expires_at=expires_at,
                account_id=account,
                scopes=" ".join(sorted(scopes or ())),
                client=client[:LONGEST_CLIENT],
                change_request_id=change_request_id,
                proved_by=proved_by or "",
                subject=subject,
                used_at=created_at if kind is CredentialKind.SESSION else None,
                confirmed_at=created_at if kind is CredentialKind.SESSION else None,
            )
            .returning(credential.c.id)
        )
    ).scalar_one()
    return number


async def find(
    connection: AsyncConnection,
    *,
    kind: CredentialKind,
    secret_hash: str,
    now: datetime,
    idle: timedelta | None = None,
) -> Credential | None:
    """The living credential behind a secret; with `idle`, one that was used since then.

    What belongs to an account ends with it.
    """
    query = _living(now).where(credential.c.kind == kind, credential.c.secret_hash == secret_hash)
    if idle is not None:
        query = query.where(sa.func.coalesce(credential.c.used_at, now) > now - idle)
    row = (await connection.execute(query)).mappings().first()
    return _credential(row) if row else None


async def living(connection: AsyncConnection, number: int, *, now: datetime) -> Credential | None:
    """The credential with this number, unless it, or its account, is over."""
    query = _living(now).where(credential.c.id == number)
    row = (await connection.execute(query)).mappings().first()
    return _credential(row) if row else None


def _living(now: datetime) -> sa.Select[Any]:
    return (
        _whole()
        .outerjoin(account, account.c.id == credential.c.account_id)
        .where(
            credential.c.expires_at > now,
            credential.c.ended_at.is_(None),
            credential.c.change_request_id.is_(None),
            account.c.ended_at.is_(None),
        )
    )


async def find_any(
    connection: AsyncConnection, *, kind: CredentialKind, secret_hash: str
) -> Credential | None:
    """The credential behind a secret, ended or not."""
    query = _whole().where(credential.c.kind == kind, credential.c.secret_hash == secret_hash)
    row = (await connection.execute(query)).mappings().first()
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
    """Make a session that of another membership; nothing where it is another person's."""
    await connection.execute(
        sa.update(credential)
        .where(credential.c.id == number, credential.c.person_id == officer.person)
        .values(membership_id=officer.membership)
    )


async def move_sessions(connection: AsyncConnection, before: int, after: int) -> None:
    """Make the sessions of a membership those of the one that takes its place; no token goes on."""
    await connection.execute(
        sa.update(credential)
        .where(
            credential.c.membership_id == before,
            credential.c.kind == CredentialKind.SESSION,
            credential.c.account_id.is_not(None),  # a link opens what it was made for, no more
        )
        .values(membership_id=after)
    )


async def drop_sessions_over(
    connection: AsyncConnection, before: datetime, *, idle: timedelta
) -> int:
    """Delete sessions and pending sign-ins that were over before a moment; how many.

    Over is what was ended, what expired, and a session nobody used for as long as `idle`.
    """
    over = sa.or_(
        credential.c.ended_at < before,
        credential.c.expires_at < before,
        credential.c.used_at < before - idle,
    )
    deleted = await connection.execute(
        sa.delete(credential).where(
            credential.c.kind.in_([CredentialKind.SESSION, CredentialKind.PENDING]), over
        )
    )
    return deleted.rowcount


async def end_all(
    connection: AsyncConnection,
    *,
    account: int,
    kinds: Sequence[CredentialKind],
    now: datetime,
    but: int | None = None,
) -> int:
    """Revoke everything of some kinds that belongs to an account, but one; how many there were."""
    ended = await connection.execute(
        sa.update(credential)
        .where(
            credential.c.account_id == account,
            credential.c.kind.in_(kinds),
            credential.c.ended_at.is_(None),
            credential.c.id != (but or 0),
        )
        .values(ended_at=now)
        .returning(credential.c.id)
    )
    return len(ended.all())


async def end_named(connection: AsyncConnection, officer: str, *, now: datetime) -> None:
    """Revoke whatever opens something for a person, with or without an account."""
    await connection.execute(
        sa.update(credential)
        .where(
            credential.c.person_id.in_(sa.select(person.c.id).where(person.c.name == officer)),
            credential.c.ended_at.is_(None),
        )
        .values(ended_at=now)
    )


async def used(connection: AsyncConnection, number: int, *, now: datetime) -> None:
    """Remember that it was used, unless that was remembered within the last minute."""
    await connection.execute(
        sa.update(credential)
        .where(
            credential.c.id == number,
            sa.or_(credential.c.used_at.is_(None), credential.c.used_at <= now - A_MINUTE),
        )
        .values(used_at=now)
    )


async def confirm(
    connection: AsyncConnection, number: int, *, now: datetime, proved_by: Proof | None = None
) -> None:
    """The holder of a session proved again who they are; `proved_by` a second factor, if so."""
    more = {"proved_by": proved_by} if proved_by else {}
    await _set(connection, number, confirmed_at=now, used_at=now, **more)


async def release(connection: AsyncConnection, *, request: int) -> bool:
    """What waited for a request opens from now on; False where nothing did."""
    released = await connection.execute(
        sa.update(credential)
        .where(credential.c.change_request_id == request, credential.c.ended_at.is_(None))
        .values(change_request_id=None)
        .returning(credential.c.id)
    )
    return released.first() is not None


async def end_waiting(connection: AsyncConnection, *, request: int, now: datetime) -> None:
    """What waited for a request that was declined never opens anything."""
    await connection.execute(
        sa.update(credential).where(credential.c.change_request_id == request).values(ended_at=now)
    )


async def replayed(connection: AsyncConnection, number: int, *, now: datetime) -> bool:
    """An ended secret was tried again; True the first time."""
    first = await connection.execute(
        sa.update(credential)
        .where(credential.c.id == number, credential.c.replayed_at.is_(None))
        .values(replayed_at=now)
        .returning(credential.c.id)
    )
    return first.first() is not None


async def count_attempt(connection: AsyncConnection, number: int) -> int:
    """One more try of a second factor; how many it makes."""
    attempts: int = (
        await connection.execute(
            sa.update(credential)
            .where(credential.c.id == number)
            .values(attempts=credential.c.attempts + 1)
            .returning(credential.c.attempts)
        )
    ).scalar_one()
    return attempts


async def list_credentials(
    connection: AsyncConnection,
    kind: CredentialKind,
    *,
    account: int | None = None,
    officer: str = "",
    living_at: datetime | None = None,
    authorities: Collection[str] | None = None,
) -> list[Credential]:
    """Credentials of a kind, newest first; narrowed to what is given."""
    query = _whole().where(credential.c.kind == kind)
    if account is not None:
        query = query.where(credential.c.account_id == account)
    if officer:
        query = query.where(person.c.name == officer)
    if authorities is not None:
        query = query.where(membership.c.authority.in_(sorted(authorities)))
    if living_at is not None:
        query = query.where(credential.c.expires_at > living_at, credential.c.ended_at.is_(None))
    rows = await connection.execute(query.order_by(credential.c.id.desc()))
    return [_credential(row) for row in rows.mappings()]


def _whole() -> sa.Select[Any]:
    """Credentials with the name of whom each is for, and what they are by its membership."""
    return (
        sa.select(
            credential,
            person.c.name.label("officer"),
            membership.c.role,
            membership.c.authority,
            membership.c.training,
        )
        .join(person, person.c.id == credential.c.person_id)
        .join(membership, membership.c.id == credential.c.membership_id)
    )


async def _set(connection: AsyncConnection, number: int, **values: Any) -> None:
    await connection.execute(
        sa.update(credential).where(credential.c.id == number).values(**values)
    )


def _credential(fields: sa.RowMapping) -> Credential:
    scopes = frozenset(Permission(part) for part in fields["scopes"].split()) or None
    return Credential(
        id=fields["id"],
        kind=CredentialKind(fields["kind"]),
        officer=Officer(
            fields["officer"],
            Role(fields["role"]),
            scopes,
            unplaced(fields["authority"]),
            training=fields["training"],
            membership=fields["membership_id"],
            person=fields["person_id"],
        ),
        created_at=fields["created_at"],
        expires_at=fields["expires_at"],
        ended_at=fields["ended_at"],
        account=fields["account_id"],
        scopes=scopes,
        used_at=fields["used_at"],
        confirmed_at=fields["confirmed_at"],
        client=fields["client"],
        change_request_id=fields["change_request_id"],
        replayed_at=fields["replayed_at"],
        attempts=fields["attempts"],
        proved_by=Proof(fields["proved_by"]) if fields["proved_by"] else None,
        subject=fields["subject"],
    )
