"""A colleague's no holds for the matter, not for the row it was said of.

Whatever way it was said, the same does not leave by one person alone: neither the alert itself, nor
a copy, nor, by whoever took part in it, a new draft about the same. A second yes answers it. Each
person's no stands by itself: nobody else takes it back, whatever they say of their own.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from alerting.actions.alerts import (
    alone,
    approval,
    drafting,
    queries,
    sending,
    stopping,
)
from alerting.actions.alerts.refusals import REFUSAL_HOLDS, why_refused
from alerting.actions.templates.scenarios import list_scenarios
from alerting.domain.alert import Alert, AlertClass, AlertState, FollowUp, Review, StepReason
from alerting.domain.authority import NATIONAL
from alerting.domain.errors import NeedsSecondPerson, Refusal, RefusedBefore, WrongState
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Role
from alerting.i18n import Translator
from alerting.store.database import Database
from alerting.store.tables import metadata
from tests import having_read
from tests.copying import copied
from tests.desk import CLOSED, DIRK, JORIS, LEEN, MILA, Desk
from tests.doubles import Clock
from tests.make import GENT, make_services
from tests.territory import CITY, PROVINCE, Country
from tests.tiers import WHOLE

No = Callable[[Desk], Awaitable[Alert]]
Again = Callable[[Desk, Alert], Awaitable[Alert]]
WHY = "A cloud drifts to the school"


async def drafted(desk: Desk) -> Alert:
    return await desk.drafts(values=CLOSED, by=DIRK)


async def sent_alone(desk: Desk) -> Alert:
    return await having_read.send_now(desk.services, (await drafted(desk)).id, by=DIRK, reason=WHY)


async def returned(desk: Desk) -> Alert:
    alert = await having_read.submit(desk.services, (await drafted(desk)).id, by=DIRK)
    return await approval.return_to_author(
        desk.services, alert.id, by=JORIS, reason="No leak was found"
    )


async def judged_not_justified(desk: Desk) -> Alert:
    alert = await sent_alone(desk)
    return await sending.review_break_glass(
        desk.services, alert.id, Review.NOT_JUSTIFIED, by=JORIS, note="No leak was found"
    )


async def stopped(desk: Desk) -> Alert:
    return await stopping.stop(desk.services, (await sent_alone(desk)).id, by=JORIS)


def discarded_by(by: Officer, reason: StepReason) -> No:
    async def discards(desk: Desk) -> Alert:
        alert = await having_read.submit(desk.services, (await drafted(desk)).id, by=DIRK)
        return await having_read.discard(desk.services, alert.id, by=by, reason=reason)

    discards.__name__ = f"{by.name} discards: {reason}"
    return discards


async def returned_and_discarded(desk: Desk) -> Alert:
    """Whoever was told no throws it away, and begins anew."""
    alert = await returned(desk)
    return await having_read.discard(desk.services, alert.id, by=DIRK, reason=StepReason.MISTAKE)


async def submitted_again(desk: Desk, alert: Alert) -> Alert:
    return await having_read.submit(desk.services, alert.id, by=DIRK)


async def a_copy(desk: Desk, alert: Alert) -> Alert:
    return await copied(desk, alert, by=DIRK)


async def copy_of_a_copy(desk: Desk, alert: Alert) -> Alert:
    return await a_copy(desk, await a_copy(desk, alert))


async def drafted_anew(desk: Desk, alert: Alert) -> Alert:
    return await drafted(desk)


@pytest.mark.parametrize(
    ("no", "again"),
    [
        (returned, submitted_again),
        *(
            (no, again)
            for no in (
                returned,
                judged_not_justified,
                stopped,
                returned_and_discarded,
                discarded_by(JORIS, StepReason.SITUATION),
            )
            for again in (a_copy, copy_of_a_copy, drafted_anew)
        ),
    ],
    ids=lambda one: one.__name__,
)
async def test_what_was_refused_does_not_leave_alone_in_whatever_way_it_is_begun_again(
    desk: Desk, no: No, again: Again
) -> None:
    await desk.registers_a_few()
    alert = await again(desk, await no(desk))
    assert isinstance(
        (await queries.preview(desk.services, alert.id, by=DIRK)).bypass_refusal, RefusedBefore
    )
    with pytest.raises(RefusedBefore, match="joris"):
        await having_read.send_now(desk.services, alert.id, by=DIRK, reason=WHY)
    assert (await desk.approves(alert, by=LEEN)).state is AlertState.APPROVED


async def test_a_no_holds_for_its_place_and_its_hours_until_somebody_says_yes(desk: Desk) -> None:
    await desk.registers_a_few()

    async def keeps(alert: Alert) -> bool:
        found = await queries.preview(desk.services, alert.id, by=DIRK)
        return isinstance(found.bypass_refusal, RefusedBefore)

    refused = await returned(desk)
    here = await drafted(desk)
    there = await desk.drafts(values=CLOSED, by=DIRK, area=("Gent",))
    assert there.area == (GENT,)
    assert (await keeps(here), await keeps(there)) == (True, False)
    refused = await having_read.submit(desk.services, refused.id, by=DIRK)
    await desk.approves(refused, by=LEEN)
    assert not await keeps(here)
    refused = await returned(desk)
    desk.clock.now += REFUSAL_HOLDS
    assert not await keeps(await drafted(desk))
    async with desk.services.reading() as reading:  # of the alert itself it holds for good
        assert await why_refused(desk.services, reading.connection, refused, by=DIRK)


async def test_of_another_alert_a_no_binds_those_who_took_part_in_it(desk: Desk) -> None:
    await desk.registers_a_few()
    await returned(desk)
    alert = await desk.drafts(values={**CLOSED, "substance": "chlorine"}, by=MILA)
    other = replace(DIRK, name="dora")
    with pytest.raises(RefusedBefore):
        await having_read.send_now(desk.services, alert.id, by=DIRK, reason=WHY)
    sent = await having_read.send_now(desk.services, alert.id, by=other, reason=WHY)
    assert sent.state is AlertState.SENDING


@pytest.mark.parametrize("alert_class", [AlertClass.ALERT, AlertClass.EXERCISE])
async def test_who_took_part_does_not_send_another_scenario_there_alone_and_others_judge_anew(
    desk: Desk, alert_class: AlertClass
) -> None:
    await desk.registers_a_few()
    await returned(desk)
    library = await list_scenarios(desk.services)
    prepared = [name for name in library.names() if library.scenario(name).pre_approved]
    assert len(prepared) >= 5
    hours = dict.fromkeys(("onset", "deadline", "next_update"), "2030-02-15T15:30")
    values = {"substance": "ammonia", **hours}
    dora = replace(DIRK, name="dora")
    for scenario in prepared:
        fields = {one.name for one in library.scenario(scenario).values}
        typed = {name: value for name, value in values.items() if name in fields}
        more: dict[str, Any] = {"scenario": scenario, "values": typed, "alert_class": alert_class}
        here = await desk.drafts(by=DIRK, **more)
        refusal = (await queries.preview(desk.services, here.id, by=DIRK)).bypass_refusal
        assert isinstance(refusal, RefusedBefore), scenario
        if scenario != "chem_shelter":
            refusal = (await queries.preview(desk.services, here.id, by=dora)).bypass_refusal
            assert not isinstance(refusal, RefusedBefore), scenario
        there = await desk.drafts(by=DIRK, area=("Gent",), **more)
        refusal = (await queries.preview(desk.services, there.id, by=DIRK)).bypass_refusal
        assert not isinstance(refusal, RefusedBefore), scenario


async def test_no_to_an_exercise_keeps_nobody_from_a_real_alert(desk: Desk) -> None:
    await desk.registers_a_few()
    exercise = await desk.drafts(values=CLOSED, by=DIRK, alert_class=AlertClass.EXERCISE)
    await approval.submit(desk.services, exercise.id, by=DIRK)
    await approval.return_to_author(
        desk.services, exercise.id, by=JORIS, reason="Not today, says the mayor"
    )
    refusal = (
        await queries.preview(desk.services, (await drafted(desk)).id, by=DIRK)
    ).bypass_refusal
    assert not isinstance(refusal, RefusedBefore)


async def test_a_returned_retraction_does_not_leave_alone_as_another_one(desk: Desk) -> None:
    await desk.registers_a_few()
    first = await desk.issues()
    retraction = await desk.follows_up(first, FollowUp.FALSE_ALERT)
    await having_read.submit(desk.services, retraction.id, by=MILA)
    await approval.return_to_author(
        desk.services, retraction.id, by=JORIS, reason="It is real: confirmed"
    )
    again = await desk.follows_up(first, FollowUp.FALSE_ALERT)
    with pytest.raises(RefusedBefore, match="joris"):
        await desk.sends(again)
    other = await desk.follows_up(await desk.issues(), FollowUp.FALSE_ALERT)
    with pytest.raises(RefusedBefore, match="joris"):  # of its neighbour neither
        await desk.sends(other)
    assert (await desk.sends(other, by=LEEN)).state is AlertState.SENDING


async def retracted_alone(desk: Desk) -> Alert:
    return await desk.sends(await desk.follows_up(await desk.issues(), FollowUp.FALSE_ALERT))


async def sent_by_two(desk: Desk) -> Alert:
    return await desk.sends(await desk.approves(await desk.drafts(by=DIRK), by=JORIS))


@pytest.mark.parametrize(
    ("sends", "by"), [(sent_alone, DIRK), (retracted_alone, MILA), (sent_by_two, MILA)]
)
async def test_what_a_colleague_said_no_to_is_resumed_by_somebody_else(
    desk: Desk, sends: No, by: Officer
) -> None:
    await desk.registers_a_few()
    alert = await sends(desk)

    async def resumes(officer: Officer) -> AlertState:
        resumed = await stopping.resume(
            desk.services, alert.id, by=officer, reason=StepReason.MENDED
        )
        return resumed.state

    await stopping.stop(desk.services, alert.id, by=by)
    assert await resumes(by) is AlertState.SENDING, "nobody said no"
    await stopping.stop(desk.services, alert.id, by=JORIS)
    with pytest.raises(NeedsSecondPerson, match="joris"):
        await resumes(by)
    assert await resumes(LEEN) is AlertState.SENDING


async def test_the_same_no_is_asked_for_again_while_the_alert_is_held(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.registers_a_few()
    alert, other = await sent_alone(desk), await drafted(desk)
    checked = drafting.as_composed

    async def meanwhile(*given: Any) -> bool:
        await sending.review_break_glass(
            desk.services, alert.id, Review.NOT_JUSTIFIED, by=JORIS, note="No: it is not confirmed"
        )
        return await checked(*given)

    monkeypatch.setattr(alone, "as_composed", meanwhile)
    with pytest.raises(RefusedBefore, match="joris"):
        await having_read.send_now(desk.services, other.id, by=DIRK, reason=WHY)
    assert (await desk.reads(other)).state is AlertState.DRAFT


async def test_the_same_no_is_asked_for_again_while_the_retraction_is_held(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.registers_a_few()
    first = await desk.issues()
    submitted = await desk.follows_up(first, FollowUp.FALSE_ALERT)
    await having_read.submit(desk.services, submitted.id, by=MILA)
    again, checked = await desk.follows_up(first, FollowUp.FALSE_ALERT), drafting.as_composed

    async def meanwhile(*given: Any) -> bool:
        await approval.return_to_author(
            desk.services, submitted.id, by=JORIS, reason="It is real: confirmed"
        )
        return await checked(*given)

    monkeypatch.setattr(alone, "as_composed", meanwhile)
    with pytest.raises(RefusedBefore, match="joris"):
        await desk.sends(again)


@dataclass
class Places:
    """A national centre, a province and its city, each with an approver and a duty officer."""

    approvers: dict[str, Officer]
    on_duty: dict[str, Officer]


async def places(desk: Desk) -> Places:
    country = await Country(desk.services).founded()
    codes = (NATIONAL.code, PROVINCE, CITY)
    return Places(
        {code: await country.officer(Role.APPROVER, code) for code in codes},
        {code: await country.officer(Role.DUTY_OFFICER, code) for code in codes},
    )


@pytest.mark.parametrize(
    ("refuser", "speaker", "binds"),
    [
        (CITY, CITY, True),
        (CITY, PROVINCE, False),
        (CITY, NATIONAL.code, False),
        (PROVINCE, CITY, True),
        (PROVINCE, PROVINCE, True),
        (PROVINCE, NATIONAL.code, False),
        (NATIONAL.code, CITY, True),
        (NATIONAL.code, PROVINCE, True),
        (NATIONAL.code, NATIONAL.code, True),
    ],
)
async def test_a_no_binds_its_own_authority_and_those_below_and_nobody_above(
    desk: Desk, refuser: str, speaker: str, binds: bool
) -> None:
    await desk.registers_a_few()
    there = await places(desk)
    alert = await desk.drafts(values=CLOSED, by=there.on_duty[CITY])
    if refuser != CITY:  # a no from above to what those below wrote, or from within to its own
        alert = await desk.drafts(values=CLOSED, by=there.on_duty[refuser])
    await having_read.submit(desk.services, alert.id, by=there.on_duty[refuser])
    await approval.return_to_author(
        desk.services, alert.id, by=there.approvers[refuser], reason="No leak was found"
    )
    duty = replace(there.on_duty[speaker], name="dora")
    again = await desk.drafts(values=CLOSED, by=duty)
    refusal = (await queries.preview(desk.services, again.id, by=duty)).bypass_refusal
    assert isinstance(refusal, RefusedBefore) is binds
    if binds:
        assert refusal is not None
        said = Translator(Language.EN).error(refusal)
        until = refusal.facts["until"]
        assert until == desk.clock.now + REFUSAL_HOLDS
        assert (
            f"{there.approvers[refuser].name} ({there.approvers[refuser].authority.called})" in said
        )
        assert "other details" in said


async def returns_their_own(desk: Desk) -> None:
    alert = await desk.drafts(values=CLOSED, by=JORIS)
    await having_read.submit(desk.services, alert.id, by=JORIS)
    await approval.return_to_author(
        desk.services, alert.id, by=JORIS, reason="Later, once it is sure"
    )


async def returns_what_they_wrote_in(desk: Desk) -> None:
    alert = await drafted(desk)
    texts = (await queries.get_alert(desk.services, alert.id, by=JORIS)).messages[:1]
    await having_read.revise(desk.services, alert.id, [replace(texts[0], text="x")], by=JORIS)
    await having_read.submit(desk.services, alert.id, by=DIRK)
    await approval.return_to_author(
        desk.services, alert.id, by=JORIS, reason="Later, once it is sure"
    )


def stops(by: Officer, why: StepReason) -> Callable[[Desk], Awaitable[None]]:
    async def stop(desk: Desk) -> None:
        alert = await sent_alone(desk)
        await stopping.stop(desk.services, alert.id, by=by, reason=why)

    stop.__name__ = f"{by.role} stops: {why}"
    return stop


def discards(by: Officer, why: StepReason) -> Callable[[Desk], Awaitable[None]]:
    async def discard(desk: Desk) -> None:
        await discarded_by(by, why)(desk)

    discard.__name__ = f"{by.role} discards: {why}"
    return discard


async def explains_a_fault(desk: Desk) -> None:
    alert = await stopped(desk)
    await stopping.explain_stop(desk.services, alert.id, by=JORIS, reason=StepReason.FAULT)


@pytest.mark.parametrize(
    "act",
    [
        returns_their_own,
        returns_what_they_wrote_in,
        stops(DIRK, StepReason.WRONG_TEXT),
        stops(JORIS, StepReason.FAULT),
        stops(Officer("ada", Role.ADMINISTRATOR), StepReason.WRONG_TEXT),
        stops(MILA, StepReason.WRONG_TEXT),
        stops(Officer("dora", Role.DUTY_OFFICER), StepReason.SITUATION),
        explains_a_fault,
        discards(DIRK, StepReason.WRONG_TEXT),
        discards(MILA, StepReason.WRONG_TEXT),
        discards(JORIS, StepReason.DUPLICATE),
    ],
    ids=lambda one: one.__name__,
)
async def test_what_is_no_no_keeps_nobody_from_sending_alone(
    desk: Desk, act: Callable[[Desk], Awaitable[None]]
) -> None:
    await desk.registers_a_few()
    await act(desk)
    alert = await drafted(desk)
    sent = await having_read.send_now(desk.services, alert.id, by=DIRK, reason=WHY)
    assert sent.state is AlertState.SENDING


async def test_a_returned_retraction_binds_who_took_part_and_nobody_else(desk: Desk) -> None:
    await desk.registers_a_few()
    first = await desk.issues()
    retraction = await desk.follows_up(first, FollowUp.FALSE_ALERT)
    await having_read.submit(desk.services, retraction.id, by=MILA)
    await approval.return_to_author(
        desk.services, retraction.id, by=JORIS, reason="It is real: confirmed"
    )
    again = await desk.follows_up(first, FollowUp.FALSE_ALERT, by=DIRK)
    assert (await desk.sends(again, by=DIRK)).state is AlertState.SENDING


async def test_a_no_from_above_is_not_made_weaker_from_below(desk: Desk) -> None:
    await desk.registers_a_few()
    there = await places(desk)
    alert = await desk.drafts(values=CLOSED, by=there.on_duty[CITY])
    alert = await having_read.send_now(desk.services, alert.id, by=there.on_duty[CITY], reason=WHY)
    why = StepReason.WRONG_AREA
    await stopping.stop(desk.services, alert.id, by=there.approvers[NATIONAL.code], reason=why)
    await stopping.explain_stop(desk.services, alert.id, by=there.approvers[CITY], reason=why)
    said = (await desk.reads(alert)).refusals
    assert [one.authority for one in said] == [NATIONAL.code, CITY]


@pytest.mark.parametrize("says", [stopping.stop, stopping.explain_stop])
async def test_a_stop_of_ones_own_does_not_keep_a_colleague_from_saying_no(
    desk: Desk, says: Callable[..., Awaitable[Alert]]
) -> None:
    await desk.registers_a_few()
    alert = await sent_alone(desk)
    await stopping.stop(desk.services, alert.id, by=DIRK)
    with pytest.raises(WrongState):
        await stopping.stop(desk.services, alert.id, by=DIRK)
    told = await says(desk.services, alert.id, by=JORIS, reason=StepReason.WRONG_TEXT)
    assert [one.officer for one in told.refusals] == [JORIS.name]
    with pytest.raises(NeedsSecondPerson, match="joris"):
        await stopping.resume(desk.services, alert.id, by=DIRK, reason=StepReason.MENDED)


async def test_no_approval_of_its_sender_answers_a_no(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.approves(await desk.drafts(by=MILA), by=JORIS)
    await desk.sends(alert, by=LEEN)
    await stopping.stop(desk.services, alert.id, by=JORIS, reason=StepReason.WRONG_TEXT)
    with pytest.raises(NeedsSecondPerson, match="joris"):
        await desk.approves(alert, by=LEEN)
    assert not (await desk.approves(alert, by=Officer("pia", Role.APPROVER))).refusals
    resumed = await stopping.resume(desk.services, alert.id, by=MILA, reason=StepReason.MENDED)
    assert resumed.state is AlertState.SENDING


PETRA = Officer("petra", Role.APPROVER)
SAYS = st.lists(
    st.tuples(
        st.sampled_from([JORIS, LEEN, PETRA, MILA, DIRK]),
        st.sampled_from(["stops", "explains"]),
        st.sampled_from([StepReason.WRONG_TEXT, StepReason.FAULT]),
    ),
    max_size=8,
)


@settings(
    max_examples=40 if WHOLE else 3,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(says=SAYS)
@example(
    says=[
        (JORIS, "stops", StepReason.WRONG_TEXT),
        (LEEN, "stops", StepReason.WRONG_TEXT),
        (LEEN, "explains", StepReason.FAULT),
    ]
)
def test_whatever_others_say_of_their_own_stop_nobody_takes_back_the_no_of_another(
    says: list[tuple[Officer, str, StepReason]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_said(Path(folder) / "alerting.db", says))


async def _said(path: Path, says: list[tuple[Officer, str, StepReason]]) -> None:
    database = Database(f"sqlite+aiosqlite:///{path}")
    async with database.writing() as connection:
        await connection.run_sync(metadata.create_all)
    desk = Desk(make_services(database, clock := Clock()), clock)
    try:
        await desk.registers_a_few()
        alert = await sent_alone(desk)
        await stopping.stop(desk.services, alert.id, by=MILA)
        noes: set[str] = set()
        for by, way, why in says:
            act = stopping.stop if way == "stops" else stopping.explain_stop
            try:
                await act(desk.services, alert.id, by=by, reason=why)
            except Refusal:
                continue
            if why is StepReason.WRONG_TEXT:
                noes |= {by.name} & {"joris", "leen", "petra"}
            elif way == "explains":
                noes -= {by.name}
        assert {one.officer for one in (await desk.reads(alert)).refusals} == noes
        again = await drafted(desk)
        leaves = not isinstance(
            (await queries.preview(desk.services, again.id, by=DIRK)).bypass_refusal, RefusedBefore
        )
        try:
            await stopping.resume(desk.services, alert.id, by=DIRK, reason=StepReason.MENDED)
            resumed = True
        except NeedsSecondPerson:
            resumed = False
        assert (leaves, resumed) == (not noes, not noes)
    finally:
        await desk.services.close()


async def test_whoever_judged_an_alert_not_justified_does_not_take_that_back_as_a_fault(
    desk: Desk,
) -> None:
    await desk.registers_a_few()
    alert = await sent_alone(desk)
    await stopping.stop(desk.services, alert.id, by=JORIS)
    await sending.review_break_glass(
        desk.services, alert.id, Review.NOT_JUSTIFIED, by=JORIS, note="No leak was found"
    )
    await stopping.explain_stop(desk.services, alert.id, by=JORIS, reason=StepReason.FAULT)
    assert [one.officer for one in (await desk.reads(alert)).refusals] == ["joris"]
    await stopping.explain_stop(desk.services, alert.id, by=LEEN, reason=StepReason.WRONG_AREA)
    assert [one.officer for one in (await desk.reads(alert)).refusals] == ["joris", "leen"]
