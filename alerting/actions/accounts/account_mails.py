"""Mails about an account, to its holder or to every administrator."""

from collections.abc import Collection, Mapping, Sequence

from alerting.actions.staff_notifications.outbox import queue_mail
from alerting.domain.account import Account, concerned
from alerting.domain.authority import Authority
from alerting.domain.officer import GRANTS, ROLE_NAMES, Membership, Permission
from alerting.domain.text.i18n import msgid
from alerting.i18n import translator_for
from alerting.services import Services
from alerting.store.accounts import repository as account_rows
from alerting.store.unit_of_work import UnitOfWork

CHANGED_SUBJECT = msgid("Your password was changed")
CHANGED_TEXT = msgid(
    "The password of your account “{name}” was changed, and you have been signed out "
    "everywhere.\n\nIf you did not do this, contact an administrator at once."
)
MOBILE_SET_SUBJECT = msgid("Your mobile number was set")
MOBILE_SET_TEXT = msgid(
    "A mobile number was confirmed for your account “{name}” on {moment}. From now on, real alerts "
    "that wait for you are also announced there by text message.\n\nIf you did not do this, remove "
    "the number on the page “Your account”, change your password and contact an administrator at "
    "once."
)
MOBILE_REMOVED_SUBJECT = msgid("Your mobile number was removed")
MOBILE_REMOVED_TEXT = msgid(
    "{officer} removed the mobile number of your account “{name}” on {moment}. You will no longer "
    "be called by text message.\n\nIf this was not intended, set the number again on the page "
    "“Your account”."
)
EMERGENCY_USED_SUBJECT = msgid("The emergency account was used")
EMERGENCY_USED_TEXT = msgid(
    "Someone signed in with the emergency account “{name}” on {moment}.\n\nIf you cannot "
    "tell who this was, close the account at once on the “Users” page: {address}"
)
SIGNED_OUT_SUBJECT = msgid("A user was signed out")
SIGNED_OUT_TEXT = msgid(
    "{officer} signed “{name}” out on {moment}; “{name}” can sign in again.\n\nIf this was not "
    "intended, ask {officer} for the reason, and check on the “Users” page who has lost access: "
    "{address}"
)
TOKEN_ENDED_SUBJECT = msgid("A token was revoked")
TOKEN_ENDED_TEXT = msgid(
    "{officer} revoked token {number} of “{name}” on {moment}.\n\nIf this was not intended, ask "
    "for a new token, and check on the “Users” page who has lost access: {address}"
)
ENDED_SUBJECT = msgid("A membership was ended")
ENDED_TEXT = msgid(
    "{officer} ended the membership of “{name}” ({role}, {authority}) on {moment}.\n\nIf "
    "this was not intended, grant the membership again on the “Authorities” page, and "
    "check who else has lost access: {address}"
)


async def notify_password_changed(services: Services, unit: UnitOfWork, account: Account) -> None:
    """An e-mail to the holder, who may not have been the one who did it."""
    await _queue(services, unit, [account], CHANGED_SUBJECT, CHANGED_TEXT, name=account.name)


async def notify_mobile_set(services: Services, unit: UnitOfWork, account: Account) -> None:
    """An e-mail to the holder, whose session somebody else may have."""
    await _queue(services, unit, [account], MOBILE_SET_SUBJECT, MOBILE_SET_TEXT, name=account.name)


async def notify_mobile_removed(
    services: Services, unit: UnitOfWork, account: Account, *, by: str
) -> None:
    """An e-mail to the holder, whoever did it."""
    await _queue(
        services,
        unit,
        [account],
        MOBILE_REMOVED_SUBJECT,
        MOBILE_REMOVED_TEXT,
        name=account.name,
        officer=by,
    )


async def notify_emergency_account_used(
    services: Services,
    unit: UnitOfWork,
    account: Account,
    subject: str = EMERGENCY_USED_SUBJECT,
    text: str = EMERGENCY_USED_TEXT,
) -> None:
    """An e-mail to every administrator."""
    everyone = await account_rows.list_accounts(unit.connection)
    administrators = [
        one
        for one in everyone
        if one.ended_at is None
        and not one.emergency
        and any(
            Permission.MANAGE_ACCESS in GRANTS[membership.role] for membership in one.memberships
        )
    ]
    await _queue(services, unit, administrators, subject, text, name=account.name)


async def notify_memberships_ended(
    services: Services,
    unit: UnitOfWork,
    everyone: Sequence[Account],
    ended: Sequence[Membership],
    places: Mapping[str, Authority],
    *,
    by: str,
) -> None:
    """An e-mail of each to its authority's administrators, and to whose it was; not to who did it.

    `everyone` as they were before.
    """
    for over in ended:
        for account in concerned(everyone, over.officer, {over.authority}, by=by):
            await _queue(
                services,
                unit,
                [account],
                ENDED_SUBJECT,
                ENDED_TEXT,
                officer=by,
                name=over.officer,
                role=translator_for(account.language)(ROLE_NAMES[over.role]),
                authority=places[over.authority].called.told(account.language),
            )


async def notify_signed_out(
    services: Services, unit: UnitOfWork, holder: str, authorities: Collection[str], *, by: str
) -> None:
    """An e-mail to whoever was signed out as far as they act for these authorities, and to the
    administrators there; not to who did it, and to nobody where it was the holder."""
    await _tell_concerned(
        services,
        unit,
        holder,
        authorities,
        SIGNED_OUT_SUBJECT,
        SIGNED_OUT_TEXT,
        officer=by,
        name=holder,
    )


async def notify_token_ended(
    services: Services, unit: UnitOfWork, holder: str, authority: str, number: int, *, by: str
) -> None:
    """An e-mail that a token was revoked, to its holder and to the administrators there."""
    await _tell_concerned(
        services,
        unit,
        holder,
        {authority},
        TOKEN_ENDED_SUBJECT,
        TOKEN_ENDED_TEXT,
        officer=by,
        name=holder,
        number=number,
    )


async def _tell_concerned(
    services: Services,
    unit: UnitOfWork,
    holder: str,
    authorities: Collection[str],
    subject: str,
    text: str,
    *,
    officer: str,
    **facts: str | int,
) -> None:
    if officer == holder:
        return
    everyone = await account_rows.list_accounts(unit.connection)
    accounts = list(concerned(everyone, holder, authorities, by=officer))
    await _queue(services, unit, accounts, subject, text, officer=officer, **facts)


async def _queue(
    services: Services,
    unit: UnitOfWork,
    accounts: Sequence[Account],
    subject: str,
    text: str,
    **facts: str | int,
) -> None:
    for account in accounts:
        known = {
            "moment": translator_for(account.language).moment(services.now()),
            "address": f"{services.rules.public_url}/users",
        }
        await queue_mail(services, unit, [account], subject, text, {**known, **facts})
