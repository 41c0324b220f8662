"""The board's figures: counters become lines, bars and reasons. Pure: no page, no clock."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from alerting.actions.alerts.queries import AlertStatus
from alerting.domain.alert import Alert, AlertState
from alerting.domain.channel import FailureReason
from alerting.domain.delivery import HANDED_OVER, State
from alerting.domain.delivery_figures import Count, RouteOutcomeCount, Times
from alerting.domain.language import Language
from alerting.web.console.labels import COLUMNS

ORDER: tuple[State, ...] = tuple(COLUMNS)
LOST = frozenset({State.UNCONFIRMED, State.EXPIRED, State.FAILED})
LEAST = 0.8
"""Per cent of a bar that the smallest part still gets: three in a million must be seen."""
SYSTEMIC = frozenset({FailureReason.DOWN, FailureReason.CONTENT, FailureReason.CONFIGURATION})
"""Troubles that are about everyone, not about one address."""
MOST = 0.95
"""The share of the messages whose time the board tells beforehand."""
SILENT_AFTER = 15
"""Seconds in which no provider of a channel takes anything, after which that is said."""
QUIET_UNTIL = 10
"""Seconds after sending began until which messages that wait for their turn need no reason."""
STEP = 10
"""Per cent between two announcements to those who listen instead of look."""


@dataclass(frozen=True, slots=True)
class BarSegment:
    """One part of a bar, in per cent of its length."""

    state: State
    n: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class ChannelFigures:
    """The counters of a channel, of one of its languages, or of all together."""

    counts: Mapping[State, int]
    not_concerned: int = 0
    """Left out on purpose, since what it follows never came to them: in no state and no sum."""

    @classmethod
    def of(cls, counts: Iterable[Count]) -> "ChannelFigures":
        """Add up; every state is there, be it with nought."""
        sums = dict.fromkeys(ORDER, 0)
        not_concerned = 0
        for count in counts:
            if count.is_concerned:
                sums[count.state] += count.n
            else:
                not_concerned += count.n
        return cls(sums, not_concerned)

    @property
    def planned(self) -> int:
        """The sum of all states: a delivery of somebody who is meant is in exactly one."""
        return sum(self.counts.values())

    @property
    def handed_over(self) -> int:
        """What a provider has taken, as far as anyone knows; with `lost` and `waiting` all."""
        return sum(self.counts[state] for state in HANDED_OVER - LOST)

    @property
    def lost(self) -> int:
        """What ended without anyone knowing that it got through, `unconfirmed` with it."""
        return sum(self.counts[state] for state in LOST)

    @property
    def unconfirmed(self) -> int:
        """The part of `lost` that may have got through: no receipt came in time."""
        return self.counts[State.UNCONFIRMED]

    @property
    def waiting(self) -> int:
        """What is still to be handed over, or to be tried again."""
        return self.counts[State.WAITING]

    def share(self, n: int) -> float:
        """`n` as a part of what was planned."""
        return n / self.planned if self.planned else 0.0

    @property
    def segments(self) -> list[BarSegment]:
        """The parts of the bar; small ones are widened at the cost of the largest."""
        widths = {
            state: max(100 * n / self.planned, LEAST) for state, n in self.counts.items() if n
        }
        if widths:
            widths[max(widths, key=lambda state: widths[state])] -= sum(widths.values()) - 100
        bar_segments, x = [], 0.0
        for state, width in widths.items():
            bar_segments.append(BarSegment(state, self.counts[state], round(x, 2), round(width, 2)))
            x += width
        return bar_segments


@dataclass(frozen=True, slots=True)
class ChannelStatus:
    """One channel: all its languages together, and each."""

    name: str
    whole: ChannelFigures
    languages: Sequence[tuple[Language, ChannelFigures]]
    times: Times | None

    @property
    def moving(self) -> bool:
        """Whether something is still to be handed over, so that its times are not final."""
        return self.whole.counts[State.WAITING] > 0

    @property
    def seconds_left(self) -> float | None:
        """Until 95 % will have left if it goes on as lately; None where that cannot be said."""
        times, whole = self.times, self.whole
        if not self.moving or times is None or times.counting or not times.per_second:
            return None
        left = MOST * whole.planned - (whole.planned - whole.waiting)
        return left / times.per_second if left > 0 else None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why deliveries of a channel wait, or did not get through."""

    channel: str
    state: State
    failure_reason: FailureReason
    n: int

    @property
    def systemic(self) -> bool:
        """Whether it stops everyone on this channel, and somebody should act now."""
        return self.failure_reason in SYSTEMIC


class WaitingFor(StrEnum):
    """What messages wait for whose attempt has left no reason, or that were never attempted."""

    RESUMPTION = "resumption"
    """Sending is stopped."""
    PROVIDER = "provider"
    """No provider of the channel has taken anything for SILENT_AFTER seconds."""
    TURN = "turn"


@dataclass(frozen=True, slots=True)
class Queued:
    """Messages of a channel that wait, where no attempt has left a reason."""

    channel: str
    n: int
    waiting_for: WaitingFor
    silent_for: int
    """Whole tens of seconds, from a minute on whole minutes, since a provider took anything."""
    per_second: float | None


@dataclass(frozen=True, slots=True)
class RouteFigures:
    """What one route of a channel did for an alert, in tries."""

    channel: str
    route: str
    taken: int
    put_off: int
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFigures:
    """What the board shows of one alert."""

    alert: Alert
    whole: ChannelFigures
    channels: Sequence[ChannelStatus]
    waiting: Sequence[Reason]
    queued: Sequence[Queued]
    lost: Sequence[Reason]
    ways: Sequence[RouteFigures]
    possible_duplicate: Mapping[str, int]
    """Channel -> how many may have come twice, because nobody could tell after a crash."""

    @property
    def counting(self) -> bool:
        """Whether the audience is still being counted, so that more will be planned."""
        return self.sending and any(
            channel_status.times and channel_status.times.counting
            for channel_status in self.channels
        )

    @property
    def over(self) -> bool:
        """Whether nothing more is to come."""
        return self.alert.over

    @property
    def sending(self) -> bool:
        """Whether messages are leaving."""
        return self.alert.state is AlertState.SENDING

    @property
    def step(self) -> int:
        """Per cent handed over, in steps coarse enough to be read out."""
        return int(100 * self.whole.share(self.whole.handed_over)) // STEP * STEP


def board(status: AlertStatus, now: datetime) -> AlertFigures:
    """The board of an alert as it stands."""
    times = {one.channel: one for one in status.times}
    by_channel: dict[str, list[Count]] = {name: [] for name in status.alert.channels}
    for count in status.counts:
        by_channel.setdefault(count.channel, []).append(count)
    reasons = _reasons(status.counts)
    return AlertFigures(
        alert=status.alert,
        whole=ChannelFigures.of(status.counts),
        channels=[
            ChannelStatus(
                name,
                ChannelFigures.of(counts),
                _languages(status.alert.languages, counts),
                times.get(name),
            )
            for name, counts in by_channel.items()
        ],
        waiting=[reason for reason in reasons if reason.state is State.WAITING],
        queued=[
            queued
            for name, counts in by_channel.items()
            if (queued := _queued(status.alert, name, counts, times.get(name), now))
        ],
        lost=[reason for reason in reasons if reason.state in LOST],
        ways=_ways(status.route_outcomes),
        possible_duplicate=status.possible_duplicate,
    )


def _queued(
    alert: Alert, channel: str, counts: Iterable[Count], times: Times | None, now: datetime
) -> Queued | None:
    """What of a channel waits without a reason of its own; None where nothing needs one."""
    n = sum(
        count.n for count in counts if count.state is State.WAITING and count.failure_reason is None
    )
    if not n or alert.sent_at is None:
        return None
    passed = (now - alert.sent_at).total_seconds()
    last = times.last if times else None
    silent = max(int(passed - (last or 0)), 0)
    if alert.state is AlertState.STOPPED:
        waiting_for = WaitingFor.RESUMPTION
    elif silent >= SILENT_AFTER:
        waiting_for = WaitingFor.PROVIDER
    elif passed >= QUIET_UNTIL:
        waiting_for = WaitingFor.TURN
    else:
        return None
    # Coarse: a page that watches is sent what changes.
    silent -= silent % (60 if silent >= 60 else 10)
    return Queued(channel, n, waiting_for, silent, times.per_second if times else None)


def _ways(outcomes: Iterable[RouteOutcomeCount]) -> list[RouteFigures]:
    sums: dict[tuple[str, str], Counter[str]] = {}
    for count in outcomes:
        if count.answer in HANDED_OVER:
            kind = "taken"
        else:
            kind = "put_off" if count.answer is State.WAITING else "refused"
        sums.setdefault((count.channel, count.route), Counter())[kind] += count.n
    return [
        RouteFigures(channel, route, found["taken"], found["put_off"], found["refused"])
        for (channel, route), found in sums.items()
    ]


def _languages(
    order: Sequence[Language], counts: Sequence[Count]
) -> Sequence[tuple[Language, ChannelFigures]]:
    languages = {count.language for count in counts}
    ranked = [*order, *(one for one in Language if one not in order)]
    return [
        (language, ChannelFigures.of(count for count in counts if count.language is language))
        for language in ranked
        if language in languages
    ]


def _reasons(counts: Iterable[Count]) -> list[Reason]:
    """By channel, state and reason; the gravest and the most frequent first."""
    sums: dict[tuple[str, State, FailureReason], int] = {}
    for count in counts:
        if count.failure_reason is not None and count.is_concerned:
            key = (count.channel, count.state, count.failure_reason)
            sums[key] = sums.get(key, 0) + count.n
    made = [Reason(*key, n) for key, n in sums.items()]
    return sorted(made, key=lambda reason: (not reason.systemic, -reason.n, reason.channel))
