"""A provider that says nothing, to a probe or to an e-mail to users, holds up no alert."""

import asyncio
import contextlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from alerting.delivery import adapter_calls
from alerting.domain.channel import FailureReason
from alerting.domain.language import Language
from alerting.mailer import EmailResult
from alerting.services import Services
from alerting.store import Database
from alerting.worker.main import work
from alerting.worker.queue import ArqQueue
from tests import having_read
from tests.attacks.test_emails_to_users import staffed
from tests.desk import CLOSED, DIRK, Desk
from tests.doubles import Clock, ScriptedChannel
from tests.make import channels, make_services, person


@dataclass
class Silent(ScriptedChannel):
    """A route that answers no probe."""

    asked_at: asyncio.Event = field(default_factory=asyncio.Event)

    async def probe(self) -> FailureReason | None:
        self.asked_at.set()
        await asyncio.Event().wait()
        return None


class SilentMailer:
    """A mail server that takes a connection and says nothing."""

    def __init__(self) -> None:
        self.asked_at = asyncio.Event()

    async def send(self, *, to: str, language: Language, subject: str, text: str) -> EmailResult:
        self.asked_at.set()
        await asyncio.Event().wait()
        return EmailResult.NOT_TAKEN


async def test_an_alert_whose_jobs_were_lost_leaves_beside_providers_that_say_nothing(
    sqlite: Database, clock: Clock
) -> None:
    sms, press, mailer = ScriptedChannel(name="sms"), Silent(name="press"), SilentMailer()
    here = make_services(sqlite, clock, over={**channels(), "sms": sms, "press": press})
    desk = Desk(here, clock)
    await staffed(desk)
    clock.now = datetime.now(UTC)  # the queue puts jobs off by the real clock
    alone = await desk.drafts(by=DIRK, values=CLOSED, channels=["email"])
    await having_read.send_now(
        here, alone.id, by=DIRK, reason="Now, at once, as ordered"
    )  # which people are told of
    left = asyncio.Event()
    sms.before_answer = left.set
    queue = await ArqQueue.embed()
    working = asyncio.create_task(work(replace(here, queue=queue, mailer=mailer), queue))
    try:
        async with asyncio.timeout(20):
            await press.asked_at.wait()
            await mailer.asked_at.wait()
        await desk.issues(channels=["sms"])  # by a process whose jobs reach no worker
        async with asyncio.timeout(20):
            await left.wait()
    finally:
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working


async def test_a_probe_that_is_not_answered_in_time_says_that_the_route_is_down(
    services: Services, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter_calls, "PROBED_WITHIN", 0.01)
    silent, well = Silent(), ScriptedChannel(name="sms")
    assert await adapter_calls.probe(silent, silent) is FailureReason.DOWN
    desk = Desk(make_services(services.database, clock, over={"email": silent, "sms": well}), clock)
    await desk.registers(person(1))
    await desk.dispatcher.selector.probe()
    health = desk.dispatcher.selector.health(silent)
    assert health.used_at == clock.now
    clock.forward(seconds=timedelta(seconds=1).seconds)
    assert not health.wants_probe(now=clock.now), "not each second anew"
