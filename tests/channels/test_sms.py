"""A text message is posted once; what Twilio says about it is believed only with its signature."""

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

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
    Tracking,
    Undelivered,
)
from channels._http import Encoded, form
from channels._twilio_codes import MEANINGS, failure_reason_of, outcome_of
from channels.sms import Sms, text_routes
from tests.channels.conftest import HOUR, NUMBER, PUBLIC_URL, WORDS, SwitchOn, message
from tests.channels.providers import ACCOUNT_SID, TOKEN, Twilio, sms_settings
from tests.channels.wire import HANG_UP, SILENCE, HttpServer, Request, answer, http_server

KEY = "12.sms.345"
SID = "SM" + "7" * 32


async def sent(channel: Sms, valid_for: timedelta = HOUR, to: str = NUMBER) -> Outcome:
    prepared = channel.prepare(message("sms"), alert_id=12)
    return await channel.send(prepared, to=to, key=KEY, valid_for=valid_for)


def texting(switch_on: SwitchOn, site: HttpServer, **other: object) -> Sms:
    channel: Sms = switch_on("sms", **{**sms_settings(site.url), **other})
    return channel


async def test_twilio_is_asked_as_its_reference_says(switch_on: SwitchOn) -> None:
    async with http_server(Twilio().reply) as site:
        channel = texting(switch_on, site)
        assert isinstance(await sent(channel), Accepted)
    (request,) = site.requests
    assert request.method == "POST"
    assert request.target == f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
    assert request.credentials == f"{ACCOUNT_SID}:{TOKEN}"
    assert request.form == {
        "To": NUMBER,
        "From": "1789",
        "Body": WORDS,
        "ValidityPeriod": "3600",
        "StatusCallback": f"{PUBLIC_URL}/receipts/sms/twilio?key={KEY}",
    }


async def test_a_messaging_service_goes_before_a_sender(switch_on: SwitchOn) -> None:
    async with http_server(Twilio().reply) as site:
        await sent(texting(switch_on, site, messaging_service_sid="MG1"))
    assert site.requests[0].form["MessagingServiceSid"] == "MG1"
    assert "From" not in site.requests[0].form


@pytest.mark.parametrize(
    ("valid_for", "seconds"),
    [
        (timedelta(milliseconds=10), "1"),
        (timedelta(seconds=-5), "1"),
        (timedelta(seconds=90.9), "90"),
        (timedelta(days=2), "36000"),
    ],
    ids=str,
)
async def test_twilio_drops_the_message_when_it_can_no_longer_help(
    switch_on: SwitchOn, valid_for: timedelta, seconds: str
) -> None:
    async with http_server(Twilio().reply) as site:
        await sent(texting(switch_on, site), valid_for)
    assert site.requests[0].form["ValidityPeriod"] == seconds


@given(text=st.text(), other=st.text())
def test_a_form_says_what_was_meant(text: str, other: str) -> None:
    try:
        expected = urlencode({"Body": text, "To": other})
    except UnicodeEncodeError:  # half a surrogate pair is no text
        return
    assert form({"Body": Encoded(text), "To": other}) == expected


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (400, 21211, Refused(FailureReason.ADDRESS_INVALID, "400 21211")),
        (400, 21610, Refused(FailureReason.OPTED_OUT, "400 21610")),
        (400, 21614, Refused(FailureReason.ADDRESS_INVALID, "400 21614")),
        (400, 21408, Deferred(FailureReason.NOT_PERMITTED, "400 21408")),
        (400, 21617, Refused(FailureReason.CONTENT, "400 21617")),
        (400, 21611, Deferred(FailureReason.BUSY, "400 21611")),
        (400, 21699, Deferred(FailureReason.UNKNOWN, "400 21699")),
        (401, 20003, Refused(FailureReason.CONFIGURATION, "401 20003")),
        (403, 0, Deferred(FailureReason.NOT_PERMITTED, "403")),
        (500, 20500, Deferred(FailureReason.DOWN, "500 20500")),
        (404, 20404, Refused(FailureReason.CONFIGURATION, "404 20404")),
    ],
    ids=str,
)
async def test_a_code_becomes_an_outcome(
    switch_on: SwitchOn, status: int, code: int, outcome: Outcome
) -> None:
    problem = {"status": status, "message": f"about {NUMBER}"} | ({"code": code} if code else {})
    async with http_server(lambda _: answer(status, problem)) as site:
        assert await sent(texting(switch_on, site)) == outcome


async def test_the_newer_form_of_a_problem_is_understood_too(switch_on: SwitchOn) -> None:
    problem = {"type": "about:blank", "title": "Invalid 'To'", "status": 400, "code": 21211}
    async with http_server(lambda _: answer(400, problem)) as site:
        outcome = await sent(texting(switch_on, site))
    assert outcome == Refused(FailureReason.ADDRESS_INVALID, "400 21211")


@given(status=st.integers(300, 599), code=st.none() | st.integers(0, 99_999))
def test_a_code_nobody_knows_is_tried_again(status: int, code: int | None) -> None:
    outcome = outcome_of(status, code)
    known = MEANINGS.get(code or 0, (Refused if status == 401 else Deferred, None))[0]
    assert isinstance(outcome, known)


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        ("7", timedelta(seconds=7)),
        ("Wed, 21 Oct 2015 07:28:00 GMT", timedelta()),
        ("-3", None),
        ("soon", None),
        ("", None),
    ],
)
async def test_when_twilio_says_how_long_to_wait_we_wait(
    switch_on: SwitchOn, header: str, pause: timedelta | None
) -> None:
    reply = answer(429, {"code": 20429, "message": "", "status": 429}, Retry_After=header)
    async with http_server(lambda _: reply) as site:
        outcome = await sent(texting(switch_on, site))
    assert outcome == Deferred(FailureReason.BUSY, "429", pause)


@pytest.mark.parametrize(
    "reply",
    [
        HANG_UP,
        SILENCE,
        b"HTTP/1.1 201 Created\r\nContent-Length: 90\r\n\r\n{",
        b"SMTP? 220 hello\r\n",
    ],
    ids=["hangs up", "is silent", "stops halfway", "speaks otherwise"],
)
async def test_a_request_that_left_without_an_answer_is_in_doubt(
    switch_on: SwitchOn, reply: bytes | str
) -> None:
    async with http_server(lambda _: reply) as site:
        channel = texting(switch_on, site, timeout_seconds=0.3)
        assert await sent(channel) == Deferred(FailureReason.UNCLEAR, "no answer")
    assert len(site.requests) == 1, "it is never repeated here"


async def test_connections_are_kept_and_never_shared_by_two_at_once(switch_on: SwitchOn) -> None:
    async with http_server(Twilio().reply) as site:
        channel = texting(switch_on, site)
        for _ in range(3):
            outcomes = await asyncio.gather(*(sent(channel) for _ in range(10)))
            assert len({one.reference for one in outcomes if isinstance(one, Accepted)}) == 10
    assert site.connections == 10


@pytest.mark.parametrize("header", [{"Connection": "close"}, {}], ids=["announced", "unannounced"])
async def test_a_connection_the_server_closed_is_not_used_again(
    switch_on: SwitchOn, header: dict[str, str]
) -> None:
    twilio = Twilio()

    def reply(request: Request) -> bytes | str:
        whole = twilio.reply(request)
        assert isinstance(whole, bytes)
        return whole.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1) if header else whole

    async with http_server(reply) as site:
        channel = texting(switch_on, site)
        assert isinstance(await sent(channel), Accepted)
        if not header:
            await site.hang_up()
        assert isinstance(await sent(channel), Accepted)
    assert site.connections == 2


async def test_an_answer_may_come_in_chunks(switch_on: SwitchOn) -> None:
    body = b'{"sid": "SM9"}'
    reply = b"HTTP/1.1 201 X\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n"
    async with http_server(lambda _: reply % (len(body), body)) as site:
        assert await sent(texting(switch_on, site)) == Accepted("SM9")


@pytest.mark.parametrize(
    "reply",
    [
        b'HTTP/1.1 201 X\r\nConnection: close\r\n\r\n{"sid": "SM9"}',
        b'HTTP/1.1 102 X\r\n\r\nHTTP/1.1 201 X\r\nContent-Length: 14\r\n\r\n{"sid": "SM9"}',
    ],
    ids=["until the end", "after an interim one"],
)
async def test_an_answer_may_come_in_other_ways(switch_on: SwitchOn, reply: bytes) -> None:
    async with http_server(lambda _: reply) as site:
        assert await sent(texting(switch_on, site)) == Accepted("SM9")


async def test_the_way_to_twilio_is_encrypted_and_checked(
    switch_on: SwitchOn,
    certificate: tuple[Path, ssl.SSLContext],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with http_server(Twilio().reply, tls=certificate[1]) as site:
        assert await sent(texting(switch_on, site)) == Deferred(FailureReason.DOWN, "no connection")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        channel = texting(switch_on, site)
        assert isinstance(await sent(channel), Accepted)
        await channel.close()


async def test_a_message_that_was_cut_short_is_found_again(switch_on: SwitchOn) -> None:
    twilio = Twilio()
    async with http_server(twilio.reply) as site:
        channel = texting(switch_on, site)
        prepared = channel.prepare(message("sms"), alert_id=12)
        other = channel.prepare(message("sms", text="Iets anders"), alert_id=11)
        began = datetime.now(UTC)
        await channel.send(other, to=NUMBER, key=KEY, valid_for=HOUR)
        assert await channel.find(prepared, to=NUMBER, key=KEY, since=began) is None
        outcome = await channel.send(prepared, to=NUMBER, key=KEY, valid_for=HOUR)
        assert await channel.find(prepared, to=NUMBER, key=KEY, since=began) == outcome
        assert await channel.find(prepared, to="+32470000002", key=KEY, since=began) is None
        later = began + HOUR
        assert await channel.find(prepared, to=NUMBER, key=KEY, since=later) is None
    assert site.requests[-1].query["To"] == NUMBER


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_key_that_may_send_and_not_list_is_told_from_a_provider_that_is_away(
    switch_on: SwitchOn, status: int
) -> None:
    async with http_server(lambda _: answer(status, {"code": 20003, "message": "no"})) as site:
        channel = texting(switch_on, site)
        prepared = channel.prepare(message("sms"), alert_id=12)
        with pytest.raises(PermissionError):
            await channel.find(prepared, to=NUMBER, key=KEY, since=datetime.now(UTC))


@pytest.mark.parametrize(
    "reply",
    [HANG_UP, answer(503, "out"), answer(429, {}), answer(200, "no JSON"), answer(200, ["no"])],
    ids=["hangs up", "503", "429", "no JSON", "other JSON"],
)
async def test_not_being_able_to_ask_is_not_finding_nothing(
    switch_on: SwitchOn, reply: bytes | str
) -> None:
    async with http_server(lambda _: reply) as site:
        channel = texting(switch_on, site)
        prepared = channel.prepare(message("sms"), alert_id=12)
        with pytest.raises(ConnectionError):
            await channel.find(prepared, to=NUMBER, key=KEY, since=datetime.now(UTC))


# Receipts

VECTOR_URL = "https://mycompany.com"
VECTOR_TARGET = "/myapp.php?foo=1&bar=2"
VECTOR = {"CallSid": "CA1234567890ABCDE", "Digits": "1234", "To": "+18005551212"}


@pytest.fixture
def channel(switch_on: SwitchOn) -> Sms:
    made: Sms = switch_on("sms", account_sid=ACCOUNT_SID, auth_token=TOKEN, sender="1789")
    return made


def callback(
    fields: dict[str, str],
    *,
    token: str = TOKEN,
    base: str = PUBLIC_URL,
    header: str = "X-Twilio-Signature",
) -> Callback:
    target = f"/receipts/sms?key={KEY}"
    signature = RequestValidator(token).compute_signature(base + target, fields)  # type: ignore[no-untyped-call]
    return Callback(target, {header: signature}, urlencode(fields).encode())


@pytest.mark.parametrize(
    ("caller", "signature"),
    [
        pytest.param("+12349013030", "0/KCTR6DLpKmkAf8muzZqo1nDgQ=", id="as widely quoted"),
        pytest.param("+14158675309", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", id="as Twilio documents it"),
    ],
)
def test_known_signatures_are_recognised(
    switch_on: SwitchOn, monkeypatch: pytest.MonkeyPatch, caller: str, signature: str
) -> None:
    for key, value in sms_settings("https://api.twilio.com").items():
        monkeypatch.setenv(f"SMS_{key.upper()}", value)
    monkeypatch.setenv("SMS_AUTH_TOKEN", "12345")
    (vectors,) = text_routes(VECTOR_URL)
    body = urlencode(VECTOR | {"Caller": caller, "From": caller}).encode()
    good = Callback(VECTOR_TARGET, {"X-Twilio-Signature": signature}, body)
    assert vectors.read_receipt(good) is None, "no key in it, but no forgery"
    for bad in (
        Callback(VECTOR_TARGET + "3", good.headers, body),
        Callback(VECTOR_TARGET, good.headers, body.replace(b"1234", b"1235")),
        Callback(VECTOR_TARGET, {"X-Twilio-Signature": signature[::-1]}, body),
    ):
        assert vectors.read_receipt(bad) == InvalidSignature("wrong signature")


@pytest.mark.parametrize(
    ("fields", "receipt"),
    [
        ({"MessageStatus": "delivered"}, Delivered(KEY, SID)),
        ({"SmsStatus": "delivered"}, Delivered(KEY, SID)),
        (
            {"MessageStatus": "undelivered", "ErrorCode": "30005"},
            Undelivered(KEY, SID, FailureReason.ADDRESS_DEAD, "undelivered 30005"),
        ),
        (
            {"MessageStatus": "undelivered", "ErrorCode": "30003"},
            Undelivered(KEY, SID, FailureReason.UNREACHABLE, "undelivered 30003"),
        ),
        (
            {"MessageStatus": "failed", "ErrorCode": "30007"},
            Undelivered(KEY, SID, FailureReason.CONTENT, "failed 30007"),
        ),
        (
            {"MessageStatus": "failed", "ErrorCode": "39999"},
            Undelivered(KEY, SID, FailureReason.UNKNOWN, "failed 39999"),
        ),
        ({"MessageStatus": "failed"}, Undelivered(KEY, SID, FailureReason.UNKNOWN, "failed")),
        (
            {"MessageStatus": "failed", "ErrorCode": NUMBER},
            Undelivered(KEY, SID, FailureReason.UNKNOWN, "failed"),
        ),
        ({"MessageStatus": "queued"}, InProgress(KEY, SID)),
        ({"MessageStatus": "sending"}, InProgress(KEY, SID)),
        ({"MessageStatus": "sent"}, InProgress(KEY, SID)),
        ({"MessageStatus": "partially_delivered"}, None),
        ({"MessageStatus": ""}, None),
        ({}, None),
    ],
    ids=lambda value: " ".join(value.values()) if isinstance(value, dict) else "",
)
def test_a_status_becomes_a_receipt(
    channel: Sms, fields: dict[str, str], receipt: Receipt | None
) -> None:
    said = {"To": NUMBER, "MessageSid": SID, **fields}
    assert channel.read_receipt(callback(said)) == receipt


def test_a_header_counts_whatever_its_case(channel: Sms) -> None:
    delivered = {"MessageStatus": "delivered", "SmsSid": SID}
    for header in ("x-twilio-signature", "X-TWILIO-SIGNATURE"):
        assert channel.read_receipt(callback(delivered, header=header)) == Delivered(KEY, SID)


SIGNED = {"X-Twilio-Signature": "0/KCTR6DLpKmkAf8muzZqo1nDgQ="}
Wrong = Callable[[], Callback]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (lambda: callback({}, token="another"), "wrong signature"),
        (lambda: callback({}, base="http://alerts.example.org"), "wrong signature"),
        (lambda: callback({}, header="X-Other"), "no signature"),
        (lambda: Callback("/receipts/sms", {"X-Twilio-Signature": "é"}, b""), "wrong signature"),
        (lambda: Callback("/receipts/sms", SIGNED, b"\xff\xfe"), "unreadable"),
        (lambda: Callback("/receipts/sms", SIGNED, b"a=%FF"), "unreadable"),
        (lambda: Callback("/receipts/sms", SIGNED, b"a=1&" * 1000), "unreadable"),
    ],
    ids=["token", "address", "missing", "not ASCII", "not text", "half a letter", "too much"],
)
def test_what_twilio_did_not_sign_is_forged(channel: Sms, wrong: Wrong, reason: str) -> None:
    assert channel.read_receipt(wrong()) == InvalidSignature(reason)


@given(target=st.text(), signature=st.text(), body=st.binary())
def test_no_callback_is_too_strange(target: str, signature: str, body: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for key, value in sms_settings("https://api.twilio.com").items():
            patch.setenv(f"SMS_{key.upper()}", value)
        (strange,) = text_routes(PUBLIC_URL)
    receipt = strange.read_receipt(Callback(target, {"x-twilio-signature": signature}, body))
    assert isinstance(receipt, InvalidSignature)


@given(st.text())
def test_a_code_of_a_receipt_may_be_anything(code: str) -> None:
    assert isinstance(failure_reason_of(code), FailureReason)


async def test_it_is_told_what_became_of_it(channel: Sms) -> None:
    assert channel.limits.tracking is Tracking.RECEIPTS
    assert (channel.limits.at_once, channel.limits.chunk) == (32, 250)
