"""Run the web application in this process, with its worker beside it where settings say so."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import structlog
import uvicorn

from alerting.actions.operations.database import is_newest_schema, migrate_database
from alerting.actions.recipients.import_jobs import keep_importing
from alerting.services import Services
from alerting.settings import Settings
from alerting.web.app import create_app
from alerting.web.connection_limits import ConnectionLimits
from alerting.web.console.alerts.live_updates import Live
from alerting.web.migrating import migrating
from alerting.web.provider_callbacks import ProviderCallbacks
from alerting.worker.main import keep_working
from alerting.worker.queue import ArqQueue

log = structlog.get_logger()


class Server(uvicorn.Server):
    """Lets go of open boards when it stops: their connections would never end by themselves."""

    def __init__(self, boards: Live, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._boards = boards

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; the boards come back to whoever serves next."""
        self._boards.close()
        await super().shutdown(sockets)


def warn_of_proxies(settings: Settings) -> None:
    """Say at the start that officers behind a proxy nobody named count as one address."""
    host = urlsplit(settings.public_url).hostname or ""
    local = host == "localhost" or host.endswith(".localhost") or host.startswith("127.")
    if not settings.trusted_proxies and not local and host != "::1":
        log.warning("proxy.none_trusted", setting="ALERTING_TRUSTED_PROXIES", public_host=host)


def make_server(
    services: Services, settings: Settings, queue: ArqQueue, *, only_receipts: bool = False
) -> uvicorn.Server:
    """A server that is not started yet; with `only_receipts` one for providers alone."""

    @contextlib.asynccontextmanager
    async def beside() -> AsyncIterator[None]:
        tasks = []
        if settings.worker_inside or queue.embedded:
            tasks.append(asyncio.create_task(keep_working(services, queue)))
        if not only_receipts:  # whoever takes uploads has the files
            tasks.append(asyncio.create_task(keep_importing(services)))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    warn_of_proxies(settings)
    app = create_app(services, settings, alongside=beside, only_receipts=only_receipts)
    return Server(
        app.state.live,
        uvicorn.Config(
            ProviderCallbacks(app, services),
            host=settings.host,
            port=settings.port,
            http=ConnectionLimits.by(settings).protocol(),
            ws="none",
            backlog=settings.connections,
            log_config=None,
            access_log=False,  # it would hold officers' names and addresses looked up
            server_header=False,
            proxy_headers=False,  # whom to believe is a setting: alerting/web/client_address.py
            timeout_graceful_shutdown=5,
        ),
    )


async def migrate_and_tell(services: Services, settings: Settings) -> None:
    """Bring the schema to the newest; whoever asks meanwhile hears that this is being done.

    Nobody listens where nothing is to be done.
    """
    if await is_newest_schema(services):
        await migrate_database(services)
        return
    server = uvicorn.Server(
        uvicorn.Config(
            migrating,
            host=settings.host,
            port=settings.port,
            http=ConnectionLimits.by(settings).protocol(),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
    )
    telling = asyncio.create_task(server.serve())
    try:
        await migrate_database(services)
    finally:
        server.should_exit = True
        await telling


async def serve(
    services: Services, settings: Settings, queue: ArqQueue, *, only_receipts: bool = False
) -> None:
    """Serve until stopped."""
    await make_server(services, settings, queue, only_receipts=only_receipts).serve()
