"""Several ways to one channel: work moves to the healthy ones, and a person's word wins."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from alerting.domain.channel import FAULTS, Accepted, Deferred, FailureReason, Fault, Outcome
from alerting.domain.route import (
    CERTAIN,
    FIRST_PAUSE,
    IDLE,
    LEAST_PORTION,
    LONGEST_PAUSE,
    MIN_MESSAGES_TO_JUDGE,
    PORTION_SECONDS,
    Breaker,
    Health,
    Override,
    Sample,
    choose_route,
    portion,
    weights,
)
from tests.doubles import NOON

SECOND = timedelta(seconds=1)


def health(route: str = "one", **more: object) -> Health:
    return replace(Health(channel="sms", route=route), **more)  # type: ignore[arg-type]


def sample(n: int = 100, errors: int = 0, failure_reason: FailureReason | None = None) -> Sample:
    return Sample(n=n, errors=errors, seconds=n * 0.1, failure_reason=failure_reason)


healths = st.lists(
    st.builds(
        health,
        st.sampled_from("abcdefgh"),
        breaker=st.sampled_from([Breaker.CLOSED, Breaker.OPEN]),
        weight=st.floats(0, 10),
        error_share=st.floats(0, 1),
        latency=st.floats(0, 30),
        interval=st.floats(0, 30),
        open_until=st.none() | st.integers(-60, 25).map(lambda s: NOON + s * SECOND),
        override=st.sampled_from(Override),
    ),
    unique_by=lambda one: one.route,
    min_size=1,
    max_size=6,
)


@given(healths)
def test_shares_add_up_to_all_the_work_whenever_there_is_a_way(found: list[Health]) -> None:
    portions = weights(found, now=NOON)
    usable = {one.route for one in found if one.usable(now=NOON)}
    assert bool(portions) == bool(usable)
    if portions:
        assert sum(portions.values()) == pytest.approx(1)
        assert all(portion > 0 for portion in portions.values())
    assert set(portions) <= usable


@given(healths, st.floats(0, 1, exclude_max=True))
def test_what_is_picked_may_be_used(found: list[Health], dice: float) -> None:
    picked = choose_route(found, now=NOON, dice=dice)
    assert (picked is None) == (not weights(found, now=NOON))
    assert picked is None or picked in weights(found, now=NOON)


@given(healths)
def test_an_open_breaker_gets_nothing_before_its_pause_is_over(found: list[Health]) -> None:
    portions = weights(found, now=NOON)
    for one in found:
        waits = one.breaker is Breaker.OPEN and one.open_until is not None and one.open_until > NOON
        if waits and one.override is not Override.ON:
            assert one.route not in portions


@given(healths)
def test_a_persons_word_wins(found: list[Health]) -> None:
    portions = weights(found, now=NOON)
    for one in found:
        if one.override is Override.OFF:
            assert one.route not in portions
        if one.override is Override.ON:
            assert one.usable(now=NOON)
            assert one.route in portions or one.weight == 0


def test_a_route_without_weight_is_used_when_no_other_is_left() -> None:
    first, last = health("a"), health("b", weight=0.0)
    assert weights([first, last], now=NOON) == {"a": 1}
    gone = replace(first, breaker=Breaker.OPEN, open_until=NOON + SECOND)
    assert weights([gone, last], now=NOON) == {"b": 1}


@given(st.floats(0, 1), st.floats(0, 1))
def test_work_moves_away_from_errors(one: float, other: float) -> None:
    assume(one < other)
    portions = weights([health("a", error_share=one), health("b", error_share=other)], now=NOON)
    assert portions["a"] >= portions["b"]


@given(st.floats(0.001, 30), st.floats(0.001, 30))
def test_work_moves_to_the_quicker_one(one: float, other: float) -> None:
    assume(one < other)
    portions = weights([health("a", interval=one), health("b", interval=other)], now=NOON)
    assert portions["a"] >= portions["b"]


@given(st.integers(1, 500), st.floats(0.0001, 60), st.integers(1, 500))
def test_a_route_holds_about_a_seconds_work_where_others_could_take_it(
    n: int, elapsed: float, left: int
) -> None:
    seen = health().observe(Sample(n=n, errors=0, seconds=1, elapsed=elapsed), now=NOON)
    piece = min(left, portion(seen, untried=left))
    assert 1 <= piece <= left
    assert piece <= LEAST_PORTION or piece * seen.interval <= PORTION_SECONDS * (1 + 1e-9)


def test_what_a_route_gets_before_it_was_tried_is_what_its_settings_allow() -> None:
    assert portion(health(), untried=32) == 32


@given(few=st.integers(1, 7), many=st.integers(20, 500))
def test_a_few_errors_before_many_that_went_well_suspend_no_route(few: int, many: int) -> None:
    busy = Sample(n=few, errors=few, seconds=1, failure_reason=FailureReason.BUSY)
    seen = health().observe(busy, now=NOON).observe(Sample(n=many, errors=0, seconds=1), now=NOON)
    assert seen.breaker is Breaker.CLOSED
    assert seen.error_share <= few / (few + many) + 1e-9


def test_receipts_which_took_no_time_make_no_route_quicker() -> None:
    slow = health().observe(Sample(n=100, errors=0, seconds=200, elapsed=100), now=NOON)
    told = slow.observe(Sample(n=1_000, errors=0, seconds=0), now=NOON)
    assert (told.latency, told.interval) == (slow.latency, slow.interval) == (2, 1)


def test_weights_are_kept_between_equals() -> None:
    portions = weights([health("a", weight=3.0), health("b", weight=1.0)], now=NOON)
    assert portions == {"a": pytest.approx(0.75), "b": pytest.approx(0.25)}


def test_too_few_messages_say_little() -> None:
    seen = health().observe(
        sample(MIN_MESSAGES_TO_JUDGE - 1, MIN_MESSAGES_TO_JUDGE - 1, FailureReason.BUSY), now=NOON
    )
    assert seen.breaker is Breaker.CLOSED
    assert seen.error_share == 1


def test_half_of_many_failing_is_too_much() -> None:
    seen = health().observe(
        sample(MIN_MESSAGES_TO_JUDGE, MIN_MESSAGES_TO_JUDGE // 2, FailureReason.BUSY), now=NOON
    )
    assert seen.breaker is Breaker.OPEN
    assert seen.open_until == NOON + FIRST_PAUSE


@pytest.mark.parametrize("failure_reason", [FailureReason.DOWN, FailureReason.CONFIGURATION])
@pytest.mark.parametrize("n", [1, CERTAIN], ids=["a probe", "messages"])
def test_nobody_there_needs_no_second_look(failure_reason: FailureReason, n: int) -> None:
    found = replace(sample(n, n, failure_reason), probed=n == 1)
    seen = health().observe(found, now=NOON)
    assert not seen.usable(now=NOON)
    assert seen.failure_reason is failure_reason


def test_each_pause_is_longer_but_none_is_long() -> None:
    one, now = health(), NOON
    pauses = []
    for _ in range(6):
        one = one.observe(sample(CERTAIN, CERTAIN, FailureReason.DOWN), now=now)
        assert one.open_until is not None
        pauses.append(one.open_until - now)
        now = one.open_until
        assert one.breaker_at(now=now) is Breaker.HALF_OPEN
    assert pauses == sorted(pauses)
    assert pauses[0] == FIRST_PAUSE
    assert pauses[-1] == LONGEST_PAUSE


def test_one_try_that_goes_well_brings_it_back() -> None:
    sick = health().observe(sample(CERTAIN, CERTAIN, FailureReason.DOWN), now=NOON)
    well = sick.observe(sample(5), now=NOON + LONGEST_PAUSE)
    assert well.breaker_at(now=NOON) is Breaker.CLOSED
    assert (well.error_share, well.failure_reason, well.pauses) == (0, None, 0)


def test_a_pause_set_by_a_clock_that_was_wrong_is_over() -> None:
    ahead = health(breaker=Breaker.OPEN, open_until=NOON + timedelta(days=400))
    assert ahead.usable(now=NOON)


def test_an_idle_route_is_probed() -> None:
    assert health().wants_probe(now=NOON)
    used = health().observe(sample(), now=NOON)
    assert not used.wants_probe(now=NOON + IDLE - SECOND)
    assert used.wants_probe(now=NOON + IDLE)


PROBES = st.builds(
    lambda reason: replace(sample(1, int(reason is not None), reason), probed=True, seconds=0),
    st.sampled_from([None, FailureReason.DOWN, FailureReason.CONFIGURATION, FailureReason.UNCLEAR]),
)
FAILING = PROBES.filter(lambda probe: probe.errors > 0)


@given(probes=st.lists(st.tuples(FAILING, st.integers(0, 59)), max_size=30))
def test_no_probe_suspends_a_route_whose_messages_were_just_taken(
    probes: list[tuple[Sample, int]],
) -> None:
    used = health().observe(sample(5), now=NOON)
    for probe, seconds in probes:
        assert used.observe(probe, now=NOON + seconds * SECOND) == used
        assert sample(5).plus(probe) == probe.plus(sample(5)) == sample(5)


@given(probes=st.lists(st.tuples(FAILING, st.integers(0, 120)), max_size=30))
def test_no_probe_puts_off_the_trial_of_a_suspended_route(
    probes: list[tuple[Sample, int]],
) -> None:
    """Whatever probes say, messages are tried when the pause is over, and bring it back."""
    sick = health().observe(sample(CERTAIN, CERTAIN, FailureReason.DOWN), now=NOON)
    now, one = NOON, sick
    for probe, seconds in probes:
        now += seconds * SECOND
        one = one.observe(probe, now=now)
        assert one.open_until == sick.open_until
        assert one.usable(now=now) is (now >= NOON + FIRST_PAUSE)
    assert one.observe(sample(5), now=NOON + LONGEST_PAUSE).breaker is Breaker.CLOSED


@given(seconds=st.lists(st.integers(5, 30), max_size=20))
def test_while_messages_are_tried_no_probe_ends_a_suspension_that_messages_began(
    seconds: list[int],
) -> None:
    """A relay may greet well, and be silent to every message."""
    one = health().observe(sample(CERTAIN, CERTAIN, FailureReason.DOWN), now=NOON)
    answered = replace(sample(1), probed=True)
    for more in seconds:
        assert one.open_until is not None
        now = one.open_until + more * SECOND
        one = one.observe(answered, now=now)
        assert one.breaker_at(now=now) is Breaker.HALF_OPEN
        one = one.observe(sample(5, 5, FailureReason.DOWN), now=now)
    assert one.breaker is Breaker.OPEN


def test_where_nothing_is_tried_a_probe_brings_a_route_back_and_its_past_is_remembered() -> None:
    one = health().observe(sample(CERTAIN, CERTAIN, FailureReason.DOWN), now=NOON)
    back = one.observe(replace(sample(1), probed=True), now=NOON + FIRST_PAUSE + IDLE)
    assert back.breaker is Breaker.CLOSED
    assert weights([back, health("other")], now=NOON)["one"] < 0.25
    assert back.observe(sample(5), now=NOON).error_share == 0


def test_a_probe_ends_what_a_probe_began() -> None:
    fails = replace(sample(1, 1, FailureReason.DOWN), probed=True)
    one = health().observe(fails, now=NOON)
    assert one.breaker is Breaker.OPEN
    back = one.observe(replace(sample(1), probed=True), now=NOON + FIRST_PAUSE)
    assert back.breaker is Breaker.CLOSED


def test_a_suspended_route_is_not_probed_each_second() -> None:
    one = health().observe(sample(CERTAIN, CERTAIN, FailureReason.DOWN), now=NOON)
    fails = replace(sample(1, 1, FailureReason.DOWN), probed=True)
    asked = []
    for second in range(120):
        now = NOON + second * SECOND
        if one.wants_probe(now=now):
            asked.append(second)
            one = one.observe(fails, now=now)
    assert asked[0] == FIRST_PAUSE.total_seconds()
    assert len(asked) <= 7
    assert max(b - a for a, b in pairwise(asked)) <= 30


def test_nothing_seen_changes_nothing() -> None:
    assert health().observe(sample(0), now=NOON) == health()


@given(st.lists(st.tuples(st.integers(1, 500), st.integers(0, 500)), max_size=20))
def test_an_error_share_stays_a_share(seen: list[tuple[int, int]]) -> None:
    one = health()
    for n, errors in seen:
        one = one.observe(sample(n, min(n, errors), FailureReason.BUSY), now=NOON)
        assert 0 <= one.error_share <= 1
        assert one.latency >= 0


OF_THE_ROUTE = sorted(reason for reason, fault in FAULTS.items() if fault is Fault.ROUTE)


@given(
    reason=st.sampled_from(OF_THE_ROUTE),
    few=st.integers(1, CERTAIN - 1),
    taken=st.integers(MIN_MESSAGES_TO_JUDGE, 200),
    later=st.lists(
        st.tuples(st.booleans(), st.integers(0, CERTAIN - 1), st.integers(0, 5)), max_size=60
    ),
)
def test_the_same_few_that_fail_again_and_again_close_no_route_that_takes_others(
    reason: FailureReason, few: int, taken: int, later: list[tuple[bool, int, int]]
) -> None:
    """Each batch: an alert to all of those few and more, or some that are tried again."""
    bad: list[Outcome] = [Deferred(reason)]
    good: list[Outcome] = [Accepted("a")]
    one = health().observe(Sample.of(bad * few + good * taken, seconds=1), now=NOON)
    for another, failing, others in later:
        if another:
            found = Sample.of(bad * few + good * (few + 1 + others), seconds=1)
        else:
            found = Sample.of(good * others, bad * min(failing, few), seconds=1)
        one = one.observe(found, now=NOON)
        assert one.breaker is Breaker.CLOSED


@given(st.sampled_from(OF_THE_ROUTE), st.integers(1, 500))
def test_what_was_tried_in_vain_before_says_nothing_of_a_route_being_tried(
    reason: FailureReason, n: int
) -> None:
    sick = health().observe(sample(CERTAIN, CERTAIN, FailureReason.DOWN), now=NOON)
    later = NOON + FIRST_PAUSE
    tried = sick.observe(Sample.of([], [Deferred(reason)] * n, seconds=n), now=later)
    assert tried.breaker_at(now=later) is Breaker.HALF_OPEN
    taken = sick.observe(Sample.of([], [Deferred(reason), Accepted("a")], seconds=1), now=later)
    assert taken.breaker is Breaker.CLOSED
