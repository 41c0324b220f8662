"""Answers leave compressed where the browser takes it, live boards event by event.

Starlette's own GZipMiddleware leaves event streams out, since it would keep events back; and takes
exports in, whose compression would hold up the receipts that this process answers beside them.
"""

import zlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COMPRESSED = (
    "text/html",
    "text/css",
    "text/javascript",
    "text/event-stream",
    "image/svg+xml",
    "application/json",
)
LEVEL = 5
"""Of 9: a page of 100 kB takes a millisecond, and the levels above win a twentieth."""
SMALLEST = 1_000
"""Bytes: what is smaller fits one packet anyway."""


class Compression:
    """gzip (RFC 1952) for texts of the console and the API."""

    def __init__(self, inner: ASGIApp) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or "gzip" not in Headers(scope=scope).get("accept-encoding", ""):
            await self._inner(scope, receive, send)
            return
        begun: Message | None = None
        packer = None

        async def packed(message: Message) -> None:
            nonlocal begun, packer
            if message["type"] == "http.response.start":
                begun = message
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            body, more = message.get("body", b""), message.get("more_body", False)
            if begun is not None:
                if _is_worth_it(begun, body, more=more):
                    packer = zlib.compressobj(LEVEL, wbits=zlib.MAX_WBITS | 16)
                    headers = MutableHeaders(raw=begun["headers"])
                    headers["Content-Encoding"] = "gzip"
                    headers.add_vary_header("Accept-Encoding")
                    del headers["Content-Length"]
                await send(begun)
                begun = None
            if packer is not None:
                # An event is told when it comes, not when enough of them have come together.
                body = packer.compress(body)
                body += packer.flush(zlib.Z_SYNC_FLUSH if more else zlib.Z_FINISH)
            await send({**message, "body": body})

        await self._inner(scope, receive, packed)


def _is_worth_it(begun: Message, body: bytes, *, more: bool) -> bool:
    headers = Headers(raw=begun["headers"])
    kind = headers.get("content-type", "").partition(";")[0]
    small = not more and len(body) < SMALLEST
    return kind in COMPRESSED and not small and "content-encoding" not in headers
