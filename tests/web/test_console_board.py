"""A board's figures add up, and nothing on it is too small to see."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from alerting.actions.alerts.queries import AlertStatus
from alerting.cli import progress
from alerting.domain.alert import AlertState
from alerting.domain.channel import FailureReason
from alerting.domain.delivery import State
from alerting.domain.delivery_figures import Count, Times
from alerting.domain.language import Language
from alerting.i18n import translator_for
from alerting.web.api.deliveries.schemas import StatusOut
from alerting.web.console.alerts.status_figures import LEAST, ChannelFigures, WaitingFor, board
from alerting.web.pages import duration, hour, percent
from tests.doubles import NOON
from tests.make import alert

FR, DE = Language.FR, Language.DE
NOW = NOON + timedelta(minutes=2)


def line(counts: Mapping[State, int]) -> ChannelFigures:
    return ChannelFigures.of(Count("sms", FR, state, None, n) for state, n in counts.items())


STATUS = AlertStatus(
    alert(state=AlertState.SENDING, channels=("sms", "email")),
    [
        Count("email", FR, State.WAITING, FailureReason.DOWN, 30),
        Count("email", FR, State.ACCEPTED, None, 10),
        Count("sms", DE, State.DELIVERED, None, 5),
        Count("sms", FR, State.FAILED, FailureReason.ADDRESS_DEAD, 7),
        Count("sms", FR, State.FAILED, FailureReason.CONTENT, 2),
        Count("sms", DE, State.FAILED, FailureReason.ADDRESS_DEAD, 1),
        Count("sms", FR, State.UNCONFIRMED, FailureReason.NO_RECEIPT, 4),
    ],
    [],
)


def test_channels_and_languages_add_up_to_the_whole() -> None:
    shown = board(STATUS, NOW)
    assert shown.whole.planned == 59
    assert sum(channel.whole.planned for channel in shown.channels) == 59
    for channel in shown.channels:
        parts = [figures.counts for _, figures in channel.languages]
        for state in State:
            assert sum(part[state] for part in parts) == channel.whole.counts[state]


def test_it_says_what_the_present_rate_makes_of_the_time_to_nearly_all() -> None:
    paced = Times("email", 0.1, 1.0, 1.0, 1.0, 1.0, per_second=2.0)
    (_, email) = board(replace(STATUS, times=[paced]), NOW).channels
    assert email.seconds_left == pytest.approx((0.95 * 40 - 10) / 2)


@pytest.mark.parametrize(
    "times",
    [
        Times("email", None, None, None, None, None),
        Times("email", 0.1, 1.0, 1.0, 1.0, 1.0, per_second=2.0, counting=True),
        Times("sms", 0.1, 1.0, 1.0, 1.0, 1.0, per_second=2.0),
    ],
    ids=["nothing has left", "still counted", "nothing is left to send"],
)
def test_it_says_nothing_of_the_time_where_nobody_can_tell(times: Times) -> None:
    shown = board(replace(STATUS, times=[times]), NOW)
    assert [one.seconds_left for one in shown.channels] == [None, None]


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from(State), st.integers(0, 10**6)))
def test_what_the_headline_names_overlaps_nowhere_and_adds_up_to_what_was_planned(
    counts: dict[State, int],
) -> None:
    shown = line(counts)
    assert shown.handed_over + shown.lost + shown.waiting == shown.planned == sum(counts.values())
    assert 0 <= shown.unconfirmed <= shown.lost


def test_channels_and_languages_keep_the_alerts_order() -> None:
    shown = board(STATUS, NOW)
    assert [channel.name for channel in shown.channels] == ["sms", "email"]
    assert [language for language, _ in shown.channels[0].languages] == [FR, DE]


def test_what_somebody_can_act_on_comes_first() -> None:
    lost = [(one.failure_reason, one.n) for one in board(STATUS, NOW).lost]
    assert lost == [
        (FailureReason.CONTENT, 2),
        (FailureReason.ADDRESS_DEAD, 8),
        (FailureReason.NO_RECEIPT, 4),
    ]


def test_waiting_is_told_apart_from_lost() -> None:
    assert [(one.channel, one.n, one.systemic) for one in board(STATUS, NOW).waiting] == [
        ("email", 30, True)
    ]


@pytest.mark.parametrize(
    ("state", "passed", "last", "said"),
    [
        (AlertState.SENDING, 3, None, []),
        (AlertState.SENDING, 12, 11.0, [(WaitingFor.TURN, 0)]),
        (AlertState.SENDING, 40, 11.0, [(WaitingFor.PROVIDER, 20)]),
        (AlertState.SENDING, 200, None, [(WaitingFor.PROVIDER, 180)]),
        (AlertState.STOPPED, 200, 11.0, [(WaitingFor.RESUMPTION, 180)]),
    ],
    ids=["just begun", "on its way", "nothing leaves", "nothing ever left", "stopped"],
)
def test_whatever_waits_has_a_reason_and_a_stopped_alert_promises_nothing(
    state: AlertState, passed: int, last: float | None, said: list[tuple[WaitingFor, int]]
) -> None:
    sent = replace(alert(channels=("email",)), state=state, sent_at=NOON)
    counts = [
        Count("email", FR, State.WAITING, FailureReason.BUSY, 30),
        Count("email", FR, State.WAITING, None, 20),
        Count("email", DE, State.WAITING, None, 5),
    ]
    times = [Times("email", 0.1, 1.0, 1.0, 1.0, last, per_second=2.0)]
    status = AlertStatus(sent, counts, times if last else [])
    queued = board(status, NOON + timedelta(seconds=passed)).queued
    assert [(one.waiting_for, one.silent_for) for one in queued] == said
    assert all(one.n == 25 for one in queued)


@pytest.mark.parametrize(
    "counts",
    [
        pytest.param({State.DELIVERED: 1_000_000, State.FAILED: 1}, id="one in a million failed"),
        pytest.param(dict.fromkeys(State, 1), id="one of each"),
        pytest.param({State.WAITING: 3}, id="all alike"),
        pytest.param({State.DELIVERED: 999_990, State.FAILED: 5, State.WAITING: 5}, id="two few"),
    ],
)
def test_a_bar_is_full_and_shows_every_part(counts: dict[State, int]) -> None:
    parts = line(counts).segments
    assert sum(part.width for part in parts) == pytest.approx(100, abs=0.05)
    assert all(part.width >= LEAST for part in parts)
    ends = [part.x + part.width for part in parts]
    assert [part.x for part in parts[1:]] == pytest.approx(ends[:-1], abs=0.05)


def test_a_bar_of_nothing_is_empty() -> None:
    assert line({}).segments == []


@pytest.mark.parametrize(
    ("done", "planned", "shown"),
    [(0, 100_000, "0%"), (1, 100_000, "1%"), (99_999, 100_000, "99%"), (5, 5, "100%")],
)
def test_everything_means_everything(done: int, planned: int, shown: str) -> None:
    assert percent(translator_for("nl"), done / planned) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "–"),
        (0.418, "0,42 s"),
        (11.6, "12 s"),
        (59.7, "1 min"),
        (192, "3 min 12 s"),
        (3_599.8, "1 h"),
        (7_500, "2 h 05 min"),
        (86_400, "24 h"),
        (604_800, "7 jours"),
        (180_000, "2 jours 2 h"),
    ],
)
def test_a_time_is_told_in_what_matters(seconds: float | None, shown: str) -> None:
    assert duration(translator_for("fr"), seconds).replace("\u00a0", " ") == shown


@pytest.mark.parametrize(
    ("language", "shown"),
    [("nl", "7 dagen"), ("fr", "7 jours"), ("de", "7 Tage"), ("en", "7 days")],
)
def test_days_are_told_in_every_language(language: str, shown: str) -> None:
    assert duration(translator_for(language), 604_800).replace("\u00a0", " ") == shown


def test_an_hour_has_the_symbol_of_the_language() -> None:
    assert duration(translator_for("nl"), 86_400).replace("\u00a0", " ") == "24 u"


def test_an_hour_of_another_day_comes_with_its_date() -> None:
    words = translator_for("fr")
    assert hour(words, NOON, NOON) == "13:00"
    assert hour(words, NOON.replace(day=16), NOON) == "16 janv. 2030, 13:00"
    assert translator_for("de").moment(NOON) == "15. Jan. 2030, 13:00"
    assert words.moment(NOON, seconds=True) == "15 janv. 2030, 13:00:00"


def test_what_is_read_out_moves_in_coarse_steps() -> None:
    assert board(STATUS, NOW).step == 20  # 15 of 59: who is unconfirmed is among the lost


def test_who_is_left_out_on_purpose_is_in_no_sum() -> None:
    sent = replace(alert(channels=("sms",)), state=AlertState.ACTIVE, sent_at=NOON)
    counts = [
        Count("sms", FR, State.DELIVERED, None, 30),
        Count("sms", FR, State.EXPIRED, FailureReason.NEVER_ALERTED, 23),
    ]
    seen = board(AlertStatus(sent, counts, []), NOON)
    status = AlertStatus(sent, counts, [])
    shown = StatusOut.of(status)
    assert (shown.not_concerned, [(one.state, one.n) for one in shown.counts]) == (
        23,
        [("delivered", 30)],
    )
    assert progress.unreached(status) == 0
    terminal = Console(width=200, record=True, file=StringIO())
    terminal.print(progress.board(status, translator_for("fr")))
    said = terminal.export_text()
    assert "non concernés\N{NO-BREAK SPACE}: 23" in said
    assert "23" not in said.replace("non concernés\N{NO-BREAK SPACE}: 23", "")
    assert (seen.whole.planned, seen.whole.not_concerned, seen.whole.lost) == (30, 23, 0)
    assert seen.whole.share(seen.whole.handed_over) == 1
    assert not seen.lost
