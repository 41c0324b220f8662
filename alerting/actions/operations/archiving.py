"""Move the deliveries of old alerts from the database to files, a line each and no address.

First the file, whole, on the disk and read back; then, in one transaction, its hash in the ledger
and the note that the alert is archived; only then are deliveries deleted, some thousand at a time,
and only those that are as the file says. What is interrupted goes on where it stopped.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from alerting.domain.channel import Tracking
from alerting.domain.delivery_archive import DeliveryArchive, read_line
from alerting.domain.errors import (
    AlertingError,
    ArchiveDiffers,
    ArchiveNotWritten,
    ArchivingElsewhere,
    ChannelOff,
    NotArchivable,
    NotFound,
)
from alerting.domain.ledger import SERVICE, Actor
from alerting.domain.sending import Sending
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store import ledger as ledger_rows
from alerting.store import sendings as sending_rows
from alerting.store.database import ARCHIVE_LOCK
from alerting.store.deliveries import archive_files, geography
from alerting.store.deliveries import archives as archive_rows
from alerting.store.deliveries.archive_files import ArchiveContent, ArchiveFile
from alerting.store.deliveries.archives import DeliveryTotals
from alerting.store.unit_of_work import ReadTransaction

READ_AT_ONCE = 2_000
"""Deliveries that are read, and written to the file, together."""
DELETED_AT_ONCE = 2_000
"""Deliveries that are deleted in one transaction."""
LOOKED_AT = 1_000
"""Alerts looked at in one round: those of chains that have not ended stand before others."""
ARCHIVE = msgid("archive of alert")

log = structlog.get_logger()


async def archive_old(services: Services) -> None:
    """One round: archive what ended long enough ago, and delete what is archived.

    Not while an alert is being sent: it goes on in a later round. One process at a time.
    """
    kept = services.retention.deliveries
    if services.archives is None or (kept is None and not await _left_to_delete(services)):
        return
    try:
        async with _alone(services) as folder:
            for remaining_archive in await _left_to_delete(services):
                await _unless_busy(services, remaining_archive.sending_id, folder)
            if kept is not None:
                before = services.now() - kept
                for number in await _ended(services, before):
                    await _unless_busy(services, number, folder, before=before)
    except ArchivingElsewhere:
        return
    except AlertingError as error:
        log.warning("archive.failed", error=error.in_english())


async def archive_alert(services: Services, number: int, *, by: Actor) -> DeliveryArchive:
    """Archive the deliveries of one alert now, and delete them; the archive.

    An archive that was interrupted is brought to its end. Raises NotArchivable while its deliveries
    may change or be needed, ArchiveNotWritten, ArchiveDiffers, ArchivingElsewhere.
    """
    async with _alone(services) as folder:
        await _archive(services, number, folder, before=services.now(), by=by)
        await _delete_archived(services, number, folder, by=by)
    async with services.reading() as reading:
        return await _archived(reading, number)


async def verify_archive(services: Services, number: int) -> DeliveryArchive:
    """The archive of an alert, if its file is what the ledger says; ArchiveDiffers otherwise."""
    folder = _folder(services)
    async with services.reading() as reading:
        archive = await _archived(reading, number)
        about = (await sending_rows.load(reading.connection, number)).about
        act = about.replace(f"/{number}", ".archived")
        entry = await ledger_rows.last_entry(reading.connection, about=about, acts=[act])
    recorded = entry.details if entry else {}
    content = ArchiveContent(
        str(recorded.get("sha256")), recorded.get("lines", -1), recorded.get("size", -1)
    )
    path = folder / str(recorded.get("file", archive.file))
    if not await asyncio.to_thread(archive_files.is_as_recorded, path, content):
        raise ArchiveDiffers(file=archive.file)
    return archive


async def _left_to_delete(services: Services) -> list[DeliveryArchive]:
    async with services.reading() as reading:
        return await archive_rows.undeleted(reading.connection)


async def _ended(services: Services, before: datetime) -> list[int]:
    async with services.reading() as reading:
        return await archive_rows.ended(reading.connection, before=before, limit=LOOKED_AT)


async def _archived(reading: ReadTransaction, number: int) -> DeliveryArchive:
    archive = await archive_rows.archive_of(reading.connection, number)
    if archive is None:
        raise NotFound(what=ARCHIVE, number=number)
    return archive


def _folder(services: Services) -> Path:
    if services.archives is None:
        raise ChannelOff(channel="ALERTING_ARCHIVE_DIR")
    return services.archives


@asynccontextmanager
async def _alone(services: Services) -> AsyncIterator[Path]:
    """The folder of archives, which nobody else writes to until the block ends."""
    folder = _folder(services)
    with _told(folder):
        held = archive_files.lock_folder(folder)
    if held is None:
        raise ArchivingElsewhere
    try:
        async with services.database.lock_across_machines(ARCHIVE_LOCK) as nobody_else:
            if not nobody_else:
                raise ArchivingElsewhere
            yield folder
    finally:
        held.close()


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """A fault of the folder, or of the disk, as ArchiveNotWritten."""
    try:
        yield
    except OSError as error:
        raise ArchiveNotWritten(folder=folder, fault=error.strerror or str(error)) from error


async def _unless_busy(
    services: Services, number: int, folder: Path, *, before: datetime | None = None
) -> None:
    """Archive one, where it ended `before` a moment, and delete what is archived of it.

    What keeps it from that concerns no other, and is written to the log.
    """
    try:
        if before is not None:
            await _archive(services, number, folder, before=before, by=SERVICE, yielding=True)
        await _delete_archived(services, number, folder, by=SERVICE, yielding=True)
    except NotArchivable:
        return  # a later round looks again
    except AlertingError as error:
        log.warning("archive.failed", sending=number, error=error.in_english())


async def _archive(
    services: Services,
    number: int,
    folder: Path,
    *,
    before: datetime,
    by: Actor,
    yielding: bool = False,
) -> None:
    """Write the file and note it, unless that was done; nothing is deleted."""
    async with services.reading() as reading:
        if await archive_rows.archive_of(reading.connection, number) is not None:
            return
        sending = await sending_rows.load(reading.connection, number)
        await _require_ended(services, reading, sending, before)
    title = sending.about.replace("/", "-")
    with _told(folder):
        archive_files.drop_unfinished(folder, title)
        file = ArchiveFile(folder, title)
    try:
        totals = await _write(services, sending, file, folder, yielding=yielding)
        with _told(folder):
            name, content = await asyncio.to_thread(file.finish)
    finally:
        file.discard()
    try:
        await _note(services, number, name, content, totals, before=before, by=by)
    except NotArchivable:
        (folder / name).unlink(missing_ok=True)
        raise


async def _write(
    services: Services, sending: Sending, file: ArchiveFile, folder: Path, *, yielding: bool
) -> DeliveryTotals:
    """Write a line for each delivery, in the order of their key; what they add up to."""
    totals: DeliveryTotals = Counter()
    async with services.reading() as reading:
        channels = await archive_rows.channels_of(reading.connection, sending.id)
    for channel in channels:
        after = 0
        while True:
            async with services.reading() as reading:  # no transaction is open for long
                if yielding and await archive_rows.any_being_sent(reading.connection):
                    raise NotArchivable(alert=sending.id)
                rows = await archive_rows.read_deliveries(
                    reading.connection, sending.id, channel, after=after, limit=READ_AT_ONCE
                )
            if not rows:
                break
            for row in rows:
                totals[channel, row.language, row.state, row.failure_reason or ""] += 1
            with _told(folder):
                await asyncio.to_thread(file.write, rows)
            after = rows[-1].recipient_id
    return totals


async def _note(
    services: Services,
    number: int,
    name: str,
    content: ArchiveContent,
    totals: DeliveryTotals,
    *,
    before: datetime,
    by: Actor,
) -> None:
    """Note that it is archived, with the hash in the ledger; NotArchivable where it changed.

    Each change of a delivery moves a counter, and none moves back: where the counters are what was
    written, so is every delivery.
    """
    now = services.now()
    async with services.unit() as unit:
        sending = await sending_rows.load(unit.connection, number, lock=True)
        await _require_ended(services, unit, sending, before)
        if await archive_rows.hold_counts(unit.connection, number) != totals:
            log.warning("archive.changed_meanwhile", sending=number)
            raise NotArchivable(alert=number)
        await archive_rows.insert(
            unit.connection,
            number,
            file=name,
            content=content,
            spread=await geography.spread(unit.connection, unit.database, number),
            now=now,
        )
        await unit.record(
            f"{sending.kind}.archived",
            by=by,
            about=sending.about,
            at=now,
            details={"file": name, **content._asdict()},
        )


async def _require_ended(
    services: Services, reading: ReadTransaction, sending: Sending, before: datetime
) -> None:
    if not await archive_rows.may_be_archived(
        reading.connection,
        sending.id,
        ended_before=before,
        receipts_within=_receipts_within(services),
        now=services.now(),
    ):
        raise NotArchivable(alert=sending.id)


def _receipts_within(services: Services) -> dict[str, timedelta]:
    return {
        name: max(route.limits.receipt_within for route in routes)
        for name, routes in services.routes.items()
        if routes and routes[0].limits.tracking is Tracking.RECEIPTS
    }


async def _delete_archived(
    services: Services, number: int, folder: Path, *, by: Actor, yielding: bool = False
) -> None:
    """Delete what the file of an archive has, from where this was interrupted, if it was.

    Raises ArchiveDiffers, before anything is deleted, where the file is not what was recorded.
    """
    async with services.reading() as reading:
        archive = await archive_rows.archive_of(reading.connection, number)
    if archive is None or archive.deleted_at is not None:
        return
    path = folder / archive.file
    content = ArchiveContent(archive.sha256, archive.lines, archive.size)
    if not await asyncio.to_thread(archive_files.is_as_recorded, path, content):
        raise ArchiveDiffers(file=archive.file)
    begin = archive.deleted_to
    while begin < archive.size:
        lines, end = await asyncio.to_thread(
            archive_files.read_from, path, begin, lines=DELETED_AT_ONCE
        )
        async with services.unit() as unit:
            if yielding and await archive_rows.any_being_sent(unit.connection):
                return
            ours = await archive_rows.delete_archived(
                unit.connection,
                unit.database,
                number,
                [read_line(line) for line in lines],
                begin=begin,
                end=end,
            )
        if not ours:
            return  # somebody else has come further
        begin = end
    now = services.now()
    async with services.unit() as unit:
        sending = await sending_rows.load(unit.connection, number)
        done = await archive_rows.finish_deleting(unit.connection, number, now=now)
        if done is not None:
            await unit.record(
                f"{sending.kind}.deliveries-deleted",
                by=by,
                about=sending.about,
                at=now,
                details={"deleted": done.lines - done.kept, "kept": done.kept},
            )
