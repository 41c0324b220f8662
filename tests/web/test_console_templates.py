"""Texts are read side by side, changed in a form, and put in force by a second person."""

import io
import re
import zipfile

import httpx2
import pytest

from alerting.actions.templates import versions
from alerting.domain.officer import Officer, Role
from alerting.web.console.text_diff import words
from tests.desk import JORIS, MILA, Desk
from tests.web.console import Browsers

VERA = Officer("vera", Role.AUDITOR)
FILE = "/library/chem_shelter/sms"
FIELD = re.compile(r'name="(\w+\.\w\w)".*?>\n(.*?)</textarea>', re.DOTALL)


async def typed(browser: httpx2.AsyncClient) -> dict[str, str]:
    """What the form holds, as a browser would send it back."""
    page = (await browser.get(FILE)).text
    plain = {name: text.replace("&#39;", "'") for name, text in FIELD.findall(page)}
    assert set(plain) == {"text.fr", "text.nl", "text.de", "text.en"}
    (plain["seen"],) = re.findall(r'name="seen" value="(\w+)"', page)
    return plain


async def test_every_scenario_is_read_in_every_language(browsers: Browsers, desk: Desk) -> None:
    vera = await browsers(VERA)
    page = (await vera.get("/library")).text
    assert page.count('href="/library/') == len(list(desk.services.composer.library))
    page = (await vera.get("/library/chem_shelter")).text
    for language in ("fr", "nl", "de", "en"):
        assert f'<p class="bubble" lang="{language}">' in page
    assert "Hauts-Prés" in page, "filled with the samples"


async def test_a_change_is_checked_before_it_is_proposed(browsers: Browsers) -> None:
    mila = await browsers(MILA)
    fields = await typed(mila)
    fields["text.nl"] = fields["text.nl"].replace("{{ substance }}", "")
    answer = await mila.post(FILE, data={**fields, "act": "propose"})
    assert answer.status_code == 422
    assert "cannot be used yet" in answer.text
    assert 'id="t-text-nl"' in answer.text
    assert "substance" in answer.text


async def test_a_preview_proposes_nothing(browsers: Browsers, desk: Desk) -> None:
    mila = await browsers(MILA)
    fields = await typed(mila)
    fields["text.fr"] = fields["text.fr"].replace("Rentrez", "Revenez")
    page = (await mila.post(FILE, data={**fields, "act": "try"})).text
    assert "found no errors" in page
    assert "Revenez MAINTENANT" in page.partition("With the sample details")[2]
    assert (await versions.list_versions(desk.services, by=MILA)).items == []


async def test_what_may_be_misread_is_shown_and_can_be_proposed(browsers: Browsers) -> None:
    mila = await browsers(MILA)
    fields = await typed(mila)
    fields["text.fr"] = fields["text.fr"].replace("{{ substance }}", "du {{ substance }}")
    page = (await mila.post(FILE, data={**fields, "act": "try"})).text
    assert "May be misread" in page
    assert "has an article before a detail" in page
    answer = await mila.post(FILE, data={**fields, "act": "propose"})
    assert answer.headers["location"] == "/library/versions/1"


async def test_what_was_not_changed_is_not_proposed(browsers: Browsers, desk: Desk) -> None:
    mila = await browsers(MILA)
    page = (await mila.post(FILE, data={**await typed(mila), "act": "propose"})).text
    assert "Nothing has been changed yet" in page
    assert (await versions.list_versions(desk.services, by=MILA)).items == []


async def test_a_second_person_sees_each_word_and_approves(browsers: Browsers) -> None:
    mila, joris = await browsers(MILA), await browsers(JORIS)
    fields = await typed(mila)
    fields["text.fr"] = fields["text.fr"].replace("Rentrez", "Revenez")
    answer = await mila.post(FILE, data={**fields, "act": "propose"})
    assert answer.headers["location"] == "/library/versions/1"
    assert "a second person must approve" in (await mila.get("/library/versions/1")).text
    assert (await mila.post("/library/versions/1")).status_code == 403
    page = (await joris.get("/library/versions/1")).text
    assert re.search(r"<ins>.*Revenez</ins>", page)
    assert re.search(r"<del>.*Rentrez</del>", page)
    assert "/library/versions/1" in (await joris.get("/library")).text
    await joris.post("/library/versions/1")
    assert "Revenez MAINTENANT" in (await joris.get("/library/chem_shelter")).text
    page = (await joris.get("/library/versions/1")).text
    assert "approved by joris" in page
    assert re.search(r"<ins>.*Revenez</ins>", page), "the difference stays to be read"


async def test_auditors_cannot_propose(browsers: Browsers) -> None:
    vera = await browsers(VERA)
    assert "<textarea" not in (await vera.get(FILE)).text
    assert (await vera.post(FILE, data={"text.fr": "x", "act": "propose"})).status_code == 403


@pytest.mark.parametrize(
    "path", ["/library/nothing", "/library/chem_shelter/nothing", "/library/chem_shelter/scenario"]
)
async def test_what_is_not_there_is_said_so(browsers: Browsers, path: str) -> None:
    assert (await (await browsers(MILA)).get(path)).status_code in {404, 422}


async def test_the_library_in_force_can_be_taken_along(browsers: Browsers, desk: Desk) -> None:
    answer = await (await browsers(VERA)).post("/library/export.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        source = archive.read("chem_shelter/sms.toml").decode()
    trial = await versions.try_out(desk.services, "chem_shelter/sms.toml", source, by=MILA)
    assert not trial.faults


def test_words_are_compared_as_readers_read_them() -> None:
    found = [(one.kind, one.text) for one in words("Entrez vite, merci", "Rentrez vite !")]
    assert found == [
        ("gone", "Entrez"),
        ("new", "Rentrez"),
        ("same", " vite"),
        ("gone", ","),
        ("same", " "),
        ("gone", "merci"),
        ("new", "!"),
    ]
