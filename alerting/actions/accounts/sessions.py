"""Who gets in: API tokens, one-time links, and browser sessions. Passwords: `signing_in`."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from alerting.actions import authorization
from alerting.actions.officers import known
from alerting.domain.account import Account, Proof, needs_second_factor, suffices
from alerting.domain.errors import (
    BadRequest,
    NeedsSecondFactor,
    NotForTokens,
    NotFound,
    NotSignedIn,
    OneMembership,
    TokenReplayed,
)
from alerting.domain.ledger import SHELL, Actor
from alerting.domain.officer import Membership, Officer, Permission
from alerting.domain.officer_names import is_a_name
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store import ReadTransaction, persons
from alerting.store.accounts import credentials as credential_rows
from alerting.store.accounts import memberships as membership_rows
from alerting.store.accounts import repository as account_rows
from alerting.store.accounts.credentials import A_MINUTE, Credential, CredentialKind
from alerting.store.unit_of_work import UnitOfWork

TOKEN_LASTS = timedelta(days=90)
LINK_LASTS = timedelta(minutes=30)
TOKEN_PREFIX = "alt_"  # noqa: S105  how every token begins

BAD_NAME = msgid(
    "An officer's name has 1 to 64 small letters, digits, dots or dashes, and is no machine's"
)
TOKEN = msgid("token")
SESSION = msgid("session")

ONE_FACTOR = msgid("This role needs a second factor: set one up on the page of your account")


@dataclass(frozen=True, slots=True)
class ClientContext:
    """Where somebody signs in from: a network, a browser that is known perhaps, and its name."""

    network: str = ""
    device: str = ""
    """The secret of a known browser's cookie; empty for an unknown one."""
    client: str = ""

    def actor(self, account: Account, *, credential: int = 0) -> Actor:
        """Who acts from here before a session says so: the holder of this account."""
        return Actor(
            name=account.name,
            person=account.person,
            credential=credential,
            network=self.network,
            authority=account.authority,
        )


def hash_of(secret: str) -> str:
    """What is kept of a secret: 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


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
        member = await _as_member(services, unit, officer, by=by)
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
    """Keep a token's hash and record it; with `waits_for`, it opens nothing before that."""
    holder = await account_rows.by(unit.connection, name=officer.name)
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
    """Revoke a token, at once and for good; with `holder`, only one of theirs."""
    async with services.unit() as unit:
        listed = await credential_rows.list_credentials(
            unit.connection, CredentialKind.TOKEN, officer=holder
        )
        theirs = any(one.id == number for one in listed)
        if not theirs or not await credential_rows.end(unit.connection, number, now=services.now()):
            raise NotFound(what=TOKEN, number=number)
        await unit.record("token.ended", by=by, about=f"token/{number}", at=services.now())


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
        found = await _found(services, CredentialKind.TOKEN, secret, network=network)
    except NotSignedIn:
        await _replayed(services, secret, network=network)
        raise
    if found.used_at is None or found.used_at <= services.now() - A_MINUTE:
        async with services.unit() as unit:
            await credential_rows.used(unit.connection, found.id, now=services.now())
    return found


async def officer_by_session(services: Services, secret: str) -> Officer:
    """Whose browser session this is."""
    return (await get_session(services, secret)).officer


async def get_session(services: Services, secret: str, *, network: str = "") -> Credential:
    """A living browser session; that it is used keeps it from going idle.

    `network`: the client's address. NeedsSecondFactor where its holder's role, as it stands now,
    takes more than it was proved with.
    """
    found = await _found(services, CredentialKind.SESSION, secret, network=network)
    if not _proved_enough(found):
        raise NeedsSecondFactor
    if found.used_at is None or found.used_at <= services.now() - A_MINUTE:
        async with services.unit() as unit:
            await credential_rows.used(unit.connection, found.id, now=services.now())
    return found


async def is_session_alive(services: Services, opened: Credential) -> bool:
    """Whether a session or token still opens the same: what is watched for long asks now and then.

    False once it has ended or expired, its account or membership has, or its role has changed.
    """
    async with services.reading() as reading:
        found = await credential_rows.living(reading.connection, opened.id, now=services.now())
        if found is None:
            return False
        try:
            found = await _at_work(services, reading, found)
        except NotSignedIn:
            return False
    return found.officer == opened.officer and _proved_enough(found)


async def expired_session(services: Services, secret: str) -> Credential | None:
    """A session by its secret, even when it has ended: whose form is being kept."""
    async with services.reading() as reading:
        return await credential_rows.find_any(
            reading.connection, kind=CredentialKind.SESSION, secret_hash=hash_of(secret)
        )


async def list_sessions(services: Services, name: str) -> list[Credential]:
    """One person's living sessions, newest first."""
    async with services.reading() as reading:
        found = await credential_rows.list_credentials(
            reading.connection, CredentialKind.SESSION, officer=name, living_at=services.now()
        )
    since = services.now() - services.rules.idle
    return [one for one in found if (one.used_at or one.created_at) > since]


async def end_session(services: Services, number: int, *, by: Officer | Actor, holder: str) -> None:
    """End one session of a person, at once."""
    if number not in {one.id for one in await list_sessions(services, holder)}:
        raise NotFound(what=SESSION, number=number)
    async with services.unit() as unit:
        if await credential_rows.end(unit.connection, number, now=services.now()):
            await unit.record(
                "session.ended",
                by=by,
                about=f"officer/{holder}",
                at=services.now(),
                details={"session": number},
            )


async def end_sessions(
    services: Services, *, by: Officer | Actor, holder: str, but: int | None = None
) -> int:
    """End all sessions of a person, or all but one; how many there were."""
    living = [one.id for one in await list_sessions(services, holder) if one.id != but]
    async with services.unit() as unit:
        for number in living:
            await credential_rows.end(unit.connection, number, now=services.now())
        if living:
            await unit.record(
                "sessions.ended",
                by=by,
                about=f"officer/{holder}",
                at=services.now(),
                details={"number": len(living)},
            )
    return len(living)


async def officer_by_link(services: Services, secret: str) -> Officer:
    """Whom a one-time link would sign in; looking does not use it up."""
    return (await _found(services, CredentialKind.ONCE, secret)).officer


async def make_link(services: Services, officer: Officer) -> str:
    """A secret that signs in once, within half an hour; made on the server."""
    secret = secrets.token_urlsafe(32)
    async with services.unit() as unit:
        member = await _as_member(services, unit, officer, by=SHELL)
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


async def sign_in(services: Services, secret: str, where: ClientContext = ClientContext()) -> str:
    """Turn a one-time link's secret into a browser session; its secret comes back.

    ForPrograms for a token, whether it is alive or not: a token opens no session.
    """
    if secret.startswith(TOKEN_PREFIX):
        raise NotForTokens
    found = await _found(services, CredentialKind.ONCE, secret)
    async with services.unit() as unit:
        if not await credential_rows.end(unit.connection, found.id, now=services.now()):
            raise NotSignedIn
        return await create_session(
            services,
            unit,
            found.officer,
            proved_by=Proof.LINK,
            where=where,
            account=found.account,
        )


async def create_session(
    services: Services,
    unit: UnitOfWork,
    officer: Officer,
    *,
    proved_by: Proof,
    where: ClientContext,
    account: int | None = None,
) -> str:
    """A new browser session; its secret comes back."""
    secret = secrets.token_urlsafe(32)
    number = await credential_rows.add(
        unit.connection,
        kind=CredentialKind.SESSION,
        secret_hash=hash_of(secret),
        officer=officer,
        created_at=services.now(),
        expires_at=services.now() + services.rules.longest,
        account=account,
        scopes=sorted(officer.scopes) if officer.scopes is not None else None,
        client=where.client,
        proved_by=proved_by,
    )
    await unit.record(
        "officer.signed-in",
        by=replace(officer, credential=number, network=where.network),
        about=f"officer/{officer.name}",
        at=services.now(),
        details={"role": officer.role, "how": proved_by},
    )
    return secret


async def sign_out(services: Services, secret: str) -> None:
    """End a browser session; harmless when it has ended."""
    try:
        found = await _found(services, CredentialKind.SESSION, secret)
    except NotSignedIn:
        return
    async with services.unit() as unit:
        await credential_rows.end(unit.connection, found.id, now=services.now())


async def switch_membership(
    services: Services, secret: str, membership: int, *, network: str = ""
) -> Officer:
    """Go on in a browser session under another membership of the same person.

    OneMembership where a one-time link opened it; NeedsSecondFactor where it was proved with less
    than the other membership's role takes.
    """
    found = await _found(services, CredentialKind.SESSION, secret, network=network)
    if found.account is None:
        raise OneMembership
    async with services.unit() as unit:
        chosen = await authorization.as_member_of(services, unit, found.officer.person, membership)
        if needs_second_factor(chosen.role):
            holder = known(await account_rows.by(unit.connection, id=found.account))
            if not holder.has_second_factor and found.proved_by is not Proof.OIDC_MFA:
                raise BadRequest(ONE_FACTOR)
        if not _proved_enough(replace(found, officer=chosen)):
            raise NeedsSecondFactor
        await credential_rows.work_under(unit.connection, found.id, chosen)
        await unit.record(
            "officer.changed-membership",
            by=replace(chosen, credential=found.id, network=network),
            about=f"officer/{chosen.name}",
            at=services.now(),
            details={"role": chosen.role, "authority": chosen.authority.code},
        )
    return chosen


async def _as_member(
    services: Services, unit: UnitOfWork, officer: Officer, *, by: Officer | Actor
) -> Officer:
    """The officer under their membership, which is granted where there is none like it."""
    if officer.membership:
        return officer
    wanted = Membership(
        officer=officer.name,
        authority=officer.authority.code,
        role=officer.role,
        training=officer.training,
        granted_by=by.name,
        granted_at=services.now(),
        confirmed_by=by.name,
    )
    number = await membership_rows.grant(unit.connection, wanted)
    if number is not None:
        await record_grant(unit, replace(wanted, id=number), by=by)
    else:
        number = await membership_rows.same(unit.connection, wanted)
    person = await persons.number_of(unit.connection, officer.name)
    return replace(officer, membership=number or 0, person=person)


async def record_grant(unit: UnitOfWork, granted: Membership, *, by: Officer | Actor) -> None:
    """Write a membership that was granted into the ledger."""
    await unit.record(
        "membership.granted",
        by=by,
        about=f"officer/{granted.officer}",
        at=granted.granted_at,
        details={
            "membership": granted.id,
            "authority": granted.authority,
            "role": granted.role,
            "training": granted.training,
            "proposed_by": granted.granted_by,
        },
    )


async def _found(
    services: Services, kind: CredentialKind, secret: str, *, network: str = ""
) -> Credential:
    """The credential, with what its officer may do now: its membership counts as it stands."""
    idle = services.rules.idle if kind is CredentialKind.SESSION else None
    async with services.reading() as reading:
        found = await credential_rows.find(
            reading.connection,
            kind=kind,
            secret_hash=hash_of(secret),
            now=services.now(),
            idle=idle,
        )
        if found is None:
            raise NotSignedIn
        return await _at_work(services, reading, found, network=network)


async def _at_work(
    services: Services, reading: ReadTransaction, found: Credential, *, network: str = ""
) -> Credential:
    if found.account is not None:
        known(await account_rows.by(reading.connection, id=found.account))
    officer = await authorization.officer_from_credential(services, reading, found)
    return replace(found, officer=replace(officer, credential=found.id, network=network))


def _proved_enough(found: Credential) -> bool:
    """Whether a session was proved with as much as its role takes; a token proves nothing more."""
    if found.kind is not CredentialKind.SESSION:
        return True
    has_account = found.account is not None
    return found.proved_by is not None and suffices(
        found.proved_by, found.officer.role, has_account=has_account
    )


async def _replayed(services: Services, secret: str, *, network: str) -> None:
    """Say and record, once, that a revoked token was tried again."""
    async with services.reading() as reading:
        found = await credential_rows.find_any(
            reading.connection, kind=CredentialKind.TOKEN, secret_hash=hash_of(secret)
        )
    if found is None or found.ended_at is None:
        return
    async with services.unit() as unit:
        if await credential_rows.replayed(unit.connection, found.id, now=services.now()):
            await unit.record(
                "token.replayed",
                by=replace(found.officer, credential=found.id, network=network),
                about=f"token/{found.id}",
                at=services.now(),
            )
    raise TokenReplayed(ended=found.ended_at)
