"""A semaphore whose next place goes to the alert whose turn it is, not to whoever came first."""

import asyncio
from collections import deque

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

    @property
    def waiting(self) -> list[Turn]:
        """Who waits for a place."""
        return list(self._waiting)

    def held(self, turn: Turn) -> "Held":
        """Wait for a place, and keep it for the length of the block."""
        return Held(self, turn)

    async def acquire(self, turn: Turn) -> None:
        """Wait for a place; whoever has one gives it back by `release`."""
        if self.free:
            self._places -= 1
            self._turns.take(turn)
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line = self._waiting.get(turn)
        if line is None:
            line = self._waiting[turn] = deque()
        line.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():  # it was given just then
                self.release()
            else:
                self._forget(turn, place)
            raise

    def release(self) -> None:
        """Give a place back: it is whoever's turn it is who has it next."""
        while (turn := self._turns.first(self._waiting)) is not None:
            place = self._waiting[turn][0]
            self._forget(turn, place)
            if not place.done():  # it was cancelled, and is not told yet
                self._turns.take(turn)
                place.set_result(None)
                return
        self._places += 1

    def _forget(self, turn: Turn, place: "asyncio.Future[None]") -> None:
        line = self._waiting.get(turn)
        if line is not None and place in line:
            line.remove(place)
            if not line:
                del self._waiting[turn]


class Held:
    """A place for the length of a block. A class, since a generator would cost each message more
    than the place itself.
    """

    __slots__ = ("_semaphore", "_turn")

    def __init__(self, semaphore: TurnSemaphore, turn: Turn) -> None:
        self._semaphore = semaphore
        self._turn = turn

    async def __aenter__(self) -> None:
        await self._semaphore.acquire(self._turn)

    async def __aexit__(self, *_: object) -> None:
        self._semaphore.release()
