"""A mail server that keeps what it is sent and delivers nothing.

RFC 5321 with PIPELINING (2920), CHUNKING (3030), 8BITMIME (6152), SMTPUTF8 (6531), SIZE (1870),
ENHANCEDSTATUSCODES (2034), and by choice STARTTLS (3207) and AUTH (4954). It parses whatever has
arrived and answers it in one write: a pipelining client is what it is built for.
"""

import asyncio
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Final, cast

from channels.sandbox import letter
from channels.sandbox.envelope import BadPath, UnknownParameter, mailbox, size_of
from channels.sandbox.faults import Fault, Orders
from channels.sandbox.inbox import Box, Message
from channels.sandbox.signin import SignIn

LONGEST_LINE: Final = 12_288
"""RFC 4954 4: what AUTH may need; everything else is far shorter."""
LARGEST: Final = 32 * 1024 * 1024
MOST_RECIPIENTS: Final = 1000
NAME: Final = "sandbox.invalid"

OK: Final = b"250 2.0.0 OK\r\n"
SENDER_OK: Final = b"250 2.1.0 Sender OK\r\n"
RECIPIENT_OK: Final = b"250 2.1.5 Recipient OK\r\n"
GO_ON: Final = b"354 End data with <CR><LF>.<CR><LF>\r\n"
UNAVAILABLE: Final = b"421 4.3.2 Service not available, closing\r\n"
TOO_BUSY: Final = b"421 4.3.2 Too busy, closing\r\n"
LATER: Final = b"451 4.3.0 Try again later\r\n"
LOCAL_ERROR: Final = b"451 4.3.0 Local error in processing\r\n"
NO_SUCH: Final = b"550 5.1.1 No such mailbox\r\n"
NO_RECIPIENTS: Final = b"554 5.5.1 No valid recipients\r\n"
TOO_LARGE: Final = b"552 5.3.4 Message too large\r\n"
SYNTAX: Final = b"501 5.5.4 Syntax error in parameters\r\n"
SEQUENCE: Final = b"503 5.5.1 Bad sequence of commands\r\n"


@dataclass(slots=True)
class Post:
    """What all connections of the mail server share."""

    box: Box
    orders: Orders
    tls: ssl.SSLContext | None = None
    username: str = ""
    password: str = ""
    refused: int = 0
    open_ones: set["SmtpConnection"] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=lambda: count(time.time_ns() // 1000))


class SmtpConnection(asyncio.Protocol):
    """One client."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._replies: list[bytes] = []
        self._held: asyncio.TimerHandle | None = None
        self._upgrade: asyncio.Task[None] | None = None
        self._secure = False
        self._extended = False
        self._signin = SignIn(post.username, post.password)
        self._commands: dict[bytes, Callable[[bytes], None]] = {
            b"EHLO": self._ehlo,
            b"HELO": self._helo,
            b"MAIL": self._mail,
            b"RCPT": self._rcpt,
            b"DATA": self._data,
            b"BDAT": self._bdat,
            b"RSET": self._rset,
            b"NOOP": self._noop,
            b"VRFY": self._vrfy,
            b"QUIT": self._quit,
            b"STAR": self._starttls,
            b"AUTH": self._auth,
        }
        self._forget()

    def _forget(self) -> None:
        """No transaction is under way."""
        self._sender: str | None = None
        self._utf8 = False
        self._recipients: list[str] = []
        self._fault: Fault | None = None
        self._in_data = False
        self._searched = 0
        self._too_large = False
        self._chunks = bytearray()
        self._chunking = False
        self._chunk_left = 0
        self._chunk_is_last = False
        self._chunk_reply = b""

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet, or say that the house is closed."""
        self._transport = cast("asyncio.Transport", transport)
        self._post.open_ones.add(self)
        if self._post.orders.down:
            self._close_with(UNAVAILABLE)
            self._flush()
        else:
            self._transport.write(f"220 {NAME} ESMTP sandbox\r\n".encode())

    def connection_lost(self, exc: Exception | None) -> None:
        """What was not ended with a dot was never sent (RFC 5321 4.1.1.4)."""
        self._post.open_ones.discard(self)
        self._transport = None
        if self._held is not None:
            self._held.cancel()

    def pause_writing(self) -> None:
        """A client that does not read its replies is not listened to."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """It reads again."""
        if self._transport is not None:
            self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Take what came, wherever it was cut."""
        self._buffer += data
        self._work()

    def close(self) -> None:
        """Close without waiting for the client."""
        if self._transport is not None:
            self._transport.abort()

    def _work(self) -> None:
        while self._transport is not None and self._held is None and self._upgrade is None:
            if self._chunking:
                went_on = self._read_chunk()
            elif self._in_data:
                went_on = self._read_data()
            else:
                went_on = self._read_line()
            if not went_on:
                break
        self._flush()

    def _flush(self) -> None:
        if self._replies and self._transport is not None and self._held is None:
            self._transport.write(b"".join(self._replies))
            self._replies.clear()

    def _reply(self, reply: bytes) -> None:
        self._replies.append(reply)

    def _close_with(self, reply: bytes) -> None:
        self._reply(reply)
        if self._transport is not None:
            self._transport.write(b"".join(self._replies))
            self._transport.close()
        self._replies.clear()
        self._transport = None

    # commands

    def _read_line(self) -> bool:
        end = self._buffer.find(b"\n")
        if end < 0:
            if len(self._buffer) > LONGEST_LINE:
                self._close_with(b"500 5.5.2 Line too long\r\n")
            return False
        line = bytes(self._buffer[:end]).rstrip(b"\r")
        del self._buffer[: end + 1]
        if self._signin.asking:
            self._reply(self._signin.answer(line))
            return True
        command = self._commands.get(line[:4].upper())
        if command is None:
            self._reply(b"500 5.5.2 Command not recognised\r\n")
        else:
            command(line)
        return True

    def _ehlo(self, line: bytes) -> None:
        if len(line.split()) < 2:
            self._reply(SYNTAX)
            return
        self._forget()
        self._extended = True
        offers = [NAME, "PIPELINING", "8BITMIME", "SMTPUTF8", "CHUNKING", "ENHANCEDSTATUSCODES"]
        offers.append(f"SIZE {LARGEST}")
        if self._post.tls is not None and not self._secure:
            offers.append("STARTTLS")
        elif self._signin.wanted:  # RFC 4954 4: passwords only where they are not overheard
            offers.append("AUTH PLAIN LOGIN")
        last = offers.pop()
        self._reply("".join(f"250-{offer}\r\n" for offer in offers).encode())
        self._reply(f"250 {last}\r\n".encode())

    def _helo(self, line: bytes) -> None:
        self._forget()
        self._extended = False
        self._reply(f"250 {NAME}\r\n".encode())

    def _mail(self, line: bytes) -> None:
        if self._post.orders.down:
            self._close_with(UNAVAILABLE)
            return
        if self._sender is not None:
            self._reply(b"503 5.5.1 Nested MAIL command\r\n")
            return
        if self._signin.wanted and not self._signin.done:
            self._reply(b"530 5.7.0 Authentication required\r\n")
            return
        try:
            sender, parameters = mailbox(line, b"FROM:")
            utf8 = b"SMTPUTF8" in parameters
            too_large = size_of(parameters) > LARGEST
        except UnknownParameter as unknown:
            self._reply(f"555 5.5.4 {unknown}\r\n".encode())
        except BadPath:
            self._reply(SYNTAX)
        else:
            if too_large:
                self._reply(TOO_LARGE)
                return
            self._sender, self._utf8 = sender, utf8
            self._reply(SENDER_OK)

    def _rcpt(self, line: bytes) -> None:
        if self._sender is None:
            self._reply(SEQUENCE)
            return
        try:
            address, _ = mailbox(line, b"TO:")
        except UnknownParameter as unknown:
            self._reply(f"555 5.5.4 {unknown}\r\n".encode())
            return
        except BadPath:
            address = ""
        if not address:
            self._reply(b"501 5.1.3 Bad recipient address syntax\r\n")
        elif not self._utf8 and not address.isascii():
            self._reply(b"553 5.6.7 Non-ASCII address needs SMTPUTF8\r\n")  # RFC 6531 3.5
        elif len(self._recipients) >= MOST_RECIPIENTS:
            self._reply(b"452 4.5.3 Too many recipients\r\n")
        else:
            self._consider(address)

    def _consider(self, address: str) -> None:
        orders = self._post.orders
        if orders.refuses(address):
            orders.given[Fault.REFUSE] += 1
            self._post.refused += 1
            self._reply(NO_SUCH)
            return
        if self._fault is None:
            self._fault = orders.draw()
        if self._fault is not Fault.BUSY:
            self._recipients.append(address)
            self._reply(RECIPIENT_OK)
            return
        self._fault = None
        if orders.random.random() < 0.25:
            self._close_with(TOO_BUSY)
        else:
            self._reply(LATER)

    def _data(self, line: bytes) -> None:
        if self._sender is None or self._chunks:
            self._reply(SEQUENCE)  # RFC 3030 2: DATA and BDAT cannot be mixed
        elif not self._recipients:
            self._reply(NO_RECIPIENTS)
        else:
            self._in_data = True
            self._reply(GO_ON)

    def _bdat(self, line: bytes) -> None:
        words = line.split()
        if len(words) not in {2, 3} or not words[1].isdigit() or len(words[1]) > 10:
            self._close_with(SYNTAX)  # what follows cannot be told apart from commands
            return
        self._chunk_left = int(words[1])
        self._chunk_is_last = len(words) == 3 and words[2].upper() == b"LAST"
        # RFC 3030 2: even a chunk that is refused is read to its end.
        self._chunk_reply = b""
        if self._sender is None:
            self._chunk_reply = SEQUENCE
        elif not self._recipients:
            self._chunk_reply = NO_RECIPIENTS
        elif len(self._chunks) + self._chunk_left > LARGEST:
            self._chunk_reply = TOO_LARGE
        self._chunking = True

    def _rset(self, line: bytes) -> None:
        self._forget()
        self._reply(OK)

    def _noop(self, line: bytes) -> None:
        self._reply(OK)

    def _vrfy(self, line: bytes) -> None:
        self._reply(b"252 2.5.0 Cannot verify, send some mail\r\n")

    def _quit(self, line: bytes) -> None:
        self._close_with(b"221 2.0.0 Bye\r\n")

    def _auth(self, line: bytes) -> None:
        if self._post.tls is not None and not self._secure:
            self._reply(b"538 5.7.11 Encryption required\r\n")
        elif self._sender is not None:
            self._reply(SEQUENCE)
        else:
            self._reply(self._signin.begin(line))

    def _starttls(self, line: bytes) -> None:
        if self._post.tls is None or self._secure or line.upper() != b"STARTTLS":
            self._reply(b"502 5.5.1 Not available\r\n")
            return
        # What was sent behind STARTTLS was sent unprotected and is not obeyed (RFC 3207 4.2).
        self._buffer.clear()
        self._reply(b"220 2.0.0 Ready to start TLS\r\n")
        if self._transport is not None:
            self._transport.pause_reading()
            self._flush()
            self._upgrade = asyncio.get_running_loop().create_task(self._encrypt(self._post.tls))

    async def _encrypt(self, tls: ssl.SSLContext) -> None:
        loop = asyncio.get_running_loop()
        if self._transport is None:
            return
        try:
            secured = await loop.start_tls(self._transport, self, tls, server_side=True)
        except (OSError, asyncio.CancelledError):  # ssl.SSLError is an OSError
            self.close()
            return
        self._transport = secured
        self._secure = True
        self._signin = SignIn(self._post.username, self._post.password)
        self._forget()
        self._upgrade = None
        self._work()

    # message bodies

    def _read_data(self) -> bool:
        buffer = self._buffer
        if buffer.startswith(b".\r\n") and not self._searched:
            body = b""
            del buffer[:3]
        else:
            # Only CRLF . CRLF ends a message (RFC 5321 4.1.1.4); reading a bare LF as a line's
            # end is how one mail is smuggled inside another.
            end = buffer.find(b"\r\n.\r\n", self._searched)
            if end < 0:
                self._wait_for_more()
                return False
            body = bytes(buffer[: end + 2])
            del buffer[: end + 5]
            if b"\r\n." in body:
                body = body.replace(b"\r\n.", b"\r\n")  # RFC 5321 4.5.2
            if body.startswith(b"."):
                body = body[1:]
        if self._too_large:
            self._reply(TOO_LARGE)
            self._forget()
        else:
            self._take(body)
        return True

    def _wait_for_more(self) -> None:
        """Look only at what is new next time, and keep no more than anyone may send."""
        if len(self._buffer) > LARGEST:
            self._too_large = True
            del self._buffer[:-4]
        if len(self._buffer) >= 4:
            self._searched = max(len(self._buffer) - 4, 1)

    def _read_chunk(self) -> bool:
        piece = self._buffer[: self._chunk_left]
        del self._buffer[: len(piece)]
        self._chunk_left -= len(piece)
        if not self._chunk_reply:
            self._chunks += piece
        if self._chunk_left:
            return False
        self._chunking = False
        if self._chunk_reply:
            self._reply(self._chunk_reply)
            if self._chunk_is_last:
                self._forget()
        elif self._chunk_is_last:
            self._take(bytes(self._chunks))
        else:
            self._reply(f"250 2.0.0 {len(self._chunks)} octets so far\r\n".encode())
        return True

    def _take(self, body: bytes) -> None:
        """The message is whole: keep it and say so, or do what was ordered."""
        orders = self._post.orders
        fault = self._fault
        if fault is Fault.ERROR:
            reply = LOCAL_ERROR
        elif fault is Fault.HANG_UP and not orders.happens(orders.hang_up_accepted):
            reply = b""
        else:
            reference = f"{next(self._post.numbers):X}"
            self._post.box.add(
                Message(
                    at=time.time(),
                    to=tuple(self._recipients),
                    key=letter.key(body),
                    reference=reference,
                    fields={"MAIL FROM": self._sender or ""},
                    raw=body,
                )
            )
            reply = (
                b"" if fault is Fault.HANG_UP else f"250 2.0.0 Queued as {reference}\r\n".encode()
            )
        self._forget()
        if not reply:
            self._flush()
            self._hang_up()
            return
        if orders.slow:
            self._flush()
            loop = asyncio.get_running_loop()
            self._held = loop.call_later(orders.slow, self._release, reply)
        else:
            self._reply(reply)

    def _hang_up(self) -> None:
        if self._transport is not None:
            self._transport.close()  # replies to earlier messages still go out
            self._transport = None

    def _release(self, reply: bytes) -> None:
        self._held = None
        self._reply(reply)
        self._work()


class SmtpServer:
    """The mail server: where it listens, and everyone who is connected."""

    def __init__(self, post: Post) -> None:
        self.post = post
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; the port that was bound."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SmtpConnection(self.post), host, port, backlog=1024
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening and close what is open."""
        if self._server is not None:
            self._server.close()
        for connection in tuple(self.post.open_ones):
            connection.close()
        await asyncio.sleep(0)
