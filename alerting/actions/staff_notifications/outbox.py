"""E-mails to users wait in a line of the database until a server takes them.

What a user is told is written down in the transaction of what it is about: an e-mail is not lost
with a process, and no act waits for a server. One mailbox that is silent is tried later; the
others go meanwhile. An e-mail may come twice where a process dies while it hands it over.
"""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import timedelta

import structlog

from alerting.actions.staff_notifications.mail import mail_account
from alerting.domain.account import Account
from alerting.domain.staff_notification import Gravity
from alerting.services import Services
from alerting.store import staff_emails as rows
from alerting.store.accounts import repository as account_rows
from alerting.store.staff_emails import NewEmail, StaffEmail
from alerting.store.unit_of_work import UnitOfWork

TAKEN_AT_ONCE = 20
HELD_FOR = timedelta(minutes=5)
"""How long one that somebody has taken up is nobody else's: longer than a server may take."""
AGAIN_AFTER = (15, 60, 300, 900)
"""Seconds after each try; the last counts for all that follow."""
OF_USE = timedelta(hours=6)
"""Whoever has not read of it by then sees it in the console."""

log = structlog.get_logger()


async def queue_mail(
    services: Services,
    unit: UnitOfWork,
    accounts: Iterable[Account],
    subject: str,
    text: str,
    facts: Mapping[str, str | int],
    *,
    gravity: Gravity = Gravity.ACCESS,
) -> None:
    """Put an e-mail to each of them in the line, in the transaction of what it is about."""
    emails = [NewEmail(one.id, subject, text, dict(facts)) for one in accounts]
    await rows.add(unit.connection, emails, gravity=gravity, at=services.now())


async def send_due(services: Services) -> int:
    """Write those that are due, the gravest first; how many were taken."""
    taken = 0
    while due := await _take(services):
        async with services.reading() as reading:
            accounts = {one.id: one for one in await account_rows.list_accounts(reading.connection)}
        taken += sum(
            await asyncio.gather(
                *(_send(services, one, accounts.get(one.account_id)) for one in due)
            )
        )
    return taken


async def _take(services: Services) -> list[StaffEmail]:
    now = services.now()
    async with services.unit() as unit:
        await rows.drop_before(unit.connection, now - OF_USE)
        return await rows.take(
            unit.connection, now=now, until=now + HELD_FOR, at_most=TAKEN_AT_ONCE
        )


async def _send(services: Services, email: StaffEmail, account: Account | None) -> bool:
    sent = False
    try:
        sent = account is not None and await mail_account(
            services, account, email.subject, email.text, **email.facts
        )
    except Exception as error:  # a mistake of ours over one: the others go
        log.warning("mail.raised", email=email.id, error=type(error).__name__)
    async with services.unit() as unit:
        if sent or account is None:
            await rows.drop(unit.connection, email.id)
        else:
            wait = AGAIN_AFTER[min(email.attempts, len(AGAIN_AFTER)) - 1]
            log.warning("mail.not_taken", email=email.id, attempts=email.attempts, again_in=wait)
            again = services.now() + timedelta(seconds=wait)
            await rows.put_back(unit.connection, email.id, due_at=again)
    return sent
