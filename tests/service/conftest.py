"""The whole service: real channels on sandbox providers, a real web server, a real worker."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from alerting.actions.accounts import tokens
from alerting.bootstrap import build, open_queue
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer, Role
from alerting.server import make_server
from alerting.services import Services
from alerting.settings import Settings
from alerting.store.migrate import migrate
from channels.sandbox import credentials
from channels.sandbox.server import Sandbox, SandboxSettings, running
from tests.make import keyring

PATIENCE = 60


@pytest.fixture
async def sandbox(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sandbox]:
    """Providers on loopback, and the settings that lead to them."""
    settings = SandboxSettings(receipt_delay=(0.0, 0.02))
    async with running(settings) as providers:
        for name, value in {
            "SMS_API_BASE": providers.twilio_url,
            "SMS_ACCOUNT_SID": credentials.TWILIO_SID,
            "SMS_AUTH_TOKEN": credentials.TWILIO_TOKEN,
            "SMS_SENDER": "1789",
            "SMS_RECEIPT_WITHIN_SECONDS": "4",
            "X_API_BASE": providers.x_url,
            "X_CONSUMER_KEY": credentials.X_CONSUMER_KEY,
            "X_CONSUMER_SECRET": credentials.X_CONSUMER_SECRET,
            "X_ACCESS_TOKEN": credentials.X_ACCESS_TOKEN,
            "X_ACCESS_SECRET": credentials.X_ACCESS_SECRET,
            **{
                f"{channel}_{setting}": value
                for channel in ("EMAIL", "PRESS")
                for setting, value in {
                    "HOST": "127.0.0.1",
                    "PORT": str(providers.ports.smtp),
                    "TLS": "none",
                }.items()
            },
        }.items():
            monkeypatch.setenv(name, value)
        yield providers


@dataclass
class Running:
    """A service that answers."""

    services: Services
    settings: Settings

    async def post(self, path: str, **more: Any) -> httpx2.Response:
        async with httpx2.AsyncClient(base_url=self.settings.public_url) as client:
            return await client.post(path, **more)

    async def token(self, name: str, role: Role) -> str:
        return await tokens.make_token(self.services, Officer(name, role), by=SHELL)


@asynccontextmanager
async def serving(**preferred_channels: Any) -> AsyncIterator[Running]:
    """The service, from settings, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = Settings(port=port, public_url=f"http://127.0.0.1:{port}", **preferred_channels)
    if not settings.secrets_dir:
        settings.secrets_dir = str(keyring().folder)
    queue = await open_queue(settings)
    services = build(settings, queue)
    await migrate(services.database)
    server = make_server(services, settings, queue)
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started or task.done())
    try:
        yield Running(services, settings)
    finally:
        server.should_exit = True
        await task
        await services.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition; fail when it does not come about."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)
