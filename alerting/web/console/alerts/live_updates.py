"""One look at the database for all who watch the same alert, and only while somebody does.

A board is told when something changed, and otherwise every few seconds that we are still there:
silence then means a broken connection, and the page says so.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Any, cast

import structlog
from starlette.requests import HTTPConnection

from alerting.actions import ledger
from alerting.actions.alerts import queries
from alerting.actions.alerts.queries import AlertStatus
from alerting.domain.officer import Officer
from alerting.services import Services

EVERY = 0.3
"""Seconds between two looks at an alert that somebody watches."""
BEAT = 5.0
"""Seconds of silence after which a board hears that nothing changed."""
LISTS_EVERY = 1.0
"""Seconds between two looks at whether anybody did anything, while somebody watches their lists."""
LISTS_ANEW = 15.0
"""Seconds after which lists are made anew all the same: counters go on, and time passes."""
MAX_STREAM_SECONDS = 600.0
"""Seconds a connection lasts: the browser then comes back, and its rights are looked at again."""
MAX_STREAMS_PER_PERSON = 10
"""One person can never take the boards of the others."""
MAX_STREAMS = 500
"""Of everybody; below the connections a server allows, so that pages still load."""

log = structlog.get_logger()


@dataclass(eq=False, slots=True)
class Snapshot:
    """An alert at one moment, and the pieces of pages already rendered from it."""

    status: AlertStatus
    pieces: dict[tuple[Any, ...], str] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """Whether it is the last one."""
        return self.status.alert.over

    def piece(self, key: tuple[Any, ...], make: Callable[[AlertStatus], str]) -> str:
        """What viewers with the same `key` see; made once for all of them."""
        if key not in self.pieces:
            self.pieces[key] = make(self.status)
        return self.pieces[key]


@dataclass(eq=False, kw_only=True, slots=True)
class SharedWatch:
    """Something that is looked at for all who follow it, and the event that announces news."""

    bell: asyncio.Event = field(default_factory=asyncio.Event)
    viewers: int = 0
    looking: asyncio.Task[None] | None = None

    def ring(self) -> None:
        """Wake everyone who waits; who waits next, waits for a new bell."""
        self.bell.set()
        self.bell = asyncio.Event()

    @property
    def ended(self) -> bool:
        """Whether nothing further will come from this watch."""
        return self.looking is None or self.looking.done()


@dataclass(eq=False, slots=True)
class BoardWatch(SharedWatch):
    """One alert being watched."""

    snapshot: Snapshot
    """The newest."""


@dataclass(eq=False, slots=True)
class LedgerWatch(SharedWatch):
    """The audit log being watched for the next entry, whatever it is about."""

    newest: int
    """The number of its last entry."""


class Live:
    """Every watch of this process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._watches: dict[int, BoardWatch] = {}
        self._closed = False
        self._by_person: Counter[str] = Counter()
        self._acts: LedgerWatch | None = None

    @property
    def viewers(self) -> int:
        """How many boards are open."""
        lists = self._acts.viewers if self._acts else 0
        return lists + sum(watch.viewers for watch in self._watches.values())

    def full_for(self, person: str) -> bool:
        """Whether one more stream of theirs would be too many."""
        return (
            self._by_person.total() >= MAX_STREAMS
            or self._by_person[person] >= MAX_STREAMS_PER_PERSON
        )

    @property
    def watched(self) -> frozenset[int]:
        """The alerts being looked at."""
        return frozenset(self._watches)

    async def follow(self, number: int, *, by: Officer) -> AsyncGenerator[Snapshot | None, None]:
        """Snapshots as they come, None for “nothing changed”; ends with the alert.

        It also ends after a while, when the server stops, and when looking failed: whoever
        follows then starts again.
        """
        self._by_person[by.name] += 1  # before anything is waited for: two must not both be last
        try:
            async with contextlib.aclosing(self._follow(number, by=by)) as snapshots:
                async for snapshot in snapshots:
                    yield snapshot
        finally:
            self._by_person -= Counter({by.name: 1})

    async def follow_acts(self, *, by: Officer) -> AsyncGenerator[bool, None]:
        """True at first, when somebody did something and every LISTS_ANEW; else False as a beat.

        It ends after a while, when the server stops, and when looking failed.
        """
        self._by_person[by.name] += 1
        watch = await self._join_acts(by)
        clock = asyncio.get_running_loop().time
        until, made, seen = clock() + MAX_STREAM_SECONDS, 0.0, -1
        try:
            while not self._closed and clock() < until and not _is_done(watch.looking):
                bell = watch.bell
                if anew := watch.newest != seen or clock() - made >= LISTS_ANEW:
                    made, seen = clock(), watch.newest
                yield anew
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(bell.wait(), BEAT)
        finally:
            self._by_person -= Counter({by.name: 1})
            watch.viewers -= 1
            if not watch.viewers and watch.looking is not None:
                watch.looking.cancel()

    async def _join_acts(self, by: Officer) -> LedgerWatch:
        watch = self._acts
        if watch is None or _is_done(watch.looking) or not watch.viewers:
            newest = await ledger.newest_number(self._services, by=by)
            watch = self._acts = LedgerWatch(newest)
            watch.looking = asyncio.create_task(self._look_for_acts(watch, by))
        watch.viewers += 1
        return watch

    async def _look_for_acts(self, watch: LedgerWatch, by: Officer) -> None:
        try:
            while True:
                await asyncio.sleep(LISTS_EVERY)
                newest = await ledger.newest_number(self._services, by=by)
                if newest != watch.newest:
                    watch.newest = newest
                    watch.ring()
        except Exception as error:  # whatever it was: viewers must not wait for ever
            log.warning("lists.broken", error=type(error).__name__)
        finally:
            watch.ring()

    async def _follow(self, number: int, *, by: Officer) -> AsyncGenerator[Snapshot | None, None]:
        watch = await self._join(number, by)
        until = asyncio.get_running_loop().time() + MAX_STREAM_SECONDS
        snapshot: Snapshot | None = None
        try:
            while not self._closed and asyncio.get_running_loop().time() < until:
                bell = watch.bell
                if watch.snapshot is not snapshot:
                    snapshot = watch.snapshot
                    yield snapshot
                    continue
                if snapshot.over or watch.ended:
                    return
                try:
                    await asyncio.wait_for(bell.wait(), BEAT)
                except TimeoutError:
                    yield None
        finally:
            self._leave(number, watch)

    def close(self) -> None:
        """End every stream, as the server stops; browsers connect again by themselves."""
        self._closed = True
        for watch in self._watches.values():
            watch.ring()
        if self._acts is not None:
            self._acts.ring()

    async def _join(self, number: int, by: Officer) -> BoardWatch:
        if (watch := self._living(number)) is not None:
            await queries.get_alert(self._services, number, by=by)  # whether they may see it
            watch = self._living(number)
        if watch is None:
            first = Snapshot(await queries.get_status(self._services, number, by=by))
            watch = self._living(number)
        if watch is None:
            watch = self._watches[number] = BoardWatch(first)
            watch.looking = asyncio.create_task(self._look(number, watch, by))
        watch.viewers += 1
        return watch

    def _living(self, number: int) -> BoardWatch | None:
        watch = self._watches.get(number)
        return None if watch is None or watch.ended else watch

    def _leave(self, number: int, watch: BoardWatch) -> None:
        watch.viewers -= 1
        if not watch.viewers:
            if watch.looking is not None:
                watch.looking.cancel()
            if self._watches.get(number) is watch:
                del self._watches[number]

    async def _look(self, number: int, watch: BoardWatch, by: Officer) -> None:
        try:
            while not watch.snapshot.over:
                await asyncio.sleep(EVERY)
                status = await queries.get_status(self._services, number, by=by)
                if status != watch.snapshot.status:
                    watch.snapshot = Snapshot(status)
                    watch.ring()
        except Exception as error:  # whatever it was: viewers must not wait for ever
            log.warning("board.broken", alert=number, error=type(error).__name__)
        finally:
            watch.ring()


def _is_done(task: asyncio.Task[None] | None) -> bool:
    return task is None or task.done()


def live_of(request: HTTPConnection) -> Live:
    """The app's watches."""
    return cast("Live", request.app.state.live)
