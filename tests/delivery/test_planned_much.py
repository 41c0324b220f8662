"""What was just planned in large numbers is known to the database when the first of it is sent."""

import pytest
import sqlalchemy as sa

from alerting.delivery import planning
from alerting.store import Database
from alerting.store.deliveries import planning as planning_rows
from tests.desk import Desk
from tests.doubles import Clock
from tests.make import make_services, person

ESTIMATES = sa.text(
    "SELECT relname, reltuples FROM pg_class WHERE relname IN ('delivery', 'chunk')"
)


async def estimates(database: Database) -> dict[str, float]:
    async with database.reading() as reading:
        return {row.relname: row.reltuples for row in await reading.execute(ESTIMATES)}


@pytest.mark.postgres
@pytest.mark.parametrize(("slice_size", "known"), [(5, True), (1_000, False)])
async def test_statistics_are_taken_after_many_slices_and_not_after_few(
    postgres: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch, slice_size: int, known: bool
) -> None:
    monkeypatch.setattr(planning, "FIRST_SLICE", slice_size)
    monkeypatch.setattr(planning, "SLICE", slice_size)
    desk = Desk(make_services(postgres, clock), clock)
    await desk.registers(*(person(serial) for serial in range(40)))
    await desk.issues(channels=["sms"])
    await desk.plans()
    found = await estimates(postgres)
    assert (found["delivery"] == 40) is known
    assert (found["chunk"] > 0) is known


@pytest.mark.postgres
async def test_it_waits_for_nobody_who_holds_the_table(postgres: Database) -> None:
    async with postgres.writing() as other:
        await other.execute(sa.text("LOCK TABLE delivery IN SHARE UPDATE EXCLUSIVE MODE"))
        await planning_rows.note_growth(postgres)
