"""Nobody who has not said who they are holds memory, sockets or time of the process that sends.

Real sockets against the real server class: what a proxy in front would catch must hold without one.
Deadlines are short here; what they are in production stands in `web/connection_limits.py`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import pytest
import uvicorn

from alerting.actions.accounts import tokens
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from alerting.settings import Settings
from alerting.web import connection_limits
from alerting.web.app import create_app
from alerting.web.connection_limits import ConnectionLimits
from alerting.web.console.alerts.live_updates import MAX_STREAMS_PER_PERSON, Live
from alerting.web.provider_callbacks import ProviderCallbacks
from alerting.web.request_guard import MAX_BODY_BYTES, MAX_BODY_BYTES_OF_STRANGERS
from tests.desk import JORIS, MILA, Desk
from tests.server import nothing_beside

PATIENCE = 10.0
"""Seconds after which a connection counts as kept open."""
SOON = 0.2


@dataclass
class Running:
    """A server on a port of its own."""

    port: int
    limits: ConnectionLimits
    protocol: type

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def told(self, *parts: bytes) -> bytes:
        """What comes back until the server closes; it must close."""
        reader, writer = await self.open()
        answer = b""
        with suppress(ConnectionError):
            for part in parts:
                writer.write(part)
                await writer.drain()
        with suppress(ConnectionError):
            async with asyncio.timeout(PATIENCE):
                while more := await reader.read(65_536):
                    answer += more
        writer.close()
        return answer


Serve = Callable[[ConnectionLimits], Awaitable[Running]]


@pytest.fixture
async def serve(services: Services) -> AsyncIterator[Serve]:
    """Starts servers, and ends them."""
    running: list[tuple[uvicorn.Server, asyncio.Task[None]]] = []

    async def start(limits: ConnectionLimits) -> Running:
        app = ProviderCallbacks(
            create_app(services, Settings(), alongside=nothing_beside), services
        )
        protocol = limits.protocol()
        config = uvicorn.Config(app, port=0, http=protocol, ws="none", log_config=None)
        server = uvicorn.Server(config)
        config.load()
        server.lifespan = config.lifespan_class(config)
        await server.startup()
        port = server.servers[0].sockets[0].getsockname()[1]
        running.append((server, asyncio.create_task(server.main_loop())))
        return Running(port, limits, protocol)

    yield start
    for server, task in running:
        server.should_exit = True
        await task
        await server.shutdown()


def quick(**more: float) -> ConnectionLimits:
    return ConnectionLimits(headers_seconds=SOON, body_seconds=SOON, **more)  # type: ignore[arg-type]


UNFINISHED = {
    "nothing at all": b"",
    "half a request line": b"GET /hea",
    "half of the headers": b"GET /health HTTP/1.1\r\nHost: x\r\nX-A: ",
    "half a body": b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\nname=",
    "half a receipt": b"POST /receipts/sms HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\nMess",
    "half a chunk": b"POST /sign-in HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nx",
}


@pytest.mark.parametrize("sent", UNFINISHED.values(), ids=UNFINISHED)
async def test_nobody_keeps_a_connection_open_by_never_finishing(serve: Serve, sent: bytes) -> None:
    here = await serve(quick())
    answer = await here.told(sent)
    assert answer.startswith((b"HTTP/1.1 408 ", b"HTTP/1.1 403 "))  # 403: not from our own pages
    assert answer.count(b"HTTP/1.1") == 1


async def test_nobody_draws_headers_out_byte_by_byte(serve: Serve) -> None:
    here = await serve(quick())
    reader, writer = await here.open()
    writer.write(b"GET /health HTTP/1.1\r\nX-Slow: ")
    answered = asyncio.create_task(reader.read())
    async with asyncio.timeout(PATIENCE):
        while not answered.done():  # each byte is activity; the deadline is for all of them
            with suppress(ConnectionError):
                writer.write(b"a")
            await asyncio.wait({answered}, timeout=SOON / 10)
    writer.close()
    # Closed, with a byte of ours still under way perhaps: then the answer is lost to a reset.
    assert answered.exception() or answered.result().startswith(b"HTTP/1.1 408 ")


async def test_a_second_request_on_a_connection_has_the_same_deadline(serve: Serve) -> None:
    here = await serve(quick())
    answer = await here.told(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /hea")
    assert b" 408 " in answer


async def test_nobody_sends_headers_without_end(serve: Serve) -> None:
    here = await serve(ConnectionLimits())
    mebibyte = b"a" * 1_048_576
    answer = await here.told(b"GET /health HTTP/1.1\r\nX-Large: ", *[mebibyte] * 60)
    assert answer.startswith(b"HTTP/1.1 431 ") or not answer  # or reset, with bytes still under way
    many = b"".join(b"X-%d: a\r\n" % n for n in range(connection_limits.MAX_HEADERS + 1))
    answer = await here.told(b"GET /health HTTP/1.1\r\n" + many + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 431 ")
    path = b"/" + b"a" * connection_limits.MAX_HEADER_BYTES
    assert (await here.told(b"GET " + path + b" HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 431 ")


async def test_nobody_hides_headers_behind_a_chunked_body(serve: Serve) -> None:
    here = await serve(ConnectionLimits())
    trailers = b"".join(b"X-%d: a\r\n" % n for n in range(connection_limits.MAX_HEADERS + 1))
    head = b"POST /sign-in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    assert b" 431 " in await here.told(head + trailers + b"\r\n")


async def test_no_address_and_not_all_together_open_more_than_so_many(serve: Serve) -> None:
    for limits in (ConnectionLimits(per_address=30), ConnectionLimits(connections=30)):
        here = await serve(limits)
        held = [await here.open() for _ in range(30)]
        async with asyncio.timeout(PATIENCE):
            while limits.open_by_address.total() < 30:
                await asyncio.sleep(0)
        assert await here.told(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n") == b""
        for _, writer in held:
            writer.close()
        async with asyncio.timeout(PATIENCE):
            while limits.open_by_address.total():
                await asyncio.sleep(0)
        answer = await here.told(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200 ")


LARGEST_FILE = 500_000_000
"""The default of ALERTING_IMPORT_MEGABYTES."""
FORM = b"Content-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: same-origin\r\n"
LARGE = {
    "POST /recipients/import": LARGEST_FILE,
    "POST /press-contacts/import": LARGEST_FILE,
    "POST /anything/import": LARGEST_FILE,
    "POST /sign-in": MAX_BODY_BYTES,
    "POST /api/alerts": MAX_BODY_BYTES,
    "GET /alerts": MAX_BODY_BYTES,
}


@pytest.mark.parametrize("asked", LARGE)
@pytest.mark.parametrize("with_length", [True, False])
async def test_no_large_body_is_read_of_a_stranger(
    serve: Serve, asked: str, *, with_length: bool
) -> None:
    here = await serve(ConnectionLimits())
    head = f"{asked} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n".encode() + FORM
    if with_length:  # refused before a single byte of the body
        answer = await here.told(head + b"Content-Length: %d\r\n\r\n" % LARGE[asked])
    else:
        chunk = b"x" * (MAX_BODY_BYTES_OF_STRANGERS + 1)
        framed = b"%x\r\n%s\r\n" % (len(chunk), chunk)
        answer = await here.told(head + b"Transfer-Encoding: chunked\r\n\r\n", framed)
    if not with_length and b" 401 " not in answer:
        assert answer.startswith((b"HTTP/1.1 404 ", b"HTTP/1.1 303 ", b"HTTP/1.1 401 "))
        return  # there is no such form, or a page was asked for: answered without the body
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"no-store" in answer.lower()


async def test_a_credential_that_ended_or_may_not_import_opens_no_large_body(
    serve: Serve, services: Services
) -> None:
    here = await serve(ConnectionLimits())
    length = b"Content-Length: %d\r\n\r\n" % LARGEST_FILE

    async def asked(token: str) -> bytes:
        head = b"POST /recipients/import HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + FORM
        return await here.told(head + f"Authorization: Bearer {token}\r\n".encode() + length)

    token = await tokens.make_token(services, Officer("august", Role.AUDITOR), by=SHELL)
    assert (await asked(token)).startswith(b"HTTP/1.1 403 ")
    await tokens.end_token(services, 1, by=SHELL)
    assert (await asked(token)).startswith(b"HTTP/1.1 401 ")


async def test_whoever_may_import_sends_a_large_file(serve: Serve, services: Services) -> None:
    here = await serve(ConnectionLimits())
    token = await tokens.make_token(services, Officer("ada", Role.ADMINISTRATOR), by=SHELL)
    rows = b"reference;language;municipality;phone\r\n"
    rows += b"".join(b"p-%d;fr;62063;+32470%06d\r\n" % (n, n) for n in range(100_000))
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="l.csv"\r\n\r\n'
        + rows
        + b"\r\n--b--\r\n"
    )
    head = (
        b"POST /recipients/import HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Content-Type: multipart/form-data; boundary=b\r\n"
        + f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    )
    assert len(body) > MAX_BODY_BYTES
    assert (await here.told(head, body)).startswith(b"HTTP/1.1 303 ")


async def test_one_person_never_takes_the_streams_of_the_others(desk: Desk) -> None:
    live, alert = Live(desk.services), await desk.drafts()
    held = [live.follow(alert.id, by=MILA) for _ in range(MAX_STREAMS_PER_PERSON)]
    for stream in held:
        await anext(stream)
    assert live.full_for(MILA.name)
    assert not live.full_for(JORIS.name)
    for stream in held:
        await stream.aclose()
    assert not live.full_for(MILA.name)
