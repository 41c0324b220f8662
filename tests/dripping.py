"""A pace that gives one unit whenever the test lets one fall: no second passes."""

import asyncio
from collections.abc import Callable

from alerting.domain.stop_signal import NEVER_STOPPED
from alerting.domain.turns import Turn
from alerting.worker.rate_limiter import RedisRateLimiter

PATIENCE = 10.0


class Dripping(RedisRateLimiter):
    """Gives a unit when the test lets one fall, on a clock that the test moves."""

    def __init__(self) -> None:
        super().__init__(clock=lambda: self.seconds, look_again=0)
        self.seconds = 0.0
        self.free = 0
        self.order: list[Turn] = []

    async def _hit(self, *_: object) -> int:
        given, self.free = min(1, self.free), max(0, self.free - 1)
        return given

    async def asks(self, turn: Turn) -> None:
        """Take units for ever, one at a time."""
        while await self.take("relay", 1, 1, turn, NEVER_STOPPED):
            self.order.append(turn)

    def waiting(self, meter: str) -> list[Turn]:
        """Who waits for units."""
        return list(self._meters[meter].requests)

    async def drips(self, units: int, taken: Callable[[], int] | None = None) -> None:
        """Let so many units fall, one after the other; `taken` counts what came of them."""
        count = taken or (lambda: len(self.order))
        for _ in range(units):
            wanted = count() + 1
            self.free, self.seconds = 1, self.seconds + 1
            async with asyncio.timeout(PATIENCE):
                while count() < wanted:
                    await asyncio.sleep(0)
