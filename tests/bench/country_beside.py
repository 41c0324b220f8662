"""What goes on beside a national alert: watchers, readers, receipts, an export."""

import asyncio
import ssl
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import httpx2
import sqlalchemy as sa

from alerting.domain.officer import Officer, Role
from alerting.store.tables import delivery
from alerting.web.console.alerts.live_updates import MAX_STREAMS_PER_PERSON
from tests.bench.load import put_through
from tests.bench.receipts import reference_of, signed_receipts
from tests.bench.running import Child
from tests.bench.world import World

WATCHERS = 50
TLS = ssl.create_default_context()
"""Made once: each browser would load the certificates of the world, and hold everything up."""
RECEIPTS = 20_000
CONNECTIONS = 256
BOARD = "/alerts/{number}"
PAGES = (
    "/",
    "/alerts/{number}/course",
    "/alerts/{number}/report",
    "/alerts/{number}/deliveries",
    "/alerts/{number}/deliveries?state=sent",
)
PAUSE = 0.2
"""Seconds between two looks of one reader."""

Spent = dict[str, list[float]]
"""Page -> milliseconds of each time it was read."""


@dataclass(frozen=True, slots=True)
class Installation:
    """One with so many people on its lists, at work, and somebody who is signed in."""

    here: World
    url: str
    port: int
    session: str
    watching: Sequence[str]
    """Sessions of so many people that all WATCHERS are let in, and none waits for another."""
    token: str
    web: Child
    workers: Sequence[Child]

    def browser(self, session: str = "") -> httpx2.AsyncClient:
        """Somebody who is signed in."""
        return httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"Cookie": f"session={session or self.session}"},
            timeout=60,
            verify=TLS,
        )

    async def scalar(self, query: str, **facts: object) -> float:
        """One number of the database; 0 where there is none."""
        async with self.here.services.reading() as reading:
            return float(await reading.connection.scalar(sa.text(query), facts) or 0)


def viewers() -> list[Officer]:
    """Who watches: as many as it takes for one person not to watch more than one person may."""
    return [
        Officer(f"viewer-{nth}", Role.COMMUNICATOR)
        for nth in range(-(-WATCHERS // MAX_STREAMS_PER_PERSON))
    ]


@dataclass(frozen=True, slots=True)
class Told:
    """What watchers and readers were told, in milliseconds."""

    gaps: list[float]
    pages: Spent


async def look_on(at: Installation, number: int, ends: asyncio.Event) -> Told:
    """Watchers of the live status page, and two readers, one of them of that page alone."""
    gaps: list[float] = []
    pages: Spent = defaultdict(list)
    async with asyncio.TaskGroup() as beside:
        for nth in range(WATCHERS):
            session = at.watching[nth % len(at.watching)]
            beside.create_task(_watch(at, number, session, gaps, ends))
        for paths in ((BOARD,), PAGES):
            beside.create_task(_read(at, number, paths, pages, ends))
    return Told(gaps, pages)


async def _watch(
    at: Installation, number: int, session: str, gaps: list[float], ends: asyncio.Event
) -> None:
    async with (
        at.browser(session) as browser,
        browser.stream("GET", f"/alerts/{number}/live") as told,
    ):
        last = time.monotonic()
        async for line in told.aiter_lines():
            if ends.is_set():
                return
            if not line:
                gaps.append((time.monotonic() - last) * 1000)
                last = time.monotonic()


async def _read(
    at: Installation, number: int, paths: Sequence[str], pages: Spent, ends: asyncio.Event
) -> None:
    async with at.browser() as browser:
        while not ends.is_set():
            for path in paths:
                pages[path].append(await _page(browser, path.format(number=number)))
                await asyncio.sleep(PAUSE)


async def read_pages(at: Installation, number: int, *, times: int) -> Spent:
    """Every page so many times, one after the other."""
    pages: Spent = defaultdict(list)
    async with at.browser() as browser:
        for path in (BOARD, *PAGES) * times:
            pages[path].append(await _page(browser, path.format(number=number)))
    return pages


async def _page(browser: httpx2.AsyncClient, path: str) -> float:
    began = time.perf_counter()
    answer = await browser.get(path)
    answer.raise_for_status()
    return (time.perf_counter() - began) * 1000


async def receive(at: Installation, number: int, people: int) -> float:
    """Receipts for so many text messages that were handed over, a second.

    Waits until as many were.
    """
    mine = (delivery.c.sending_id == number) & (delivery.c.channel == "sms")
    open_ones = mine & (delivery.c.state == "sent")
    while True:
        async with at.here.services.unit() as unit:
            query = sa.select(delivery.c.recipient_id).where(open_ones).limit(people)
            found = (await unit.connection.scalars(query)).all()
            if len(found) == people:
                await unit.connection.execute(
                    sa.update(delivery)
                    .where(mine, delivery.c.recipient_id.in_(found))
                    .values(reference=reference_of())
                )
                break
        await asyncio.sleep(PAUSE)
    requests = await asyncio.to_thread(signed_receipts, number, found)
    rate, _ = await put_through(at.port, requests, connections=CONNECTIONS)
    return rate


async def export(at: Installation, number: int) -> None:
    """All deliveries as CSV, again and again, until it is cancelled."""
    headers = {"Authorization": f"Bearer {at.token}"}
    async with httpx2.AsyncClient(
        base_url=f"http://127.0.0.1:{at.port}", timeout=600, verify=TLS
    ) as client:
        address = f"/api/alerts/{number}/deliveries.csv"
        while True:
            async with client.stream("POST", address, headers=headers) as answer:
                answer.raise_for_status()
                async for _ in answer.aiter_bytes():
                    pass
