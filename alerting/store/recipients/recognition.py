"""Which entry a row of a list means: by its reference, or where it has none by whom it names."""

import secrets
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.recipient import (
    Recipient,
    may_be_the_same,
    reference_key,
    told_apart_by,
)
from alerting.store.database import each_of
from alerting.store.recipients.entries import entry_of
from alerting.store.recipients.opt_outs import ListOwner
from alerting.store.tables import recipient
from alerting.store.visibility import lives_in
from alerting.temporary import DiskKeys

OURS = "auto-"
"""How references begin that we give."""
KEY = recipient.c.reference_key.type
Meant = Sequence[tuple[Recipient, sa.RowMapping | None]]
"""People of a list, each with a reference, and the entry that is meant, where there is one."""


class Recogniser:
    """Finds the entries of one list, batch by batch; no two of its rows mean the same entry.

    A reference means an entry of the owner's own list, and nobody's outside the territory: others
    number their people by themselves.
    """

    def __init__(self, named: Container[tuple[str, str]], owner: ListOwner) -> None:
        """`named`: by list and reference key, whether a row of the whole list bears a reference."""
        self._owner = owner
        self._named = named
        self._taken = DiskKeys()
        self._given = f"{OURS}{secrets.token_hex(6)}-"
        """How references begin that this list gave: their entries are somebody of it already."""
        self._next = count()

    async def recognise(self, connection: AsyncConnection, people: Sequence[Recipient]) -> Meant:
        """These people and the entries there are of them, inside the territory.

        A row without a reference means the entry in the territory that has its telephone number
        today (its mail address, where it has none) and bears its name; else the one entry with it
        that may be the same person. Where there is none, or several may be, it gets a reference
        of ours.
        """
        inside = lives_in(self._owner.territory)
        known = await find_known(connection, people, self._owner, *inside)
        there = await self._with_their_addresses(connection, people)
        meant = [
            (person, known.get(_key(person)) if person.reference else None) for person in people
        ]
        for fits in (_same, may_be_the_same):
            for at, (person, row) in enumerate(meant):
                if row is None and not person.reference:
                    rows = there.get((person.kind, _address(person)), ())
                    meant[at] = person, self._named_so(person, rows, fits)
        return [(self._referenced(person, row), row) for person, row in meant]

    def _named_so(
        self,
        person: Recipient,
        existing_rows: Sequence[sa.RowMapping],
        fits: Callable[[Recipient, Recipient], bool],
    ) -> sa.RowMapping | None:
        rows = [
            row for row in existing_rows if self._is_free(row) and fits(person, entry_of(row).who)
        ]
        if not rows or (fits is not _same and len(rows) > 1):
            return None
        self._taken.setdefault(str(rows[0]["id"]), 1)
        return rows[0]

    def _is_free(self, row: sa.RowMapping) -> bool:
        if str(row["id"]) in self._taken:
            return False
        key = row["reference_key"]
        named = key.startswith(self._given) or (row["kind"], key) in self._named
        return not (named and row["authority"] == self._owner.list_name)

    def _referenced(self, person: Recipient, row: sa.RowMapping | None) -> Recipient:
        if person.reference:
            return person
        ours = row["reference"] if row is not None else f"{self._given}{next(self._next):x}"
        return replace(person, reference=ours)

    async def _with_their_addresses(
        self, connection: AsyncConnection, people: Sequence[Recipient]
    ) -> Mapping[tuple[str, str], Sequence[sa.RowMapping]]:
        """By list and address, the entries that rows without a reference may mean, oldest first."""
        bare = [one for one in people if not one.reference]
        lower = sa.func.lower(recipient.c.email)
        found: dict[tuple[str, str], list[sa.RowMapping]] = {}
        for column, wanted in (
            (recipient.c.phone, {one.phone for one in bare} - {""}),
            (lower, {one.email.lower() for one in bare if not one.phone} - {""}),
        ):
            if not wanted:
                continue
            query = sa.select(recipient, column.label("address")).where(
                recipient.c.kind.in_(sorted({one.kind for one in bare})),
                column.in_(each_of(connection, wanted, column.type)),
                recipient.c.ended_at.is_(None),
                *lives_in(self._owner.territory),
            )
            for row in (await connection.execute(query.order_by(recipient.c.id))).mappings():
                found.setdefault((row["kind"], row["address"]), []).append(row)
        return found


async def find_known(
    connection: AsyncConnection,
    people: Sequence[Recipient],
    owner: ListOwner,
    *inside: sa.ColumnElement[bool],
) -> Mapping[tuple[str, str], sa.RowMapping]:
    """By list and reference, the entries of these people on the owner's own list."""
    names = {reference_key(one.reference) for one in people if one.reference}
    if not names:
        return {}
    rows = await connection.execute(
        sa.select(recipient).where(
            recipient.c.kind.in_(sorted({one.kind for one in people})),
            recipient.c.reference_key.in_(each_of(connection, names, KEY)),
            recipient.c.authority == owner.list_name,
            *inside,
        )
    )
    return {(row["kind"], row["reference_key"]): row for row in rows.mappings()}


async def free_references(
    connection: AsyncConnection, people: Sequence[Recipient], owner: ListOwner
) -> None:
    """Let new people have references that entries bear which others moved out of the territory."""
    if owner.territory.everywhere or not people:
        return
    ours = OURS + sa.cast(recipient.c.id, sa.String)
    await connection.execute(
        sa.update(recipient)
        .where(
            recipient.c.kind.in_(sorted({one.kind for one in people})),
            recipient.c.reference_key.in_(sorted({reference_key(one.reference) for one in people})),
            recipient.c.authority == owner.list_name,
            sa.not_(sa.and_(*lives_in(owner.territory))),
        )
        .values(reference=ours, reference_key=ours)
    )


def named_by(people: Iterable[Recipient]) -> frozenset[tuple[str, str]]:
    """By list and reference key, the references that these people bear."""
    return frozenset(_key(person) for person in people if person.reference)


def _key(person: Recipient) -> tuple[str, str]:
    return person.kind, reference_key(person.reference)


def _address(person: Recipient) -> str:
    return person.phone or person.email.lower()


def _same(person: Recipient, other: Recipient) -> bool:
    return told_apart_by(person) == told_apart_by(other)
