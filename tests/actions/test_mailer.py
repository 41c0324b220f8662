"""A message to a user goes by whichever route takes it, and waits long for none."""

import asyncio
from datetime import timedelta

import pytest

from alerting import bootstrap, mailer
from alerting.domain.channel import (
    Accepted,
    Deferred,
    FailureReason,
    Outcome,
    Refused,
    Tracking,
)
from alerting.domain.delivery import State
from alerting.domain.language import Language
from alerting.domain.route import Override
from alerting.mailer import ChannelMailer, ChannelTexter, EmailResult, TextMessageResult
from channels import REGISTRY
from tests.channels.conftest import HOUR, SwitchOn
from tests.channels.test_email import mailer as relay
from tests.channels.test_email import outgoing_batch
from tests.channels.wire import EVERYTHING, NOTHING, SILENCE, MailServer, mail_server
from tests.desk import Desk
from tests.doubles import ScriptedChannel

DOWN = Deferred(FailureReason.DOWN)
NOBODY = Refused(FailureReason.ADDRESS_DEAD)
GONE = Refused(FailureReason.UNREACHABLE)
SIGN_IN = Refused(FailureReason.CONFIGURATION)


def route(name: str, *script: Outcome) -> ScriptedChannel:
    return ScriptedChannel("email", script=script, route=name)


async def send(by: ChannelMailer, to: str = "ada@crisis.example") -> bool:
    mailed = await by.send(to=to, language=Language.NL, subject="Dag", text="Dag")
    return mailed is EmailResult.TAKEN


async def test_what_one_route_does_not_take_goes_by_the_next_and_it_is_tried_last_then() -> None:
    ill, well = route("main", DOWN), route("second")
    both = ChannelMailer([ill, well])
    assert await send(both)
    assert (ill.asked, well.asked) == (1, 1)
    assert await send(both)
    assert (ill.asked, well.asked) == (1, 2)


async def test_a_silent_route_is_given_up_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailer, "EACH_WITHIN", 0.01)
    silent, well = ScriptedChannel("email", hangs=True), route("second")
    assert await send(ChannelMailer([silent, well]))
    assert len(well.sent) == 1


async def test_an_address_that_is_dead_is_not_tried_elsewhere() -> None:
    first, second = route("main", NOBODY), route("second")
    assert not await send(ChannelMailer([first, second]))
    assert (first.asked, second.asked) == (1, 0)


@pytest.mark.parametrize(
    "said",
    [
        Refused(FailureReason.CONFIGURATION),
        Refused(FailureReason.UNREACHABLE),
        Refused(FailureReason.CONTENT),
        Deferred(FailureReason.UNCLEAR),
    ],
)
async def test_what_one_route_says_of_itself_sends_it_by_the_next(said: Outcome) -> None:
    first, second = route("main", said), route("second")
    assert await send(ChannelMailer([first, second]))
    assert (first.asked, second.asked) == (1, 1)


@pytest.mark.parametrize(
    ("step", "reply"),
    [
        ("AUTH", "535 5.7.8 bad credentials"),
        ("MAIL", "550 5.7.1 sender not allowed here"),
        ("MAIL", "530 5.7.0 authentication required"),
        ("RCPT", "550 relaying denied"),
        ("RCPT", "553 not in my list of allowed hosts"),
        ("BODY", "554 5.6.0 content"),
    ],
)
async def test_so_it_is_with_whatever_a_relay_refuses(
    monkeypatch: pytest.MonkeyPatch, step: str, reply: str
) -> None:
    offers = (*NOTHING, "AUTH PLAIN") if step == "AUTH" else NOTHING
    refusing = MailServer(offers, lambda now, _: reply if now == step else None)
    monkeypatch.setenv("EMAIL_ROUTES", "main,second")
    monkeypatch.setenv("EMAIL_SENDER", "alerts@example.org")
    if step == "AUTH":
        monkeypatch.setenv("EMAIL_USERNAME", "ada")
        monkeypatch.setenv("EMAIL_PASSWORD", "secret")
    async with mail_server(refusing), mail_server(MailServer()) as well:
        for prefix, server in {"EMAIL_": refusing, "EMAIL_SECOND_": well}.items():
            monkeypatch.setenv(f"{prefix}HOST", "127.0.0.1")
            monkeypatch.setenv(f"{prefix}PORT", str(server.port))
            monkeypatch.setenv(f"{prefix}TLS", "none")
        routes = REGISTRY["email"]("https://alerts.example.org")
        assert await send(ChannelMailer(routes))
        assert step in refusing.steps
        assert len(well.taken) == 1
        for one in routes:
            await one.close()


@pytest.mark.parametrize(
    ("first", "second", "mailed"),
    [
        (GONE, GONE, EmailResult.REFUSED),
        (NOBODY, Accepted("a"), EmailResult.REFUSED),
        (GONE, DOWN, EmailResult.NOT_TAKEN),
        (GONE, SIGN_IN, EmailResult.NOT_TAKEN),
        (SIGN_IN, SIGN_IN, EmailResult.NOT_TAKEN),
    ],
)
async def test_an_email_is_refused_for_its_address_and_not_for_a_route_that_fails(
    first: Outcome, second: Outcome, mailed: EmailResult
) -> None:
    """A password that a relay refuses is said of no e-mail, and can be mended meanwhile."""
    by = ChannelMailer([route("main", first), route("second", second)])
    assert await by.send(to="ada@x", language=Language.NL, subject="Dag", text="Dag") is mailed


async def test_a_route_that_said_no_of_one_mailbox_stays_the_first() -> None:
    first, second = route("main", GONE), route("second")
    by = ChannelMailer([first, second])
    assert await send(by)
    assert await send(by)
    assert (first.asked, second.asked) == (2, 1)


@pytest.mark.parametrize("offers", [EVERYTHING, NOTHING], ids=["chunking", "lockstep"])
async def test_a_relay_silent_over_one_mailbox_takes_the_others_meanwhile(
    switch_on: SwitchOn, monkeypatch: pytest.MonkeyPatch, offers: tuple[str, ...]
) -> None:
    """By real sockets; its own time runs from when it has a connection, not in the queue."""
    monkeypatch.setattr(mailer, "EACH_WITHIN", 0.3)
    server = MailServer(
        offers, lambda step, to: SILENCE if step == "RCPT" and "<bo@" in to else None
    )
    async with mail_server(server):
        by = ChannelMailer([relay(switch_on, server)])
        names = ["bo", *(f"user{n}" for n in range(40))]
        took = await asyncio.gather(*(send(by, f"{one}@crisis.example") for one in names))
    assert took == [False] + [True] * 40


async def test_what_gets_no_connection_was_not_tried(
    switch_on: SwitchOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The alert that has them says nothing against the route, nor against the e-mail."""
    monkeypatch.setattr(mailer, "EACH_WITHIN", 0.05)
    taken_up = asyncio.Event()

    def script(step: str, _argument: str) -> str | None:
        if step != "RCPT":
            return None
        taken_up.set()
        return SILENCE

    async with mail_server(MailServer(NOTHING, script)) as server:
        channel = relay(switch_on, server, connections=1)
        alert = asyncio.create_task(channel.send_many(outgoing_batch(channel, 3), valid_for=HOUR))
        await taken_up.wait()
        by = ChannelMailer([channel])
        mailed = await by.send(to="ada@x", language=Language.NL, subject="Dag", text="Dag")
        assert mailed is EmailResult.NOT_TRIED
        alert.cancel()
        await asyncio.wait({alert})


async def test_where_no_route_takes_it_that_is_said() -> None:
    assert not await send(ChannelMailer([route("main", DOWN), route("second", DOWN)]))


async def test_a_silent_mailbox_keeps_few_others_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of those under way at once; the rest go meanwhile."""

    class SilentForBo(ScriptedChannel):
        async def send(self, prepared: str, *, to: str, key: str, valid_for: timedelta) -> Outcome:
            if to.startswith("bo"):
                await asyncio.Event().wait()
            return await super().send(prepared, to=to, key=key, valid_for=valid_for)

    monkeypatch.setattr(mailer, "EACH_WITHIN", 1.0)
    one = SilentForBo("email")
    by = ChannelMailer([one])
    waiting = asyncio.create_task(send(by, "bo@crisis.example"))
    async with asyncio.timeout(0.9):
        assert all(await asyncio.gather(*(send(by, f"user{n}@crisis.example") for n in range(60))))
    waiting.cancel()


async def test_a_route_that_somebody_holds_off_carries_none(desk: Desk) -> None:
    first, second = route("main"), route("second")
    services = desk.services
    by = bootstrap.mailer(services.database, {"email": (first, second)})
    await desk.decides(first, Override.OFF)
    assert isinstance(by, ChannelMailer)
    assert await send(by)
    assert (first.asked, second.asked) == (0, 1)


def gateway(name: str, *script: Outcome, hangs: bool = False) -> ScriptedChannel:
    return ScriptedChannel("sms", Tracking.RECEIPTS, script, route=name, hangs=hangs)


async def text(by: ChannelTexter, *, last: str = "") -> TextMessageResult:
    return await by.send(
        to="+32470123456",
        language=Language.NL,
        text="Dag",
        key="staff-7",
        valid_for=timedelta(minutes=10),
        last=last,
    )


UNCLEAR = Deferred(FailureReason.UNCLEAR)
NOT_THERE = Refused(FailureReason.NOT_PERMITTED)
WRONG_KEY = Refused(FailureReason.CONFIGURATION)
"""Which somebody can mend while the message is of use."""


@pytest.mark.parametrize(
    ("first", "second", "became"),
    [
        ([], [], State.SENT),
        ([DOWN], [], State.SENT),
        ([NOT_THERE], [], State.SENT),
        ([UNCLEAR], [], State.SENT),
        ([DOWN], [DOWN], State.WAITING),
        ([NOT_THERE], [DOWN], State.WAITING),
        ([NOT_THERE], [NOT_THERE], State.FAILED),
        ([NOBODY], [], State.FAILED),
        ([UNCLEAR], [DOWN], State.UNCONFIRMED),
        ([DOWN], [UNCLEAR], State.UNCONFIRMED),
        ([UNCLEAR], [NOT_THERE], State.UNCONFIRMED),
        ([WRONG_KEY], [], State.SENT),
        ([WRONG_KEY], [WRONG_KEY], State.WAITING),
    ],
)
async def test_what_becomes_of_a_text_message_by_two_gateways(
    first: list[Outcome], second: list[Outcome], became: State
) -> None:
    by = ChannelTexter([gateway("main", *first), gateway("second", *second)])
    found = await text(by)
    assert found.state is became
    assert (found.route != "") == (became is State.SENT)


async def test_a_gateway_to_be_tried_last_is() -> None:
    main, second = gateway("main"), gateway("second")
    assert (await text(ChannelTexter([main, second]), last="main")).route == "second"


async def test_a_silent_gateway_may_have_it_and_the_next_has_it_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mailer, "EACH_WITHIN", 0.01)
    silent = gateway("main", hangs=True)
    assert (await text(ChannelTexter([silent, gateway("second")]))).route == "second"
    assert (await text(ChannelTexter([silent]))).state is State.UNCONFIRMED


async def test_an_adapter_that_raises_keeps_no_other_gateway_from_being_asked() -> None:
    class Raises(ScriptedChannel):
        async def send(self, *_: object, **__: object) -> Outcome:
            raise KeyError

    raises = Raises(name="sms", route="main")
    assert (await text(ChannelTexter([raises, gateway("second")]))).route == "second"
    assert (await text(ChannelTexter([raises]))).state is State.UNCONFIRMED


async def test_a_gateway_that_somebody_holds_off_carries_none(desk: Desk) -> None:
    first, second = gateway("main"), gateway("second")
    by = bootstrap.texter(desk.services.database, {"sms": (first, second)})
    await desk.decides(first, Override.OFF)
    assert isinstance(by, ChannelTexter)
    assert (await text(by)).route == "second"
    await desk.decides(second, Override.OFF)
    assert (await text(by)).state is State.WAITING, "somebody may switch one on again"
