"""An alert for the whole country is warned about wherever it is decided on; one for less is not."""

from alerting.actions.alerts import queries
from alerting.checks.whole_country import WHOLE_COUNTRY, whole_country_findings
from alerting.domain.finding import FindingSeverity
from tests.desk import JORIS, MILA, Desk
from tests.web.conftest import anyone, app, browsers
from tests.web.console import Browsers

__all__ = ["anyone", "app", "browsers"]
WARNING = "565 municipalities: the whole country."


def test_only_all_municipalities_together_are_the_country() -> None:
    (found,) = whole_country_findings(["1", "2", "3"], ["1", "2", "3"])
    assert (found.rule, found.severity) == (WHOLE_COUNTRY, FindingSeverity.WARNS)
    assert not [*whole_country_findings(["1", "3"], ["1", "2", "3"])]


async def test_whoever_submits_approves_and_sends_is_told(desk: Desk, browsers: Browsers) -> None:
    await desk.registers_a_few()
    mila, joris = await browsers(MILA), await browsers(JORIS)
    draft = await desk.drafts(area=("Belgique",))
    assert WARNING in (await mila.get(f"/alerts/{draft.id}/submit")).text
    submitted = await desk.submits(draft)
    assert WARNING in (await joris.get(f"/alerts/{submitted.id}/approve")).text
    approved = await desk.approves(submitted)
    assert WARNING in (await mila.get(f"/alerts/{approved.id}/send")).text


async def test_a_region_is_no_country(desk: Desk) -> None:
    draft = await desk.drafts(area=("Wallonie",))
    seen = await queries.preview(desk.services, draft.id, by=MILA)
    assert WHOLE_COUNTRY not in {one.rule for one in seen.findings}
