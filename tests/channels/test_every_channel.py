"""What holds for every route: an answer is always an outcome, and says nothing of anybody."""

import logging
import re
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
from alerting.domain.channel_profiles import Reach, reach_of
from alerting.domain.hand_over import NO_JOURNAL
from alerting.domain.stop_signal import NEVER_STOPPED
from channels import REGISTRY
from channels._routes import SettingsWrong
from tests.channels.conftest import HOUR, PUBLIC_URL, SwitchOn, message, message_time
from tests.channels.providers import KINDS, Mood, Provided, provided, secrets

KEY = "12.sms.345"
EVERY_CHANNEL = pytest.mark.parametrize("name", REGISTRY)
EVERY_ROUTE = pytest.mark.parametrize("name", KINDS)
EVERY_MOOD = pytest.mark.parametrize("mood", Mood)


async def sent(one: Provided, key: str = KEY) -> Outcome:
    prepared = one.channel.prepare(message(one.channel.name), alert_id=12)
    outcome: Outcome = await one.channel.send(prepared, to=one.to, key=key, valid_for=HOUR)
    return outcome


def test_every_channel_has_a_route_to_test() -> None:
    assert {one.channel for one in KINDS.values()} == set(REGISTRY)


@EVERY_CHANNEL
def test_a_channel_without_settings_is_off(name: str) -> None:
    assert list(REGISTRY[name](PUBLIC_URL)) == []


@EVERY_ROUTE
async def test_a_channel_says_its_name_and_limits(name: str, switch_on: SwitchOn) -> None:
    async with provided(name, switch_on, Mood.FINE) as one:
        assert one.channel.name == KINDS[name].channel
        assert re.fullmatch("[a-z][a-z0-9]*", one.channel.route)
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
    public = reach_of(KINDS[name].channel) is Reach.ACCOUNT
    assert outcome.failure_reason in ({FailureReason.CONTENT} if public else addressed)


@EVERY_ROUTE
async def test_a_repeat_can_be_told_from_a_second_message(name: str, switch_on: SwitchOn) -> None:
    async with provided(name, switch_on, Mood.FINE) as one:
        first = await sent(one)
        again = await sent(one) if KINDS[name].idempotent else None
        if again is None or isinstance(again, Deferred):  # the core asks before it repeats
            prepared = one.channel.prepare(message(one.channel.name), alert_id=12)
            since = message_time()
            again = await one.channel.find(prepared, to=one.to, key=KEY, since=since)
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
                [OutboundMessage(prepared, one.to, KEY)],
                valid_for=HOUR,
                stop=NEVER_STOPPED,
                journal=NO_JOURNAL,
            )
        await one.channel.close()
        shown = f"{outcome!r} {one.channel!r} {caplog.text}".lower()
    assert [one for one in secrets() if one.lower() in shown] == []
    assert type(outcome) in get_args(Outcome)


@EVERY_ROUTE
async def test_wrong_settings_do_not_show_secrets(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = KINDS[name].channel
    for key, value in KINDS[name].wrong.items():
        monkeypatch.setenv(f"{channel.upper()}_{key}", value)
    with pytest.raises(SettingsWrong) as caught:
        REGISTRY[channel](PUBLIC_URL)
    assert channel.upper() in str(caught.value)
    assert "hush" not in f"{caught.value} {caught.value.__cause__}"


@EVERY_ROUTE
async def test_a_channel_knows_receipts_or_says_there_are_none(
    name: str, switch_on: SwitchOn
) -> None:
    async with provided(name, switch_on, Mood.FINE) as one:
        receipt = one.channel.read_receipt(Callback("/receipts", {}, b""))
        assert (receipt is None) == (one.channel.limits.tracking is not Tracking.RECEIPTS)


def settings_of_channels() -> list[type[BaseSettings]]:
    """Every class of settings in `channels`."""
    found, waiting = [], BaseSettings.__subclasses__()
    while waiting:
        waiting += (one := waiting.pop()).__subclasses__()
        if one.__module__.startswith("channels."):
            found.append(one)
    return found


@pytest.mark.parametrize("settings", settings_of_channels())
def test_every_setting_says_what_it_is_for(settings: type[BaseSettings]) -> None:
    fields = settings.model_fields
    assert [field for field, about in fields.items() if not about.description] == []


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.traceable])
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


@EVERY_ROUTE
async def test_a_channel_that_can_be_asked_does_not_take_silence_for_no(
    name: str, switch_on: SwitchOn
) -> None:
    async with provided(name, switch_on, Mood.FINE) as one:
        prepared = one.channel.prepare(message(one.channel.name), alert_id=12)
        assert isinstance(one.channel, Traceable) == KINDS[name].traceable
        if not KINDS[name].traceable:
            return
        assert await one.channel.find(prepared, to=one.to, key=KEY, since=message_time()) is None
    with pytest.raises(ConnectionError):
        await one.channel.find(prepared, to=one.to, key=KEY, since=message_time())
