"""What providers tell us afterwards: applied once, in whatever order, and durable when answered.

Receipts come in bursts of thousands. Those that arrive within a few milliseconds share one
transaction, and each is answered only after that transaction has committed.
"""

import asyncio
from collections.abc import Sequence

import structlog

from alerting.domain.channel import Receipt
from alerting.domain.delivery import Key, after_receipt
from alerting.services import Services
from alerting.store import alerts, deliveries
from alerting.store.deliveries import Change

LINGER = 0.004
"""Seconds to wait for company."""
BATCH = 500

log = structlog.get_logger()


async def apply(services: Services, receipts: Sequence[Receipt]) -> None:
    """Apply receipts in one transaction. Repeated, late or unknown ones change nothing."""
    named = [(key, receipt) for receipt in receipts if (key := Key.parse(receipt.key))]
    if len(named) < len(receipts):
        log.warning("receipts.unreadable", number=len(receipts) - len(named))
    async with services.unit() as unit:
        found = await deliveries.standing(unit.connection, unit.database, {key for key, _ in named})
        by_key = {one.key: one for one in found}
        unknown = sum(key not in by_key for key, _ in named)
        if unknown:
            log.warning("receipts.unknown", number=unknown)
        changes: dict[Key, Change] = {}
        for key, receipt in named:
            if (standing := by_key.get(key)) is None:
                continue
            state = changes[key].verdict.state if key in changes else standing.state
            if verdict := after_receipt(state, receipt):
                changes[key] = Change(standing, verdict)
        began_at = await alerts.beginnings(unit.connection, {key.alert_id for key in changes})
        await deliveries.change(
            unit.connection,
            unit.database,
            list(changes.values()),
            began_at=began_at,
            now=services.now(),
        )


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
