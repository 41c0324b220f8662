"""An alert's life on its page: each step where it is possible, for whom it is possible."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import httpx2
import pytest

from alerting.actions.alerts import compositions, follow_ups, queries, stopping
from alerting.domain.alert import Alert, AlertClass, AlertState, FollowUp, UnreachedPolicy
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Officer, Role
from tests import having_read
from tests.desk import CLOSED, DETAILS, DIRK, JORIS, LEEN, MILA, TYPED, Desk
from tests.make import LIEGE
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
    prepared = await mila.post(f"/alerts/{alert.id}/false-alarm", data=FALSE)
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
    way = f"/alerts/{alert.id}/false-alarm"
    board = (await mila.get(f"/alerts/{alert.id}")).text
    assert f'href="{way}"' in board
    assert f'action="{way}"' not in board
    assert "type FALSE ALARM" in (await mila.get(way)).text
    for missing in (
        {},
        {"word": "ALERT", "said": "Why it was done so"},
        {"word": FALSE["word"], "said": " "},
        {"said": "Why it was done so"},
    ):
        refused = await mila.post(way, data=missing)
        assert refused.status_code == 422
    assert await queries.followers(desk.services, alert.id, by=MILA) == []
    prepared = await mila.post(way, data=FALSE | {"word": " fausse  alerte "})
    page = (await mila.get(prepared.headers["location"] + "/send")).text
    assert "Send the false alarm notice" in page
    assert "Send the real alert" not in page
    assert FALSE["said"] in (await mila.get(prepared.headers["location"])).text
    assert "/false-alarm" not in (await mila.get(prepared.headers["location"])).text


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
    prepared = await mila.post(f"/alerts/{alert.id}/false-alarm", data=FALSE)
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


async def begins(browser: httpx2.AsyncClient, alert: Alert, how: str) -> str:
    """The address of the page on which a follow-up is composed."""
    begun = await browser.post(f"/alerts/{alert.id}/follow-up", data={"how": how})
    assert begun.status_code == 303, begun.text
    return begun.headers["location"]


async def test_a_follow_up_is_composed_like_an_alert_with_what_is_known_and_its_texts_beside(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    mila = await browsers(MILA)
    way = await begins(mila, alert, "all-clear")
    assert way.startswith("/compose/")
    page = (await mila.get(way)).text
    for known in ('value="port de Liège"', 'value="fuite chimique"', 'value="13:00"'):
        assert known in page
    for channel in alert.channels:
        assert f'id="preview-{channel}-fr"' in page
    assert re.findall(
        r'id="f-(\w+)" name="value[^>]+aria-required', page.partition('id="taken-over"')[0]
    ) == [
        "permitted",
        "evidence",
    ]
    assert f'value="remove:{LIEGE}"' not in page
    home = (await (await browsers(LEEN)).get("/")).text
    assert f"Continue the follow-up to alert {alert.id}" in home
    assert await begins(mila, alert, "all-clear") == way  # two people meet there


async def test_two_fields_make_a_follow_up_and_what_is_missing_is_said_at_its_place(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    mila = await browsers(MILA)
    way = await begins(mila, alert, "all-clear")
    form = {"version": "1", "spoken": "fr", "act": "make"}
    incomplete = await mila.post(way, data=form)
    assert incomplete.status_code == 422
    assert 'href="#f-permitted"' in incomplete.text
    assert 'href="#f-aftercare"' not in incomplete.text
    typed = {"value.permitted.fr": "sortir & rentrer", "unreached_policy": "include"}
    kept = (await mila.post(way, data={**form, **typed})).text
    assert 'value="sortir &amp; rentrer"' in kept
    typed |= {"value.evidence.fr": "les mesures sont normales"}
    done = await mila.post(way, data={**form, **typed, "version": "2"})
    assert done.status_code == 303, done.text
    made = await queries.get_alert(
        desk.services, int(done.headers["location"].rsplit("/", 1)[1]), by=MILA
    )
    assert (made.previous_alert, made.follow_up) == (alert.id, FollowUp.ALL_CLEAR)
    assert made.unreached_policy is UnreachedPolicy.INCLUDE
    for same in ("area", "channels", "languages", "alert_class", "incident", "authority"):
        assert getattr(made, same) == getattr(alert, same), same
    assert (await mila.get(way)).status_code == 404


async def test_a_ready_sentence_stands_in_every_language_and_is_nobodys_words(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    alert = await desk.issues(area=["Eupen"], values=DETAILS)
    mila = await browsers(MILA)
    way = await begins(mila, alert, "update")
    act = {"version": "1", "spoken": "fr,de"}
    page = (await mila.post(way, data={**act, "act": "ready:change:smaller_area"})).text
    assert 'value="Das Gebiet ist kleiner"' in page
    assert 'value="la zone est réduite"' in page
    unknown = (await mila.post(way, data={**act, "version": "2", "act": "ready:change:none"})).text
    assert 'value="Das Gebiet ist kleiner"' in unknown
    composition = await compositions.get_composition(
        desk.services, int(way.rpartition("/")[2]), by=MILA
    )
    assert composition.content["values"]["change"] == "smaller_area"


@pytest.mark.parametrize("updated", [False, True])
async def test_sentences_of_other_dangers_are_folded_in_what_follows_an_alert(
    desk: Desk, browsers: Browsers, updated: bool
) -> None:
    """After a chemical leak nobody is offered the sentences of a fire or of drinking water."""
    await desk.registers_a_few()
    alert = await desk.issues(area=["4000 Liège"], values=DETAILS)
    if updated:
        wanted = follow_ups.FollowUpRequest(how=FollowUp.UPDATE, values=TYPED[FollowUp.UPDATE])
        update = await follow_ups.create_follow_up(desk.services, alert.id, wanted, by=MILA)
        alert = await desk.sends(await desk.approves(update))
    mila = await browsers(MILA)
    page = (await mila.get(await begins(mila, alert, "all-clear"))).text
    _, _, permitted = page.partition('id="f-permitted-ready-h"')
    first, _, others = permitted.partition("</div>")[0].partition("other sentences")
    assert "ready:permitted:go_outside" in first
    assert "ready:permitted:tap_water" not in first
    assert "ready:permitted:tap_water" in others
    assert "ready:evidence:fire_out" in page, "it can still be chosen"


async def test_a_follow_up_takes_no_place_channel_or_language_away(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    alert = await desk.issues(area=["4000 Liège"], channels=["sms", "email"])
    mila = await browsers(MILA)
    way = await begins(mila, alert, "update")
    form = {"version": "1", "spoken": "fr", "channel": "x", "act": f"remove:{LIEGE}"}
    await mila.post(way, data=form)
    composition = await compositions.get_composition(
        desk.services, int(way.rpartition("/")[2]), by=MILA
    )
    assert composition.content["area"] == [LIEGE]
    assert composition.content["channels"] == ["sms", "email", "x"]


async def test_a_follow_up_asks_for_words_in_each_language_the_readers_first_and_copies_none(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    values = {**DETAILS, "location": {"fr": "port de Liège"}}
    alert = await desk.drafts(area=["Eupen"], values=values)
    mark, port = "[DE? Wo es passiert]", "Hafen von Lüttich"
    words = [
        replace(
            one,
            subject=one.subject.replace(mark, port),
            text=one.text.replace(mark, port),
            html="",
        )
        for one in alert.messages
        if one.language is Language.DE
    ]
    await having_read.revise(desk.services, alert.id, words, by=MILA)
    await having_read.approve(desk.services, alert.id, by=JORIS, reason="no translator")
    await desk.sends(alert)
    mila = await browsers(MILA)
    address = await begins(mila, alert, "all-clear")
    for language, first, second in (("fr", "fr", "de"), ("de", "de", "fr")):
        page = (await mila.get(address, headers={"Accept-Language": language})).text
        at = [page.index(f'name="value.permitted.{one}"') for one in (first, second)]
        at += [page.index(f'id="preview-sms-{one}"') for one in (first, second)]
        assert at == sorted(at)
    assert page.count('value="port de Liège"') == 1
    assert 'name="value.location.de" value=""' in re.sub(
        r' (aria|lang|type)[^ >]*="[^"]*"', "", page
    )
    form = {
        "version": "1",
        "spoken": "fr,de",
        "value.location.fr": "Verviers, Liège",
        "value.location.de": "",
        "value.permitted.fr": "sortir sans crainte",
        "value.evidence.fr": "les mesures sont normales",
        "act": "make",
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


async def test_a_follow_up_of_what_is_over_by_now_is_refused_with_the_newer_one(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    mila = await browsers(MILA)
    way = await begins(mila, alert, "update")
    newer = await desk.sends(await desk.follows_up(alert, FollowUp.FALSE_ALERT))
    form = {"version": "1", "spoken": "fr", "value.change.fr": "a", "value.instruction.fr": "b"}
    refused = await mila.post(way, data={**form, "act": "make"})
    assert refused.status_code == 409
    assert f"alert {newer.id} has replaced it" in refused.text
    assert "Continue the follow-up" not in (await mila.get("/")).text
    again = await mila.post(f"/alerts/{alert.id}/follow-up", data={"how": "update"})
    assert again.status_code == 409
    assert (
        await mila.post(f"/alerts/{newer.id}/follow-up", data={"how": "false-alert"})
    ).status_code == 422  # that has a page and a typed word of its own


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
    assert "sent by dirk without a second person" in home
    assert "Nobody answers" in (await joris.get(f"/alerts/{alert.id}")).text
    assert "must review it before 16 Jan 2030, 13:00" in home
    assert home.count("without a second person") == 1
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
    await having_read.revise(desk.services, alert.id, new, by=LEEN)
    await having_read.submit(desk.services, alert.id, by=MILA, note="Please hurry")
    await having_read.approve(
        desk.services, alert.id, by=JORIS, reason="Urgent: people are at risk"
    )
    await having_read.send(desk.services, alert.id, by=MILA)
    await stopping.stop(desk.services, alert.id, by=JORIS, note="Wrong town in the text")
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
