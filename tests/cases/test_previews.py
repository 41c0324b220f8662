"""What an import would do is told of the officer's own people only, and each look is recorded."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from alerting.actions.recipients import importing
from alerting.actions.recipients import lists as recipient_lists
from alerting.domain.errors import OutsideTerritory
from alerting.domain.officer import Officer, Role
from alerting.domain.recipient import RecipientKind
from alerting.services import Services
from alerting.store import ledger as ledger_rows
from alerting.store.recipients.saved_counts import Saved
from tests.desk import MILA, Desk
from tests.make import GENT, LIEGE, person
from tests.territory import TOWN, Country

HEAD = "reference;language;municipality;phone;email"
ELSEWHERE = person(1)
LEFT = person(2)
HERE = person(3, nis_code=GENT)
OWN = f"p-3;nl;Gent;{HERE.phone};{HERE.email}"
ROWS = {
    "the reference of somebody elsewhere": "p-1;nl;Gent;;x@example.org",
    "the number of somebody elsewhere": f";nl;Gent;{ELSEWHERE.phone};",
    "the mail address of somebody elsewhere": f";nl;Gent;;{ELSEWHERE.email}",
    "the reference of somebody elsewhere who said no": "p-2;nl;Gent;;x@example.org",
    "the number of somebody elsewhere who said no": f";nl;Gent;{LEFT.phone};",
    "nobody's": "q-9;nl;Gent;0470999999;",
}


@pytest.fixture
async def town(desk: Desk) -> Officer:
    """Who imports for Gent; others live in Liège, one of whom left the list."""
    await desk.registers(ELSEWHERE, LEFT)
    await recipient_lists.end_recipient(desk.services, RecipientKind.PERSON, 2, by=MILA)
    country = await Country(desk.services).founded()
    officer = await country.officer(Role.COMMUNICATOR, TOWN)
    data = f"{HEAD}\n{OWN}".encode()
    await importing.import_file(
        desk.services, data, file="a", kind=RecipientKind.PERSON, by=officer
    )
    return officer


async def previews(services: Services, rows: Sequence[str], by: Officer) -> Saved:
    data = "\n".join((HEAD, *rows)).encode()
    seen = await importing.inspect_file(services, data, kind=RecipientKind.PERSON, by=by)
    return seen.would


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_who_is_registered_elsewhere_is_told_to_nobody(
    services: Services, town: Officer, row: str
) -> None:
    nobody = await previews(services, [ROWS["nobody's"]], town)
    assert await previews(services, [row], town) == nobody
    assert replace(nobody, added=1, changed=0, left_out=0) == nobody


async def test_ones_own_people_are_told_apart(services: Services, town: Officer) -> None:
    would = await previews(services, ["p-3;nl;Gent;;x@example.org", ROWS["nobody's"]], town)
    assert (would.added, would.changed) == (1, 1)
    left = [ROWS["the number of somebody elsewhere who said no"]]
    assert (await previews(services, left, MILA)).left_out == 1, "of the whole country"


async def test_an_import_tells_of_no_address_that_stands_elsewhere(
    services: Services, town: Officer
) -> None:
    rows = (f"q-1;nl;Gent;{ELSEWHERE.phone};", f"q-2;nl;Gent;{HERE.phone};")
    data = "\n".join((HEAD, *rows)).encode()
    done = await importing.import_file(services, data, file="a", kind=RecipientKind.PERSON, by=town)
    assert (done.saved.added, done.saved.elsewhere) == (2, 1), "of Gent's own people alone"


async def test_rows_of_people_outside_are_refused_before_anything_is_told(
    services: Services, town: Officer
) -> None:
    with pytest.raises(OutsideTerritory):
        await previews(services, ["p-1;fr;Liège;;x@example.org"], town)


async def test_each_look_at_a_file_is_recorded(services: Services, town: Officer) -> None:
    await previews(services, [ROWS["nobody's"]], town)
    async with services.reading() as reading:
        entries = await ledger_rows.entries(reading.connection)
    said = {one.what: one for one in entries if one.by == town.name}
    assert said["recipients.previewed"].details == {"rows": 1, "rejected": 0}
    assert "0470999999" not in repr(said)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_what_stands_elsewhere_is_in_no_import_s_way(
    services: Services, town: Officer, row: str
) -> None:
    """Two towns number their people 1, 2, 3; neither becomes the other's."""
    would = await previews(services, [row], town)
    data = f"{HEAD}\n{row}".encode()
    done = await importing.import_file(services, data, file="a", kind=RecipientKind.PERSON, by=town)
    assert done.saved == would
    first = await recipient_lists.get_recipient(services, RecipientKind.PERSON, 1, by=MILA)
    assert first.who == replace(ELSEWHERE, groups=())
    again = await importing.import_file(
        services, data, file="a", kind=RecipientKind.PERSON, by=town
    )
    assert (again.saved.added, again.saved.unchanged) == (0, 1)


async def test_whom_others_moved_out_of_the_territory_keeps_their_entry(
    services: Services, town: Officer
) -> None:
    """The town's own list says they live there, whoever moved them says they do not: both hear."""
    seen = await recipient_lists.get_recipient(services, RecipientKind.PERSON, 3, by=MILA)
    typed = {"language": "fr", "municipality": "4000", "phone": HERE.phone, "email": HERE.email}
    await recipient_lists.edit_recipient(
        services, RecipientKind.PERSON, 3, typed, seen=seen.fingerprint(), by=MILA
    )
    assert (await previews(services, [OWN], town)).added == 1
    data = f"{HEAD}\n{OWN}".encode()
    done = await importing.import_file(services, data, file="a", kind=RecipientKind.PERSON, by=town)
    assert done.saved.added == 1
    moved = await recipient_lists.get_recipient(services, RecipientKind.PERSON, 3, by=MILA)
    assert (moved.who.nis_code, moved.who.phone) == (LIEGE, HERE.phone)
