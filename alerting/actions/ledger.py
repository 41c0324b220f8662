"""Read the ledger: what lies in the officer's territory, and is about their authority."""

from alerting.domain.authority import scope_of
from alerting.domain.ledger import LedgerEntry
from alerting.domain.officer import Officer, Permission
from alerting.domain.page import Page, page_of
from alerting.services import Services
from alerting.store import ledger as ledger_rows
from alerting.store.visibility import recorded

PAGE_SIZE = 200


async def list_entries(
    services: Services, *, by: Officer, after: int = 0, about: str = "", limit: int = PAGE_SIZE
) -> Page[LedgerEntry, int]:
    """Entries in order, from behind the number `after`; all of them or those about one thing."""
    by.must(Permission.READ_LEDGER)
    async with services.reading() as reading:
        entries = await ledger_rows.entries(
            reading.connection,
            after=after,
            about=about or None,
            seen=recorded(scope_of(by.authority), services.now()),
            limit=limit + 1,
        )
    return page_of(entries, limit, lambda entry: entry.seq)


async def newest_number(services: Services, *, by: Officer) -> int:
    """The number of the newest entry, whatever it is about: another one after every act; 0: none.

    Whoever watches what waits looks at their lists again then.
    """
    by.must(Permission.READ)
    async with services.reading() as reading:
        return await ledger_rows.newest_number(reading.connection)


async def verify_ledger(services: Services) -> tuple[int, str | None]:
    """Walk the whole chain: how many entries are sound, and what breaks it. Tells none of them."""
    async with services.reading() as reading:
        return await ledger_rows.verify(reading.connection)
