"""Whoever ever wrote in an alert, or submitted it, answers for none of it afterwards."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.actions.alerts import approval, compositions, queries
from alerting.domain.alert import Alert, AlertClass
from alerting.domain.errors import NeedsSecondPerson
from alerting.domain.four_eyes import hand_in
from alerting.domain.officer import Officer
from alerting.store.alerts import repository as alert_rows
from tests import having_read, make
from tests.desk import JORIS, LEEN, MILA, Desk


async def rewords(desk: Desk, alert: Alert, *, by: Officer) -> None:
    found = await queries.get_alert(desk.services, alert.id, by=by)
    letter = next(one for one in found.messages if one.channel == "email")
    changed = replace(letter, subject=letter.subject + " !")
    await having_read.revise(desk.services, alert.id, [changed], by=by)


async def test_an_approver_whose_words_were_touched_by_another_still_wrote_them(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts(by=MILA)
    await rewords(desk, alert, by=JORIS)
    await rewords(desk, alert, by=MILA)
    with pytest.raises(NeedsSecondPerson):
        await having_read.approve(desk.services, alert.id, by=JORIS)
    assert (await having_read.approve(desk.services, alert.id, by=LEEN)).approver == LEEN.name


async def test_who_submitted_before_it_was_returned_is_a_hand(desk: Desk) -> None:
    await desk.registers_a_few()
    alert = await desk.drafts(by=MILA)
    await having_read.submit(desk.services, alert.id, by=JORIS)
    await approval.return_to_author(desk.services, alert.id, by=LEEN, reason="The street is wrong")
    await having_read.submit(desk.services, alert.id, by=MILA)
    with pytest.raises(NeedsSecondPerson):
        await having_read.approve(desk.services, alert.id, by=JORIS)


async def test_who_typed_in_the_form_is_a_hand_of_what_is_made_of_it(desk: Desk) -> None:
    await desk.registers_a_few()
    form = await compositions.create_composition(
        desk.services, "chem_shelter", AlertClass.ALERT, by=MILA
    )
    typed = {"substance": "chloor", "location": "Haven", "next_update": "23:30"}
    for officer, more in ((JORIS, {}), (MILA, {"substance": "ammoniak"})):
        content = compositions.CompositionContent(
            scenario="chem_shelter",
            area=("44021",),
            values={**typed, **more},
            channels=("sms", "email"),
        )
        form = await compositions.save_composition(
            desk.services, form.id, content, seen=form.version, by=officer
        )
    made = await compositions.create_draft(desk.services, form, by=MILA)
    assert made.hands == {MILA.name, JORIS.name}
    with pytest.raises(NeedsSecondPerson):
        await having_read.approve(desk.services, made.id, by=JORIS)


@given(st.lists(st.tuples(st.sampled_from(["editor", "submitter"]), st.sampled_from("abcd"))))
async def test_the_store_forgets_no_hand_whatever_is_written(
    steps: list[tuple[str, str]],
) -> None:
    alert = make.alert(author="author")
    for field, name in steps:
        alert = replace(alert, editor=name) if field == "editor" else replace(alert, submitter=name)
        alert = replace(alert, hands=alert_rows.hands_of(alert))
    for name in {"author", *(name for _, name in steps)}:
        assert hand_in(alert, name)
    assert not hand_in(alert, "somebody else")
