"""Which entry a row of a list means: by its reference, or where it has none by whom it names."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.authority import Territory
from alerting.domain.recipient import (
    Recipient,
    may_be_the_same,
    reference_key,
    told_apart_by,
)
from alerting.store.recipients.entries import entry_of
from alerting.store.tables import recipient
from alerting.store.visibility import lives_in

Known = Mapping[tuple[str, str], sa.RowMapping]
"""By list and reference, as it is compared, the entries that stand there."""


class Recogniser:
    """Finds the entries of one list, batch by batch; no two of its rows mean the same entry."""

    def __init__(self, people: Sequence[Recipient], territory: Territory) -> None:
        self._territory = territory
        self._taken = {_key(one) for one in people if one.reference}

    async def recognise(
        self, connection: AsyncConnection, people: Sequence[Recipient]
    ) -> tuple[Sequence[Recipient], Known]:
        """These people, each with a reference, and the entries there are of them.

        A row without a reference means the entry in the territory that has its telephone number
        today (its mail address, where it has none) and bears its name; else the one entry with it
        that may be the same person. Where there is none, or several may be, it gets a reference
        of ours.
        """
        there = await self._with_their_addresses(connection, people)
        told = list(people)
        for fits in (_same, may_be_the_same):
            for at, one in enumerate(told):
                if not one.reference:
                    told[at] = self._named(one, there.get((one.kind, _address(one)), ()), fits)
        told = [one if one.reference else replace(one, reference=_ours()) for one in told]
        self._taken.update(map(_key, told))
        return told, await find_known(connection, told)

    def _named(
        self,
        one: Recipient,
        there: Sequence[Recipient],
        fits: Callable[[Recipient, Recipient], bool],
    ) -> Recipient:
        found = [each for each in there if _key(each) not in self._taken and fits(one, each)]
        if not found or (fits is not _same and len(found) > 1):
            return one
        self._taken.add(_key(found[0]))
        return replace(one, reference=found[0].reference)

    async def _with_their_addresses(
        self, connection: AsyncConnection, people: Sequence[Recipient]
    ) -> Mapping[tuple[str, str], Sequence[Recipient]]:
        """By list and address, the entries that rows without a reference may mean, oldest first."""
        bare = [one for one in people if not one.reference]
        lower = sa.func.lower(recipient.c.email)
        found: dict[tuple[str, str], list[Recipient]] = {}
        for column, wanted in (
            (recipient.c.phone, {one.phone for one in bare} - {""}),
            (lower, {one.email.lower() for one in bare if not one.phone} - {""}),
        ):
            if not wanted:
                continue
            query = sa.select(recipient, column.label("address")).where(
                recipient.c.kind.in_(sorted({one.kind for one in bare})),
                column.in_(sorted(wanted)),
                recipient.c.ended_at.is_(None),
                *lives_in(self._territory),
            )
            for row in (await connection.execute(query.order_by(recipient.c.id))).mappings():
                found.setdefault((row["kind"], row["address"]), []).append(entry_of(row).who)
        return found


async def find_known(connection: AsyncConnection, people: Sequence[Recipient]) -> Known:
    """The entries of these people, by their references."""
    names = {reference_key(one.reference) for one in people}
    rows = await connection.execute(
        sa.select(recipient).where(
            recipient.c.kind.in_(sorted({one.kind for one in people})),
            recipient.c.reference_key.in_(sorted(names)),
        )
    )
    return {(row["kind"], row["reference_key"]): row for row in rows.mappings()}


def entry_in(known: Known, person: Recipient) -> sa.RowMapping | None:
    """The entry of a person, by the reference."""
    return known.get(_key(person))


def _key(person: Recipient) -> tuple[str, str]:
    return person.kind, reference_key(person.reference)


def _address(person: Recipient) -> str:
    return person.phone or person.email.lower()


def _same(one: Recipient, other: Recipient) -> bool:
    return told_apart_by(one) == told_apart_by(other)


def _ours() -> str:
    return f"auto-{secrets.token_hex(8)}"
