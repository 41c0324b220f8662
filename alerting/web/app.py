"""create_app(services): mounts the doors and nothing else."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request, Response
from starlette.staticfiles import StaticFiles

from alerting import __version__
from alerting.delivery.receipts import Inbox
from alerting.domain.language import Language
from alerting.services import Services
from alerting.settings import Settings
from alerting.web import errors
from alerting.web.api import alerts as api_alerts
from alerting.web.api import health as api_health
from alerting.web.api import receipts as api_receipts
from alerting.web.console import alerts as console_alerts
from alerting.web.console import sign_in as console_sign_in
from alerting.web.security import HEADERS
from alerting.web.state import State

STATIC = Path(__file__).parent / "static"
LARGEST_BODY = 2_000_000
"""Bytes; the largest thing anyone sends here is a list of recipients."""

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
        inbox=Inbox(services),
        language=Language(settings.interface_language),
        page_size=settings.page_size,
        secure=settings.public_url.startswith("https:"),
    )
    errors.install(app)
    app.middleware("http")(_guard)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.include_router(api_alerts.router)
    app.include_router(api_receipts.router)
    app.include_router(api_health.router)
    app.include_router(console_sign_in.router)
    app.include_router(console_alerts.router)
    return app


async def _guard(request: Request, proceed: Callable[[Request], Awaitable[Response]]) -> Response:
    """Security headers on every answer; a body larger than anything we expect is not read."""
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > LARGEST_BODY:
        return Response(status_code=413, headers=HEADERS)
    response = await proceed(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
