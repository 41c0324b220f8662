"""Whoever must act on a real alert is called by text message, too, at a number they confirmed.

At most three times for one alert, by whichever route takes it, and not once it is decided.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from alerting.actions.accounts import administration, mobile_numbers
from alerting.actions.alerts import approval, calls, queries
from alerting.actions.authorities import on_call
from alerting.actions.authorities.on_call import OnCallRequest
from alerting.actions.staff_notifications import inbox, outbox
from alerting.delivery import receipts
from alerting.domain.alert import Alert, AlertClass
from alerting.domain.channel import Deferred, FailureReason, Outcome, Refused
from alerting.domain.delivery import State
from alerting.domain.language import Language
from alerting.domain.ledger import SHELL
from alerting.domain.message import Message
from alerting.domain.officer import Officer, Role
from alerting.domain.staff_notification import MOST_TEXTS
from alerting.mailer import ChannelTexter
from alerting.store import Database
from alerting.store.tables import unmatched_receipt
from tests import having_read
from tests.desk import JORIS, LEEN, MILA, Desk
from tests.doubles import Clock, ScriptedChannel, arrived, lost
from tests.make import make_services
from tests.staff import administrator, has_mobile, member, send_mails, texts

ADA = Officer("ada", Role.ADMINISTRATOR)
NUMBERS = {"joris": "+32470123456", "leen": "+32470123457"}
NAMES = {number: name for name, number in NUMBERS.items()}
DOWN = Deferred(FailureReason.DOWN)
UNCLEAR = Deferred(FailureReason.UNCLEAR)
DEAD = Refused(FailureReason.ADDRESS_DEAD)


@pytest.fixture
async def desk(database: Database, clock: Clock) -> Desk:
    services = make_services(database, clock)
    for name in ("ada", "bo"):
        await administrator(services, clock, name)
    for one in (MILA, JORIS, LEEN):
        await member(services, clock, one.name, one.role)
    for one in (JORIS, LEEN):
        await has_mobile(services, one, NUMBERS[one.name])
    await send_mails(services)
    return Desk(services, clock)


async def called(desk: Desk, by: int = 0) -> list[str]:
    """Who gets a text message as a worker goes round, by name; `by` the first route, or another."""
    channel = desk.services.routes["sms"][by]
    assert isinstance(channel, ScriptedChannel)
    before = len(channel.sent)
    await calls.remind_of_approvals(desk.services)
    await send_mails(desk.services)
    return sorted(NAMES[to] for to, _, _ in channel.sent[before:])


async def submitted(desk: Desk, alert_class: AlertClass = AlertClass.ALERT) -> Alert:
    return await desk.submits(await desk.drafts(alert_class=alert_class))


async def states(desk: Desk, alert: Alert, name: str = "joris") -> list[tuple[str, State]]:
    """By what somebody was called for an alert, as its page shows."""
    found = await queries.get_status(desk.services, alert.id, by=MILA)
    return sorted((one.channel, one.state) for one in found.called.messages.get(name, ()))


async def puts_on_call(desk: Desk, *names: str) -> None:
    for place, name in enumerate(names, 1):
        wanted = OnCallRequest(
            officer=name,
            place=place,
            starts_at=desk.clock.now - timedelta(hours=1),
            ends_at=desk.clock.now + timedelta(hours=8),
        )
        await on_call.add_on_call(desk.services, "national", wanted, by=ADA)


def with_routes(desk: Desk, *scripts: list[Outcome]) -> tuple[Desk, list[ScriptedChannel]]:
    """The desk, with gateways that answer as scripted."""
    tracked = desk.services.routes["sms"][0]
    assert isinstance(tracked, ScriptedChannel)
    routes = [
        ScriptedChannel("sms", tracked.tracking, script, route=f"route{'abc'[n]}")
        for n, script in enumerate(scripts)
    ]
    services = replace(
        desk.services,
        routes={**desk.services.routes, "sms": routes},
        texter=ChannelTexter(routes),
    )
    return Desk(services, desk.clock), routes


async def test_whoever_is_called_gets_a_text_at_once_and_with_each_reminder(
    desk: Desk, clock: Clock
) -> None:
    alert = await submitted(desk)
    heard = [await called(desk)]
    for _ in range(12):
        clock.forward(minutes=1)
        heard.append(await called(desk))
    assert [minute for minute, who in enumerate(heard) if who] == [0, 2, 5]
    assert heard[0] == heard[2] == heard[5] == ["joris", "leen"]
    assert len(texts(desk.services)) - 2 == MOST_TEXTS * 2, "beside the two codes"
    assert (await states(desk, alert)).count(("sms", State.SENT)) == MOST_TEXTS


async def test_with_a_list_only_whoever_is_called_is_woken(desk: Desk, clock: Clock) -> None:
    await puts_on_call(desk, "leen", "joris")
    await submitted(desk)
    heard = [await called(desk)]
    for _ in range(10):
        clock.forward(minutes=1)
        heard.append(await called(desk))
    assert {minute: who for minute, who in enumerate(heard) if who} == {
        0: ["leen"],
        2: ["leen"],
        5: ["joris", "leen"],
        7: ["joris"],
        10: ["joris"],
    }


@pytest.mark.parametrize("alert_class", [AlertClass.EXERCISE, AlertClass.TEST])
async def test_nobody_is_woken_for_an_exercise(
    desk: Desk, clock: Clock, alert_class: AlertClass
) -> None:
    alert = await submitted(desk, alert_class)
    assert not await called(desk)
    clock.forward(minutes=10)
    assert not await called(desk)
    assert ("email", State.ACCEPTED) in await states(desk, alert)


async def test_what_no_number_is_confirmed_for_is_told_by_e_mail_alone(desk: Desk) -> None:
    await mobile_numbers.remove_number(desk.services, by=JORIS)
    alert = await submitted(desk)
    assert await called(desk) == ["leen"]
    assert await states(desk, alert) == [("email", State.ACCEPTED)]


async def test_several_alerts_are_one_text(desk: Desk) -> None:
    first = await submitted(desk)
    await desk.submits(await desk.drafts(area=("Gent",)))
    assert await called(desk) == ["joris", "leen"]
    said = texts(desk.services)[-1][1]
    assert str(first.id) in said
    assert "2" in said


async def test_one_that_was_taken_back_again_and_again_calls_three_times(
    desk: Desk, clock: Clock
) -> None:
    alert = await desk.drafts()
    for number in range(8):
        await desk.submits(alert)
        for _ in range(6):
            await called(desk)
            clock.forward(minutes=1)
        text = Message(channel="sms", language=Language.FR, text=f"BE-Alert: {number}")
        await having_read.revise(desk.services, alert.id, [text], by=MILA)
    to_joris = [to for to, _ in texts(desk.services) if to == NUMBERS["joris"]]
    assert len(to_joris) - 1 == MOST_TEXTS


async def test_after_a_colleague_rejected_it_a_new_version_calls_again(
    desk: Desk, clock: Clock
) -> None:
    alert = await submitted(desk)
    for _ in range(7):
        await called(desk)
        clock.forward(minutes=1)
    await approval.return_to_author(desk.services, alert.id, by=JORIS, reason="Wrong street")
    clock.forward(minutes=1)
    await desk.submits(alert)
    assert "leen" in await called(desk)


async def test_nobody_is_woken_for_what_was_decided_meanwhile(desk: Desk, clock: Clock) -> None:
    down, routes = with_routes(desk, [DOWN] * 20)
    alert = await submitted(down)
    assert not await called(down)
    assert await states(down, alert) == [("email", State.ACCEPTED), ("sms", State.WAITING)]
    await desk.approves(alert)
    asked = routes[0].asked
    clock.forward(minutes=1)
    assert not await called(down)
    assert routes[0].asked == asked


async def test_a_text_that_one_route_does_not_take_goes_by_the_next(desk: Desk) -> None:
    other = Refused(FailureReason.NOT_PERMITTED)
    two, routes = with_routes(desk, [DOWN, other], [])
    alert = await submitted(two)
    assert await called(two, by=1) == ["joris", "leen"]
    assert not routes[0].sent
    assert ("sms", State.SENT) in await states(two, alert)


async def test_a_route_that_may_have_it_is_not_asked_again(desk: Desk, clock: Clock) -> None:
    two, routes = with_routes(desk, [UNCLEAR] * 9, [UNCLEAR] * 9)
    alert = await submitted(two)
    await called(two)
    assert ("sms", State.UNCONFIRMED) in await states(two, alert)
    clock.forward(seconds=90)
    await called(two)
    assert [one.asked for one in routes] == [2, 2], "once for each of two people"


async def test_a_number_that_is_dead_is_given_up(desk: Desk, clock: Clock) -> None:
    two, routes = with_routes(desk, [DEAD] * 2, [])
    alert = await submitted(two)
    await called(two)
    assert ("sms", State.FAILED) in await states(two, alert)
    clock.forward(seconds=90)
    await called(two)
    assert (routes[0].asked, routes[1].asked) == (2, 0)


async def test_what_all_routes_refuse_now_is_tried_again_like_an_e_mail(
    desk: Desk, clock: Clock
) -> None:
    two, _ = with_routes(desk, [DOWN] * 2, [DOWN] * 2)
    await submitted(two)
    assert not await called(two)
    clock.forward(seconds=outbox.AGAIN_AFTER[0])
    assert await called(two) == ["joris", "leen"]


async def test_a_receipt_says_whether_it_arrived_and_disturbs_no_delivery(desk: Desk) -> None:
    alert = await submitted(desk)
    await called(desk)
    keys = {NAMES[to]: key for to, key in sent_keys(desk)[2:]}
    await receipts.apply_receipts(desk.services, [arrived(keys["joris"])])
    await receipts.apply_receipts(desk.services, [arrived(sent_keys(desk)[0][1])])  # of a code
    await receipts.apply_receipts(desk.services, [arrived(keys["leen"], "another")])
    assert ("sms", State.DELIVERED) in await states(desk, alert)
    assert ("sms", State.SENT) in await states(desk, alert, "leen")
    async with desk.services.reading() as reading:
        rows = sa.select(sa.func.count()).select_from(unmatched_receipt)
        assert not await reading.connection.scalar(rows)


async def test_what_is_lost_goes_once_more_and_by_another_route(desk: Desk) -> None:
    two, routes = with_routes(desk, [], [])
    alert = await submitted(two)
    assert await called(two) == ["joris", "leen"]
    key = next(key for to, key, _ in routes[0].sent if NAMES[to] == "joris")
    report = lost(key, route="routea")
    await receipts.apply_receipts(two.services, [report])
    await receipts.apply_receipts(two.services, [report])  # the provider repeats it
    assert await called(two, by=1) == ["joris"]
    await receipts.apply_receipts(two.services, [lost(key, route="routeb")])
    assert not await called(two)
    assert ("sms", State.FAILED) in await states(two, alert)


def sent_keys(desk: Desk) -> list[tuple[str, str]]:
    channel = desk.services.routes["sms"][0]
    assert isinstance(channel, ScriptedChannel)
    return [(to, key) for to, key, _ in channel.sent]


async def test_a_closed_account_is_called_no_more(desk: Desk, clock: Clock) -> None:
    down, _ = with_routes(desk, [DOWN] * 2, [DOWN] * 2)
    await submitted(down)
    await called(down)
    await administration.end_account(desk.services, "joris", by=SHELL)
    clock.forward(seconds=outbox.AGAIN_AFTER[0])
    assert await called(down) == ["leen"]


async def test_a_silent_gateway_holds_up_no_e_mail(desk: Desk) -> None:
    silent = ScriptedChannel("sms", hangs=True)
    services = replace(desk.services, texter=ChannelTexter([silent]))
    await submitted(Desk(services, desk.clock))
    await inbox.queue_mails(services)
    texting = asyncio.create_task(outbox.send_due_on(services, "sms"))
    assert await outbox.send_due_on(services, "email") == 2
    assert not texting.done()
    silent.goes_on.set()
    await texting
