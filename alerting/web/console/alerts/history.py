"""What a page tells of an alert's history."""

from collections.abc import Iterable

from alerting.domain.ledger import LedgerEntry

FINISHED = "alert.finished"
SENDS = frozenset({"alert.sent", "alert.retried", "alert.resumed"})
"""After these, that all is finished is news."""


def without_repeats(history: Iterable[LedgerEntry]) -> list[LedgerEntry]:
    """Entries, in order; that all is finished only as it was last, once for each act that sends.

    A receipt that comes late opens a delivery anew, and the ledger says again that all is finished.
    """
    entries: list[LedgerEntry] = []
    finished: LedgerEntry | None = None
    for entry in history:
        if entry.what == FINISHED:
            if finished is not None:
                entries.remove(finished)
            finished = entry
        elif entry.what in SENDS:
            finished = None
        entries.append(entry)
    return entries
