"""Connections, and the few things SQLite and PostgreSQL do differently."""

import asyncio
import json
import secrets
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from alerting import private_files
from alerting.domain.errors import NotPossible, StoreAway, StoreFull, TooFewConnections
from alerting.store.sqlite_connection import SqliteConnection

OLDEST_SQLITE = (3, 35)  # RETURNING
LOCKED_PAUSE = 0.002
BEGIN_AGAIN = frozenset({"40P01", "40001"})
"""PostgreSQL's codes for a deadlock and for a serialisation failure (its manual, appendix A)."""
FULL = frozenset({"SQLITE_FULL", "53100"})
"""What SQLite and PostgreSQL (its manual, appendix A) say when there is no room on the disk."""
MOST_REPEATS = 5
TRUSTED_FOR = 1.0
"""Seconds for which a connection that was just used counts as alive."""
T = TypeVar("T")
LEDGER_LOCK = 5_150_112  # any number, the same in every process
ARCHIVE_LOCK = 5_150_114
CONNECTIONS = sa.text("""
SELECT CAST(current_setting('max_connections') AS int)
     - CAST(current_setting('superuser_reserved_connections') AS int)
     - coalesce(CAST(current_setting('reserved_connections', true) AS int), 0) AS allowed,
       (SELECT coalesce(sum(CAST(split_part(name, ':', 2) AS int)), 0)
          FROM (SELECT DISTINCT application_name AS name FROM pg_stat_activity
                 WHERE application_name LIKE 'alerting %'
                   AND application_name <> current_setting('application_name')) AS ours)
     + (SELECT count(*) FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND application_name NOT LIKE 'alerting %')
""")
"""What ordinary roles may open in all, and what others have or may open, see `Database`."""


class Database:
    """One database by URL. SQLite gets one writer and many readers; PostgreSQL one pool."""

    def __init__(self, url: str, *, connections: int = 8) -> None:
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            if sqlite3.sqlite_version_info < OLDEST_SQLITE:
                raise NotPossible(
                    what=f"SQLite {'.'.join(map(str, OLDEST_SQLITE))} or newer",
                    remedy="Install a newer SQLite, or set ALERTING_DATABASE_URL to a PostgreSQL.",
                )
            if self.url.database:
                _close_to_others(Path(self.url.database))
            # Deferred transactions that read and then write fail with "database is locked" in
            # spite of any busy timeout: the writer takes its lock at BEGIN, one at a time.
            self._writer = _sqlite_engine(url, begin="BEGIN IMMEDIATE", pool_size=1)
            self._reader = _sqlite_engine(url, begin="BEGIN", pool_size=4, query_only=True)
            self._short = _prepared(
                sa.create_engine(
                    self.url.set(drivername="sqlite"),
                    poolclass=sa.pool.StaticPool,
                    connect_args={"timeout": 0, "check_same_thread": False},
                ),
                begin="BEGIN IMMEDIATE",
            )
            self._kept: sa.Connection | None = None
            self._turn = asyncio.Lock()
        else:
            self.connections = connections + 1
            # What it may open stands in the name, so that others can add it up before it does.
            name = {"application_name": f"alerting {secrets.token_hex(4)}:{self.connections}"}
            self._writer = create_async_engine(
                url,
                pool_size=connections,
                max_overflow=0,
                connect_args={"server_settings": name},
            )
            _pinged_when_idle(self._writer.sync_engine)
            # A heartbeat that waited for a connection would have this worker taken for dead.
            self._heartbeat = create_async_engine(
                url, pool_size=1, max_overflow=0, connect_args={"server_settings": name}
            )
            _pinged_when_idle(self._heartbeat.sync_engine)
            # A page that took a lock would wait for whoever writes: the server refuses it.
            self._reader = self._writer.execution_options(postgresql_readonly=True)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction; it commits when the block ends well."""
        with _no_connection_is_an_outage():
            async with self._writer.begin() as connection:
                yield connection

    async def at_once(self, act: Callable[[sa.Connection], T], *, heartbeat: bool = False) -> T:
        """A short transaction in one go: nothing else of this process comes between its statements.

        A heartbeat has a connection of its own on PostgreSQL, and waits for no other transaction.

        On SQLite it runs in the event loop's own thread. A statement takes microseconds there;
        handing each to another thread and waiting for its answer takes milliseconds when the loop
        is busy, with every other writer queueing behind it.
        """
        if not self.is_sqlite:
            with _no_connection_is_an_outage():
                return await _in_one_go(self._heartbeat if heartbeat else self._writer, act)
        async with self._turn:
            while True:
                try:
                    if self._kept is None:
                        self._kept = self._short.connect()
                    with self._kept.begin():
                        return act(self._kept)
                except sa.exc.OperationalError as error:
                    if "database is locked" not in str(error.orig):
                        raise
                # A longer transaction, or another process, is writing.
                await asyncio.sleep(LOCKED_PAUSE)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection to read from, which waits for no writer: it neither writes nor locks rows.

        Either raises an error of the database (sqlalchemy.exc.DBAPIError).
        """
        with _no_connection_is_an_outage():
            async with self._reader.connect() as connection:
                yield connection

    async def analyze(self, *tables: sa.Table) -> None:
        """Have PostgreSQL look at tables that just grew by much; SQLite needs none of it.

        It waits for nobody: one that somebody else looks at, or tidies up, is left to them.
        """
        if self.is_sqlite:
            return
        async with self.writing() as connection:
            names = ", ".join(table.name for table in tables)
            await connection.execute(sa.text(f"ANALYZE (SKIP_LOCKED) {names}"))

    @asynccontextmanager
    async def lock_across_machines(self, number: int) -> AsyncIterator[bool]:
        """Whether nobody else holds this lock; it is held until the block ends.

        Of SQLite, which one machine uses, it says yes: processes there have locks of files.
        """
        if self.is_sqlite:
            yield True
            return
        # Of a transaction: however the block ends, the pool takes the connection back without it.
        with _no_connection_is_an_outage():
            async with self._writer.connect() as connection:
                query = sa.select(sa.func.pg_try_advisory_xact_lock(number))
                yield bool(await connection.scalar(query))

    async def close(self) -> None:
        """Let go of every connection."""
        await self._writer.dispose()
        await self._reader.dispose()
        if not self.is_sqlite:
            await self._heartbeat.dispose()
        if self.is_sqlite:
            if self._kept is not None:
                self._kept.close()
            self._short.dispose()

    async def require_connections(self) -> None:
        """Raises TooFewConnections where this process's would be more than the server has left.

        The others' are counted as what they may open, not as what they have open now: it is at the
        peak that the server would refuse. Nothing is asked on SQLite.
        """
        if self.is_sqlite:
            return
        async with self.reading() as connection:
            allowed, others = (await connection.execute(CONNECTIONS)).one()
        if others + self.connections > allowed:
            raise TooFewConnections(allowed=allowed, others=others, wanted=self.connections)

    def insert(self, table: sa.Table) -> "postgresql.Insert | sqlite_dialect.Insert":
        """An INSERT that knows ON CONFLICT, the same way in both dialects."""
        return _insert(table, sqlite=self.is_sqlite)

    async def lock_ledger(self, connection: AsyncConnection) -> None:
        """One writer of the ledger at a time, until commit: two would fork the chain."""
        if not self.is_sqlite:  # SQLite's writer already holds the only write lock
            await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LEDGER_LOCK)))

    def document(self, rows: Iterable[Sequence[Any]]) -> str:
        """Rows as the parameter `given` of a `table_of`."""
        return json.dumps([[self._plain(value) for value in row] for row in rows])

    def _plain(self, value: Any) -> Any:
        if not isinstance(value, datetime):
            return value
        utc = value.astimezone(UTC)
        # The text form SQLAlchemy's own DateTime keeps in SQLite, so that they compare.
        return utc.strftime("%Y-%m-%d %H:%M:%S.%f") if self.is_sqlite else utc.isoformat()

    def add_up(
        self, connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]
    ) -> None:
        """Add `n` of each row to the row with the same key, making it where there is none."""
        if not rows:
            return
        keys = [column.name for column in table.primary_key.columns]
        # The same order everywhere, so that two settlements never wait for each other in a circle.
        ordered = sorted(rows, key=lambda row: [row[key] for key in keys])
        connection.execute(_adding_up(table, sqlite=self.is_sqlite), ordered)


def _close_to_others(path: Path) -> None:
    """The database and what SQLite keeps beside it, which takes the mode of the database."""
    if path.name.startswith((":", "file:")):
        return
    private_files.folder(path.parent)
    private_files.file(path)
    for ending in ("-wal", "-shm", "-journal"):
        beside = path.with_name(path.name + ending)
        if beside.exists():
            private_files.narrow(beside)


def _insert(table: sa.Table, *, sqlite: bool) -> "postgresql.Insert | sqlite_dialect.Insert":
    return sqlite_dialect.insert(table) if sqlite else postgresql.insert(table)


@cache
def _adding_up(table: sa.Table, *, sqlite: bool) -> sa.Insert:
    statement = _insert(table, sqlite=sqlite)
    return statement.on_conflict_do_update(
        index_elements=[column.name for column in table.primary_key.columns],
        set_={"n": table.c.n + statement.excluded.n},
    )


async def _in_one_go(engine: AsyncEngine, act: Callable[[sa.Connection], T]) -> T:
    """On PostgreSQL: of two transactions waiting for each other, one is told to begin again."""
    for _ in range(MOST_REPEATS):
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(act)
        except sa.exc.DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in BEGIN_AGAIN:
                raise
    async with engine.begin() as connection:
        return await connection.run_sync(act)


class NoConnection(sa.exc.OperationalError):
    """No connection became free: the server is silent, or others hold all of them."""

    def __init__(self, why: sa.exc.TimeoutError) -> None:
        super().__init__(None, None, why, connection_invalidated=True)


@contextmanager
def _no_connection_is_an_outage() -> Iterator[None]:
    """SQLAlchemy's pool has an error of its own, which is none of the database's."""
    try:
        yield
    except sa.exc.TimeoutError as error:
        raise NoConnection(error) from error


def outage(failure: Exception) -> StoreFull | StoreAway | None:
    """What is wrong with the database itself; None where a statement of ours was."""
    cause = getattr(failure, "orig", failure)
    if {getattr(cause, "sqlite_errorname", ""), getattr(cause, "sqlstate", "")} & FULL:
        return StoreFull()
    broken = isinstance(failure, sa.exc.DBAPIError) and failure.connection_invalidated
    gone = isinstance(failure, (sa.exc.OperationalError, sa.exc.InterfaceError, ConnectionError))
    return StoreAway() if broken or gone else None


def told(failure: Exception) -> str:
    """An outage for the log: short, and without what was to be written."""
    wrong = outage(failure)
    return wrong.in_english() if wrong else type(failure).__name__


def table_of(columns: Sequence[sa.Column[Any]], *, sqlite: bool) -> sa.Subquery:
    """Rows of ours as a table to join with; `columns` give names and types.

    They travel as one JSON parameter named `given`, made by `Database.document`: a statement stays
    the same whatever their number, where VALUES with a thousand parameters is compiled anew.
    """
    given = sa.bindparam("given", type_=sa.String)
    fields: list[sa.ColumnElement[Any]]
    if sqlite:
        table_valued_alias = sa.func.json_each(given).table_valued("value")
        fields = [
            sa.type_coerce(
                sa.func.json_extract(table_valued_alias.c.value, f"$[{at}]"), column.type
            )
            for at, column in enumerate(columns)
        ]
    else:
        table_valued_alias = sa.func.jsonb_array_elements(
            sa.cast(given, postgresql.JSONB)
        ).table_valued(sa.column("value", postgresql.JSONB))
        fields = [
            sa.cast(table_valued_alias.c.value[at].astext, column.type)
            for at, column in enumerate(columns)
        ]
    named = zip(fields, columns, strict=True)
    return sa.select(*(field.label(column.name) for field, column in named)).subquery("rows")


def each_of(
    connection: AsyncConnection, values: Iterable[str | int], type_: sa.types.TypeEngine[Any]
) -> sa.Select[Any]:
    """These values as a query, for `column.in_(…)`; `type_` is that of the column.

    One parameter whatever their number: a statement with hundreds is prepared anew for each number.
    """
    given = sa.literal(json.dumps(sorted(values)), sa.String)
    if connection.dialect.name == "sqlite":
        return sa.select(sa.func.json_each(given).table_valued("value").c.value)
    function = sa.func.jsonb_array_elements_text(sa.cast(given, postgresql.JSONB))
    return sa.select(sa.cast(function.table_valued("value").c.value, type_))


def _pinged_when_idle(engine: sa.Engine) -> None:
    """Ask a connection whether it is still there, if it has not been used for a while.

    SQLAlchemy's own `pool_pre_ping` asks each time, which here costs three round trips: as much as
    the short transaction that follows.
    """

    @sa.event.listens_for(engine, "checkin")
    def _(_connection: object, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    @sa.event.listens_for(engine, "checkout")
    def _(connection: Any, record: Any, _proxy: object) -> None:
        now = time.monotonic()
        if now - record.info.get("idle_since", now) < TRUSTED_FOR:
            return
        try:
            engine.dialect.do_ping(connection)
        except Exception:  # whatever it is: this connection is of no use, nor are its neighbours
            raise sa.exc.InvalidatePoolError from None


def _sqlite_engine(
    url: str, *, begin: str, pool_size: int, query_only: bool = False
) -> AsyncEngine:
    engine = create_async_engine(
        url, pool_size=pool_size, max_overflow=0, pool_timeout=60, connect_args={"timeout": 60}
    )
    _takes_one_trip(engine.sync_engine)
    _prepared(engine.sync_engine, begin=begin, query_only=query_only)
    if query_only:
        _refuses_locks(engine.sync_engine)
    return engine


def _takes_one_trip(engine: sa.Engine) -> None:
    @sa.event.listens_for(engine, "do_connect")
    def _(_dialect: object, _record: object, _where: object, options: dict[str, Any]) -> None:
        options["async_creator_fn"] = SqliteConnection


def _refuses_locks(engine: sa.Engine) -> None:
    """SQLite locks no rows, and is silent about it: say what PostgreSQL would say."""

    @sa.event.listens_for(engine, "before_execute")
    def _(_connection: object, statement: object, *_: object) -> None:
        if isinstance(statement, sa.Select) and statement._for_update_arg is not None:  # noqa: SLF001 - no other way to ask
            raise sa.exc.OperationalError(str(statement), None, ReadOnlyError())


class ReadOnlyError(Exception):
    """A connection to read from was asked for a lock."""


def _prepared(engine: sa.Engine, *, begin: str, query_only: bool = False) -> sa.Engine:
    """Teach an engine how we use SQLite."""

    @sa.event.listens_for(engine, "connect")
    def _(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # SQLAlchemy begins, not the driver
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        # With WAL, NORMAL survives a killed process; only a power cut can lose the last commits.
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA cache_size = -16000")
        if query_only:
            cursor.execute("PRAGMA query_only = ON")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
