"""An alert that reaches nobody on the lists goes only with a reason; one that reaches few says so.

Newsrooms and posts are no people: a gas leak in a village reached 22 newsrooms and X, and nobody.
"""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from alerting.actions.alerts import approval, previews, queries
from alerting.actions.alerts.compositions import CompositionContent
from alerting.checks.audience import FEW, NOBODY, NOBODY_ON_CHANNEL, audience_findings
from alerting.domain.alert import AlertClass, FollowUp
from alerting.domain.errors import NoPersonToReach, NotFit
from alerting.domain.finding import NEVER_OVERRIDDEN, FindingSeverity
from alerting.domain.language import Language
from alerting.store.tables import recipient
from tests import having_read
from tests.desk import CLOSED, DIRK, JORIS, MILA, Desk
from tests.make import LIEGE, newsroom, person

BLOCKS, WARNS, _ = FindingSeverity
ALERT, EXERCISE = AlertClass.ALERT, AlertClass.EXERCISE
WHY = "No list of this village yet; newsrooms and sirens tell them."


def found(
    people: dict[str, int], inhabitants: int, kind: AlertClass = ALERT
) -> dict[str, set[str]]:
    """Rule -> the channels it was found on."""
    rules: dict[str, set[str]] = {}
    for one in audience_findings(people, inhabitants=inhabitants, alert_class=kind):
        rules.setdefault(one.rule, set()).add(one.channel)
        assert one.severity is (BLOCKS if one.rule == NOBODY else WARNS)
    return rules


@pytest.mark.parametrize(
    ("people", "kind", "rules"),
    [
        pytest.param({"sms": 500, "email": 700}, ALERT, {}, id="enough"),
        pytest.param({"sms": 0, "email": 0}, ALERT, {NOBODY: {""}}, id="nobody"),
        pytest.param({"sms": 0}, EXERCISE, {NOBODY: {""}}, id="nobody, as an exercise"),
        pytest.param({"sms": 0, "press": 22, "x": 1}, ALERT, {NOBODY: {""}}, id="newsrooms only"),
        pytest.param({"press": 22, "x": 1}, ALERT, {}, id="meant for the public"),
        pytest.param({"x": 1}, ALERT, {}, id="a post"),
        pytest.param({"x": 0}, ALERT, {}, id="a post that is left out, which is said apart"),
        pytest.param({"press": 0}, ALERT, {NOBODY_ON_CHANNEL: {"press"}}, id="no newsroom"),
        pytest.param({}, ALERT, {}, id="no channel set up"),
        pytest.param(
            {"sms": 0, "email": 700}, ALERT, {NOBODY_ON_CHANNEL: {"sms"}}, id="nobody on one"
        ),
        pytest.param({"sms": 99, "email": 50}, ALERT, {FEW: {""}}, id="under one per cent"),
        pytest.param({"sms": 100}, ALERT, {}, id="one per cent"),
        pytest.param({"sms": 4}, EXERCISE, {}, id="an exercise for staff"),
    ],
)
def test_what_is_said_of_each_reach(
    people: dict[str, int], kind: AlertClass, rules: dict[str, set[str]]
) -> None:
    assert found(people, 10_000, kind) == rules


@given(
    people=st.dictionaries(
        st.sampled_from(["sms", "email", "voice", "press", "x"]), st.integers(0, 20_000)
    ),
    inhabitants=st.integers(1, 12_000_000),
    kind=st.sampled_from(AlertClass),
)
def test_it_blocks_exactly_where_channels_to_people_reach_none(
    people: dict[str, int], inhabitants: int, kind: AlertClass
) -> None:
    rules = found(people, inhabitants, kind)
    persons = [n for name, n in people.items() if name in {"sms", "email", "voice"}]
    assert (NOBODY in rules) == (bool(persons) and sum(persons) == 0)
    assert (FEW in rules) == (kind is ALERT and 0 < max(persons, default=0) < inhabitants / 100)
    assert NOBODY not in NEVER_OVERRIDDEN


async def test_it_is_submitted_and_approved_only_with_a_reason_that_others_read(
    desk: Desk,
) -> None:
    await desk.registers(newsroom(1))
    alert = await desk.drafts(channels=["sms", "email", "press"])
    with pytest.raises(NoPersonToReach, match="no person on the lists"):
        await approval.submit(desk.services, alert.id, by=MILA)
    submitted = await approval.submit(desk.services, alert.id, by=MILA, note=WHY)
    assert (await queries.get_alert(desk.services, alert.id, by=JORIS)).note == WHY
    seen = submitted.fingerprint()
    with pytest.raises(NotFit, match="reaches nobody"):
        await approval.approve(desk.services, alert.id, by=JORIS, seen=seen)
    await approval.approve(desk.services, alert.id, by=JORIS, seen=seen, reason=WHY)
    sent = await desk.sends(alert)
    assert sent.sent_at
    entries = {
        one.what: one.details for one in await queries.history(desk.services, alert.id, by=MILA)
    }
    assert entries["alert.submitted"]["reaches_nobody"]
    assert entries["alert.overridden"]["rules"] == [NOBODY]
    assert entries["alert.overridden"]["reason"] == WHY


async def test_nobody_left_since_the_approval_is_approved_anew(desk: Desk) -> None:
    await desk.registers(person(1), newsroom(1))
    alert = await desk.approves(await desk.drafts(channels=["sms", "press"]))
    async with desk.services.unit() as unit:
        await unit.connection.execute(sa.delete(recipient).where(recipient.c.phone != ""))
    with pytest.raises(NoPersonToReach):
        await desk.sends(alert)
    again = await having_read.approve(desk.services, alert.id, by=JORIS, reason=WHY)
    await desk.sends(again)


async def test_whoever_sends_alone_overrides_nothing(desk: Desk) -> None:
    await desk.registers(newsroom(1))
    alert = await desk.drafts(by=DIRK, channels=["sms", "press"], values=CLOSED)
    with pytest.raises(NotFit, match="reaches nobody"):
        await having_read.send_now(desk.services, alert.id, by=DIRK, reason="at once")


async def test_the_public_alone_is_alerted_without_a_reason(desk: Desk) -> None:
    await desk.registers(newsroom(1))
    alert = await desk.drafts(channels=["x", "press"])
    submitted = await approval.submit(desk.services, alert.id, by=MILA)
    seen = submitted.fingerprint()
    await desk.sends(await approval.approve(desk.services, alert.id, by=JORIS, seen=seen))


async def test_what_follows_an_alert_is_never_held_up(desk: Desk) -> None:
    await desk.registers(person(1), newsroom(1))
    alert = await desk.issues(channels=["sms", "press"])
    await desk.works()
    async with desk.services.unit() as unit:
        await unit.connection.execute(sa.delete(recipient).where(recipient.c.phone != ""))
    update = await desk.follows_up(alert, FollowUp.UPDATE)
    submitted = await approval.submit(desk.services, update.id, by=MILA)
    seen = submitted.fingerprint()
    await desk.sends(await approval.approve(desk.services, update.id, by=JORIS, seen=seen))


async def test_whoever_composes_is_told_before_any_detail_is_known(desk: Desk) -> None:
    content = CompositionContent(scenario="chem_shelter", area=(LIEGE,), channels=("sms", "email"))
    look = await previews.preview_composition(desk.services, content, ALERT, by=MILA)
    assert look.preview
    assert look.problems, "no detail was given"
    assert NOBODY in {one.rule for one in look.preview.findings}
    await desk.registers(person(1, language=Language.FR))
    content = replace(content, channels=("sms",))
    look = await previews.preview_composition(desk.services, content, ALERT, by=MILA)
    assert look.preview
    assert FEW in {one.rule for one in look.preview.findings}
