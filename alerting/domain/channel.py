"""The contract between the alerting core and a way of reaching people.

A channel prepares a `Message` once, then hands it to its provider for one address at a time.
Every answer of a provider becomes one `Outcome`: a refusal is an answer, and it is written down.
What does escape a channel as an exception is a bug, and is treated as one.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar, runtime_checkable

from alerting.domain.hand_over import HandOverJournal
from alerting.domain.message import Message
from alerting.domain.stop_signal import StopSignal
from alerting.domain.text.i18n import msgid


class Fault(StrEnum):
    """Of whom a failure reason speaks. What is said of one recipient says nothing of the others."""

    RECIPIENT = "recipient"
    """One person, number, country, network, mailbox or account."""
    MESSAGE = "message"
    """The text, which every route is given alike."""
    ROUTE = "route"
    """The relay, the gateway, our account or our settings there: everybody who goes this way."""
    SERVICE = "service"
    """Nobody else: the service decided."""


class FailureReason(StrEnum):
    """Why a message did not get through, in words an operator can act on."""

    ADDRESS_DEAD = "address-dead"
    ADDRESS_INVALID = "address-invalid"
    UNREACHABLE = "unreachable"
    OPTED_OUT = "opted-out"
    NOT_PERMITTED = "not-permitted"
    """Refused for this number, country, mailbox or account; others may well get it."""
    RECIPIENT_BUSY = "recipient-busy"
    """The person's network or mailbox takes nothing now."""
    UNKNOWN = "unknown"
    """Surely refused, and the code is in no table."""
    CONTENT = "content"
    BUSY = "busy"
    DOWN = "down"
    CONFIGURATION = "configuration"
    UNCLEAR = "unclear"
    """Handed over, and no answer came: it may have got through."""
    TOO_LATE = "too-late"
    SUPERSEDED = "superseded"
    NEVER_ALERTED = "never-alerted"
    NO_RECEIPT = "no-receipt"


FAULTS: Mapping[FailureReason, Fault] = {
    FailureReason.ADDRESS_DEAD: Fault.RECIPIENT,
    FailureReason.ADDRESS_INVALID: Fault.RECIPIENT,
    FailureReason.UNREACHABLE: Fault.RECIPIENT,
    FailureReason.OPTED_OUT: Fault.RECIPIENT,
    FailureReason.NOT_PERMITTED: Fault.RECIPIENT,
    FailureReason.RECIPIENT_BUSY: Fault.RECIPIENT,
    FailureReason.UNKNOWN: Fault.RECIPIENT,
    FailureReason.CONTENT: Fault.MESSAGE,
    FailureReason.BUSY: Fault.ROUTE,
    FailureReason.DOWN: Fault.ROUTE,
    FailureReason.CONFIGURATION: Fault.ROUTE,
    FailureReason.UNCLEAR: Fault.ROUTE,
    FailureReason.TOO_LATE: Fault.SERVICE,
    FailureReason.SUPERSEDED: Fault.SERVICE,
    FailureReason.NEVER_ALERTED: Fault.SERVICE,
    FailureReason.NO_RECEIPT: Fault.SERVICE,
}
"""Each of them speaks of one of them: a code that could mean either is read as the recipient's,
since a route taken for sick silences everybody, and a recipient tried in vain nobody."""

FAILURE_REASON_NAMES: Mapping[FailureReason, str] = {
    FailureReason.BUSY: msgid("provider busy"),
    FailureReason.DOWN: msgid("provider not reachable"),
    FailureReason.ADDRESS_DEAD: msgid("address no longer exists"),
    FailureReason.ADDRESS_INVALID: msgid("address invalid"),
    FailureReason.UNREACHABLE: msgid("phone or mailbox not reachable"),
    FailureReason.OPTED_OUT: msgid("recipient unsubscribed"),
    FailureReason.NOT_PERMITTED: msgid("provider does not send to this number, mailbox or account"),
    FailureReason.RECIPIENT_BUSY: msgid("recipient's network or mailbox busy"),
    FailureReason.CONTENT: msgid("text refused by the provider"),
    FailureReason.CONFIGURATION: msgid("channel settings are incorrect"),
    FailureReason.TOO_LATE: msgid("no time left before the alert ends"),
    FailureReason.SUPERSEDED: msgid("replaced by a newer message"),
    FailureReason.NEVER_ALERTED: msgid("never received the previous alert"),
    FailureReason.NO_RECEIPT: msgid("no receipt arrived in time"),
    FailureReason.UNCLEAR: msgid("no answer from the provider: possibly accepted"),
    FailureReason.UNKNOWN: msgid("cause unknown"),
}

FAILURE_REASON_ADVICE: Mapping[FailureReason, str] = {
    FailureReason.BUSY: msgid(
        "Waiting messages are tried again until the alert ends; messages that failed after "
        "several attempts can be tried again manually."
    ),
    FailureReason.DOWN: msgid(
        "Check the provider's status; the service tries again until the alert ends."
    ),
    FailureReason.ADDRESS_DEAD: msgid("Correct or remove the address in the list of recipients."),
    FailureReason.ADDRESS_INVALID: msgid("Correct the address in the list of recipients."),
    FailureReason.UNREACHABLE: msgid(
        "Reach these recipients another way: voice call, loudspeaker, door to door."
    ),
    FailureReason.OPTED_OUT: msgid(
        "To receive messages again, the recipient must send START to the sender."
    ),
    FailureReason.NOT_PERMITTED: msgid(
        "Ask an administrator to check which destinations the provider allows. Other "
        "recipients are not affected."
    ),
    FailureReason.RECIPIENT_BUSY: msgid(
        "Waiting messages are tried again until the alert ends; messages that failed after "
        "several attempts can be tried again manually."
    ),
    FailureReason.CONTENT: msgid("Call the provider now: the same text will fail for everyone."),
    FailureReason.CONFIGURATION: msgid("Ask an administrator to check the channel settings now."),
    FailureReason.TOO_LATE: msgid("Send an update if the danger continues."),
    FailureReason.SUPERSEDED: msgid(
        "No action needed: the newer message informs these recipients."
    ),
    FailureReason.NEVER_ALERTED: msgid(
        "No action needed: the sender chose not to send this message to recipients who "
        "never received the previous alert."
    ),
    FailureReason.NO_RECEIPT: msgid(
        "The message was handed to the provider, but there is no confirmation that it arrived."
    ),
    FailureReason.UNCLEAR: msgid(
        "No action needed: the service asks the provider what it accepted. If the provider "
        "cannot be reached for one minute, the message is sent again and may arrive twice."
    ),
    FailureReason.UNKNOWN: msgid("Look up the provider's code in the delivery's details."),
}


LONGEST_REFERENCE = 128
"""Characters of a reference and of a key that are kept."""
LONGEST_CODE = 64
"""Characters of a provider's code that are kept."""
REPLACED = "\N{REPLACEMENT CHARACTER}"


def _is_kept(text: object, longest: int) -> bool:
    """Whether every database keeps it as it is: no NUL, no half of a character, not too long."""
    return isinstance(text, str) and len(text) <= longest and text.isprintable()


def _fit_to_keep(outcome: object, **longest: int) -> None:
    """Replace and cut what a provider wrote in these fields, where it could not be kept.

    Here, so that no adapter can forget it: an answer that cannot be written down is one of which
    nobody knows later that the message left.
    """
    for name, most in longest.items():
        value = getattr(outcome, name)
        if not _is_kept(value, most):
            plain = "".join(one if one.isprintable() else REPLACED for one in str(value)[:most])
            object.__setattr__(outcome, name, plain)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message. `reference` is its own name for it."""

    reference: str

    def __post_init__(self) -> None:
        _fit_to_keep(self, reference=LONGEST_REFERENCE)


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now; the same message may be tried again, not before `retry_after` if it is given.

    `provider_code` is the provider's (e.g. "451 4.3.0"), never content and never an address.
    `reference` is the provider's name for a message that it made although it will not send it.
    """

    failure_reason: FailureReason
    provider_code: str = ""
    retry_after: timedelta | None = None
    reference: str = ""

    def __post_init__(self) -> None:
        _fit_to_keep(self, provider_code=LONGEST_CODE, reference=LONGEST_REFERENCE)


@dataclass(frozen=True, slots=True)
class Refused:
    """Not ever: trying the same message again cannot help. Fields as in `Deferred`."""

    failure_reason: FailureReason
    provider_code: str = ""
    reference: str = ""

    def __post_init__(self) -> None:
        _fit_to_keep(self, provider_code=LONGEST_CODE, reference=LONGEST_REFERENCE)


Outcome = Accepted | Deferred | Refused


class NotTried(Enum):
    """Nothing was handed over: no connection was free, the time was up, or it was stopped."""

    NOT_TRIED = "not tried"


NOT_TRIED: Final = NotTried.NOT_TRIED


def note_outcome(journal: HandOverJournal, index: int, outcome: Outcome) -> None:
    """Tell a journal what became of a message; where no answer came, what was begun stays that."""
    if isinstance(outcome, Accepted):
        journal.accepted(index, outcome.reference)
    elif outcome.failure_reason is not FailureReason.UNCLEAR:
        journal.declined(index)


def speaks_against_route(outcome: Outcome) -> bool:
    """Whether it is the route's fault, and so concerns everybody who goes this way."""
    return not isinstance(outcome, Accepted) and FAULTS[outcome.failure_reason] is Fault.ROUTE


def without_recipient(failure_reason: FailureReason) -> FailureReason:
    """What an answer means where nobody was addressed: then it is the route that is refused."""
    return failure_reason if FAULTS[failure_reason] is Fault.ROUTE else FailureReason.CONFIGURATION


class Tracking(StrEnum):
    """What a provider tells us after it took a message."""

    RECEIPTS = "receipts"
    """It reports later whether the message arrived."""
    ACCEPTANCE = "acceptance"
    """Taking it is the last we hear: a mail relay."""
    PUBLICATION = "publication"
    """Taking it is publishing it: a social network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a channel asks of the core. Each channel names the provider page it comes from."""

    tracking: Tracking
    at_once: int = 1
    """Messages under way at the same time in one worker."""
    weight: float = 1.0
    """The route's share of its channel's work beside others; 0: only when no other is left."""
    per_second: float | None = None
    """Units a second that the route takes from all workers together; None: all it answers to."""
    chunk: int = 500
    """Deliveries leased together: what the loss of a machine can leave in doubt."""
    receipt_within: timedelta = timedelta(hours=1)
    """After this, a missing receipt is a state of its own."""


class UnreadableReceipt(ValueError):
    """A key or reference that nothing of ours can have: it is too long, or cannot be kept."""


def _must_be_readable(key: str, reference: str) -> None:
    if not (_is_kept(key, LONGEST_REFERENCE) and _is_kept(reference, LONGEST_REFERENCE)):
        raise UnreadableReceipt("a key or reference that cannot be read")


@dataclass(frozen=True, slots=True)
class Delivered:
    """A receipt: the message reached the person's device or mailbox.

    `key` is the delivery's, `reference` the provider's own name for the message, as in `Accepted`.
    Every receipt raises UnreadableReceipt where one of them cannot be one of ours.
    """

    key: str
    reference: str

    def __post_init__(self) -> None:
        _must_be_readable(self.key, self.reference)


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A receipt: the provider gave up on it."""

    key: str
    reference: str
    failure_reason: FailureReason
    provider_code: str = ""

    def __post_init__(self) -> None:
        _must_be_readable(self.key, self.reference)
        _fit_to_keep(self, provider_code=LONGEST_CODE)


@dataclass(frozen=True, slots=True)
class InProgress:
    """A receipt: the provider is at it. Nothing to change, but good to know."""

    key: str
    reference: str

    def __post_init__(self) -> None:
        _must_be_readable(self.key, self.reference)


@dataclass(frozen=True, slots=True)
class InvalidSignature:
    """Not from our provider: the signature is wrong or missing."""

    reason: str


Receipt = Delivered | Undelivered | InProgress


@dataclass(frozen=True, slots=True)
class SignedReceipt:
    """A receipt, and the channel and route whose provider signed it."""

    channel: str
    route: str
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Callback:
    """What a provider sent to our receipts address. `target` is the path with its query."""

    target: str
    headers: Mapping[str, str]
    body: bytes


P = TypeVar("P")
"""What a channel makes of a message, once for all recipients: bytes, form fields, segments."""

P_contra = TypeVar("P_contra", contravariant=True)
"""What a channel makes of a message, in a protocol that only takes it in."""


class Channel(Protocol[P]):
    """One way of reaching people.

    The properties are read-only; a frozen dataclass satisfies them.
    """

    @property
    def name(self) -> str:
        """Its name in settings, tables and addresses: one lower-case word."""
        ...

    @property
    def route(self) -> str:
        """Its name among the routes of its channel: one lower-case word, the provider's mostly."""
        ...

    @property
    def rate_key(self) -> str:
        """What its pace is counted under: routes that share a provider's limit share it."""
        ...

    @property
    def limits(self) -> Limits:
        """What the core must respect."""
        ...

    @property
    def live(self) -> bool:
        """Whether it reaches people; False only for one that leads to a sandbox."""
        ...

    def cost(self, prepared: P) -> int:
        """Units that sending this once takes of `per_second`: segments of a text, 1 elsewhere."""
        ...

    def prepare(self, message: Message, *, alert_id: int) -> P:
        """Do once all the work that does not depend on the recipient. No input or output."""
        ...

    async def send(self, prepared: P, *, to: str, key: str, valid_for: timedelta) -> Outcome:
        """Hand it over once. `key` is the same for every try of one delivery.

        After `valid_for` the message can no longer help: a provider that can is told so.
        """
        ...

    def read_receipt(self, callback: Callback) -> Receipt | InvalidSignature | None:
        """Verify and translate what the provider reports; None when it means nothing to us."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class OutboundMessage(NamedTuple, Generic[P]):
    """One delivery of a chunk: what to send, where to, and under which key."""

    prepared: P
    to: str
    key: str


@runtime_checkable
class Bulk(Protocol[P]):
    """A channel that hands over a whole chunk faster than one by one (SMTP pipelining)."""

    async def send_many(
        self,
        outgoing_batch: Sequence[OutboundMessage[P]],
        *,
        valid_for: timedelta,
        stop: StopSignal,
        journal: HandOverJournal,
    ) -> Sequence[Outcome | NotTried]:
        """One outcome for each parcel, in the same order.

        Once `stop` is set, nothing more is handed over: NOT_TRIED. `journal` is told what is begun
        and answered as it happens.
        """
        ...


@runtime_checkable
class Timed(Protocol[P_contra]):
    """A channel where messages wait for each other, and that tells waiting from handing over."""

    async def send_within(
        self, prepared: P_contra, *, to: str, key: str, seconds: float
    ) -> Outcome | NotTried:
        """Hand one over within `seconds` from when its turn comes, for which it waits as long.

        NOT_TRIED where its turn did not come.
        """
        ...


@runtime_checkable
class Traceable(Protocol[P_contra]):
    """A channel whose provider can be asked what became of a try that was cut short."""

    async def find(
        self,
        prepared: P_contra,
        *,
        to: str,
        key: str,
        since: datetime,
        known: Collection[str] = (),
    ) -> Accepted | None:
        """What the provider took for this delivery since then; None when it has nothing.

        What it has under a reference in `known` is another try, and is never the answer. `since`
        allows for two clocks: what is older than that is surely not meant.

        Raises ConnectionError where it cannot be asked now, which is not the same as having
        nothing; PermissionError where it says that this account, or key, may not ask.
        """
        ...


@runtime_checkable
class Probeable(Protocol):
    """A channel that can be asked whether it would take messages, without sending one."""

    async def probe(self) -> FailureReason | None:
        """What stands in the way; None when it would."""
        ...


AnyChannel = Channel[Any]
