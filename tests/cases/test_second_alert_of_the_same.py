"""The alert of the same scenario under way in the same area is named before a second one is made.

Two officers who did not know of each other alerted Walcourt twice within seconds.
"""

from datetime import timedelta
from typing import Any

import pytest

from alerting.actions.alerts import compositions, queries
from alerting.actions.alerts.compositions import CompositionContent
from alerting.actions.alerts.under_way import RULE
from alerting.domain.alert import Alert, AlertClass, FollowUp
from alerting.domain.finding import Finding
from alerting.domain.language import Language
from alerting.i18n import translator_for
from tests.desk import DETAILS, JORIS, LEEN, MILA, Desk
from tests.doubles import Clock


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
    look = await compositions.preview_composition(desk.services, content, AlertClass.ALERT, by=MILA)
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
