"""API tokens: made for programs, shown once, revoked for good."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from alerting.actions import authorization
from alerting.actions.accounts.account_mails import notify_token_ended
from alerting.actions.accounts.credentials import find_credential, hash_of
from alerting.actions.accounts.memberships import as_member
from alerting.domain.credential import Credential, CredentialKind
from alerting.domain.errors import (
    BadRequest,
    NotFound,
    NotSignedIn,
    TokenReplayed,
)
from alerting.domain.ledger import Actor
from alerting.domain.officer import Officer, Permission
from alerting.domain.officer_names import is_a_name
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store.accounts import credentials as credential_rows
from alerting.store.accounts import repository as account_rows
from alerting.store.accounts.credentials import A_MINUTE
from alerting.store.unit_of_work import UnitOfWork

TOKEN_LASTS = timedelta(days=90)
TOKEN_PREFIX = "alt_"  # noqa: S105  how every token begins

BAD_NAME = msgid(
    "A user name has 1 to 64 lower-case letters without accents, digits, dots, underscores "
    "or hyphens; reserved names and government names are not allowed"
)
TOKEN = msgid("token")


def check_name(name: str) -> None:
    """Refuse a name that could not stand in the ledger, or reads there like a machine's."""
    if not is_a_name(name):
        raise BadRequest(BAD_NAME)


def new_token() -> str:
    """`alt_<number>_<secret>`: a scanner recognises it, its holder tells it from others."""
    return f"{TOKEN_PREFIX}{secrets.token_hex(4)}_{secrets.token_urlsafe(32)}"


async def make_token(
    services: Services,
    officer: Officer,
    *,
    by: Officer | Actor,
    lasts: timedelta = TOKEN_LASTS,
    scopes: Sequence[Permission] | None = None,
) -> str:
    """A new API token for an officer, who becomes a member where they are none.

    For whoever has seen to the second person. Shown once; only its hash is kept.
    """
    check_name(officer.name)
    secret = new_token()
    async with services.unit() as unit:
        member = await as_member(services, unit, officer, by=by)
        await save_token(services, unit, secret, member, by=by, lasts=lasts, scopes=scopes)
    return secret


async def save_token(
    services: Services,
    unit: UnitOfWork,
    secret: str,
    officer: Officer,
    *,
    by: Officer | Actor,
    lasts: timedelta,
    scopes: Sequence[Permission] | None,
    change_request_id: int | None = None,
) -> int:
    """Keep a token's hash and record it; with `change_request_id`, it opens nothing before that."""
    holder = await account_rows.find_account(unit.connection, name=officer.name)
    number = await credential_rows.add(
        unit.connection,
        kind=CredentialKind.TOKEN,
        secret_hash=hash_of(secret),
        officer=officer,
        created_at=services.now(),
        expires_at=services.now() + lasts,
        account=holder.id if holder else None,
        scopes=scopes,
        change_request_id=change_request_id,
    )
    await unit.record(
        "token.asked" if change_request_id else "token.made",
        by=by,
        about=f"token/{number}",
        at=services.now(),
        details={
            "officer": officer.name,
            "role": officer.role,
            "authority": officer.authority.code,
            "scopes": sorted(scopes or ()),
        },
    )
    return number


async def end_token(
    services: Services, number: int, *, by: Officer | Actor, holder: str = ""
) -> None:
    """Revoke a token, at once and for good; with `holder`, only one of theirs.

    Its holder and their administrators are told where it is somebody else who does.
    """
    async with services.unit() as unit:
        listed = await credential_rows.list_credentials(
            unit.connection, CredentialKind.TOKEN, officer=holder
        )
        found = next((one for one in listed if one.id == number), None)
        if found is None or not await credential_rows.end(
            unit.connection, number, now=services.now()
        ):
            raise NotFound(what=TOKEN, number=number)
        await unit.record("token.ended", by=by, about=f"token/{number}", at=services.now())
        owner = found.officer
        await notify_token_ended(
            services, unit, owner.name, owner.authority.code, number, by=by.name
        )


async def list_tokens(services: Services, *, by: Officer) -> list[Credential]:
    """All tokens, without their secrets."""
    by.must(Permission.MANAGE_ACCESS)
    async with services.reading() as reading:
        inside = await authorization.subordinate_authorities(services, reading, by=by)
        return await credential_rows.list_credentials(
            reading.connection, CredentialKind.TOKEN, authorities=inside
        )


async def list_tokens_of(services: Services, name: str) -> list[Credential]:
    """One person's tokens that still open something, or will once they are confirmed."""
    async with services.reading() as reading:
        return await credential_rows.list_credentials(
            reading.connection, CredentialKind.TOKEN, officer=name, living_at=services.now()
        )


async def officer_by_token(services: Services, secret: str) -> Officer:
    """Who holds this API token; NotSignedIn when nobody does, Replayed when it was revoked."""
    return (await get_token(services, secret)).officer


async def get_token(services: Services, secret: str, *, network: str = "") -> Credential:
    """A living API token; that it is used is remembered. `network`: the client's address."""
    try:
        credential = await find_credential(services, CredentialKind.TOKEN, secret, network=network)
    except NotSignedIn:
        await _replayed(services, secret, network=network)
        raise
    if credential.used_at is None or credential.used_at <= services.now() - A_MINUTE:
        async with services.unit() as unit:
            await credential_rows.used(unit.connection, credential.id, now=services.now())
    return credential


async def _replayed(services: Services, secret: str, *, network: str) -> None:
    """Say and record, once, that a revoked token was tried again."""
    async with services.reading() as reading:
        credential = await credential_rows.find_any(
            reading.connection, kind=CredentialKind.TOKEN, secret_hash=hash_of(secret)
        )
    if credential is None or credential.ended_at is None:
        return
    async with services.unit() as unit:
        if await credential_rows.replayed(unit.connection, credential.id, now=services.now()):
            await unit.record(
                "token.replayed",
                by=replace(credential.officer, credential=credential.id, network=network),
                about=f"token/{credential.id}",
                at=services.now(),
            )
    raise TokenReplayed(ended=credential.ended_at)
