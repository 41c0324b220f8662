"""One alert, one set of figures: status, report, chart and CSV agree, after retries too."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping

import pytest

from alerting.actions import deliveries
from alerting.actions.alerts import queries, report, retry
from alerting.domain.alert import Alert, StepReason
from alerting.domain.channel import Accepted, Deferred, FailureReason, Outcome, Refused, Tracking
from alerting.domain.delivery import State
from alerting.store import Database
from alerting.web.console.alerts.status_figures import ORDER, ChannelFigures
from tests.desk import MILA, Desk
from tests.doubles import Clock, ScriptedChannel
from tests.make import make_services, person

TAKEN = Accepted("ref")
DEAD = Refused(FailureReason.ADDRESS_DEAD, "550 5.1.1")
FULL = Refused(FailureReason.UNREACHABLE, "552 5.2.2")
BUSY = Deferred(FailureReason.BUSY, "451 4.3.0")
PEOPLE = 6
COURSES: dict[str, list[list[Outcome]]] = {
    "all reached": [[TAKEN] * PEOPLE],
    "nobody reached": [[DEAD] * PEOPLE],
    "two refused, then reached": [[DEAD, DEAD], []],
    "refused again and again": [[DEAD, FULL, DEAD], [DEAD, FULL, DEAD], [FULL]],
    "some wait": [[BUSY, TAKEN, BUSY, DEAD]],
    "waited, refused, reached": [[BUSY, DEAD, TAKEN, TAKEN, TAKEN, TAKEN, DEAD], []],
}
"""What a provider answers when the alert is sent, and each time failures are tried again; the rest
is accepted."""


async def by_states(desk: Desk, alert: Alert) -> dict[str, dict[State, int]]:
    """What each place says, deliveries by state."""
    status = await queries.get_status(desk.services, alert.id, by=MILA)
    found = await report.get_report(desk.services, alert.id, by=MILA)
    assert not found.sampled
    pieces = [one async for one in deliveries.export_deliveries(desk.services, alert.id, by=MILA)]
    rows = list(csv.DictReader(io.StringIO("".join(pieces).lstrip("\ufeff")), delimiter=";"))
    return {
        "status": dict(ChannelFigures.of(status.counts).counts),
        "report by province": _sum(one.counts for one in found.provinces),
        "CSV": Counter(State(row["state"]) for row in rows),
    }


def _sum(counts: Iterable[Mapping[State, int]]) -> Counter[State]:
    total: Counter[State] = Counter()
    for one in counts:
        total.update(one)
    return total


@pytest.mark.parametrize("course", COURSES)
async def test_every_place_counts_the_same_deliveries(
    database: Database, clock: Clock, course: str
) -> None:
    answers = COURSES[course]
    mail = ScriptedChannel(
        "email", Tracking.ACCEPTANCE, script=[one for round_ in answers for one in round_], chunk=2
    )
    desk = Desk(make_services(database, clock, {"email": mail}), clock)
    await desk.registers(*(person(serial) for serial in range(1, PEOPLE + 1)))
    alert = await desk.issues(channels=["email"])
    for turn in range(len(answers)):
        if turn:
            await retry.retry_failed(desk.services, alert.id, by=MILA, reason=StepReason.MENDED)
            await _agrees(desk, alert)
        clock.forward(minutes=1)
        await desk.works()
        await desk.sweeps()
        await _agrees(desk, alert)


async def _agrees(desk: Desk, alert: Alert) -> None:
    said = await by_states(desk, alert)
    first = {state: said["status"].get(state, 0) for state in ORDER}
    for place, counts in said.items():
        assert {state: counts.get(state, 0) for state in ORDER} == first, place
    figures = ChannelFigures(first)
    assert figures.planned == PEOPLE
    assert figures.handed_over + figures.lost + figures.waiting == PEOPLE
    found = await report.get_report(desk.services, alert.id, by=MILA)
    handed_over = found.course.get("sent", [(0.0, 0)])[-1][1]
    assert handed_over == figures.handed_over, "the end of the chart's line"
    status = await queries.get_status(desk.services, alert.id, by=MILA)
    for one in status.times:
        moments = [one.first, one.half, one.nine_tenths, one.most, one.last]
        known = [moment for moment in moments if moment is not None]
        assert known == sorted(known)
        assert len(known) in {0, len(moments)}
