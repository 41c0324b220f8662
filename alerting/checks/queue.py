"""Whose texts are checked next: one check at a time for each person, in threads of their own.

A check takes up to a second of a processor. Whoever asks for many at once waits for their own, and
delays nobody else by more than the one that is running.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from alerting.domain.errors import TooManyChecks

T = TypeVar("T")

MOST_WAITING = 8
"""Checks of one person that wait behind the one that runs: as many as a browser asks for when it
opens its tabs again, and few enough to be through in time."""


class CheckTurn:
    """Whose turn has come: what they do in a thread, one thing after the other."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads
        self.last: Future[Any] | None = None

    async def in_thread(self, check: Callable[[], T]) -> T:
        """What `check` returns."""
        running = self._threads.submit(check)
        self.last = running
        return await asyncio.wrap_future(running)


class CheckQueue:
    """Threads that check texts, and the people who wait for them."""

    def __init__(self, name: str, *, threads: int = 2) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=f"checks-{name}")
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}
        """By person, of whom one check is running or about to run."""

    async def run(self, person: str, check: Callable[[], T], *, within: float | None = None) -> T:
        """What `check` returns, in a thread, after the earlier ones of this person.

        TooManyChecks for the one that waits longest where a person asks for more than
        MOST_WAITING: the newest is what they look at. TimeoutError where it is not done `within` so
        many seconds of when it began: waiting for others is nobody's fault.
        """
        await self._turn(person)
        loop = asyncio.get_running_loop()
        begun: asyncio.Future[None] = loop.create_future()

        def timed() -> T:
            _call_in(loop, _note, begun)
            return check()

        try:
            running = self._threads.submit(timed)
        except RuntimeError:  # the service stops
            self._next(person)
            raise
        # Until the thread is done with it, also where nobody waits for the answer any more.
        running.add_done_callback(lambda _: _call_in(loop, self._next, person))
        await begun
        async with asyncio.timeout(within):
            return await asyncio.wrap_future(running)

    @asynccontextmanager
    async def turn(self, person: str) -> AsyncIterator["CheckTurn"]:
        """A turn of this person, for work of several steps, or work outside a thread."""
        await self._turn(person)
        loop, turn = asyncio.get_running_loop(), CheckTurn(self._threads)
        try:
            yield turn
        finally:
            if turn.last is None or turn.last.done():
                self._next(person)
            else:  # whoever waited has gone, and the thread goes on
                turn.last.add_done_callback(lambda _: _call_in(loop, self._next, person))

    def close(self) -> None:
        """Begin no more checks."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _turn(self, person: str) -> None:
        if person not in self._waiting:
            self._waiting[person] = deque()
            return
        waiting = self._waiting[person]
        turn = asyncio.get_running_loop().create_future()
        waiting.append(turn)
        if len(waiting) > MOST_WAITING and not (oldest := waiting.popleft()).done():
            oldest.set_exception(TooManyChecks())
        try:
            await turn
        except asyncio.CancelledError:
            if turn in waiting:
                waiting.remove(turn)
            elif not turn.cancelled() and turn.exception() is None:  # its turn had just come
                self._next(person)
            raise

    def _next(self, person: str) -> None:
        waiting = self._waiting[person]
        while waiting:
            turn = waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        del self._waiting[person]


def _note(begun: asyncio.Future[None]) -> None:
    if not begun.done():
        begun.set_result(None)


def _call_in(loop: asyncio.AbstractEventLoop, act: Callable[[T], None], about: T) -> None:
    with suppress(RuntimeError):  # the loop was closed meanwhile
        loop.call_soon_threadsafe(act, about)


class CheckQueues:
    """Several, so that words being typed keep nobody from deciding."""

    def __init__(self) -> None:
        self.composed = CheckQueue("composed")
        """Compositions, whose texts are made anew to be looked at."""
        self.typed = CheckQueue("typed")
        """Words that are being typed, which anybody who drafts has checked at every pause."""
        self.stored = CheckQueue("stored")
        """Alerts as they are stored, to be read."""
        self.decided = CheckQueue("decided")
        """Alerts as they are stored, to be approved and sent: reading keeps nobody from it."""
        self.words = CheckQueue("words")
        """Words of alerts that are about to be saved, by which they are known again."""
        self.shapes = CheckQueue("shapes", threads=1)
        """Areas that are drawn, and what they touch."""
        self.templates = CheckQueue("templates", threads=1)
        """Templates, of which a whole library takes seconds."""
        self.lists = CheckQueue("lists")
        """Lists that are read to be imported; each thread may wait minutes for a workbook."""

    def close(self) -> None:
        """Begin no more checks."""
        for queue in vars(self).values():
            queue.close()
