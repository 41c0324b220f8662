"""Whose turn it is: the urgent first, a newcomer at once, and nobody urgent never."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.domain.alert import AlertClass, FollowUp, Precedence, Urgency
from alerting.domain.turns import SHARED_TURN, Turn, Turns
from tests.make import HAZARD, alert

URGENT = [precedence for precedence in Precedence if precedence is not Precedence.ROUTINE]
kinds = st.sampled_from(Precedence)
histories = st.lists(st.sets(st.builds(Turn, kinds, st.integers(1, 5)), min_size=1), max_size=20)


def after(history: list[set[Turn]]) -> tuple[Turns, set[Turn]]:
    """Turns were taken by those who waited, one each time; who had one."""
    turns, had = Turns(), set()
    for waiting in history:
        first = turns.first(waiting)
        assert first in waiting
        turns.take(first)
        had.add(first)
    return turns, had


@given(histories, st.sampled_from(URGENT))
def test_an_urgent_alert_that_had_no_turn_yet_has_the_next_one(
    history: list[set[Turn]], precedence: Precedence
) -> None:
    turns, had = after(history)
    assert turns.first({*had, Turn(precedence, 99)}) == Turn(precedence, 99)


@given(histories, st.sets(st.builds(Turn, kinds, st.integers(1, 5)), min_size=1))
def test_routine_work_goes_only_where_nothing_urgent_waits(
    history: list[set[Turn]], waiting: set[Turn]
) -> None:
    turns, _ = after(history)
    first = turns.first(waiting)
    assert first is not None
    assert first.urgent or not any(turn.urgent for turn in waiting)


@given(histories, st.sets(st.builds(Turn, st.sampled_from(URGENT), st.integers(1, 5)), min_size=1))
def test_nobody_urgent_waits_for_more_than_a_round_of_shared_turns(
    history: list[set[Turn]], waiting: set[Turn]
) -> None:
    turns, _ = after(history)
    served: Counter[Turn] = Counter()
    for _ in range(SHARED_TURN * len(waiting)):
        first = turns.first(waiting)
        assert first is not None
        turns.take(first)
        served[first] += 1
    assert set(served) == waiting


@given(histories)
def test_three_of_four_turns_are_those_of_the_highest_precedence(history: list[set[Turn]]) -> None:
    turns, _ = after(history)
    retraction, alert = Turn(Precedence.RETRACTION, 98), Turn(Precedence.ALERT, 99)
    for turn in (retraction, alert):
        turns.take(turn)
    taken = []
    for _ in range(SHARED_TURN * 3):
        first = turns.first({retraction, alert})
        assert first is not None
        turns.take(first)
        taken.append(first)
    assert taken.count(retraction) >= 2 * taken.count(alert)


def test_equals_take_turns_one_by_one() -> None:
    turns, equals = Turns(), [Turn(Precedence.ALERT, number) for number in (1, 2, 3)]
    order = []
    for _ in range(9):
        first = turns.first(equals)
        assert first is not None
        turns.take(first)
        order.append(first.alert)
    assert order == [1, 2, 3] * 3


def test_of_newcomers_the_order_is_retraction_update_alert_routine() -> None:
    turns, waiting = Turns(), {Turn(precedence, 1) for precedence in Precedence}
    order = []
    while waiting:
        first = turns.first(waiting)
        assert first is not None
        turns.take(first)
        waiting.discard(first)
        order.append(first.precedence)
    assert order == [*URGENT, Precedence.ROUTINE]


def test_nobody_waits() -> None:
    assert Turns().first([]) is None


@pytest.mark.parametrize(
    ("changes", "precedence"),
    [
        ({}, Precedence.ALERT),
        ({"previous_alert": 1, "follow_up": FollowUp.UPDATE}, Precedence.UPDATE),
        ({"previous_alert": 1, "follow_up": FollowUp.CORRECTION}, Precedence.UPDATE),
        ({"previous_alert": 1, "follow_up": FollowUp.ALL_CLEAR}, Precedence.UPDATE),
        ({"previous_alert": 1, "follow_up": FollowUp.FALSE_ALERT}, Precedence.RETRACTION),
        ({"hazard": replace(HAZARD, urgency=Urgency.FUTURE)}, Precedence.ROUTINE),
        (
            {
                "hazard": replace(HAZARD, urgency=Urgency.PAST),
                "previous_alert": 1,
                "follow_up": FollowUp.ALL_CLEAR,
            },
            Precedence.UPDATE,
        ),
        ({"alert_class": AlertClass.EXERCISE}, Precedence.ROUTINE),
        (
            {
                "alert_class": AlertClass.TEST,
                "previous_alert": 1,
                "follow_up": FollowUp.FALSE_ALERT,
            },
            Precedence.ROUTINE,
        ),
    ],
)
def test_what_goes_before_what(changes: dict[str, Any], precedence: Precedence) -> None:
    assert replace(alert(), **changes).precedence is precedence
