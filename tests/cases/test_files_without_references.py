"""A file without references knows people by the number or address they have today, and by name.

An entry REG-1 was not found by a later list without references: the person stood twice, in two
towns and two languages. And one that had come without a reference became whoever came later with
the same telephone: another name, town and language, and she was alerted no more where she lives.
"""

import pytest

from alerting.actions.recipients import importing, lists
from alerting.domain.recipient import Recipient, RecipientKind
from tests.desk import MILA, Desk

REGISTERED = (
    "reference;name;language;municipality;phone;email\n"
    "REG-1;Anne;fr;Liège;0470123456;anne@example.org\n"
)
HEAD = "name;language;municipality;phone;email\n"
MOVED = {
    "all the same but the town": "Anne;nl;Gent;0470123456;anne@example.org",
    "another mail address": "Anne;nl;Gent;0470123456;new@example.org",
    "another way to write the name": "Anne Dupont;nl;Gent;0470123456;anne@example.org",
    "no number": "Anne;nl;Gent;;anne@example.org",
    "a mail address in capitals, no number": "Anne;nl;Gent;;Anne@Example.org",
}
OTHERS = {
    "another number": "Anne;nl;Gent;0499111111;other@example.org",
    "somebody of the household": "Bob;nl;Gent;0470123456;bob@example.org",
}


async def imports(desk: Desk, *rows: str) -> list[Recipient]:
    text = HEAD + "\n".join(rows) + "\n" if rows else REGISTERED
    await importing.import_file(
        desk.services, text.encode(), file="l.csv", kind=RecipientKind.PERSON, by=MILA
    )
    found = await lists.list_recipients(
        desk.services, RecipientKind.PERSON, lists.RecipientSearch(), by=MILA, limit=20
    )
    return sorted((one.who for one in found.items), key=lambda one: one.reference)


@pytest.mark.parametrize("row", MOVED.values(), ids=MOVED)
async def test_the_entry_is_brought_up_to_date_and_keeps_its_reference(
    desk: Desk, row: str
) -> None:
    await imports(desk)
    (who,) = await imports(desk, row)
    assert (who.reference, who.language) == ("REG-1", "nl")
    assert await imports(desk, row) == [who], "and so it stays"


@pytest.mark.parametrize("row", OTHERS.values(), ids=OTHERS)
async def test_somebody_else_is_added(desk: Desk, row: str) -> None:
    await imports(desk)
    found = await imports(desk, row)
    assert len(found) == 2
    assert "Anne" in {one.name for one in found if one.reference == "REG-1"}


async def test_of_two_with_that_number_each_is_known_by_name_and_a_third_is_added(
    desk: Desk,
) -> None:
    await imports(desk)
    await imports(desk, OTHERS["somebody of the household"])
    before = await imports(desk)
    after = await imports(desk, "Chris;nl;Gent;0470123456;chris@example.org")
    assert len(after) == 3
    assert [one for one in after if one.name != "Chris"] == before


ANNE = "Anne;fr;4000 Liège;0470123456;anne@example.org"
BARE = {
    "another name and mail": (ANNE, "Bob;nl;Gent;0470123456;bob@example.org", 2),
    "another name, no mail in the row": (ANNE, "Bob;nl;Gent;0470123456;", 2),
    "another name, no mail at all": ("Anne;fr;Liège;0470123456;", "Bob;nl;Gent;0470123456;", 2),
    "no name, another mail": (ANNE, ";nl;Gent;0470123456;bob@example.org", 2),
    "another name, one mailbox": ("Anne;fr;Liège;;a@example.org", "Bob;nl;Gent;;a@example.org", 2),
    "another name, number and mail the same": (ANNE, ANNE.replace("Anne;fr", "Bob;fr"), 1),
    "a longer name": ("Anne;fr;Liège;0470123456;", "Anne Dupont;nl;Gent;0470123456;", 1),
    "a name turned round": ("An Maes;fr;Liège;0470123456;", "MAES AN;fr;Liège;0470123456;", 1),
    "no name, no mail": (ANNE, ";nl;Gent;0470123456;", 1),
    "another mail": (ANNE, ANNE.replace("anne@", "new@"), 1),
}  # fmt: skip


@pytest.mark.parametrize(("first", "then", "entries"), BARE.values(), ids=BARE)
async def test_an_entry_that_came_without_a_reference_becomes_nobody_else(
    desk: Desk, first: str, then: str, entries: int
) -> None:
    (known,) = await imports(desk, first)
    found = await imports(desk, then)
    assert len(found) == entries
    assert (known in found) == (entries == 2), "whoever is somebody else leaves her as she was"
    assert await imports(desk, then) == found, "and so it stays"


async def test_a_household_stands_in_one_file(desk: Desk) -> None:
    rows = (ANNE, "Bob;nl;Gent;0470123456;bob@example.org", "Chris;nl;Gent;0470123456;")
    found = await imports(desk, *rows)
    assert {one.name for one in found} == {"Anne", "Bob", "Chris"}
    assert await imports(desk, *reversed(rows)) == found


async def test_the_same_number_and_name_twice_in_one_file_is_one_person(desk: Desk) -> None:
    with pytest.raises(importing.FileRefused):
        await imports(desk, ANNE, ANNE.replace("Anne", "ANNE"))


async def test_a_number_that_an_entry_had_once_means_it_no_more(desk: Desk) -> None:
    await imports(desk, ANNE)
    entry = await lists.get_recipient(desk.services, RecipientKind.PERSON, 1, by=MILA)
    typed = {"name": "Anne", "language": "fr", "municipality": "4000", "phone": "0470999999"}
    await lists.edit_recipient(
        desk.services, RecipientKind.PERSON, 1, typed, seen=entry.fingerprint(), by=MILA
    )
    found = await imports(desk, "Bob;nl;Gent;0470123456;bob@example.org")
    assert {(one.name, one.phone) for one in found} == {
        ("Anne", "+32470999999"),
        ("Bob", "+32470123456"),
    }


async def test_rows_that_give_an_entry_another_name_are_named_before(desk: Desk) -> None:
    await imports(desk, ANNE)
    text = HEAD + ANNE.replace("Anne;fr", "Bob;fr") + "\n"
    seen = await importing.inspect_file(
        desk.services, text.encode(), kind=RecipientKind.PERSON, by=MILA
    )
    assert importing.figures(seen.would)["names_changed"] == 1
    assert importing.rows_of_figures(seen.intake, seen.would)["names_changed"] == [2]
