"""Small real implementations of our Protocols."""

import asyncio
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from alerting.domain.channel import (
    Accepted,
    Callback,
    Delivered,
    FailureReason,
    InvalidSignature,
    Limits,
    Outcome,
    Receipt,
    SignedReceipt,
    Tracking,
    Undelivered,
)
from alerting.domain.jobs import Wake
from alerting.domain.message import Message

NOON = datetime(2030, 1, 15, 12, tzinfo=UTC)


FIELD = re.compile(r"\{+ *[A-Za-z_][\w.]* *\}+|\{\{|\{%|%\([a-z_]+\)[sd]")
"""What a text is filled by that somebody forgot to fill: of str.format, of Jinja, of printf."""


def must_be_filled(text: str) -> None:
    """Nothing that is sent has a field left over."""
    assert not FIELD.search(text), f"a field is left over: {text}"


@dataclass
class Clock:
    """A clock that only moves when it is told to."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **passed: float) -> None:
        """Let time pass."""
        self.now += timedelta(**passed)


@dataclass
class ListedQueue:
    """Keeps wake-ups, for a test to run when it wants."""

    waiting: list[Wake] = field(default_factory=list)

    async def wake(self, wakes: list[Wake]) -> None:
        self.waiting.extend(wakes)

    async def close(self) -> None:
        self.waiting.clear()


@dataclass
class ScriptedChannel:
    """Answers from a script, then accepts; remembers what it was asked to send."""

    name: str = "email"
    tracking: Tracking = Tracking.ACCEPTANCE
    script: Iterable[Outcome] = ()
    chunk: int = 500
    receipt_within: timedelta = timedelta(minutes=5)
    sent: list[tuple[str, str, str]] = field(default_factory=list)
    """(address, key, text)"""
    live: bool = False
    before_answer: Callable[[], None] = lambda: None
    route: str = "main"
    per_second: float | None = None
    weight: float = 1.0
    asked: int = 0
    hangs: bool = False
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def rate_key(self) -> str:
        return f"{self.name}.{self.route}"

    def cost(self, prepared: str) -> int:
        return 1

    def __post_init__(self) -> None:
        self._answers = iter(self.script)

    @property
    def limits(self) -> Limits:
        return Limits(
            tracking=self.tracking,
            at_once=4,
            chunk=self.chunk,
            per_second=self.per_second,
            weight=self.weight,
            receipt_within=self.receipt_within,
        )

    def prepare(self, message: Message, *, alert_id: int) -> str:
        for text in (message.subject, message.text, message.html):
            must_be_filled(text)
        return message.text

    async def send(self, prepared: str, *, to: str, key: str, valid_for: timedelta) -> Outcome:
        self.asked += 1
        outcome = next(self._answers, Accepted(reference=f"ref-{key}"))
        if isinstance(outcome, Accepted):
            self.sent.append((to, key, prepared))
        self.before_answer()
        if self.hangs:
            await self.goes_on.wait()
        return outcome

    def read_receipt(self, callback: Callback) -> Receipt | InvalidSignature | None:
        return None

    async def close(self) -> None:
        return


@dataclass
class TraceableChannel(ScriptedChannel):
    """One whose provider can be asked what it took."""

    took: dict[str, str] = field(default_factory=dict)
    """key -> reference"""

    async def find(
        self, prepared: str, *, to: str, key: str, since: datetime, known: Collection[str] = ()
    ) -> Accepted | None:
        there = key in self.took and self.took[key] not in known
        return Accepted(self.took[key]) if there else None


def arrived(key: str, reference: str = "", *, route: str = "main") -> SignedReceipt:
    """That a text arrived, by the reference a `ScriptedChannel` gave it where no other is named."""
    return SignedReceipt("sms", route, Delivered(key, reference or f"ref-{key}"))


def lost(
    key: str,
    reference: str = "",
    failure_reason: FailureReason = FailureReason.UNREACHABLE,
    provider_code: str = "30003",
    *,
    route: str = "main",
) -> SignedReceipt:
    """That it did not."""
    return SignedReceipt(
        "sms", route, Undelivered(key, reference or f"ref-{key}", failure_reason, provider_code)
    )
