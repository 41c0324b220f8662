"""Handing messages over on one SMTP connection, as fast as the server allows.

aiosmtplib connects, greets, encrypts and signs in; then one of these protocols takes over its
transport (`set_protocol`), because aiosmtplib itself waits for every reply. What EHLO offers
decides which:

* `Chunking`: CHUNKING (RFC 3030), whole messages, a few of them under way at once.
* `Pipelined`: PIPELINING (RFC 2920), the next envelope goes with the body of the last.
* `Sequential`: neither, one command at a time.

Some servers, and some boxes in front of them, cannot do what EHLO offers. The first message of a
connection tells: `lacks` then names the extension in doubt, and `over` the message it was said of.

Replies come in the order of commands, so one queue of expected replies tells what each is about.
Back-pressure: `Pipelined` and `Sequential` never have more than one body waiting to be written,
since the reply that lets them go on proves it was read; `Chunking` heeds `pause_writing`.
"""

import asyncio
import math
import re
from abc import abstractmethod
from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Final, NamedTuple

LONGEST_LINE: Final = 8192
"""RFC 5321 4.5.3.1.5 grants a reply line 512 octets; nobody needs more than this."""

MOST_LINES: Final = 100
"""Lines of one reply; RFC 5321 4.2.1 sets no limit, and those to messages have one or two."""

WINDOW: Final = 4
"""Messages under way at once with CHUNKING, and so what a lost connection leaves in doubt.

Measured on loopback against RFC 2920 alone: twice as fast; and it divides the round trips.
"""

TIMEOUTS_OF_A_MESSAGE: Final = 2
"""What one message takes at most, in the longest times the server may be silent: each reply may
come just in time, and there are four or five to a message."""

HURRIED: Final = 1 / 6
"""The share of the longest silence that is borne over one recipient while others wait behind it.

RFC 5321 4.5.3.2 grants a server minutes; a message that keeps nobody waiting has them.
"""
SLOW_MESSAGE: Final = 0.005
"""Seconds between two replies of a connection from which it may have one message under way."""
NEAR: Final = 0.1
"""The share of that time which the way there and back takes at most, so that nothing is lost."""

EMPTY_MESSAGE: Final = b".\r\n"

CHUNKING, PIPELINING, SIZE = "chunking", "pipelining", "size"
NOT_DONE: Final = frozenset({b"500", b"502", b"503", b"504"})
"""Unknown, not implemented, out of sequence, parameter not implemented (RFC 5321 4.2.3)."""
OF_ONE_MESSAGE: Final = re.compile(rb"\d{3}[ -]5\.[123467]\.")
"""Said of an address, a mailbox, a route, a text or a policy (RFC 3463): not of a command."""
NO_PARAMETER: Final = frozenset({b"500", b"501", b"504", b"555"})
"""What a parameter of MAIL is refused with (RFC 5321 4.1.1.11)."""


class SmtpCommand(Enum):
    """What a reply answers."""

    RESET = "RSET"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    BODY = "body"
    EMPTY = "empty body"
    """The lone dot that ends a transaction whose recipient was refused (RFC 2920 3.1)."""


ENVELOPE: Final = (SmtpCommand.MAIL, SmtpCommand.RCPT, SmtpCommand.DATA)
WHOLE: Final = (SmtpCommand.RESET, SmtpCommand.MAIL, SmtpCommand.RCPT, SmtpCommand.BODY)
OF_A_RECIPIENT: Final = frozenset({SmtpCommand.RCPT, SmtpCommand.DATA})
"""What is answered for one recipient alone, before its body goes."""
AFTER_MAIL: Final = OF_A_RECIPIENT | {SmtpCommand.BODY}
"""What is answered once the recipient of a message was named."""
BETWEEN: Final = (SmtpCommand.RESET, SmtpCommand.EMPTY)
"""What is said to these is said of no message."""


class SmtpReply(NamedTuple):
    """The reply that decided a message: to which step, and its last line."""

    step: SmtpCommand
    line: bytes


TAKEN: Final = SmtpReply(SmtpCommand.BODY, b"250 ")
"""What nearly every message comes to."""


class SmtpOutcome(Enum):
    """A message the server did not decide."""

    NOT_SENT = "not sent"
    UNCLEAR = "unclear"
    """Its body was handed over, and no reply came."""


class SmtpMessage(NamedTuple):
    """One message for one recipient, ready for the wire. `place` is its owner's business."""

    place: int
    mail: bytes
    """The MAIL and the RCPT command, each with its CRLF."""
    rcpt: bytes
    head: bytes
    """Header lines of this recipient alone."""
    plain: bytes
    """The rest, as BDAT wants it."""
    stuffed: bytes
    """The rest, as DATA wants it: lines that begin with a dot have another before it, and a lone
    dot ends it all."""
    utf8: bool
    reference: str
    """Our own name for it, which its Message-ID gives."""

    @property
    def domain(self) -> bytes:
        """Where it goes, in small letters."""
        return self.rcpt.rpartition(b"@")[2].removesuffix(b">\r\n").lower()


Settle = Callable[[SmtpMessage, SmtpReply | SmtpOutcome], None]
Take = Callable[[], SmtpMessage | None]
Begin = Callable[[SmtpMessage], None]
"""Told of each message before its body goes."""
Hurry = Callable[[], bool]
"""Whether other messages wait for this connection."""
Apart = Callable[[], bool]
"""Whether messages go apart now."""


class Pipeline(asyncio.Protocol):
    """One connection. `run` takes messages until there are no more, or the connection is gone.

    `utf8`: whether it may be given addresses in other letters. `size`: whether MAIL declares the
    size of the message (RFC 1870), so that one too large is refused before it is handed over.
    `timeout`: seconds from one whole reply to the next, by the clock of `loop`; and half of what
    one message may take.
    """

    relies_on: tuple[str, ...] = ()
    """Extensions that a message taken shows to be there."""

    def __init__(
        self,
        transport: asyncio.Transport,
        *,
        timeout: float,
        utf8: bool,
        size: bool,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """In one piece: all that is known of one connection."""
        self.utf8 = utf8
        self.size = size
        self.proven = False
        """Whether a message was taken on this connection."""
        self.lacks = ""
        """The extension this server offers and may not be able to do."""
        self.simple = False
        """Whether it does without extensions for the sake of some messages."""
        self.alive = True
        self.lost = False
        """Whether it ended otherwise than by our own QUIT."""
        self.heard = False
        """Whether the server said anything during the present run."""
        self.over: SmtpMessage | None = None
        """The message whose turn it was when the connection was lost, not by 421."""
        self.awaited: SmtpCommand | None = None
        """What the server owed a reply to when it was lost."""
        self.named = False
        """Whether the server had been given the recipient of `over` by then."""
        self.error = "connection lost"
        self.carried = 0
        """Messages this connection was given so far."""
        self.decided = 0
        """How many of these the server has answered."""
        self.full = False
        """Whether it was ended by 421 between two messages: it has had as many as it may."""
        self._transport = transport
        self._timeout = timeout
        self._loop = loop or asyncio.get_running_loop()
        self.heard_at = 0.0
        """When the last whole reply came: a part of one is no answer (RFC 5321 4.5.3.2)."""
        self._first_at = 0.0
        """When the first of the open messages became that."""
        self._until = math.inf
        self._lines = 0
        """Lines, but its last, of the reply that is coming."""
        self._rest = b""
        self._expected: deque[SmtpCommand] = deque()
        self._open: deque[SmtpMessage] = deque()
        self._refusal: SmtpReply | None = None
        self._finished: asyncio.Future[None] | None = None
        self._take: Take = lambda: None
        self._settle: Settle = lambda _letter, _answer: None
        self._begin: Begin = lambda _message: None
        self._hurry: Hurry = lambda: False
        self._apart: Apart = lambda: False
        transport.set_protocol(self)

    async def run(
        self,
        take: Take,
        settle: Settle,
        begin: Begin,
        *,
        until: float = math.inf,
        hurry: Hurry = lambda: False,
        apart: Apart = lambda: False,
    ) -> None:
        """Take messages and settle each exactly once. A lost connection is not an exception.

        `until`: when it ends in any case, by the clock of `loop`. `apart`: while it says so, no
        message is on its way before the one in front is answered, no body before its recipient is.
        """
        self._take, self._settle, self._begin = take, settle, begin
        self._finished = self._loop.create_future()
        self.heard = False
        self.heard_at = self._loop.time()
        self._until, self._hurry, self._apart = until, hurry, apart
        wait = min(HURRIED * self._timeout, max(until - self.heard_at, 0))
        self._watcher = self._loop.call_later(wait, self._watch)
        try:
            self._start()
            self._finish_if_done()
            await self._finished
        finally:
            self._watcher.cancel()
            if not self._finished.done():  # cancelled: nobody waits for the replies any more
                self._end()
            self._finished = None

    def quit(self) -> None:
        """Send QUIT without waiting for the answer."""
        if self.alive:
            self._transport.write(b"QUIT\r\n")
            self.alive = False
            self._transport.close()

    # The ways of going about it.

    @abstractmethod
    def _start(self) -> None:
        """Write what a run begins with."""

    @abstractmethod
    def _decide(self, step: SmtpCommand, line: bytes) -> None:
        """Go on after one reply."""

    def _in_doubt(self) -> int:
        """How many of the open messages, from the first, have had their body handed over."""
        return 1 if SmtpCommand.BODY in self._expected else 0

    def _after_read(self) -> None:
        """Go on after all replies that arrived together."""

    # What they have in common.

    def _next(self) -> SmtpMessage | None:
        message = self._take()
        if message is not None:
            if not self._open:
                self._first_at = self.heard_at
            self._open.append(message)
            self.carried += 1
        return message

    def _mail(self, message: SmtpMessage) -> bytes:
        if not self.size:
            return message.mail
        return b"%b SIZE=%d\r\n" % (message.mail[:-2], len(message.head) + len(message.plain))

    def _refuses_extension(self, step: SmtpCommand, line: bytes) -> str:
        """The extension that this reply, to the first message of a connection, refuses."""
        if self.proven or self._refusal is not None:
            return ""
        code = line[:3]
        if step is SmtpCommand.MAIL and self.size and code in NO_PARAMETER:
            return SIZE
        of_one = OF_ONE_MESSAGE.match(line) is not None
        return self._cannot(step) if code in NOT_DONE and not of_one else ""

    def _doubted(self) -> str:
        """The extension that a connection lost over its first message casts doubt on."""
        return ""

    def _cannot(self, step: SmtpCommand) -> str:
        """What a server cannot do that takes this step, in its place, for out of sequence."""
        return ""

    def _do_without(self, extension: str) -> None:
        """Give the connection up: the message surely was not taken, and goes by another.

        No body is behind it: a connection that has taken none has one message under way.
        """
        self.lacks = extension
        self.over = self._open[0]
        self._end(f"{extension} refused", in_doubt=0)

    def _write(self, data: bytes, *steps: SmtpCommand) -> None:
        self._expected.extend(steps)
        self._transport.write(data)

    def _close_message(self, answer: SmtpReply) -> None:
        if not self.proven and self._refusal is None:
            self.proven = answer.step is SmtpCommand.BODY and answer.line[:1] == b"2"
        decided, self._refusal = self._refusal or answer, None
        self._first_at = self.heard_at
        self.decided += 1
        self._settle(self._open.popleft(), decided)

    def data_received(self, data: bytes) -> None:
        now = self._loop.time()
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            if line[3:4] == b"-":
                self._lines += 1
                if self._lines > MOST_LINES:
                    self._end("reply too long")
                    return
                continue
            self._lines = 0
            self.heard_at = now
            self._reply(line)
            if not self.alive:
                return
        if len(self._rest) > LONGEST_LINE:
            self._end("reply too long")
            return
        self._after_read()
        self._finish_if_done()

    def _reply(self, line: bytes) -> None:
        if not self._expected or not line[:3].isdigit():
            # Unasked, as a 421 before an idle connection is closed; or not SMTP at all.
            self._end("reply out of turn" if self._expected else "closed while idle")
            return
        step = self._expected.popleft()
        self.heard = True
        if line[:3] == b"421":  # may answer any command; nothing after it is read (RFC 5321 3.8)
            self.full = self.decided > 0 and step in {SmtpCommand.RESET, SmtpCommand.MAIL}
            if self._open and step not in BETWEEN and not self.full:
                self._close_message(SmtpReply(step, line))
            self._expected.clear()
            self._end("421", in_doubt=0)
            return
        if line[:1] == b"5" and self._open and (lacks := self._refuses_extension(step, line)):
            self._do_without(lacks)
            return
        self._decide(step, line)

    def _finish_if_done(self) -> None:
        if self._finished and not (self._open or self._expected or self._finished.done()):
            self._finished.set_result(None)

    def _watch(self) -> None:
        if self._finished is None or self._finished.done():
            return
        silent_at = self.heard_at + self._patience()
        slow_at = self._until
        if self._open:
            slow_at = min(slow_at, self._first_at + TIMEOUTS_OF_A_MESSAGE * self._timeout)
        now = self._loop.time()
        if now >= silent_at:
            self._end("no reply in time")
        elif now >= slow_at:
            self._end("too slow")
        else:
            wait = min(silent_at - now, slow_at - now, HURRIED * self._timeout)
            self._watcher = self._loop.call_later(wait, self._watch)

    def _patience(self) -> float:
        of_one = bool(self._expected) and self._expected[0] in OF_A_RECIPIENT
        hurried = of_one and not self._in_doubt() and self._hurry()
        return HURRIED * self._timeout if hurried else self._timeout

    def _end(self, error: str | None = None, *, in_doubt: int | None = None) -> None:
        """Give the connection up and say what is known about each open message."""
        if not self.alive:
            return
        self.alive, self.lost = False, True
        self.error = error or self.error
        if error != "421" and self._open and not self.lacks:
            self.over = self._open[0]
            self.awaited = self._expected[0] if self._expected else None
            self.named = SmtpCommand.RCPT in self._expected or self.awaited in AFTER_MAIL
            self.lacks = "" if self.proven else self._doubted()
        doubtful = self._in_doubt() if in_doubt is None else in_doubt
        try:
            while self._open:
                message = self._open.popleft()
                if self._refusal:
                    decided, self._refusal = self._refusal, None
                    self._settle(message, decided)
                else:
                    unclear = doubtful > 0
                    self._settle(message, SmtpOutcome.UNCLEAR if unclear else SmtpOutcome.NOT_SENT)
                doubtful -= 1
        finally:  # whoever waits is told, whatever becomes of the messages
            self._expected.clear()
            self._transport.abort()
            if self._finished and not self._finished.done():
                self._finished.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()

    def eof_received(self) -> bool:
        return False  # close


class Sequential(Pipeline):
    """One command, one reply: for a server that offers nothing."""

    def _start(self) -> None:
        if (message := self._next()) is not None:
            self._write(self._mail(message), SmtpCommand.MAIL)

    def _decide(self, step: SmtpCommand, line: bytes) -> None:
        match step:
            case SmtpCommand.MAIL if line[:1] == b"2":
                self._write(self._open[0].rcpt, SmtpCommand.RCPT)
            case SmtpCommand.RCPT if line[:1] == b"2":
                self._write(b"DATA\r\n", SmtpCommand.DATA)
            case SmtpCommand.DATA if line[:3] == b"354":
                message = self._open[0]
                self._begin(message)
                self._write(message.head + message.stuffed, SmtpCommand.BODY)
            case SmtpCommand.BODY:
                self._close_message(SmtpReply(step, line))
                self._start()
            case SmtpCommand.RESET:
                self._start()
            case _:
                self._close_message(SmtpReply(step, line))
                self._write(b"RSET\r\n", SmtpCommand.RESET)


class Pipelined(Pipeline):
    """The body of one message and the envelope of the next in one write: one round trip each."""

    relies_on = (PIPELINING,)

    def _start(self) -> None:
        if (message := self._next()) is not None:
            self._write(b"%b%bDATA\r\n" % (self._mail(message), message.rcpt), *ENVELOPE)

    def _doubted(self) -> str:
        return PIPELINING

    def _cannot(self, step: SmtpCommand) -> str:
        return PIPELINING if step is SmtpCommand.RCPT or step is SmtpCommand.DATA else ""

    def data_received(self, data: bytes) -> None:
        if not self._all_well(data):
            super().data_received(data)

    def _all_well(self, data: bytes) -> bool:
        """Go on at once where these are the usual four replies: one taken, the next may come.

        Nearly all of a million are; read one by one, they take three times as long.
        """
        lines = data.split(b"\r\n")
        if not (
            len(lines) == 5
            and lines[0][:4] == lines[1][:4] == lines[2][:4] == b"250 "
            and lines[3][:4] == b"354 "
            and not (lines[4] or self._rest or self._refusal)
            and len(self._expected) == len(lines) - 1
            and self._expected[0] is SmtpCommand.BODY
        ):
            return False
        self.heard_at = self._loop.time()
        self._lines = 0
        self.heard = True
        self._expected.clear()
        self._close_message(TAKEN)
        message = self._open[0]
        self._begin(message)
        self._send_step(message.head, message.stuffed, SmtpCommand.BODY)
        return True

    def _send_step(self, head: bytes, rest: bytes, step: SmtpCommand) -> None:
        """Write what ends the present transaction, and the next envelope behind it."""
        self._expected.append(step)
        message = self._next()
        if message is None:
            self._transport.write(head + rest)
        else:
            self._expected.extend(ENVELOPE)
            self._transport.write(
                b"".join((head, rest, self._mail(message), message.rcpt, b"DATA\r\n"))
            )

    def _decide(self, step: SmtpCommand, line: bytes) -> None:
        if step is SmtpCommand.MAIL or step is SmtpCommand.RCPT:
            if line[:1] != b"2" and self._refusal is None:
                self._refusal = SmtpReply(step, line)
        elif step is SmtpCommand.DATA:
            self._after_data(line)
        elif step is SmtpCommand.BODY:
            self._close_message(SmtpReply(step, line))

    def _after_data(self, line: bytes) -> None:
        ready = line[:3] == b"354"
        if ready and self._refusal is None:
            message = self._open[0]
            self._begin(message)
            self._send_step(message.head, message.stuffed, SmtpCommand.BODY)
            return
        # The message is refused, but the server is still inside its transaction: end that.
        self._close_message(SmtpReply(SmtpCommand.DATA, line))
        if ready:
            self._send_step(b"", EMPTY_MESSAGE, SmtpCommand.EMPTY)
        else:
            self._send_step(b"", b"RSET\r\n", SmtpCommand.RESET)


def _chunk(message: SmtpMessage) -> tuple[bytes, bytes, bytes]:
    size = len(message.head) + len(message.plain)
    return b"BDAT %d LAST\r\n" % size, message.head, message.plain


def window_for(round_trip: float, pace: float) -> int:
    """How many messages a connection has under way at once, by its times in seconds.

    `round_trip` is what a command takes that costs the server nothing, `pace` is between two
    messages taken. Several are quicker where the way is long. Where the server itself is slow, they
    only stand in line there: one then does as well, and one is all that a killed process or a lost
    connection leaves in doubt.
    """
    return 1 if pace >= SLOW_MESSAGE and round_trip <= NEAR * pace else WINDOW


class Chunking(Pipeline):
    """Whole messages by BDAT, up to `WINDOW` of them under way at once (`window_for`).

    Each begins with RSET: after a refused recipient some servers stay inside the transaction, and
    the next MAIL is on its way before that is known.

    Until a connection has taken a message, and while messages go apart, one goes at a time, and its
    body after the reply to its recipient. So what a server says or does over that one is said of no
    other, and puts nothing in doubt. It costs a round trip or two.

    Every body that was written is in doubt, also behind a recipient that was not answered: a server
    may have read it already and take it once it goes on, when we are gone, and what it answered
    may be held back with other replies (RFC 2920 3.2) or by a proxy.
    """

    relies_on = (CHUNKING, PIPELINING)
    _ready = False
    _paused = False
    _window = WINDOW
    _round_trip = math.inf
    """The shortest so far: what came later waited for somebody."""
    _pace = 0.0
    _since = 0.0

    def _start(self) -> None:
        # A kept connection may have been closed meanwhile: ask first, hand bodies over after.
        self._ready = False
        self._since = self._loop.time()
        self._write(b"RSET\r\n", SmtpCommand.RESET)

    def _in_doubt(self) -> int:
        return self._expected.count(SmtpCommand.BODY)

    def _doubted(self) -> str:
        return CHUNKING if self.awaited is SmtpCommand.BODY else PIPELINING

    def _cannot(self, step: SmtpCommand) -> str:
        if step is SmtpCommand.BODY:
            return CHUNKING
        return PIPELINING if step is SmtpCommand.RCPT else ""

    def _decide(self, step: SmtpCommand, line: bytes) -> None:
        if not self._ready:
            self._ready = True
            self._round_trip = min(self._round_trip, self.heard_at - self._since)
        if step is SmtpCommand.BODY:
            self._pace += (self.heard_at - self._since - self._pace) / 4
            self._since = self.heard_at
            self._window = window_for(self._round_trip, self._pace)
            self._close_message(SmtpReply(step, line))
            return
        if step is not SmtpCommand.RESET and line[:1] != b"2" and self._refusal is None:
            self._refusal = SmtpReply(step, line)
        if step is SmtpCommand.RCPT and not self._expected:  # its body was kept back
            if self._refusal:
                self._close_message(self._refusal)
            else:
                message = self._open[0]
                self._begin(message)
                self._write(b"".join(_chunk(message)), SmtpCommand.BODY)

    def _after_read(self) -> None:
        if not self._ready or self._paused:
            return
        if not self.proven or self._apart():
            if not self._open and (message := self._next()) is not None:
                self._since = self._loop.time()
                self._write(b"RSET\r\n" + self._mail(message) + message.rcpt, *WHOLE[:-1])
        elif len(self._open) <= self._window // 2:
            self._fill()

    def _fill(self) -> None:
        out: list[bytes] = []
        if not self._open:
            self._since = self._loop.time()
        while len(self._open) < self._window and (message := self._next()) is not None:
            self._begin(message)
            out += (b"RSET\r\n", self._mail(message), message.rcpt, *_chunk(message))
            self._expected.extend(WHOLE)
        if out:
            self._transport.write(b"".join(out))

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        if self.alive and self._finished:
            self._after_read()
