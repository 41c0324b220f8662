"""`run.py bench --country`: a whole country at once, and what grows with it.

Everything is measured twice, with a tenth of the people and with all of them, so that a figure has
its growth beside it. What is done is kept in `var/bench`, and the databases under /tmp: a run that
was broken off goes on where it was. Nobody on the lists exists.
"""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from alerting.actions.accounts import magic_links, tokens
from alerting.domain.ledger import SHELL
from tests.bench.country_beside import Installation, viewers
from tests.bench.country_people import ask_for_room
from tests.bench.country_steps import STEPS, Country, take
from tests.bench.figures import Figure
from tests.bench.receipts import PUBLIC_URL
from tests.bench.running import WORK, python, running
from tests.bench.servers import free_port, migrated, valkey, wheel
from tests.bench.sinks import fetched, mail_sink, text_sink
from tests.bench.world import alerting, mail_settings, service_settings, text_settings, world
from tests.desk import MILA

PEOPLE = 1_200_000


@dataclass(frozen=True, slots=True)
class Target:
    """What is measured, and what it is held against."""

    what: str
    unit: str
    of_all: float | None = None
    """For the whole country; None: it is told for its growth."""
    growth: float | None = None
    """At most so many times that of a tenth of the people; at least, where more is better."""
    more_is_better: bool = False
    beside: str = ""
    """The figure of the same size that it is compared with, instead of that of a tenth."""


TARGETS = {
    "import": Target("list imported", "s", 120, 10),
    "import.memory": Target("largest memory of the import", "MB", 150, 1.1),
    "import.again": Target("the same list imported again, nothing changed", "s", 60, 10),
    "import.rewritten": Target("rows written by that", "rows", 0),
    "typing": Target("pause in typing: texts and audience of the nation", "ms", 60, 1.25),
    "first": Target("national alert: until the first is with its provider", "ms", 100, 1.5),
    "rate": Target(
        "e-mails and text messages, national, with watchers, readers and receipts",
        "/s",
        growth=0.95,
        more_is_better=True,
    ),
    "board": Target("live status page, 95 %, while sending, 50 watchers", "ms", 250, 1.5),
    "pages": Target("slowest of five other pages, 95 %, while sending", "ms", growth=1.5),
    "watchers": Target("gap between what a watcher is told, 95 %", "ms", growth=1.5),
    "board.later": Target("live status page, 95 %, when all has been sent", "ms", 150, 1.25),
    "pages.later": Target("slowest of five other pages, 95 %, then", "ms", growth=1.25),
    "receipts": Target("receipts while a national alert is sent", "/s", 1_500, more_is_better=True),
    "receipts.export": Target(
        "receipts while all deliveries are exported", "/s", 2_500, more_is_better=True
    ),
    "second": Target(
        "a town's alert during the national one: until its first message", "ms", 2_000, 1.5
    ),
    "retraction": Target(
        "retraction of the national alert under way: until its first message", "ms", 2_000, 1.5
    ),
    "sweep.lock": Target("recovery two hours later: what leasing waits for, 99 %", "ms", 50, 1.25),
    "sweep.transaction": Target("its transactions, 95 %", "ms", growth=1.25),
    "sweep.seconds": Target("all of it: every receipt that never came", "s", growth=10),
    "rate.alone": Target("the rate with nothing beside", "/s", more_is_better=True),
    "rate.old": Target(
        "the same with the rows of ten more such alerts",
        "/s",
        growth=0.95,
        more_is_better=True,
        beside="rate.alone",
    ),
    "board.old": Target("live status page, 95 %, then", "ms", growth=1.25, beside="board.later"),
    "pages.old": Target(
        "slowest of five other pages, 95 %, then", "ms", growth=1.25, beside="pages.later"
    ),
    "archive": Target("deleting one of those, its file written", "s", growth=10),
    "receipts.archive": Target("receipts meanwhile", "/s", 1_500, more_is_better=True),
    "bytes": Target("disk a delivery, receipts included", "B", 300, 1.1),
    "worker.memory": Target("largest memory of a worker", "MB", 120, 1.1),
}


@dataclass
class Progress:
    """What is measured already: size -> figure -> value."""

    people: int
    file: Path
    found: dict[str, dict[str, float]] = field(default_factory=dict)

    @classmethod
    def read(cls, people: int) -> "Progress":
        """What an earlier run of the same size left."""
        file = WORK / f"country-{people}.json"
        with suppress(OSError, ValueError):
            return cls(people, file, json.loads(file.read_text("utf-8")))
        return cls(people, file)

    def of(self, size: int) -> dict[str, float]:
        """The figures of one size."""
        return self.found.setdefault(str(size), {})

    def note(self, size: int, **figures: float) -> None:
        """Keep figures, on disk too."""
        self.of(size).update({name.replace("_", "."): value for name, value in figures.items()})
        self.file.write_text(json.dumps(self.found), "utf-8")
        for name, value in figures.items():
            sys.stderr.write(f"{size:,} people: {name} {value:.4g}\n")


async def measure_country(people: int = PEOPLE) -> list[Figure]:
    """All steps, at both sizes; what is there from an earlier run is not measured again."""
    WORK.mkdir(parents=True, exist_ok=True)
    progress = Progress.read(people)
    # In a folder that the user the server runs as under root can enter.
    kept = Path(f"/tmp/alerting-bench-country-{people}")  # noqa: S108
    if not progress.found:
        shutil.rmtree(kept, ignore_errors=True)
        ask_for_room(kept.parent, people)
    sizes = (people // 10, people)
    with _kept_postgres(kept) as url, valkey() as queue:
        for size in sizes:
            if STEPS[-1].last not in progress.of(size):
                await _one_size(size, url, queue.url, progress)
    shutil.rmtree(kept, ignore_errors=True)
    progress.file.unlink()
    return figures(progress, *sizes)


def figures(progress: Progress, small: int, whole: int) -> list[Figure]:
    """Each figure of the whole beside that of a tenth; and its growth, where that has a target."""
    return [
        figure
        for name, target in TARGETS.items()
        for figure in _figures_of(name, target, progress.of(whole), progress.of(small), small)
    ]


def _figures_of(
    name: str, target: Target, whole: dict[str, float], small: dict[str, float], people: int
) -> Iterator[Figure]:
    less = not target.more_is_better
    peer = whole.get(target.beside) if target.beside else small.get(name)
    beside = f"`country.{target.beside}`" if target.beside else f"{people:,} people"
    one = Figure(
        id=f"country.{name}",
        what=target.what,
        unit=target.unit,
        ours=whole.get(name),
        peer=peer,
        beside=beside,
        target=target.growth if target.of_all is None else target.of_all,
        of_ratio=target.of_all is None,
        less_is_better=less,
    )
    yield one
    if target.of_all is not None and target.growth is not None:
        yield Figure(
            id=f"country.{name}.growth",
            what="its growth",
            unit="×",
            ours=one.ratio,
            target=target.growth,
            less_is_better=less,
        )


@contextmanager
def _kept_postgres(folder: Path) -> Iterator[str]:
    """A server whose data outlive this run."""
    with wheel().get_server(folder, cleanup_mode="stop") as server:
        url = sa.make_url(server.get_uri()).set(drivername="postgresql+asyncpg")
        yield url.render_as_string(hide_password=False)


async def _one_size(size: int, server: str, redis: str, progress: Progress) -> None:
    url = await _database(server, f"country_{size}")
    with mail_sink() as mails, text_sink() as texts:
        settings = mail_settings(mails.port) | text_settings(texts)
        async with _at_work(url, redis, settings) as at:

            def note(**figures: float) -> None:
                progress.note(size, **figures)

            await take(Country(size, at, progress.of(size), note))


async def _database(server: str, name: str) -> str:
    url = sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        known = await connection.scalar(
            sa.text("SELECT count(*) FROM pg_database WHERE datname = :name"), {"name": name}
        )
        if not known:
            await connection.execute(sa.text(f"CREATE DATABASE {name}"))
    await engine.dispose()
    await migrated(url)
    return url


@asynccontextmanager
async def _at_work(url: str, redis: str, settings: dict[str, str]) -> AsyncIterator[Installation]:
    port = free_port()
    more = {"PORT": str(port), "PUBLIC_URL": PUBLIC_URL, "CONNECTIONS_PER_ADDRESS": "0"}
    own = settings | service_settings(url, redis, **more)
    async with world(url, redis_url=redis, settings=settings) as here:
        token = await tokens.make_token(here.services, MILA, by=SHELL)
        reader, *watching = [
            await magic_links.sign_in(
                here.services, await magic_links.make_link(here.services, officer)
            )
            for officer in (MILA, *viewers())
        ]
        with ExitStack() as started:
            web = started.enter_context(running("country-web", python(*alerting("web")), own))
            workers = [
                started.enter_context(running(f"country-{n}", python(*alerting("worker")), own))
                for n in range(2)
            ]
            await asyncio.to_thread(fetched, f"http://127.0.0.1:{port}/health")
            yield Installation(here, url, port, reader, watching, token, web, workers)
