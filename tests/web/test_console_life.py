"""An alert's life on its page: each step where it is possible, for whom it is possible."""

import re
from datetime import timedelta
from html import unescape

import pytest

from alerting.actions.alerts import drafting, queries, stopping
from alerting.domain.alert import AlertClass, AlertState, FollowUp
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Officer, Role
from tests import having_read
from tests.desk import CLOSED, DETAILS, DIRK, JORIS, LEEN, MILA, Desk
from tests.web.console import Browsers

FALSE = {"word": "FALSE ALARM", "said": "An exercise was taken for real"}
AUGUST = Officer("august", Role.AUDITOR)


async def test_submitting_and_returning_are_told_to_the_other(
    desk: Desk, browsers: Browsers
) -> None:
    alert = await desk.drafts()
    mila, joris = await browsers(MILA), await browsers(JORIS)
    form = {"said": "The wind turns"}
    assert (await mila.post(f"/alerts/{alert.id}/submit", data=form)).status_code == 303
    assert "The wind turns" in (await joris.get(f"/alerts/{alert.id}")).text
    home = (await joris.get("/")).text
    assert "Submitted by mila" in home
    empty = await joris.post(f"/alerts/{alert.id}/return", data={"said": " "})
    assert empty.status_code == 422
    assert "Give a reason" in empty.text
    await joris.post(f"/alerts/{alert.id}/return", data={"said": "Wrong street"})
    page = (await mila.get(f"/alerts/{alert.id}")).text
    assert "joris wrote:" in page
    assert "Wrong street" in page
    assert (await desk.reads(alert)).state is AlertState.RETURNED


async def test_stopping_is_one_click(desk: Desk, browsers: Browsers) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    joris = await browsers(JORIS)
    assert f'action="/alerts/{alert.id}/stop"' in (await joris.get(f"/alerts/{alert.id}")).text
    assert (await joris.post(f"/alerts/{alert.id}/stop")).status_code == 303
    page = (await joris.get(f"/alerts/{alert.id}")).text
    assert "Sending is stopped: messages not yet handed to the provider are waiting." in page
    again = await joris.post(f"/alerts/{alert.id}/stop")
    assert again.status_code == 409
    assert "“stop” is not possible now" in again.text
    assert (
        await joris.post(f"/alerts/{alert.id}/resume", data={"why": "mended"})
    ).status_code == 303
    assert (await desk.reads(alert)).state is AlertState.SENDING


async def test_an_auditor_sees_no_button_and_gets_no_further_without(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    august = await browsers(AUGUST)
    page = (await august.get(f"/alerts/{alert.id}")).text
    assert "/stop" not in page
    assert "follow-up" not in page
    assert (await august.post(f"/alerts/{alert.id}/stop")).status_code == 403


@pytest.mark.parametrize("typed", ["alert", "Alerte", "ALARM", "LIÈGE", " Luik ", "lüttich"])
async def test_the_word_or_the_area_confirm_in_any_of_our_languages(
    desk: Desk, browsers: Browsers, typed: str
) -> None:
    await desk.registers_a_few()
    alert = await desk.approves(await desk.drafts())
    form = {"seen": alert.fingerprint(), "word": typed}
    answer = await (await browsers(MILA)).post(f"/alerts/{alert.id}/send", data=form)
    assert answer.status_code == 303


async def test_a_page_that_sends_restates_what_leaves(desk: Desk, browsers: Browsers) -> None:
    await desk.registers_a_few()
    alert = await desk.approves(await desk.drafts())
    page = (await (await browsers(MILA)).get(f"/alerts/{alert.id}/send")).text
    for said in ("real alert", "Liège", "Français", "joris", "danger"):
        assert said in page


async def test_a_false_alert_is_shown_then_read_in_full_and_sent(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    mila = await browsers(MILA)
    prepared = await mila.post(f"/alerts/{alert.id}/follow-up?how=false-alert", data=FALSE)
    assert prepared.status_code == 303
    board = prepared.headers["location"]
    assert "needs no second person" in (await mila.get(board)).text
    where = f"{board}/send"
    page = unescape((await mila.get(where)).text)
    retraction = await queries.get_alert(desk.services, int(board.rpartition("/")[2]), by=MILA)
    for text in retraction.messages:
        assert text.text.splitlines()[-1].rpartition("}}")[2] in page
    assert re.search(r'<details id="text-[\w-]+" open>', page)
    assert 'name="word"' not in page
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen is not None
    assert (await mila.post(where, data={"seen": seen[1]})).status_code == 303
    assert (await desk.reads(alert)).state is AlertState.CANCELLED
    assert "Followed by" in (await mila.get(f"/alerts/{alert.id}")).text


async def test_a_click_calls_no_alert_false_and_neither_does_a_page_without_reason_or_words(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    mila = await browsers(MILA)
    way = f"/alerts/{alert.id}/follow-up?how=false-alert"
    board = (await mila.get(f"/alerts/{alert.id}")).text
    assert f'href="{way}"' in board
    assert f'action="{way}"' not in board
    assert "type FALSE ALARM" in (await mila.get(way)).text
    for missing in (
        {},
        {"word": "ALERT", "said": "Why"},
        {"word": FALSE["word"], "said": " "},
        {"said": "Why"},
    ):
        refused = await mila.post(way, data=missing)
        assert refused.status_code == 422
    assert await queries.followers(desk.services, alert.id, by=MILA) == []
    prepared = await mila.post(way, data=FALSE | {"word": " fausse  alerte "})
    page = (await mila.get(prepared.headers["location"] + "/send")).text
    assert "Send the false alarm notice" in page
    assert "Send the real alert" not in page
    assert FALSE["said"] in (await mila.get(prepared.headers["location"])).text
    assert "how=false-alert" not in (await mila.get(prepared.headers["location"])).text


async def test_who_approves_reads_how_many_live_there_and_whom_it_reaches(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts()
    page = (await (await browsers(JORIS)).get(f"/alerts/{alert.id}/approve")).text
    assert re.search(r"about [\d,]+ inhabitants", page)
    facts = " ".join(re.sub(r"<[^>]+>", " ", page.partition("Messages</dt>")[2][:400]).split())
    assert facts.startswith("6 to persons: 4 · to newsrooms: 1 · public: Post on X")


async def test_a_false_alert_too_late_for_one_person_says_so_before_sending(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    await desk.works()
    desk.clock.forward(minutes=31)
    mila = await browsers(MILA)
    prepared = await mila.post(f"/alerts/{alert.id}/follow-up?how=false-alert", data=FALSE)
    board = prepared.headers["location"]
    assert "more than 30 minutes ago" in (await mila.get(board)).text
    refused = await mila.get(f"{board}/send")
    assert refused.status_code == 409
    assert "more than 30 minutes ago" in refused.text
    assert 'name="seen"' not in refused.text


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
async def test_a_duty_officer_reads_before_sending_which_field_needs_a_second_person(
    desk: Desk, browsers: Browsers, language: str
) -> None:
    named = {
        "fr": "«\N{NO-BREAK SPACE}Le produit qui s’échappe",
        "nl": "“De stof die vrijkomt”",
        "de": "„Der ausgetretene Stoff“",
        "en": "“The product that is leaking”",
    }[language].replace("’", "&#39;")
    dirk = await browsers(DIRK)
    dirk.headers["Accept-Language"] = language
    typed, closed = await desk.drafts(by=DIRK), await desk.drafts(by=DIRK, values=CLOSED)
    for page in (f"/alerts/{typed.id}", f"/alerts/{typed.id}/break-glass"):
        answer = await dirk.get(page)
        assert named in answer.text, page
    assert answer.status_code == 409
    assert 'name="seen"' not in answer.text
    assert named not in (await dirk.get(f"/alerts/{closed.id}")).text
    assert 'name="seen"' in (await dirk.get(f"/alerts/{closed.id}/break-glass")).text


async def test_a_follow_up_form_holds_what_is_known(desk: Desk, browsers: Browsers) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    mila = await browsers(MILA)
    page = (await mila.get(f"/alerts/{alert.id}/follow-up?how=all-clear")).text
    for known in ('value="port de Liège"', 'value="fuite chimique"', 'value="13:00"'):
        assert known in page
    incomplete = await mila.post(f"/alerts/{alert.id}/follow-up?how=all-clear")
    assert incomplete.status_code == 422
    assert "permitted: missing" in incomplete.text
    form = {
        "value.permitted.fr": "sortir",
        "value.aftercare.fr": "Aérez",
        "value.info_phone": "0800 30 300",
        "value.evidence.fr": "les mesures sont normales",
        "value.remaining.fr": "rien",
        "unreached_policy": "include",
    }
    done = await mila.post(f"/alerts/{alert.id}/follow-up?how=all-clear", data=form)
    assert done.status_code == 303, done.text
    assert "all-clear" in (await mila.get(done.headers["location"])).text


async def test_a_follow_up_asks_for_words_in_each_language_and_copies_none(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    values = {**DETAILS, "location": {"fr": "port de Liège"}}
    alert = await desk.drafts(area=["Eupen"], values=values)
    await having_read.approve(desk.services, alert.id, by=JORIS, reason="no translator")
    await desk.sends(alert)
    mila = await browsers(MILA)
    address = f"/alerts/{alert.id}/follow-up?how=all-clear"
    page = (await mila.get(address)).text
    assert page.count('value="port de Liège"') == 1
    assert 'name="value.location.de" value=""' in page
    form = {
        "value.location.fr": "Verviers, Liège",
        "value.location.de": "",
        "value.permitted.fr": "sortir",
        "value.aftercare.fr": "Aérez",
        "value.info_phone": "0800 30 300",
        "value.evidence.fr": "les mesures sont normales",
        "unreached_policy": "include",
    }
    done = await mila.post(address, data=form)
    made = await queries.get_alert(
        desk.services, int(done.headers["location"].rsplit("/", 1)[1]), by=MILA
    )
    german = made.message("email", Language.DE)
    assert german is not None
    assert "Verviers, Lüttich" in german.text
    assert "sortir" not in german.text
    assert "[DE? " in german.text


async def test_what_was_typed_stays_when_something_is_wrong(desk: Desk, browsers: Browsers) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    form = {"value.permitted.fr": "sortir & rentrer"}
    answer = await (await browsers(MILA)).post(
        f"/alerts/{alert.id}/follow-up?how=all-clear", data=form
    )
    assert 'value="sortir &amp; rentrer"' in answer.text


async def test_scheduling_asks_for_the_word_and_tells_the_time(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    alert = await desk.approves(await desk.drafts())
    mila = await browsers(MILA)
    form = {"seen": alert.fingerprint(), "at": "2030-01-15T14:30", "why": "agreed"}
    refused = await mila.post(f"/alerts/{alert.id}/schedule", data=form)
    assert "type ALERT or the name of the area" in refused.text
    await mila.post(f"/alerts/{alert.id}/schedule", data=form | {"word": "ALERT"})
    page = (await mila.get(f"/alerts/{alert.id}")).text
    assert "It will be sent automatically on 15 Jan 2030, 14:30, in the name of mila." in page
    assert (
        await mila.post(f"/alerts/{alert.id}/unschedule", data={"why": "situation"})
    ).status_code == 303
    assert (await desk.reads(alert)).state is AlertState.APPROVED


@pytest.mark.parametrize("at", ["", "soon", "2030-13-45T99:00"])
async def test_what_is_no_time_is_refused(desk: Desk, browsers: Browsers, at: str) -> None:
    alert = await desk.approves(await desk.drafts())
    form = {"seen": alert.fingerprint(), "at": at, "word": "ALERT", "why": "agreed"}
    answer = await (await browsers(MILA)).post(f"/alerts/{alert.id}/schedule", data=form)
    assert answer.status_code == 422
    assert "is not a date and time" in answer.text


async def test_breaking_the_glass_is_told_on_everybodys_home_page(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts(by=DIRK, values=CLOSED)
    dirk, joris = await browsers(DIRK), await browsers(JORIS)
    assert "Emergency: send without a second person" in (await dirk.get(f"/alerts/{alert.id}")).text
    assert "Emergency" not in (await joris.get(f"/alerts/{alert.id}")).text
    form = {"seen": alert.fingerprint(), "word": "ALERT", "reason": "Nobody answers"}
    done = await dirk.post(f"/alerts/{alert.id}/break-glass", data=form)
    assert done.status_code == 303, done.text
    home = (await joris.get("/")).text
    assert "dirk sent alert 1 without a second person" in home
    assert "Nobody answers" in (await joris.get(f"/alerts/{alert.id}")).text
    assert "must review it before 16 Jan 2030, 13:00" in home
    await joris.post("/notifications/1/read")
    assert "dirk sent alert 1 without a second person" not in (await joris.get("/")).text
    desk.clock.forward(hours=24)
    dirk, joris = await browsers(DIRK), await browsers(JORIS)
    assert "The review has been overdue since 16 Jan 2030, 13:00" in (await joris.get("/")).text
    page = (await joris.get(f"/alerts/{alert.id}/review")).text
    assert "Nobody answers" in page
    judged = {"verdict": "not-justified", "said": "I was at my desk"}
    assert (await joris.post(f"/alerts/{alert.id}/review", data=judged)).status_code == 303
    assert "overdue" not in (await joris.get("/")).text
    assert "I was at my desk" in (await dirk.get(f"/alerts/{alert.id}")).text


async def test_a_lapsed_approval_is_said_and_given_anew_on_its_page(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    alert = await desk.approves(await desk.drafts(valid_for=timedelta(days=3)))
    desk.clock.forward(hours=25)
    mila, leen = await browsers(MILA), await browsers(LEEN)
    refused = await mila.get(f"/alerts/{alert.id}/send")
    assert refused.status_code == 409
    assert "has expired" in refused.text
    assert 'name="seen"' not in refused.text
    assert "has expired" in (await leen.get(f"/alerts/{alert.id}")).text
    form = having_read.deciding_form(alert)
    assert (await leen.post(f"/alerts/{alert.id}/approve", data=form)).status_code == 303
    assert "Send this real alert?" in (await mila.get(f"/alerts/{alert.id}/send")).text


async def test_the_history_tells_who_did_what(desk: Desk, browsers: Browsers) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts()
    new = [Message(channel="sms", language=Language.FR, text="BE-Alert: restez dedans")]
    await drafting.revise(desk.services, alert.id, new, by=LEEN)
    await having_read.submit(desk.services, alert.id, by=MILA, note="Please hurry")
    await having_read.approve(desk.services, alert.id, by=JORIS, reason="Urgent")
    await having_read.send(desk.services, alert.id, by=MILA)
    await stopping.stop(desk.services, alert.id, by=JORIS, note="Wrong town")
    page = (await (await browsers(AUGUST)).get(f"/alerts/{alert.id}")).text
    told = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page[page.index("history-h") :]))
    steps = ["mila drafted the alert", "leen edited a text"]
    steps += ["mila submitted the alert for approval – Please hurry", "joris approved the alert"]
    steps += ["mila sent the alert", "joris stopped the sending – Wrong town"]
    places = [told.index(step) for step in steps]
    assert places == sorted(places)


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
async def test_states_have_names_in_every_language(
    desk: Desk, browsers: Browsers, language: str
) -> None:
    await desk.registers_a_few()
    alert = await desk.issues(alert_class=AlertClass.EXERCISE)
    await stopping.stop(desk.services, alert.id, by=JORIS)
    mila = await browsers(MILA)
    mila.headers["Accept-Language"] = language
    page = (await mila.get(f"/alerts/{alert.id}")).text
    named = {"fr": "envoi arrêté", "nl": "gestopt", "de": "angehalten", "en": "stopped"}[language]
    assert f"{named}</span>" in page


async def test_a_follow_up_sent_meanwhile_is_named(desk: Desk, browsers: Browsers) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    late = await desk.approves(await desk.follows_up(alert, FollowUp.UPDATE))
    await desk.sends(await desk.follows_up(alert, FollowUp.FALSE_ALERT))
    form = {"seen": late.fingerprint(), "word": "ALERT"}
    answer = await (await browsers(MILA)).post(f"/alerts/{late.id}/send", data=form)
    assert answer.status_code == 409
    assert "alert 3 has replaced it" in answer.text
