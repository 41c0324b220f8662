"""Emergency accounts: for the day on which nobody else can sign in, made on the server."""

import secrets

from alerting.actions.accounts.account_mails import notify_emergency_account_used
from alerting.actions.accounts.invitations import Invitation, add_account
from alerting.credentials import passwords, totp
from alerting.domain.errors import BadRequest
from alerting.domain.ledger import Actor
from alerting.domain.officer import Officer, Role
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store.accounts import repository as account_rows

ADMINISTRATORS_ONLY = msgid("An emergency account must have the role of administrator")
ONE_EMERGENCY_ACCOUNT = msgid(
    "There is already an emergency account: close it before you create another one"
)
EMERGENCY_MADE = msgid("An emergency account was created")
EMERGENCY_MADE_TEXT = msgid(
    "The emergency account “{name}” was created on the server on {moment}.\n\nIf you "
    "cannot tell who did this, close the account at once on the “Users” page: {address}"
)


async def make_emergency_account(
    services: Services, invitation: Invitation, *, by: Officer | Actor
) -> tuple[str, list[str]]:
    """An emergency account for the day nobody else can sign in: its password and codes, shown once.

    One at a time, for an administrator, who lets the others in; every administrator is told.
    """
    if invitation.role is not Role.ADMINISTRATOR:
        raise BadRequest(ADMINISTRATORS_ONLY)
    password = "-".join(
        "".join(secrets.choice(totp.CODE_ALPHABET) for _ in range(5)) for _ in range(5)
    )
    made = totp.new_recovery_codes()
    kept = await services.hasher.hash(passwords.normal(password))
    async with services.unit() as unit:
        if any(
            one.emergency and one.ended_at is None
            for one in await account_rows.list_accounts(unit.connection)
        ):
            raise BadRequest(ONE_EMERGENCY_ACCOUNT)
        account = await add_account(services, unit, invitation.checked(), by=by, emergency=True)
        await account_rows.update_account(unit.connection, account.id, password_hash=kept)
        await account_rows.set_recovery_codes(
            unit.connection, account.id, [totp.recovery_hash(one) for one in made]
        )
        await notify_emergency_account_used(
            services, unit, account, EMERGENCY_MADE, EMERGENCY_MADE_TEXT
        )
    return password, made
