"""Sinch's interface of batches, as its reference has it, and its signed reports."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from channels.sandbox import credentials
from channels.sandbox.server import Sandbox, SandboxSettings, running
from tests.channels.wire import Request, answer, http_server

PHONE = "+32470000001"
BATCH = {"from": "1789", "to": [PHONE], "body": "Test"}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running(SandboxSettings(receipt_delay=(0, 0))) as opened:
        yield opened


async def ask(
    sandbox: Sandbox, method: str, path: str = "", body: Any = None, token: str = ""
) -> tuple[int, Any]:
    url = f"{sandbox.sinch_url}/xms/v1/{credentials.SINCH_PLAN}/batches{path}"
    headers = {"Authorization": f"Bearer {token or credentials.SINCH_TOKEN}"}
    data = body if isinstance(body, str) or body is None else json.dumps(body)
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, data=data, headers=headers) as reply,
    ):
        text = await reply.text()
        said = json.loads(text) if text.startswith("{") else text
        return reply.status, said


def in_future(**time: float) -> str:
    return (datetime.now(UTC) + timedelta(**time)).isoformat()


async def test_a_batch_is_kept_and_can_be_looked_up_by_our_reference(sandbox: Sandbox) -> None:
    status, batch = await ask(sandbox, "POST", body={**BATCH, "client_reference": "12.sms.1"})
    assert (status, batch["to"], batch["client_reference"]) == (201, [PHONE[1:]], "12.sms.1")
    assert await ask(sandbox, "GET", f"/{batch['id']}") == (200, batch)
    _, found = await ask(sandbox, "GET", "?client_reference=12.sms.1")
    assert found == {"count": 1, "page": 0, "page_size": 1, "batches": [batch]}
    _, other = await ask(sandbox, "GET", "?client_reference=12.sms.2")
    assert other["batches"] == []
    later = in_future(hours=1).replace("+", "%2B")
    _, later_ones = await ask(sandbox, "GET", f"?client_reference=12.sms.1&start_date={later}")
    assert later_ones["batches"] == []
    (kept,) = sandbox.inbox.of("sinch").to(PHONE)
    assert kept.key == "12.sms.1"


async def test_the_same_reference_twice_is_a_repetition_but_is_taken(sandbox: Sandbox) -> None:
    for _ in range(2):
        assert (await ask(sandbox, "POST", body={**BATCH, "client_reference": "r"}))[0] == 201
    assert sandbox.inbox.of("sinch").duplicates == 1


@pytest.mark.parametrize(
    ("batch", "status", "code"),
    [
        pytest.param("{", 400, "syntax_invalid_json", id="no JSON"),
        pytest.param([], 400, "syntax_constraint_violation", id="another shape"),
        pytest.param({**BATCH, "body": ""}, 400, "syntax_constraint_violation", id="no text"),
        pytest.param({**BATCH, "to": []}, 400, "syntax_constraint_violation", id="nobody"),
        pytest.param(
            {**BATCH, "to": ["0470"]}, 400, "syntax_invalid_parameter_format", id="no number"
        ),
        pytest.param(
            {**BATCH, "body": "x" * 2001}, 400, "syntax_constraint_violation", id="too long"
        ),
        pytest.param(
            {**BATCH, "expire_at": "2020-01-01T00:00:00.000Z"},
            400,
            "syntax_constraint_violation",
            id="expired",
        ),
        pytest.param(
            {**BATCH, "expire_at": in_future(days=4)},
            400,
            "syntax_constraint_violation",
            id="lasts too long",
        ),
        pytest.param(
            {**BATCH, "expire_at": "soon"}, 400, "syntax_invalid_parameter_format", id="no date"
        ),
        pytest.param(
            {**BATCH, "delivery_report": "per_recipient_final"},
            403,
            "missing_callback_url",
            id="nowhere to report to",
        ),
    ],
)
async def test_what_sinch_would_refuse_is_refused(
    sandbox: Sandbox, batch: Any, status: int, code: str
) -> None:
    got, said = await ask(sandbox, "POST", body=batch)
    assert (got, said["code"]) == (status, code)
    assert sandbox.inbox.of("sinch").received == 0


async def test_a_wrong_token_opens_nothing(sandbox: Sandbox) -> None:
    for method in ("GET", "POST"):
        assert (await ask(sandbox, method, body=BATCH, token="other"))[0] == 401


@pytest.mark.parametrize(
    ("orders", "said"),
    [({}, ("Delivered", 0)), ({"refuse": 1.0}, None)],
    ids=["arrives", "fails"],
)
async def test_the_end_is_reported_signed(orders: dict[str, float], said: Any) -> None:
    heard: asyncio.Queue[Request] = asyncio.Queue()

    def hear(request: Request) -> bytes:
        heard.put_nowait(request)
        return answer(204)

    settings = SandboxSettings(receipt_delay=(0, 0), faults={"sinch": orders})
    async with http_server(hear) as service, running(settings) as sandbox:
        status, number = 0, 0
        while status != 201:  # half of those that are refused are refused at once
            number += 1
            batch = {
                **BATCH,
                "to": [f"+3247{number:07d}"],
                "client_reference": f"12.sms.{number}",
                "delivery_report": "per_recipient_final",
                "callback_url": f"{service.url}/receipts/sms/gateway",
            }
            status, _ = await ask(sandbox, "POST", body=batch)
        request = await asyncio.wait_for(heard.get(), 5)
    assert request.target == "/receipts/sms/gateway"
    report = json.loads(request.body)
    assert report["type"] == "recipient_delivery_report_sms"
    assert report["client_reference"] == f"12.sms.{number}"
    if said:
        assert (report["status"], report["code"]) == said
    else:
        assert (report["status"], report["code"]) in {
            ("Aborted", 402),
            ("Failed", 404),
            ("Expired", 406),
        }
    name = "x-sinch-webhook-signature"
    nonce, at = request.headers[f"{name}-nonce"], request.headers[f"{name}-timestamp"]
    whole = request.body + f".{nonce}.{at}".encode()
    digest = hmac.new(credentials.SINCH_SECRET.encode(), whole, hashlib.sha256).digest()
    assert request.headers[name] == base64.b64encode(digest).decode()


@pytest.mark.parametrize(
    ("order", "statuses"),
    [({"down": True}, {503}), ({"busy": 1.0}, {429}), ({"error": 1.0}, {500, 503})],
    ids=str,
)
async def test_failures_come_to_order(order: dict[str, Any], statuses: set[int]) -> None:
    async with running(SandboxSettings(faults={"sinch": order})) as sandbox:
        assert (await ask(sandbox, "POST", body=BATCH))[0] in statuses
        assert sandbox.counts()["sinch"]["faults"].keys() == order.keys()


async def test_a_line_cut_on_purpose_may_have_taken_the_message() -> None:
    order = {"sinch": {"hang_up": 1.0, "hang_up_accepted": 1.0}}
    async with running(SandboxSettings(faults=order)) as sandbox:
        with pytest.raises(aiohttp.ClientError):
            await ask(sandbox, "POST", body=BATCH)
        assert sandbox.inbox.of("sinch").received == 1
