"""A chunk is leased as a whole and settled in one transaction; counters move with the rows."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.alert import Alert, AlertState, Precedence
from alerting.domain.channel import FailureReason
from alerting.domain.channel_profiles import Reach
from alerting.domain.delivery import DeliveryKey, State, Verdict
from alerting.domain.jobs import SendChunk
from alerting.domain.language import Language
from alerting.domain.recipient import Recipient
from alerting.store import Database
from alerting.store.alerts import repository as alert_rows
from alerting.store.deliveries import changes as delivery_changes
from alerting.store.deliveries import chunks as chunk_rows
from alerting.store.deliveries import planning as planning_rows
from alerting.store.deliveries import search as delivery_search
from alerting.store.deliveries import settlement, statistics
from alerting.store.deliveries.changes import DeliveryChange
from alerting.store.deliveries.chunks import Lease
from alerting.store.deliveries.criteria import Criteria
from alerting.store.deliveries.planning import Slice
from alerting.store.deliveries.settlement import Settled
from alerting.store.operations import workers
from alerting.store.recipients import repository as recipient_rows
from alerting.store.tables import delivery
from alerting.store.unit_of_work import unit
from tests import make
from tests.doubles import NOON

WORKER = "worker"
LATER = NOON + timedelta(seconds=90)


async def planned(
    database: Database, *people: Recipient, at_most: int = 1000, chunk_size: int = 500
) -> tuple[int, Slice]:
    """An alert on its way to these people, by e-mail."""
    async with unit(database) as opened:
        await recipient_rows.save(opened.connection, database, people)
        alert = await on_its_way(opened.connection)
        await planning_rows.begin(opened.connection, database, alert.id, "email")
    return alert.id, await plan_more(database, alert.id, at_most=at_most, chunk_size=chunk_size)


async def on_its_way(connection: AsyncConnection) -> Alert:
    """Step by step: the store takes no other way."""
    alert = await alert_rows.save(connection, make.alert())
    alert = await alert_rows.save(connection, replace(alert, state=AlertState.APPROVED))
    return await alert_rows.save(connection, replace(alert, state=AlertState.SENDING, sent_at=NOON))


async def plan_more(
    database: Database, alert: int, *, at_most: int = 1000, chunk_size: int = 500
) -> Slice:
    async with unit(database) as opened:
        return await planning_rows.plan_slice(
            opened.connection,
            database,
            sending_id=alert,
            criteria=Criteria(
                "email", Reach.EMAIL, (make.EUPEN, make.LIEGE), (Language.FR, Language.DE)
            ),
            at_most=at_most,
            chunk_size=chunk_size,
            precedence=Precedence.ALERT,
            now=NOON,
        )


async def leased(database: Database, chunk: int) -> tuple[Lease, list[chunk_rows.Due]]:
    async with unit(database) as opened:
        held = await opened.connection.run_sync(chunk_rows.lease, chunk, by=WORKER, now=NOON)
        assert held is not None
        return held, await opened.connection.run_sync(chunk_rows.due_deliveries, held, now=NOON)


async def counted(database: Database, alert: int) -> dict[tuple[Language, State, str], int]:
    async with unit(database) as opened:
        found = await statistics.counts(opened.connection, alert)
    return {(one.language, one.state, one.failure_reason or ""): one.n for one in found}


async def test_planning_reaches_people_of_the_area_in_their_own_language(
    database: Database,
) -> None:
    alert, made = await planned(
        database,
        make.person(1, language=Language.FR),
        make.person(2, nis_code=make.EUPEN, language=Language.DE),
        make.person(3, language=Language.NL),  # the alert does not speak Dutch
        make.person(4, nis_code=make.GENT),
        make.person(5, email=""),
    )
    assert made.planned == 3
    assert made.finished
    assert await counted(database, alert) == {
        (Language.FR, State.WAITING, ""): 2,
        (Language.DE, State.WAITING, ""): 1,
    }


async def test_slices_follow_each_other_without_a_gap_or_a_repeat(database: Database) -> None:
    alert, first = await planned(
        database, *(make.person(serial) for serial in range(1, 8)), at_most=3, chunk_size=2
    )
    assert (first.planned, first.finished, len(first.chunks)) == (3, False, 2)
    second = await plan_more(database, alert, at_most=3, chunk_size=2)
    third = await plan_more(database, alert, at_most=3, chunk_size=2)
    again = await plan_more(database, alert, at_most=3, chunk_size=2)
    assert (second.planned, third.planned, third.finished) == (3, 1, True)
    assert again == Slice((), 0, finished=True)
    assert await counted(database, alert) == {(Language.FR, State.WAITING, ""): 7}


async def test_a_chunk_is_leased_to_one_only(database: Database) -> None:
    _, made = await planned(database, make.person(1))
    await leased(database, made.chunks[0])
    async with unit(database) as opened:
        assert (
            await opened.connection.run_sync(chunk_rows.lease, made.chunks[0], by=WORKER, now=NOON)
            is None
        )


async def test_a_settled_chunk_is_done_and_counted(database: Database) -> None:
    alert, made = await planned(database, make.person(1), make.person(2))
    held, due = await leased(database, made.chunks[0])
    verdicts = [
        Verdict(State.ACCEPTED, reference="r"),
        Verdict(State.FAILED, FailureReason.ADDRESS_DEAD),
    ]
    async with unit(database) as opened:
        again = await opened.connection.run_sync(
            settlement.settle,
            database,
            held,
            [
                Settled(due[0], verdicts[0], NOON + timedelta(milliseconds=250)),
                Settled(due[1], verdicts[1]),
            ],
            began_at=NOON,
            now=NOON,
        )
    assert again is None
    assert await counted(database, alert) == {
        (Language.FR, State.ACCEPTED, ""): 1,
        (Language.FR, State.FAILED, "address-dead"): 1,
    }
    async with unit(database) as opened:
        (times,) = await statistics.times(opened.connection, alert, NOON)
        rows = (await delivery_search.page(opened.connection, alert)).items
    # Nothing is said to have left after the last, though its tick of a tenth ends later.
    assert (times.first, times.half, times.most, times.last) == (0.25,) * 4
    assert [(row.state, row.attempts, row.reference) for row in rows] == [
        (State.ACCEPTED, 1, "r"),
        (State.FAILED, 1, ""),
    ]
    assert rows[0].sent_at == NOON + timedelta(milliseconds=250)


@pytest.mark.parametrize("overtaken", [False, True], ids=["all", "all but one"])
async def test_a_chunk_whose_references_are_its_keys_is_settled_by_its_range(
    database: Database, *, overtaken: bool
) -> None:
    alert, made = await planned(database, make.person(1), make.person(2), make.person(3))
    held, waiting = await leased(database, made.chunks[0])
    key = DeliveryKey(alert, "email", waiting[1].recipient_id)
    if overtaken:
        await arrives(database, key)
    settled = [
        Settled(
            due,
            Verdict(State.ACCEPTED, reference=f"{alert}.email.{due.recipient_id}@example.org"),
            NOON,
            "relay",
        )
        for due in waiting
    ]
    async with unit(database) as opened:
        again = await opened.connection.run_sync(
            settlement.settle, database, held, settled, began_at=NOON, now=LATER
        )
        rows = (await delivery_search.page(opened.connection, alert)).items
    assert again is None
    middle = State.DELIVERED if overtaken else State.ACCEPTED
    assert [row.state for row in rows] == [State.ACCEPTED, middle, State.ACCEPTED]
    assert [row.reference for row in rows] == [one.verdict.reference for one in settled]
    assert {row.route for row in rows} == {"relay"}
    assert [row.attempts for row in rows] == [1, 1 + overtaken, 1]
    expected = {(Language.FR, State.ACCEPTED, ""): 3 - overtaken}
    if overtaken:
        expected[Language.FR, State.DELIVERED, ""] = 1
    assert await counted(database, alert) == expected


async def arrives(database: Database, key: DeliveryKey) -> None:
    """A receipt for an earlier try of one of them is quicker than the answer."""
    async with unit(database) as opened:
        run = opened.connection.run_sync
        await opened.connection.execute(
            sa.update(delivery)
            .where(delivery.c.recipient_id == key.recipient_id)
            .values(attempts=1)
        )
        found = await run(delivery_changes.lock_deliveries, database, [key])
        change = DeliveryChange(found[0], Verdict(State.DELIVERED))
        await run(delivery_changes.apply_changes, database, [change], began_at={}, now=NOON)


async def test_a_chunk_with_retries_is_due_when_the_first_of_them_is(database: Database) -> None:
    alert, made = await planned(database, make.person(1), make.person(2))
    held, due = await leased(database, made.chunks[0])
    soon, later = NOON + timedelta(seconds=2), NOON + timedelta(seconds=9)
    async with unit(database) as opened:
        again = await opened.connection.run_sync(
            settlement.settle,
            database,
            held,
            [
                Settled(due[0], Verdict(State.WAITING, FailureReason.BUSY, next_attempt_at=later)),
                Settled(due[1], Verdict(State.WAITING, FailureReason.BUSY, next_attempt_at=soon)),
            ],
            began_at=NOON,
            now=NOON,
        )
    assert again == soon
    assert await counted(database, alert) == {(Language.FR, State.WAITING, "busy"): 2}
    async with unit(database) as opened:
        assert (
            await opened.connection.run_sync(chunk_rows.lease, held.chunk_id, by=WORKER, now=NOON)
            is None
        )
        later_held = await opened.connection.run_sync(
            chunk_rows.lease, held.chunk_id, by=WORKER, now=soon
        )
        assert later_held is not None
        assert [
            one.attempts
            for one in await opened.connection.run_sync(
                chunk_rows.due_deliveries, later_held, now=soon
            )
        ] == [1]


async def test_what_was_put_off_because_of_a_route_can_be_tried_at_once(
    database: Database,
) -> None:
    """And of the same chunk, what was put off because of the recipient goes on waiting."""
    _, made = await planned(database, make.person(1), make.person(2))
    held, waiting = await leased(database, made.chunks[0])
    again = {1: LATER, 2: LATER + timedelta(seconds=60)}
    failure_reasons = {1: FailureReason.CONFIGURATION, 2: FailureReason.RECIPIENT_BUSY}
    async with unit(database) as opened:
        await opened.connection.run_sync(
            settlement.settle,
            database,
            held,
            [
                Settled(
                    due,
                    Verdict(State.WAITING, failure_reasons[nth], next_attempt_at=again[nth]),
                )
                for nth, due in enumerate(waiting, 1)
            ],
            began_at=NOON,
            now=NOON,
        )
        for channels in (["sms"], ["email"]):
            assert not await opened.connection.run_sync(
                chunk_rows.lease, made.chunks[0], by=WORKER, now=NOON
            )
            await opened.connection.run_sync(chunk_rows.precede, channels, now=NOON)
    _, due = await leased(database, made.chunks[0])
    assert [one.recipient_id for one in due] == [waiting[0].recipient_id]


async def test_a_receipt_that_overtakes_the_answer_is_not_undone(database: Database) -> None:
    alert, made = await planned(database, make.person(1))
    held, due = await leased(database, made.chunks[0])
    await arrives(database, DeliveryKey(alert, "email", due[0].recipient_id))
    async with unit(database) as opened:
        await opened.connection.run_sync(
            settlement.settle,
            database,
            held,
            [Settled(due[0], Verdict(State.SENT, reference="SM1"), NOON)],
            began_at=NOON,
            now=NOON,
        )
        (row,) = (await delivery_search.page(opened.connection, alert)).items
    assert (row.state, row.reference, row.attempts) == (State.DELIVERED, "SM1", 2)
    assert await counted(database, alert) == {(Language.FR, State.DELIVERED, ""): 1}


async def test_the_lease_of_a_worker_that_is_gone_leaves_its_chunk_in_doubt(
    database: Database,
) -> None:
    number, made = await planned(database, make.person(1))
    async with unit(database) as opened:
        run = opened.connection.run_sync
        await run(workers.beat, database, WORKER, now=NOON)
        assert await run(chunk_rows.lease, made.chunks[0], by=WORKER, now=NOON) is not None
        assert await run(workers.free, now=NOON) == 0
        await run(workers.remove_worker, [WORKER])
        assert await run(workers.free, now=LATER) == 1
        ready = await run(chunk_rows.ready_chunks, now=LATER, limit=9)
        assert ready == [SendChunk(number, "email", made.chunks[0], Precedence.ALERT)]
        held = await run(chunk_rows.lease, made.chunks[0], by=WORKER, now=LATER)
    assert held is not None
    assert held.in_doubt


async def test_deliveries_are_paged_by_key(database: Database) -> None:
    alert, _ = await planned(database, *(make.person(serial) for serial in range(1, 6)))
    async with unit(database) as opened:
        first = (await delivery_search.page(opened.connection, alert, limit=2)).items
        after = (first[-1].channel, first[-1].recipient_id)
        second = (await delivery_search.page(opened.connection, alert, after=after, limit=9)).items
    assert [row.address for row in (*first, *second)] == [
        f"person-{serial}@example.org" for serial in range(1, 6)
    ]


async def test_the_same_reference_imported_again_replaces_the_row(database: Database) -> None:
    async with unit(database) as opened:
        await recipient_rows.save(
            opened.connection, database, [make.person(1, email="old@example.org")]
        )
        await recipient_rows.save(
            opened.connection, database, [make.person(1, email="new@example.org")]
        )
        emails = await opened.connection.scalars(sa.text("SELECT email FROM recipient"))
        assert list(emails) == ["new@example.org"]


async def test_planning_and_settling_at_once_never_wait_for_each_other(
    database: Database,
) -> None:
    people = [make.person(serial) for serial in range(1, 121)]
    alert, made = await planned(database, *people, at_most=4, chunk_size=2)

    async def settles(chunk: int) -> None:
        held, due = await leased(database, chunk)
        done = [Settled(one, Verdict(State.ACCEPTED), NOON) for one in due]
        await database.at_once(
            lambda connection: settlement.settle(
                connection, database, held, done, began_at=NOON, now=NOON
            )
        )

    async with asyncio.TaskGroup() as work:
        while True:
            for chunk in made.chunks:
                work.create_task(settles(chunk))
            if made.finished:
                break
            made = await plan_more(database, alert, at_most=4, chunk_size=2)
    assert await counted(database, alert) == {(Language.FR, State.ACCEPTED, ""): len(people)}
