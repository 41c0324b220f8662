"""The press office on its pages: written side by side, reviewed, published, corrected."""

import re
from datetime import timedelta

import pytest

from alerting.actions.press import queries
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Role
from alerting.domain.press.states import ReleaseState
from alerting.web.console.press.release_form import changes_of, form_of
from tests.desk import Desk
from tests.press_office import LEEN, PAUL, PIA, PressOffice, newsroom
from tests.web.console import Browsers

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def was(page: str) -> dict[str, str]:
    """The hidden fields of the form: what it showed, and the revision."""
    return {name: value.replace("&#39;", "'") for name, value in HIDDEN.findall(page)}


async def seen(desk: Desk, number: int) -> str:
    return (await queries.get_release(desk.services, number, by=PIA)).release.fingerprint()


async def test_a_release_from_new_to_published(browsers: Browsers, desk: Desk) -> None:
    await desk.registers(newsroom("le-pays"))
    pia, leen = await browsers(PIA), await browsers(LEEN)
    made = await pia.post(
        "/releases/new", data={"places": "4000 Liège", "also_in": ["nl"], "topics": "exercice"}
    )
    assert made.headers["location"] == "/releases/1/edit"
    form = await pia.get("/releases/1/edit")
    typed = {
        "fr.headline": "Exercice à Liège",
        "fr.lead": "Le 12 janvier.",
        "fr.body": "À 9h00.\r\n\r\n- Rue fermée",
        "fr.contact": "Presse FR\n+32 4 221 80 00, de 8h00 à 18h00",
        "nl.headline": "Oefening in Luik",
        "nl.lead": "Op 12 januari.",
        "nl.body": "Om 9.00 uur.\n\n- Straat afgesloten",
        "nl.contact": "Pers NL\n+32 4 221 80 00, van 8.00 tot 18.00 uur",
        "fr.quote.0.text": "Nous serons prêts",
        "fr.quote.0.speaker": "Anne Dupont",
        "nl.quote.0.text": "We zullen klaar zijn",
        "nl.quote.0.speaker": "Anne Dupont",
    }
    saved = await pia.post("/releases/1/edit", data={**was(form.text), **typed})
    assert saved.headers["location"] == "/releases/1?done=saved"
    page = (await pia.get("/releases/1")).text
    assert "Anne Dupont" in page
    assert "Submit for review" in page
    await pia.post("/releases/1/submit", data={"seen": await seen(desk, 1)})
    assert "another user must approve it" in (await pia.get("/releases/1")).text
    approved = await leen.post("/releases/1/approve", data={"seen": await seen(desk, 1)})
    assert approved.headers["location"] == "/releases/1?done=approved"
    await pia.post("/releases/1/publish", data={"seen": await seen(desk, 1)})
    assert [name for name, _ in await PressOffice(desk).mailed()] == ["le-pays"]
    auditor = await browsers(Officer("ada", Role.AUDITOR))
    listed = (await auditor.get("/releases")).text
    assert "Exercice à Liège" in listed
    assert "/releases/new" not in listed
    shown = (await auditor.get("/releases/1")).text
    assert "Exercice à Liège" in shown
    assert "Next steps" not in shown


async def test_what_two_people_typed_in_one_field_stands_beside_each_other(
    browsers: Browsers, desk: Desk
) -> None:
    release = await PressOffice(desk).writes()
    pia, paul = await browsers(PIA), await browsers(PAUL)
    way = f"/releases/{release.id}/edit"
    hers, his = [was((await one.get(way)).text) for one in (pia, paul)]
    all_fields = form_of(release)
    await pia.post(way, data={**all_fields, **hers, "fr.lead": "Le sien.", "nl.lead": "Haar."})
    both = {**all_fields, **his, "fr.lead": "Le mien.", "de.lead": "Meines."}
    refused = await paul.post(way, data=both)
    assert refused.status_code == 409
    assert "pia changed these fields" in refused.text
    assert "Saved meanwhile:" in refused.text
    assert "Le sien." in refused.text
    assert "Le mien." in refused.text
    again = {**both, **was(refused.text)}
    await paul.post(way, data={**again, "nl.lead": "Haar."})
    stands = (await queries.get_release(desk.services, release.id, by=PIA)).release
    assert [stands.text(one).lead for one in (Language.FR, Language.NL, Language.DE)] == [
        "Le mien.",
        "Haar.",
        "Meines.",
    ]


@pytest.mark.parametrize("state", ReleaseState)
async def test_a_page_offers_what_is_possible_and_nothing_else(
    browsers: Browsers, desk: Desk, state: ReleaseState
) -> None:
    release = await PressOffice(desk).brings_to(state)
    desk.clock.now = max(desk.clock.now, release.created_at)
    page = (await (await browsers(PIA)).get(f"/releases/{release.id}")).text
    offered = {*re.findall(rf'action="/releases/{release.id}/(\w+)"', page)}
    offered |= {"edit"} if f'href="/releases/{release.id}/edit"' in page else set()
    before = {"edit", "discard"}
    assert (
        offered
        == {
            ReleaseState.DRAFT: before | {"submit"},
            ReleaseState.RETURNED: before | {"submit"},
            ReleaseState.IN_REVIEW: before | {"return"},
            ReleaseState.APPROVED: before | {"publish"},
            ReleaseState.ARMED: before | {"disarm", "lift"},
            ReleaseState.RELEASED: {"correct", "withdraw"},
            ReleaseState.CORRECTED: {"withdraw"},
            ReleaseState.WITHDRAWN: set(),
            ReleaseState.DISCARDED: set(),
        }[state]
    )


async def test_what_is_refused_is_said_on_the_page(browsers: Browsers, desk: Desk) -> None:
    office = PressOffice(desk)
    await office.sets_clock()
    release = await office.writes(embargo_until=await office.now() + timedelta(hours=1))
    release = await office.approves(await office.submits(release))
    pia = await browsers(PIA)
    refused = await pia.post(
        f"/releases/{release.id}/publish", data={"seen": release.fingerprint()}
    )
    assert refused.status_code == 409
    assert "is under embargo until" in refused.text
    empty = await pia.post(f"/releases/{release.id}/discard", data={"reason": ""})
    assert "Give a reason" in empty.text
    nowhere = await pia.post("/releases/new", data={"places": "Nowhere"})
    assert nowhere.status_code == 422
    assert 'value="Nowhere"' in nowhere.text


async def test_a_form_that_comes_back_as_it_was_changes_nothing(desk: Desk) -> None:
    release = await PressOffice(desk).writes()
    form = form_of(release)
    changes = changes_of(
        {**form, **{f"was.{name}": value for name, value in form.items()}}, release
    )
    assert (changes.texts, changes.changed) == ({}, {})
