"""Bring a database to the newest schema, and tell whether the schema and its history agree."""

import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from alerting.domain.errors import OlderDatabase
from alerting.store.database import Database
from alerting.store.tables import metadata
from alerting.store.tables.fingerprint import schema_fingerprint

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 5_150_113
STEP = re.compile(r'^(revision|down_revision) = "(\w+)"', re.MULTILINE)


async def migrate(database: Database) -> None:
    """Apply every step that is missing. Safe when several processes start at once.

    Refuses (`OlderDatabase`) a database made by another version, whose steps it does not know.
    Alembic is only loaded where there is something to do: it takes as much memory as all the
    e-mails a worker has under way.
    """
    here, newest = await current(database)
    if here == newest:
        return
    if here is not None and here not in revisions():
        raise OlderDatabase(revision=here)
    async with database.writing() as connection:
        if not database.is_sqlite:
            await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
        await connection.run_sync(_upgrade)


async def current(database: Database) -> tuple[str | None, str | None]:
    """The revision the database is at, and the newest there is."""
    async with database.reading() as connection:
        begun = await connection.run_sync(
            lambda sync: sa.inspect(sync).has_table("alembic_version")
        )
        here = (
            await connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
            if begun
            else None
        )
    return here, newest_revision()


def newest_revision() -> str | None:
    """The step that no other builds on."""
    steps = _steps()
    built_on = {step.get("down_revision") for step in steps}
    (newest,) = {step["revision"] for step in steps} - built_on
    return newest


def revisions() -> frozenset[str]:
    """Every step this version knows."""
    return frozenset(step["revision"] for step in _steps())


def _steps() -> list[dict[str, str]]:
    return [
        {"revision": schema_fingerprint(), **dict(STEP.findall(path.read_text("utf-8")))}
        for path in MIGRATIONS.glob("versions/0*.py")
    ]


async def differences(database: Database) -> list[str]:
    """What the schema says and the migrated database lacks; empty when they agree."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    def compare(sync: sa.Connection) -> list[str]:
        context = MigrationContext.configure(sync, opts={"compare_type": True})
        with warnings.catch_warnings():
            # SQLite cannot tell what an index on an expression is on.
            warnings.filterwarnings("ignore", message=".*expression-based index.*")
            return [str(one) for one in compare_metadata(context, metadata)]

    async with database.writing() as connection:
        return await connection.run_sync(compare)


def _config(connection: sa.Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: sa.Connection) -> None:
    from alembic import command

    command.upgrade(_config(connection), "head")
