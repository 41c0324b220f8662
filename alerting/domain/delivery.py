"""One message to one recipient: its states, what may follow, and when to try again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from alerting.domain.channel import (
    Accepted,
    Deferred,
    Delivered,
    FailureReason,
    InProgress,
    Outcome,
    Receipt,
    Refused,
    Tracking,
    Undelivered,
)
from alerting.domain.route import EVERYWHERE
from alerting.domain.text.i18n import msgid
from alerting.domain.text.numbers import whole_number


class State(StrEnum):
    """The state of one delivery."""

    WAITING = "waiting"
    """Not handed over yet, or to be tried again."""
    SENT = "sent"
    """Handed over; the provider will report."""
    ACCEPTED = "accepted"
    """Accepted by a mail relay, which reports no further: nobody knows whether it arrived."""
    DELIVERED = "delivered"
    """Confirmed: arrived, says the provider; or published."""
    FAILED = "failed"
    """Refused for good."""
    EXPIRED = "expired"
    """Could no longer help, so it was not sent."""
    UNCONFIRMED = "unconfirmed"
    """Handed over, or perhaps handed over, and no receipt came in time."""


STATE_NAMES: Mapping[State, str] = {
    State.WAITING: msgid("waiting"),
    State.SENT: msgid("handed to the provider, receipt expected"),
    State.ACCEPTED: msgid("accepted by the relay"),
    State.DELIVERED: msgid("delivered"),
    State.FAILED: msgid("failed"),
    State.EXPIRED: msgid("expired"),
    State.UNCONFIRMED: msgid("unconfirmed"),
}

MAY_FOLLOW: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        # By a receipt only where a try was made: `after_receipt`.
        State.WAITING: frozenset(State),
        # Waiting again where it was lost because of the route or the moment: `after_receipt`.
        State.SENT: frozenset({State.WAITING, State.DELIVERED, State.FAILED, State.UNCONFIRMED}),
        # A bounce, or a confirmation, that comes later.
        State.ACCEPTED: frozenset({State.DELIVERED, State.FAILED}),
        State.DELIVERED: frozenset(),
        # An officer has it tried again; or it arrived after all.
        State.FAILED: frozenset({State.WAITING, State.DELIVERED}),
        # An earlier try arrived after all.
        State.EXPIRED: frozenset({State.DELIVERED}),
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

REPEATED = frozenset(
    {
        FailureReason.BUSY,
        FailureReason.DOWN,
        FailureReason.CONFIGURATION,
        FailureReason.NOT_PERMITTED,
        FailureReason.RECIPIENT_BUSY,
        FailureReason.UNKNOWN,
    }
)
"""Reasons of a receipt after which what was lost is tried again, by the same route if need be: they
speak of the route or of the moment, or of nothing that is known."""
ROUTE_FAILED = frozenset({FailureReason.BUSY, FailureReason.DOWN, FailureReason.CONFIGURATION})
"""Reasons that speak of the route, and say that it surely did not take the message."""
REPEATED_UP_TO = 5
"""Tries of one delivery, after which a receipt that it was lost ends it whatever the reason."""

DOUBT_ENDS_AFTER = timedelta(seconds=60)
"""How long a provider that cannot be asked about a try is waited for. Most are back by then (a
restart, a lost connection); longer, and somebody who has nothing is kept from being warned so that
another does not read the same text twice."""

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)
LONGEST_ROUTE_PAUSE = timedelta(seconds=8)
"""The longest pause where the route failed: routes have pauses of their own, and one that is well
again must find what to be tried with."""
LONGEST_WAIT = timedelta(minutes=15)
"""Nothing waits longer, whatever a provider asks for: an alert matters for minutes to hours."""


class Mismatch(StrEnum):
    """Why a receipt is not applied to the delivery it names."""

    EARLY = "early"
    """Nothing yet: the provider's answer to the try may not be written down."""
    NO_DELIVERY = "no-delivery"
    """Its key names no delivery of ours."""
    OTHER_CHANNEL = "other-channel"
    """Its key names a delivery of a channel that this provider does not carry."""
    NO_TRY = "no-try"
    """The delivery was not handed to this route, or not under this reference."""


MISMATCH_NAMES: Mapping[Mismatch, str] = {
    Mismatch.EARLY: msgid("the attempt is still in progress"),
    Mismatch.NO_DELIVERY: msgid("unknown delivery"),
    Mismatch.OTHER_CHANNEL: msgid("a delivery on another channel"),
    Mismatch.NO_TRY: msgid("not handed to this provider under this reference"),
}


class ReceiptKind(StrEnum):
    """What a receipt says."""

    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    IN_PROGRESS = "in-progress"


RECEIPT_KIND_NAMES: Mapping[str, str] = {
    ReceiptKind.DELIVERED: msgid("delivered"),
    ReceiptKind.UNDELIVERED: msgid("not delivered"),
    ReceiptKind.IN_PROGRESS: msgid("in transit"),
}
KINDS: Mapping[type[Receipt], ReceiptKind] = {
    Delivered: ReceiptKind.DELIVERED,
    Undelivered: ReceiptKind.UNDELIVERED,
    InProgress: ReceiptKind.IN_PROGRESS,
}


class Verdict(NamedTuple):
    """What becomes of a delivery after one try."""

    state: State
    failure_reason: FailureReason | None = None
    provider_code: str = ""
    reference: str = ""
    next_attempt_at: datetime | None = None


def settle(
    outcome: Outcome,
    *,
    tracking: Tracking,
    attempts: int,
    now: datetime,
    expires: datetime,
    jitter: float,
) -> Verdict:
    """Decide what an outcome means for a delivery. No clock, no database, no dice.

    `attempts` counts the tries made, this one included. `jitter` in [0, 1) spreads repeats so that
    a provider that comes back is not overrun.
    """
    match outcome:
        case Accepted(reference):
            return Verdict(AFTER_ACCEPTANCE[tracking], reference=reference)
        # Settings that are wrong are our fault, not the person's, and can be mended while the alert
        # still matters: with a wrong password nobody would ever be reached.
        case Refused(failure_reason, provider_code, reference) if (
            failure_reason is not FailureReason.CONFIGURATION
        ):
            return Verdict(State.FAILED, failure_reason, provider_code, reference)
        case Refused(failure_reason, provider_code, reference):
            put_off = Deferred(failure_reason, provider_code, reference=reference)
            return _later(put_off, attempts, now, expires, jitter)
        case Deferred():
            return _later(outcome, attempts, now, expires, jitter)


def _later(
    outcome: Deferred, attempts: int, now: datetime, expires: datetime, jitter: float
) -> Verdict:
    asked = min(outcome.retry_after or timedelta(), LONGEST_WAIT)
    own = pause(attempts, jitter=jitter)
    if outcome.failure_reason in ROUTE_FAILED:
        own = min(own, LONGEST_ROUTE_PAUSE * (1 + jitter) / 2)
    again = now + max(own, asked)
    if again >= expires:
        in_doubt = outcome.failure_reason is FailureReason.UNCLEAR
        verdict = written_off(
            outcome.failure_reason, in_doubt=in_doubt, provider_code=outcome.provider_code
        )
    else:
        verdict = Verdict(
            State.WAITING, outcome.failure_reason, outcome.provider_code, next_attempt_at=again
        )
    return verdict._replace(reference=outcome.reference)


def written_off(reason: FailureReason, *, in_doubt: bool, provider_code: str = "") -> Verdict:
    """What becomes of a waiting delivery of which nothing may leave any more, for this reason.

    `in_doubt`: a try may have got through, so nobody may say that nothing was sent.
    """
    if in_doubt:
        return Verdict(State.UNCONFIRMED, FailureReason.UNCLEAR, provider_code)
    return Verdict(State.EXPIRED, reason, provider_code)


def pause(attempts: int, *, jitter: float) -> timedelta:
    """How long to wait after the given number of tries: doubling, capped, spread over its half."""
    full = min(FIRST_PAUSE * (1 << min(attempts - 1, 16)), LONGEST_PAUSE)
    return full / 2 + full / 2 * jitter


class Attempt(NamedTuple):
    """One try of a delivery by a route. `number` counts from 1; 0 is the latest."""

    route: str
    """Empty where a worker died and nobody knows which route it was."""
    reference: str
    """The provider's own name for the message; empty where its answer never came."""
    in_doubt: bool
    """Whether it may have got through although its answer never came."""
    number: int = 0


class Doubt(NamedTuple):
    """What may have got through of a delivery although the answer never came."""

    since: datetime | None = None
    """When the latest such try was made; None where its answer was lost with a worker, and it is
    not written down yet, or where a later try has failed since."""
    routes: tuple[str, ...] = ("",)
    """The routes that may have it, the latest first; an empty one stands for any."""

    def ends_at(self, now: datetime) -> bool:
        """Whether a provider that cannot be asked is waited for no longer."""
        # A time far ahead was written by a clock since put right.
        return self.since is None or abs(now - self.since) >= DOUBT_ENDS_AFTER


def attempt_of(attempts: Sequence[Attempt], route: str, reference: str) -> Attempt | None:
    """The try that a receipt signed for `route` speaks of; None where there was none.

    The one with its reference; or the first given, by that route, whose answer never came.
    """
    if not reference:
        return None
    for attempt in attempts:
        if (attempt.route, attempt.reference) == (route, reference):
            return attempt
    for attempt in attempts:
        if attempt.in_doubt and not attempt.reference and attempt.route in {route, ""}:
            return attempt
    return None


def may_be_tried_again(receipt: Receipt) -> bool:
    """Whether it is a loss that another try, by the same route or by another, could make good."""
    return isinstance(receipt, Undelivered) and receipt.failure_reason not in EVERYWHERE


def again_after_receipt(
    receipt: Receipt,
    *,
    attempts: int,
    now: datetime,
    expires: datetime | None,
    another_route: bool = False,
) -> datetime | None:
    """When what a receipt says was lost may be tried again; None where it may not.

    `attempts` counts the tries made; `expires` is None where nothing of its alert may leave;
    `another_route` says whether there is one that had none of these tries: a "never" is one route's
    word for itself. The pause is without chance: receipts come one by one.
    """
    lost = may_be_tried_again(receipt) and (another_route or _is_repeated(receipt))
    if not lost or expires is None or attempts >= REPEATED_UP_TO:
        return None
    again = now + pause(max(attempts, 1), jitter=1)
    return again if again < expires else None


def _is_repeated(receipt: Receipt) -> bool:
    return isinstance(receipt, Undelivered) and receipt.failure_reason in REPEATED


def after_receipt(
    state: State,
    receipt: Receipt,
    *,
    of_latest_attempt: bool = True,
    again_at: datetime | None = None,
) -> Verdict | None:
    """The change a receipt makes to a delivery in `state`; None when it changes nothing.

    Whichever try arrived, the person has the message; that an earlier one was lost says nothing of
    the latest. Receipts repeat and overtake each other; only a step the table allows is taken.
    `again_at`: what was lost is tried again then, see `again_after_receipt`.
    """
    again = again_at is not None and state in {State.WAITING, State.SENT}
    match receipt:
        case Delivered():
            verdict = Verdict(State.DELIVERED)
        case Undelivered(_, _, failure_reason, provider_code) if of_latest_attempt and again:
            return Verdict(State.WAITING, failure_reason, provider_code, next_attempt_at=again_at)
        case Undelivered(_, _, failure_reason, provider_code) if of_latest_attempt:
            verdict = Verdict(State.FAILED, failure_reason, provider_code)
        case _:
            return None
    return verdict if verdict.state in MAY_FOLLOW[state] and verdict.state != state else None


@dataclass(frozen=True, slots=True)
class DeliveryKey:
    """The name of one delivery, the same in our tables and at every provider."""

    sending_id: int
    channel: str
    recipient_id: int

    @property
    def beginning(self) -> str:
        """What the names of all deliveries of this channel of a sending begin with."""
        return f"{self.sending_id}.{self.channel}."

    def __str__(self) -> str:
        return f"{self.beginning}{self.recipient_id}"

    @classmethod
    def parse(cls, text: str) -> "DeliveryKey | None":
        """Read a key back; None for anything that is not one."""
        sending, _, rest = text.partition(".")
        channel, _, recipient = rest.partition(".")
        sending_id, recipient_id = whole_number(sending), whole_number(recipient)
        if sending_id is None or recipient_id is None or not channel.isalpha():
            return None
        return cls(sending_id, channel, recipient_id)
