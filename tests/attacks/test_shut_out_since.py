"""An approval, and a schedule, are worth what whoever gave them is today.

Once they are shut out, by the end of their membership or another role, nothing is sent on their
word; nor is an alert lost without a word: whoever can approve or send it is told, and its page
says why.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from alerting.actions.alerts import queries, scheduling
from alerting.actions.authorities.manage import AuthorityDetails, save_authority
from alerting.domain.alert import Alert, AlertState
from alerting.domain.errors import ApproverGone
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from tests import having_read, staff
from tests.desk import Desk
from tests.territory import CITY, Country

ADA = Officer("ada", Role.ADMINISTRATOR)


@dataclass
class Town:
    """Whoever decides on the alerts of a town."""

    desk: Desk
    country: Country
    lucie: Officer
    luc: Officer
    lea: Officer

    async def approved(self) -> Alert:
        return await self.desk.approves(await self.desk.drafts(by=self.lucie), by=self.luc)

    async def leaves(self, alert: Alert) -> Alert:
        self.desk.clock.forward(hours=1, seconds=5)
        await scheduling.send_due(self.desk.services)
        return await self.desk.reads(alert)

    async def scheduled(self) -> Alert:
        at = self.desk.clock() + timedelta(hours=1)
        alert = await self.approved()
        return await having_read.schedule(self.desk.services, alert.id, at, by=self.lucie)


@pytest.fixture
async def town(desk: Desk, services: Services) -> Town:
    await desk.registers_a_few()
    country = await Country(services).founded()
    return Town(
        desk,
        country,
        lucie=await country.officer(Role.COMMUNICATOR, CITY, name="lucie"),
        luc=await country.officer(Role.APPROVER, CITY, name="luc"),
        lea=await country.officer(Role.APPROVER, CITY, name="lea"),
    )


async def shut_out(town: Town, who: Officer) -> None:
    await staff.shut_out(town.desk.services, who.membership)


async def reads_only(town: Town, who: Officer) -> None:
    await shut_out(town, who)
    await town.country.officer(Role.AUDITOR, CITY, name=who.name)


async def member_again(town: Town, who: Officer) -> None:
    await shut_out(town, who)
    await town.country.officer(who.role, CITY, name=who.name)


GONE = [shut_out, reads_only]


@pytest.mark.parametrize("loses", GONE, ids=lambda act: act.__name__)
async def test_what_was_approved_by_somebody_shut_out_since_is_approved_anew(
    town: Town, loses: Callable[[Town, Officer], Awaitable[None]]
) -> None:
    alert, services = await town.approved(), town.desk.services
    await loses(town, town.luc)
    look = await queries.preview(services, alert.id, by=town.lucie)
    assert isinstance(look.doubt, ApproverGone)
    with pytest.raises(ApproverGone, match="luc"):
        await town.desk.sends(alert, by=town.lucie)
    with pytest.raises(ApproverGone, match="luc"):
        await having_read.schedule(
            services, alert.id, services.now() + timedelta(hours=1), by=town.lucie
        )
    await town.desk.approves(alert, by=town.lea)
    assert (await town.desk.sends(alert, by=town.lucie)).state is AlertState.SENDING


@pytest.mark.parametrize("loses", GONE, ids=lambda act: act.__name__)
async def test_a_scheduled_alert_whose_approver_was_shut_out_is_in_review_and_everybody_is_told(
    town: Town, loses: Callable[[Town, Officer], Awaitable[None]]
) -> None:
    alert = await town.scheduled()
    await loses(town, town.luc)
    back = await town.leaves(alert)
    assert (back.state, back.approver, back.sent_at) == (AlertState.IN_REVIEW, "", None)
    for who in (town.lea, town.lucie):
        (told,) = await town.desk.notifications(who)
        assert "luc, who approved" in told
    await town.desk.approves(back, by=town.lea)


async def test_a_scheduled_alert_whose_scheduler_was_shut_out_waits_approved_and_others_are_told(
    town: Town,
) -> None:
    alert = await town.scheduled()
    other = await town.country.officer(Role.COMMUNICATOR, CITY, name="louis")
    await shut_out(town, town.lucie)
    back = await town.leaves(alert)
    assert (back.state, back.approver, back.sender) == (AlertState.APPROVED, "luc", "")
    for who in (town.luc, town.lea, other):
        (told,) = await town.desk.notifications(who)
        assert "lucie, who scheduled" in told
    assert (await town.desk.sends(back, by=other)).state is AlertState.SENDING


async def test_who_has_another_membership_with_the_same_right_was_not_shut_out(town: Town) -> None:
    alert = await town.scheduled()
    for who in (town.luc, town.lucie):
        await member_again(town, who)
    assert (await town.leaves(alert)).state is AlertState.SENDING


@pytest.mark.parametrize(("level", "territory"), [("municipal", ["44021"]), ("partner", ["62063"])])
async def test_what_its_authority_may_no_longer_say_does_not_leave(
    town: Town, level: str, territory: list[str]
) -> None:
    alert = await town.scheduled()
    changed = {
        "code": CITY,
        "level": level,
        "names": {"fr": "Ville de Liège"},
        "territory": territory,
    }
    async with town.desk.services.unit() as unit:
        wanted = AuthorityDetails.model_validate(changed)
        await save_authority(town.desk.services, unit, wanted, by=SHELL)
    assert (await town.leaves(alert)).state is AlertState.IN_REVIEW
