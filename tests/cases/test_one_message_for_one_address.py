"""One address is written to once per channel and alert, for the entry that came first inside."""

import asyncio
import os
import random
from collections import Counter
from dataclasses import replace

import pytest
import sqlalchemy as sa

from alerting.actions.alerts import queries, retry
from alerting.actions.alerts.retry import NothingFailed
from alerting.actions.recipients import lists as recipient_lists
from alerting.actions.recipients.importing import import_file
from alerting.domain.alert import FollowUp, Precedence, StepReason, UnreachedPolicy
from alerting.domain.channel import FailureReason, Reach, Refused, Tracking
from alerting.domain.channel_accounts import Usable
from alerting.domain.delivery import State
from alerting.domain.language import Language
from alerting.domain.recipient import Recipient, RecipientKind
from alerting.store import Database
from alerting.store.alerts import repository as alert_rows
from alerting.store.deliveries import planning as planning_rows
from alerting.store.deliveries.planning import Criteria
from alerting.store.recipients import repository as recipient_rows
from alerting.store.tables import delivery, recipient
from alerting.store.unit_of_work import unit
from tests.desk import MILA, Desk
from tests.doubles import NOON, Clock, ScriptedChannel
from tests.make import (
    EUPEN,
    GENT,
    LIEGE,
    VERVIERS,
    alert,
    hmacs,
    make_services,
    newsroom,
    person,
)

FIRST = """language;municipality;phone;email
fr;Rochefort;0470000501;anne.dupont@example.org
"""
SECOND = """reference;language;municipality;phone;email
R1;fr;Rochefort;0470000501;anne.dupont@example.org
R3;fr;Rochefort;0470000503;Jean@example.org
R4;fr;Rochefort;0470000504;jean@example.org
R5;fr;Rochefort;;JEAN@example.org
"""
WHOLE = bool(os.environ.get("ALERTING_TEST_WHOLE"))


@pytest.fixture
def house(database: Database, clock: Clock) -> Desk:
    return Desk(make_services(database, clock), clock)


async def test_two_lists_with_the_same_person_make_one_message_each(house: Desk) -> None:
    for text in (FIRST, SECOND):
        await import_file(
            house.services, text.encode(), file="a.csv", kind=RecipientKind.PERSON, by=MILA
        )
    made = await house.drafts(area=("Rochefort",), channels=["sms", "email"])
    shown = (await queries.preview(house.services, made.id, by=MILA)).audience
    assert {channel: sum(counts.values()) for channel, counts in shown.items()} == {
        "sms": 3,
        "email": 2,
    }
    approved = await house.approves(made)
    assert approved.approved_audience == {"sms": 3, "email": 2}
    await house.sends(approved)
    await house.works()
    sent = {name: sorted(to for to, *_ in house.channel(name).sent) for name in ("sms", "email")}
    assert sent == {
        "sms": ["+32470000501", "+32470000503", "+32470000504"],
        "email": ["Jean@example.org", "anne.dupont@example.org"],
    }


AREA = (LIEGE, VERVIERS)
SMS = Criteria("sms", Reach.PHONE, AREA, (Language.FR, Language.DE))
MAIL = replace(SMS, channel="email", reach=Reach.EMAIL)
PRESS = replace(SMS, channel="press", reach=Reach.NEWSROOM, may_use=Usable(all_newsrooms=True))


def somebody(dice: random.Random) -> Recipient:
    """One of few, so that they share what they have."""
    if dice.random() < 0.2:
        return replace(
            newsroom(dice.randrange(6), language=dice.choice([Language.FR, Language.NL])),
            email=dice.choice(["news@example.org", "News@example.org", "desk@example.org"]),
        )
    return person(
        dice.randrange(20),
        nis_code=dice.choice([LIEGE, LIEGE, VERVIERS, EUPEN]),
        language=dice.choice([Language.FR, Language.NL, Language.DE]),
        phone=dice.choice(["", *(f"+3247000000{n}" for n in range(6))]),
        email=dice.choice(["", "a@example.org", "A@Example.ORG", "b@example.org", "c@x.be"]),
    )


async def expected(database: Database, wanted: Criteria) -> dict[int, Language]:
    """Who is written to, and in which language: told by looking at everybody in turn."""
    async with unit(database) as opened:
        rows = (
            await opened.connection.execute(sa.select(recipient).order_by(recipient.c.id))
        ).all()
    found: dict[int, Language] = {}
    seen: set[str] = set()
    for row in rows:
        address = (row.phone if wanted.reach is Reach.PHONE else row.email).lower()
        press = wanted.reach is Reach.NEWSROOM
        inside = row.language in wanted.languages if press else row.nis_code in wanted.area
        listed = RecipientKind.PRESS if press else RecipientKind.PERSON
        if row.kind != listed or not inside or not address or address in seen:
            continue
        seen.add(address)
        spoken = row.language in wanted.languages
        found[row.id] = Language(row.language) if spoken else wanted.languages[0]
    return found


async def planned(database: Database, wanted: Criteria, number: int) -> dict[int, Language]:
    """Who is written to by the database, in slices of three."""
    async with unit(database) as opened:
        await planning_rows.begin(opened.connection, database, number, wanted.channel)
        finished = False
        while not finished:
            finished = (
                await planning_rows.plan_slice(
                    opened.connection,
                    database,
                    alert=number,
                    criteria=wanted,
                    at_most=3,
                    chunk_size=2,
                    precedence=Precedence.ALERT,
                    now=NOON,
                )
            ).finished
        rows = await opened.connection.execute(
            sa.select(delivery.c.recipient_id, delivery.c.language).where(
                delivery.c.alert_id == number, delivery.c.channel == wanted.channel
            )
        )
        return {row.recipient_id: Language(row.language) for row in rows}


async def changes(database: Database, dice: random.Random) -> None:
    """Somebody comes, is written anew, is corrected or leaves."""
    async with unit(database) as opened:
        connection = opened.connection
        ids = list(
            await connection.scalars(
                sa.select(recipient.c.id).where(recipient.c.ended_at.is_(None))
            )
        )
        if not ids or dice.random() < 0.5:
            some = {one.reference: one for one in (somebody(dice) for _ in range(4))}
            await recipient_rows.save(connection, database, list(some.values()), hmacs())
            return
        before = await recipient_rows.load(connection, dice.choice(ids))
        assert before is not None
        if dice.random() < 0.5:
            await recipient_rows.end(connection, database, before, hmacs(), NOON)
            return
        other = somebody(dice)
        await recipient_rows.change(
            connection,
            database,
            before,
            replace(before.who, phone=other.phone, email=other.email, nis_code=other.nis_code),
        )


async def test_whatever_was_done_to_the_lists_the_first_inside_is_written_to(
    database: Database,
) -> None:
    for seed in range(20 if WHOLE else 1):
        dice = random.Random(seed)  # noqa: S311  the same every time
        for _ in range(16):
            await changes(database, dice)
            for wanted in (SMS, MAIL, PRESS):
                found = await expected(database, wanted)
                async with unit(database) as opened:
                    assert await planning_rows.people(opened.connection, wanted) == len(found)
                    by_language = await planning_rows.audience(opened.connection, wanted)
                    anyone = await planning_rows.reaches_anyone(opened.connection, wanted)
                assert by_language == Counter(found.values())
                assert anyone == bool(found)
        async with unit(database) as opened:
            number = (await alert_rows.save(opened.connection, alert())).id
        for wanted in (SMS, MAIL, PRESS):
            assert await planned(database, wanted, number) == await expected(database, wanted)


async def test_two_imports_at_once_leave_one_first(database: Database) -> None:
    async def saves(serial: int) -> None:
        async with unit(database) as opened:
            who = person(serial, phone="+32470000501")
            await recipient_rows.save(opened.connection, database, [who], hmacs())

    await asyncio.gather(*(saves(serial) for serial in range(1, 6)))
    async with unit(database) as opened:
        assert await planning_rows.people(opened.connection, SMS) == 1
        marks = await opened.connection.scalars(
            sa.select(recipient.c.phone_repeats).order_by(recipient.c.id)
        )
    assert list(marks) == [False, True, True, True, True]


async def test_an_address_outside_the_area_hides_nobody_inside(database: Database) -> None:
    outside = person(1, nis_code=GENT, language=Language.NL, phone="+32470000501")
    inside = person(2, language=Language.DE, phone="+32470000501")
    async with unit(database) as opened:
        await recipient_rows.save(opened.connection, database, [outside, inside], hmacs())
        assert await planning_rows.audience(opened.connection, SMS) == {Language.DE: 1}


async def test_a_follow_up_knows_the_address_under_whichever_entry_it_stands(house: Desk) -> None:
    shared = "+32470000501"
    await house.registers(
        person(1, nis_code=GENT, phone=shared), person(2, phone=shared), person(3)
    )
    made = await house.issues(channels=["sms"])
    await house.works()
    assert len(house.channel("sms").sent) == 2
    await house.registers(person(1, phone=shared), person(4))  # the first moved to Liège
    clear = await house.follows_up(made, FollowUp.ALL_CLEAR, unreached_policy=UnreachedPolicy.SKIP)
    await house.sends(await house.approves(clear))
    await house.works()
    rows = {row.address: row.state for row in await house.deliveries(clear)}
    assert rows == {
        shared: State.SENT,
        person(3).phone: State.SENT,
        person(4).phone: State.EXPIRED,
    }


async def test_a_new_try_writes_to_no_address_a_second_time(sqlite: Database, clock: Clock) -> None:
    dead = [Refused(FailureReason.ADDRESS_DEAD, "550")]
    mail = ScriptedChannel("email", Reach.EMAIL, Tracking.ACCEPTANCE, script=dead)
    house = Desk(make_services(sqlite, clock, {"email": mail}), clock)
    await house.registers(person(1, email="old@example.org"), person(2, email="b@example.org"))
    made = await house.issues(channels=["email"])
    await house.works()
    await house.sweeps()
    await house.registers(person(1, email="B@example.org"))  # mended to what was written to
    with pytest.raises(NothingFailed):
        await retry.retry_failed(house.services, made.id, by=MILA, reason=StepReason.MENDED)
    assert [to for to, *_ in mail.sent] == ["b@example.org"]
    await recipient_lists.end_recipient(house.services, RecipientKind.PERSON, 2, by=MILA)
    assert await retry.retry_failed(house.services, made.id, by=MILA, reason=StepReason.MENDED) == 1
