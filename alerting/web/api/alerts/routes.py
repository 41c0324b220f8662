"""Alerts for programs: draft, preview, revise, approve, send."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from alerting.actions.alerts import approval, confirmation, drafting, queries, sending, shapes
from alerting.actions.authorities import lists
from alerting.domain.text.numbers import MAX_INTEGER
from alerting.web.api.alerts.decision_schemas import ConfirmIn, ReasonIn, SeenIn
from alerting.web.api.alerts.preview_schemas import PreviewOut
from alerting.web.api.alerts.schemas import AlertOut, DraftedOut, DraftIn, TextsIn
from alerting.web.api.idempotency import RepeatableRoute
from alerting.web.api.pages import PageOut, page_out, read_number
from alerting.web.api.problems import PROBLEMS
from alerting.web.api.templates.schemas import ScenarioOut
from alerting.web.auth import MayApprove, MayDraft, MayRead, MaySendFresh, WordsOf
from alerting.web.paging import After
from alerting.web.state import state_of

router = APIRouter(prefix="/api", tags=["alerts"], responses=PROBLEMS, route_class=RepeatableRoute)
Number = Annotated[int, Path(ge=1, le=MAX_INTEGER, examples=[1])]


@router.get("/scenarios", summary="The scenarios an alert can start from")
async def scenarios(request: Request, officer: MayRead) -> list[ScenarioOut]:
    """Names, titles and details of the library."""
    services = state_of(request).services
    entries = await lists.list_entries(services, officer.authority.code, by=officer)
    return [ScenarioOut.of(scenario.with_lists(entries)) for scenario in services.composer.library]


@router.post("/alerts", status_code=201, summary="Draft an alert from a scenario")
async def draft(
    request: Request, wanted: DraftIn, officer: MayDraft, translate: WordsOf
) -> DraftedOut:
    """Composes every text in every language the area requires."""
    services = state_of(request).services
    alert = await drafting.draft(services, wanted.request(services), by=officer)
    same = await queries.alerts_under_way(services, alert, by=officer)
    inside = await shapes.shares_inside(services, alert.shape, by=officer) if alert.shape else {}
    remarks = drafting.area_remarks(services, wanted.area)
    texts = [translate(remark.says, **remark.facts) for remark in remarks]
    return DraftedOut(
        **AlertOut.of(alert, same).model_dump(),
        inside=inside,
        area_remarks=texts,
        filled_in=drafting.filled_in(alert, wanted.values),
    )


@router.get("/alerts", summary="Alerts, newest first")
async def list_alerts(
    request: Request,
    officer: MayRead,
    after: After = "",
    limit: Annotated[int, Query(ge=1, le=200)] = queries.PAGE_SIZE,
) -> PageOut[AlertOut]:
    """Without their texts."""
    page = await queries.list_alerts(
        state_of(request).services, by=officer, before=read_number(after), limit=limit
    )
    return page_out(page, AlertOut.of)


@router.get("/alerts/{number}", summary="One alert with its texts")
async def read(request: Request, number: Number, officer: MayRead) -> AlertOut:
    """Everything about it except its deliveries."""
    return AlertOut.of(await queries.get_alert(state_of(request).services, number, by=officer))


@router.get("/alerts/{number}/preview", summary="What would be sent, and to how many recipients")
async def preview(
    request: Request, number: Number, officer: MayRead, translate: WordsOf
) -> PreviewOut:
    """Texts, missing languages, findings of the checks, audience, cost and time."""
    seen = await queries.preview(state_of(request).services, number, by=officer)
    return PreviewOut.of(seen, translate)


@router.put("/alerts/{number}/texts", summary="Replace texts of a draft")
async def revise(request: Request, number: Number, wanted: TextsIn, officer: MayDraft) -> AlertOut:
    """Creates a new version; an approval is withdrawn."""
    texts = [text.message() for text in wanted.texts]
    services = state_of(request).services
    return AlertOut.of(
        await drafting.revise(services, number, texts, by=officer, seen=wanted.fingerprint)
    )


@router.post("/alerts/{number}/approve", summary="Approve an alert that another user wrote")
async def approve(
    request: Request, number: Number, wanted: ReasonIn, officer: MayApprove
) -> AlertOut:
    """Covers the exact texts, area and end. A reason allows missing texts or findings."""
    services = state_of(request).services
    return AlertOut.of(
        await approval.approve(
            services,
            number,
            by=officer,
            seen=wanted.fingerprint,
            reason=wanted.reason,
            accept_lists=wanted.accept_lists,
        )
    )


@router.post("/alerts/{number}/gsm7", summary="Accept the GSM-7 rewrite of text messages")
async def accept_rewrite(
    request: Request, number: Number, wanted: SeenIn, officer: MayDraft
) -> AlertOut:
    """Like any edit: creates a new version, and an approval is withdrawn."""
    services = state_of(request).services
    return AlertOut.of(
        await drafting.accept_rewrite(services, number, by=officer, seen=wanted.fingerprint)
    )


@router.post("/alerts/{number}/send", summary="Send an approved alert")
async def send(
    request: Request, number: Number, wanted: ConfirmIn, officer: MaySendFresh
) -> AlertOut:
    """Answers immediately; follow it by its status. A real alert needs `confirm`."""
    services = state_of(request).services
    alert = await queries.get_alert(services, number, by=officer)
    confirmation.require_confirmation(services, alert, wanted.confirm)
    return AlertOut.of(
        await sending.send(
            services,
            number,
            by=officer,
            seen=wanted.fingerprint,
            accept_times=wanted.accept_times,
            accept_same=wanted.accept_same,
        )
    )
