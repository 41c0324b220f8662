"""Limits on a connection before its request reaches the application: time, headers, number.

uvicorn's httptools protocol has none of its own but the wait between two requests, and a deployment
without a proxy must hold as well as one behind nginx (docs/deployment.md).
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from alerting.settings import Settings

MAX_HEADERS = 100
MAX_HEADER_BYTES = 32_768
"""Of the request line and all headers together; nginx takes as much by default."""
HEADERS_SECONDS = 10.0
"""From the first byte of a request (or the opening of the connection) to the last header."""
BODY_SECONDS = 20.0
"""How long a body may take whatever its pace; past that it must come at the pace below."""
MIN_BODY_BYTES_PER_SECOND = 10_000

REFUSED = {
    400: b"Bad Request",
    408: b"Request Timeout",
    431: b"Request Header Fields Too Large",
}


@dataclass(slots=True)
class ConnectionLimits:
    """What one server allows, and how many connections of each address are open now."""

    connections: int = 1000
    """At the same time, from everybody."""
    per_address: int = 100
    """At the same time, from one address; 0: as many as `connections`, for use behind a proxy."""
    headers_seconds: float = HEADERS_SECONDS
    body_seconds: float = BODY_SECONDS
    open_by_address: Counter[str] = field(default_factory=Counter)

    @classmethod
    def by(cls, settings: Settings) -> "ConnectionLimits":
        """As the settings say."""
        return cls(connections=settings.connections, per_address=settings.connections_per_address)

    def admits(self, address: str) -> bool:
        """Whether one more connection from there may stay open."""
        if self.open_by_address.total() >= self.connections:
            return False
        return not self.per_address or self.open_by_address[address] < self.per_address

    def protocol(self) -> "type[BoundedProtocol]":
        """The protocol class for a server with these limits."""
        return type("BoundedProtocol", (BoundedProtocol,), {"limits": self})


class BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1 as uvicorn speaks it, with an end to everything a client can draw out."""

    limits = ConnectionLimits()

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._address = ""
        self._counted = False
        self._deadline: asyncio.TimerHandle | None = None
        self._header_bytes = 0
        self._in_headers = True
        self._refusal = 400
        self._body_bytes = 0
        self._body_began = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count it; one too many is closed without an answer."""
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        if not self.limits.admits(self._address):
            transport.abort()
            return
        self._counted = True
        self.limits.open_by_address[self._address] += 1
        self._arm(self.limits.headers_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop counting it."""
        self._disarm()
        if self._counted:
            self._counted = False
            self.limits.open_by_address[self._address] -= 1
            if not self.limits.open_by_address[self._address]:
                del self.limits.open_by_address[self._address]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes of a header that has not ended yet are in no callback, so they are counted here."""
        if self.transport.is_closing():
            return
        was_in_headers = self._in_headers
        super().data_received(data)
        if self._in_headers and not self.transport.is_closing():
            self._header_bytes += len(data) if was_in_headers else 0
            if self._header_bytes > MAX_HEADER_BYTES:
                self._refuse(431)

    def on_message_begin(self) -> None:
        """A request begins: its headers have so many seconds."""
        super().on_message_begin()
        self._in_headers = True
        self._header_bytes = 0
        self._arm(self.limits.headers_seconds)

    def on_url(self, url: bytes) -> None:
        """A piece of the request line."""
        self._within(len(self.url) + len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A whole header, or a trailer of a chunked body: the same bound holds for both."""
        held = sum(len(one) + len(other) for one, other in self.headers)
        self._within(len(self.url) + held + len(name) + len(value))
        if len(self.headers) >= MAX_HEADERS:
            self._within(MAX_HEADER_BYTES + 1)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """From now on it is the body's time."""
        self._in_headers = False
        self._body_bytes = 0
        self._body_began = self.loop.time()
        self._arm(self.limits.body_seconds)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of a body."""
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of the request is here; how long an answer takes is ours alone."""
        self._disarm()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """What could not be read, or was too large to be."""
        if self._refusal == 400:
            super().send_400_response(msg)
        else:
            self._refuse(self._refusal)

    def _within(self, size: int) -> None:
        if size > MAX_HEADER_BYTES:
            self._refusal = 431
            raise httptools.HttpParserError  # uvicorn then calls send_400_response

    def _arm(self, seconds: float) -> None:
        self._disarm()
        self._deadline = self.loop.call_later(seconds, self._too_late)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        if self.transport.is_closing():
            return
        if not self._in_headers:
            spent = self.loop.time() - self._body_began
            if self._body_bytes >= MIN_BODY_BYTES_PER_SECOND * spent:
                self._arm(self.limits.body_seconds)
                return
        self._refuse(408)

    def _refuse(self, status: int) -> None:
        """Say why if no answer has begun, and close."""
        # Of a request whose body is under way, `cycle` is its own; before, the one of the last.
        silent = self.cycle is None or not self.cycle.response_started
        between = self._in_headers and (silent or self.cycle.response_complete)
        if silent or between:
            self.transport.write(
                b"HTTP/1.1 %d %s\r\ncontent-length: 0\r\ncache-control: no-store\r\n"
                b"connection: close\r\n\r\n" % (status, REFUSED[status])
            )
        self._disarm()
        self.transport.close()
