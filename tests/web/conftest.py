"""A console on the desk's services, and browsers that are signed in to it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import httpx2
import pytest
from fastapi import FastAPI

from alerting.actions import access
from alerting.domain.staff import Officer
from alerting.services import Services
from alerting.settings import Settings
from alerting.web.app import create_app

Opens = Callable[[Officer | None], "httpx2.AsyncClient"]
OURS = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html", "Accept-Language": "en"}


@asynccontextmanager
async def nothing() -> AsyncIterator[None]:
    yield


@pytest.fixture
def console(services: Services) -> FastAPI:
    """The whole application, in English unless a browser asks for another language."""
    settings = Settings(interface_language="en", page_size=10)
    return create_app(services, settings, alongside=nothing)


@pytest.fixture
async def browser(console: FastAPI, services: Services) -> AsyncIterator["Browsers"]:
    """Opens browsers: `await browser(JORIS)` is signed in, `await browser(None)` is not."""
    async with AsyncExitStack() as open_ones:
        yield Browsers(console, services, open_ones)


class Browsers:
    """Makes clients that look like a browser."""

    def __init__(self, console: FastAPI, services: Services, open_ones: AsyncExitStack) -> None:
        self._console = console
        self._services = services
        self._open_ones = open_ones

    async def __call__(self, officer: Officer | None) -> httpx2.AsyncClient:
        """A browser, signed in as this officer."""
        client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=self._console),
            base_url="http://console.test",
            headers=OURS,
        )
        await self._open_ones.enter_async_context(client)
        if officer is not None:
            secret = await access.make_link(self._services, officer)
            await client.post("/sign-in", data={"secret": secret})
        return client
