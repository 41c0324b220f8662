"""Kept HTTP/1.1 connections, without the weight of a general client.

A request is written once and never repeated here: whoever asked is told whether it left, since a
repeated POST is a second text message.
"""

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple, cast
from urllib.parse import SplitResult, quote_plus

import httptools

KEPT_SECONDS: Final = 15.0
"""Idle connections older than this are not trusted: load balancers close them without a word."""
LOOKS: Final = 20
"""How often within the time an answer may take we look whether it is late."""
LONGEST_ANSWER: Final = 4 * 1024 * 1024
LONGEST_PAUSE: Final = timedelta(days=1)
MOST_DIGITS: Final = 9
"""Of a number of seconds: more is more than `LONGEST_PAUSE` in any case."""


class NotSentError(Exception):
    """No connection could be had; the request was never written."""


class NoAnswerError(Exception):
    """The request was written, and no whole answer came: it may have been carried out."""


class TooManyError(Exception):
    """429; `retry_after` is what the server said about when to come back."""

    def __init__(self, retry_after: str) -> None:
        super().__init__("429")
        self.retry_after = retry_after


MAY_NOT_ASK: Final = frozenset({401, 402, 403, 404})
"""The account or its key may not look up what was sent, or has no credit left for it."""


def cannot_be_asked(provider: str, status: int) -> OSError:
    """What to raise where a provider refuses to say what it took, as `Traceable` promises."""
    kind = PermissionError if status in MAY_NOT_ASK else ConnectionError
    return kind(f"{provider} could not be asked")


class Encoded(str):
    """A form value that remembers how it is written in a form."""

    __slots__ = ("form",)
    form: str

    def __new__(cls, text: str, form: str = "") -> "Encoded":
        """Encode once; `form` is how it is written, where that is known."""
        self = super().__new__(cls, text)
        self.form = form or quote_plus(text)
        return self

    def followed_by(self, text: str) -> "Encoded":
        """The form with some text behind it; only that text is encoded."""
        return Encoded(self + text, self.form + _quoted(text))


def form(fields: Mapping[str, object]) -> str:
    """A form body; values encoded beforehand are not encoded again."""
    return "&".join(
        f"{name}={value.form if isinstance(value, Encoded) else _quoted(str(value))}"
        for name, value in fields.items()
    )


def _quoted(text: str) -> str:
    """As in a form; what most values are, numbers and telephone numbers, without a closer look."""
    if text.isascii():
        if text[:1] == "+" and text[1:].isalnum():
            return "%2B" + text[1:]
        if text.replace(".", "").isalnum():
            return text
    return quote_plus(text)


def pause_of(retry_after: str) -> timedelta | None:
    """Retry-After in either of its forms (RFC 9110 10.2.3); None when it says nothing."""
    if retry_after.isascii() and retry_after.isdigit():
        return min(timedelta(seconds=int(retry_after[:MOST_DIGITS])), LONGEST_PAUSE)
    try:
        pause = parsedate_to_datetime(retry_after) - datetime.now(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(pause, timedelta()), LONGEST_PAUSE)


def header_of(headers: Mapping[str, str], name: str) -> str:
    """A header by its lower-case name, however it was written; empty when it is not there."""
    found = headers.get(name)
    if found is None:
        found = next((value for one, value in headers.items() if one.lower() == name), "")
    return found


class HttpAnswer(NamedTuple):
    """Status, headers by lower-case name, and body."""

    status: int
    headers: dict[str, str]
    body: bytes


class _Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self) -> None:
        self.kept_at = 0.0
        self.late_at = 0.0
        self.reusable = False
        # Asked for once: for each message it would cost a system call.
        self._loop = asyncio.get_running_loop()
        self._answer: asyncio.Future[HttpAnswer] | None = None
        self._fresh()

    def _fresh(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._size = 0
        self._begun = False

    def ask(self, request: bytes) -> asyncio.Future[HttpAnswer]:
        self.reusable = False
        self._answer = self._loop.create_future()
        self.transport.write(request)
        return self._answer

    # asyncio calls these

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._size += len(data)
        try:
            if self._answer is None or self._answer.done() or self._size > LONGEST_ANSWER:
                self.transport.abort()  # nobody asked, or nobody can want that much
            else:
                self._parser.feed_data(data)
        except httptools.HttpParserError:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.reusable = False
        if self._answer is None or self._answer.done():
            return
        open_ended = not {"content-length", "transfer-encoding"} & self._headers.keys()
        if exc is None and self._begun and open_ended:  # RFC 9112 6.3: until the end
            self._finish()
        else:
            self._answer.set_exception(NoAnswerError())

    # httptools calls these

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self._begun = True

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() < 200:  # interim (RFC 9110 15.2); the answer follows
            self._headers, self._begun = {}, False
            return
        self.reusable = self._parser.should_keep_alive() and not self.transport.is_closing()
        self._finish()

    def _finish(self) -> None:
        answer = HttpAnswer(self._parser.get_status_code(), self._headers, b"".join(self._body))
        if self._answer and not self._answer.done():
            self._answer.set_result(answer)
        self._headers, self._body, self._size, self._begun = {}, [], 0, False


class Connections:
    """Connections to one server, opened when needed and kept a while."""

    def __init__(self, base: SplitResult, *, seconds: float) -> None:
        self._seconds = seconds
        self._host = base.hostname or ""
        self._secure = base.scheme == "https"
        self._port = base.port or (443 if self._secure else 80)
        self._tls: ssl.SSLContext | None = None
        self._idle: deque[_Connection] = deque()
        self._busy: set[_Connection] = set()
        self._watching: asyncio.TimerHandle | None = None

    async def ask(self, request: bytes) -> HttpAnswer:
        """Write the request and wait for its answer; connecting has the same time again."""
        connection = self._kept(time.monotonic()) or await self._open()
        connection.late_at = time.monotonic() + self._seconds
        self._busy.add(connection)
        if self._watching is None:
            self._watch()
        try:
            answer = await connection.ask(request)
        finally:
            self._busy.discard(connection)
            if connection.reusable:
                connection.kept_at = time.monotonic()
                self._idle.append(connection)
            else:
                connection.transport.abort()
        return answer

    def _watch(self) -> None:
        """Give up on answers that are late. One clock for all: a timer each costs too much."""
        now = time.monotonic()
        for connection in self._busy:
            if connection.late_at <= now:
                connection.transport.abort()
        every = self._seconds / LOOKS
        self._watching = (
            asyncio.get_running_loop().call_later(every, self._watch) if self._busy else None
        )

    def close(self) -> None:
        """Let go of the idle ones."""
        while self._idle:
            self._idle.pop().transport.close()

    def _kept(self, now: float) -> _Connection | None:
        while self._idle and self._idle[0].kept_at < now - KEPT_SECONDS:
            self._idle.popleft().transport.close()
        while self._idle:
            connection = self._idle.pop()
            if connection.reusable and not connection.transport.is_closing():
                return connection
        return None

    async def _open(self) -> _Connection:
        loop = asyncio.get_running_loop()
        if self._secure and self._tls is None:
            self._tls = await asyncio.to_thread(ssl.create_default_context)
        try:
            async with asyncio.timeout(self._seconds):
                _, connection = await loop.create_connection(
                    _Connection, self._host, self._port, ssl=self._tls
                )
        except OSError:  # TimeoutError and ssl.SSLError are kinds of it
            raise NotSentError from None
        return connection
