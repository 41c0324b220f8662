"""The web application on a real SQLite, asked over ASGI as a browser or a program would."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack

import httpx2
import pytest
from fastapi import FastAPI

from alerting.actions.accounts import tokens
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from alerting.settings import Settings
from alerting.web.app import create_app
from alerting.web.provider_callbacks import ProviderCallbacks
from tests.server import nothing_beside
from tests.web.console import Browsers

NAMES = {
    Role.COMMUNICATOR: "mila",
    Role.APPROVER: "joris",
    Role.DUTY_OFFICER: "dirk",
    Role.PRESS_OFFICER: "paula",
    Role.AUDITOR: "august",
    Role.ADMINISTRATOR: "ada",
    Role.DUTY_OFFICER: "dirk",
}


@pytest.fixture
async def anyone(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    """Somebody without a token."""
    app = ProviderCallbacks(create_app(services, Settings(), alongside=nothing_beside), services)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://alerting.test") as client:
        yield client


@pytest.fixture
async def as_role(services: Services, anyone: httpx2.AsyncClient) -> Callable[[Role], "AsRole"]:
    """Somebody with a role: `await as_role(Role.AUDITOR).get(…)`."""
    return lambda role: AsRole(services, anyone, role)


class AsRole:
    """A client that carries the token of a role."""

    def __init__(self, services: Services, client: httpx2.AsyncClient, role: Role) -> None:
        self._services = services
        self._client = client
        self._officer = Officer(NAMES[role], role)
        self._token = ""

    async def request(
        self,
        method: str,
        path: str,
        *,
        more_headers: Mapping[str, str] | None = None,
        **more: object,
    ) -> httpx2.Response:
        if not self._token:
            self._token = await tokens.make_token(self._services, self._officer, by=SHELL)
        headers = {"Authorization": f"Bearer {self._token}", "Accept-Language": "en"}
        headers |= more_headers or {}
        return await self._client.request(method, path, headers=headers, **more)  # type: ignore[arg-type]

    async def get(self, path: str) -> httpx2.Response:
        return await self.request("GET", path)

    async def post(self, path: str, json: object = None) -> httpx2.Response:
        return await self.request("POST", path, json=json)

    async def patch(self, path: str, json: object) -> httpx2.Response:
        return await self.request("PATCH", path, json=json)

    async def put(self, path: str, json: object) -> httpx2.Response:
        return await self.request("PUT", path, json=json)


@pytest.fixture
def app(services: Services) -> FastAPI:
    """The whole application, in English unless a browser asks for another language."""
    settings = Settings(interface_language="en", page_size=10)
    return create_app(services, settings, alongside=nothing_beside)


@pytest.fixture
async def browsers(app: FastAPI, services: Services) -> AsyncIterator[Browsers]:
    """Opens browsers on the console."""
    async with AsyncExitStack() as open_ones:
        yield Browsers(app, services, open_ones)
