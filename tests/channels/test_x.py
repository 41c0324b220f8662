"""A post is published once per account; a text X already has counts as published."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from alerting.domain.channel import Accepted, Deferred, FailureReason, Outcome, Refused, Tracking
from alerting.domain.language import Language
from channels.x import X
from tests.channels.conftest import HOUR, WORDS, SwitchOn, message
from tests.channels.providers import X_KEYS, XSite
from tests.channels.wire import HttpServer, answer, http_server

KEY = "12.x.1"


def posting(switch_on: SwitchOn, site: HttpServer, **other: object) -> X:
    channel: X = switch_on("x", **X_KEYS, **{"api_base": site.url, **other})
    return channel


async def sent(channel: X, language: Language = Language.NL) -> Outcome:
    prepared = channel.prepare(message("x", language=language), alert_id=12)
    return await channel.send(prepared, to=f"x:national:{language}", key=KEY, valid_for=HOUR)


def forbidden(words: str) -> bytes:
    return answer(403, {"title": "Forbidden", "status": 403, "detail": words})


async def test_x_is_asked_as_its_reference_says(switch_on: SwitchOn) -> None:
    async with http_server(XSite().reply) as site:
        assert await sent(posting(switch_on, site)) == Accepted("1001")
    (request,) = site.requests
    assert (request.method, request.target) == ("POST", "/2/tweets")
    assert json.loads(request.body) == {"text": WORDS}
    assert request.headers["authorization"].startswith("OAuth ")
    assert X_KEYS["access_token"] in request.headers["authorization"]
    assert X_KEYS["access_secret"] not in request.headers["authorization"]


DUPLICATE = Deferred(FailureReason.UNCLEAR, "403 duplicate")


async def test_a_text_x_already_has_is_looked_for_since_its_alert_began(
    switch_on: SwitchOn,
) -> None:
    x = XSite()
    async with http_server(x.reply) as site:
        channel = posting(switch_on, site)
        began = datetime.now(UTC)
        assert await sent(channel) == Accepted("1001")
        assert await sent(channel) == DUPLICATE
        prepared = channel.prepare(message("x"), alert_id=12)
        to = "x:national:nl"
        assert await channel.find(prepared, to=to, key=KEY, since=began) == Accepted("1001")
        known = ["1001"]
        assert await channel.find(prepared, to=to, key=KEY, since=began, known=known) is None
    assert list(x.posts.values()) == [WORDS]


@pytest.mark.parametrize(("seconds", "found"), [(-1, None), (0, Accepted("7")), (1, Accepted("7"))])
async def test_a_post_of_before_the_alert_is_never_the_answer(
    seconds: int, found: Accepted | None, switch_on: SwitchOn
) -> None:
    """Though X shows it: what it was asked for is not what it must give."""
    since = datetime(2026, 11, 30, 12, tzinfo=UTC)
    at = (since + timedelta(seconds=seconds)).isoformat()
    shown = {"data": [{"id": "7", "text": WORDS, "created_at": at}]}
    async with http_server(lambda _: answer(200, shown)) as site:
        channel = posting(switch_on, site)
        prepared = channel.prepare(message("x"), alert_id=12)
        assert await channel.find(prepared, to="x:national:nl", key=KEY, since=since) == found


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (answer(400, {"errors": [{"message": WORDS}]}), Refused(FailureReason.CONTENT, "400")),
        (answer(401, {"title": "Unauthorized"}), Deferred(FailureReason.NOT_PERMITTED, "401")),
        (answer(402, {"title": "CreditsDepleted"}), Refused(FailureReason.CONFIGURATION, "402")),
        (forbidden("Your account is suspended"), Deferred(FailureReason.NOT_PERMITTED, "403")),
        (answer(403, "<html>no"), Deferred(FailureReason.NOT_PERMITTED, "403")),
        (answer(404, {"title": "Not Found"}), Deferred(FailureReason.UNKNOWN, "404")),
        (answer(418, {"title": "Teapot"}), Deferred(FailureReason.UNKNOWN, "418")),
        (answer(429, {"title": "Too Many"}), Deferred(FailureReason.RECIPIENT_BUSY, "429")),
        (
            answer(429, {}, x_rate_limit_reset="1"),
            Deferred(FailureReason.RECIPIENT_BUSY, "429", timedelta()),
        ),
        (answer(500, {"title": "Oops"}), Deferred(FailureReason.DOWN, "500")),
        (answer(503, "upstream connect error"), Deferred(FailureReason.DOWN, "503")),
        (answer(500, ["a list"]), Deferred(FailureReason.DOWN, "500")),
        (answer(201, {"data": {}}), Deferred(FailureReason.UNCLEAR, "no readable answer")),
    ],
    ids=lambda value: value.decode()[9:13] if isinstance(value, bytes) else "",
)
async def test_a_status_becomes_an_outcome(
    switch_on: SwitchOn, reply: bytes, outcome: Outcome
) -> None:
    async with http_server(lambda _: reply) as site:
        assert await sent(posting(switch_on, site)) == outcome


async def test_when_x_says_when_to_come_back_we_wait_until_then(switch_on: SwitchOn) -> None:
    reset = str(int(datetime.now(UTC).timestamp()) + 600)
    async with http_server(lambda _: answer(429, {}, x_rate_limit_reset=reset)) as site:
        outcome = await sent(posting(switch_on, site))
    assert isinstance(outcome, Deferred)
    assert outcome.retry_after
    assert timedelta(minutes=9) < outcome.retry_after <= timedelta(minutes=10)


async def test_a_post_that_was_cut_short_is_found_again(switch_on: SwitchOn) -> None:
    async with http_server(XSite().reply) as site:
        channel = posting(switch_on, site)
        prepared = channel.prepare(message("x"), alert_id=12)
        since = datetime.now(UTC)
        assert await channel.find(prepared, to="x:national:nl", key=KEY, since=since) is None
        outcome = await sent(channel)
        assert await channel.find(prepared, to="x:national:nl", key=KEY, since=since) == outcome
    assert site.requests[-1].query["start_time"] == since.strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_a_language_may_have_an_account_of_its_own(switch_on: SwitchOn) -> None:
    async with http_server(XSite().reply) as site:
        channel = posting(
            switch_on, site, accounts='{"de": {"token": "815-german", "secret": "hush"}}'
        )
        await sent(channel, Language.DE)
        await sent(channel, Language.FR)
    german, french = (request.headers["authorization"] for request in site.requests[:2])
    assert 'oauth_token="815-german"' in german
    assert f'oauth_token="{X_KEYS["access_token"]}"' in french


async def test_it_publishes_at_once(switch_on: SwitchOn) -> None:
    channel: X = switch_on("x", **X_KEYS)
    assert channel.limits.tracking is Tracking.PUBLICATION


@pytest.mark.parametrize(
    ("status", "error"),
    [
        *((status, PermissionError) for status in (401, 402, 403, 404)),
        *((status, ConnectionError) for status in (429, 500, 503)),
    ],
)
async def test_an_account_that_may_not_read_is_told_from_a_provider_that_is_away(
    switch_on: SwitchOn, status: int, error: type[OSError]
) -> None:
    async with http_server(lambda _: answer(status, {})) as site:
        channel = posting(switch_on, site)
        prepared = channel.prepare(message("x"), alert_id=12)
        with pytest.raises(error):
            await channel.find(prepared, to="x:national:nl", key=KEY, since=datetime.now(UTC))
