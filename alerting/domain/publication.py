"""That something is to be published, and how far it has come."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from alerting.domain.text.i18n import msgid


class Stage(StrEnum):
    """What of a publication is still to be put on disk."""

    FIRST = "first"
    """The page of the alert, the feeds of the country and its provinces, and its CAP message."""
    TOWNS = "towns"
    """The feeds of municipalities."""
    DONE = "done"


STAGE_NAMES = {
    Stage.FIRST: msgid("page and national feeds"),
    Stage.TOWNS: msgid("feeds of municipalities"),
    Stage.DONE: msgid("published"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One row: a change of an alert that the public is to see."""

    id: int
    alert: int | None
    """None: everything is to be made anew."""
    believes_database: bool = False
    """Whether somebody who was told that the folder knows of more wants it made of the database."""
    at: datetime
    """When it was noted, by the clock of the database."""
    claimed_by: str
    attempts: int
    failure: str
    """Why the last attempt failed, as its system calls it ("ENOSPC"); empty where none did."""
    published_at: datetime | None
    finished_at: datetime | None

    @property
    def stage(self) -> Stage:
        """What is next."""
        if self.published_at is None:
            return Stage.FIRST
        return Stage.TOWNS if self.finished_at is None else Stage.DONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """That an administrator took the words of a page away, and why."""

    alert: int
    at: datetime
    officer: str
    reason: str
