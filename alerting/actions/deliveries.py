"""Look at deliveries: page by page, as CSV; addresses only for those who may see them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.actions import authorization as standing
from alerting.actions.recipients.search import keys_of, mask
from alerting.domain.authority import scope_of
from alerting.domain.channel import TROUBLE_NAMES, Trouble
from alerting.domain.delivery import Key, State
from alerting.domain.errors import BadRequest
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Permission
from alerting.domain.text.i18n import msgid
from alerting.importing.csv_table import write_table
from alerting.services import Services
from alerting.store.deliveries import search as lookup
from alerting.store.deliveries.search import DeliveryRow, Sieve
from alerting.store.recipients import search as people
from alerting.store.visibility import Conditions, delivered_to

EXPORT_PAGE = 2_000
MOST_PEOPLE = 500
"""Of those who fit what was typed, so many are looked up."""
COLUMNS = (
    "key", "channel", "recipient", "language", "address", "state", "tries", "reason", "detail",
    "reference", "sent_at", "settled_at",
)  # fmt: skip
BAD_PAGE = msgid("“{after}” is not where a page of deliveries starts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which deliveries somebody wants to see; what is empty does not matter.

    `person` is a name, number, address or reference as typed; it is looked up among the lists as
    they are now, so an address that was corrected since is found by what it is now.
    """

    person: str = ""
    state: State | None = None
    channel: str | None = None
    language: Language | None = None
    trouble: Trouble | None = None
    since: datetime | None = None
    until: datetime | None = None


ALL = Wanted()


async def page(
    services: Services,
    number: int,
    *,
    by: Officer,
    after: str = "",
    wanted: Wanted = ALL,
    limit: int,
) -> tuple[list[DeliveryRow], str | None]:
    """Deliveries in key order, and where to go on.

    Fewer than `limit` and still a place to go on: so many were looked through that it is time to
    show what was found.
    """
    by.must(Permission.READ)
    start = None
    if after:
        key = Key.parse(after)
        if key is None or key.alert_id != number:
            raise BadRequest(BAD_PAGE, after=after)
        start = (key.channel, key.recipient_id)
    async with services.reading() as reading:
        alert = await standing.seen(services, reading, number, by=by)
        seen = delivered_to(scope_of(by.authority), alert.authority)
        sieve = await _sieve(reading.connection, wanted, seen)
        looked = await lookup.page(
            reading.connection,
            number,
            after=start,
            sieve=sieve,
            limit=limit,
        )
    rows = [row if by.may(Permission.SEE_ADDRESSES) else _masked(row) for row in looked.rows]
    return rows, str(Key(number, *looked.following)) if looked.following else None


async def export(
    services: Services, number: int, *, by: Officer, wanted: Wanted = ALL
) -> AsyncIterator[str]:
    """Deliveries as CSV, in pieces. The export itself stands in the ledger."""
    by.must(Permission.READ)
    async with services.unit() as unit:
        await standing.seen(services, unit, number, by=by)
        await unit.record("deliveries.exported", by=by, about=f"alert/{number}", at=services.now())
    yield "\ufeff" + write_table(COLUMNS, [])  # the mark tells a spreadsheet it is UTF-8
    after: str | None = ""
    while after is not None:
        rows, after = await page(
            services, number, by=by, after=after, wanted=wanted, limit=EXPORT_PAGE
        )
        body = write_table(COLUMNS, [_cells(number, row) for row in rows])
        yield body.partition("\r\n")[2]


async def _sieve(connection: AsyncConnection, wanted: Wanted, seen: Conditions) -> Sieve:
    recipients = None
    if wanted.person.strip():
        recipients = await people.numbers(
            connection, keys_of(wanted.person), wanted.person.strip(), at_most=MOST_PEOPLE
        )
    return Sieve(
        seen=seen,
        state=wanted.state,
        channel=wanted.channel,
        language=wanted.language,
        trouble=wanted.trouble,
        since=wanted.since,
        until=wanted.until,
        recipients=recipients,
    )


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
