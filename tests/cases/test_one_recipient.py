"""What a provider refuses one number for keeps nobody else waiting: not now, not in the next alert.

An account that may not send to one country, a network that is full, a mailbox behind a filter: the
provider answers, so the way to everybody else is open. The one it refuses may wait, fail or go by
another way.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerting.actions.operations import routes as operations
from alerting.domain.alert import Alert
from alerting.domain.channel import (
    FAULTS,
    NOT_TRIED,
    Accepted,
    Deferred,
    FailureReason,
    Fault,
    NotTried,
    OutboundMessage,
    Outcome,
    Refused,
    speaks_against_route,
)
from alerting.domain.delivery import State
from alerting.domain.hand_over import HandOverJournal
from alerting.domain.route import BELIEVED_AFTER, EVERYWHERE, Breaker, Override, Sample
from alerting.domain.stop_signal import StopSignal
from alerting.store import Database
from channels import REGISTRY, _sinch_codes, _twilio_codes
from channels._smtp_pipeline import WINDOW
from channels._smtp_replies import MIXED_DOMAINS
from tests.channels.conftest import HOUR, PUBLIC_URL, SwitchOn, message
from tests.channels.providers import Twilio, sms_settings
from tests.channels.wire import (
    EVERYTHING,
    HANG_UP,
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
from tests.desk import JORIS, Desk
from tests.doubles import Clock, ScriptedChannel
from tests.make import make_services, person

COUVIN, DINANT = "93014", "91034"
NOT_TO_FRANCE = {"code": 21408, "message": "sending to this region is not enabled", "status": 400}


@dataclass
class Choosy(ScriptedChannel):
    """Answers some numbers always the same, and takes all others."""

    name: str = "sms"
    answers: Callable[[str], Outcome | None] = lambda _to: None
    tried: list[str] = field(default_factory=list)

    async def send(self, prepared: str, *, to: str, key: str, **more: Any) -> Outcome:
        self.tried.append(to)
        found = self.answers(to)
        return found if found is not None else await super().send(prepared, to=to, key=key, **more)


def not_to_france(twilio: Twilio) -> Callable[[Request], bytes | str]:
    """Twilio, with an account that may not send to France."""

    def reply(request: Request) -> bytes | str:
        refused = request.method == "POST" and request.form["To"].startswith("+33")
        return answer(400, NOT_TO_FRANCE) if refused else twilio.reply(request)

    return reply


def sent_to(site: HttpServer) -> list[str]:
    return [one.form["To"] for one in site.requests if one.method == "POST"]


@pytest.mark.parametrize("number", [1, 40])
async def test_numbers_a_gateway_may_not_send_to_keep_nobody_else_waiting(
    number: int, sqlite: Database, clock: Clock, switch_on: SwitchOn
) -> None:
    twilio = Twilio()
    async with http_server(not_to_france(twilio)) as site:
        route = switch_on("sms", **sms_settings(site.url))
        desk = Desk(make_services(sqlite, clock, routes={"sms": [route]}), clock)
        french = [f"+336123456{serial:02}" for serial in range(number)]
        belgian = [f"+324700002{serial:02}" for serial in range(1, 4)]
        await desk.registers(
            *(person(10 + n, nis_code=COUVIN, phone=to) for n, to in enumerate(french)),
            *(person(100 + n, nis_code=DINANT, phone=to) for n, to in enumerate(belgian)),
        )
        first = await desk.issues(area=("Couvin",), channels=["sms"])
        await desk.works()
        for _ in range(8):
            clock.forward(seconds=5)
            await desk.sweeps()
        second = await desk.issues(area=("Dinant",), channels=["sms"])
        await desk.works()
        assert sorted(one["to"] for one in twilio.messages) == belgian
        assert await desk.states(second) == {"sms": {State.SENT}}
        (standing,) = await operations.list_routes(desk.services, by=JORIS)
        assert standing.breaker is Breaker.CLOSED
        refused = {
            (row.state, row.failure_reason, row.provider_code)
            for row in await desk.deliveries(first)
        }
        assert refused == {(State.WAITING, FailureReason.NOT_PERMITTED, "400 21408")}


DOUBTFUL = [
    ("RCPT", "421 4.7.0 too many to this domain"),
    ("RCPT", "451 look-up failed"),
    ("RCPT", "521 5.3.2 no mail here"),
    ("RCPT", "530 5.7.0 must use TLS for that domain"),
    ("RCPT", "535 sign in"),
    ("DATA", "421 4.7.0 too many to this domain"),
    ("DATA", "451 greylisted"),
    ("DATA", "503 5.5.1 no valid recipients"),
    ("BODY", "421 4.3.2 closing"),
    ("BODY", "450 mailbox busy"),
    ("BODY", "451 requested action aborted: local error"),
    ("BODY", "452 quota exceeded for user"),
    ("BODY", "521 no mail here"),
    ("BODY", "550 5.3.0 user list"),
    ("BODY", "550 no such user"),
    ("BODY", "552 mailbox full"),
    ("BODY", "554 5.3.5 remote system misconfigured"),
]
"""What a relay may say of one mailbox, and of itself."""


def says_of_bad_ones(step: str, reply: str) -> Callable[[str, str], str | None]:
    """A relay, asked on one connection at a time, that says this of addresses with `bad`."""
    latest = [""]

    def script(now: str, argument: str) -> str | None:
        latest[0] = argument if now == "RCPT" else latest[0]
        return reply if now == step and "bad" in latest[0] else None

    return script


@pytest.mark.parametrize(("step", "reply"), DOUBTFUL[::4])
async def test_what_a_relay_says_of_some_mailboxes_keeps_no_other_waiting(
    step: str, reply: str, sqlite: Database, clock: Clock, switch_on: SwitchOn
) -> None:
    """They come first on the list, and are tried again and again."""
    async with mail_server(MailServer(script=says_of_bad_ones(step, reply))) as server:
        relay = {"host": "127.0.0.1", "port": server.port, "tls": "none", "connections": 1}
        route = switch_on("email", **relay, sender="alerts@example.org")
        desk = Desk(make_services(sqlite, clock, routes={"email": [route]}), clock)
        await desk.registers(
            *(person(n, nis_code=COUVIN, email=f"bad{n}@town{n % 5}.example") for n in range(40)),
            *(person(1000 + n, nis_code=COUVIN) for n in range(100)),
            *(person(5000 + n, nis_code=DINANT) for n in range(3)),
        )
        first = await desk.issues(area=("Couvin",), channels=["email"])
        await desk.works()
        assert len(server.taken) == 100
        assert await desk.states(first) == {"email": {State.ACCEPTED, State.WAITING}}
        for _ in range(3):
            clock.forward(seconds=15)
            await desk.sweeps()
            assert desk.dispatcher.selector.health(route).breaker is Breaker.CLOSED
        second = await desk.issues(area=("Dinant",), channels=["email"])
        await desk.works()
        assert await desk.states(second) == {"email": {State.ACCEPTED}}
        await route.close()


@pytest.mark.parametrize("offers", [EVERYTHING, RIDING, NOTHING], ids=len)
@given(
    said=st.sampled_from(DOUBTFUL)
    | st.tuples(
        st.sampled_from(["RCPT", "DATA", "BODY"]),
        st.builds(
            "{} {}.{}.{} no".format,
            st.integers(400, 599),
            st.sampled_from("45"),
            st.integers(0, 7),
            st.integers(0, 30),
        ),
    ),
    bad=st.sets(st.integers(0, 59), min_size=1, max_size=40),
    towns=st.integers(1, 5),
)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
async def test_no_code_of_some_mailboxes_says_anything_of_their_relay(
    switch_on: SwitchOn, offers: tuple[str, ...], said: tuple[str, str], bad: set[int], towns: int
) -> None:
    """Whatever it is, to whatever command, of however many, wherever they stand in the chunk."""
    async with mail_server(MailServer(offers, says_of_bad_ones(*said))) as server:
        relay = {"host": "127.0.0.1", "port": server.port, "tls": "none", "connections": 1}
        route = switch_on("email", **relay, sender="alerts@example.org")
        prepared = route.prepare(message("email"), alert_id=1)
        names = [f"{'bad' if n in bad else 'good'}{n}@town{n % towns}.example" for n in range(60)]
        batch = [OutboundMessage(prepared, to, f"1.email.{n}") for n, to in enumerate(names)]
        outcomes = await route.send_many(batch, valid_for=HOUR)
        again = await route.send_many([batch[n] for n in sorted(bad)], valid_for=HOUR)
        await route.close()
    if said[0] != "DATA" or offers is not EVERYTHING:  # else nobody asks for DATA
        assert [n for n, one in enumerate(outcomes) if not isinstance(one, Accepted)] == sorted(bad)
    assert not [one for one in [*outcomes, *again] if speaks_against_route(one)]


OVER_ONE = [
    (offers, step, how, connections)
    for offers, step, connections in [
        (EVERYTHING, "RCPT", 1),
        (EVERYTHING, "RCPT", 8),
        (RIDING, "RCPT", 1),
        (RIDING, "DATA", 1),
        (NOTHING, "RCPT", 1),
        (NOTHING, "RCPT", 8),
        (NOTHING, "DATA", 1),
        (EVERYTHING, "BODY", 1),
        (RIDING, "BODY", 1),
        (NOTHING, "BODY", 1),
    ]
    for how in (HANG_UP, SILENCE)
]


@pytest.mark.parametrize("bad", [1, 3])
@pytest.mark.parametrize(("offers", "step", "how", "connections"), OVER_ONE)
async def test_recipients_a_relay_ends_connections_over_keep_no_other_waiting(
    offers: tuple[str, ...],
    step: str,
    how: str,
    connections: int,
    bad: int,
    sqlite: Database,
    clock: Clock,
    switch_on: SwitchOn,
) -> None:
    """Always, and they come first on the list; the next alert leaves at once, too."""
    async with mail_server(MailServer(offers, says_of_bad_ones(step, how))) as server:
        relay = {"host": "127.0.0.1", "port": server.port, "tls": "none", "timeout_seconds": 0.3}
        route = switch_on("email", **relay, connections=connections, sender="alerts@example.org")
        desk = Desk(make_services(sqlite, clock, routes={"email": [route]}), clock)
        await desk.registers(
            *(person(n, nis_code=COUVIN, email=f"bad{n}@town{n}.example") for n in range(bad)),
            *(person(1000 + n, nis_code=COUVIN) for n in range(60)),
            *(person(5000 + n, nis_code=DINANT) for n in range(3)),
        )
        await desk.issues(area=("Couvin",), channels=["email"])
        await desk.works()
        in_doubt_at_most = WINDOW - 1 if offers is EVERYTHING else 0
        assert len(server.taken) >= 60 - bad * in_doubt_at_most
        second = await desk.issues(area=("Dinant",), channels=["email"])
        await desk.works()
        assert await desk.states(second) == {"email": {State.ACCEPTED}}
        await route.close()


@pytest.mark.parametrize(
    ("step", "reply", "said_of"),
    [
        ("RCPT", "451 4.3.0 look-up failed", FailureReason.BUSY),
        ("RCPT", "554 5.7.1 relay access denied", FailureReason.CONFIGURATION),
        ("RCPT", "550 relaying denied", FailureReason.CONFIGURATION),
        ("BODY", "451 4.3.0 queue file write error", FailureReason.BUSY),
        ("BODY", "554 5.3.0 out of order", FailureReason.DOWN),
        ("BODY", "550 5.7.1 spam", FailureReason.CONTENT),
    ],
)
async def test_what_every_domain_is_told_alike_is_said_of_the_relay_or_the_text(
    step: str, reply: str, said_of: FailureReason, switch_on: SwitchOn
) -> None:
    async with mail_server(MailServer(script=lambda now, _: reply if now == step else None)) as to:
        route = switch_on("email", host="127.0.0.1", port=to.port, tls="none", sender="a@b.example")
        prepared = route.prepare(message("email"), alert_id=1)
        batch = [
            OutboundMessage(prepared, f"mila@town{n}.example", f"1.email.{n}")
            for n in range(MIXED_DOMAINS)
        ]
        fewer = await route.send_many(batch[1:], valid_for=HOUR)
        outcomes = await route.send_many(batch, valid_for=HOUR)
    assert {one.failure_reason for one in outcomes} == {said_of}
    assert not [one for one in fewer if speaks_against_route(one)]


RECIPIENTS = [
    failure_reason
    for failure_reason, fault in FAULTS.items()
    if fault in {Fault.RECIPIENT, Fault.MESSAGE}
]


@pytest.mark.parametrize("failure_reason", RECIPIENTS)
async def test_whatever_recipients_are_refused_for_the_next_alert_leaves_at_once(
    failure_reason: FailureReason, sqlite: Database, clock: Clock
) -> None:
    number = 40
    channel = Choosy(answers=lambda to: Deferred(failure_reason) if to.startswith("+33") else None)
    desk = Desk(make_services(sqlite, clock, {"sms": channel}), clock)
    await desk.registers(
        *(person(n, nis_code=COUVIN, phone=f"+336123456{n:02}") for n in range(number)),
        *(person(100 + n, nis_code=DINANT, phone=f"+324700002{n:02}") for n in range(3)),
    )
    first = await desk.issues(area=("Couvin",), channels=["sms"])
    await desk.works()
    assert {row.failure_reason for row in await desk.deliveries(first)} == {failure_reason}
    clock.forward(seconds=40)
    await desk.sweeps()
    second = await desk.issues(area=("Dinant",), channels=["sms"])
    await desk.works()
    assert {row.state for row in await desk.deliveries(second)} == {State.ACCEPTED}
    assert desk.dispatcher.selector.health(channel).breaker is Breaker.CLOSED


@pytest.mark.parametrize("failure_reason", FailureReason)
async def test_one_number_a_provider_always_stumbles_over_keeps_nobody_waiting(
    failure_reason: FailureReason, sqlite: Database, clock: Clock
) -> None:
    """Even with an answer that speaks of the route: a bug over one message is not an outage."""
    channel = Choosy(
        answers=lambda to: Deferred(failure_reason, "500") if to.startswith("+33") else None
    )
    desk = Desk(make_services(sqlite, clock, {"sms": channel}), clock)
    await desk.registers(
        person(1, nis_code=COUVIN, phone="+33612345601"),
        *(person(100 + n, nis_code=DINANT, phone=f"+324700002{n:02}") for n in range(3)),
    )
    await desk.issues(area=("Couvin",), channels=["sms"])
    await desk.works()
    for _ in range(5):
        clock.forward(seconds=31)
        await desk.sweeps()
        assert channel.tried[-1] == "+33612345601"
        assert desk.dispatcher.selector.health(channel).breaker is Breaker.CLOSED
    second = await desk.issues(area=("Dinant",), channels=["sms"])
    await desk.works()
    assert {row.state for row in await desk.deliveries(second)} == {State.ACCEPTED}


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        (3, Deferred(FailureReason.DOWN, "503")),
        (2, Refused(FailureReason.CONFIGURATION, "502")),
        (3, Deferred(FailureReason.UNCLEAR, "no answer")),
        (7, Deferred(FailureReason.BUSY, "429")),
    ],
    ids=str,
)
async def test_a_few_a_provider_always_stumbles_over_keep_nobody_waiting(
    number: int, outcome: Outcome, sqlite: Database, clock: Clock
) -> None:
    """Tried again, they are among themselves: that all fail then says nothing of the route."""
    channel = Choosy(answers=lambda to: outcome if to.startswith("+33") else None)
    desk = Desk(make_services(sqlite, clock, {"sms": channel}), clock)
    await desk.registers(
        *(person(n, nis_code=COUVIN, phone=f"+336123456{n:02}") for n in range(number)),
        *(person(1000 + n, nis_code=COUVIN) for n in range(100)),
        *(person(5000 + n, nis_code=DINANT) for n in range(3)),
    )
    await desk.issues(area=("Couvin",), channels=["sms"])
    await desk.works()
    assert len(channel.sent) == 100
    for _ in range(10):
        clock.forward(seconds=5)
        await desk.sweeps()
        assert desk.dispatcher.selector.health(channel).breaker is Breaker.CLOSED
    second = await desk.issues(area=("Dinant",), channels=["sms"])
    await desk.works()
    assert {row.state for row in await desk.deliveries(second)} == {State.ACCEPTED}


async def test_a_route_left_alone_is_tried_with_an_alert_that_comes_meanwhile(
    sqlite: Database, clock: Clock
) -> None:
    """Not with what was tried in vain, which may fail whether the route is well again or not."""
    away = [True]
    channel = Choosy(
        answers=lambda to: (
            Deferred(FailureReason.DOWN, "503") if away[0] or to.startswith("+33") else None
        )
    )
    desk = Desk(make_services(sqlite, clock, {"sms": channel}), clock)
    await desk.registers(
        *(person(n, nis_code=COUVIN, phone=f"+336123456{n:02}") for n in range(10)),
        *(person(5000 + n, nis_code=DINANT) for n in range(3)),
    )
    await desk.issues(area=("Couvin",), channels=["sms"])
    await desk.works()
    assert desk.dispatcher.selector.health(channel).breaker is Breaker.OPEN
    for _ in range(12):
        clock.forward(seconds=5)
        await desk.sweeps()
    away[0] = False
    for _ in range(3):
        clock.forward(seconds=5)
        await desk.sweeps()
    second = await desk.issues(area=("Dinant",), channels=["sms"])
    await desk.works()
    assert {row.state for row in await desk.deliveries(second)} == {State.ACCEPTED}


async def test_numbers_a_provider_stumbles_over_do_not_keep_their_own_chunk_waiting(
    sqlite: Database, clock: Clock
) -> None:
    """They are first on the list, and what is said of them speaks of the route."""
    channel = Choosy(
        answers=lambda to: Deferred(FailureReason.DOWN, "500") if to.startswith("+33") else None
    )
    desk = Desk(make_services(sqlite, clock, {"sms": channel}), clock)
    await desk.registers(
        *(person(n, nis_code=DINANT, phone=f"+336123456{n:02}") for n in range(12)),
        *(person(100 + n, nis_code=DINANT, phone=f"+324700002{n:02}") for n in range(40)),
    )
    alert = await desk.issues(area=("Dinant",), channels=["sms"])
    await desk.works()
    for _ in range(4):
        clock.forward(seconds=31)
        await desk.sweeps()
    assert len(channel.sent) == 40
    assert {row.state for row in await desk.deliveries(alert)} == {State.ACCEPTED, State.WAITING}


async def test_what_one_gateway_may_not_send_goes_by_the_other_and_only_that(
    sqlite: Database, clock: Clock
) -> None:
    barred = Deferred(FailureReason.NOT_PERMITTED, "400 21408")
    first = Choosy(route="first", answers=lambda to: barred if to.startswith("+33") else None)
    spare = Choosy(route="spare", weight=0)
    desk = Desk(make_services(sqlite, clock, {"sms": (first, spare)}), clock)
    await desk.registers(
        *(person(n, phone=f"+336123456{n:02}") for n in range(5)),
        *(person(100 + n, phone=f"+3247000{n:04}") for n in range(50)),
    )
    alert = await desk.issues(channels=["sms"])
    await desk.works()
    assert {row.state for row in await desk.deliveries(alert)} == {State.ACCEPTED}
    assert sorted(spare.tried) == [f"+336123456{n:02}" for n in range(5)]
    assert len(first.sent) == 50


ONE_WORD = [
    *(_twilio_codes.outcome_of(400, code) for code in _twilio_codes.MEANINGS),
    *(_sinch_codes.outcome_of(400, word) for word in _sinch_codes.BY_CODE),
]
REFUSALS = sorted(
    {replace(one, provider_code="") for one in ONE_WORD if isinstance(one, Refused)},
    key=lambda one: one.failure_reason,
)


@pytest.mark.parametrize("said", REFUSALS, ids=lambda one: one.failure_reason)
async def test_a_never_of_one_gateway_is_believed_after_the_others_were_asked(
    said: Refused, sqlite: Database, clock: Clock
) -> None:
    """Whatever code means it. A person's own no is a no to all of them."""
    first = Choosy(route="first", answers=lambda _: said)
    spare = Choosy(route="spare", weight=0)
    desk = Desk(make_services(sqlite, clock, {"sms": (first, spare)}), clock)
    await desk.registers(person(1), person(2))
    alert = await desk.issues(channels=["sms"])
    await desk.works()
    of_all = said.failure_reason in EVERYWHERE
    assert len(spare.tried) == (0 if of_all else 2)
    assert await desk.states(alert) == {"sms": {State.FAILED if of_all else State.ACCEPTED}}


NEVER = Refused(FailureReason.ADDRESS_INVALID, "400 21614")


async def test_a_never_of_all_gateways_is_one(sqlite: Database, clock: Clock) -> None:
    ways = [Choosy(route=name, answers=lambda _: NEVER) for name in ("first", "second")]
    desk = Desk(make_services(sqlite, clock, {"sms": tuple(ways)}), clock)
    await desk.registers(person(1), person(2))
    alert = await desk.issues(channels=["sms"])
    await desk.works()
    assert await desk.states(alert) == {"sms": {State.FAILED}}
    assert [len(way.tried) for way in ways] == [2, 2]


@pytest.mark.parametrize("turned", [False, True])
async def test_where_gateways_differ_whoever_says_later_is_believed(
    turned: bool, sqlite: Database, clock: Clock
) -> None:
    said: list[Outcome] = [NEVER, Deferred(FailureReason.RECIPIENT_BUSY, "400 30017")]
    first, second = reversed(said) if turned else said
    one = Choosy(route="first", answers=lambda _: first)
    spare = Choosy(route="spare", answers=lambda _: second, weight=0)
    desk = Desk(make_services(sqlite, clock, {"sms": (one, spare)}), clock)
    await desk.registers(person(1))
    alert = await desk.issues(channels=["sms"])
    await desk.works()
    (row,) = await desk.deliveries(alert)
    assert (row.state, row.failure_reason) == (State.WAITING, FailureReason.RECIPIENT_BUSY)


@pytest.mark.parametrize("comes_back", [False, True])
async def test_a_never_waits_a_while_for_a_gateway_that_is_left_alone(
    comes_back: bool, sqlite: Database, clock: Clock
) -> None:
    away = [True]
    first = Choosy(route="first", answers=lambda _: NEVER)
    spare = Choosy(
        route="spare",
        answers=lambda _: Deferred(FailureReason.DOWN, "no connection") if away[0] else None,
    )
    desk = Desk(make_services(sqlite, clock, {"sms": (first, spare)}), clock)
    down = Sample(n=50, errors=50, seconds=1, failure_reason=FailureReason.DOWN)
    await desk.registers(person(1))
    desk.dispatcher.selector.observe(spare, down)
    alert = await desk.issues(channels=["sms"])
    await desk.works()
    assert await desk.states(alert) == {"sms": {State.WAITING}}
    away[0] = not comes_back
    for _ in range(4 * BELIEVED_AFTER):
        if away[0]:
            desk.dispatcher.selector.observe(spare, down)
        clock.forward(seconds=10)
        await desk.sweeps()
    assert await desk.states(alert) == {"sms": {State.ACCEPTED if comes_back else State.FAILED}}
    assert len(first.tried) <= BELIEVED_AFTER


async def test_a_gateway_that_is_held_off_is_not_waited_for(sqlite: Database, clock: Clock) -> None:
    first, spare = Choosy(route="first", answers=lambda _: NEVER), Choosy(route="spare")
    desk = Desk(make_services(sqlite, clock, {"sms": (first, spare)}), clock)
    await desk.registers(person(1))
    await desk.decides(spare, Override.OFF)
    alert = await desk.issues(channels=["sms"])
    await desk.works()
    assert await desk.states(alert) == {"sms": {State.FAILED}}
    assert spare.tried == []


DENIED = [
    "550 relay not permitted",
    "551 we do not relay",
    "550 5.1.2 relaying denied",
    "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
    "554 5.7.1 relay access denied",
]


@pytest.mark.parametrize("said", DENIED)
@pytest.mark.parametrize(("domains", "local"), [(40, True), (8, False)])
async def test_whom_a_relay_does_not_serve_another_does(
    said: str, domains: int, local: bool, sqlite: Database, clock: Clock, switch_on: SwitchOn
) -> None:
    """Also where it takes a letter to its own domain."""

    def denies(step: str, argument: str) -> str | None:
        return said if step == "RCPT" and "@crisis.example" not in argument else None

    async with mail_server(MailServer(script=denies)) as one, mail_server(MailServer()) as two:
        more = {"second_host": "127.0.0.1", "second_port": two.port, "second_tls": "none"}
        relay = {"host": "127.0.0.1", "port": one.port, "tls": "none", "sender": "a@crisis.example"}
        switch_on("email", **relay, **more, second_weight=0, routes="relay,second")
        routes = tuple(REGISTRY["email"](PUBLIC_URL))
        desk = Desk(make_services(sqlite, clock, routes={"email": routes}), clock)
        await desk.registers(*(person(n, email=f"p{n}@domain{n}.example") for n in range(domains)))
        if local:
            await desk.registers(person(99, email="mayor@crisis.example"))
        alert = await desk.issues(channels=["email"])
        await desk.works()
        assert await desk.states(alert) == {"email": {State.ACCEPTED}}
        assert len(two.taken) == domains
        health = desk.dispatcher.selector.health(routes[0])
        assert (health.error_share > 0.5) is local, "ten domains that are denied speak of the relay"
        for route in routes:
            await route.close()


@dataclass
class Slow(Choosy):
    """Lets others have their turn before it answers."""

    async def send(self, prepared: str, *, to: str, key: str, **more: Any) -> Outcome:
        await asyncio.sleep(0)
        return await super().send(prepared, to=to, key=key, **more)


@dataclass
class SlowBulk(Slow):
    """Handed a whole chunk, it lets others have their turn before it answers."""

    async def send_many(
        self,
        outgoing_batch: Sequence[OutboundMessage[str]],
        *,
        valid_for: timedelta,
        stop: StopSignal,
        journal: HandOverJournal,
    ) -> list[Outcome | NotTried]:
        return [
            await self.send(one.prepared, to=one.to, key=one.key, valid_for=valid_for)
            if not stop.is_set()
            else NOT_TRIED
            for one in outgoing_batch
        ]


@pytest.mark.parametrize("kind", [Slow, SlowBulk])
async def test_a_route_that_is_held_off_gets_nothing_more_of_a_chunk(
    kind: type[Slow], sqlite: Database, clock: Clock
) -> None:
    first, spare = kind(route="first"), kind(route="spare", weight=0)
    desk = Desk(make_services(sqlite, clock, {"sms": (first, spare)}), clock)
    await desk.registers(*(person(n) for n in range(60)))
    alert = await desk.issues(channels=["sms"])
    await desk.plans()
    (job, *_) = await desk.dispatcher.due()
    selector = desk.dispatcher.selector

    def decides() -> None:
        if len(first.sent) == 5:
            selector._known["sms", "first"] = replace(selector.health(first), override=Override.OFF)

    first.before_answer = decides
    await desk.dispatcher.send(job)
    assert len(first.sent) <= 5 + first.limits.at_once
    assert len(first.sent) + len(spare.sent) == 60
    assert await desk.states(alert) == {"sms": {State.ACCEPTED}}


async def test_what_no_gateway_may_send_waits_and_is_said_why(
    sqlite: Database, clock: Clock
) -> None:
    barred = Deferred(FailureReason.NOT_PERMITTED, "400 21408")
    ways = [Choosy(route=name, answers=lambda _: barred) for name in ("first", "second")]
    desk = Desk(make_services(sqlite, clock, {"sms": tuple(ways)}), clock)
    await desk.registers(person(1), person(2))
    alert = await desk.issues(channels=["sms"])
    await desk.works()
    rows = await desk.deliveries(alert)
    assert {(one.state, one.failure_reason, one.attempts) for one in rows} == {
        (State.WAITING, FailureReason.NOT_PERMITTED, 1)
    }
    assert [len(way.tried) for way in ways] == [2, 2]


async def sick(desk: Desk, channel: ScriptedChannel) -> Alert:
    """An alert whose route was left alone, after its password turned out wrong."""
    await desk.registers(*(person(serial) for serial in range(30)))
    alert = await desk.issues(channels=["email"])
    await desk.works()
    for _ in range(12):
        await desk.dispatcher.selector.share()
        desk.clock.forward(seconds=31)
        await desk.sweeps()
    await desk.dispatcher.selector.share()
    assert desk.dispatcher.selector.health(channel).breaker is Breaker.OPEN
    return alert


@pytest.mark.parametrize("how", ["restart", "decision"])
async def test_a_route_whose_operator_changed_something_is_tried_at_once(
    how: str, sqlite: Database, clock: Clock
) -> None:
    wrong = [Refused(FailureReason.CONFIGURATION, "535 5.7.8")] * 1000
    channel = ScriptedChannel(script=wrong)
    desk = Desk(make_services(sqlite, clock, {"email": channel}), clock)
    alert = await sick(desk, channel)
    waits = [row.next_attempt_at for row in await desk.deliveries(alert)]
    assert any(at and at > clock.now for at in waits)
    channel._answers = iter(())  # the password is right now
    if how == "restart":
        desk = Desk(desk.services, clock)
    else:
        await operations.override_route(
            desk.services, "email", "main", Override.NONE, reason="new password", by=JORIS
        )
    await desk.dispatcher.selector.share()
    clock.forward(seconds=3)
    await desk.sweeps()
    for _ in range(2):  # with little first, then with all
        await desk.sweeps()
    assert await desk.states(alert) == {"email": {State.ACCEPTED}}
    assert desk.dispatcher.selector.health(channel).breaker is Breaker.CLOSED


async def test_what_waits_because_of_the_recipient_goes_on_waiting_after_a_restart(
    sqlite: Database, clock: Clock
) -> None:
    full = [Deferred(FailureReason.RECIPIENT_BUSY, "450 4.2.0")] * 4
    channel = ScriptedChannel(script=[*full, Accepted("r")])
    desk = Desk(make_services(sqlite, clock, {"email": channel}), clock)
    await desk.registers(person(1))
    alert = await desk.issues(channels=["email"])
    for _ in range(4):
        await desk.works()
        clock.forward(seconds=8)
    (before,) = await desk.deliveries(alert)
    await Desk(desk.services, clock).dispatcher.selector.share()
    (after,) = await desk.deliveries(alert)
    assert after.next_attempt_at == before.next_attempt_at
