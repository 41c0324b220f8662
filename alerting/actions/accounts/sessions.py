"""Browser sessions: opened by a proof, ended by their holder, by time, or by who may."""

import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from alerting.actions import authorization
from alerting.actions.accounts.account_mails import notify_signed_out
from alerting.actions.accounts.credentials import ClientContext, at_work, find_credential, hash_of
from alerting.actions.officers import known
from alerting.domain.account import Proof, needs_second_factor, suffices
from alerting.domain.credential import Credential, CredentialKind
from alerting.domain.errors import (
    BadRequest,
    NeedsSecondFactor,
    NotFound,
    NotSignedIn,
    OneMembership,
    SignedOutOften,
)
from alerting.domain.ledger import Actor
from alerting.domain.officer import Officer
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store import ledger as ledger_rows
from alerting.store.accounts import credentials as credential_rows
from alerting.store.accounts import repository as account_rows
from alerting.store.accounts.credentials import A_MINUTE
from alerting.store.unit_of_work import UnitOfWork

SESSION = msgid("session")
SESSIONS_ENDED = "sessions.ended"
MOST_SIGN_OUTS = 5
"""Times that one administrator signs the same person out within A_DAY."""
A_DAY = timedelta(days=1)

ONE_FACTOR = msgid("This role requires a second factor: set one up on your account page")


async def officer_by_session(services: Services, secret: str) -> Officer:
    """Whose browser session this is."""
    return (await get_session(services, secret)).officer


async def get_session(services: Services, secret: str, *, network: str = "") -> Credential:
    """A living browser session; that it is used keeps it from going idle.

    `network`: the client's address. NeedsSecondFactor where its holder's role, as it stands now,
    takes more than it was proved with.
    """
    credential = await find_credential(services, CredentialKind.SESSION, secret, network=network)
    if not _proved_enough(credential):
        raise NeedsSecondFactor
    if credential.used_at is None or credential.used_at <= services.now() - A_MINUTE:
        async with services.unit() as unit:
            await credential_rows.used(unit.connection, credential.id, now=services.now())
    return credential


async def is_session_alive(services: Services, opened: Credential) -> bool:
    """Whether a session or token still opens the same: what is watched for long asks now and then.

    False once it has ended or expired, its account or membership has, or its role has changed.
    """
    async with services.reading() as reading:
        credential = await credential_rows.living(reading.connection, opened.id, now=services.now())
        if credential is None:
            return False
        try:
            credential = await at_work(services, reading, credential)
        except NotSignedIn:
            return False
    return credential.officer == opened.officer and _proved_enough(credential)


async def expired_session(services: Services, secret: str) -> Credential | None:
    """A session by its secret, even when it has ended: whose form is being kept."""
    async with services.reading() as reading:
        return await credential_rows.find_any(
            reading.connection, kind=CredentialKind.SESSION, secret_hash=hash_of(secret)
        )


async def list_sessions(services: Services, name: str) -> list[Credential]:
    """One person's living sessions, newest first."""
    async with services.reading() as reading:
        credentials = await credential_rows.list_credentials(
            reading.connection, CredentialKind.SESSION, officer=name, living_at=services.now()
        )
    since = services.now() - services.rules.idle
    return [one for one in credentials if (one.used_at or one.created_at) > since]


async def end_session(services: Services, number: int, *, by: Officer | Actor, holder: str) -> None:
    """End one session of a person, at once; they are told where it is somebody else who does."""
    living = {credential.id: credential for credential in await list_sessions(services, holder)}
    if number not in living:
        raise NotFound(what=SESSION, number=number)
    async with services.unit() as unit:
        ended = await credential_rows.end(unit.connection, number, now=services.now())
        if ended:
            await unit.record(
                "session.ended",
                by=by,
                about=f"officer/{holder}",
                at=services.now(),
                details={"session": number},
            )
            place = living[number].officer.authority.code
            await notify_signed_out(services, unit, holder, {place}, by=by.name)


async def end_sessions(
    services: Services,
    *,
    by: Officer | Actor,
    holder: str,
    but: int | None = None,
    among: Collection[str] | None = None,
) -> int:
    """End all sessions of a person, or all but one; how many there were.

    `among`: only those that act for one of these authorities. Whoever is signed out by somebody
    else is told, and so are the administrators there. SignedOutOften where that was done
    MOST_SIGN_OUTS times within a day: who must stay out for longer loses their membership.
    """
    living = [
        credential
        for credential in await list_sessions(services, holder)
        if credential.id != but and (among is None or credential.officer.authority.code in among)
    ]
    if not living:
        return 0
    about, now = f"officer/{holder}", services.now()
    async with services.unit() as unit:
        if isinstance(by, Officer) and by.name != holder:
            await unit.database.lock_ledger(unit.connection)
            times = await ledger_rows.number_since(
                unit.connection, about=about, acts={SESSIONS_ENDED}, by=by.name, since=now - A_DAY
            )
            if times >= MOST_SIGN_OUTS:
                raise SignedOutOften(name=holder, number=times)
        for credential in living:
            await credential_rows.end(unit.connection, credential.id, now=now)
        await unit.record(
            SESSIONS_ENDED, by=by, about=about, at=now, details={"number": len(living)}
        )
        places = {credential.officer.authority.code for credential in living}
        await notify_signed_out(services, unit, holder, places, by=by.name)
    return len(living)


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
        credential = await find_credential(services, CredentialKind.SESSION, secret)
    except NotSignedIn:
        return
    async with services.unit() as unit:
        await credential_rows.end(unit.connection, credential.id, now=services.now())


async def switch_membership(
    services: Services, secret: str, membership: int, *, network: str = ""
) -> Officer:
    """Go on in a browser session under another membership of the same person.

    OneMembership where a one-time link opened it; NeedsSecondFactor where it was proved with less
    than the other membership's role takes.
    """
    credential = await find_credential(services, CredentialKind.SESSION, secret, network=network)
    if credential.account is None:
        raise OneMembership
    async with services.unit() as unit:
        chosen = await authorization.as_member_of(
            services, unit, credential.officer.person, membership
        )
        if needs_second_factor(chosen.role):
            holder = known(await account_rows.find_account(unit.connection, id=credential.account))
            if not holder.has_second_factor and credential.proved_by is not Proof.OIDC_MFA:
                raise BadRequest(ONE_FACTOR)
        if not _proved_enough(replace(credential, officer=chosen)):
            raise NeedsSecondFactor
        await credential_rows.work_under(unit.connection, credential.id, chosen)
        await unit.record(
            "officer.changed-membership",
            by=replace(chosen, credential=credential.id, network=network),
            about=f"officer/{chosen.name}",
            at=services.now(),
            details={"role": chosen.role, "authority": chosen.authority.code},
        )
    return chosen


def _proved_enough(credential: Credential) -> bool:
    """Whether a session was proved with as much as its role takes; a token proves nothing more."""
    if credential.kind is not CredentialKind.SESSION:
        return True
    has_account = credential.account is not None
    return credential.proved_by is not None and suffices(
        credential.proved_by, credential.officer.role, has_account=has_account
    )
