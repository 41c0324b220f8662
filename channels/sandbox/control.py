"""The sandbox's own door: what was sent, figures, and failures to order. No provider has it."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import ValidationError

from channels.sandbox import received_email
from channels.sandbox.faults import PROVIDERS
from channels.sandbox.inbox import Box, ReceivedMessage

if TYPE_CHECKING:
    from channels.sandbox.server import Sandbox

SHOWN: Final = 20
MOST: Final = 1000
MAIL: Final = "email"
PROTECTION: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
HERE: Final = Path(__file__).parent

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Control:
    """Its pages and its JSON."""

    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox
        self._page = Environment(
            loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined
        ).get_template("page.html")
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; the port that was bound."""
        app = web.Application(middlewares=[protected])
        app.router.add_get("/", self._read)
        app.router.add_get("/page.css", self._style)
        app.router.add_get("/messages", self._messages)
        app.router.add_get("/counts", self._counts)
        app.router.add_get("/faults", self._faults)
        app.router.add_put("/faults", self._order)
        app.router.add_post("/reset", self._reset)
        app.router.add_get("/health", self._health)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        return int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _read(self, request: web.Request) -> web.Response:
        address = request.query.get("address", "").strip()
        counts = self._sandbox.counts()
        sections = [
            {
                "name": row.label,
                "counts": counts[name],
                "messages": [shown(name, message) for message in self._of(name, address, SHOWN)],
            }
            for name, row in PROVIDERS.items()
        ]
        text = self._page.render(
            address=address,
            sections=sections,
            shown=SHOWN,
            count_only=self._sandbox.settings.count_only,
        )
        return web.Response(text=text, content_type="text/html")

    async def _style(self, request: web.Request) -> web.Response:
        style = (HERE / "page.css").read_text(encoding="utf-8")
        return web.Response(text=style, content_type="text/css")

    async def _messages(self, request: web.Request) -> web.Response:
        provider = request.query.get("provider", "")
        if provider and provider not in PROVIDERS:
            raise web.HTTPBadRequest(text=f"provider is one of {', '.join(PROVIDERS)}")
        try:
            limit = min(max(int(request.query.get("limit", "50")), 1), MOST)
        except ValueError:
            raise web.HTTPBadRequest(text="limit is a number") from None
        address = request.query.get("address", "")
        channel = request.query.get("channel", "")
        names = [
            name
            for name, row in PROVIDERS.items()
            if provider in {"", name} and channel in {"", row.channel}
        ]
        found = [
            as_json(name, message) for name in names for message in self._of(name, address, limit)
        ]
        found.sort(key=lambda one: one["at"], reverse=True)
        return web.json_response({"messages": found[:limit]})

    async def _counts(self, request: web.Request) -> web.Response:
        return web.json_response(self._sandbox.counts())

    async def _faults(self, request: web.Request) -> web.Response:
        return web.json_response(self._sandbox.faults.as_dict())

    async def _order(self, request: web.Request) -> web.Response:
        try:
            self._sandbox.faults.change(await request.json())
        except ValidationError as wrong:
            text = "; ".join(f"{error['loc'][0]}: {error['msg']}" for error in wrong.errors())
            raise web.HTTPUnprocessableEntity(text=text) from None
        except (ValueError, TypeError, AttributeError) as wrong:
            raise web.HTTPUnprocessableEntity(text=str(wrong)) from None
        return await self._faults(request)

    async def _reset(self, request: web.Request) -> web.Response:
        self._sandbox.reset()
        return web.json_response(self._sandbox.counts())

    async def _health(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ok", **self._sandbox.addresses()})

    def _of(self, provider: str, address: str, limit: int) -> list[ReceivedMessage]:
        box: Box = self._sandbox.inbox.of(provider)
        return list(islice(box.to(address) if address else box.newest(), limit))


@web.middleware
async def protected(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Headers for every answer, and nothing changed at the wish of some other page."""
    origin = request.headers.get("Origin")
    if request.method != "GET" and origin not in {None, f"http://{request.host}"}:
        raise web.HTTPForbidden(text="another page's origin")
    try:
        answer = await handler(request)
    except web.HTTPException as refusal:
        refusal.headers.update(PROTECTION)
        raise
    answer.headers.update(PROTECTION)
    return answer


def as_json(provider: str, message: ReceivedMessage) -> dict[str, Any]:
    """A message for a program."""
    known: dict[str, Any] = {
        "provider": provider,
        "channel": PROVIDERS[provider].channel,
        "at": message.at,
        "to": list(message.to),
        "key": message.key,
        "reference": message.reference,
        "fields": message.fields,
    }
    if PROVIDERS[provider].channel == MAIL:
        mail = received_email.read(message.raw)
        known |= {
            "subject": mail.subject,
            "from": mail.sender,
            "headers": [list(pair) for pair in mail.headers],
            "text": mail.text,
            "html": mail.html,
            "raw": message.raw.decode("utf-8", "replace"),
        }
    return known


def shown(provider: str, message: ReceivedMessage) -> dict[str, Any]:
    """A message for a person."""
    fields = message.fields
    seen: dict[str, Any] = {
        "at": datetime.fromtimestamp(message.at, UTC).isoformat(" ", "seconds"),
        "to": ", ".join(message.to),
        "title": fields.get("status", ""),
        "text": fields.get("Body") or fields.get("text", ""),
        "details": {},
        "html": "",
    }
    if PROVIDERS[provider].channel == MAIL:
        mail = received_email.read(message.raw)
        seen |= {"title": mail.subject, "text": mail.text, "html": mail.html}
        seen["details"] = dict(mail.headers)
    elif names := PROVIDERS[provider].details:
        seen["details"] = {name: fields[name] for name in names if name in fields}
    else:
        seen["title"] = f"Reply to {fields['in_reply_to']}" if "in_reply_to" in fields else "Post"
    return seen
