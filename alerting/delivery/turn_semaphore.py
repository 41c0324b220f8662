"""A semaphore whose next place goes to the alert whose turn it is, not to whoever came first."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from alerting.domain.turns import Turn, Turns


class TurnSemaphore:
    """So many places, given by `Turns` among alerts and first come first served within one."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._turns = Turns()
        self._waiting: dict[Turn, deque[asyncio.Future[None]]] = {}

    @property
    def free(self) -> bool:
        """Whether a place could be had without waiting."""
        return self._places > 0 and not self._waiting

    @asynccontextmanager
    async def held(self, turn: Turn) -> AsyncIterator[None]:
        """Wait for a place, and keep it for the length of the block."""
        await self._acquire(turn)
        try:
            yield
        finally:
            self._release()

    async def _acquire(self, turn: Turn) -> None:
        if self.free:
            self._places -= 1
            self._turns.take(turn)
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(turn, deque()).append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():  # it was given just then
                self._release()
            else:
                self._forget(turn, place)
            raise

    def _release(self) -> None:
        turn = self._turns.first(self._waiting)
        if turn is None:
            self._places += 1
            return
        place = self._waiting[turn][0]
        self._forget(turn, place)
        self._turns.take(turn)
        place.set_result(None)

    def _forget(self, turn: Turn, place: "asyncio.Future[None]") -> None:
        places = self._waiting[turn]
        places.remove(place)
        if not places:
            del self._waiting[turn]
