"""When a provider says "not now", we wait as long as it asked, but never past expiry."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.domain.channel import (
    Accepted,
    Deferred,
    Delivered,
    FailureReason,
    InProgress,
    Outcome,
    Refused,
    Tracking,
    Undelivered,
)
from alerting.domain.delivery import (
    FINAL,
    LONGEST_PAUSE,
    LONGEST_WAIT,
    MAY_FOLLOW,
    Attempt,
    DeliveryKey,
    State,
    Verdict,
    after_receipt,
    attempt_of,
    pause,
    settle,
    written_off,
)
from alerting.domain.language import Language
from alerting.store.deliveries.changes import LockedDelivery
from tests.doubles import NOON

ONE_PM = NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    ("outcome", "tracking", "state"),
    [
        pytest.param(Accepted("r"), Tracking.RECEIPTS, State.SENT, id="a receipt will come"),
        pytest.param(Accepted("r"), Tracking.ACCEPTANCE, State.ACCEPTED, id="nothing more comes"),
        pytest.param(Accepted("r"), Tracking.PUBLICATION, State.DELIVERED, id="taken is published"),
        pytest.param(
            Refused(FailureReason.CONTENT), Tracking.RECEIPTS, State.FAILED, id="no is no"
        ),
        pytest.param(
            Deferred(FailureReason.BUSY), Tracking.RECEIPTS, State.WAITING, id="busy waits"
        ),
        pytest.param(
            Refused(FailureReason.CONFIGURATION),
            Tracking.RECEIPTS,
            State.WAITING,
            id="a wrong password is mended, not the end",
        ),
        pytest.param(
            Deferred(FailureReason.BUSY, "", timedelta(hours=2)),
            Tracking.RECEIPTS,
            State.WAITING,
            id="asked to wait past the end, it asks again before",
        ),
    ],
)
def test_an_outcome_settles_a_delivery(outcome: Outcome, tracking: Tracking, state: State) -> None:
    verdict = settle(outcome, tracking=tracking, attempts=1, now=NOON, expires=ONE_PM, jitter=0.5)
    assert verdict.state is state


def test_what_could_no_longer_help_is_expired() -> None:
    soon = NOON + timedelta(minutes=10)
    asked = Deferred(FailureReason.BUSY, "", timedelta(minutes=12))
    verdict = settle(
        asked, tracking=Tracking.RECEIPTS, attempts=1, now=NOON, expires=soon, jitter=0.5
    )
    assert (verdict.state, verdict.next_attempt_at) == (State.EXPIRED, None)


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_pauses_grow_but_never_without_bound(attempts: int, jitter: float) -> None:
    assert timedelta() < pause(attempts, jitter=jitter) <= LONGEST_PAUSE
    assert pause(attempts + 1, jitter=0) >= pause(attempts, jitter=0)


@given(
    st.integers(1, 30),
    st.integers(0, 7200),
    st.floats(0, 1, exclude_max=True),
)
def test_a_retry_is_never_before_its_time_nor_after_the_end(
    attempts: int, asked: int, jitter: float
) -> None:
    verdict = settle(
        Deferred(FailureReason.BUSY, "", timedelta(seconds=asked)),
        tracking=Tracking.ACCEPTANCE,
        attempts=attempts,
        now=NOON,
        expires=ONE_PM,
        jitter=jitter,
    )
    if verdict.next_attempt_at is None:
        assert verdict.state is State.EXPIRED
    else:
        longest = min(timedelta(seconds=asked), LONGEST_WAIT)
        assert NOON + longest <= verdict.next_attempt_at < ONE_PM


receipts = st.lists(
    st.sampled_from(
        [
            Delivered("k", "r"),
            Undelivered("k", "r", FailureReason.UNREACHABLE),
            InProgress("k", "r"),
        ]
    ),
    max_size=6,
)


@given(st.sampled_from(State), receipts)
def test_receipts_only_take_steps_the_table_allows(
    state: State, burst: list[Delivered | Undelivered | InProgress]
) -> None:
    for receipt in burst:
        if verdict := after_receipt(state, receipt):
            assert verdict.state in MAY_FOLLOW[state]
            state = verdict.state


def test_what_arrived_stays_so_and_what_was_lost_may_still_arrive() -> None:
    assert after_receipt(State.DELIVERED, Undelivered("k", "r", FailureReason.UNREACHABLE)) is None
    assert after_receipt(State.FAILED, Delivered("k", "r")) == Verdict(State.DELIVERED)


def cells(line: str) -> list[str]:
    return [cell.strip().strip("`") for cell in line.strip("|\n").split("|")]


def test_the_documentation_has_the_table_of_what_a_receipt_changes() -> None:
    text = Path("docs/routes.md").read_text("utf-8")
    rows = text[text.index("| state |") :].split("\n\n")[0].splitlines()[2:]
    documented = {State(state): changes for state, *changes in map(cells, rows)}
    assert documented.keys() == set(State)
    told = (Delivered("k", "r"), Undelivered("k", "r", FailureReason.UNREACHABLE))
    for state, changes in documented.items():
        verdicts = [
            after_receipt(state, receipt, of_latest_attempt=latest)
            for latest in (True, False)
            for receipt in told
        ]
        assert changes == [one.state if one else "–" for one in verdicts], state


def test_a_receipt_speaks_of_the_try_with_its_reference_or_of_one_without() -> None:
    latest = Attempt("twilio", "SM2", in_doubt=False)
    unanswered = Attempt("twilio", "", in_doubt=True, number=2)
    elsewhere = Attempt("gateway", "B1", in_doubt=False, number=1)
    attempts = [latest, unanswered, elsewhere]
    assert attempt_of(attempts, "twilio", "SM2") == latest
    assert attempt_of(attempts, "twilio", "SM1") == unanswered
    assert attempt_of(attempts, "gateway", "B1") == elsewhere
    assert attempt_of(attempts, "gateway", "SM2") is None
    assert attempt_of(attempts, "twilio", "") is None
    assert attempt_of([Attempt("twilio", "", in_doubt=False)], "twilio", "SM1") is None


def test_what_was_never_tried_is_no_try() -> None:
    key = DeliveryKey(1, "sms", 1)
    for state in (State.WAITING, State.EXPIRED):
        standing = LockedDelivery(key, state, Language.FR, "")
        assert attempt_of([standing.latest_attempt], "twilio", "SM1") is None


def test_what_may_have_got_through_is_never_said_not_to_be_sent() -> None:
    assert written_off(FailureReason.TOO_LATE, in_doubt=False) == Verdict(
        State.EXPIRED, FailureReason.TOO_LATE
    )
    for reason in FailureReason:
        assert written_off(reason, in_doubt=True).state is State.UNCONFIRMED
    soon = NOON + timedelta(milliseconds=1)
    verdict = settle(
        Deferred(FailureReason.UNCLEAR),
        tracking=Tracking.RECEIPTS,
        attempts=1,
        now=NOON,
        expires=soon,
        jitter=0.5,
    )
    assert verdict.state is State.UNCONFIRMED


def test_waiting_and_sent_are_not_the_end() -> None:
    assert State.WAITING not in FINAL
    assert State.SENT not in FINAL


@given(st.integers(0, 2**63 - 1), st.sampled_from(["sms", "email", "x"]), st.integers(0, 2**63 - 1))
def test_a_key_reads_back(alert: int, channel: str, recipient: int) -> None:
    key = DeliveryKey(alert, channel, recipient)
    if len(str(alert)) < 19 and len(str(recipient)) < 19:
        assert DeliveryKey.parse(str(key)) == key


@pytest.mark.parametrize("text", ["", "1", "1.sms", "1.sms.", "a.sms.1", "1.s ms.1", "1.sms.1.1"])
def test_a_text_that_is_no_key_is_read_as_none(text: str) -> None:
    assert DeliveryKey.parse(text) is None
