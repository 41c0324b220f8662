"""Approving and sending: on a page that says what is about to happen, and only that happens."""

from alerting.actions.alerts.drafting import revise
from alerting.domain.alert import AlertClass, AlertState
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Officer, Role
from tests.desk import JORIS, MILA, Desk
from tests.web.console import Browsers

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
    answer = await joris.post(f"/alerts/{alert.id}/approve", data={"seen": alert.fingerprint()})
    assert answer.headers["location"] == f"/alerts/{alert.id}"
    assert (await desk.reads(alert)).state is AlertState.APPROVED


async def test_nobody_approves_what_they_did_not_read(desk: Desk, browsers: Browsers) -> None:
    alert = await desk.drafts()
    text = Message(channel="sms", language=Language.FR, text="BE-Alert: tout autre chose")
    await revise(desk.services, alert.id, [text], by=MILA)
    answer = await (await browsers(JORIS)).post(
        f"/alerts/{alert.id}/approve", data={"seen": alert.fingerprint()}
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
    alert = await revise(desk.services, alert.id, [text], by=MILA)
    joris = await browsers(JORIS)
    page = (await joris.get(f"/alerts/{alert.id}/approve")).text
    assert "must be corrected" in page
    assert "Why must it be sent all the same?" in page
    form = {"seen": alert.fingerprint()}
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
    await revise(desk.services, alert.id, texts, by=MILA)
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
    answer = await joris.post(f"/alerts/{alert.id}/approve", data={"seen": alert.fingerprint()})
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
    answer = await joris.post(f"/alerts/{alert.id}/approve", data={"seen": alert.fingerprint()})
    assert "zou eindigen op 15 jan 2030, 17:00" in answer.text
