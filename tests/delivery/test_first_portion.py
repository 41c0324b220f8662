"""A relay nobody has measured yet holds no whole chunk that another could take the rest of."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from alerting.domain.channel import (
    NotTried,
    OutboundMessage,
    Outcome,
)
from alerting.domain.route import FIRST_PORTION
from alerting.store import Database
from tests.desk import Desk
from tests.doubles import Clock, ScriptedChannel
from tests.make import make_services, person

PEOPLE = 300


@dataclass
class Relay(ScriptedChannel):
    """Takes whole batches, and remembers how large they were."""

    batches: list[int] = field(default_factory=list)

    async def send_many(
        self, outgoing_batch: Sequence[OutboundMessage[str]], **more: Any
    ) -> list[Outcome | NotTried]:
        self.batches.append(len(outgoing_batch))
        return [
            await self.send(one.prepared, to=one.to, key=one.key, valid_for=more["valid_for"])
            for one in outgoing_batch
        ]


@pytest.mark.parametrize("number", [1, 2])
async def test_the_first_batch_is_bounded_where_another_relay_could_take_the_rest(
    number: int, sqlite: Database, clock: Clock
) -> None:
    relays = tuple(Relay(route=f"relay{n}") for n in range(number))
    desk = Desk(make_services(sqlite, clock, routes={"email": relays}), clock)
    await desk.registers(*(person(n, email=f"p{n}@town.example") for n in range(PEOPLE)))
    await desk.issues(channels=["email"])
    await desk.works()
    assert sum(len(relay.sent) for relay in relays) == PEOPLE
    first = [relay.batches[0] for relay in relays if relay.batches]
    assert max(first) == (PEOPLE if number == 1 else FIRST_PORTION)
