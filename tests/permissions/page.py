"""docs/permissions.md: as it stands, and as what was tried would have it."""

import asyncio
import tempfile
from collections.abc import Mapping

from alerting.bootstrap import ROOT
from alerting.store import Database
from alerting.store.migrate import migrate
from tests.doubles import Clock
from tests.permissions.acts import ACTS
from tests.permissions.attempts import COLUMNS, column

TABLE = ROOT / "docs" / "permissions.md"
HEAD = """# Who may do what, and where

A user of a municipality tries every action on what is **inside** its territory and on what is
outside. *inside*: allowed inside and refused outside. *everywhere*: not about a place.
*no*: refused in both. The last column is a communicator of a partner service, invited to the
incident inside. Reading counts as inside where the area overlaps the territory; drafting, approving
and sending need the whole area inside. An alert belongs to the authority that drafted it:
only that authority, and those above it, act on it (the national centre is above all others,
federal ones too); and in an incident only authorities as high as its
phase approve and send. What all share – newsrooms, routes – is changed only by authorities
of the whole country, the library by the national centre: by no one in this table.

This table is tested: `tests/test_permissions.py` performs every action in every role and fails if
the table differs, if an action has no row, or if anything is written before the permission
was checked. `python -m tests.permissions` writes it again.

"""


def written() -> dict[str, dict[str, str]]:
    """The table as it stands: column -> act -> who may."""
    rows = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    names = cells[0][1:]
    return {name: {row[0]: row[at] for row in cells[2:]} for at, name in enumerate(names, start=1)}


def table(columns: Mapping[str, Mapping[str, str]]) -> str:
    """The page, from what was tried."""
    lines = [
        f"| action | {' | '.join(columns)} |",
        f"|---|{'---|' * len(columns)}",
        *(f"| {act} | {' | '.join(one[act] for one in columns.values())} |" for act in ACTS),
    ]
    return HEAD + "\n".join(lines) + "\n"


async def _all() -> dict[str, dict[str, str]]:
    columns = {}
    for name in COLUMNS:
        with tempfile.TemporaryDirectory() as folder:
            database = Database(f"sqlite+aiosqlite:///{folder}/alerting.db")
            await migrate(database)
            columns[name] = await column(name, database, Clock())
            await database.close()
    return columns


def write() -> None:
    """The page anew, as the code is now."""
    TABLE.write_text(table(asyncio.run(_all())), encoding="utf-8")
