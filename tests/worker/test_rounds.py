"""Rounds of background work: what is wrong with one alert, or held by others, stops no other."""

import ast
import asyncio
import contextlib
import inspect
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from alerting.actions.alerts import calls, scheduling, sending
from alerting.delivery import recovery
from alerting.domain.alert import Alert
from alerting.domain.jobs import PlanChannel
from alerting.rounds import each_apart, steps_apart
from alerting.services import Services
from alerting.store import Database
from alerting.store import sendings as sending_rows
from alerting.store.database import NoConnection, outage
from alerting.worker import main as worker_main
from alerting.worker.queue import ArqQueue
from tests import having_read
from tests.desk import CLOSED, DIRK, MILA, Desk
from tests.doubles import Clock, ListedQueue
from tests.make import make_services, person
from tests.specs.test_calling_approvers import people

PATIENCE = 20
Round = Callable[[Services], Awaitable[Any]]


async def _scheduled(desk: Desk) -> Alert:
    alert = await desk.approves(await desk.drafts(channels=["sms"]))
    at = desk.clock.now + timedelta(minutes=10)
    return await having_read.schedule(desk.services, alert.id, at=at, by=MILA)


async def _sent(desk: Desk) -> Alert:
    return await desk.issues(channels=["sms"])


async def _submitted(desk: Desk) -> Alert:
    return await desk.submits(await desk.drafts(channels=["sms"]))


async def _alone(desk: Desk) -> Alert:
    drafted = await desk.drafts(by=DIRK, values=CLOSED, channels=["sms"])
    return await having_read.send_now(
        desk.services, drafted.id, by=DIRK, reason="Now, at once, as ordered"
    )


ROUNDS: dict[str, tuple[Callable[[Desk], Awaitable[Alert]], timedelta, Any, str, Round]] = {
    "scheduled": (_scheduled, timedelta(minutes=10), scheduling, "_send", scheduling.send_due),
    "expired": (_sent, timedelta(days=2), recovery, "_expire", recovery.recover_alerts),
    "planned": (_sent, timedelta(), recovery, "_look_after", recovery.recover_alerts),
    "approval": (_submitted, timedelta(minutes=2), calls, "_remind", calls.remind_of_approvals),
    "review": (_alone, timedelta(hours=13), sending, "notify_all", sending.remind_of_reviews),
}
"""What is due of an alert, when, and in which function it is done."""


@pytest.mark.parametrize("due", ROUNDS)
async def test_what_raises_over_one_alert_is_done_for_the_others(
    sqlite: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch, due: str
) -> None:
    make, later, module, name, round_ = ROUNDS[due]
    desk = Desk(make_services(sqlite, clock), clock)
    await desk.registers(person(1), person(2))
    await people(desk.services, clock)
    first, second = [(await make(desk)).id for _ in range(2)]
    clock.now += later
    done: list[int] = []
    real = getattr(module, name)

    async def fails_over_the_first(*given: Any, **more: Any) -> Any:
        number = next(
            one if isinstance(one, int) else one.id for one in given if isinstance(one, int | Alert)
        )
        if number == first:
            raise KeyError("a mistake of ours, over one")
        made = await real(*given, **more)
        done.append(number)
        return made

    monkeypatch.setattr(module, name, fails_over_the_first)
    await round_(desk.services)
    assert second in done


async def test_an_alert_whose_row_others_hold_keeps_no_other_from_being_planned(
    postgres: Database, clock: Clock
) -> None:
    desk = Desk(make_services(postgres, clock), clock)
    await desk.registers(person(1), person(2))
    first, second = await _sent(desk), await _sent(desk)
    queue = desk.services.queue
    assert isinstance(queue, ListedQueue)
    queue.waiting.clear()  # as where the queue was lost
    async with desk.services.unit() as held:
        await sending_rows.hold_sending(held.connection, first.id)  # as a slice does, while planned
        async with asyncio.timeout(PATIENCE):
            await recovery.recover_alerts(desk.services)
    planned = {one.job.alert for one in queue.waiting if isinstance(one.job, PlanChannel)}
    assert planned == {second.id}


async def test_a_round_takes_each_of_its_steps() -> None:
    taken = []

    async def raises() -> None:
        raise KeyError

    async def step() -> None:
        taken.append("step")

    await steps_apart(raises, step)
    assert taken == ["step"]


async def test_an_outage_of_the_database_ends_a_round_at_once() -> None:
    asked = []

    async def away(number: int) -> None:
        asked.append(number)
        raise NoConnection(sa.exc.TimeoutError())

    with pytest.raises(NoConnection):
        await each_apart("any", away, [1, 2, 3])
    assert asked == [1]


@pytest.mark.parametrize("way", ["reading", "writing", "at_once", "lock_across_machines"])
async def test_a_pool_without_a_free_connection_is_an_outage_like_any_other(
    postgres: Database, way: str
) -> None:
    pool = postgres._writer.sync_engine.pool
    pool._timeout = 0.01  # type: ignore[attr-defined]

    async def ask() -> None:
        match way:
            case "reading":
                async with postgres.reading():
                    pass
            case "writing":
                async with postgres.writing():
                    pass
            case "at_once":
                await postgres.at_once(lambda _: None)
            case _:
                async with postgres.lock_across_machines(1):
                    pass

    async with contextlib.AsyncExitStack() as held:
        for _ in range(postgres.connections - 1):
            connection = await held.enter_async_context(postgres._writer.connect())
            await connection.execute(sa.text("SELECT 1"))
        with pytest.raises(sa.exc.DBAPIError) as refused:
            await ask()
        assert outage(refused.value) is not None
    await ask()


@pytest.mark.parametrize("wrong", [KeyError(), OSError(), NoConnection(sa.exc.TimeoutError())])
async def test_a_loop_of_the_worker_goes_on_whatever_it_met(
    monkeypatch: pytest.MonkeyPatch, wrong: Exception
) -> None:
    monkeypatch.setattr(worker_main, "FIRST_PAUSE", 0)
    again = asyncio.Event()
    met: list[Exception] = []

    async def act() -> None:
        if met:
            again.set()
        met.append(wrong)
        raise wrong

    going = asyncio.create_task(worker_main._every(0, act))
    async with asyncio.timeout(PATIENCE):
        await again.wait()
    going.cancel()


async def test_a_worker_that_ended_begins_again(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_main, "LONGEST_PAUSE", 0)
    begun, again = [], asyncio.Event()

    async def ends(_services: Services, _queue: ArqQueue) -> None:
        begun.append(1)
        if len(begun) > 1:
            again.set()
            await asyncio.Event().wait()
        raise KeyError

    monkeypatch.setattr(worker_main, "work", ends)
    working = asyncio.create_task(worker_main.keep_working(services, await ArqQueue.embed()))
    async with asyncio.timeout(PATIENCE):
        await again.wait()
    working.cancel()


def test_every_task_of_a_worker_is_such_a_loop() -> None:
    """Or supervised: one that ended by a mistake would end them all."""
    tree = ast.parse(inspect.getsource(worker_main._work))
    made = [
        ast.unparse(node.args[0].func)  # type: ignore[attr-defined]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "group.create_task"
    ]
    assert set(made) == {"_every", "_supervise"}
