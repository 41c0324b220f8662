"""The library for programs: check it, read it with samples, adapt it with a second person."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from alerting.actions.templates import scenarios, versions
from alerting.domain.language import Language
from alerting.domain.text.numbers import MAX_INTEGER
from alerting.web.api.alerts.schemas import TextOut
from alerting.web.api.idempotency import RepeatableRoute
from alerting.web.api.pages import PageOut, page_out, read_number
from alerting.web.api.problems import PROBLEMS
from alerting.web.api.templates.schemas import FaultOut, Proposed, WordingIn, WordingOut
from alerting.web.auth import MayApprove, MayDraft, MayRead
from alerting.web.paging import After
from alerting.web.state import state_of

router = APIRouter(
    prefix="/api/templates", tags=["templates"], responses=PROBLEMS, route_class=RepeatableRoute
)
Name = Annotated[str, Path(max_length=64, examples=["chem_shelter"])]


@router.get("/check", summary="All errors in the active library")
async def check(request: Request, officer: MayRead) -> list[FaultOut]:
    """Empty if there are none."""
    faults = await scenarios.check_library_in_force(state_of(request).services, by=officer)
    return [FaultOut.model_validate(fault) for fault in faults]


@router.get("/files", summary="All files of the active library")
async def export(request: Request, officer: MayRead) -> dict[str, str]:
    """Name and content; proposing one unchanged changes nothing."""
    found = await scenarios.export_scenario(state_of(request).services, by=officer)
    return {exported.name: exported.content for exported in found}


@router.get("/scenarios/{name}", summary="A scenario's texts, filled with its samples")
async def show(
    request: Request,
    name: Name,
    officer: MayRead,
    lang: Annotated[list[Language] | None, Query(description="Empty: all four")] = None,
) -> list[TextOut]:
    """Every channel, by channel and then language."""
    messages = await scenarios.get_texts(
        state_of(request).services, name, languages=lang or list(Language), by=officer
    )
    return [TextOut.model_validate(message) for message in messages]


@router.get("/scenarios/{name}/warnings", summary="What may be misread in a scenario")
async def warnings(request: Request, name: Name, officer: MayRead) -> list[FaultOut]:
    """Its active texts can be used all the same; empty if there is nothing."""
    found = await scenarios.list_warnings(state_of(request).services, name, by=officer)
    return [FaultOut.model_validate(warning) for warning in found]


@router.get("/wordings", summary="Every template version ever proposed, newest first")
async def history(
    request: Request,
    officer: MayRead,
    scenario: Annotated[str | None, Query(max_length=64)] = None,
    after: After = "",
) -> PageOut[WordingOut]:
    """With author, approver and content; 100 a page."""
    found = await versions.list_versions(
        state_of(request).services, by=officer, scenario=scenario, before=read_number(after)
    )
    return page_out(found, WordingOut.of)


@router.post("/wordings", status_code=201, summary="Propose a template version")
async def propose(request: Request, wanted: WordingIn, officer: MayDraft) -> Proposed:
    """Refused, with file, line and reason, if the scenario would no longer pass its check."""
    services = state_of(request).services
    return Proposed(
        number=await versions.propose_version(
            services, wanted.name, wanted.content, seen=wanted.fingerprint, by=officer
        )
    )


@router.post("/wordings/{number}/approve", summary="Activate a proposed template version")
async def approve(
    request: Request, number: Annotated[int, Path(ge=1, le=MAX_INTEGER)], officer: MayApprove
) -> WordingOut:
    """By a user other than its author."""
    return WordingOut.of(
        await versions.approve_version(state_of(request).services, number, by=officer)
    )
