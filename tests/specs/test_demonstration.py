"""The demonstration lets somebody be everybody: one link for each role, each signing in once."""

import csv
from collections import Counter

import pytest

from alerting.actions.accounts import magic_links, mobile_numbers, sessions
from alerting.actions.alerts import calls, copies
from alerting.checks.audience import FEW, audience_findings
from alerting.cli.demo import authorities, people, show
from alerting.domain.alert import AlertClass
from alerting.domain.errors import NotSignedIn
from alerting.domain.finding import Finding
from alerting.domain.officer import Role
from alerting.domain.phone_numbers import is_mobile
from alerting.services import Services
from tests.desk import Desk
from tests.make import gazetteer

AREA = ("4000 Liège", "Verviers", "Eupen", "Région de Bruxelles-Capitale")
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


async def test_somebody_is_called_to_approve_and_colleagues_can_be_sent_a_copy(desk: Desk) -> None:
    await authorities.found(desk.services)
    draft = await desk.drafts()
    mila = await authorities.member(desk.services, "mila")
    expected = await calls.expected_calls(desk.services, draft.id, by=mila)
    assert list(expected.first) == ["joris"]
    assert {"mila", "joris"} <= {*await copies.list_copy_users(desk.services, draft.id, by=mila)}


async def test_everybody_can_be_called_by_a_text_message(desk: Desk) -> None:
    await authorities.found(desk.services)
    names = {name for name, _, _ in authorities.PEOPLE}
    numbers = set()
    for name in names:
        person = await authorities.member(desk.services, name)
        numbers.add((await mobile_numbers.own_numbers(desk.services, by=person)).confirmed)
    assert len(numbers) == len(names)
    assert all(is_mobile(number) for number in numbers)


@pytest.mark.parametrize("number", [2_000, 10_000])
def test_its_lists_are_a_sample_that_is_few_nowhere(number: int) -> None:
    places = gazetteer()
    area = [code for name in AREA for code in places.resolve(name)]
    rows = csv.DictReader(
        people.recipients_csv(places, area, number).decode("utf-8-sig").splitlines(), delimiter=";"
    )
    phones = Counter(row["municipality"] for row in rows if row["phone"])
    provinces = [one.members for one in places.areas() if one.kind == "province"]
    one_in = people.one_in(places, number)
    for towns in (area, ["21001", "21007", *places.resolve("Vlaams-Brabant")], *provinces):
        reached = {"sms": sum(phones[code] for code in towns)}
        live_there = places.inhabitants(tuple(towns))

        def found(one_in: int) -> list[Finding]:
            return [
                *audience_findings(
                    reached,  # noqa: B023  called here
                    inhabitants=live_there,  # noqa: B023
                    alert_class=AlertClass.ALERT,
                    one_in=one_in,
                )
            ]

        assert found(one_in) == []
        assert [one.rule for one in found(1)] == [FEW]


async def test_a_run_that_goes_on_with_an_older_one_has_the_links_too(services: Services) -> None:
    links = await show.sign_in_links(services)
    assert {one.role: one.name for one in links} == NAMES
