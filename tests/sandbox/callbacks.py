"""A service that hears Twilio's status callbacks, and can be told not to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Service:
    """What it heard, in the order it heard it."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    """Statuses to answer with first; afterwards 204."""
    heard: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def receive(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        status = self.answers.pop(0) if self.answers else 204
        async with self.changed:
            if status == 204:
                url = self.url + request.raw_path
                self.heard.append((url, form, request.headers["X-Twilio-Signature"]))
            self.changed.notify_all()
        return web.Response(status=status)

    async def hears(self, count: int, *, seconds: float = 10) -> list[dict[str, str]]:
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(lambda: len(self.heard) >= count)
        return [form for _, form, _ in self.heard]


@asynccontextmanager
async def listening() -> AsyncIterator[Service]:
    """The service, on a port of its own."""
    service = Service()
    app = web.Application()
    app.router.add_post("/receipts/sms", service.receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    service.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield service
    finally:
        await runner.cleanup()
