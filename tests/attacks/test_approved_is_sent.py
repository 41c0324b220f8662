"""What is approved and sent is what somebody read: every act names its fingerprint."""

import inspect
from collections.abc import Callable
from dataclasses import replace

import pytest

from alerting.actions.alerts import approval, scheduling, sending
from alerting.cli import alerts as cli
from alerting.cli import lifecycle as cli_life
from alerting.domain.errors import Outdated
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Role
from tests import having_read
from tests.desk import JORIS, MILA, Desk
from tests.web.conftest import AsRole
from tests.web.console import Browsers

As = Callable[[Role], AsRole]
OTHER = Message(channel="sms", language=Language.FR, text="BE-Alert: sortez, tout va bien")

ACTS = (approval.approve, sending.send, sending.send_with_break_glass, scheduling.schedule)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_no_caller_can_leave_out_what_was_read(act: object) -> None:
    seen = inspect.signature(act).parameters["seen"]  # type: ignore[arg-type]
    assert seen.default is inspect.Parameter.empty


@pytest.mark.parametrize("claimed", ["of before", "empty", "invented"])
async def test_words_swapped_after_reading_are_not_approved(desk: Desk, claimed: str) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts(by=MILA)
    read = alert.fingerprint()
    letter = next(one for one in alert.messages if one.channel == "email")
    swapped = replace(letter, subject="Tout danger est écarté")
    await having_read.revise(desk.services, alert.id, [swapped], by=MILA)
    seen = {"of before": read, "empty": "", "invented": "0" * 64}[claimed]
    with pytest.raises(Outdated):
        await approval.approve(desk.services, alert.id, by=JORIS, seen=seen, reason="It is urgent")
    approved = await having_read.approve(desk.services, alert.id, by=JORIS)
    with pytest.raises(Outdated):
        await sending.send(desk.services, alert.id, by=MILA, seen=seen)
    assert approved.state == "approved"


@pytest.mark.parametrize(
    "command", [cli.approve, cli.send, cli_life.schedule, cli_life.break_glass]
)
def test_no_command_can_leave_out_what_was_read(command: object) -> None:
    seen = inspect.signature(command).parameters["seen"]  # type: ignore[arg-type]
    assert seen.default is inspect.Parameter.empty


@pytest.mark.parametrize("door", ["approve", "send", "schedule", "break-glass"])
async def test_the_api_refuses_a_body_without_the_fingerprint(
    as_role: As, desk: Desk, door: str
) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts()
    who = {"approve": Role.APPROVER, "break-glass": Role.DUTY_OFFICER}.get(door, Role.COMMUNICATOR)
    whole = {"reason": "Urgent: people are at risk", "confirm": "ALERT", "at": "2030-01-15T18:00"}
    taken = {
        "approve": {"reason"},
        "send": {"confirm"},
        "schedule": {"confirm", "at"},
        "break-glass": {"confirm", "reason"},
    }
    body: dict[str, str] = {"reason": "agreed"} if door == "schedule" else {}
    body |= {name: value for name, value in whole.items() if name in taken[door]}
    answer = await as_role(who).post(f"/api/alerts/{alert.id}/{door}", body)
    assert answer.status_code == 422
    assert "fingerprint" in answer.text


async def test_words_swapped_behind_the_preview_are_not_approved_by_the_api(
    as_role: As, desk: Desk
) -> None:
    alert = await desk.drafts()
    joris = as_role(Role.APPROVER)
    read = (await joris.get(f"/api/alerts/{alert.id}/preview")).json()["fingerprint"]
    await having_read.revise(desk.services, alert.id, [OTHER], by=MILA)
    answer = await joris.post(f"/api/alerts/{alert.id}/approve", {"fingerprint": read})
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:alerting:outdated")
    assert (await joris.get(f"/api/alerts/{alert.id}")).json()["approver"] == ""


async def test_words_swapped_behind_the_page_are_not_approved_in_the_console(
    browsers: Browsers, desk: Desk
) -> None:
    alert = await desk.drafts()
    await having_read.revise(desk.services, alert.id, [OTHER], by=MILA)
    answer = await (await browsers(JORIS)).post(
        f"/alerts/{alert.id}/approve",
        data={"seen": alert.fingerprint(), "reason": "Urgent: people are at risk"},
    )
    assert answer.status_code == 409
    assert (await desk.reads(alert)).approver == ""


async def test_preview_and_alert_give_one_fingerprint_and_a_listing_none(
    as_role: As, desk: Desk
) -> None:
    alert = await desk.drafts()
    joris = as_role(Role.APPROVER)
    preview = (await joris.get(f"/api/alerts/{alert.id}/preview")).json()
    whole = (await joris.get(f"/api/alerts/{alert.id}")).json()
    (listed,) = (await joris.get("/api/alerts")).json()["items"]
    assert preview["fingerprint"] == whole["fingerprint"] == alert.fingerprint()
    assert listed["fingerprint"] == ""
