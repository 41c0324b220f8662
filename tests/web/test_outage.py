"""Without its database the service refuses cleanly, says what is wrong, and goes on afterwards."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from alerting.domain.errors import StoreAway, StoreFull
from alerting.domain.officer import Role
from alerting.services import Services
from alerting.store import Database, outage
from alerting.web.api.alerts.schemas import CHEM_SHELTER
from tests.web.conftest import AsRole

A_MILLION = 1_000_000


async def room_for(database: Database, pages: int) -> None:
    """SQLite says that its disk is full when it would need more pages than these."""

    def limit(connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    await database.at_once(limit)
    async with database.writing() as connection:
        await connection.run_sync(limit)


async def test_a_full_disk_refuses_and_says_so_until_there_is_room(
    services: Services, as_role: Callable[[Role], AsRole]
) -> None:
    mila = as_role(Role.COMMUNICATOR)
    assert (await mila.post("/api/alerts", CHEM_SHELTER)).status_code == 201
    await room_for(services.database, 1)  # SQLite keeps to what there already is
    made = 1
    while (answer := await mila.post("/api/alerts", CHEM_SHELTER)).status_code == 201:
        made += 1
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:alerting:store-full"
    assert "disk" in answer.json()["detail"]
    assert len((await mila.get("/api/alerts")).json()["items"]) == made
    await room_for(services.database, A_MILLION)
    assert (await mila.post("/api/alerts", CHEM_SHELTER)).status_code == 201


async def test_a_database_that_does_not_answer_is_not_mistaken_for_a_mistake_of_ours() -> None:
    gone = Database("postgresql+asyncpg://nobody@127.0.0.1:9/none")
    with pytest.raises(ConnectionError) as refused:
        async with gone.reading():
            pass
    assert isinstance(outage(refused.value), StoreAway)
    await gone.close()


async def test_what_a_statement_of_ours_did_wrong_is_no_outage(database: Database) -> None:
    with pytest.raises(sa.exc.DBAPIError) as wrong:
        async with database.writing() as connection:
            await connection.execute(
                sa.text("INSERT INTO alert (id) VALUES (1)"),
            )
    assert outage(wrong.value) is None
    assert not isinstance(outage(wrong.value), StoreFull)
