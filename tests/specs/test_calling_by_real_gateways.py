"""Officers are called through the providers' own wire: the second gateway where the first is down,
and a receipt that says whether it arrived."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from alerting import bootstrap
from alerting.actions.accounts import administration, invitations, mobile_numbers
from alerting.actions.alerts import queries
from alerting.cli.main import app
from alerting.cli.runtime import services as opened_services
from alerting.delivery import receipts
from alerting.domain.channel import Callback, SignedReceipt
from alerting.domain.delivery import State
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Role
from alerting.domain.text.gsm7 import measure
from channels import REGISTRY
from channels.sandbox import credentials
from channels.sandbox.server import Sandbox, SandboxSettings, running
from tests.channels.wire import Request, answer, http_server
from tests.desk import JORIS, MILA, Desk
from tests.doubles import Clock
from tests.staff import member, send_mails, wanted

NUMBER = "+32470123456"


def gateways(sandbox: Sandbox) -> dict[str, str]:
    """The settings of two: Twilio, then Sinch."""
    return {
        "SMS_ROUTES": "twilio,sinch",
        "SMS_ACCOUNT_SID": credentials.TWILIO_SID,
        "SMS_AUTH_TOKEN": credentials.TWILIO_TOKEN,
        "SMS_SENDER": "+32460000000",
        "SMS_API_BASE": sandbox.twilio_url,
        "SMS_SINCH_PROVIDER": "sinch",
        "SMS_SINCH_SERVICE_PLAN_ID": credentials.SINCH_PLAN,
        "SMS_SINCH_API_TOKEN": credentials.SINCH_TOKEN,
        "SMS_SINCH_HMAC_SECRET": credentials.SINCH_SECRET,
        "SMS_SINCH_SENDER": "+32460000000",
        "SMS_SINCH_API_BASE": sandbox.sinch_url,
    }


def received(sandbox: Sandbox, provider: str) -> list[tuple[str, str]]:
    """To which number, and what."""
    found = [
        (one.to[0], one.fields.get("Body") or one.fields["body"])
        for one in sandbox.inbox.of(provider).newest()
    ]
    return found[::-1]


async def test_where_the_first_gateway_is_down_the_second_calls_and_its_receipt_is_shown(
    desk: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: asyncio.Queue[Request] = asyncio.Queue()

    def hear(request: Request) -> bytes:
        heard.put_nowait(request)
        return answer(204)

    faults = {"twilio": {"down": True}}
    settings = SandboxSettings(receipt_delay=(0, 0), faults=faults)
    async with http_server(hear) as public, running(settings) as sandbox:
        for name, value in gateways(sandbox).items():
            monkeypatch.setenv(name, value)
        ways = REGISTRY["sms"](public.url)
        routes = {**desk.services.routes, "sms": ways}
        texter = bootstrap.texter(desk.services.database, routes)
        services = replace(desk.services, routes=routes, texter=texter)
        for one in (MILA, JORIS):
            await member(services, clock, one.name, one.role)
        await mobile_numbers.send_code(services, NUMBER, by=JORIS)
        [(to, code)] = received(sandbox, "sinch")
        assert to == NUMBER
        await mobile_numbers.confirm_number(services, code[:6], by=JORIS)
        alert = await Desk(services, clock).submits(await desk.drafts())
        await send_mails(services)
        assert not received(sandbox, "twilio")
        _, (to, told) = received(sandbox, "sinch")
        assert (to, measure(told).segments) == (NUMBER, 1)
        assert str(alert.id) in told
        for _ in range(2):  # of the code, then of the call
            report = await asyncio.wait_for(heard.get(), 5)
            callback = Callback(report.target, report.headers, report.body)
            receipt: Any = ways[1].read_receipt(callback)
            await receipts.apply_receipts(services, [SignedReceipt("sms", "sinch", receipt)])
        status = await queries.get_status(services, alert.id, by=MILA)
        states = {one.channel: one.state for one in status.called.messages["joris"]}
        assert states["sms"] is State.DELIVERED
        for way in ways:
            await way.close()


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A command, as a user types it, with what they type when they are asked."""
    monkeypatch.setenv("ALERTING_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()

    def typed(*words: str, answers: str = "") -> Result:
        return runner.invoke(app, list(words), input=answers)

    return typed


def test_the_command_line_asks_for_number_and_code_and_shows_neither_again(
    command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def account_of_joris() -> None:
        async with opened_services() as opened:
            invitation = wanted("joris", Role.ADMINISTRATOR)
            await invitations.make_first_administrator(opened, invitation, by=SHELL)

    async def number_of_joris() -> str:
        async with opened_services() as opened:
            return (await administration.account_named(opened, "joris")).mobile

    def answers_of(sandbox: Sandbox) -> None:
        for name, value in gateways(sandbox).items():
            monkeypatch.setenv(name, value)
        assert command("migrate").exit_code == 0
        asyncio.run(account_of_joris())
        create = ("token", "create", "--officer", "joris", "--role", "administrator")
        monkeypatch.setenv("ALERTING_TOKEN", command(*create).stdout.strip())
        sent = command("users", "set-mobile", answers="0470 12 34 56\n")
        assert sent.exit_code == 0, sent.output
        code = received(sandbox, "twilio")[-1][1][:6]
        assert command("users", "confirm-mobile", answers="1\n").exit_code == 1
        confirmed = command("users", "confirm-mobile", answers=f"{code}\n")
        assert confirmed.exit_code == 0, confirmed.output
        assert asyncio.run(number_of_joris()) == NUMBER
        assert command("users", "remove-mobile").exit_code == 0
        assert not asyncio.run(number_of_joris())
        assert NUMBER not in sent.output + confirmed.output

    async def with_sandbox() -> None:
        async with running(SandboxSettings()) as sandbox:
            await asyncio.to_thread(answers_of, sandbox)

    asyncio.run(with_sandbox())
