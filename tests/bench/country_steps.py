"""The steps of `run.py bench --country`, in order; each can be done again where it broke off."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, cast

import sqlalchemy as sa

from alerting.actions.alerts import follow_ups, previews
from alerting.actions.alerts.compositions import CompositionContent
from alerting.delivery import recovery
from alerting.domain.alert import AlertClass, FollowUp
from alerting.services import Services
from alerting.store import Database
from tests import having_read
from tests.bench.country_beside import (
    BOARD,
    RECEIPTS,
    Installation,
    Spent,
    export,
    look_on,
    read_pages,
    receive,
)
from tests.bench.country_people import write_people
from tests.bench.old_alerts import FIRST_OLD, copy_alert
from tests.bench.running import WORK, Child, peak, python, running
from tests.bench.world import alerting, service_settings
from tests.desk import DETAILS, JORIS, MILA

NATION, TOWN = ("Belgique",), ("4700 Eupen",)
OLD_ALERTS = 10
"""Times that the text messages of the first national alert are copied, on both channels."""
LATER = timedelta(hours=2)
SWEPT_WITHIN = 600.0
QUIET_WITHIN = 1_200.0
"""Seconds, after which something is wrong."""

Note = Callable[..., None]
"""Keeps figures, by name."""


@dataclass(frozen=True, slots=True)
class Country:
    """An installation with so many people; what is measured already, and how more is noted."""

    size: int
    at: Installation
    known: dict[str, float]
    note: Note

    @property
    def services(self) -> Services:
        """Its services, in this process."""
        return self.at.here.services

    @property
    def receipts(self) -> int:
        """How many receipts are sent at once."""
        return min(RECEIPTS, self.size // 4)


@dataclass(frozen=True, slots=True)
class Step:
    """What is measured together, and the last figure of it: with that one, it is done."""

    act: Callable[[Country], Awaitable[None]]
    last: str


async def _import(of: Country) -> None:
    """The list by the command line, then the same list again."""
    file = WORK / f"country-{of.size}.csv"
    await asyncio.to_thread(write_people, file, of.size)
    own = service_settings(of.at.url) | {"ALERTING_TOKEN": of.at.token}
    for name in ("import", "import_again"):
        if name in of.known:
            continue
        before = await _versions(of)
        began = time.monotonic()
        command = python(*alerting("import", "recipients", str(file)))
        with running("country-import", command, own) as child:
            memory = await _until_ended(child)
        figures = {name: time.monotonic() - began}
        if name == "import":
            figures["import_memory"] = memory
        else:
            figures["import_rewritten"] = await _versions(of) - before
        of.note(**figures)
    file.unlink()
    await of.at.here.tidy()


async def _until_ended(child: Child) -> float:
    memory: list[float] = []
    while child.alive:
        memory = peak(child.pid) or memory
        await asyncio.sleep(0.1)
    if child.failed:
        child.must_live()
    return max(memory, default=0)


async def _versions(of: Country) -> float:
    """Versions of rows that were written to the list."""
    await asyncio.sleep(1)  # the server tells its statistics once a second
    query = "SELECT sum(n_tup_upd + n_tup_ins) FROM pg_stat_user_tables WHERE relname = 'recipient'"
    return await of.at.scalar(query)


async def _typing(of: Country) -> None:
    """What a pause in typing costs: the texts and the audience of the whole country."""
    wanted = CompositionContent(
        scenario="chem_shelter",
        area=of.services.gazetteer.resolve(NATION[0]),
        values=DETAILS,
        channels=("sms", "email"),
    )
    spent = []
    for _ in range(6):
        began = time.perf_counter()
        await previews.preview_composition(of.services, wanted, AlertClass.ALERT, by=MILA)
        spent.append(_milliseconds(began))
    of.note(typing=median(spent[1:]))


async def _national(of: Country) -> None:
    """One alert to everybody, with watchers, readers and receipts, on a service that has sent."""
    town = await of.at.here.approved("sms", "email", area=TOWN)
    await _until_first(of, town)
    await read_pages(of.at, town, times=1)
    number = await of.at.here.approved("sms", "email", area=NATION)
    began = time.monotonic()
    first = await _until_first(of, number)
    expected = await _planned(of, number)
    ends = asyncio.Event()
    async with asyncio.TaskGroup() as beside:
        told = beside.create_task(look_on(of.at, number, ends))
        receipts = beside.create_task(receive(of.at, number, of.receipts))
        ended = await of.at.here.all_recorded(number, expected, *of.at.workers)
        rate = await receipts
        ends.set()
    of.note(first=first, rate=expected / (ended - began), receipts=rate)
    seen = told.result()
    of.note(board=_most(seen.pages[BOARD]), pages=_slowest(seen.pages), watchers=_most(seen.gaps))
    later = await read_pages(of.at, number, times=20)
    size = await of.at.scalar("SELECT pg_total_relation_size('delivery')")
    of.note(
        board_later=_most(later[BOARD]),
        pages_later=_slowest(later),
        bytes=size / await of.at.scalar("SELECT count(*) FROM delivery"),
        worker_memory=max(mb for one in of.at.workers for mb in peak(one.pid)),
    )


async def _export(of: Country) -> None:
    """Receipts while all deliveries leave as CSV."""
    number = await _largest(of)
    leaving = asyncio.create_task(export(of.at, number))
    try:
        rate = await receive(of.at, number, of.receipts)
        if leaving.done():
            leaving.result()  # says what went wrong
    finally:
        leaving.cancel()
        with suppress(asyncio.CancelledError):
            await leaving
    of.note(receipts_export=rate)


async def _second(of: Country) -> None:
    """A town's alert, then the retraction of the national one, both while that is under way."""
    town = await of.at.here.approved("sms", "email", area=TOWN)
    nation = await of.at.here.approved("sms", "email", area=NATION)
    await of.at.here.send(nation)
    expected = await _planned(of, nation)
    while await of.at.here.handed_over(nation) < expected // 20:
        await asyncio.sleep(0.02)
    second = await _until_first(of, town)
    wanted = follow_ups.FollowUpRequest(how=FollowUp.FALSE_ALERT, reason="No danger: checked")
    made = await follow_ups.create_follow_up(of.services, nation, wanted, by=MILA)
    await having_read.approve(of.services, made.id, by=JORIS, reason="A measurement.")
    of.note(second=second, retraction=await _until_first(of, made.id))


class _Timed:
    """The database, with the milliseconds of each of its short transactions."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.spent: list[float] = []

    async def at_once(self, act: Any) -> Any:
        began = time.perf_counter()
        try:
            return await self._database.at_once(act)
        finally:
            self.spent.append(_milliseconds(began))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


async def _sweep(of: Country) -> None:
    """Recovery two hours later, when receipts are overdue, until nothing is left of that."""
    timed = _Timed(of.services.database)
    later = replace(
        of.services,
        database=cast("Database", timed),
        now=lambda: of.services.now() + LATER,
    )
    waited: list[float] = []
    ends = asyncio.Event()
    asking = asyncio.create_task(_ask_for_locks(of, await _largest(of), waited, ends))
    began = time.monotonic()
    unfinished = "SELECT count(*) FROM sending WHERE sent_at IS NOT NULL AND finished_at IS NULL"
    while await of.at.scalar(unfinished):
        await recovery.recover_alerts(later)
        if time.monotonic() - began > SWEPT_WITHIN:
            raise TimeoutError("recovery does not come to an end")
    took = time.monotonic() - began
    ends.set()
    await asking
    of.note(
        sweep_lock=_most(waited, 0.99), sweep_transaction=_most(timed.spent), sweep_seconds=took
    )


async def _ask_for_locks(
    of: Country, number: int, waited: list[float], ends: asyncio.Event
) -> None:
    """What leasing a chunk of an alert asks for, and how long it waits (milliseconds)."""
    query = sa.text("SELECT id FROM sending WHERE id = :number FOR SHARE")
    while not ends.is_set():
        began = time.perf_counter()
        async with of.services.unit() as unit:
            await unit.connection.execute(query, {"number": number})
        waited.append(_milliseconds(began))
        await asyncio.sleep(0.02)


async def _alone(of: Country) -> None:
    """A national alert with nothing beside it."""
    of.note(rate_alone=(await _rate_of_another(of))[0])


async def _old_rows(of: Country) -> None:
    """The same on top of the rows of many; then the oldest moves to an archive."""
    first = await _largest(of)
    for nth in range(OLD_ALERTS):
        new = FIRST_OLD + nth
        if not await of.at.scalar("SELECT id FROM sending WHERE id = :new", new=new):
            await copy_alert(of.services, first, new, channel="sms", channels=["sms", "email"])
    await of.at.here.tidy()
    rate, number = await _rate_of_another(of)
    later = await read_pages(of.at, number, times=20)
    of.note(rate_old=rate, board_old=_most(later[BOARD]), pages_old=_slowest(later))


async def _archive(of: Country) -> None:
    """One old alert moves to a file, beside receipts of the last one."""
    number = int(await of.at.scalar("SELECT max(sending_id) FROM sending_channel"))
    with TemporaryDirectory(dir=WORK) as folder:
        own = service_settings(of.at.url, ARCHIVE_DIR=folder)
        command = python(*alerting("archives", "make", str(FIRST_OLD)))
        with running("country-archive", command, own) as child:
            rates: list[float] = []
            while child.alive:
                if len(rates) < of.size // of.receipts // 2:  # there are that many left
                    rates.append(await receive(of.at, number, of.receipts))
                await asyncio.sleep(0.1)
            if child.failed:
                child.must_live()
    took = await of.at.scalar(
        "SELECT extract(epoch FROM deleted_at - archived_at) FROM delivery_archive"
        " WHERE sending_id = :number",
        number=FIRST_OLD,
    )
    of.note(receipts_archive=median(rates), archive=took)


async def _rate_of_another(of: Country) -> tuple[float, int]:
    """Deliveries a second of one more national alert, and its number."""
    number = await of.at.here.approved("sms", "email", area=NATION)
    began = await of.at.here.send(number)
    expected = await _planned(of, number)
    ended = await of.at.here.all_recorded(number, expected, *of.at.workers)
    return expected / (ended - began), number


STEPS = (
    Step(_import, "import.rewritten"),
    Step(_typing, "typing"),
    Step(_national, "worker.memory"),
    Step(_export, "receipts.export"),
    Step(_second, "retraction"),
    Step(_sweep, "sweep.seconds"),
    Step(_alone, "rate.alone"),
    Step(_old_rows, "pages.old"),
    Step(_archive, "archive"),
)


async def take(of: Country) -> None:
    """Every step that is not done, each when nothing is being sent any more."""
    for step in STEPS:
        if step.last not in of.known:
            await _all_quiet(of)
            await step.act(of)


async def _all_quiet(of: Country) -> None:
    until = time.monotonic() + QUIET_WITHIN
    while await of.at.scalar(
        "SELECT (SELECT count(*) FROM chunk WHERE state <> 'done')"
        " + (SELECT count(*) FROM sending_channel WHERE NOT planned)"
    ):
        if time.monotonic() > until:
            raise TimeoutError("what was sent does not come to an end")
        await asyncio.sleep(0.2)


async def _until_first(of: Country, number: int) -> float:
    """Milliseconds from sending until a message of it is with its provider."""
    began = await of.at.here.send(number)
    while not await of.at.here.handed_over(number):
        await asyncio.sleep(0.01)
    return (time.monotonic() - began) * 1000


async def _planned(of: Country, number: int) -> int:
    """How many deliveries an alert has, once all of them are planned."""
    query = "SELECT count(*) FROM sending_channel WHERE sending_id = :number AND NOT planned"
    while await of.at.scalar(query, number=number):
        await asyncio.sleep(0.05)
    query = "SELECT sum(n) FROM delivery_count WHERE sending_id = :number"
    return int(await of.at.scalar(query, number=number))


async def _largest(of: Country) -> int:
    """The first alert that went to everybody."""
    query = (
        "SELECT sending_id FROM sending_channel WHERE channel = 'sms'"
        " ORDER BY audience DESC, sending_id LIMIT 1"
    )
    return int(await of.at.scalar(query))


def _slowest(pages: Spent) -> float:
    """95 % of the page that takes longest, the live status aside."""
    return max(_most(spent) for path, spent in pages.items() if path != BOARD)


def _most(spent: Sequence[float], share: float = 0.95) -> float:
    return sorted(spent)[int((len(spent) - 1) * share)] if spent else 0


def _milliseconds(began: float) -> float:
    return (time.perf_counter() - began) * 1000
