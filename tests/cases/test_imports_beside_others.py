"""An import overwrites nothing that was done while it ran, and brings nobody back who left.

It had read the rows; an officer ended an entry; it wrote the number and the name back into that.
"""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import sqlalchemy as sa

from alerting.actions.recipients import importing, lists
from alerting.domain.errors import ChangedMeanwhile
from alerting.domain.recipient import RecipientKind
from alerting.store import Database
from alerting.store.recipients import admissions
from alerting.store.tables import recipient
from tests.desk import MILA, Desk
from tests.doubles import Clock
from tests.make import make_services, person

PERSON = RecipientKind.PERSON
FIRST = (
    "reference;name;language;municipality;phone;email\n"
    "A1;Anne;fr;4000 Liège;0470123456;anne@example.org\n"
)
AGAIN = "reference;name;language;municipality;phone\nA1;Anne D;fr;4000 Liège;0470123456\n"
READS = "alerting.store.recipients.repository.find_said_no"
"""The last thing an import reads of a batch."""
LONG_ENOUGH = 0.3
"""Seconds, many times what an act takes that waits for nobody."""


async def imports(desk: Desk, text: str) -> None:
    await importing.import_file(desk.services, text.encode(), file="l.csv", kind=PERSON, by=MILA)


async def leaves(desk: Desk) -> None:
    await lists.end_recipient(desk.services, PERSON, 1, requested=True, by=MILA)


async def is_mended(desk: Desk) -> None:
    seen = await lists.get_recipient(desk.services, PERSON, 1, by=MILA)
    typed = {
        "name": "Anne",
        "language": "fr",
        "municipality": "4000",
        "phone": "0470123456",
        "email": "mended@example.org",
    }
    await lists.edit_recipient(desk.services, PERSON, 1, typed, seen=seen.fingerprint(), by=MILA)


async def stands_in_another_file(desk: Desk) -> None:
    await imports(desk, "reference;language;municipality;email\nA1;fr;Liège;mended@example.org\n")


async def during_an_import(
    desk: Desk, act: Callable[[Desk], Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody acts when an import has read the rows and written none."""
    read, goes_on, really = asyncio.Event(), asyncio.Event(), admissions.find_said_no

    async def pausing(*args: object) -> object:
        found = await really(*args)  # type: ignore[arg-type]
        monkeypatch.setattr(READS, really)
        read.set()
        await goes_on.wait()
        return found

    monkeypatch.setattr(READS, pausing)
    importer = asyncio.create_task(imports(desk, AGAIN))
    await read.wait()
    other = asyncio.ensure_future(act(desk))
    await asyncio.wait({other}, timeout=LONG_ENOUGH)
    goes_on.set()
    await importer
    try:
        await other
    except ChangedMeanwhile:  # told that the entry is another one by now: so it is done anew
        await act(desk)


@pytest.fixture
async def both(postgres: Database, clock: Clock) -> Desk:
    """Where several may write at once."""
    desk = Desk(make_services(postgres, clock), clock)
    await imports(desk, FIRST)
    return desk


@pytest.mark.postgres
async def test_whoever_leaves_during_an_import_has_left(
    both: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await during_an_import(both, leaves, monkeypatch)
    async with both.services.reading() as reading:
        query = sa.select(recipient).where(recipient.c.id == 1)
        row = (await reading.connection.execute(query)).mappings().one()
    assert row["ended_at"] is not None
    assert (row["name"], row["phone"], row["email"]) == ("", "", "")
    await both.registers(somebody := person(2))
    await both.issues(channels=["sms", "email"])
    await both.works()
    assert {to for to, _, _ in both.channel("sms").sent} == {somebody.phone}
    assert {to for to, _, _ in both.channel("email").sent} == {somebody.email}


@pytest.mark.postgres
@pytest.mark.parametrize("act", [is_mended, stands_in_another_file])
async def test_what_others_mend_during_an_import_that_says_nothing_of_it_stays(
    both: Desk, act: Callable[[Desk], Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    await during_an_import(both, act, monkeypatch)
    who = (await lists.get_recipient(both.services, PERSON, 1, by=MILA)).who
    assert who.email == "mended@example.org"


async def test_the_database_itself_keeps_nothing_personal_in_an_entry_that_ended(
    database: Database, clock: Clock
) -> None:
    desk = Desk(make_services(database, clock), clock)
    await desk.registers(person(1))
    await leaves(desk)
    for column in ("name", "phone", "email", "outlet"):
        with pytest.raises(sa.exc.IntegrityError):
            async with database.writing() as connection:
                await connection.execute(sa.update(recipient).values({column: "0470123456"}))


async def test_others_write_between_the_batches_of_a_list(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    await desk.registers(person(1))
    rows = [f"B{n};Bert {n};fr;Liège;04702000{n:02};" for n in range(40)]
    importer = asyncio.create_task(imports(desk, "\n".join((FIRST.splitlines()[0], *rows))))
    while "recipients.import-begun" not in await desk.ledger():
        assert not importer.done()
    await leaves(desk)
    await importer
    told = [one for one in await desk.ledger() if "import" in one or "ended" in one]
    assert told == ["recipients.import-begun", "recipient.ended", "recipients.imported"]


async def test_an_import_that_is_cut_short_is_repeated_and_does_no_harm(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    household = ["Anne", "Bob", "Chris", "Dora", "Emil"]
    rows = [f"{name};fr;Liège;0470123456;" for name in household]
    text = "\n".join(("name;language;municipality;phone;email", *rows))
    really, batches = importing._save_batch, 0

    async def dying(*args: object) -> object:
        nonlocal batches
        batches += 1
        if batches == 2:
            raise ConnectionError
        return await really(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(importing, "_save_batch", dying)
    with pytest.raises(ConnectionError):
        await imports(desk, text)
    done = await importing.import_file(
        desk.services, text.encode(), file="l.csv", kind=PERSON, by=MILA
    )
    assert (done.saved.added, done.saved.unchanged) == (3, 2)
