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
async def browse(request: Request, officer: MayRead, words: WordsOf) -> Response:
    """Every scenario, and what waits for a second person."""
    services = state_of(request).services
    library = await scenarios.list_scenarios(services)
    waiting = await versions.list_versions(services, by=officer, waiting=True)
    return render_page(
        request,
        "templates/list.html",
        words=words,
        officer=officer,
        scenarios=sorted(library, key=lambda one: one.titles[words.language]),
        titles={one.name: one.titles[words.language] for one in library},
        waiting=[one for one in waiting.items if services.now() < one.created_at + LASTS],
        names=labels,
    )


@router.post("/export.zip")
async def export(request: Request, officer: MayRead) -> Response:
    """Every file as it is in force: what can be proposed again, unchanged."""
    found = await scenarios.export_scenario(state_of(request).services, by=officer)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in found:
            archive.writestr(one.name, one.content)
    return Response(
        packed.getvalue(),
        media_type="application/zip",
        headers={"Content-Disposition": 'attachment; filename="library.zip"'},
    )


@router.get("/versions/{number}")
async def version(request: Request, number: Version, officer: MayRead, words: WordsOf) -> Response:
    """One wording beside the one it replaces, word by word."""
    return await _version(request, number, officer, words)


@router.post("/versions/{number}")
async def approve(request: Request, number: Version, officer: MayApprove) -> Response:
    """Put it in force, as somebody other than its author."""
    await versions.approve_version(state_of(request).services, number, by=officer)
    return RedirectResponse(f"/library/versions/{number}", status_code=303)


@router.get("/{scenario}")
async def show_scenario(
    request: Request, scenario: Name, officer: MayRead, words: WordsOf
) -> Response:
    """One scenario on every channel, languages side by side, filled with its samples."""
    services = state_of(request).services
    library = await scenarios.list_scenarios(services)
    found = library.scenario(scenario)
    messages = await scenarios.get_texts(services, scenario, languages=tuple(Language), by=officer)
    return render_page(
        request,
        "templates/scenario.html",
        words=words,
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
    request: Request, scenario: Name, file: Name, officer: MayRead, words: WordsOf
) -> Response:
    """All languages of one file beside each other, to be changed."""
    texts, seen = await scenarios.texts(state_of(request).services, scenario, file, by=officer)
    return await _form(request, scenario, file, officer, words, texts, seen=seen)


@router.post("/{scenario}/{file}")
async def propose(
    request: Request, scenario: Name, file: Name, officer: MayDraft, words: WordsOf
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
        problem = words.error(refusal)
        return await _form(
            request, scenario, file, officer, words, typed, seen=seen, problem=problem
        )
    except ChangedMeanwhile as refusal:
        first = await versions.texts_seen(services, name, seen, by=officer)
        return await _form(
            request, scenario, file, officer, words, _merged(typed, first or {}, current),
            seen=now, problem=words.error(refusal), changed=_changes(first or {}, current),
        )  # fmt: skip
    return await _form(
        request, scenario, file, officer, words, typed,
        seen=seen, trial=trial, unchanged=typed == _whole(current),
    )  # fmt: skip


async def _form(
    request: Request,
    scenario: str,
    file: str,
    officer: Officer,
    words: WordsOf,
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
        words=words,
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
        warnings=group_findings([one.finding for one in trial.warnings] if trial else (), words),
        sheets=_sheets(file, trial.messages if trial else ()),
        may_propose=officer.may(Permission.DRAFT),
        **_about(),
    )


async def _version(request: Request, number: int, officer: Officer, words: WordsOf) -> Response:
    services = state_of(request).services
    found, before = await versions.get_version(services, number, by=officer)
    old, new = _texts(before), _texts(found.content)
    library = await scenarios.list_scenarios(services)
    changes = [
        (
            table,
            [
                (one, word_diff(old.get(table, {}).get(one, ""), by.get(one, "")))
                for one in Language
            ],
        )
        for table, by in _whole(new or {}).items()
        if old.get(table, {}) != {one: text for one, text in by.items() if text}
    ]
    return render_page(
        request,
        "templates/wording.html",
        words=words,
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
        table: {one: text for one, text in by.items() if first.get(table, {}).get(one, "") != text}
        for table, by in _whole(current).items()
    }


def _merged(typed: Texts, first: Texts, current: Texts) -> Texts:
    """As typed, but what nobody touched as it is in force now."""
    changed = _changes(first, current)
    return {
        table: {
            one: changed[table].get(one, text)
            if text == first.get(table, {}).get(one, "")
            else text
            for one, text in by.items()
        }
        for table, by in typed.items()
    }


def _by_field(faults: Sequence[TemplateFault]) -> dict[str, list[str]]:
    """What the check says, by language; under the empty name what is about all of them."""
    made: dict[str, list[str]] = {}
    for one in faults:
        made.setdefault(one.language, []).append(one.reason)
    return made


def _sheets(
    file: str, messages: Sequence[Message]
) -> list[tuple[str, list[tuple[Language, Message | None]]]]:
    found = {(one.channel, one.language): one for one in messages}
    return [
        (channel, [(language, found.get((channel, language))) for language in Language])
        for channel in channels_of(file)
    ]


def _about() -> dict[str, Any]:
    return {"names": labels, "measure": measure}
