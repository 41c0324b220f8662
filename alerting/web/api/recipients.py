"""Recipients and the audit log for programs, within the user's territory."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from alerting.actions import ledger
from alerting.actions.recipients import importing
from alerting.domain.language import Language
from alerting.domain.ledger import ActorKind
from alerting.domain.recipient import RecipientKind
from alerting.web.api.pages import PageOut, page_out, read_number
from alerting.web.api.problems import PROBLEMS
from alerting.web.auth import MayRead, MayReadLedger, MaySeeAddresses
from alerting.web.paging import After
from alerting.web.state import state_of

router = APIRouter(prefix="/api", tags=["recipients and audit log"], responses=PROBLEMS)


class SearchIn(BaseModel):
    """A telephone number or mail address. In the body, so that no URL holds it."""

    model_config = ConfigDict(extra="forbid")

    address: Annotated[str, Field(min_length=3, max_length=254, examples=["+32470000001"])]


class RecipientOut(BaseModel):
    """A recipient on a list."""

    id: int
    kind: RecipientKind
    reference: str
    name: str
    language: Language
    nis_code: str
    phone: str
    email: str
    outlet: str


class RecipientLedgerEntryOut(BaseModel):
    """One entry of the audit log."""

    model_config = ConfigDict(from_attributes=True)

    seq: int
    at: datetime
    kind: ActorKind
    person: int
    """The user's number, never reused; 0 for the shell and the service."""
    by: str
    credential: int
    """The number of the session or token; 0 where there was none."""
    network: str
    """Where the client was, to a /24 or /48; empty on the server itself."""
    authority: str
    what: str
    about: str
    details: dict[str, Any]
    previous: str
    hash: str


@router.get("/recipients/counts", summary="Number of recipients on each list")
async def counts(request: Request, officer: MayRead) -> dict[RecipientKind, int]:
    """Those inside the user's territory."""
    return await importing.count_recipients(state_of(request).services, by=officer)


@router.post("/recipients/search", summary="Recipients with exactly this address")
async def search(
    request: Request, wanted: SearchIn, officer: MaySeeAddresses
) -> list[RecipientOut]:
    """Inside the user's territory; the search is recorded, without the address."""
    found = await importing.find_recipients(state_of(request).services, wanted.address, by=officer)
    return [
        RecipientOut(
            id=number,
            kind=recipient.kind,
            reference=recipient.reference,
            name=recipient.name,
            language=recipient.language,
            nis_code=recipient.nis_code,
            phone=recipient.phone,
            email=recipient.email,
            outlet=recipient.outlet,
        )
        for number, recipient in found
    ]


@router.get("/ledger", summary="Who did what, when")
async def read_ledger(
    request: Request,
    officer: MayReadLedger,
    after: After = "",
    about: Annotated[str, Query(max_length=64, examples=["alert/1"])] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = ledger.PAGE_SIZE,
) -> PageOut[RecipientLedgerEntryOut]:
    """Entries in the user's territory and about their authority, in order."""
    found = await ledger.list_entries(
        state_of(request).services, by=officer, after=read_number(after), about=about, limit=limit
    )
    return page_out(found, RecipientLedgerEntryOut.model_validate)
