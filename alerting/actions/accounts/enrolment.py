"""Setting up what one proves oneself with: a password, an app, passkeys, recovery codes."""

from dataclasses import dataclass
from datetime import timedelta

from alerting.actions.accounts.account_mails import notify_password_changed
from alerting.actions.accounts.credentials import hash_of
from alerting.actions.accounts.factors import begin_one_time_token, record_factor
from alerting.actions.accounts.totp_secrets import opened_totp, sealed_totp
from alerting.credentials import passkeys, passwords, totp
from alerting.domain.account import Account
from alerting.domain.credential import CredentialKind
from alerting.domain.errors import (
    BadRequest,
    InvalidCredentials,
    NotFound,
    WeakPassword,
)
from alerting.domain.ledger import Actor
from alerting.domain.officer import Officer
from alerting.domain.reason import label_shown
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store.accounts import credentials as credential_rows
from alerting.store.accounts import one_time_tokens
from alerting.store.accounts import repository as account_rows
from alerting.store.accounts.one_time_tokens import TokenPurpose
from alerting.store.unit_of_work import UnitOfWork

SETUP_LASTS = timedelta(minutes=30)
LONGEST_LABEL = 64
PASSKEY = msgid("passkey")
LAST_FACTOR = msgid(
    "Your role requires a second factor, and this is your last one: add another one first"
)
KNOWN_PASSKEY = msgid("This device already has a passkey for this account")


@dataclass(frozen=True, slots=True)
class FactorSetup:
    """An authenticator app being set up: what to scan or type, and the secret that finishes it."""

    one_time_token: str
    secret: str
    picture: str


@dataclass(frozen=True, slots=True)
class FactorOverview:
    """What a person can prove themself with, for their own page."""

    passkeys: list[account_rows.PasskeyRecord]
    codes_left: int


async def set_password(
    services: Services, account: Account, password: str, *, by: Officer | Actor
) -> None:
    """Take a new password, end every session and forget every known browser, and say so by mail."""
    hashed = await hash_of_new(services, account, password)
    async with services.unit() as unit:
        await save_password(services, unit, account, hashed, by=by)
        await notify_password_changed(services, unit, account)


async def hash_of_new(services: Services, account: Account, password: str) -> str:
    """The hash of a new password; WeakPassword where others would guess it."""
    about = (account.name, account.full_name, account.email, "alerting")
    fault = passwords.fault_of(password, about=about)
    if fault is not None:
        raise WeakPassword(reason=fault.value)
    return await services.hasher.hash(password)


async def save_password(
    services: Services, unit: UnitOfWork, account: Account, hashed: str, *, by: Officer | Actor
) -> None:
    """Keep it, in the caller's transaction: every session ends, no browser is known any more."""
    await account_rows.update_account(unit.connection, account.id, password_hash=hashed)
    await credential_rows.end_all(
        unit.connection,
        account=account.id,
        kinds=(CredentialKind.SESSION, CredentialKind.PENDING),
        now=services.now(),
    )
    await account_rows.forget_devices(unit.connection, account.id)
    await unit.record(
        "password.changed",
        by=by,
        about=f"officer/{account.name}",
        at=services.now(),
    )


async def list_factors(services: Services, account: Account) -> FactorOverview:
    """The second factors of an account, without their secrets."""
    async with services.reading() as reading:
        return FactorOverview(
            await account_rows.passkeys(reading.connection, account=account.id),
            await account_rows.recovery_codes_left(reading.connection, account.id),
        )


async def begin_totp(services: Services, account: Account) -> FactorSetup:
    """A secret for an authenticator app; nothing changes before its first code is typed."""
    secret = totp.new_secret()
    one_time_token = await begin_one_time_token(
        services,
        TokenPurpose.APP,
        account.name,
        {"sealed": sealed_totp(services, account.id, secret)},
        lasts=SETUP_LASTS,
    )
    return _setup(account, one_time_token, secret)


async def pending_totp(services: Services, account: Account, one_time_token: str) -> FactorSetup:
    """The setup of an authenticator app that was begun, shown again after a wrong code."""
    async with services.reading() as reading:
        token = await one_time_tokens.find_token(
            reading.connection,
            kind=TokenPurpose.APP,
            secret_hash=hash_of(one_time_token),
            now=services.now(),
        )
    if token is None or token.officer != account.name:
        return await begin_totp(services, account)
    return _setup(
        account, one_time_token, opened_totp(services, account.id, token.details["sealed"])
    )


async def confirm_totp(
    services: Services, account: Account, one_time_token: str, code: str, *, by: Officer | Actor
) -> list[str]:
    """The app shows the right code: it is the second factor from now on.

    Fresh recovery codes come back where there were none; shown once.
    """
    async with services.unit() as unit:
        token = await one_time_tokens.find_token(
            unit.connection,
            kind=TokenPurpose.APP,
            secret_hash=hash_of(one_time_token),
            now=services.now(),
        )
        if token is None or token.officer != account.name:
            raise InvalidCredentials
        sealed = token.details["sealed"]
        secret = opened_totp(services, account.id, sealed)
        step = totp.matching_step(secret, code, at=services.now())
        if step is None:
            raise InvalidCredentials
        await one_time_tokens.consume_token(
            unit.connection,
            kind=TokenPurpose.APP,
            secret_hash=hash_of(one_time_token),
            now=services.now(),
        )
        await account_rows.update_account(
            unit.connection, account.id, totp_sealed=sealed, totp_step=step
        )
        await record_factor(services, unit, account, "app.set", by=by)
        return await _first_codes(unit, account)


async def remove_totp(services: Services, account: Account, *, by: Officer | Actor) -> None:
    """No app any more; refused when it is the last factor of a role that needs one."""
    _not_the_last(account, left=account.passkeys)
    async with services.unit() as unit:
        await account_rows.update_account(unit.connection, account.id, totp_sealed="", totp_step=0)
        await record_factor(services, unit, account, "app.removed", by=by)


async def begin_passkey_registration(services: Services, account: Account) -> tuple[str, str]:
    """Options for making a passkey, as JSON, and the secret that finishes it."""
    async with services.reading() as reading:
        held = await account_rows.passkeys(reading.connection, account=account.id)
    options, challenge = passkeys.ask_to_make(
        passkeys.RelyingParty(services.rules.public_url),
        account=account.id,
        name=account.name,
        shown=account.full_name,
        known=[passkey.credential_id for passkey in held],
    )
    one_time_token = await begin_one_time_token(
        services, TokenPurpose.CHALLENGE, account.name, {"challenge": challenge}
    )
    return options, one_time_token


async def save_passkey(
    services: Services,
    account: Account,
    *,
    one_time_token: str,
    answer: str,
    label: str,
    by: Officer | Actor,
) -> list[str]:
    """Keep the passkey a browser made; fresh recovery codes come back where there were none."""
    async with services.unit() as unit:
        token = await one_time_tokens.consume_token(
            unit.connection,
            kind=TokenPurpose.CHALLENGE,
            secret_hash=hash_of(one_time_token),
            now=services.now(),
        )
        if token is None or token.officer != account.name:
            raise InvalidCredentials
        passkey = passkeys.made(
            passkeys.RelyingParty(services.rules.public_url),
            answer=answer,
            challenge=token.details["challenge"],
        )
        if passkey is None:
            raise InvalidCredentials
        if not await account_rows.add_passkey(
            unit.connection,
            unit.database,
            account=account.id,
            credential_id=passkey.credential_id,
            public_key=passkey.public_key,
            sign_count=passkey.sign_count,
            label=label_shown(label)[:LONGEST_LABEL] or "–",
            now=services.now(),
        ):
            raise BadRequest(KNOWN_PASSKEY)
        await record_factor(services, unit, account, "passkey.added", by=by)
        return await _first_codes(unit, account)


async def remove_passkey(
    services: Services, account: Account, number: int, *, by: Officer | Actor
) -> None:
    """Forget one; refused when it is the last factor of a role that needs one."""
    _not_the_last(account, left=account.passkeys - 1 + account.has_app)
    async with services.unit() as unit:
        if not await account_rows.remove_passkey(unit.connection, number, account=account.id):
            raise NotFound(what=PASSKEY, number=number)
        await record_factor(services, unit, account, "passkey.removed", by=by)


async def new_recovery_codes(
    services: Services, account: Account, *, by: Officer | Actor
) -> list[str]:
    """Ten new codes; the old ones open nothing any more."""
    async with services.unit() as unit:
        made = totp.new_recovery_codes()
        await account_rows.set_recovery_codes(
            unit.connection, account.id, [totp.recovery_hash(one) for one in made]
        )
        await record_factor(services, unit, account, "recovery-codes.made", by=by)
    return made


def _setup(account: Account, one_time_token: str, secret: str) -> FactorSetup:
    address = totp.address(secret, holder=account.name, issuer="Alerting")
    return FactorSetup(one_time_token, secret, totp.picture(address))


def _not_the_last(account: Account, *, left: int) -> None:
    if not left and account.needs_second_factor:
        raise BadRequest(LAST_FACTOR)


async def _first_codes(unit: UnitOfWork, account: Account) -> list[str]:
    if await account_rows.recovery_codes_left(unit.connection, account.id):
        return []
    made = totp.new_recovery_codes()
    await account_rows.set_recovery_codes(
        unit.connection, account.id, [totp.recovery_hash(one) for one in made]
    )
    return made
