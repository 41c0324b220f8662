"""A probe says whether a route would take messages now, and sends none."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from alerting.domain.channel import FailureReason, Probeable
from channels.sandbox import credentials
from channels.sandbox.server import Sandbox, SandboxSettings, running
from tests.channels.conftest import HOUR, SwitchOn
from tests.channels.providers import (
    X_KEYS,
    Mood,
    SinchPlan,
    Twilio,
    sinch_settings,
    sms_settings,
)
from tests.channels.test_email import kinds, mailer, outgoing_batch
from tests.channels.wire import HANG_UP, SILENCE, MailServer, answer, http_server, mail_server

SANDBOX = {
    "twilio": {"account_sid": credentials.TWILIO_SID, "auth_token": credentials.TWILIO_TOKEN},
    "sinch": {
        "provider": "sinch",
        "service_plan_id": credentials.SINCH_PLAN,
        "api_token": credentials.SINCH_TOKEN,
        "hmac_secret": credentials.SINCH_SECRET,
    },
}
EVERY_PROVIDER = pytest.mark.parametrize("provider", ["smtp", "twilio", "sinch"])
EVERY_GATEWAY = pytest.mark.parametrize("provider", ["twilio", "sinch"])


def led(switch_on: SwitchOn, sandbox: Sandbox, provider: str, **other: object) -> Any:
    """A route that leads to the sandbox."""
    if provider == "smtp":
        address = {"host": "127.0.0.1", "port": sandbox.ports.smtp, "tls": "none"}
        return switch_on("email", **address, **other)
    base = sandbox.twilio_url if provider == "twilio" else sandbox.sinch_url
    return switch_on("sms", **{**SANDBOX[provider], "sender": "1789", "api_base": base, **other})


@asynccontextmanager
async def ordered(provider: str, **orders: Any) -> AsyncIterator[Sandbox]:
    async with running(SandboxSettings(faults={provider: orders})) as sandbox:
        yield sandbox


@EVERY_PROVIDER
async def test_a_provider_that_would_take_messages_stands_in_no_way(
    provider: str, switch_on: SwitchOn
) -> None:
    async with ordered(provider) as sandbox:
        route = led(switch_on, sandbox, provider)
        assert isinstance(route, Probeable)
        assert await route.probe() is None
        assert sandbox.inbox.of(provider).received == 0


@pytest.mark.parametrize(
    ("provider", "failure_reason"),
    [("smtp", FailureReason.BUSY), ("twilio", FailureReason.DOWN), ("sinch", FailureReason.DOWN)],
)
async def test_a_provider_that_is_down_says_so(
    provider: str, failure_reason: FailureReason, switch_on: SwitchOn
) -> None:
    async with ordered(provider, down=True) as sandbox:  # SMTP: 421, which asks to come again
        assert await led(switch_on, sandbox, provider).probe() is failure_reason


@EVERY_PROVIDER
@pytest.mark.parametrize("fault", ["busy", "error", "hang_up", "refuse"])
async def test_what_only_messages_meet_no_probe_can_see(
    provider: str, fault: str, switch_on: SwitchOn
) -> None:
    async with ordered(provider, **{fault: 1.0}) as sandbox:
        assert await led(switch_on, sandbox, provider).probe() is None
        assert sandbox.counts()[provider]["faults"] == {}


@EVERY_GATEWAY
async def test_a_gateway_that_answers_too_late_counts_as_down(
    provider: str, switch_on: SwitchOn
) -> None:
    async with ordered(provider, slow=5.0) as sandbox:
        route = led(switch_on, sandbox, provider, timeout_seconds=0.2)
        assert await route.probe() is FailureReason.DOWN


@EVERY_PROVIDER
async def test_a_provider_nobody_listens_for_is_down(provider: str, switch_on: SwitchOn) -> None:
    async with ordered(provider) as sandbox:
        route = led(switch_on, sandbox, provider)
    assert await route.probe() is FailureReason.DOWN


@pytest.mark.parametrize(("provider", "secret"), [("twilio", "auth_token"), ("sinch", "api_token")])
async def test_a_wrong_secret_is_found_before_an_alert_is(
    provider: str, secret: str, switch_on: SwitchOn
) -> None:
    async with ordered(provider) as sandbox:
        route = led(switch_on, sandbox, provider, **{secret: "wrong"})
        assert await route.probe() is FailureReason.CONFIGURATION


async def test_an_account_that_is_suspended_would_send_nothing(switch_on: SwitchOn) -> None:
    async with http_server(lambda _: answer(200, {"status": "suspended"})) as site:
        route = switch_on("sms", **sms_settings(site.url))
        assert await route.probe() is FailureReason.CONFIGURATION


@EVERY_GATEWAY
@pytest.mark.parametrize(
    ("mood", "failure_reason"),
    [
        (Mood.BUSY, FailureReason.BUSY),
        (Mood.BROKEN, FailureReason.DOWN),
        (Mood.GARBLED, FailureReason.UNCLEAR),
        (Mood.HANGING_UP, FailureReason.DOWN),
        (Mood.SILENT, FailureReason.DOWN),
    ],
)
async def test_a_gateways_answer_becomes_a_trouble(
    provider: str, mood: Mood, failure_reason: FailureReason, switch_on: SwitchOn
) -> None:
    wire = Twilio(mood) if provider == "twilio" else SinchPlan(mood)
    settings = sms_settings if provider == "twilio" else sinch_settings
    async with http_server(wire.reply) as site:
        route = switch_on("sms", **settings(site.url), timeout_seconds=0.3)
        assert await route.probe() is failure_reason


@pytest.mark.parametrize(
    ("step", "reply", "failure_reason"),
    [
        ("GREETING", "554 no", FailureReason.DOWN),
        ("GREETING", HANG_UP, FailureReason.DOWN),
        ("GREETING", SILENCE, FailureReason.DOWN),
        ("AUTH", "454 4.7.0 later", FailureReason.BUSY),
        ("AUTH", "535 5.7.8 no", FailureReason.CONFIGURATION),
    ],
)
async def test_a_relays_answer_becomes_a_trouble(
    step: str, reply: str, failure_reason: FailureReason, switch_on: SwitchOn
) -> None:
    server = MailServer(("PIPELINING", "AUTH PLAIN"), lambda now, _: reply if now == step else None)
    async with mail_server(server):
        address = {"host": "127.0.0.1", "port": server.port, "tls": "none"}
        signed = {"username": "alerts", "password": "p", "timeout_seconds": 0.5}
        assert await switch_on("email", **address, **signed).probe() is failure_reason


@pytest.mark.parametrize("step", ["NOOP", "RSET", "QUIT"])
@pytest.mark.parametrize("reply", [HANG_UP, SILENCE, "200 ok", "250 bye", "421 no", "500 what"])
async def test_what_a_relay_says_of_other_things_than_emails_is_no_trouble(
    step: str, reply: str, switch_on: SwitchOn
) -> None:
    server = MailServer(("PIPELINING",), lambda now, _: reply if now == step else None)
    async with mail_server(server):
        address = {"host": "127.0.0.1", "port": server.port, "tls": "none"}
        assert await switch_on("email", **address, timeout_seconds=0.5).probe() is None


async def test_a_relay_is_asked_for_everything_but_an_email(switch_on: SwitchOn) -> None:
    server = MailServer(("PIPELINING", "AUTH PLAIN"))
    async with mail_server(server):
        address = {"host": "127.0.0.1", "port": server.port, "tls": "none"}
        route = switch_on("email", **address, username="alerts", password="p")
        assert await route.probe() is None
        await server.quiet.wait()
    assert server.steps == ["GREETING", "EHLO", "AUTH", "QUIT"]


async def test_encryption_that_is_required_and_not_offered_is_found(switch_on: SwitchOn) -> None:
    async with running() as sandbox:
        route = led(switch_on, sandbox, "smtp")
        assert await route.probe() is None
        strict = switch_on("press", host="127.0.0.1", port=sandbox.ports.smtp, tls="starttls")
        assert await strict.probe() is FailureReason.CONFIGURATION


@pytest.mark.parametrize(
    "wrong",
    [
        {"tls": "starttls", "tls_ca": "/nowhere/authority.pem"},
        {"tls": "implicit", "tls_ca": __file__},
        {"host": "mail..example.org"},
        {"host": ".example.org"},
        {"host": "a" * 70 + ".example.org"},
        {"helo": "relais-liège.example"},
        {"username": "élu", "password": "é"},
    ],
    ids=str,
)
async def test_a_setting_of_a_relay_that_is_wrong_leaves_nobody_in_doubt(
    wrong: dict[str, object], switch_on: SwitchOn
) -> None:
    async with mail_server(MailServer(("8BITMIME", "AUTH CRAM-MD5 LOGIN PLAIN"))) as server:
        channel = mailer(switch_on, server, **wrong)
        outcomes = await channel.send_many(outgoing_batch(channel, 3), valid_for=HOUR)
        assert set(kinds(outcomes)) <= {FailureReason.CONFIGURATION, None}
        found = await channel.probe()
        assert found is (FailureReason.CONFIGURATION if kinds(outcomes)[0] else None)
        assert ("username" in wrong) or found is FailureReason.CONFIGURATION


def test_x_is_not_asked_for_what_it_would_count(switch_on: SwitchOn) -> None:
    assert not isinstance(switch_on("x", **X_KEYS), Probeable)
