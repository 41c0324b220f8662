"""Looking at people is recorded, and who may not see addresses finds people by the whole only."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from alerting.actions import deliveries
from alerting.actions.recipients import importing
from alerting.actions.recipients import lists as recipient_lists
from alerting.actions.recipients.lists import RecipientSearch
from alerting.domain.delivery import DeliveryKey
from alerting.domain.delivery_filter import DeliveryFilter
from alerting.domain.ledger import LedgerEntry
from alerting.domain.officer import Officer, Role
from alerting.domain.recipient import RecipientKind
from alerting.services import Services
from alerting.store import ledger as ledger_rows
from tests.desk import JORIS, MILA, Desk
from tests.make import person
from tests.territory import TOWN, Country
from tests.web.console import Browsers

VERA = Officer("vera", Role.AUDITOR)
WHO = person(12345, phone="+32478912345", email="jan.peeters@example.org")
WHOLE = (
    "+32478912345",
    "0478 91 23 45",
    "jan.peeters@example.org",
    "JAN.Peeters@Example.ORG",
    "p-12345",
)


async def found_on_list(services: Services, text: str, by: Officer) -> list[int]:
    page = await recipient_lists.list_recipients(
        services, RecipientKind.PERSON, RecipientSearch(text=text), by=by, limit=50
    )
    return [entry.id for entry in page.items]


async def found_among_deliveries(services: Services, text: str, by: Officer) -> list[int]:
    page = await deliveries.list_deliveries(
        services, 1, by=by, wanted=DeliveryFilter(person=text), limit=50
    )
    return [row.recipient_id for row in page.items]


LOOKS = [found_on_list, found_among_deliveries]


@pytest.fixture
async def listed(desk: Desk) -> Services:
    await desk.registers(WHO, person(2))
    await desk.issues(channels=["sms"])
    await desk.works()
    return desk.services


@pytest.mark.parametrize("look", LOOKS)
async def test_a_part_of_an_address_finds_nobody_for_those_who_see_none(
    listed: Services, look: Callable[[Services, str, Officer], Awaitable[list[int]]]
) -> None:
    for text in WHOLE:
        assert await look(listed, text, VERA) == [1], text
        assert await look(listed, text, JORIS) == [1], text
    name, number, address = WHO.name, WHO.phone, WHO.email
    parts = {number[at:] for at in range(1, len(number))} | {number[:-1], number + "0"}
    parts |= {address[at:] for at in range(1, len(address))} | {address[:-1], f"x{address}"}
    parts |= {name, name.lower(), "Person", "p-1234", "%", "_", "p-12345'--"}
    for text in sorted(parts - {number[1:]} - {number[3:]}):
        assert await look(listed, text, VERA) == [], text
    assert await look(listed, "12345", JORIS) == [1], "the last digits, for those who may"
    assert await look(listed, "person 12345", JORIS) == [1]


async def test_a_number_without_its_zero_is_the_whole_number(listed: Services) -> None:
    assert await found_on_list(listed, WHO.phone[3:], VERA) in ([], [1])


async def entries_of(services: Services, what: str) -> list[LedgerEntry]:
    async with services.reading() as reading:
        found = await ledger_rows.entries(reading.connection, limit=1_000)
    return [entry for entry in found if entry.what == what]


RECORDED: dict[str, tuple[str, Callable[[Services, Officer], Awaitable[Any]]]] = {
    "a page of the list": (
        "recipients.listed",
        lambda s, by: recipient_lists.list_recipients(
            s, RecipientKind.PERSON, RecipientSearch(), by=by, limit=9
        ),
    ),
    "a search": (
        "recipients.searched",
        lambda s, by: recipient_lists.list_recipients(
            s, RecipientKind.PERSON, RecipientSearch(text=WHO.phone), by=by, limit=9
        ),
    ),
    "a search that finds nobody": (
        "recipients.searched",
        lambda s, by: recipient_lists.list_recipients(
            s, RecipientKind.PERSON, RecipientSearch(text="0478999999"), by=by, limit=9
        ),
    ),
    "an entry": (
        "recipient.read",
        lambda s, by: recipient_lists.get_recipient(s, RecipientKind.PERSON, 1, by=by),
    ),
    "a page of deliveries": (
        "deliveries.listed",
        lambda s, by: deliveries.list_deliveries(s, 1, by=by, limit=9),
    ),
    "a search among deliveries": (
        "deliveries.searched",
        lambda s, by: deliveries.list_deliveries(
            s, 1, by=by, wanted=DeliveryFilter(person=WHO.phone), limit=9
        ),
    ),
    "a delivery": (
        "delivery.read",
        lambda s, by: deliveries.get_delivery(s, 1, str(DeliveryKey(1, "sms", 1)), by=by),
    ),
}


@pytest.mark.parametrize("by", [VERA, MILA], ids=["masked", "unmasked"])
@pytest.mark.parametrize(("what", "look"), RECORDED.values(), ids=RECORDED)
async def test_each_look_is_recorded_by_number_and_never_by_address(
    listed: Services,
    what: str,
    look: Callable[[Services, Officer], Awaitable[Any]],
    by: Officer,
) -> None:
    before = len(await entries_of(listed, what))
    await look(listed, by)
    entries = await entries_of(listed, what)
    assert len(entries) == before + 1
    last = entries[-1]
    assert (last.by, last.authority) == (by.name, "national")
    said = repr(last)
    for personal in (WHO.name, WHO.phone[3:], "78912345", WHO.email, "0478999999"):
        assert personal not in said
    shown = last.details.get("shown")
    assert shown in ([], [1], [1, 2])


async def test_a_search_for_an_address_is_recorded(listed: Services) -> None:
    await importing.find_recipients(listed, WHO.email, by=MILA)
    (entry,) = await entries_of(listed, "recipients.searched")
    assert entry.details == {"found": 1, "shown": [1]}


PAGES = (
    "/recipients",
    "/recipients/1",
    "/recipients/1/end",
    "/alerts/1/deliveries",
    "/alerts/1/deliveries/1.sms.1",
)


async def test_every_page_with_people_on_it_is_recorded(
    listed: Services, browsers: Browsers
) -> None:
    mila = await browsers(MILA)
    for path in PAGES:
        async with listed.reading() as reading:
            before = len(await ledger_rows.entries(reading.connection))
        page = await mila.get(path)
        assert "1/end" in path or "+3247…45" in page.text or "P… 1…" in page.text, path
        async with listed.reading() as reading:
            after = await ledger_rows.entries(reading.connection)
        assert len(after) == before + 1, path
        assert after[-1].by == "mila"


async def test_an_authority_reads_what_its_own_people_looked_at(
    listed: Services, desk: Desk
) -> None:
    from alerting.actions.ledger import list_entries as entries

    country = await Country(listed).founded()
    reader = await country.officer(Role.AUDITOR, TOWN)
    writer = await country.officer(Role.COMMUNICATOR, TOWN)
    await found_on_list(listed, "somebody", MILA)
    await found_on_list(listed, "somebody", writer)
    seen = await entries(listed, by=reader)
    own = [one for one in seen.items if one.what == "recipients.searched"]
    assert [one.by for one in own] == [writer.name]
