"""HTTP/1.1 as a provider's front door speaks it: small, quick, and able to hang up on purpose.

A general web framework costs more per request than everything the sandbox does with it.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final, NamedTuple, cast
from urllib.parse import parse_qs

import httptools

LONGEST_BODY: Final = 1024 * 1024
REASONS: Final = {status.value: status.phrase for status in HTTPStatus}
JSON: Final = "application/json;charset=utf-8"


class Request(NamedTuple):
    """One request, its header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        """The query's fields."""
        return fields(self.target.partition("?")[2])


class Reply(NamedTuple):
    """The answer; with `hang_up`, none is given and the connection is closed."""

    status: int = 200
    body: str = ""
    kind: str = JSON
    headers: Mapping[str, str] = {}
    hang_up: bool = False


Answer = Callable[[Request], Reply]
Delay = Callable[[], float]


def fields(text: str) -> dict[str, str]:
    """A form or a query; of a field given twice, the last."""
    return {name: values[-1] for name, values in parse_qs(text, keep_blank_values=True).items()}


class HttpConnection(asyncio.Protocol):
    """One client; its requests are answered in the order they came (RFC 9112 9.3.2)."""

    def __init__(self, answer: Answer, delay: Delay, open_ones: set["HttpConnection"]) -> None:
        self._answer = answer
        self._delay = delay
        self._open_ones = open_ones
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[tuple[Request, bool]] = deque()
        self._held: asyncio.TimerHandle | None = None
        self.on_message_begin()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember it, to close it when the server closes."""
        self._transport = cast("asyncio.Transport", transport)
        self._open_ones.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there to answer."""
        self._open_ones.discard(self)
        self._transport = None
        if self._held is not None:
            self._held.cancel()

    def data_received(self, data: bytes) -> None:
        """Parse what came and answer what is whole."""
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._write(Reply(400, "Bad Request", "text/plain"), keep=False)
            return
        self._pump()

    def close(self) -> None:
        """Close without waiting for the client."""
        if self._transport is not None:
            self._transport.abort()

    # httptools' callbacks

    def on_message_begin(self) -> None:
        """A new request begins."""
        self._target = b""
        self._headers: dict[str, str] = {}
        self._body = b""

    def on_url(self, url: bytes) -> None:
        """It may come in pieces."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """RFC 9110 10.1.1: a client that asks first waits until it is told to go on."""
        if self._transport is not None and self._headers.get("expect", "").lower() == (
            "100-continue"
        ):
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """It may come in pieces."""
        self._body += body
        if len(self._body) > LONGEST_BODY:
            self.close()

    def on_message_complete(self) -> None:
        """One whole request."""
        request = Request(
            self._parser.get_method().decode("ascii"),
            self._target.decode("latin-1"),
            self._headers,
            self._body,
        )
        self._waiting.append((request, self._parser.should_keep_alive()))

    # answering

    def _pump(self) -> None:
        while self._waiting and self._held is None and self._transport is not None:
            request, keep = self._waiting.popleft()
            reply = self._answer(request)
            if seconds := self._delay():
                loop = asyncio.get_running_loop()
                self._held = loop.call_later(seconds, self._release, reply, keep)
            else:
                self._write(reply, keep=keep)

    def _release(self, reply: Reply, keep: bool) -> None:
        self._held = None
        self._write(reply, keep=keep)
        self._pump()

    def _write(self, reply: Reply, *, keep: bool) -> None:
        if self._transport is None:
            return
        if reply.hang_up:
            self._transport.abort()
            return
        body = reply.body.encode()
        more = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
        if not keep:
            more += "Connection: close\r\n"
        head = (
            f"HTTP/1.1 {reply.status} {REASONS.get(reply.status, '')}\r\n"
            f"Content-Type: {reply.kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
        )
        self._transport.write(head.encode("latin-1") + body)
        if not keep:
            self._transport.close()


class HttpServer:
    """One front door: where it listens, and everyone who is inside."""

    def __init__(self, answer: Answer, delay: Delay) -> None:
        self._answer = answer
        self._delay = delay
        self._open_ones: set[HttpConnection] = set()
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; the port that was bound."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: HttpConnection(self._answer, self._delay, self._open_ones),
            host,
            port,
            backlog=1024,
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening and close what is open."""
        if self._server is not None:
            self._server.close()
        for connection in tuple(self._open_ones):
            connection.close()
        await asyncio.sleep(0)
