"""The table of an alert's states and what officers and the clock can do are the same thing."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import repeat

import pytest

from alerting.actions.alerts import approval, retry, scheduling, stopping
from alerting.domain.alert import MAY_FOLLOW, Alert, AlertState, FollowUp, StepReason
from alerting.domain.channel import FailureReason, Refused, Tracking
from alerting.domain.errors import AlertingError, WrongState
from alerting.store import Database
from alerting.store import sendings as sending_rows
from alerting.store.alerts import repository as alert_rows
from tests import having_read
from tests.desk import CLOSED, DIRK, JORIS, MILA, Desk
from tests.doubles import Clock, ScriptedChannel
from tests.make import make_services, person

Steps = set[tuple[AlertState, AlertState]]
Act = Callable[[Desk, Alert], Awaitable[object]]
IN_AN_HOUR = timedelta(hours=1)


async def comes_to_its_end(desk: Desk, alert: Alert) -> None:
    desk.clock.now = max(desk.clock.now, alert.expires_at)
    await desk.sweeps()


async def is_delivered(desk: Desk, _: Alert) -> None:
    await desk.works()
    await desk.sweeps()


async def follow(desk: Desk, alert: Alert, how: FollowUp) -> None:
    await desk.sends(await desk.approves(await desk.follows_up(alert, how)))


async def leaves_by_the_clock(desk: Desk, alert: Alert) -> None:
    desk.clock.now = alert.send_at or desk.clock.now
    await scheduling.send_due(desk.services)


async def is_too_late_by_the_clock(desk: Desk, alert: Alert) -> None:
    desk.clock.now = (alert.send_at or desk.clock.now) + scheduling.LATEST * 2
    await scheduling.send_due(desk.services)


async def its_approver_is_shut_out_by_the_clock(desk: Desk, alert: Alert) -> None:
    never = replace(await desk.reads(alert), approver_membership=999_999)
    async with desk.services.unit() as unit:
        await alert_rows.save(unit.connection, never)
    await leaves_by_the_clock(desk, alert)


ACTS: Mapping[str, Act] = {
    "revise": lambda desk, one: having_read.revise(
        desk.services, one.id, [replace(one.messages[0], text=f"{one.messages[0].text}!")], by=MILA
    ),
    "submit": lambda desk, one: having_read.submit(desk.services, one.id, by=MILA),
    "return": lambda desk, one: approval.return_to_author(
        desk.services, one.id, by=JORIS, reason="No: it is not confirmed"
    ),
    "approve": lambda desk, one: desk.approves(one),
    "send": lambda desk, one: desk.sends(one),
    "break glass": lambda desk, one: having_read.send_now(
        desk.services, one.id, by=DIRK, reason="Now, at once, as ordered"
    ),
    "schedule": lambda desk, one: having_read.schedule(
        desk.services, one.id, desk.clock.now + IN_AN_HOUR, by=MILA
    ),
    "unschedule": lambda desk, one: scheduling.unschedule(
        desk.services, one.id, by=MILA, reason=StepReason.SITUATION
    ),
    "leave by the clock": leaves_by_the_clock,
    "be too late by the clock": is_too_late_by_the_clock,
    "lose its approver": its_approver_is_shut_out_by_the_clock,
    "discard": lambda desk, one: having_read.discard(
        desk.services, one.id, by=MILA, reason=StepReason.MISTAKE
    ),
    "stop": lambda desk, one: stopping.stop(desk.services, one.id, by=MILA),
    "resume": lambda desk, one: stopping.resume(
        desk.services, one.id, by=MILA, reason=StepReason.MENDED
    ),
    "be delivered": is_delivered,
    "retry": lambda desk, one: retry.retry_failed(
        desk.services, one.id, by=MILA, reason=StepReason.MENDED
    ),
    "update": lambda desk, one: follow(desk, one, FollowUp.UPDATE),
    "all clear": lambda desk, one: follow(desk, one, FollowUp.ALL_CLEAR),
    "false alarm": lambda desk, one: follow(desk, one, FollowUp.FALSE_ALERT),
    "come to its end": comes_to_its_end,
}
WAY_TO: Mapping[AlertState, tuple[str, ...]] = {
    AlertState.DRAFT: (),
    AlertState.IN_REVIEW: ("submit",),
    AlertState.RETURNED: ("submit", "return"),
    AlertState.APPROVED: ("approve",),
    AlertState.SCHEDULED: ("approve", "schedule"),
    AlertState.SENDING: ("approve", "send"),
    AlertState.STOPPED: ("approve", "send", "stop"),
    AlertState.ACTIVE: ("approve", "send", "be delivered"),
    AlertState.UPDATED: ("approve", "send", "update"),
    AlertState.ENDED: ("approve", "send", "all clear"),
    AlertState.CANCELLED: ("approve", "send", "false alarm"),
    AlertState.EXPIRED: ("come to its end",),
    AlertState.DISCARDED: ("discard",),
}


@pytest.fixture
def desk(sqlite: Database, clock: Clock) -> Desk:
    """Nobody can be reached, so that there is something to retry."""
    mail = ScriptedChannel(
        "email",
        Tracking.ACCEPTANCE,
        script=repeat(Refused(FailureReason.ADDRESS_DEAD)),
    )
    return Desk(make_services(sqlite, clock, {"email": mail}), clock)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    """Every change of state that is written to the database."""
    written: Steps = set()
    change = sending_rows.change

    async def watched(connection, wanted):  # type: ignore[no-untyped-def]
        before = (await sending_rows.load(connection, wanted.id)).state
        try:
            await change(connection, wanted)
        except WrongState as refusal:
            pytest.fail(f"an act tried what the table does not have: {refusal}")
        if before is not wanted.state:
            written.add((before, wanted.state))

    monkeypatch.setattr(sending_rows, "change", watched)
    return written


async def brought_to(desk: Desk, state: AlertState) -> Alert:
    alert = await desk.drafts(channels=["email"], values=CLOSED)
    for act in WAY_TO[state]:
        await ACTS[act](desk, await desk.reads(alert))
    found = await desk.reads(alert)
    assert found.state is state
    return found


async def test_every_arrow_of_the_table_is_drawn_by_some_act_and_no_act_draws_another(
    desk: Desk, steps: Steps
) -> None:
    await desk.registers(person(1), person(2))
    for state in AlertState:
        alert = await brought_to(desk, state)
        for act in ACTS.values():
            try:
                await act(desk, alert)
            except AlertingError:
                continue
            if await desk.reads(alert) != alert:
                alert = await brought_to(desk, state)
    table = {(before, after) for before in AlertState for after in MAY_FOLLOW[before]}
    assert steps == {(before, after) for before, after in table if before is not after}
