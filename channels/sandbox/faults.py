"""Failures to order of each provider, while it runs.

What passes (busy, error, hang up) is drawn from a seeded source, so that a run can be repeated and
a retry draws again. What is final is decided by the address alone: a retry gets the same answer.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from random import Random
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

Share = Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedProvider:
    """One row: what the page, the command line and a bad day must know of a provider."""

    channel: str
    """What it carries; mails are read as such."""
    label: str
    port: int
    """Where it listens unless told otherwise."""
    keys: tuple[str, ...] = ()
    """Its secrets, as `SandboxSettings` and SANDBOX_… call them."""
    details: tuple[str, ...] = ()
    """The fields of a message that the page shows beside its text."""
    refuses: bool = True
    """Whether it may refuse an address for good."""
    reports: bool = False
    """Whether it reports later what became of a message."""


PROVIDERS: Final[Mapping[str, PlayedProvider]] = {
    "smtp": PlayedProvider(channel="email", label="Mail", port=2525),
    "smtp2": PlayedProvider(channel="email", label="Mail by the second server", port=2526),
    "twilio": PlayedProvider(
        channel="sms",
        label="Text messages by Twilio",
        port=8101,
        keys=("twilio_token",),
        details=("From", "MessagingServiceSid", "ValidityPeriod", "error_code"),
        reports=True,
    ),
    "sinch": PlayedProvider(
        channel="sms",
        label="Text messages by Sinch",
        port=8103,
        keys=("sinch_token", "sinch_secret"),
        details=("from", "expire_at", "client_reference", "error_code"),
        reports=True,
    ),
    "x": PlayedProvider(
        channel="x",
        label="Posts on X",
        port=8102,
        keys=("x_consumer_key", "x_consumer_secret", "x_access_token", "x_access_secret"),
        refuses=False,
    ),
}
"""Each has its own inbox and its own failures; smtp2 is a second mail server."""


class SandboxFault(StrEnum):
    """A failure that was given."""

    DOWN = "down"
    BUSY = "busy"
    ERROR = "error"
    HANG_UP = "hang_up"
    REFUSE = "refuse"
    BAR = "bar"
    BDAT = "bdat"


class Orders(BaseModel):
    """What one provider shall do wrong; shares are of messages, 0 to 1."""

    model_config = ConfigDict(
        extra="forbid", validate_assignment=True, use_attribute_docstrings=True
    )

    down: bool = False
    """Refuse everything: HTTP 503, SMTP 421."""
    slow: float = Field(default=0, ge=0, le=600)
    """Seconds before each answer; of SMTP, before the answer to a body."""
    busy: Share = 0
    """HTTP 429; SMTP 451 4.3.0 at RCPT, and one time in four 421 with the connection closed."""
    error: Share = 0
    """HTTP 500 or 503 without JSON; SMTP 451 4.3.0 after the body."""
    hang_up: Share = 0
    """The connection is closed without an answer."""
    hang_up_accepted: Share = 0.5
    """Of those, how many had been accepted: the caller cannot know."""
    refuse: Share = 0
    """Addresses that never work: SMTP 550 5.1.1; text messages at once or by a receipt."""
    bar: str = Field(default="", max_length=254)
    """Numbers and addresses that begin so are not permitted, for as long as this is ordered: SMTP
    554 5.7.1 at RCPT, Twilio 400 with 21408, Sinch 403."""
    opted_out: str = Field(default="", max_length=254)
    """Numbers that begin so answered STOP: Twilio creates a message that failed, with 21610."""
    bdat: Literal["", "refuse", "hang_up"] = ""
    """What SMTP does to BDAT, which EHLO offers all the same: 502 5.5.1, or no answer."""
    lose_receipt: Share = 0
    """Status callbacks that are never made."""
    repeat_receipt: Share = 0
    """Status callbacks that are made twice."""
    swap_receipt: Share = 0
    """Messages whose last status is reported before the one that came first."""

    _random: Random = PrivateAttr(default_factory=lambda: Random(0))  # noqa: S311 - repeatable
    _given: Counter[str] = PrivateAttr(default_factory=Counter)

    def seeded(self, seed: str) -> "Orders":
        """Draw from this seed from now on."""
        self._random.seed(seed)
        return self

    @property
    def given(self) -> Counter[str]:
        """How often each failure was given."""
        return self._given

    @property
    def random(self) -> Random:
        """The seeded source, for whatever else has to be repeatable."""
        return self._random

    def draw(self) -> SandboxFault | None:
        """The failure the next message meets, if any."""
        if not (self.busy or self.error or self.hang_up):
            return None
        drawn = self._random.random()
        for fault, share in (
            (SandboxFault.BUSY, self.busy),
            (SandboxFault.ERROR, self.error),
            (SandboxFault.HANG_UP, self.hang_up),
        ):
            if drawn < share:
                self._given[fault] += 1
                return fault
            drawn -= share
        return None

    def happens(self, share: float) -> bool:
        """Whether something with this share happens now."""
        return share > 0 and self._random.random() < share

    def refuses(self, address: str) -> bool:
        """Whether this address is one of those that never work."""
        return self.refuse > 0 and fraction(address, "refuse") < self.refuse

    def bars(self, address: str) -> bool:
        """Whether this address is not permitted."""
        return self._begins(address, self.bar)

    def opts_out(self, address: str) -> bool:
        """Whether this number answered STOP."""
        return self._begins(address, self.opted_out)

    def _begins(self, address: str, ordered: str) -> bool:
        begins = bool(ordered) and address.lower().startswith(ordered.lower())
        self._given[SandboxFault.BAR] += begins
        return begins

    def change(self, changes: Mapping[str, Any]) -> None:
        """Set what is named, all or nothing; pydantic's ValidationError when it makes no sense."""
        merged = Orders.model_validate({**self.model_dump(), **changes})
        for name in changes:
            setattr(self, name, getattr(merged, name))


def fraction(address: str, purpose: str) -> float:
    """A number from 0 up to 1 that belongs to this address and purpose for ever."""
    digest = blake2b(f"{purpose}:{address.lower()}".encode(), digest_size=6).digest()
    return int.from_bytes(digest) / (1 << 48)


class Faults:
    """The orders of all providers."""

    def __init__(self, *, seed: int = 0, ordered: Mapping[str, Any] | None = None) -> None:
        self._orders = {name: Orders().seeded(f"{seed} {name}") for name in PROVIDERS}
        self._seed = seed
        self._at_start = dict(ordered or {})
        self.change(self._at_start)

    def of(self, provider: str) -> Orders:
        """One provider's orders, by its name."""
        return self._orders[provider]

    @property
    def smtp(self) -> Orders:
        """The first mail server's."""
        return self._orders["smtp"]

    @property
    def twilio(self) -> Orders:
        """Twilio's."""
        return self._orders["twilio"]

    @property
    def x(self) -> Orders:
        """X's."""
        return self._orders["x"]

    def as_dict(self) -> dict[str, dict[str, Any]]:
        """All orders by provider."""
        return {name: self.of(name).model_dump() for name in PROVIDERS}

    def change(self, changes: Mapping[str, Mapping[str, Any]]) -> None:
        """Set what is named; nothing at all if a name or value makes no sense."""
        if unknown := set(changes) - set(PROVIDERS):
            raise ValueError(f"no such provider: {', '.join(sorted(unknown))}")
        for name, orders in changes.items():
            Orders.model_validate({**self.of(name).model_dump(), **orders})
        for name, orders in changes.items():
            self.of(name).change(orders)

    def reset(self) -> None:
        """As at the start, draws included."""
        for name in PROVIDERS:
            orders = self.of(name)
            orders.change(Orders().model_dump())
            orders.given.clear()
            orders.seeded(f"{self._seed} {name}")
        self.change(self._at_start)


def mixture(share: float) -> dict[str, dict[str, float]]:
    """A bad day: this share of passing errors, half as many dead addresses and odd receipts."""
    passing = {"busy": share / 3, "error": share / 3, "hang_up": share / 3}
    final = {"refuse": share / 2}
    receipts = {"lose_receipt": share / 2, "repeat_receipt": share / 2}
    return {
        name: passing | (final if row.refuses else {}) | (receipts if row.reports else {})
        for name, row in PROVIDERS.items()
    }
