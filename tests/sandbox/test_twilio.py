"""Twilio's own SDK takes the sandbox for Twilio, and its callbacks bear Twilio's signature."""

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from channels.sandbox.segments import segments
from channels.sandbox.server import Sandbox, SandboxSettings, running
from tests.sandbox.callbacks import Service, listening
from tests.sandbox.clients import twilio
from tests.sandbox.waiting import until

PHONE = "+32470000001"
SETTINGS = SandboxSettings(receipt_delay=(0.0, 0.02))


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running(SETTINGS) as sandbox:
        yield sandbox


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with listening() as service:
        yield service


async def send(sandbox: Sandbox, to: str = PHONE, **more: Any) -> Any:
    async with twilio(sandbox) as client:
        words = {"from_": "+32460000000", "body": "Ga naar binnen", "to": to, **more}
        return await client.messages.create_async(**words)


async def refusal(sandbox: Sandbox, **more: Any) -> TwilioRestException:
    with pytest.raises(TwilioRestException) as caught:
        await send(sandbox, **more)
    return caught.value


async def test_a_message_is_taken_and_can_be_asked_about(sandbox: Sandbox) -> None:
    taken = await send(sandbox, body="Rentrez à l’abri", validity_period=900)
    assert (taken.status, taken.to, taken.num_segments) == ("queued", PHONE, "1")
    assert taken.date_created.utcoffset() == timedelta(0)
    assert taken.sid.startswith("SM")
    assert len(taken.sid) == 34
    (kept,) = sandbox.inbox.twilio.to(PHONE)
    await until(sandbox.inbox.twilio, lambda: kept.fields["status"] == "delivered")
    async with twilio(sandbox) as client:
        asked = await client.messages(taken.sid).fetch_async()
    assert (asked.status, asked.body, asked.error_code) == ("delivered", "Rentrez à l’abri", None)


async def test_messages_are_listed_by_phone_and_day_page_by_page(sandbox: Sandbox) -> None:
    since = datetime.now(UTC) - timedelta(seconds=5)
    sids = [(await send(sandbox, body=f"{number}")).sid for number in range(5)]
    await send(sandbox, "+32470000002")
    async with twilio(sandbox) as client:
        listed = await client.messages.list_async(to=PHONE, date_sent_after=since, page_size=2)
        later = since + timedelta(hours=1)
        assert await client.messages.list_async(to=PHONE, date_sent_after=later) == []
    assert [one.sid for one in listed] == sids[::-1]


async def test_a_wrong_token_opens_nothing(sandbox: Sandbox) -> None:
    async with twilio(sandbox, token="wrong") as client:
        with pytest.raises(TwilioRestException) as caught:
            await client.messages.create_async(to=PHONE, from_=PHONE, body="Test")
    assert (caught.value.status, caught.value.code) == (401, 20003)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        pytest.param({"to": "0470123456"}, 21211, id="not a number in E.164"),
        pytest.param({"body": ""}, 21602, id="no text"),
        pytest.param({"body": "x" * 1601}, 21617, id="too long a text"),
        pytest.param({"from_": ""}, 21603, id="no sender"),
        pytest.param({"status_callback": "ftp://x"}, 21609, id="no callback of the web"),
    ],
)
async def test_what_twilio_refuses_is_refused(
    sandbox: Sandbox, words: dict[str, str], code: int
) -> None:
    refused = await refusal(sandbox, **words)
    assert (refused.status, refused.code) == (400, code)
    assert sandbox.inbox.twilio.received == 0


async def test_busy_says_how_long(sandbox: Sandbox) -> None:
    sandbox.faults.twilio.busy = 1
    refused = await refusal(sandbox)
    assert (refused.status, refused.code) == (429, 20429)
    settings = sandbox.settings
    login = base64.b64encode(f"{settings.twilio_sid}:{settings.twilio_token}".encode()).decode()
    url = f"{sandbox.twilio_url}/2010-04-01/Accounts/{settings.twilio_sid}/Messages.json"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data={}, headers={"Authorization": f"Basic {login}"}) as answer,
    ):
        assert answer.headers["Retry-After"] == "1"
    assert sandbox.inbox.twilio.received == 0


async def test_an_error_is_not_json_and_nothing_is_kept(sandbox: Sandbox) -> None:
    sandbox.faults.twilio.error = 1
    assert {(await refusal(sandbox)).status for _ in range(20)} == {500, 503}
    sandbox.faults.twilio.error = 0
    sandbox.faults.twilio.down = True
    assert (await refusal(sandbox)).status == 503
    assert sandbox.inbox.twilio.received == 0


async def test_a_hang_up_may_come_after_accepting(sandbox: Sandbox, service: Service) -> None:
    sandbox.faults.twilio.hang_up = 1
    for accepted, kept in ((0, 0), (1, 1)):
        sandbox.faults.twilio.hang_up_accepted = accepted
        with pytest.raises(aiohttp.ClientError):
            await send(sandbox, status_callback=f"{service.url}/receipts/sms?key=k")
        assert sandbox.inbox.twilio.received == kept
    assert (await service.hears(2))[-1]["MessageStatus"] == "delivered"


async def test_receipts_are_signed_as_twilio_signs(sandbox: Sandbox, service: Service) -> None:
    url = f"{service.url}/receipts/sms?key=1.sms.1%2Fa&x=%20b"
    taken = await send(sandbox, status_callback=url)
    first, last = await service.hears(2)
    assert [first["MessageStatus"], last["SmsStatus"]] == ["sent", "delivered"]
    assert last["MessageSid"] == taken.sid
    assert (last["To"], last["From"], last["ApiVersion"]) == (PHONE, "+32460000000", "2010-04-01")
    assert "ErrorCode" not in last
    validator = RequestValidator(sandbox.settings.twilio_token)  # type: ignore[no-untyped-call]
    for heard_at, form, signature in service.heard:
        assert heard_at == url
        assert validator.validate(url, form, signature)  # type: ignore[no-untyped-call]


async def test_a_repeat_is_told_by_the_callbacks_key(sandbox: Sandbox, service: Service) -> None:
    for key in ("1", "1", "2"):
        await send(sandbox, status_callback=f"{service.url}/receipts/sms?key={key}")
    box = sandbox.inbox.twilio
    assert (box.received, box.distinct, box.duplicates) == (3, 2, 1)


async def test_dead_numbers_fail_at_once_or_later_and_always_alike(
    sandbox: Sandbox, service: Service
) -> None:
    sandbox.faults.twilio.refuse = 1
    url = f"{service.url}/receipts/sms"
    rounds: list[dict[str, int]] = []
    for _ in range(2):
        codes: dict[str, int] = {}
        service.heard.clear()
        for number in range(20):
            phone = f"+3247000{number:04}"
            try:
                await send(sandbox, phone, status_callback=url)
            except TwilioRestException as refused:
                codes[phone] = refused.code or 0
        for form in await service.hears(2 * (20 - len(codes))):
            if form["MessageStatus"] == "undelivered":
                codes[form["To"]] = int(form["ErrorCode"])
        rounds.append(codes)
    assert rounds[0] == rounds[1]
    assert len(rounds[0]) == 20
    assert set(rounds[0].values()) == {21211, 21614, 30003, 30005, 30008}


async def test_receipts_can_be_lost(sandbox: Sandbox, service: Service) -> None:
    sandbox.faults.twilio.lose_receipt = 1
    await send(sandbox, status_callback=f"{service.url}/receipts/sms?key=1")
    (kept,) = sandbox.inbox.twilio.newest()
    await until(sandbox.inbox.twilio, lambda: kept.fields["status"] == "delivered")
    assert sandbox.receipts.counts() == {
        "sent": 0,
        "lost": 2,
        "repeated": 0,
        "retried": 0,
        "given_up": 0,
        "pending": 0,
    }
    assert service.heard == []


async def test_receipts_can_be_repeated(sandbox: Sandbox, service: Service) -> None:
    sandbox.faults.twilio.repeat_receipt = 1
    await send(sandbox, status_callback=f"{service.url}/receipts/sms?key=1")
    statuses = sorted(form["MessageStatus"] for form in await service.hears(4))
    assert statuses == ["delivered", "delivered", "sent", "sent"]


async def test_the_last_receipt_can_come_first(service: Service) -> None:
    async with running(SandboxSettings(receipt_delay=(0.1, 0.1))) as sandbox:
        sandbox.faults.twilio.swap_receipt = 1
        await send(sandbox, status_callback=f"{service.url}/receipts/sms?key=1")
        heard = await service.hears(2)
        assert [form["MessageStatus"] for form in heard] == ["delivered", "sent"]
        (kept,) = sandbox.inbox.twilio.newest()
        assert kept.fields["status"] == "delivered"


async def test_a_service_that_was_away_still_gets_its_receipts(
    sandbox: Sandbox, service: Service
) -> None:
    service.answers = [503, 503]
    await send(sandbox, status_callback=f"{service.url}/receipts/sms?key=1")
    heard = await service.hears(2)
    assert {form["MessageStatus"] for form in heard} == {"sent", "delivered"}
    assert sandbox.receipts.counts()["retried"] == 2


async def test_a_provider_set_to_be_slow_answers_late(sandbox: Sandbox) -> None:
    sandbox.faults.twilio.slow = 0.05
    begun = asyncio.get_running_loop().time()
    await send(sandbox)
    assert asyncio.get_running_loop().time() - begun >= 0.04


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),  # the euro may not straddle
        ("ç" * 70, 1),
        ("ç" * 71, 2),
        ("🚨" * 35, 1),
        ("🚨" * 36, 2),
    ],
)
def test_segments_are_counted_as_they_are_billed(text: str, count: int) -> None:
    assert segments(text) == count
