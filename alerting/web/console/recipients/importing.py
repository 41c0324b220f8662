"""Import a list: upload a file, look at what it would do, and only then let it; then leave."""

from pathlib import Path as FilePath
from typing import Annotated, Final

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import FileResponse, RedirectResponse

from alerting.actions.recipients import import_jobs, importing
from alerting.actions.recipients.lists import masked
from alerting.actions.recipients.search import PersonalData
from alerting.domain.errors import (
    AlertingError,
    BadFile,
    ImportUnderWay,
    NoFile,
    NoRoomForUpload,
    UploadTooLarge,
)
from alerting.domain.import_job import IMPORT_STATE_NAMES, STEP_NAMES, ImportState
from alerting.importing.headings import NAMES, headings_for
from alerting.importing.preview import problem_phrases
from alerting.importing.recipients import COLUMNS, REQUIRED
from alerting.web.auth import MayRead, MaySeeAddresses, WordsOf, identify
from alerting.web.console.personal_data import ASKED_FOR, MASKED, mask_links
from alerting.web.console.recipients.lists import OneList, about_list
from alerting.web.console.recipients.upload import receive_file
from alerting.web.errors import status_of
from alerting.web.pages import PERSONAL_DATA, render_page
from alerting.web.state import state_of

IMPORT: Final = "/import"
ROWS_NAMED = 40
LONGEST_NAME = 200

router = APIRouter(tags=["console"])
Number = Annotated[str, Path(max_length=64, pattern=r"^[\w-]+$")]
mask_links(router, "/{which:list}/import/{number}")


@router.get("/{which:list}" + IMPORT)
async def show_import_form(
    request: Request, one: OneList, officer: MayRead, translate: WordsOf
) -> Response:
    """Which file, what must be in it, and the imports of before."""
    return await _form(request, one, officer, translate)


@router.post("/{which:list}" + IMPORT)
async def upload_list(
    request: Request, one: OneList, officer: MayRead, translate: WordsOf
) -> Response:
    """Store the file as it arrives, and have it read; the page of the import says how far it is."""
    try:
        number = await _receive(request, one, officer, translate)
    except (ImportUnderWay, NoFile, NoRoomForUpload, UploadTooLarge) as refusal:
        return await _form(request, one, officer, translate, problem=refusal)
    return RedirectResponse(f"{one.path}{IMPORT}/{number}", status_code=303)


async def _receive(
    request: Request, recipient_list: OneList, officer: MayRead, translate: WordsOf
) -> str:
    state = state_of(request)
    services = state.services
    # It takes as long as its sender's line likes: nobody's pages wait for it meanwhile.
    await state.turns.move(request, f"{officer.name} upload")
    size = int(request.headers.get("content-length", "0"))
    upload = await import_jobs.open_upload(
        services, kind=recipient_list.kind, by=officer, size=size
    )
    try:
        name = await receive_file(request, upload)
        if upload.size > services.largest_import:
            raise UploadTooLarge(most=services.largest_import // 1_000_000)  # noqa: TRY301
        upload.finish()
        officer = await identify(request)  # the credential may have ended meanwhile
        return await import_jobs.start_import(
            services,
            upload,
            file=name[:LONGEST_NAME],
            kind=recipient_list.kind,
            by=officer,
            language=translate.language,
        )
    except BaseException as error:
        upload.discard()
        if isinstance(error, OSError) and not isinstance(error, ConnectionError):  # of the disk
            raise NoRoomForUpload(fault=error.strerror or type(error).__name__) from None
        raise


@router.get("/{which:list}/import/{number}")
async def import_page(
    request: Request, one: OneList, number: Number, officer: MayRead, translate: WordsOf
) -> Response:
    """How far an import is; what its file holds, row by row where something is wrong.

    Masked: it is a list of people like any other.
    """
    return await _page(request, one, number, officer, translate)


@router.post("/{which:list}/import/{number}" + PERSONAL_DATA)
async def show_rows(
    request: Request, one: OneList, number: Number, officer: MaySeeAddresses, translate: WordsOf
) -> Response:
    """The same with what stands in the file."""
    return await _page(request, one, number, officer, translate, data=ASKED_FOR)


@router.post("/{which:list}/import/{number}/rejected.csv")
async def rejected(request: Request, one: OneList, number: Number, officer: MayRead) -> Response:
    """The rows that are not right, each with its fault, to be corrected."""
    services = state_of(request).services
    path: FilePath = await import_jobs.rejected_rows(services, number, kind=one.kind, by=officer)
    return FileResponse(
        path,
        media_type="text/csv; charset=utf-8",
        filename="rejected.csv",
        headers={"Cache-Control": "no-store"},
    )


@router.post("/{which:list}/import/{number}/cancel")
async def cancel(request: Request, one: OneList, number: Number, officer: MayRead) -> Response:
    """Stop it; what was saved stays."""
    await import_jobs.cancel_import(state_of(request).services, number, kind=one.kind, by=officer)
    return RedirectResponse(f"{one.path}{IMPORT}/{number}", status_code=303)


@router.post("/{which:list}/import/{number}")
async def confirm(
    request: Request,
    one: OneList,
    number: Number,
    officer: MayRead,
    translate: WordsOf,
    how: Annotated[str, Form(max_length=8)] = "all",
) -> Response:
    """All of it; or, where that was chosen, the good rows."""
    services = state_of(request).services
    try:
        await import_jobs.confirm_import(
            services, number, kind=one.kind, by=officer, skip_bad=how == "good"
        )
    except (BadFile, ImportUnderWay) as refusal:
        return await _page(request, one, number, officer, translate, problem=refusal)
    return RedirectResponse(f"{one.path}{IMPORT}/{number}", status_code=303)


async def _form(
    request: Request,
    recipient_list: OneList,
    officer: MayRead,
    translate: WordsOf,
    *,
    problem: AlertingError | None = None,
) -> Response:
    services = state_of(request).services
    officer.must(importing.MAY_IMPORT[recipient_list.kind])
    jobs = await import_jobs.list_imports(services, kind=recipient_list.kind, by=officer)
    return render_page(
        request,
        "recipients/import.html",
        words=translate,
        officer=officer,
        status=status_of(problem) if problem else 200,
        problem=translate.error(problem) if problem else "",
        columns=COLUMNS[recipient_list.kind],
        called={name: NAMES[name][translate.language] for name in COLUMNS[recipient_list.kind]},
        headings={name: headings_for(name) for name in COLUMNS[recipient_list.kind]},
        required=REQUIRED[recipient_list.kind],
        largest=services.largest_import // 1_000_000,
        jobs=jobs,
        under_way=next((job for job in jobs if job.under_way), None),
        state_names=IMPORT_STATE_NAMES,
        **about_list(services, translate, officer, recipient_list),
    )


async def _page(
    request: Request,
    recipient_list: OneList,
    number: str,
    officer: MayRead,
    translate: WordsOf,
    *,
    data: PersonalData = MASKED,
    problem: AlertingError | None = None,
) -> Response:
    services = state_of(request).services
    job, import_preview = await import_jobs.get_import(
        services, number, kind=recipient_list.kind, by=officer, data=data
    )
    first = import_preview.first if import_preview else ()
    left = job.time_left()
    return render_page(
        request,
        "recipients/import_job.html",
        words=translate,
        officer=officer,
        status=status_of(problem) if problem else 200,
        problem=translate.error(problem) if problem else "",
        job=job,
        job_path=f"{recipient_list.path}{IMPORT}/{number}",
        state_name=IMPORT_STATE_NAMES[job.state],
        step_name=STEP_NAMES[job.step],
        left=round(left.total_seconds()) if left else 0,
        ready=job.state is ImportState.READY and import_preview is not None,
        reasons=[translate(phrase.says, **phrase.facts) for phrase in problem_phrases(job.problem)],
        seen=import_preview,
        most_rows=ROWS_NAMED,
        masked=data is MASKED,
        first=[masked(recipient) for recipient in first] if data is MASKED else first,
        understood=[
            translate(said.says, **said.facts)
            for said in (import_preview.understood if import_preview else ())
        ],
        **about_list(services, translate, officer, recipient_list),
    )
