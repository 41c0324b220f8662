"""What a delivery costs PostgreSQL on disk and in WAL, by the storage parameters of its table.

`python -m tests.bench.storage [PEOPLE [VARIANT …]]` plans that many text messages, settles them
chunk by chunk, applies a receipt for each in random order, and archives them, by the product's own
statements, anew for each set of parameters. WAL does not depend on what else the machine does;
seconds do.
"""

import asyncio
import os
import random
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa

from alerting.actions.operations import archiving
from alerting.delivery import planning, receipts
from alerting.domain.channel import Tracking
from alerting.domain.delivery import State, Verdict
from alerting.domain.ledger import SHELL
from alerting.services import Services
from alerting.store.deliveries import archives, settlement
from alerting.store.deliveries import chunks as chunk_rows
from alerting.store.deliveries.settlement import Settled
from alerting.store.tables import chunk
from tests.bench.running import WORK
from tests.bench.servers import _as_admin, fresh_database, postgres
from tests.bench.world import World, mail_settings, world
from tests.doubles import ScriptedChannel, arrived

PEOPLE = 200_000
RECEIPTS_AT_ONCE = 500
VARIANTS: Mapping[str, Sequence[str]] = {
    "as migrated": (),
    "fillfactor 75": ("fillfactor = 75",),
    "fillfactor 50": ("fillfactor = 50",),
    "fillfactor 40": ("fillfactor = 40",),
}
SETTINGS = ("max_wal_size = '8GB'", "checkpoint_timeout = '1h'")
"""As the documentation advises; no checkpoint comes in between, so that full pages count alike."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one step took, for all deliveries."""

    seconds: float
    wal: int
    """In bytes."""


async def measure(url: str, people: int, parameters: Sequence[str]) -> dict[str, float]:
    """Bytes, and the share of HOT updates, of one set of parameters."""
    async with fresh_database(url) as fresh, world(fresh, settings=mail_settings(9)) as made:
        sms = ScriptedChannel("sms", Tracking.RECEIPTS)
        here = World(replace(made.services, routes={"sms": (sms,)}))
        await here.fill(people)
        for parameter in parameters:
            await statement_on(here.services, f"ALTER TABLE delivery SET ({parameter})")
        number = await here.approved("sms")
        await here.send(number)
        await statement_on(here.services, "CHECKPOINT", alone=True)
        steps: dict[str, Step] = {}
        for name, act in (("plan", _plan), ("settle", _settle), ("receipts", _receipts)):
            async with _measured(here.services, steps, name):
                await act(here.services, number, people)
        async with here.services.reading() as reading:
            row = (await reading.connection.execute(sa.text(SIZES))).one()
        async with _measured(here.services, steps, "archive"):
            longest = await _archive(here.services, number)
    found = {f"{name} s": step.seconds for name, step in steps.items()}
    found |= {f"{name} WAL B": step.wal / people for name, step in steps.items()}
    return found | {
        "longest batch deleted ms": longest * 1_000,
        "heap B": row.heap / people,
        "index B": row.indexes / people,
        "HOT %": 100 * row.hot / max(row.updates, 1),
    }


OVER = """
UPDATE sending SET state = 'expired', expires_at = now() - interval '2 days',
       finished_at = now() - interval '2 days'
"""
SIZES = """
SELECT pg_relation_size('delivery') AS heap, pg_indexes_size('delivery') AS indexes,
       n_tup_hot_upd AS hot, n_tup_upd AS updates
  FROM pg_stat_user_tables WHERE relname = 'delivery'
"""


@asynccontextmanager
async def _measured(services: Services, steps: dict[str, Step], name: str) -> AsyncIterator[None]:
    before, began = await _written(services), time.monotonic()
    yield
    steps[name] = Step(time.monotonic() - began, await _written(services) - before)


async def _written(services: Services) -> int:
    async with services.reading() as reading:
        query = sa.text("SELECT CAST(pg_current_wal_insert_lsn() - '0/0' AS bigint)")
        return int(await reading.connection.scalar(query) or 0)


async def statement_on(services: Services, statement: str, *, alone: bool = False) -> None:
    engine = services.database._writer
    if alone:
        engine = engine.execution_options(isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(sa.text(statement))
        if not alone:
            await connection.commit()


async def _plan(services: Services, number: int, _: int) -> None:
    await planning.plan_channel(services, "sms", number)


async def _settle(services: Services, number: int, _: int) -> None:
    await settle_all(services, number)


async def settle_all(services: Services, number: int, at_most: int | None = None) -> None:
    """Every chunk of an alert, or the first so many."""
    async with services.reading() as reading:
        wanted = sa.select(chunk.c.id).where(chunk.c.sending_id == number).order_by(chunk.c.id)
        ready = (await reading.connection.scalars(wanted.limit(at_most))).all()
    for one in ready:
        await settle_chunk(services, number, one)


async def settle_chunk(services: Services, number: int, wanted: int) -> None:
    """A chunk, as of a provider that takes all of it and has references of its own."""
    now = services.now()

    def settle(connection: sa.Connection) -> None:
        held = chunk_rows.lease(connection, wanted, by="bench", now=now)
        assert held is not None
        settled = [
            Settled(
                due,
                Verdict(State.SENT, reference=reference(number, due.recipient_id)),
                now,
                "main",
                possible_duplicate=False,
            )
            for due in chunk_rows.due_deliveries(connection, held, now=now)
        ]
        settlement.settle(connection, services.database, held, settled, began_at=now, now=now)

    await services.database.at_once(settle)


def reference(number: int, recipient: int) -> str:
    """What the provider calls a message."""
    return f"SM{number:08}{recipient:024}"


async def _receipts(services: Services, number: int, people: int) -> None:
    everybody = list(range(1, people + 1))
    random.Random(7).shuffle(everybody)  # noqa: S311  no secret
    for at in range(0, people, RECEIPTS_AT_ONCE):
        some = everybody[at : at + RECEIPTS_AT_ONCE]
        signed = [arrived(f"{number}.sms.{one}", reference(number, one)) for one in some]
        await receipts.apply_receipts(services, signed)


async def _archive(services: Services, number: int) -> float:
    """As if it had ended; the seconds that the longest of its transactions took."""
    longest = 0.0
    delete = archives.delete_archived

    async def timed(*given: Any, **more: Any) -> bool:
        nonlocal longest
        began = time.monotonic()
        done = await delete(*given, **more)
        longest = max(longest, time.monotonic() - began)
        return done

    await statement_on(services, OVER)
    await statement_on(services, "UPDATE sending_channel SET last_at = now() - interval '2 days'")
    archives.delete_archived = timed
    WORK.mkdir(parents=True, exist_ok=True)
    try:
        with TemporaryDirectory(dir=WORK) as folder:
            ended = replace(services, archives=Path(folder))
            await archiving.archive_alert(ended, number, by=SHELL)
    finally:
        archives.delete_archived = delete
    return longest


async def main(people: int, wanted: Sequence[str]) -> None:
    """A line for each set of parameters."""
    with postgres() as server:
        for setting in SETTINGS:
            await _as_admin(server.url, f"ALTER SYSTEM SET {setting}")
        await _as_admin(server.url, "SELECT pg_reload_conf()")
        for name, parameters in VARIANTS.items():
            if wanted and name not in wanted:
                continue
            found = await measure(server.url, people, parameters)
            load = os.getloadavg()[0]
            told = ", ".join(f"{what} {value:.1f}" for what, value in found.items())
            print(f"{name}: {told} (load {load:.1f})", flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(int(next(iter(sys.argv[1:]), PEOPLE)), sys.argv[2:]))
