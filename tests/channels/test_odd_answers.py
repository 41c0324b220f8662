"""No answer of a provider makes its adapter raise: it is an outcome, or nobody can be asked."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import product
from typing import Any, Final

import pytest

from alerting.domain.channel import Accepted
from channels._http import Connections, HttpAnswer, pause_of
from tests.channels.conftest import HOUR, SwitchOn, message, message_time
from tests.channels.providers import X_KEYS
from tests.channels.test_email import MANNERS, mailer, outgoing_batch
from tests.channels.wire import MailServer, Request, http_server, mail_server

TO, KEY = "+32470123456", "1.sms.1"
GATEWAYS: Final[dict[str, dict[str, Any]]] = {
    "twilio": {"account_sid": "AC1", "auth_token": "t", "sender": "+32470000001"},
    "sinch": {
        "provider": "sinch",
        "service_plan_id": "p",
        "api_token": "t",
        "hmac_secret": "s",
        "sender": "8888",
    },
}
ODD: Final[tuple[Any, ...]] = (
    None,
    True,
    1.5,
    [],
    [[]],
    {"a": 1},
    "\ud800",
    "x\0y",
    "9" * 5000,
    "a b\r\nX: y",
    "Mon, 30 Nov 2026 00:00:10 +9999999999",
)
"""Values that no field is promised to have."""
NOT_JSON: Final = (b"", b"null", b"[]", b"\xff\xfe\x00", b"[" * 200_000, b'{"a":' * 200_000)
HEADERS: Final[tuple[dict[str, str], ...]] = (
    {},
    {"retry-after": "9" * 5000},
    {"retry-after": "Mon, 01 Jan 2024 00:00:00 +99999999999999999999"},
    {"retry-after": "²"},
)
TAKEN: Final[dict[str, Any]] = {
    "sid": "SM1",
    "status": "queued",
    "body": message("sms").text,
    "date_created": "Mon, 30 Nov 2026 00:00:10 +0000",
    "to": TO,
    "error_code": None,
    "code": 21211,
    "message": "m",
}
BATCH: Final[dict[str, Any]] = {
    "id": "b",
    "client_reference": KEY,
    "to": [TO.removeprefix("+")],
    "canceled": False,
}


def bodies() -> Iterator[bytes]:
    """Answers in which one field at a time is what it should not be."""
    yield from NOT_JSON
    for field, value in product(TAKEN, ODD):
        odd = {**TAKEN, field: value}
        yield json.dumps(odd).encode()
        yield json.dumps({"messages": [odd], "next_page_uri": None, "page": 0}).encode()
    for field, value in product(BATCH, ODD):
        odd = {**BATCH, field: value}
        yield json.dumps({**odd, "batches": [odd], "statuses": [{"status": value}]}).encode()
    for value in (*ODD, [None], [{}]):
        yield json.dumps({"messages": value, "batches": value, "statuses": value}).encode()
        yield json.dumps({"messages": [TAKEN | {"body": ""}], "next_page_uri": value}).encode()


@pytest.mark.parametrize("status", [200, 201, 301, 400, 401, 404, 429, 503, 999])
@pytest.mark.parametrize("gateway", GATEWAYS)
async def test_no_answer_of_a_gateway_makes_its_adapter_raise(
    gateway: str, status: int, switch_on: SwitchOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = switch_on("sms", **GATEWAYS[gateway])
    prepared = channel.prepare(message("sms"), alert_id=1)
    answer = HttpAnswer(status, {}, b"")

    async def ask(_connections: Connections, _request: bytes) -> HttpAnswer:
        return answer

    monkeypatch.setattr(Connections, "ask", ask)
    raised: list[tuple[str, BaseException, bytes]] = []
    for body, headers in product(bodies(), HEADERS if status == 429 else HEADERS[:1]):
        answer = HttpAnswer(status, dict(headers), body)
        for act, call in (
            ("send", lambda: channel.send(prepared, to=TO, key=KEY, valid_for=HOUR)),
            ("find", lambda: channel.find(prepared, to=TO, key=KEY, since=message_time())),
            ("probe", channel.probe),
        ):
            try:
                await call()
            except (ConnectionError, PermissionError):
                assert act == "find"
            except Exception as error:
                raised.append((act, error, body[:120]))
    assert raised == []


@pytest.mark.parametrize("said", ["9" * 5000, "86401", "Fri, 01 Jan 2100 00:00:00 GMT"])
def test_a_pause_is_a_day_at_most(said: str) -> None:
    assert pause_of(said) == timedelta(days=1)


ODD_REPLIES: Final = (
    b"%d Serveur surcharg\xe9, r\xe9essayez plus tard",
    b"%d \xff\xfe\x00",
    b"%d 9.999.999 \xb2",
    b"%d",
    b"%d" + b"9" * 5000,
    b"\xb2\xb2\xb2 %d",
    b"\xe9",
    b"+OK %d",
)
"""Replies of relays, with a code, in bytes that are no UTF-8, or are no reply at all."""
STEPS: Final = ("GREETING", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "BODY", "RSET", "QUIT")


@MANNERS
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("code", [250, 421, 550])
async def test_no_reply_of_a_relay_makes_its_adapter_raise(
    step: str, code: int, offers: tuple[str, ...], switch_on: SwitchOn
) -> None:
    """Whoever is said to be accepted has it, and everybody's answer is known."""
    odd = ""
    server = MailServer((*offers, "AUTH PLAIN"), lambda now, _: odd if now == step else None)
    async with mail_server(server):
        signed = {"username": "alerts", "password": "p", "timeout_seconds": 0.2}
        for reply in ODD_REPLIES:
            odd = reply.replace(b"%d", b"%d" % code).decode(errors="surrogateescape")
            channel = mailer(switch_on, server, connections=2, **signed)
            server.taken.clear()
            batch = outgoing_batch(channel, 20)
            outcomes = await channel.send_many(batch, valid_for=HOUR)
            assert None not in outcomes
            taken = {one.person for one in server.taken}
            accepted = {
                one.to
                for one, outcome in zip(batch, outcomes, strict=True)
                if isinstance(outcome, Accepted)
            }
            assert accepted <= taken or (step, code) == ("BODY", 250)
            assert not accepted or len(accepted) + 8 >= len(taken)
            await channel.probe()
            await channel.close()


TWEET: Final[dict[str, Any]] = {"id": "1", "text": "t", "created_at": "2026-11-30T12:00:00Z"}


def x_bodies() -> Iterator[bytes]:
    """Answers of X in which one field at a time is what it should not be."""
    yield from NOT_JSON
    for field, value in product((*TWEET, "entities"), ODD):
        yield json.dumps({"data": {**TWEET, field: value}}).encode()
        yield json.dumps({"data": [{**TWEET, field: value}]}).encode()
    for value in ODD:
        yield json.dumps({"data": value}).encode()
        yield json.dumps({"errors": value, "detail": value, "error": value}).encode()


@pytest.mark.parametrize("status", [200, 201, 400, 401, 403, 418, 429, 503])
async def test_no_answer_of_x_makes_its_adapter_raise(status: int, switch_on: SwitchOn) -> None:
    """Who is said to have the post has its id; a refusal is known by its status alone."""
    body = b""

    def reply(_: Request) -> bytes:
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body

    async with http_server(reply) as site:
        channel = switch_on("x", **X_KEYS, api_base=site.url)
        prepared, to = channel.prepare(message("x"), alert_id=1), "x:national:nl"
        refused = set()
        for body in x_bodies():
            outcome = await channel.send(prepared, to=to, key="1.x.1", valid_for=HOUR)
            if isinstance(outcome, Accepted):
                assert outcome.reference == str(json.loads(body)["data"]["id"]) != "None"
                assert outcome.reference.isdigit()
            refused.add((type(outcome), getattr(outcome, "failure_reason", None)))
            with suppress(ConnectionError, PermissionError):
                found = await channel.find(prepared, to=to, key="1.x.1", since=message_time())
                assert b"errors" not in body or found is not None
        assert len(refused) == 1 or status < 300
        await channel.close()
