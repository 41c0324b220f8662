"""The revision of the lists: how often an audience may have become another one, and by what."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.recipient import Recipient
from alerting.store.database import Database
from alerting.store.tables import list_revision, recipient_change


async def current_revision(connection: AsyncConnection) -> int:
    """How often lists were changed so that an audience may be another one."""
    return await connection.scalar(sa.select(list_revision.c.n)) or 0


async def lock_lists(connection: AsyncConnection, database: Database) -> None:
    """Hold the lists until the commit: one changes them at a time, by what it reads from here on.

    Before anything is read that is written back, and before any row is locked: so nobody overwrites
    what they have not seen, and no two wait for each other.
    """
    if database.is_sqlite:
        return  # whoever writes is alone
    query = sa.select(list_revision.c.n).where(list_revision.c.id == 1).with_for_update()
    if await connection.scalar(query) is None:
        await connection.run_sync(database.add_up, list_revision, [{"id": 1, "n": 0}])


async def next_revision(connection: AsyncConnection, database: Database) -> int:
    """A revision of one's own. Its row is held until the commit: revisions commit in their order,
    so that nothing counted at one is written later under a smaller number."""
    await connection.run_sync(database.add_up, list_revision, [{"id": 1, "n": 1}])
    return await current_revision(connection)


def stood_elsewhere(before: sa.RowMapping, person: Recipient) -> bool:
    """Whether an audience may have been another one with the entry as it was."""
    return any(
        before[name] != getattr(person, name) for name in ("nis_code", "language", "phone", "email")
    )


def change_of(before: sa.RowMapping, revision: int, phone: str, email: str) -> dict[str, Any]:
    """Where an entry stood, and which of its addresses is another one from now on."""
    return {
        "revision": revision,
        "recipient_id": before["id"],
        "nis_code": before["nis_code"],
        "language": before["language"],
        "had_phone": bool(before["phone"]),
        "had_email": bool(before["email"]),
        "other_phone": before["phone"] != phone,
        "other_email": before["email"] != email,
    }


async def log_changes(
    connection: AsyncConnection, database: Database, changes: Sequence[dict[str, Any]]
) -> None:
    """Write down where entries stood; of two changes in one revision the first counts."""
    if changes:
        await connection.execute(
            database.insert(recipient_change).on_conflict_do_nothing(), list(changes)
        )
