"""What probes say keeps nobody from an alert that its route would take."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from alerting.domain.channel import FailureReason
from alerting.domain.route import FIRST_PAUSE
from alerting.store import Database
from tests.desk import Desk
from tests.doubles import Clock, ScriptedChannel
from tests.make import channels, make_services, person

PEOPLE = 12


@dataclass
class FailsProbes(ScriptedChannel):
    """Takes whatever it is given, and says that it would not."""

    said: FailureReason = FailureReason.DOWN

    async def probe(self) -> FailureReason | None:
        return self.said


@pytest.mark.parametrize(
    "said", [FailureReason.DOWN, FailureReason.CONFIGURATION, FailureReason.UNCLEAR]
)
async def test_a_route_that_takes_messages_gets_them_whatever_its_probes_say(
    said: FailureReason, sqlite: Database, clock: Clock
) -> None:
    only = FailsProbes(said=said)
    desk = Desk(make_services(sqlite, clock, over={**channels(), "email": only}), clock)
    await desk.registers(*(person(number) for number in range(1, PEOPLE + 1)))
    await desk.dispatcher.selector.share()
    await desk.dispatcher.selector.probe()
    await desk.issues(channels=["email"])
    began = clock.now
    while len(only.sent) < PEOPLE and clock.now < began + timedelta(minutes=2):
        await desk.sweeps()
        clock.forward(seconds=1)
        await desk.dispatcher.selector.probe()
        await desk.dispatcher.selector.share()
    assert len({key for _, key, _ in only.sent}) == len(only.sent) == PEOPLE
    assert clock.now - began <= FIRST_PAUSE + timedelta(seconds=5)
