"""Whoever leaves a list is erased wherever their addresses stand, not on the list alone."""

from dataclasses import asdict, dataclass

from alerting.domain.recipient import own_addresses
from alerting.services import Services
from alerting.store.accounts import one_time_tokens
from alerting.store.deliveries import erasure as deliveries
from alerting.store.deliveries import unmatched_receipts
from alerting.store.recipients import import_files
from alerting.store.recipients import repository as recipient_rows
from alerting.store.recipients.repository import RecipientEntry
from alerting.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Erased:
    """In how many rows of what an address was erased, beside the list itself."""

    deliveries: int
    receipts: int
    uploads: int
    forms: int

    def numbers(self) -> dict[str, int]:
        """For the ledger."""
        return asdict(self)


async def erase_recipient(services: Services, unit: UnitOfWork, before: RecipientEntry) -> Erased:
    """End an entry, and take its addresses out of all that was kept, in the caller's transaction.

    Of uploaded files and saved forms those that may hold an address are deleted: a file cannot be
    corrected as its owner would. The list of those who said no keeps HMACs.
    """
    connection, now = unit.connection, services.now()
    addresses = own_addresses(before.who)
    await recipient_rows.end(connection, unit.database, before, services.opt_out_hmacs(), now)
    return Erased(
        deliveries=await deliveries.erase(connection, unit.database, before.id, now=now),
        receipts=await unmatched_receipts.erase(connection, addresses),
        uploads=await import_files.drop_naming(connection, addresses),
        forms=await one_time_tokens.drop_forms_naming(connection, addresses),
    )
