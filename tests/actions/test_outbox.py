"""An e-mail to a user waits in the database until a server takes it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from alerting.actions.staff_notifications import inbox, outbox
from alerting.domain.account import Account
from alerting.domain.language import Language
from alerting.domain.officer import Role
from alerting.domain.staff_notification import Gravity
from alerting.mailer import EmailResult
from alerting.services import Services
from alerting.store import Database
from alerting.store import staff_notifications as notification_rows
from alerting.store.accounts import repository as account_rows
from alerting.store.database import NoConnection
from alerting.store.tables import staff_message
from tests.doubles import Clock
from tests.make import make_services
from tests.staff import administrator, member


@pytest.fixture
async def services(database: Database, clock: Clock) -> AsyncIterator[Services]:
    made = make_services(database, clock)
    await administrator(made, clock, "ada")
    await administrator(made, clock, "bo")
    await member(made, clock, "cas", Role.AUDITOR)
    yield replace(made, mailer=Post())
    await made.speller.aclose()


class Post:
    """Takes all, but of those addresses that it is told not to."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []
        self.refused: dict[str, EmailResult] = {}

    async def send(self, *, to: str, language: Language, subject: str, text: str) -> EmailResult:
        name = to.partition("@")[0]
        if name in self.refused:
            return self.refused[name]
        self.taken.append((name, subject))
        return EmailResult.TAKEN


def post(services: Services) -> Post:
    assert isinstance(services.mailer, Post)
    return services.mailer


async def queue(services: Services, *names: str, subject: str = "Dag", late: bool = False) -> None:
    async with services.unit() as unit:
        accounts: dict[str, Account] = {
            one.name: one for one in await account_rows.list_accounts(unit.connection)
        }
        gravity = Gravity.INCIDENT if late else Gravity.ALONE
        await outbox.queue_mail(
            services, unit, [accounts[one] for one in names], subject, "Dag", {}, gravity=gravity
        )


async def waiting(services: Services) -> int:
    async with services.reading() as reading:
        query = sa.select(sa.func.count()).select_from(staff_message)
        return await reading.connection.scalar(query) or 0


async def test_what_is_taken_waits_no_more(services: Services) -> None:
    await queue(services, "ada", "bo")
    assert await outbox.send_due(services) == 2
    assert post(services).taken == [("ada", "Dag"), ("bo", "Dag")]
    assert await waiting(services) == 0
    assert await outbox.send_due(services) == 0


async def test_what_nobody_takes_is_tried_again_and_holds_up_nobody(
    services: Services, clock: Clock
) -> None:
    post(services).refused["bo"] = EmailResult.NOT_TAKEN
    await queue(services, "ada", "bo", "cas")
    assert await outbox.send_due(services) == 2
    assert await outbox.send_due(services) == 0, "not at once"
    for seconds in outbox.AGAIN_AFTER[:2]:
        clock.forward(seconds=seconds)
        assert await outbox.send_due(services) == 0
    post(services).refused.clear()
    clock.forward(seconds=outbox.AGAIN_AFTER[2])
    assert await outbox.send_due(services) == 1
    assert await waiting(services) == 0


async def test_of_what_is_as_grave_whatever_was_tried_comes_last(
    services: Services, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "TAKEN_AT_ONCE", 1)
    post(services).refused["ada"] = EmailResult.NOT_TAKEN
    await queue(services, "ada")
    await outbox.send_due(services)
    post(services).refused.clear()
    await queue(services, "bo", "cas")
    clock.forward(seconds=outbox.AGAIN_AFTER[0])
    await outbox.send_due(services)
    assert [name for name, _ in post(services).taken] == ["bo", "cas", "ada"]


async def test_what_was_not_tried_counts_no_attempt(services: Services, clock: Clock) -> None:
    post(services).refused["ada"] = EmailResult.NOT_TRIED
    await queue(services, "ada")
    for _ in range(5):
        assert await outbox.send_due(services) == 0
        clock.forward(seconds=outbox.AGAIN_AFTER[0])
    post(services).refused.clear()
    assert await outbox.send_due(services) == 1


async def test_what_is_refused_for_good_is_not_repeated(services: Services) -> None:
    post(services).refused["ada"] = EmailResult.REFUSED
    await queue(services, "ada", "bo")
    assert await outbox.send_due(services) == 1
    assert await waiting(services) == 0


async def test_one_whose_mailbox_is_silent_holds_one_place(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many wait for them; what is grave and comes meanwhile goes at once."""
    silent = asyncio.Event()

    class SilentForBo(Post):
        async def send(self, *, to: str, **more: Any) -> EmailResult:
            if to.startswith("bo"):
                silent.set()
                await asyncio.Event().wait()
            return await super().send(to=to, **more)

    monkeypatch.setattr(outbox, "LOOK_AGAIN", 0.01)
    mailer = SilentForBo()
    services = replace(services, mailer=mailer)
    await queue(services, *["bo"] * 20, "ada", late=True)
    sending = asyncio.create_task(outbox.send_due(services))
    async with asyncio.timeout(5):
        await silent.wait()
        await queue(services, "cas", subject="Now")
        while len(mailer.taken) < 2:
            await asyncio.sleep(0)
    assert sorted(mailer.taken) == [("ada", "Dag"), ("cas", "Now")]
    assert not sending.done()
    sending.cancel()
    await asyncio.wait({sending})


async def test_what_is_grave_goes_before_what_came_first(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "TAKEN_AT_ONCE", 1)
    await queue(services, "ada", "bo", subject="Later", late=True)
    await queue(services, "cas", subject="Now")
    await outbox.send_due(services)
    assert [subject for _, subject in post(services).taken] == ["Now", "Later", "Later"]


async def test_an_act_that_is_taken_back_writes_to_nobody(services: Services) -> None:
    with suppress(ZeroDivisionError):
        async with services.unit() as unit:
            accounts = await account_rows.list_accounts(unit.connection)
            await outbox.queue_mail(services, unit, accounts, "Dag", "Dag", {})
            raise ZeroDivisionError
    assert await waiting(services) == 0


async def test_of_two_who_send_at_once_one_sends_each(services: Services) -> None:
    await queue(services, "ada", "bo", "cas")
    await asyncio.gather(*(outbox.send_due(services) for _ in range(4)))
    assert sorted(post(services).taken) == [("ada", "Dag"), ("bo", "Dag"), ("cas", "Dag")]


async def test_one_whose_sender_died_goes_after_a_while(services: Services, clock: Clock) -> None:
    await queue(services, "ada")

    class Dies(Post):
        async def send(self, **_: object) -> EmailResult:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await outbox.send_due(replace(services, mailer=Dies()))
    assert await outbox.send_due(services) == 0
    clock.now += outbox.HELD_FOR
    assert await outbox.send_due(services) == 1


async def test_a_mistake_over_one_keeps_none_of_the_others(services: Services) -> None:
    class Fails(Post):
        async def send(self, *, to: str, **more: Any) -> EmailResult:
            if to.startswith("bo"):
                raise ValueError
            return await super().send(to=to, **more)

    await queue(services, "ada", "bo", "cas")
    assert await outbox.send_due(replace(services, mailer=Fails())) == 2
    assert await waiting(services) == 1


async def test_what_is_old_is_of_no_use_any_more(services: Services, clock: Clock) -> None:
    await queue(services, "ada")
    clock.now += outbox.OF_USE
    assert await outbox.send_due(services) == 0
    assert await waiting(services) == 0


async def test_what_is_in_the_hands_of_a_server_is_written_down_whatever_else_went_wrong(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the database was away while one of them was to be written down."""
    under_way, may_end = asyncio.Event(), asyncio.Event()

    class Slow(Post):
        async def send(self, *, to: str, **more: Any) -> EmailResult:
            if to.startswith("bo"):
                under_way.set()
                await may_end.wait()
            return await super().send(to=to, **more)

    settle = outbox._settle

    async def fails_once(given: Services, message: Any, *more: Any, **named: Any) -> None:
        if message.subject == "wrong":
            raise KeyError("a mistake of ours, over one")
        await settle(given, message, *more, **named)

    monkeypatch.setattr(outbox, "_settle", fails_once)
    slow = replace(services, mailer=Slow())
    await queue(services, "ada", subject="wrong")
    await queue(services, "bo")
    sending = asyncio.create_task(outbox.send_due(slow))
    await under_way.wait()
    await asyncio.sleep(0)
    may_end.set()
    with pytest.raises(KeyError):
        await sending
    assert post(slow).taken[-1:] == [("bo", "Dag")]
    assert await waiting(services) == 1, "only what could not be written down"


async def test_what_became_of_one_is_written_down_when_the_database_is_back(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "WRITTEN_AGAIN_AFTER", (0, 0))
    settle, away = outbox._settle, [1, 1]

    async def away_for_a_while(*given: Any, **named: Any) -> None:
        if away:
            away.pop()
            raise NoConnection(sa.exc.TimeoutError())
        await settle(*given, **named)

    monkeypatch.setattr(outbox, "_settle", away_for_a_while)
    await queue(services, "ada")
    assert await outbox.send_due(services) == 1
    assert await waiting(services) == 0


async def test_one_notice_that_cannot_be_put_into_words_keeps_no_other_from_its_reader(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[int] = []

    async def unsent(*_: Any, **__: Any) -> list[int]:
        return [1, 2, 3]

    async def queue_of(_: Services, notice: int) -> None:
        if notice == 1:
            raise KeyError
        queued.append(notice)

    monkeypatch.setattr(notification_rows, "unsent", unsent)
    monkeypatch.setattr(inbox, "_queue_of", queue_of)
    await inbox.queue_mails(services)
    assert queued == [2, 3]
