"""One-time links, made on the server: each signs in once."""

import secrets
from datetime import timedelta

from alerting.actions.accounts.credentials import (
    UNKNOWN_CLIENT,
    ClientContext,
    find_credential,
    hash_of,
)
from alerting.actions.accounts.memberships import as_member
from alerting.actions.accounts.sessions import create_session
from alerting.actions.accounts.tokens import TOKEN_PREFIX
from alerting.domain.account import Proof
from alerting.domain.credential import CredentialKind
from alerting.domain.errors import (
    NotForTokens,
    NotSignedIn,
)
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer
from alerting.services import Services
from alerting.store.accounts import credentials as credential_rows

LINK_LASTS = timedelta(minutes=30)


async def officer_by_link(services: Services, secret: str) -> Officer:
    """Whom a one-time link would sign in; looking does not use it up."""
    return (await find_credential(services, CredentialKind.ONCE, secret)).officer


async def make_link(services: Services, officer: Officer) -> str:
    """A secret that signs in once, within half an hour; made on the server."""
    secret = secrets.token_urlsafe(32)
    async with services.unit() as unit:
        member = await as_member(services, unit, officer, by=SHELL)
        number = await credential_rows.add(
            unit.connection,
            kind=CredentialKind.ONCE,
            secret_hash=hash_of(secret),
            officer=member,
            created_at=services.now(),
            expires_at=services.now() + LINK_LASTS,
        )
        await unit.record(
            "link.made",
            by=SHELL,
            about=f"link/{number}",
            at=services.now(),
            details={"officer": officer.name, "role": officer.role},
        )
    return secret


async def sign_in(services: Services, secret: str, client: ClientContext = UNKNOWN_CLIENT) -> str:
    """Turn a one-time link's secret into a browser session; its secret comes back.

    ForPrograms for a token, whether it is alive or not: a token opens no session.
    """
    if secret.startswith(TOKEN_PREFIX):
        raise NotForTokens
    credential = await find_credential(services, CredentialKind.ONCE, secret)
    async with services.unit() as unit:
        if not await credential_rows.end(unit.connection, credential.id, now=services.now()):
            raise NotSignedIn
        return await create_session(
            services,
            unit,
            credential.officer,
            proved_by=Proof.LINK,
            where=client,
            account=credential.account,
        )
