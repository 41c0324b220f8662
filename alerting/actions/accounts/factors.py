"""Proofs of who one is: shown when signing in and before grave acts, set up on the account page."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from alerting.actions.accounts import login_throttle
from alerting.actions.accounts.sessions import ClientContext, hash_of
from alerting.actions.officers import known
from alerting.actions.staff_notifications.mail import mail_account
from alerting.credentials import passkeys, passwords, totp
from alerting.domain.account import Account, Proof
from alerting.domain.errors import (
    BadRequest,
    CodeAlreadyUsed,
    InvalidCredentials,
    NotFound,
    WeakPassword,
)
from alerting.domain.ledger import Actor
from alerting.domain.officer import GRANTS, Officer, Permission
from alerting.domain.reason import label_shown
from alerting.domain.text.i18n import msgid
from alerting.i18n import translator_for
from alerting.services import Services
from alerting.store.accounts import credentials as credential_rows
from alerting.store.accounts import one_time_tokens
from alerting.store.accounts import repository as account_rows
from alerting.store.accounts.credentials import CredentialKind
from alerting.store.accounts.one_time_tokens import TokenPurpose
from alerting.store.unit_of_work import UnitOfWork

CHALLENGE_LASTS = timedelta(minutes=5)
HURRIED_CHALLENGE_LASTS = timedelta(minutes=1)
DIGITS_OF_APP = 6
SETUP_LASTS = timedelta(minutes=30)
LONGEST_LABEL = 64
PASSKEY = msgid("passkey")
LAST_FACTOR = msgid("Your role needs a second factor, and this is the last one: add another first")
KNOWN_PASSKEY = msgid("This device has a passkey here already")

CHANGED_SUBJECT = msgid("Your password was changed")
CHANGED_TEXT = msgid(
    "The password of your account “{name}” was changed, and every session has ended.\n\n"
    "If this was not you, tell an administrator at once."
)
EMERGENCY_USED_SUBJECT = msgid("The emergency account was used")
EMERGENCY_USED_TEXT = msgid(
    "Somebody signed in with the emergency account “{name}” on {moment}.\n\n"
    "If nobody you know of did, end it at once on the page of people: {address}"
)


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


def sealed_totp(services: Services, account: int, secret: str) -> str:
    """The secret of an account's app as it is kept."""
    return services.keyring.seal(secret, about=f"app of account {account}")


def opened_totp(services: Services, account: int, sealed: str) -> str:
    """The secret again; KeyMissing where the keyring lacks its key. Empty for no app."""
    return sealed and services.keyring.open(sealed, about=f"app of account {account}")


async def verify_code(
    services: Services, account: Account, code: str, *, by: Officer | Actor
) -> None:
    """Take a code of the app or of the paper; CodeUsed when it opened before, else WrongProof."""
    now = services.now()
    async with services.unit() as unit:
        kept = await account_rows.kept(unit.connection, account.id)
        app = opened_totp(services, account.id, kept.totp_sealed)
        step = totp.matching_step(app, code, at=now) if app else None
        if step is not None:
            if await account_rows.take_step(unit.connection, account.id, step):
                return
            await _changed(services, unit, account, "code.replayed", by=by)
        elif await account_rows.take_recovery_code(
            unit.connection, account.id, totp.recovery_hash(code), now=now
        ):
            await _changed(services, unit, account, "recovery-code.used", by=by)
            return
    if step is not None:
        raise CodeAlreadyUsed
    raise InvalidCredentials


async def verify_passkey(
    services: Services, *, answer: str, challenge: str, holder: Account | None = None
) -> Account:
    """Whose passkey signed; WrongProof when it is unknown, wrong, or not `holder`'s."""
    async with services.unit() as unit:
        asked = await one_time_tokens.finish(
            unit.connection,
            kind=TokenPurpose.CHALLENGE,
            secret_hash=hash_of(challenge),
            now=services.now(),
        )
        named = passkeys.named_in(answer)
        found = await account_rows.passkeys(unit.connection, credential_id=named) if named else []
        if asked is None or not found:
            raise InvalidCredentials
        one = found[0]
        account = known(await account_rows.by(unit.connection, id=one.account))
        count = passkeys.signed(
            passkeys.Site(services.rules.public_url),
            passkeys.Passkey(one.credential_id, one.public_key, one.sign_count),
            answer=answer,
            challenge=asked.details["challenge"],
        )
        if count is None or (holder is not None and holder.id != account.id):
            raise InvalidCredentials
        await account_rows.passkey_used(
            unit.connection, one.id, sign_count=count, now=services.now()
        )
    return account


async def verify_password(services: Services, account: Account, password: str) -> None:
    """Compare; WrongProof when it is not the one."""
    async with services.reading() as reading:
        kept = await account_rows.kept(reading.connection, account.id)
    right, _ = await services.hasher.verify(password, kept.password_hash)
    if not right:
        raise InvalidCredentials


async def reauthenticate(
    services: Services,
    account: Account,
    session: int,
    *,
    password: str,
    code: str,
    where: ClientContext,
) -> None:
    """Before a grave act: a code where there is an app, else the password. The session is fresh."""
    counted = login_throttle.sign_in_limits(
        "again", name=account.name, network=f"session/{session}"
    )
    if code.strip():
        counted = (*login_throttle.code_limits(account.id), *counted)
    async with services.unit() as unit:
        await login_throttle.consume_attempt(services, unit, counted)
    proved_by = None
    if code.strip():
        by = where.actor(account, credential=session)
        await verify_code(services, account, code, by=by)
        is_app = len("".join(code.split())) == DIGITS_OF_APP
        proved_by = Proof.TOTP if is_app else Proof.RECOVERY_CODE
    elif account.has_app or account.emergency:
        raise InvalidCredentials
    else:
        await verify_password(services, account, password)
    async with services.unit() as unit:
        await login_throttle.reset_attempts(unit, counted)
        await credential_rows.confirm(
            unit.connection, session, now=services.now(), proved_by=proved_by
        )


async def reauthenticate_by_passkey(
    services: Services, account: Account | None, session: int, *, answer: str, challenge: str
) -> None:
    """Before a grave act: a passkey of the session's own account, and of nobody else's."""
    if account is None:
        raise InvalidCredentials
    await verify_passkey(services, answer=answer, challenge=challenge, holder=account)
    await mark_fresh(services, session, Proof.PASSKEY)


async def mark_fresh(services: Services, session: int, proved_by: Proof | None = None) -> None:
    """The holder of this session just proved who they are; `proved_by` where by a second factor."""
    async with services.unit() as unit:
        await credential_rows.confirm(
            unit.connection, session, now=services.now(), proved_by=proved_by
        )


async def account_of(services: Services, number: int) -> Account:
    """A living account."""
    async with services.reading() as reading:
        return known(await account_rows.by(reading.connection, id=number))


async def set_password(
    services: Services, account: Account, password: str, *, by: Officer | Actor
) -> None:
    """Take a new password, end every session and forget every known browser, and say so by mail."""
    hashed = await hash_of_new(services, account, password)
    async with services.unit() as unit:
        await save_password(services, unit, account, hashed, by=by)


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
    await account_rows.change(unit.connection, account.id, password_hash=hashed)
    await credential_rows.end_all(
        unit.connection,
        account=account.id,
        kinds=(CredentialKind.SESSION, CredentialKind.HALF),
        now=services.now(),
    )
    await account_rows.forget_devices(unit.connection, account.id)
    await unit.record(
        "password.changed",
        by=by,
        about=f"officer/{account.name}",
        at=services.now(),
    )


async def notify_password_changed(services: Services, account: Account) -> None:
    """A letter to the holder, who may not have been the one who did it."""
    await mail_account(services, account, CHANGED_SUBJECT, CHANGED_TEXT, name=account.name)


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
    one_time_token = await _begin(
        services,
        TokenPurpose.APP,
        account.name,
        {"sealed": sealed_totp(services, account.id, secret)},
        lasts=SETUP_LASTS,
    )
    return _setup(account, one_time_token, secret)


async def pending_totp(services: Services, account: Account, one_time_token: str) -> FactorSetup:
    """The same setup again, after a wrong code."""
    async with services.reading() as reading:
        found = await one_time_tokens.look(
            reading.connection,
            kind=TokenPurpose.APP,
            secret_hash=hash_of(one_time_token),
            now=services.now(),
        )
    if found is None or found.officer != account.name:
        return await begin_totp(services, account)
    return _setup(
        account, one_time_token, opened_totp(services, account.id, found.details["sealed"])
    )


async def confirm_totp(
    services: Services, account: Account, one_time_token: str, code: str, *, by: Officer | Actor
) -> list[str]:
    """The app shows the right code: it is the second factor from now on.

    Fresh recovery codes come back where there were none; shown once.
    """
    async with services.unit() as unit:
        found = await one_time_tokens.look(
            unit.connection,
            kind=TokenPurpose.APP,
            secret_hash=hash_of(one_time_token),
            now=services.now(),
        )
        if found is None or found.officer != account.name:
            raise InvalidCredentials
        sealed = found.details["sealed"]
        secret = opened_totp(services, account.id, sealed)
        step = totp.matching_step(secret, code, at=services.now())
        if step is None:
            raise InvalidCredentials
        await one_time_tokens.finish(
            unit.connection,
            kind=TokenPurpose.APP,
            secret_hash=hash_of(one_time_token),
            now=services.now(),
        )
        await account_rows.change(unit.connection, account.id, totp_sealed=sealed, totp_step=step)
        await _changed(services, unit, account, "app.set", by=by)
        return await _first_codes(unit, account)


async def remove_totp(services: Services, account: Account, *, by: Officer | Actor) -> None:
    """No app any more; refused when it is the last factor of a role that needs one."""
    _not_the_last(account, left=account.passkeys)
    async with services.unit() as unit:
        await account_rows.change(unit.connection, account.id, totp_sealed="", totp_step=0)
        await _changed(services, unit, account, "app.removed", by=by)


async def begin_passkey_registration(services: Services, account: Account) -> tuple[str, str]:
    """Options for making a passkey, as JSON, and the secret that finishes it."""
    async with services.reading() as reading:
        held = await account_rows.passkeys(reading.connection, account=account.id)
    options, challenge = passkeys.ask_to_make(
        passkeys.Site(services.rules.public_url),
        account=account.id,
        name=account.name,
        shown=account.full_name,
        known=[one.credential_id for one in held],
    )
    one_time_token = await _begin(
        services, TokenPurpose.CHALLENGE, account.name, {"challenge": challenge}
    )
    return options, one_time_token


async def begin_passkey_signature(services: Services, *, hurried: bool = False) -> tuple[str, str]:
    """Options for signing with any passkey of this site, as JSON, and what finishes it.

    `hurried`: it lasts a minute only.
    """
    options, challenge = passkeys.ask_to_sign(passkeys.Site(services.rules.public_url))
    one_time_token = await _begin(
        services,
        TokenPurpose.CHALLENGE,
        "",
        {"challenge": challenge},
        lasts=HURRIED_CHALLENGE_LASTS if hurried else CHALLENGE_LASTS,
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
        asked = await one_time_tokens.finish(
            unit.connection,
            kind=TokenPurpose.CHALLENGE,
            secret_hash=hash_of(one_time_token),
            now=services.now(),
        )
        if asked is None or asked.officer != account.name:
            raise InvalidCredentials
        made = passkeys.made(
            passkeys.Site(services.rules.public_url),
            answer=answer,
            challenge=asked.details["challenge"],
        )
        if made is None:
            raise InvalidCredentials
        if not await account_rows.add_passkey(
            unit.connection,
            unit.database,
            account=account.id,
            credential_id=made.credential_id,
            public_key=made.public_key,
            sign_count=made.sign_count,
            label=label_shown(label)[:LONGEST_LABEL] or "–",
            now=services.now(),
        ):
            raise BadRequest(KNOWN_PASSKEY)
        await _changed(services, unit, account, "passkey.added", by=by)
        return await _first_codes(unit, account)


async def remove_passkey(
    services: Services, account: Account, number: int, *, by: Officer | Actor
) -> None:
    """Forget one; refused when it is the last factor of a role that needs one."""
    _not_the_last(account, left=account.passkeys - 1 + account.has_app)
    async with services.unit() as unit:
        if not await account_rows.remove_passkey(unit.connection, number, account=account.id):
            raise NotFound(what=PASSKEY, number=number)
        await _changed(services, unit, account, "passkey.removed", by=by)


async def new_recovery_codes(
    services: Services, account: Account, *, by: Officer | Actor
) -> list[str]:
    """Ten new codes; the old ones open nothing any more."""
    async with services.unit() as unit:
        made = totp.new_recovery_codes()
        await account_rows.set_recovery_codes(
            unit.connection, account.id, [totp.recovery_hash(one) for one in made]
        )
        await _changed(services, unit, account, "recovery-codes.made", by=by)
    return made


async def notify_emergency_account_used(
    services: Services,
    account: Account,
    subject: str = EMERGENCY_USED_SUBJECT,
    text: str = EMERGENCY_USED_TEXT,
) -> None:
    """A letter to every administrator."""
    async with services.reading() as reading:
        everyone = await account_rows.list_accounts(reading.connection)
    for one in everyone:
        may = any(Permission.MANAGE_ACCESS in GRANTS[held.role] for held in one.memberships)
        if one.ended_at is None and not one.emergency and may:
            await mail_account(
                services,
                one,
                subject,
                text,
                name=account.name,
                moment=translator_for(one.language).moment(services.now()),
                address=f"{services.rules.public_url}/users",
            )


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


async def _changed(
    services: Services, unit: UnitOfWork, account: Account, what: str, *, by: Officer | Actor
) -> None:
    await unit.record(what, by=by, about=f"officer/{account.name}", at=services.now())


async def _begin(
    services: Services,
    kind: TokenPurpose,
    officer: str,
    details: dict[str, str],
    *,
    lasts: timedelta = CHALLENGE_LASTS,
) -> str:
    secret = secrets.token_urlsafe(32)
    async with services.unit() as unit:
        await one_time_tokens.begin(
            unit.connection,
            kind=kind,
            secret_hash=hash_of(secret),
            officer=officer,
            details=details,
            now=services.now(),
            until=services.now() + lasts,
        )
    return secret
