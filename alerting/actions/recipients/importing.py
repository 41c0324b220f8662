"""Import people and newsrooms, all of a file or its good rows; look people up. In the territory."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from alerting.actions import authorization
from alerting.actions.places import refresh_places
from alerting.actions.recipients.search import PersonalData, record_look, whole_address
from alerting.domain.authority import EVERYWHERE, NOWHERE, Territory
from alerting.domain.errors import BadFile, BadRequest, ImportUnderWay
from alerting.domain.import_job import ImportStep
from alerting.domain.officer import Officer, Permission
from alerting.domain.recipient import Recipient, RecipientKind
from alerting.domain.text.i18n import msgid
from alerting.importing.recipients import FileReading, ImportResult
from alerting.services import Services
from alerting.store import ReadTransaction
from alerting.store.recipients import groups
from alerting.store.recipients import import_jobs as job_rows
from alerting.store.recipients import repository as recipient_rows
from alerting.store.recipients.opt_outs import ListOwner
from alerting.store.recipients.repository import SavedSoFar
from alerting.store.recipients.saved_counts import Saved
from alerting.store.unit_of_work import UnitOfWork

BATCH = 500
"""Rows that are saved in one transaction."""
BETWEEN_BATCHES = 0.01
"""Seconds in which whoever waits to write begins: several looks at a lock (LOCKED_PAUSE)."""
LONGEST_WITHOUT_PAUSE, PAUSE = 0.4, 0.12
"""Seconds. Another process that waits for SQLite looks at the lock at least ten times a second
(sqliteDefaultBusyCallback): in a pause that is longer it begins."""
MOST_NEW_GROUPS = 50
"""That one file makes."""
MOST_GROUPS = 200
"""That one authority names first, of a list: everybody above it chooses among them."""
TOO_MANY_NEW_GROUPS = msgid(
    "Row {row}: a file can create at most {most} new groups. Check that the column of "
    "groups does not contain something else"
)
NO_MORE_GROUPS = msgid("An authority can have at most {most} groups: use the existing ones")
TOO_MANY_GROUPS = msgid(
    "Row {row}: an authority can have at most {most} groups; use the existing ones"
)
MAY_IMPORT = {
    RecipientKind.PERSON: Permission.IMPORT_PEOPLE,
    RecipientKind.PRESS: Permission.IMPORT_PRESS,
}


class FileRefused(BadFile):
    """A file with faults; `intake` lists them all."""

    says = BadFile.says
    remedy = BadFile.remedy

    def __init__(self, file: str, intake: ImportResult) -> None:
        super().__init__(file=file, bad=intake.bad_lines)
        self.intake = intake


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import is: bytes that were read, or rows compared or saved, of so many."""

    step: ImportStep
    done: int
    of: int
    reading: FileReading | None = None
    """What is read; it stands still until whoever is told of it returns."""


Progress = Callable[[ImportProgress], None]


def _tell_nobody(_: ImportProgress) -> None:
    """Nobody waits."""


Beside = Callable[[UnitOfWork, Saved, ImportProgress], Awaitable[None]]
"""What is done in the transaction of each batch, with what was saved so far, that batch included;
whatever it raises undoes the batch, and ends the import."""


async def _nothing_beside(_unit: UnitOfWork, _saved: Saved, _progress: ImportProgress) -> None:
    """The list alone."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of it. `imported`: how many are new or were brought up to date."""

    imported: int
    intake: ImportResult
    saved: Saved


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file that was read but not imported: what it holds, and what importing it would do."""

    intake: ImportResult
    would: Saved


def figures(saved: Saved) -> dict[str, int]:
    """What came of a list, or would, by the names programs know."""
    return {
        "new": saved.added,
        "changed": saved.changed,
        "unchanged": saved.unchanged,
        "known_under_another_reference": saved.elsewhere,
        "said_no": saved.left_out,
        "without_an_address_that_said_no": len(saved.without_at),
        "addresses_taken_away": saved.taken_away,
        "names_changed": len(saved.renamed_at),
    }


def rows_of_figures(intake: ImportResult, saved: Saved) -> dict[str, list[int]]:
    """The rows that some of the figures count: the others are seen in no single row."""
    return {
        "said_no": [intake.rows[at] for at in saved.left_out_at],
        "without_an_address_that_said_no": [intake.rows[at] for at in saved.without_at],
        "known_under_another_reference": [intake.rows[at] for at in saved.elsewhere_at],
        "addresses_taken_away": [intake.rows[at] for at in saved.taken_away_at],
        "names_changed": [intake.rows[at] for at in saved.renamed_at],
    }


async def import_file(
    services: Services,
    source: bytes | BinaryIO,
    *,
    file: str,
    kind: RecipientKind,
    by: Officer,
    skip_bad: bool = False,
    tell: Callable[[ImportResult], None] | None = None,
    progress: Progress = _tell_nobody,
) -> Imported:
    """Bring a list up to date from a file. Rows with a reference we know replace the old row.

    `tell` is handed what the file was understood to be, before anything is imported, `progress` how
    far it is. A stream is read part by part, in the same memory however long it is. Rows are saved
    in batches, others act between them; an import that is cut short is repeated and does no harm:
    rows that were saved are known, and are not written again.

    Raises ImportUnderWay while an uploaded list of the same owner is read or saved, and
    FileRefused, with nothing imported, when a row is wrong and `skip_bad` was not asked.
    Rows of people outside the officer's territory are refused whatever was asked. References are
    each authority's own; newsrooms are the whole country's.
    """
    must_change(services, kind, by=by)
    await require_alone(services, kind, by=by)
    intake = await read_to_import(
        services, source, file, kind, by=by, skip_bad=skip_bad, progress=progress
    )
    if tell:
        tell(intake)
    return await save_list(services, intake, kind, by=by, progress=progress)


async def require_alone(services: Services, kind: RecipientKind, *, by: Officer) -> None:
    """Raise ImportUnderWay while an uploaded list of the same owner is read or saved."""
    async with services.reading() as reading:
        other = await job_rows.under_way(reading.connection, kind, owner_of(by, kind).list_name)
    if other:
        raise ImportUnderWay(file=other.name, officer=other.officer)


async def read_to_import(
    services: Services,
    source: bytes | BinaryIO,
    file: str,
    kind: RecipientKind,
    *,
    by: Officer,
    skip_bad: bool,
    progress: Progress = _tell_nobody,
) -> ImportResult:
    """What a file holds, where all of it may be imported; raises what `import_file` does."""
    must_change(services, kind, by=by)
    intake = await _read(services, source, kind, by=by, progress=progress)
    if intake.faults and not skip_bad:
        raise FileRefused(file, intake)
    _must_be_inside(services, intake, kind, by=by)
    async with services.reading() as reading:
        await require_few_new_groups(reading, kind, _named_groups(intake), by=by)
    return intake


def _named_groups(intake: ImportResult) -> Iterator[tuple[int, tuple[str, ...]]]:
    return ((row, (name,)) for name, row in intake.groups.items())


async def require_few_new_groups(
    reading: ReadTransaction,
    kind: RecipientKind,
    named: Iterable[tuple[int, tuple[str, ...]]],
    *,
    by: Officer,
) -> None:
    """Refuse more new groups than one file may make, or one authority may have named.

    `named`: rows of a file, 0 where there is none, and the groups each names. The refusal tells
    the first row that is one too many.
    """
    rows: dict[str, int] = {}
    for row, names in named:
        for name in names:
            rows.setdefault(name, row)
    if not rows:
        return
    known = await groups.known_among(reading.connection, kind, rows.keys())
    new = [row for name, row in rows.items() if name not in known]
    there = await groups.number_of(reading.connection, kind, by.authority.code)
    if len(new) > MOST_NEW_GROUPS:
        raise BadRequest(TOO_MANY_NEW_GROUPS, row=new[MOST_NEW_GROUPS], most=MOST_NEW_GROUPS)
    free = max(MOST_GROUPS - there, 0)
    if len(new) > free:
        row = new[free]
        raise BadRequest(TOO_MANY_GROUPS if row else NO_MORE_GROUPS, row=row, most=MOST_GROUPS)


def _must_be_inside(
    services: Services, intake: ImportResult, kind: RecipientKind, *, by: Officer
) -> None:
    if kind is RecipientKind.PERSON and intake.people:
        authorization.require_permission(services, MAY_IMPORT[kind], intake.places, by=by)


async def save_list(
    services: Services,
    intake: ImportResult,
    kind: RecipientKind,
    *,
    by: Officer,
    progress: Progress = _tell_nobody,
    beside: Beside = _nothing_beside,
) -> Imported:
    """Save what was read, in batches, each a transaction: meanwhile nobody else writes on SQLite.

    `beside` is done in each of them, see there; the last one is the one with all rows.
    """
    owner, people, about = owner_of(by, kind), intake.people, f"recipients/{kind}"
    so_far = SavedSoFar.of(intake.named, owner)
    turns = _Turns(sqlite=services.database.is_sqlite)
    last = max(len(people) - 1, 0) // BATCH
    for at in range(last):
        async with services.unit() as unit:
            saved = await _save_batch(services, unit, people, at, owner, so_far)
            done = ImportProgress(ImportStep.SAVING, (at + 1) * BATCH, len(people))
            await beside(unit, saved, done)
            if at == 0:
                await unit.record(
                    "recipients.import-begun",
                    by=by,
                    about=about,
                    at=services.now(),
                    details={"rows": len(people)},
                )
        progress(done)
        await turns.let_others_write()
    async with services.unit() as unit:
        saved = await _save_batch(services, unit, people, last, owner, so_far)
        done = ImportProgress(ImportStep.SAVING, len(people), len(people))
        await beside(unit, saved, done)
        await _record_import(services, unit, intake, saved, kind, by=by)
    progress(done)
    return Imported(saved.added + saved.changed, intake, saved)


class _Turns:
    """Lets others write between two batches: on SQLite whoever waits has no place in a queue."""

    def __init__(self, *, sqlite: bool) -> None:
        self._sqlite = sqlite
        self._since = asyncio.get_running_loop().time()

    async def let_others_write(self) -> None:
        """On PostgreSQL whoever waits for the lists has its turn anyway."""
        now = asyncio.get_running_loop().time
        if not self._sqlite:
            await asyncio.sleep(0)
        elif now() - self._since < LONGEST_WITHOUT_PAUSE:
            await asyncio.sleep(BETWEEN_BATCHES)
        else:
            await asyncio.sleep(PAUSE)
            self._since = now()


async def _save_batch(
    services: Services,
    unit: UnitOfWork,
    people: Sequence[Recipient],
    at: int,
    owner: ListOwner,
    so_far: SavedSoFar,
) -> Saved:
    return await recipient_rows.save(
        unit.connection,
        unit.database,
        people[at * BATCH : (at + 1) * BATCH],
        services.opt_out_hmacs(),
        owner=owner,
        so_far=so_far,
    )


async def _record_import(
    services: Services,
    unit: UnitOfWork,
    intake: ImportResult,
    saved: Saved,
    kind: RecipientKind,
    *,
    by: Officer,
) -> None:
    await unit.record(
        "recipients.imported",
        by=by,
        about=f"recipients/{kind}",
        at=services.now(),
        details={
            "imported": saved.added + saved.changed,
            "rejected": intake.bad_lines,
            "left_out": saved.left_out,
        },
    )


async def inspect_file(
    services: Services,
    source: bytes | BinaryIO,
    *,
    kind: RecipientKind,
    by: Officer,
    progress: Progress = _tell_nobody,
) -> Inspected:
    """What a file holds and what importing it would do; it is kept nowhere.

    It tells nothing of entries outside the officer's territory, and each look is recorded. Rows of
    people outside are refused, as when importing.
    """
    must_change(services, kind, by=by)
    inspected = await inspect_list(services, source, kind, by=by, progress=progress)
    async with services.unit() as unit:
        await record_preview(services, unit, inspected.intake, kind, by=by)
    return inspected


async def inspect_list(
    services: Services,
    source: bytes | BinaryIO,
    kind: RecipientKind,
    *,
    by: Officer,
    progress: Progress = _tell_nobody,
) -> Inspected:
    """The same, which whoever asks records with `record_preview`."""
    intake = await _read(services, source, kind, by=by, progress=progress)
    _must_be_inside(services, intake, kind, by=by)
    would = await _survey(services, intake, kind, by=by, progress=progress)
    async with services.reading() as reading:
        await require_few_new_groups(reading, kind, _named_groups(intake), by=by)
    return Inspected(intake, would)


async def record_preview(
    services: Services, unit: UnitOfWork, intake: ImportResult, kind: RecipientKind, *, by: Officer
) -> None:
    """That somebody was told what a file would do."""
    await unit.record(
        "recipients.previewed",
        by=by,
        about=f"recipients/{kind}",
        at=services.now(),
        details={"rows": len(intake.people), "rejected": intake.bad_lines},
    )


async def _survey(
    services: Services,
    intake: ImportResult,
    kind: RecipientKind,
    *,
    by: Officer,
    progress: Progress = _tell_nobody,
) -> Saved:
    def tell(done: int) -> None:
        progress(ImportProgress(ImportStep.COMPARING, done, len(intake.people)))

    async with services.reading() as reading:
        return await recipient_rows.count_existing(
            reading.connection,
            intake.people,
            services.opt_out_hmacs(),
            owner=owner_of(by, kind),
            named=intake.named,
            tell=tell,
        )


async def count_recipients(services: Services, *, by: Officer) -> dict[RecipientKind, int]:
    """How many stand on each list, of those inside the officer's territory."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        return {
            kind: await recipient_rows.count(reading.connection, kind, looked_at(by, kind))
            for kind in RecipientKind
        }


async def find_recipients(
    services: Services, address: str, *, by: Officer
) -> list[tuple[int, Recipient]]:
    """Who has exactly this telephone number or mail address, inside the officer's territory,
    however it is typed.

    Numbered, and recorded without the address: looking somebody up is itself an act.
    """
    by.must(Permission.SEE_ADDRESSES)
    async with services.reading() as reading:
        found = await recipient_rows.by_address(
            reading.connection,
            whole_address(address, services.phone_countries),
            looked_at(by, RecipientKind.PERSON),
        )
    await record_look(
        services,
        "recipients.searched",
        by=by,
        about="recipients/search",
        shown=[number for number, _ in found],
        data=PersonalData.PERMITTED,
    )
    return found


def looked_at(by: Officer, kind: RecipientKind) -> Territory:
    """Whom an officer may look up: people of the territory; newsrooms are everybody's.

    A partner looks at nobody, however wide its territory.
    """
    if by.authority.partner:
        return NOWHERE
    return EVERYWHERE if kind is RecipientKind.PRESS else by.authority.territory


def owner_of(by: Officer, kind: RecipientKind) -> ListOwner:
    """For whom an officer changes a list."""
    return ListOwner(looked_at(by, kind), by.authority.code)


def must_change(
    services: Services, kind: RecipientKind, *, by: Officer, shared: bool = False
) -> None:
    """Refuse to change a list: newsrooms, and what is `shared`, are the whole country's."""
    by.must(MAY_IMPORT[kind])
    if (shared or kind is RecipientKind.PRESS) and not by.authority.territory.everywhere:
        raise authorization.outside_country(services, by)


async def _read(
    services: Services,
    source: bytes | BinaryIO,
    kind: RecipientKind,
    *,
    by: Officer,
    progress: Progress = _tell_nobody,
) -> ImportResult:
    await refresh_places(services)
    open_file = partial(
        FileReading, today=services.now().date(), countries=services.phone_countries
    )
    async with services.checks.lists.turn(by.name) as turn:
        reading = await turn.in_thread(
            partial(open_file, source, kind, services.gazetteer.read_municipality)
        )
        more = True
        while more:
            more = await turn.in_thread(reading.read)
            done = ImportProgress(
                ImportStep.READING, reading.bytes_read, reading.size, reading=reading
            )
            progress(done)
        intake = reading.result()
        if intake.undecided:
            known_saved = await _survey(services, intake, kind, by=by)
            intake = await turn.in_thread(partial(intake.without, known_saved.unreachable))
    return intake
