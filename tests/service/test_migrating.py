"""While the database is migrated, whoever asks is told so."""

import asyncio

import httpx2
import pytest
import sqlalchemy as sa

from alerting.actions.operations.database import is_newest_schema
from alerting.bootstrap import build, open_queue
from alerting.domain.errors import OlderDatabase
from alerting.domain.language import Language
from alerting.i18n import translator_for
from alerting.server import migrate_and_tell
from alerting.services import Services
from alerting.settings import Settings
from alerting.store import Database
from alerting.store.migrate import MIGRATION_LOCK
from alerting.web.migrating import BEING_UPDATED
from tests.bench.servers import free_port
from tests.make import keyring
from tests.service.conftest import PATIENCE

pytestmark = pytest.mark.postgres


async def started(url: str) -> tuple[Services, Settings]:
    settings = Settings(port=free_port(), database_url=url, secrets_dir=str(keyring().folder))
    return build(settings, await open_queue(settings)), settings


async def answer(settings: Settings, path: str) -> httpx2.Response | None:
    try:
        async with httpx2.AsyncClient() as client:
            return await client.get(f"http://127.0.0.1:{settings.port}{path}")
    except httpx2.TransportError:
        return None


async def test_whoever_asks_while_it_is_migrated_hears_so(empty_postgres_url: str) -> None:
    services, settings = await started(empty_postgres_url)
    other = Database(settings.database_url)
    async with other.writing() as connection:  # another process migrates
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
        migrating = asyncio.create_task(migrate_and_tell(services, settings))
        async with asyncio.timeout(PATIENCE):
            while (health := await answer(settings, "/health")) is None:
                assert not migrating.done()
        page = await answer(settings, "/alerts")
        assert not migrating.done()
    assert (health.status_code, health.json()) == (503, {"status": "migrating"})
    assert page is not None
    assert page.status_code == 503
    assert int(page.headers["retry-after"]) > 0
    for language in Language:
        assert translator_for(language)(BEING_UPDATED) in page.text
    await migrating
    assert await is_newest_schema(services)
    assert await answer(settings, "/health") is None, "the port is free for the service"
    await other.close()
    await services.close()


async def test_a_database_that_is_refused_ends_the_start(empty_postgres_url: str) -> None:
    services, settings = await started(empty_postgres_url)
    async with services.database.writing() as connection:
        await connection.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        await connection.execute(sa.text("INSERT INTO alembic_version VALUES ('other')"))
    with pytest.raises(OlderDatabase):
        await migrate_and_tell(services, settings)
    assert await answer(settings, "/health") is None
    await services.close()
