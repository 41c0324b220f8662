"""A list keeps what people wish and forgets who leaves it; whoever is on it is found at once."""

from dataclasses import replace
from datetime import date

import pytest

from alerting.domain.language import Language
from alerting.domain.recipient import Recipient, RecipientKind
from alerting.store import Database
from alerting.store.recipients import groups
from alerting.store.recipients import repository as recipient_rows
from alerting.store.recipients import search as recipient_search
from alerting.store.recipients.erasure import erase_entry
from alerting.store.recipients.saved_counts import Saved
from alerting.store.recipients.search import RecipientQuery
from alerting.store.unit_of_work import unit
from tests.doubles import NOON
from tests.make import EUPEN, LIEGE, hmacs, newsroom, person

AMELIE = Recipient(
    kind=RecipientKind.PERSON,
    reference="a",
    language=Language.FR,
    name="Amélie Van den Dubois",
    nis_code=LIEGE,
    phone="+32470123456",
    email="Amelie@example.org",
    consent_date=date(2029, 5, 6),
    consent_source="form 7",
    groups=("Seveso X",),
)
BY_ADDRESS = Recipient(
    kind=RecipientKind.PERSON, reference="+32470123457", language=Language.NL, phone="+32470123457"
)


async def saves(database: Database, *who: Recipient) -> Saved:
    async with unit(database) as opened:
        return await recipient_rows.save(opened.connection, database, who, hmacs())


async def finds(database: Database, **sought: object) -> list[Recipient]:
    async with unit(database) as opened:
        wanted = RecipientQuery(**sought)  # type: ignore[arg-type]
        found = await recipient_search.page(
            opened.connection, RecipientKind.PERSON, wanted, limit=50
        )
    return [one.who for one in found.items]


async def ends(database: Database, number: int) -> None:
    async with unit(database) as opened:
        entry = await recipient_rows.load(opened.connection, number)
        assert entry is not None
        await erase_entry(opened.connection, database, entry, hmacs(), NOON)


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(("namelie",), id="a first name"),
        pytest.param(("ndub",), id="the beginning of a name"),
        pytest.param(("ndubois", "namel"), id="both, the other way round"),
        pytest.param(("p6543",), id="the end of a number"),
        pytest.param(("mgro.elpmaxe@eilema",), id="a mail address"),
    ],
)
async def test_a_person_is_found_by_keys(database: Database, keys: tuple[str, ...]) -> None:
    await saves(database, AMELIE, person(1), newsroom(1))
    assert [one.reference for one in await finds(database, keys=keys)] == ["a"]


async def test_what_a_person_was_called_before_finds_nobody(database: Database) -> None:
    await saves(database, AMELIE)
    changed = Recipient(
        kind=RecipientKind.PERSON, reference="a", language=Language.FR, phone="+32470999999"
    )
    assert await saves(database, changed) == Saved(added=0, changed=1, left_out=0, taken_away=1)
    assert await finds(database, keys=("ndubois",)) == []
    assert len(await finds(database, keys=("p999999",))) == 1


async def test_what_a_file_does_not_say_stays(database: Database) -> None:
    await saves(database, AMELIE)
    await saves(database, Recipient(kind=RecipientKind.PERSON, reference="a", language=Language.FR))
    async with unit(database) as opened:
        who = await recipient_rows.find_recipient(opened.connection, 1)
    assert who is not None
    assert (who.consent_date, who.consent_source, who.groups) == (
        date(2029, 5, 6), "form 7", ("Seveso X",),
    )  # fmt: skip


async def test_an_address_nobody_may_use_is_not_kept(database: Database) -> None:
    await saves(database, replace(AMELIE, preferred_channels=("email",)))
    (who,) = await finds(database)
    assert (who.phone, who.email) == ("", "Amelie@example.org")
    await saves(database, replace(AMELIE, preferred_channels=()))
    (who,) = await finds(database)
    assert who.phone == "", "a later file that is silent about wishes does not undo them"


@pytest.mark.parametrize("who", [AMELIE, BY_ADDRESS], ids=["own key", "address as key"])
async def test_whoever_left_stays_away_until_a_newer_consent(
    database: Database, who: Recipient
) -> None:
    await saves(database, who)
    await ends(database, 1)
    async with unit(database) as opened:
        entry = await recipient_rows.load(opened.connection, 1)
    assert entry is not None
    assert entry.who.phone == entry.who.email == entry.who.name == ""
    assert "47012345" not in entry.who.reference
    assert entry.who.groups == ()
    assert await saves(database, who) == Saved(added=0, changed=0, left_out=1)
    assert await finds(database) == []
    agreed = replace(who, consent_date=date(2030, 1, 16))
    async with unit(database) as opened:
        assert await recipient_rows.count_existing(opened.connection, [agreed], hmacs()) == Saved(
            1, 0, 0
        )
    assert await saves(database, agreed) == Saved(added=1, changed=0, left_out=0)
    assert [one.phone for one in await finds(database)] == [who.phone]


async def test_a_list_is_paged_by_reference_and_a_place_as_it_came(database: Database) -> None:
    await saves(database, *(person(n) for n in (3, 1, 2)), person(4, nis_code=EUPEN))
    assert [one.reference for one in await finds(database)] == ["p-1", "p-2", "p-3", "p-4"]
    assert [one.reference for one in await finds(database, nis_code=(LIEGE,))] == [
        "p-3",
        "p-1",
        "p-2",
    ]
    async with unit(database) as opened:
        for sought, expected in (
            (RecipientQuery(), "p-2"),
            (RecipientQuery(nis_code=(LIEGE,)), "p-1"),
        ):
            first = await recipient_search.page(
                opened.connection, RecipientKind.PERSON, sought, limit=1
            )
            second = await recipient_search.page(
                opened.connection, RecipientKind.PERSON, sought, after=first.next or "", limit=1
            )
            assert second.items[0].who.reference == expected


async def test_groups_are_of_one_list(database: Database) -> None:
    await saves(database, AMELIE, person(1))
    async with unit(database) as opened:
        listed = await groups.list_groups(opened.connection, RecipientKind.PERSON, None, limit=10)
        (group,) = await groups.counted(opened.connection, listed)
        assert not await groups.list_groups(opened.connection, RecipientKind.PRESS, None, limit=10)
    assert (group.name, group.members) == ("Seveso X", 1)
    assert [one.reference for one in await finds(database, group=group.id)] == ["a"]
    assert await finds(database, group=group.id, keys=("nperson",)) == []
