"""An import of a list as a job: a file that waits, is read, is looked at, and then is saved."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from alerting.domain.recipient import RecipientKind
from alerting.domain.text.i18n import msgid


class ImportState(StrEnum):
    """How far an import is."""

    READING = "reading"
    """The file is read; nothing is saved."""
    READY = "ready"
    """It waits until whoever uploaded it has seen what it would change, and says yes."""
    SAVING = "saving"
    DONE = "done"
    REFUSED = "refused"
    """The file is no list, or holds what its officer may not import."""
    CANCELLED = "cancelled"
    FAILED = "failed"
    """It was begun several times, and never came to its end."""


class ImportStep(StrEnum):
    """What an import does, one after the other; before it saves, it reads the file again."""

    READING = "reading"
    COMPARING = "comparing"
    SAVING = "saving"


STEP_NAMES: Mapping[ImportStep, str] = {
    ImportStep.READING: msgid("Reading the file"),
    ImportStep.COMPARING: msgid("Comparing with the list"),
    ImportStep.SAVING: msgid("Saving the rows"),
}
UNDER_WAY = frozenset({ImportState.READING, ImportState.SAVING})
"""Of one list there is one at a time."""
FILE_NEEDED = UNDER_WAY | {ImportState.READY}
OVER = frozenset(ImportState) - FILE_NEEDED
IMPORT_STATE_NAMES: Mapping[ImportState, str] = {
    ImportState.READING: msgid("the file is being read"),
    ImportState.READY: msgid("waiting for your decision"),
    ImportState.SAVING: msgid("the rows are being saved"),
    ImportState.DONE: msgid("imported"),
    ImportState.REFUSED: msgid("refused"),
    ImportState.CANCELLED: msgid("cancelled"),
    ImportState.FAILED: msgid("given up after several attempts"),
}
TIMED_AFTER = 2.0
"""Seconds after which the time left is told: before, it would be a guess."""


@dataclass(frozen=True, slots=True)
class ImportFigures:
    """What was saved so far, in rows of the file."""

    added: int = 0
    changed: int = 0
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportJob:
    """One uploaded file, and what became of it."""

    id: str
    """Not to be guessed."""
    kind: RecipientKind
    list_name: str
    """Whose list it is for: an authority's, or nobody's in particular for the whole country."""
    officer: str
    role: str
    authority: str
    membership: int = 0
    """The membership under which it was uploaded; 0 for whoever came in without one."""
    person: int = 0
    credential: int = 0
    name: str
    """Of the file."""
    size: int
    """In bytes."""
    sha256: str
    folder: str
    """The mark of the folder the file lies in: processes that have it run the job, no others."""
    host: str
    """The machine that took the upload, for people to read."""
    language: str
    """In which the rejected rows tell their errors."""
    state: ImportState = ImportState.READING
    step: ImportStep = ImportStep.READING
    skip_bad: bool = False
    done: int = 0
    """Bytes read, or rows processed, `of` so many."""
    of: int = 0
    bad: int = 0
    """Rows with errors, so far."""
    figures: ImportFigures = field(default_factory=ImportFigures)
    attempts: int = 0
    """How often it was begun since it last came any further."""
    forget: bool = False
    """Somebody named in the file was removed meanwhile: nothing of it is kept when it is over."""
    report: str = ""
    """What was found in the file, see `alerting.importing.preview`; empty before."""
    problem: str = ""
    """Why it was refused or failed: a message id and its facts, as JSON."""
    created_at: datetime
    began_at: datetime
    """When the present step began."""
    changed_at: datetime

    @property
    def under_way(self) -> bool:
        """Whether a process is, or should be, at work on it."""
        return self.state in UNDER_WAY

    @property
    def share(self) -> float:
        """How much of the present step is done, from 0 to 1."""
        return min(self.done / self.of, 1) if self.of else 0

    def time_left(self) -> timedelta | None:
        """Until the present step ends, as fast as it went so far; None while nobody can say."""
        spent = (self.changed_at - self.began_at).total_seconds()
        if not self.under_way or not self.done or spent < TIMED_AFTER:
            return None
        return timedelta(seconds=spent / self.done * max(self.of - self.done, 0))
