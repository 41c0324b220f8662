"""No address, log or spreadsheet tells whom somebody looked for, and no link makes us export.

Addresses are kept by browsers, proxies and logs. Every page that takes a person is looked at.
"""

import csv
import io
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack
from urllib.parse import unquote

import httpx2
import pytest
from fastapi import FastAPI

from alerting.importing.csv_table import harmless, write_rows
from alerting.settings import Settings
from alerting.web.app import create_app
from tests import having_read
from tests.attacks.test_malformed_input import Forms, asked_of, routes
from tests.desk import JORIS, MILA, Desk
from tests.make import person
from tests.server import nothing_beside
from tests.web.console import Browsers

PERSONAL = {"text", "person", "address", "name", "phone", "email", "reference", "after", "q"}
"""Names under which somebody might be looked for."""
HARMLESS = {
    "/api/ledger": {"after"},
    "/api/alerts": {"after"},
    "/api/incidents": {"after"},
    "/api/releases": {"after"},
    "/api/change-requests": {"after"},
    "/api/templates/wordings": {"after"},
    "/{which:list}/groups": {"after"},
    "/compose": {"q"},
    "/api/alerts/{number}/deliveries": {"after"},
    "/alerts/{number}/deliveries": {"after"},
}
"""Where one of these is a number of ours, a key made of numbers, or a word of a scenario."""
LOOKED_FOR = ("Person 7", "+32470000007", "person-7@example.org", "0470 00 00 07", "p-7")


@pytest.fixture
async def browsers(app: FastAPI, desk: Desk) -> AsyncIterator[Browsers]:
    async with AsyncExitStack() as open_ones:
        yield Browsers(app, desk.services, open_ones)


@pytest.fixture
def app(desk: Desk) -> FastAPI:
    return create_app(desk.services, Settings(), alongside=nothing_beside)


def test_no_address_takes_a_person(app: FastAPI) -> None:
    for route in routes(app, ("GET",)):
        taken = PERSONAL & set(asked_of(route))
        assert taken <= HARMLESS.get(route.path, set()), route.path


def hidden_in(text: str, shown: Iterable[str]) -> bool:
    plain = unquote(text.replace("+", " "))
    return not any(one in plain or one in text for one in shown)


@pytest.mark.parametrize("asked", LOOKED_FOR)
@pytest.mark.parametrize(
    ("path", "field"), [("/recipients", "text"), ("/alerts/1/deliveries", "person")]
)
async def test_a_search_leaves_no_trace_in_addresses(
    desk: Desk, browsers: Browsers, path: str, field: str, asked: str
) -> None:
    await desk.registers(*(person(n) for n in range(1, 9)))
    await desk.issues(channels=["sms"])
    await desk.works()
    joris = await browsers(JORIS)
    to = (await joris.post(path, data={field: asked})).headers["location"]
    assert hidden_in(to, LOOKED_FOR)
    page = await having_read.unmasked(joris, to)
    assert "Person 7" in page
    assert "Person 3" not in page
    page += (await joris.get(to)).text
    links = [one.partition('"')[0] for one in page.split('href="')[1:]]
    assert all(hidden_in(link, LOOKED_FOR) for link in links)


async def test_the_next_page_names_nobody(desk: Desk, browsers: Browsers) -> None:
    browsers.app = create_app(desk.services, Settings(page_size=10), alongside=nothing_beside)
    await desk.registers(*(person(n) for n in range(100, 125)))
    joris = await browsers(JORIS)
    path, seen = "/recipients", 0
    for _ in range(3):
        page = (await joris.get(path)).text
        seen += page.count('<a href="/recipients/')
        following = page.rpartition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
        assert "p-1" not in following
        path = following.replace("&amp;", "&")
    assert seen >= 25


async def test_an_address_is_of_use_to_nobody_else(desk: Desk, browsers: Browsers) -> None:
    await desk.registers(*(person(n) for n in range(1, 9)))
    joris = await browsers(JORIS)
    to = (await joris.post("/recipients", data={"text": "Person 7"})).headers["location"]
    mila = await browsers(MILA)
    assert "Person 3" in await having_read.unmasked(mila, to), "not filtered: it is not hers"


async def test_no_mere_link_exports_anything(desk: Desk, browsers: Browsers, app: FastAPI) -> None:
    await desk.registers(person(1))
    await desk.issues(channels=["sms"])
    joris = await browsers(JORIS)
    for path in ("/api/alerts/1/deliveries.csv", "/library/export.zip"):
        elsewhere = {"Sec-Fetch-Site": "cross-site"}
        assert (await joris.get(path, headers=elsewhere)).status_code in {404, 405, 422}
        assert (await joris.post(path, headers=elsewhere)).status_code == 403
    assert "deliveries.exported" not in await desk.ledger()
    downloads = [
        route.path
        for route in routes(app, ("GET",))
        if route.path.rpartition(".")[2] in {"csv", "zip", "json", "xlsx", "pdf"}
    ]
    assert downloads == ["/places.json"], "names of places, for the page that asks for them"
    found: list[str] = []
    for page in ("/library", "/alerts/1/deliveries"):
        forms = Forms(page)
        forms.feed((await joris.get(page)).text)
        found += [path for path, _ in forms.found]
    assert any(path.endswith("export.zip") for path in found)
    assert any(path.endswith("deliveries.csv") for path in found)


async def test_every_answer_of_ours_is_kept_by_nobody(
    desk: Desk, browsers: Browsers, app: FastAPI
) -> None:
    joris = await browsers(JORIS)
    answers: list[httpx2.Response] = [
        await joris.get(route.path.replace("{number}", "1"))
        for route in routes(app, ("GET",))
        if route.path.startswith(("/api/me", "/api/alerts", "/", "/recipients"))
        and "{" not in route.path.replace("{number}", "")
        and route.path != "/places.json"
    ]
    assert len(answers) > 20
    assert {one.headers.get("cache-control") for one in answers} == {"no-store"}


CELLS = [
    ('=HYPERLINK("http://evil.example")', True),
    (" =1+1", True),
    ("\t=1+1", True),
    ("\r=1+1", True),
    ("\n=1+1", True),
    ("\u00a0=1+1", True),
    ("＝1+1", True),
    ("@SUM(1)", True),
    ("-1+1", True),
    ("+1+1", True),
    ("+١٢", True),
    ("+", True),
    ("+32470000007", False),
    ("Person 7", False),
    ("a=b", False),
    ("", False),
]


@pytest.mark.parametrize(("cell", "quoted"), CELLS)
def test_no_cell_and_no_header_is_a_formula(cell: str, quoted: bool) -> None:
    written = f"'{cell}" if quoted else cell
    assert harmless(cell) == written
    table = write_rows([[cell, "x"], [cell, "y"]])
    assert list(csv.reader(io.StringIO(table, newline=""), delimiter=";"))[:2] == [
        [written, "x"],
        [written, "y"],
    ]
