"""What is kept of an audience is what planning makes of the lists, whatever was done to them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain, combinations
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.alert import Precedence
from alerting.domain.authority import Territory
from alerting.domain.channel_profiles import Reach
from alerting.domain.language import Language
from alerting.domain.recipient import Recipient, RecipientKind
from alerting.store import Database
from alerting.store.alerts import repository as alert_rows
from alerting.store.deliveries import planning
from alerting.store.deliveries.audience_counts import listed_places
from alerting.store.deliveries.criteria import Criteria
from alerting.store.recipients import repeats
from alerting.store.recipients import repository as recipient_rows
from alerting.store.recipients.admissions import NATIONAL_LIST, LeftList
from alerting.store.recipients.erasure import erase_entry
from alerting.store.recipients.opt_outs import ListOwner
from alerting.store.tables import (
    audience_count,
    delivery,
    opt_out,
    recipient,
    recipient_change,
    search_key,
)
from alerting.store.tables.audience_count import MOST_PLACES
from alerting.store.unit_of_work import unit
from tests.doubles import NOON
from tests.make import EUPEN, GENT, LIEGE, VERVIERS, alert, hmacs, person
from tests.tiers import WHOLE

PLACES = (LIEGE, VERVIERS, EUPEN, GENT)
AREAS = tuple(chain.from_iterable(combinations(PLACES, n) for n in range(len(PLACES) + 1)))
OWNERS = (NATIONAL_LIST, ListOwner(Territory(frozenset({LIEGE, EUPEN})), "east"))


@dataclass(frozen=True)
class Edit:
    """One act on the lists: whichever `who` and the rest say."""

    act: str
    who: int
    people: Sequence[Recipient]
    owner: ListOwner
    requested: bool


@st.composite
def somebody(draw: st.DrawFn) -> Recipient:
    """One of few, so that they share what they have."""
    one = person(
        draw(st.integers(0, 7)),
        nis_code=draw(st.sampled_from(PLACES)),
        language=draw(st.sampled_from([Language.FR, Language.NL, Language.DE])),
        phone=draw(st.sampled_from(["", *(f"+3247000000{n}" for n in range(4))])),
        email=draw(st.sampled_from(["", "a@example.org", "A@Example.ORG", "b@example.org"])),
    )
    back = draw(st.sampled_from([None, None, date(2031, 1, 1)]))  # after whatever they withdrew
    kind = draw(st.sampled_from([RecipientKind.PERSON] * 4 + [RecipientKind.PRESS]))
    return replace(one, consent_date=back, kind=kind)


EDITS = st.builds(
    Edit,
    act=st.sampled_from(["import", "import", "change", "erase"]),
    who=st.integers(0, 20),
    people=st.lists(somebody(), min_size=1, max_size=6, unique_by=lambda one: one.reference),
    owner=st.sampled_from(OWNERS),
    requested=st.booleans(),
)


async def edits(connection: AsyncConnection, database: Database, edit: Edit) -> None:
    """What one act does to the lists."""
    if edit.act == "import":
        inside = [
            one
            for one in edit.people
            if edit.owner.territory.everywhere or one.nis_code in edit.owner.territory.codes
        ]
        await recipient_rows.save(connection, database, inside, hmacs(), owner=edit.owner)
        return
    ids = list(
        await connection.scalars(
            sa.select(recipient.c.id).where(recipient.c.ended_at.is_(None)).order_by(recipient.c.id)
        )
    )
    if not ids:
        return
    before = await recipient_rows.load(connection, ids[edit.who % len(ids)])
    assert before is not None
    if edit.act == "erase":
        await erase_entry(
            connection, database, before, hmacs(), NOON, owner=edit.owner, requested=edit.requested
        )
        return
    said = replace(edit.people[0], kind=before.who.kind, reference=before.who.reference)
    with suppress(LeftList):
        await recipient_rows.update_recipient(connection, database, before, said, hmacs())


def criteria(
    reach: Reach,
    area: tuple[str, ...],
    languages: tuple[Language, ...] = (Language.FR, Language.DE),
) -> Criteria:
    """Of a channel that reaches people."""
    return Criteria("sms" if reach is Reach.PHONE else "email", reach, area, languages)


async def planned(
    connection: AsyncConnection, database: Database, wanted: Criteria
) -> dict[Language, int]:
    """How many deliveries the planner makes of the lists as they are, by language."""
    number = (await alert_rows.save(connection, alert())).id
    await planning.begin(connection, database, number, wanted.channel)
    finished = False
    while not finished:
        finished = (
            await planning.plan_slice(
                connection,
                database,
                sending_id=number,
                criteria=wanted,
                at_most=5,
                chunk_size=5,
                precedence=Precedence.ALERT,
                now=NOON,
            )
        ).finished
    rows = await connection.scalars(
        sa.select(delivery.c.language).where(
            delivery.c.sending_id == number, delivery.c.channel == wanted.channel
        )
    )
    return dict(Counter(map(Language, rows)))


def looked_at(entries: Sequence[sa.Row[Any]], wanted: Criteria) -> dict[Language, int]:
    """Language -> how many it would reach, by looking at everybody in turn."""
    found: dict[str, Language] = {}
    for row in entries:
        address = (row.phone if wanted.reach is Reach.PHONE else row.email).lower()
        if row.kind == RecipientKind.PERSON and address and row.nis_code in wanted.area:
            found.setdefault(address, Language(row.language))
    first = wanted.languages[0]
    return dict(Counter(one if one in wanted.languages else first for one in found.values()))


@settings(
    max_examples=100 if WHOLE else 8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    made=st.lists(EDITS, min_size=1, max_size=10),
    area=st.sampled_from(AREAS[1:]),
    languages=st.permutations([Language.FR, Language.NL, Language.DE]),
    spoken=st.integers(1, 3),
    most=st.sampled_from([1, MOST_PLACES]),
)
async def test_whatever_is_done_to_the_lists_as_many_are_counted_as_are_planned(
    database: Database,
    made: list[Edit],
    area: tuple[str, ...],
    languages: list[Language],
    spoken: int,
    most: int,
) -> None:
    """Any area, channel and languages; imported, changed, erased, opted out and come back; with as
    few municipalities written down of an address as make it one of many."""
    async with unit(database) as opened:
        for table in (recipient, opt_out, search_key, recipient_change):
            await opened.connection.execute(sa.delete(table))
        assert not await opened.connection.scalar(sa.select(sa.func.sum(audience_count.c.n)))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(repeats, "MOST_PLACES", most)
        for edit in made:
            async with unit(database) as opened:
                await edits(opened.connection, database, edit)
    speaks = tuple(languages[:spoken])
    async with unit(database) as opened:
        connection = opened.connection
        entries = (await connection.execute(sa.select(recipient).order_by(recipient.c.id))).all()
        for reach in (Reach.PHONE, Reach.EMAIL):
            for one in AREAS:
                wanted = criteria(reach, one, speaks)
                counted = await planning.audience(connection, wanted)
                assert counted == looked_at(entries, wanted), wanted
                assert await planning.reaches_anyone(connection, wanted) == bool(counted), wanted
            wanted = criteria(reach, area, speaks)
            counted = await planning.audience(connection, wanted)
            assert counted == await planned(connection, database, wanted)
            assert await planning.people(connection, wanted) == sum(counted.values())


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        found.append(statement)

    engine = database._writer.sync_engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


async def fills(connection: AsyncConnection, first: int, last: int) -> None:
    """People by plain SQL: in two municipalities and two languages, a third of them by mail."""
    await connection.execute(
        sa.text(
            "INSERT INTO recipient (kind, reference, reference_key, language, nis_code, name,"
            " phone, email, outlet) VALUES ('person', :r, :r, :l, :n, '', :p, :m, '')"
        ),
        [
            {
                "r": f"r-{n}",
                "l": "fr" if n % 2 else "de",
                "n": EUPEN if n % 5 else LIEGE,
                "p": f"+3247{n:07d}",
                "m": "" if n % 3 else f"person-{n}@example.org",
            }
            for n in range(first, last)
        ],
    )


async def test_counting_looks_at_nobody_and_at_no_more_rows_with_ten_times_the_people(
    database: Database,
) -> None:
    wanted = criteria(Reach.PHONE, (LIEGE, EUPEN))
    rows = sa.select(sa.func.count()).select_from(audience_count)
    read = []
    for first, last in ((0, 30), (30, 300)):
        async with unit(database) as opened:
            await fills(opened.connection, first, last)
            with statements(database) as asked:
                assert await planning.people(opened.connection, wanted) == last
                assert await planning.reaches_anyone(opened.connection, wanted)
                listed = await listed_places(opened.connection, [wanted.reach], PLACES)
                assert listed == {LIEGE, EUPEN}
            assert not any("recipient" in one for one in asked)
            read.append((len(asked), await opened.connection.scalar(rows)))
    assert read[0] == read[1] == (3, 8)


async def test_what_is_written_without_us_is_counted_too(database: Database) -> None:
    async with unit(database) as opened:
        connection = opened.connection
        await fills(connection, 0, 10)
        await connection.execute(
            sa.update(recipient).where(recipient.c.nis_code == LIEGE).values(nis_code=GENT)
        )
        await connection.execute(sa.update(recipient).values(language="nl"))
        await connection.execute(sa.delete(recipient).where(recipient.c.reference == "r-1"))
        counted = await planning.audience(
            connection, criteria(Reach.PHONE, PLACES, (Language.FR, Language.NL))
        )
        left = await connection.execute(
            sa.select(audience_count.c.nis_code, audience_count.c.language, audience_count.c.n)
            .where(audience_count.c.n != 0, audience_count.c.reach == Reach.EMAIL)
            .order_by(audience_count.c.nis_code)
        )
        assert counted == {Language.NL: 9}
        assert [tuple(row) for row in left] == [(GENT, "nl", 1), (EUPEN, "nl", 3)]
