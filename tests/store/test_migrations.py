"""The migrations make exactly the schema, on both databases, and can be repeated."""

from alerting.store import Database
from alerting.store.migrate import current, differences, migrate


async def test_the_history_and_the_schema_agree(database: Database) -> None:
    assert await differences(database) == []


async def test_migrating_again_changes_nothing(database: Database) -> None:
    await migrate(database)
    here, newest = await current(database)
    assert here == newest is not None
