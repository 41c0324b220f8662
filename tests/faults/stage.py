"""What a trial plays on: servers, providers, workers that can be killed, an alert under way."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from alerting.domain.delivery import DeliveryKey
from alerting.store.tables import chunk, sending
from tests.bench.running import WORK, Child, python, running, start
from tests.bench.servers import Postgres, Valkey, free_port, fresh_database, postgres, valkey
from tests.bench.sinks import fetched
from tests.bench.world import World, alerting, service_settings, world
from tests.faults.providers import Providers, providers

LOOK_EVERY = 0.05
STUCK_AFTER = 90.0
"""Seconds in which nothing more arrives: then something hangs."""
CLOCK = WORK / "faults-clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What to put the service through."""

    people: int
    channels: tuple[str, ...] = ("email", "sms")
    kills: int = 50
    seed: int = 1
    workers: int = 3
    slow: float = 0.02
    """Seconds a provider takes to answer, so that there is a middle to die in."""
    texts_per_second: int = 0
    """The pace of text messages; 0: as fast as they are taken."""
    second_gateway: bool = False
    """Whether text messages have a second route, by another provider."""

    @property
    def deliveries(self) -> int:
        """Each person gets one on each channel."""
        return self.people * len(self.channels)


@dataclass(slots=True)
class Stage:
    """Everything that takes part."""

    wish: Wish
    world: World
    providers: Providers
    postgres: Postgres
    valkey: Valkey
    settings: dict[str, str]
    tell: Callable[[str], None]
    dice: random.Random
    number: int = 0
    began: float = 0.0
    workers: list[Child] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    figures: dict[str, str] = field(default_factory=dict)
    tried_again: Counter[DeliveryKey] = field(default_factory=Counter)
    """What an officer had sent once more, so that it came twice on purpose."""

    def hire(self, place: int, *words: str) -> Child:
        """Start a worker."""
        return start(
            f"faults-worker-{place}", python(*(words or alerting("worker"))), self.settings
        )

    async def begin(self, *words: str) -> None:
        """Workers come, an alert is sent. `words`: another command than the service's own."""
        await self.world.fill(self.wish.people)
        self.number = await self.world.approved(*self.wish.channels)
        slow = {"slow": self.wish.slow}
        self.providers.order(smtp=slow, twilio=slow)
        self.workers = [self.hire(place, *words) for place in range(self.wish.workers)]
        self.began = await self.world.send(self.number)

    async def reached(self, share: float) -> int:
        """Wait until the providers have taken this share of all; how many that is."""
        number = round(self.wish.deliveries * share)
        moved_at, before = time.monotonic(), 0
        while (taken := await asyncio.to_thread(self.providers.taken)) < number:
            if taken > before:
                moved_at, before = time.monotonic(), taken
            if time.monotonic() - moved_at > STUCK_AFTER:
                raise TimeoutError(f"stuck at {taken} of {self.wish.deliveries} messages")
            await asyncio.sleep(LOOK_EVERY)
        return taken

    async def finished(self) -> None:
        """Wait for the end of the alert."""
        self.providers.order(smtp={"slow": 0}, twilio={"slow": 0})
        await self.reached(1)
        await self.ended()

    async def ended(self) -> None:
        """Wait until every delivery of the alert has come to its end."""
        until = time.monotonic() + STUCK_AFTER
        while time.monotonic() < until:
            with suppress(SQLAlchemyError, OSError):
                async with self.world.services.reading() as reading:
                    query = sa.select(sending.c.finished_at).where(sending.c.id == self.number)
                    if await reading.connection.scalar(query):
                        break
            await asyncio.sleep(LOOK_EVERY)
        self.figures["seconds"] = f"{time.monotonic() - self.began:.1f}"

    async def held_by(self, worker: Child) -> int:
        """How many chunks this process has."""
        async with self.world.services.reading() as reading:
            return (
                await reading.connection.scalar(
                    sa.select(sa.func.count()).where(
                        chunk.c.state == "leased", chunk.c.leased_by.contains(f"-{worker.pid}-")
                    )
                )
                or 0
            )

    async def in_doubt(self) -> int:
        """How many chunks nobody knows about."""
        async with self.world.services.reading() as reading:
            return (
                await reading.connection.scalar(
                    sa.select(sa.func.count()).where(chunk.c.in_doubt, chunk.c.state != "done")
                )
                or 0
            )

    def promised(self, words: str, *, kept: bool) -> None:
        """Note what did not hold."""
        if not kept:
            self.wrong.append(words)


@asynccontextmanager
async def stage(
    wish: Wish,
    tell: Callable[[str], None],
    *,
    database: Postgres | None = None,
    queue: Valkey | None = None,
) -> AsyncIterator[Stage]:
    """Set everything up, and clear it away. Servers given here are not broken."""
    WORK.mkdir(parents=True, exist_ok=True)
    CLOCK.write_text("0", "ascii")
    with ExitStack() as stack:
        database = database or stack.enter_context(postgres())
        queue = queue or stack.enter_context(valkey())
        sandbox = stack.enter_context(providers(_own_folder()))
        settings = sandbox.settings()
        port = free_port()
        async with fresh_database(database.url) as url:
            own = settings | service_settings(
                url,
                queue.url,
                PORT=str(port),
                PUBLIC_URL=f"http://127.0.0.1:{port}",
                WORKER_INSIDE="false",
            )
            own["TRIAL_CLOCK"] = str(CLOCK)
            own["ALERTING_JOURNAL_DIR"] = stack.enter_context(TemporaryDirectory(dir=WORK))
            if wish.texts_per_second:
                own["SMS_PER_SECOND"] = str(wish.texts_per_second)
            if wish.second_gateway:
                own |= sandbox.second_gateway()
            told = {name: value for name, value in own.items() if name not in settings}
            async with world(url, redis_url=queue.url, settings=settings | told) as here:
                with running("faults-web", python(*alerting("web")), own):
                    await asyncio.to_thread(fetched, f"http://127.0.0.1:{port}/health")
                    on = Stage(
                        wish=wish,
                        world=here,
                        providers=sandbox,
                        postgres=database,
                        valkey=queue,
                        settings=own,
                        tell=tell,
                        dice=random.Random(wish.seed),  # noqa: S311  repeatable, guards nothing
                    )
                    try:
                        yield on
                    finally:
                        for worker in on.workers:
                            worker.stop()


def _own_folder() -> Path:
    return WORK / f"faults-sandbox-{free_port()}"
