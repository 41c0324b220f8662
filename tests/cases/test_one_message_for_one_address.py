"""One address is written to once per channel and alert, for the entry that came first inside."""

import asyncio
import random
from collections import Counter
from contextlib import suppress
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.actions.alerts import queries, retry
from alerting.actions.alerts.retry import NothingFailed
from alerting.actions.recipients import lists as recipient_lists
from alerting.actions.recipients.importing import import_file
from alerting.delivery.audiences import criteria
from alerting.domain.alert import AlertState, FollowUp, Precedence, StepReason, UnreachedPolicy
from alerting.domain.channel import FailureReason, Refused, Tracking
from alerting.domain.channel_accounts import Usable
from alerting.domain.channel_profiles import Reach
from alerting.domain.delivery import State, Verdict
from alerting.domain.language import Language
from alerting.domain.recipient import Recipient, RecipientKind
from alerting.store import Database
from alerting.store.alerts import repository as alert_rows
from alerting.store.deliveries import chunks as chunk_rows
from alerting.store.deliveries import planning as planning_rows
from alerting.store.deliveries import settlement
from alerting.store.deliveries.criteria import Criteria
from alerting.store.recipients import repository as recipient_rows
from alerting.store.recipients.admissions import LeftList
from alerting.store.recipients.erasure import erase_entry
from alerting.store.tables import delivery, recipient, sending
from alerting.store.unit_of_work import unit
from tests.desk import MILA, Desk
from tests.doubles import NOON, Clock, ScriptedChannel
from tests.make import EUPEN, GENT, LIEGE, VERVIERS, alert, hmacs, make_services, newsroom, person
from tests.tiers import WHOLE

FIRST = """language;municipality;phone;email
fr;Rochefort;0470000501;anne.dupont@example.org
"""
SECOND = """reference;language;municipality;phone;email
R1;fr;Rochefort;0470000501;anne.dupont@example.org
R3;fr;Rochefort;0470000503;Jean@example.org
R4;fr;Rochefort;0470000504;jean@example.org
R5;fr;Rochefort;;JEAN@example.org
"""


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
                    sending_id=number,
                    criteria=wanted,
                    at_most=3,
                    chunk_size=2,
                    precedence=Precedence.ALERT,
                    now=NOON,
                )
            ).finished
        rows = await opened.connection.execute(
            sa.select(delivery.c.recipient_id, delivery.c.language).where(
                delivery.c.sending_id == number, delivery.c.channel == wanted.channel
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
            await erase_entry(connection, database, before, hmacs(), NOON)
            return
        other = somebody(dice)
        with suppress(LeftList):
            await recipient_rows.update_recipient(
                connection,
                database,
                before,
                replace(before.who, phone=other.phone, email=other.email, nis_code=other.nis_code),
                hmacs(),
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
            sa.select(recipient.c.phone_earlier_in).order_by(recipient.c.id)
        )
    assert list(marks) == ["", "=", "=", "=", "="]


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
    mail = ScriptedChannel("email", Tracking.ACCEPTANCE, script=dead)
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


async def plans_a_slice(house: Desk, number: int, channel: str, at_most: int) -> bool:
    """One step of planning; whether it was the last."""
    services = house.services
    async with services.unit() as unit:
        made = await alert_rows.load(unit.connection, number)
        wanted = await criteria(services, unit.connection, made, services.channels[channel])
        step = await planning_rows.plan_slice(
            unit.connection,
            unit.database,
            sending_id=number,
            criteria=wanted,
            at_most=at_most,
            chunk_size=2,
            precedence=Precedence.ALERT,
            now=services.now(),
        )
    return step.finished


async def test_who_takes_a_number_of_somebody_not_yet_planned_hides_them_from_nobody(
    house: Desk,
) -> None:
    people = [person(serial, phone=f"+3247000000{serial}") for serial in (1, 2, 3)]
    await house.registers(*people)
    made = await house.sends(await house.approves(await house.drafts(channels=["sms"])))
    await plans_a_slice(house, made.id, "sms", 1)
    await house.registers(replace(people[0], phone=people[2].phone))
    await house.works()
    sent = sorted(to for to, *_ in house.channel("sms").sent)
    assert sent == [one.phone for one in people]


async def test_a_number_that_was_planned_is_not_planned_again_once_its_entry_has_another(
    house: Desk,
) -> None:
    people = [person(serial, phone=f"+3247000000{serial % 2}") for serial in (1, 2, 3)]
    await house.registers(*people)
    made = await house.sends(await house.approves(await house.drafts(channels=["sms"])))
    await plans_a_slice(house, made.id, "sms", 1)
    await house.registers(replace(people[0], phone="+32470000009"))
    await house.works()
    sent = sorted(to for to, *_ in house.channel("sms").sent)
    assert sent == ["+32470000000", "+32470000001"]


@pytest.mark.parametrize("leased", [False, True], ids=["waiting", "a chunk under way"])
async def test_who_shares_the_address_of_somebody_who_leaves_is_written_to(
    database: Database, clock: Clock, leased: bool
) -> None:
    shared = "+32470000001"
    sms = ScriptedChannel("sms", Tracking.RECEIPTS, chunk=2)
    house = Desk(make_services(database, clock, {"sms": sms}), clock)
    await house.registers(
        person(1, phone=shared), person(2), person(3), person(4, phone=shared), person(5)
    )
    made = await house.sends(await house.approves(await house.drafts(channels=["sms"])))
    await house.plans()
    second = (await house.chunks())[1]
    now = clock.now

    def takes(connection: sa.Connection) -> tuple[chunk_rows.Lease, list[chunk_rows.Due]]:
        held = chunk_rows.lease(connection, second, by="worker", now=now)
        assert held is not None
        return held, chunk_rows.due_deliveries(connection, held, now=now)

    def settles(connection: sa.Connection) -> None:
        sent = Verdict(State.SENT, reference="r")
        settled = [settlement.Settled(one, sent, now, "main") for one in waiting]
        settlement.settle(connection, database, held, settled, began_at=now, now=now)

    if leased:  # by a worker that has 3 and 5, and does not know that 4 comes to stand between
        held, waiting = await database.at_once(takes)
    await recipient_lists.end_recipient(house.services, RecipientKind.PERSON, 1, by=MILA)
    if leased:
        await database.at_once(settles)
    for _ in range(2):
        await house.works()
        clock.forward(seconds=2)
        await house.sweeps()
    states = {row.recipient_id: row.state for row in await house.deliveries(made)}
    assert states == {1: State.EXPIRED, **dict.fromkeys((2, 3, 4, 5), State.SENT)}
    assert [to for to, *_ in sms.sent].count(shared) == 1
    async with house.services.reading() as reading:
        assert await planning_rows.audience_planned(reading.connection, made.id) == 5


ADDRESSES = [*(f"{name}@x.example" for name in "abcdefgh"), "A@x.example"]


async def test_whoever_is_on_the_list_the_whole_time_is_written_to_once(
    database: Database, clock: Clock
) -> None:
    """Whatever is imported, corrected and ended while an alert is planned slice by slice."""
    house = Desk(make_services(database, clock), clock)
    base = await house.drafts(channels=["email"])
    for seed in range(100 if WHOLE else 8):
        dice = random.Random(seed)  # noqa: S311  the same every time
        serials = range(seed * 100, seed * 100 + 8)

        def invented(serial: int, seed: int = seed, dice: random.Random = dice) -> Recipient:
            return person(
                serial,
                nis_code=LIEGE if dice.random() < 0.8 else GENT,
                email=f"{seed}{dice.choice(ADDRESSES)}",
                phone="",
            )

        await house.registers(*(invented(serial) for serial in serials))
        async with house.services.unit() as unit:
            made = await alert_rows.save(unit.connection, replace(base, id=0))
            await unit.connection.execute(
                sa.update(sending).where(sending.c.id == made.id).values(state=AlertState.SENDING)
            )
            await planning_rows.begin(unit.connection, unit.database, made.id, "email")
            steady = set((await on_the_list(unit.connection)).items())
        finished = await plans_a_slice(house, made.id, "email", 3)
        while not finished or dice.random() < 0.7:
            if not finished and dice.random() < 0.3:
                finished = await plans_a_slice(house, made.id, "email", dice.choice([1, 2, 3]))
            elif dice.random() < 0.6:
                await house.registers(invented(dice.choice(serials)))
            else:
                async with house.services.unit() as unit:
                    there = sorted(await on_the_list(unit.connection))
                if there:
                    who = dice.choice(there)
                    await recipient_lists.end_recipient(
                        house.services, RecipientKind.PERSON, who, by=MILA
                    )
            async with house.services.unit() as unit:
                steady &= set((await on_the_list(unit.connection)).items())
        rows = await house.deliveries(made)
        written = Counter(row.address.lower() for row in rows if row.state is State.WAITING)
        assert {written[address] for _, address in steady} <= {1}, seed
        assert set(written.values()) <= {1}, seed
        async with house.services.unit() as unit:
            assert await planning_rows.audience_planned(unit.connection, made.id) == len(rows)


async def on_the_list(connection: AsyncConnection) -> dict[int, str]:
    """The address of everybody inside, without case."""
    rows = await connection.execute(
        sa.select(recipient.c.id, sa.func.lower(recipient.c.email)).where(
            recipient.c.nis_code == LIEGE, recipient.c.email != "", recipient.c.ended_at.is_(None)
        )
    )
    return {row[0]: row[1] for row in rows}
