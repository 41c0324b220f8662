"""The map: outlines are imported once, and drawn wherever an area is chosen or shown."""

from collections.abc import Sequence
from typing import Any

from alerting.actions.authorization import outside_country
from alerting.domain.officer import Officer, Permission
from alerting.geo.outlines import provinces, read_outlines
from alerting.services import Services
from alerting.store.operations import map_outlines as outline_rows


async def import_outlines(services: Services, data: bytes, *, file: str, by: Officer) -> int:
    """Replace the outlines of municipalities; how many there are now.

    An act of an administrator of the whole country: it changes what everyone sees.
    """
    by.must(Permission.MANAGE_ACCESS)
    if not by.authority.territory.everywhere:
        raise outside_country(services, by)
    towns = {municipality.nis_code for municipality in services.gazetteer.municipalities()}

    def current(code: str) -> str | None:
        nis_code = services.gazetteer.current(code)
        return nis_code if nis_code in towns else None

    found = read_outlines(data, file=file, current=current)
    async with services.unit() as unit:
        await outline_rows.replace_outlines(unit.connection, found)
        await unit.record(
            "outlines.imported",
            by=by,
            about="outlines",
            at=services.now(),
            details={"file": file, "number": len(found)},
        )
    return len(found)


async def outlines(
    services: Services, *, by: Officer, area: Sequence[str] = ()
) -> dict[str, dict[str, Any]]:
    """NIS code -> GeoJSON geometry: of municipalities, beneath them of provinces where some lack.

    With an `area`, of its municipalities only; none of them where they were not imported.
    """
    by.must(Permission.READ)
    async with services.reading() as reading:
        towns = await outline_rows.load_outlines(reading.connection, area)
    all_there = len(towns) == len(services.gazetteer.municipalities())
    return towns if area or all_there else {**provinces(), **towns}
