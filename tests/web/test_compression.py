"""Texts leave compressed where the browser takes it; a live board's event is told when it comes."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator

import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from alerting.web.compression import Compression
from tests.desk import JORIS, Desk
from tests.web.console import Browsers

TEXT = "<p>Tenez portes et fenêtres fermées.</p>" * 100


def scope(**headers: str) -> Scope:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "method": "GET", "path": "/", "headers": raw, "query_string": b""}


async def answered(response: Response, **headers: str) -> list[Message]:
    """What leaves for a request with these headers."""
    sent: list[Message] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        await response(Request(scope).scope, receive, send)

    async def nothing_more() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    await Compression(inner)(scope(**headers), nothing_more, send)
    return sent


@pytest.mark.parametrize("kind", ["text/html", "application/json", "image/svg+xml"])
async def test_a_text_comes_back_as_it_was(kind: str) -> None:
    begun, *bodies = await answered(Response(TEXT, media_type=kind), accept_encoding="br, gzip")
    headers = dict(begun["headers"])
    body = b"".join(one.get("body", b"") for one in bodies)
    assert headers[b"content-encoding"] == b"gzip"
    assert b"content-length" not in headers
    assert len(body) < len(TEXT) / 10
    assert gzip.decompress(body).decode() == TEXT


@pytest.mark.parametrize(
    ("response", "headers"),
    [
        pytest.param(Response(TEXT, media_type="text/html"), {}, id="not taken"),
        pytest.param(
            Response("ok", media_type="text/html"), {"accept_encoding": "gzip"}, id="small"
        ),
        pytest.param(
            Response(TEXT, media_type="text/csv"), {"accept_encoding": "gzip"}, id="export"
        ),
    ],
)
async def test_the_rest_leaves_as_it_is(response: Response, headers: dict[str, str]) -> None:
    begun, *_ = await answered(response, **headers)
    assert b"content-encoding" not in dict(begun["headers"])


async def test_each_event_can_be_read_when_it_comes() -> None:
    async def events() -> AsyncIterator[str]:
        for number in range(3):
            yield f"data: {number}\n\n"

    response = StreamingResponse(events(), media_type="text/event-stream")
    _, *bodies = await answered(response, accept_encoding="gzip")
    reader = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    read = [reader.decompress(one.get("body", b"")).decode() for one in bodies]
    assert read[:3] == ["data: 0\n\n", "data: 1\n\n", "data: 2\n\n"]


async def test_a_page_of_the_console_is_compressed(desk: Desk, browsers: Browsers) -> None:
    await desk.drafts()
    answer = await (await browsers(JORIS)).get("/alerts/1")
    assert answer.headers["content-encoding"] == "gzip"
    assert "</html>" in answer.text
