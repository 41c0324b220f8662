"""The alert of the same scenario under way in the same area is named before a second one is made.

Two officers who did not know of each other alerted Walcourt twice within seconds.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from alerting.actions.alerts import previews, queries, scheduling, sending, stopping
from alerting.actions.alerts.compositions import CompositionContent
from alerting.actions.alerts.under_way import RULE
from alerting.domain.alert import Alert, AlertClass, AlertState, FollowUp, StepReason
from alerting.domain.errors import SameUnderWay
from alerting.domain.finding import Finding
from alerting.domain.language import Language
from alerting.domain.officer import Role
from alerting.i18n import translator_for
from tests.desk import CLOSED, DETAILS, DIRK, JORIS, LEEN, MILA, Desk
from tests.doubles import Clock
from tests.web.console import Browsers
from tests.web.test_api import As


async def named(desk: Desk, alert: Alert) -> list[Finding]:
    preview = await queries.preview(desk.services, alert.id, by=JORIS)
    return [one for one in preview.findings if one.rule == RULE]


async def test_the_preview_names_it_where_they_meet_and_offers_an_update(desk: Desk) -> None:
    await desk.registers_a_few()
    first = await desk.issues(area=("Walcourt", "4000 Liège"))
    second = await desk.drafts(area=("Walcourt", "Gembloux"), by=LEEN)
    (found,) = await named(desk, second)
    words = translator_for(Language.FR)
    said = f"{words(found.says, **found.facts)} {words(found.remedy, **found.facts)}"
    assert f"{first.id}" in said
    assert "Walcourt" in said
    assert "Gembloux" not in said
    assert "Liège" not in said


async def test_whoever_composes_reads_it_before_there_is_an_alert(desk: Desk) -> None:
    await desk.registers_a_few()
    await desk.issues(area=("Walcourt",))
    (town,) = desk.services.gazetteer.resolve("Walcourt")
    content = CompositionContent(
        scenario="chem_shelter", area=(town,), values=DETAILS, channels=("sms",)
    )
    look = await previews.preview_composition(desk.services, content, AlertClass.ALERT, by=MILA)
    assert look.preview is not None
    assert RULE in {one.rule for one in look.preview.findings}


@pytest.mark.parametrize(
    "preferred_channels",
    [
        pytest.param({"area": ("Gembloux",)}, id="elsewhere"),
        pytest.param({"alert_class": AlertClass.EXERCISE}, id="an exercise"),
        pytest.param(
            {"scenario": "fire_smoke", "values": {"next_update": "15:30", "location": "Quai 4"}},
            id="another scenario",
        ),
    ],
)
async def test_another_matter_is_not_named(desk: Desk, preferred_channels: dict[str, Any]) -> None:
    await desk.registers_a_few()
    await desk.issues(area=("Walcourt",))
    assert (
        await named(desk, await desk.drafts(**{"area": ("Walcourt",), **preferred_channels})) == []
    )


async def test_an_update_stands_for_what_it_updates_and_is_never_named_itself(desk: Desk) -> None:
    await desk.registers_a_few()
    first = await desk.issues(area=("Walcourt",))
    await desk.works()
    update = await desk.follows_up(first, FollowUp.UPDATE)
    assert await named(desk, update) == []
    sent = await desk.sends(await desk.approves(update))
    (found,) = await named(desk, await desk.drafts(area=("Walcourt",)))
    assert found.facts["alert"] == sent.id


@pytest.mark.parametrize("how", [FollowUp.ALL_CLEAR, FollowUp.FALSE_ALERT])
async def test_what_is_over_is_not_named(desk: Desk, how: FollowUp) -> None:
    await desk.registers_a_few()
    first = await desk.issues(area=("Walcourt",))
    await desk.works()
    await desk.sends(await desk.approves(await desk.follows_up(first, how)))
    assert await named(desk, await desk.drafts(area=("Walcourt",))) == []


async def test_what_ended_is_not_named(desk: Desk, clock: Clock) -> None:
    await desk.registers_a_few()
    await desk.issues(area=("Walcourt",), valid_for=timedelta(hours=1))
    clock.forward(hours=2)
    late = {**DETAILS, "next_update": "2030-01-15T18:00"}
    assert await named(desk, await desk.drafts(area=("Walcourt",), values=late)) == []


Send = Callable[..., Awaitable[Alert]]
AT = datetime(2030, 1, 15, 13, 0, tzinfo=UTC)


async def sends(desk: Desk, alert: Alert, **more: Any) -> Alert:
    seen = (await desk.reads(alert)).fingerprint()
    return await sending.send(desk.services, alert.id, by=MILA, seen=seen, **more)


async def schedules(desk: Desk, alert: Alert, **more: Any) -> Alert:
    seen = (await desk.reads(alert)).fingerprint()
    return await scheduling.schedule(
        desk.services, alert.id, AT, by=MILA, seen=seen, reason=StepReason.AGREED, **more
    )


async def breaks_the_glass(desk: Desk, alert: Alert, **more: Any) -> Alert:
    seen = (await desk.reads(alert)).fingerprint()
    return await sending.send_with_break_glass(
        desk.services, alert.id, by=DIRK, seen=seen, reason="Nobody is there", **more
    )


@pytest.mark.parametrize("way", [sends, schedules, breaks_the_glass])
async def test_the_second_of_two_leaves_only_if_somebody_says_so(
    desk: Desk, clock: Clock, way: Send
) -> None:
    await desk.registers_a_few()
    first = await desk.drafts(values=CLOSED)
    second = await desk.drafts(values=CLOSED)
    if way is not breaks_the_glass:
        first, second = await desk.approves(first), await desk.approves(second)
    await way(desk, first)
    with pytest.raises(SameUnderWay) as refusal:
        await way(desk, second)
    assert refusal.value.facts["others"] == f"{first.id}"
    assert not (await desk.reads(second)).sent_at
    await way(desk, second, accept_same=True)
    entries = await queries.history(desk.services, second.id, by=MILA)
    told = [one.details["accepted_same"] for one in entries if "accepted_same" in one.details]
    assert told == [[first.id]]
    if way is schedules:
        clock.now = AT
        await scheduling.send_due(desk.services)
        assert (await desk.reads(first)).sent_at
        assert (await desk.reads(second)).sent_at


async def test_a_stopped_alert_does_not_go_on_after_its_twin_unless_somebody_says_so(
    desk: Desk, clock: Clock, browsers: Browsers
) -> None:
    await desk.registers_a_few()
    before = await desk.issues()
    first = await sends(desk, await desk.approves(await desk.drafts()), accept_same=True)
    await stopping.stop(desk.services, first.id, by=MILA)
    resume = partial(stopping.resume, desk.services, first.id, by=MILA, reason=StepReason.AGREED)
    mila = await browsers(MILA)
    page = f"/alerts/{first.id}/resume"
    assert "accept_same" not in (await mila.get(page)).text  # what was accepted stays so
    clock.forward(seconds=1)
    second = await sends(desk, await desk.approves(await desk.drafts()), accept_same=True)
    with pytest.raises(SameUnderWay) as refusal:
        await resume()
    assert refusal.value.facts["others"] == f"{second.id}" != f"{before.id}"
    shown = (await mila.get(page)).text
    assert "accept_same" in shown
    assert f"Alert {second.id}, sent on" in shown
    assert (await resume(accept_same=True)).state is AlertState.SENDING


async def test_what_follows_an_alert_is_never_held_up(desk: Desk) -> None:
    await desk.registers_a_few()
    first = await desk.issues()
    await desk.works()
    other = await sends(desk, await desk.approves(await desk.drafts()), accept_same=True)
    await desk.works()
    await sends(desk, await desk.approves(await desk.follows_up(first, FollowUp.UPDATE)))
    await sends(desk, await desk.follows_up(other, FollowUp.FALSE_ALERT))


async def test_pages_and_programs_ask_the_same(desk: Desk, browsers: Browsers, as_role: As) -> None:
    await desk.registers_a_few()
    first = await desk.issues()
    second = await desk.approves(await desk.drafts())
    page = f"/alerts/{second.id}/send"
    mila = await browsers(MILA)
    assert 'name="accept_same"' in (await mila.get(page)).text
    form = {"seen": second.fingerprint(), "word": "ALERT"}
    refused = await mila.post(page, data=form)
    assert refused.status_code == 409
    assert f"alert {first.id}" in refused.text
    program = as_role(Role.COMMUNICATOR)
    body = {"fingerprint": second.fingerprint(), "confirm": "ALERT"}
    said = await program.post(f"/api{page}", body)
    assert (said.status_code, said.json()["type"]) == (409, "urn:alerting:same-under-way")
    sent = await mila.post(page, data={**form, "accept_same": "true"})
    assert sent.status_code == 303
    board = (await mila.get(f"/alerts/{second.id}")).text
    assert f"although the same alert was in progress or scheduled: {first.id}" in board
