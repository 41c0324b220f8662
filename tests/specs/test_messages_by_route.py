"""Whoever decides on routes sees whether each works: by a message to themselves, by it alone."""

from collections.abc import AsyncIterator

import pytest

from alerting.actions.operations import routes
from alerting.domain.authority import Authority, Level, Territory
from alerting.domain.channel import Deferred, FailureReason, Refused
from alerting.domain.copies import MAX_TO_ONE
from alerting.domain.delivery import State
from alerting.domain.errors import (
    BadRequest,
    NoMailbox,
    NotAllowed,
    NotFound,
    OutsideTerritory,
    TooManyCopies,
)
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Role
from alerting.domain.route import Override
from alerting.store import Database
from alerting.store import ledger as ledger_rows
from tests.desk import JORIS, MILA, Desk
from tests.doubles import Clock, ScriptedChannel
from tests.make import LIEGE, channels, make_services
from tests.staff import member

WELL, REFUSING, AWAY = "well", "refusing", "away"


@pytest.fixture
async def desk(database: Database, clock: Clock) -> AsyncIterator[Desk]:
    """Three relays for e-mail, of which one refuses and one is away, and an approver."""
    refused, down = Refused(FailureReason.ADDRESS_DEAD, "550"), Deferred(FailureReason.DOWN)
    relays = (
        ScriptedChannel("email", route=WELL),
        ScriptedChannel("email", route=REFUSING, script=[refused] * 9),
        ScriptedChannel("email", route=AWAY, script=[down] * 9),
    )
    services = make_services(database, clock, channels() | {"email": relays})
    made = Desk(services, clock)
    await member(services, clock, "joris", Role.APPROVER)
    yield made
    await services.speller.aclose()


async def became(desk: Desk, route: str) -> tuple[State, FailureReason | None, str]:
    """What the page shows of the last message by a route."""
    await desk.sweeps()
    await desk.sweeps()
    tests = await routes.list_test_messages(desk.services, by=JORIS)
    ((got,),) = [one.deliveries for one in tests if one.route == route]
    return got.state, got.failure_reason, got.provider_code


@pytest.mark.parametrize(
    ("route", "state", "reason", "code"),
    [
        (WELL, State.ACCEPTED, None, ""),
        (REFUSING, State.FAILED, FailureReason.ADDRESS_DEAD, "550"),
        (AWAY, State.WAITING, FailureReason.DOWN, ""),
    ],
)
async def test_it_takes_exactly_that_route_and_the_result_is_told(
    desk: Desk, route: str, state: State, reason: FailureReason | None, code: str
) -> None:
    before = {one.route: one.asked for one in relays(desk)}
    await routes.send_test_message(desk.services, "email", route, by=JORIS)
    assert await became(desk, route) == (state, reason, code)
    asked = {one.route for one in relays(desk) if one.asked > before[one.route]}
    assert asked == {route}


def relays(desk: Desk) -> list[ScriptedChannel]:
    found = []
    for one in desk.services.routes["email"]:
        assert isinstance(one, ScriptedChannel)
        found.append(one)
    return found


async def test_it_is_a_marked_copy_in_the_language_of_whoever_asks(desk: Desk) -> None:
    sent = await routes.send_test_message(desk.services, "email", WELL, by=JORIS)
    await desk.sweeps()
    (to, _, text) = relays(desk)[0].sent[-1]
    assert (to, sent.languages) == ("joris@crisis.example", (Language.NL,))
    assert text.startswith("TEST: testkopie, dit is geen alarmering\n\n")
    assert "“well”" in text
    async with desk.services.reading() as reading:
        entries = await ledger_rows.entries(reading.connection, about="route/email.well")
    assert [one.what for one in entries] == ["route.tested"]


async def test_only_for_those_who_decide_on_routes(desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        await routes.send_test_message(desk.services, "email", WELL, by=MILA)
    town = Authority(
        code="liege", level=Level.MUNICIPAL, names={}, territory=Territory(frozenset({LIEGE}))
    )
    with pytest.raises(OutsideTerritory):
        await routes.send_test_message(
            desk.services, "email", WELL, by=Officer("joris", Role.APPROVER, authority=town)
        )


async def test_nothing_is_sent_that_would_reach_anybody_else_or_nobody(desk: Desk) -> None:
    for channel in ("sms", "x"):
        with pytest.raises(BadRequest, match="Only a route that sends e-mail"):
            await routes.send_test_message(desk.services, channel, "main", by=JORIS)
    with pytest.raises(NotFound):
        await routes.send_test_message(desk.services, "email", "none", by=JORIS)
    with pytest.raises(NoMailbox):
        await routes.send_test_message(
            desk.services, "email", WELL, by=Officer("bot", Role.APPROVER)
        )
    await routes.override_route(
        desk.services, "email", WELL, Override.OFF, reason="maintenance", by=JORIS
    )
    with pytest.raises(BadRequest, match="switched off"):
        await routes.send_test_message(desk.services, "email", WELL, by=JORIS)


async def test_nobody_floods_their_own_mailbox_either(desk: Desk) -> None:
    for _ in range(MAX_TO_ONE):
        await routes.send_test_message(desk.services, "email", WELL, by=JORIS)
    with pytest.raises(TooManyCopies):
        await routes.send_test_message(desk.services, "email", AWAY, by=JORIS)
