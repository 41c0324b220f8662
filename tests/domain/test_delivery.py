"""When a provider says "not now", we wait as long as it asked, but never past expiry."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.domain.channel import (
    Accepted,
    Arrived,
    Deferred,
    Lost,
    Outcome,
    Refused,
    Tracking,
    Trouble,
    Underway,
)
from alerting.domain.delivery import (
    FINAL,
    LONGEST_PAUSE,
    LONGEST_WAIT,
    MAY_FOLLOW,
    Key,
    State,
    after_receipt,
    pause,
    settle,
)
from tests.doubles import NOON

ONE_PM = NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    ("outcome", "tracking", "state"),
    [
        pytest.param(Accepted("r"), Tracking.RECEIPTS, State.SENT, id="a receipt will come"),
        pytest.param(Accepted("r"), Tracking.ACCEPTANCE, State.ACCEPTED, id="nothing more comes"),
        pytest.param(Accepted("r"), Tracking.PUBLICATION, State.DELIVERED, id="taken is published"),
        pytest.param(Refused(Trouble.CONTENT), Tracking.RECEIPTS, State.FAILED, id="no is no"),
        pytest.param(Deferred(Trouble.BUSY), Tracking.RECEIPTS, State.WAITING, id="busy waits"),
        pytest.param(
            Refused(Trouble.CONFIGURATION),
            Tracking.RECEIPTS,
            State.WAITING,
            id="a wrong password is mended, not the end",
        ),
        pytest.param(
            Deferred(Trouble.BUSY, "", timedelta(hours=2)),
            Tracking.RECEIPTS,
            State.WAITING,
            id="asked to wait past the end, it asks again before",
        ),
    ],
)
def test_an_outcome_settles_a_delivery(outcome: Outcome, tracking: Tracking, state: State) -> None:
    verdict = settle(outcome, tracking=tracking, tries=1, now=NOON, expires=ONE_PM, jitter=0.5)
    assert verdict.state is state


def test_what_could_no_longer_help_is_expired() -> None:
    soon = NOON + timedelta(minutes=10)
    asked = Deferred(Trouble.BUSY, "", timedelta(minutes=12))
    verdict = settle(asked, tracking=Tracking.RECEIPTS, tries=1, now=NOON, expires=soon, jitter=0.5)
    assert (verdict.state, verdict.try_again_at) == (State.EXPIRED, None)


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_pauses_grow_but_never_without_bound(tries: int, jitter: float) -> None:
    assert timedelta() < pause(tries, jitter=jitter) <= LONGEST_PAUSE
    assert pause(tries + 1, jitter=0) >= pause(tries, jitter=0)


@given(
    st.integers(1, 30),
    st.integers(0, 7200),
    st.floats(0, 1, exclude_max=True),
)
def test_a_retry_is_never_before_its_time_nor_after_the_end(
    tries: int, asked: int, jitter: float
) -> None:
    verdict = settle(
        Deferred(Trouble.BUSY, "", timedelta(seconds=asked)),
        tracking=Tracking.ACCEPTANCE,
        tries=tries,
        now=NOON,
        expires=ONE_PM,
        jitter=jitter,
    )
    if verdict.try_again_at is None:
        assert verdict.state is State.EXPIRED
    else:
        longest = min(timedelta(seconds=asked), LONGEST_WAIT)
        assert NOON + longest <= verdict.try_again_at < ONE_PM


receipts = st.lists(
    st.sampled_from([Arrived("k"), Lost("k", Trouble.UNREACHABLE), Underway("k")]), max_size=6
)


@given(st.sampled_from(State), receipts)
def test_receipts_only_take_steps_the_table_allows(
    state: State, burst: list[Arrived | Lost | Underway]
) -> None:
    for receipt in burst:
        if verdict := after_receipt(state, receipt):
            assert verdict.state in MAY_FOLLOW[state]
            state = verdict.state


def test_what_a_provider_has_settled_stays_settled() -> None:
    assert after_receipt(State.DELIVERED, Lost("k", Trouble.UNREACHABLE)) is None
    assert after_receipt(State.FAILED, Arrived("k")) is None


def test_waiting_and_sent_are_not_the_end() -> None:
    assert State.WAITING not in FINAL
    assert State.SENT not in FINAL


@given(st.integers(0, 2**63 - 1), st.sampled_from(["sms", "email", "x"]), st.integers(0, 2**63 - 1))
def test_a_key_reads_back(alert: int, channel: str, recipient: int) -> None:
    key = Key(alert, channel, recipient)
    if len(str(alert)) < 19 and len(str(recipient)) < 19:
        assert Key.parse(str(key)) == key


@pytest.mark.parametrize("text", ["", "1", "1.sms", "1.sms.", "a.sms.1", "1.s ms.1", "1.sms.1.1"])
def test_what_is_no_key_is_none(text: str) -> None:
    assert Key.parse(text) is None
