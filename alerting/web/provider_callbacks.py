"""POST /receipts/{channel}/{route}: what providers report. Open, but nothing unsigned gets past it.

A bare ASGI application ahead of FastAPI: after a national alert millions of receipts come within
minutes, and each must be verified and durable before it is answered.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from alerting.delivery.receipts import ReceiptBatcher
from alerting.domain.channel import (
    AnyChannel,
    Callback,
    InProgress,
    InvalidSignature,
    SignedReceipt,
    UnreadableReceipt,
)
from alerting.domain.channel_profiles import SMS
from alerting.services import Services

PREFIX = "/receipts/"
BAD_REQUEST = 400
TOLD_EVERY = timedelta(minutes=1)
LARGEST = 65_536
"""Bytes; a receipt has a few hundred."""

ROUTE = {"name": "route", "in": "path", "required": True, "schema": {"type": "string"}}
CHANNEL = {
    "name": "channel",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
    "example": SMS.name,
}
REPORT: dict[str, Any] = {
    "tags": ["receipts"],
    "summary": "A provider's report about one message",
    "description": (
        "Signed by the provider. 204 means it is verified and durable. It counts for a message that"
        " was handed to this route under the reference it names (MessageSid, batch_id); one that"
        " matches no such message is kept for review."
    ),
    "requestBody": {
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {"type": "object"},
                "example": {"MessageSid": "SM…", "MessageStatus": "delivered"},
            },
            "application/json": {
                "schema": {"type": "object"},
                "example": {
                    "type": "recipient_delivery_report_sms",
                    "batch_id": "01FC66621XXXXX119Z8PMV1QPQ",
                    "client_reference": "1.sms.2",
                    "status": "Delivered",
                    "code": 0,
                },
            },
        }
    },
    "responses": {
        "204": {"description": "Verified and stored"},
        "400": {"description": "Unreadable key or reference; nothing was changed"},
        "403": {"description": "The signature is wrong or missing; nothing was changed"},
        "404": {"description": "No such channel or route, or it is off"},
        "405": {"description": "Only POST"},
        "413": {"description": "Larger than any receipt"},
    },
}
DESCRIBED: dict[str, Any] = {
    "/receipts/{channel}": {"post": {**REPORT, "parameters": [CHANNEL]}},
    "/receipts/{channel}/{route}": {"post": {**REPORT, "parameters": [CHANNEL, ROUTE]}},
}
"""What OpenAPI says of it; without a route, the channel's first is meant."""

log = structlog.get_logger()


class ForgedReceipts:
    """Counts what nobody signed: a line in the log for the first, then one a minute for the rest.

    Anybody may send them, as many as they like; a line for each would fill the disk.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._untold: Counter[tuple[str, str]] = Counter()
        self._told_at: dict[tuple[str, str], datetime] = {}

    def one_more(self, route: tuple[str, str], reason: str) -> None:
        """Count one of a channel's route, which is one of ours: there are few."""
        self._untold[route] += 1
        now, told = self._now(), self._told_at.get(route)
        if told is None or now - told >= TOLD_EVERY:
            channel, name = route
            number = self._untold.pop(route)
            self._told_at[route] = now
            log.warning(
                "receipt.forged", channel=channel, route=name, number=number, last_reason=reason
            )


class ProviderCallbacks:
    """Takes receipts, and lets everything else through."""

    def __init__(self, inner: ASGIApp, services: Services) -> None:
        self._inner = inner
        self._services = services
        self._inbox = ReceiptBatcher(services)
        self._forged = ForgedReceipts(services.now)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._inner(scope, receive, send)
            return
        status = await self._take(scope, receive)
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [
                    (b"cache-control", b"no-store"),
                    *([(b"content-length", b"0")] if status != 204 else []),
                    # What a refused receipt still has under way is not read.
                    *([(b"connection", b"close")] if status >= BAD_REQUEST else []),
                ],
            }
        )
        await send({"type": "http.response.body", "body": b""})

    async def _take(self, scope: Scope, receive: Receive) -> int:
        known_channel = self._route(scope["path"].removeprefix(PREFIX))
        if known_channel is None or scope["method"] != "POST":
            return 404 if known_channel is None else 405
        body = await _body(receive)
        if isinstance(body, int):
            return body
        try:
            read = known_channel.read_receipt(_callback(scope, body))
        except (UnreadableReceipt, RecursionError):  # the latter: thousands of brackets
            return BAD_REQUEST
        match read:
            case InvalidSignature(reason):
                self._forged.one_more((known_channel.name, known_channel.route), reason)
                return 403
            case None | InProgress():
                return 204
            case receipt:
                await self._inbox.put(
                    SignedReceipt(known_channel.name, known_channel.route, receipt)
                )
                return 204

    def _route(self, path: str) -> AnyChannel | None:
        """The route a path names, the first of its channel where it names none."""
        channel, named, name = path.partition("/")
        routes = self._services.routes.get(channel, ())
        if not named:
            return routes[0] if routes else None
        return next((one for one in routes if one.route == name), None)


def _callback(scope: Scope, body: bytes) -> Callback:
    query = scope["query_string"].decode("latin-1")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    target = f"{scope['raw_path'].decode('latin-1')}{'?' if query else ''}{query}"
    return Callback(target, headers, body)


async def _body(receive: Receive) -> bytes | int:
    """The whole body; a status where it is too large or was broken off."""
    body = b""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return BAD_REQUEST
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > LARGEST:
            return 413
    return body
