"""Rows and queries for the outlines of municipalities on the map."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.store.tables import municipality_outline


async def replace_outlines(
    connection: AsyncConnection, outlines: Mapping[str, Mapping[str, Any]]
) -> None:
    """Replace every outline: NIS code -> GeoJSON geometry."""
    await connection.execute(sa.delete(municipality_outline))
    rows = [
        {"nis_code": nis_code, "geometry": dict(shape)}
        for nis_code, shape in sorted(outlines.items())
    ]
    await connection.execute(sa.insert(municipality_outline), rows)


async def load_outlines(connection: AsyncConnection, codes: Sequence[str] = ()) -> dict[str, Any]:
    """NIS code -> GeoJSON geometry, of these municipalities or of all there are."""
    query = sa.select(municipality_outline).order_by(municipality_outline.c.nis_code)
    if codes:
        query = query.where(municipality_outline.c.nis_code.in_(codes))
    return {row.nis_code: row.geometry for row in await connection.execute(query)}
