"""The connections to one mail server, and a whole chunk of messages over them at once."""

import asyncio
import math
import socket
import ssl
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from weakref import WeakKeyDictionary, WeakSet

import aiosmtplib
import structlog

from alerting.domain.channel import (
    Accepted,
    Deferred,
    FailureReason,
    Outcome,
    Refused,
    note_outcome,
)
from alerting.domain.hand_over import NO_JOURNAL, HandOverJournal
from alerting.domain.stop_signal import NEVER_STOPPED, StopSignal
from channels._sandbox_hosts import sandbox_mail
from channels._smtp_connect import (
    EIGHTBITMIME,
    SMTPUTF8,
    NoConnectionError,
    greet,
    no_connection,
    take_over,
)
from channels._smtp_hand_over import (
    A_CONNECTION_EACH,
    LOST_IN_A_ROW,
    UNREADABLE,
    Handed,
    HandOver,
)
from channels._smtp_pipeline import (
    CHUNKING,
    HURRIED,
    NO_PARAMETER,
    PIPELINING,
    SIZE,
    TAKEN,
    Pipeline,
    SmtpCommand,
    SmtpMessage,
    SmtpOutcome,
    SmtpReply,
)
from channels._smtp_replies import MIXED_DOMAINS, meaning_of, provider_code_of
from channels._smtp_settings import RelaySettings

HAND_OVER_SECONDS: Final = 45.0
"""No message of a chunk is begun later than this.

What is under way may take the longest silence we bear, and is given up then, however promptly each
reply came. So a slow server's chunk ends within a minute and a half: whoever waits for the answers
then still gets them, instead of a chunk in doubt.
"""
CROWDED_SECONDS: Final = 60.0
"""Seconds for which no more connections are opened than a server took of us."""

LOOK_AGAIN: Final = 1.0
"""Seconds between two tries for a connection where others of ours are at work."""

SILENT: Final = 1 / 30
"""The share of the longest silence after which messages that wait get a further connection."""

BELIEVED: Final = 2
"""Recipients in a row over whom an extension must fail before it is believed not to be there."""
SPOKEN_SIMPLY_SECONDS: Final = 3600.0
"""Seconds until an extension that was offered in vain is tried again."""
MOST_KNOWN: Final = 1000
"""Recipients over whom connections end with an extension and without, that are remembered."""

log = structlog.get_logger()


class Peers:
    """What the relays of one host and port share in a process: those of other channels, too."""

    def __init__(self) -> None:
        self.at_work: set[Pipeline] = set()
        """Connections that carry messages now."""
        self.freed = asyncio.Event()
        """Set whenever one of them has ended its work."""
        self.relays: WeakSet[Relay] = WeakSet()
        self.most = math.inf
        """How many at once the server takes from us, where one more was refused, and until when."""
        self.until = 0.0

    @classmethod
    def of(cls, name: str) -> "Peers":
        """Those at one server, of the loop that runs."""
        here = _PEERS.setdefault(asyncio.get_running_loop(), {})
        return here.setdefault(name, cls())

    def room(self) -> float:
        """How many more connections the server would take, for all we know."""
        over = asyncio.get_running_loop().time() >= self.until
        return math.inf if over else self.most - len(self.at_work)

    def crowded(self) -> bool:
        """One more was refused: whether it is our own number. Those that are idle make room."""
        idle = [line for relay in self.relays for line in relay.let_go_of_idle()]
        if self.at_work:
            self.most = len(self.at_work) + len(idle)
            self.until = asyncio.get_running_loop().time() + CROWDED_SECONDS
        return bool(self.at_work or idle)


_PEERS: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Peers]] = WeakKeyDictionary()


class Relay:
    """The connections to one mail server: opened when needed, kept a while, replaced when lost."""

    def __init__(self, settings: RelaySettings) -> None:
        self.name = f"{settings.host}:{settings.port}"
        self.live = not sandbox_mail(settings.host, settings.port)
        self._settings = settings
        self._slots = asyncio.Semaphore(settings.connections)
        self._cap = settings.messages_per_connection
        """Messages of a connection: as set, or where two in a row were ended after so many."""
        self._full_at = 0
        self._idle: list[tuple[float, Pipeline]] = []
        used = {
            CHUNKING: settings.chunking,
            PIPELINING: settings.pipelining,
            EIGHTBITMIME: settings.eightbitmime,
            SIZE: settings.size,
        }
        self._without = {name: math.inf for name, wanted in used.items() if not wanted}
        """Extensions that are not used, switched off or offered in vain, and until when."""
        self._doubts: defaultdict[str, set[bytes]] = defaultdict(set)
        """Over which recipients in a row an extension failed."""
        self._off_over: dict[str, set[bytes]] = {}
        """Over which recipients each extension that was offered in vain failed."""
        self._failed_without: defaultdict[str, set[bytes]] = defaultdict(set)
        """Over which of these a connection that did without the extension ended, too."""
        self._tls: ssl.SSLContext | None = None
        self._tidying: asyncio.TimerHandle | None = None

    async def send_messages(
        self, messages: Sequence[SmtpMessage], stop: StopSignal, journal: HandOverJournal
    ) -> Handed:
        """Spread messages over connections; each takes the next as it is ready for it.

        Messages for which there was no time, or no leave, are not among the answers. When this
        returns or raises, no connection is at work for it any more.
        """
        until = asyncio.get_running_loop().time() + HAND_OVER_SECONDS
        ends_at = until + self._settings.timeout_seconds
        call = HandOver(deque(messages), messages, until, ends_at, stop, journal)
        await self._spread(call)
        while call.queue and call.crowded and call.in_time() and not stop.is_set():
            call.crowded = False
            call.ends.clear()
            await self._wait_for_one()
            await self._spread(call)
        return call.results()

    async def send_message(self, message: SmtpMessage, seconds: float) -> Handed:
        """One message, over one connection, within `seconds` from when it may be used.

        It waits for that as long at most; what was not tried is not among the answers.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds):
                await self._slots.acquire()
        except TimeoutError:
            return []
        until = loop.time() + seconds
        call = HandOver(deque([message]), [message], until, until, NEVER_STOPPED, NO_JOURNAL)
        try:
            await self._work_for(call, self._carry)
        finally:
            self._slots.release()
        return call.results()

    async def _spread(self, call: HandOver) -> None:
        """Put connections to work until all have ended.

        A connection for so many messages; and a further one for each that falls silent while others
        wait behind it, so that a recipient a server stalls over holds up nobody else.
        """
        quiet = SILENT * self._settings.timeout_seconds
        number = min(math.ceil(len(call.queue) / A_CONNECTION_EACH), max(1, self._peers.room()))
        started = 0
        async with asyncio.TaskGroup() as group:  # ends when all have ended, cancelled or not
            at_work: set[asyncio.Task[None]] = set()
            while True:
                silent = call.silent(quiet)
                call.apart = call.apart or silent > 0
                wanted = min(self._settings.connections, number + silent)
                while call.queue and started < wanted and not (at_work and self._slots.locked()):
                    at_work.add(group.create_task(self._work_for(call, self._work)))
                    started += 1
                if not at_work:
                    return
                _, at_work = await asyncio.wait(at_work, timeout=quiet)

    async def _work_for(
        self, call: HandOver, work: Callable[[HandOver], Awaitable[Outcome | None]]
    ) -> None:
        try:
            end = await work(call)
        except Exception as error:  # ours; it costs no other connection its answers
            self._note_raised(error)
            end = Deferred(FailureReason.DOWN, UNREADABLE)
        call.ends.append(end)

    @property
    def _peers(self) -> Peers:
        return Peers.of(self.name)

    async def _wait_for_one(self) -> None:
        """Until a connection has ended its work, or it is time to look again."""
        self._peers.freed.clear()
        try:
            async with asyncio.timeout(LOOK_AGAIN):
                await self._peers.freed.wait()
        except TimeoutError:
            return

    def _note_raised(self, error: Exception) -> None:
        """By its kind alone: its text may quote the server."""
        log.error("relay.raised", relay=self.name, error=type(error).__name__)

    async def probe(self) -> FailureReason | None:
        """Connect, greet, encrypt and sign in: all that comes before a message.

        Always on a connection of its own, since one that is kept says nothing of a new one. QUIT is
        said and not listened to: how a relay says goodbye tells nothing of messages.
        """
        try:
            async with asyncio.timeout(LOOK_AGAIN):
                await self._slots.acquire()
        except TimeoutError:
            return self._as_heard()
        try:
            (await self._connect(math.inf)).quit()
        except NoConnectionError as no:
            if _busy(no.outcome) and self._peers.at_work:
                return self._as_heard()  # one too many of ours
            return no.outcome.failure_reason
        finally:
            self._slots.release()
        return None

    def _as_heard(self) -> FailureReason | None:
        """What the connections at work tell: a server that answers on one of them is well."""
        since = asyncio.get_running_loop().time() - HURRIED * self._settings.timeout_seconds
        well = any(line.heard_at > since for line in self._peers.at_work)
        return None if well else FailureReason.DOWN

    async def close(self) -> None:
        """Send QUIT on every idle connection."""
        if self._tidying is not None:
            self._tidying.cancel()
        self.let_go_of_idle()

    def let_go_of_idle(self) -> list[Pipeline]:
        """Send QUIT on every idle connection, and say which they were."""
        idle = [line for _, line in self._idle if line.alive]
        self._idle.clear()
        for line in idle:
            line.quit()
        return idle

    async def _work(self, call: HandOver) -> Outcome | None:
        """Carry messages, once a connection may be used for them."""
        try:
            async with asyncio.timeout_at(call.until):
                await self._slots.acquire()
        except TimeoutError:
            return None
        try:
            return await self._carry(call)
        finally:
            self._slots.release()

    async def _carry(self, call: HandOver) -> Outcome | None:
        """Until the queue is empty, time is up, or nothing comes of connecting again.

        One message that a server hangs up over, or is silent or too slow with, is in doubt; if its
        body was not handed over, it goes last, and is given up after a second time. The others go
        by the next connection. So they do where it says 421 to a recipient. First go those to other
        domains, since "too many" may be said of one. Only many recipients or domains in a row that
        connections end over, or connections that end before they name one, speak of the server;
        that time is up says nothing.
        """
        lost = 0
        try:
            while call.queue and call.in_time() and call.may():
                simply = call.queue[0].place in call.simply
                kept = None if simply else self._kept()
                line = kept or await self._connect(call.ends_at, simply=simply)
                decided, turned_away, unsent = await self._run(line, call)
                if decided:
                    call.lost_over.clear()
                if decided or line.lacks:
                    lost = 0
                # Else it had only gone stale, or had as many messages as it may.
                if not line.lost or line.full or (kept and not line.heard):
                    call.queue.extendleft(reversed(unsent))
                    continue
                if line.over:
                    self._was_lost_over(call, line, line.over)
                over = _put_back(call, line, unsent, turned_away)
                if not (decided or line.lacks):
                    lost += not over
                    call.lost_over.update([over] if over else [])
                if lost == LOST_IN_A_ROW or len(call.lost_over) >= MIXED_DOMAINS:
                    return Deferred(FailureReason.DOWN, line.error)
        except NoConnectionError as no:
            if not (_busy(no.outcome) and self._peers.crowded()):
                return no.outcome
            call.crowded = True
        return None

    def _was_lost_over(self, call: HandOver, line: Pipeline, over: SmtpMessage) -> None:
        """A connection ended over this one: how those that follow go, and what extensions do."""
        call.apart = True
        if line.named and line.awaited:
            self._not_for_lack_of_extensions(line, over.rcpt)
        if line.lacks:
            call.simply.add(over.place)
            if self._believes(line.lacks, over, line.error):
                call.simply &= call.answered.lost.keys()

    async def _run(self, line: Pipeline, call: HandOver) -> tuple[int, bytes, list[SmtpMessage]]:
        """Let one connection work.

        How many messages the server decided, the one aside over which it said 421; the domain of
        that one's recipient, where it came so far; and those that were never handed over.

        In one piece: what hands the next message out and what takes its answer share the counts.
        """
        queue, journal, handed = call.queue, call.journal, call.answered.handed
        unsent: list[SmtpMessage] = []
        decided = 0
        over = b""

        def take() -> SmtpMessage | None:
            while queue and line.carried < self._cap and call.may():
                if queue[0].place in call.simply and not line.simple:
                    return None
                message = queue.popleft()
                if message.utf8 and not line.utf8:  # RFC 6531: only where SMTPUTF8 is offered
                    handed.append((message, Refused(FailureReason.ADDRESS_INVALID)))
                    continue
                return message
            return None

        def settle(message: SmtpMessage, answer: SmtpReply | SmtpOutcome) -> None:
            nonlocal decided, over
            if answer is TAKEN:
                decided += 1
                journal.accepted(message.place, message.reference)
                handed.append((message, None))
            elif answer is SmtpOutcome.NOT_SENT:
                journal.declined(message.place)
                unsent.append(message)
            elif answer is SmtpOutcome.UNCLEAR:
                handed.append((message, Deferred(FailureReason.UNCLEAR, line.error)))
            else:
                outcome = meaning_of(answer, utf8=message.utf8)
                note_outcome(journal, message.place, outcome or Accepted(message.reference))
                if answer.line[:3] != b"421":
                    decided += 1
                elif answer.step is not SmtpCommand.MAIL:
                    over = message.domain
                if outcome is not None and answer.step is not SmtpCommand.MAIL:
                    code = provider_code_of(answer.line)
                    call.answered.refused[answer.step, code].append(len(handed))
                handed.append((message, outcome))
                if (
                    message.utf8
                    and answer.step is SmtpCommand.MAIL
                    and answer.line[:3] in NO_PARAMETER
                ):
                    line.utf8 = False
                    self._do_without(SMTPUTF8, "parameter refused")

        self._peers.at_work.add(line)
        call.lines.add(line)
        try:
            await line.run(
                take,
                settle,
                lambda message: journal.begun(message.place),
                until=call.ends_at,
                hurry=call.hurry,
                apart=lambda: call.apart,
            )
        finally:
            self._peers.at_work.discard(line)
            call.lines.discard(line)
            self._peers.freed.set()
        self._let_go(line)
        return decided, over, unsent

    def _believes(self, extension: str, over: SmtpMessage, why: str) -> bool:
        """An extension failed with this message: was it that, or the recipient?

        The message goes without it; the others ask again, over another recipient. What was said to
        MAIL needs no second one.
        """
        if over.rcpt in self._failed_without[extension]:
            return False
        self._doubts[extension].add(over.rcpt)
        if extension != SIZE and len(self._doubts[extension]) < BELIEVED:
            return False
        self._do_without(extension, why)
        return True

    def _not_for_lack_of_extensions(self, line: Pipeline, rcpt: bytes) -> None:
        """A connection ended over somebody: the extensions that it did without are not why.

        One that was switched off because it failed over that recipient is used again.
        """
        for extension in {CHUNKING, PIPELINING}.difference(line.relies_on):
            off_over = self._off_over.get(extension, set())
            if rcpt not in off_over | self._doubts[extension]:
                continue
            self._doubts[extension].discard(rcpt)
            if len(self._failed_without[extension]) >= MOST_KNOWN:
                self._failed_without[extension].clear()
            self._failed_without[extension].add(rcpt)
            if rcpt in off_over:
                del self._off_over[extension], self._without[extension]
                self.let_go_of_idle()
                log.info("relay.extension_used_again", relay=self.name, extension=extension)

    def _not_used(self) -> set[str]:
        now = asyncio.get_running_loop().time()
        return {extension for extension, until in self._without.items() if now < until}

    def _do_without(self, extension: str, why: str) -> None:
        """Speak to this server more simply for a while."""
        over = self._doubts.pop(extension, set())
        if extension in self._not_used():
            return
        self._off_over[extension] = over
        self._without[extension] = asyncio.get_running_loop().time() + SPOKEN_SIMPLY_SECONDS
        self.let_go_of_idle()  # they speak as before
        log.warning("relay.extension_not_used", relay=self.name, extension=extension, why=why)

    def _kept(self) -> Pipeline | None:
        while self._idle:
            _, line = self._idle.pop()
            if line.alive:
                return line
        return None

    def _let_go(self, line: Pipeline) -> None:
        """Keep a connection for later, unless it has done what it should."""
        if line.proven:
            for extension in line.relies_on:
                self._doubts.pop(extension, None)
        if line.full and line.decided == self._full_at:
            self._cap = line.decided
        if line.full:
            self._full_at = line.decided
        if line.simple or line.carried >= self._cap:
            line.quit()
        if not line.alive:
            return
        loop = asyncio.get_running_loop()
        self._idle.append((loop.time(), line))
        if self._tidying is None:
            self._tidying = loop.call_later(self._settings.idle_seconds, self._tidy)

    def _tidy(self) -> None:
        loop = asyncio.get_running_loop()
        oldest = loop.time() - self._settings.idle_seconds
        for since, line in self._idle:
            if since <= oldest:
                line.quit()
        self._idle = [(since, line) for since, line in self._idle if line.alive]
        self._tidying = None
        if self._idle:
            wait = self._idle[0][0] + self._settings.idle_seconds - loop.time()
            self._tidying = loop.call_later(max(wait, 0.001), self._tidy)

    async def _connect(self, until: float, *, simply: bool = False) -> Pipeline:
        """A connection ready for messages; `simply`: one command at a time, for this once."""
        self._peers.relays.add(self)
        smtp = await self._signed_in(until)
        without = self._not_used() | ({CHUNKING, PIPELINING} if simply else set())
        line = take_over(smtp, without, timeout=self._settings.timeout_seconds)
        line.simple = simply
        return line

    async def _signed_in(self, until: float) -> aiosmtplib.SMTP:
        """A connection that would take a message; NoConnectionError when it cannot be had.

        aiosmtplib gets no time limit of its own: its `asyncio.wait_for` loses a cancellation that
        comes in the moment in which a connection does (Python 3.11, python/cpython#86296).
        """
        settings = self._settings
        if settings.tls != "none" and self._tls is None:
            try:
                self._tls = await asyncio.to_thread(
                    ssl.create_default_context, cafile=settings.tls_ca or None
                )
            except (OSError, ValueError):  # ssl.SSLError is an OSError
                no = Deferred(FailureReason.CONFIGURATION, "TLS_CA is no certificate")
                raise NoConnectionError(no) from None
        smtp = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            username=settings.username or None,
            password=settings.password.get_secret_value() or None,
            local_hostname=settings.helo or socket.gethostname(),
            timeout=None,
            use_tls=settings.tls == "implicit",
            start_tls=settings.tls == "starttls",
            tls_context=self._tls,
        )
        by = min(until, asyncio.get_running_loop().time() + settings.timeout_seconds)
        try:
            async with asyncio.timeout_at(by):
                await smtp.connect()
                if smtp.is_ehlo_or_helo_needed:
                    await greet(smtp)
        except asyncio.CancelledError:
            smtp.close()
            raise
        except Exception as error:  # whatever it is, no message was begun
            smtp.close()
            outcome = no_connection(error)
            if outcome.provider_code == UNREADABLE:
                self._note_raised(error)
            raise NoConnectionError(outcome) from None
        return smtp


def _busy(outcome: Outcome) -> bool:
    return isinstance(outcome, Deferred) and outcome.failure_reason is FailureReason.BUSY


def _put_back(
    call: HandOver, line: Pipeline, unsent: list[SmtpMessage], turned_away: bytes
) -> bytes:
    """What a lost connection left: the message it was lost over comes last, and goes no third time.

    Answers the domain or address that it was lost over; empty where it had named none yet.
    """
    queue, over = call.queue, line.over
    postponed = over is not None and over in unsent
    queue.extendleft(message for message in reversed(unsent) if message is not over)
    if domain := turned_away or (over.domain if over else b""):
        _put_last(queue, domain)
    if over is None:
        return turned_away
    if line.awaited is None:  # refused with an extension, and not lost
        queue.append(over)
        return b""
    reason = FailureReason.RECIPIENT_BUSY if line.named else FailureReason.DOWN
    outcome = Deferred(reason, line.error)
    if postponed and over.place in call.answered.lost:
        call.answered.handed.append((over, outcome))
    elif postponed:
        call.answered.lost[over.place] = outcome
        call.simply.add(over.place)  # nothing goes with it that it could put in doubt
        queue.append(over)
    return over.rcpt if line.named else b""


def _put_last(queue: deque[SmtpMessage], domain: bytes) -> None:
    """Messages to a domain come after all others, else as they were."""
    ordered = sorted(queue, key=lambda message: message.domain == domain)
    queue.clear()
    queue.extend(ordered)
