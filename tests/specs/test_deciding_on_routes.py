"""An operator may hold a route off or force it on, says why, and the ledger keeps it."""

from collections.abc import AsyncIterator

import pytest

from alerting.actions.operations import routes
from alerting.actions.operations.routes import RouteStatus
from alerting.domain.channel import Tracking
from alerting.domain.errors import BadRequest, NotAllowed, NotFound
from alerting.domain.officer import Officer, Role
from alerting.domain.route import Override
from alerting.services import Services
from alerting.store import Database
from alerting.store import ledger as ledger_rows
from tests.doubles import Clock, ScriptedChannel
from tests.make import make_services

JORIS = Officer("joris", Role.APPROVER)
ADA = Officer("ada", Role.ADMINISTRATOR)
MILA = Officer("mila", Role.COMMUNICATOR)
AUGUST = Officer("august", Role.AUDITOR)


@pytest.fixture
async def house(database: Database, clock: Clock) -> AsyncIterator[Services]:
    """Two routes for text messages, one for letters."""
    sms = [ScriptedChannel("sms", Tracking.RECEIPTS, route=name) for name in ("twilio", "gateway")]
    services = make_services(database, clock, routes={"sms": sms, "email": [ScriptedChannel()]})
    yield services
    await services.speller.aclose()


def portions(found: list[RouteStatus]) -> dict[str, float]:
    return {f"{one.health.channel}/{one.health.route}": one.share for one in found}


async def entries(services: Services) -> list[tuple[str, str, str, object]]:
    async with services.reading() as reading:
        return [
            (one.what, one.by, one.about, one.details["reason"])
            for one in await ledger_rows.entries(reading.connection)
        ]


async def test_routes_nothing_is_known_of_share_the_work(house: Services) -> None:
    found = await routes.list_routes(house, by=AUGUST)
    assert portions(found) == {"sms/twilio": 0.5, "sms/gateway": 0.5, "email/main": 1}


async def test_a_route_that_is_held_off_gets_nothing_until_it_is_left_to_itself(
    house: Services,
) -> None:
    found = await routes.override_route(
        house, "sms", "twilio", Override.OFF, reason=" Maintenance\nuntil 15:00 ", by=JORIS
    )
    assert portions(found) == {"sms/twilio": 0, "sms/gateway": 1}
    assert found[0].health.override_reason == "Maintenance until 15:00"
    await routes.override_route(
        house, "sms", "twilio", Override.ON, reason="it works again now", by=ADA
    )
    found = await routes.override_route(
        house, "sms", "twilio", Override.NONE, reason="done by the provider", by=ADA
    )
    assert portions(found) == {"sms/twilio": 0.5, "sms/gateway": 0.5}
    assert await entries(house) == [
        ("route.held-off", "joris", "route/sms.twilio", "Maintenance until 15:00"),
        ("route.forced-on", "ada", "route/sms.twilio", "it works again now"),
        ("route.left-to-itself", "ada", "route/sms.twilio", "done by the provider"),
    ]


@pytest.mark.parametrize("officer", [MILA, AUGUST], ids=lambda one: one.role)
async def test_who_may_not_decide_changes_nothing(house: Services, officer: Officer) -> None:
    with pytest.raises(NotAllowed):
        await routes.override_route(
            house, "sms", "twilio", Override.OFF, reason="why not, it costs nothing", by=officer
        )
    assert await entries(house) == []


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 501])
async def test_a_decision_needs_a_reason(house: Services, reason: str) -> None:
    with pytest.raises(BadRequest):
        await routes.override_route(house, "sms", "twilio", Override.OFF, reason=reason, by=JORIS)


@pytest.mark.parametrize(("channel", "route"), [("sms", "main"), ("fax", "main"), ("email", "")])
async def test_a_route_that_is_not_set_cannot_be_decided_on(
    house: Services, channel: str, route: str
) -> None:
    with pytest.raises(NotFound):
        await routes.override_route(
            house, channel, route, Override.ON, reason="hope that it works", by=JORIS
        )
