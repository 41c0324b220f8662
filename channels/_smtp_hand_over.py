"""Messages that are handed over together: what their connections share, what becomes of them."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from alerting.domain.channel import Deferred, FailureReason, Outcome
from alerting.domain.hand_over import HandOverJournal
from alerting.domain.stop_signal import StopSignal
from channels._smtp_pipeline import Pipeline, SmtpCommand, SmtpMessage
from channels._smtp_replies import MIXED_DOMAINS, may_be_of_the_relay, said_to_everybody

ASK_EVERY: Final = 8
"""Messages between two questions whether to go on: asking costs as much as addressing one."""

LOST_IN_A_ROW: Final = 2
"""Connections in a row that end with nobody named yet, after which a server is not fed the rest.

Of those that end over the message to somebody, its body included, it takes MIXED_DOMAINS, over a
different one each: the message may be what ends them.
"""
A_CONNECTION_EACH: Final = 16
"""A connection more for every so many messages: opening one costs as much as sending those."""

UNREADABLE: Final = "unreadable answer"
"""The code of what broke off over an answer that nothing here can read."""


Handed = list[tuple[SmtpMessage, Outcome | None]]
"""Messages and what became of them; None: taken."""


class Answered(NamedTuple):
    """What became of the messages of a call so far."""

    handed: Handed
    refused: dict[tuple[SmtpCommand, str], list[int]]
    """By step and code of the reply, the places in `handed` of those it was said of."""
    lost: dict[int, Deferred]
    """By its place, what becomes of a message over which a connection ended, its body unsent."""

    def together(self) -> Handed:
        """All of them; what many domains were told alike, and few others were not, is no one's own.

        Said of a mailbox, a reply is the mailbox's; of everybody, the relay's or the text's. A
        domain that had a message taken is not among those that were told alike.
        """
        if not self.refused:
            return self.handed
        taken = {message.domain for message, outcome in self.handed if outcome is None}
        for (step, _), places in self.refused.items():
            alike = [index for index in places if self.handed[index][0].domain not in taken]
            domains = len({self.handed[index][0].domain for index in alike})
            if domains < MIXED_DOMAINS or domains <= len(taken):
                continue
            for index in alike:
                message, outcome = self.handed[index]
                if outcome and (not taken or may_be_of_the_relay(step, outcome)):
                    self.handed[index] = message, said_to_everybody(step, outcome)
        return self.handed


@dataclass(slots=True)
class HandOver:
    """Messages that are being handed over together: what their connections share."""

    queue: deque[SmtpMessage]
    messages: Sequence[SmtpMessage]
    """All of them, whatever became of each."""
    until: float
    """When the last may be begun, by the clock of the loop."""
    ends_at: float
    """When what is under way then is given up."""
    stop: StopSignal
    journal: HandOverJournal
    answered: Answered = field(default_factory=lambda: Answered([], defaultdict(list), {}))
    lost_over: set[bytes] = field(default_factory=set)
    """Recipients, and domains turned away, that connections ended over in a row."""
    lines: set[Pipeline] = field(default_factory=set)
    """Connections that carry its messages now."""
    ends: list[Outcome | None] = field(default_factory=list)
    """How each connection's work ended: what is to be said of all, or None."""
    simply: set[int] = field(default_factory=set)
    """Places of messages that go one command at a time: an extension is in doubt over them."""
    apart: bool = False
    """Whether messages go one by one, so that no recipient's trouble puts another in doubt: those
    of a small call, and all once a connection was lost over one, or is silent."""
    crowded: bool = False
    """Whether a connection was refused as one too many, while others of ours were at work."""
    _asked: int = 0
    _leave: bool = True

    def __post_init__(self) -> None:
        self.apart = len(self.messages) <= A_CONNECTION_EACH

    def may(self) -> bool:
        """Whether another message may be begun."""
        if self._asked % ASK_EVERY == 0:
            self._leave = self.in_time() and not self.stop.is_set()
        self._asked += 1
        return self._leave

    def in_time(self) -> bool:
        """Whether the time for it is not over."""
        return asyncio.get_running_loop().time() < self.until

    def hurry(self) -> bool:
        """Whether a recipient that a server is silent over keeps others waiting.

        Not where it was silent over the last ones too: then it is slow, and hurrying is in vain.
        """
        return bool(self.queue) and len(self.lost_over) < LOST_IN_A_ROW

    def results(self) -> Handed:
        """What became of the messages, once no connection works for them any more."""
        handed = self.answered.handed
        if len(handed) + len(self.queue) < len(self.messages):
            # What a connection had in hand when its work broke off: handed over, for all we know.
            known = {message.place for message, _ in handed}
            known.update(message.place for message in self.queue)
            handed.extend(
                (message, Deferred(FailureReason.UNCLEAR, UNREADABLE))
                for message in self.messages
                if message.place not in known
            )
        # One connection's end says nothing of what another one was about to take.
        of_all = self.ends[-1] if self.ends and None not in self.ends else None
        for message in self.queue:
            outcome = of_all or self.answered.lost.get(message.place)
            if outcome is not None:
                handed.append((message, outcome))
        return self.answered.together()

    def silent(self, seconds: float) -> int:
        """On how many of its connections nothing was heard for so long."""
        since = asyncio.get_running_loop().time() - seconds
        return sum(line.heard_at <= since for line in self.lines)
