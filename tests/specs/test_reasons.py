"""Whatever changes what a colleague did carries a reason; stopping never waits for it."""

import inspect
from collections.abc import Callable

import pytest

from alerting.actions.alerts import approval, discarding, retry, scheduling, stopping
from alerting.actions.operations.routes import override_route
from alerting.domain.alert import STEP_REASON_NAMES, AlertState, StepReason
from alerting.domain.errors import BadRequest, WrongState
from alerting.domain.reason import reason_of
from alerting.domain.route import Override
from alerting.store import ledger as ledger_rows
from tests.desk import JORIS, MILA, Desk
from tests.web.conftest import anyone, app, as_role, browsers
from tests.web.console import Browsers

__all__ = ["anyone", "app", "as_role", "browsers"]
ASKED = (
    stopping.resume,
    retry.retry_failed,
    scheduling.schedule,
    scheduling.unschedule,
    discarding.discard,
)


@pytest.mark.parametrize("act", ASKED, ids=lambda act: act.__name__)
def test_no_door_can_leave_the_reason_out(act: Callable[..., object]) -> None:
    assert inspect.signature(act).parameters["reason"].default is inspect.Parameter.empty


def test_stopping_waits_for_none() -> None:
    assert inspect.signature(stopping.stop).parameters["reason"].default is StepReason.NOT_SAID
    assert STEP_REASON_NAMES.keys() == set(StepReason)


async def details(desk: Desk, what: str) -> dict[str, object]:
    async with desk.services.reading() as reading:
        return dict(
            next(
                one.details
                for one in reversed(await ledger_rows.entries(reading.connection))
                if one.what == what
            )
        )


async def test_a_stop_without_a_reason_is_explained_afterwards(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    with pytest.raises(WrongState):
        await stopping.explain_stop(desk.services, alert.id, by=JORIS, reason=StepReason.WRONG_AREA)
    await stopping.stop(desk.services, alert.id, by=JORIS, note="x" * 501)
    assert (await details(desk, "alert.stopped"))["why"] == "not-said"
    await stopping.explain_stop(desk.services, alert.id, by=MILA, reason=StepReason.WRONG_AREA)
    assert (await details(desk, "alert.stop-explained"))["why"] == "wrong-area"


@pytest.mark.parametrize(
    ("reason", "note"), [(StepReason.NOT_SAID, "a note"), (StepReason.OTHER, " ")]
)
async def test_going_on_needs_a_choice_that_says_something(
    desk: Desk, reason: StepReason, note: str
) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    await stopping.stop(desk.services, alert.id, by=JORIS, reason=StepReason.FAULT)
    with pytest.raises(BadRequest, match="Choose a reason"):
        await stopping.resume(desk.services, alert.id, by=MILA, reason=reason, note=note)
    await stopping.resume(
        desk.services, alert.id, by=MILA, reason=StepReason.OTHER, note="False report"
    )
    found = await details(desk, "alert.resumed")
    assert (found["why"], found["note"]) == ("other", "False report")


async def test_the_console_stops_in_one_click_and_asks_why_before_going_on(
    desk: Desk, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    joris = await browsers(JORIS)
    assert (await joris.post(f"/alerts/{alert.id}/stop")).status_code == 303
    assert "Give the reason for stopping" in (await joris.get(f"/alerts/{alert.id}")).text
    refused = await joris.post(f"/alerts/{alert.id}/resume")
    assert refused.status_code == 422
    assert "Choose a reason" in refused.text
    assert (await desk.reads(alert)).state is AlertState.STOPPED
    page = (await joris.get(f"/alerts/{alert.id}/resume")).text
    assert '<option value="mended">the problem has been fixed</option>' in page
    await joris.post(
        f"/alerts/{alert.id}/resume", data={"why": "mended", "said": "New list was imported"}
    )
    board = (await joris.get(f"/alerts/{alert.id}")).text
    assert "the problem has been fixed" in board
    assert "New list" in board


@pytest.mark.parametrize("reason", ["x", "........................", "no leak"])
async def test_one_letter_is_no_reason(desk: Desk, reason: str) -> None:
    await desk.registers_a_few()
    services = desk.services
    with pytest.raises(BadRequest, match="at least 10 letters"):
        reason_of(reason, needed=True)
    alert = await desk.submits(await desk.drafts())
    seen = alert.fingerprint()
    refused = (
        lambda: approval.approve(services, alert.id, by=JORIS, seen=seen, reason=reason),
        lambda: approval.return_to_author(services, alert.id, by=JORIS, reason=reason),
        lambda: discarding.discard(
            services, alert.id, by=MILA, reason=StepReason.OTHER, note=reason, seen=seen
        ),
        lambda: override_route(services, "sms", "scripted", Override.OFF, reason=reason, by=JORIS),
    )
    for act in refused:
        with pytest.raises(BadRequest, match="at least 10 letters"):
            await act()


async def test_a_note_that_must_say_why_is_a_reason_and_any_other_is_what_it_is(
    desk: Desk,
) -> None:
    ready = await desk.drafts()
    with pytest.raises(BadRequest, match="at least 10 letters"):  # nobody is on the lists
        await approval.submit(desk.services, ready.id, by=MILA, note="x")
    await desk.registers_a_few()
    assert (await approval.submit(desk.services, ready.id, by=MILA, note="ok")).note == "ok"
