"""Import a list as a job: upload it, look at what it would do, say yes, and leave the page.

The file lies in a folder; a process that has this folder reads and saves it (`keep_importing`),
whichever page is open. What it has done stands in the job's row, in the transaction of each batch:
after a crash it begins again, and rows that were saved are known and not written again.
"""

import asyncio
import hashlib
import socket
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import structlog

from alerting.actions import authorization
from alerting.actions.recipients import importing
from alerting.actions.recipients.importing import (
    MAY_IMPORT,
    ImportProgress,
    figures,
    must_change,
    owner_of,
    require_alone,
    rows_of_figures,
)
from alerting.actions.recipients.search import SHOWN, PersonalData, is_masked
from alerting.domain.errors import (
    AlertingError,
    BadFile,
    ImportFailed,
    ImportNotWaiting,
    ImportUnderWay,
    NoRoomForUpload,
    NotFound,
    UploadElsewhere,
    UploadLost,
)
from alerting.domain.import_job import (
    OVER,
    ImportJob,
    ImportState,
    ImportStep,
)
from alerting.domain.language import Language
from alerting.domain.ledger import SERVICE
from alerting.domain.officer import Officer, Role
from alerting.domain.recipient import RecipientKind
from alerting.domain.text.i18n import msgid
from alerting.i18n import translator_for
from alerting.importing.preview import (
    FINDINGS_SHOWN,
    ImportPreview,
    packed_problem,
    preview_of,
    preview_so_far,
)
from alerting.importing.recipients import ImportResult
from alerting.services import Services
from alerting.store.database import outage
from alerting.store.recipients import import_jobs as job_rows
from alerting.store.recipients.import_folder import ImportFile, ImportFolder
from alerting.store.recipients.saved_counts import Saved
from alerting.store.unit_of_work import UnitOfWork

UPLOAD = msgid("file to import")
RECENT = 20
"""Imports of a list that its page shows."""
TOLD_EVERY = 1.0
"""Seconds between two notes of how far reading is."""
LOOKED_EVERY = 0.5
"""Seconds between two looks at what is to be done."""
SWEPT_EVERY = 60.0
AT_ONCE = 2
"""Imports in one process: as many as threads read lists."""
MOST_ATTEMPTS = 5
"""How often a job is begun without coming any further: some file may end the process itself."""
HASHED_BYTES = 1 << 20
MOST_HOST_CHARS = 64

T = TypeVar("T")
log = structlog.get_logger()


class _Stopped(Exception):
    """The job was cancelled, or is not there any more."""


@cache
def _folder_at(path: Path) -> ImportFolder:
    return ImportFolder(path)


def import_folder(services: Services) -> ImportFolder | None:
    """Where this process has uploaded lists; None where it has none, or nobody uploaded any."""
    if services.imports is None or not services.imports.exists():
        return None
    return _folder_at(services.imports)


def _made_folder(services: Services) -> ImportFolder:
    if services.imports is None:
        raise NoRoomForUpload(fault="ALERTING_IMPORT_DIR")
    try:
        return _folder_at(services.imports)
    except OSError as error:
        raise NoRoomForUpload(fault=error.strerror or "OSError") from None


async def open_upload(
    services: Services, *, kind: RecipientKind, by: Officer, size: int = 0
) -> ImportFile:
    """Where a list that somebody brings is written to; `size`, in bytes, as far as it is known.

    Whoever asks finishes it and starts the import, or discards it. Raises ImportUnderWay before a
    byte is read, and NoRoomForUpload.
    """
    must_change(services, kind, by=by)
    await require_alone(services, kind, by=by)
    folder = _made_folder(services)
    if not folder.has_room_for(size or services.largest_import):
        raise NoRoomForUpload(fault="ENOSPC")
    try:
        return folder.upload()
    except OSError as error:
        raise NoRoomForUpload(fault=error.strerror or "OSError") from None


async def start_import(
    services: Services,
    upload: ImportFile,
    *,
    file: str,
    kind: RecipientKind,
    by: Officer,
    language: Language = Language.EN,
) -> str:
    """Have an uploaded list read; the number of its job. Nothing of it is saved yet.

    Raises ImportUnderWay where one of the same list is.
    """
    must_change(services, kind, by=by)
    now = services.now()
    job = ImportJob(
        id=upload.number,
        kind=kind,
        list_name=owner_of(by, kind).list_name,
        officer=by.name,
        role=by.role,
        authority=by.authority.code,
        membership=by.membership,
        person=by.person,
        credential=by.credential,
        name=file,
        size=upload.size,
        sha256=upload.sha256,
        folder=_made_folder(services).mark,
        host=socket.gethostname()[:MOST_HOST_CHARS],
        language=language,
        of=upload.size,
        created_at=now,
        began_at=now,
        changed_at=now,
    )
    async with services.unit() as unit:
        added = await job_rows.add(unit.connection, unit.database, job)
        if added:
            await unit.record(
                "recipients.import-uploaded",
                by=by,
                about=f"recipients/{kind}",
                at=now,
                details={"bytes": job.size, "sha256": job.sha256},
            )
    if not added:
        await require_alone(services, kind, by=by)
        raise ImportUnderWay(file="", officer="")
    return job.id


async def get_import(
    services: Services,
    number: str,
    *,
    kind: RecipientKind,
    by: Officer,
    data: PersonalData = PersonalData.PERMITTED,
) -> tuple[ImportJob, ImportPreview | None]:
    """One's own import, and what was found in its file, as long as that is kept.

    What stands in the file is masked by whoever shows it, unless it was asked for: that is
    recorded.
    """
    is_masked(data, by=by)
    job = await _own(services, number, kind, by)
    kept = job.report and not _too_old(services, job)
    preview = ImportPreview.from_json(job.report) if kept else None
    if preview is not None and data is PersonalData.ASKED_FOR:
        async with services.unit() as unit:
            await unit.record(
                SHOWN,
                by=by,
                about=f"recipients/{kind}",
                at=services.now(),
                details={"rows": preview.good, "rejected": preview.bad},
            )
    return job, preview


async def list_imports(services: Services, *, kind: RecipientKind, by: Officer) -> list[ImportJob]:
    """The last imports of a list, one's own and those of others, without what was in them."""
    by.must(MAY_IMPORT[kind])
    async with services.reading() as reading:
        jobs = await job_rows.recent(
            reading.connection, kind, owner_of(by, kind).list_name, limit=RECENT
        )
    return [replace(job, report="") for job in jobs]


async def rejected_rows(
    services: Services, number: str, *, kind: RecipientKind, by: Officer
) -> Path:
    """The file with the rows that have errors, to be corrected, in the language of the upload.

    Raises UploadElsewhere where it lies in a folder of another machine.
    """
    job = await _own(services, number, kind, by)
    folder = import_folder(services)
    if folder is None or folder.mark != job.folder:
        raise UploadElsewhere(host=job.host)
    path = folder.rejected_path(job.id)
    if not path.exists() or _too_old(services, job):
        raise NotFound(what=UPLOAD, number="")
    return path


async def confirm_import(
    services: Services,
    number: str,
    *,
    kind: RecipientKind,
    by: Officer,
    skip_bad: bool = False,
) -> None:
    """Have a list saved that was looked at: all of it, or with `skip_bad` its good rows.

    Raises BadFile where rows have errors and nobody said to skip them, ImportUnderWay,
    ImportNotWaiting.
    """
    job = await _own(services, number, kind, by)
    must_change(services, kind, by=by)
    if job.state is not ImportState.READY:
        raise ImportNotWaiting
    if job.bad and not skip_bad:
        raise BadFile(file=job.name, bad=job.bad)
    now = services.now()
    async with services.unit() as unit:
        begun = await job_rows.begin_saving(
            unit.connection,
            job,
            skip_bad=skip_bad,
            step=ImportStep.READING,
            done=0,
            of=job.size,
            attempts=0,
            began_at=now,
            changed_at=now,
        )
        if begun:
            await unit.record(
                "recipients.import-confirmed",
                by=by,
                about=f"recipients/{kind}",
                at=now,
                details={"sha256": job.sha256, "skip_bad": skip_bad},
            )
    if not begun:
        await require_alone(services, kind, by=by)


async def cancel_import(
    services: Services, number: str, *, kind: RecipientKind, by: Officer
) -> None:
    """Stop an import, and delete its file. Rows that were saved stay; the page says how many."""
    job = await _own(services, number, kind, by)
    if job.state in OVER:
        raise ImportNotWaiting
    now = services.now()
    async with services.unit() as unit:
        stopped = await job_rows.update_import_job(
            unit.connection,
            job.id,
            job.state,
            state=ImportState.CANCELLED,
            report="",
            changed_at=now,
        )
        if stopped:
            await unit.record(
                "recipients.import-cancelled", by=by, about=f"recipients/{kind}", at=now
            )
    if not stopped:
        raise ImportNotWaiting
    folder = import_folder(services)
    if folder is not None and folder.mark == job.folder:
        folder.remove(job.id)


async def keep_importing(services: Services) -> None:
    """Read and save lists whose files lie here, until cancelled; then begun anew by the next."""
    running: dict[str, asyncio.Task[None]] = {}
    swept = 0.0
    loop = asyncio.get_running_loop()
    try:
        while True:
            try:
                for number in [one for one, task in running.items() if task.done()]:
                    del running[number]
                for job in await _due(services):
                    if job.id not in running and len(running) < AT_ONCE:
                        running[job.id] = asyncio.create_task(run_import(services, job))
                if loop.time() - swept > SWEPT_EVERY:
                    await _sweep(services)
                    swept = loop.time()
            except Exception as error:  # nobody watches this task: it goes on when it can
                log.warning("imports.wait", error=type(error).__name__)
                await asyncio.sleep(TOLD_EVERY)
            await asyncio.sleep(LOOKED_EVERY)
    finally:
        for task in running.values():
            task.cancel()
        await asyncio.gather(*running.values(), return_exceptions=True)


async def run_due_imports(services: Services) -> None:
    """Do now what is to be done, one import after the other."""
    for job in await _due(services):
        await run_import(services, job)


async def _due(services: Services) -> list[ImportJob]:
    folder = import_folder(services)
    if folder is None:
        return []
    async with services.reading() as reading:
        return await job_rows.due(reading.connection, folder.mark)


async def _sweep(services: Services) -> None:
    folder = import_folder(services)
    if folder is None:
        return
    async with services.reading() as reading:
        known = await job_rows.numbers_with_files(reading.connection)
        over = await job_rows.numbers_over(reading.connection)
    folder.remove_strays(known, over)


async def run_import(services: Services, job: ImportJob) -> None:
    """Bring one import as far as it goes without its officer, unless another process is at it.

    Whatever goes wrong is written down with the job, or tried again: see MOST_ATTEMPTS.
    """
    folder = import_folder(services)
    if folder is None or folder.mark != job.folder:
        return
    with folder.working_on(job.id) as ours:
        if not ours:
            return
        try:
            begun = await _begun(services, job.id)
            if begun is not None:
                await _go_on(services, folder, begun)
        except _Stopped:
            folder.remove(job.id)
        except AlertingError as refusal:
            await _refuse(services, folder, job, refusal)
        except Exception as error:
            if outage(error) is None:  # its text may hold what stands in the file
                log.error("import.failed", error=type(error).__name__)  # noqa: TRY400
            else:
                log.warning("import.waits", error=type(error).__name__)


async def _begun(services: Services, number: str) -> ImportJob | None:
    """The job as it is now, counted as begun once more; None where there is nothing to be done."""
    async with services.unit() as unit:
        job = await job_rows.load(unit.connection, number)
        if job is None or not job.under_way:
            return None
        await job_rows.update_import_job(
            unit.connection, number, job.state, attempts=job.attempts + 1
        )
    if job.attempts >= MOST_ATTEMPTS:
        raise ImportFailed
    return job


async def _go_on(services: Services, folder: ImportFolder, job: ImportJob) -> None:
    by = await _officer(services, job)
    try:
        with folder.path_of(job.id).open("rb") as source:
            if job.state is ImportState.READING:
                await _look(services, folder, job, source, by=by)
            else:
                await _save(services, folder, job, source, by=by)
    except FileNotFoundError:
        raise UploadLost from None


async def _officer(services: Services, job: ImportJob) -> Officer:
    """Whoever uploaded it, as what they are today; they may have lost the right meanwhile."""
    async with services.reading() as reading:
        if job.membership:
            by = await authorization.as_member_of(services, reading, job.person, job.membership)
        else:
            at = await authorization.authority(services, reading.connection, job.authority)
            by = Officer(job.officer, Role(job.role), authority=at, person=job.person)
    by.must(MAY_IMPORT[job.kind])
    return replace(by, credential=job.credential)


async def _look(
    services: Services, folder: ImportFolder, job: ImportJob, source: BinaryIO, *, by: Officer
) -> None:
    """Read the file, and write down what importing it would do."""
    told = _Told(services, job)
    inspected = await told.during(
        importing.inspect_list(services, source, job.kind, by=by, progress=told.note)
    )
    await _write_rejected(services, folder, job, inspected.intake)
    preview = preview_of(
        inspected.intake,
        figures(inspected.would),
        rows_of_figures(inspected.intake, inspected.would),
    )
    async with services.unit() as unit:
        ready = await job_rows.update_import_job(
            unit.connection,
            job.id,
            ImportState.READING,
            state=ImportState.READY,
            done=job.size,
            bad=inspected.intake.bad_lines,
            report=preview.to_json(),
            changed_at=services.now(),
        )
        if not ready:
            raise _Stopped
        await importing.record_preview(services, unit, inspected.intake, job.kind, by=by)


async def _save(
    services: Services, folder: ImportFolder, job: ImportJob, source: BinaryIO, *, by: Officer
) -> None:
    """Read the file again, and save its rows; with the last of them the job is done."""
    await _require_same(services, job, source, by=by)
    told = _Told(services, job)
    intake = await told.during(
        importing.read_to_import(
            services,
            source,
            job.name,
            job.kind,
            by=by,
            skip_bad=job.skip_bad,
            progress=told.note,
        )
    )
    await _write_rejected(services, folder, job, intake)
    before, began = job.figures, services.now()

    async def note_batch(unit: UnitOfWork, saved: Saved, progress: ImportProgress) -> None:
        over = progress.done == progress.of
        now = services.now()
        # Of an import that goes on, rows that were saved before are unchanged now.
        values: dict[str, Any] = {
            "step": ImportStep.SAVING,
            "done": progress.done,
            "of": progress.of,
            "added": before.added + saved.added,
            "changed": before.changed + saved.changed,
            "left_out": saved.left_out,
            "bad": intake.bad_lines,
            "attempts": 0,
            "began_at": began,
            "changed_at": now,
        }
        if over:
            values["state"] = ImportState.DONE
            if not intake.rejected:
                values["report"] = ""
        if not await job_rows.update_import_job(
            unit.connection, job.id, ImportState.SAVING, **values
        ):
            raise _Stopped

    await importing.save_list(services, intake, job.kind, by=by, beside=note_batch)
    folder.path_of(job.id).unlink(missing_ok=True)
    await _forget_if_asked(services, folder, job.id)


async def _forget_if_asked(services: Services, folder: ImportFolder, number: str) -> None:
    async with services.unit() as unit:
        job = await job_rows.load(unit.connection, number)
        if job is None or not job.forget:
            return
        await job_rows.update_import_job(unit.connection, number, job.state, report="")
    folder.remove(number)


async def _require_same(
    services: Services, job: ImportJob, source: BinaryIO, *, by: Officer
) -> None:
    """What is saved is what was uploaded and looked at."""

    def digest() -> str:
        hash_ = hashlib.sha256()
        while part := source.read(HASHED_BYTES):
            hash_.update(part)
        return hash_.hexdigest()

    async with services.checks.lists.turn(by.name) as turn:
        if await turn.in_thread(digest) != job.sha256:
            raise UploadLost


async def _write_rejected(
    services: Services, folder: ImportFolder, job: ImportJob, intake: ImportResult
) -> None:
    if not intake.rejected:
        return

    def write() -> None:
        path = folder.rejected_path(job.id)
        with path.open("w", encoding="utf-8-sig", newline="") as out:
            path.chmod(0o600)
            out.writelines(intake.rejected_lines(translator_for(job.language)))

    async with services.checks.lists.turn(job.officer) as turn:
        await turn.in_thread(write)


class _Told:
    """How far reading is, written down every now and then; stops it where the job was cancelled."""

    def __init__(self, services: Services, job: ImportJob) -> None:
        self._services = services
        self._job = job
        self._began = services.now()
        self._progress: ImportProgress | None = None
        self._preview: ImportPreview | None = None

    def note(self, progress: ImportProgress) -> None:
        """Remember it; errors are copied as long as there are few: the rest are only counted."""
        if self._progress is None or self._progress.step is not progress.step:
            self._began = self._services.now()
        self._progress = progress
        reading, before = progress.reading, self._preview
        if reading is None or self._job.state is not ImportState.READING:
            return
        if before is None or len(before.faults) < min(len(reading.faults), FINDINGS_SHOWN):
            self._preview = preview_so_far(reading)
        else:
            self._preview = replace(
                before,
                bad=reading.bad_lines,
                good=reading.rows_read - reading.bad_lines,
                more_faults=len(reading.faults) - len(before.faults),
            )

    async def during(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work` returns. Raises _Stopped where the job is not in its state any more."""
        working = asyncio.ensure_future(work)
        try:
            while not (await asyncio.wait({working}, timeout=TOLD_EVERY))[0]:
                if not await self._write():
                    raise _Stopped
            return await working
        finally:
            if not working.done():
                working.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await working

    async def _write(self) -> bool:
        progress, preview = self._progress, self._preview
        values: dict[str, Any] = {"began_at": self._began, "changed_at": self._services.now()}
        if progress is not None:
            values |= {"step": progress.step, "done": progress.done, "of": progress.of}
        if preview is not None:
            values |= {"bad": preview.bad, "report": preview.to_json()}
        async with self._services.unit() as unit:
            return await job_rows.update_import_job(
                unit.connection, self._job.id, self._job.state, **values
            )


async def _refuse(
    services: Services, folder: ImportFolder, job: ImportJob, refusal: AlertingError
) -> None:
    """Write down why an import went no further; its file is of no use any more."""
    failed = isinstance(refusal, ImportFailed)
    state = ImportState.FAILED if failed else ImportState.REFUSED
    async with services.unit() as unit:
        now = await job_rows.load(unit.connection, job.id)
        if now is None or not now.under_way:
            return
        await job_rows.update_import_job(
            unit.connection,
            job.id,
            now.state,
            state=state,
            report="",
            problem=packed_problem(refusal.says, refusal.remedy, refusal.facts),
            changed_at=services.now(),
        )
        await unit.record(
            "recipients.import-failed" if failed else "recipients.import-refused",
            by=SERVICE,
            about=f"recipients/{job.kind}",
            at=services.now(),
            details={"sha256": job.sha256, "reason": refusal.code},
        )
    folder.remove(job.id)


async def _own(services: Services, number: str, kind: RecipientKind, by: Officer) -> ImportJob:
    by.must(MAY_IMPORT[kind])
    async with services.reading() as reading:
        job = await job_rows.load(reading.connection, number)
    if job is None or job.officer != by.name or job.kind is not kind:
        raise NotFound(what=UPLOAD, number="")
    if job.state is ImportState.READY and _too_old(services, job):
        raise NotFound(what=UPLOAD, number="")
    return job


def _too_old(services: Services, job: ImportJob) -> bool:
    return job.changed_at < services.now() - services.retention.uploads
