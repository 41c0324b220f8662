"""Rounds of background work: what goes wrong with one thing ends nothing for the others."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from typing import TypeVar

import structlog

from alerting.store.database import outage

T = TypeVar("T")
R = TypeVar("R")

LOCK_WAIT = timedelta(milliseconds=500)
"""How long a round waits for a row that others hold; the next round comes in a second."""

log = structlog.get_logger()


async def each_apart(what: str, act: Callable[[T], Awaitable[R]], over: Iterable[T]) -> list[R]:
    """Do it to each; what it returned. Where it raises, that is logged, and the next one comes.

    An outage of the database itself is raised: it is the same for all.
    """
    rs = []
    for one in over:
        try:
            rs.append(await act(one))
        except Exception as error:  # whatever it was: the others are not to wait for its mend
            if outage(error) is not None:
                raise
            # The error may hold what a person typed: the log says its kind only.
            log.error(  # noqa: TRY400
                "round.failed",
                what=what,
                number=one if isinstance(one, int) else None,
                error=type(error).__name__,
            )
    return rs


async def steps_apart(*steps: Callable[[], Awaitable[object]]) -> None:
    """Take one step after the other, each whatever became of those before it."""

    async def take(step: Callable[[], Awaitable[object]]) -> None:
        await step()

    for step in steps:
        name = getattr(step, "__qualname__", "") or getattr(step, "func", step).__qualname__
        await each_apart(name, take, [step])
