"""A route that says nothing, or refuses, stops no alert while another route works.

Real sockets, and a clock that stands still: whatever waits for a later attempt waits in vain, so
that what is served was served in one go, by the other route.
"""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest

from alerting.delivery import call_watch
from alerting.domain.alert import FollowUp
from alerting.domain.channel import AnyChannel, FailureReason
from alerting.domain.route import Breaker
from alerting.store import Database
from channels import REGISTRY
from tests.channels.providers import Mood, Twilio, sms_settings
from tests.channels.wire import (
    EVERYTHING,
    NOTHING,
    RIDING,
    SILENCE,
    HttpServer,
    MailServer,
    Request,
    answer,
    http_server,
    mail_server,
)
from tests.desk import Desk
from tests.doubles import Clock
from tests.make import make_services, newsroom, person

PEOPLE = 40
"""More than are under way at once with a gateway, so that some are never handed to it."""
ROUTES = ("well", "ill")


@dataclass
class Two:
    """A channel with two routes, one of which is ill, and what each provider has taken."""

    channel: str
    routes: list[AnyChannel]
    taken: Callable[[], Counter[str]]
    """By address, what the one that is well has taken."""
    asked: Callable[[], int]
    """How often the ill one was spoken to."""
    heals: Callable[[], None]
    handed_over: bool
    """Whether it may have what it was given."""

    @property
    def ill(self) -> AnyChannel:
        return self.routes[1]


def settings_of(channel: str, monkeypatch: pytest.MonkeyPatch, **values: object) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"{channel.upper()}_{name.upper()}", str(value))


def silent_at(step: str) -> Callable[[str, str], str | None]:
    return lambda now, _: SILENCE if now == step else None


def refusing(step: str, _: str) -> str | None:
    return "554 5.3.2 out of order" if step == "GREETING" else None


@asynccontextmanager
async def relays(
    channel: str, ill: MailServer, monkeypatch: pytest.MonkeyPatch, *, handed_over: bool
) -> AsyncIterator[Two]:
    async with mail_server(ill), mail_server(well := MailServer(RIDING)):
        settings_of(channel, monkeypatch, routes=",".join(ROUTES), sender="alerts@example.org")
        for prefix, server in {"": well, "ill_": ill}.items():
            own = {"host": "127.0.0.1", "port": server.port, "tls": "none", "helo": "t.example"}
            settings_of(channel, monkeypatch, **{prefix + name: own[name] for name in own})
        settings_of(channel, monkeypatch, ill_timeout_seconds=2)
        yield Two(
            channel,
            list(REGISTRY[channel]("https://alerts.example.org")),
            lambda: Counter(mail.person for mail in well.taken),
            lambda: ill.connections,
            lambda: setattr(ill, "script", lambda _step, _argument: None),
            handed_over,
        )


@asynccontextmanager
async def gateways(
    mood: Mood, monkeypatch: pytest.MonkeyPatch, *, handed_over: bool
) -> AsyncIterator[Two]:
    ill, well = Twilio(mood), Twilio()

    def reply(request: Request) -> bytes | str:
        if request.method == "GET" and request.target.endswith(".json"):
            return answer(200, {"sid": "AC1", "status": "active"})
        return ill.reply(request)

    async with http_server(reply) as ill_site, http_server(well.reply) as well_site:
        settings_of("sms", monkeypatch, routes=",".join(ROUTES))
        sites: dict[str, HttpServer] = {"": well_site, "ill_": ill_site}
        for prefix, site in sites.items():
            own = sms_settings(site.url)
            settings_of("sms", monkeypatch, **{prefix + name: own[name] for name in own})
        settings_of("sms", monkeypatch, ill_timeout_seconds=2)
        yield Two(
            "sms",
            list(REGISTRY["sms"]("https://alerts.example.org")),
            lambda: Counter(one["to"] for one in well.messages),
            lambda: sum(request.method == "POST" for request in ill_site.requests),
            lambda: setattr(ill, "mood", Mood.FINE),
            handed_over,
        )


ILL = {
    "greeting": (silent_at("GREETING"), EVERYTHING, False),
    "handshake": (silent_at("EHLO"), EVERYTHING, False),
    "message": (silent_at("MAIL"), RIDING, False),
    "message, one command at a time": (silent_at("MAIL"), NOTHING, False),
    "message, sent whole": (silent_at("MAIL"), EVERYTHING, False),
    "body": (silent_at("BODY"), RIDING, True),
    "refusing": (refusing, EVERYTHING, False),
}
MOODS = {"message": (Mood.SILENT, True), "refusing": (Mood.BROKEN, False)}
CASES = [
    *[(channel, how) for channel in ("email", "press") for how in ILL],
    *[("sms", how) for how in MOODS],
]


@pytest.fixture(params=CASES, ids=[f"{channel}-{how}" for channel, how in CASES])
async def two(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Two]:
    channel, how = request.param
    monkeypatch.setattr(call_watch, "SILENT_AFTER", 0.5)
    monkeypatch.setattr(call_watch, "IN_HAND_SECONDS", 1.0)
    async with AsyncExitStack() as stack:
        if channel == "sms":
            mood, handed_over = MOODS[how]
            yield await stack.enter_async_context(
                gateways(mood, monkeypatch, handed_over=handed_over)
            )
        else:
            script, offers, handed_over = ILL[how]
            yield (
                made := await stack.enter_async_context(
                    relays(
                        channel, MailServer(offers, script), monkeypatch, handed_over=handed_over
                    )
                )
            )
            for route in made.routes:
                await route.close()


async def desk_of(
    two: Two, database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Desk:
    desk = Desk(make_services(database, clock, routes={two.channel: two.routes}), clock)
    # Whatever may go by the ill one does: it is the first by its name.
    monkeypatch.setattr(desk.dispatcher.selector._dice, "random", lambda: 0.0)
    some = newsroom if two.channel == "press" else person
    await desk.registers(*(some(number) for number in range(1, PEOPLE + 1)))
    return desk


async def test_a_route_that_is_ill_stops_no_alert_while_another_works(
    two: Two, sqlite: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await desk_of(two, sqlite, clock, monkeypatch)
    selector = desk.dispatcher.selector
    first = await desk.issues(channels=[two.channel])
    await desk.works()

    # Everybody was served but those the ill one may have, and nobody twice.
    doubts = sum(
        row.failure_reason is FailureReason.UNCLEAR for row in await desk.deliveries(first)
    )
    assert (doubts > 0) is two.handed_over
    assert max(two.taken().values(), default=1) == 1
    assert sum(two.taken().values()) == PEOPLE - doubts
    assert selector.health(two.ill).breaker is Breaker.OPEN

    # What comes next does not go there at all: neither another alert nor a retraction.
    asked = two.asked()
    await desk.issues(channels=[two.channel])
    await desk.works()
    assert sum(two.taken().values()) == 2 * PEOPLE - doubts
    await desk.sends(await desk.approves(await desk.follows_up(first, FollowUp.FALSE_ALERT)))
    await desk.works()
    assert sum(two.taken().values()) >= 3 * PEOPLE - 2 * doubts
    assert two.asked() == asked

    # When its pause is over, a probe that is answered does not make it well; a few try.
    clock.forward(seconds=40)
    await selector.probe()
    assert selector.health(two.ill).breaker_at(now=clock.now) is Breaker.HALF_OPEN
    before = two.taken()
    third = await desk.issues(channels=[two.channel])
    await desk.works()
    for _ in range(5):  # a busy machine: what came too late for its lease goes by the next
        if sum((two.taken() - before).values()) >= PEOPLE - 5:
            break
        clock.forward(seconds=5)
        for job in await desk.dispatcher.due():
            await desk.dispatcher.send(job)
    doubts = sum(
        row.failure_reason is FailureReason.UNCLEAR for row in await desk.deliveries(third)
    )
    assert doubts <= 5
    assert sum((two.taken() - before).values()) >= PEOPLE - doubts
    assert selector.health(two.ill).breaker_at(now=clock.now) is Breaker.OPEN

    # It is well again once messages say so.
    two.heals()
    monkeypatch.setattr(call_watch, "SILENT_AFTER", 60)
    clock.forward(seconds=40)
    await desk.issues(channels=[two.channel])
    await desk.works()
    assert selector.health(two.ill).breaker is Breaker.CLOSED
