"""Look through receipts that fit no delivery of ours."""

from alerting.domain.officer import Officer, Permission
from alerting.services import Services
from alerting.store.deliveries import unmatched_receipts as strays
from alerting.store.deliveries.unmatched_receipts import Stray

AT_MOST = 500


async def stray(services: Services, *, by: Officer) -> list[Stray]:
    """What providers reported about deliveries we do not know, the newest first.

    Many of them mean that a provider account is used by somebody else, or that a database was put
    back to an earlier state.
    """
    by.must(Permission.READ_LEDGER)
    async with services.reading() as reading:
        return await strays.listing(reading.connection, limit=AT_MOST)
