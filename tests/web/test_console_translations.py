"""The pages by which a translation is asked for, given and taken: plain forms, no script."""

import re
from typing import Any

import httpx2
import pytest

from alerting.actions.alerts import compositions, translations
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from tests.desk import JORIS, LEEN, MILA, Desk
from tests.territory import Country
from tests.web.console import Browsers

AUGUST = Officer("august", Role.AUDITOR)
FORM: dict[str, Any] = {
    "area": "21004",
    "channel": ["sms"],
    "spoken": "fr,nl",
    "value.substance.fr": "chlore <gazeux>",
    "value.substance.nl": "",
    "value.next_update": "15h30",
}


@pytest.fixture(autouse=True)
async def staff(services: Services) -> None:
    for name, role in (
        ("mila", Role.COMMUNICATOR),
        ("joris", Role.APPROVER),
        ("leen", Role.APPROVER),
    ):
        await Country(services).officer(role, "national", name=name)


def version_in(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


def seen_in(page: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', page)
    assert found
    return found[1]


async def begun(mila: httpx2.AsyncClient) -> str:
    """The address of a composition that says something in French alone."""
    form = {"scenario": "chem_shelter", "alert_class": "exercise"}
    address = (await mila.post("/compose", data=form)).headers["location"]
    await mila.post(address, data=FORM | {"version": "1"})
    return address


async def asked(mila: httpx2.AsyncClient, address: str, name: str = "joris") -> str:
    """The address of the one field."""
    page = (await mila.get(address)).text
    assert 'value="ask:substance:nl"' in page
    assert 'value="ask:substance:fr"' not in page
    assert 'value="ask:location:nl"' not in page, "nothing is said there"
    pressed = {"act": "ask:substance:nl", "version": version_in(page)}
    to = (await mila.post(address, data=FORM | pressed)).headers["location"]
    assert to == f"{address}/ask/substance/nl"
    choice = (await mila.get(to)).text
    assert "chlore &lt;gazeux&gt;" in choice
    assert '<option value="mila">' not in choice
    answer = await mila.post(to, data={"name": name})
    assert answer.status_code == 303, answer.text
    page = (await mila.get(answer.headers["location"])).text
    assert f"Asked of {name} at" in page
    found = re.search(r'value="withdraw:(\d+)"', page)
    assert found
    return f"/translations/{found[1]}"


async def test_from_the_missing_field_to_the_words_in_it(desk: Desk, browsers: Browsers) -> None:
    mila, joris = await browsers(MILA), await browsers(JORIS)
    address = await begun(mila)
    field = await asked(mila, address)
    home = (await joris.get("/")).text
    assert f'href="{field}"' in home
    assert "chlore" not in home

    page = (await joris.get(field)).text
    assert "chlore &lt;gazeux&gt;" in page
    assert "The product that is leaking" in page
    assert "mila asks you" in page
    assert page.count("<form") == 1 + home.count("<form") - home.count("/read")
    sent = await joris.post(
        field, data={"typed": "chloorgas", "seen": seen_in(page), "value.location.nl": "Gent"}
    )
    assert sent.status_code == 303
    assert "Thank you" in (await joris.get(field)).text

    page = (await mila.get(address)).text
    assert 'value="chloorgas"' in page
    assert "Translated by joris" in page
    assert "Gent" not in page
    assert f'href="{field}"' in (await mila.get("/")).text
    assert (await mila.get(field)).headers["location"] == f"{address}#f-substance"


async def test_whoever_was_not_asked_finds_nothing(browsers: Browsers) -> None:
    mila = await browsers(MILA)
    field = await asked(mila, await begun(mila))
    for officer, status in ((LEEN, 404), (AUGUST, 403)):
        other = await browsers(officer)
        assert (await other.get(field)).status_code == status
        assert (await other.post(field, data={"typed": "x", "seen": "y"})).status_code == status
    stranger = await browsers()
    assert (await stranger.get(field)).status_code == 303
    assert (await mila.get("/translations/4711")).status_code == 404


async def test_words_that_cannot_stand_there_are_refused_in_place(browsers: Browsers) -> None:
    mila, joris = await browsers(MILA), await browsers(JORIS)
    field = await asked(mila, await begun(mila))
    seen = seen_in((await joris.get(field)).text)
    for typed, said in (("  ", "Write the words first"), ("a" * 301, "at most 300 visible")):
        answer = await joris.post(field, data={"typed": typed, "seen": seen})
        assert answer.status_code == 422
        assert said in answer.text
    assert f'value="{"a" * 301}"' in answer.text, "what was typed is still there"


async def test_the_second_is_told_who_was_first(desk: Desk, browsers: Browsers) -> None:
    mila, joris = await browsers(MILA), await browsers(JORIS)
    field = await asked(mila, await begun(mila))
    seen = seen_in((await joris.get(field)).text)
    await joris.post(field, data={"typed": "chloorgas", "seen": seen})
    answer = await joris.post(field, data={"typed": "chloor", "seen": seen})
    assert answer.status_code == 409
    assert "joris has already sent this translation" in answer.text


async def test_what_is_typed_meanwhile_and_the_answer_are_both_kept_and_read_before_it_is_made(
    browsers: Browsers,
) -> None:
    mila, joris = await browsers(MILA), await browsers(JORIS)
    address = await begun(mila)
    field = await asked(mila, address)
    version = version_in((await mila.get(address)).text)
    waits = await mila.get(f"{address}/answers?version={version}")
    assert (waits.status_code, "HX-Trigger" in waits.headers) == (204, False)
    seen = seen_in((await joris.get(field)).text)
    await joris.post(field, data={"typed": "chloorgas", "seen": seen})
    came = await mila.get(f"{address}/answers?version={version}")
    assert came.headers["HX-Trigger"] == "answered"

    typed = FORM | {"version": version, "channel": ["sms", "email"], "act": "make"}
    answer = await mila.post(address, data=typed)
    assert answer.status_code == 409
    assert "has just been filled in" in answer.text
    assert 'value="chloorgas"' in answer.text
    again = typed | {"version": version_in(answer.text), "value.substance.nl": "chloorgas"}
    made = await mila.post(address, data=again)
    assert made.status_code == 303
    alert = (await mila.get(made.headers["location"])).text
    assert "chloorgas" in alert


async def test_a_script_gets_the_cell_with_the_words(browsers: Browsers) -> None:
    mila, joris = await browsers(MILA), await browsers(JORIS)
    address = await begun(mila)
    field = await asked(mila, address)
    version = version_in((await mila.get(address)).text)
    seen = seen_in((await joris.get(field)).text)
    await joris.post(field, data={"typed": "chloorgas", "seen": seen})
    answer = await mila.post(
        address, data=FORM | {"version": version}, headers={"HX-Request": "true"}
    )
    assert 'hx-target="#f-substance-nl-cell"' in answer.text
    assert 'value="chloorgas"' in answer.text
    assert "conflict-h" not in answer.text


@pytest.mark.parametrize(("button", "stands"), [("take", True), ("decline", False)])
async def test_a_proposal_is_taken_or_not(browsers: Browsers, button: str, stands: bool) -> None:
    mila, joris = await browsers(MILA), await browsers(JORIS)
    address = await begun(mila)
    field = await asked(mila, address)
    await joris.post(field, data={"typed": "chloorgas", "seen": "other words"})
    page = (await mila.get(address)).text
    assert "joris proposes:" in page
    found = re.search(rf'value="({button}:\d+)"', page)
    assert found
    pressed = {"act": found[1], "version": version_in(page)}
    answer = await mila.post(address, data=FORM | pressed)
    assert answer.status_code == 200
    assert ('value="chloorgas"' in answer.text) == stands
    assert "proposes:" not in answer.text


async def test_withdrawn_it_can_be_asked_again(services: Services, browsers: Browsers) -> None:
    mila = await browsers(MILA)
    address = await begun(mila)
    field = await asked(mila, address)
    number = field.rpartition("/")[2]
    page = (await mila.get(address)).text
    pressed = {"act": f"withdraw:{number}", "version": version_in(page)}
    assert 'value="ask:substance:nl"' in (await mila.post(address, data=FORM | pressed)).text
    assert "no longer needed" in (await (await browsers(JORIS)).get(field)).text
    for wrong in ("withdraw:x", "take:4711", "withdraw:"):
        answer = await mila.post(address, data=FORM | {"act": wrong, "version": version_in(page)})
        assert answer.status_code in {200, 404}


async def test_once_the_draft_is_discarded_whoever_was_asked_is_told(
    services: Services, browsers: Browsers
) -> None:
    mila, joris = await browsers(MILA), await browsers(JORIS)
    address = await begun(mila)
    field = await asked(mila, address)
    number = int(address.rpartition("/")[2])
    about = await compositions.get_composition(services, number, by=MILA)
    await compositions.delete_composition(services, number, seen=about.version, by=MILA)
    answer = await joris.get(field)
    assert answer.status_code == 404
    assert "This translation is no longer needed" in answer.text
    assert "no longer needed" not in (await (await browsers(LEEN)).get(field)).text


async def test_who_cannot_be_asked_is_refused_in_place(
    services: Services, browsers: Browsers
) -> None:
    mila = await browsers(MILA)
    address = await begun(mila)
    page = f"{address}/ask/substance/nl"
    answer = await mila.post(page, data={"name": "nobody"})
    assert answer.status_code == 422
    assert "“nobody” cannot be asked" in answer.text
    assert (await mila.get(f"{address}/ask/substance/fr")).status_code == 422
    assert (await mila.get(f"{address}/ask/nothing/nl")).status_code == 422
    number = int(address.rpartition("/")[2])
    assert await translations.list_translations(services, number, by=MILA) == []
