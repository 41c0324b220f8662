"""The first thing a request meets: how much of it is read before and after it is known who asks.

Also what every answer carries: the security headers, and `no-store` unless it is a static file.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alerting.actions.recipients.importing import MAY_IMPORT
from alerting.domain.errors import AlertingError
from alerting.web.auth import identify, words_of
from alerting.web.console.recipients.importing import IMPORT
from alerting.web.errors import TooLarge, problem
from alerting.web.request_turns import GONE
from alerting.web.state import state_of

MAX_BODY_BYTES = 2_000_000
"""The largest thing anyone sends here, but for lists of recipients."""
MAX_BODY_BYTES_OF_STRANGERS = 65_536
"""Before it is known who asks: a sign-in, a passkey's answer, an ordinary form."""
STATIC = "/static/"


class RequestGuard:
    """Security headers on every answer; a body larger than its route takes is not read.

    A body above `MAX_BODY_BYTES_OF_STRANGERS` is read only for a living credential, above
    `MAX_BODY_BYTES` only where lists are imported and for somebody who may.
    """

    def __init__(self, inner: ASGIApp, headers: Mapping[str, str]) -> None:
        self._inner = inner
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, and the turn of whoever asks until it is answered."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        try:
            await self._answered(scope, receive, send)
        finally:
            request = Request(scope)
            state_of(request).turns.free(request)

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        """In one piece: what was read, refused and begun is shared by what reads and answers."""
        stored = scope["path"].startswith(STATIC)
        headers = {**self._headers, **({} if stored else {"Cache-Control": "no-store"})}
        importing = scope["method"] == "POST" and scope["path"].endswith(IMPORT)
        largest = _largest(scope) if importing else MAX_BODY_BYTES
        read, begun = 0, False
        peeked: list[Message] = []
        refusal: JSONResponse | None = None
        vouched = False

        async def within(size: int) -> bool:
            """Whether that many bytes may be read; the credential is looked at once."""
            nonlocal refusal, vouched
            if size > largest:
                refusal = problem(TooLarge(), words_of(Request(scope)))
            elif size > MAX_BODY_BYTES_OF_STRANGERS and not vouched:
                refusal = await _refusal(scope, importing=importing)
                vouched = refusal is None
            return refusal is None

        async def measured() -> Message:
            """A body in chunks tells its length only as it comes."""
            nonlocal read
            message = peeked.pop() if peeked else await receive()
            read += len(message.get("body", b""))
            if refusal is not None or not await within(read):
                return {"type": "http.disconnect"}
            return message

        async def gone() -> bool:
            """Whether whoever asked went away; what came of the body meanwhile is kept."""
            if not peeked:
                with suppress(TimeoutError):
                    async with asyncio.timeout(0):
                        peeked.append(await receive())
            return bool(peeked) and peeked[0]["type"] == "http.disconnect"

        scope[GONE] = gone

        async def guarded(message: Message) -> None:
            nonlocal begun
            if refusal is not None and not begun:
                return
            if message["type"] == "http.response.start":
                begun = True
                answer = MutableHeaders(scope=message)
                for name, value in headers.items():
                    answer.setdefault(name, value)
            await send(message)

        length = Headers(scope=scope).get("content-length", "0")
        if not (length.isascii() and length.isdigit()):
            refusal = problem(TooLarge(), words_of(Request(scope)))
        elif await within(int(length) if len(length) < 20 else largest + 1):
            try:
                await self._inner(scope, measured, guarded)
            except ClientDisconnect:
                if refusal is None and not begun:
                    return  # whoever asked went away in the middle of the body
        if refusal is not None and not begun:
            refusal.headers.update(headers)
            # What comes of the body is not read, so no other request can follow on this connection.
            refusal.headers["Connection"] = "close"
            await refusal(scope, receive, send)


def _largest(scope: Scope) -> int:
    """A list, and the form around it."""
    return state_of(Request(scope)).services.largest_import + MAX_BODY_BYTES_OF_STRANGERS


async def _refusal(scope: Scope, *, importing: bool) -> JSONResponse | None:
    """Why somebody may not send a large body; None when they may."""
    request = Request(scope)
    try:
        officer = await identify(request)  # a slow upload takes nobody's turn
        if importing and not any(officer.may(needed) for needed in MAY_IMPORT.values()):
            officer.must(next(iter(MAY_IMPORT.values())))
    except AlertingError as error:
        return problem(error, words_of(request))
    return None
