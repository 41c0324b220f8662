"""An installation to measure: people on its list, approved alerts, and what became of them."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from alerting.actions.alerts import drafting
from alerting.bootstrap import build, open_queue
from alerting.domain.delivery import HANDED_OVER
from alerting.services import Queue, Services
from alerting.settings import Settings
from alerting.store.alerts import repository as alert_rows
from alerting.store.tables import (
    chunk,
    delivery,
    delivery_count,
    delivery_timeline,
    recipient,
    route_outcome_count,
    sending,
    sending_channel,
)
from tests import having_read
from tests.bench.running import Child
from tests.desk import DETAILS, JORIS, MILA
from tests.doubles import ListedQueue
from tests.make import EUPEN, LIEGE, VERVIERS

PATIENCE = 600.0
LOOK_EVERY = 0.01
LOOK_AT_FIRST = 0.1
NEARLY = 0.9
LOCK_ATTEMPTS = 50
AREA = ("4000 Liège", "Verviers", "Eupen")
COLUMNS = "kind, reference, reference_key, language, nis_code, name, phone, email, outlet"
SERIES = {
    True: "(WITH RECURSIVE s(n) AS (SELECT :lo UNION ALL SELECT n + 1 FROM s WHERE n < :hi)"
    " SELECT n FROM s) AS g",
    False: "generate_series(CAST(:lo AS int), CAST(:hi AS int)) AS g(n)",
}


@dataclass(frozen=True, slots=True)
class World:
    """Services on a database, for the officers; whoever sends runs elsewhere."""

    services: Services

    async def fill(self, number: int) -> None:
        """Bring the list to this many people, two in three French-speaking."""
        database = self.services.database
        async with self.services.unit() as unit:
            have = (
                await unit.connection.scalar(sa.select(sa.func.count()).select_from(recipient)) or 0
            )
            person = (
                "'person', 'p-' || n, 'p-' || n, CASE WHEN n % 3 = 0 THEN 'de' ELSE 'fr' END,"
                f" CASE n % 3 WHEN 0 THEN '{EUPEN}' WHEN 1 THEN '{LIEGE}' ELSE '{VERVIERS}' END,"
                " 'Person ' || n, '+324' || CAST(70000000 + n AS varchar(8)),"
                " 'person-' || n || '@example.org', ''"
            )
            statement = (
                f"INSERT INTO recipient ({COLUMNS})"  # noqa: S608  our own words
                f" SELECT {person} FROM {SERIES[database.is_sqlite]}"
            )
            if have < number:
                bounds = {"lo": have + 1, "hi": number}
                await unit.connection.execute(sa.text(statement), bounds)
        await self.tidy()

    async def tidy(self) -> None:
        """What autovacuum would have done by the time an alert is sent."""
        async with self.services.unit() as unit:
            await unit.connection.execute(sa.text("ANALYZE"))

    async def clear(self) -> None:
        """Forget all deliveries; alerts that were sent count as finished."""
        tables = (
            delivery,
            chunk,
            delivery_count,
            delivery_timeline,
            route_outcome_count,
            sending_channel,
        )
        async with self.services.unit() as unit:
            await unit.connection.execute(
                sa.update(sending).where(sending.c.state == "sending").values(state="active")
            )
            if self.services.database.is_sqlite:
                for table in tables:
                    await unit.connection.execute(sa.delete(table))
        if not self.services.database.is_sqlite:
            await self._truncate(", ".join(table.name for table in tables))

    async def _truncate(self, names: str) -> None:
        """Workers look into these tables all the time: give way to them and ask again, sooner
        than PostgreSQL would call it a deadlock (`deadlock_timeout`, 1 s).
        """
        for left in reversed(range(LOCK_ATTEMPTS)):
            try:
                async with self.services.unit() as unit:
                    await unit.connection.execute(sa.text("SET LOCAL lock_timeout = '200ms'"))
                    await unit.connection.execute(sa.text(f"TRUNCATE {names}"))
            except DBAPIError:
                if not left:
                    raise
            else:
                return

    async def approved(
        self, *channels: str, plain: bool = False, area: Sequence[str] = AREA
    ) -> int:
        """An alert that only waits to be sent; `plain`: its e-mails without their layout."""
        wanted = drafting.DraftRequest(
            scenario="chem_shelter",
            area=area,
            values=DETAILS,
            channels=channels,
            valid_for=timedelta(days=1),
        )
        made = await drafting.draft(self.services, wanted, by=MILA)
        if plain:
            async with self.services.unit() as unit:
                bare = tuple(replace(one, html="") for one in made.messages)
                changed = replace(made, version=made.version + 1, messages=bare)
                await alert_rows.save(unit.connection, changed)
        await having_read.approve(self.services, made.id, by=JORIS, reason="A measurement.")
        return made.id

    async def send(self, number: int) -> float:
        """Let it go; when that began (monotonic seconds)."""
        began = time.monotonic()
        await having_read.send(self.services, number, by=MILA)
        return began

    async def handed_over(self, number: int) -> int:
        """How many deliveries are recorded as taken by their provider."""
        async with self.services.reading() as reading:
            states = [state.value for state in HANDED_OVER]
            return (
                await reading.connection.scalar(
                    sa.select(sa.func.sum(delivery_count.c.n)).where(
                        delivery_count.c.sending_id == number, delivery_count.c.state.in_(states)
                    )
                )
                or 0
            )

    async def all_recorded(self, number: int, expected: int, *children: Child) -> float:
        """Wait until every delivery is recorded; the moment it was seen (monotonic seconds)."""
        until = time.monotonic() + PATIENCE
        while (seen := await self.handed_over(number)) < expected:
            for child in children:
                child.must_live()
            if time.monotonic() > until:
                raise TimeoutError(f"{seen} of {expected} deliveries recorded")
            # Looking takes from what is measured: rarely at first, and closely at the end.
            near = seen > expected * NEARLY
            await asyncio.sleep(LOOK_EVERY if near else LOOK_AT_FIRST)
        return time.monotonic()


@asynccontextmanager
async def world(
    url: str, *, redis_url: str = "", settings: Mapping[str, str] | None = None
) -> AsyncIterator[World]:
    """An installation's services in this process; without Redis nothing is woken."""
    with environment(settings or {}):
        configured = Settings(database_url=url, redis_url=redis_url)
        queue: Queue = await open_queue(configured) if redis_url else ListedQueue()
        services = build(configured, queue)
    try:
        yield World(services)
    finally:
        await services.close()


@contextmanager
def environment(settings: Mapping[str, str]) -> Iterator[None]:
    """Channel settings come from the environment, so that is where they are put for a moment."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def mail_settings(port: int) -> dict[str, str]:
    """The e-mail channel, on a server on loopback."""
    return {
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(port),
        "EMAIL_TLS": "none",
        "EMAIL_SENDER": "alerts@example.org",
    }


def text_settings(base: str) -> dict[str, str]:
    """The channel for text messages, on a provider on loopback."""
    return {
        "SMS_ACCOUNT_SID": "AC" + "0" * 32,
        "SMS_AUTH_TOKEN": "loopback-only-token",
        "SMS_SENDER": "1789",
        "SMS_API_BASE": base,
    }


def service_settings(url: str, redis_url: str = "", **more: str) -> dict[str, str]:
    """The core's settings for a process of ours."""
    own = {"DATABASE_URL": url, "REDIS_URL": redis_url, "LOG_LEVEL": "WARNING", **more}
    return {f"ALERTING_{name}": value for name, value in own.items()}


def alerting(*words: str) -> Sequence[str]:
    """The service's command line."""
    return ("-m", "alerting", *words)
