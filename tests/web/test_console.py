"""The console shows officers what is so, lets them do what they may, and says why not."""

import pytest

from alerting.domain.alert import Alert, AlertClass
from alerting.domain.channel import Deferred, FailureReason, Refused
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Officer, Role
from tests import having_read
from tests.desk import JORIS, MILA, Desk
from tests.make import BRUSSELS, EUPEN, person
from tests.web.console import Browsers

VERA = Officer("vera", Role.AUDITOR)
PAULA = Officer("paula", Role.PRESS_OFFICER)
EVERYWHERE = ("4000 Liège", "Eupen", "1000 Bruxelles")
HOSTILE = "<script>alert(1)</script>"


async def test_the_list_shows_class_state_and_place(desk: Desk, browsers: Browsers) -> None:
    await desk.drafts(area=EVERYWHERE, alert_class=AlertClass.EXERCISE)
    page = (await (await browsers(JORIS)).get("/")).text
    assert "Chemical leak" in page
    assert "exercise" in page
    assert "draft" in page
    assert "Brussels" in page


@pytest.mark.parametrize(
    ("alert_class", "word"),
    [
        pytest.param(AlertClass.ALERT, "real alert", id="a real alert"),
        pytest.param(AlertClass.EXERCISE, "exercise", id="an exercise"),
        pytest.param(AlertClass.TEST, "test", id="a test"),
    ],
)
@pytest.mark.parametrize("path", ["", "/texts", "/deliveries", "/approve"])
async def test_every_page_about_an_alert_says_its_class_in_words(
    desk: Desk, browsers: Browsers, alert_class: AlertClass, word: str, path: str
) -> None:
    alert = await desk.drafts(alert_class=alert_class)
    page = (await (await browsers(JORIS)).get(f"/alerts/{alert.id}{path}")).text
    assert f"banner-{alert_class}" in page
    assert f"<strong>{word}</strong>" in page


async def test_the_board_adds_up(desk: Desk, browsers: Browsers) -> None:
    alert = await _sent(desk)
    page = (await (await browsers(JORIS)).get(f"/alerts/{alert.id}")).text
    assert "100%" in page
    assert "12 of 12 messages" in page
    assert page.count('role="img"') == 1 + 4 + 10  # all, channels, languages with readers


async def test_the_board_says_why_messages_wait_and_what_to_do(
    desk: Desk, browsers: Browsers
) -> None:
    desk.channel("email")._answers = iter([Deferred(FailureReason.DOWN, "timeout")] * 9)
    alert = await _sent(desk)
    page = (await (await browsers(JORIS)).get(f"/alerts/{alert.id}")).text
    assert "provider not reachable" in page
    assert "tried again until 17:00" in page
    assert "Check the provider’s status" in page


async def test_a_trouble_that_stops_everyone_asks_to_act_now(
    desk: Desk, browsers: Browsers
) -> None:
    desk.channel("sms")._answers = iter([Refused(FailureReason.CONTENT, "30007")])
    alert = await _sent(desk)
    page = (await (await browsers(JORIS)).get(f"/alerts/{alert.id}")).text
    assert "Act now" in page
    assert "Call the provider now" in page


async def test_a_dead_address_is_no_emergency(desk: Desk, browsers: Browsers) -> None:
    desk.channel("sms")._answers = iter([Refused(FailureReason.ADDRESS_DEAD, "30005")])
    alert = await _sent(desk)
    page = (await (await browsers(JORIS)).get(f"/alerts/{alert.id}")).text
    assert "Act now" not in page
    assert "address no longer exists" in page


async def test_texts_stand_side_by_side_in_their_languages(desk: Desk, browsers: Browsers) -> None:
    alert = await desk.drafts(area=EVERYWHERE)
    page = (await (await browsers(JORIS)).get(f"/alerts/{alert.id}/texts")).text
    for language in ("fr", "nl", "de"):
        assert f'<p class="bubble" lang="{language}">' in page
        assert f'src="/alerts/{alert.id}/texts/email.{language}.html"' in page
    assert "segments" in page
    assert "of 280 characters, as X counts them" in page


async def test_an_email_is_shown_where_it_can_do_nothing(desk: Desk, browsers: Browsers) -> None:
    alert = await desk.drafts()
    joris = await browsers(JORIS)
    letter = await joris.get(f"/alerts/{alert.id}/texts/email.fr.html")
    policy = letter.headers["content-security-policy"]
    assert policy.startswith("sandbox;")
    assert "script-src" not in policy
    assert "frame-ancestors 'self'" in policy
    assert (await joris.get(f"/alerts/{alert.id}/texts/sms.fr.html")).status_code == 404
    for path, frames in (("/texts", True), ("", False), ("/deliveries", False)):
        policy = (await joris.get(f"/alerts/{alert.id}{path}")).headers["content-security-policy"]
        assert ("frame-src" in policy) is frames
        assert "unsafe" not in policy


async def test_hostile_words_are_shown_and_not_run(desk: Desk, browsers: Browsers) -> None:
    alert = await desk.drafts()
    text = Message(channel="sms", language=Language.FR, text=HOSTILE)
    await having_read.revise(desk.services, alert.id, [text], by=MILA)
    joris = await browsers(JORIS)
    for path in ("", "/texts", "/approve"):
        page = (await joris.get(f"/alerts/{alert.id}{path}")).text
        assert HOSTILE not in page
        assert "&lt;script&gt;" in page


async def test_an_alert_that_does_not_exist_is_said_to(browsers: Browsers) -> None:
    answer = await (await browsers(JORIS)).get("/alerts/999")
    assert answer.status_code == 404
    assert "There is no alert 999" in answer.text


async def test_an_auditor_reads_and_decides_nothing(desk: Desk, browsers: Browsers) -> None:
    alert = await desk.drafts()
    vera = await browsers(VERA)
    assert (await vera.get(f"/alerts/{alert.id}")).status_code == 200
    for act in ("approve", "send"):
        answer = await vera.post(f"/alerts/{alert.id}/{act}", data={"seen": ""})
        assert answer.status_code == 403


async def _sent(desk: Desk) -> Alert:
    await desk.registers_a_few()
    await desk.registers(
        person(3, nis_code=EUPEN, language=Language.DE),
        person(4, nis_code=BRUSSELS, language=Language.NL),
    )
    alert = await desk.issues(area=EVERYWHERE)
    await desk.works()
    return alert


async def test_an_address_of_nothing_answers_people_with_a_page(browsers: Browsers) -> None:
    for browser in (await browsers(JORIS), await browsers()):
        answer = await browser.get("/nope", headers={"Accept": "text/html"})
        assert answer.status_code == 404
        assert "There is no page at this address." in answer.text
        takes_forms = await browser.get("/alerts/1/stop", headers={"Accept": "text/html"})
        assert takes_forms.status_code == 404
        assert "There is no page at this address." in takes_forms.text
    told = await browser.get("/api/nope", headers={"Accept": "application/json"})
    assert (told.status_code, told.json()["type"]) == (404, "urn:alerting:no-such-page")


async def test_an_email_that_is_gone_says_so_in_its_frame(browsers: Browsers, desk: Desk) -> None:
    """A frame is loaded after the page around it, when the text may have changed already."""
    alert = await desk.drafts()
    for browser in (await browsers(JORIS), await browsers()):
        gone = await browser.get(
            f"/alerts/{alert.id}/texts/x.fr.html",
            headers={"Accept": "text/html", "Sec-Fetch-Dest": "iframe"},
        )
        assert gone.status_code in (401, 404)
        assert "frame-ancestors 'self'" in gone.headers["content-security-policy"]
        assert gone.headers["content-type"].startswith("text/plain")
