"""What it takes to delete an old sending while others are sent, with and without partitions.

`python -m tests.bench.retention [PEOPLE [OLD]]`: so many people (1,000,000), to whom so many old
alerts (5) went by text message and by e-mail; each is two deliveries a person. Measured once with
`delivery` as it is migrated, and once divided by range of sending, a partition for each old alert:
what an alert's deliveries cost the server to plan and to settle, before and after those rows; what
receipts and settlements wait for, alone and while one old alert is deleted; and the room that is
used again afterwards.

`alerting archives make` deletes from the one table. A partition is detached and dropped, which
leaves out the file: how long that takes is told apart.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa

from alerting.delivery import planning, receipts
from alerting.domain.channel import Tracking
from alerting.services import Services
from alerting.store.tables import chunk, delivery, delivery_count, recipient, sending_channel
from tests.bench.old_alerts import FIRST_OLD, copy_alert
from tests.bench.receipts import reference_of
from tests.bench.running import WORK, python, running, stop_on_signals
from tests.bench.servers import _as_admin, fresh_database, postgres
from tests.bench.storage import SETTINGS, settle_all, settle_chunk, statement_on
from tests.bench.world import World, alerting, mail_settings, service_settings, world
from tests.doubles import ScriptedChannel, arrived
from tests.make import EUPEN, LIEGE

PEOPLE, OLD = 1_000_000, 5
LAYOUTS = ("one table", "partitions")
MANY = 1_000
"""More alerts than are sent here."""
BOTH: dict[str, Any] = {"channel": "sms", "channels": ["sms", "email"]}
ROUNDS = 2
CHUNKS = 60
RECEIPTS_AT_ONCE, RECEIPTS_EVERY = 50, 0.2
SETTLED_EVERY = 0.5
"""Seconds between chunks of 500."""
ALONE = 15.0
AREAS = {LIEGE: ("4000 Liège",), EUPEN: ("4700 Eupen",)}
STORED = "fillfactor = 40, autovacuum_vacuum_scale_factor = 0.02"


@dataclass
class Waits:
    """Milliseconds that each act took."""

    receipts: list[float] = field(default_factory=list)
    settlements: list[float] = field(default_factory=list)

    def told(self, name: str) -> dict[str, float]:
        """Median, 99 % and most of both."""
        return {
            f"{name}: {what} {share} ms": found
            for what, spent in (("receipts", self.receipts), ("settlement", self.settlements))
            for share, found in _shares(spent).items()
        }


def _shares(spent: list[float]) -> dict[str, float]:
    if not spent:
        return {}
    ordered = sorted(spent)
    last = len(ordered) - 1
    return {"50 %": median(ordered), "99 %": ordered[int(last * 0.99)], "most": ordered[last]}


async def measure(url: str, people: int, old: int, layout: str) -> dict[str, float]:
    """Everything, for one layout of the table."""
    async with fresh_database(url) as fresh, world(fresh, settings=mail_settings(9)) as made:
        sms = ScriptedChannel("sms", Tracking.RECEIPTS)
        here = World(replace(made.services, routes={"sms": (sms,)}))
        services = here.services
        if layout == "partitions":
            await _divide(services, old)
        await here.fill(people)
        found = {f"{name} at the start µs": cost for name, cost in (await _costs(here)).items()}
        await _copy_old(here, old)
        found |= {f"{name} with old rows µs": cost for name, cost in (await _costs(here)).items()}
        found |= await _delete_one(here, fresh, people, layout)
        before = await _size(services)
        began = time.monotonic()
        await statement_on(services, "VACUUM delivery", alone=True)
        found["VACUUM s"] = time.monotonic() - began
        if layout == "one table":
            await copy_alert(services, FIRST_OLD + 1, FIRST_OLD + MANY, **BOTH)
            found["MB before another alert"] = before / 1e6
            found["MB it adds"] = (await _size(services) - before) / 1e6
        return found


async def _divide(services: Services, old: int) -> None:
    """A partition for each old alert, and one for those before and after them."""
    await statement_on(services, "ALTER TABLE delivery RENAME TO undivided")
    await statement_on(
        services,
        "CREATE TABLE delivery (LIKE undivided INCLUDING DEFAULTS,"
        " PRIMARY KEY (sending_id, channel, recipient_id)) PARTITION BY RANGE (sending_id)",
    )
    ranges = [
        (0, FIRST_OLD),
        *((FIRST_OLD + n, FIRST_OLD + n + 1) for n in range(old)),
        (FIRST_OLD + old, FIRST_OLD + MANY),
    ]
    for lo, hi in ranges:
        await statement_on(
            services,
            f"CREATE TABLE delivery_{lo} PARTITION OF delivery"
            f" FOR VALUES FROM ({lo}) TO ({hi}) WITH ({STORED})",
        )


async def _costs(here: World) -> dict[str, float]:
    """What the server computes for each delivery planned and settled (µs), medians."""
    services = here.services
    planned, settled = [], []
    for _ in range(ROUNDS):
        number = await here.approved("sms", area=AREAS[EUPEN])
        await here.send(number)
        began = await _server_cpu(services)
        await planning.plan_channel(services, "sms", number)
        after = await _server_cpu(services)
        await settle_all(services, number, CHUNKS)
        size = float(await here.handed_over(number))
        settled.append((await _server_cpu(services) - after) / size)
        async with services.reading() as reading:
            rows = await reading.connection.scalar(
                sa.select(sa.func.sum(sending_channel.c.audience)).where(
                    sending_channel.c.sending_id == number
                )
            )
        planned.append((after - began) / float(rows or 1))
    return {"planned": median(planned), "settled": median(settled)}


async def _server_cpu(services: Services) -> float:
    """Of all the connections there are, in µs: unlike seconds, it is ours alone."""
    async with services.reading() as reading:
        query = sa.text("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'")
        pids = (await reading.connection.scalars(query)).all()
    return sum(map(_cpu_ticks, pids)) / os.sysconf("SC_CLK_TCK") * 1e6


def _cpu_ticks(pid: int) -> int:
    words = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return int(words[11]) + int(words[12])


async def _copy_old(here: World, old: int) -> None:
    """Old alerts to everybody on two channels, copies of one that is planned."""
    services = here.services
    number = await here.approved("sms")
    await here.send(number)
    await planning.plan_channel(services, "sms", number)
    for nth in range(old):
        await copy_alert(services, number, FIRST_OLD + nth, **BOTH)
    await statement_on(services, "VACUUM ANALYZE", alone=True)


async def _delete_one(here: World, url: str, people: int, layout: str) -> dict[str, float]:
    """Delete the first old alert, beside receipts and settlements of others."""
    services = here.services
    delivered = await here.approved("sms", area=AREAS[LIEGE])
    settled = await here.approved("sms")
    for number in (delivered, settled):
        await here.send(number)
        await planning.plan_channel(services, "sms", number)
    async with services.unit() as unit:
        await unit.connection.execute(
            sa.update(delivery)
            .where(delivery.c.sending_id == delivered)
            .values(state="sent", attempts=1, route="main", reference=reference_of())
        )
        await unit.connection.execute(
            sa.update(delivery_count)
            .where(delivery_count.c.sending_id == delivered)
            .values(state="sent")
        )
    delete = _drop_partition if layout == "partitions" else _archive
    alone, beside = Waits(), Waits()
    load = _Load(here, delivered, settled)
    await load.prepare()
    async with load.on(alone):
        await asyncio.sleep(ALONE)
    wal = await _wal(services)
    async with load.on(beside):
        found = await delete(services, url)
    found["WAL MB, load included"] = (await _wal(services) - wal) / 1e6
    return found | alone.told("alone") | beside.told("beside")


@dataclass
class _Load:
    here: World
    delivered: int
    settled: int
    people: list[int] = field(default_factory=list)
    chunks: list[int] = field(default_factory=list)

    async def prepare(self) -> None:
        async with self.here.services.reading() as reading:
            whose = sa.select(recipient.c.id).where(recipient.c.nis_code == LIEGE)
            self.people = list(await reading.connection.scalars(whose))
            ready = sa.select(chunk.c.id).where(chunk.c.sending_id == self.settled)
            self.chunks = list(await reading.connection.scalars(ready))

    @asynccontextmanager
    async def on(self, waits: Waits) -> AsyncIterator[None]:
        tasks = (
            asyncio.create_task(_steadily(self._receipts, RECEIPTS_EVERY, waits.receipts)),
            asyncio.create_task(_steadily(self._settlement, SETTLED_EVERY, waits.settlements)),
        )
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _receipts(self) -> bool:
        some, self.people = self.people[:RECEIPTS_AT_ONCE], self.people[RECEIPTS_AT_ONCE:]
        number = self.delivered
        signed = [arrived(f"{number}.sms.{one}", f"SM{one:032x}") for one in some]
        await receipts.apply_receipts(self.here.services, signed)
        return bool(some)

    async def _settlement(self) -> bool:
        if not self.chunks:
            return False
        await settle_chunk(self.here.services, self.settled, self.chunks.pop())
        return True


async def _steadily(act: Callable[[], Awaitable[bool]], every: float, spent: list[float]) -> None:
    """Time an act from when it was due, until there is nothing left to do."""
    due = time.monotonic()
    while True:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        if not await act():
            return
        spent.append((time.monotonic() - due) * 1_000)
        due = max(due + every, time.monotonic() - 1)


async def _archive(services: Services, url: str) -> dict[str, float]:
    """By the product's own command, in a process of its own."""
    began = time.monotonic()
    with TemporaryDirectory(dir=WORK) as folder:
        own = service_settings(url, ARCHIVE_DIR=str(Path(folder)))
        command = python(*alerting("archives", "make", str(FIRST_OLD)))
        with running("retention", command, own) as child:
            while child.alive:
                await asyncio.sleep(0.1)
            if child.failed:
                child.must_live()
            noted = sa.text(
                "SELECT archived_at, deleted_at, lines, size FROM delivery_archive"
                " WHERE deleted_at IS NOT NULL"
            )
            async with services.reading() as reading:
                row = (await reading.connection.execute(noted)).one()
    took = time.monotonic() - began
    deleting = (row.deleted_at - row.archived_at).total_seconds()
    return {
        "file s": took - deleting,
        "deleting s": deleting,
        "deleted": row.lines,
        "file MB": row.size / 1e6,
    }


async def _drop_partition(services: Services, _: str) -> dict[str, float]:
    began = time.monotonic()
    async with services.unit() as unit:
        for statement in (
            f"ALTER TABLE delivery DETACH PARTITION delivery_{FIRST_OLD}",
            f"DROP TABLE delivery_{FIRST_OLD}",
        ):
            await unit.connection.execute(sa.text(statement))
    deleting = time.monotonic() - began
    began = time.monotonic()
    new = FIRST_OLD + MANY
    await statement_on(
        services,
        f"CREATE TABLE delivery_{new} PARTITION OF delivery"
        f" FOR VALUES FROM ({new}) TO ({new + 1}) WITH ({STORED})",
    )
    adding = time.monotonic() - began
    await asyncio.sleep(ALONE)
    return {"deleting s": deleting, "adding a partition s": adding}


async def _size(services: Services) -> int:
    async with services.reading() as reading:
        query = sa.text("SELECT pg_total_relation_size('delivery')")
        return int(await reading.connection.scalar(query) or 0)


async def _wal(services: Services) -> int:
    async with services.reading() as reading:
        query = sa.text("SELECT CAST(pg_current_wal_insert_lsn() - '0/0' AS bigint)")
        return int(await reading.connection.scalar(query) or 0)


async def main(people: int = PEOPLE, old: int = OLD) -> None:
    """A paragraph for each layout."""
    WORK.mkdir(parents=True, exist_ok=True)
    with postgres() as server:
        for setting in SETTINGS:
            await _as_admin(server.url, f"ALTER SYSTEM SET {setting}")
        await _as_admin(server.url, "SELECT pg_reload_conf()")
        for layout in LAYOUTS:
            found = await measure(server.url, people, old, layout)
            load = os.getloadavg()[0]
            told = "\n".join(f"  {what}: {value:,.1f}" for what, value in found.items())
            print(f"{layout} (load {load:.1f}):\n{told}", flush=True)  # noqa: T201


if __name__ == "__main__":
    stop_on_signals()
    asyncio.run(main(*map(int, sys.argv[1:])))
