"""Small servers on real sockets that misbehave to order: a mail server and an HTTP server."""

import asyncio
import base64
import json
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from tests.doubles import must_be_filled

HANG_UP: Final = "hang up"
"""Say nothing and close."""
SILENCE: Final = "silence"
"""Say nothing at all, until the client gives up."""

EVERYTHING: Final = ("PIPELINING", "CHUNKING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")
RIDING: Final = ("PIPELINING", "8BITMIME")
NOTHING: Final = ("8BITMIME",)


@dataclass(frozen=True)
class Mail:
    """What the mail server took."""

    sender: str
    person: str
    content: bytes


@dataclass
class MailServer:
    """A mail server that keeps its transactions strictly, and otherwise does what it is told.

    `script` sees every step ("MAIL", "RCPT", "DATA", "BODY", ...) with its argument and may answer
    in the server's place; None leaves it to the server.
    """

    offers: tuple[str, ...] = EVERYTHING
    script: Callable[[str, str], str | None] = lambda _step, _argument: None
    dribble: bool = False
    """Send replies byte by byte."""
    bdat: str = ""
    """What BDAT is answered with, its octets read or, with `bdat_unread`, taken for commands."""
    bdat_unread: bool = False
    together: str = ""
    """What a command is answered with that comes along with the one before; SILENCE: dropped."""
    data_anyway: bool = False
    """Answer 354 although every recipient was refused."""
    tls: ssl.SSLContext | None = None
    implicit: bool = False
    taken: list[Mail] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    connections: int = 0
    open: int = 0
    quiet: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def say_to_all(self, line: bytes) -> None:
        """Speak out of turn and close, and see that the client has noticed."""
        for writer in self.writers:
            writer.write(line)
            writer.close()
        await _turns()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        self.writers.append(writer)
        try:
            await _Session(self, reader, writer).run()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            self.quiet.set()
            writer.close()


class _Over(Exception):
    pass


class _Session:
    def __init__(
        self, server: MailServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.sender: str | None = None
        self.people: list[str] = []

    async def run(self) -> None:
        try:
            await self.say("GREETING", "", "220 ready")
            together = False
            while line := await self.reader.readline():
                verb, _, argument = line.decode("utf-8", "replace").strip().partition(" ")
                if self.server.together and together:
                    self.server.steps.append(f"{verb} along with another")
                    if self.server.together != SILENCE:
                        await self.say("TOGETHER", argument, self.server.together)
                    continue
                await self.step(verb.upper(), argument)
                together = bool(self.reader._buffer)  # type: ignore[attr-defined]
        except _Over:
            pass

    async def say(self, step: str, argument: str, usual: str) -> str:
        self.server.steps.append(step)
        reply = self.server.script(step, argument) or usual
        if reply == HANG_UP:
            raise _Over
        if reply == SILENCE:
            await self.reader.read()
            raise _Over
        data = reply.encode(errors="surrogateescape") + b"\r\n"
        for part in [data[i : i + 1] for i in range(len(data))] if self.server.dribble else [data]:
            self.writer.write(part)
            await self.writer.drain()
            if self.server.dribble:
                await asyncio.sleep(0)
        if reply.startswith("421") or step == "QUIT":
            raise _Over
        return reply

    async def step(self, verb: str, argument: str) -> None:  # noqa: PLR0912 - SMTP has so many
        match verb:
            case "EHLO":
                offers = self.server.offers
                if self.server.tls and not self.server.implicit:
                    offers = (*offers, "STARTTLS")
                lines = ["server", *offers]
                usual = "\r\n".join(f"250-{one}" for one in lines[:-1]) + f"\r\n250 {lines[-1]}"
                await self.say(verb, argument, usual)
            case "STARTTLS":
                await self.say(verb, argument, "220 go ahead")
                assert self.server.tls
                plain = self.writer.transport
                try:
                    await self.writer.start_tls(self.server.tls)
                except AttributeError:  # of asyncio, where the client has gone meanwhile
                    self.writer._transport = plain  # type: ignore[attr-defined]
                    raise _Over from None
            case "AUTH":
                await self.say(verb, argument, "235 2.7.0 ok")
            case "MAIL":
                nested = self.sender is not None
                reply = await self.say(verb, argument, "503 5.5.1 nested" if nested else "250 ok")
                if reply.startswith("2"):
                    self.sender = _bracketed(argument)
            case "RCPT":
                usual = "250 2.1.5 ok" if self.sender is not None else "503 5.5.1 need MAIL"
                reply = await self.say(verb, argument, usual)
                if reply.startswith("2"):
                    self.people.append(_bracketed(argument))
            case "DATA":
                ready = self.people or self.server.data_anyway
                usual = "354 go" if ready else "554 5.5.1 no valid recipients"
                if (await self.say(verb, argument, usual)).startswith("354"):
                    await self.body(await _dotted(self.reader))
            case "BDAT" if self.server.bdat:
                if not self.server.bdat_unread:
                    await self.reader.readexactly(int(argument.split(maxsplit=1)[0]))
                await self.say(verb, argument, self.server.bdat)
            case "BDAT":
                await self.body(await self.reader.readexactly(int(argument.split(maxsplit=1)[0])))
            case "RSET":
                self.reset()
                await self.say(verb, argument, "250 ok")
            case "NOOP":
                await self.say(verb, argument, "250 ok")
            case "QUIT":
                await self.say(verb, argument, "221 bye")
            case _:
                await self.say(verb, argument, "500 what?")

    async def body(self, content: bytes) -> None:
        who = self.people[0] if self.people else ""
        usual = "250 2.0.0 ok" if self.people else "554 5.5.1 no valid recipients"
        subject = re.search(rb"^Subject: (.*)$", content, re.MULTILINE)
        must_be_filled(unquote(subject[1].decode().replace("=", "%")) if subject else "")
        if (await self.say("BODY", who, usual)).startswith("2") and self.people:
            self.server.taken.append(Mail(self.sender or "", who, content))
        if self.people or self.server.data_anyway:  # else it stays inside, as Postfix does
            self.reset()

    def reset(self) -> None:
        self.sender, self.people = None, []


async def _turns() -> None:
    """A few turns of the loop, for what is on the way over loopback to be read."""
    for _ in range(20):
        await asyncio.sleep(0)


def _bracketed(argument: str) -> str:
    return argument.partition("<")[2].partition(">")[0]


async def _dotted(reader: asyncio.StreamReader) -> bytes:
    lines = []
    while (line := await reader.readuntil(b"\r\n")) != b".\r\n":
        lines.append(line[1:] if line.startswith(b".") else line)
    return b"".join(lines)


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def _listening(serve: Serve, tls: ssl.SSLContext | None) -> AsyncIterator[int]:
    """Answer the port; at the end, hang up on whoever is still there."""
    under_way: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}

    async def watched(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        under_way[writer] = task
        try:
            await serve(reader, writer)
        finally:
            del under_way[writer]

    listener = await asyncio.start_server(watched, "127.0.0.1", 0, ssl=tls, limit=2**22)
    async with listener:
        yield listener.sockets[0].getsockname()[1]
        for writer in under_way:
            writer.transport.abort()
        await asyncio.gather(*under_way.values(), return_exceptions=True)


@asynccontextmanager
async def mail_server(server: MailServer) -> AsyncIterator[MailServer]:
    """Listen while the test runs."""
    tls = server.tls if server.implicit else None
    async with _listening(server.serve, tls) as server.port:
        yield server


@dataclass(frozen=True)
class Request:
    """What the HTTP server was asked."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}

    @property
    def credentials(self) -> str:
        return base64.b64decode(self.headers["authorization"].removeprefix("Basic ")).decode()


def answer(status: int, content: Any = "", **headers: str) -> bytes:
    """An HTTP answer; anything but text is written as JSON."""
    text = isinstance(content, str)
    body = (content if text else json.dumps(content)).encode()
    kind = "text/html" if text else "application/json"
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join((*lines, "", "")).encode() + body


@dataclass
class HttpServer:
    """Answers each request as `reply` says: bytes, HANG_UP or SILENCE."""

    reply: Callable[[Request], bytes | str]
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    url: str = ""
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def hang_up(self) -> None:
        """Close every connection, and see that the client has noticed."""
        for writer in self.writers:
            writer.close()
        await _turns()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                first, *lines = head.strip().split("\r\n")
                method, target, _ = first.split(" ")
                headers = {
                    n.lower(): v.strip() for n, _, v in (one.partition(":") for one in lines)
                }
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                request = Request(method, target, headers, body)
                self.requests.append(request)
                reply = self.reply(request)
                if reply == SILENCE:
                    await reader.read()
                if isinstance(reply, str):
                    return
                writer.write(reply)
                await writer.drain()
                if b"\r\nconnection: close\r\n" in reply.lower():
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def http_server(
    reply: Callable[[Request], bytes | str], tls: ssl.SSLContext | None = None
) -> AsyncIterator[HttpServer]:
    """Listen while the test runs."""
    server = HttpServer(reply)
    async with _listening(server.serve, tls) as port:
        server.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        yield server
