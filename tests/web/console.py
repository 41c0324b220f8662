"""A console on the desk's services, and browsers that are signed in to it."""

from contextlib import AsyncExitStack

import httpx2
from fastapi import FastAPI

from alerting.actions.accounts import magic_links
from alerting.domain.officer import Officer
from alerting.services import Services

OURS = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html", "Accept-Language": "en"}


class Browsers:
    """Makes clients that look like a browser: `await browsers(JORIS)` is signed in."""

    def __init__(self, app: FastAPI, services: Services, open_ones: AsyncExitStack) -> None:
        self.app = app
        self._services = services
        self._open_ones = open_ones

    async def __call__(self, officer: Officer | None = None) -> httpx2.AsyncClient:
        """A browser; nobody is signed in where no officer is named."""
        client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=self.app),
            base_url="http://console.test",
            headers=OURS,
        )
        await self._open_ones.enter_async_context(client)
        if officer is not None:
            secret = await magic_links.make_link(self._services, officer)
            await client.post("/sign-in", data={"secret": secret})
        return client
