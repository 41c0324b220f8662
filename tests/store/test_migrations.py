"""The migrations make exactly the schema, on both databases, and can be repeated."""

import pytest
import sqlalchemy as sa

from alerting.domain.errors import OlderDatabase
from alerting.store import Database
from alerting.store.migrate import current, differences, migrate
from alerting.store.tables import fingerprint, metadata
from alerting.store.tables.fingerprint import schema_fingerprint


async def test_the_history_and_the_schema_agree(database: Database) -> None:
    assert await differences(database) == []


async def test_migrating_again_changes_nothing(database: Database) -> None:
    await migrate(database)
    here, newest = await current(database)
    assert here == newest is not None


@pytest.mark.postgres
async def test_postgresql_has_the_storage_parameters_of_each_table(postgres: Database) -> None:
    query = sa.text("SELECT relname, reloptions FROM pg_class WHERE relkind = 'r'")
    async with postgres.reading() as reading:
        there = {row.relname: set(row.reloptions or ()) for row in await reading.execute(query)}
    for name, table in metadata.tables.items():
        wanted = table.dialect_options["postgresql"]["with"] or {}
        assert there[name] == {f"{what}={value}" for what, value in wanted.items()}, name


async def test_a_database_of_a_version_that_is_not_known_is_refused(database: Database) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '0008-1'"))
    with pytest.raises(OlderDatabase, match="another version of the service"):
        await migrate(database)


async def test_a_database_of_other_tables_is_refused(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = schema_fingerprint()
    with monkeypatch.context() as later:
        more = sa.MetaData()
        for table in metadata.sorted_tables:
            table.to_metadata(more)
        more.tables["chunk"].append_column(sa.Column("colour", sa.Text))
        later.setattr(fingerprint, "metadata", more)
        schema_fingerprint.cache_clear()
        assert schema_fingerprint() != before
        with pytest.raises(OlderDatabase):
            await migrate(database)
    schema_fingerprint.cache_clear()
    assert schema_fingerprint() == before
