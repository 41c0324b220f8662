"""The progress of an alert and its deliveries, for programs."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import StreamingResponse

from alerting.actions import deliveries
from alerting.actions.alerts import queries
from alerting.web.api.alerts.routes import Number
from alerting.web.api.deliveries.schemas import DeliveryOut, PersonIn, StatusOut
from alerting.web.api.pages import PageOut
from alerting.web.api.problems import PROBLEMS
from alerting.web.auth import MayRead
from alerting.web.delivery_filter import WantedDeliveries
from alerting.web.downloads import giving_way
from alerting.web.paging import After, read_delivery_key, write_delivery_key
from alerting.web.state import state_of

router = APIRouter(prefix="/api", tags=["alerts"], responses=PROBLEMS)


@router.get("/alerts/{number}/status", summary="The progress of an alert")
async def status(request: Request, number: Number, officer: MayRead) -> StatusOut:
    """Counters and times; fast for any number of recipients."""
    return StatusOut.of(await queries.get_status(state_of(request).services, number, by=officer))


@router.get("/alerts/{number}/deliveries", summary="Deliveries, page by page")
async def delivery_page(
    request: Request,
    number: Number,
    officer: MayRead,
    wanted: WantedDeliveries,
    after: After = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> PageOut[DeliveryOut]:
    """In key order; a page may be short and still have a `next`: continue there."""
    page = await deliveries.list_deliveries(
        state_of(request).services,
        number,
        by=officer,
        after=read_delivery_key(number, after),
        wanted=wanted,
        limit=limit,
    )
    return PageOut(
        items=[DeliveryOut.of(number, row) for row in page.items],
        next=write_delivery_key(number, page.next),
    )


@router.post("/alerts/{number}/deliveries/search", summary="Deliveries to one recipient")
async def delivery_search(
    request: Request,
    number: Number,
    looked_for: PersonIn,
    officer: MayRead,
    wanted: WantedDeliveries,
    after: After = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> PageOut[DeliveryOut]:
    """Pages of deliveries, in key order; the person is in the body, so that no URL holds it."""
    wanted = replace(wanted, person=looked_for.person)
    return await delivery_page(request, number, officer, wanted, after, limit)


@router.post(
    "/alerts/{number}/deliveries.csv",
    summary="All deliveries as CSV",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}}, "description": "UTF-8 with BOM, `;`"}},
)
async def delivery_export(
    request: Request,
    number: Number,
    officer: MayRead,
    wanted: WantedDeliveries,
    person: Annotated[str, Form(max_length=254)] = "",
) -> StreamingResponse:
    """Streamed. The export is recorded in the audit log, so a plain link cannot start it."""
    wanted = replace(wanted, person=person)
    services = state_of(request).services
    await deliveries.require_in_database(services, number, by=officer)
    await state_of(request).turns.move(request, f"{officer.name} download")
    return StreamingResponse(
        giving_way(deliveries.export_deliveries(services, number, by=officer, wanted=wanted)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="alert-{number}.csv"'},
    )
