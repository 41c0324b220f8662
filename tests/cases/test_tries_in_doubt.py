"""A try whose answer never came is told from every other: nobody is left out or written to twice.

A provider is asked what it took, and answers with all it has for that person: what was known of
before is another try.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerting.actions.alerts.retry import retry_failed
from alerting.delivery import receipts
from alerting.domain.alert import Alert, StepReason
from alerting.domain.delivery import State
from alerting.domain.recipient import RecipientKind
from alerting.store import Database
from tests import having_read
from tests.channels.conftest import SwitchOn
from tests.channels.providers import SinchPlan, Twilio, sinch_settings, sms_settings
from tests.channels.wire import HANG_UP, Request, answer, http_server
from tests.desk import DETAILS, JORIS, MILA, Desk
from tests.doubles import Clock, lost
from tests.make import make_services, person

GATEWAYS = ("twilio", "sinch")
AT = {"twilio": "sid", "sinch": "id"}


@dataclass
class Gateway:
    """A provider's wire that loses answers to order, and dates what it takes by its own clock."""

    which: str
    lose: int = 0
    """So many requests are taken, and their answers lost."""
    refuse: int = 0
    """So many are cut before they are taken."""
    report: dict[str, str] = field(default_factory=dict)
    """What the report of each batch says, by reference."""

    def __post_init__(self) -> None:
        self.wire = Twilio() if self.which == "twilio" else SinchPlan()
        self.made: dict[str, datetime] = {}

    @property
    def taken(self) -> Sequence[dict[str, Any]]:
        return self.wire.messages if isinstance(self.wire, Twilio) else self.wire.batches

    @property
    def references(self) -> list[str]:
        return [one[AT[self.which]] for one in self.taken]

    def reply(self, request: Request) -> bytes | str:
        if request.method == "GET":
            return self._look_up(request)
        if self.refuse:
            self.refuse -= 1
            return HANG_UP
        said = self.wire.reply(request)
        self.made[self.references[-1]] = datetime.now(UTC)
        if self.lose:
            self.lose -= 1
            return HANG_UP
        return said

    def _look_up(self, request: Request) -> bytes | str:
        if "delivery_report" in request.target:
            status = self.report.get(request.target.split("/")[-2])
            return answer(200, {"statuses": [{"status": status}]}) if status else answer(404, {})
        if self.which == "twilio":
            asked = "Messages" in request.target  # else it is a probe
            return self.wire.reply(request) if asked else answer(200, {"status": "active"})
        if "client_reference" not in request.query:
            return answer(200, {"batches": []})
        since = datetime.fromisoformat(request.query["start_date"])
        _, _, body = self.wire.reply(request).partition(b"\r\n\r\n")  # type: ignore[arg-type]
        batches = [one for one in json.loads(body)["batches"] if self.made[one["id"]] >= since]
        return answer(200, {"batches": batches})

    def settings(self, url: str) -> dict[str, str]:
        return sms_settings(url) if self.which == "twilio" else sinch_settings(url)


@pytest.fixture
def clock() -> Clock:
    """The real time, as the gateways' own."""
    return Clock(datetime.now(UTC))


async def issued(desk: Desk) -> Alert:
    await desk.registers(person(1))
    later = (desk.clock.now + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    return await desk.issues(channels=["sms"], values={**DETAILS, "next_update": later})


async def goes_on(desk: Desk) -> None:
    await desk.works()
    for _ in range(4):
        desk.clock.forward(seconds=10)
        await desk.sweeps()


@pytest.mark.parametrize("corrected", [False, True], ids=["same number", "number corrected"])
@pytest.mark.parametrize("how", ["answer lost", "worker died"])
@pytest.mark.parametrize("which", GATEWAYS)
async def test_a_retry_in_doubt_is_not_taken_for_the_try_that_failed(
    which: str, how: str, corrected: bool, sqlite: Database, clock: Clock, switch_on: SwitchOn
) -> None:
    gateway = Gateway(which)
    async with http_server(gateway.reply) as site:
        channel = switch_on("sms", **gateway.settings(site.url))
        desk = Desk(make_services(sqlite, clock, routes={"sms": (channel,)}), clock)
        alert = await issued(desk)
        await desk.works()
        (first,) = gateway.references
        report = lost(f"{alert.id}.sms.1", first, route=channel.route)
        await receipts.apply_receipts(desk.services, [report])
        if corrected:
            typed = {"language": "fr", "municipality": "Liège", "phone": "+32470999999"}
            await having_read.edit_recipient(
                desk.services, RecipientKind.PERSON, 1, {**typed, "email": ""}, by=MILA
            )
        await retry_failed(desk.services, alert.id, by=JORIS, reason=StepReason.MENDED)
        if how == "answer lost":
            gateway.refuse = 1
        else:
            await desk.loses_its_worker()
        await goes_on(desk)
        (row,) = await desk.deliveries(alert)
        assert len(gateway.taken) == 2
        assert (row.state, row.reference) == (State.SENT, gateway.references[1])


@pytest.mark.parametrize("which", GATEWAYS)
async def test_a_retry_that_was_taken_is_found_and_not_repeated(
    which: str, sqlite: Database, clock: Clock, switch_on: SwitchOn
) -> None:
    gateway = Gateway(which)
    async with http_server(gateway.reply) as site:
        channel = switch_on("sms", **gateway.settings(site.url))
        desk = Desk(make_services(sqlite, clock, routes={"sms": (channel,)}), clock)
        alert = await issued(desk)
        await desk.works()
        report = lost(f"{alert.id}.sms.1", gateway.references[0], route=channel.route)
        await receipts.apply_receipts(desk.services, [report])
        await retry_failed(desk.services, alert.id, by=JORIS, reason=StepReason.MENDED)
        gateway.lose = 1
        await goes_on(desk)
        (row,) = await desk.deliveries(alert)
        assert len(gateway.taken) == 2
        assert (row.state, row.reference) == (State.SENT, gateway.references[1])


@pytest.mark.parametrize("seconds", [-60, 2, 60, 240])
@pytest.mark.parametrize("which", GATEWAYS)
async def test_what_was_taken_is_found_where_the_clocks_differ(
    which: str, seconds: int, sqlite: Database, clock: Clock, switch_on: SwitchOn
) -> None:
    """Ours is ahead of the provider's by so much."""
    gateway = Gateway(which, lose=1)
    clock.forward(seconds=seconds)
    async with http_server(gateway.reply) as site:
        channel = switch_on("sms", **gateway.settings(site.url))
        desk = Desk(make_services(sqlite, clock, routes={"sms": (channel,)}), clock)
        alert = await issued(desk)
        await goes_on(desk)
        (row,) = await desk.deliveries(alert)
        assert len(gateway.taken) == 1
        assert (row.state, row.reference) == (State.SENT, gateway.references[0])


@pytest.mark.parametrize("status", ["Failed", "Expired", "Rejected", "Aborted", "Queued", ""])
async def test_a_batch_that_is_reported_as_lost_is_not_what_was_taken(
    status: str, sqlite: Database, clock: Clock, switch_on: SwitchOn
) -> None:
    gateway = Gateway("sinch", lose=1, report={"01F" + "0" * 23: status} if status else {})
    async with http_server(gateway.reply) as site:
        channel = switch_on("sms", **gateway.settings(site.url))
        desk = Desk(make_services(sqlite, clock, routes={"sms": (channel,)}), clock)
        alert = await issued(desk)
        await goes_on(desk)
        assert len(gateway.taken) == (1 if status in {"Queued", ""} else 2)
        assert await desk.states(alert) == {"sms": {State.SENT}}
