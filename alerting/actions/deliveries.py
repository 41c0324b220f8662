"""Look at deliveries: page by page, as CSV; addresses only for those who may see them."""

from collections.abc import AsyncIterator
from dataclasses import replace

from alerting.actions import standing
from alerting.domain.authority import scope_of
from alerting.domain.channel import TROUBLE_NAMES
from alerting.domain.delivery import Key, State
from alerting.domain.errors import BadRequest
from alerting.domain.staff import Officer, Permission
from alerting.domain.words import msgid
from alerting.intake.table import write_table
from alerting.services import Services
from alerting.store import progress
from alerting.store.progress import DeliveryRow
from alerting.store.territory import delivered_to

EXPORT_PAGE = 2_000
COLUMNS = (
    "key", "channel", "recipient", "language", "address", "state", "tries", "reason", "detail",
    "reference", "sent_at", "settled_at",
)  # fmt: skip
BAD_PAGE = msgid("“{after}” is not where a page of deliveries starts")


async def page(
    services: Services,
    number: int,
    *,
    by: Officer,
    after: str = "",
    state: State | None = None,
    channel: str | None = None,
    limit: int,
) -> tuple[list[DeliveryRow], str | None]:
    """Deliveries in key order, and where the next page starts."""
    by.must(Permission.READ)
    start = None
    if after:
        key = Key.parse(after)
        if key is None or key.alert_id != number:
            raise BadRequest(BAD_PAGE, after=after)
        start = (key.channel, key.recipient_id)
    async with services.reading() as reading:
        alert = await standing.seen(services, reading, number, by=by)
        rows = await progress.page(
            reading.connection,
            number,
            after=start,
            state=state,
            channel=channel,
            seen=delivered_to(scope_of(by.authority), alert.authority),
            limit=limit + 1,
        )
    more = len(rows) > limit
    rows = [row if by.may(Permission.SEE_ADDRESSES) else _masked(row) for row in rows[:limit]]
    following = str(Key(number, rows[-1].channel, rows[-1].recipient_id)) if more else None
    return rows, following


async def export(
    services: Services, number: int, *, by: Officer, state: State | None = None
) -> AsyncIterator[str]:
    """All deliveries as CSV, in pieces. The export itself stands in the ledger."""
    by.must(Permission.READ)
    async with services.unit() as unit:
        await standing.seen(services, unit, number, by=by)
        await unit.record(
            "deliveries.exported", by=by.name, about=f"alert/{number}", at=services.now()
        )
    yield "\ufeff" + write_table(COLUMNS, [])  # the mark tells a spreadsheet it is UTF-8
    after: str | None = ""
    while after is not None:
        rows, after = await page(
            services, number, by=by, after=after, state=state, limit=EXPORT_PAGE
        )
        body = write_table(COLUMNS, [_cells(number, row) for row in rows])
        yield body.partition("\r\n")[2]


def mask(address: str) -> str:
    """Enough of an address to recognise it when it is told, not enough to use it."""
    local, at, domain = address.partition("@")
    if at:
        return f"{local[:1]}…@{domain}"
    return f"{address[:5]}…{address[-2:]}" if address.startswith("+") else address


def _masked(row: DeliveryRow) -> DeliveryRow:
    return replace(row, address=mask(row.address), name="")


def _cells(number: int, row: DeliveryRow) -> dict[str, str]:
    return {
        "key": str(Key(number, row.channel, row.recipient_id)),
        "channel": row.channel,
        "recipient": str(row.recipient_id),
        "language": row.language,
        "address": row.address,
        "state": row.state,
        "tries": str(row.tries),
        "reason": TROUBLE_NAMES[row.trouble] if row.trouble else "",
        "detail": row.detail,
        "reference": row.reference,
        "sent_at": row.sent_at.isoformat() if row.sent_at else "",
        "settled_at": row.settled_at.isoformat() if row.settled_at else "",
    }
