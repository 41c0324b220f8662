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

from alerting.actions.alerts.retry import retry_failed
from alerting.actions.operations.unmatched_receipts import list_unmatched
from alerting.delivery import receipts
from alerting.domain.alert import Alert, StepReason
from alerting.domain.channel import (
    Accepted,
    Deferred,
    FailureReason,
    Outcome,
    Refused,
    SignedReceipt,
    Tracking,
)
from alerting.domain.delivery import FINAL, DeliveryKey, State
from alerting.domain.officer import Officer, Role
from alerting.store import Database, tables
from alerting.store.deliveries import statistics
from tests.desk import JORIS, Desk
from tests.doubles import Clock, ScriptedChannel, arrived, lost
from tests.make import make_services, person
from tests.tiers import WHOLE

AUDITOR = Officer("ada", Role.AUDITOR)
EXAMPLES = 400 if WHOLE else 6


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
    await desk.services.speller.aclose()
    await database.close()
