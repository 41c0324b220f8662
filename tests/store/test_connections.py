"""A process that the database server has no room for says so at its start, not at the peak."""

import asyncio

import pytest
import sqlalchemy as sa

from alerting.domain.errors import TooFewConnections
from alerting.store import Database


async def allowed(database: Database) -> int:
    async with database.reading() as connection:
        number = await connection.scalar(sa.text("SHOW max_connections"))
    return int(number)


async def test_one_that_would_ask_for_more_than_is_left_is_refused(postgres: Database) -> None:
    await postgres.require_connections()
    greedy = Database(
        postgres.url.render_as_string(hide_password=False), connections=await allowed(postgres)
    )
    with pytest.raises(TooFewConnections, match="allows"):
        await greedy.require_connections()
    await greedy.close()


async def test_what_another_may_open_counts_before_it_is_open(postgres: Database) -> None:
    url = postgres.url.render_as_string(hide_password=False)
    most = await allowed(postgres)
    first, second = Database(url, connections=most // 2), Database(url, connections=most // 2)
    await first.require_connections()
    with pytest.raises(TooFewConnections):
        await second.require_connections()
    await first.close()
    await second.close()


async def test_a_heartbeat_waits_for_no_other_transaction(postgres: Database) -> None:
    url = postgres.url.render_as_string(hide_password=False)
    database = Database(url, connections=2)
    async with database.writing(), database.writing():
        beat = database.at_once(
            lambda connection: connection.scalar(sa.text("SELECT 1")), heartbeat=True
        )
        assert await asyncio.wait_for(beat, 5) == 1
    await database.close()
