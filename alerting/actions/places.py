"""Names of places: the list of localities that an installation imports, and its use everywhere."""

import asyncio
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from hashlib import sha256
from itertools import islice

from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.actions.authorization import outside_country
from alerting.domain.errors import BadFile, BadRequest
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Permission
from alerting.domain.recipient import RowFinding
from alerting.domain.text.i18n import msgid
from alerting.geo.localities import FIELDS, Locality, read_localities
from alerting.importing.csv_table import CsvFile
from alerting.services import Services
from alerting.store import localities as locality_rows

MAX_ROWS = 50_000
NO_HEADINGS = msgid("{file}: the first row must name these columns: {columns}")
TOO_MANY_ROWS = msgid("{file}: a list of localities has at most {most} rows")


@dataclass(frozen=True, slots=True)
class LocalityFile:
    """What a file of localities holds, and the rows that are wrong."""

    localities: tuple[Locality, ...]
    faults: Sequence[RowFinding]


async def refresh(services: Services, connection: AsyncConnection) -> None:
    """Let the gazetteer of this process know the localities in force; one small query if it does.

    Meant for the head of every act that reads names of places.
    """
    if await locality_rows.localities_mark(connection) == services.gazetteer.localities_mark:
        return
    rows, mark = await locality_rows.load_localities(connection)
    localities = [Locality(name, Language(one), post, code) for name, one, post, code in rows]
    services.gazetteer.use_localities(localities, mark)


async def refresh_places(services: Services) -> None:
    """Let the gazetteer know the localities in force, where no connection is open."""
    async with services.reading() as reading:
        await refresh(services, reading.connection)


async def check_localities(
    services: Services, data: bytes, *, file: str, by: Officer
) -> LocalityFile:
    """What an import of this CSV file would bring; nothing is written."""
    by.must(Permission.MANAGE_ACCESS)
    town = services.gazetteer.municipality
    return LocalityFile(*await asyncio.to_thread(lambda: read_localities(_rows(data, file), town)))


async def import_localities(
    services: Services, data: bytes, *, file: str, by: Officer, skip_bad: bool = False
) -> int:
    """Replace the imported localities; how many names there are now. BadFile where rows are wrong,
    unless they are to be skipped.

    An act of an administrator of the whole country: it changes how everybody's words are read.
    """
    by.must(Permission.MANAGE_ACCESS)
    if not by.authority.territory.everywhere:
        raise outside_country(services, by)
    read = await check_localities(services, data, file=file, by=by)
    if read.faults and not skip_bad:
        raise BadFile(file=file, bad=len(read.faults))
    rows = [astuple(locality) for locality in read.localities]
    mark = sha256(repr(rows).encode()).hexdigest()
    async with services.unit() as unit:
        await locality_rows.replace_localities(unit.connection, rows, mark)
        await unit.record(
            "localities.imported",
            by=by,
            about="localities",
            at=services.now(),
            details={"file": file, "number": len(rows), "skipped": len(read.faults)},
        )
    await refresh_places(services)
    return len(rows)


def _rows(data: bytes, file: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    def headings(cells: Sequence[str]) -> int:
        return sum(cell.strip().lower() in FIELDS for cell in cells)

    rows = CsvFile(io.BytesIO(data), headings).rows()
    first = next(rows, None)
    columns = [cell.strip().lower() for cell in first.cells] if first else []
    if not set(FIELDS) <= set(columns):
        raise BadRequest(NO_HEADINGS, file=file, columns=", ".join(FIELDS))
    for row in islice(rows, MAX_ROWS):
        if row.filled:
            yield row.number, dict(zip(columns, row.cells, strict=False))
    if next(rows, None) is not None:
        raise BadRequest(TOO_MANY_ROWS, file=file, most=MAX_ROWS)
