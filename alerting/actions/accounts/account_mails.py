"""Mails about an account, to its holder or to every administrator."""

from collections.abc import Mapping, Sequence

from alerting.actions.staff_notifications.mail import mail_account
from alerting.domain.account import Account
from alerting.domain.authority import Authority
from alerting.domain.officer import GRANTS, ROLE_NAMES, Membership, Permission
from alerting.domain.text.i18n import msgid
from alerting.i18n import translator_for
from alerting.services import Services
from alerting.store.accounts import repository as account_rows

CHANGED_SUBJECT = msgid("Your password was changed")
CHANGED_TEXT = msgid(
    "The password of your account “{name}” was changed, and you have been signed out "
    "everywhere.\n\nIf you did not do this, contact an administrator at once."
)
EMERGENCY_USED_SUBJECT = msgid("The emergency account was used")
EMERGENCY_USED_TEXT = msgid(
    "Someone signed in with the emergency account “{name}” on {moment}.\n\nIf you cannot "
    "tell who this was, close the account at once on the “Users” page: {address}"
)
ENDED_SUBJECT = msgid("A membership was ended")
ENDED_TEXT = msgid(
    "{officer} ended the membership of “{name}” ({role}, {authority}) on {moment}.\n\nIf "
    "this was not intended, grant the membership again on the “Authorities” page, and "
    "check who else has lost access: {address}"
)


async def notify_password_changed(services: Services, account: Account) -> None:
    """A letter to the holder, who may not have been the one who did it."""
    await mail_account(services, account, CHANGED_SUBJECT, CHANGED_TEXT, name=account.name)


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


async def notify_memberships_ended(
    services: Services,
    everyone: Sequence[Account],
    ended: Sequence[Membership],
    places: Mapping[str, Authority],
    *,
    by: str,
) -> bool:
    """A letter of each to its authority's administrators, and to whose it was; not to who did it.

    `everyone` as they were before. True: nothing is left to be handed over.
    """
    for over in ended:
        for one in everyone:
            manages = any(
                held.authority == over.authority and Permission.MANAGE_ACCESS in GRANTS[held.role]
                for held in one.memberships
            )
            if one.ended_at is not None or one.name == by:
                continue
            if manages or one.name == over.officer:
                words = translator_for(one.language)
                await mail_account(
                    services,
                    one,
                    ENDED_SUBJECT,
                    ENDED_TEXT,
                    officer=by,
                    name=over.officer,
                    role=words(ROLE_NAMES[over.role]),
                    authority=places[over.authority].called,
                    moment=words.moment(services.now()),
                    address=f"{services.rules.public_url}/users",
                )
    return True
