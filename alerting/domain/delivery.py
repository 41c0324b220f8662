"""One message to one recipient: its states, what may follow, and when to try again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from alerting.domain.channel import (
    Accepted,
    Arrived,
    Deferred,
    Lost,
    Outcome,
    Receipt,
    Refused,
    Tracking,
    Trouble,
    Underway,
)
from alerting.domain.text.i18n import msgid


class State(StrEnum):
    """Where one delivery stands."""

    WAITING = "waiting"
    """Not handed over yet, or to be tried again."""
    SENT = "sent"
    """Handed over; the provider will report."""
    ACCEPTED = "accepted"
    """Handed over; this provider reports no further."""
    DELIVERED = "delivered"
    """Arrived, says the provider; or published."""
    FAILED = "failed"
    """Refused for good."""
    EXPIRED = "expired"
    """Could no longer help, so it was not sent."""
    UNCONFIRMED = "unconfirmed"
    """Handed over, but no receipt came in time."""


STATE_NAMES: Mapping[State, str] = {
    State.WAITING: msgid("waiting"),
    State.SENT: msgid("sent, receipt expected"),
    State.ACCEPTED: msgid("handed over"),
    State.DELIVERED: msgid("delivered"),
    State.FAILED: msgid("failed"),
    State.EXPIRED: msgid("expired"),
    State.UNCONFIRMED: msgid("unconfirmed"),
}

MAY_FOLLOW: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        # A receipt can overtake the answer it belongs to, so WAITING may jump to the end.
        State.WAITING: frozenset(State),
        State.SENT: frozenset({State.DELIVERED, State.FAILED, State.UNCONFIRMED}),
        State.ACCEPTED: frozenset({State.FAILED}),  # a bounce that comes later
        State.DELIVERED: frozenset(),
        State.FAILED: frozenset({State.WAITING}),  # an officer has it tried again
        State.EXPIRED: frozenset(),
        # A receipt that comes after its deadline is still the truth.
        State.UNCONFIRMED: frozenset({State.DELIVERED, State.FAILED}),
    }
)

FINAL = frozenset(State) - {State.WAITING, State.SENT}
"""States in which an alert may finish."""

HANDED_OVER = frozenset({State.SENT, State.ACCEPTED, State.DELIVERED, State.UNCONFIRMED})
"""States that prove a provider took the message."""

AFTER_ACCEPTANCE: Mapping[Tracking, State] = {
    Tracking.RECEIPTS: State.SENT,
    Tracking.ACCEPTANCE: State.ACCEPTED,
    Tracking.PUBLICATION: State.DELIVERED,
}

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)
LONGEST_WAIT = timedelta(minutes=15)
"""Nothing waits longer, whatever a provider asks for: an alert matters for minutes to hours."""


class Verdict(NamedTuple):
    """What becomes of a delivery after one try."""

    state: State
    trouble: Trouble | None = None
    detail: str = ""
    reference: str = ""
    try_again_at: datetime | None = None


def settle(
    outcome: Outcome,
    *,
    tracking: Tracking,
    tries: int,
    now: datetime,
    expires: datetime,
    jitter: float,
) -> Verdict:
    """Decide what an outcome means for a delivery. No clock, no database, no dice.

    `tries` counts the tries made, this one included. `jitter` in [0, 1) spreads repeats so that
    a provider that comes back is not overrun.
    """
    match outcome:
        case Accepted(reference):
            return Verdict(AFTER_ACCEPTANCE[tracking], reference=reference)
        # Settings that are wrong are our fault, not the person's, and can be mended while the alert
        # still matters: with a wrong password nobody would ever be reached.
        case Refused(trouble, detail) if trouble is not Trouble.CONFIGURATION:
            return Verdict(State.FAILED, trouble, detail)
        case Refused(trouble, detail):
            return _later(Deferred(trouble, detail), tries, now, expires, jitter)
        case Deferred():
            return _later(outcome, tries, now, expires, jitter)


def _later(
    outcome: Deferred, tries: int, now: datetime, expires: datetime, jitter: float
) -> Verdict:
    asked = min(outcome.retry_after or timedelta(), LONGEST_WAIT)
    again = now + max(pause(tries, jitter=jitter), asked)
    if again >= expires:
        return Verdict(State.EXPIRED, outcome.trouble, outcome.detail)
    return Verdict(State.WAITING, outcome.trouble, outcome.detail, try_again_at=again)


def pause(tries: int, *, jitter: float) -> timedelta:
    """How long to wait after the given number of tries: doubling, capped, spread over its half."""
    full = min(FIRST_PAUSE * (1 << min(tries - 1, 16)), LONGEST_PAUSE)
    return full / 2 + full / 2 * jitter


def after_receipt(state: State, receipt: Receipt) -> Verdict | None:
    """The change a receipt makes to a delivery in `state`; None when it changes nothing.

    Receipts repeat and overtake each other; only a step the table allows is taken.
    """
    match receipt:
        case Arrived():
            verdict = Verdict(State.DELIVERED)
        case Lost(_, trouble, detail):
            verdict = Verdict(State.FAILED, trouble, detail)
        case Underway():
            return None
    return verdict if verdict.state in MAY_FOLLOW[state] and verdict.state != state else None


@dataclass(frozen=True, slots=True)
class Key:
    """The name of one delivery, the same in our tables and at every provider."""

    alert_id: int
    channel: str
    recipient_id: int

    @property
    def beginning(self) -> str:
        """What the names of all deliveries of this channel of this alert begin with."""
        return f"{self.alert_id}.{self.channel}."

    def __str__(self) -> str:
        return f"{self.beginning}{self.recipient_id}"

    @classmethod
    def parse(cls, text: str) -> "Key | None":
        """Read a key back; None for anything that is not one."""
        alert, dot, rest = text.partition(".")
        channel, second_dot, recipient = rest.partition(".")
        if not (dot and second_dot and _number(alert) and channel.isalpha() and _number(recipient)):
            return None
        return cls(int(alert), channel, int(recipient))


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19  # fits a 64-bit integer
