"""What each entry is found by: table `search_key`, kept as entries change."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.recipient import Recipient, search_keys
from alerting.store.database import Database, table_of
from alerting.store.tables import search_key


def keys_of(recipient: Recipient) -> frozenset[str]:
    """What somebody is found by."""
    return search_keys(
        name=recipient.name, outlet=recipient.outlet, phone=recipient.phone, email=recipient.email
    )


async def update_index(
    connection: AsyncConnection,
    database: Database,
    keys: Mapping[int, tuple[frozenset[str], frozenset[str]]],
) -> None:
    """What each entry is found by: before, and now."""
    stale = _pairs((number, had - has) for number, (had, has) in keys.items())
    fresh = _pairs((number, has - had) for number, (had, has) in keys.items())
    if not database.is_sqlite:  # a statement for each row would be most of an import there
        for pairs, statement in ((stale, _REMOVING), (fresh, _ADDING)):
            if pairs:
                rows = ([pair["key"], pair["recipient_id"]] for pair in pairs)
                await connection.execute(statement, {"given": database.document(rows)})
        return
    if stale:
        await connection.execute(
            sa.delete(search_key).where(
                search_key.c.key == sa.bindparam("key_"),
                search_key.c.recipient_id == sa.bindparam("recipient_id_"),
            ),
            [{f"{name}_": value for name, value in one.items()} for one in stale],
        )
    if fresh:
        await connection.execute(database.insert(search_key).on_conflict_do_nothing(), fresh)


_GIVEN = table_of([search_key.c.key, search_key.c.recipient_id], sqlite=False)
_ADDING = (
    postgresql.insert(search_key)
    .from_select(["key", "recipient_id"], sa.select(_GIVEN.c.key, _GIVEN.c.recipient_id))
    .on_conflict_do_nothing()
)
_REMOVING = sa.delete(search_key).where(
    search_key.c.key == _GIVEN.c.key, search_key.c.recipient_id == _GIVEN.c.recipient_id
)


def _pairs(keys: Iterable[tuple[int, frozenset[str]]]) -> list[dict[str, Any]]:
    pairs = [(key, number) for number, found in keys for key in found]
    return [{"key": key, "recipient_id": number} for key, number in sorted(pairs)]
