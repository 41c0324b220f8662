"""The compose desk without a script: plain forms, each answered with the whole page."""

import html
import json
import re
from typing import Any

import httpx2
import pytest

from alerting.actions.alerts import compositions, queries, text_drafts
from alerting.actions.alerts.compositions import CompositionContent
from alerting.compose.scenarios import Library
from alerting.domain.alert import AlertClass
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Role
from alerting.i18n import translator_for
from alerting.services import Services
from alerting.web.console.alerts.dashboard import next_test_day
from alerting.web.console.alerts.merge import parts
from alerting.web.console.alerts.scenario_form import CLOCK
from alerting.web.console.alerts.scenario_picker import search
from alerting.web.console.alerts.text_diff import pieces
from tests.compose.samples import TEMPLATES
from tests.desk import DIRK, JORIS, MILA, Desk
from tests.doubles import NOON
from tests.make import EUPEN, LIEGE
from tests.web.console import Browsers

AUGUST = Officer("august", Role.AUDITOR)
FORM: dict[str, Any] = {
    "version": "1",
    "area": LIEGE,
    "channel": ["sms", "email"],
    "spoken": "fr",
    "value.location.fr": "port de Liège",
    "value.substance.fr": "ammoniac",
    "value.next_update": "15h30",
}


async def opened(browser: httpx2.AsyncClient, alert_class: str = "alert") -> str:
    """The address of a new composition."""
    form = {"scenario": "chem_shelter", "alert_class": alert_class}
    answer = await browser.post("/compose", data=form)
    assert answer.status_code == 303
    return answer.headers["location"]


def chosen(page: str) -> set[str]:
    """The places a page shows as chosen."""
    return set(re.findall(r'name="area" value="(\d+)"', page))


async def test_from_a_word_to_a_draft_in_four_requests(desk: Desk, browsers: Browsers) -> None:
    mila = await browsers(MILA)
    page = (await mila.get("/compose?q=xyzzy")).text
    assert "No scenario contains these words" in page
    assert 'value="other_danger"' in page, "and all others"
    page = (await mila.get("/compose?q=AMMONIAK")).text
    results = page.partition('id="matches"')[2].partition("</section>")[0]
    assert 'value="chem_shelter"' in results
    assert 'value="heatwave"' not in results
    assert 'value="heatwave"' in page
    address = await opened(mila)
    page = (await mila.post(address, data={**FORM, "act": "find", "place": "Eupen"})).text
    assert 'name="value.location.de"' in page
    answer = await mila.post(
        address,
        data={
            **FORM,
            "version": "2",
            "area": [LIEGE, EUPEN],
            "value.location.de": "Hafen",
            "value.substance.de": "Ammoniak",
            "act": "make",
        },
    )
    assert answer.headers["location"] == "/alerts/1"
    made = await queries.get_alert(desk.services, 1, by=MILA)
    assert set(made.area) == {LIEGE, EUPEN}
    assert made.languages == (Language.FR, Language.DE)
    letter = made.message("email", Language.DE)
    assert letter is not None
    assert "15:30 Uhr" in letter.text


@pytest.mark.parametrize("wanted", ["4000, Eupen", "4000 liege; EUPEN", "Stadt Lüttich,4700"])
async def test_places_are_found_by_any_name_or_postal_code(browsers: Browsers, wanted: str) -> None:
    mila = await browsers(MILA)
    address = await opened(mila)
    page = (await mila.post(address, data={"version": "1", "act": "find", "place": wanted})).text
    assert chosen(page) == {LIEGE, EUPEN}
    assert "Required by law here" in page


async def test_a_name_that_merged_says_what_is_meant_and_one_of_two_is_asked_about(
    browsers: Browsers,
) -> None:
    mila = await browsers(MILA)
    address = await opened(mila)
    page = (await mila.post(address, data={"version": "1", "act": "find", "place": "Melle"})).text
    assert chosen(page) == {"44088"}
    assert "“Melle” has been part of Merelbeke-Melle since 2025" in page
    asked = await mila.post(address, data={"version": "2", "act": "find", "place": "Limburg"})
    assert asked.status_code == 422
    assert "“Limburg” is the name of several places: choose one." in asked.text
    assert "Which one do you mean?" in asked.text
    for code, facts in (
        ("63046", "municipality 4830 · 5,900 inhabitants"),
        ("70000", "province · 877,400 inhabitants"),
    ):
        button = re.search(f'value="add:{code}">(.*?)</button>', asked.text, re.DOTALL)
        assert button is not None
        assert facts in button[1]


@pytest.mark.parametrize("name", ["Bruxelles", "Brussel", "Brüssel", "Brussels"])
async def test_brussels_is_a_municipality_or_a_region_and_neither_is_taken_unasked(
    browsers: Browsers, name: str
) -> None:
    mila = await browsers(MILA)
    address = await opened(mila)
    asked = (await mila.post(address, data={"version": "1", "act": "find", "place": name})).text
    assert chosen(asked) == set()
    assert re.findall(r'value="add:(\d+)"', asked) == ["21004", "04000"]


async def test_of_several_names_the_clear_ones_are_taken_and_the_others_stay_to_be_chosen(
    browsers: Browsers,
) -> None:
    mila = await browsers(MILA)
    address = await opened(mila)
    form = {"version": "1", "act": "find", "place": "Eupen, Limburg, 4000 Liège, Qqqq"}
    page = (await mila.post(address, data=form)).text
    assert chosen(page) == {EUPEN, LIEGE}
    assert 'value="Limburg, Qqqq"' in page
    assert re.findall(r'value="add:(\d+)"', page) == ["63046", "70000"]
    script = await mila.post(address, data={**form, "version": "2"}, headers={"hx-request": "true"})
    assert json.loads(script.headers["hx-trigger"]) == {"place-chosen": {"left": "Limburg, Qqqq"}}
    added = {"version": "2", "area": [EUPEN, LIEGE], "act": "add:63046", "place": ""}
    assert chosen((await mila.post(address, data=added)).text) == {EUPEN, LIEGE, "63046"}


async def test_every_chosen_place_says_its_kind_postal_code_and_inhabitants(
    browsers: Browsers,
) -> None:
    mila = await browsers(MILA)
    address = await opened(mila)
    form = {"version": "1", "act": "find", "place": "Eupen, province de Namur, Flandre"}
    page = (await mila.post(address, data=form)).text
    chips = re.findall(r'<li class="chip">.*?<span class="small">(.*?)</span>', page)
    assert "municipality 4700 · 19,800 inhabitants" in chips
    assert "province · 495,900 inhabitants" in chips
    assert any(one.startswith("region · 6,") for one in chips)


async def test_a_slip_of_the_hand_is_answered_with_did_you_mean_and_more_than_one(
    browsers: Browsers,
) -> None:
    mila = await browsers(MILA)
    address = await opened(mila)
    page = (await mila.post(address, data={"version": "1", "act": "find", "place": "Eupenn"})).text
    assert "Did you mean one of these?</h3>" in page
    offered = re.findall(r'value="add:(\d+)"', page)
    assert offered[0] == EUPEN
    assert len(offered) > 1


async def test_a_whole_province_is_one_press_and_one_press_takes_it_away(
    browsers: Browsers,
) -> None:
    mila = await browsers(MILA)
    address = await opened(mila)
    page = (await mila.post(address, data={"version": "1", "act": "toggle:60000"})).text
    assert chosen(page) == {"60000"}
    page = (
        await mila.post(address, data={"version": "2", "area": "60000", "act": "toggle:60000"})
    ).text
    assert chosen(page) == set()


async def test_an_unknown_place_keeps_what_was_typed(browsers: Browsers) -> None:
    mila = await browsers(MILA)
    address = await opened(mila)
    answer = await mila.post(address, data={**FORM, "act": "find", "place": "Luikk"})
    assert answer.status_code == 422
    assert "“Luikk” is not a known municipality" in answer.text
    assert 'value="Luikk"' in answer.text
    assert 'value="port de Liège"' in answer.text
    assert f'value="add:{LIEGE}"' not in answer.text  # it is chosen already


async def test_what_is_wrong_is_said_at_its_place_and_keeps_what_was_typed(
    browsers: Browsers,
) -> None:
    mila = await browsers(MILA)
    address = await opened(mila)
    form = {**FORM, "value.next_update": "bientôt"}
    page = (await mila.post(address, data={**form, "act": "save"})).text
    assert "Enter a time such as 16:30" in page
    assert 'value="bientôt"' in page
    assert "This field is required" not in page  # not before the alert is asked for
    answer = await mila.post(
        address, data={**form, "value.next_update": "", "version": "2", "act": "make"}
    )
    assert answer.status_code == 422
    assert "This field is required" in answer.text
    assert 'href="#f-next_update"' in answer.text


def standing(page: str, name: str) -> str:
    """What stands in an input of a page."""
    (tag,) = re.findall(rf'<input [^>]*name="{re.escape(name)}"[^>]*>', page)
    return html.unescape(re.findall(r' value="([^"]*)"', tag)[0])


TWO: dict[str, Any] = {**FORM, "area": [LIEGE, EUPEN], "spoken": "fr,de"}
OF_GERMAN = "value.location.de"


async def test_words_are_asked_for_in_each_language_also_before_there_is_an_area(
    browsers: Browsers,
) -> None:
    mila = await browsers(MILA)
    address = await opened(mila)
    page = (await mila.get(address)).text
    for language in ("fr", "nl", "de"):
        assert standing(page, f"value.location.{language}") == ""
    assert standing(page, "value.next_update") == ""
    page = (await mila.post(address, data={**TWO, "act": "save"})).text
    assert 'name="value.location.nl"' not in page
    assert standing(page, "value.location.fr") == "port de Liège"
    assert standing(page, OF_GERMAN) == ""
    assert "Still missing in: Deutsch. No words of another language are used." in page
    assert "[DE? Wo es passiert]" in page


async def test_a_known_place_is_filled_in_and_said_without_a_script(browsers: Browsers) -> None:
    mila = await browsers(MILA)
    address = await opened(mila)
    form = {**TWO, "act": "save", "value.location.fr": "Liège", OF_GERMAN: ""}
    page = (await mila.post(address, data=form)).text
    assert standing(page, OF_GERMAN) == "Lüttich"
    assert "Filled in from the known names: Deutsch." in page
    form |= {"version": "2", "value.location.fr": "Bruxelles", OF_GERMAN: "Lüttich"}
    page = (await mila.post(address, data=form)).text
    assert standing(page, OF_GERMAN) == "Brüssel"
    form |= {"version": "3", "value.location.fr": "Liège", OF_GERMAN: "Stadt Brüssel"}
    page = (await mila.post(address, data=form)).text
    assert standing(page, OF_GERMAN) == "Stadt Brüssel"
    (note,) = re.findall(r'id="f-location-note"[^>]*>(.*?)</p>', page)
    assert note == ""


async def test_a_script_gets_the_inputs_that_were_filled_in_and_no_other(
    browsers: Browsers,
) -> None:
    mila = await browsers(MILA)
    address = await opened(mila)
    await mila.post(address, data={**TWO, "act": "save", "value.substance.de": "Ammoniak"})
    form = {**TWO, "version": "2", "value.location.fr": "Liège", OF_GERMAN: ""}
    answer = await mila.post(
        address, data={**form, "value.substance.de": "Ammoniak"}, headers={"hx-request": "true"}
    )
    assert set(re.findall(r'hx-target="#([^"]*-cell)"', answer.text)) == {"f-location-de-cell"}
    assert standing(answer.text, OF_GERMAN) == "Lüttich"


async def test_the_name_of_a_street_is_copied_where_somebody_says_so(
    desk: Desk, browsers: Browsers
) -> None:
    mila = await browsers(MILA)
    address = await opened(mila)
    page = (await mila.post(address, data={**TWO, "act": "save"})).text
    assert 'value="copy:location"' in page
    assert 'value="copy:substance"' not in page  # what is no name is never copied
    form = {**TWO, "version": "2", "act": "copy:location", OF_GERMAN: ""}
    page = (await mila.post(address, data=form)).text
    assert standing(page, OF_GERMAN) == "port de Liège"
    composition = await compositions.get_composition(
        desk.services, int(address.rsplit("/", 1)[1]), by=MILA
    )
    assert composition.content["values"]["location"] == {
        "fr": "port de Liège", "de": "port de Liège",
    }  # fmt: skip


async def test_an_alert_is_made_of_what_there_is_and_says_what_is_missing(
    desk: Desk, browsers: Browsers
) -> None:
    mila = await browsers(MILA)
    address = await opened(mila)
    form = {**TWO, "act": "make", "value.substance.de": "Ammoniak"}
    answer = await mila.post(address, data=form)
    assert answer.headers["location"] == "/alerts/1"
    made = await queries.get_alert(desk.services, 1, by=MILA)
    for channel in ("sms", "email"):
        letter = made.message(channel, Language.DE)
        assert letter is not None
        assert "port de Liège" not in letter.text + letter.html
        assert "[DE? Wo es passiert]" in letter.text
    page = (await (await browsers(JORIS)).get("/alerts/1/approve")).text
    assert "“Wo es passiert” is missing in" in page


async def test_words_without_a_language_stand_in_the_first_only(
    desk: Desk, browsers: Browsers
) -> None:
    """As they were kept when one text could serve for all."""
    begun = await compositions.create_composition(
        desk.services, "chem_shelter", AlertClass.ALERT, by=MILA
    )
    content = CompositionContent(
        scenario="chem_shelter", area=(LIEGE, EUPEN), values={"location": "quai"}, channels=("sms",)
    )
    await compositions.save_composition(desk.services, begun.id, content, seen=1, by=MILA)
    page = (await (await browsers(MILA)).get(f"/compose/{begun.id}")).text
    assert standing(page, "value.location.fr") == "quai"
    assert standing(page, OF_GERMAN) == ""
    assert "nobody can tell which language it is in" in page


async def test_an_exercise_is_unmistakable_from_the_first_page(browsers: Browsers) -> None:
    mila = await browsers(MILA)
    for path in ("/compose?class=exercise", await opened(mila, "exercise")):
        page = (await mila.get(path)).text
        assert 'class="banner banner-exercise"' in page
        assert "page-exercise" in page
        assert "banner-alert" not in page


async def test_a_page_that_is_behind_brings_no_place_back(desk: Desk, browsers: Browsers) -> None:
    mila = await browsers(MILA)
    address = await opened(mila)
    start = {"version": "1", "act": "find", "place": "Herstal, Eupen", "area_seen": ""}
    await mila.post(address, data=start)
    behind = {"version": "2", "area": ["62051", EUPEN], "area_seen": f"62051 {EUPEN}"}
    await mila.post(address, data={**behind, "act": "remove:62051"})
    page = (await mila.post(address, data={**behind, "version": "3", "act": f"add:{LIEGE}"})).text
    assert chosen(page) == {EUPEN, LIEGE}
    stored = (await compositions.get_composition(desk.services, 1, by=MILA)).content["area"]
    assert set(stored) == {EUPEN, LIEGE}


async def test_two_who_change_an_area_keep_what_each_of_them_did(
    desk: Desk, browsers: Browsers
) -> None:
    mila, joris = await browsers(MILA), await browsers(JORIS)
    address = await opened(mila)
    both = {"area": ["62051", EUPEN], "area_seen": f"62051 {EUPEN}", "version": "2"}
    start = {"version": "1", "act": "find", "place": "Herstal, Eupen", "area_seen": ""}
    await mila.post(address, data=start)
    await joris.post(address, data={**both, "act": "remove:62051"})
    page = (await mila.post(address, data={**both, "act": f"add:{LIEGE}"})).text
    assert "joris changed this in the meantime" in page
    assert chosen(page) == {EUPEN, LIEGE}
    answer = {"area": [EUPEN, LIEGE], "area_seen": EUPEN, "theirs": "3", "act": "settle"}
    await mila.post(address, data={**answer, "choice.area": "mine"})
    stored = (await compositions.get_composition(desk.services, 1, by=MILA)).content["area"]
    assert set(stored) == {EUPEN, LIEGE}


async def test_two_people_on_one_composition_each_see_both(desk: Desk, browsers: Browsers) -> None:
    mila, joris = await browsers(MILA), await browsers(JORIS)
    address = await opened(mila)
    await joris.post(address, data={**FORM, "value.location.fr": "Herstal", "act": "save"})
    answer = await mila.post(address, data={**FORM, "act": "save"})
    assert answer.status_code == 409
    assert "joris changed this in the meantime" in answer.text
    assert "Herstal" in answer.text
    assert 'value="port de Liège"' in answer.text
    assert '<input type="hidden" name="version" value="1">' in answer.text
    form = {**FORM, "act": "settle", "theirs": "2", "choice.value.location": "theirs"}
    assert (await mila.post(address, data=form)).status_code == 200
    composition = await compositions.get_composition(desk.services, 1, by=MILA)
    assert composition.content["values"]["location"] == {"fr": "Herstal"}
    assert (composition.version, composition.writer) in {(2, "joris"), (3, "mila")}


async def test_two_people_on_one_draft_each_see_both(desk: Desk, browsers: Browsers) -> None:
    alert = await desk.drafts()
    mila, joris = await browsers(MILA), await browsers(JORIS)
    page = f"/alerts/{alert.id}/edit"
    assert "ammoniac" in (await mila.get(page)).text
    form = {"seen": alert.fingerprint(), "version": "1", "act": "save"}
    answer = await joris.post(page, data={**form, "text.sms.fr": "BE-Alert: de Joris"})
    assert answer.headers["location"] == f"/alerts/{alert.id}"
    answer = await mila.post(page, data={**form, "text.sms.fr": "BE-Alert: de Mila"})
    assert answer.status_code == 409
    for words in ("joris changed this in the meantime", "BE-Alert: de Joris", "BE-Alert: de Mila"):
        assert words in answer.text
    now = await desk.reads(alert)
    settled = {
        **form,
        "kept": "1",
        "act": "settle",
        "theirs": now.fingerprint(),
        "choice.sms.fr": "mine",
    }
    answer = await mila.post(page, data={**settled, "text.sms.fr": "BE-Alert: de Mila"})
    assert answer.status_code == 303
    message = (await desk.reads(alert)).message("sms", Language.FR)
    assert message is not None
    assert message.text == "BE-Alert: de Mila"


async def test_words_typed_and_not_saved_are_there_again(desk: Desk, browsers: Browsers) -> None:
    alert = await desk.drafts()
    mila, joris = await browsers(MILA), await browsers(JORIS)
    page = f"/alerts/{alert.id}/edit"
    form = {"seen": alert.fingerprint(), "version": "1", "text.sms.fr": "BE-Alert: à moitié"}
    await mila.post(page, data=form)
    assert "à moitié" in (await mila.get(page)).text
    assert "à moitié" not in (await joris.get(page)).text
    await mila.post(page, data={**form, "kept": "1", "act": "discard"})
    assert "à moitié" not in (await mila.get(page)).text


async def test_two_windows_are_shown_side_by_side_and_one_chooses(
    desk: Desk, browsers: Browsers
) -> None:
    mine_typed, other_typed = "BE-Alert: rentrez", "BE-Alert: sortez"
    alert = await desk.drafts()
    mila = await browsers(MILA)
    page, form = f"/alerts/{alert.id}/edit", {"seen": alert.fingerprint(), "version": "1"}
    await mila.post(page, data={**form, "kept": "0", "text.sms.fr": other_typed})
    mine = {**form, "kept": "0", "text.sms.fr": mine_typed}
    answer = await mila.post(page, data=mine)
    assert answer.status_code == 409
    for words in (
        "in another window",
        "Not saved yet: choose which version to keep",
        mine_typed,
        other_typed,
    ):
        assert words in answer.text
    chosen = {**mine, "act": "settle", "other_window": "1", "choice.sms.fr": "mine"}
    assert (await mila.post(page, data=chosen)).headers["location"] == page
    assert mine_typed in (await mila.get(page)).text
    saved = await mila.post(page, data={**mine, "kept": "2", "act": "save"})
    assert saved.headers["location"] == f"/alerts/{alert.id}"
    message = (await desk.reads(alert)).message("sms", Language.FR)
    assert message is not None
    assert message.text == mine_typed
    assert await text_drafts.load_text_draft(desk.services, alert.id, by=MILA) is None


async def test_the_mark_of_an_exercise_is_not_for_typing(desk: Desk, browsers: Browsers) -> None:
    alert = await desk.drafts(alert_class=AlertClass.EXERCISE)
    mila = await browsers(MILA)
    page = (await mila.get(f"/alerts/{alert.id}/edit")).text
    area = re.search(r'id="text-sms-fr"[^>]*>([^<]*)<', page)
    assert area is not None
    assert "EXERCICE" not in area[1]
    assert "The label EXERCICE is added" in page
    form = {"seen": alert.fingerprint(), "version": "1", "act": "save"}
    await mila.post(f"/alerts/{alert.id}/edit", data={**form, "text.sms.fr": "Rentrez"})
    message = (await desk.reads(alert)).message("sms", Language.FR)
    assert message is not None
    assert message.text == "EXERCICE: Rentrez EXERCICE"


async def test_the_rewrite_in_gsm7_is_taken_where_one_edits(desk: Desk, browsers: Browsers) -> None:
    alert = await desk.drafts()
    mila = await browsers(MILA)
    offered = "Replace characters outside the text message alphabet (GSM-7)"
    assert offered not in (await mila.get(f"/alerts/{alert.id}/edit")).text
    form = {"seen": alert.fingerprint(), "version": "1", "text.sms.fr": "Fermez les fenêtres"}
    await mila.post(f"/alerts/{alert.id}/edit", data={**form, "act": "save"})
    alert = await desk.reads(alert)
    assert offered in (await mila.get(f"/alerts/{alert.id}/edit")).text
    form = {**form, "seen": alert.fingerprint(), "version": str(alert.version)}
    await mila.post(f"/alerts/{alert.id}/edit", data={**form, "act": "gsm7"})
    assert "Fermez les fenetres</textarea>" in (await mila.get(f"/alerts/{alert.id}/edit")).text


async def test_an_approver_sees_what_was_changed_in_every_language(
    desk: Desk, browsers: Browsers
) -> None:
    alert = await desk.drafts(area=("4000 Liège", "Eupen"))
    mila, joris = await browsers(MILA), await browsers(JORIS)
    said = "Nothing: all texts are as in the template."
    assert said in (await joris.get(f"/alerts/{alert.id}/approve")).text
    message = alert.message("sms", Language.DE)
    assert message is not None
    form = {"seen": alert.fingerprint(), "version": "1", "act": "save"}
    text = message.text.replace("SOFORT", "BITTE")
    await mila.post(f"/alerts/{alert.id}/edit", data={**form, "text.sms.de": text})
    page = (await joris.get(f"/alerts/{alert.id}/approve")).text
    assert said not in page
    assert re.search(r"<del>.*?SOFORT.*?</del><ins>.*?BITTE.*?</ins>", page, re.DOTALL)
    assert 'class="outline outline-disc"' in page


async def test_home_says_what_waits_for_whom(desk: Desk, browsers: Browsers) -> None:
    alert = await desk.submits(await desk.drafts())
    await opened(await browsers(MILA))
    mine = (await (await browsers(MILA)).get("/")).text
    theirs = (await (await browsers(JORIS)).get("/")).text
    assert f"/alerts/{alert.id}/approve" not in mine
    assert f"/alerts/{alert.id}/approve" in theirs
    assert "/compose/1" in mine
    assert "New alert" in mine
    august = (await (await browsers(AUGUST)).get("/")).text
    assert "New alert" not in august
    assert "/compose/1" not in august


async def test_an_alert_is_begun_again_from_its_page(desk: Desk, browsers: Browsers) -> None:
    alert = await desk.drafts()
    answer = await (await browsers(MILA)).post(f"/alerts/{alert.id}/again")
    assert answer.headers["location"] == "/compose/1"


def test_the_next_test_day_is_the_first_thursday() -> None:
    assert str(next_test_day(NOON)) == "2030-02-07"
    assert str(next_test_day(NOON.replace(day=1))) == "2030-01-03"
    assert str(next_test_day(NOON.replace(day=3))) == "2030-01-03"
    assert str(next_test_day(NOON.replace(month=12, day=20))) == "2031-01-02"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("gaz", ["gas_leak"]),
        ("FUMEE", ["fire_smoke"]),
        ("stroom", ["power_outage"]),
        ("Überschwemmung", ["flood_evacuate"]),
        ("boil water", ["water_boil"]),
        ("code rouge", ["storm_code"]),
        ("incendie chimique", ["fire_smoke", "chem_shelter"]),
        ("usine en feu", ["fire_smoke"]),
        ("brand chemie", ["fire_smoke", "chem_shelter"]),
        ("brandd in fabriek", ["fire_smoke"]),
        ("Großbrand", ["fire_smoke"]),
        ("fuite d'ammoniac", ["chem_shelter", "gas_leak"]),
        ("effondrement", ["other_danger"]),
        ("seisme", ["other_danger"]),
        ("cyberattaque", ["other_danger"]),
        ("Erdbeben", ["other_danger"]),
        ("barrage", ["flood_evacuate", "other_danger"]),
        ("coupure de courant", ["power_outage"]),
    ],
)
def test_a_scenario_is_found_in_any_language_however_it_is_typed(
    services: Services, wanted: str, found: list[str]
) -> None:
    best = [one.name for one in search(services.composer.library, AlertClass.ALERT, wanted)]
    assert set(found) <= set(best[:4])


def test_what_all_words_find_comes_first(services: Services) -> None:
    best = search(services.composer.library, AlertClass.ALERT, "boil water")
    assert best[0].name == "water_boil"
    assert search(services.composer.library, AlertClass.ALERT, "") == []
    assert search(services.composer.library, AlertClass.ALERT, "de la") == search(
        services.composer.library, AlertClass.ALERT, "la de"
    )


def test_exercises_find_what_is_for_exercises(services: Services) -> None:
    names = {one.name for one in search(services.composer.library, AlertClass.ALERT, "exercice")}
    assert "exercise" not in names


def test_every_scenario_has_words_to_be_found_by(services: Services) -> None:
    library: Library = services.composer.library
    for one in library:
        assert set(one.keywords) == set(Language), one.name


@pytest.mark.parametrize("written", ["16:30", "16h30", "16.30 uur", "1630", "16:30 Uhr", "16 u 30"])
def test_the_time_is_read_as_people_write_it(written: str) -> None:
    found = CLOCK.fullmatch(written)
    assert found is not None
    assert (found[1], found[2]) == ("16", "30")


def test_a_change_is_told_word_by_word() -> None:
    assert [(one.kind, one.text) for one in pieces("a b c", "a x c d")] == [
        ("", "a "),
        ("del", "b"),
        ("ins", "x"),
        ("", " c"),
        ("ins", " d"),
    ]


def test_every_part_of_a_composition_can_be_compared(services: Services) -> None:
    mine = CompositionContent(
        scenario="gas_leak", area=(LIEGE,), values={"location": {"fr": "ici"}}
    )
    theirs = CompositionContent(
        scenario="gas_leak",
        channels=("sms",),
        also_in=(Language.EN,),
        minutes=60,
        accents=True,
        values={"location": "là", "next_update": "16:30"},
    )
    scenario = services.composer.library.scenario("gas_leak")
    found = parts(services, scenario, mine, theirs, translator_for("en"))
    assert [one.name for one in found] == [
        "area", "channels", "also_in", "minutes", "accents", "value.location", "value.next_update",
    ]  # fmt: skip
    assert found[0].mine == [("", "Liège")]
    assert found[5].mine == [("fr", "ici")]


async def test_a_prepared_area_is_one_press_and_one_press_takes_it_away(
    services: Services, browsers: Browsers
) -> None:
    mila = await browsers(MILA)
    address = await opened(mila)
    form: dict[str, Any] = {"version": "1", "act": "preset:tihange-10"}
    page = (await mila.post(address, data=form)).text
    towns = re.search(r'data-towns="([^"]*)"', page)
    assert towns is not None
    (zone,) = [one for one in services.presets if one.key == "tihange-10"]
    assert set(towns[1].split()) == zone.members
    assert 'value="preset:tihange-10" aria-pressed="true"' in page
    form |= {"version": "2", "area": list(chosen(page))}
    page = (await mila.post(address, data=form)).text
    assert chosen(page) == set()
    wrong = await mila.post(address, data={"version": "3", "act": "preset:atlantis"})
    assert wrong.status_code == 422


async def test_a_duty_officer_is_asked_for_choices_and_told_what_needs_a_second_person(
    browsers: Browsers,
) -> None:
    dirk = await browsers(DIRK)
    for prepared in [one for one in Library(TEMPLATES / "scenarios") if one.pre_approved]:
        scenario, declared = prepared.name, {one.name: one for one in prepared.values}
        answer = await dirk.post("/compose", data={"scenario": scenario, "alert_class": "alert"})
        page = (await dirk.get(answer.headers["location"])).text
        asked, _, apart = page[page.index('id="details"') :].partition('id="own-words"')
        assert "you may send it without a second person" in page, scenario
        assert 'aria-required="true"' not in apart.partition('id="channels"')[0], scenario
        for field in re.findall(r'name="value\.(\w+)', asked.partition('id="channels"')[0]):
            one = declared[field]
            chosen = bool(one.choices or one.list) or one.kind == "phone"
            assert not one.may_hold_words or chosen, field
        for one in prepared.values:
            listed = one.choices or one.list
            assert not listed or f'<select id="f-{one.name}" ' in page, one.name


async def test_the_desk_says_while_one_types_that_a_second_person_is_needed(
    browsers: Browsers,
) -> None:
    dirk = await browsers(DIRK)
    address = await opened(dirk)
    live = {"hx-request": "true"}
    typed = (await dirk.post(address, data={**FORM, "act": "save"}, headers=live)).text
    assert "A second person must approve it" in typed
    assert '<a href="#f-location">' in typed
    assert '<a href="#f-next_update">' not in typed
    form = {
        **FORM,
        "version": "2",
        "value.location.fr": "",
        "value.substance.fr": "",
        "act": "save",
    }
    assert (
        "you may send it without a second person"
        in (await dirk.post(address, data=form, headers=live)).text
    )
    mila = await browsers(MILA)
    assert "you may send it without a second person" not in (await mila.get(address)).text


async def test_what_follows_an_alert_begins_at_that_alert(browsers: Browsers) -> None:
    mila = await browsers(MILA)
    page = (await mila.get("/compose")).text
    assert 'value="all_clear"' not in page
    assert 'href="/#in-force"' in page
    assert 'value="all_clear"' not in (await mila.get("/compose?q=all-clear")).text
    form = {"scenario": "all_clear", "alert_class": "alert"}
    assert (await mila.post("/compose", data=form)).headers["location"] == "/#in-force"


async def test_a_preview_says_what_is_missing_and_gives_no_example_for_an_instruction(
    browsers: Browsers,
) -> None:
    mila = await browsers(MILA)
    form = {"scenario": "other_danger", "alert_class": "exercise"}
    address = (await mila.post("/compose", data=form)).headers["location"]
    page = (await mila.post(address, data={"version": "1", "area": LIEGE, "channel": "sms"})).text
    preview = html.unescape(page.partition('id="preview"')[2])
    assert "[Le danger, en quelques mots]" in preview
    assert "laissez passer les secours" not in preview


async def test_the_hour_of_sending_is_named_in_the_language_of_the_text(
    browsers: Browsers,
) -> None:
    mila = await browsers(MILA)
    address = await opened(mila)
    page = (await mila.post(address, data={**FORM, "act": "save"})).text
    assert '<span class="late" lang="fr">heure d’envoi</span>' in page
    assert 'class="late" lang="en"' not in page.partition('id="preview"')[2]


async def test_an_hour_that_passed_is_told_without_a_date_for_machines(browsers: Browsers) -> None:
    mila = await browsers(MILA)
    address = await opened(mila)

    async def told(hour: str, version: str) -> str:
        form = {**FORM, "value.next_update": hour, "version": version}
        page = (await mila.post(address, data=form)).text
        return html.unescape(page.partition('id="f-next_update-problem"')[2].partition("</p>")[0])

    passed = await told("11h30", "1")
    assert "has passed: enter a later time, or choose the day" in passed
    assert "T11:30”" not in passed
    assert "has passed" not in await told("0h30", "2")


async def test_saving_one_text_changes_no_space_of_another(desk: Desk, browsers: Browsers) -> None:
    mila = await browsers(MILA)
    alert = await desk.drafts()
    letter = alert.message("email", Language.FR)
    assert letter is not None
    assert "\u00a0" in letter.subject
    form = {
        "seen": alert.fingerprint(),
        "version": str(alert.version),
        "text.sms.fr": "BE-Alert: rentrez.",
        "subject.email.fr": letter.subject.replace("\u00a0", " "),
        "act": "save",
    }
    assert (await mila.post(f"/alerts/{alert.id}/edit", data=form)).status_code == 303
    saved = (await queries.get_alert(desk.services, alert.id, by=MILA)).message(
        "email", Language.FR
    )
    assert saved is not None
    assert saved.subject == letter.subject
