"""Lists are searched, imported after a look, corrected and ended; the ledger names no one."""

import re
from urllib.parse import parse_qsl

import httpx2
import pytest

from alerting.actions.recipients import import_jobs, importing
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Role
from alerting.domain.recipient import RecipientKind
from alerting.store import ledger as ledger_rows
from alerting.store.recipients import repository as recipient_rows
from tests import having_read
from tests.desk import JORIS, MILA, Desk
from tests.importing.reading import xlsx
from tests.make import EUPEN, newsroom, person
from tests.web.console import Browsers

PAULA = Officer("paula", Role.PRESS_OFFICER)
VERA = Officer("vera", Role.AUDITOR)
ADA = Officer("ada", Role.ADMINISTRATOR)
GOOD = (
    "reference;name;language;municipality;phone;email;consent_date;consent_source;channels;groups\n"
    "a;Amélie Dubois;fr;Liège;0470 12 34 56;amelie@example.org;2029-12-31;form 7;sms;Seveso X\n"
    "b;Jan Peeters;nl;Gent;0470 12 34 57;jan@example.org;;;;\n"
)
BAD = GOOD + "c;Nobody;xx;Nowhere;1;;;;;\n"


@pytest.fixture
async def mila(desk: Desk, browsers: Browsers) -> httpx2.AsyncClient:
    await desk.registers(*(person(n) for n in range(1, 16)), newsroom(1))
    await desk.registers(person(99, nis_code=EUPEN, language=Language.DE))
    return await browsers(MILA)


async def brings(browser: httpx2.AsyncClient, desk: Desk, file: str | bytes) -> str:
    """Bring a file, and have it read; the address of the page that shows it comes back."""
    name = "list.csv" if isinstance(file, str) else "list.xlsx"
    content = file.encode() if isinstance(file, str) else file
    answer = await browser.post("/recipients/import", files={"file": (name, content)})
    assert answer.status_code == 303, answer.text
    await import_jobs.run_due_imports(desk.services)
    return answer.headers["location"]


async def looked_for(browser: httpx2.AsyncClient, **fields: str) -> str:
    """The page that a search leads to."""
    to = await browser.post("/recipients", data=fields)
    assert to.status_code == 303
    return await having_read.unmasked(browser, to.headers["location"])


@pytest.mark.parametrize(
    ("query", "names"),
    [
        pytest.param("text=person+99", ["Person 99"], id="a name, without accents or capitals"),
        pytest.param("text=0470+00+00+07", ["Person 7"], id="a number as people write it"),
        pytest.param("text=%2B32470000007", ["Person 7"], id="a number as we write it"),
        pytest.param("text=0000099", ["Person 99"], id="its last digits"),
        pytest.param("text=person-99@example.org", ["Person 99"], id="a mail address"),
        pytest.param("text=p-12", ["Person 12"], id="a reference"),
        pytest.param("place=Eupen", ["Person 99"], id="a municipality"),
        pytest.param("language=de", ["Person 99"], id="a language"),
        pytest.param("text=person&language=de", ["Person 99"], id="two things at once"),
        pytest.param("text=nobody", [], id="nobody"),
    ],
)
async def test_a_person_is_found_by(mila: httpx2.AsyncClient, query: str, names: list[str]) -> None:
    page = await looked_for(mila, **dict(parse_qsl(query)))
    assert page.count('<tr role="row">') - 1 == len(names) or not names
    for name in names:
        assert name in page
    assert names or "No entries found on this list" in page


async def test_pages_follow_each_other_to_the_end(mila: httpx2.AsyncClient) -> None:
    first = (await mila.get("/recipients")).text
    following = first.rpartition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    second = (await mila.get(following.replace("&amp;", "&"))).text
    seen = [page.count('<th role="rowheader"') for page in (first, second)]
    assert seen == [10, 6]
    assert "Newsroom" not in first + second


async def test_a_place_nobody_knows_is_said_to_be(mila: httpx2.AsyncClient) -> None:
    assert "not a known municipality" in (await mila.get("/recipients?place=Xyz")).text


async def test_auditors_see_masked_people(mila: httpx2.AsyncClient, browsers: Browsers) -> None:
    vera = await browsers(VERA)
    for path in ("/recipients", "/recipients/1"):
        page = (await vera.get(path)).text
        assert "+32470000001" not in page
        assert "Person 1" not in page
        assert "P… 1…" in page


async def test_a_file_is_looked_at_before_anything_is_written(
    mila: httpx2.AsyncClient, desk: Desk
) -> None:
    path = await brings(mila, desk, BAD)
    page = await having_read.unmasked(mila, path)
    for said in ("Nothing has been saved yet", "Amélie Dubois", "not a language", "Nowhere"):
        assert said in page
    for said in ("Headings recognised: reference, name", "known rows, no changes"):
        assert said in page
    rejected = (await mila.post(f"{path}/rejected.csv")).text
    assert "Nobody" in rejected
    assert "not a language" in rejected
    async with desk.services.reading() as reading:
        assert await recipient_rows.count(reading.connection, RecipientKind.PERSON) == 16


async def test_a_workbook_is_looked_at_as_well(mila: httpx2.AsyncClient, desk: Desk) -> None:
    rows = [line.split(";") for line in GOOD.splitlines()]
    page = await having_read.unmasked(mila, await brings(mila, desk, xlsx({"Inscrits": rows})))
    assert "Read from the sheet “Inscrits”." in page
    assert "Amélie Dubois" in page


async def test_all_or_nothing_unless_chosen_otherwise(mila: httpx2.AsyncClient, desk: Desk) -> None:
    path = await brings(mila, desk, BAD)
    refused = await mila.post(path, data={"how": "all"})
    assert refused.status_code == 422
    assert "nothing was imported" in refused.text
    done = await mila.post(path, data={"how": "good"})
    assert done.headers["location"] == path
    await import_jobs.run_due_imports(desk.services)
    page = (await mila.get(path)).text
    assert "New: 2. Updated: 0. Not imported because of errors: 1." in page
    assert (await mila.post(path, data={"how": "good"})).status_code == 409, "it is imported once"
    page = await looked_for(mila, text="amelie")
    assert "Amélie Dubois" in page
    assert "amelie@example.org" not in page, "only text messages are wished"
    assert "Seveso X" in (await mila.get("/recipients/groups")).text


async def test_another_officers_file_is_not_there(
    mila: httpx2.AsyncClient, browsers: Browsers, desk: Desk
) -> None:
    path = await brings(mila, desk, GOOD)
    assert (await (await browsers(ADA)).get(path)).status_code == 404


async def test_what_is_no_list_is_said_to_be_none(mila: httpx2.AsyncClient, desk: Desk) -> None:
    answer = await mila.get(await brings(mila, desk, "name\nA\n"))
    assert "None of the first 20 rows has headings for all required columns" in answer.text


@pytest.mark.parametrize(
    ("officer", "path", "status"),
    [
        (MILA, "/recipients/import", 200),
        (MILA, "/press-contacts/import", 403),
        (PAULA, "/press-contacts/import", 200),
        (PAULA, "/recipients/import", 403),
        (JORIS, "/recipients/import", 403),
        (ADA, "/recipients/import", 200),
        (VERA, "/recipients/import", 403),
    ],
)
async def test_who_may_import(browsers: Browsers, officer: Officer, path: str, status: int) -> None:
    assert (await (await browsers(officer)).get(path)).status_code == status


FIELDS = {
    "name": "Person One",
    "language": "nl",
    "municipality": "Gent",
    "phone": "0470 99 99 99",
    "email": "one@example.org",
    "consent_date": "2029-05-06",
    "consent_source": "form 12",
    "groups": "Neighbours, Deaf",
}


async def test_a_correction_is_kept_and_the_ledger_tells_no_address(
    mila: httpx2.AsyncClient, desk: Desk
) -> None:
    answer = await having_read.post_form(mila, "/recipients/1", FIELDS)
    assert answer.headers["location"] == "/recipients/1?saved=1"
    assert "The change is recorded" in (await mila.get("/recipients/1?saved=1")).text
    page = await having_read.unmasked(mila, "/recipients/1")
    for said in ("Person One", "+32470999999", "one@example.org", "2029-05-06", "Deaf, Neighbours"):
        assert said in page
    assert "Person One" in await looked_for(mila, text="999999")
    assert "No entries found" in await looked_for(mila, text="0470000001"), "its old number"
    async with desk.services.reading() as reading:
        entries = await ledger_rows.entries(reading.connection, about="recipient/1")
    assert [one.what for one in entries] == [
        "personal-data.shown",
        "recipient.changed",
        "recipient.read",
        "personal-data.shown",
    ]
    entry = entries[1]
    assert set(entry.details["fields"]) == {
        "language", "nis_code", "name", "phone", "email", "consent_date", "consent_source",
        "groups",
    }  # fmt: skip
    assert "999999" not in str(entry.details)


async def test_a_field_that_is_wrong_is_told_beside_it(mila: httpx2.AsyncClient) -> None:
    answer = await having_read.post_form(
        mila, "/recipients/1", {**FIELDS, "phone": "12", "municipality": "X"}
    )
    assert answer.status_code == 422
    assert 'id="f-phone-fault"' in answer.text
    assert 'value="12"' in answer.text, "what was typed is still there"
    assert 'value="Person 1"' in await having_read.unmasked(mila, "/recipients/1")


async def test_an_approver_reads_but_does_not_change(browsers: Browsers, desk: Desk) -> None:
    await desk.registers(person(1))
    joris = await browsers(JORIS)
    assert "+32470000001" in await having_read.unmasked(joris, "/recipients/1")
    assert (await joris.post("/recipients/1", data=FIELDS)).status_code == 403
    assert (await joris.post("/recipients/1/end")).status_code == 403


async def test_an_entry_of_the_other_list_is_not_found(mila: httpx2.AsyncClient) -> None:
    assert (await mila.get("/press-contacts/1")).status_code == 404


async def test_who_ends_their_entry_is_forgotten(mila: httpx2.AsyncClient, desk: Desk) -> None:
    assert "cannot be restored" in (await mila.get("/recipients/7/end")).text
    await mila.post("/recipients/7/end")
    page = (await mila.get("/recipients/7")).text
    assert "were erased" in page
    for gone in ("Person 7", "+32470000007", "person-7@example.org"):
        assert gone not in page
    assert "Person 7" not in await looked_for(mila, text="person 7")
    assert "Entry 7" in (await mila.get("/recipients?ended=true")).text
    async with desk.services.reading() as reading:
        entries = await ledger_rows.entries(reading.connection, about="recipient/7")
    changes = [one.what for one in entries if one.what != "recipient.read"]
    assert changes == ["recipient.ended"]


async def test_the_rows_that_were_not_imported_can_be_fetched_afterwards(
    mila: httpx2.AsyncClient, desk: Desk
) -> None:
    page = await brings(mila, desk, BAD)
    refused = await mila.post(page, data={"how": "all"})
    assert "choose to import only the valid rows" in refused.text
    assert "--skip-bad" not in refused.text
    await mila.post(page, data={"how": "good"})
    await import_jobs.run_due_imports(desk.services)
    listing = (await mila.get("/recipients/import")).text
    assert f'href="{page}"' in listing
    assert "not a language" in (await mila.get(page)).text
    fetched = (await mila.post(f"{page}/rejected.csv")).text
    assert "Nobody" in fetched
    assert "Amélie" not in fetched


async def test_whoever_shares_an_address_is_shown_before_an_entry_ends(
    mila: httpx2.AsyncClient, desk: Desk
) -> None:
    file = (
        "reference;name;language;municipality;phone;email\n"
        "taken-1;Other Name;fr;Liège;+32470000007;person-7@example.org\n"
        "taken-2;House Mate;fr;Liège;+32470000007;\n"
    )
    await importing.import_file(
        desk.services, file.encode(), file="t.csv", kind=RecipientKind.PERSON, by=MILA
    )
    page = await having_read.unmasked(mila, "/recipients/7/end")
    same, one_address = page.split("Other entries with one of these addresses")
    assert "Other Name" in same
    assert "House Mate" in one_address
    (chosen,) = re.findall(r'name="also" value="(\d+)"', page)
    await mila.post("/recipients/7/end", data={"also": chosen})
    assert "taken-1" not in await looked_for(mila, text="other name")
    assert "taken-2" not in await looked_for(mila, text="house mate")


async def test_groups_are_made_renamed_and_taken_away(mila: httpx2.AsyncClient) -> None:
    await mila.post("/recipients/groups", data={"name": "Neighbours"})
    assert (await mila.post("/recipients/groups", data={"name": "Neighbours"})).status_code == 422
    await having_read.post_form(mila, "/recipients/1", {**FIELDS, "groups": "Neighbours"})
    await mila.post("/recipients/groups/1", data={"name": "Riverside", "act": "rename"})
    assert "Riverside" in (await mila.get("/recipients/groups")).text
    members = await having_read.unmasked(mila, "/recipients?group=1")
    assert "Person One" in members
    assert "Person 2" not in members
    await mila.post("/recipients/groups/1", data={"act": "remove"})
    assert "no groups yet" in (await mila.get("/recipients/groups")).text
    assert (await mila.get("/recipients/1")).status_code == 200
