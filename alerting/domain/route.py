"""Several ways to one channel: how well each does, when it is left alone, how work is shared.

A route is what stands behind a channel: one relay, one gateway. Its health is a value; every
change of it is a pure step, so that workers, tests and the operator's page see the same rules.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from alerting.domain.channel import (
    Accepted,
    Deferred,
    FailureReason,
    Outcome,
    Refused,
    speaks_against_route,
)
from alerting.domain.text.i18n import msgid


class Breaker(StrEnum):
    """A circuit breaker (M. Nygard, Release It!, 2007): a failing route is suspended to recover."""

    CLOSED = "closed"
    """In use."""
    OPEN = "open"
    """Left alone until its pause is over."""
    HALF_OPEN = "half-open"
    """Its pause is over: tried with little. Never stored, for it follows from the time."""


class Override(StrEnum):
    """What a user decided manually, whatever is measured."""

    NONE = ""
    OFF = "off"
    """Not to be used."""
    ON = "on"
    """To be used, whatever is measured."""


BREAKER_NAMES: Mapping[Breaker, str] = {
    Breaker.CLOSED: msgid("active"),
    Breaker.OPEN: msgid("suspended"),
    Breaker.HALF_OPEN: msgid("testing"),
}

OVERRIDE_NAMES: Mapping[Override, str] = {
    Override.NONE: msgid("automatic"),
    Override.OFF: msgid("manually off"),
    Override.ON: msgid("manually on"),
}

ELSEWHERE = frozenset(
    {
        FailureReason.BUSY,
        FailureReason.DOWN,
        FailureReason.CONFIGURATION,
        FailureReason.NOT_PERMITTED,
        FailureReason.RECIPIENT_BUSY,
        FailureReason.UNKNOWN,
    }
)
"""Troubles after which another route may be used at once: surely nothing was handed over."""
EVERYWHERE = frozenset(
    {FailureReason.ADDRESS_DEAD, FailureReason.OPTED_OUT, FailureReason.TOO_LATE}
)
"""Refusals that no other route can change. Any other "never" is one route's word for itself."""


def goes_elsewhere(outcome: Outcome, *, may_repeat: bool = False) -> bool:
    """Whether another route may be tried at once: this one surely did not take it.

    `may_repeat`: also where this one may have taken it, and whatever else it said of now.
    """
    if isinstance(outcome, Refused):
        return outcome.failure_reason not in EVERYWHERE
    return isinstance(outcome, Deferred) and (may_repeat or outcome.failure_reason in ELSEWHERE)


BELIEVED_AFTER = 6
"""Tries after which a "never" is believed although another route could not be asked: half a minute
after the first, longer than a route that is well is left alone."""
MEMORY = 100
"""Messages after which half of a share's weight is newer than they are."""
MIN_MESSAGES_TO_JUDGE = 20
"""Messages below which a share of errors says little."""
CERTAIN = 8
"""Messages that all fail, after which no more have to: fewer may be alone with their trouble."""
SICK = 0.5
"""The share of errors at which a route is left alone."""
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(seconds=30)
"""No longer: while people are in danger, a provider that is back must be noticed soon."""
IDLE = timedelta(minutes=1)
"""After this long without a message, a route is probed, so that its fall is known beforehand."""
PORTION_SECONDS = 1.0
"""For how long at most a route holds what has not left yet, where another could take it."""
FIRST_PORTION = 128
"""Messages that a route handing over in bulk gets before anything was measured: enough for all of
a relay's usual connections to be opened, few enough that a slow one does not hold a whole chunk."""
SILENT_AFTER = 3.0
"""Seconds without any answer after which a call is given up where another route could take what it
has: a relay that works greets, and a gateway answers, in less."""
IN_HAND_SECONDS = 8.0
"""Seconds without any answer after which a call is given up with messages that the provider may
have: they are in doubt after it."""
NO_TURN_AFTER = 1.0
"""Seconds after which a call that got no connection is given up, while others are answered."""
UNANSWERED_AFTER = 1.0
"""Seconds without an answer to anything under way, after which a route is chosen last."""
HELD_SECONDS = 5.0
"""Seconds without any answer after which a call is given up that a route was given while no other
worked, once another could take what it has."""
LEAST_PORTION = 5
"""Messages, so that few that are slow by chance do not cost a route its work."""
LEAST = 0.02
"""What a route in use gets at least, so that its recovery is noticed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was seen of a route lately: `errors` of `n` were its own fault.

    `seconds` is the time its messages took, added up; `elapsed` the time until the last had left,
    what was waited for the route's rate included. 0 where neither was measured.
    """

    n: int
    errors: int
    seconds: float
    elapsed: float = 0.0
    failure_reason: FailureReason | None = None
    provider_code: str = ""
    probed: bool = False
    """Whether nobody was addressed: it was asked, which tells less than any message does."""

    @classmethod
    def of(
        cls,
        outcomes: Collection[Outcome],
        repeated: Collection[Outcome] = (),
        *,
        seconds: float,
        elapsed: float = 0.0,
    ) -> "Sample":
        """What the answers to different messages, which took `seconds` together, say of the route.

        `outcomes` of first attempts, `repeated` of others. What speaks of a recipient or a text
        counts as an answer like any other. Left out are a fault that met one message alone and the
        faults of those tried before: whatever the code, such a message may be what provokes it, and
        of what is tried again, nearly all is what failed.
        """
        faults = [
            outcome
            for outcome in outcomes
            if not isinstance(outcome, Accepted) and speaks_against_route(outcome)
        ]
        left_out = sum(speaks_against_route(one) for one in repeated) + (len(faults) == 1)
        n = len(outcomes) + len(repeated)
        if left_out:
            seconds *= (n - left_out) / n
            elapsed *= (n - left_out) / n
            n -= left_out
        if len(faults) <= 1:
            return cls(n=n, errors=0, seconds=seconds, elapsed=elapsed)
        return cls(
            n=n,
            errors=len(faults),
            seconds=seconds,
            elapsed=elapsed,
            failure_reason=faults[-1].failure_reason,
            provider_code=faults[-1].provider_code,
        )

    def plus(self, other: "Sample") -> "Sample":
        """Both together; the newer reason is kept. What messages came to outranks any probe."""
        if self.probed is not other.probed:
            return other if self.probed else self
        return Sample(
            n=self.n + other.n,
            errors=self.errors + other.errors,
            seconds=self.seconds + other.seconds,
            elapsed=self.elapsed + other.elapsed,
            failure_reason=other.failure_reason or self.failure_reason,
            provider_code=other.provider_code if other.failure_reason else self.provider_code,
            probed=self.probed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How one route does. A new one is trusted."""

    channel: str
    route: str
    breaker: Breaker = Breaker.CLOSED
    weight: float = 1.0
    """Its share as configured, relative to the others'; 0: only when no other is left."""
    seen: int = 0
    """Messages since the breaker last changed."""
    error_share: float = 0.0
    """At least SICK while its breaker is open because of messages, not of a probe."""
    latency: float = 0.0
    """Seconds for one message, newer ones weighing more."""
    interval: float = 0.0
    """Seconds from one message of a chunk to its next, waiting for the route's rate included; 0:
    not known. Rises when many chunks share the route."""
    pauses: int = 0
    """How often in a row it was left alone."""
    open_until: datetime | None = None
    """When an open breaker lets a try through."""
    used_at: datetime | None = None
    failure_reason: FailureReason | None = None
    provider_code: str = ""
    override: Override = Override.NONE
    override_by: str = ""
    override_reason: str = ""
    override_at: datetime | None = None

    def observe(self, sample: Sample, *, now: datetime) -> "Health":
        """After what was seen of it."""
        if not sample.n:
            return self
        if sample.probed:
            return self._asked(sample, now=now)
        # As many as were seen before weigh as much: the first few do not outweigh what follows.
        newer = max(1 - 0.5 ** (sample.n / MEMORY), sample.n / (self.seen + sample.n))
        share = sample.errors / sample.n

        def grown_towards(before: float, total: float) -> float:
            return before + (total / sample.n - before) * newer if total else before

        grown = replace(
            self,
            seen=self.seen + sample.n,
            error_share=self.error_share + (share - self.error_share) * newer,
            latency=grown_towards(self.latency, sample.seconds),
            interval=grown_towards(self.interval, sample.elapsed),
            used_at=now,
            failure_reason=sample.failure_reason if sample.errors else self.failure_reason,
            provider_code=sample.provider_code if sample.errors else self.provider_code,
        )
        match self.breaker:
            case Breaker.CLOSED if grown.sick or _hopeless(sample):
                return replace(grown.opened(now=now), error_share=max(grown.error_share, SICK))
            case Breaker.OPEN if share >= SICK:
                return replace(grown.opened(now=now), error_share=max(grown.error_share, SICK))
            case Breaker.OPEN:
                return grown.closed()
        return grown

    def _asked(self, sample: Sample, *, now: datetime) -> "Health":
        """After a probe, which is no message: it counts in no share, and decides little.

        One that goes well ends the pause that another one began. Where messages failed, messages
        decide; only where none was tried for long after the pause is the route in use again, with
        its share of errors kept. One that fails begins a pause where no message was sent for long;
        it never prolongs one, so that messages are tried when it is over whatever probes say.
        """
        if not sample.errors:
            well = replace(self, used_at=now)
            if self.breaker is not Breaker.OPEN:
                return well
            if self.error_share < SICK:
                return replace(well.closed(), used_at=now)
            untried = self.open_until is None or now - self.open_until >= IDLE
            return replace(well.closed(), error_share=self.error_share) if untried else well
        health = replace(
            self,
            used_at=now,
            failure_reason=sample.failure_reason,
            provider_code=sample.provider_code,
        )
        if self.breaker is Breaker.OPEN:
            return replace(health, pauses=self.pauses + 1)
        if self._is_idle(now):
            return health.opened(now=now) if _hopeless(sample) else health
        return self

    @property
    def sick(self) -> bool:
        """Whether enough was seen, and too much of it went wrong."""
        return self.seen >= MIN_MESSAGES_TO_JUDGE and self.error_share >= SICK

    def opened(self, *, now: datetime) -> "Health":
        """Left alone, for twice as long each time."""
        return replace(
            self,
            breaker=Breaker.OPEN,
            seen=0,
            pauses=self.pauses + 1,
            open_until=now + _pause(self.pauses),
        )

    def changed(self, *, now: datetime) -> "Health":
        """After its operator changed something: it is tried, whatever was seen before."""
        return replace(self, pauses=0, open_until=now) if self.breaker is Breaker.OPEN else self

    def sooner(self) -> "Health":
        """As it counts while no other route works: tried after FIRST_PAUSE each time."""
        if self.open_until is None:
            return self
        return replace(self, open_until=self.open_until - _pause(self.pauses - 1) + FIRST_PAUSE)

    def closed(self) -> "Health":
        """In use again, its past forgotten."""
        return replace(
            self,
            breaker=Breaker.CLOSED,
            seen=0,
            error_share=0.0,
            pauses=0,
            open_until=None,
            failure_reason=None,
            provider_code="",
        )

    def breaker_at(self, *, now: datetime) -> Breaker:
        """The breaker at a moment: half open once its pause is over."""
        half = self.breaker is Breaker.OPEN and self._due(now)
        return Breaker.HALF_OPEN if half else self.breaker

    def usable(self, *, now: datetime) -> bool:
        """Whether messages may go this way now."""
        if self.override is not Override.NONE:
            return self.override is Override.ON
        return self.breaker is not Breaker.OPEN or self._due(now)

    @property
    def well(self) -> bool:
        """Whether it is in use for more than being tried."""
        if self.override is not Override.NONE:
            return self.override is Override.ON
        return self.breaker is Breaker.CLOSED

    def wants_probe(self, *, now: datetime) -> bool:
        """Whether to ask would tell something: its pause is over, or it was idle for long.

        One that has failed since the pause was over is repeated as pauses are, never each second.
        """
        if self.breaker is Breaker.CLOSED:
            return self._is_idle(now)
        if not self._due(now):
            return False
        asked = self.used_at is not None and self.open_until and self.used_at >= self.open_until
        return not asked or self.used_at is None or now - self.used_at >= _pause(self.pauses - 1)

    def _is_idle(self, now: datetime) -> bool:
        return self.used_at is None or now - self.used_at >= IDLE

    def _due(self, now: datetime) -> bool:
        # A pause that lies further ahead than any was set by a clock since put right.
        return (
            self.open_until is None
            or now >= self.open_until
            or self.open_until - now > LONGEST_PAUSE
        )


def _pause(number: int) -> timedelta:
    """The first pause in a row, counted from 0, and those after it."""
    return min(FIRST_PAUSE * (1 << max(0, min(number, 10))), LONGEST_PAUSE)


def _hopeless(sample: Sample) -> bool:
    """Nobody answers, or our settings are wrong: no need to see more of it."""
    certain = sample.probed or sample.n >= CERTAIN
    return (
        certain
        and sample.errors == sample.n
        and sample.failure_reason in {FailureReason.DOWN, FailureReason.CONFIGURATION}
    )


def weights(healths: Sequence[Health], *, now: datetime) -> dict[str, float]:
    """How much of the work each route gets, adding up to 1; empty when none may be used.

    Weight moves away from errors (squared) and from routes slower than the quickest.
    """
    usable = [health for health in healths if health.usable(now=now)]
    first_choice = [health for health in usable if health.weight > 0] or usable
    quickest = min((health.interval for health in first_choice if health.interval > 0), default=0.0)
    raw = {
        health.route: max(
            LEAST, (health.weight or 1.0) * (1 - health.error_share) ** 2 * _speed(health, quickest)
        )
        if health.breaker is Breaker.CLOSED
        else LEAST
        for health in first_choice
    }
    total = sum(raw.values())
    return {route: share / total for route, share in raw.items()}


def held_off_by(healths: Sequence[Health]) -> str:
    """Who holds off what a channel would be sent by, so that it waits; empty where it is in use.

    Its other routes are held off, too, or left alone for their errors.
    """
    for health in healths:
        if health.well:
            return ""
    return next((health.override_by for health in healths if health.override is Override.OFF), "")


def _speed(health: Health, quickest: float) -> float:
    return max(0.1, quickest / health.interval) if health.interval > 0 and quickest > 0 else 1.0


def portion(health: Health, *, untried: int) -> int:
    """Messages a route gets in one piece where others could take the rest.

    About a second's work, so that a slow route holds nothing for long that another could send.
    `untried`: as many as it gets before anything was measured.
    """
    if health.interval > 0:
        return max(LEAST_PORTION, int(PORTION_SECONDS / health.interval))
    return untried


def choose_route(healths: Sequence[Health], *, now: datetime, dice: float) -> str | None:
    """One route by its share; `dice` in [0, 1). None when none may be used."""
    at = 0.0
    route = None
    for route, share in sorted(weights(healths, now=now).items()):
        at += share
        if dice < at:
            return route
    return route
