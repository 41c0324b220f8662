"""Submitting: what an approver will be asked about is said here, and needs a note."""

from collections.abc import Mapping

import pytest

from alerting.actions.alerts import approval, queries, text_drafts
from alerting.domain.alert import Alert
from alerting.domain.errors import NotFit
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Officer
from tests import having_read
from tests.desk import DIRK, JORIS, MILA, Desk
from tests.make import person
from tests.web.console import Browsers

UNSAVED = "to the texts are not saved as a version yet."
WHY = "The bilingual colleague writes the rest meanwhile."


async def test_what_is_not_ready_is_listed_and_submitted_only_with_a_note(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers(person(1))
    alert = await desk.drafts()
    text = Message(channel="sms", language=Language.FR, text="BE-Alert {{ foo }}: TODO")
    alert = await having_read.revise(desk.services, alert.id, [text], by=MILA)
    mila = await browsers(MILA)
    page = (await mila.get(f"/alerts/{alert.id}/submit")).text
    assert "foo" in page.partition('class="decide"')[2]
    assert "This alert is not ready to be sent. Why is it needed all the same?" in page
    with pytest.raises(NotFit):
        await approval.submit(desk.services, alert.id, by=MILA)
    assert (await mila.post(f"/alerts/{alert.id}/submit", data={})).status_code == 409
    answer = await mila.post(f"/alerts/{alert.id}/submit", data={"said": WHY})
    assert answer.status_code == 303
    assert (await queries.get_alert(desk.services, alert.id, by=JORIS)).note == WHY


async def test_words_that_are_typed_and_not_saved_hold_up_whoever_typed_them(
    desk: Desk, browsers: Browsers
) -> None:
    """On the way to approval and on the way out; discarded, or saved, they do not."""
    await desk.registers(person(1))
    alert = await desk.drafts(by=DIRK)
    base = f"/alerts/{alert.id}"
    dirk, mila = await browsers(DIRK), await browsers(MILA)
    await types(desk, alert)
    for page in (base, f"{base}/submit"):
        shown = (await dirk.get(page)).text
        assert UNSAVED in shown, page
        assert f'href="{base}/edit"' in shown
        assert 'value="discard"' in shown
        assert UNSAVED not in (await mila.get(page)).text
    refused = await dirk.post(f"{base}/submit", data={"said": WHY})
    assert refused.status_code == 409
    assert "Save or discard them first." in refused.text
    submitted = await mila.post(f"{base}/submit", data={"said": WHY})
    assert submitted.status_code == 303, "a colleague is not held up"
    approved = await desk.approves(alert)
    await types(desk, approved)
    assert UNSAVED in (await dirk.get(f"{base}/send")).text
    form = {"seen": approved.fingerprint(), "word": "ALERT"}
    refused = await dirk.post(f"{base}/send", data=form)
    assert refused.status_code == 409
    assert "Save or discard them first." in refused.text
    unsaved = await text_drafts.unsaved_texts(desk.services, alert.id, by=DIRK)
    assert unsaved
    discarding = {"act": "discard", "kept": unsaved.version, "then": "alert"}
    answer = await dirk.post(f"{base}/edit", data=discarding)
    assert (answer.status_code, answer.headers["location"]) == (303, base)
    assert UNSAVED not in (await dirk.get(base)).text
    assert (await dirk.post(f"{base}/send", data=form)).status_code == 303


async def test_whoever_may_approve_is_told_of_their_own_words_there(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers(person(1))
    alert = await desk.submits(await desk.drafts())
    await types(desk, alert, by=JORIS)
    joris = await browsers(JORIS)
    assert UNSAVED in (await joris.get(f"/alerts/{alert.id}/approve")).text


async def test_words_typed_as_they_are_hold_up_nobody(desk: Desk) -> None:
    alert = await desk.drafts()
    (first, *_) = alert.messages
    key = f"{first.channel}.{first.language}"
    await types(desk, alert, {f"text.{key}": first.text, "text.voice.nl": "Ga naar binnen."}, MILA)
    assert await text_drafts.unsaved_texts(desk.services, alert.id, by=MILA) is None


async def types(
    desk: Desk, alert: Alert, words: Mapping[str, str] | None = None, by: Officer = DIRK
) -> None:
    """Begin to change a text, which is kept."""
    earlier = await text_drafts.load_text_draft(desk.services, alert.id, by=by)
    await text_drafts.save_text_draft(
        desk.services,
        alert.id,
        words or {"text.sms.fr": "BE-Alert: rentrez et fermez tout."},
        seen=alert.fingerprint(),
        version=alert.version,
        kept=earlier.version if earlier else 0,
        by=by,
    )


async def test_what_is_ready_needs_no_note(desk: Desk, browsers: Browsers) -> None:
    await desk.registers(person(1))
    alert = await desk.drafts()
    mila = await browsers(MILA)
    page = (await mila.get(f"/alerts/{alert.id}/submit")).text
    assert "not ready to be sent" not in page
    assert (await mila.post(f"/alerts/{alert.id}/submit", data={})).status_code == 303
