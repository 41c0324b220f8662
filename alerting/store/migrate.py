"""Bring a database to the newest schema, and tell whether the schema and its history agree."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from alerting.store.database import Database
from alerting.store.schema import metadata

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 5_150_113


async def migrate(database: Database) -> None:
    """Apply every step that is missing. Safe when several processes start at once."""
    async with database.writing() as connection:
        if not database.is_sqlite:
            await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
        await connection.run_sync(_upgrade)


async def current(database: Database) -> tuple[str | None, str | None]:
    """The revision the database is at, and the newest there is."""
    async with database.reading() as connection:
        here = await connection.run_sync(
            lambda sync: MigrationContext.configure(sync).get_current_revision()
        )
    return here, ScriptDirectory(str(MIGRATIONS)).get_current_head()


async def differences(database: Database) -> list[str]:
    """What the schema says and the migrated database lacks; empty when they agree."""
    async with database.writing() as connection:
        return await connection.run_sync(
            lambda sync: [
                str(one)
                for one in compare_metadata(
                    MigrationContext.configure(sync, opts={"compare_type": True}), metadata
                )
            ]
        )


def _config(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: sa.Connection) -> None:
    command.upgrade(_config(connection), "head")
