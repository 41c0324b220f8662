"""An account works for one authority: it may there what its role may, and nothing elsewhere."""

import pytest

from alerting.actions.accounts import administration, invitations, memberships, sessions
from alerting.actions.alerts import queries
from alerting.domain.alert import AlertClass
from alerting.domain.errors import (
    BadRequest,
    NotFound,
    NotSignedIn,
    OnlyExercises,
    OutsideTerritory,
)
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from tests.desk import MILA, Desk
from tests.doubles import Clock
from tests.staff import BO, administrator, confirm, member, shut_out, wanted
from tests.territory import CITY, TOWN, Country


@pytest.fixture
async def country(services: Services) -> Country:
    return await Country(services).founded()


async def let_in(services: Services, clock: Clock, *args: object, **more: bool) -> Officer:
    """Invited, come in, signed in: the officer whose session it is."""
    one = await member(services, clock, *args, **more)  # type: ignore[arg-type]
    return await sessions.officer_by_session(services, (await one.signs_in()).session)


async def test_whoever_signs_in_works_for_the_authority_of_the_invitation(
    country: Country, desk: Desk, services: Services, clock: Clock
) -> None:
    lou = await let_in(services, clock, "lou", Role.COMMUNICATOR, CITY)
    assert (lou.role, lou.authority.code) == (Role.COMMUNICATOR, CITY)
    assert (await desk.drafts(by=lou)).authority == CITY
    with pytest.raises(OutsideTerritory):
        await desk.drafts(by=lou, area=("Gent",))
    national = await desk.drafts(by=MILA, area=("Gent",))
    with pytest.raises(NotFound):
        await queries.get_alert(services, national.id, by=lou)


async def test_a_training_account_drafts_exercises_only(
    country: Country, desk: Desk, services: Services, clock: Clock
) -> None:
    lou = await let_in(services, clock, "lou", Role.COMMUNICATOR, CITY, training=True)
    with pytest.raises(OnlyExercises):
        await desk.drafts(by=lou)
    assert await desk.drafts(by=lou, alert_class=AlertClass.EXERCISE)


async def test_an_administrator_of_a_town_manages_its_people_and_nobody_elses(
    country: Country, services: Services, clock: Clock
) -> None:
    mayor = await country.officer(Role.ADMINISTRATOR, TOWN)
    with pytest.raises(OutsideTerritory):
        await invitations.request_invitation(
            services, wanted("lou", Role.COMMUNICATOR, authority=CITY), by=mayor
        )
    with pytest.raises(OutsideTerritory):
        await invitations.request_invitation(services, wanted("lou", Role.COMMUNICATOR), by=mayor)
    await member(services, clock, "ines", Role.COMMUNICATOR, CITY)
    own = wanted("jan", Role.COMMUNICATOR, authority=TOWN)
    number = await invitations.request_invitation(services, own, by=mayor)
    accounts, waiting = await administration.list_accounts(services, by=mayor)
    assert [one.name for one in accounts] == []
    assert [one.id for one in waiting.items] == [number]
    for act in (
        administration.request_role(services, "ines", Role.APPROVER, by=mayor),
        administration.require_may_manage_account(services, "ines", by=mayor),
    ):
        with pytest.raises(OutsideTerritory):
            await act
    stranger = await country.officer(Role.ADMINISTRATOR, CITY)
    with pytest.raises(NotFound):
        await confirm(services, number, by=stranger)
    await confirm(services, number, by=BO)


async def test_an_account_takes_up_another_membership_and_loses_it_at_once(
    country: Country, services: Services, clock: Clock
) -> None:
    one = await member(services, clock, "lou", Role.COMMUNICATOR, CITY)
    session = (await one.signs_in()).session
    also = await country.officer(Role.APPROVER, TOWN, name="lou")
    chosen = await sessions.switch_membership(services, session, also.membership)
    assert (chosen.role, chosen.authority.code) == (Role.APPROVER, TOWN)
    assert await sessions.officer_by_session(services, session) == chosen
    await shut_out(services, also.membership)
    with pytest.raises(NotSignedIn):
        await sessions.officer_by_session(services, session)


async def test_a_weightier_membership_needs_the_second_factor(
    country: Country, services: Services, clock: Clock
) -> None:
    one = await member(services, clock, "lou", Role.AUDITOR, CITY)
    session = (await one.signs_in()).session
    also = await country.officer(Role.APPROVER, CITY, name="lou")
    with pytest.raises(BadRequest, match="second factor"):
        await sessions.switch_membership(services, session, also.membership)


async def test_two_administrators_with_accounts_end_what_the_server_may_alone(
    country: Country, services: Services, clock: Clock
) -> None:
    assert not await memberships.two_can_confirm(services)
    await administrator(services, clock, "ada")
    await administrator(services, clock, "bo")
    assert await memberships.two_can_confirm(services)
