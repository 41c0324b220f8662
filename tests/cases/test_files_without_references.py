"""A file without references knows people by their number, else their address, whatever they bear.

An entry REG-1 was not found by a later list without references: the person stood twice, in two
towns and two languages.
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


async def test_of_two_with_that_number_nobody_is_chosen(desk: Desk) -> None:
    await imports(desk)
    await imports(desk, OTHERS["somebody of the household"])
    before = await imports(desk)
    after = await imports(desk, "Chris;nl;Gent;0470123456;chris@example.org")
    assert {one.name for one in before} <= {one.name for one in after} | {"Bob"}
    assert "Anne" in {one.name for one in after}
