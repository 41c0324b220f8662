"""Receipts that match no delivery, for review."""

from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from alerting.actions.operations import unmatched_receipts
from alerting.domain.delivery import Mismatch
from alerting.web.api.problems import PROBLEMS
from alerting.web.auth import MayReadLedger
from alerting.web.state import state_of

router = APIRouter(prefix="/api/unmatched-receipts", tags=["receipts"], responses=PROBLEMS)


class UnmatchedReceiptOut(BaseModel):
    """A receipt that a provider signed and that matches no attempt, however often it came."""

    model_config = ConfigDict(from_attributes=True)

    channel: str = Field(description="The channel of the provider that signed it")
    route: str = Field(description="The route of the provider that signed it")
    reference: str = Field(description="The provider's name for the message")
    key: str = Field(description="The delivery it names")
    kind: str
    reason: Mismatch
    failure_reason: str
    provider_code: str
    n: int
    first_at: datetime
    last_at: datetime


@router.get("", summary="Receipts that match no delivery")
async def list_unmatched(request: Request, officer: MayReadLedger) -> list[UnmatchedReceiptOut]:
    """The newest 500, each with why it matches none."""
    found = await unmatched_receipts.list_unmatched(state_of(request).services, by=officer)
    return [UnmatchedReceiptOut.model_validate(unmatched_receipt) for unmatched_receipt in found]
