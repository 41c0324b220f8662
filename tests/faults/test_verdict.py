"""The judge of the trials misses nothing: each fault that a trial looks for makes it fail."""

from collections import Counter
from dataclasses import replace

from alerting.domain.delivery import DeliveryKey, State
from tests.faults.verdict import Witness, judge

FIRST, SECOND = DeliveryKey(1, "email", 1), DeliveryKey(1, "email", 2)
GOOD = Witness(
    finished=True,
    ends={FIRST: State.ACCEPTED, SECOND: State.ACCEPTED},
    possible_duplicate=frozenset(),
    perhaps_counted=0,
    counted=Counter({State.ACCEPTED: 2}),
    open_chunks=0,
    ledger_broken=None,
)
ONCE = {FIRST: 1, SECOND: 1}


def test_when_all_is_well_nothing_is_found() -> None:
    verdict = judge(GOOD, ONCE, expected=2)
    assert verdict.sound
    assert verdict.lines()["wrong"] == "nothing"


def test_what_no_provider_has_heard_of_is_lost() -> None:
    verdict = judge(GOOD, {FIRST: 1}, expected=2)
    assert (verdict.sound, verdict.lost) == (False, [SECOND])


def test_what_came_twice_must_be_counted() -> None:
    twice = {FIRST: 2, SECOND: 1}
    verdict = judge(GOOD, twice, expected=2)
    assert (verdict.sound, verdict.uncounted) == (False, [FIRST])
    known = replace(GOOD, possible_duplicate=frozenset({FIRST}), perhaps_counted=1)
    verdict = judge(known, twice, expected=2)
    assert verdict.sound
    assert verdict.twice == Counter(email=1)
    assert not judge(replace(known, perhaps_counted=0), twice, expected=2).sound


def test_every_sum_must_match() -> None:
    for fault in (
        {"finished": False},
        {"counted": Counter({State.ACCEPTED: 1})},
        {"open_chunks": 1},
        {"ledger_broken": "entry 7"},
        {"ends": {FIRST: State.ACCEPTED, SECOND: State.WAITING}},
    ):
        assert not judge(replace(GOOD, **fault), ONCE, expected=2).sound, fault
    assert not judge(GOOD, ONCE, expected=3).sound
    assert not judge(GOOD, {**ONCE, DeliveryKey(2, "sms", 9): 1}, expected=2).sound
