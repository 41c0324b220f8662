"""An officer can halt an alert at once; what follows an alert never overtakes it."""

from typing import Any

from alerting.actions.alerts import queries, stopping
from alerting.delivery import planning
from alerting.domain.alert import Alert, AlertState, FollowUp, StepReason, UnreachedPolicy
from alerting.domain.channel import Deferred, FailureReason
from alerting.domain.delivery import State
from alerting.store import Database
from tests.desk import MILA, Desk
from tests.doubles import Clock, ScriptedChannel
from tests.make import make_services, person

ONLY_MAIL: dict[str, Any] = {"channels": ["email"]}


def desk_with(database: Database, clock: Clock, *routes: ScriptedChannel) -> Desk:
    return Desk(make_services(database, clock, {routes[0].name: routes}), clock)


async def follow(
    desk: Desk,
    alert: Alert,
    kind: FollowUp,
    unreached_policy: UnreachedPolicy = UnreachedPolicy.INCLUDE,
) -> Alert:
    """Draft, approve and send a follow-up, which takes the place of the alert."""
    draft = await desk.follows_up(alert, kind, unreached_policy=unreached_policy)
    return await desk.sends(await desk.approves(draft))


async def plans(desk: Desk, alert: Alert) -> None:
    await planning.plan_channel(desk.services, "email", alert.id)


async def test_nothing_leaves_of_a_stopped_alert_and_resuming_sends_the_rest_and_only_the_rest(
    sqlite: Database, clock: Clock
) -> None:
    mail = ScriptedChannel(chunk=2)
    desk = desk_with(sqlite, clock, mail)
    await desk.registers(*(person(serial) for serial in range(6)))
    alert = await desk.issues(**ONLY_MAIL)
    await plans(desk, alert)
    await desk.sends_one_chunk()
    await stopping.stop(desk.services, alert.id, by=MILA)
    await desk.works()
    clock.forward(minutes=1)
    await desk.sweeps()
    assert len(mail.sent) == 2
    assert (await desk.reads(alert)).state is AlertState.STOPPED
    await stopping.resume(desk.services, alert.id, by=MILA, reason=StepReason.MENDED)
    await desk.sweeps()
    await desk.sweeps()
    assert len(mail.sent) == len({key for _, key, _ in mail.sent}) == 6
    assert (await desk.reads(alert)).state is AlertState.ACTIVE


async def test_what_waits_of_a_replaced_alert_is_written_off(
    sqlite: Database, clock: Clock
) -> None:
    mail = ScriptedChannel(chunk=2)
    desk = desk_with(sqlite, clock, mail)
    await desk.registers(*(person(serial) for serial in range(6)))
    alert = await desk.issues(**ONLY_MAIL)
    await plans(desk, alert)
    await desk.sends_one_chunk()
    update = await follow(desk, alert, FollowUp.UPDATE)
    clock.forward(seconds=5)
    for _ in range(3):
        await desk.sweeps()
    rows = await desk.deliveries(alert)
    assert [row.state for row in rows].count(State.ACCEPTED) == 2
    written_off = [row for row in rows if row.state is State.EXPIRED]
    assert {row.failure_reason for row in written_off} == {FailureReason.SUPERSEDED}
    assert {row.sent_at for row in written_off} == {None}
    assert (await desk.reads(alert)).finished_at is not None
    assert await desk.states(update) == {"email": {State.ACCEPTED}}
    assert len(mail.sent) == 2 + 6


async def test_a_follow_up_waits_for_what_is_still_under_way(
    sqlite: Database, clock: Clock
) -> None:
    mail = ScriptedChannel(chunk=2)
    desk = desk_with(sqlite, clock, mail)
    await desk.registers(*(person(serial) for serial in range(4)))
    alert = await desk.issues(**ONLY_MAIL)
    await plans(desk, alert)
    held = await desk.leases_one_chunk()
    update = await follow(desk, alert, FollowUp.CORRECTION)
    await plans(desk, update)
    await desk.works()
    told = {key.split(".")[2] for _, key, _ in mail.sent}
    assert told == {"3", "4"}
    assert (held.lo, held.hi) == (1, 2)
    await desk.loses_its_worker(held)
    for _ in range(4):
        clock.forward(seconds=4)
        await desk.sweeps()
    assert {row.state for row in await desk.deliveries(update)} == {State.ACCEPTED}
    # Mail cannot be asked whether the first two got the earlier text.
    assert {
        row.recipient_id
        for row in await desk.deliveries(alert)
        if row.failure_reason is FailureReason.UNCLEAR
    } == {1, 2}


async def test_those_never_alarmed_are_not_told_that_it_is_over_where_the_sender_chose_so(
    sqlite: Database, clock: Clock
) -> None:
    busy = [Deferred(FailureReason.BUSY)]
    mail = ScriptedChannel(script=busy)
    desk = desk_with(sqlite, clock, mail)
    await desk.registers(person(1), person(2))
    alert = await desk.issues(**ONLY_MAIL)
    await desk.works()
    clear = await follow(desk, alert, FollowUp.ALL_CLEAR, UnreachedPolicy.SKIP)
    for _ in range(3):
        clock.forward(seconds=4)
        await desk.sweeps()
    states = {(row.state, row.failure_reason) for row in await desk.deliveries(clear)}
    assert states == {(State.ACCEPTED, None), (State.EXPIRED, FailureReason.NEVER_ALERTED)}


async def test_whoever_decides_reads_how_many_were_alerted_before_and_are_told_that_it_is_over(
    sqlite: Database, clock: Clock
) -> None:
    desk = desk_with(sqlite, clock, ScriptedChannel(script=[Deferred(FailureReason.BUSY)]))
    await desk.registers(person(1), person(2))
    alert = await desk.issues(**ONLY_MAIL)
    await desk.works()
    for policy, told, left_out in ((UnreachedPolicy.SKIP, 1, 1), (UnreachedPolicy.INCLUDE, 2, 0)):
        clear = await desk.follows_up(alert, FollowUp.ALL_CLEAR, unreached_policy=policy)
        seen = await queries.preview(desk.services, clear.id, by=MILA)
        assert sum(seen.audience["email"].values()) == told
        assert seen.not_concerned == left_out


async def test_those_who_may_have_been_alarmed_are_told_that_it_is_over(
    sqlite: Database, clock: Clock
) -> None:
    mail = ScriptedChannel(script=[Deferred(FailureReason.UNCLEAR), Deferred(FailureReason.BUSY)])
    desk = desk_with(sqlite, clock, mail)
    await desk.registers(person(1), person(2))
    alert = await desk.issues(**ONLY_MAIL)
    await desk.works()
    clear = await follow(desk, alert, FollowUp.ALL_CLEAR, UnreachedPolicy.SKIP)
    for _ in range(3):
        clock.forward(seconds=4)
        await desk.sweeps()
    assert {row.state for row in await desk.deliveries(alert)} == {
        State.UNCONFIRMED,
        State.EXPIRED,
    }
    states = {(row.recipient_id, row.state) for row in await desk.deliveries(clear)}
    assert states == {(1, State.ACCEPTED), (2, State.EXPIRED)}
