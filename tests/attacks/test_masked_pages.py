"""No page shows a name, number or address of a recipient before somebody asks for it by a button.

Every page of the console is looked at, in roles that may see addresses and in roles that may not.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from itertools import product

import pytest
from fastapi import FastAPI

from alerting.actions.recipients import import_jobs
from alerting.actions.recipients.search import SHOWN
from alerting.domain.ledger import LedgerEntry
from alerting.domain.officer import Officer, Role
from alerting.store import ledger as ledger_rows
from tests.desk import JORIS, MILA, Desk
from tests.make import newsroom, person
from tests.tiers import WHOLE
from tests.uploads import upload
from tests.web.console import Browsers
from tests.web.test_route_permissions import api_routes

ADA = Officer("ada", Role.ADMINISTRATOR)
PAULA = Officer("paula", Role.PRESS_OFFICER)
VERA = Officer("vera", Role.AUDITOR)
FILE = """reference;name;language;municipality;phone;email;consent_date;consent_source
x-1;Zoë Quaegebeur;fr;Liège;0478 77 11 22;zoe.quaegebeur@example.net;2024-01-01;guichet 17
x-2;Ward Uyttendaele;fr;Nowhere-at-all;0478 77 11 33;ward@@uyttendaele;2024-01-01;guichet 18
"""
PERSONAL = re.compile(
    r"Octavie|Vandermeulebroucke|Wouters|Balthazar|Quaegebeur|Uyttendaele"
    r"|47[ ./]?8[ ./]?77|octavie@|wouters@|balthazar@|zoe\.|ward@|guichet",
    re.IGNORECASE,
)
"""Of a recipient, of two who share an address, of a contact of a newsroom, and of a file."""
PEOPLE = (
    replace(
        person(1, phone="+32478771101", email="octavie@example.net"),
        name="Octavie Vandermeulebroucke",
        consent_source="guichet 16",
    ),
    replace(person(2, phone="+32478771102", email="octavie@example.net"), name="Jef Wouters"),
    replace(newsroom(3), name="Balthazar Michiels", email="balthazar@example.net"),
)
SHOWN_BY_BUTTON = {
    "/recipients": "Octavie Vandermeulebroucke",
    "/recipients?language=fr": "octavie@example.net",
    "/recipients/1": "+32478771101",
    "/recipients/1/end": "Jef Wouters",
    "/press-contacts": "balthazar@example.net",
    "/press-contacts/3": "Balthazar Michiels",
    "/alerts/1/deliveries": "+32478771102",
    "/alerts/1/deliveries?channel=email": "octavie@example.net",
    "/alerts/1/deliveries/1.sms.1": "+32478771101",
    "/recipients/import/{file}": "Zoë Quaegebeur",
}
"""Pages with people, and what is on each once it was asked for."""


@pytest.fixture
async def file(desk: Desk) -> str:
    """The number of a file of MILA, beside an alert that was sent to everybody."""
    await desk.registers(*PEOPLE)
    await desk.issues(channels=["sms", "email", "press"])
    await desk.works()
    number = await upload(desk.services, FILE.encode(), by=MILA)
    await import_jobs.run_due_imports(desk.services)
    return number


def pages(app: FastAPI, file: str) -> Iterator[str]:
    """Every page there is, with what there is in each place of its address."""
    values = {
        "which": ("recipients", "press-contacts"),
        "number": ("1", "3"),
        "key": ("1.sms.1", "1.press.3"),
        "channel": ("sms",),
        "language": ("fr",),
    }
    for route in api_routes(app):
        if "GET" not in (route.methods or ()) or route.path.startswith("/api/"):
            continue
        if route.path.endswith("/live"):  # a stream, which goes on for as long as the page is open
            continue
        names = re.findall(r"\{(\w+)", route.path)
        path = re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path)
        there = {**values, "number": (file,)} if "/import/" in path else values
        for chosen in product(*(there.get(name, ("1",)) for name in names)):
            yield path.format(**dict(zip(names, chosen, strict=True)))


@pytest.mark.parametrize(
    "by", [MILA, ADA, *((PAULA, VERA) if WHOLE else ())], ids=lambda one: str(one.role)
)
async def test_no_page_shows_a_recipient_before_somebody_asks(
    desk: Desk, browsers: Browsers, app: FastAPI, file: str, by: Officer
) -> None:
    browser = await browsers(by)
    found = {path: await browser.get(path) for path in pages(app, file)}
    for path, page in found.items():
        told = unescape(page.text)
        assert not PERSONAL.search(told), (path, PERSONAL.search(told))
    seen = {path for path, page in found.items() if page.status_code == 200}
    expected = {path.partition("?")[0].format(file=file) for path in SHOWN_BY_BUTTON}
    assert expected - {f"/recipients/import/{file}"} <= seen
    assert (f"/recipients/import/{file}" in seen) == (by is MILA)
    (only,) = {entry.what for entry in await entries(desk) if entry.what == SHOWN} or {""}
    assert only == ""


async def entries(desk: Desk) -> list[LedgerEntry]:
    async with desk.services.reading() as reading:
        return await ledger_rows.entries(reading.connection, limit=10_000)


@pytest.mark.parametrize(("path", "personal"), SHOWN_BY_BUTTON.items(), ids=SHOWN_BY_BUTTON)
async def test_the_button_shows_them_once_and_the_ledger_says_who_asked(
    desk: Desk, browsers: Browsers, file: str, path: str, personal: str
) -> None:
    path = path.format(file=file)
    mila = await browsers(MILA)
    page = (await mila.get(path)).text
    (button,) = re.findall(r'<form method="post" action="([^"]+/personal-data[^"]*)"', page)
    asked = unescape(button)
    assert not PERSONAL.search(asked)
    before = len(await entries(desk))

    shown = await mila.post(asked)

    assert personal in unescape(shown.text)
    written = (await entries(desk))[before:]
    assert {(one.what, one.by) for one in written} == {(SHOWN, "mila")}
    assert all(one.details.get("shown") or one.details.get("rows") for one in written)
    assert not PERSONAL.search(repr(written))
    for again in (path, asked):
        page = (await mila.get(again, follow_redirects=True)).text
        assert not PERSONAL.search(unescape(page)), "a link unmasks nothing"


@pytest.mark.parametrize("path", SHOWN_BY_BUTTON)
async def test_who_may_not_see_addresses_has_no_button_and_is_refused(
    desk: Desk, browsers: Browsers, file: str, path: str
) -> None:
    path = path.format(file=file)
    vera = await browsers(VERA)
    assert "/personal-data" not in (await vera.get(path)).text
    head, _, query = path.partition("?")
    refused = await vera.post(f"{head}/personal-data?{query}")
    assert refused.status_code == 403
    assert not PERSONAL.search(unescape(refused.text))


async def test_a_recipient_is_found_by_the_exact_number_and_still_masked(
    browsers: Browsers, file: str
) -> None:
    joris = await browsers(JORIS)
    for path, field in (("/recipients", "text"), ("/alerts/1/deliveries", "person")):
        to = (await joris.post(path, data={field: "0478 77 11 01"})).headers["location"]
        page = (await joris.get(to)).text
        assert "01</a>" in page or "01</td>" in page
        assert "+32478771101" not in page
        (button,) = re.findall(r'action="([^"]+/personal-data[^"]*)"', page)
        assert "+32478771101" in (await joris.post(unescape(button))).text
