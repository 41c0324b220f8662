"""What an act asks of the officer and does to the database, looked at from beside."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa

from alerting.domain.officer import Officer, Permission


@dataclass
class Spy:
    """What an act asks of the officer, and what it does to the database meanwhile."""

    asked: set[Permission] = field(default_factory=set)
    early: list[str] = field(default_factory=list)
    """What was written before any right was asked."""
    dirty: set[int] = field(default_factory=set)
    transactions: int = 0
    """Those that wrote something and were kept."""


spies: list[Spy] = []
_may = Officer.may


def _asks(officer: Officer, permission: Permission) -> bool:
    for spy in spies:
        spy.asked.add(permission)
    return _may(officer, permission)


@sa.event.listens_for(sa.Engine, "before_execute")
def _executes(connection: sa.Connection, statement: object, *_: object) -> None:
    if spies and isinstance(statement, sa.UpdateBase):
        spies[-1].dirty.add(id(connection))
        if not spies[-1].asked:
            spies[-1].early.append(str(statement))


@sa.event.listens_for(sa.Engine, "commit")
def _commits(connection: sa.Connection) -> None:
    if spies and id(connection) in spies[-1].dirty:
        spies[-1].dirty.discard(id(connection))
        spies[-1].transactions += 1


@sa.event.listens_for(sa.Engine, "rollback")
def _rolls_back(connection: sa.Connection) -> None:
    if spies:
        spies[-1].dirty.discard(id(connection))


@contextmanager
def spying() -> Iterator[Spy]:
    """Watch whatever happens inside."""
    spy = Spy()
    spies.append(spy)
    Officer.may = _asks  # type: ignore[method-assign,assignment]
    try:
        yield spy
    finally:
        Officer.may = _may  # type: ignore[method-assign]
        spies.remove(spy)
