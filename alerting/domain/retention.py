"""How long what is kept for a while is kept."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """After these, a job of the worker deletes; nothing older is shown meanwhile."""

    uploads: timedelta = timedelta(hours=1)
    """A file that was brought to be imported, and its rows with errors, counted from when it was
    read or imported."""
    imports: timedelta = timedelta(days=30)
    """That somebody imported a list, and how many rows; counted from its end."""
    forms: timedelta = timedelta(minutes=30)
    """What somebody had typed when their session ended, counted from then."""
    idempotency_keys: timedelta = timedelta(hours=24)
    """A request with an Idempotency-Key and its answer, counted from when it came."""
    sessions: timedelta = timedelta(days=30)
    """The row of a session, with its network and browser, counted from its end."""
    deliveries: timedelta | None = None
    """The deliveries of an alert, counted from its end; they are archived first. None: never."""
