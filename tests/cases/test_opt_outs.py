"""Whoever said no stays off a list, under whatever reference another file names them."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from alerting.actions.operations import keys
from alerting.actions.recipients import importing
from alerting.actions.recipients import lists as recipient_lists
from alerting.actions.recipients.importing import find_recipients, import_file
from alerting.credentials.keyring import KeyName, Keyring
from alerting.domain.authority import Authority, Level, Territory
from alerting.domain.errors import KeyInUse, NotFound
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer, Role
from alerting.domain.recipient import Recipient, RecipientKind, own_addresses
from alerting.services import Services
from alerting.store import Database
from alerting.store.recipients import repository as recipient_rows
from alerting.store.recipients.erasure import erase_entry
from alerting.store.recipients.saved_counts import Saved
from alerting.store.tables import ledger, opt_out, recipient
from alerting.store.unit_of_work import unit
from tests.desk import MILA, Desk
from tests.doubles import NOON
from tests.make import hmacs, newsroom, person

FIRST = """reference;language;municipality;phone;email
REG-77;fr;Philippeville;0470000701;non.merci@example.org
"""
SECOND = """language;municipality;phone;email
fr;Philippeville;0470000701;non.merci@example.org
"""
GONE = person(77, phone="+32470000701", email="non.merci@example.org")
AGREED_LATER = date(NOON.year, NOON.month, NOON.day).replace(year=NOON.year + 1)


async def imports(services: Services, text: str) -> Saved:
    done = await import_file(
        services, text.encode(), file="list.csv", kind=RecipientKind.PERSON, by=MILA
    )
    return done.saved


async def number_of_one(services: Services) -> int:
    async with services.reading() as reading:
        number: int | None = await reading.connection.scalar(sa.select(recipient.c.id))
    assert number is not None
    return number


async def test_a_file_without_the_reference_does_not_bring_them_back(services: Services) -> None:
    assert await imports(services, FIRST) == Saved(1, 0, 0)
    await recipient_lists.end_recipient(
        services, RecipientKind.PERSON, await number_of_one(services), by=MILA
    )
    assert await imports(services, SECOND) == Saved(0, 0, 1)
    assert await imports(services, FIRST) == Saved(0, 0, 1)


TWICE = """reference;name;language;municipality;phone;email
REG-77;Nele;fr;Philippeville;0470000701;non.merci@example.org
LIST2-9;N. Peeters;fr;Couvin;0470000701;Non.Merci@example.org
LIST2-10;Jan;fr;Couvin;0470000701;jan@example.org
LIST2-11;Somebody;fr;Couvin;0470000702;somebody@example.org
"""


async def standing(services: Services) -> set[str]:
    async with services.reading() as reading:
        return set(
            await reading.connection.scalars(
                sa.select(recipient.c.reference).where(recipient.c.ended_at.is_(None))
            )
        )


async def test_whoever_ends_an_entry_sees_the_others_with_its_addresses(
    services: Services,
) -> None:
    await imports(services, TWICE)
    seen = await recipient_lists.list_sharing(services, RecipientKind.PERSON, 1, by=MILA)
    assert [one.who.reference for one in seen.same] == ["LIST2-9"]
    assert [one.who.reference for one in seen.one_address] == ["LIST2-10"]


async def test_an_entry_with_both_addresses_is_the_same_person_and_ends_too(
    services: Services,
) -> None:
    await imports(services, TWICE)
    assert await recipient_lists.end_recipient(services, RecipientKind.PERSON, 1, by=MILA) == (1, 2)
    assert await standing(services) == {"LIST2-10", "LIST2-11"}
    async with services.reading() as reading:
        rows = await reading.connection.execute(
            sa.select(ledger.c.about).where(ledger.c.what == "recipient.ended")
        )
    assert [row.about for row in rows] == ["recipient/1", "recipient/2"]


async def test_one_that_shares_an_address_ends_where_that_is_chosen_and_nobody_else(
    services: Services,
) -> None:
    await imports(services, TWICE)
    with pytest.raises(NotFound):
        await recipient_lists.end_recipient(services, RecipientKind.PERSON, 1, by=MILA, also=[4])
    assert len(await standing(services)) == 4, "all or nothing"
    await recipient_lists.end_recipient(services, RecipientKind.PERSON, 1, by=MILA, also=[3])
    assert await standing(services) == {"LIST2-11"}


async def test_nobody_outside_the_territory_is_shown_or_ended(services: Services) -> None:
    await imports(services, TWICE.replace("LIST2-9;N. Peeters;fr;Couvin", "LIST2-9;N;fr;Liège"))
    place = Authority(
        code="philippeville",
        level=Level.MUNICIPAL,
        territory=Territory(frozenset({"93056"})),
        names={},
    )
    local = Officer("local", Role.COMMUNICATOR, authority=place)
    seen = await recipient_lists.list_sharing(services, RecipientKind.PERSON, 1, by=local)
    assert (seen.same, seen.one_address) == ([], [])
    assert await recipient_lists.end_recipient(services, RecipientKind.PERSON, 1, by=local) == (1,)
    assert "LIST2-9" in await standing(services)


async def test_of_an_entry_that_ended_no_consent_is_kept(services: Services) -> None:
    file = (
        "reference;language;municipality;phone;consent_date;consent_source\n"
        "C1;fr;Couvin;0470000701;2025-01-31;form\n"
    )
    await imports(services, file)
    await recipient_lists.end_recipient(services, RecipientKind.PERSON, 1, by=MILA)
    entry = await recipient_lists.get_recipient(services, RecipientKind.PERSON, 1, by=MILA)
    assert (entry.who.consent_date, entry.who.consent_source) == (None, "")


@pytest.mark.parametrize("written", ["reg-77", "Reg-77", "RÉG-77"])
async def test_a_reference_is_one_however_it_is_written(services: Services, written: str) -> None:
    first = FIRST.replace("REG-77", written.upper())
    other = FIRST.replace("REG-77", written).replace("0470000701", "0470000702")
    other = other.replace("non.merci", "other")
    await imports(services, first)
    assert await imports(services, other) == Saved(0, 1, 0), "the same entry, brought up to date"
    assert await standing(services) == {written.upper()}
    search = recipient_lists.RecipientSearch(text=written.lower())
    found = await recipient_lists.list_recipients(
        services, RecipientKind.PERSON, search, by=MILA, limit=9
    )
    assert len(found.items) == 1
    await recipient_lists.end_recipient(services, RecipientKind.PERSON, 1, by=MILA)
    new = other.replace("0470000702", "0470000703").replace("other@", "new@")
    assert await imports(services, new) == Saved(0, 0, 1), "they said no under this reference"


@pytest.mark.parametrize(
    "typed",
    ["info@müller-bau.example", "INFO@xn--mller-bau-q9a.example", "+32 (0)470 00 07 01",
     "0470/00.07.01", "@müller-bau.example"],
)  # fmt: skip
@pytest.mark.parametrize("role", [Role.COMMUNICATOR, Role.AUDITOR])
async def test_people_are_found_by_an_address_however_it_is_typed(
    services: Services, typed: str, role: Role
) -> None:
    await imports(services, FIRST.replace("non.merci@example.org", "info@müller-bau.example"))
    officer = Officer("somebody", role)
    search = recipient_lists.RecipientSearch(text=typed)
    found = await recipient_lists.list_recipients(
        services, RecipientKind.PERSON, search, by=officer, limit=9
    )
    whole = not typed.startswith("@")
    assert len(found.items) == (whole or role is Role.COMMUNICATOR)
    if whole:
        assert len(await find_recipients(services, typed, by=MILA)) == 1


async def saves(database: Database, *who: Recipient) -> Saved:
    async with unit(database) as opened:
        return await recipient_rows.save(opened.connection, database, who, hmacs())


async def ends(database: Database, number: int = 1) -> None:
    async with unit(database) as opened:
        entry = await recipient_rows.load(opened.connection, number)
        assert entry is not None
        await erase_entry(opened.connection, database, entry, hmacs(), NOON)


OTHER = {
    "the same number": replace(GONE, reference="x", email=""),
    "the same mail address": replace(GONE, reference="x", phone=""),
    "a mail address in capitals": replace(
        GONE, reference="x", phone="", email="NON.merci@Example.org"
    ),
    "the number as reference": replace(GONE, reference="+32470000701", phone="", email=""),
    "one old address and a new one": replace(GONE, reference="x", email="new@example.org"),
}


@pytest.mark.parametrize("again", OTHER.values(), ids=OTHER)
async def test_they_are_known_by_each_of_their_addresses(
    database: Database, again: Recipient
) -> None:
    await saves(database, GONE)
    await ends(database)
    async with unit(database) as opened:
        assert await recipient_rows.count_existing(opened.connection, [again], hmacs()) == Saved(
            0, 0, 1
        )
    assert await saves(database, again) == Saved(0, 0, 1)
    assert await saves(database, person(1), newsroom(1)) == Saved(2, 0, 0)
    assert await saves(database, replace(again, consent_date=AGREED_LATER)) == Saved(1, 0, 0)
    left = replace(again, reference="y", consent_date=None)
    assert (await saves(database, left)).left_out == 0, "they said yes since"


async def test_a_list_of_newsrooms_is_another_list(database: Database) -> None:
    await saves(database, GONE)
    await ends(database)
    assert await saves(database, replace(newsroom(1), email=GONE.email)) == Saved(1, 0, 0)


async def test_nobody_is_saved_without_asking_who_left(database: Database) -> None:
    async with unit(database) as opened:
        await recipient_rows.save(opened.connection, database, [person(1)])  # nobody ever left
    await saves(database, GONE)
    await ends(database, 2)
    with pytest.raises(ValueError, match="keyring"):
        async with unit(database) as opened:
            await recipient_rows.save(opened.connection, database, [person(2)])


async def test_what_is_kept_of_them_is_no_address_and_no_plain_hash(database: Database) -> None:
    await saves(database, GONE)
    await ends(database)
    async with unit(database) as opened:
        rows = (await opened.connection.execute(sa.select(opt_out))).all()
    assert len(rows) == len(own_addresses(GONE)) == 2
    with_another_key = {"0" * 64}
    assert not {row.hmac for row in rows} & with_another_key
    assert {len(row.hmac) for row in rows} == {64}
    assert "470000701" not in repr(rows)


async def test_an_older_key_still_tells_them_and_cannot_be_retired(
    services: Services, tmp_path: Path
) -> None:
    own = replace(services, keyring=Keyring(tmp_path / "secrets"))
    own.keyring.make_missing()
    await imports(own, FIRST)
    await recipient_lists.end_recipient(
        own, RecipientKind.PERSON, await number_of_one(own), by=MILA
    )
    first = own.keyring.current(KeyName.OPT_OUT)
    await keys.rotate_key(own, KeyName.OPT_OUT, by=SHELL)
    assert await imports(own, SECOND) == Saved(0, 0, 1)
    assert (await keys.count_uses(own))[first.fingerprint] == 2
    with pytest.raises(KeyInUse):
        await keys.retire_key(own, KeyName.OPT_OUT, first.number, by=SHELL)


HOUSEHOLD = (
    "reference;name;language;municipality;phone;email\n"
    "F;Father;fr;Liège;0470123456;father@example.org\n"
    "M;Mother;fr;Liège;0470123456;mother@example.org\n"
)
MOTHER = "reference;name;language;municipality;phone;email\nM;Mother;nl;Gent;{};{}\n"


async def imported(desk: Desk, text: str) -> importing.Imported:
    dry = await importing.inspect_file(
        desk.services, text.encode(), kind=RecipientKind.PERSON, by=MILA
    )
    done = await importing.import_file(
        desk.services, text.encode(), file="l.csv", kind=RecipientKind.PERSON, by=MILA
    )
    assert importing.figures(dry.would) == importing.figures(done.saved)
    return done


@pytest.mark.parametrize(
    ("phone", "expected"), [("0470123456", ""), ("0470999999", "+32470999999"), ("", "")]
)
async def test_who_shares_a_telephone_with_them_keeps_her_entry_and_moves(
    desk: Desk, phone: str, expected: str
) -> None:
    await imported(desk, HOUSEHOLD)
    await recipient_lists.end_recipient(
        desk.services, RecipientKind.PERSON, 1, requested=True, by=MILA
    )
    done = await imported(desk, MOTHER.format(phone, "mother@example.org"))
    assert (done.saved.changed, done.saved.left_out) == (1, 0)
    mother = await recipient_lists.get_recipient(desk.services, RecipientKind.PERSON, 2, by=MILA)
    who = mother.who
    assert (who.language, who.phone, who.email) == ("nl", expected, "mother@example.org")
    rows = importing.rows_of_figures(done.intake, done.saved)
    assert rows["without_an_address_that_said_no"] == ([2] if phone == "0470123456" else [])
    again = await imported(desk, MOTHER.format(phone, "mother@example.org"))
    assert (again.saved.changed, again.saved.unchanged) == (0, 1)


async def test_the_rows_left_out_are_named(desk: Desk) -> None:
    await imported(desk, HOUSEHOLD)
    await recipient_lists.end_recipient(
        desk.services, RecipientKind.PERSON, 1, requested=True, by=MILA
    )
    done = await imported(desk, MOTHER.format("0470123456", ""))
    assert importing.rows_of_figures(done.intake, done.saved)["said_no"] == [2]
    back = await imported(desk, HOUSEHOLD)
    assert importing.rows_of_figures(back.intake, back.saved)["said_no"] == [2]


async def test_a_number_that_left_does_not_move_along_with_a_file_that_says_nothing_of_it(
    desk: Desk,
) -> None:
    await imported(desk, HOUSEHOLD)
    await recipient_lists.end_recipient(
        desk.services, RecipientKind.PERSON, 1, requested=True, by=MILA
    )
    await imported(desk, "reference;language;municipality;email\nM;nl;Gent;mother@example.org\n")
    mother = await recipient_lists.get_recipient(desk.services, RecipientKind.PERSON, 2, by=MILA)
    assert (mother.who.phone, mother.who.email) == ("", "mother@example.org")
