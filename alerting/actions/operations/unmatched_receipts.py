"""Look through receipts that fit no delivery of ours."""

from alerting.domain.officer import Officer, Permission
from alerting.services import Services
from alerting.store.deliveries import unmatched_receipts
from alerting.store.deliveries.unmatched_receipts import UnmatchedReceipt

MAX_RECEIPTS = 500


async def list_unmatched(services: Services, *, by: Officer) -> list[UnmatchedReceipt]:
    """What providers reported that fits no try of a delivery of ours, the newest first.

    Many of them mean that a provider account is used by somebody else, that a database was put
    back to an earlier state, or that somebody has a provider's secret.
    """
    by.must(Permission.READ_LEDGER)
    async with services.reading() as reading:
        return await unmatched_receipts.list_unmatched(reading.connection, limit=MAX_RECEIPTS)
