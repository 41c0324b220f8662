"""What is gravest leaves by one person alone only in the name of a high enough authority.

`alone_from` of a scenario names it; with a second person every level sends every scenario.
"""

from dataclasses import replace
from pathlib import Path

import pytest

from alerting.actions.alerts import queries
from alerting.compose.library_check import check_scenario
from alerting.compose.scenarios import Library
from alerting.compose.values import ValueKind
from alerting.domain.alert import AlertState
from alerting.domain.authority import NATIONAL, RANK, Level
from alerting.domain.errors import NotPrepared
from alerting.domain.officer import Role
from alerting.services import Services
from tests import having_read
from tests.compose.samples import TEMPLATES
from tests.desk import Desk
from tests.territory import CITY, PROVINCE, Country

LIBRARY = Library(TEMPLATES / "scenarios")
PREPARED = [one.name for one in LIBRARY if one.pre_approved]
SPEAK = {
    Level.MUNICIPAL: CITY,
    Level.PROVINCIAL: PROVINCE,
    Level.FEDERAL: NATIONAL.code,
}
FEDERAL = {"terror_avoid"}


def test_terror_is_the_ministers_alone() -> None:
    assert {one.name for one in LIBRARY if one.alone_from is Level.FEDERAL} == FEDERAL


@pytest.mark.parametrize("scenario", PREPARED)
def test_from_its_level_upwards_a_scenario_leaves_alone_and_below_it_does_not(
    scenario: str,
) -> None:
    found = LIBRARY.scenario(scenario)
    for level in SPEAK:
        high = RANK[level] >= RANK[found.alone_from]
        assert found.alone_for(replace(NATIONAL, level=level)) is high


@pytest.mark.parametrize("level", SPEAK)
async def test_a_duty_officer_below_the_level_needs_a_second_person(
    desk: Desk, services: Services, level: Level
) -> None:
    await desk.registers_a_few()
    country = await Country(services).founded()
    duty = await country.officer(Role.DUTY_OFFICER, SPEAK[level], name="dora")
    second = await country.officer(Role.APPROVER, SPEAK[level], name="anna")
    values = {
        one.name: one.sample
        for one in LIBRARY.scenario("terror_avoid").values
        if one.required and one.kind is ValueKind.TIME
    }
    alert = await desk.drafts(by=duty, scenario="terror_avoid", values=values, channels=("sms",))
    look = await queries.preview(services, alert.id, by=duty)
    assert look.prepared is (level is Level.FEDERAL)
    if level is not Level.FEDERAL:
        with pytest.raises(NotPrepared, match="higher level"):
            await having_read.send_now(services, alert.id, by=duty, reason="Sirens were heard here")
        alert = await desk.approves(alert, by=second)
        sent = await desk.sends(alert, by=duty)
    else:
        sent = await having_read.send_now(
            services, alert.id, by=duty, reason="Sirens were heard here"
        )
    assert sent.state is AlertState.SENDING


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ('pre_approved = true\nalone_from = "galactic"', "must be one of"),
        ("pre_approved = true\nalone_from = 3", "must be one of"),
        ('alone_from = "federal"', "pre_approved"),
    ],
)
def test_the_check_refuses_a_level_that_there_is_not(
    head: str, reason: str, tmp_path: Path
) -> None:
    folder = tmp_path / "gas_leak"
    folder.mkdir()
    for file in (TEMPLATES / "scenarios" / "gas_leak").iterdir():
        written = file.read_text("utf-8")
        (folder / file.name).write_text(written.replace("pre_approved = true", head), "utf-8")
    faults = check_scenario(Library(tmp_path), "gas_leak", hosts={"be-alert.be"})
    assert any("alone_from" in one.reason and reason in one.reason for one in faults)
