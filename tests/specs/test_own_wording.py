"""An authority adapts a scenario: one proposes, another approves; the files stay the baseline."""

import pytest

from alerting.actions.templates import scenarios, versions
from alerting.actions.templates.versions import NotBetter
from alerting.domain.errors import AlreadyDecided, Invalid, NeedsOtherPerson, NotAllowed
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Role
from tests.desk import JORIS, MILA, Desk

NAME = "chem_shelter/sms.toml"


async def shipped(desk: Desk) -> str:
    return (await scenarios.list_scenarios(desk.services)).source("chem_shelter", "sms")


async def sms(desk: Desk) -> str:
    alert = await desk.drafts(area=["5000 Namur"])
    message = alert.message("sms", Language.FR)
    assert message is not None
    return message.text


async def test_a_wording_is_used_once_another_officer_approved_it(desk: Desk) -> None:
    own = (await shipped(desk)).replace("coupez la ventilation", "coupez tout")
    number = await versions.propose_version(desk.services, NAME, own, by=MILA)
    assert "coupez la ventilation" in await sms(desk)
    await versions.approve_version(desk.services, number, by=JORIS)
    assert "coupez tout" in await sms(desk)
    assert [what for what in await desk.ledger() if what.startswith("template")] == [
        "template.proposed",
        "template.approved",
    ]


async def test_its_author_cannot_approve_it(desk: Desk) -> None:
    own = (await shipped(desk)).replace("coupez la ventilation", "coupez tout")
    number = await versions.propose_version(desk.services, NAME, own, by=JORIS)
    with pytest.raises(NeedsOtherPerson):
        await versions.approve_version(desk.services, number, by=JORIS)


async def test_a_decision_is_made_once(desk: Desk) -> None:
    number = await versions.propose_version(desk.services, NAME, await shipped(desk), by=MILA)
    await versions.approve_version(desk.services, number, by=JORIS)
    with pytest.raises(AlreadyDecided):
        await versions.approve_version(desk.services, number, by=JORIS)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        pytest.param("{{ substance }}", "{{ substance", "sms.toml", id="syntax"),
        pytest.param("{{ substance }}", "{{ substance|shout }}", "shout", id="unknown filter"),
        pytest.param("{{ substance }}", "{{ poison }}", "poison", id="undeclared placeholder"),
        pytest.param(
            "{{ substance }}", "{{ substance.__class__ }}", "sms.toml", id="out of the sandbox"
        ),
        pytest.param("nl = ", "xx = ", "xx", id="no such language"),
    ],
)
async def test_a_wording_that_would_break_the_library_is_refused(
    desk: Desk, before: str, after: str, says: str
) -> None:
    own = (await shipped(desk)).replace(before, after, 1)
    with pytest.raises(NotBetter, match=says):
        await versions.propose_version(desk.services, NAME, own, by=MILA)
    assert (await versions.list_versions(desk.services, by=MILA)).items == []


async def test_what_is_exported_comes_back_unchanged(desk: Desk) -> None:
    before = {
        one.name: one.content for one in await scenarios.export_scenario(desk.services, by=MILA)
    }
    for name in (NAME, "flood_evacuate/email.toml", "test/scenario.toml"):
        number = await versions.propose_version(desk.services, name, before[name], by=MILA)
        await versions.approve_version(desk.services, number, by=JORIS)
    after = {
        one.name: one.content for one in await scenarios.export_scenario(desk.services, by=MILA)
    }
    assert after == before


@pytest.mark.parametrize("name", ["chem_shelter", "dragon/sms.toml", "../sms.toml", "a/b/c.toml"])
async def test_only_files_of_the_library_have_wordings(desk: Desk, name: str) -> None:
    with pytest.raises(Invalid):
        await versions.propose_version(desk.services, name, "", by=MILA)


async def test_an_auditor_changes_nothing(desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        await versions.propose_version(
            desk.services, NAME, await shipped(desk), by=Officer("august", Role.AUDITOR)
        )
