"""Whether a route answers what is under way there, and which calls of it to give up.

A call is one batch at one route. It is given up only where another route could take what it has,
or its own by a new connection: what surely was not handed over then goes there, and what may have
been is in doubt or waited for.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

from alerting.domain.channel import (
    NOT_TRIED,
    Accepted,
    Deferred,
    FailureReason,
    NotTried,
    Outcome,
)
from alerting.domain.hand_over import HandOverJournal
from alerting.domain.route import IN_HAND_SECONDS, NO_TURN_AFTER, SILENT_AFTER, UNANSWERED_AFTER

LOOK_EVERY = 0.1
"""Seconds between two looks at a call under way."""
NO_ANSWER = "no answer in time"


def clock() -> float:
    """Seconds that only go forward: a wall clock may jump."""
    return time.monotonic()


class RouteTraffic:
    """What this worker has under way on one route, in all its calls."""

    def __init__(self) -> None:
        self.under_way = 0
        """Messages given to it and not answered."""
        self.answered = False
        """Whether anything was answered since that was none."""
        self.answered_at = 0.0
        """When it last answered, or when the first of them was given to it."""

    def began(self, number: int) -> None:
        """So many messages are given to it."""
        if not self.under_way:
            self.answered, self.answered_at = False, clock()
        self.under_way += number

    def ended(self, number: int) -> None:
        """So many were answered or taken back."""
        self.under_way -= number

    def hears(self) -> None:
        """It answered."""
        self.answered, self.answered_at = True, clock()

    def silent_for(self) -> float:
        """Seconds for which nothing under way was answered; 0 where nothing is."""
        return clock() - self.answered_at if self.under_way else 0.0

    @property
    def silent(self) -> bool:
        """Whether it answers nothing of what it was given."""
        return self.silent_for() >= UNANSWERED_AFTER

    @property
    def unproven(self) -> bool:
        """Whether it has not answered anything of what it was given."""
        return self.under_way > 0 and not self.answered


class CallWatch:
    """One call: the journal of its messages, and whether to wait for it any longer.

    `spare`: whether another route could take what is not handed over. `anew`: whether its own
    answers a new connection. `apart`: whether what is in hand can be waited for while that is done;
    otherwise its connections are cut.
    """

    def __init__(
        self,
        traffic: RouteTraffic,
        journal: HandOverJournal,
        spare: Callable[[], bool],
        *,
        anew: Callable[[], bool] = lambda: False,
        apart: bool = False,
    ) -> None:
        self.given_up = False
        self.silent = False
        """Whether it was given up because its route answered nobody."""
        self._traffic = traffic
        self._journal = journal
        self._spare = spare
        self._anew = anew
        self._apart = apart
        self._waiting = 0
        self._began_at = self._answered_at = clock()
        self._shown = False
        """Whether anything of it was begun or answered."""
        self._in_hand: set[int] = set()
        self._taken: dict[int, str] = {}
        self._declined: set[int] = set()

    def begun(self, index: int) -> None:
        """As in `HandOverJournal`."""
        self._shown = True
        self._in_hand.add(index)
        self._journal.begun(index)

    def accepted(self, index: int, reference: str) -> None:
        """As in `HandOverJournal`."""
        self._in_hand.discard(index)
        self._taken[index] = reference
        self._hears()
        self._journal.accepted(index, reference)

    def declined(self, index: int) -> None:
        """As in `HandOverJournal`. What is taken back when the call is given up is no answer."""
        self._in_hand.discard(index)
        if not self.given_up:
            self._declined.add(index)
            self._hears()
        self._journal.declined(index)

    def began(self, number: int) -> None:
        """So many messages are the route's business from now on."""
        if not self._waiting:
            self._answered_at = clock()
        self._waiting += number
        self._traffic.began(number)

    def ended(self, number: int) -> None:
        """So many are so no longer."""
        self._waiting -= number
        self._traffic.ended(number)

    def _hears(self) -> None:
        self._shown = True
        self._answered_at = clock()
        self._traffic.hears()

    def gives_up(self) -> bool:
        """Whether to give it up now; once it is, nothing more of it is begun.

        Without an answer for SILENT_AFTER, or IN_HAND_SECONDS where connections would be cut that
        the provider may have messages of; after NO_TURN_AFTER where it has not got a connection,
        and others of that route are served. Where nothing is in hand and no other route could take
        it, after IN_HAND_SECONDS if the route answers a new connection.
        """
        if self.given_up:
            return True
        # What waits for its pace alone is nobody's silence, unless the route is silent to others.
        now = clock()
        silent_for = now - self._answered_at
        if not self._waiting:
            silent_for = min(silent_for, self._traffic.silent_for())
        most = IN_HAND_SECONDS if self._in_hand and not self._apart else SILENT_AFTER
        passed_over = (
            not self._shown
            and silent_for >= NO_TURN_AFTER
            and self._traffic.answered
            and self._traffic.answered_at > self._began_at
        )
        stuck = silent_for >= IN_HAND_SECONDS and not self._in_hand
        if ((silent_for >= most or passed_over) and self._spare()) or (stuck and self._anew()):
            self.given_up = True
            self.silent = self._traffic.silent_for() >= SILENT_AFTER
        return self.given_up

    async def ended_by_itself(self, call: asyncio.Task[None]) -> bool:
        """Whether a call ended by itself; False if it was given up, and then it still runs."""
        try:
            while not call.done() and not self.gives_up():
                await asyncio.wait({call}, timeout=LOOK_EVERY)
        except asyncio.CancelledError:
            call.cancel()
            await asyncio.wait({call})
            raise
        return call.done()

    async def finished(
        self, call: Awaitable[Sequence[Outcome | NotTried]], number: int
    ) -> Sequence[Outcome | NotTried]:
        """What a call about so many messages comes to, or what is known of them if it is given up.

        Nothing is at work for it afterwards.
        """
        loop = asyncio.get_running_loop()
        looking: asyncio.TimerHandle | None = None
        self.began(number)
        try:
            async with asyncio.timeout(None) as limit:

                def look() -> None:
                    nonlocal looking
                    if self.gives_up():
                        limit.reschedule(loop.time())
                    else:
                        looking = loop.call_later(LOOK_EVERY, look)

                looking = loop.call_later(LOOK_EVERY, look)
                return await call
        except TimeoutError:
            return [self._known_of(index) for index in range(number)]
        finally:
            self.ended(number)
            if looking is not None:
                looking.cancel()

    def _known_of(self, index: int) -> Outcome | NotTried:
        if index in self._taken:
            return Accepted(self._taken[index])
        if index in self._in_hand:
            return Deferred(FailureReason.UNCLEAR, NO_ANSWER)
        return NOT_TRIED if index in self._declined else self.outcome_of_untried

    @property
    def outcome_of_untried(self) -> Outcome | NotTried:
        """What is said of what was not handed over: a fault of the route if it answered nobody."""
        return Deferred(FailureReason.DOWN, NO_ANSWER) if self.silent else NOT_TRIED
