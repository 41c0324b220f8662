"""The shape of an alert's area comes back from the database exactly as it was approved."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from alerting.domain.shape import Shape, circle, polygon
from alerting.store import Database, tables
from alerting.store.alerts import repository as alert_rows
from alerting.store.unit_of_work import unit
from tests import make


@pytest.mark.parametrize(
    "shape",
    [circle(5, 50, 2), polygon([(5.5, 50.6), (5.61234, 50.6), (5.6, 50.7)])],
    ids=["circle", "polygon"],
)
async def test_a_shape_comes_back_as_it_was(database: Database, shape: Shape) -> None:
    wanted = replace(make.alert(), shape=shape)
    async with unit(database) as work:
        saved = await alert_rows.save(work.connection, wanted)
    async with database.reading() as reading:
        found = await alert_rows.load(reading, saved.id)
    assert found.shape == shape
    assert found.fingerprint() == wanted.fingerprint()


async def test_without_a_shape_the_column_is_empty(database: Database) -> None:
    async with unit(database) as work:
        saved = await alert_rows.save(work.connection, make.alert())
    async with database.reading() as reading:
        query = sa.select(sa.func.count()).where(tables.alert.c.shape.is_(None))
        assert await reading.scalar(query) == 1
        assert (await alert_rows.load(reading, saved.id)).shape is None
