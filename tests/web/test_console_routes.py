"""Officers see how every way to people does; whoever speaks for the country decides about it."""

from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from alerting.actions.operations import routes
from alerting.bootstrap import route_setups
from alerting.domain.channel import FailureReason
from alerting.domain.officer import Officer, Role
from alerting.domain.route import Breaker, Override, Sample
from alerting.services import Services
from alerting.settings import Settings
from alerting.store import Database
from alerting.store.operations import workers
from alerting.web.app import create_app
from alerting.web.console.channel_health import ChannelHealth, channel_health
from tests.desk import JORIS, MILA, Desk
from tests.doubles import NOON, Clock, ScriptedChannel
from tests.make import make_services
from tests.server import nothing_beside
from tests.staff import member
from tests.territory import CITY, Country
from tests.web.console import Browsers

ADA = Officer("ada", Role.ADMINISTRATOR)
AUGUST = Officer("august", Role.AUDITOR)


async def test_the_page_tells_how_each_route_does_and_who_works(
    services: Services, browsers: Browsers, clock: Clock
) -> None:
    page = (await (await browsers(MILA)).get("/routes")).text
    assert "Text message" in page
    assert "active" in page
    assert "No worker is active" in page
    assert "<summary>Switch " not in page
    async with services.unit() as unit:
        await unit.connection.run_sync(
            lambda connection: workers.beat(
                connection, services.database, "sender-1", now=services.now()
            )
        )
    august = await browsers(AUGUST)
    page = (await august.get("/routes")).text
    assert "sender-1" in page
    assert "No worker is active" not in page + (await august.get("/")).text
    clock.forward(minutes=1)
    assert "No worker is active" in (await august.get("/routes")).text
    assert "No worker is active" in (await august.get("/")).text
    assert "Unmatched receipts" in page


async def test_the_page_says_which_worker_that_lives_keeps_no_journal(
    services: Services, browsers: Browsers, clock: Clock
) -> None:
    async with services.unit() as unit:
        for name, fault in (("sender-1", "ENOSPC"), ("sender-2", "")):
            await unit.connection.run_sync(
                workers.beat, services.database, name, now=services.now(), journal_fault=fault
            )
    august = await browsers(AUGUST)
    page = (await august.get("/routes")).text
    assert "sender-1 cannot write its journal (ENOSPC)" in page
    assert "sender-2 cannot" not in page
    clock.forward(minutes=1)
    assert "cannot write its journal" not in (await august.get("/routes")).text


async def test_a_decision_needs_a_reason_and_keeps_what_was_typed(
    services: Services, browsers: Browsers
) -> None:
    ada = await browsers(ADA)
    (way,) = [one.health.route for one in await _of(services, "sms")]
    kept = await ada.post(f"/routes/sms/{way}", data={"decision": "off", "reason": ""})
    assert kept.status_code == 422
    assert '<option value="off" selected>' in kept.text
    done = await ada.post(f"/routes/sms/{way}", data={"decision": "off", "reason": "Maintenance"})
    assert done.status_code == 303
    (found,) = await _of(services, "sms")
    assert (found.health.override, found.share) == (Override.OFF, 0)
    page = (await ada.get("/routes")).text
    assert "out of service" in page
    assert "Maintenance" in page
    assert "out of service" in (await ada.get("/")).text


async def test_a_town_looks_and_does_not_decide_for_the_country(
    services: Services, browsers: Browsers
) -> None:
    country = await Country(services).founded()
    mayor = await country.officer(Role.ADMINISTRATOR, CITY)
    browser = await browsers(mayor)
    assert "<summary>Switch " not in (await browser.get("/routes")).text
    (way,) = [one.health.route for one in await _of(services, "sms")]
    refused = await browser.post(f"/routes/sms/{way}", data={"decision": "off", "reason": "Why"})
    assert refused.status_code == 403


async def test_a_channel_fares_as_its_routes_do(services: Services) -> None:
    (fine,) = await _of(services, "sms")
    assert channel_health([fine]) == {"sms": ChannelHealth.FINE}
    sick = fine.health.observe(
        Sample(n=100, errors=20, seconds=1.0, failure_reason=FailureReason.BUSY), now=NOON
    )
    uneasy = routes.RouteStatus(health=sick, breaker=Breaker.CLOSED, share=1.0, per_second=None)
    assert channel_health([uneasy]) == {"sms": ChannelHealth.IMPAIRED}
    gone = routes.RouteStatus(health=sick, breaker=Breaker.OPEN, share=0.0, per_second=None)
    assert channel_health([gone]) == {"sms": ChannelHealth.OUT}
    tried = routes.RouteStatus(health=sick, breaker=Breaker.HALF_OPEN, share=1.0, per_second=None)
    assert channel_health([tried]) == {"sms": ChannelHealth.OUT}
    assert channel_health([gone, uneasy]) == {"sms": ChannelHealth.IMPAIRED}


async def test_the_board_tells_what_each_route_did(desk: Desk, browsers: Browsers) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    await desk.works()
    page = (await (await browsers(MILA)).get(f"/alerts/{alert.id}")).text
    assert "By route" in page
    assert "may have been received twice" not in page


async def _of(services: Services, channel: str) -> list[routes.RouteStatus]:
    found = await routes.list_routes(services, by=MILA)
    return [one for one in found if one.health.channel == channel]


async def test_the_page_tells_which_settings_are_there_and_which_are_missing(
    sqlite: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMS_ACCOUNT_SID", "AC-not-to-be-seen")
    services = replace(
        make_services(sqlite, clock, routes={"sms": (), "email": (), "press": [ScriptedChannel()]}),
        setups=route_setups(Settings()),
    )
    app = create_app(services, Settings(interface_language="en"), alongside=nothing_beside)
    async with AsyncExitStack() as open_ones:
        browsers = Browsers(app, services, open_ones)
        page = (await (await browsers(AUGUST)).get("/routes")).text
        assert "Entered: SMS_ACCOUNT_SID. Missing: SMS_AUTH_TOKEN, SMS_SENDER." in page
        assert "It needs at least: EMAIL_HOST." in page
        assert "SMS_PER_SECOND" not in page  # for those who decide on routes
        page = (await (await browsers(ADA)).get("/routes")).text
        assert "SMS_PER_SECOND" in page
        assert "not-to-be-seen" not in page
        assert page.count("Settings of the route") == 3
    await services.speller.aclose()


async def test_whoever_decides_tries_a_route_and_sees_what_became_of_it(
    desk: Desk, browsers: Browsers, clock: Clock
) -> None:
    await member(desk.services, clock, "joris", Role.APPROVER)
    joris = await browsers(JORIS)
    answer = await joris.post("/routes/email/main/test")
    assert (answer.status_code, answer.headers["location"]) == (303, "/routes#test-email-main")
    await desk.sweeps()
    page = (await joris.get("/routes")).text
    assert page.count("Send yourself a test message by main") == 2
    assert (
        "accepted by the relay" in page.partition('id="test-email-main"')[2].partition("</form>")[0]
    )
    assert "Send yourself a test message" not in (await (await browsers(MILA)).get("/routes")).text
    refused = await joris.post("/routes/sms/main/test")
    assert refused.status_code == 422
    assert "Only a route that sends e-mail can be tested" in refused.text
