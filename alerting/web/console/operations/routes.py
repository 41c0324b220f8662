"""Routes and workers: how each way to people does, and what an operator decides about it."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import RedirectResponse

from alerting.actions.operations import routes, unmatched_receipts
from alerting.domain.channel import FAILURE_REASON_ADVICE, FAILURE_REASON_NAMES
from alerting.domain.channel_setup import HALF_SET, HALF_SET_REMEDY, SOURCE_NAMES, STATE_NAMES
from alerting.domain.delivery import MISMATCH_NAMES, RECEIPT_KIND_NAMES
from alerting.domain.errors import AlertingError
from alerting.domain.officer import Officer, Permission
from alerting.domain.route import BREAKER_NAMES, OVERRIDE_NAMES, Override
from alerting.i18n import Translator
from alerting.services import Services
from alerting.web.auth import MayManageRoutes, MayRead, WordsOf
from alerting.web.console import labels
from alerting.web.console.channel_health import FARING_NAMES, ChannelHealth, channel_health
from alerting.web.errors import status_of
from alerting.web.pages import render_page
from alerting.web.state import state_of

MAX_RECEIPTS_SHOWN = 20

router = APIRouter(tags=["console"], prefix="/routes")


@router.get("")
async def show_routes(request: Request, officer: MayRead, translate: WordsOf) -> Response:
    """Every channel with its routes, the workers, and receipts that fit no delivery."""
    return await _page(request, officer, translate)


@router.post("/{channel}/{route}")
async def hold_or_release_route(
    request: Request,
    officer: MayManageRoutes,
    translate: WordsOf,
    channel: Annotated[str, Path(max_length=32)],
    route: Annotated[str, Path(max_length=16)],
    decision: Annotated[Override, Form()] = Override.NONE,
    reason: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Hold a route off, force it on, or leave it to what is measured."""
    services = state_of(request).services
    try:
        await routes.override_route(services, channel, route, decision, reason=reason, by=officer)
    except AlertingError as problem:
        typed = (channel, route, decision, reason)
        return await _page(request, officer, translate, problem=problem, typed=typed)
    return RedirectResponse("/routes", status_code=303)


@router.post("/{channel}/{route}/test")
async def send_test_message(
    request: Request,
    officer: MayManageRoutes,
    translate: WordsOf,
    channel: Annotated[str, Path(max_length=32)],
    route: Annotated[str, Path(max_length=16)],
) -> Response:
    """Send a fixed message to whoever asks, by this route alone."""
    services = state_of(request).services
    try:
        await routes.send_test_message(services, channel, route, by=officer)
    except AlertingError as problem:
        return await _page(request, officer, translate, problem=problem)
    return RedirectResponse(f"/routes#test-{channel}-{route}", status_code=303)


def _by_channel(
    services: Services, statuses: Sequence[routes.RouteStatus]
) -> list[tuple[str, ChannelHealth | None, list[routes.RouteStatus]]]:
    """Each channel with how it fares and its routes."""
    fares = channel_health(statuses)
    return [
        (name, fares.get(name), [status for status in statuses if status.health.channel == name])
        for name in dict.fromkeys((*services.channels, *services.routes))
    ]


async def _page(
    request: Request,
    officer: Officer,
    translate: Translator,
    *,
    problem: AlertingError | None = None,
    typed: tuple[str, str, Override, str] | None = None,
) -> Response:
    """In one piece: what one page shows."""
    services = state_of(request).services
    statuses = await routes.list_routes(services, by=officer)
    workers = await routes.list_workers(services, by=officer)
    everywhere = officer.authority.territory.everywhere
    decides = officer.may(Permission.MANAGE_ROUTES) and everywhere
    tests = await routes.list_test_messages(services, by=officer) if decides else []
    sees_unmatched = officer.may(Permission.READ_LEDGER) and everywhere
    unmatched = (
        await unmatched_receipts.list_unmatched(services, by=officer) if sees_unmatched else []
    )
    return render_page(
        request,
        "operations/routes.html",
        words=translate,
        status=status_of(problem) if problem else 200,
        officer=officer,
        channels=_by_channel(services, statuses),
        setups={
            name: [route_setup for route_setup in services.setups if route_setup.channel == name]
            for name in services.routes
        },
        half_set=(HALF_SET, HALF_SET_REMEDY),
        setting_states=STATE_NAMES,
        setting_sources=SOURCE_NAMES,
        workers=workers,
        at_work=any(worker.lives(services.now()) for worker in workers),
        unmatched=unmatched[:MAX_RECEIPTS_SHOWN],
        sees_unmatched=sees_unmatched,
        mismatches=MISMATCH_NAMES,
        kinds=RECEIPT_KIND_NAMES,
        decides=decides,
        tests={(copy.carrier, copy.route): copy for copy in tests},
        problem=translate.error(problem) if problem else "",
        typed=typed,
        farings=FARING_NAMES,
        breakers=BREAKER_NAMES,
        overrides=OVERRIDE_NAMES,
        failure_reasons=FAILURE_REASON_NAMES,
        advice=FAILURE_REASON_ADVICE,
        names=labels,
        training=services.training,
        rules=services.rules,
        approval_lasts=services.approval_lasts,
        on_sqlite=services.database.is_sqlite,
        now=services.now(),
    )
