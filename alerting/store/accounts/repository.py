"""Rows and queries for accounts and what their holders prove themselves with."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.account import Account
from alerting.domain.copies import UserAddress
from alerting.domain.language import Language
from alerting.domain.officer import Membership
from alerting.store import persons
from alerting.store.accounts import memberships as membership_rows
from alerting.store.database import Database
from alerting.store.tables import (
    account,
    passkey,
    person,
    recovery_code,
    trusted_device,
)


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """What is compared with what somebody shows: never leaves the acts of signing in."""

    password_hash: str
    totp_sealed: str
    totp_step: int


@dataclass(frozen=True, slots=True)
class PasskeyRecord:
    """One passkey of an account."""

    id: int
    account: int
    credential_id: str
    public_key: str
    sign_count: int
    label: str
    created_at: datetime
    used_at: datetime | None


_PASSKEYS = (
    sa.select(sa.func.count())
    .where(passkey.c.account_id == account.c.id)
    .scalar_subquery()
    .label("passkeys")
)


async def add(
    connection: AsyncConnection,
    database: Database,
    *,
    name: str,
    email: str,
    full_name: str,
    language: Language,
    now: datetime,
    emergency: bool = False,
) -> int | None:
    """A new account; None when the name or the address is somebody's already."""
    found = await connection.execute(
        database.insert(account)
        .values(
            person_id=await persons.number_of(connection, name),
            email=email,
            full_name=full_name,
            language=language,
            emergency=emergency,
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(account.c.id)
    )
    number: int | None = found.scalar_one_or_none()
    return number


async def find_account(connection: AsyncConnection, **wanted: Any) -> Account | None:
    """The account with these fields, ended or not; None where there is none.

    `wanted`: columns of `account` that name one (id, subject, email), or `name`, its holder's.
    """
    query = _whole().where(
        *(
            (person.c.name if name == "name" else account.c[name]) == value
            for name, value in wanted.items()
        )
    )
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        return None
    return _account(row, await membership_rows.by_person(connection, row["person_id"]))


async def list_accounts(connection: AsyncConnection) -> list[Account]:
    """Every account, by name."""
    held = await membership_rows.by_person(connection)
    rows = await connection.execute(_whole().order_by(person.c.name))
    return [_account(row, held) for row in rows.mappings()]


async def addresses(connection: AsyncConnection, names: Collection[str]) -> list[UserAddress]:
    """Where those of these names are written to whose account is alive and was come in by.

    Not that of an account for emergencies, which is nobody's own.
    """
    query = (
        sa.select(person.c.id, person.c.name, account.c.email, account.c.language)
        .join(person, person.c.id == account.c.person_id)
        .where(
            person.c.name.in_(sorted(names)),
            account.c.ended_at.is_(None),
            account.c.emergency.is_(False),
            membership_rows.CAME_IN,
        )
        .order_by(person.c.name)
    )
    return [
        UserAddress(number, name, email, Language(language))
        for number, name, email, language in await connection.execute(query)
    ]


async def get_account_secrets(connection: AsyncConnection, number: int) -> AccountRecord:
    """The secrets of an account."""
    columns = (account.c.password_hash, account.c.totp_sealed, account.c.totp_step)
    row = (await connection.execute(sa.select(*columns).where(account.c.id == number))).one()
    return AccountRecord(*row)


async def sealed_apps(connection: AsyncConnection) -> dict[int, str]:
    """The sealed secrets of authenticator apps, by account."""
    query = sa.select(account.c.id, account.c.totp_sealed).where(account.c.totp_sealed != "")
    return {row.id: row.totp_sealed for row in await connection.execute(query)}


async def reseal_app(connection: AsyncConnection, number: int, *, old: str, new: str) -> None:
    """Put `new` in the place of `old`; nothing where the account has another app by now."""
    await connection.execute(
        sa.update(account)
        .where(account.c.id == number, account.c.totp_sealed == old)
        .values(totp_sealed=new)
    )


async def update_account(connection: AsyncConnection, number: int, **values: Any) -> None:
    """Set columns of an account: password_hash, totp_sealed with totp_step, subject or mobile."""
    await connection.execute(sa.update(account).where(account.c.id == number).values(**values))


async def end(connection: AsyncConnection, number: int, *, now: datetime) -> bool:
    """Close an account for good, without its number; False when it was closed already."""
    ended = await connection.execute(
        sa.update(account)
        .where(account.c.id == number, account.c.ended_at.is_(None))
        .values(ended_at=now, mobile="")
        .returning(account.c.id)
    )
    return ended.first() is not None


async def take_step(connection: AsyncConnection, number: int, step: int) -> bool:
    """Use up a time step; False when it, or a later one, was used: two at once, one gets True."""
    taken = await connection.execute(
        sa.update(account)
        .where(account.c.id == number, account.c.totp_step < step)
        .values(totp_step=step)
        .returning(account.c.id)
    )
    return taken.first() is not None


async def set_recovery_codes(
    connection: AsyncConnection, number: int, hashes: Sequence[str]
) -> None:
    """Replace all recovery codes."""
    await connection.execute(sa.delete(recovery_code).where(recovery_code.c.account_id == number))
    if hashes:
        await connection.execute(
            sa.insert(recovery_code),
            [{"account_id": number, "code_hash": hash_} for hash_ in hashes],
        )


async def take_recovery_code(
    connection: AsyncConnection, number: int, code_hash: str, *, now: datetime
) -> bool:
    """Use up a code; False when there is none such, or it was used."""
    taken = await connection.execute(
        sa.update(recovery_code)
        .where(
            recovery_code.c.account_id == number,
            recovery_code.c.code_hash == code_hash,
            recovery_code.c.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(recovery_code.c.account_id)
    )
    return taken.first() is not None


async def recovery_codes_left(connection: AsyncConnection, number: int) -> int:
    """How many codes still open."""
    query = (
        sa.select(sa.func.count())
        .select_from(recovery_code)
        .where(recovery_code.c.account_id == number, recovery_code.c.used_at.is_(None))
    )
    return int((await connection.execute(query)).scalar_one())


async def add_passkey(
    connection: AsyncConnection,
    database: Database,
    *,
    account: int,
    credential_id: str,
    public_key: str,
    sign_count: int,
    label: str,
    now: datetime,
) -> bool:
    """Keep a passkey; False when it is known already."""
    found = await connection.execute(
        database.insert(passkey)
        .values(
            account_id=account,
            credential_id=credential_id,
            public_key=public_key,
            sign_count=sign_count,
            label=label,
            created_at=now,
        )
        .on_conflict_do_nothing()
        .returning(passkey.c.id)
    )
    return found.first() is not None


async def passkeys(
    connection: AsyncConnection, *, account: int | None = None, credential_id: str = ""
) -> list[PasskeyRecord]:
    """The passkeys of an account, or the one with an id."""
    query = sa.select(passkey).order_by(passkey.c.id)
    if account is not None:
        query = query.where(passkey.c.account_id == account)
    if credential_id:
        query = query.where(passkey.c.credential_id == credential_id)
    return [
        PasskeyRecord(
            row["id"],
            row["account_id"],
            row["credential_id"],
            row["public_key"],
            row["sign_count"],
            row["label"],
            row["created_at"],
            row["used_at"],
        )
        for row in (await connection.execute(query)).mappings()
    ]


async def passkey_used(
    connection: AsyncConnection, number: int, *, sign_count: int, now: datetime
) -> None:
    """Remember the count of signatures: one that goes back betrays a copy."""
    await connection.execute(
        sa.update(passkey).where(passkey.c.id == number).values(sign_count=sign_count, used_at=now)
    )


async def remove_passkey(connection: AsyncConnection, number: int, *, account: int) -> bool:
    """Forget a passkey; False when the account has none such."""
    gone = await connection.execute(
        sa.delete(passkey)
        .where(passkey.c.id == number, passkey.c.account_id == account)
        .returning(passkey.c.id)
    )
    return gone.first() is not None


async def know_device(
    connection: AsyncConnection, secret_hash: str, *, account: int, now: datetime
) -> None:
    """Remember a browser somebody signed in from."""
    await connection.execute(
        sa.insert(trusted_device).values(
            secret_hash=secret_hash, account_id=account, created_at=now, seen_at=now
        )
    )


async def device_holder(connection: AsyncConnection, secret_hash: str) -> int | None:
    """Whose browser it is."""
    query = sa.select(trusted_device.c.account_id).where(
        trusted_device.c.secret_hash == secret_hash
    )
    number: int | None = (await connection.execute(query)).scalar_one_or_none()
    return number


async def forget_devices(connection: AsyncConnection, number: int) -> None:
    """No browser is known any more."""
    await connection.execute(sa.delete(trusted_device).where(trusted_device.c.account_id == number))


def _whole() -> sa.Select[Any]:
    """Accounts with their holders' names."""
    return sa.select(
        account, person.c.name, _PASSKEYS, membership_rows.CAME_IN.label("came_in")
    ).join(person, person.c.id == account.c.person_id)


def _account(fields: sa.RowMapping, held: Mapping[int, Sequence[Membership]]) -> Account:
    return Account(
        id=fields["id"],
        person=fields["person_id"],
        name=fields["name"],
        email=fields["email"],
        full_name=fields["full_name"],
        language=Language(fields["language"]),
        mobile=fields["mobile"],
        memberships=tuple(held.get(fields["person_id"], ())),
        has_password=bool(fields["password_hash"]),
        has_app=bool(fields["totp_sealed"]),
        passkeys=fields["passkeys"],
        came_in=bool(fields["came_in"]),
        emergency=fields["emergency"],
        created_at=fields["created_at"],
        ended_at=fields["ended_at"],
    )
