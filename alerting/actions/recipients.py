"""Import people and newsrooms: all of a file or, by explicit wish, its good rows."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from alerting.domain.audience import Kind
from alerting.domain.errors import BadFile, NotFound
from alerting.domain.staff import Officer, Permission
from alerting.domain.words import msgid
from alerting.intake.recipients import Intake, read_recipients
from alerting.services import Services
from alerting.store import audience, uploads
from alerting.store.audience import Saved
from alerting.store.uploads import Upload

MAY_IMPORT = {Kind.PERSON: Permission.IMPORT_PEOPLE, Kind.PRESS: Permission.IMPORT_PRESS}
KEPT = timedelta(hours=1)
"""A file that was looked at and not imported is forgotten after this."""
UPLOAD = msgid("file to import")


class FileRefused(BadFile):
    """A file with faults; `intake` lists them all."""

    says = BadFile.says
    way_out = BadFile.way_out

    def __init__(self, file: str, intake: Intake) -> None:
        super().__init__(file=file, bad=intake.bad_lines)
        self.intake = intake


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of it."""

    imported: int
    intake: Intake
    saved: Saved


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file that was read but not imported: what it holds, and what importing it would do."""

    id: str
    name: str
    intake: Intake
    would: Saved


async def import_file(
    services: Services, data: bytes, *, file: str, kind: Kind, by: Officer, skip_bad: bool = False
) -> Imported:
    """Bring a list up to date from a CSV file. Rows with a reference we know replace the old row.

    Raises FileRefused, with nothing imported, when a row is wrong and `skip_bad` was not asked.
    """
    by.must(MAY_IMPORT[kind])
    intake = await _read(services, data, kind)
    if intake.faults and not skip_bad:
        raise FileRefused(file, intake)
    async with services.unit() as unit:
        saved = await audience.save(unit.connection, unit.database, intake.people)
        await unit.record(
            "recipients.imported",
            by=by.name,
            about=f"recipients/{kind}",
            at=services.now(),
            details={
                "imported": saved.added + saved.changed,
                "rejected": intake.bad_lines,
                "left_out": saved.left_out,
            },
        )
    return Imported(saved.added + saved.changed, intake, saved)


async def bring(services: Services, data: bytes, *, file: str, kind: Kind, by: Officer) -> str:
    """Keep a file to be looked at; nothing is imported. Its number comes back."""
    by.must(MAY_IMPORT[kind])
    now = services.now()
    brought = Upload(secrets.token_urlsafe(24), by.name, kind, file, data, now)
    async with services.unit() as unit:
        await uploads.keep(unit.connection, brought, forget_before=now - KEPT)
    return brought.id


async def inspect(services: Services, number: str, *, kind: Kind, by: Officer) -> Inspected:
    """What a file that was brought holds, and what importing it would do."""
    found = await _brought(services, number, kind, by)
    intake = await _read(services, found.content, kind)
    async with services.reading() as reading:
        would = await audience.survey(reading.connection, intake.people)
    return Inspected(number, found.name, intake, would)


async def import_brought(
    services: Services, number: str, *, kind: Kind, by: Officer, skip_bad: bool = False
) -> Imported:
    """Import a file that was brought and looked at; see `import_file`."""
    found = await _brought(services, number, kind, by)
    done = await import_file(
        services, found.content, file=found.name, kind=kind, by=by, skip_bad=skip_bad
    )
    async with services.unit() as unit:
        await uploads.drop(unit.connection, number)
    return done


async def _brought(services: Services, number: str, kind: Kind, by: Officer) -> Upload:
    by.must(MAY_IMPORT[kind])
    async with services.reading() as reading:
        found = await uploads.load(reading.connection, number, by.name)
    if found is None or found.kind is not kind or found.created_at < services.now() - KEPT:
        raise NotFound(what=UPLOAD, number="")
    return found


async def _read(services: Services, data: bytes, kind: Kind) -> Intake:
    read = partial(read_recipients, today=services.now().date())
    return await asyncio.to_thread(read, data, kind, services.gazetteer.resolve)
