"""Who gets in: API tokens, sign-in by token or one-time link, sessions."""

import hashlib
import secrets
from datetime import timedelta

from alerting.actions import standing
from alerting.domain.errors import BadRequest, NotFound, NotSignedIn
from alerting.domain.staff import Officer, Permission
from alerting.domain.words import msgid
from alerting.services import Services
from alerting.store import access
from alerting.store.access import Credential, CredentialKind
from alerting.store.unit import Unit

TOKEN_LASTS = timedelta(days=90)
SESSION_LASTS = timedelta(hours=12)
LINK_LASTS = timedelta(minutes=30)
LONGEST_NAME = 64

BAD_NAME = msgid("An officer's name has 1 to 64 letters, digits, dots or dashes")
TOKEN = msgid("token")


def _hash(secret: str) -> str:
    # 256 random bits need no slow hash; SHA-256 keeps a stolen table useless.
    return hashlib.sha256(secret.encode()).hexdigest()


async def make_token(
    services: Services, officer: Officer, *, by: str, lasts: timedelta = TOKEN_LASTS
) -> str:
    """A new API token for an officer. Shown once; only its hash is kept."""
    async with services.unit() as unit:
        return await add_token(services, unit, officer, by=by, lasts=lasts)


async def add_token(
    services: Services, unit: Unit, officer: Officer, *, by: str, lasts: timedelta = TOKEN_LASTS
) -> str:
    """The same within a transaction that has more to do."""
    name = officer.name
    if not (0 < len(name) <= LONGEST_NAME and all(c.isalnum() or c in ".-_" for c in name)):
        raise BadRequest(BAD_NAME)
    secret = f"alt_{secrets.token_urlsafe(32)}"
    number = await _keep(services, unit, CredentialKind.TOKEN, secret, officer, lasts)
    await unit.record(
        "token.made",
        by=by,
        about=f"token/{number}",
        at=services.now(),
        details={"officer": name, "role": officer.role, "authority": officer.authority.code},
    )
    return secret


async def end_token(services: Services, number: int, *, by: str) -> None:
    """Revoke a token; at once and for good."""
    async with services.unit() as unit:
        if not await access.end(unit.connection, number, now=services.now()):
            raise NotFound(what=TOKEN, number=number)
        await unit.record("token.ended", by=by, about=f"token/{number}", at=services.now())


async def tokens(services: Services, *, by: Officer) -> list[Credential]:
    """All tokens, without their secrets."""
    by.must(Permission.MANAGE_ACCESS)
    async with services.reading() as reading:
        return await access.listing(
            reading.connection,
            CredentialKind.TOKEN,
            await standing.below(services, reading, by=by),
        )


async def officer_by_token(services: Services, secret: str) -> Officer:
    """Who holds this API token; NotSignedIn when nobody does."""
    return await standing.at_work(services, await _found(services, CredentialKind.TOKEN, secret))


async def officer_by_session(services: Services, secret: str) -> Officer:
    """Whose browser session this is."""
    return await standing.at_work(services, await _found(services, CredentialKind.SESSION, secret))


async def officer_by_link(services: Services, secret: str) -> Officer:
    """Whom a one-time link would sign in; looking does not use it up."""
    return await standing.at_work(services, await _found(services, CredentialKind.ONCE, secret))


async def make_link(services: Services, officer: Officer) -> str:
    """A secret that signs in once, within half an hour."""
    secret = secrets.token_urlsafe(32)
    async with services.unit() as unit:
        number = await _keep(services, unit, CredentialKind.ONCE, secret, officer, LINK_LASTS)
        await unit.record(
            "link.made",
            by=officer.name,
            about=f"link/{number}",
            at=services.now(),
            details={"role": officer.role},
        )
    return secret


async def sign_in(services: Services, secret: str) -> str:
    """Turn a token, or a one-time link's secret, into a browser session; its secret comes back."""
    token = secret.startswith("alt_")
    found = await _found(services, CredentialKind.TOKEN if token else CredentialKind.ONCE, secret)
    await standing.at_work(services, found)  # nobody, where their membership has ended
    session = secrets.token_urlsafe(32)
    async with services.unit() as unit:
        if not token and not await access.end(unit.connection, found.id, now=services.now()):
            raise NotSignedIn
        await _keep(services, unit, CredentialKind.SESSION, session, found.officer, SESSION_LASTS)
        await unit.record(
            "officer.signed-in",
            by=found.officer.name,
            about=f"officer/{found.officer.name}",
            at=services.now(),
            details={"role": found.officer.role},
        )
    return session


async def sign_out(services: Services, secret: str) -> None:
    """End a browser session; harmless when it has ended."""
    try:
        found = await _found(services, CredentialKind.SESSION, secret)
    except NotSignedIn:
        return
    async with services.unit() as unit:
        await access.end(unit.connection, found.id, now=services.now())


async def work_under(services: Services, secret: str, membership: int) -> Officer:
    """Go on in a browser session under another membership of the same person."""
    found = await _found(services, CredentialKind.SESSION, secret)
    async with services.unit() as unit:
        chosen = await standing.as_member(services, unit, found.officer.name, membership)
        await access.work_under(unit.connection, found.id, chosen)
        await unit.record(
            "officer.changed-membership",
            by=chosen.name,
            about=f"officer/{chosen.name}",
            at=services.now(),
            details={"role": chosen.role, "authority": chosen.authority.code},
        )
    return chosen


async def _found(services: Services, kind: CredentialKind, secret: str) -> Credential:
    async with services.reading() as reading:
        found = await access.find(
            reading.connection, kind=kind, secret_hash=_hash(secret), now=services.now()
        )
    if found is None:
        raise NotSignedIn
    return found


async def _keep(
    services: Services,
    unit: Unit,
    kind: CredentialKind,
    secret: str,
    officer: Officer,
    lasts: timedelta,
) -> int:
    return await access.add(
        unit.connection,
        kind=kind,
        secret_hash=_hash(secret),
        officer=officer,
        created_at=services.now(),
        expires_at=services.now() + lasts,
    )
