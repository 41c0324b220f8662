"""No answer of a gateway makes its adapter raise: it is an outcome, or that nobody can be asked."""

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from typing import Any, Final

import pytest

from channels._http import Connections, HttpAnswer, pause_of
from tests.channels.conftest import HOUR, SwitchOn, message, message_time

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
