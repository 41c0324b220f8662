"""What is approved and sent is what somebody read: every act names its fingerprint."""

import inspect
from dataclasses import replace

import pytest

from alerting.actions.alerts import approval, drafting, scheduling, sending
from alerting.domain.errors import Outdated
from tests import having_read
from tests.desk import JORIS, MILA, Desk

ACTS = (approval.approve, sending.send, sending.send_now, scheduling.schedule)


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
    await drafting.revise(desk.services, alert.id, [swapped], by=MILA)
    seen = {"of before": read, "empty": "", "invented": "0" * 64}[claimed]
    with pytest.raises(Outdated):
        await approval.approve(desk.services, alert.id, by=JORIS, seen=seen, reason="It is urgent")
    approved = await having_read.approve(desk.services, alert.id, by=JORIS)
    with pytest.raises(Outdated):
        await sending.send(desk.services, alert.id, by=MILA, seen=seen)
    assert approved.state == "approved"
