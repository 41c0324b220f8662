"""A receipt counts only for a try handed to the route that signed it, with its reference.

Whichever try it was: a late receipt finds an earlier one, and a retry erases nothing.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alerting.actions.alerts import stopping
from alerting.actions.alerts.report import get_report
from alerting.actions.alerts.retry import retry_failed
from alerting.actions.operations.unmatched_receipts import list_unmatched
from alerting.delivery import receipts
from alerting.domain.alert import Alert, StepReason
from alerting.domain.channel import (
    FAULTS,
    Accepted,
    Deferred,
    FailureReason,
    Fault,
    Outcome,
    Refused,
    SignedReceipt,
    Tracking,
    Undelivered,
)
from alerting.domain.delivery import (
    FINAL,
    REPEATED,
    REPEATED_UP_TO,
    DeliveryKey,
    State,
    again_after_receipt,
)
from alerting.domain.officer import Officer, Role
from alerting.domain.route import EVERYWHERE, Breaker, Override
from alerting.store import Database, tables
from alerting.store.deliveries import statistics
from channels import _sinch_codes, _twilio_codes
from channels._twilio_codes import MEANINGS as TWILIO_CODES
from tests.desk import JORIS, MILA, Desk
from tests.doubles import NOON, Clock, ScriptedChannel, arrived, lost
from tests.make import make_services, person
from tests.tiers import WHOLE

AUDITOR = Officer("ada", Role.AUDITOR)
EXAMPLES = 150 if WHOLE else 6


def texting(database: Database, clock: Clock, *script: Outcome) -> Desk:
    channel = ScriptedChannel("sms", Tracking.RECEIPTS, script)
    return Desk(make_services(database, clock, {"sms": channel}), clock)


async def attempts(desk: Desk) -> list[tuple[int, str, str, str, str]]:
    """The earlier tries that are written down."""
    async with desk.services.reading() as reading:
        found = tables.delivery_attempt.c
        query = sa.select(
            found.number, found.route, found.reference, found.state, found.provider_code
        ).order_by(found.recipient_id, found.number)
        return [tuple(row) for row in await reading.connection.execute(query)]


async def issued(desk: Desk) -> tuple[Alert, str]:
    """An alert to one person, sent, and the key of the delivery."""
    await desk.registers(person(1))
    alert = await desk.issues(channels=["sms"])
    await desk.works()
    return alert, f"{alert.id}.sms.1"


async def test_what_was_tried_once_has_no_row_of_its_own(desk: Desk) -> None:
    await desk.registers_a_few()
    await desk.issues()
    await desk.works()
    assert await attempts(desk) == []


async def test_a_late_receipt_finds_the_try_before_a_retry(
    database: Database, clock: Clock
) -> None:
    desk = texting(database, clock, Accepted("SM1"), Accepted("SM2"))
    alert, key = await issued(desk)
    await receipts.apply_receipts(desk.services, [lost(key, "SM1")])
    await desk.sweeps_only()
    await retry_failed(desk.services, alert.id, by=JORIS, reason=StepReason.MENDED)
    assert await desk.states(alert) == {"sms": {State.WAITING}}
    await receipts.apply_receipts(desk.services, [lost(key, "SM1")])  # again, and it is an old one
    assert await desk.states(alert) == {"sms": {State.WAITING}}
    await desk.works()
    await receipts.apply_receipts(desk.services, [lost(key, "SM1")])
    assert await desk.states(alert) == {"sms": {State.SENT}}
    assert await attempts(desk) == [(1, "main", "SM1", "failed", "30003")]
    await receipts.apply_receipts(desk.services, [arrived(key, "SM1")])
    assert await desk.states(alert) == {"sms": {State.DELIVERED}}
    assert await attempts(desk) == [(1, "main", "SM1", "delivered", "")]
    await receipts.apply_receipts(desk.services, [lost(key, "SM2")])
    (row,) = await desk.deliveries(alert)
    assert (row.state, row.reference) == (State.DELIVERED, "SM2")
    assert await list_unmatched(desk.services, by=AUDITOR) == []


async def test_each_try_that_another_follows_is_kept_with_its_reason(
    database: Database, clock: Clock
) -> None:
    desk = texting(
        database,
        clock,
        Deferred(FailureReason.BUSY, "429"),
        Deferred(FailureReason.UNCLEAR),
        Accepted("SM3"),
    )
    alert, key = await issued(desk)
    for _ in range(2):
        clock.forward(minutes=3)
        await desk.works()
    assert await attempts(desk) == [
        (1, "main", "", "waiting", "429"),
        (2, "main", "", "waiting", ""),
    ]
    await receipts.apply_receipts(desk.services, [arrived(key, "SM2")])
    assert await desk.states(alert) == {"sms": {State.DELIVERED}}
    assert (await attempts(desk))[1] == (2, "main", "SM2", "delivered", "")


async def test_what_waits_and_was_never_tried_is_not_ended_by_any_receipt(
    database: Database, clock: Clock
) -> None:
    desk = texting(database, clock)
    await desk.registers(person(1))
    alert = await desk.issues(channels=["sms"])
    await desk.plans()
    key = f"{alert.id}.sms.1"
    await receipts.apply_receipts(desk.services, [arrived(key, "forged"), lost(key, "forged")])
    await desk.sweeps_only()
    assert await desk.states(alert) == {"sms": {State.WAITING}}
    assert await list_unmatched(desk.services, by=AUDITOR) == []
    await desk.works()
    await desk.sweeps_only()
    assert len(desk.channel("sms").sent) == 1
    assert await desk.states(alert) == {"sms": {State.SENT}}
    assert len(await list_unmatched(desk.services, by=AUDITOR)) == 2


async def test_a_receipt_that_overtakes_the_answer_is_applied_when_that_is_written_down(
    database: Database, clock: Clock
) -> None:
    desk = texting(database, clock, Accepted("SM1"))
    await desk.registers(person(1))
    alert = await desk.issues(channels=["sms"])
    await desk.plans()
    await receipts.apply_receipts(desk.services, [arrived(f"{alert.id}.sms.1", "SM1")])
    await desk.sends_one_chunk()
    assert await desk.states(alert) == {"sms": {State.SENT}}
    clock.forward(seconds=1)
    await desk.sweeps_only()
    assert await desk.states(alert) == {"sms": {State.DELIVERED}}
    assert await list_unmatched(desk.services, by=AUDITOR) == []
    async with desk.services.reading() as reading:
        (times,) = await statistics.arrivals(reading.connection, alert.id)
    assert times.last == pytest.approx(0.1), "when it came, not when it was applied"


async def the_chart_counts_each_delivery_once(desk: Desk, alert: Alert) -> None:
    """However often it was handed over, and whichever told of it first: answer or receipt."""
    rows = await desk.deliveries(alert)
    found = await get_report(desk.services, alert.id, by=MILA)
    ends = {kind: line[-1][1] for kind, line in found.course.items()}
    assert ends.get("sent", 0) == sum(row.sent_at is not None for row in rows)
    assert ends.get("delivered", 0) == sum(row.state is State.DELIVERED for row in rows)


class Plan(NamedTuple):
    """What the provider answers to the tries of one person, and what is reported meanwhile."""

    answers: Sequence[str]
    reports: Sequence[tuple[int, str, str, bool]]
    """In which round, by which route, of which reference, and whether it arrived."""


ROUTES = ("main", "gateway")
plans = st.builds(
    Plan,
    st.lists(st.sampled_from(["accepted", "unclear", "busy", "refused"]), max_size=3),
    st.lists(
        st.tuples(
            st.integers(0, 4),
            st.sampled_from(ROUTES),
            st.sampled_from(["1", "2", "3", "unknown"]),
            st.booleans(),
        ),
        max_size=4,
    ),
)


@dataclass
class Planned(ScriptedChannel):
    """Answers each person by plan, and remembers what each try came to."""

    answers: dict[int, list[str]] = field(default_factory=dict)
    tried: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    """key -> (what it answered, under which reference)"""

    async def send(self, prepared: str, *, to: str, key: str, valid_for: timedelta) -> Outcome:
        number = DeliveryKey.parse(key)
        assert number is not None
        rest = self.answers[number.recipient_id]
        answer = rest.pop(0) if rest else "accepted"
        reference = str(len(self.tried[key]) + 1) if answer == "accepted" else ""
        self.tried[key].append((answer, reference))
        if answer == "accepted":
            return Accepted(reference)
        if answer == "refused":
            return Refused(FailureReason.ADDRESS_DEAD, "30005")
        return Deferred(FailureReason.UNCLEAR if answer == "unclear" else FailureReason.BUSY)


@settings(max_examples=EXAMPLES, deadline=None)
@example(made=[Plan(["busy", "busy", "busy"], [(3, "main", "1", True)])])
@given(made=st.lists(plans, min_size=1, max_size=12))
def test_delivered_is_what_a_route_reported_of_a_try_it_was_given(
    made: Sequence[Plan], migrated_file: Path
) -> None:
    with TemporaryDirectory() as folder:
        asyncio.run(_lives_through(made, copyfile(migrated_file, Path(folder) / "alerting.db")))


async def _lives_through(made: Sequence[Plan], file: Path) -> None:
    database, clock = Database(f"sqlite+aiosqlite:///{file}"), Clock()
    answers = {number: list(plan.answers) for number, plan in enumerate(made, 1)}
    texts = Planned("sms", Tracking.RECEIPTS, answers=answers)
    desk = Desk(make_services(database, clock, {"sms": texts}), clock)
    await desk.registers(*(person(number) for number in answers))
    alert = await desk.issues(channels=["sms"], valid_for=timedelta(hours=1))
    await desk.plans()
    told: dict[str, list[SignedReceipt]] = defaultdict(list)
    for moment in range(5):
        for number, plan in enumerate(made, 1):
            key = f"{alert.id}.sms.{number}"
            for when, route, reference, good in plan.reports:
                if when == moment:
                    name = reference if reference.isdigit() else f"unknown-{route}"
                    told[key].append((arrived if good else lost)(key, name, route=route))
                    await receipts.apply_receipts(desk.services, told[key][-1:])
        clock.forward(minutes=20 if moment < 4 else 0)
        await desk.sweeps()
        await desk.sweeps_only()
    for row in await desk.deliveries(alert):
        key = f"{alert.id}.sms.{row.recipient_id}"
        had = texts.tried[key]
        given = {reference for answer, reference in had if answer == "accepted"}
        doubtful = any(answer == "unclear" for answer, _ in had)
        speaks = [
            one
            for one in told[key]
            if one.route == "main" and (one.receipt.reference in given or doubtful)
        ]
        ours = any(type(one.receipt).__name__ == "Delivered" for one in speaks)
        assert (row.state is State.DELIVERED) <= ours, (row, had, told[key])
        exactly = [one for one in told[key] if one.receipt.reference in given]
        if any(one == arrived(key, one.receipt.reference) for one in exactly):
            assert row.state is State.DELIVERED, (row, had, told[key])
        assert row.state in FINAL | {State.SENT}
        if row.state is State.EXPIRED:
            assert not doubtful, (row, had)
    async with desk.services.reading() as reading:
        counts = await statistics.counts(reading.connection, alert.id)
    assert sum(one.n for one in counts) == len(made)
    assert all(one.n >= 0 for one in counts)
    await the_chart_counts_each_delivery_once(desk, alert)
    await desk.services.speller.aclose()
    await database.close()


CODES = [
    *(("twilio", str(code), _twilio_codes.failure_reason_of(str(code))) for code in TWILIO_CODES),
    *(("sinch", str(code), why) for code, why in _sinch_codes.LOST_BY_CODE.items()),
    *(("sinch", status, why) for status, why in _sinch_codes.LOST_BY_STATUS.items()),
]
ONE_OF_EACH = {why: (gateway, code, why) for gateway, code, why in CODES}


def two_gateways(database: Database, clock: Clock) -> tuple[Desk, list[ScriptedChannel]]:
    ways = [
        ScriptedChannel("sms", Tracking.RECEIPTS, route=name, weight=weight)
        for name, weight in (("first", 1), ("spare", 0))
    ]
    return Desk(make_services(database, clock, {"sms": tuple(ways)}), clock), ways


def test_what_speaks_of_the_route_or_the_moment_is_what_is_repeated() -> None:
    for gateway, code, why in CODES:
        of_route = FAULTS[why] is Fault.ROUTE
        of_moment = why in {FailureReason.RECIPIENT_BUSY, FailureReason.NOT_PERMITTED}
        not_known = why is FailureReason.UNKNOWN
        assert (why in REPEATED) is (of_route or of_moment or not_known), (gateway, code)
    named = {"30001", "30002", "30008", "30017", "30022", "30023", "30410", "413", "403"}
    assert named <= {code for _, code, why in CODES if why in REPEATED}


@pytest.mark.parametrize(("gateway", "code", "why"), ONE_OF_EACH.values())
async def test_a_report_of_loss_that_another_route_can_change_ends_nothing(
    gateway: str, code: str, why: FailureReason, sqlite: Database, clock: Clock
) -> None:
    desk, (first, spare) = two_gateways(sqlite, clock)
    await desk.registers(*(person(number) for number in range(1, 11)))
    alert = await desk.issues(channels=["sms"])
    await desk.works()
    told = [lost(key, "", why, code, route="first") for _, key, _ in first.sent]
    for _ in range(2):  # a receipt that is repeated says nothing new
        await receipts.apply_receipts(desk.services, told)
    again = why not in EVERYWHERE
    assert await desk.states(alert) == {"sms": {State.WAITING if again else State.FAILED}}
    clock.forward(seconds=2)
    await desk.sweeps()
    assert (len(first.sent), len(spare.sent)) == (10, 10 if again else 0)
    await receipts.apply_receipts(desk.services, told)
    assert await desk.states(alert) == {"sms": {State.SENT if again else State.FAILED}}
    late = arrived(f"{alert.id}.sms.1", route="first")
    await receipts.apply_receipts(desk.services, [late])
    assert {row.state for row in await desk.deliveries(alert) if row.recipient_id == 1} == {
        State.DELIVERED
    }
    async with desk.services.reading() as reading:
        counts = await statistics.counts(reading.connection, alert.id)
    assert sum(one.n for one in counts) == 10
    assert all(one.n >= 0 for one in counts)
    await the_chart_counts_each_delivery_once(desk, alert)


@pytest.mark.parametrize(("gateway", "code", "why"), CODES)
def test_every_code_of_a_report_goes_by_the_routes_that_had_no_try(
    gateway: str, code: str, why: FailureReason
) -> None:
    report = Undelivered("1.sms.1", "SM1", why, code)
    for another in (True, False):
        for attempts in (1, REPEATED_UP_TO):
            again = again_after_receipt(
                report,
                attempts=attempts,
                now=NOON,
                expires=NOON + timedelta(hours=1),
                another_route=another,
            )
            may = why in REPEATED or (another and why not in EVERYWHERE)
            assert (again is not None) is (may and attempts < REPEATED_UP_TO)


@pytest.mark.parametrize("held_off", [False, True])
@pytest.mark.parametrize("code", ["30003", "30004", "30006", "30007"])
async def test_every_gateway_is_asked_once_before_a_loss_is_believed(
    code: str, held_off: bool, sqlite: Database, clock: Clock
) -> None:
    ways = [
        ScriptedChannel("sms", Tracking.RECEIPTS, route=name, weight=weight)
        for name, weight in (("first", 1), ("second", 0), ("third", 0))
    ]
    desk = Desk(make_services(sqlite, clock, {"sms": tuple(ways)}), clock)
    if held_off:
        await desk.decides(ways[2], Override.OFF)
    alert, key = await issued(desk)
    why = _twilio_codes.failure_reason_of(code)
    for _ in range(5):
        (row,) = await desk.deliveries(alert)
        if row.state is State.SENT:
            report = lost(key, "", why, code, route=row.route)
            await receipts.apply_receipts(desk.services, [report])
        clock.forward(minutes=1)
        await desk.sweeps()
    assert [len(way.sent) for way in ways] == [1, 1, 0 if held_off else 1]
    (row,) = await desk.deliveries(alert)
    assert (row.state, row.failure_reason) == (State.FAILED, why)


async def test_what_is_always_reported_as_lost_is_given_up_after_some_tries(
    database: Database, clock: Clock
) -> None:
    """Where there is one gateway, it is the one that is tried again."""
    answers = [Accepted(f"SM{number}") for number in range(1, 20)]
    desk = texting(database, clock, *answers)
    alert, key = await issued(desk)
    texts = desk.channel("sms")
    for _ in range(2 * REPEATED_UP_TO):
        report = lost(key, f"SM{len(texts.sent)}", FailureReason.BUSY, "30001")
        await receipts.apply_receipts(desk.services, [report])
        clock.forward(minutes=1)
        await desk.sweeps()
    assert len(texts.sent) == REPEATED_UP_TO
    assert await desk.states(alert) == {"sms": {State.FAILED}}


async def test_a_try_in_doubt_that_is_reported_as_lost_is_no_longer_one(
    database: Database, clock: Clock
) -> None:
    desk = texting(database, clock, Deferred(FailureReason.UNCLEAR), Accepted("SM2"))
    alert, key = await issued(desk)
    report = lost(key, "SM1", FailureReason.RECIPIENT_BUSY, "30017")
    await receipts.apply_receipts(desk.services, [report])
    (row,) = await desk.deliveries(alert)
    assert (row.state, row.failure_reason) == (State.WAITING, FailureReason.RECIPIENT_BUSY)
    clock.forward(seconds=2)
    await desk.sweeps()
    (row,) = await desk.deliveries(alert)
    assert (row.state, row.reference) == (State.SENT, "SM2")
    assert not row.possible_duplicate


async def test_what_is_lost_of_a_stopped_alert_waits_until_it_is_resumed(
    database: Database, clock: Clock
) -> None:
    desk = texting(database, clock, Accepted("SM1"))
    alert, key = await issued(desk)
    await stopping.stop(desk.services, alert.id, by=JORIS, reason=StepReason.SITUATION)
    await receipts.apply_receipts(desk.services, [lost(key, "SM1", FailureReason.BUSY, "30001")])
    clock.forward(seconds=5)
    await desk.sweeps()
    assert await desk.states(alert) == {"sms": {State.WAITING}}
    assert len(desk.channel("sms").sent) == 1


@pytest.mark.parametrize("how", ["ended", "no time left"])
async def test_nothing_is_tried_again_of_an_alert_that_is_not_sent_any_more(
    how: str, database: Database, clock: Clock
) -> None:
    desk = texting(database, clock, Accepted("SM1"))
    await desk.registers(person(1))
    alert = await desk.issues(channels=["sms"], valid_for=timedelta(minutes=10))
    await desk.works()
    clock.forward(minutes=10, seconds=0 if how == "ended" else -1)
    if how == "ended":
        await desk.sweeps_only()
    report = lost(f"{alert.id}.sms.1", "SM1", FailureReason.BUSY, "30001")
    await receipts.apply_receipts(desk.services, [report])
    await desk.sweeps()
    assert await desk.states(alert) == {"sms": {State.FAILED}}
    assert len(desk.channel("sms").sent) == 1


async def test_a_gateway_that_loses_everything_is_left_alone(
    sqlite: Database, clock: Clock
) -> None:
    desk, (first, spare) = two_gateways(sqlite, clock)
    await desk.registers(*(person(number) for number in range(1, 11)))
    await desk.issues(channels=["sms"])
    await desk.works()
    await desk.dispatcher.selector.share()
    suspended = FailureReason.CONFIGURATION
    told = [lost(key, "", suspended, "30002", route="first") for _, key, _ in first.sent]
    await receipts.apply_receipts(desk.services, told[:1])
    await desk.dispatcher.selector.share()
    assert desk.dispatcher.selector.health(first).breaker is Breaker.CLOSED, "one alone says little"
    await receipts.apply_receipts(desk.services, told[1:])
    await desk.dispatcher.selector.share()
    assert desk.dispatcher.selector.health(first).breaker is Breaker.OPEN
    assert desk.dispatcher.selector.health(spare).breaker is Breaker.CLOSED


@pytest.mark.parametrize(
    "spare_says",
    [Refused(FailureReason.ADDRESS_INVALID, "21614"), Deferred(FailureReason.BUSY, "429")],
)
async def test_a_gateway_that_lost_it_is_taken_again_where_no_other_will(
    spare_says: Outcome, sqlite: Database, clock: Clock
) -> None:
    desk, (first, spare) = two_gateways(sqlite, clock)
    spare._answers = iter([spare_says])
    alert, key = await issued(desk)
    report = lost(key, "", FailureReason.RECIPIENT_BUSY, "30017", route="first")
    await receipts.apply_receipts(desk.services, [report])
    clock.forward(seconds=2)
    await desk.sweeps()
    assert (first.asked, spare.asked) == (2, 1)
    assert await desk.states(alert) == {"sms": {State.SENT}}
