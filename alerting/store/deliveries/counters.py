"""The counters of a sending, which move with the deliveries.

In the same transaction, so their sums always match.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from alerting.domain.delivery import (
    Verdict,
)
from alerting.store.database import Database
from alerting.store.tables import (
    delivery_count,
    delivery_timeline,
    route_outcome_count,
)

TENTH = timedelta(milliseconds=100)
WIDTHS = ((600, 1), (36_000, 10))
"""Until so many tenths of a second after sending began, so many tenths are one tick."""
LATER = 100


def tick_of(since_start: timedelta) -> int:
    """The tenth of a second at which its tick begins.

    Ticks widen: a tenth in the first minute, a second in the first hour, ten seconds after it. A
    day of sending has 13,000 of them, which a board reads at once; tenths would be 864,000.
    """
    tenths = max(0, since_start // TENTH)
    return tenths - tenths % _width(tenths)


def end_of_tick(tick: int) -> timedelta:
    """When the tick that begins at this tenth of a second ends, since sending began."""
    return (tick + _width(tick)) * TENTH


def _width(tenths: int) -> int:
    return next((width for until, width in WIDTHS if tenths < until), LATER)


class DeliveryCounts:
    """Movements of counters, added up before they are written."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[int, str, str, str, str]] = Counter()
        self._timeline: Counter[tuple[int, str, str, int]] = Counter()
        self._route_outcomes: Counter[tuple[int, str, str, str]] = Counter()

    def move(
        self,
        sending_id: int,
        channel: str,
        language: str,
        before: tuple[str, str],
        verdict: Verdict,
        n: int = 1,
    ) -> None:
        """Count `n` deliveries under a verdict, and no longer under `before` (state, reason)."""
        self._counts[sending_id, channel, language, str(before[0]), before[1]] -= n
        after = (str(verdict.state), str(verdict.failure_reason or ""))
        self._counts[sending_id, channel, language, *after] += n

    def add_to_timeline(
        self, sending_id: int, channel: str, kind: str, since_start: timedelta, n: int = 1
    ) -> None:
        """Count `n` handed over (`kind` "sent") or "delivered" so long after sending began."""
        self._timeline[sending_id, channel, kind, tick_of(since_start)] += n

    def count_route_outcome(
        self, sending_id: int, channel: str, route: str, answer: str, n: int
    ) -> None:
        """Count `n` tries by a route that ended in the state `answer`."""
        self._route_outcomes[sending_id, channel, route, str(answer)] += n

    def write(self, connection: sa.Connection, database: Database) -> None:
        """Add everything to the tables."""
        database.add_up(connection, delivery_count, _rows(delivery_count, self._counts))
        database.add_up(
            connection, route_outcome_count, _rows(route_outcome_count, self._route_outcomes)
        )
        database.add_up(connection, delivery_timeline, _rows(delivery_timeline, self._timeline))


def _rows(table: sa.Table, counts: Mapping[tuple[Any, ...], int]) -> list[dict[str, Any]]:
    names = [column.name for column in table.primary_key.columns]
    return [{**dict(zip(names, key, strict=True)), "n": n} for key, n in counts.items() if n]
