"""The demonstration lets somebody be everybody: one link for each role, each signing in once."""

import pytest

from alerting.actions.accounts import magic_links, sessions
from alerting.cli.demo import authorities, show
from alerting.domain.errors import NotSignedIn
from alerting.domain.officer import Role
from alerting.services import Services

NAMES = {
    Role.COMMUNICATOR: "mila",
    Role.APPROVER: "joris",
    Role.DUTY_OFFICER: "dirk",
    Role.PRESS_OFFICER: "paula",
    Role.AUDITOR: "august",
    Role.ADMINISTRATOR: "ada",
}


async def test_there_is_a_link_for_each_role_and_it_signs_in_that_person_once(
    services: Services,
) -> None:
    await authorities.found(services)
    links = await show.sign_in_links(services)
    assert {one.role: one.name for one in links} == NAMES
    assert {one.authority.code for one in links} == {"national"}
    for officer, secret in links.items():
        session = await magic_links.sign_in(services, secret)
        came = await sessions.officer_by_session(services, session)
        assert (came.name, came.role) == (officer.name, officer.role)
        with pytest.raises(NotSignedIn):
            await magic_links.sign_in(services, secret)


async def test_a_run_that_goes_on_with_an_older_one_has_the_links_too(services: Services) -> None:
    links = await show.sign_in_links(services)
    assert {one.role: one.name for one in links} == NAMES
