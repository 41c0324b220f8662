"""Coming in by a link from one's mail: the first time, or with a password that was forgotten."""

import secrets
from datetime import timedelta

from alerting.actions.accounts import account_mails, enrolment, login_throttle
from alerting.actions.accounts.credentials import ClientContext, hash_of
from alerting.actions.accounts.sign_in import (
    PendingSignIn,
    SignedIn,
    begin_second_factor,
    complete_sign_in_within,
)
from alerting.actions.officers import known
from alerting.actions.staff_notifications.mail import mail_account
from alerting.domain.account import Account, Proof
from alerting.domain.errors import NotSignedIn, TooManyAttempts
from alerting.domain.text.i18n import msgid
from alerting.mailer import EmailResult
from alerting.services import Services
from alerting.store.accounts import one_time_tokens
from alerting.store.accounts import repository as account_rows
from alerting.store.accounts.one_time_tokens import TokenPurpose
from alerting.store.unit_of_work import UnitOfWork

INVITATION_LASTS = timedelta(hours=72)
RESET_LASTS = timedelta(hours=1)
KINDS = (TokenPurpose.INVITATION, TokenPurpose.RESET)

INVITED_SUBJECT = msgid("Your account for the alerting console")
INVITED_TEXT = msgid(
    "You have been invited to use the alerting console, with the user name “{name}”.\n\n"
    "Set your password here within three days:\n\n{link}\n\nAnyone who has this link can "
    "take over the account: do not pass it on."
)
FORGOTTEN_SUBJECT = msgid("New password for the alerting console")
FORGOTTEN_TEXT = msgid(
    "Someone, probably you, requested a new password for “{name}”.\n\nSet it here within "
    "one hour:\n\n{link}\n\nIf it was not you, you can ignore this e-mail: nothing has "
    "changed."
)


async def invitation_link(services: Services, unit: UnitOfWork, account: Account) -> str:
    """A link to choose a first password by, kept in the transaction that makes the account."""
    return await _link(services, unit, TokenPurpose.INVITATION, account, INVITATION_LASTS)


async def withdraw_link(services: Services, link: str) -> None:
    """Let a link open nothing: its e-mail could not be sent."""
    async with services.unit() as unit:
        await one_time_tokens.consume_token(
            unit.connection,
            kind=TokenPurpose.INVITATION,
            secret_hash=hash_of(link.rpartition("key=")[2]),
            now=services.now(),
        )


async def send_invitation(services: Services, account: Account, link: str) -> bool:
    """An e-mail with the link, once it is kept; whether somebody took it."""
    mailed = await mail_account(
        services, account, INVITED_SUBJECT, INVITED_TEXT, name=account.name, link=link
    )
    return mailed is EmailResult.TAKEN


async def request_password_reset(services: Services, email: str, *, network: str) -> None:
    """An e-mail to the holder of this address, if there is one. Answers nothing either way."""
    counted = login_throttle.sign_in_limits("forgotten", name=email.strip(), network=network)
    async with services.unit() as unit:
        try:
            await login_throttle.consume_attempt(services, unit, counted)
        except TooManyAttempts:
            return
        account = await account_rows.find_account(unit.connection, email=email.strip().casefold())
        if account is None or account.ended_at is not None or account.emergency:
            return
        link = await _link(services, unit, TokenPurpose.RESET, account, RESET_LASTS)
    await mail_account(
        services, account, FORGOTTEN_SUBJECT, FORGOTTEN_TEXT, name=account.name, link=link
    )


async def account_of_link(services: Services, secret: str) -> Account:
    """Whose link this is; looking does not use it up.

    An invitation opens nothing once its account is in use: whoever kept the link could take it.
    """
    async with services.reading() as reading:
        for kind in KINDS:
            token = await one_time_tokens.find_token(
                reading.connection, kind=kind, secret_hash=hash_of(secret), now=services.now()
            )
            if token is None:
                continue
            account = known(await account_rows.find_account(reading.connection, name=token.officer))
            if kind is TokenPurpose.RESET or not account.came_in:
                return account
    raise NotSignedIn


async def set_password_by_link(
    services: Services, secret: str, password: str, *, where: ClientContext
) -> PendingSignIn | SignedIn:
    """Use up the link and take the password. The second factor is asked for, or set up, next.

    One transaction: of two who post the same link at once, one sets a password, and is signed in.
    """
    account = await account_of_link(services, secret)
    hashed = await enrolment.hash_of_new(services, account, password)
    async with services.unit() as unit:
        tokens = [
            await one_time_tokens.consume_token(
                unit.connection, kind=kind, secret_hash=hash_of(secret), now=services.now()
            )
            for kind in KINDS
        ]
        if not any(tokens):
            raise NotSignedIn
        for kind in KINDS:
            await one_time_tokens.delete_tokens_of(unit.connection, kind=kind, officer=account.name)
        await enrolment.save_password(services, unit, account, hashed, by=where.actor(account))
        made: PendingSignIn | SignedIn
        if account.has_second_factor or account.needs_second_factor:
            made = PendingSignIn(await begin_second_factor(services, unit, account, where), account)
        else:
            made = await complete_sign_in_within(
                services, unit, account, proved_by=Proof.PASSWORD, where=where
            )
        if any(token is not None and token.kind is TokenPurpose.RESET for token in tokens):
            await account_mails.notify_password_changed(services, unit, account)
    return made


async def _link(
    services: Services, unit: UnitOfWork, kind: TokenPurpose, account: Account, lasts: timedelta
) -> str:
    secret = secrets.token_urlsafe(32)
    await one_time_tokens.add_token(
        unit.connection,
        kind=kind,
        secret_hash=hash_of(secret),
        officer=account.name,
        details={},
        now=services.now(),
        until=services.now() + lasts,
    )
    return f"{services.rules.public_url}/welcome?key={secret}"
