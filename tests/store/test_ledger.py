"""The ledger only grows, and whoever alters it is found out at the right place."""

import asyncio

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from alerting.domain.ledger import Actor
from alerting.store import Database
from alerting.store import ledger as ledger_rows
from alerting.store.unit_of_work import unit
from tests.doubles import NOON

MILA = Actor(name="mila", credential=7, network="192.0.2.77", authority="national")


async def written(database: Database, number: int = 4) -> None:
    for serial in range(number):
        async with unit(database) as opened:
            await opened.record(
                "alert.drafted",
                by=MILA,
                about="alert/1",
                at=NOON,
                details={"n": serial, "é": "ü"},
            )


async def verified(database: Database) -> tuple[int, str | None]:
    async with unit(database) as opened:
        return await ledger_rows.verify(opened.connection)


async def tampered(database: Database, statement: str) -> None:
    """Do what a person with full rights on the database could do."""
    async with database.writing() as connection:
        if database.is_sqlite:
            await connection.execute(sa.text("DROP TRIGGER ledger_no_update"))
            await connection.execute(sa.text("DROP TRIGGER ledger_no_delete"))
        else:
            await connection.execute(sa.text("ALTER TABLE ledger DISABLE TRIGGER ALL"))
        await connection.exec_driver_sql(statement)


async def test_an_untouched_ledger_is_sound(database: Database) -> None:
    await written(database)
    assert await verified(database) == (4, None)


@pytest.mark.parametrize("statement", ["UPDATE ledger SET \"by\" = 'x'", "DELETE FROM ledger"])
async def test_the_database_itself_refuses_change(database: Database, statement: str) -> None:
    await written(database)
    with pytest.raises(DBAPIError, match="only grows"):
        async with database.writing() as connection:
            await connection.exec_driver_sql(statement)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        pytest.param(
            "UPDATE ledger SET \"by\" = 'joris' WHERE seq = 2", (1, "entry 2 was altered"), id="who"
        ),
        *(
            pytest.param(
                f"UPDATE ledger SET {column} = {value} WHERE seq = 2",  # noqa: S608  ours
                (1, "entry 2 was altered"),
                id=column,
            )
            for column, value in (
                ("kind", "'shell'"),
                ("person", "77"),
                ("credential", "8"),
                ("network", "'192.0.2.77'"),
                ("authority", "'antwerp'"),
            )
        ),
        pytest.param("DELETE FROM ledger WHERE seq = 3", (2, "entry 3 is missing"), id="deleted"),
        pytest.param(
            "UPDATE ledger SET details = '{\"n\":7}' WHERE seq = 4",
            (3, "entry 4 was altered"),
            id="details",
        ),
    ],
)
async def test_tampering_is_found_where_it_was_done(
    database: Database, statement: str, found: tuple[int, str]
) -> None:
    await written(database)
    await tampered(database, statement)
    assert await verified(database) == found


async def test_writers_at_the_same_time_never_fork_the_chain(database: Database) -> None:
    await asyncio.gather(*(written(database, 5) for _ in range(4)))
    assert await verified(database) == (20, None)
