"""The library of texts: read it, propose another wording, approve what somebody else proposed."""

import io
import zipfile
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse

from alerting.actions.templates import scenarios, versions
from alerting.actions.templates.versions import NotBetter, Trial
from alerting.compose.library_check import TemplateFault
from alerting.compose.toml_texts import Texts, read_texts, write_texts
from alerting.domain.change_request import LASTS
from alerting.domain.channel_profiles import channels_of, text_files
from alerting.domain.errors import BadRequest, ChangedMeanwhile
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Officer, Permission
from alerting.domain.text.gsm7 import measure
from alerting.domain.text.numbers import MAX_INTEGER
from alerting.web.auth import MayApprove, MayDraft, MayRead, WordsOf
from alerting.web.console import labels
from alerting.web.console.findings import group_findings
from alerting.web.console.text_diff import words as word_diff
from alerting.web.pages import render_page
from alerting.web.state import state_of

LONGEST_TEXT = 20_000

router = APIRouter(tags=["console"], prefix="/library")
Name = Annotated[str, Path(max_length=64, pattern=r"^\w+$")]
Version = Annotated[int, Path(ge=1, le=MAX_INTEGER)]


@router.get("")
async def browse(request: Request, officer: MayRead, translate: WordsOf) -> Response:
    """Every scenario, and what waits for a second person."""
    services = state_of(request).services
    library = await scenarios.list_scenarios(services)
    waiting = await versions.list_versions(services, by=officer, waiting=True)
    return render_page(
        request,
        "templates/list.html",
        words=translate,
        officer=officer,
        scenarios=sorted(library, key=lambda one: one.titles[translate.language]),
        titles={scenario.name: scenario.titles[translate.language] for scenario in library},
        waiting=[
            template_version
            for template_version in waiting.items
            if services.now() < template_version.created_at + LASTS
        ],
        names=labels,
    )


@router.post("/export.zip")
async def export(request: Request, officer: MayRead) -> Response:
    """Every file as it is in force: what can be proposed again, unchanged."""
    found = await scenarios.export_scenario(state_of(request).services, by=officer)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for exported in found:
            archive.writestr(exported.name, exported.content)
    return Response(
        packed.getvalue(),
        media_type="application/zip",
        headers={"Content-Disposition": 'attachment; filename="library.zip"'},
    )


@router.get("/versions/{number}")
async def version(
    request: Request, number: Version, officer: MayRead, translate: WordsOf
) -> Response:
    """One wording beside the one it replaces, word by word."""
    return await _version(request, number, officer, translate)


@router.post("/versions/{number}")
async def approve(request: Request, number: Version, officer: MayApprove) -> Response:
    """Put it in force, as somebody other than its author."""
    await versions.approve_version(state_of(request).services, number, by=officer)
    return RedirectResponse(f"/library/versions/{number}", status_code=303)


@router.get("/{scenario}")
async def show_scenario(
    request: Request, scenario: Name, officer: MayRead, translate: WordsOf
) -> Response:
    """One scenario on every channel, languages side by side, filled with its samples."""
    services = state_of(request).services
    library = await scenarios.list_scenarios(services)
    found = library.scenario(scenario)
    messages = await scenarios.get_texts(services, scenario, languages=tuple(Language), by=officer)
    return render_page(
        request,
        "templates/scenario.html",
        words=translate,
        officer=officer,
        scenario=found,
        sheets=[
            (file, _sheets(file, messages))
            for file in library.files(scenario)
            if file in text_files()
        ],
        history=(await versions.list_versions(services, by=officer, scenario=scenario)).items,
        **_about(),
    )


@router.get("/{scenario}/{file}")
async def show_wording_form(
    request: Request, scenario: Name, file: Name, officer: MayRead, translate: WordsOf
) -> Response:
    """All languages of one file beside each other, to be changed."""
    texts, seen = await scenarios.texts(state_of(request).services, scenario, file, by=officer)
    return await _form(request, scenario, file, officer, translate, texts, seen=seen)


@router.post("/{scenario}/{file}")
async def propose(
    request: Request, scenario: Name, file: Name, officer: MayDraft, translate: WordsOf
) -> Response:
    """Show what was typed filled with the samples, and what is wrong; or propose it."""
    services = state_of(request).services
    current, now = await scenarios.texts(services, scenario, file, by=officer)
    sent = await request.form(max_files=0, max_fields=60)
    typed = {
        table: {
            language: str(sent.get(f"{table}.{language}", ""))[:LONGEST_TEXT]
            .replace("\r\n", "\n")
            .strip("\n")
            for language in Language
        }
        for table in current
    }
    name = f"{scenario}/{file}.toml"
    seen = str(sent.get("seen", ""))[:64] or "none"
    try:
        content = write_texts(typed)
        trial = await versions.try_out(services, name, content, by=officer)
        if sent.get("act") == "propose" and not trial.faults and typed != _whole(current):
            number = await versions.propose_version(services, name, content, seen=seen, by=officer)
            return RedirectResponse(f"/library/versions/{number}", status_code=303)
    except (BadRequest, NotBetter) as refusal:
        problem = translate.error(refusal)
        return await _form(
            request, scenario, file, officer, translate, typed, seen=seen, problem=problem
        )
    except ChangedMeanwhile as refusal:
        first = await versions.texts_seen(services, name, seen, by=officer)
        return await _form(
            request, scenario, file, officer, translate, _merged(typed, first or {}, current),
            seen=now, problem=translate.error(refusal), changed=_changes(first or {}, current),
        )  # fmt: skip
    return await _form(
        request, scenario, file, officer, translate, typed,
        seen=seen, trial=trial, unchanged=typed == _whole(current),
    )  # fmt: skip


async def _form(
    request: Request,
    scenario: str,
    file: str,
    officer: Officer,
    translate: WordsOf,
    texts: Texts,
    *,
    seen: str,
    changed: Texts | None = None,
    trial: Trial | None = None,
    problem: str = "",
    unchanged: bool = False,
) -> Response:
    library = await scenarios.list_scenarios(state_of(request).services)
    found = library.scenario(scenario)
    return render_page(
        request,
        "templates/wording_form.html",
        words=translate,
        officer=officer,
        status=409 if changed else 422 if problem or (trial and trial.faults) else 200,
        scenario=found,
        file=file,
        texts=_whole(texts),
        seen=seen,
        changed=changed or {},
        trial=trial,
        problem=problem,
        unchanged=unchanged,
        faults=_by_field(trial.faults if trial else ()),
        warnings=group_findings(
            [warning.finding for warning in trial.warnings] if trial else (), translate
        ),
        sheets=_sheets(file, trial.messages if trial else ()),
        may_propose=officer.may(Permission.DRAFT),
        **_about(),
    )


async def _version(request: Request, number: int, officer: Officer, translate: WordsOf) -> Response:
    services = state_of(request).services
    found, before = await versions.get_version(services, number, by=officer)
    old, new = _texts(before), _texts(found.content)
    library = await scenarios.list_scenarios(services)
    changes = [
        (
            table,
            [
                (language, word_diff(old.get(table, {}).get(language, ""), by.get(language, "")))
                for language in Language
            ],
        )
        for table, by in _whole(new or {}).items()
        if old.get(table, {}) != {language: text for language, text in by.items() if text}
    ]
    return render_page(
        request,
        "templates/wording.html",
        words=translate,
        officer=officer,
        version=found,
        scenario=library.scenario(found.scenario),
        changes=changes if new else [("", [("", word_diff(before, found.content))])],
        may_approve=officer.may(Permission.APPROVE),
        **_about(),
    )


def _texts(content: str) -> Texts:
    """The texts of a file; none for scenario.toml, which holds more than texts."""
    try:
        found = read_texts(content)
    except (AttributeError, ValueError, RecursionError):
        return {}
    parts = {table for tables in text_files().values() for table in tables}
    return found if all(table in parts for table in found) else {}


def _whole(texts: Texts) -> dict[str, dict[Language, str]]:
    """With every language, be it empty: a hole is something to see."""
    return {
        table: {language: by.get(language, "") for language in Language}
        for table, by in texts.items()
    }


def _changes(first: Texts, current: Texts) -> Texts:
    """The texts in force that are not what they were."""
    return {
        table: {
            language: text
            for language, text in by.items()
            if first.get(table, {}).get(language, "") != text
        }
        for table, by in _whole(current).items()
    }


def _merged(typed: Texts, first: Texts, current: Texts) -> Texts:
    """As typed, but what nobody touched as it is in force now."""
    changed = _changes(first, current)
    return {
        table: {
            language: changed[table].get(language, text)
            if text == first.get(table, {}).get(language, "")
            else text
            for language, text in by.items()
        }
        for table, by in typed.items()
    }


def _by_field(faults: Sequence[TemplateFault]) -> dict[str, list[str]]:
    """What the check says, by language; under the empty name what is about all of them."""
    made: dict[str, list[str]] = {}
    for fault in faults:
        made.setdefault(fault.language, []).append(fault.reason)
    return made


def _sheets(
    file: str, messages: Sequence[Message]
) -> list[tuple[str, list[tuple[Language, Message | None]]]]:
    found = {(message.channel, message.language): message for message in messages}
    return [
        (channel, [(language, found.get((channel, language))) for language in Language])
        for channel in channels_of(file)
    ]


def _about() -> dict[str, Any]:
    return {"names": labels, "measure": measure}
