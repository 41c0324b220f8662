"""A statement takes one trip to the thread of its connection, and gives what SQLite gives."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.store.sqlite_connection import AT_ONCE, SqliteConnection

NUMBERS = (
    "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)"
    " SELECT n FROM numbers"
)


class CountingConnection(SqliteConnection):
    """Counts the trips."""

    trips = 0

    async def run(self, act: Callable[[], None]) -> None:
        self.trips += 1
        await super().run(act)


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[CountingConnection]:
    made = CountingConnection(tmp_path / "a.db", isolation_level=None)
    await made
    yield made
    await made.close()


async def test_a_query_takes_one_trip(connection: CountingConnection) -> None:
    async with connection.cursor() as cursor:
        await cursor.execute(NUMBERS, (3,))
        assert await cursor.fetchall() == [(1,), (2,), (3,)]
    assert connection.trips == 1


async def test_a_change_takes_one_trip_and_says_how_many_rows(
    connection: CountingConnection,
) -> None:
    cursor = connection.cursor()
    await cursor.execute("CREATE TABLE t (a INTEGER PRIMARY KEY)")
    await cursor.executemany("INSERT INTO t VALUES (?)", [(1,), (2,), (3,)])
    assert cursor.rowcount == 3
    await cursor.execute("UPDATE t SET a = a + 10 WHERE a > 1 RETURNING a")
    assert await cursor.fetchall() == [(12,), (13,)]
    assert cursor.rowcount == 2
    await cursor.execute("INSERT INTO t VALUES (99)")
    assert (cursor.description, cursor.lastrowid, cursor.rowcount) == (None, 99, 1)
    await cursor.close()
    assert connection.trips == 4


async def test_no_more_than_a_part_of_a_large_answer_comes_along(
    connection: CountingConnection,
) -> None:
    cursor = connection.cursor()
    await cursor.execute(NUMBERS, (10 * AT_ONCE,))
    assert len(cursor._rows) == AT_ONCE
    assert await cursor.fetchmany(2) == [(1,), (2,)]
    assert connection.trips == 1
    await cursor.close()
    assert connection.trips == 2
    assert await cursor.fetchall() == []


@given(
    total=st.integers(0, 3 * AT_ONCE + 1),
    sizes=st.lists(st.integers(1, 2 * AT_ONCE), max_size=6),
)
async def test_rows_come_once_and_in_their_order(total: int, sizes: list[int]) -> None:
    connection = SqliteConnection(":memory:")
    await connection
    cursor = connection.cursor()
    await cursor.execute(NUMBERS, (max(total, 1),))
    found = [row for size in sizes for row in await cursor.fetchmany(size)]
    found += [row async for row in cursor] if total % 2 else await cursor.fetchall()
    assert [n for (n,) in found] == list(range(1, max(total, 1) + 1))
    assert await cursor.fetchone() is None
    await connection.close()


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("SELEC 1", sqlite3.OperationalError),
        ("SELECT a FROM nothing", sqlite3.OperationalError),
        ("SELECT abs(-9223372036854775807 - 1)", sqlite3.OperationalError),
    ],
)
async def test_an_error_leaves_nothing_open(
    connection: CountingConnection, sql: str, error: type[Exception]
) -> None:
    cursor = connection.cursor()
    with pytest.raises(error):
        await cursor.execute(sql)
    trips = connection.trips
    await cursor.close()
    assert connection.trips == trips
    await cursor.execute("SELECT 1")
    assert await cursor.fetchone() == (1,)


async def test_an_open_answer_does_not_keep_its_transaction(
    connection: CountingConnection,
) -> None:
    cursor = connection.cursor()
    await cursor.execute("BEGIN")
    await cursor.execute(NUMBERS, (5 * AT_ONCE,))
    await cursor.close()
    await connection.commit()
    in_thread: list[bool] = []
    await connection.run(partial(lambda: in_thread.append(connection.in_transaction)))
    assert in_thread == [False]


async def test_closing_ends_also_where_the_connection_is_stopped_meanwhile(tmp_path: Path) -> None:
    """As SQLAlchemy does where a request that closes its connection is cancelled."""
    connection = await SqliteConnection(str(tmp_path / "one.db"))
    closing = asyncio.create_task(connection.close())
    await asyncio.sleep(0)
    connection.stop()
    await asyncio.wait_for(closing, timeout=10)
