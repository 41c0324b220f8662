"""How many requests of one person are worked on at once: the others wait in that person's line.

Whatever a request costs, the processor that one person can take from everybody else is that of
AT_ONCE requests in each of their lines, by whatever sessions and tokens they ask: one line for
browsers, one for programs, one for downloads that were begun.
"""

import asyncio
from collections import Counter

from starlette.requests import ClientDisconnect, HTTPConnection

from alerting.domain.errors import TooManyRequests

AT_ONCE = 2
"""One request that takes long, and a page beside it."""
MOST_WAITING = 60
"""Of one person, behind those that are worked on: as many as a browser asks for when it opens its
tabs again."""
REFUSED_AFTER = 1.0
"""Seconds until a request too many is refused: at once, it would only be repeated."""
GONE = "alerting.gone"
"""Where a request keeps, in its scope, how to learn whether whoever made it went away."""
TURN = "alerting.turn"
"""Where a request keeps whose turn it took, in its scope."""


class RequestTurns:
    """Which requests are worked on, and which wait."""

    def __init__(self, refused_after: float = REFUSED_AFTER) -> None:
        self.refused_after = refused_after
        self._turns: dict[str, asyncio.Semaphore] = {}
        self._asked: Counter[str] = Counter()

    async def take(self, request: HTTPConnection, line: str) -> bool:
        """Wait for this request's turn in a line, once; whether others had to be waited for.

        TooManyRequests where too many wait already, ClientDisconnect where nobody waits any more.
        """
        if TURN in request.scope:
            return False
        if self._asked[line] >= AT_ONCE + MOST_WAITING:
            await asyncio.sleep(self.refused_after)
            raise TooManyRequests(most=AT_ONCE + MOST_WAITING)
        turn = self._turns.setdefault(line, asyncio.Semaphore(AT_ONCE))
        self._asked[line] += 1
        waits = turn.locked()
        try:
            await turn.acquire()
        except BaseException:
            self._forget(line)
            raise
        request.scope[TURN] = line
        if waits and (gone := request.scope.get(GONE)) and await gone():
            raise ClientDisconnect
        return waits

    async def move(self, request: HTTPConnection, line: str) -> None:
        """Go on in another line: what follows takes as long as its reader likes."""
        self.free(request)
        del request.scope[TURN]
        await self.take(request, line)

    def free(self, request: HTTPConnection) -> None:
        """This request is answered, or goes on without work of its own, as a stream does.

        It takes no turn again.
        """
        line = request.scope.get(TURN)
        request.scope[TURN] = ""
        if line:
            self._turns[line].release()
            self._forget(line)

    def _forget(self, line: str) -> None:
        self._asked[line] -= 1
        if not self._asked[line]:
            del self._asked[line], self._turns[line]
