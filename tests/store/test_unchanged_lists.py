"""A list that says nothing new writes nothing, and is judged as if each row were looked at long."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any, cast

import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from alerting.domain.language import Language
from alerting.domain.recipient import Recipient, RecipientKind
from alerting.store import Database
from alerting.store.recipients import repository as recipient_rows
from alerting.store.recipients.admissions import (
    SaidNo,
    SavingVerdict,
    admit,
    as_it_stands,
    spared,
    verdict_of,
)
from alerting.store.recipients.entries import row_of
from alerting.store.recipients.opt_outs import ListOwner, OptOut
from alerting.store.recipients.saved_counts import Saved
from alerting.store.unit_of_work import unit
from tests.doubles import NOON
from tests.make import GENT, LIEGE, hmacs, newsroom, person

PEOPLE = [replace(person(n), groups=("A", "B")[: n % 3]) for n in range(6)]


@contextmanager
def written(database: Database) -> Iterator[list[str]]:
    """The statements that write rows, as they are executed."""
    found: list[str] = []
    engine = database._writer.sync_engine

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.lstrip().startswith(("SELECT", "BEGIN")):
            found.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    yield found
    sa.event.remove(engine, "before_cursor_execute", note)


async def test_a_list_that_says_nothing_new_writes_no_row(database: Database) -> None:
    lists = ([*PEOPLE, newsroom(1)], [replace(one, reference="") for one in PEOPLE])
    for people in lists:
        async with unit(database) as opened:
            await recipient_rows.save(opened.connection, database, people, hmacs())
    for people in lists:
        with written(database) as statements:
            async with unit(database) as opened:
                saved = await recipient_rows.save(opened.connection, database, people, hmacs())
        assert statements == []
        assert (saved.added, saved.changed, saved.unchanged) == (0, 0, len(people))


async def test_an_address_of_two_entries_is_told_of_both_though_neither_changes(
    database: Database,
) -> None:
    two = [person(1), replace(person(2), phone=person(1).phone), person(3)]
    async with unit(database) as opened:
        first = await recipient_rows.save(opened.connection, database, two, hmacs())
    async with unit(database) as opened:
        again = await recipient_rows.save(opened.connection, database, two, hmacs())
        apart = await recipient_rows.save(opened.connection, database, two[1:], hmacs())
    assert first == Saved(3, 0, 0, elsewhere=1)
    assert again == Saved(0, 0, 0, unchanged=3, elsewhere=2)
    assert apart == Saved(0, 0, 0, unchanged=2, elsewhere=1)


FIELDS = st.fixed_dictionaries(
    {
        "reference": st.sampled_from(("a", "A", "+32470123456", "an@example.org")),
        "language": st.sampled_from((Language.FR, Language.NL)),
        "name": st.sampled_from(("", "An")),
        "nis_code": st.sampled_from((LIEGE, GENT)),
        "phone": st.sampled_from(("", "+32470123456")),
        "email": st.sampled_from(("", "an@example.org", "An@example.org")),
        "consent_date": st.sampled_from((None, date(2029, 5, 6))),
        "consent_source": st.sampled_from(("", "form")),
        "preferred_channels": st.sampled_from(((), ("sms",), ("email",))),
        "groups": st.sampled_from((None, (), ("A",))),
    }
)
UNSAID = st.sampled_from((frozenset[str](), frozenset({"phone"}), frozenset({"name"})))
LEFT: SaidNo = {
    (RecipientKind.PERSON, address): [OptOut("", True, "", NOON)]
    for address in ("+32470123456", "an@example.org")
}


@given(FIELDS, st.data())
def test_what_is_passed_over_shortly_is_what_the_long_way_passes_over(
    stands: dict[str, Any], data: st.DataObject
) -> None:
    said = {**stands, "reference": data.draw(FIELDS)["reference"]}
    said |= data.draw(st.one_of(st.just({}), FIELDS))
    ended = data.draw(st.sampled_from((None, None, NOON)))
    known = Recipient(kind=RecipientKind.PERSON, **stands)
    row = {"id": 1, "kind": "person", "reference": known.reference, "ended_at": ended}
    before = cast("sa.RowMapping", {**row, **row_of(known)})
    who = Recipient(kind=RecipientKind.PERSON, unsaid=data.draw(UNSAID), **said)
    grouped = {1: frozenset(known.groups or ())}
    short = as_it_stands(before, who, grouped)
    long = spared(admit(before, who, LEFT, ListOwner()))
    if short is not None and who.reference.lower() == known.reference.lower():
        assert verdict_of(long, grouped) is SavingVerdict.UNCHANGED
        assert (long.who, long.without, long.ended_at) == (short.who, frozenset(), None)
