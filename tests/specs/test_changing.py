"""What an alert is for can be changed until it is sent: a new version of the same alert.

Its number and everybody who wrote in it stay, an approval lapses, and a text that somebody edited
by hand is kept or replaced by choice, never silently lost.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alerting.actions.alerts import (
    approval,
    changing,
    compositions,
    drafting,
    queries,
    stopping,
    text_drafts,
)
from alerting.actions.alerts.changing import Choice, WantedChanges
from alerting.actions.alerts.compositions import CompositionContent
from alerting.domain.alert import Alert, AlertState, FollowUp, StepReason
from alerting.domain.errors import (
    BadRequest,
    CompositionMade,
    EditedTexts,
    NeedsSecondPerson,
    NotFound,
    Outdated,
    OutsideTerritory,
    RefusedBefore,
    WrongState,
)
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Officer, Role
from alerting.store import ledger as ledger_rows
from alerting.store.alerts import repository as alert_rows
from tests import having_read
from tests.desk import CLOSED, DETAILS, DIRK, JORIS, LEEN, MILA, Desk
from tests.make import EUPEN, GENT, LIEGE, VERVIERS
from tests.territory import CITY, Country
from tests.web.conftest import anyone, app, as_role, browsers
from tests.web.console import Browsers

__all__ = ["anyone", "app", "as_role", "browsers"]
PAULA = Officer("paula", Role.PRESS_OFFICER)
BRUSSELS = "04000"
"""The region."""
SMS = ("sms", Language.FR)
BY_HAND = Message(channel="sms", language=Language.FR, text="BE-Alert: restez dedans")
OTHER = {**DETAILS, "substance": {"fr": "chlore", "nl": "chloor", "de": "Chlor"}}


async def changes(
    desk: Desk,
    alert: Alert,
    choices: Mapping[Any, Choice] | None = None,
    *,
    by: Officer = PAULA,
    **content: Any,
) -> Alert:
    """Go back to the composing page, choose otherwise, and save."""
    form = await changing.begin_change(desk.services, alert.id, by=by)
    wanted = replace(CompositionContent.of(form.content), **content)
    form = await compositions.save_composition(
        desk.services, form.id, wanted, seen=form.version, by=by
    )
    seen = (await desk.reads(alert)).fingerprint()
    return await changing.change_alert(desk.services, form, choices or {}, by=by, seen=seen)


async def edited(desk: Desk, alert: Alert) -> Alert:
    return await having_read.revise(desk.services, alert.id, [BY_HAND], by=LEEN)


async def last_entry(desk: Desk) -> Any:
    async with desk.services.reading() as reading:
        return (await ledger_rows.entries(reading.connection))[-1]


async def test_a_wrong_area_is_put_right_in_the_same_alert(desk: Desk) -> None:
    await desk.registers_a_few()
    before = await desk.approves(await desk.drafts())
    alert = await changes(desk, before, area=(GENT,), channels=("sms",), minutes=60, values=OTHER)
    assert (alert.id, alert.version, alert.state) == (before.id, 2, AlertState.DRAFT)
    assert (alert.area, alert.channels, alert.languages) == ((GENT,), ("sms",), (Language.NL,))
    assert alert.expires_at == desk.clock.now + timedelta(hours=1)
    assert "chloor" in alert.messages[0].text
    assert (alert.approver, alert.approved_at, alert.approved_fingerprint) == ("", None, "")
    assert (alert.author, alert.editor) == ("mila", "paula")
    assert await queries.get_alert(desk.services, before.id, by=MILA) == alert
    old = await text_drafts.texts_of(desk.services, alert.id, 1, by=MILA)
    assert old == before.messages


async def test_a_program_changes_it_in_one_step_and_what_it_leaves_out_stays(desk: Desk) -> None:
    await desk.registers_a_few()
    before = await desk.approves(await desk.drafts(channels=("sms", "email")))
    wanted = WantedChanges(area=["Gent"], values={"location": ""}, valid_for=timedelta(hours=1))
    seen = before.fingerprint()
    alert = await changing.change_choices(desk.services, before.id, wanted, {}, by=PAULA, seen=seen)
    assert (alert.id, alert.version, alert.state) == (before.id, 2, AlertState.DRAFT)
    assert (alert.area, alert.channels) == ((GENT,), before.channels)
    assert alert.values["next_update"] == before.values["next_update"]
    assert "location" not in alert.values
    assert alert.expires_at == desk.clock.now + timedelta(hours=1)
    assert (await last_entry(desk)).details["changed"] == ["area", "languages", "details", "end"]
    with pytest.raises(Outdated):
        await changing.change_choices(desk.services, before.id, wanted, {}, by=PAULA, seen=seen)


async def test_what_the_templates_say_of_another_area_was_not_changed_by_hand(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts(channels=("sms", "email", "press"))
    # Without accents a text message has room for more names of places.
    alert = await changes(desk, alert, area=(BRUSSELS, LIEGE, VERVIERS, EUPEN))
    assert alert.version == 2
    texts = await drafting.template_texts(desk.services, alert)
    assert {(one.subject, one.text) for one in texts} == {
        (one.subject, one.text) for one in alert.messages
    }


async def test_a_program_decides_on_texts_edited_by_hand_too(desk: Desk) -> None:
    alert = await edited(desk, await desk.drafts(area=["5000 Namur"]))
    wanted, seen = WantedChanges(values={"substance": OTHER["substance"]}), alert.fingerprint()

    async def change(given: Mapping[str, Choice]) -> Alert:
        choices = changing.text_choices(given)
        return await changing.change_choices(
            desk.services, alert.id, wanted, choices, by=PAULA, seen=seen
        )

    with pytest.raises(EditedTexts, match="sms/fr"):
        await change({})
    with pytest.raises(BadRequest, match=r"CHANNEL\.LANGUAGE"):
        await change({"sms": Choice.KEPT})
    kept = (await change({"sms.fr": Choice.KEPT})).message(*SMS)
    assert kept
    assert kept.text == BY_HAND.text


async def test_the_audit_log_says_what_changed_and_not_what_was_typed(desk: Desk) -> None:
    before = await desk.drafts(channels=("sms", "email"))
    await changes(desk, before, area=(GENT,), channels=("sms",), values=OTHER, minutes=60)
    entry = await last_entry(desk)
    assert (entry.what, entry.by) == ("alert.changed", "paula")
    assert entry.details["changed"] == ["area", "channels", "languages", "details", "end"]
    assert entry.details["area"] == {"added": [GENT], "removed": [*before.area]}
    assert entry.details["channels"] == {"added": [], "removed": ["email"]}
    assert entry.details["details"] == ["substance"]
    assert "chlo" not in str(entry.details)


async def test_the_end_stays_where_nobody_chooses_another(desk: Desk) -> None:
    before = await desk.drafts()
    desk.clock.now += timedelta(minutes=30)
    assert (await changes(desk, before, values=OTHER)).expires_at == before.expires_at


async def test_the_same_choices_again_are_no_change(desk: Desk) -> None:
    await desk.registers_a_few()
    before = await desk.approves(await desk.drafts())
    assert await changes(desk, before) == before
    assert "alert.changed" not in await desk.ledger()


@pytest.mark.parametrize(("choice", "kept"), [(Choice.KEPT, True), (Choice.REPLACED, False)])
async def test_a_text_edited_by_hand_is_kept_or_replaced_by_choice(
    desk: Desk, choice: Choice, *, kept: bool
) -> None:
    alert = await edited(desk, await desk.drafts())
    with pytest.raises(EditedTexts, match="sms/fr"):
        await changes(desk, alert, values=OTHER)
    assert (await desk.reads(alert)).version == alert.version
    changed = await changes(desk, alert, {SMS: choice}, values=OTHER)
    message = changed.message(*SMS)
    assert message is not None
    assert (message.text == BY_HAND.text) is kept
    assert (await last_entry(desk)).details["kept" if kept else "replaced"] == ["sms/fr"]
    if kept:  # and it still is an edited one at the next change
        with pytest.raises(EditedTexts):
            await changes(desk, changed, values=DETAILS)


async def test_an_email_kept_is_laid_out_again(desk: Desk) -> None:
    alert = await desk.drafts(channels=("email",))
    text = replace(alert.messages[0], text="Fermez tout.", html="")
    alert = await having_read.revise(desk.services, alert.id, [text], by=LEEN)
    key = (text.channel, text.language)
    changed = await changes(desk, alert, {key: Choice.KEPT}, values=OTHER)
    message = changed.message(*key)
    assert message is not None
    assert "Fermez tout." in message.html


async def test_a_text_whose_channel_goes_is_let_go_knowingly(desk: Desk) -> None:
    alert = await edited(desk, await desk.drafts(channels=("sms", "email")))
    for choices in ({}, {SMS: Choice.KEPT}):
        with pytest.raises(EditedTexts):
            await changes(desk, alert, choices, channels=("email",))
    changed = await changes(desk, alert, {SMS: Choice.REPLACED}, channels=("email",))
    assert changed.message(*SMS) is None


async def test_what_was_edited_since_the_choice_is_chosen_again(desk: Desk) -> None:
    alert = await edited(desk, await desk.drafts())
    form = await changing.begin_change(desk.services, alert.id, by=PAULA)
    wanted = replace(CompositionContent.of(form.content), values=OTHER)
    form = await compositions.save_composition(
        desk.services, form.id, wanted, seen=form.version, by=PAULA
    )
    newer = replace(BY_HAND, text="BE-Alert: fermez tout")
    await having_read.revise(desk.services, alert.id, [newer], by=LEEN)
    with pytest.raises(EditedTexts):
        await changing.change_alert(
            desk.services, form, {SMS: Choice.KEPT}, by=PAULA, seen=alert.fingerprint()
        )


async def test_two_people_who_change_one_alert_meet_in_one_form(desk: Desk) -> None:
    alert = await desk.drafts()
    first = await changing.begin_change(desk.services, alert.id, by=PAULA)
    assert (await changing.begin_change(desk.services, alert.id, by=MILA)).id == first.id
    with pytest.raises(NotFound):
        await compositions.create_draft(desk.services, first, by=PAULA)
    await changes(desk, alert, values=OTHER)
    with pytest.raises(CompositionMade):
        await compositions.get_composition(desk.services, first.id, by=MILA)


async def test_choices_changed_elsewhere_meanwhile_are_not_written_over(desk: Desk) -> None:
    alert = await desk.drafts()
    form = await changing.begin_change(desk.services, alert.id, by=PAULA)
    async with desk.services.unit() as unit:
        await alert_rows.save(unit.connection, replace(alert, channels=("sms",)))
    with pytest.raises(Outdated):
        await changing.change_alert(desk.services, form, {}, by=PAULA)


async def test_every_hand_stays_a_hand_also_whose_details_were_replaced(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await having_read.submit(desk.services, (await desk.drafts(by=MILA)).id, by=MILA)
    alert = await changes(desk, alert, by=LEEN, values=OTHER)
    assert {"mila", "leen"} <= alert.hands
    with pytest.raises(NeedsSecondPerson):
        await desk.approves(alert, by=LEEN)
    again = await changes(desk, alert, by=PAULA, values={**CLOSED, "location": OTHER["location"]})
    form = await compositions.create_composition_from_alert(desk.services, again.id, by=JORIS)
    content = replace(CompositionContent.of(form.content), values=OTHER)
    form = await compositions.save_composition(
        desk.services, form.id, content, seen=form.version, by=JORIS
    )
    copied = await compositions.create_draft(desk.services, form, by=JORIS)
    assert "leen" in copied.hands, "her chlorine, typed again"


async def test_what_nobody_typed_still_leaves_alone_after_a_change(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts(values=CLOSED, by=DIRK)
    desk.clock.now += timedelta(hours=30)
    alert = await changes(
        desk, alert, by=DIRK, minutes=120, values={**CLOSED, "substance": "chlorine"}
    )
    sent = await having_read.send_now(
        desk.services, alert.id, by=DIRK, reason="Night: nobody is awake"
    )
    assert sent.state is AlertState.SENDING


async def test_a_no_stays_where_it_was_said_when_the_alert_moves_on(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts(values=CLOSED, by=DIRK)
    await having_read.submit(desk.services, alert.id, by=DIRK)
    alert = await approval.return_to_author(
        desk.services, alert.id, by=JORIS, reason="No leak was found"
    )
    moved = await changes(desk, alert, by=DIRK, area=(GENT,))
    assert moved.standing_refusals == ()
    await desk.approves(moved, by=LEEN)
    here = await desk.drafts(values=CLOSED, by=DIRK)
    with pytest.raises(RefusedBefore, match="joris"):
        await having_read.send_now(desk.services, here.id, by=DIRK, reason="Night: nobody is awake")


async def test_a_no_stands_while_the_alert_stays_partly_where_it_was_said(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts(values=CLOSED, by=DIRK)
    await having_read.submit(desk.services, alert.id, by=DIRK)
    alert = await approval.return_to_author(
        desk.services, alert.id, by=JORIS, reason="No leak was found"
    )
    wider = await changes(desk, alert, by=DIRK, area=(*alert.area, GENT))
    with pytest.raises(RefusedBefore, match="joris"):
        await having_read.send_now(
            desk.services, wider.id, by=DIRK, reason="Night: nobody is awake"
        )
    assert (await desk.approves(wider, by=LEEN)).refusals == ()


async def test_what_was_sent_or_discarded_is_not_changed(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.issues()
    with pytest.raises(WrongState):
        await changing.begin_change(desk.services, alert.id, by=MILA)
    alert = await desk.drafts()
    form = await changing.begin_change(desk.services, alert.id, by=MILA)
    alert = await desk.sends(await desk.approves(alert))
    with pytest.raises(WrongState):
        await changing.change_alert(
            desk.services,
            await compositions.save_composition(
                desk.services,
                form.id,
                replace(CompositionContent.of(form.content), values=OTHER),
                seen=form.version,
                by=MILA,
            ),
            {},
            by=MILA,
        )
    assert await compositions.list_compositions(desk.services, by=MILA) == []


async def test_nobody_moves_an_alert_out_of_their_territory(desk: Desk) -> None:
    country = await Country(desk.services).founded()
    town = await country.officer(Role.COMMUNICATOR, CITY)
    alert = await desk.drafts(by=town)
    with pytest.raises(OutsideTerritory):
        await changes(desk, alert, by=town, area=(GENT,))


async def test_an_alert_of_a_town_stays_its_own_when_the_centre_changes_it(desk: Desk) -> None:
    country = await Country(desk.services).founded()
    town = await country.officer(Role.COMMUNICATOR, CITY)
    alert = await desk.drafts(by=town)
    assert (await changes(desk, alert, by=MILA, values=OTHER)).authority == CITY


async def test_a_follow_up_stays_one_when_it_is_changed(desk: Desk) -> None:
    await desk.registers_a_few()
    first = await desk.issues()
    alert = await desk.follows_up(first, FollowUp.UPDATE)
    values = {**alert.values, "known": {"fr": "rien", "nl": "niets", "de": "nichts"}}
    changed = await changes(desk, alert, values=values)
    assert (changed.previous_alert, changed.follow_up) == (first.id, FollowUp.UPDATE)
    await stopping.stop(desk.services, first.id, by=MILA, reason=StepReason.SITUATION)
    await desk.sends(await desk.approves(changed))
    assert (await desk.reads(first)).state is AlertState.UPDATED


async def test_the_page_asks_for_each_edited_text_and_keeps_the_choice(
    desk: Desk, browsers: Browsers
) -> None:
    alert = await edited(desk, await desk.drafts())
    paula = await browsers(PAULA)
    board = (await paula.get(f"/alerts/{alert.id}")).text
    assert f'action="/alerts/{alert.id}/change"' in board
    assert "texts edited by hand are not carried over" in board
    begun = await paula.post(f"/alerts/{alert.id}/change")
    way = begun.headers["location"]
    page = (await paula.get(way)).text
    assert f"You are changing alert {alert.id}" in page
    assert "Unchanged: until" in page
    assert "Save as a new version" in page
    form: dict[str, Any] = {
        "version": "1",
        "spoken": "fr,nl,de",
        "area": GENT,
        "channel": ["sms"],
        "also_in": ["fr"],
        "value.substance.nl": "chloor",
        "value.substance.fr": "chlore",
        "value.location.nl": "haven",
        "value.location.fr": "port",
        "value.next_update": "15:30",
        "day.next_update": "2030-02-15",
        "act": "make",
    }
    asked = await paula.post(way, data=form)
    assert asked.status_code == 409
    assert "Texts edited by hand" in asked.text
    assert BY_HAND.text in asked.text
    form |= {"version": "2", "edited.sms.fr": "kept", "edited_seen": alert.fingerprint()}
    done = await paula.post(way, data=form)
    assert done.headers["location"] == f"/alerts/{alert.id}", done.text
    board = (await paula.get(f"/alerts/{alert.id}")).text
    assert "changed the alert" in board
    message = (await desk.reads(alert)).message(*SMS)
    assert message is not None
    assert message.text == BY_HAND.text
