"""E-mails to users wait in a line of the database until a server takes them.

What a user is told is written down in the transaction of what it is about: an e-mail is not lost
with a process, and no act waits for a server. One mailbox that is silent is tried later; the
others go meanwhile. What every route refuses for good is not repeated. An e-mail may come twice
where a process dies while it hands it over.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta

import structlog

from alerting.actions.staff_notifications.mail import mail_account
from alerting.domain.account import Account
from alerting.domain.staff_notification import Gravity
from alerting.mailer import Mailed
from alerting.services import Services
from alerting.store import staff_emails as rows
from alerting.store.accounts import repository as account_rows
from alerting.store.staff_emails import NewEmail, StaffEmail
from alerting.store.unit_of_work import UnitOfWork

TAKEN_AT_ONCE = 4
"""As many as are handed over at once: what waits longer is taken up by its gravity."""
LOOK_AGAIN = 1.0
"""Seconds after which it is seen what is due meanwhile, where none of those under way has ended."""
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
    """Write those that are due, the gravest first; how many were taken.

    A few at once, and one to each account: whoever's mailbox is silent holds up no other, and what
    is grave and comes meanwhile has the next free place.
    """
    taken = 0
    under_way: dict[asyncio.Task[bool], int] = {}
    try:
        while True:
            due = await _take(services, TAKEN_AT_ONCE - len(under_way), set(under_way.values()))
            accounts = await _accounts(services) if due else {}
            for one in due:
                task = asyncio.create_task(_send(services, one, accounts.get(one.account_id)))
                under_way[task] = one.account_id
            if not under_way:
                return taken
            done, _ = await asyncio.wait(
                under_way, timeout=LOOK_AGAIN, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                del under_way[task]
                taken += task.result()
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def _take(services: Services, number: int, busy: Collection[int]) -> list[StaffEmail]:
    if number <= 0:
        return []
    now = services.now()
    async with services.unit() as unit:
        await rows.drop_before(unit.connection, now - OF_USE)
        return await rows.take(
            unit.connection, now=now, until=now + HELD_FOR, at_most=number, busy=busy
        )


async def _accounts(services: Services) -> dict[int, Account]:
    async with services.reading() as reading:
        return {one.id: one for one in await account_rows.list_accounts(reading.connection)}


async def _send(services: Services, email: StaffEmail, account: Account | None) -> bool:
    mailed = Mailed.REFUSED if account is None else Mailed.NOT_TAKEN
    try:
        if account is not None:
            mailed = await mail_account(services, account, email.subject, email.text, **email.facts)
    except Exception as error:  # a mistake of ours over one: the others go
        log.warning("mail.raised", email=email.id, error=type(error).__name__)
    async with services.unit() as unit:
        if mailed is Mailed.TAKEN or mailed is Mailed.REFUSED:
            await rows.drop(unit.connection, email.id)
            if account is not None and mailed is Mailed.REFUSED:
                log.warning("mail.refused", email=email.id, attempts=email.attempts)
        else:
            tried = mailed is not Mailed.NOT_TRIED
            wait = AGAIN_AFTER[min(email.attempts, len(AGAIN_AFTER)) - 1 if tried else 0]
            log.warning("mail.not_taken", email=email.id, attempts=email.attempts, again_in=wait)
            again = services.now() + timedelta(seconds=wait)
            await rows.put_back(unit.connection, email.id, due_at=again, tried=tried)
    return mailed is Mailed.TAKEN
