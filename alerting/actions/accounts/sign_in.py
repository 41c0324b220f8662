"""Sign in with a password and a second factor, with a passkey, or at the authority's provider."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from alerting.actions.accounts import account_mails, factors, login_throttle
from alerting.actions.accounts.credentials import ClientContext, hash_of
from alerting.actions.accounts.sessions import create_session
from alerting.actions.officers import known, officer_of
from alerting.domain.account import Account, Proof
from alerting.domain.credential import CredentialKind
from alerting.domain.errors import AlertingError, InvalidCredentials, NotSignedIn
from alerting.services import Services
from alerting.store.accounts import credentials as credential_rows
from alerting.store.accounts import repository as account_rows
from alerting.store.unit_of_work import UnitOfWork

PENDING_LASTS = timedelta(minutes=10)
TRIES_OF_A_SECOND_FACTOR = 5
DIGITS_OF_APP = 6


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """The password was right: `secret` waits for a second factor, or for one to be set up."""

    secret: str
    account: Account


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Signed in: the session's secret, and a new one for the browser's own cookie."""

    session: str
    device: str
    account: Account


async def sign_in_by_password(
    services: Services, *, name: str, password: str, where: ClientContext
) -> PendingSignIn | SignedIn:
    """The first step. Takes as long for a name nobody has as for one somebody has.

    Once the tries from a network are spent a wrong one is TooManyAttempts, and so is the right
    password of an account without a second factor: alone it would be all there is to guess.
    """
    name = name.strip().casefold()
    account = await _somebody(services, name)
    counted = await _counted(services, "password", name, account, where)
    async with services.unit() as unit:
        spent = await login_throttle.is_spent(services, unit, counted)
    kept = ""
    if account is not None:
        async with services.reading() as reading:
            kept = (
                await account_rows.get_account_secrets(reading.connection, account.id)
            ).password_hash
    right, newer = await services.hasher.verify(password, kept, yielding=spent is not None)
    if account is None or not right:
        raise spent or InvalidCredentials()
    if spent is not None and not account.has_second_factor:
        raise spent
    async with services.unit() as unit:
        await login_throttle.reset_attempts(unit, counted[:1] if spent else counted)
        if newer:
            await account_rows.update_account(unit.connection, account.id, password_hash=newer)
        if account.has_second_factor or account.needs_second_factor:
            return PendingSignIn(await _half(services, unit, account, where), account)
        return await complete_sign_in_within(
            services, unit, account, proved_by=Proof.PASSWORD, where=where
        )


async def load_pending(services: Services, secret: str) -> Account:
    """Whose pending sign-in this is; NotSignedIn when it is over."""
    async with services.reading() as reading:
        credential = await credential_rows.find(
            reading.connection,
            kind=CredentialKind.PENDING,
            secret_hash=hash_of(secret),
            now=services.now(),
        )
        if credential is None:
            raise NotSignedIn
        return known(await account_rows.find_account(reading.connection, id=credential.account))


async def sign_in_by_code(
    services: Services, pending: str, *, code: str, where: ClientContext
) -> SignedIn:
    """The second step: a code of the app, or one from the paper."""
    account = await _attempt_of(services, pending, where)
    await factors.verify_code(services, account, code, by=where.actor(account))
    is_app = len(recovery_digits(code)) == DIGITS_OF_APP
    proved_by = Proof.TOTP if is_app else Proof.RECOVERY_CODE
    return await _second(services, pending, account, proved_by=proved_by, where=where)


async def begin_passkey_sign_in(services: Services, *, where: ClientContext) -> tuple[str, str]:
    """What a browser needs for signing with a passkey, and the secret that finishes it.

    A network that asks too often gets answers that last less long, so that few are kept.
    """
    counted = await _flood(services, "passkey-asked", where)
    async with services.unit() as unit:
        spent = await login_throttle.is_spent(services, unit, counted)
    return await factors.begin_passkey_signature(services, hurried=spent is not None)


async def sign_in_by_passkey(
    services: Services, *, answer: str, challenge: str, where: ClientContext
) -> SignedIn:
    """A passkey is both factors at once; it says itself whose it is."""
    counted = await _flood(services, "passkey", where)
    async with services.unit() as unit:
        spent = await login_throttle.is_spent(services, unit, counted)
    try:
        account = await factors.verify_passkey(services, answer=answer, challenge=challenge)
    except InvalidCredentials:
        raise spent or InvalidCredentials() from None
    async with services.unit() as unit:
        if spent is None:
            await login_throttle.reset_attempts(unit, counted)
        return await complete_sign_in_within(
            services, unit, account, proved_by=Proof.PASSKEY, where=where
        )


async def sign_in_by_provider(
    services: Services, *, subject: str, email: str, strong: bool, where: ClientContext
) -> PendingSignIn | SignedIn:
    """Somebody the provider knows. `email` is empty unless the provider verified it.

    The first time the address says whose account it is; from then on only the subject does, which
    is linked to the account once the sign-in is whole, its second factor included.
    `strong` when the provider says that it asked for two factors.
    """
    linked = ""
    async with services.unit() as unit:
        account = await account_rows.find_account(unit.connection, subject=subject)
        if account is None and email:
            account = await account_rows.find_account(
                unit.connection, email=email.casefold(), subject=None, emergency=False
            )
            linked = subject
        account = known(account)
        if strong or not (account.has_second_factor or account.needs_second_factor):
            await _link(services, unit, account, linked, where)
            proved_by = Proof.OIDC_MFA if strong else Proof.OIDC
            return await complete_sign_in_within(
                services, unit, account, proved_by=proved_by, where=where
            )
        return PendingSignIn(await _half(services, unit, account, where, subject=linked), account)


async def pending_of_session(
    services: Services, secret: str, client: ClientContext
) -> PendingSignIn:
    """What asks the holder of a session for the second factor that their role needs by now.

    NotSignedIn where the session is over, has no account, or was proved too long ago to set up a
    first factor from it: whoever finds an open browser must not add theirs.
    """
    async with services.unit() as unit:
        credential = await credential_rows.find(
            unit.connection,
            kind=CredentialKind.SESSION,
            secret_hash=hash_of(secret),
            now=services.now(),
            idle=services.rules.idle,
        )
        if credential is None or credential.account is None:
            raise NotSignedIn
        account = known(await account_rows.find_account(unit.connection, id=credential.account))
        proved_at = credential.confirmed_at or credential.created_at
        stale = services.now() - proved_at > services.rules.fresh
        if stale and not account.has_second_factor:
            raise NotSignedIn
        return PendingSignIn(await _half(services, unit, account, client), account)


async def complete_second_factor(
    services: Services, pending: str, *, proved_by: Proof = Proof.TOTP, where: ClientContext
) -> SignedIn:
    """The second factor was just set up, and with it the sign-in is whole."""
    account = await load_pending(services, pending)
    if not account.has_second_factor:
        raise NotSignedIn
    return await _second(services, pending, account, proved_by=proved_by, where=where)


async def begin_second_factor(
    services: Services, unit: UnitOfWork, account: Account, client: ClientContext
) -> str:
    """For somebody who just chose a password by a link from their mail."""
    return await _half(services, unit, account, client)


async def complete_sign_in(
    services: Services, account: Account, *, proved_by: Proof, where: ClientContext
) -> SignedIn:
    """A session for somebody whose proof was taken elsewhere."""
    async with services.unit() as unit:
        return await complete_sign_in_within(
            services, unit, account, proved_by=proved_by, where=where
        )


async def notify_sign_in(services: Services, entered: SignedIn) -> None:
    """Tell every administrator that the emergency account was opened; they may know nothing of
    it.
    """
    if entered.account.emergency:
        async with services.unit() as unit:
            await account_mails.notify_emergency_account_used(services, unit, entered.account)


def recovery_digits(code: str) -> str:
    """A code without the blanks people type."""
    return "".join(code.split())


async def _somebody(services: Services, name: str) -> Account | None:
    async with services.reading() as reading:
        account = await account_rows.find_account(
            reading.connection, name=name
        ) or await account_rows.find_account(reading.connection, email=name)
    return account if account is not None and account.ended_at is None else None


async def _counted(
    services: Services, act: str, name: str, account: Account | None, client: ClientContext
) -> Sequence[login_throttle.AttemptLimit]:
    """A known browser counts by itself, but only for the person who signed in from it."""
    device = hash_of(client.device) if client.device else ""
    async with services.reading() as reading:
        holder = await account_rows.device_holder(reading.connection, device)
    own = account is not None and holder == account.id
    return login_throttle.sign_in_limits(
        act,
        name=account.name if account else name,
        network=client.network,
        device=device if own else "",
    )


async def _counted_codes(
    services: Services, account: Account, client: ClientContext
) -> Sequence[login_throttle.AttemptLimit]:
    device = hash_of(client.device) if client.device else ""
    async with services.reading() as reading:
        holder = await account_rows.device_holder(reading.connection, device)
    return login_throttle.code_limits(account.id, device if holder == account.id else "")


async def _flood(
    services: Services, act: str, client: ClientContext
) -> Sequence[login_throttle.AttemptLimit]:
    """Counts of tries that name nobody; a known browser is again counted by itself."""
    device = hash_of(client.device) if client.device else ""
    async with services.reading() as reading:
        holder = await account_rows.device_holder(reading.connection, device)
    return login_throttle.sign_in_limits(
        act, name="", network=client.network, device=device if holder is not None else ""
    )


async def _link(
    services: Services, unit: UnitOfWork, account: Account, subject: str, client: ClientContext
) -> None:
    """Keep who an account's holder is at the provider; NotSignedIn where either has another."""
    if not subject:
        return
    free = await account_rows.find_account(unit.connection, id=account.id, subject=None)
    if (
        free is None
        or await account_rows.find_account(unit.connection, subject=subject) is not None
    ):
        raise NotSignedIn
    await account_rows.update_account(unit.connection, account.id, subject=subject)
    await unit.record(
        "account.linked",
        by=client.actor(account),
        about=f"officer/{account.name}",
        at=services.now(),
    )


async def _half(
    services: Services,
    unit: UnitOfWork,
    account: Account,
    client: ClientContext,
    *,
    subject: str = "",
) -> str:
    secret = secrets.token_urlsafe(32)
    await credential_rows.add(
        unit.connection,
        kind=CredentialKind.PENDING,
        secret_hash=hash_of(secret),
        officer=officer_of(account),
        created_at=services.now(),
        expires_at=services.now() + PENDING_LASTS,
        account=account.id,
        client=client.client,
        subject=subject,
    )
    return secret


async def _attempt_of(services: Services, pending: str, client: ClientContext) -> Account:
    """Count a try of a second factor: on this pending sign-in, and on the account."""
    account = await load_pending(services, pending)
    counted = await _counted_codes(services, account, client)
    refusal: AlertingError | None = None
    async with services.unit() as unit:
        await login_throttle.consume_attempt(services, unit, counted)
        credential = await credential_rows.find(
            unit.connection,
            kind=CredentialKind.PENDING,
            secret_hash=hash_of(pending),
            now=services.now(),
        )
        if credential is None:
            raise NotSignedIn
        if (
            await credential_rows.count_attempt(unit.connection, credential.id)
            > TRIES_OF_A_SECOND_FACTOR
        ):
            await credential_rows.end(unit.connection, credential.id, now=services.now())
            refusal = NotSignedIn()
    if refusal is not None:
        raise refusal
    return account


async def _second(
    services: Services, pending: str, account: Account, *, proved_by: Proof, where: ClientContext
) -> SignedIn:
    counted = await _counted_codes(services, account, where)
    async with services.unit() as unit:
        credential = await credential_rows.find(
            unit.connection,
            kind=CredentialKind.PENDING,
            secret_hash=hash_of(pending),
            now=services.now(),
        )
        # Two tabs finish the same sign-in: one of them does.
        if credential is None or not await credential_rows.end(
            unit.connection, credential.id, now=services.now()
        ):
            raise NotSignedIn
        await login_throttle.reset_attempts(unit, counted)
        await _link(services, unit, account, credential.subject, where)
        return await complete_sign_in_within(
            services, unit, account, proved_by=proved_by, where=where
        )


async def complete_sign_in_within(
    services: Services,
    unit: UnitOfWork,
    account: Account,
    *,
    proved_by: Proof,
    where: ClientContext,
) -> SignedIn:
    """Open the session in the transaction in which the proof is taken."""
    session = await create_session(
        services, unit, officer_of(account), proved_by=proved_by, where=where, account=account.id
    )
    if account.emergency:
        await unit.record(
            "break-glass.used",
            by=where.actor(account),
            about=f"officer/{account.name}",
            at=services.now(),
        )
    device = where.device
    if (
        not device
        or await account_rows.device_holder(unit.connection, hash_of(device)) != account.id
    ):
        device = secrets.token_urlsafe(32)
        await account_rows.know_device(
            unit.connection, hash_of(device), account=account.id, now=services.now()
        )
    return SignedIn(session, device, account)
