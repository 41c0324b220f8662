"""Nobody lets somebody in, raises a role or makes a token alone."""

import pytest

from alerting.actions import change_requests
from alerting.actions.accounts import administration, invitations, tokens
from alerting.actions.change_request_kinds import KINDS
from alerting.domain.change_request import Act
from alerting.domain.errors import BadRequest, NeedsOtherPerson, NotSignedIn
from alerting.domain.officer import Role
from alerting.services import Services
from tests.doubles import Clock
from tests.staff import administrator, confirm, emails, member, wanted


async def test_from_an_empty_service_to_a_desk_of_four(services: Services, clock: Clock) -> None:
    ada = await administrator(services, clock, "ada")
    bo = await administrator(services, clock, "bo")
    for name, role in (("mila", Role.COMMUNICATOR), ("joris", Role.APPROVER)):
        number = await invitations.request_invitation(services, wanted(name, role), by=ada.officer)
        with pytest.raises(NeedsOtherPerson):
            await confirm(services, number, by=ada.officer)
        await confirm(services, number, by=bo.officer)
    everyone, waiting = await administration.list_accounts(services, by=ada.officer)
    assert [one.name for one in everyone] == ["ada", "bo", "joris", "mila"]
    assert waiting.items == []
    assert len(emails(services)) == 4


async def test_nobody_holds_a_token_of_somebody_else(services: Services, clock: Clock) -> None:
    ada = await administrator(services, clock, "ada")
    mila = (await member(services, clock, "mila", Role.COMMUNICATOR)).officer
    wanted = {"officer": "mila", "membership": mila.membership}
    with pytest.raises(BadRequest, match="requested by the person who will use it"):
        await change_requests.request_change(
            services, KINDS, Act.MAKE_TOKEN, wanted, by=ada.officer
        )
    secret = await administration.request_token(services, by=mila)
    _, asked = await administration.list_accounts(services, by=ada.officer)
    [waiting] = asked.items
    assert (await confirm(services, waiting.id, by=ada.officer)).secret == ""
    assert (await tokens.officer_by_token(services, secret)).name == "mila"


async def test_an_administrator_makes_no_token_alone(services: Services, clock: Clock) -> None:
    ada = await administrator(services, clock, "ada")
    await administrator(services, clock, "bo")
    secret = await administration.request_token(services, by=ada.officer)
    _, asked = await administration.list_accounts(services, by=ada.officer)
    [waiting] = asked.items
    with pytest.raises(NeedsOtherPerson):
        await confirm(services, waiting.id, by=ada.officer)
    with pytest.raises(NotSignedIn):
        await tokens.officer_by_token(services, secret)
