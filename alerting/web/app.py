"""create_app(services): puts the API and the pages together, and nothing else."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, FastAPI

from alerting import __version__
from alerting.domain.language import Language
from alerting.services import Services
from alerting.settings import Settings
from alerting.web import errors
from alerting.web.api import accounts as api_accounts
from alerting.web.api import authorities as api_authorities
from alerting.web.api import change_requests as api_change_requests
from alerting.web.api import copies as api_copies
from alerting.web.api import description
from alerting.web.api import incidents as api_incidents
from alerting.web.api import recipients as api_recipients
from alerting.web.api.alerts import lifecycle as api_lifecycle
from alerting.web.api.alerts import routes as api_alerts
from alerting.web.api.deliveries import routes as api_deliveries
from alerting.web.api.operations import health as api_health
from alerting.web.api.operations import routes as api_routes
from alerting.web.api.operations import unmatched_receipts as api_unmatched_receipts
from alerting.web.api.press import releases as api_releases
from alerting.web.api.templates import routes as api_templates
from alerting.web.auth import HEADERS, STRICT_TRANSPORT
from alerting.web.client_address import networks_of
from alerting.web.compression import Compression
from alerting.web.console.accounts import (
    account,
    oidc,
    password_links,
    second_factor,
    sign_in,
    users,
)
from alerting.web.console.accounts.oidc import Provider
from alerting.web.console.alerts import (
    approval,
    composition,
    copies,
    follow_up,
    lifecycle,
    report,
    text_editor,
    texts,
    translations,
)
from alerting.web.console.alerts import pages as alert_pages
from alerting.web.console.alerts.live_updates import Live
from alerting.web.console.authorities import incidents as incident_pages
from alerting.web.console.authorities import lists as authority_lists
from alerting.web.console.authorities import pages as authority_pages
from alerting.web.console.deliveries import pages as delivery_pages
from alerting.web.console.deliveries import sandbox_inbox
from alerting.web.console.operations import api_reference, public_pages, routes
from alerting.web.console.press import pages as release_pages
from alerting.web.console.recipients import groups, importing
from alerting.web.console.recipients import pages as recipient_pages
from alerting.web.console.templates import pages as template_pages
from alerting.web.pages import STATIC
from alerting.web.provider_callbacks import DESCRIBED
from alerting.web.public.files import PublicFiles
from alerting.web.readable import must_be_readable
from alerting.web.request_guard import RequestGuard
from alerting.web.state import AppState
from alerting.web.static_assets import StaticAssets

Alongside = Callable[[], AbstractAsyncContextManager[None]]


def create_app(
    services: Services, settings: Settings, *, alongside: Alongside, only_receipts: bool = False
) -> FastAPI:
    """The web application. `alongside` runs while it does: the embedded worker, or nothing.

    With `only_receipts` it has no page and no API: `/health`, and what `ProviderCallbacks` answers.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with alongside():
            yield

    app = FastAPI(
        title="Alerting",
        version=__version__,
        summary="Public alerts in every legal language, approved by a second person, tracked.",
        description=description.ABOUT,
        servers=[{"url": settings.public_url, "description": "This installation"}],
        lifespan=lifespan,
        routes=(api_health.router if only_receipts else _router()).routes,
        docs_url=None,  # its page loads scripts from elsewhere; ours is at /api
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
    app.add_middleware(Compression)
    app.add_middleware(RequestGuard, headers=HEADERS | (STRICT_TRANSPORT if secure else {}))
    if services.public is not None and not only_receipts:
        app.add_middleware(
            PublicFiles,
            www=services.public.folder.www,
            host=own_host(settings),
            more=STRICT_TRANSPORT if secure else {},
        )
    describe = app.openapi
    app.openapi = lambda: _completed(describe())  # type: ignore[method-assign]
    app.mount("/static", StaticAssets(directory=STATIC), name="static")
    return app


def own_host(settings: Settings) -> str:
    """The host at whose root the public pages are; empty where they are below the console's."""
    pages = urlsplit(settings.pages_url)
    same = pages.netloc.lower() == urlsplit(settings.public_url).netloc.lower()
    return "" if same or pages.path.strip("/") else pages.netloc


@cache
def _router() -> APIRouter:
    """Every route, which no setting changes. FastAPI takes a second to read them at first use."""
    router = APIRouter(dependencies=[Depends(must_be_readable)])
    for api in (
        *(
            api_alerts,
            api_copies,
            api_deliveries,
            api_lifecycle,
            api_health,
            api_unmatched_receipts,
        ),
        *(api_routes, api_templates, api_releases),
        *(api_authorities, api_incidents, api_accounts, api_change_requests, api_recipients),
    ):
        router.include_router(api.router)
    for pages in (
        *(sign_in, second_factor, password_links, account, users, oidc),
        *(authority_pages, authority_lists, incident_pages, template_pages),
        *(routes, public_pages, api_reference),
        *(
            alert_pages,
            composition,
            text_editor,
            approval,
            lifecycle,
            follow_up,
            texts,
            report,
            copies,
            translations,
        ),
        *(delivery_pages, sandbox_inbox, importing, groups, recipient_pages, release_pages),
    ):
        router.include_router(pages.router, include_in_schema=False)
    return router


def _completed(described: dict[str, Any]) -> dict[str, Any]:
    described["paths"] |= DESCRIBED
    return description.with_problems(described)
