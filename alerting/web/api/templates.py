"""The library for programs: check it, read it filled with samples, adapt it with four eyes."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from alerting.actions import templates
from alerting.actions.templates import MAX_FILE_CHARS
from alerting.compose.library_check import TemplateFault
from alerting.domain.language import Language
from alerting.store.templates import TemplateVersion
from alerting.web.api.alerts.routes import PROBLEMS
from alerting.web.api.alerts.schemas import TextOut
from alerting.web.auth import MayApprove, MayDraft, MayRead
from alerting.web.state import state_of

router = APIRouter(prefix="/api/templates", tags=["templates"], responses=PROBLEMS)
Name = Annotated[str, Path(max_length=64, examples=["chem_shelter"])]


class FaultOut(BaseModel):
    """Something to mend in the library."""

    file: str
    line: int
    language: str
    reason: str

    @classmethod
    def of(cls, fault: TemplateFault) -> "FaultOut":
        """From the check."""
        return cls(file=fault.file, line=fault.line, language=fault.language, reason=fault.reason)


class WordingIn(BaseModel):
    """New content for one file of the library."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=100, examples=["chem_shelter/sms.toml"])]
    content: Annotated[str, Field(max_length=MAX_FILE_CHARS)]
    fingerprint: Annotated[
        str,
        Field(
            max_length=64,
            description="SHA-256, hexadecimal, of the content in force that it was made from: "
            "refused where another one is in force now. Empty: not compared",
        ),
    ] = ""


class WordingOut(BaseModel):
    """One version of one file."""

    number: int
    name: str
    author: str
    created_at: datetime
    approver: str
    approved_at: datetime | None
    content: str

    @classmethod
    def of(cls, version: TemplateVersion) -> "WordingOut":
        """From the store."""
        return cls(
            number=version.id,
            name=f"{version.scenario}/{version.file}.toml",
            author=version.author,
            created_at=version.created_at,
            approver=version.approver,
            approved_at=version.approved_at,
            content=version.content,
        )


class Proposed(BaseModel):
    """The number of a proposal."""

    number: int


@router.get("/check", summary="Everything wrong with the library in force")
async def check(request: Request, officer: MayRead) -> list[FaultOut]:
    """Empty when it is sound."""
    found = await templates.check_library_in_force(state_of(request).services, by=officer)
    return [FaultOut.of(one) for one in found]


@router.get("/files", summary="Every file of the library in force")
async def export(request: Request, officer: MayRead) -> dict[str, str]:
    """Name and content; proposing one unchanged changes nothing."""
    found = await templates.export_scenario(state_of(request).services, by=officer)
    return {one.name: one.content for one in found}


@router.get("/scenarios/{name}", summary="A scenario's texts, filled with its samples")
async def show(
    request: Request,
    name: Name,
    officer: MayRead,
    lang: Annotated[list[Language] | None, Query(description="Empty: all four")] = None,
) -> list[TextOut]:
    """Every channel, by channel and then language."""
    messages = await templates.get_texts(
        state_of(request).services, name, languages=lang or list(Language), by=officer
    )
    return [TextOut.of(one) for one in messages]


@router.get("/wordings", summary="Every wording ever proposed, newest first")
async def history(
    request: Request,
    officer: MayRead,
    scenario: Annotated[str | None, Query(max_length=64)] = None,
    before: Annotated[
        int | None, Query(ge=1, le=2**63 - 1, description="Those with a lower number")
    ] = None,
) -> list[WordingOut]:
    """With author, approver and content; 100 at once, `before` the last number for more."""
    found = await templates.list_versions(
        state_of(request).services, by=officer, scenario=scenario, before=before
    )
    return [WordingOut.of(one) for one in found]


@router.post("/wordings", status_code=201, summary="Propose an own wording")
async def propose(request: Request, wanted: WordingIn, officer: MayDraft) -> Proposed:
    """Refused, with file, line and reason, when the scenario would no longer pass."""
    services = state_of(request).services
    return Proposed(
        number=await templates.propose_version(
            services, wanted.name, wanted.content, seen=wanted.fingerprint, by=officer
        )
    )


@router.post("/wordings/{number}/approve", summary="Put a proposal in force")
async def approve(
    request: Request, number: Annotated[int, Path(ge=1, le=2**63 - 1)], officer: MayApprove
) -> WordingOut:
    """As somebody other than its author."""
    return WordingOut.of(
        await templates.approve_version(state_of(request).services, number, by=officer)
    )
