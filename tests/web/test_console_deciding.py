"""Approving and sending: on a page that says what is about to happen, and only that happens."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from alerting.actions import ledger
from alerting.actions.alerts import approval, changing
from alerting.domain.alert import AlertClass, AlertState, FollowUp
from alerting.domain.finding import Finding, FindingSeverity
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Officer, Role
from alerting.domain.shape import circle
from alerting.i18n import translator_for
from alerting.store.alerts import repository as alert_rows
from alerting.web.console.findings import group_findings
from tests import having_read
from tests.desk import DETAILS, JORIS, LEEN, MILA, Desk
from tests.having_read import deciding_form
from tests.web.console import Browsers

AUGUST = Officer("august", Role.AUDITOR)
PAULA = Officer("paula", Role.PRESS_OFFICER)
EVERYWHERE = ("4000 Liège", "Eupen", "1000 Bruxelles")


async def test_approving_happens_on_a_page_that_says_what_it_means(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts()
    joris = await browsers(JORIS)
    page = (await joris.get(f"/alerts/{alert.id}/approve")).text
    for said in ("real alert", "Liège", "Français", "BE-Alert ", "Centre de crise"):
        assert said in page
    answer = await joris.post(f"/alerts/{alert.id}/approve", data=deciding_form(alert))
    assert answer.headers["location"] == f"/alerts/{alert.id}"
    assert (await desk.reads(alert)).state is AlertState.APPROVED


async def test_nobody_approves_what_they_did_not_read(desk: Desk, browsers: Browsers) -> None:
    alert = await desk.drafts()
    text = Message(channel="sms", language=Language.FR, text="BE-Alert: tout autre chose")
    await having_read.revise(desk.services, alert.id, [text], by=MILA)
    answer = await (await browsers(JORIS)).post(
        f"/alerts/{alert.id}/approve", data=deciding_form(alert)
    )
    assert answer.status_code == 409
    assert "was changed while you were reading it" in answer.text
    assert "tout autre chose" in answer.text
    assert (await desk.reads(alert)).state is AlertState.DRAFT


async def test_what_is_not_ready_is_approved_only_with_a_reason(
    desk: Desk, browsers: Browsers
) -> None:
    alert = await desk.drafts()
    text = Message(channel="sms", language=Language.FR, text="BE-Alert {authority}: TODO")
    alert = await having_read.revise(desk.services, alert.id, [text], by=MILA)
    joris = await browsers(JORIS)
    page = (await joris.get(f"/alerts/{alert.id}/approve")).text
    assert "must be corrected" in page
    assert "Why must it be sent all the same?" in page
    form = deciding_form(alert)
    refused = await joris.post(f"/alerts/{alert.id}/approve", data=form)
    assert refused.status_code == 409
    assert "is not ready to be sent" in refused.text
    form["reason"] = "The danger does not wait."
    assert (await joris.post(f"/alerts/{alert.id}/approve", data=form)).status_code == 303
    assert "alert.overridden" in await desk.ledger()


async def test_the_same_finding_in_two_languages_is_said_once(
    desk: Desk, browsers: Browsers
) -> None:
    alert = await desk.drafts(area=EVERYWHERE)
    text = "BE-Alert: TODO"
    texts = [Message(channel="sms", language=one, text=text) for one in (Language.FR, Language.NL)]
    await having_read.revise(desk.services, alert.id, texts, by=MILA)
    page = (await (await browsers(JORIS)).get(f"/alerts/{alert.id}")).text
    assert page.count("The text is unfinished here: “TODO”") == 1


async def test_authors_are_told_that_somebody_else_must_approve(
    desk: Desk, browsers: Browsers
) -> None:
    alert = await desk.drafts(by=JORIS)
    joris = await browsers(JORIS)
    assert "another user must approve it" in (await joris.get(f"/alerts/{alert.id}")).text
    page = (await joris.get(f"/alerts/{alert.id}/approve")).text
    assert "<button" in page
    assert 'name="seen"' not in page
    answer = await joris.post(f"/alerts/{alert.id}/approve", data=deciding_form(alert))
    assert answer.status_code == 409
    assert (await desk.reads(alert)).state is AlertState.DRAFT


async def test_a_real_alert_leaves_only_with_the_word_for_it(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    alert = await desk.approves(await desk.drafts())
    mila = await browsers(MILA)
    form = {"seen": alert.fingerprint()}
    for typed in ({}, {"word": "yes"}):
        refused = await mila.post(f"/alerts/{alert.id}/send", data=form | typed)
        assert refused.status_code == 422
        assert "type ALERT or the name of the area" in refused.text
    assert (await desk.reads(alert)).state is AlertState.APPROVED
    sent = await mila.post(f"/alerts/{alert.id}/send", data=form | {"word": " alert "})
    assert sent.status_code == 303
    assert (await desk.reads(alert)).state is AlertState.SENDING


async def test_an_exercise_asks_for_no_word(desk: Desk, browsers: Browsers) -> None:
    await desk.registers_a_few()
    alert = await desk.approves(await desk.drafts(alert_class=AlertClass.EXERCISE))
    mila = await browsers(MILA)
    page = (await mila.get(f"/alerts/{alert.id}/send")).text
    assert "Send the exercise" in page
    assert "real alert" not in page
    assert 'name="word"' not in page
    sent = await mila.post(f"/alerts/{alert.id}/send", data={"seen": alert.fingerprint()})
    assert sent.status_code == 303


async def test_an_alert_that_reaches_nobody_stays_with_its_officer(
    desk: Desk, browsers: Browsers
) -> None:
    alert = await desk.approves(await desk.drafts(channels=["sms", "email"]))
    form = {"seen": alert.fingerprint(), "word": "ALERT"}
    answer = await (await browsers(MILA)).post(f"/alerts/{alert.id}/send", data=form)
    assert answer.status_code == 409
    assert "would reach no one" in answer.text
    assert "import recipients first" in answer.text


async def test_an_alert_is_sent_once(desk: Desk, browsers: Browsers) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    mila = await browsers(MILA)
    form = {"seen": alert.fingerprint(), "word": "ALERT"}
    again = await mila.post(f"/alerts/{alert.id}/send", data=form)
    assert again.status_code == 409
    assert "is not possible now" in again.text
    asked = await mila.get(f"/alerts/{alert.id}/send")
    assert asked.headers["location"] == f"/alerts/{alert.id}"


async def test_a_role_that_may_not_send_is_told_what_it_lacks(
    desk: Desk, browsers: Browsers
) -> None:
    alert = await desk.approves(await desk.drafts())
    paula = await browsers(PAULA)
    assert "permission to send must send it" in (await paula.get(f"/alerts/{alert.id}")).text
    answer = await paula.get(f"/alerts/{alert.id}/send")
    assert answer.status_code == 403
    assert (
        "paula (press officer) is not allowed to do this: the permission “send” is required"
        in answer.text
    )


async def test_an_end_that_has_passed_is_told_as_a_time_of_day(
    desk: Desk, browsers: Browsers
) -> None:
    alert = await desk.drafts()
    desk.clock.forward(hours=9)
    joris = await browsers(JORIS)
    joris.headers["Accept-Language"] = "nl"
    answer = await joris.post(f"/alerts/{alert.id}/approve", data=deciding_form(alert))
    assert "zou eindigen op 15 jan 2030, 17:00" in answer.text


async def test_the_text_message_stands_in_full_in_the_readers_language_and_the_rest_is_folded(
    desk: Desk, browsers: Browsers
) -> None:
    alert = await desk.drafts(area=EVERYWHERE)
    joris = await browsers(JORIS)
    for language in ("fr", "nl", "de"):
        page = (await joris.get(f"/alerts/{alert.id}/approve", headers=reads(language))).text
        shown, rest = page.split('id="every-text"')
        said = alert.message("sms", Language(language))
        assert said is not None
        assert said.text[-80:] in unescape(shown)
        assert f'data-text="sms.{language}"' not in rest
        assert rest.count("data-text=") == len(alert.messages) - 1


async def test_what_was_not_opened_is_named_and_opened_or_waved_through_one_by_one(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts(channels=["sms", "email", "x"])
    joris, path = await browsers(JORIS), f"/alerts/{alert.id}"
    page = (await joris.get(f"{path}/approve", headers=reads("fr"))).text
    assert re.findall(r'name="waived" value="([\w.]+)"', page) == ["email.fr", "x.fr"]
    form = {"seen": alert.fingerprint()}
    refused = await joris.post(f"{path}/approve", data=form)
    assert refused.status_code == 409
    assert "You have not opened these texts" in refused.text
    assert "alert 1 yet: E-mail (French), Post on X (French)" in refused.text
    opened = await joris.post(f"{path}/readings", data={**form, "text": "email.fr"})
    assert opened.status_code == 204
    page = (await joris.get(f"{path}/approve", headers=reads("fr"))).text
    assert re.findall(r'name="waived" value="([\w.]+)"', page) == ["x.fr"]
    assert (await joris.post(f"{path}/approve", data=form)).status_code == 409
    done = await joris.post(f"{path}/approve", data={**form, "waived": "x.fr"})
    assert done.status_code == 303
    entries = (await ledger.list_entries(desk.services, by=AUGUST)).items
    approved = next(one for one in entries if one.what == "alert.approved")
    assert approved.details["waived"] == ["x/fr"]


async def test_whoever_read_every_text_is_asked_nothing(desk: Desk, browsers: Browsers) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts(area=EVERYWHERE)
    joris = await browsers(JORIS)
    await joris.get(f"/alerts/{alert.id}/texts")
    assert 'name="waived"' not in (await joris.get(f"/alerts/{alert.id}/approve")).text
    answer = await joris.post(f"/alerts/{alert.id}/approve", data={"seen": alert.fingerprint()})
    assert answer.status_code == 303


async def test_a_text_that_changed_since_it_was_opened_is_asked_for_again(
    desk: Desk, browsers: Browsers
) -> None:
    alert = await desk.drafts(channels=["sms", "email"])
    joris = await browsers(JORIS)
    await joris.get(f"/alerts/{alert.id}/texts")
    text = Message(channel="email", language=Language.FR, subject="Fuite", text="Autre chose")
    alert = await having_read.revise(desk.services, alert.id, [text], by=MILA)
    page = (await joris.get(f"/alerts/{alert.id}/approve", headers=reads("fr"))).text
    assert re.findall(r'name="waived" value="([\w.]+)"', page) == ["email.fr"]


async def test_what_changed_since_this_person_last_read_is_shown_also_over_several_versions(
    desk: Desk, browsers: Browsers
) -> None:
    alert = await desk.submits(await desk.drafts())
    joris, path = await browsers(JORIS), f"/alerts/{alert.id}/approve"
    await joris.get(path)
    await approval.return_to_author(desk.services, alert.id, by=JORIS, reason="Wrong street")
    for word in ("premier", "second"):
        said = alert.message("sms", Language.FR)
        assert said is not None
        text = replace(said, text=f"{said.text} {word}")
        alert = await having_read.revise(desk.services, alert.id, [text], by=MILA)
    for _ in range(2):  # looking at it does not take it away
        page = re.sub(r"\s+", " ", (await joris.get(path)).text)
        assert "Changed since you last read it (version 1)" in page
        assert "premier second" in re.sub(r"<[^>]+>", "", page)
    assert "since you last read it" not in (await (await browsers(LEEN)).get(path)).text


@pytest.mark.parametrize(
    ("wanted", "shows"),
    [
        ({"area": EVERYWHERE}, "Area [added: Brussels, Eupen] Languages [added:"),
        ({"area": ["4900 Spa"]}, "Area [removed: Liège] [added: Spa]"),
        ({"shape": circle(5.58, 50.63, 2.0)}, "Circle or polygon [added: Circle of 2 km"),
        ({"channels": ["sms"]}, "Channels [removed: "),
        ({"values": {"substance": {"fr": "du chlore"}}}, "leaking [removed: ammoniac / "),
        ({"values": {"substance": {"fr": "du chlore"}}}, "Ammoniak] [added: du chlore]"),
        ({"values": {"location": ""}}, "municipality [removed: port de Liège / "),
        ({"valid_for": timedelta(hours=5)}, "Ends [removed: "),
    ],
    ids=[
        "area grows",
        "area moves",
        "shape",
        "channels",
        "detail before",
        "detail now",
        "detail taken out",
        "end",
    ],
)
async def test_whatever_was_chosen_otherwise_since_this_person_last_read_is_shown(
    desk: Desk, browsers: Browsers, wanted: dict[str, Any], shows: str
) -> None:
    alert = await desk.submits(await desk.drafts())
    joris, path = await browsers(JORIS), f"/alerts/{alert.id}/approve"
    await joris.get(path)
    if "shape" in wanted:
        async with desk.services.unit() as unit:
            await alert_rows.save(unit.connection, replace(alert, version=2, **wanted))
    else:
        await changing.change_choices(
            desk.services,
            alert.id,
            changing.WantedChanges(**wanted),
            {},
            by=MILA,
            seen=alert.fingerprint(),
        )
    page = (await joris.get(path)).text
    told = re.sub(r"<[^>]+>|\s+", " ", page.partition('id="chosen-since"')[2].partition("</dl>")[0])
    assert shows in re.sub(r" +(?=\])| +", " ", told).replace(" ]", "]")
    assert "Nothing has changed" not in page
    assert ("Ends" in told) == ("valid_for" in wanted)


async def test_approving_and_returning_stand_on_the_same_bar(
    desk: Desk, browsers: Browsers
) -> None:
    alert = await desk.submits(await desk.drafts())
    page = (await (await browsers(JORIS)).get(f"/alerts/{alert.id}/approve")).text
    bar = page[page.index('class="bar-of-acts') :]
    assert "Approve" in bar
    assert f'href="/alerts/{alert.id}/return"' in bar
    assert "inhabitants" in page


async def test_a_reading_of_another_version_is_refused(desk: Desk, browsers: Browsers) -> None:
    alert = await desk.drafts()
    joris = await browsers(JORIS)
    data = {"seen": "0" * 64, "text": "sms.fr"}
    assert (await joris.post(f"/alerts/{alert.id}/readings", data=data)).status_code == 409


async def test_whoever_waits_sees_who_has_opened_it(desk: Desk, browsers: Browsers) -> None:
    alert = await desk.submits(await desk.drafts())
    mila = await browsers(MILA)
    assert "Nobody else has opened it yet." in (await mila.get(f"/alerts/{alert.id}")).text
    await (await browsers(JORIS)).get(f"/alerts/{alert.id}/approve")
    assert "Opened by joris (13:00)" in (await mila.get(f"/alerts/{alert.id}")).text


def reads(language: str) -> dict[str, str]:
    return {"Accept-Language": language}


async def test_what_blocks_stands_before_what_it_says_and_what_only_warns_after(
    desk: Desk, browsers: Browsers
) -> None:
    alert = await desk.drafts(values={**DETAILS, "next_update": "13:30"})
    desk.clock.forward(minutes=45)
    page = (await (await browsers(JORIS)).get(f"/alerts/{alert.id}/approve")).text
    assert '<details class="card findings" id="findings" open>' in page
    assert '<details class="card findings" id="warnings" open>' in page
    places = [
        page.index(part) for part in ('id="findings"', 'class="card summary"', 'id="warnings"')
    ]
    assert places == sorted(places)
    before, after = page[: places[1]], page[places[1] :]
    assert "finding-warns" not in before
    assert "finding-blocks" not in after


async def test_hours_that_do_not_fit_are_asked_about_where_one_approves(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts(values={**DETAILS, "next_update": "13:30"})
    desk.clock.forward(minutes=45)
    joris = await browsers(JORIS)
    path, form = f"/alerts/{alert.id}/approve", deciding_form(alert, reason="Agreed with the mayor")
    assert 'name="accept_times"' in (await joris.get(path)).text
    refused = await joris.post(path, data=form)
    assert "would mention times that do not fit" in refused.text
    done = await joris.post(path, data={**form, "accept_times": "true"})
    assert done.status_code == 303
    assert "although these times did not fit" in (await joris.get(f"/alerts/{alert.id}")).text


async def test_what_is_asked_stands_beside_the_button_and_is_asked_for_in_the_page(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts()
    page = (await (await browsers(JORIS)).get(f"/alerts/{alert.id}/approve")).text
    bar = page[page.index('class="bar-of-acts') :]
    assert "Texts not opened yet:" in bar
    assert 'data-asked="email.fr"' in bar
    await desk.approves(alert)
    mila = await browsers(MILA)
    page = (await mila.get(f"/alerts/{alert.id}/send")).text
    assert 'name="word"' in page[page.index('class="bar-of-acts') :]
    assert "novalidate" in page
    refused = await mila.post(f"/alerts/{alert.id}/send", data={"seen": alert.fingerprint()})
    assert re.search(r"role=\"alert\".*type ALERT", refused.text)


async def test_changing_what_was_submitted_says_before_and_after_that_it_is_withdrawn(
    desk: Desk, browsers: Browsers
) -> None:
    alert = await desk.submits(await desk.drafts())
    form = deciding_form(alert)
    mila, joris = await browsers(MILA), await browsers(JORIS)
    editor = (await mila.get(f"/alerts/{alert.id}/edit")).text
    assert "Saving a new version withdraws it" in editor
    text = Message(channel="sms", language=Language.FR, text="BE-Alert: tout autre chose")
    await having_read.revise(desk.services, alert.id, [text], by=MILA)
    assert "it is no longer submitted" in (await mila.get(f"/alerts/{alert.id}")).text
    del form["waived"]
    refused = await joris.post(f"/alerts/{alert.id}/approve", data=form)
    assert refused.status_code == 409
    assert "was changed while you were reading it" in refused.text
    assert re.search(r"mila changed it at \d+:\d\d\.", refused.text)
    assert "it is no longer submitted" in refused.text
    assert "You have not opened" not in refused.text


async def test_a_false_alarm_is_asked_about_by_its_name_and_its_texts_by_who_sent_them(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    original = await desk.issues()
    await desk.works()
    false = await desk.follows_up(original, FollowUp.FALSE_ALERT)
    mila = await browsers(MILA)
    page = (await mila.get(f"/alerts/{false.id}/send")).text
    assert ">Send this false alarm notice?</h1>" in page
    assert "severity-unknown" not in page
    await desk.sends(false)
    texts = (await mila.get(f"/alerts/{false.id}/texts")).text
    assert "exactly the texts that mila sent without a second person on" in texts
    assert " approved on" not in texts


async def test_which_of_two_hours_is_meant_is_asked_only_of_an_hour_that_comes_twice(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    alert = await desk.approves(await desk.drafts())
    mila, path = await browsers(MILA), f"/alerts/{alert.id}/schedule"
    assert 'name="which"' not in (await mila.get(path)).text
    form = {"seen": alert.fingerprint(), "word": "ALERT", "why": "agreed"}
    ordinary = await mila.post(path, data={**form, "at": "2030-10-26T02:30"})
    assert 'name="which"' not in ordinary.text
    asked = await mila.post(path, data={**form, "at": "2030-10-27T02:30"})
    assert 'name="which"' in asked.text


async def test_the_next_step_of_a_draft_is_its_main_button(desk: Desk, browsers: Browsers) -> None:
    draft = await desk.drafts()
    main = re.compile(r'class="button primary" id="([\w-]+)"')
    for officer, act in ((MILA, "act-submit"), (JORIS, "act-approve")):
        page = (await (await browsers(officer)).get(f"/alerts/{draft.id}")).text
        assert main.findall(page) == [act]


def test_the_same_in_three_languages_is_said_once_with_the_number_of_each() -> None:
    def too_long(language: Language, count: int) -> Finding:
        return Finding(
            severity=FindingSeverity.WARNS,
            rule="subject-length",
            says="The subject has {count} characters.",
            channel="email",
            language=language,
            facts={"count": count},
        )

    numbers = {Language.DE: 85, Language.FR: 87, Language.NL: 85}
    (told,) = group_findings(
        [too_long(*one) for one in numbers.items()], translator_for(Language.EN)
    )
    assert told.text == "The subject has 85, 87 characters."
    assert list(told.languages) == list(numbers)


def test_the_same_in_every_channel_is_said_once() -> None:
    missing = [
        Finding(
            severity=FindingSeverity.BLOCKS,
            rule="not-written",
            says="A word is missing.",
            channel=channel,
            language=Language.NL,
        )
        for channel in ("sms", "email", "x")
    ]
    (told,) = group_findings(missing, translator_for(Language.EN))
    assert told.channels == ["sms", "email", "x"]


async def test_who_decides_reads_kind_postal_code_and_inhabitants_of_each_place(
    desk: Desk, browsers: Browsers
) -> None:
    alert = await desk.drafts(area=["4830 Limbourg", "Eupen"])
    page = " ".join((await (await browsers(JORIS)).get(f"/alerts/{alert.id}/approve")).text.split())
    assert "<strong>Limbourg</strong>" in page
    assert "municipality 4830 · 5,900 inhabitants" in page


def test_a_finding_calls_a_channel_in_the_readers_language() -> None:
    missing = Finding(
        severity=FindingSeverity.BLOCKS,
        rule="language-missing",
        says="{channel}, {language}: “{field}” is missing, although the law requires it.",
        channel="sms",
        language=Language.FR,
        facts={"channel": "sms", "field": "text", "language": Language.FR},
    )
    (told,) = group_findings([missing], translator_for(Language.FR))
    assert told.text.startswith("SMS, ")
