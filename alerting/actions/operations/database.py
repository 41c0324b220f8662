"""The database of this installation: its schema, what data it holds, whether it answers."""

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError as DatabaseError

from alerting.actions.operations import keys
from alerting.credentials.keyring import Key
from alerting.domain.alert import AlertState
from alerting.domain.errors import NotPossible
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store import Database, outage, told
from alerting.store.alerts import repository as alert_rows
from alerting.store.migrate import current, migrate
from alerting.store.operations import installation

__all__ = [
    "DatabaseError",
    "alerts_being_sent",
    "answers",
    "is_newest_schema",
    "migrate_database",
    "outage",
    "prepare_installation",
    "require_newest_schema",
    "told",
]

NOT_MIGRATED = msgid("The database")
MIGRATE = msgid("Run “alerting migrate” first.")


async def migrate_database(services: Services) -> str | None:
    """Bring the schema to the newest; the revision it is at then. Safe to repeat.

    Raises TooFewConnections where the server has no room for this process.
    """
    await services.database.require_connections()
    await migrate(services.database)
    here, _ = await current(services.database)
    return here


async def is_newest_schema(services: Services) -> bool:
    """Whether no step of the schema is missing."""
    here, newest = await current(services.database)
    return here == newest


async def require_newest_schema(services: Services) -> None:
    """Raises NotPossible where steps of the schema are missing."""
    if not await is_newest_schema(services):
        raise NotPossible(what=NOT_MIGRATED, remedy=MIGRATE)


async def prepare_installation(services: Services) -> list[Key]:
    """Make the keys that are missing at a first start; the keys made.

    The first start decides whether these data are for training. Raises OtherData where they are of
    the other kind, KeyMissing where keys are lost.
    """
    async with services.unit() as unit:
        await installation.must_be(unit.connection, unit.database, training=services.training)
    return await keys.create_missing_keys(services)


async def answers(services: Services) -> bool:
    """Whether the database does."""
    try:
        async with services.reading() as reading:
            await reading.connection.execute(text("SELECT 1"))
    except (DatabaseError, OSError):
        return False
    return True


async def alerts_being_sent(database: Database) -> list[int]:
    """Their numbers, of a database whose services need not be built yet; its schema is migrated."""
    await migrate(database)
    async with database.reading() as connection:
        return await alert_rows.numbers_in(connection, AlertState.SENDING)
