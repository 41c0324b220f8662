"""Lists of recipients page by page, found by name, number, address, place, language or group.

Every way to look has an index to walk, and a page starts behind the last one: a million people
cost no more than a hundred.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.language import Language
from alerting.domain.page import Page, page_of
from alerting.domain.recipient import RecipientKind, reference_key
from alerting.domain.text.numbers import whole_number
from alerting.store.recipients.entries import RecipientEntry, entry_of
from alerting.store.tables import group_member, recipient, search_key

MOST_FOUND = 2_000
"""Of what a beginning finds no more is looked at: nobody pages that far, and is told."""
FEW_PLACES = 5
LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientQuery:
    """Whom a page shows: everyone on the list, or those that fit all that is given."""

    keys: tuple[str, ...] = ()
    """Beginnings of search keys, each of which must fit; see domain.audience.search_keys."""
    address: str = ""
    """Instead of the keys: exactly this number, or this mail address without case."""
    reference: str = ""
    """Instead of either, exactly this reference does too, without case."""
    nis_code: tuple[str, ...] = ()
    language: Language | None = None
    group: int | None = None
    ended: bool = False
    """Only entries that ended, instead of those that stand."""

    @property
    def narrow(self) -> bool:
        """Whether a place or a group leaves few enough to look at each."""
        return self.group is not None or 0 < len(self.nis_code) <= FEW_PLACES


@dataclass(frozen=True, slots=True)
class RecipientPage(Page[RecipientEntry, str]):
    """A page of entries. `cut`: more begin like this than were looked at."""

    cut: bool = False


async def page(
    connection: AsyncConnection,
    kind: RecipientKind,
    sought: RecipientQuery,
    *,
    after: str = "",
    limit: int,
) -> RecipientPage:
    """Entries in order of reference; of a place or group, as they came.

    `after`: the `next` of the page before, of the same query.
    """
    query = sa.select(recipient).where(recipient.c.kind == kind, *_conditions(sought))
    cut = False
    if sought.keys or sought.address or sought.reference:
        if sought.narrow:
            # The sum keeps databases from starting at the names, of which there may be many more.
            query = query.where((recipient.c.id + 0).in_(_wanted(kind, sought)))
        else:
            ids = list(await connection.scalars(_wanted(kind, sought, MOST_FOUND + 1)))
            cut = len(ids) > MOST_FOUND
            query = query.where(recipient.c.id.in_(ids))
    if sought.group is not None:
        query = query.join(group_member, group_member.c.recipient_id == recipient.c.id)
        query = query.where(group_member.c.group_id == sought.group)
    if sought.narrow:
        # Few are sorted; the sum keeps databases from walking the whole list instead.
        number = group_member.c.recipient_id if sought.group is not None else recipient.c.id + 0
        query = query.order_by(number)
        if (last := whole_number(after)) is not None:
            query = query.where(number > last)
    else:
        few = bool(sought.keys or sought.address)
        key = recipient.c.reference_key
        query = query.order_by(key + "" if few else key, recipient.c.id)
        number_seen, _, seen = after.partition(":")
        if (last := whole_number(number_seen)) is not None:
            query = query.where(key >= seen, sa.or_(key > seen, recipient.c.id > last))
    rows = (await connection.execute(query.limit(limit + 1))).mappings()
    found = page_of([entry_of(row) for row in rows], limit, partial(_key, sought))
    return RecipientPage(found.items, found.next, cut)


def _key(sought: RecipientQuery, entry: RecipientEntry) -> str:
    """Where the page behind this entry starts."""
    key = reference_key(entry.who.reference)
    return str(entry.id) if sought.narrow else f"{entry.id}:{key}"


async def numbers(
    connection: AsyncConnection, sought: RecipientQuery, *, at_most: int
) -> list[int]:
    """The numbers of at most so many entries of any list that fit what is typed of `sought`."""
    found: list[int] = []
    for query in _parts(list(RecipientKind), sought, at_most):
        found += await connection.scalars(query)
    return list(dict.fromkeys(found))[:at_most]


def has_address(address: str) -> sa.ColumnElement[bool]:
    """Entries with exactly this number, or this mail address without case."""
    return sa.or_(
        recipient.c.phone == address, sa.func.lower(recipient.c.email) == sa.func.lower(address)
    )


def _conditions(sought: RecipientQuery) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if sought.nis_code:
        conditions.append(recipient.c.nis_code.in_(sought.nis_code))
    if sought.language:
        conditions.append(recipient.c.language == sought.language)
    if sought.ended:
        conditions.append(recipient.c.ended_at.is_not(None))
    elif not sought.reference:
        conditions.append(recipient.c.ended_at.is_(None))
    return conditions


def _wanted(
    kind: RecipientKind, sought: RecipientQuery, at_most: int | None = None
) -> sa.Select[tuple[int]]:
    """Who goes by the reference or address, and who fits the keys: of those at most so many."""
    parts = _parts([kind], sought, at_most)
    return sa.select(sa.union(*parts).subquery().c[0]) if len(parts) > 1 else parts[0]


def _parts(
    kinds: Sequence[RecipientKind], sought: RecipientQuery, at_most: int | None
) -> list[sa.Select[tuple[int]]]:
    exact = sa.select(recipient.c.id).where(recipient.c.kind.in_(kinds))
    parts: list[sa.Select[tuple[int]]] = []
    if sought.reference:
        parts.append(exact.where(recipient.c.reference_key == reference_key(sought.reference)))
    if sought.address:
        parts.append(exact.where(has_address(sought.address)))
    if sought.keys:
        parts.append(sa.select(_found(sought.keys).limit(at_most).subquery().c.recipient_id))
    return parts


def _found(keys: Sequence[str]) -> "sa.Select[tuple[int]] | sa.CompoundSelect[tuple[int]]":
    """Recipients that have a key with each of these beginnings."""
    parts = [
        sa.select(search_key.c.recipient_id).where(
            search_key.c.key >= key, search_key.c.key < key + LAST
        )
        for key in keys
    ]
    return parts[0] if len(parts) == 1 else sa.intersect(*parts)
