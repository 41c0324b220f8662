"""Look at deliveries: page by page, as CSV; addresses only for those who may see them."""

from collections.abc import AsyncIterator
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.actions import authorization
from alerting.actions.recipients.search import PersonalData, asked, is_masked, mask, record_look
from alerting.domain.authority import scope_of
from alerting.domain.channel import FAILURE_REASON_NAMES
from alerting.domain.delivery import DeliveryKey
from alerting.domain.delivery_archive import DeliveryArchive
from alerting.domain.delivery_filter import ALL_DELIVERIES, DeliveryFilter
from alerting.domain.delivery_row import DeliveryRow
from alerting.domain.errors import DeliveriesArchived, NotFound
from alerting.domain.officer import Officer, Permission
from alerting.domain.text.i18n import msgid
from alerting.importing.csv_table import write_rows
from alerting.services import Services
from alerting.store.deliveries import archives as archive_rows
from alerting.store.deliveries import search as delivery_search
from alerting.store.deliveries.search import DeliveryPage
from alerting.store.recipients import search as recipient_search
from alerting.store.recipients.search import RecipientQuery
from alerting.store.visibility import delivered_to

EXPORT_PAGE_SIZE = 1_000
"""Some milliseconds of work, in which this process does nothing else."""
MOST_PEOPLE = 500
"""Of those who fit what was typed, so many are looked up."""
COLUMNS = (
    "key", "channel", "recipient", "language", "address", "state", "attempts", "reason",
    "provider_code", "reference", "sent_at", "settled_at",
)  # fmt: skip
DELIVERY = msgid("delivery")


async def list_deliveries(
    services: Services,
    number: int,
    *,
    by: Officer,
    after: tuple[str, int] | None = None,
    wanted: DeliveryFilter = ALL_DELIVERIES,
    limit: int,
    data: PersonalData = PersonalData.PERMITTED,
) -> DeliveryPage:
    """Deliveries in key order, from behind `after`. The ledger says to whom those shown are.

    Fewer than `limit` and still a `next`: so many were looked through that it is time to show
    what was found. DeliveriesArchived where they are in the database no more.
    """
    hidden = is_masked(data, by=by)
    page = await _page(services, number, by=by, after=after, wanted=wanted, limit=limit)
    await record_look(
        services,
        "deliveries.searched" if wanted.person.strip() else "deliveries.listed",
        by=by,
        about=f"deliveries/{number}",
        shown=sorted({row.recipient_id for row in page.items}),
        data=data,
    )
    return _masked(page) if hidden else page


async def get_archive(services: Services, number: int, *, by: Officer) -> DeliveryArchive | None:
    """The archive that holds the deliveries of an alert; None while the database does."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        await authorization.visible_alert(services, reading, number, by=by)
        return await archive_rows.archive_of(reading.connection, number)


async def require_in_database(services: Services, number: int, *, by: Officer) -> None:
    """Raises DeliveriesArchived where all deliveries of an alert are in an archive."""
    archive = await get_archive(services, number, by=by)
    if archive is not None and not archive.kept:
        raise DeliveriesArchived(alert=number, archived_at=archive.archived_at)


async def get_delivery(
    services: Services,
    number: int,
    key: str,
    *,
    by: Officer,
    data: PersonalData = PersonalData.PERMITTED,
) -> DeliveryRow:
    """The delivery with that key; NotFound where the officer sees none. It is recorded."""
    hidden = is_masked(data, by=by)
    wanted = DeliveryKey.parse(key)
    if wanted is not None and wanted.sending_id == number and wanted.recipient_id > 0:
        # The first of the page that starts right before it.
        before = (wanted.channel, wanted.recipient_id - 1)
        page = await _page(services, number, by=by, after=before, wanted=ALL_DELIVERIES, limit=1)
        rows = page.items
        if rows and DeliveryKey(number, rows[0].channel, rows[0].recipient_id) == wanted:
            await record_look(
                services,
                "delivery.read",
                by=by,
                about=f"deliveries/{number}",
                shown=[wanted.recipient_id],
                data=data,
            )
            return _masked(page).items[0] if hidden else rows[0]
    raise NotFound(what=DELIVERY, number=key)


async def _page(
    services: Services,
    number: int,
    *,
    by: Officer,
    after: tuple[str, int] | None,
    wanted: DeliveryFilter,
    limit: int,
) -> DeliveryPage:
    await require_in_database(services, number, by=by)
    async with services.reading() as reading:
        alert = await authorization.visible_alert(services, reading, number, by=by)
        return await delivery_search.page(
            reading.connection,
            number,
            after=after,
            wanted=wanted,
            recipients=await _recipients(services, reading.connection, wanted.person, by=by),
            seen=delivered_to(scope_of(by.authority), alert.authority),
            limit=limit,
        )


async def export_deliveries(
    services: Services, number: int, *, by: Officer, wanted: DeliveryFilter = ALL_DELIVERIES
) -> AsyncIterator[str]:
    """Deliveries as CSV, in pieces. The export itself stands in the ledger."""
    by.must(Permission.READ)
    hidden = is_masked(PersonalData.PERMITTED, by=by)
    async with services.unit() as unit:
        await authorization.visible_alert(services, unit, number, by=by)
        await unit.record("deliveries.exported", by=by, about=f"alert/{number}", at=services.now())
    yield "\ufeff" + write_rows([COLUMNS])  # the mark tells a spreadsheet it is UTF-8
    after: tuple[str, int] | None = None
    while True:
        page = await _page(
            services, number, by=by, after=after, wanted=wanted, limit=EXPORT_PAGE_SIZE
        )
        rows = (_masked(page) if hidden else page).items
        yield write_rows(_cells(number, row) for row in rows)
        if (after := page.next) is None:
            return


async def _recipients(
    services: Services, connection: AsyncConnection, person: str, *, by: Officer
) -> list[int] | None:
    """The numbers of at most MOST_PEOPLE who fit what was typed; None where nothing was."""
    if not person.strip():
        return None
    typed = asked(services, person, by=by)
    sought = RecipientQuery(keys=typed.keys, address=typed.address, reference=typed.reference)
    return await recipient_search.numbers(connection, sought, at_most=MOST_PEOPLE)


def _masked(page: DeliveryPage) -> DeliveryPage:
    rows = [replace(row, address=mask(row.address), name="") for row in page.items]
    return replace(page, items=rows)


def _cells(number: int, row: DeliveryRow) -> tuple[str, ...]:
    """As COLUMNS calls them."""
    return (
        str(DeliveryKey(number, row.channel, row.recipient_id)),
        row.channel,
        str(row.recipient_id),
        row.language,
        row.address,
        row.state,
        str(row.attempts),
        FAILURE_REASON_NAMES[row.failure_reason] if row.failure_reason else "",
        row.provider_code,
        row.reference,
        row.sent_at.isoformat() if row.sent_at else "",
        row.settled_at.isoformat() if row.settled_at else "",
    )
