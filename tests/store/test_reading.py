"""Who looks something up waits for nobody, and nobody waits for them: reading takes no locks."""

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from alerting.store import Database
from alerting.store.alerts import repository as alert_rows
from alerting.store.tables import metadata
from alerting.store.unit_of_work import reading, unit
from tests import make

TABLES = sorted(metadata.tables)


@pytest.fixture
async def held(database: Database) -> AsyncIterator[Database]:
    """Somebody changes an alert, and has not finished."""
    async with unit(database) as opened:
        made = await alert_rows.save(opened.connection, make.alert())
    async with unit(database) as opened:
        await alert_rows.load(opened.connection, made.id, lock=True)
        yield database


async def test_no_row_of_any_table_is_locked_by_reading(database: Database) -> None:
    for name in TABLES:
        for share in (False, True):
            query = sa.select(metadata.tables[name]).limit(1).with_for_update(read=share)
            async with reading(database) as opened:
                with pytest.raises(sa.exc.DBAPIError):
                    await opened.connection.execute(query)


async def test_nothing_is_written_by_reading(database: Database) -> None:
    async with reading(database) as opened:
        with pytest.raises(sa.exc.DBAPIError):
            await opened.connection.execute(sa.delete(metadata.tables["alert"]))


async def test_what_is_being_changed_can_be_read(held: Database) -> None:
    async with reading(held) as opened:
        assert await alert_rows.load(opened.connection, 1)


async def test_a_connection_that_read_writes_again_afterwards(database: Database) -> None:
    for _ in range(10):  # more than a pool holds
        async with reading(database) as opened:
            await opened.connection.execute(sa.select(1))
        async with unit(database) as opened:
            await alert_rows.save(opened.connection, make.alert())
