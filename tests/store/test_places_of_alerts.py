"""Alerts that were there before territories are found by them afterwards."""

import sqlalchemy as sa
from alembic import command

from alerting.domain.authority import Scope, Territory
from alerting.store import Database
from alerting.store.alerts import repository as alerts
from alerting.store.migrate import _config, migrate
from tests import make
from tests.make import EUPEN, GENT


async def test_an_alert_from_before_lies_where_its_area_says(database: Database) -> None:
    async with database.writing() as connection:
        kept = await alerts.save(connection, make.alert(area=(EUPEN,)))
    async with database.writing() as connection:
        await connection.run_sync(lambda sync: command.downgrade(_config(sync), "0004-1"))
        tables = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
        assert "alert_place" not in tables
    await migrate(database)
    async with database.reading() as connection:
        for code, expected in ((EUPEN, [kept.id]), (GENT, [])):
            scope = Scope("x", Territory(frozenset({code})), by_invitation=False)
            assert [one.id for one in await alerts.page(connection, scope=scope)] == expected
        assert (await alerts.load(connection, kept.id)).authority == "national"
