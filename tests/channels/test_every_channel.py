"""What holds for every route: an answer is always an outcome, and says nothing of anybody."""

import logging
from typing import get_args

import pytest
from pydantic_settings import BaseSettings

from alerting.domain.channel import (
    Accepted,
    Bulk,
    Callback,
    Deferred,
    FailureReason,
    Limits,
    OutboundMessage,
    Outcome,
    Refused,
    Traceable,
    Tracking,
)
from channels import REGISTRY
from channels._routes import RouteList, SettingsWrong
from channels._sinch import SinchSettings
from channels._smtp_relay import RelaySettings, SenderSettings
from channels.sms import Gateway, TwilioSettings
from channels.x import XSettings
from tests.channels.conftest import HOUR, PUBLIC_URL, SwitchOn, message, message_time
from tests.channels.providers import Mood, Provided, provided, secrets

KEY = "12.sms.345"
CHANNEL_OF = {"sms": "sms", "sinch": "sms", "email": "email", "x": "x", "press": "press"}
"""Every kind of route, and the channel it belongs to."""
EVERY_CHANNEL = pytest.mark.parametrize("name", REGISTRY)
EVERY_ROUTE = pytest.mark.parametrize("name", CHANNEL_OF)
EVERY_MOOD = pytest.mark.parametrize("mood", Mood)


async def sent(one: Provided, key: str = KEY) -> Outcome:
    prepared = one.channel.prepare(message(one.channel.name), alert_id=12)
    outcome: Outcome = await one.channel.send(prepared, to=one.to, key=key, valid_for=HOUR)
    return outcome


def test_every_channel_has_a_route_to_test() -> None:
    assert set(CHANNEL_OF.values()) == set(REGISTRY)


@EVERY_CHANNEL
def test_a_channel_without_settings_is_off(name: str) -> None:
    assert list(REGISTRY[name](PUBLIC_URL)) == []


@EVERY_ROUTE
async def test_a_channel_says_its_name_and_limits(name: str, switch_on: SwitchOn) -> None:
    async with provided(name, switch_on, Mood.FINE) as one:
        assert one.channel.name == CHANNEL_OF[name]
        assert one.channel.route in {"twilio", "sinch", "relay", "x"}
        assert one.channel.rate_key
        assert isinstance(one.channel.limits, Limits)
        assert one.channel.limits.chunk >= 1
        assert (one.channel.limits.weight, one.channel.limits.per_second) == (1, None)


@EVERY_ROUTE
async def test_what_the_provider_takes_is_accepted_under_its_name(
    name: str, switch_on: SwitchOn
) -> None:
    async with provided(name, switch_on, Mood.FINE) as one:
        outcome = await sent(one)
        assert isinstance(outcome, Accepted)
        assert [outcome.reference] == [name.strip("<>") for name in one.taken()]


@EVERY_ROUTE
@pytest.mark.parametrize(
    ("mood", "failure_reasons"),
    [
        (
            Mood.BUSY,
            {FailureReason.BUSY, FailureReason.RECIPIENT_BUSY},
        ),  # a relay says it of a mailbox
        (Mood.BROKEN, {FailureReason.DOWN}),
        (Mood.GARBLED, {FailureReason.UNCLEAR}),
        (Mood.HANGING_UP, {FailureReason.UNCLEAR}),
        (Mood.SILENT, {FailureReason.UNCLEAR}),
    ],
    ids=lambda value: str(value) if isinstance(value, Mood) else "",
)
async def test_a_provider_that_cannot_now_defers(
    name: str, switch_on: SwitchOn, mood: Mood, failure_reasons: set[FailureReason]
) -> None:
    async with provided(name, switch_on, mood) as one:
        outcome = await sent(one)
    assert isinstance(outcome, Deferred)
    assert outcome.failure_reason in failure_reasons


@EVERY_ROUTE
async def test_a_provider_nobody_can_reach_defers(name: str, switch_on: SwitchOn) -> None:
    async with provided(name, switch_on, Mood.FINE) as one:
        pass
    outcome = await sent(one)
    assert isinstance(outcome, Deferred)
    assert outcome.failure_reason is FailureReason.DOWN


@EVERY_ROUTE
async def test_a_provider_that_never_will_refuses(name: str, switch_on: SwitchOn) -> None:
    async with provided(name, switch_on, Mood.CHOOSY) as one:
        outcome = await sent(one)
    assert isinstance(outcome, Refused)
    addressed = {FailureReason.ADDRESS_DEAD, FailureReason.ADDRESS_INVALID}
    # An account of ours has no address: there, what is refused is the text.
    assert outcome.failure_reason in ({FailureReason.CONTENT} if name == "x" else addressed)


@EVERY_ROUTE
async def test_a_repeat_can_be_told_from_a_second_message(name: str, switch_on: SwitchOn) -> None:
    async with provided(name, switch_on, Mood.FINE) as one:
        first = await sent(one)
        if CHANNEL_OF[name] == "sms":  # no idempotency key there: the core asks before it repeats
            prepared = one.channel.prepare(message("sms"), alert_id=12)
            since = message_time()
            again = await one.channel.find(prepared, to=one.to, key=KEY, since=since)
        else:
            again = await sent(one)
        assert again == first
        assert len(set(one.taken())) == 1


@EVERY_ROUTE
@EVERY_MOOD
async def test_nothing_personal_gets_out(
    name: str, mood: Mood, switch_on: SwitchOn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with provided(name, switch_on, mood) as one:
        outcome = await sent(one)
        prepared = one.channel.prepare(message(one.channel.name), alert_id=12)
        if isinstance(one.channel, Bulk):
            await one.channel.send_many(
                [OutboundMessage(prepared, one.to, KEY)], valid_for=HOUR, go_on=lambda: True
            )
        await one.channel.close()
        shown = f"{outcome!r} {one.channel!r} {caplog.text}".lower()
    assert [one for one in secrets() if one.lower() in shown] == []
    assert type(outcome) in get_args(Outcome)


@EVERY_ROUTE
async def test_wrong_settings_do_not_show_secrets(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = {
        "email": {"HOST": "h", "PASSWORD": "hush", "SENDER": "no address"},
        "press": {"HOST": "h", "PASSWORD": "hush", "PORT": "no port"},
        "sms": {"ACCOUNT_SID": "AC1", "AUTH_TOKEN": "hush"},
        "sinch": {"PROVIDER": "sinch", "SERVICE_PLAN_ID": "p1", "API_TOKEN": "hush"},
        "x": {"CONSUMER_KEY": "hush", "ACCESS_TOKEN": "hush", "TIMEOUT_SECONDS": "0"},
    }
    for key, value in wrong[name].items():
        monkeypatch.setenv(f"{CHANNEL_OF[name].upper()}_{key}", value)
    with pytest.raises(SettingsWrong) as caught:
        REGISTRY[CHANNEL_OF[name]](PUBLIC_URL)
    assert CHANNEL_OF[name].upper() in str(caught.value)
    assert "hush" not in f"{caught.value} {caught.value.__cause__}"


@EVERY_ROUTE
async def test_a_channel_knows_receipts_or_says_there_are_none(
    name: str, switch_on: SwitchOn
) -> None:
    async with provided(name, switch_on, Mood.FINE) as one:
        receipt = one.channel.read_receipt(Callback("/receipts", {}, b""))
        assert (receipt is None) == (one.channel.limits.tracking is not Tracking.RECEIPTS)


@pytest.mark.parametrize(
    "settings",
    [RouteList, RelaySettings, SenderSettings, Gateway, TwilioSettings, SinchSettings, XSettings],
)
def test_every_setting_says_what_it_is_for(settings: type[BaseSettings]) -> None:
    fields = settings.model_fields
    assert [field for field, about in fields.items() if not about.description] == []


@pytest.mark.parametrize("name", ["sms", "sinch", "x"])
async def test_a_channel_that_can_be_asked_passes_over_what_is_known(
    name: str, switch_on: SwitchOn
) -> None:
    async with provided(name, switch_on, Mood.FINE) as one:
        prepared = one.channel.prepare(message(one.channel.name), alert_id=12)
        taken = await sent(one)
        assert isinstance(taken, Accepted)
        asked = {"to": one.to, "key": KEY, "since": message_time()}
        assert await one.channel.find(prepared, **asked) == taken
        assert await one.channel.find(prepared, **asked, known={taken.reference}) is None


@pytest.mark.parametrize("name", ["sms", "sinch", "x"])
async def test_a_channel_that_can_be_asked_does_not_take_silence_for_no(
    name: str, switch_on: SwitchOn
) -> None:
    async with provided(name, switch_on, Mood.FINE) as one:
        prepared = one.channel.prepare(message(one.channel.name), alert_id=12)
        assert isinstance(one.channel, Traceable)
        assert await one.channel.find(prepared, to=one.to, key=KEY, since=message_time()) is None
    with pytest.raises(ConnectionError):
        await one.channel.find(prepared, to=one.to, key=KEY, since=message_time())
