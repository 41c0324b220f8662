"""The migrations make exactly the schema, on both databases, and can be repeated."""

import pytest
import sqlalchemy as sa

from alerting.domain.errors import OlderDatabase
from alerting.store import Database
from alerting.store.migrate import current, differences, migrate


async def test_the_history_and_the_schema_agree(database: Database) -> None:
    assert await differences(database) == []


async def test_migrating_again_changes_nothing(database: Database) -> None:
    await migrate(database)
    here, newest = await current(database)
    assert here == newest is not None


async def test_a_database_of_a_version_that_is_not_known_is_refused(database: Database) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '0008-1'"))
    with pytest.raises(OlderDatabase, match="another version of the service"):
        await migrate(database)
