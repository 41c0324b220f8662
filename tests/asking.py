"""One client that asks an application in every role, and as nobody."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI

from alerting.actions.accounts import tokens
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from alerting.settings import Settings
from alerting.store import Database
from alerting.store.accounts import memberships as membership_rows
from alerting.store.migrate import migrate
from alerting.web.app import create_app
from tests.doubles import Clock
from tests.make import make_services
from tests.server import nothing_beside
from tests.territory import CITY, PARTNER, Country

NOBODY = "nobody"
ASKING = (*(role.value for role in Role), PARTNER, NOBODY)
HOST = "http://alerting.test"


@dataclass
class Asking:
    """A service with something in it, and a token for each who asks."""

    runner: asyncio.Runner
    services: Services
    app: FastAPI
    client: httpx2.AsyncClient
    officers: dict[str, Officer]
    join: Callable[[str], Awaitable[Officer]]
    """Make an asker a member (again), where what was asked ended that."""
    headers: Mapping[str, str]
    """Sent along with each request."""
    tokens: dict[str, str] = field(default_factory=dict)

    def let_in(self, *askers: str) -> None:
        """New tokens for these, or for all."""
        for asker in askers or tuple(self.officers):
            self.runner.run(self._let_in(asker))

    async def _let_in(self, asker: str) -> None:
        async with self.services.reading() as reading:
            number = self.officers[asker].membership
            held = await membership_rows.find(reading.connection, number)
        if held is None or held.ended_at is not None:
            self.officers[asker] = await self.join(asker)
        self.tokens[asker] = await tokens.make_token(self.services, self.officers[asker], by=SHELL)

    def ask(self, asker: str, method: str, path: str, **more: Any) -> httpx2.Response:
        """One request, in a role."""
        headers = {**self.headers, **more.pop("headers", {})}
        if asker != NOBODY:
            headers["Authorization"] = f"Bearer {self.tokens[asker]}"
        return self.runner.run(self.client.request(method, path, headers=headers, **more))


@contextmanager
def asking(
    folder: Path,
    found: Callable[[Services, Country], Awaitable[None]],
    headers: Mapping[str, str] | None = None,
) -> Iterator[Asking]:
    """A service in which something happened, and a colleague of the city for each role."""

    async def founded(services: Services) -> dict[str, Officer]:
        await migrate(services.database)
        country = await Country(services).founded()
        await found(services, country)
        return {asker: await _colleague(country, asker) for asker in ASKING if asker != NOBODY}

    with asyncio.Runner() as runner:
        services = make_services(Database(f"sqlite+aiosqlite:///{folder / 'alerting.db'}"), Clock())
        officers = runner.run(founded(services))
        app = create_app(services, Settings(), alongside=nothing_beside)
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        client = httpx2.AsyncClient(transport=transport, base_url=HOST)
        country = Country(services)
        made = Asking(
            runner, services, app, client, officers, partial(_colleague, country), headers or {}
        )
        made.let_in()
        yield made
        runner.run(client.aclose())
        runner.run(services.close())


async def _colleague(country: Country, asker: str) -> Officer:
    if asker == PARTNER:
        return await country.officer(Role.COMMUNICATOR, PARTNER)
    return await country.officer(Role(asker), CITY)
