"""An entry of a list: a row of the table, and as the domain knows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.language import Language
from alerting.domain.recipient import Recipient, RecipientKind
from alerting.domain.text.canonical_json import fingerprint
from alerting.store.database import Database
from alerting.store.recipients.revisions import lock_lists
from alerting.store.tables import recipient

SAID = (
    "language",
    "nis_code",
    "name",
    "phone",
    "email",
    "outlet",
    "consent_date",
    "consent_source",
)


@dataclass(frozen=True, slots=True)
class RecipientEntry:
    """A recipient with our number for it. `ended_at`: it stands here without personal data."""

    id: int
    who: Recipient
    ended_at: datetime | None

    def fingerprint(self) -> str:
        """Hash of all that is said of it, given back by whoever changes it."""
        said = {name: str(value) for name, value in row_of(self.who).items()}
        return fingerprint([said, sorted(self.who.groups or ()), str(self.ended_at or "")])


async def row_to_change(
    connection: AsyncConnection, database: Database, number: int
) -> sa.RowMapping:
    """The row of an entry that is there; it and the lists are held until the commit."""
    await lock_lists(connection, database)
    query = sa.select(recipient).where(recipient.c.id == number)
    return (await connection.execute(query)).mappings().one()


def entry_of(row: sa.RowMapping) -> RecipientEntry:
    """A row as the domain knows it; its groups are not looked up."""
    return RecipientEntry(
        row["id"],
        Recipient(
            kind=RecipientKind(row["kind"]),
            reference=row["reference"],
            language=Language(row["language"]),
            name=row["name"],
            nis_code=row["nis_code"],
            phone=row["phone"],
            email=row["email"],
            outlet=row["outlet"],
            consent_date=row["consent_date"],
            consent_source=row["consent_source"],
            preferred_channels=tuple(filter(None, row["preferred_channels"].split(","))),
        ),
        row["ended_at"],
    )


def row_of(person: Recipient) -> dict[str, Any]:
    """What a row holds of somebody, but for the list and the reference it is known by."""
    said = {name: getattr(person, name) for name in SAID}
    return {**said, "preferred_channels": ",".join(person.preferred_channels)}
