"""Mails about an account, to its holder or to every administrator."""

from alerting.actions.staff_notifications.mail import mail_account
from alerting.domain.account import Account
from alerting.domain.officer import GRANTS, Permission
from alerting.domain.text.i18n import msgid
from alerting.i18n import translator_for
from alerting.services import Services
from alerting.store.accounts import repository as account_rows

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
