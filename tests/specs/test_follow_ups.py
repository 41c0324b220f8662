"""Updates, corrections, all-clears and retractions are prepared from the alert they follow."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from alerting.actions.alerts import compositions, follow_ups, stopping
from alerting.bootstrap import TEMPLATES
from alerting.compose.scenarios import Library
from alerting.domain.alert import Alert, AlertClass, AlertState, Bypass, FollowUp, UnreachedPolicy
from alerting.domain.errors import FollowsNothing, NotPrepared, Refusal, Superseded, WrongState
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.store.tables import alert_text
from tests import having_read
from tests.desk import JORIS, MILA, TYPED, Desk
from tests.make import EUPEN, LIEGE


async def issued(desk: Desk, **preferred_channels: Any) -> Alert:
    await desk.registers_a_few()
    return await desk.issues(**preferred_channels)


@pytest.mark.parametrize(
    ("how", "leaves", "unreached_policy"),
    [
        (FollowUp.UPDATE, AlertState.UPDATED, UnreachedPolicy.INCLUDE),
        (FollowUp.CORRECTION, AlertState.UPDATED, UnreachedPolicy.INCLUDE),
        (FollowUp.ALL_CLEAR, AlertState.ENDED, UnreachedPolicy.SKIP),
        (FollowUp.FALSE_ALERT, AlertState.CANCELLED, UnreachedPolicy.SKIP),
    ],
)
async def test_a_follow_up_takes_the_place_of_its_alert(
    desk: Desk, how: FollowUp, leaves: AlertState, unreached_policy: UnreachedPolicy
) -> None:
    alert = await issued(desk)
    prepared = await desk.follows_up(alert, how)
    assert (prepared.previous_alert, prepared.follow_up) == (alert.id, how)
    assert prepared.unreached_policy is unreached_policy
    for same in ("area", "channels", "languages", "alert_class"):
        assert getattr(prepared, same) == getattr(alert, same)
    assert (await desk.reads(alert)).state is AlertState.SENDING
    await desk.sends(await desk.approves(prepared))
    assert (await desk.reads(alert)).state is leaves
    assert (await desk.ledger())[-2:] == ["alert.followed", "alert.sent"]


@pytest.mark.parametrize(
    "scenario", [one.name for one in Library(TEMPLATES / "scenarios") if one.is_follow_up], ids=str
)
async def test_what_follows_an_alert_is_never_a_new_one(desk: Desk, scenario: str) -> None:
    with pytest.raises(FollowsNothing):
        await desk.drafts(scenario=scenario, values={})
    with pytest.raises(FollowsNothing):
        await compositions.create_composition(desk.services, scenario, AlertClass.ALERT, by=MILA)


async def test_a_follow_up_is_no_pattern_for_a_new_alert(desk: Desk) -> None:
    prepared = await desk.follows_up(await issued(desk), FollowUp.ALL_CLEAR)
    with pytest.raises(FollowsNothing):
        await compositions.create_composition_from_alert(desk.services, prepared.id, by=MILA)


async def test_what_the_alert_said_stands_in_its_follow_up(desk: Desk) -> None:
    alert = await issued(desk)
    desk.clock.forward(hours=1)
    retraction = await desk.follows_up(alert, FollowUp.FALSE_ALERT)
    text = retraction.message("sms", Language.FR)
    assert text is not None
    assert "Le message de 13h00 était une erreur" in text.text
    update = await desk.follows_up(alert, FollowUp.UPDATE)
    assert update.values["n"] == 1
    assert update.values["location"] == alert.values["location"]


async def test_the_day_of_the_earlier_message_is_said_when_it_was_not_today(desk: Desk) -> None:
    alert = await issued(desk, valid_for=timedelta(days=3))
    desk.clock.forward(days=1)
    text = (await desk.follows_up(alert, FollowUp.FALSE_ALERT)).message("sms", Language.FR)
    assert text is not None
    assert "13h00 (15 janv.)" in text.text


async def test_people_and_channels_can_be_added_and_not_taken_away(desk: Desk) -> None:
    alert = await issued(desk, channels=["sms"])
    said = TYPED[FollowUp.UPDATE]
    words = {name: {"fr": text, "de": text} for name, text in said.items() if name != "next_update"}
    wider = await desk.follows_up(
        alert,
        FollowUp.UPDATE,
        more_area=["Eupen"],
        more_channels=["email"],
        values={**said, **words},
    )
    assert wider.area == tuple(sorted((LIEGE, EUPEN)))
    assert wider.channels == ("sms", "email")
    assert Language.DE in wider.languages


async def test_an_exercise_is_followed_by_an_exercise(desk: Desk) -> None:
    alert = await issued(desk, alert_class=AlertClass.EXERCISE)
    follow_up = await desk.follows_up(alert, FollowUp.ALL_CLEAR)
    text = follow_up.message("sms", Language.FR)
    assert text is not None
    assert text.text.startswith("EXERCICE")


async def test_a_retraction_needs_no_approval_and_no_second_person(desk: Desk) -> None:
    alert = await issued(desk)
    await desk.works()
    retraction = await desk.follows_up(alert, FollowUp.FALSE_ALERT)
    sent = await desk.sends(retraction)
    assert (sent.state, sent.bypass, sent.approver) == (
        AlertState.SENDING,
        Bypass.FALSE_ALERT,
        "",
    )
    assert (await desk.reads(alert)).state is AlertState.CANCELLED
    await desk.works()
    texts = {text for _, _, text in desk.channel("sms").sent}
    assert any("FAUSSE ALERTE" in text for text in texts)


@pytest.mark.parametrize("how", [FollowUp.UPDATE, FollowUp.CORRECTION, FollowUp.ALL_CLEAR])
async def test_any_other_follow_up_needs_approval(desk: Desk, how: FollowUp) -> None:
    alert = await issued(desk)
    with pytest.raises(WrongState):
        await desk.sends(await desk.follows_up(alert, how))
    assert (await desk.reads(alert)).state is AlertState.SENDING


async def test_an_edited_retraction_needs_approval_like_any_alert(desk: Desk) -> None:
    alert = await issued(desk)
    retraction = await desk.follows_up(alert, FollowUp.FALSE_ALERT)
    own = [Message(channel="sms", language=Language.FR, text="BE-Alert: Fausse alerte à Liège.")]
    await having_read.revise(desk.services, retraction.id, own, by=MILA)
    with pytest.raises(NotPrepared, match="texts differ from the templates"):
        await desk.sends(retraction)
    assert (await desk.reads(alert)).state is AlertState.SENDING


async def test_a_retraction_changed_behind_the_service_needs_approval(desk: Desk) -> None:
    retraction = await desk.follows_up(await issued(desk), FollowUp.FALSE_ALERT)
    async with desk.services.unit() as unit:
        await unit.connection.execute(
            alert_text.update()
            .where(alert_text.c.alert_id == retraction.id, alert_text.c.channel == "sms")
            .values(text="BE-Alert: fuyez")
        )
    with pytest.raises(NotPrepared):
        await desk.sends(retraction)


async def test_a_retraction_to_more_people_needs_approval(desk: Desk) -> None:
    wider = await desk.follows_up(await issued(desk), FollowUp.FALSE_ALERT, more_area=["Eupen"])
    with pytest.raises(NotPrepared):
        await desk.sends(wider)


async def test_of_two_follow_ups_sent_at_once_one_wins(desk: Desk) -> None:
    alert = await issued(desk)
    clear = await desk.approves(await desk.follows_up(alert, FollowUp.ALL_CLEAR))
    update = await desk.approves(await desk.follows_up(alert, FollowUp.UPDATE))
    answers = await asyncio.gather(desk.sends(clear), desk.sends(update), return_exceptions=True)
    (won,) = [one for one in answers if isinstance(one, Alert)]
    (lost,) = [one for one in answers if isinstance(one, Refusal)]
    assert isinstance(lost, Superseded)
    assert f"alert {won.id} has replaced it" in str(lost)
    assert (await desk.ledger()).count("alert.followed") == 1


async def test_an_alert_that_was_replaced_names_the_newer_one(desk: Desk) -> None:
    alert = await issued(desk)
    update = await desk.sends(await desk.approves(await desk.follows_up(alert, FollowUp.UPDATE)))
    with pytest.raises(Superseded, match=f"Create the follow-up to alert {update.id} instead"):
        await desk.follows_up(alert, FollowUp.ALL_CLEAR)


async def test_a_follow_up_of_a_follow_up_makes_a_chain(desk: Desk) -> None:
    alert = await issued(desk)
    first = await desk.sends(await desk.approves(await desk.follows_up(alert, FollowUp.UPDATE)))
    second = await desk.follows_up(first, FollowUp.UPDATE)
    assert second.values["n"] == 2
    assert second.values["hazard"] == first.values["hazard"]
    await desk.sends(await desk.approves(second))
    states = [(await desk.reads(one)).state for one in (alert, first, second)]
    assert states == [AlertState.UPDATED, AlertState.UPDATED, AlertState.SENDING]


async def test_a_stopped_alert_can_be_retracted(desk: Desk) -> None:
    alert = await issued(desk)
    await stopping.stop(desk.services, alert.id, by=JORIS, note="Wrong town in the text")
    await desk.sends(await desk.follows_up(alert, FollowUp.FALSE_ALERT))
    assert (await desk.reads(alert)).state is AlertState.CANCELLED


async def test_what_was_never_sent_has_no_follow_up(desk: Desk) -> None:
    with pytest.raises(WrongState, match="follow-up"):
        await desk.follows_up(await desk.drafts(), FollowUp.FALSE_ALERT)


async def test_a_retraction_is_complete_without_typing_a_word(desk: Desk) -> None:
    alert = await issued(desk)
    ready = {
        how: await follow_ups.prefill(desk.services, alert.id, how, by=MILA) for how in FollowUp
    }
    assert [how for how, one in ready.items() if not one.missing] == [FollowUp.FALSE_ALERT]


async def test_a_channel_that_is_off_by_now_does_not_hold_a_retraction_back(desk: Desk) -> None:
    alert = await issued(desk)
    off = {name: one for name, one in desk.services.routes.items() if name != "x"}
    object.__setattr__(desk.services, "routes", off)
    sent = await desk.sends(await desk.follows_up(alert, FollowUp.FALSE_ALERT))
    assert sent.channels == ("sms", "email", "press")
