"""What a provider reports about a message after it took it, and again until it is heard.

Five times for either provider, so that a service that restarts still gets its receipts; Twilio
itself hardly repeats a callback, Sinch does for a day.
A message whose last status was not yet reached when the sandbox stopped goes on when it starts on
the same folder; a callback that was being repeated just then is lost.
"""

import asyncio
import heapq
import time
from collections import Counter
from itertools import count
from types import TracebackType
from typing import Final, Self

import aiohttp
from yarl import URL

from channels.sandbox.faults import Orders
from channels.sandbox.inbox import Box, ReceivedMessage
from channels.sandbox.reports import CallbackReport, Reporter

TRIES: Final = 5
PATIENCE: Final = aiohttp.ClientTimeout(total=15)
"""Twilio waits as long for an answer; of Sinch nothing is said."""
TICK_SECONDS: Final = 0.01


class Receipts:
    """Everything still to be reported."""

    def __init__(
        self,
        box: Box,
        orders: Orders,
        reporter: Reporter,
        *,
        delay: tuple[float, float],
        senders: int,
    ) -> None:
        self._box = box
        self._orders = orders
        self._reporter = reporter
        self._delay = delay
        self._senders = senders
        self._due: list[tuple[float, int, CallbackReport]] = []
        self._numbers = count()
        self._ready: asyncio.Queue[CallbackReport] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._session: aiohttp.ClientSession | None = None
        self._counted: Counter[str] = Counter()
        self._under_way = 0

    def counts(self) -> dict[str, int]:
        """What became of them."""
        names = ("sent", "lost", "repeated", "retried", "given_up")
        counted = {name: self._counted[name] for name in names}
        return counted | {"pending": len(self._due) + self._ready.qsize() + self._under_way}

    async def __aenter__(self) -> Self:
        """Start the senders, and take up what an earlier run left."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._senders, keepalive_timeout=10),
            timeout=PATIENCE,
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        self._tasks = [asyncio.create_task(self._send_when_due())]
        self._tasks += [asyncio.create_task(self._send_ready()) for _ in range(self._senders)]
        for message in self._box.messages:
            if message.fields.get("status") not in self._reporter.over:
                self.expect(message)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop; what is pending stays in the box's file as not yet over."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def expect(self, message: ReceivedMessage) -> None:
        """Plan what will be reported about this message."""
        orders = self._orders
        steps = self._reporter.steps(message)
        at = time.monotonic()
        moments = []
        for _ in range(len(steps)):
            at += orders.random.uniform(*self._delay)
            moments.append(at)
        if len(steps) > 1 and orders.happens(orders.swap_receipt):
            moments.reverse()
        for moment, step in zip(moments, steps, strict=True):
            self._plan(moment, step)

    def reset(self) -> None:
        """Report nothing of what is pending."""
        self._due.clear()
        while not self._ready.empty():
            self._ready.get_nowait()
        self._counted.clear()

    def _plan(self, at: float, receipt: CallbackReport) -> None:
        heapq.heappush(self._due, (at, next(self._numbers), receipt))

    async def _send_when_due(self) -> None:
        while True:
            now = time.monotonic()
            while self._due and self._due[0][0] <= now:
                self._happen(heapq.heappop(self._due)[2])
            await asyncio.sleep(TICK_SECONDS)

    def _happen(self, receipt: CallbackReport) -> None:
        """The status changes now, whether or not anyone gets to know."""
        if receipt.attempts:
            self._ready.put_nowait(receipt)
            return
        message = receipt.message
        if message.fields.get("status") not in self._reporter.over:
            changes = {"status": receipt.status, "sent_at": str(time.time())}
            if receipt.code:
                changes["error_code"] = receipt.code
            self._box.amend(message.reference, changes)
        if not self._reporter.callback(message):
            return
        orders = self._orders
        if orders.happens(orders.lose_receipt):
            self._counted["lost"] += 1
            return
        self._ready.put_nowait(receipt)
        if orders.happens(orders.repeat_receipt):
            self._counted["repeated"] += 1
            self._ready.put_nowait(receipt)

    async def _send_ready(self) -> None:
        while True:
            receipt = await self._ready.get()
            self._under_way += 1
            heard = await self._send(receipt)
            self._under_way -= 1
            if heard:
                self._counted["sent"] += 1
            elif receipt.attempts + 1 < TRIES:
                self._counted["retried"] += 1
                again = receipt._replace(attempts=receipt.attempts + 1)
                self._plan(time.monotonic() + 0.5 * 2**receipt.attempts, again)
            else:
                self._counted["given_up"] += 1

    async def _send(self, receipt: CallbackReport) -> bool:
        """Whether the service said that it heard."""
        call = self._reporter.call(receipt)
        if self._session is None:
            return False
        try:
            # Encoded already: a URL that is written differently is not the one that was signed.
            async with self._session.post(
                URL(call.url, encoded=True),
                data=call.body,
                headers=call.headers,
                allow_redirects=False,
            ) as answer:
                return 200 <= answer.status < 300
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False
