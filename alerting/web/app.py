"""create_app(services): mounts the doors and nothing else."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI
from starlette.staticfiles import StaticFiles

from alerting import __version__
from alerting.domain.language import Language
from alerting.services import Services
from alerting.settings import Settings
from alerting.web import errors
from alerting.web.api import accounts as api_memberships
from alerting.web.api import authorities as api_authorities
from alerting.web.api import change_requests as api_proposals
from alerting.web.api import incidents as api_incidents
from alerting.web.api import recipients as api_lists
from alerting.web.api.alerts import lifecycle as api_life
from alerting.web.api.alerts import routes as api_alerts
from alerting.web.api.deliveries import routes as api_deliveries
from alerting.web.api.operations import health as api_health
from alerting.web.api.operations import routes as api_routes
from alerting.web.api.operations import unmatched_receipts as api_receipts
from alerting.web.api.templates import routes as api_templates
from alerting.web.auth import HEADERS, STRICT_TRANSPORT
from alerting.web.client_address import networks_of
from alerting.web.console.accounts import account, second_factor, sign_in
from alerting.web.console.accounts import invitations as joining
from alerting.web.console.accounts import users as colleagues
from alerting.web.console.accounts.oidc import Provider
from alerting.web.console.accounts.oidc import router as oidc_router
from alerting.web.console.alerts import approval as deciding
from alerting.web.console.alerts import composition as compose
from alerting.web.console.alerts import follow_up as following
from alerting.web.console.alerts import lifecycle as steps
from alerting.web.console.alerts import pages as alerts
from alerting.web.console.alerts import report, texts
from alerting.web.console.alerts import text_editor as edit
from alerting.web.console.alerts.live_updates import Live
from alerting.web.console.authorities import lists as authority_lists
from alerting.web.console.authorities import pages as authorities
from alerting.web.console.deliveries import pages as deliveries
from alerting.web.console.deliveries import sandbox_inbox as received
from alerting.web.console.operations import routes
from alerting.web.console.recipients import groups, importing
from alerting.web.console.recipients import pages as people
from alerting.web.console.templates import pages as wording
from alerting.web.provider_callbacks import DESCRIBED
from alerting.web.readable import must_be_readable
from alerting.web.request_guard import RequestGuard
from alerting.web.state import AppState

STATIC = Path(__file__).parent / "static"

Alongside = Callable[[], AbstractAsyncContextManager[None]]


def create_app(services: Services, settings: Settings, *, alongside: Alongside) -> FastAPI:
    """The web application. `alongside` runs while it does: the embedded worker, or nothing."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with alongside():
            yield

    app = FastAPI(
        title="Alerting",
        version=__version__,
        summary="Population alerts in every legal language, approved by two people, tracked.",
        lifespan=lifespan,
        dependencies=[Depends(must_be_readable)],
        docs_url=None,  # its page loads scripts from elsewhere; /openapi.json is for any viewer
        redoc_url=None,
    )
    secure = settings.public_url.startswith("https:")
    app.state.alerting = AppState(
        services=services,
        language=Language(settings.interface_language),
        page_size=settings.page_size,
        secure=secure,
        sandbox_url=settings.sandbox_url,
        trusted_proxies=networks_of(settings.trusted_proxies),
    )
    app.state.live = Live(services)
    app.state.reports = report.Reports()
    app.state.provider = Provider.by(settings)
    errors.install(app)
    app.add_middleware(RequestGuard, headers=HEADERS | (STRICT_TRANSPORT if secure else {}))
    describe = app.openapi
    app.openapi = lambda: _with_receipts(describe())  # type: ignore[method-assign]
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    _include_routers(app)
    return app


def _include_routers(app: FastAPI) -> None:
    """The API, then the pages, which are no part of its description."""
    app.include_router(api_alerts.router)
    app.include_router(api_deliveries.router)
    app.include_router(api_life.router)
    app.include_router(api_health.router)
    app.include_router(api_receipts.router)
    app.include_router(api_routes.router)
    app.include_router(api_templates.router)
    for door in (api_authorities, api_incidents, api_memberships, api_proposals, api_lists):
        app.include_router(door.router)
    for room in (
        *(sign_in, second_factor, joining, account, colleagues, authorities, authority_lists),
        *(alerts, compose, edit, deciding, steps, following, texts, deliveries, report),
        *(importing, groups, people, wording, routes, received),
    ):
        app.include_router(room.router, include_in_schema=False)
    app.include_router(oidc_router, include_in_schema=False)


def _with_receipts(description: dict[str, Any]) -> dict[str, Any]:
    description["paths"] |= DESCRIBED
    return description
