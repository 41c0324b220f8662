"""An entry ends: nothing personal stays in it."""

import secrets
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.recipient import Hmacs, own_addresses, reference_key
from alerting.store.database import Database
from alerting.store.recipients import opt_outs, repeats
from alerting.store.recipients.admissions import NATIONAL_LIST
from alerting.store.recipients.entries import RecipientEntry, row_to_change
from alerting.store.recipients.opt_outs import ListOwner
from alerting.store.recipients.revisions import change_of, log_changes, next_revision
from alerting.store.recipients.search_index import keys_of, update_index
from alerting.store.tables import group_member, recipient

STAYS = frozenset(
    {"id", "kind", "reference", "reference_key", "authority", "language", "nis_code", "since",
     "ended_at", "phone_earlier_in", "email_earlier_in"}
)  # fmt: skip
"""What tells nobody who it was; where an address came earlier is counted anew when it goes."""
EMPTIED = {
    column.name: None if column.nullable else ""
    for column in recipient.c
    if column.name not in STAYS
}
"""Every other column, so that one that is added later is erased too."""


async def erase_entry(
    connection: AsyncConnection,
    database: Database,
    before: RecipientEntry,
    hmacs: Hmacs,
    at: datetime,
    *,
    owner: ListOwner = NATIONAL_LIST,
    requested: bool = True,
) -> None:
    """Take everything personal out of an entry; its number, language and municipality stay.

    Of its addresses the list of those who left keeps HMACs. `requested`: the person asked for it,
    so that nobody's list brings them back in the owner's territory; else no list of the owner's
    does. What other tables hold of them is `actions.recipients.erasure`'s to erase, which calls
    this.
    """
    who = before.who
    row = await row_to_change(connection, database, before.id)
    number = await next_revision(connection, database)
    await log_changes(connection, database, [change_of(row, number, "", "")])
    addresses = own_addresses(who)
    await opt_outs.add(
        connection, database, who.kind, addresses, hmacs, owner, requested=requested, at=at
    )
    is_address = who.reference.strip().lower() in addresses
    reference = f"ended-{secrets.token_hex(16)}" if is_address else who.reference
    await connection.execute(
        sa.update(recipient)
        .where(recipient.c.id == before.id)
        .values(
            **EMPTIED,
            reference=reference,
            reference_key=reference_key(reference),
            ended_at=at,
        )
    )
    await repeats.mark(connection, database, phones=[who.phone], emails=[who.email])
    await update_index(connection, database, {before.id: (keys_of(who), frozenset())})
    await connection.execute(
        sa.delete(group_member).where(group_member.c.recipient_id == before.id)
    )
