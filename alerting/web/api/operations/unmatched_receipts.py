"""Receipts that fit no delivery, for review."""

from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from alerting.actions.operations import unmatched_receipts as receipts
from alerting.web.api.alerts.routes import PROBLEMS
from alerting.web.auth import MayReadLedger
from alerting.web.state import state_of

router = APIRouter(prefix="/api/stray-receipts", tags=["receipts"], responses=PROBLEMS)


class StrayOut(BaseModel):
    """A receipt a provider signed, for a delivery we do not know, however often it came."""

    model_config = ConfigDict(from_attributes=True)

    key: str
    kind: str
    trouble: str
    detail: str
    n: int
    first_at: datetime
    last_at: datetime


@router.get("", summary="Receipts for deliveries we do not know")
async def stray(request: Request, officer: MayReadLedger) -> list[StrayOut]:
    """The newest 500."""
    found = await receipts.stray(state_of(request).services, by=officer)
    return [StrayOut.model_validate(one) for one in found]
