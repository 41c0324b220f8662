"""Planning: an audience turned into deliveries, chunks and counters, in slices."""

import time

from alerting.delivery import planning
from tests.bench.figures import Figure, middle
from tests.bench.running import WORK
from tests.bench.scale import Bench
from tests.bench.servers import fresh_database, migrated
from tests.bench.world import mail_settings, world

NOBODY = 9
"""A port that nothing is sent to: planning only wants to know that the channel is on."""
TARGETS = {"postgres": 120_000, "sqlite": 600_000}


async def measure_planning(bench: Bench) -> list[Figure]:
    """On both databases."""
    async with fresh_database(bench.postgres.url) as url:
        on_postgres = await _rate(bench, url)
    for old in WORK.glob("planning.db*"):
        old.unlink()
    url = f"sqlite+aiosqlite:///{WORK / 'planning.db'}"
    await migrated(url)
    on_sqlite = await _rate(bench, url)
    return [
        Figure(
            id=f"plan.{name}",
            what=f"deliveries planned, {bench.scale.planned:,} recipients, {words}",
            unit="rows/s",
            ours=rate,
            target=TARGETS[name],
        )
        for name, words, rate in (
            ("postgres", "PostgreSQL", on_postgres),
            ("sqlite", "SQLite", on_sqlite),
        )
    ]


async def _rate(bench: Bench, url: str) -> float | None:
    rates = []
    async with world(url, settings=mail_settings(NOBODY)) as here:
        await here.fill(bench.scale.planned)
        for turn in range(bench.scale.times + 1):
            await here.clear()
            number = await here.approved("email")
            await here.send(number)
            start = time.monotonic()
            await planning.plan_channel(here.services, "email", number)
            if turn:  # the first is for warming up
                rates.append(bench.scale.planned / (time.monotonic() - start))
        await here.clear()
    return middle(rates)
