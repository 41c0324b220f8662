"""What time ends is ended by ranges: each chunk once, beside what is sent, and exactly counted."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from alerting.domain.channel import FailureReason
from alerting.domain.delivery import State, Verdict
from alerting.domain.language import Language
from alerting.store import Database
from alerting.store.alerts import repository as alert_rows
from alerting.store.deliveries import deadlines, settlement
from alerting.store.deliveries.settlement import Settled
from alerting.store.tables import chunk, delivery
from alerting.store.unit_of_work import unit
from tests import make
from tests.doubles import NOON
from tests.store.test_deliveries import counted, leased, planned

HOUR = timedelta(hours=1)
SENT = Verdict(State.SENT, reference="r")
FR = Language.FR


async def sent(
    database: Database, chunk_id: int, at: datetime, *verdicts: Verdict, tried: int | None = None
) -> None:
    """Settle a chunk: so many of it were handed over then."""
    held, due = await leased(database, chunk_id)
    settled = [
        Settled(one, verdict, at, route="main")
        for one, verdict in zip(due[:tried], verdicts, strict=False)
    ]
    async with unit(database) as opened:
        await opened.connection.run_sync(
            settlement.settle, database, held, settled, began_at=NOON, now=at
        )


async def given_up(database: Database, alert: int, now: datetime) -> int:
    """How many chunks were looked through for receipts that are an hour late."""
    return await database.at_once(
        lambda connection: deadlines.give_up_receipts(
            connection, database, alert, "email", since=now - HOUR, now=now, at_most=100
        )
    )


async def rows(database: Database, alert: int) -> dict[tuple[Language, State, str], int]:
    """What the deliveries themselves add up to."""
    async with unit(database) as opened:
        found = await opened.connection.execute(
            sa.select(
                delivery.c.language, delivery.c.state, delivery.c.failure_reason, sa.func.count()
            )
            .where(delivery.c.sending_id == alert)
            .group_by(delivery.c.language, delivery.c.state, delivery.c.failure_reason)
        )
    return {(Language(row[0]), State(row[1]), row[2]): row[3] for row in found}


async def test_what_has_no_receipt_in_time_is_unconfirmed_and_looked_for_once(
    database: Database,
) -> None:
    alert, made = await planned(database, *(make.person(n) for n in range(1, 7)), chunk_size=2)
    for chunk_id in made.chunks[:2]:
        await sent(database, chunk_id, NOON, SENT, SENT)
    assert await given_up(database, alert, NOON + HOUR - timedelta(seconds=1)) == 0
    assert await given_up(database, alert, NOON + HOUR) == 2
    assert await given_up(database, alert, NOON + 2 * HOUR) == 0
    assert (
        await counted(database, alert)
        == await rows(database, alert)
        == {
            (FR, State.UNCONFIRMED, "no-receipt"): 4,
            (FR, State.WAITING, ""): 2,
        }
    )


async def test_what_came_in_time_stays_as_it_is(database: Database) -> None:
    alert, made = await planned(database, make.person(1), make.person(2))
    await sent(
        database, made.chunks[0], NOON, SENT, Verdict(State.FAILED, FailureReason.ADDRESS_DEAD)
    )
    await given_up(database, alert, NOON + HOUR)
    assert (
        await counted(database, alert)
        == await rows(database, alert)
        == {
            (FR, State.UNCONFIRMED, "no-receipt"): 1,
            (FR, State.FAILED, "address-dead"): 1,
        }
    )


async def test_a_try_that_followed_later_is_waited_for_as_long(database: Database) -> None:
    alert, made = await planned(database, make.person(1), make.person(2))
    await sent(database, made.chunks[0], NOON, SENT, tried=1)
    async with unit(database) as opened:
        await opened.connection.execute(sa.update(chunk).values(due_at=NOON))
    await sent(database, made.chunks[0], NOON + HOUR, SENT)
    assert await given_up(database, alert, NOON + HOUR) == 0
    assert await given_up(database, alert, NOON + 2 * HOUR) == 1
    assert await counted(database, alert) == {(FR, State.UNCONFIRMED, "no-receipt"): 2}


async def test_it_waits_for_no_lock_of_the_alert(postgres: Database) -> None:
    alert, made = await planned(postgres, make.person(1))
    await sent(postgres, made.chunks[0], NOON, SENT)
    async with unit(postgres) as holding:
        await alert_rows.load(holding.connection, alert, lock=True)
        assert await given_up(postgres, alert, NOON + HOUR) == 1


async def test_what_waits_of_a_closed_alert_is_written_off_by_what_is_known_of_it(
    database: Database,
) -> None:
    alert, made = await planned(
        database,
        *(make.person(n, language=language) for n, language in enumerate((FR, FR, Language.DE), 1)),
    )
    async with unit(database) as opened:
        first = (
            await opened.connection.scalars(sa.select(sa.func.min(delivery.c.recipient_id)))
        ).one()
        await opened.connection.execute(
            sa.update(delivery)
            .where(delivery.c.recipient_id == first)
            .values(failure_reason=FailureReason.UNCLEAR)
        )
        await opened.connection.execute(
            sa.text(
                "UPDATE delivery_count SET failure_reason = 'unclear', n = 1 WHERE language = 'fr'"
            )
        )
        await opened.connection.execute(
            sa.text(
                "INSERT INTO delivery_count"
                " (sending_id, channel, language, state, failure_reason, n)"
                " VALUES (:alert, 'email', 'fr', 'waiting', '', 1)"
            ),
            {"alert": alert},
        )
    closed = await database.at_once(
        lambda connection: deadlines.close_ready(
            connection, database, alert, FailureReason.SUPERSEDED, now=NOON, at_most=4
        )
    )
    assert closed == len(made.chunks)
    assert (
        await counted(database, alert)
        == await rows(database, alert)
        == {
            (FR, State.UNCONFIRMED, "unclear"): 1,
            (FR, State.EXPIRED, "superseded"): 1,
            (Language.DE, State.EXPIRED, "superseded"): 1,
        }
    )
