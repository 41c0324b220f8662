"""Heartbeat of a worker. Who sends none is dead: its leases end, and what it held is in doubt.

Deaths are judged by one's own forward-only clock and by counters, never by comparing times of day:
clocks of machines differ, and jump.
"""

import time
from collections.abc import Callable

import structlog
from sqlalchemy import Connection

from alerting.delivery.journal import JournalFolder
from alerting.services import Services
from alerting.store.operations import workers

DEAD_AFTER = 10.0
"""Seconds without a beat, seen from a worker that beats."""
UNSURE_AFTER = 5.0
"""Seconds after which a worker that could not beat hands nothing more over: others may soon think
it dead."""

log = structlog.get_logger()


class Heartbeat:
    """Beats for one worker, and watches the others."""

    def __init__(
        self,
        services: Services,
        name: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        journals: JournalFolder | None = None,
    ) -> None:
        self.name = name
        self.living = 1
        self._services = services
        self._clock = clock
        self._journals = journals
        self._beaten_at = clock()
        self._seen: dict[str, tuple[int, float]] = {}

    def is_alive(self) -> bool:
        """Whether the others surely know that this worker lives."""
        return self._clock() - self._beaten_at < UNSURE_AFTER

    async def send(self) -> None:
        """Send one; the leases of those found dead are freed."""
        database, now = self._services.database, self._services.now()

        def write(connection: Connection) -> tuple[dict[str, int], list[str], int]:
            fault = self._journals.fault if self._journals else ""
            beats = workers.beat(connection, database, self.name, now=now, journal_fault=fault)
            dead = self._dead(beats)
            if dead:
                workers.remove_worker(connection, dead)
            return beats, dead, workers.free(connection, now=now)

        beats, dead, freed = await database.at_once(write, heartbeat=True)
        self._beaten_at = self._clock()
        self.living = len(beats) - len(dead)
        if dead or freed:
            log.warning("workers.gone", workers=dead, chunks_in_doubt=freed)

    def _dead(self, beats: dict[str, int]) -> list[str]:
        at = self._clock()
        if at - self._beaten_at > UNSURE_AFTER:
            self._seen.clear()  # we were away ourselves, so we cannot say how long they have been
        self._seen = {
            name: seen if (seen := self._seen.get(name)) and seen[0] == beat else (beat, at)
            for name, beat in beats.items()
        }
        return [
            name
            for name, (_, since) in self._seen.items()
            if name != self.name and at - since > DEAD_AFTER
        ]

    async def begin_alone(self) -> None:
        """For a worker that knows to be the only one: whoever else is listed is dead."""
        now = self._services.now()

        def write(connection: Connection) -> int:
            workers.beat(connection, self._services.database, self.name, now=now)
            workers.remove_all_workers_except(connection, self.name)
            return workers.free(connection, now=now)

        if freed := await self._services.database.at_once(write):
            log.warning("workers.gone", chunks_in_doubt=freed)

    async def stop(self) -> None:
        """Delete this worker's row, so that its leases are freed without waiting DEAD_AFTER."""
        await self._services.database.at_once(
            lambda connection: workers.remove_worker(connection, [self.name]), heartbeat=True
        )
