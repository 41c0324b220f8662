"""The history on an alert's page says what is news, each thing once."""

import pytest

from alerting.domain.ledger import SERVICE, LedgerEntry
from alerting.web.console.alerts.history import without_repeats
from tests.doubles import NOON

F, S, R = "alert.finished", "alert.sent", "alert.retried"


def entry(seq: int, what: str) -> LedgerEntry:
    return LedgerEntry(
        seq=seq,
        at=NOON,
        kind=SERVICE.kind,
        person=0,
        by=SERVICE.name,
        credential=0,
        network="",
        authority="",
        what=what,
        about="alert/1",
        details={},
        previous="",
        hash="",
    )


@pytest.mark.parametrize(
    ("happened", "told"),
    [
        ([S, F, F, F], [1, 4]),
        ([S, F, "deliveries.exported", F], [1, 3, 4]),
        ([S, F, R, F], [1, 2, 3, 4]),
        ([S], [1]),
    ],
    ids=["late receipts", "something between", "tried again", "not finished"],
)
def test_that_all_is_finished_is_told_as_it_was_last(happened: list[str], told: list[int]) -> None:
    entries = [entry(seq, what) for seq, what in enumerate(happened, 1)]
    assert [one.seq for one in without_repeats(entries)] == told
