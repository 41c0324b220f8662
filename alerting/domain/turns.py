"""Whose turn it is where several alerts share a provider, a route or a planner."""

from collections import OrderedDict
from collections.abc import Collection
from typing import NamedTuple

from alerting.domain.alert import Precedence

SHARED_TURN = 4
"""Every so many turns precedence is left aside, so that nothing urgent waits for hours."""
MAX_REMEMBERED = 256
"""Alerts whose last turn is remembered; older ones count as new."""


class Turn(NamedTuple):
    """On whose behalf something is asked for."""

    precedence: Precedence
    alert: int

    @property
    def urgent(self) -> bool:
        """Whether routine work waits for it altogether."""
        return self.precedence is not Precedence.ROUTINE


class Turns:
    """Chooses who goes first, and remembers who went.

    Routine work goes only when nothing urgent waits. An alert that had no turn yet goes first, then
    the one of higher precedence, and among equals the one whose last turn is longest ago. Every
    `SHARED_TURN`th turn goes to the one whose last turn is longest ago, whatever its precedence.
    """

    def __init__(self) -> None:
        self._taken = 0
        self._last: OrderedDict[Turn, int] = OrderedDict()

    def first(self, waiting: Collection[Turn]) -> Turn | None:
        """The one of these that goes now; None where nobody waits."""
        if len(waiting) == 1:  # as nearly always, and asked for each message
            return next(iter(waiting))
        shared = (self._taken + 1) % SHARED_TURN == 0

        def order(turn: Turn) -> tuple[int, ...]:
            last = self._last.get(turn, 0)
            by_precedence = (not turn.urgent, last > 0, turn.precedence, last, turn.alert)
            return (not turn.urgent, last, *turn) if shared else by_precedence

        return min(waiting, key=order, default=None)

    def is_new(self, turn: Turn) -> bool:
        """Whether it had no turn yet."""
        return turn not in self._last

    def take(self, turn: Turn) -> None:
        """It had its turn."""
        self._taken += 1
        self._last[turn] = self._taken
        self._last.move_to_end(turn)
        if len(self._last) > MAX_REMEMBERED:
            self._last.popitem(last=False)
