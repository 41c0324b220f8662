"""Whether what is under way is still being sent: an officer may stop it any moment."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy.exc import DBAPIError

from alerting.domain.stop_signal import StopSignal
from alerting.services import Services
from alerting.store import sendings as sending_rows
from alerting.store import told

LOOK_EVERY = 0.2
"""Seconds: how long a stop may take to reach a worker."""

log = structlog.get_logger()


class Watch:
    """Looks at the state of what is under way, for as long as there are any."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._under_way: Counter[int] = Counter()
        self._stopped: frozenset[int] = frozenset()
        self._looking: asyncio.Task[None] | None = None

    @contextmanager
    def following(self, sending_id: int) -> Iterator[StopSignal]:
        """Set once this is no longer being sent, to be asked as often as one likes.

        It is being sent now: a chunk of it could just be leased.
        """
        self._stopped -= {sending_id}
        self._under_way[sending_id] += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            yield StopSignal(lambda: sending_id in self._stopped)
        finally:
            self._under_way[sending_id] -= 1
            if not +self._under_way:
                self._looking.cancel()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            asked = frozenset(+self._under_way)
            try:
                async with self._services.reading() as reading:
                    sending = await sending_rows.being_sent(reading.connection, asked)
            except (DBAPIError, OSError) as error:
                log.warning("watch.blind", error=told(error))
            else:
                # Not of all under way now: one that began meanwhile was not asked about.
                self._stopped = asked - sending
