"""How many people an area holds for a channel, from kept counts: no entry is looked at."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.channel_profiles import Reach
from alerting.store.database import each_of
from alerting.store.tables import audience_count
from alerting.store.tables.audience_count import MANY_PLACES, PLACE_CHARS

ALONE = ""
"""What `earlier_nis_code` is where the address stands nowhere else with an earlier entry."""


@dataclass(frozen=True, slots=True)
class KeptCounts:
    """Addresses of an area, each once, by the language of the entry that came first inside."""

    by_language: Counter[str]
    unsure: int
    """Entries not counted in it: so many municipalities have their address before them that it
    is not kept which."""


async def kept_counts(
    connection: AsyncConnection, reach: Reach, area: Collection[str]
) -> KeptCounts:
    """What is kept for telephone numbers, or mail addresses, of people in an area.

    Reads a row for each municipality and language of the area, and those of addresses that stand
    inside and outside of it; of the whole country there are none.
    """
    rows = await connection.execute(_counting(connection, reach, area))
    counted, unsure = Counter[str](), 0
    inside = set(_padded(area))
    for is_unsure, language, others, n in rows:
        if is_unsure:
            unsure += n
        elif inside.isdisjoint(_places(others)):
            counted[language] += n
    return KeptCounts(+counted, unsure)


async def anyone(connection: AsyncConnection, reach: Reach, area: Collection[str]) -> bool:
    """Whether an alert to the area would be written to anybody at all."""
    count = audience_count
    existing_exists = sa.exists().where(
        count.c.reach == reach, _within(connection, area), count.c.n > 0
    )
    return bool(await connection.scalar(sa.select(existing_exists)))


async def listed_places(
    connection: AsyncConnection, reaches: Collection[Reach], area: Collection[str]
) -> frozenset[str]:
    """The municipalities of an area in which somebody is on the lists, with any of these reaches.

    Addresses that stand in an earlier entry elsewhere too are somebody here.
    """
    count = audience_count
    query = (
        sa.select(count.c.nis_code)
        .where(count.c.reach.in_(sorted(reaches)), _within(connection, area), count.c.n > 0)
        .distinct()
    )
    return frozenset(code.rstrip() for code in await connection.scalars(query))


def _counting(
    connection: AsyncConnection, reach: Reach, area: Collection[str]
) -> sa.CompoundSelect[Any]:
    """In three parts, each by the key of the table: addresses that stand nowhere else with an
    earlier entry; those whose first entry of all stands outside the area, so that it does not count
    here; and those of which it is not kept."""
    count, first = audience_count, audience_count.alias("first")
    outside = (
        sa.select(first.c.nis_code)
        .where(
            first.c.reach == reach,
            first.c.earlier_nis_code == ALONE,
            first.c.nis_code.not_in(_codes(connection, area)),
        )
        .distinct()
        .subquery()
    )
    by = (count.c.language, count.c.other_nis_codes)
    mine = (count.c.reach == reach, _within(connection, area))

    def grouped(*which: sa.ColumnElement[bool], unsure: bool = False) -> sa.Select[Any]:
        known_label = sa.literal(unsure).label("unsure")
        return (
            sa.select(known_label, *by, sa.cast(sa.func.sum(count.c.n), sa.BigInteger))
            .where(*mine, *which)
            .group_by(*by)
        )

    return sa.union_all(
        grouped(count.c.earlier_nis_code == ALONE),
        grouped(count.c.earlier_nis_code == outside.c.nis_code),
        grouped(count.c.earlier_nis_code == MANY_PLACES, unsure=True),
    )


def _within(connection: AsyncConnection, area: Collection[str]) -> sa.ColumnElement[bool]:
    return audience_count.c.nis_code.in_(_codes(connection, area))


def _codes(connection: AsyncConnection, area: Collection[str]) -> sa.Select[Any]:
    return each_of(connection, _padded(area), audience_count.c.nis_code.type)


def _padded(codes: Collection[str]) -> list[str]:
    return sorted({code.ljust(PLACE_CHARS) for code in codes})


def _places(codes: str) -> list[str]:
    return [codes[at : at + PLACE_CHARS] for at in range(0, len(codes), PLACE_CHARS)]
