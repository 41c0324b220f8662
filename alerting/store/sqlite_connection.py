"""SQLite behind one thread, with one trip there and back for each statement.

A connection of aiosqlite runs everything in a thread of its own. Its cursor goes there four times
for one query: to be made, to execute, to fetch and to be closed. Each trip wakes a thread and then
the event loop, which takes longer than most statements. Here a statement takes its first rows
along, and the cursor of SQLite is closed in the same trip where there are no more.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Self

import aiosqlite

AT_ONCE = 1000
"""Rows that come along with their statement; what is streamed stays in this much memory."""
Row = tuple[Any, ...]


class SqliteConnection(aiosqlite.Connection):
    """Cursors of it need one trip a statement."""

    def __init__(self, *where: Any, **options: Any) -> None:
        """As `sqlite3.connect`; connected when it is awaited."""
        super().__init__(partial(sqlite3.connect, *where, **options), AT_ONCE)
        self._thread.daemon = True  # SQLAlchemy does the same: whoever forgets to close still ends

    def cursor(self) -> "SqliteCursor":  # type: ignore[override]  # it is no aiosqlite.Cursor
        """One that does not exist in the thread before it executes."""
        return SqliteCursor(self)

    def stop(self) -> "asyncio.Future[Any] | None":
        """End the thread; None where it was told to before, since nobody would answer.

        SQLAlchemy closes a connection in a task of its own and, where whoever waits for that is
        cancelled, stops it as well: the task then stops it a second time.
        """
        return super().stop() if self._running else None

    async def run(self, act: Callable[[], None]) -> None:
        """Do something in the thread of the connection."""
        await self._execute(act)  # type: ignore[no-untyped-call]


class SqliteCursor:
    """What SQLAlchemy asks of a cursor (sqlalchemy.connectors.asyncio.AsyncIODBAPICursor)."""

    arraysize = 1

    def __init__(self, connection: SqliteConnection) -> None:
        """Nothing is executed yet."""
        self._connection = connection
        self._open: sqlite3.Cursor | None = None
        self._rows: deque[Row] = deque()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        """Itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it."""
        await self.close()

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> Self:
        """Execute one statement, and fetch its first rows."""
        await self._connection.run(partial(self._execute, sql, parameters))
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> Self:
        """Execute one statement with each of these."""
        await self._connection.run(partial(self._executemany, sql, parameters))
        return self

    async def fetchone(self) -> Row | None:
        """The next row; None after the last."""
        found = await self.fetchmany(1)
        return found[0] if found else None

    async def fetchmany(self, size: int | None = None) -> Sequence[Row]:
        """The next rows, as many as there are up to `size`."""
        wanted = size or self.arraysize
        while self._open is not None and len(self._rows) < wanted:
            await self._connection.run(partial(self._fetch, AT_ONCE))
        return [self._rows.popleft() for _ in range(min(wanted, len(self._rows)))]

    async def fetchall(self) -> Sequence[Row]:
        """All rows that are left."""
        if self._open is not None:
            await self._connection.run(partial(self._fetch, None))
        found = list(self._rows)
        self._rows.clear()
        return found

    def __aiter__(self) -> Self:
        """Row after row."""
        return self

    async def __anext__(self) -> Row:
        """The next row."""
        if (found := await self.fetchone()) is None:
            raise StopAsyncIteration
        return found

    async def close(self) -> None:
        """Let go of what was not fetched."""
        if self._open is not None:
            await self._connection.run(self._close)
        self._rows.clear()

    def _execute(self, sql: str, parameters: Iterable[Any]) -> None:
        """In the thread, as all below."""
        self._close()
        self._rows.clear()
        self._open = self._connection._conn.cursor()  # noqa: SLF001  aiosqlite's own cursor does so
        try:
            self._open.execute(sql, parameters)  # type: ignore[arg-type]
            self.description = self._open.description
            if self.description is None:
                self._close()
            else:
                self._fetch(AT_ONCE)
        except BaseException:
            self._close()
            raise

    def _executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> None:
        self._close()
        self._open = self._connection._conn.cursor()  # noqa: SLF001
        try:
            self._open.executemany(sql, parameters)  # type: ignore[arg-type]
        finally:
            self._close()

    def _fetch(self, most: int | None) -> None:
        """The next `most` rows, or all; the cursor is closed behind the last."""
        if self._open is None:
            return
        found = self._open.fetchall() if most is None else self._open.fetchmany(most)
        self._rows.extend(found)
        if most is None or len(found) < most:
            self._close()

    def _close(self) -> None:
        """Close SQLite's cursor; what it counted is kept."""
        if self._open is None:
            return
        self.rowcount, self.lastrowid = self._open.rowcount, self._open.lastrowid
        self._open.close()
        self._open = None
