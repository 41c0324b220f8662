"""One town keeps nobody off the lists of another, and brings nobody back whom another took off.

Whoever left a list left it where whoever wrote that down may speak, and nowhere else. An officer's
own reason holds for lists of the same authority; only what the person asked for holds for others'.
"""

import ast
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

import alerting
from alerting.actions.recipients import importing
from alerting.actions.recipients import lists as recipient_lists
from alerting.actions.recipients.lists import BadEntry
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Role
from alerting.domain.recipient import RecipientKind
from alerting.services import Services
from alerting.store.recipients.saved_counts import Saved
from alerting.store.tables import recipient
from tests import having_read
from tests.desk import MILA, Desk
from tests.make import GENT, person
from tests.territory import CITY, PROVINCE, TOWN, Country
from tests.uploads import import_upload

HEAD = "reference;language;municipality;phone;email;consent_date"
VICTIM = person(1)
"""Lives in Liège."""
ROW = f"L-1;fr;4000 Liège;{VICTIM.phone};{VICTIM.email};2024-01-01"
SOUGHT = {VICTIM.phone, VICTIM.email}


@pytest.fixture
async def country(services: Services) -> Country:
    return await Country(services).founded()


async def brings(services: Services, by: Officer, *rows: str) -> Saved:
    data = "\n".join((HEAD, *rows)).encode()
    done = await importing.import_file(
        services, data, file="a.csv", kind=RecipientKind.PERSON, by=by
    )
    return done.saved


async def ends(services: Services, reference: str, by: Officer, *, requested: bool) -> None:
    async with services.reading() as reading:
        number = await reading.connection.scalar(
            sa.select(recipient.c.id).where(recipient.c.reference == reference)
        )
    assert number is not None
    await recipient_lists.end_recipient(
        services, RecipientKind.PERSON, number, requested=requested, by=by
    )


async def standing(services: Services) -> set[str]:
    """All numbers and addresses on the list."""
    async with services.reading() as reading:
        rows = await reading.connection.execute(sa.select(recipient.c.phone, recipient.c.email))
    return {address for row in rows for address in row} - {""}


@pytest.mark.parametrize("requested", [False, True])
async def test_a_town_cannot_keep_anybody_off_the_list_of_another(
    services: Services, country: Country, requested: bool
) -> None:
    gent = await country.officer(Role.COMMUNICATOR, TOWN)
    liege = await country.officer(Role.COMMUNICATOR, CITY)
    await brings(services, gent, f"g-1;nl;Gent;{VICTIM.phone};{VICTIM.email};")
    await brings(services, gent, "g-2;nl;Gent;+32470555002;;")
    await ends(services, "g-1", gent, requested=requested)
    await ends(services, "g-2", gent, requested=requested)
    assert await brings(services, liege, ROW) == Saved(1, 0, 0), "not registered yet"
    await brings(services, liege, "L-2;fr;4000 Liège;+32470555001;;2024-01-01")
    moved = await brings(services, liege, "L-2;fr;4000 Liège;+32470555002;;2024-01-01")
    assert moved == Saved(0, 1, 0), "registered with a number that changed"


WHO = {"the same town": (CITY, 1), "above it": (PROVINCE, 1), "the whole country": ("", 1)}


@pytest.mark.parametrize(("whose", "left_out"), WHO.values(), ids=WHO)
async def test_what_the_person_asked_for_holds_for_every_list_of_that_place(
    services: Services, country: Country, whose: str, left_out: int
) -> None:
    liege = await country.officer(Role.COMMUNICATOR, CITY)
    other = await country.officer(Role.COMMUNICATOR, whose, name="other") if whose else MILA
    await brings(services, liege, ROW)
    await ends(services, "L-1", liege, requested=True)
    assert (await brings(services, other, ROW.replace("L-1", "x"))).left_out == left_out


async def test_what_an_officer_took_off_holds_for_lists_of_the_same_authority(
    services: Services, country: Country
) -> None:
    liege = await country.officer(Role.COMMUNICATOR, CITY)
    await brings(services, liege, ROW)
    await ends(services, "L-1", liege, requested=False)
    again = ROW.replace("L-1", "x")
    assert await brings(services, liege, again) == Saved(0, 0, 1)
    province = await country.officer(Role.COMMUNICATOR, PROVINCE)
    assert await brings(services, province, again) == Saved(1, 0, 0)


@pytest.mark.parametrize("later", [PROVINCE, "national"])
async def test_the_reason_of_one_authority_outlives_that_of_another(
    services: Services, country: Country, later: str
) -> None:
    liege = await country.officer(Role.COMMUNICATOR, CITY)
    above = await country.officer(Role.COMMUNICATOR, later)
    await brings(services, liege, ROW)
    await ends(services, "L-1", liege, requested=False)
    await brings(services, above, ROW.replace("L-1", "P-1"))
    await ends(services, "P-1", above, requested=False)
    again = await brings(services, liege, ROW.replace("L-1", "L-2"))
    assert (again.added, again.left_out) == (0, 1)
    assert await standing(services) == set()


async def test_a_later_reason_of_an_officer_does_not_undo_what_the_person_asked_for(
    services: Services, country: Country
) -> None:
    liege = await country.officer(Role.COMMUNICATOR, CITY)
    await brings(services, liege, ROW, f"L-2;fr;4000 Liège;{VICTIM.phone};;")
    await ends(services, "L-1", liege, requested=True)
    await ends(services, "L-2", liege, requested=False)
    assert (await brings(services, MILA, ROW.replace("L-1", "x"))).left_out == 1


@pytest.mark.parametrize("everywhere", [False, True])
async def test_a_town_cannot_lift_what_was_said_elsewhere(
    desk: Desk, services: Services, country: Country, everywhere: bool
) -> None:
    gent = await country.officer(Role.COMMUNICATOR, TOWN)
    liege = await country.officer(Role.COMMUNICATOR, CITY)
    by = MILA if everywhere else liege
    await brings(services, by, ROW)
    await ends(services, "L-1", by, requested=True)
    desk.clock.forward(days=1)
    day = services.now().date().isoformat()
    await brings(services, gent, f"g-1;nl;Gent;{VICTIM.phone};{VICTIM.email};{day}")
    again = ROW.replace("L-1", "x")
    assert (await brings(services, liege, again)).left_out == 1
    agreed = again.replace("2024-01-01", day)
    assert await brings(services, liege, agreed) == Saved(1, 0, 0), "they agreed there, later"
    elsewhere = f"y;fr;Eupen;{VICTIM.phone};;"
    assert (await brings(services, MILA, elsewhere)).left_out == everywhere


Writer = Callable[[Services, Officer, str, str], Awaitable[object]]


async def new_row(services: Services, by: Officer, phone: str, email: str) -> object:
    return await brings(services, by, f"w-1;nl;Gent;{phone};{email};")


async def changed_row(services: Services, by: Officer, phone: str, email: str) -> object:
    return await brings(services, by, f"p-2;nl;Gent;{phone};{email};")


async def row_that_moves(services: Services, by: Officer, phone: str, email: str) -> object:
    return await brings(services, MILA, f"p-2;nl;Gent;{phone};{email};2020-01-01")


async def row_without_reference(services: Services, by: Officer, phone: str, email: str) -> object:
    return await brings(services, by, f";nl;Gent;{phone};{email};2020-01-01")


async def saved_file(services: Services, by: Officer, phone: str, email: str) -> object:
    data = f"{HEAD}\nw-1;nl;Gent;{phone};{email};".encode()
    return await import_upload(services, data, by=by)


def edited(**more: str) -> Writer:
    async def edit(services: Services, by: Officer, phone: str, email: str) -> object:
        fields = {"language": "nl", "municipality": "Gent", "phone": phone, "email": email, **more}
        try:
            return await having_read.edit_recipient(
                services, RecipientKind.PERSON, 2, fields, by=by
            )
        except BadEntry as refusal:
            named = {one.column: one.value for one in refusal.faults}
            assert named == {k: v for k, v in (("phone", phone), ("email", email)) if v}
            return None

    return edit


WRITERS: dict[str, Writer] = {
    "a new row": new_row,
    "a row with a known reference": changed_row,
    "a row of the whole country's list": row_that_moves,
    "a row without a reference": row_without_reference,
    "a file that was looked at": saved_file,
    "an edit": edited(),
    "an edit with the consent that stood there": edited(consent_date="2029-12-31"),
}


@pytest.mark.parametrize("what", ["phone", "email", "both"])
@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
async def test_no_way_of_writing_an_address_goes_round_those_who_left(
    desk: Desk, services: Services, country: Country, write: Writer, what: str
) -> None:
    gent = await country.officer(Role.COMMUNICATOR, TOWN)
    kept = person(2, nis_code=GENT, language=Language.NL)
    await desk.registers(VICTIM, kept)
    await brings(services, MILA, f"p-2;nl;Gent;{kept.phone};{kept.email};2029-12-31")
    await recipient_lists.end_recipient(services, RecipientKind.PERSON, 1, requested=True, by=MILA)
    phone = VICTIM.phone if what != "email" else ""
    email = VICTIM.email if what != "phone" else ""
    await write(services, gent, phone, email)
    assert not SOUGHT & await standing(services)
    assert {kept.phone, kept.email} <= await standing(services)


async def test_an_edit_with_a_new_consent_is_taken(
    desk: Desk, services: Services, country: Country
) -> None:
    await desk.registers(VICTIM, person(2, nis_code=GENT))
    await recipient_lists.end_recipient(services, RecipientKind.PERSON, 1, requested=True, by=MILA)
    desk.clock.forward(days=1)
    gent = await country.officer(Role.COMMUNICATOR, TOWN)
    day = services.now().date().isoformat()
    await edited(consent_date=day)(services, gent, VICTIM.phone, "")
    assert VICTIM.phone in await standing(services)


ADMITTING = {"_judge", "update_recipient"}
"""Functions that ask `admit` before an address is written."""
WRITING = {
    "_put": {"_write"},
    "_putting_many": {"_put"},
    "update_recipient": set(),
    "_comes_back": {"save", "update_recipient"},
}
"""Functions that write in the table of recipients, and who alone calls them."""


def writes(node: ast.AST) -> bool:
    """Whether a call inserts in, or updates, the table of recipients."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"insert", "update"}
        and any(isinstance(one, ast.Name) and one.id == "recipient" for one in node.args)
    )


def named(node: ast.AST) -> set[str]:
    return {
        one.func.id
        for one in ast.walk(node)
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)
    }


def test_whoever_writes_an_address_asks_who_left() -> None:
    """`erase_entry` empties, `repeats` marks and `recognition` gives references: they touch none;
    `planning` adds accounts of ours."""
    found: dict[str, set[str]] = {}
    calls: dict[str, set[str]] = {}
    for path in Path(alerting.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                if any(map(writes, ast.walk(node))):
                    found.setdefault(path.name, set()).add(node.name)
                if path.name == "repository.py" and path.parent.name == "recipients":
                    calls[node.name] = named(node)
    assert found == {
        "repository.py": set(WRITING),
        "erasure.py": {"erase_entry"},
        "repeats.py": {"_marking"},
        "planning.py": {"ensure_entries"},
        "recognition.py": {"free_references"},
    }
    assert {one for one in calls if "_write" in calls[one]} == {"save"}
    for name, callers in WRITING.items():
        assert {one for one in calls if name in calls[one]} == callers, name
    for name in ADMITTING:
        assert "admit" in calls[name], name
