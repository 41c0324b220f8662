"""The counters of an alert, which move with the deliveries.

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

TICK = timedelta(milliseconds=100)
"""Length of one step of the timeline."""


class DeliveryCounts:
    """Movements of counters, added up before they are written."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[int, str, str, str, str]] = Counter()
        self._timeline: Counter[tuple[int, str, str, int]] = Counter()
        self._route_outcomes: Counter[tuple[int, str, str, str]] = Counter()

    def move(
        self,
        alert: int,
        channel: str,
        language: str,
        before: tuple[str, str],
        verdict: Verdict,
        n: int = 1,
    ) -> None:
        """Count `n` deliveries under a verdict, and no longer under `before` (state, reason)."""
        self._counts[alert, channel, language, str(before[0]), before[1]] -= n
        after = (str(verdict.state), str(verdict.failure_reason or ""))
        self._counts[alert, channel, language, *after] += n

    def beat(self, alert: int, channel: str, kind: str, since_start: timedelta, n: int = 1) -> None:
        """Count `n` handed over (`kind` "sent") or "delivered" so long after sending began."""
        self._timeline[alert, channel, kind, max(0, since_start // TICK)] += n

    def pass_by(self, alert: int, channel: str, route: str, answer: str, n: int) -> None:
        """Count `n` tries by a route that ended in the state `answer`."""
        self._route_outcomes[alert, channel, route, str(answer)] += n

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
