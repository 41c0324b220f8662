"""Whoever was alerted, or may have been, is told that it is over, under whichever entry they stand.

What follows an alert is by default not sent to those it never reached. Who that is, is told by the
address that was written to, whatever became of its entry since, and by every try.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alerting.actions.recipients import lists
from alerting.delivery import planning, receipts
from alerting.domain.alert import Alert, FollowUp
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
from alerting.domain.recipient import Recipient, RecipientKind
from alerting.store import Database
from tests import having_read
from tests.desk import MILA, Desk
from tests.doubles import Clock, ScriptedChannel, TraceableChannel, arrived
from tests.make import GENT, make_services, person

PERSON = RecipientKind.PERSON
SHARED = "+32470000501"
OWN = "+32470000502"


async def leaves(desk: Desk) -> None:
    await lists.end_recipient(desk.services, PERSON, 1, requested=True, by=MILA)


async def has_a_number_of_their_own(desk: Desk) -> None:
    typed = {"name": "A", "language": "fr", "municipality": "Liège", "phone": OWN, "email": ""}
    await having_read.edit_recipient(desk.services, PERSON, 1, typed, by=MILA)


async def is_imported_with_another_number(desk: Desk) -> None:
    await desk.registers(person(1, phone=OWN))


async def moves_with_another_number(desk: Desk) -> None:
    await desk.registers(person(1, nis_code=GENT, phone=OWN))


async def changes_and_leaves(desk: Desk) -> None:
    await has_a_number_of_their_own(desk)
    await leaves(desk)


async def stays(_: Desk) -> None:
    """Nothing happens."""


WHAT_HAPPENS: list[Callable[[Desk], Awaitable[None]]] = [
    stays, leaves, has_a_number_of_their_own, is_imported_with_another_number,
    moves_with_another_number, changes_and_leaves,
]  # fmt: skip


@pytest.mark.parametrize("follow", [FollowUp.FALSE_ALERT, FollowUp.ALL_CLEAR])
@pytest.mark.parametrize("happens", WHAT_HAPPENS)
async def test_a_phone_that_was_alerted_is_told_whatever_became_of_the_entry(
    happens: Callable[[Desk], Awaitable[None]],
    follow: FollowUp,
    database: Database,
    clock: Clock,
) -> None:
    desk = Desk(make_services(database, clock), clock)
    await desk.registers(person(1, phone=SHARED), person(2, phone=SHARED))
    alert = await desk.issues(channels=["sms"])
    await desk.works()
    await happens(desk)
    await desk.registers(person(3, phone="+32470000503"))
    later = await desk.sends(await desk.approves(await desk.follows_up(alert, follow)))
    await desk.works()
    told = [to for to, key, _ in desk.channel("sms").sent if key.startswith(f"{later.id}.")]
    assert SHARED in told
    assert "+32470000503" not in told, "who came since was never alerted"


async def test_mail_addresses_are_the_same_without_case(database: Database, clock: Clock) -> None:
    desk = Desk(make_services(database, clock), clock)
    first, second = person(1, email="House@example.org"), person(2, email="house@example.org")
    await desk.registers(first, second)
    alert = await desk.issues(channels=["email"])
    await desk.works()
    await desk.registers(replace(first, email="other@example.org"))
    later = await desk.follows_up(alert, FollowUp.FALSE_ALERT)
    await desk.sends(await desk.approves(later))
    await desk.works()
    assert "house@example.org" in [to for to, *_ in desk.channel("email").sent]


async def test_nobody_shares_an_alert_that_never_left(database: Database, clock: Clock) -> None:
    dead = [Refused(FailureReason.ADDRESS_DEAD, "30005")]
    texts = ScriptedChannel("sms", Tracking.RECEIPTS, dead)
    desk = Desk(make_services(database, clock, {"sms": texts}), clock)
    await desk.registers(person(1, phone=SHARED), person(2, phone=SHARED))
    alert = await desk.issues(channels=["sms"])
    await desk.works()
    await leaves(desk)
    later = await desk.follows_up(alert, FollowUp.FALSE_ALERT)
    await desk.sends(await desk.approves(later))
    await desk.works()
    assert texts.sent == []


UNCLEAR = Deferred(FailureReason.UNCLEAR, "no answer")
DEAD = Refused(FailureReason.ADDRESS_DEAD, "550 5.1.1")
BUSY = Deferred(FailureReason.RECIPIENT_BUSY, "451")


@pytest.mark.parametrize("late", [False, True], ids=["", "a late receipt"])
@pytest.mark.parametrize("answers", [[UNCLEAR, DEAD], [UNCLEAR, BUSY, DEAD], [UNCLEAR, BUSY]])
@pytest.mark.parametrize("kind", ["sms", "email"])
async def test_a_try_in_doubt_stays_one_whatever_the_next_is_answered(
    kind: str, answers: list[Outcome], late: bool, sqlite: Database, clock: Clock
) -> None:
    tracking = Tracking.RECEIPTS if kind == "sms" else Tracking.ACCEPTANCE
    channel = ScriptedChannel(kind, tracking, answers)
    desk = Desk(make_services(sqlite, clock, {kind: channel}), clock)
    await desk.registers(person(1))
    alert = await desk.issues(channels=[kind])
    await desk.works()
    while channel.asked < len(answers):
        clock.forward(seconds=5)
        await desk.sweeps()
    ended = answers[-1] is DEAD
    (row,) = await desk.deliveries(alert)
    assert row.state is (State.UNCONFIRMED if ended else State.WAITING)
    assert row.failure_reason is FailureReason.UNCLEAR
    if late and kind == "sms":
        await receipts.apply_receipts(desk.services, [arrived(f"{alert.id}.sms.1", "theirs")])
        assert await desk.states(alert) == {kind: {State.DELIVERED}}
    later = await desk.follows_up(alert, FollowUp.FALSE_ALERT)
    later = await desk.sends(await desk.approves(later))
    await desk.works()
    assert [key for _, key, _ in channel.sent] == [f"{later.id}.{kind}.1"]


async def test_what_a_provider_that_was_asked_had_nothing_of_counts_as_perhaps_alerted(
    sqlite: Database, clock: Clock
) -> None:
    texts = TraceableChannel("sms", Tracking.RECEIPTS, [UNCLEAR, DEAD, Accepted("3")])
    desk = Desk(make_services(sqlite, clock, {"sms": texts}), clock)
    await desk.registers(person(1))
    alert = await desk.issues(channels=["sms"])
    await desk.works()
    clock.forward(seconds=5)
    await desk.sweeps()
    assert await desk.states(alert) == {"sms": {State.FAILED}}
    later = await desk.follows_up(alert, FollowUp.FALSE_ALERT)
    await desk.sends(await desk.approves(later))
    await desk.works()
    assert len(texts.sent) == 1


async def told(desk: Desk, alert: Alert, follow: FollowUp, **more: Any) -> list[tuple[str, str]]:
    """Where a follow-up of an alert goes, by channel."""
    later = await desk.sends(await desk.approves(await desk.follows_up(alert, follow, **more)))
    await desk.works()
    return sorted(
        (name, to)
        for name in ("sms", "email")
        for to, key, _ in desk.channel(name).sent
        if key.startswith(f"{later.id}.")
    )


async def test_an_email_that_alerted_is_taken_back_by_text_message_too(
    database: Database, clock: Clock
) -> None:
    desk = Desk(make_services(database, clock), clock)
    await desk.registers(person(1), person(2, email=""))
    alert = await desk.issues(channels=["email"])
    await desk.works()
    assert await told(desk, alert, FollowUp.FALSE_ALERT, more_channels=["sms"]) == [
        ("email", "person-1@example.org"),
        ("sms", "+32470000001"),
    ], "the other one has no mail address, and was never alerted"


@pytest.mark.parametrize("requested", [False, True])
async def test_a_phone_that_was_alerted_is_known_in_an_entry_made_after_the_other_ended(
    requested: bool, database: Database, clock: Clock
) -> None:
    desk = Desk(make_services(database, clock), clock)
    await desk.registers(person(1, phone=SHARED), person(2, phone=OWN))
    alert = await desk.issues(channels=["sms"])
    await desk.works()
    await lists.end_recipient(desk.services, PERSON, 1, requested=requested, by=MILA)
    consent = clock.now.date() + timedelta(days=1)
    await desk.registers(replace(person(3, phone=SHARED), consent_date=consent), person(4))
    assert await told(desk, alert, FollowUp.FALSE_ALERT) == [("sms", SHARED), ("sms", OWN)]


FIRST, SECOND = "+32470000001", "+32470000002"
MOVES = [person(1, nis_code=GENT)]
NEW_NUMBER = [person(1, phone=OWN)]
MOVES_WITH_NEW_NUMBER = [person(1, nis_code=GENT, phone=OWN)]
NO_NUMBER = [person(1, phone="")]
MOVES_WITHOUT_NUMBER = [person(1, nis_code=GENT, phone="")]
NUMBER_HANDED_ON = [person(1, phone=OWN), person(3, phone=FIRST)]
MOVES_IN_WITH_THE_SECOND = [person(1, phone=SECOND)]
NUMBERS_EXCHANGED = [person(1, phone=SECOND), person(2, phone=FIRST)]
BOTH_NUMBERS_MOVE_ON = [person(1, phone=SECOND), person(2, phone=OWN)]
NUMBER_TAKEN_OVER = [person(1, nis_code=GENT), person(2, phone=FIRST)]
OTHER_LANGUAGE = [person(1, language=Language.NL)]
ENDING, GOING_ON = [FollowUp.FALSE_ALERT, FollowUp.ALL_CLEAR], [FollowUp.UPDATE]
WHERE_IT_GOES = [
    *((MOVES, follow, {FIRST, SECOND}) for follow in (*ENDING, *GOING_ON)),
    *((NEW_NUMBER, follow, {FIRST, SECOND}) for follow in ENDING),
    *((NEW_NUMBER, follow, {OWN, SECOND}) for follow in GOING_ON),
    *((MOVES_WITH_NEW_NUMBER, follow, {FIRST, SECOND}) for follow in (*ENDING, *GOING_ON)),
    (NO_NUMBER, FollowUp.FALSE_ALERT, {SECOND}),
    (MOVES_WITHOUT_NUMBER, FollowUp.FALSE_ALERT, {SECOND}),
    (NUMBER_HANDED_ON, FollowUp.FALSE_ALERT, {FIRST, SECOND, OWN}),
    (MOVES_IN_WITH_THE_SECOND, FollowUp.FALSE_ALERT, {FIRST, SECOND}),
    (NUMBERS_EXCHANGED, FollowUp.FALSE_ALERT, {FIRST, SECOND}),
    (BOTH_NUMBERS_MOVE_ON, FollowUp.FALSE_ALERT, {FIRST, SECOND}),
    (OTHER_LANGUAGE, FollowUp.FALSE_ALERT, {FIRST, SECOND}),
    *((NUMBER_TAKEN_OVER, follow, {FIRST, SECOND}) for follow in ENDING),
    *((NUMBER_TAKEN_OVER, follow, {FIRST}) for follow in GOING_ON),
]


@pytest.mark.parametrize(("becomes", "follow", "expected"), WHERE_IT_GOES)
async def test_what_follows_goes_where_the_alert_went_once_to_each(
    becomes: list[Recipient],
    follow: FollowUp,
    expected: set[str],
    database: Database,
    clock: Clock,
) -> None:
    desk = Desk(make_services(database, clock), clock)
    await desk.registers(person(1), person(2))
    alert = await desk.issues(channels=["sms"])
    await desk.works()
    await desk.registers(*becomes)
    assert await told(desk, alert, follow) == [("sms", to) for to in sorted(expected)]


async def test_whoever_moved_and_asked_to_leave_is_not_written_to(
    database: Database, clock: Clock
) -> None:
    desk = Desk(make_services(database, clock), clock)
    await desk.registers(person(1), person(2))
    alert = await desk.issues(channels=["sms"])
    await desk.works()
    await desk.registers(*MOVES)
    await leaves(desk)
    assert await told(desk, alert, FollowUp.FALSE_ALERT) == [("sms", SECOND)]


async def test_an_alert_is_taken_back_though_everybody_moved(
    database: Database, clock: Clock
) -> None:
    desk = Desk(make_services(database, clock), clock)
    await desk.registers(person(1))
    alert = await desk.issues(channels=["sms"])
    await desk.works()
    retraction = await desk.approves(await desk.follows_up(alert, FollowUp.FALSE_ALERT))
    await desk.registers(*MOVES)
    await desk.sends(retraction)
    await desk.works()
    assert [to for to, *_ in desk.channel("sms").sent] == [FIRST, FIRST]


async def test_whoever_moved_before_an_update_is_told_when_all_is_over(
    database: Database, clock: Clock
) -> None:
    desk = Desk(make_services(database, clock), clock)
    await desk.registers(person(1), person(2))
    alert = await desk.issues(channels=["sms"])
    await desk.works()
    await desk.registers(*MOVES)
    update = await desk.sends(await desk.approves(await desk.follows_up(alert, FollowUp.UPDATE)))
    await desk.works()
    assert await told(desk, update, FollowUp.ALL_CLEAR) == [("sms", FIRST), ("sms", SECOND)]


async def test_those_who_moved_are_planned_in_their_turn_however_small_the_slices(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "FIRST_SLICE", 1)
    monkeypatch.setattr(planning, "SLICE", 2)
    desk = Desk(make_services(database, clock), clock)
    people = [person(n) for n in range(1, 8)]
    await desk.registers(*people)
    alert = await desk.issues(channels=["sms"])
    await desk.works()
    await desk.registers(
        *(replace(one, nis_code=GENT) for one in people[::3]),
        replace(people[1], phone=people[4].phone),
        replace(people[5], phone=OWN),
        person(8, nis_code=GENT),
    )
    expected = [("sms", one.phone) for one in people]
    assert await told(desk, alert, FollowUp.FALSE_ALERT) == sorted(expected)
