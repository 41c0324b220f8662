"""Import people and newsrooms, all of a file or its good rows; look people up. In the territory."""

import asyncio
from dataclasses import dataclass

from alerting.actions import standing
from alerting.domain.audience import Kind, Recipient
from alerting.domain.authority import NOWHERE, Territory
from alerting.domain.errors import BadFile, BadRequest
from alerting.domain.staff import Officer, Permission
from alerting.domain.words import msgid
from alerting.intake.recipients import Intake, read_recipients
from alerting.services import Services
from alerting.store import audience

TAKEN = msgid(
    "References that stand for people outside your territory: {number}. Use references of your own"
)
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
    Rows of people outside the officer's territory are refused whatever was asked, and so are those
    that would take somebody else's place on the list; newsrooms are the whole country's.
    """
    by.must(MAY_IMPORT[kind])
    territory = by.authority.territory
    if kind is not Kind.PERSON and not territory.everywhere:
        raise standing.outside_country(services, by)
    intake = await asyncio.to_thread(read_recipients, data, kind, services.gazetteer.resolve)
    if intake.faults and not skip_bad:
        raise FileRefused(file, intake)
    if kind is Kind.PERSON and intake.people:
        standing.must(services, MAY_IMPORT[kind], {one.nis for one in intake.people}, by=by)
    async with services.unit() as unit:
        taken = await audience.kept_elsewhere(unit.connection, intake.people, territory)
        if taken:
            raise BadRequest(TAKEN, number=taken)
        await audience.save(unit.connection, unit.database, intake.people)
        await unit.record(
            "recipients.imported",
            by=by.name,
            about=f"recipients/{kind}",
            at=services.now(),
            details={"imported": len(intake.people), "rejected": intake.bad_lines},
        )
    return Imported(len(intake.people), intake)


async def counts(services: Services, *, by: Officer) -> dict[Kind, int]:
    """How many stand on each list, of those inside the officer's territory."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        return {
            kind: await audience.count(reading.connection, kind, _looked_at(by)) for kind in Kind
        }


async def search(services: Services, address: str, *, by: Officer) -> list[tuple[int, Recipient]]:
    """Who has exactly this telephone number or mail address, inside the officer's territory.

    Numbered, and recorded without the address: looking somebody up is itself an act.
    """
    by.must(Permission.SEE_ADDRESSES)
    async with services.unit() as unit:
        found = await audience.by_address(unit.connection, address.strip(), _looked_at(by))
        await unit.record(
            "recipients.searched",
            by=by.name,
            about="recipients/search",
            at=services.now(),
            details={"found": len(found), "authority": by.authority.code},
        )
    return found


def _looked_at(by: Officer) -> Territory:
    """A partner looks at nobody, however wide its territory."""
    return NOWHERE if by.authority.partner else by.authority.territory
