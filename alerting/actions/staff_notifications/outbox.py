"""E-mails and text messages to users wait in a line of the database until somebody takes them.

What a user is told is written down in the transaction of what it is about: a message is not lost
with a process, and no act waits for a server. One mailbox that is silent is tried later; the
others go meanwhile, and neither channel waits for the other. What every route refuses for good is
not repeated. A message may come twice where a process dies while it hands it over.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta

import structlog

from alerting.actions.staff_notifications.mail import mail_account
from alerting.actions.staff_notifications.text import text_account
from alerting.domain.account import Account
from alerting.domain.channel_profiles import EMAIL, SMS
from alerting.domain.delivery import State
from alerting.domain.four_eyes import hand_in
from alerting.domain.staff_notification import Gravity
from alerting.mailer import EmailResult, TextMessageResult
from alerting.services import Services
from alerting.store import staff_messages as rows
from alerting.store.accounts import repository as account_rows
from alerting.store.alerts import repository as alert_rows
from alerting.store.database import outage
from alerting.store.staff_messages import NewMessage, StaffMessage
from alerting.store.unit_of_work import ReadTransaction, UnitOfWork

CHANNELS = (EMAIL.name, SMS.name)
TAKEN_AT_ONCE = 4
"""As many as are handed over at once: what waits longer is taken up by its gravity."""
LOOK_AGAIN = 1.0
"""Seconds after which it is seen what is due meanwhile, where none of those under way has ended."""
HELD_FOR = timedelta(minutes=5)
"""How long one that somebody has taken up is nobody else's: longer than a server may take."""
AGAIN_AFTER = (15, 60, 300, 900)
"""Seconds after each try; the last counts for all that follow."""
OF_USE = timedelta(hours=6)
"""Whoever has not read an e-mail by then sees it in the console."""
TEXT_OF_USE = timedelta(minutes=30)
"""Whoever was not called by text message by then was called by all other ways."""
WRITTEN_AGAIN_AFTER = (0.5, 1, 2, 4, 8, 16)
"""Seconds between attempts to write down what became of one, where the database is away."""
KEPT_FOR = timedelta(days=2)
"""How long it is known who was called how."""

BECAME: Mapping[EmailResult, State] = {
    EmailResult.TAKEN: State.ACCEPTED,
    EmailResult.NOT_TAKEN: State.WAITING,
    EmailResult.NOT_TRIED: State.WAITING,
    EmailResult.REFUSED: State.FAILED,
}

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
    emails = [
        NewMessage(account.id, EMAIL.name, subject, text, dict(facts)) for account in accounts
    ]
    await queue_messages(services, unit, emails, gravity=gravity)


async def queue_messages(
    services: Services, unit: UnitOfWork, messages: Sequence[NewMessage], *, gravity: int
) -> None:
    """Put these in the line, in the transaction of what they are about."""
    of_use = {EMAIL.name: OF_USE, SMS.name: TEXT_OF_USE}
    await rows.add(unit.connection, messages, gravity=gravity, at=services.now(), of_use=of_use)


async def send_due(services: Services) -> int:
    """Send those that are due on every channel; how many were taken."""
    return sum(await asyncio.gather(*(send_due_on(services, channel) for channel in CHANNELS)))


async def send_due_on(services: Services, channel: str) -> int:
    """Send those that are due on one channel, the gravest first; how many were taken.

    A few at once, and one to each account: whoever's mailbox is silent holds up no other, and what
    is grave and comes meanwhile has the next free place.
    """
    taken = 0
    under_way: dict[asyncio.Task[bool], int] = {}
    try:
        while True:
            free = TAKEN_AT_ONCE - len(under_way)
            for message, sending in await _begin(services, channel, free, set(under_way.values())):
                under_way[sending] = message.account_id
            if not under_way:
                return taken
            done, _ = await asyncio.wait(
                under_way, timeout=LOOK_AGAIN, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                del under_way[task]
                taken += task.result()
    except asyncio.CancelledError:
        for task in under_way:
            task.cancel()
        raise
    finally:
        # Whatever was wrong: what is in the hands of a server is written down all the same.
        await asyncio.gather(*under_way, return_exceptions=True)


async def _begin(
    services: Services, channel: str, number: int, busy: Collection[int]
) -> list[tuple[StaffMessage, asyncio.Task[bool]]]:
    """Begin to send as many of those that are due, of other accounts than those in `busy`."""
    if number <= 0:
        return []
    now = services.now()
    async with services.reading() as reading:  # nearly always nothing is: no writer waits for that
        if not await rows.is_due(reading.connection, channel, now=now):
            return []
    async with services.unit() as unit:
        await rows.expire(unit.connection, now=now, kept_since=now - KEPT_FOR)
        due = await rows.lease_messages(
            unit.connection, channel, now=now, until=now + HELD_FOR, at_most=number, busy=busy
        )
        accounts = {
            account.id: account for account in await account_rows.list_accounts(unit.connection)
        }
        over = await _over(services, unit, due, accounts)
    return [
        (
            message,
            asyncio.create_task(_send(services, message, accounts.get(message.account_id), over)),
        )
        for message in due
    ]


async def _over(
    services: Services,
    reading: ReadTransaction,
    due: Sequence[StaffMessage],
    accounts: Mapping[int, Account],
) -> set[int]:
    """Numbers of text messages that call nobody any more: nobody is woken for what was decided."""
    over = set()
    for message in due:
        account = accounts.get(message.account_id)
        if message.channel != SMS.name or account is None:
            continue
        waiting = {
            alert.id
            for alert in await alert_rows.called_for(
                reading.connection, account.name, now=services.now()
            )
            if not hand_in(alert, account.name)
        }
        if account.ended_at is not None or not account.mobile or waiting.isdisjoint(message.about):
            over.add(message.id)
    return over


async def _send(
    services: Services, message: StaffMessage, account: Account | None, over: Collection[int]
) -> bool:
    became, tried = TextMessageResult(State.WAITING), True
    try:
        if account is None or message.id in over:
            became = TextMessageResult(State.EXPIRED)
        elif message.channel == SMS.name:
            became = await text_account(
                services,
                account,
                message.text,
                message.facts,
                number=message.id,
                valid_for=message.expires_at - services.now(),
                last=message.route,
            )
        else:
            mailed = await mail_account(
                services, account, message.subject, message.text, **message.facts
            )
            became, tried = TextMessageResult(BECAME[mailed]), mailed is not EmailResult.NOT_TRIED
    except Exception as error:  # a mistake of ours over one: the others go
        log.warning(
            "staff_message.raised",
            message=message.id,
            channel=message.channel,
            error=type(error).__name__,
        )
    await _write_down(services, message, became, tried=tried)
    return became.state in {State.ACCEPTED, State.SENT}


async def _write_down(
    services: Services, message: StaffMessage, became: TextMessageResult, *, tried: bool
) -> None:
    """What became of one, also where the database is away for a while."""
    for pause in WRITTEN_AGAIN_AFTER:
        try:
            await _settle(services, message, became, tried=tried)
        except Exception as error:
            if outage(error) is None:
                raise
            await asyncio.sleep(pause)
        else:
            return
    await _settle(services, message, became, tried=tried)


async def _settle(
    services: Services, message: StaffMessage, became: TextMessageResult, *, tried: bool
) -> None:
    async with services.unit() as unit:
        if became.state is State.WAITING:
            wait = AGAIN_AFTER[min(message.attempts, len(AGAIN_AFTER)) - 1 if tried else 0]
            log.warning(
                "staff_message.not_taken",
                message=message.id,
                channel=message.channel,
                attempts=message.attempts,
                again_in=wait,
            )
            again = services.now() + timedelta(seconds=wait)
            await rows.put_back(unit.connection, message.id, due_at=again, tried=tried)
        else:
            await rows.settle(
                unit.connection,
                message.id,
                became.state,
                route=became.route,
                reference=became.reference,
            )
