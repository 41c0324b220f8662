"""What every act is handed, in one frozen dataclass: the hinge between acts and crafts."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from alerting.checks.estimate import Tariffs
from alerting.checks.spelling import Speller
from alerting.compose.composer import Composer
from alerting.domain.account import AccessRules
from alerting.domain.channel import AnyChannel
from alerting.geo.gazetteer import Gazetteer
from alerting.letters import Letters, NoLetters
from alerting.proof.passwords import Hasher
from alerting.store import Database, Reading, Unit, Wake
from alerting.store.unit import reading, unit


class Queue(Protocol):
    """Where wake-ups go. Losing one is harmless: the sweeper finds what is due in the database."""

    async def wake(self, wakes: list[Wake]) -> None:
        """Queue jobs; an outage of the queue is reported to the operator, never raised."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """The house's means: nothing here decides anything."""

    database: Database
    queue: Queue
    channels: Mapping[str, AnyChannel]
    composer: Composer
    gazetteer: Gazetteer
    tariffs: Tariffs
    speller: Speller
    now: Callable[[], datetime]
    letters: Letters = field(default_factory=NoLetters)
    rules: AccessRules = field(default_factory=AccessRules)
    hasher: Hasher = field(default_factory=Hasher)

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[Unit]:
        """One transaction; its jobs are queued after it committed, never before."""
        async with unit(self.database) as opened:
            yield opened
        if opened.wakes:
            await self.queue.wake(opened.wakes)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reading]:
        """A connection to look things up."""
        async with reading(self.database) as opened:
            yield opened

    async def close(self) -> None:
        """Let go of everything."""
        for channel in self.channels.values():
            await channel.close()
        await self.speller.aclose()
        await self.queue.close()
        await self.database.close()
