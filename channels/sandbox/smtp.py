"""A mail server that keeps what it is sent and delivers nothing.

RFC 5321 with PIPELINING (2920), CHUNKING (3030), 8BITMIME (6152), SMTPUTF8 (6531), SIZE (1870),
ENHANCEDSTATUSCODES (2034), and by choice STARTTLS (3207) and AUTH (4954).
"""

import asyncio
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from channels.sandbox import received_email
from channels.sandbox.body import LARGEST, Chunked, Dotted
from channels.sandbox.conversation import Conversation
from channels.sandbox.envelope import BadPath, UnknownParameter, mailbox, size_of
from channels.sandbox.faults import Orders, SandboxFault
from channels.sandbox.inbox import Box, ReceivedMessage
from channels.sandbox.signin import SignIn

LONGEST_LINE: Final = 12_288
"""RFC 4954 4: what AUTH may need; everything else is far shorter."""
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
TOO_MANY: Final = b"452 4.5.3 Too many recipients\r\n"
SYNTAX: Final = b"501 5.5.4 Syntax error in parameters\r\n"
BAD_RECIPIENT: Final = b"501 5.1.3 Bad recipient address syntax\r\n"
SEQUENCE: Final = b"503 5.5.1 Bad sequence of commands\r\n"
NOT_IMPLEMENTED: Final = b"502 5.5.1 Command not implemented\r\n"
BARRED: Final = b"554 5.7.1 Relay access denied\r\n"
NO_SUCH: Final = b"550 5.1.1 No such mailbox\r\n"
TOO_LARGE: Final = b"552 5.3.4 Message too large\r\n"
NEEDS_UTF8: Final = b"553 5.6.7 Non-ASCII address needs SMTPUTF8\r\n"
NO_RECIPIENTS: Final = b"554 5.5.1 No valid recipients\r\n"
CLOSING_SHARE: Final = 0.25
"""Of those that are told to come later, how many lose the connection too."""


@dataclass(slots=True)
class SmtpServerState:
    """What all connections of the mail server share."""

    box: Box
    orders: Orders
    tls: ssl.SSLContext | None = None
    username: str = ""
    password: str = ""
    refused: int = 0
    open_ones: set[Conversation] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=lambda: count(time.time_ns() // 1000))


class SmtpConnection(Conversation):
    """One client."""

    def __init__(self, post: SmtpServerState) -> None:
        super().__init__(post.open_ones)
        self._post = post
        self._signin = SignIn(post.username, post.password)
        self._commands: dict[bytes, Callable[[bytes], None]] = {
            b"EHLO": self._ehlo,
            b"HELO": self._helo,
            b"MAIL": self._mail,
            b"RCPT": self._rcpt,
            b"DATA": self._data,
            b"BDAT": self._bdat,
            b"RSET": self._rset,
            b"NOOP": lambda _: self.reply(OK),
            b"VRFY": lambda _: self.reply(b"252 2.5.0 Cannot verify, send some mail\r\n"),
            b"QUIT": lambda _: self.hang_up(b"221 2.0.0 Bye\r\n"),
            b"STAR": self._starttls,
            b"AUTH": self._auth,
        }
        self._forget()

    def _forget(self) -> None:
        """No transaction is under way."""
        self._sender: str | None = None
        self._utf8 = False
        self._recipients: list[str] = []
        self._fault: SandboxFault | None = None
        self._dotted: Dotted | None = None
        self._chunked: Chunked | None = None
        self._in_chunk = False
        self._chunk_refusal = b""

    def greet(self) -> None:
        """Send the 220 greeting; with the fault `down`, refuse and hang up."""
        if self._post.orders.down:
            self._post.orders.given[SandboxFault.DOWN] += 1
            self.hang_up(UNAVAILABLE)
        else:
            self.reply(f"220 {NAME} ESMTP sandbox\r\n".encode())

    def encrypted(self) -> None:
        """RFC 3207 4.2: what was said in clear is forgotten."""
        self._signin = SignIn(self._post.username, self._post.password)
        self._forget()

    def read(self) -> bool:
        """A command, or a piece of a body."""
        if self._in_chunk:
            return self._read_chunk()
        if self._dotted is not None:
            return self._read_data(self._dotted)
        end = self._buffer.find(b"\n")
        if end < 0:
            if len(self._buffer) > LONGEST_LINE:
                self.hang_up(b"500 5.5.2 Line too long\r\n")
            return False
        line = bytes(self._buffer[:end]).rstrip(b"\r")
        del self._buffer[: end + 1]
        if self._signin.asking:
            self.reply(self._signin.answer(line))
        elif (command := self._commands.get(line[:4].upper())) is not None:
            command(line)
        else:
            self.reply(b"500 5.5.2 Command not recognised\r\n")
        return True

    # the session

    def _ehlo(self, line: bytes) -> None:
        if len(line.split()) < 2:
            self.reply(SYNTAX)
            return
        self._forget()
        offers = [NAME, "PIPELINING", "8BITMIME", "SMTPUTF8", "CHUNKING", "ENHANCEDSTATUSCODES"]
        if self._post.tls is not None and not self._secure:
            offers.append("STARTTLS")
        elif self._signin.wanted:  # RFC 4954 4: passwords only where they are not overheard
            offers.append("AUTH PLAIN LOGIN")
        self.reply("".join(f"250-{offer}\r\n" for offer in offers).encode())
        self.reply(f"250 SIZE {LARGEST}\r\n".encode())

    def _helo(self, line: bytes) -> None:
        self._forget()
        self.reply(f"250 {NAME}\r\n".encode())

    def _rset(self, line: bytes) -> None:
        self._forget()
        self.reply(OK)

    def _auth(self, line: bytes) -> None:
        if self._post.tls is not None and not self._secure:
            self.reply(b"538 5.7.11 Encryption required\r\n")
        elif self._sender is not None:
            self.reply(SEQUENCE)
        else:
            self.reply(self._signin.begin(line))

    def _starttls(self, line: bytes) -> None:
        if self._post.tls is None or self._secure or line.upper() != b"STARTTLS":
            self.reply(b"502 5.5.1 Not available\r\n")
        else:
            self.encrypt(b"220 2.0.0 Ready to start TLS\r\n", self._post.tls)

    # the envelope

    def _mail(self, line: bytes) -> None:
        if self._post.orders.down:
            self._post.orders.given[SandboxFault.DOWN] += 1
            self.hang_up(UNAVAILABLE)
        elif self._sender is not None:
            self.reply(b"503 5.5.1 Nested MAIL command\r\n")
        elif self._signin.wanted and not self._signin.done:
            self.reply(b"530 5.7.0 Authentication required\r\n")
        else:
            self._begin(line)

    def _begin(self, line: bytes) -> None:
        try:
            sender, parameters = mailbox(line, b"FROM:")
        except UnknownParameter as unknown:
            self.reply(f"555 5.5.4 {unknown}\r\n".encode())
            return
        except BadPath:
            self.reply(SYNTAX)
            return
        if size_of(parameters) > LARGEST:
            self.reply(TOO_LARGE)
        elif not sender.isascii() and b"SMTPUTF8" not in parameters:
            self.reply(NEEDS_UTF8)
        else:
            self._sender, self._utf8 = sender, b"SMTPUTF8" in parameters
            self.reply(SENDER_OK)

    def _rcpt(self, line: bytes) -> None:
        try:
            address, _ = mailbox(line, b"TO:")
        except UnknownParameter as unknown:
            self.reply(f"555 5.5.4 {unknown}\r\n".encode())
            return
        except BadPath:
            address = ""
        if self._sender is None:
            self.reply(SEQUENCE)
        elif not address:
            self.reply(BAD_RECIPIENT)
        elif not self._utf8 and not address.isascii():
            self.reply(NEEDS_UTF8)  # RFC 6531 3.5
        elif len(self._recipients) >= MOST_RECIPIENTS:
            self.reply(TOO_MANY)
        else:
            self._consider(address)

    def _consider(self, address: str) -> None:
        orders = self._post.orders
        if orders.refuses(address):
            orders.given[SandboxFault.REFUSE] += 1
            self._post.refused += 1
            self.reply(NO_SUCH)
            return
        if orders.bars(address):
            self._post.refused += 1
            self.reply(BARRED)
            return
        if self._fault is None:
            self._fault = orders.draw()
        if self._fault is not SandboxFault.BUSY:
            self._recipients.append(address)
            self.reply(RECIPIENT_OK)
            return
        self._fault = None
        if orders.happens(CLOSING_SHARE):
            self.hang_up(TOO_BUSY)
        else:
            self.reply(LATER)

    # the body

    def _data(self, line: bytes) -> None:
        if self._sender is None or self._chunked is not None:
            self.reply(SEQUENCE)  # RFC 3030 2: DATA and BDAT cannot be mixed
        elif not self._recipients:
            self.reply(NO_RECIPIENTS)
        else:
            self._dotted = Dotted()
            self.reply(GO_ON)

    def _read_data(self, dotted: Dotted) -> bool:
        body = dotted.read(self._buffer)
        if body is None:
            return False
        if dotted.too_large:
            self.reply(TOO_LARGE)
            self._forget()
        else:
            self._take(body)
        return True

    def _bdat(self, line: bytes) -> None:
        words = line.split()
        if len(words) not in {2, 3} or not words[1].isdigit() or len(words[1]) > 10:
            self.hang_up(SYNTAX)  # what follows cannot be told apart from commands
            return
        size, last = int(words[1]), len(words) == 3 and words[2].upper() == b"LAST"
        chunked = self._chunked = self._chunked or Chunked()
        if self._sender is None:
            self._chunk_refusal = SEQUENCE
        elif not self._recipients:
            self._chunk_refusal = NO_RECIPIENTS
        elif len(chunked) + size > LARGEST:
            self._chunk_refusal = TOO_LARGE
        chunked.begin(size, last=last, refused=bool(self._chunk_refusal))
        self._in_chunk = True

    def _read_chunk(self) -> bool:
        chunked = self._chunked
        if chunked is None or not chunked.read(self._buffer):
            return False
        self._in_chunk = False
        if self._post.orders.bdat:
            self._post.orders.given[SandboxFault.BDAT] += 1
            self._forget()
            if self._post.orders.bdat == "refuse":
                self.reply(NOT_IMPLEMENTED)
            else:
                self.hang_up()
        elif self._chunk_refusal:
            self.reply(self._chunk_refusal)
            if chunked.last:
                self._forget()
        elif chunked.last:
            self._take(chunked.whole())
        else:
            self.reply(f"250 2.0.0 {len(chunked)} octets so far\r\n".encode())
        return True

    def _take(self, body: bytes) -> None:
        """The message is whole: keep it and say so, or do what was ordered."""
        orders, fault = self._post.orders, self._fault
        if fault is SandboxFault.ERROR:
            reply = LOCAL_ERROR
        elif fault is SandboxFault.HANG_UP:
            reply = b""
            if orders.happens(orders.hang_up_accepted):
                self._keep(body)
        else:
            reply = f"250 2.0.0 Queued as {self._keep(body)}\r\n".encode()
        self._forget()
        if not reply:
            self.hang_up()
        elif orders.slow:
            self.reply_later(reply, orders.slow)
        else:
            self.reply(reply)

    def _keep(self, body: bytes) -> str:
        reference = f"{next(self._post.numbers):X}"
        message = ReceivedMessage(
            at=time.time(),
            to=tuple(self._recipients),
            key=received_email.key(body),
            reference=reference,
            fields={"MAIL FROM": self._sender or ""},
            raw=body,
        )
        self._post.box.add(message)
        return reference


class SmtpServer:
    """The mail server: where it listens, and everyone who is connected."""

    def __init__(self, post: SmtpServerState) -> None:
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
            connection.abort()
        await asyncio.sleep(0)
