"""A chunk knows whether everybody who waits in it was put off: then nobody in it is looked for."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from alerting.domain.channel import FailureReason
from alerting.domain.delivery import DeliveryKey, State, Verdict
from alerting.domain.language import Language
from alerting.store import Database
from alerting.store.deliveries import changes, chunks, settlement
from alerting.store.deliveries.changes import DeliveryChange, LockedDelivery
from alerting.store.deliveries.settlement import Settled
from alerting.store.tables import chunk
from alerting.store.unit_of_work import unit
from tests import make
from tests.doubles import NOON
from tests.store.test_deliveries import leased, planned

LATER = NOON + timedelta(minutes=4)
PUT_OFF = Verdict(State.WAITING, FailureReason.UNREACHABLE, next_attempt_at=LATER)


async def is_all_put_off(database: Database) -> bool:
    async with unit(database) as opened:
        return bool((await opened.connection.scalars(sa.select(chunk.c.all_put_off))).one())


async def brought_forward(database: Database) -> int:
    return await database.at_once(
        lambda connection: chunks.bring_forward(
            connection, now=NOON, latest=NOON + timedelta(minutes=15), limit=10
        )
    )


@pytest.mark.parametrize(("tried", "expected"), [(2, True), (1, False)])
async def test_it_is_noted_when_the_chunk_is_given_back(
    database: Database, tried: int, *, expected: bool
) -> None:
    _, made = await planned(database, make.person(1), make.person(2))
    held, due = await leased(database, made.chunks[0])
    settled = [Settled(one, PUT_OFF) for one in due[:tried]]
    async with unit(database) as opened:
        await opened.connection.run_sync(
            settlement.settle, database, held, settled, began_at=NOON, now=NOON
        )
    assert await is_all_put_off(database) is expected


async def test_whoever_is_to_be_tried_anew_ends_it(database: Database) -> None:
    alert, made = await planned(database, make.person(1))
    held, due = await leased(database, made.chunks[0])
    async with unit(database) as opened:
        await opened.connection.run_sync(
            settlement.settle, database, held, [Settled(due[0], PUT_OFF)], began_at=NOON, now=NOON
        )
    assert await is_all_put_off(database)
    assert await brought_forward(database) == 0
    found = LockedDelivery(
        DeliveryKey(alert, "email", due[0].recipient_id),
        State.WAITING,
        Language.FR,
        FailureReason.UNREACHABLE,
    )
    async with unit(database) as opened:
        await opened.connection.run_sync(
            changes.apply_changes,
            database,
            [DeliveryChange(found, Verdict(State.WAITING))],
            began_at={},
            now=NOON,
        )
    assert not await is_all_put_off(database)
