"""Who is called to approve: at once, again, and then the next of the on-call list."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

REMIND_AFTER = (timedelta(minutes=2), timedelta(minutes=5))
"""After being called; with the last reminder the next of the list is called."""


EVERYBODY_AFTER = timedelta(minutes=10)
"""After it was submitted: whoever may approve it is called, whoever stands on the list."""
CALLED_AGAIN_AFTER = timedelta(minutes=5)
"""How long one officer is not called again for one alert that was taken back and resubmitted."""
MOST_CALLED_AT_ONCE = 3
"""Alerts of one submitter within CALLED_AGAIN_AFTER; more are in the next list."""
LISTED_AFTER = timedelta(minutes=2)
"""Between two lists of what waits, where nothing in the second is new to who reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnCall:
    """An entry of an authority's on-call list. `id` is 0 until it is stored."""

    id: int = 0
    authority: str
    """Its code."""
    place: int
    """1 is called first."""
    officer: str
    starts_at: datetime
    ends_at: datetime


def first_called(able: Collection[str], on_call: Sequence[str]) -> list[str]:
    """Whom to call first: the first of the list who is able to act; without any, all who are."""
    listed = [name for name in on_call if name in able]
    return listed[:1] or sorted(able)


def next_called(
    able: Collection[str], on_call: Sequence[str], called: Collection[str]
) -> str | None:
    """The next of the list who is able to act and was not called yet."""
    return next((name for name in on_call if name in able and name not in called), None)


def next_reminder(called_at: datetime, reminders: int) -> datetime | None:
    """When somebody who was reminded so often is reminded again; None: no more."""
    return called_at + REMIND_AFTER[reminders] if reminders < len(REMIND_AFTER) else None
