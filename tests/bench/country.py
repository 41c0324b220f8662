"""`run.py bench --country`: a whole country at once, and what grows with it.

Everything is measured twice, with a tenth of the people and with all of them, so that a figure has
its growth beside it. What is done is kept in `var/bench/country.json`, and the databases beside it:
a run that was broken off goes on where it was. Nobody on the lists exists.
"""

import asyncio
import json
import shutil
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from statistics import median

import httpx2
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from alerting.actions.accounts import magic_links, tokens
from alerting.actions.alerts import follow_ups, previews
from alerting.actions.alerts.compositions import CompositionContent
from alerting.delivery import recovery
from alerting.domain.alert import AlertClass, FollowUp
from alerting.domain.ledger import SHELL
from alerting.store.tables import delivery
from tests import having_read
from tests.bench.country_people import ask_for_room, write_people
from tests.bench.figures import Figure
from tests.bench.load import put_through
from tests.bench.receipts import PUBLIC_URL, reference_of, signed_receipts
from tests.bench.running import WORK, Child, peak, python, running
from tests.bench.servers import free_port, migrated, valkey, wheel
from tests.bench.sinks import fetched, mail_sink, text_sink
from tests.bench.world import (
    World,
    alerting,
    mail_settings,
    service_settings,
    text_settings,
    world,
)
from tests.desk import DETAILS, JORIS, MILA

PEOPLE = 1_200_000
WATCHERS = 50
NATION, TOWN = ("Belgique",), ("4700 Eupen",)
STATE = WORK / "country.json"
KEPT = Path("/tmp/alerting-bench-country")  # noqa: S108  the server's own user can enter it
OLD_ALERTS = 10
"""Times that the rows of the first national alert are copied, as alerts of long ago."""
RECEIPTS = 20_000
HOUR = timedelta(hours=2)
TARGETS = {
    "import": 120,
    "import.again": 60,
    "import.memory": 150,
    "typing": 60,
    "board": 250,
    "board.later": 150,
    "second": 2_000,
    "retraction": 2_000,
    "receipts": 1_500,
    "receipts.export": 2_500,
    "sweep": 50,
}
"""For the whole country; see `FIGURES` for units. What has none is told for its growth."""
FIGURES = {
    "import": ("list imported", "s", True),
    "import.memory": ("largest memory of the import", "MB", True),
    "import.again": ("the same list imported again, nothing changed", "s", True),
    "import.rewritten": ("rows written by that", "rows", True),
    "typing": ("pause in typing: texts and audience of the nation", "ms", True),
    "rate": (
        "e-mails and text messages a second, national, pages and watchers beside",
        "/s",
        False,
    ),
    "first": ("national alert: until the first is with its provider", "ms", True),
    "board": ("live status page, 95 %, while sending", "ms", True),
    "board.later": ("live status page, 95 %, when all has been sent", "ms", True),
    "watchers": ("gap between what a watcher is told, 99 %", "ms", True),
    "second": ("a town's alert during the national one: until its first message", "ms", True),
    "retraction": (
        "retraction of the national alert under way: until its first message",
        "ms",
        True,
    ),
    "receipts": ("receipts while a national alert is sent", "/s", False),
    "receipts.export": ("receipts while all deliveries are exported", "/s", False),
    "sweep": ("round of recovery two hours after a national alert, largest", "ms", True),
    "rate.old": ("the same rate with the rows of ten more such alerts", "/s", False),
    "bytes": ("disk a delivery, receipts included", "B", True),
    "worker.memory": ("largest memory of a worker", "MB", True),
}
"""Step -> what, unit, whether less is better."""


@dataclass
class Progress:
    """What is measured already: size -> figure -> value."""

    people: int
    found: dict[str, dict[str, float]] = field(default_factory=dict)

    @classmethod
    def read(cls, people: int) -> "Progress":
        """What an earlier run of the same size left; nothing of another."""
        with suppress(OSError, ValueError, KeyError):
            kept = json.loads(STATE.read_text("utf-8"))
            if kept["people"] == people:
                return cls(people, kept["found"])
        return cls(people)

    def of(self, size: int) -> dict[str, float]:
        """The figures of one size."""
        return self.found.setdefault(str(size), {})

    def note(self, size: int, **figures: float) -> None:
        """Keep figures, on disk too."""
        self.of(size).update({name.replace("_", "."): value for name, value in figures.items()})
        STATE.write_text(json.dumps({"people": self.people, "found": self.found}), "utf-8")
        for name, value in figures.items():
            sys.stderr.write(f"{size:,} people: {name} {value:.4g}\n")


@dataclass(frozen=True, slots=True)
class Country:
    """One installation with so many people on its lists, at work."""

    size: int
    here: World
    url: str
    port: int
    session: str
    token: str
    web: Child
    workers: Sequence[Child]
    progress: Progress

    def browser(self) -> httpx2.AsyncClient:
        """Somebody who is signed in."""
        return httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"Cookie": f"session={self.session}"},
            timeout=60,
        )


async def measure_country(people: int = PEOPLE) -> list[Figure]:
    """All steps, at both sizes; what is there from an earlier run is not measured again."""
    WORK.mkdir(parents=True, exist_ok=True)
    progress = Progress.read(people)
    if not progress.found:
        shutil.rmtree(KEPT, ignore_errors=True)
        ask_for_room(KEPT.parent, people)
    sizes = (people // 10, people)
    with kept_postgres() as url, valkey() as queue:
        for size in sizes:
            await _one_size(size, url, queue.url, progress)
    shutil.rmtree(KEPT, ignore_errors=True)
    STATE.unlink()
    return figures(progress, *sizes)


def figures(progress: Progress, small: int, whole: int) -> list[Figure]:
    """Each figure of the whole beside that of a tenth."""
    return [
        Figure(
            id=f"country.{name}",
            what=f"{what}, {whole:,} people",
            unit=unit,
            ours=progress.of(whole).get(name),
            peer=progress.of(small).get(name),
            beside=f"the same with {small:,} people",
            target=TARGETS.get(name),
            less_is_better=less,
        )
        for name, (what, unit, less) in FIGURES.items()
    ]


@contextmanager
def kept_postgres() -> Iterator[str]:
    """A server whose data outlive this run."""
    with wheel().get_server(KEPT, cleanup_mode="stop") as server:
        url = sa.make_url(server.get_uri()).set(drivername="postgresql+asyncpg")
        yield url.render_as_string(hide_password=False)


async def _one_size(size: int, server: str, redis: str, progress: Progress) -> None:
    if "rate.old" in progress.of(size):
        return
    url = await _database(server, f"country_{size}")
    with mail_sink() as mails, text_sink() as texts:
        settings = mail_settings(mails.port) | text_settings(texts)
        async with _at_work(size, url, redis, settings, progress) as country:
            for step in STEPS:
                await step(country)


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
async def _at_work(
    size: int, url: str, redis: str, settings: dict[str, str], progress: Progress
) -> AsyncIterator[Country]:
    port = free_port()
    more = {"PORT": str(port), "PUBLIC_URL": PUBLIC_URL, "CONNECTIONS_PER_ADDRESS": "0"}
    own = settings | service_settings(url, redis, **more)
    async with world(url, redis_url=redis, settings=settings) as here:
        token = await tokens.make_token(here.services, MILA, by=SHELL)
        link = await magic_links.make_link(here.services, MILA)
        session = await magic_links.sign_in(here.services, link)
        with ExitStack() as started:
            web = started.enter_context(running("country-web", python(*alerting("web")), own))
            workers = [
                started.enter_context(running(f"country-{n}", python(*alerting("worker")), own))
                for n in range(2)
            ]
            await asyncio.to_thread(fetched, f"http://127.0.0.1:{port}/health")
            yield Country(size, here, url, port, session, token, web, workers, progress)


async def _import(at: Country) -> None:
    """The list by the command line, then the same list again."""
    if "import.again" in at.progress.of(at.size):
        return
    file = WORK / "country.csv"
    await asyncio.to_thread(write_people, file, at.size)
    own = service_settings(at.url) | {"ALERTING_TOKEN": at.token}
    for name in ("import", "import_again"):
        before = await _written(at)
        began = time.monotonic()
        command = python(*alerting("import", "recipients", str(file)))
        with running("country-import", command, own) as child, child.memory() as mb:
            while child.alive:
                await asyncio.sleep(0.2)
                memory = _peak_of(child, mb)
        took = time.monotonic() - began
        if name == "import":
            at.progress.note(at.size, **{"import": took, "import_memory": memory})
        else:
            rewritten = await _written(at) - before
            at.progress.note(at.size, import_again=took, import_rewritten=rewritten)
    file.unlink()
    await at.here.tidy()


async def _typing(at: Country) -> None:
    """What a pause in typing costs: the texts and the audience of the whole country."""
    wanted = CompositionContent(
        scenario="chem_shelter",
        area=at.here.services.gazetteer.resolve(NATION[0]),
        values=DETAILS,
        channels=("sms", "email"),
    )
    spent = []
    for _ in range(6):
        began = time.perf_counter()
        await previews.preview_composition(at.here.services, wanted, AlertClass.ALERT, by=MILA)
        spent.append((time.perf_counter() - began) * 1000)
    at.progress.note(at.size, typing=median(spent[1:]))


async def _national(at: Country) -> None:
    """One alert to everybody, with watchers, somebody who reloads the page, and receipts."""
    if "board.later" in at.progress.of(at.size):
        return
    rate, number = await _sent_to_all(at, watched=True)
    pages = await _pages(at, number, times=20)
    size = await _scalar(at, "SELECT pg_total_relation_size('delivery')")
    rows = await _scalar(at, "SELECT count(*) FROM delivery")
    at.progress.note(at.size, rate=rate, board_later=_most(pages, 0.95), bytes=size / rows)
    at.progress.note(at.size, worker_memory=max(mb for one in at.workers for mb in peak(one.pid)))


async def _sent_to_all(at: Country, *, watched: bool = False) -> tuple[float, int]:
    number = await at.here.approved("sms", "email", area=NATION)
    began = await at.here.send(number)
    while not await at.here.handed_over(number):
        await asyncio.sleep(0.01)
    first = (time.monotonic() - began) * 1000
    expected = await _planned(at, number)
    if watched:
        at.progress.note(at.size, first=first)
        gaps: list[float] = []
        ends = asyncio.Event()
        async with asyncio.TaskGroup() as beside:
            for _ in range(WATCHERS):
                beside.create_task(_watch(at, number, gaps, ends))
            boards = beside.create_task(_reload(at, number, ends))
            receipts = beside.create_task(_receipts(at, number, "receipts"))
            ended = await at.here.all_recorded(number, expected, *at.workers)
            await receipts
            ends.set()
        at.progress.note(at.size, board=_most(boards.result(), 0.95), watchers=_most(gaps, 0.99))
    else:
        ended = await at.here.all_recorded(number, expected, *at.workers)
    return expected / (ended - began), number


async def _export(at: Country) -> None:
    """Receipts while all deliveries leave as CSV."""
    if "receipts.export" in at.progress.of(at.size):
        return
    number = int(await _scalar(at, "SELECT min(sending_id) FROM delivery"))
    async with asyncio.TaskGroup() as beside:
        export = beside.create_task(_exported(at, number))
        await _receipts(at, number, "receipts_export")
        export.cancel()


async def _exported(at: Country, number: int) -> None:
    headers = {"Authorization": f"Bearer {at.token}"}
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{at.port}", timeout=600) as client:
        address = f"/api/alerts/{number}/deliveries.csv"
        while True:
            async with client.stream("POST", address, headers=headers) as answer:
                async for _ in answer.aiter_bytes():
                    pass


async def _second(at: Country) -> None:
    """A town's alert, then the retraction of the national one, both while that is under way."""
    if "retraction" in at.progress.of(at.size):
        return
    town = await at.here.approved("sms", "email", area=TOWN)
    nation = await at.here.approved("sms", "email", area=NATION)
    await at.here.send(nation)
    expected = await _planned(at, nation)
    while await at.here.handed_over(nation) < expected // 20:
        await asyncio.sleep(0.02)
    second = await _first_of(at, town)
    wanted = follow_ups.FollowUpRequest(how=FollowUp.FALSE_ALERT, reason="No danger")
    made = await follow_ups.create_follow_up(at.here.services, nation, wanted, by=MILA)
    await having_read.approve(at.here.services, made.id, by=JORIS, reason="A measurement.")
    retraction = await _first_of(at, made.id)
    at.progress.note(at.size, second=second, retraction=retraction)


async def _first_of(at: Country, number: int) -> float:
    """Milliseconds from sending until a message of it is with its provider."""
    began = await at.here.send(number)
    while not await at.here.handed_over(number):
        await asyncio.sleep(0.01)
    return (time.monotonic() - began) * 1000


async def _sweep(at: Country) -> None:
    """Rounds of recovery two hours later, when receipts are overdue, until nothing is left."""
    if "sweep" in at.progress.of(at.size):
        return
    services = at.here.services
    later = replace(services, now=lambda: services.now() + HOUR)
    rounds = []
    while True:
        began = time.perf_counter()
        await recovery.recover_alerts(later)
        rounds.append((time.perf_counter() - began) * 1000)
        if not await _scalar(at, "SELECT count(*) FROM sending WHERE state = 'sending'"):
            break
        if sum(rounds) > 600_000:
            break
    at.progress.note(at.size, sweep=max(rounds))


async def _old_rows(at: Country) -> None:
    """The same alert once more, on top of the rows of many."""
    async with at.here.services.unit() as unit:
        columns = [one.name for one in delivery.columns if one.name != "sending_id"]
        names = ", ".join(columns)
        first = await unit.connection.scalar(sa.select(sa.func.min(delivery.c.sending_id)))
        for nth in range(1, OLD_ALERTS + 1):
            await unit.connection.execute(
                sa.text(
                    "INSERT INTO sending SELECT (jsonb_populate_record(s, jsonb_build_object("
                    "'id', CAST(:new AS bigint)))).* FROM sending s WHERE id = :first"
                ),
                {"new": 1_000_000 + nth, "first": first},
            )
            await unit.connection.execute(
                sa.text(
                    f"INSERT INTO delivery (sending_id, {names})"  # noqa: S608  our own names
                    f" SELECT :new, {names} FROM delivery WHERE sending_id = :first"
                ),
                {"new": 1_000_000 + nth, "first": first},
            )
    await at.here.tidy()
    rate, _ = await _sent_to_all(at)
    at.progress.note(at.size, rate_old=rate)


STEPS: tuple[Callable[[Country], Awaitable[None]], ...] = (
    _import,
    _typing,
    _national,
    _export,
    _second,
    _sweep,
    _old_rows,
)


async def _watch(at: Country, number: int, gaps: list[float], ends: asyncio.Event) -> None:
    """Somebody who looks at the live status page; gaps in milliseconds."""
    async with at.browser() as browser, browser.stream("GET", f"/alerts/{number}/live") as told:
        last = time.monotonic()
        async for line in told.aiter_lines():
            if ends.is_set():
                return
            if not line:
                gaps.append((time.monotonic() - last) * 1000)
                last = time.monotonic()


async def _reload(at: Country, number: int, ends: asyncio.Event) -> list[float]:
    """Somebody who reloads it."""
    spent: list[float] = []
    async with at.browser() as browser:
        while not ends.is_set():
            spent.append(await _page(browser, number))
            await asyncio.sleep(0.2)
    return spent


async def _pages(at: Country, number: int, *, times: int) -> list[float]:
    async with at.browser() as browser:
        return [await _page(browser, number) for _ in range(times)]


async def _page(browser: httpx2.AsyncClient, number: int) -> float:
    began = time.perf_counter()
    answer = await browser.get(f"/alerts/{number}")
    answer.raise_for_status()
    return (time.perf_counter() - began) * 1000


async def _receipts(at: Country, number: int, name: str) -> None:
    """Receipts for text messages that were handed over, so fast as they are taken."""
    wanted = min(RECEIPTS, at.size // 4)
    mine = (delivery.c.sending_id == number) & (delivery.c.channel == "sms")
    open_ones = mine & (delivery.c.state == "sent")
    while True:
        async with at.here.services.unit() as unit:
            query = sa.select(delivery.c.recipient_id).where(open_ones).limit(wanted)
            people = (await unit.connection.scalars(query)).all()
            if len(people) == wanted:
                await unit.connection.execute(
                    sa.update(delivery)
                    .where(mine, delivery.c.recipient_id.in_(people))
                    .values(reference=reference_of())
                )
                break
        await asyncio.sleep(0.2)
    requests = await asyncio.to_thread(signed_receipts, number, people)
    rate, _ = await put_through(at.port, requests, connections=256)
    at.progress.note(at.size, **{name: rate})


async def _planned(at: Country, number: int) -> int:
    """How many deliveries an alert has, once all of them are planned."""
    query = "SELECT count(*) FROM sending_channel WHERE sending_id = :number AND NOT planned"
    while await _scalar(at, query, number=number):
        await asyncio.sleep(0.05)
    query = "SELECT sum(n) FROM delivery_count WHERE sending_id = :number"
    return int(await _scalar(at, query, number=number))


async def _written(at: Country) -> int:
    """Versions of rows that were written to the lists."""
    await asyncio.sleep(1)  # the server tells its statistics once a second
    query = "SELECT sum(n_tup_upd + n_tup_ins) FROM pg_stat_user_tables WHERE relname = 'recipient'"
    return int(await _scalar(at, query))


async def _scalar(at: Country, query: str, **facts: object) -> float:
    async with at.here.services.reading() as reading:
        return await reading.connection.scalar(sa.text(query), facts) or 0


def _peak_of(child: Child, known: list[float]) -> float:
    known += peak(child.pid)
    return max(known, default=0)


def _most(spent: Sequence[float], share: float) -> float:
    return sorted(spent)[int((len(spent) - 1) * share)] if spent else 0
