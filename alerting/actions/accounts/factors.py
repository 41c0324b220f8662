"""Proofs of who one is: shown when signing in and before grave acts."""

import secrets
from datetime import timedelta

from alerting.actions.accounts import login_throttle
from alerting.actions.accounts.credentials import ClientContext, hash_of
from alerting.actions.accounts.totp_secrets import opened_totp
from alerting.actions.officers import known
from alerting.credentials import passkeys, totp
from alerting.domain.account import Account, Proof
from alerting.domain.errors import CodeAlreadyUsed, InvalidCredentials
from alerting.domain.ledger import Actor
from alerting.domain.officer import Officer
from alerting.services import Services
from alerting.store.accounts import credentials as credential_rows
from alerting.store.accounts import one_time_tokens
from alerting.store.accounts import repository as account_rows
from alerting.store.accounts.one_time_tokens import TokenPurpose
from alerting.store.unit_of_work import UnitOfWork

CHALLENGE_LASTS = timedelta(minutes=5)
HURRIED_CHALLENGE_LASTS = timedelta(minutes=1)
DIGITS_OF_APP = 6


async def verify_code(
    services: Services, account: Account, code: str, *, by: Officer | Actor
) -> None:
    """Take a code of the app or of the paper; CodeUsed when it opened before, else WrongProof."""
    now = services.now()
    async with services.unit() as unit:
        kept_account_record = await account_rows.get_account_secrets(unit.connection, account.id)
        app = opened_totp(services, account.id, kept_account_record.totp_sealed)
        step = totp.matching_step(app, code, at=now) if app else None
        if step is not None:
            if await account_rows.take_step(unit.connection, account.id, step):
                return
            await record_factor(services, unit, account, "code.replayed", by=by)
        elif await account_rows.take_recovery_code(
            unit.connection, account.id, totp.recovery_hash(code), now=now
        ):
            await record_factor(services, unit, account, "recovery-code.used", by=by)
            return
    if step is not None:
        raise CodeAlreadyUsed
    raise InvalidCredentials


async def verify_passkey(
    services: Services, *, answer: str, challenge: str, holder: Account | None = None
) -> Account:
    """Whose passkey signed; WrongProof when it is unknown, wrong, or not `holder`'s."""
    async with services.unit() as unit:
        token = await one_time_tokens.consume_token(
            unit.connection,
            kind=TokenPurpose.CHALLENGE,
            secret_hash=hash_of(challenge),
            now=services.now(),
        )
        named = passkeys.named_in(answer)
        found = await account_rows.passkeys(unit.connection, credential_id=named) if named else []
        if token is None or not found:
            raise InvalidCredentials
        passkey = found[0]
        account = known(await account_rows.find_account(unit.connection, id=passkey.account))
        count = passkeys.signed(
            passkeys.RelyingParty(services.rules.public_url),
            passkeys.Passkey(passkey.credential_id, passkey.public_key, passkey.sign_count),
            answer=answer,
            challenge=token.details["challenge"],
        )
        if count is None or (holder is not None and holder.id != account.id):
            raise InvalidCredentials
        await account_rows.passkey_used(
            unit.connection, passkey.id, sign_count=count, now=services.now()
        )
    return account


async def verify_password(services: Services, account: Account, password: str) -> None:
    """Compare; WrongProof when it is not the one."""
    async with services.reading() as reading:
        kept_account_record = await account_rows.get_account_secrets(reading.connection, account.id)
    right, _ = await services.hasher.verify(password, kept_account_record.password_hash)
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
        return known(await account_rows.find_account(reading.connection, id=number))


async def begin_passkey_signature(services: Services, *, hurried: bool = False) -> tuple[str, str]:
    """Options for signing with any passkey of this site, as JSON, and what finishes it.

    `hurried`: it lasts a minute only.
    """
    options, challenge = passkeys.ask_to_sign(passkeys.RelyingParty(services.rules.public_url))
    one_time_token = await begin_one_time_token(
        services,
        TokenPurpose.CHALLENGE,
        "",
        {"challenge": challenge},
        lasts=HURRIED_CHALLENGE_LASTS if hurried else CHALLENGE_LASTS,
    )
    return options, one_time_token


async def record_factor(
    services: Services, unit: UnitOfWork, account: Account, what: str, *, by: Officer | Actor
) -> None:
    """Write into the ledger what was done with a factor."""
    await unit.record(what, by=by, about=f"officer/{account.name}", at=services.now())


async def begin_one_time_token(
    services: Services,
    kind: TokenPurpose,
    officer: str,
    details: dict[str, str],
    *,
    lasts: timedelta = CHALLENGE_LASTS,
) -> str:
    """Begin what a secret finishes soon; the secret comes back."""
    secret = secrets.token_urlsafe(32)
    async with services.unit() as unit:
        await one_time_tokens.add_token(
            unit.connection,
            kind=kind,
            secret_hash=hash_of(secret),
            officer=officer,
            details=details,
            now=services.now(),
            until=services.now() + lasts,
        )
    return secret
