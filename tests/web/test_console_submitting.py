"""Submitting: what an approver will be asked about is said here, and needs a note."""

import pytest

from alerting.actions.alerts import approval, queries
from alerting.domain.errors import NotFit
from alerting.domain.language import Language
from alerting.domain.message import Message
from tests import having_read
from tests.desk import JORIS, MILA, Desk
from tests.make import person
from tests.web.console import Browsers

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


async def test_what_is_ready_needs_no_note(desk: Desk, browsers: Browsers) -> None:
    await desk.registers(person(1))
    alert = await desk.drafts()
    mila = await browsers(MILA)
    page = (await mila.get(f"/alerts/{alert.id}/submit")).text
    assert "not ready to be sent" not in page
    assert (await mila.post(f"/alerts/{alert.id}/submit", data={})).status_code == 303
