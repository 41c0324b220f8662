"""A message to a user goes by whichever route takes it, and waits long for none."""

import asyncio
from datetime import timedelta

import pytest

from alerting import bootstrap, mailer
from alerting.domain.channel import Deferred, FailureReason, Outcome, Refused, Tracking
from alerting.domain.delivery import State
from alerting.domain.language import Language
from alerting.domain.route import Override
from alerting.mailer import ChannelMailer, ChannelTexter, HandedOver
from tests.desk import Desk
from tests.doubles import ScriptedChannel

DOWN = Deferred(FailureReason.DOWN)
NOBODY = Refused(FailureReason.ADDRESS_DEAD)


def route(name: str, *script: Outcome) -> ScriptedChannel:
    return ScriptedChannel("email", script=script, route=name)


async def send(by: ChannelMailer, to: str = "ada@crisis.example") -> bool:
    return await by.send(to=to, language=Language.NL, subject="Dag", text="Dag")


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


async def text(by: ChannelTexter, *, last: str = "") -> HandedOver:
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


async def test_a_gateway_that_somebody_holds_off_carries_none(desk: Desk) -> None:
    first, second = gateway("main"), gateway("second")
    by = bootstrap.texter(desk.services.database, {"sms": (first, second)})
    await desk.decides(first, Override.OFF)
    assert isinstance(by, ChannelTexter)
    assert (await text(by)).route == "second"
    await desk.decides(second, Override.OFF)
    assert (await text(by)).state is State.WAITING, "somebody may switch one on again"
