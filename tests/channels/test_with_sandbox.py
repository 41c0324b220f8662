"""Channel and sandbox agree on the wire, and bad weather loses nobody and hides no repeat."""

import asyncio
import ssl
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from alerting.domain.channel import (
    Accepted,
    Callback,
    Deferred,
    Delivered,
    FailureReason,
    OutboundMessage,
    Refused,
)
from channels import REGISTRY
from channels.sandbox import credentials
from channels.sandbox.server import Sandbox, SandboxSettings, running
from channels.sms import Sms
from tests.channels import conftest
from tests.channels.conftest import HOUR, SwitchOn, message, message_time
from tests.channels.wire import Request, answer, http_server

ACCOUNT = "x:national:nl"
BAD_WEATHER = {"busy": 0.05, "error": 0.05, "hang_up": 0.05, "refuse": 0.05}


@pytest.fixture(autouse=True)
def _nobody_else_reaches_us(monkeypatch: pytest.MonkeyPatch) -> None:
    """The keys of the sandbox hold on loopback alone."""
    monkeypatch.setattr(conftest, "PUBLIC_URL", "http://127.0.0.1:8000")


def mail_settings(sandbox: Sandbox, **other: object) -> dict[str, object]:
    usual = {"host": "127.0.0.1", "port": sandbox.ports.smtp, "tls": "none"}
    return {**usual, "sender": "alerts@example.org", **other}


def sms_settings(sandbox: Sandbox) -> dict[str, str]:
    return {
        "account_sid": credentials.TWILIO_SID,
        "auth_token": credentials.TWILIO_TOKEN,
        "sender": "+32460000000",
        "api_base": sandbox.twilio_url,
    }


def sinch_settings(sandbox: Sandbox) -> dict[str, str]:
    return {
        "provider": "sinch",
        "service_plan_id": credentials.SINCH_PLAN,
        "api_token": credentials.SINCH_TOKEN,
        "hmac_secret": credentials.SINCH_SECRET,
        "sender": "+32460000000",
        "api_base": sandbox.sinch_url,
    }


async def test_in_bad_weather_every_email_ends_in_an_answer(switch_on: SwitchOn) -> None:
    async with running(SandboxSettings(faults={"smtp": BAD_WEATHER}, seed=7)) as sandbox:
        channel = switch_on("email", **mail_settings(sandbox))
        prepared = channel.prepare(message("email"), alert_id=1)
        waiting = [
            OutboundMessage(prepared, f"p{i}@example.net", f"1.email.{i}") for i in range(500)
        ]
        taken: set[str] = set()
        refused: set[str] = set()
        doubtful: Counter[str] = Counter()
        for _ in range(60):
            outcomes = await channel.send_many(waiting, valid_for=HOUR)
            again = []
            for outgoing, outcome in zip(waiting, outcomes, strict=True):
                match outcome:
                    case Accepted():
                        taken.add(outgoing.key)
                    case Refused(failure_reason):
                        assert failure_reason is FailureReason.ADDRESS_DEAD
                        refused.add(outgoing.key)
                    case Deferred(failure_reason):
                        doubtful[outgoing.key] += failure_reason is FailureReason.UNCLEAR
                        again.append(outgoing)
            waiting = again
            if not waiting:
                break
        assert waiting == []
        assert len(taken) + len(refused) == 500
        assert sandbox.inbox.smtp.distinct == len(taken)
        assert sandbox.inbox.smtp.duplicates <= doubtful.total(), "none twice that was not in doubt"


async def test_emails_go_encrypted_and_signed_in(
    switch_on: SwitchOn, certificate: tuple[Path, ssl.SSLContext]
) -> None:
    cert = certificate[0]
    settings = SandboxSettings(
        smtp_tls=(cert, cert.with_name("key.pem")), smtp_username="u", smtp_password="p"
    )
    async with running(settings) as sandbox:
        secure = mail_settings(sandbox, tls="starttls", tls_ca=cert, username="u")
        right = switch_on("email", **secure, password="p")
        wrong = switch_on("press", **secure, password="q")
        outgoing = OutboundMessage(
            right.prepare(message("email"), alert_id=1), "p@example.net", "1.email.1"
        )
        assert isinstance((await right.send_many([outgoing], valid_for=HOUR))[0], Accepted)
        (refused,) = await wrong.send_many([outgoing], valid_for=HOUR)
        assert isinstance(refused, Refused)
        assert refused.failure_reason is FailureReason.CONFIGURATION
        await right.close()


async def test_a_text_message_is_followed_to_the_phone(monkeypatch: pytest.MonkeyPatch) -> None:
    arrived = asyncio.Event()
    receipts: list[object] = []

    def heard(request: Request) -> bytes:
        callback = Callback(request.target, request.headers, request.body)
        receipts.append(channel.read_receipt(callback))
        if isinstance(receipts[-1], Delivered):
            arrived.set()
        return answer(204)

    async with (
        http_server(heard) as service,
        running(SandboxSettings(receipt_delay=(0.0, 0.0))) as sandbox,
    ):
        for key, value in sms_settings(sandbox).items():
            monkeypatch.setenv(f"SMS_{key.upper()}", value)
        (made,) = REGISTRY["sms"](service.url)
        assert isinstance(made, Sms)
        channel = made
        prepared = channel.prepare(message("sms"), alert_id=1)
        outcome = await channel.send(prepared, to="+32470000001", key="1.sms.1", valid_for=HOUR)
        assert isinstance(outcome, Accepted)
        await asyncio.wait_for(arrived.wait(), 5)
        assert receipts[-1] == Delivered("1.sms.1", outcome.reference)
        await channel.close()


async def test_a_report_of_the_second_gateway_is_believed(
    switch_on: SwitchOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived: asyncio.Queue[object] = asyncio.Queue()

    def heard(request: Request) -> bytes:
        callback = Callback(request.target, request.headers, request.body)
        arrived.put_nowait((request.target, second.read_receipt(callback)))
        return answer(204)

    async with (
        http_server(heard) as service,
        running(SandboxSettings(receipt_delay=(0.0, 0.0))) as sandbox,
    ):
        settings = {f"SMS_{name}": value for name, value in sms_settings(sandbox).items()}
        gateway = {f"SMS_GATEWAY_{name}": value for name, value in sinch_settings(sandbox).items()}
        for name, value in {**settings, **gateway, "SMS_ROUTES": "twilio,gateway"}.items():
            monkeypatch.setenv(name.upper(), value)
        first, second = REGISTRY["sms"](service.url)
        prepared = second.prepare(message("sms"), alert_id=1)
        outcome = await second.send(prepared, to="+32470000001", key="1.sms.1", valid_for=HOUR)
        assert isinstance(outcome, Accepted)
        assert await asyncio.wait_for(arrived.get(), 5) == (
            "/receipts/sms/gateway",
            Delivered("1.sms.1", outcome.reference),
        )
        await first.close()
        await second.close()


async def test_emails_go_by_the_second_relay_when_they_are_given_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running() as sandbox:
        settings = {f"EMAIL_{name}": value for name, value in mail_settings(sandbox).items()}
        second_one = {"host": "127.0.0.1", "port": sandbox.ports.smtp2, "tls": "none"}
        settings |= {f"EMAIL_SECOND_{name}": value for name, value in second_one.items()}
        for name, value in {**settings, "EMAIL_ROUTES": "relay,second"}.items():
            monkeypatch.setenv(name.upper(), str(value))
        first, second = REGISTRY["email"]("https://alerts.example.org")
        prepared = second.prepare(message("email"), alert_id=1)
        for relay, to in ((first, "a@example.net"), (second, "b@example.net")):
            outcome = await relay.send(prepared, to=to, key="1.email.1", valid_for=HOUR)
            assert outcome == Accepted("1.email.1@example.org")
            await relay.close()
        assert [one.to for one in sandbox.inbox.smtp.newest()] == [("a@example.net",)]
        assert [one.to for one in sandbox.inbox.of("smtp2").newest()] == [("b@example.net",)]


@pytest.mark.parametrize("provider", ["twilio", "sinch"])
async def test_text_messages_in_doubt_are_told_apart_by_asking(
    provider: str, switch_on: SwitchOn
) -> None:
    weather = {provider: {"hang_up": 0.3, "hang_up_accepted": 0.5}}
    async with running(SandboxSettings(faults=weather, seed=3)) as sandbox:
        settings = sms_settings if provider == "twilio" else sinch_settings
        channel = switch_on("sms", **settings(sandbox))
        prepared = channel.prepare(message("sms"), alert_id=1)
        since = message_time()
        for i in range(60):
            to, key = f"+3247000{i:04}", f"1.sms.{i}"
            outcome = await channel.send(prepared, to=to, key=key, valid_for=HOUR)
            while isinstance(outcome, Deferred):
                assert outcome.failure_reason is FailureReason.UNCLEAR
                found = await channel.find(prepared, to=to, key=key, since=since)
                outcome = found or await channel.send(prepared, to=to, key=key, valid_for=HOUR)
            assert isinstance(outcome, Accepted)
        box = sandbox.inbox.of(provider)
        assert (box.distinct, box.duplicates) == (60, 0)
        assert sandbox.counts()[provider]["faults"]["hang_up"] > 0


async def test_a_post_is_published_once_whatever_happens(switch_on: SwitchOn) -> None:
    weather = {"x": {"error": 0.3, "hang_up": 0.3}}
    async with running(SandboxSettings(faults=weather, seed=5)) as sandbox:
        keys = sandbox.settings.x_keys
        channel = switch_on(
            "x",
            api_base=sandbox.x_url,
            consumer_key=keys.consumer_key,
            consumer_secret=keys.consumer_secret,
            access_token=keys.access_token,
            access_secret=keys.access_secret,
        )
        for number in range(8):
            prepared = channel.prepare(message("x", text=f"{number}: rook & vuur"), alert_id=1)
            since = message_time()
            for _ in range(50):
                outcome = await channel.send(prepared, to=ACCOUNT, key="1.x.1", valid_for=HOUR)
                if isinstance(outcome, Accepted):
                    break
                if outcome.failure_reason is FailureReason.UNCLEAR:  # the core asks
                    found = await channel.find(prepared, to=ACCOUNT, key="1.x.1", since=since)
                    if isinstance(found, Accepted):
                        outcome = found
                        break
            assert isinstance(outcome, Accepted)
            assert await channel.find(prepared, to=ACCOUNT, key="1.x.1", since=since) == outcome
        assert (sandbox.inbox.x.distinct, sandbox.inbox.x.duplicates) == (8, 0)


BARRED, OTHER = "+33612345601", "+32470000002"


@pytest.mark.parametrize(
    ("provider", "provider_code"),
    [("twilio", "400 21408"), ("sinch", "403"), ("smtp", "554 5.7.1")],
)
async def test_whom_a_provider_is_told_to_bar_is_barred_until_it_is_told_otherwise(
    provider: str, provider_code: str, switch_on: SwitchOn
) -> None:
    mail = provider == "smtp"
    barred, other = ("p1@example.net", "p2@example.net") if mail else (BARRED, OTHER)
    async with running(SandboxSettings(faults={provider: {"bar": barred}})) as sandbox:
        settings: dict[str, Mapping[str, object]] = {
            "twilio": sms_settings(sandbox),
            "sinch": sinch_settings(sandbox),
            "smtp": mail_settings(sandbox),
        }
        channel = switch_on("email" if mail else "sms", **settings[provider])
        prepared = channel.prepare(message(channel.name), alert_id=1)

        async def outcome(to: str) -> object:
            return await channel.send(prepared, to=to, key="1.sms.1", valid_for=HOUR)

        for _ in range(2):
            assert await outcome(barred) == Deferred(FailureReason.NOT_PERMITTED, provider_code)
        assert isinstance(await outcome(other), Accepted)
        sandbox.faults.change({provider: {"bar": ""}})
        assert isinstance(await outcome(barred), Accepted)


async def test_somebody_who_answered_stop_gets_a_message_that_was_created_as_failed(
    switch_on: SwitchOn,
) -> None:
    async with running(SandboxSettings(faults={"twilio": {"opted_out": BARRED}})) as sandbox:
        channel: Sms = switch_on("sms", **sms_settings(sandbox))
        prepared = channel.prepare(message("sms"), alert_id=1)
        said = await channel.send(prepared, to=BARRED, key="1.sms.1", valid_for=HOUR)
        (kept,) = sandbox.inbox.twilio.to(BARRED)
        assert said == Refused(FailureReason.OPTED_OUT, "failed 21610", kept.reference)
        assert sandbox.receipts.counts()["pending"] == 0


@pytest.mark.parametrize("how", ["refuse", "hang_up"])
async def test_a_relay_that_lies_about_bdat_gets_every_email_once(
    how: str, switch_on: SwitchOn
) -> None:
    async with running(SandboxSettings(faults={"smtp": {"bdat": how}})) as sandbox:
        channel = switch_on("email", **mail_settings(sandbox))
        prepared = channel.prepare(message("email"), alert_id=1)
        waiting = [
            OutboundMessage(prepared, f"p{i}@example.net", f"1.email.{i}") for i in range(100)
        ]
        for _ in range(2):
            outcomes = await channel.send_many(waiting, valid_for=HOUR)
            waiting = [
                outgoing
                for outgoing, outcome in zip(waiting, outcomes, strict=True)
                if not isinstance(outcome, Accepted)
            ]
        assert waiting == []
        assert (sandbox.inbox.smtp.distinct, sandbox.inbox.smtp.duplicates) == (100, 0)
