"""Import a list: bring a file, look at what it would do, and only then let it."""

from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Path, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from alerting.actions.recipients import importing
from alerting.actions.recipients.importing import FileRefused, Inspected
from alerting.actions.recipients.lists import masked
from alerting.actions.recipients.search import PersonalData
from alerting.domain.errors import BadRequest
from alerting.domain.officer import Officer
from alerting.i18n import Translator
from alerting.importing.headings import NAMES, headings_for
from alerting.importing.recipients import COLUMNS, REQUIRED
from alerting.importing.report import sentences
from alerting.web.auth import MayRead, MaySeeAddresses, WordsOf
from alerting.web.console.personal_data import ASKED_FOR, MASKED, mask_links
from alerting.web.console.recipients.lists import List, OneList, about_list
from alerting.web.pages import PERSONAL_DATA, render_page
from alerting.web.state import state_of

IMPORT: Final = "/import"
LARGEST_FILE: Final = 10_000_000
"""Bytes: some hundred thousand people. Longer lists are imported on the command line."""
SHOWN = 10
FAULTS_SHOWN = 200
ROWS_NAMED = 40

router = APIRouter(tags=["console"])
Brought = Annotated[str, Path(max_length=64, pattern=r"^[\w-]+$")]
mask_links(router, "/{which:list}/import/{brought}")


@router.get("/{which:list}" + IMPORT)
async def ask(request: Request, one: OneList, officer: MayRead, words: WordsOf) -> Response:
    """Which file, and what must be in it."""
    return _form(request, one, officer, words)


@router.post("/{which:list}" + IMPORT)
async def bring(
    request: Request, one: OneList, officer: MayRead, words: WordsOf, file: UploadFile
) -> Response:
    """Keep the file for a while; nothing is imported yet."""
    services = state_of(request).services
    number = await importing.save_import_file(
        services,
        await file.read(),
        file=(file.filename or "")[:200],
        kind=one.kind,
        by=officer,
    )
    return RedirectResponse(f"{one.path}{IMPORT}/{number}", status_code=303)


@router.get("/{which:list}/import/{brought}")
async def look(
    request: Request, one: OneList, brought: Brought, officer: MayRead, words: WordsOf
) -> Response:
    """What the file holds, line by line where something is wrong, and what importing would do.

    Masked: it is a list of people like any other.
    """
    return await _look(request, one, brought, officer, words, MASKED)


@router.post("/{which:list}/import/{brought}" + PERSONAL_DATA)
async def show_rows(
    request: Request, one: OneList, brought: Brought, officer: MaySeeAddresses, words: WordsOf
) -> Response:
    """The same with what stands in the file."""
    return await _look(request, one, brought, officer, words, ASKED_FOR)


async def _look(
    request: Request,
    one: List,
    brought: str,
    officer: Officer,
    words: Translator,
    data: PersonalData,
) -> Response:
    services = state_of(request).services
    try:
        seen = await importing.inspect_import(
            services, brought, kind=one.kind, by=officer, data=data
        )
    except BadRequest as refusal:
        return _form(request, one, officer, words, problem=words.error(refusal))
    return _preview(request, one, officer, words, seen, data)


@router.post("/{which:list}/import/{brought}/rejected.csv")
async def rejected(
    request: Request, one: OneList, brought: Brought, officer: MayRead, words: WordsOf
) -> Response:
    """The rows that are not right, each with its fault, to be mended."""
    services = state_of(request).services
    seen = await importing.inspect_import(services, brought, kind=one.kind, by=officer)
    return Response(
        "\ufeff" + seen.intake.rejected_file(words),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": 'attachment; filename="rejected.csv"',
            "Cache-Control": "no-store",
        },
    )


@router.post("/{which:list}/import/{brought}")
async def write(
    request: Request,
    one: OneList,
    brought: Brought,
    officer: MayRead,
    words: WordsOf,
    how: Annotated[str, Form(max_length=8)] = "all",
) -> Response:
    """All of it; or, where that was chosen, the good rows."""
    services = state_of(request).services
    try:
        done = await importing.import_saved_file(
            services,
            brought,
            kind=one.kind,
            by=officer,
            skip_bad=how == "good",
            language=words.language,
        )
    except FileRefused as refusal:
        seen = await importing.inspect_import(services, brought, kind=one.kind, by=officer)
        return _preview(request, one, officer, words, seen, MASKED, problem=words.error(refusal))
    figures: dict[str, int | str] = {
        "added": done.saved.added,
        "changed": done.saved.changed,
        "left_out": done.saved.left_out,
        "rejected": done.intake.bad_lines,
    }
    if done.rest:
        figures["rest"] = done.rest
    return RedirectResponse(f"{one.path}?{urlencode(figures)}", status_code=303)


def _form(
    request: Request, one: List, officer: Officer, words: Translator, *, problem: str = ""
) -> Response:
    officer.must(importing.MAY_IMPORT[one.kind])
    return render_page(
        request,
        "recipients/import.html",
        words=words,
        officer=officer,
        status=422 if problem else 200,
        problem=problem,
        columns=COLUMNS[one.kind],
        called={name: NAMES[name][words.language] for name in COLUMNS[one.kind]},
        headings={name: headings_for(name) for name in COLUMNS[one.kind]},
        required=REQUIRED[one.kind],
        largest=LARGEST_FILE // 1_000_000,
        **about_list(state_of(request).services, words, officer, one),
    )


def _preview(
    request: Request,
    one: List,
    officer: Officer,
    words: Translator,
    seen: Inspected,
    data: PersonalData,
    *,
    problem: str = "",
) -> Response:
    first = seen.intake.people[:SHOWN]
    return render_page(
        request,
        "recipients/import_preview.html",
        words=words,
        officer=officer,
        status=422 if problem else 200,
        problem=problem,
        seen=seen,
        rows_of=importing.rows_of_figures(seen.intake, seen.would),
        most_rows=ROWS_NAMED,
        masked=data is MASKED,
        first=[masked(who) for who in first] if data is MASKED else first,
        faults=seen.intake.faults[:FAULTS_SHOWN],
        more=max(len(seen.intake.faults) - FAULTS_SHOWN, 0),
        understood=[words(says, **facts) for says, facts in sentences(seen.intake)],
        remarks=seen.intake.remarks[:FAULTS_SHOWN],
        more_remarks=max(len(seen.intake.remarks) - FAULTS_SHOWN, 0),
        **about_list(state_of(request).services, words, officer, one),
    )
