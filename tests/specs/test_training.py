"""Training stays training: no provider within reach, no real alert, no data shared with the live.

A training account on the live service drafts exercises and does nothing else.
"""

from dataclasses import replace

import pytest

from alerting.bootstrap import must_be_harmless, switched_on
from alerting.domain.alert import AlertClass
from alerting.domain.errors import (
    LiveInTraining,
    OnlyDrafts,
    OnlyExercises,
    OtherData,
)
from alerting.domain.officer import Role
from alerting.services import Services
from alerting.settings import Settings
from alerting.store import Database
from alerting.store.operations import installation
from tests.desk import JORIS, Desk
from tests.doubles import Clock
from tests.make import make_services
from tests.territory import Country

TWILIO = {"SMS_ACCOUNT_SID": "AC0", "SMS_AUTH_TOKEN": "t", "SMS_SENDER": "1789"}
TWITTER = {
    "X_CONSUMER_KEY": "k",
    "X_CONSUMER_SECRET": "s",
    "X_ACCESS_TOKEN": "1-t",
    "X_ACCESS_SECRET": "s",
}


SANDBOX_MAIL = {"EMAIL_HOST": "localhost", "EMAIL_PORT": "2525"}
SINCH = {
    "SMS_PROVIDER": "sinch",
    "SMS_SERVICE_PLAN_ID": "plan",
    "SMS_API_TOKEN": "t",
    "SMS_HMAC_SECRET": "s",
    "SMS_SENDER": "1789",
}


@pytest.mark.parametrize(
    ("channel", "settings", "live"),
    [
        pytest.param("sms", TWILIO, True, id="Twilio itself"),
        pytest.param(
            "sms", {**TWILIO, "SMS_API_BASE": "http://127.0.0.1:8101"}, False, id="its sandbox"
        ),
        pytest.param(
            "sms", {**TWILIO, "SMS_API_BASE": "http://sandbox.example.com"}, True, id="a likeness"
        ),
        pytest.param("sms", SINCH, True, id="Sinch itself"),
        pytest.param(
            "sms", {**SINCH, "SMS_API_BASE": "http://localhost:8103"}, False, id="Sinch's sandbox"
        ),
        pytest.param("x", TWITTER, True, id="X itself"),
        pytest.param(
            "x", {**TWITTER, "X_API_BASE": "http://sandbox:8102"}, False, id="X's sandbox"
        ),
        pytest.param("email", {"EMAIL_HOST": "relay.example.org"}, True, id="a mail relay"),
        pytest.param("email", {**SANDBOX_MAIL, "EMAIL_PORT": "25"}, True, id="a near one"),
        pytest.param("email", SANDBOX_MAIL, False, id="a mail sandbox"),
        pytest.param(
            "email",
            {
                **SANDBOX_MAIL,
                "EMAIL_ROUTES": "relay,second",
                "EMAIL_SECOND_HOST": "relay.example.org",
            },
            True,
            id="a relay behind a sandbox",
        ),
        pytest.param("press", {"PRESS_HOST": "relay.example.org"}, True, id="the press relay"),
        pytest.param(
            "press", {"PRESS_HOST": "::1", "PRESS_PORT": "2525"}, False, id="the press sandbox"
        ),
    ],
)
async def test_no_route_of_a_training_service_leads_to_people(
    monkeypatch: pytest.MonkeyPatch, channel: str, settings: dict[str, str], live: bool
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    routes = switched_on(Settings())
    assert [name for name, there in routes.items() if there] == [channel]
    assert any(route.live for route in routes[channel]) is live
    if live:
        with pytest.raises(LiveInTraining, match=channel):
            must_be_harmless(routes)
    else:
        must_be_harmless(routes)
    for route in routes[channel]:
        await route.close()


async def test_data_belong_to_training_or_to_the_live_service_for_ever(database: Database) -> None:
    async with database.writing() as connection:
        await installation.must_be(connection, database, training=True)
        await installation.must_be(connection, database, training=True)
        with pytest.raises(OtherData):
            await installation.must_be(connection, database, training=False)


async def test_a_training_service_drafts_nothing_real(sqlite: Database, clock: Clock) -> None:
    desk = Desk(replace(make_services(sqlite, clock), training=True), clock)
    with pytest.raises(OnlyExercises):
        await desk.drafts()
    await desk.registers_a_few()
    sent = await desk.issues(alert_class=AlertClass.EXERCISE)
    assert sent.alert_class is AlertClass.EXERCISE


async def test_a_training_account_on_the_live_service_only_drafts_exercises(
    services: Services, desk: Desk
) -> None:
    country = await Country(services).founded()
    trainee = await country.officer(Role.COMMUNICATOR, training=True)
    approver = await country.officer(Role.APPROVER, training=True)
    with pytest.raises(OnlyExercises):
        await desk.drafts(by=trainee)
    await desk.registers_a_few()
    exercise = await desk.drafts(by=trainee, alert_class=AlertClass.EXERCISE)
    with pytest.raises(OnlyDrafts):
        await desk.approves(exercise, by=approver)
    approved = await desk.approves(exercise)
    with pytest.raises(OnlyDrafts):
        await desk.sends(approved, by=trainee)
    real = await desk.drafts(by=await country.officer(Role.COMMUNICATOR))
    with pytest.raises(OnlyDrafts):
        await desk.approves(real, by=approver)


async def test_the_class_is_looked_at_again_by_whoever_approves(
    services: Services, desk: Desk, sqlite: Database, clock: Clock
) -> None:
    real = await desk.drafts()
    training = Desk(replace(services, training=True), clock)
    with pytest.raises(OnlyExercises):
        await training.approves(real, by=JORIS)
