"""What leaves with one pair of eyes is the library's, known to everybody, and looked at after.

That no typed word leaves so, by any way and field: `test_typed_words.py`.
"""

import re
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from alerting.actions.alerts import (
    follow_ups,
    queries,
    retry,
    sending,
    stopping,
)
from alerting.actions.alerts.alone import SET_GOING_AGAIN
from alerting.actions.staff_notifications import inbox
from alerting.compose.library_check import check_scenario
from alerting.compose.scenarios import Library
from alerting.compose.values import ValueKind
from alerting.domain.alert import AlertState, FollowUp, Review, StepReason, UnreachedPolicy
from alerting.domain.channel import FailureReason, Refused, Tracking
from alerting.domain.errors import (
    NotFit,
    NotPrepared,
    RetractedLate,
    RetractionStands,
    TypedWords,
)
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.i18n import translator_for
from alerting.settings import Settings
from alerting.store.database import Database
from tests import having_read
from tests.compose.samples import TEMPLATES
from tests.desk import CLOSED, DIRK, JORIS, MILA, Desk
from tests.doubles import Clock, ScriptedChannel
from tests.make import make_services

ACTS = Path(retry.__file__).parent
MARKER = "Zzmarker"
WHY = "A cloud is drifting to the school"
LIBRARY = Library(TEMPLATES / "scenarios")
PREPARED = [one.name for one in LIBRARY if one.pre_approved]


def times(scenario: str) -> dict[str, Any]:
    """The details a prepared scenario asks for: times, and nothing else."""
    return {
        one.name: one.sample
        for one in LIBRARY.scenario(scenario).values
        if one.required and one.kind is ValueKind.TIME
    }


async def nothing_typed_left(desk: Desk) -> None:
    await desk.works()
    for channel in desk.services.channels:
        assert MARKER not in repr(desk.channel(channel).sent), channel


def texts(messages: tuple[Message, ...]) -> str:
    return "".join(f"{one.subject}{one.text}{one.html}" for one in messages)


@pytest.mark.parametrize("scenario", PREPARED)
async def test_every_prepared_scenario_is_whole_without_a_word(desk: Desk, scenario: str) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts(scenario=scenario, values=times(scenario), by=DIRK)
    sent = await having_read.send_now(desk.services, alert.id, by=DIRK, reason=f"{MARKER} {MARKER}")
    assert sent.state is AlertState.SENDING
    await nothing_typed_left(desk)


async def test_a_detail_that_two_people_never_read_does_not_reach_a_retraction(desk: Desk) -> None:
    """A value edited out of every text before approval would otherwise come back as the hazard."""
    await desk.registers_a_few()
    first = await desk.issues()
    words = dict.fromkeys(Language, MARKER)
    update = await follow_ups.create_follow_up(
        desk.services,
        first.id,
        follow_ups.FollowUpRequest(
            how=FollowUp.UPDATE,
            values={
                "instruction": "x", "change": "y", "next_update": "16:30", "known": "z",
                "unknown": "u", "doing": "d", "hazard": words,
            },
        ),
        by=MILA,
    )  # fmt: skip
    update = await desk.sends(await desk.approves(update))
    retraction = await desk.follows_up(update, FollowUp.FALSE_ALERT)
    assert MARKER not in texts(retraction.messages)
    assert (await queries.preview(desk.services, retraction.id, by=MILA)).alone


async def test_an_edited_text_and_a_note_do_not_leave_alone(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts(values=CLOSED, by=MILA)
    own = [Message(channel="sms", language=Language.FR, text=f"BE-Alert {MARKER}")]
    await having_read.revise(desk.services, alert.id, own, by=MILA)
    await having_read.submit(desk.services, alert.id, by=MILA, note=MARKER)
    with pytest.raises(NotPrepared):
        await having_read.send_now(desk.services, alert.id, by=DIRK, reason=WHY)
    await nothing_typed_left(desk)


async def test_the_refusal_names_what_forces_a_second_person(desk: Desk) -> None:
    alert = await desk.drafts(by=DIRK)
    assert not (await queries.preview(desk.services, alert.id, by=DIRK)).prepared
    with pytest.raises(TypedWords, match=r"“Where it happens.*”, “The product that is leaking”"):
        await having_read.send_now(desk.services, alert.id, by=DIRK, reason=WHY)


async def test_a_reason_lifts_no_foreign_link_for_two_people(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts()
    text = alert.message("sms", Language.FR)
    assert text is not None
    own = [Message(channel="sms", language=Language.FR, text=f"{text.text} https://evil.example/")]
    await having_read.revise(desk.services, alert.id, own, by=MILA)
    with pytest.raises(NotFit, match=r"evil\.example"):
        await having_read.approve(desk.services, alert.id, by=JORIS, reason=WHY)


async def test_a_retraction_is_not_retracted(desk: Desk) -> None:
    await desk.registers_a_few()
    retraction = await desk.sends(await desk.follows_up(await desk.issues(), FollowUp.FALSE_ALERT))
    with pytest.raises(RetractionStands):
        await desk.follows_up(retraction, FollowUp.FALSE_ALERT)


@pytest.mark.parametrize(
    "after",
    [(FollowUp.UPDATE,), (FollowUp.CORRECTION,), (FollowUp.UPDATE, FollowUp.CORRECTION)],
    ids="-".join,
)
async def test_nothing_that_follows_a_retraction_is_retracted_alone(
    desk: Desk, after: tuple[FollowUp, ...]
) -> None:
    await desk.registers_a_few()
    last = await desk.sends(await desk.follows_up(await desk.issues(), FollowUp.FALSE_ALERT))
    for how in after:
        last = await desk.sends(await desk.approves(await desk.follows_up(last, how)))
    again = await desk.follows_up(last, FollowUp.FALSE_ALERT)
    assert not (await queries.preview(desk.services, again.id, by=MILA)).alone
    with pytest.raises(RetractionStands, match="Alert 2 is itself"):
        await desk.sends(again)
    assert (await desk.sends(await desk.approves(again))).approver == "joris"


async def test_half_an_hour_after_its_first_message_a_retraction_needs_two(desk: Desk) -> None:
    """Though receipts are still waited for: what was handed over is not being sent any more."""
    await desk.registers_a_few()
    original = await desk.issues()
    await desk.works()
    assert (await desk.reads(original)).state is AlertState.SENDING
    retraction = await desk.follows_up(original, FollowUp.FALSE_ALERT)
    desk.clock.forward(minutes=30)
    with pytest.raises(RetractedLate, match="more than 30 minutes ago"):
        await desk.sends(retraction)
    await desk.sends(await desk.approves(retraction))


async def test_while_messages_leave_a_retraction_needs_nobody_however_late(desk: Desk) -> None:
    await desk.registers_a_few()
    original = await desk.issues()
    desk.clock.forward(minutes=31)
    await desk.sends(await desk.follows_up(original, FollowUp.FALSE_ALERT))


@pytest.mark.parametrize("how", [FollowUp.UPDATE, FollowUp.CORRECTION])
@pytest.mark.parametrize("delivered", [False, True], ids=["being sent", "delivered"])
async def test_an_update_does_not_make_an_alert_recent(
    desk: Desk, how: FollowUp, delivered: bool
) -> None:
    """Shortly after it, nor while its messages leave: what counts is the chain's first message."""
    await desk.registers_a_few()
    first = await desk.issues()
    await desk.works()
    soon = await desk.sends(await desk.approves(await desk.follows_up(first, how)))
    assert (
        await queries.preview(
            desk.services, (await desk.follows_up(soon, FollowUp.FALSE_ALERT)).id, by=MILA
        )
    ).alone
    desk.clock.forward(hours=3)
    update = await desk.sends(await desk.approves(await desk.follows_up(soon, how)))
    if delivered:
        await desk.works()
        await desk.sweeps()
    desk.clock.forward(minutes=10)
    retraction = await desk.follows_up(update, FollowUp.FALSE_ALERT)
    with pytest.raises(RetractedLate):
        await desk.sends(retraction)
    await desk.sends(await desk.approves(retraction))


async def test_a_stop_and_a_resume_do_not_make_an_alert_recent(desk: Desk) -> None:
    await desk.registers_a_few()
    original = await desk.issues()
    await stopping.stop(desk.services, original.id, by=MILA)
    desk.clock.forward(hours=2)
    await stopping.resume(desk.services, original.id, by=MILA, reason=StepReason.MENDED)
    retraction = await desk.follows_up(original, FollowUp.FALSE_ALERT)
    with pytest.raises(RetractedLate):
        await desk.sends(retraction)
    await desk.sends(await desk.approves(retraction))


async def test_a_retry_does_not_make_an_alert_recent(database: Database, clock: Clock) -> None:
    dead = Refused(FailureReason.ADDRESS_DEAD, "550")
    sms = ScriptedChannel("sms", Tracking.ACCEPTANCE, script=[dead])
    desk = Desk(make_services(database, clock, {"sms": sms}), clock)
    await desk.registers_a_few()
    original = await desk.issues(channels=["sms"])
    await desk.works()
    desk.clock.forward(hours=2)
    await retry.retry_failed(desk.services, original.id, by=MILA, reason=StepReason.MENDED)
    retraction = await desk.follows_up(original, FollowUp.FALSE_ALERT)
    with pytest.raises(RetractedLate):
        await desk.sends(retraction)


async def test_every_act_that_sets_an_alert_going_again_is_known() -> None:
    """An act that makes an alert SENDING is its first sending, or closes the window."""
    making = {
        path.name: re.findall(r'"(alert\.[a-z-]+)"', path.read_text("utf-8"))
        for path in ACTS.glob("*.py")
        if "state=AlertState.SENDING" in path.read_text("utf-8")
    }
    assert set(making) == {"sending.py", "stopping.py", "retry.py"}
    again = {act for name in ("stopping.py", "retry.py") for act in making[name]}
    assert again - {"alert.stopped", "alert.stop-explained"} == SET_GOING_AGAIN


@pytest.mark.parametrize("language", Language)
async def test_the_window_is_a_setting_and_the_refusal_names_it(
    desk: Desk, language: Language
) -> None:
    await desk.registers_a_few()
    desk.services = replace(desk.services, retractable_alone=timedelta(minutes=7))
    original = await desk.issues()
    await desk.works()
    retraction = await desk.follows_up(original, FollowUp.FALSE_ALERT)
    desk.clock.forward(minutes=6, seconds=59)
    assert (await queries.preview(desk.services, retraction.id, by=MILA)).alone
    desk.clock.forward(seconds=1)
    refusal = (await queries.preview(desk.services, retraction.id, by=MILA)).bypass_refusal
    assert isinstance(refusal, RetractedLate)
    assert " 7 " in translator_for(language).error(refusal).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("minutes", [-1, 0, 4, 121])
def test_the_window_is_neither_nothing_nor_half_a_day(minutes: int) -> None:
    with pytest.raises(ValidationError):
        Settings(false_alert_minutes=minutes)


async def test_a_retraction_alone_reaches_nobody_whom_the_usual_one_spares(desk: Desk) -> None:
    await desk.registers_a_few()
    wider = await desk.follows_up(
        await desk.issues(), FollowUp.FALSE_ALERT, unreached_policy=UnreachedPolicy.INCLUDE
    )
    with pytest.raises(NotPrepared, match="go beyond those of the alert"):
        await desk.sends(wider)


async def test_a_retraction_sent_alone_is_told_to_everybody_and_reviewed(desk: Desk) -> None:
    await desk.registers_a_few()
    sent = await desk.sends(await desk.follows_up(await desk.issues(), FollowUp.FALSE_ALERT))
    assert sent.review_due == desk.clock.now + timedelta(hours=24)
    assert any(
        "to withdraw alert 1 as a false alarm" in one for one in await desk.notifications(JORIS)
    )
    assert [one.id for one in await queries.unreviewed(desk.services, by=JORIS)] == [sent.id]
    await sending.review_break_glass(desk.services, sent.id, Review.JUSTIFIED, by=JORIS)
    assert await queries.unreviewed(desk.services, by=JORIS) == []


async def test_from_the_twelfth_hour_everybody_is_told_each_hour_until_it_is_reviewed(
    desk: Desk,
) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts(values=CLOSED, by=DIRK)
    await having_read.send_now(desk.services, alert.id, by=DIRK, reason=WHY)

    async def reminders() -> int:
        await sending.remind_of_reviews(desk.services)
        await sending.remind_of_reviews(desk.services)  # twice: a second worker changes nothing
        unread = await inbox.list_unread(desk.services, by=JORIS)
        again = [one for one in unread if one.says == sending.STILL_UNREVIEWED.says]
        for one in again:
            await inbox.mark_read(desk.services, one.id, by=JORIS)
        return len(again)

    desk.clock.forward(hours=11, minutes=59)
    assert await reminders() == 0
    desk.clock.forward(minutes=1)
    assert await reminders() == 1
    desk.clock.forward(minutes=59)
    assert await reminders() == 0
    desk.clock.forward(minutes=1)
    assert await reminders() == 1
    await sending.review_break_glass(desk.services, alert.id, Review.JUSTIFIED, by=JORIS)
    desk.clock.forward(hours=2)
    assert await reminders() == 0


def test_a_detail_with_a_default_may_be_left_out_whatever_its_file_says(tmp_path: Path) -> None:
    shutil.copytree(TEMPLATES / "scenarios" / "gas_leak", tmp_path / "gas_leak")
    head = tmp_path / "gas_leak" / "scenario.toml"
    written = head.read_text("utf-8").replace("required = false\ndefault", "default")
    head.write_text(written, encoding="utf-8")
    left_out = {one.name for one in Library(tmp_path).scenario("gas_leak").values if one.default}
    assert left_out == {"safe_direction"}
    assert {one.name for one in Library(tmp_path).scenario("gas_leak").values if one.required} == {
        "next_update"
    }


def test_a_prepared_scenario_that_asks_for_words_is_refused(tmp_path: Path) -> None:
    shutil.copytree(TEMPLATES / "scenarios" / "gas_leak", tmp_path / "gas_leak")
    head = tmp_path / "gas_leak" / "scenario.toml"
    written = head.read_text("utf-8").replace(
        'holds = "place"\nrequired = false\n', 'holds = "place"\n', 1
    )
    head.write_text(written, encoding="utf-8")
    faults = check_scenario(Library(tmp_path), "gas_leak", hosts={"be-alert.be"})
    assert any("“location” asks for words" in one.reason for one in faults)
