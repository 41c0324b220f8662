"""What providers tell us afterwards: applied once, in whatever order, and durable when answered.

Receipts come in bursts of thousands. Those that arrive within a few milliseconds share one
transaction, and each is answered only after that transaction has committed.
"""

import asyncio
from collections.abc import Sequence

import structlog
from sqlalchemy import Connection

from alerting.domain.channel import Receipt
from alerting.domain.delivery import Key, after_receipt
from alerting.services import Services
from alerting.store.deliveries import lifecycle as deliveries
from alerting.store.deliveries import unmatched_receipts as strays
from alerting.store.deliveries.lifecycle import Change, Standing

LINGER = 0.01
"""Seconds to wait for company."""
BATCH = 500

log = structlog.get_logger()


async def apply(services: Services, receipts: Sequence[Receipt]) -> None:
    """Apply receipts in one transaction. Repeated and late ones change nothing.

    Those for deliveries we do not know are kept, for somebody to look at.
    """
    read = [(Key.parse(receipt.key), receipt) for receipt in receipts]
    named = [(key, receipt) for key, receipt in read if key]
    now = services.now()

    def write(connection: Connection) -> int:
        found = deliveries.standing(connection, services.database, {key for key, _ in named})
        changes = _changes(found, named)
        began_at = deliveries.beginnings(connection, {one.found.key.alert_id for one in changes})
        deliveries.change(connection, services.database, changes, began_at=began_at, now=now)
        known = {one.key for one in found}
        strange = [receipt for key, receipt in read if key not in known]
        strays.keep(connection, services.database, strange, now=now)
        return len(strange)

    if unknown := await services.database.at_once(write):
        log.warning("receipts.unknown", number=unknown)


def _changes(found: Sequence[Standing], named: Sequence[tuple[Key, Receipt]]) -> list[Change]:
    """What a batch of receipts makes of the deliveries it names, each at most once."""
    by_key = {one.key: one for one in found}
    changes: dict[Key, Change] = {}
    for key, receipt in named:
        if standing := by_key.get(key):
            state = changes[key].verdict.state if key in changes else standing.state
            if verdict := after_receipt(state, receipt):
                changes[key] = Change(standing, verdict)
    return list(changes.values())


class Inbox:
    """Collects receipts into batches. `put` returns once the receipt is in the database."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._waiting: list[tuple[Receipt, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def put(self, receipt: Receipt) -> None:
        """Wait until it is durable; raises what kept it from being so."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((receipt, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        await asyncio.sleep(LINGER)
        while self._waiting:
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            try:
                await apply(self._services, [receipt for receipt, _ in batch])
            except Exception as failure:  # whoever waits must hear of it, and the provider repeats
                log.exception("receipts.not_written", number=len(batch))
                for _, done in batch:
                    if not done.cancelled():
                        done.set_exception(failure)
            else:
                for _, done in batch:
                    if not done.cancelled():
                        done.set_result(None)
