"""Sinch takes a text once; what it reports is believed only with its signature."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.domain.channel import (
    Accepted,
    Callback,
    Deferred,
    Delivered,
    FailureReason,
    InProgress,
    InvalidSignature,
    Outcome,
    Receipt,
    Refused,
    Undelivered,
)
from channels._sinch import LONGEST_VALIDITY, Sinch
from channels._sinch_codes import BY_CODE, BY_STATUS, outcome_of
from channels.sms import text_routes
from tests.channels.conftest import HOUR, NUMBER, PUBLIC_URL, WORDS, SwitchOn, message, message_time
from tests.channels.providers import HMAC_SECRET, PLAN, PLAN_TOKEN, SinchPlan, sinch_settings
from tests.channels.wire import HttpServer, answer, http_server

KEY = "12.sms.345"
BATCH = "01FC66621XXXXX119Z8PMV1QPQ"
NONCE, AT = "01FJA8B4A7BM43YGWSG9GBV067", "1634579353"


def texting(switch_on: SwitchOn, site: HttpServer, **other: object) -> Sinch:
    channel: Sinch = switch_on("sms", **{**sinch_settings(site.url), **other})
    return channel


async def sent(channel: Sinch, valid_for: timedelta = HOUR) -> Outcome:
    prepared = channel.prepare(message("sms"), alert_id=12)
    return await channel.send(prepared, to=NUMBER, key=KEY, valid_for=valid_for)


def signed(body: bytes, *, secret: str = HMAC_SECRET, nonce: str = NONCE) -> Callback:
    """A callback as Sinch makes it."""
    whole = body + f".{nonce}.{AT}".encode()
    digest = hmac.new(secret.encode(), whole, hashlib.sha256).digest()
    headers = {
        "X-Sinch-Webhook-Signature": base64.b64encode(digest).decode(),
        "X-Sinch-Webhook-Signature-Nonce": nonce,
        "X-Sinch-Webhook-Signature-Timestamp": AT,
        "X-Sinch-Webhook-Signature-Algorithm": "HmacSHA256",
    }
    return Callback("/receipts/sms/sinch", headers, body)


def report(status: str, code: int = 0, **other: Any) -> bytes:
    said = {
        "type": "recipient_delivery_report_sms",
        "batch_id": BATCH,
        "client_reference": KEY,
        "recipient": NUMBER,
        "code": code,
        "status": status,
        "at": "2030-01-15T12:00:00.000Z",
    }
    return json.dumps({**said, **other}).encode()


async def test_sinch_is_asked_as_its_reference_says(switch_on: SwitchOn) -> None:
    before = datetime.now(UTC)
    async with http_server(SinchPlan().reply) as site:
        assert isinstance(await sent(texting(switch_on, site)), Accepted)
    (request,) = site.requests
    assert request.method == "POST"
    assert request.target == f"/xms/v1/{PLAN}/batches"
    assert request.headers["authorization"] == f"Bearer {PLAN_TOKEN}"
    assert request.headers["content-type"] == "application/json"
    said = json.loads(request.body)
    expires = said.pop("expire_at")
    assert said == {
        "type": "mt_text",
        "from": "1789",
        "to": [NUMBER],
        "body": WORDS,
        "client_reference": KEY,
        "delivery_report": "per_recipient_final",
        "callback_url": f"{PUBLIC_URL}/receipts/sms/sinch",
    }
    assert expires.endswith("Z")
    lasts = datetime.fromisoformat(expires) - before
    assert timedelta(minutes=59, seconds=59) < lasts < timedelta(hours=1, seconds=30)


@pytest.mark.parametrize(
    ("valid_for", "expected"),
    [
        (timedelta(seconds=-5), timedelta(seconds=1)),
        (timedelta(seconds=90.9), timedelta(seconds=90.9)),
        (timedelta(days=9), LONGEST_VALIDITY),
    ],
    ids=str,
)
async def test_sinch_drops_the_message_when_it_can_no_longer_help(
    switch_on: SwitchOn, valid_for: timedelta, expected: timedelta
) -> None:
    async with http_server(SinchPlan().reply) as site:
        channel = texting(switch_on, site)
        before = datetime.now(UTC) - timedelta(milliseconds=1)  # it is told whole milliseconds
        await sent(channel, valid_for)
        after = datetime.now(UTC)
    expires = datetime.fromisoformat(json.loads(site.requests[0].body)["expire_at"])
    assert before + expected <= expires <= after + expected


async def test_any_text_arrives_as_it_was_written(switch_on: SwitchOn) -> None:
    words = 'Évacuez : "gaz" \\ ☣ 🚨\nmaintenant'
    async with http_server(SinchPlan().reply) as site:
        channel = texting(switch_on, site)
        prepared = channel.prepare(message("sms", text=words), alert_id=12)
        await channel.send(prepared, to=NUMBER, key=KEY, valid_for=HOUR)
    assert json.loads(site.requests[0].body)["body"] == words
    assert channel.cost(prepared) == 1


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (
            400,
            "syntax_invalid_parameter_format",
            Refused(FailureReason.ADDRESS_INVALID, "400 syntax_invalid_parameter_format"),
        ),
        (
            400,
            "syntax_constraint_violation",
            Deferred(FailureReason.UNKNOWN, "400 syntax_constraint_violation"),
        ),
        (
            403,
            "missing_callback_url",
            Refused(FailureReason.CONFIGURATION, "403 missing_callback_url"),
        ),
        (401, "", Refused(FailureReason.CONFIGURATION, "401")),
        (404, "", Refused(FailureReason.CONFIGURATION, "404")),
        (403, "", Deferred(FailureReason.NOT_PERMITTED, "403")),
        (400, f"about {NUMBER}", Deferred(FailureReason.UNKNOWN, "400")),
        (418, "", Deferred(FailureReason.UNKNOWN, "418")),
        (500, "", Deferred(FailureReason.DOWN, "500")),
        (302, "", Deferred(FailureReason.UNKNOWN, "302")),
        (202, "", Deferred(FailureReason.UNCLEAR, "202")),
    ],
    ids=str,
)
async def test_a_code_becomes_an_outcome(
    switch_on: SwitchOn, status: int, code: str, outcome: Outcome
) -> None:
    problem = {"code": code, "text": f"about {NUMBER}"}
    async with http_server(lambda _: answer(status, problem)) as site:
        assert await sent(texting(switch_on, site)) == outcome


@given(status=st.integers(202, 599), code=st.text())
def test_a_code_nobody_knows_is_tried_again(status: int, code: str) -> None:
    known = BY_CODE.get(code) or BY_STATUS.get(status) or (Deferred, None)
    assert isinstance(outcome_of(status, code), known[0])


@pytest.mark.parametrize(
    ("header", "pause"), [("7", timedelta(seconds=7)), ("soon", None), ("", None)]
)
async def test_when_sinch_says_how_long_to_wait_we_wait(
    switch_on: SwitchOn, header: str, pause: timedelta | None
) -> None:
    reply = answer(429, {"code": "", "text": ""}, Retry_After=header)
    async with http_server(lambda _: reply) as site:
        assert await sent(texting(switch_on, site)) == Deferred(FailureReason.BUSY, "429", pause)


@pytest.mark.parametrize("said", ["[]", '"yes"', "{}", '{"id": 7}', '{"id": ""}', "<html>"])
async def test_a_yes_without_a_reference_is_in_doubt(switch_on: SwitchOn, said: str) -> None:
    async with http_server(lambda _: answer(201, said)) as site:
        assert await sent(texting(switch_on, site)) == Deferred(
            FailureReason.UNCLEAR, "no reference"
        )


async def test_a_message_in_doubt_is_looked_for_by_our_own_reference(switch_on: SwitchOn) -> None:
    async with http_server(SinchPlan().reply) as site:
        channel = texting(switch_on, site)
        prepared = channel.prepare(message("sms"), alert_id=12)
        accepted = await sent(channel)
        since = message_time()
        assert await channel.find(prepared, to=NUMBER, key=KEY, since=since) == accepted
        assert await channel.find(prepared, to=NUMBER, key="12.sms.3", since=since) is None
    asked = site.requests[1].query
    assert asked["client_reference"] == KEY
    assert datetime.fromisoformat(asked["start_date"]) == since.replace(
        microsecond=since.microsecond // 1000 * 1000
    )


@pytest.mark.parametrize(
    ("status", "error"),
    [
        *((status, PermissionError) for status in (401, 403, 404)),
        *((status, ConnectionError) for status in (400, 429, 500, 503)),
    ],
)
async def test_a_token_that_may_not_list_is_told_from_a_provider_that_is_away(
    switch_on: SwitchOn, status: int, error: type[OSError]
) -> None:
    async with http_server(lambda _: answer(status, "{}")) as site:
        channel = texting(switch_on, site)
        prepared = channel.prepare(message("sms"), alert_id=12)
        with pytest.raises(error):
            await channel.find(prepared, to=NUMBER, key=KEY, since=message_time())


@pytest.mark.parametrize("said", ["[]", "{}", '{"batches": null}', "<html>"])
async def test_an_unreadable_list_is_not_taken_for_an_empty_one(
    switch_on: SwitchOn, said: str
) -> None:
    async with http_server(lambda _: answer(200, said)) as site:
        channel = texting(switch_on, site)
        prepared = channel.prepare(message("sms"), alert_id=12)
        with pytest.raises(ConnectionError):
            await channel.find(prepared, to=NUMBER, key=KEY, since=message_time())


@pytest.fixture
def channel(switch_on: SwitchOn) -> Sinch:
    made: Sinch = switch_on("sms", **sinch_settings("https://eu.sms.api.sinch.com"))
    return made


@pytest.mark.parametrize(
    ("status", "code", "receipt"),
    [
        ("Delivered", 0, Delivered(KEY, BATCH)),
        ("Queued", 400, InProgress(KEY, BATCH)),
        ("Dispatched", 401, InProgress(KEY, BATCH)),
        ("Unknown", 0, InProgress(KEY, BATCH)),
        ("Aborted", 402, Undelivered(KEY, BATCH, FailureReason.UNREACHABLE, "Aborted 402")),
        ("Aborted", 412, Undelivered(KEY, BATCH, FailureReason.NOT_PERMITTED, "Aborted 412")),
        ("Aborted", 413, Undelivered(KEY, BATCH, FailureReason.CONFIGURATION, "Aborted 413")),
        ("Expired", 406, Undelivered(KEY, BATCH, FailureReason.TOO_LATE, "Expired 406")),
        ("Expired", 0, Undelivered(KEY, BATCH, FailureReason.UNREACHABLE, "Expired 0")),
        ("Rejected", 408, Undelivered(KEY, BATCH, FailureReason.UNKNOWN, "Rejected 408")),
        ("Deleted", 1, Undelivered(KEY, BATCH, FailureReason.UNREACHABLE, "Deleted 1")),
        ("Failed", 9999, Undelivered(KEY, BATCH, FailureReason.UNREACHABLE, "Failed 9999")),
        ("Invented", 0, InProgress(KEY, BATCH)),
    ],
)
def test_a_report_becomes_a_receipt(
    channel: Sinch, status: str, code: int, receipt: Receipt
) -> None:
    assert channel.read_receipt(signed(report(status, code))) == receipt


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        report("Delivered", type="mo_text"),
        json.dumps({"type": "recipient_delivery_report_sms"}).encode(),
    ],
)
def test_what_is_signed_and_no_report_means_nothing(channel: Sinch, body: bytes) -> None:
    assert channel.read_receipt(signed(body)) is None


@pytest.mark.parametrize("missing", ["client_reference", "batch_id"])
def test_a_report_that_lacks_a_name_is_kept_without_it(channel: Sinch, missing: str) -> None:
    names = {"client_reference": KEY, "batch_id": BATCH, missing: ""}
    expected = Delivered(names["client_reference"], names["batch_id"])
    assert channel.read_receipt(signed(report("Delivered", 0, **{missing: None}))) == expected


def test_what_sinch_did_not_sign_is_forged(channel: Sinch) -> None:
    good = signed(report("Delivered"))
    other_body = Callback(good.target, good.headers, report("Failed"))
    other_nonce = {**good.headers, "X-Sinch-Webhook-Signature-Nonce": "another"}
    assert channel.read_receipt(other_body) == InvalidSignature("wrong signature")
    assert channel.read_receipt(Callback(good.target, other_nonce, good.body)) == InvalidSignature(
        "wrong signature"
    )
    assert channel.read_receipt(signed(report("Delivered"), secret="other")) == InvalidSignature(
        "wrong signature"
    )
    for missing in good.headers:
        if not missing.endswith("Algorithm"):
            fewer = {name: value for name, value in good.headers.items() if name != missing}
            unsigned = Callback(good.target, fewer, good.body)
            assert channel.read_receipt(unsigned) == InvalidSignature("no signature")


@given(signature=st.text(), nonce=st.text(), body=st.binary())
def test_no_callback_is_too_strange(signature: str, nonce: str, body: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for key, value in sinch_settings("https://eu.sms.api.sinch.com").items():
            patch.setenv(f"SMS_{key.upper()}", value)
        (strange,) = text_routes(PUBLIC_URL)
    headers = {
        "x-sinch-webhook-signature": signature,
        "x-sinch-webhook-signature-nonce": nonce,
        "x-sinch-webhook-signature-timestamp": AT,
    }
    assert isinstance(
        strange.read_receipt(Callback("/receipts/sms/sinch", headers, body)), InvalidSignature
    )


def test_it_shares_its_limit_with_whoever_uses_the_same_service_plan(channel: Sinch) -> None:
    assert channel.rate_key == f"sinch:{PLAN}"
