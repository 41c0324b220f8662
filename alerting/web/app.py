"""create_app(services): mounts the doors and nothing else."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alerting import __version__
from alerting.domain.language import Language
from alerting.services import Services
from alerting.settings import Settings
from alerting.web import errors
from alerting.web.api import alerts as api_alerts
from alerting.web.api import health as api_health
from alerting.web.api import life as api_life
from alerting.web.api import receipts as api_receipts
from alerting.web.api import routes as api_routes
from alerting.web.api import templates as api_templates
from alerting.web.console import (
    alerts,
    compose,
    deciding,
    deliveries,
    edit,
    following,
    groups,
    importing,
    people,
    received,
    report,
    sign_in,
    steps,
    texts,
    wording,
)
from alerting.web.console.importing import IMPORT, LARGEST_FILE
from alerting.web.console.live import Live
from alerting.web.receipts import DESCRIBED
from alerting.web.security import HEADERS
from alerting.web.state import State

STATIC = Path(__file__).parent / "static"
LARGEST_BODY = 2_000_000
"""Bytes; the largest thing anyone sends here, but for lists of recipients."""

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
        docs_url=None,  # its page loads scripts from elsewhere; /openapi.json is for any viewer
        redoc_url=None,
    )
    app.state.alerting = State(
        services=services,
        language=Language(settings.interface_language),
        page_size=settings.page_size,
        secure=settings.public_url.startswith("https:"),
        sandbox_url=settings.sandbox_url,
    )
    app.state.live = Live(services)
    app.state.reports = report.Reports()
    errors.install(app)
    app.add_middleware(Guard)
    describe = app.openapi
    app.openapi = lambda: _with_receipts(describe())  # type: ignore[method-assign]
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.include_router(api_alerts.router)
    app.include_router(api_life.router)
    app.include_router(api_health.router)
    app.include_router(api_receipts.router)
    app.include_router(api_routes.router)
    app.include_router(api_templates.router)
    rooms = (
        sign_in,
        alerts,
        compose,
        edit,
        deciding,
        steps,
        following,
        texts,
        deliveries,
        report,
        importing,
        groups,
        people,
        wording,
        received,
    )
    for room in rooms:
        app.include_router(room.router, include_in_schema=False)
    return app


def _with_receipts(description: dict[str, Any]) -> dict[str, Any]:
    description["paths"] |= DESCRIBED
    return description


class Guard:
    """Security headers on every answer; a body larger than anything we expect is not read."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "0")
        largest = LARGEST_FILE if scope["path"].endswith(IMPORT) else LARGEST_BODY
        if not length.isdigit() or int(length) > largest:
            await Response(status_code=413)(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._inner(scope, receive, guarded)
