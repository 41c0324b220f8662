"""Import people and newsrooms: all of a file or, by explicit wish, its good rows."""

import asyncio
from dataclasses import dataclass

from alerting.domain.audience import Kind
from alerting.domain.errors import BadFile
from alerting.domain.staff import Officer, Permission
from alerting.intake.recipients import Intake, read_recipients
from alerting.services import Services
from alerting.store import audience

MAY_IMPORT = {Kind.PERSON: Permission.IMPORT_PEOPLE, Kind.PRESS: Permission.IMPORT_PRESS}


class FileRefused(BadFile):
    """A file with faults; `intake` lists them all."""

    says = BadFile.says
    way_out = BadFile.way_out

    def __init__(self, file: str, intake: Intake) -> None:
        super().__init__(file=file, bad=intake.bad_lines)
        self.intake = intake


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of it."""

    imported: int
    intake: Intake


async def import_file(
    services: Services, data: bytes, *, file: str, kind: Kind, by: Officer, skip_bad: bool = False
) -> Imported:
    """Bring a list up to date from a CSV file. Rows with a reference we know replace the old row.

    Raises FileRefused, with nothing imported, when a row is wrong and `skip_bad` was not asked.
    """
    by.must(MAY_IMPORT[kind])
    intake = await asyncio.to_thread(read_recipients, data, kind, services.gazetteer.resolve)
    if intake.faults and not skip_bad:
        raise FileRefused(file, intake)
    async with services.unit() as unit:
        await audience.save(unit.connection, unit.database, intake.people)
        await unit.record(
            "recipients.imported",
            by=by.name,
            about=f"recipients/{kind}",
            at=services.now(),
            details={"imported": len(intake.people), "rejected": intake.bad_lines},
        )
    return Imported(len(intake.people), intake)
