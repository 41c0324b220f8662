"""Who may approve an alert is asked of authorities and roles, not of everybody in the country."""

import pytest

from alerting.actions import authorization
from alerting.actions.accounts.memberships import MembershipDetails, grant
from alerting.actions.alerts import queries
from alerting.actions.authorities.manage import AuthorityDetails, save_authority
from alerting.domain.alert import Alert
from alerting.domain.authority import Level, Phase
from alerting.domain.errors import AlertingError
from alerting.domain.language import Language
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer, Permission, Role
from alerting.services import Services
from alerting.store.accounts import memberships as membership_rows
from tests.desk import Desk
from tests.doubles import Clock
from tests.territory import CITY, PARTNER, PROVINCE, TOWN, Country, gives_token
from tests.web.console import Browsers

ELSEWHERE = ("62063", "44021", "11002", "21004", "31005", "41002", "52011", "71016", "81001")


async def peopled(services: Services) -> Country:
    """Two approvers and more in each of some authorities of every level."""
    country = await Country(services).founded()
    async with services.unit() as unit:
        for code in ELSEWHERE:
            town = AuthorityDetails.model_construct(
                code=f"t{code}",
                level=Level.MUNICIPAL,
                names={Language.FR: f"Ville {code}"},
                territory=[code],
                languages=(Language.FR,),
                senders={},
                settings={},
            )
            await save_authority(services, unit, town, by=SHELL)
        for where in (CITY, TOWN, PROVINCE, PARTNER, "national", *(f"t{one}" for one in ELSEWHERE)):
            for role in (Role.APPROVER, Role.COMMUNICATOR, Role.AUDITOR):
                for letter in "ab":
                    wanted = MembershipDetails(
                        officer=f"{role}.{where}.{letter}", authority=where, role=role,
                        training=letter == "b" and where == PROVINCE,
                    )  # fmt: skip
                    number = await grant(services, unit, wanted, granted_by="x", confirmed_by=SHELL)
                    assert number is not None
                    made = await authorization.member_named(services, unit, wanted.officer, number)
                    await gives_token(services, unit, made)
    return country


async def one_by_one(services: Services, alert: Alert, permission: Permission) -> list[str]:
    """Who may, asked of everybody in turn."""
    able = []
    async with services.reading() as reading:
        for one in await membership_rows.list_memberships(reading.connection):
            officer = await authorization.as_member_of(services, reading, one.person, one.id)
            try:
                await authorization.authorize_on_alert(
                    services, reading, alert.id, permission, by=officer, lock=False
                )
            except AlertingError:
                continue
            able.append(one.officer)
    return sorted(able)


@pytest.mark.parametrize("author", [CITY, PROVINCE, "national"])
@pytest.mark.parametrize("phase", [None, Phase.PROVINCIAL])
async def test_it_is_what_asking_everybody_would_tell(
    desk: Desk, services: Services, author: str, phase: Phase | None
) -> None:
    country = await peopled(services)
    await desk.registers_a_few()
    if phase is not None:
        leader = await country.officer(Role.APPROVER, PROVINCE, name="leader")
        await country.incident(by=leader, phase=phase)
    by = await country.officer(Role.COMMUNICATOR, author, name="lucie")
    alert = await desk.drafts(by=by)
    async with services.reading() as reading:
        found = await authorization.approvers(services, reading, alert, Permission.APPROVE)
    assert found == await one_by_one(services, alert, Permission.APPROVE)
    assert found


async def test_it_asks_once_for_each_role_of_an_authority_that_could(
    desk: Desk, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    country = await peopled(services)
    await desk.registers_a_few()
    alert = await desk.drafts(by=await country.officer(Role.COMMUNICATOR, name="lucie"))
    asked: list[str] = []
    original = authorization.authorize_on_alert

    async def counted(*given: object, by: Officer, **more: object) -> Alert:
        asked.append(f"{by.authority.code}/{by.role}/{by.training}")
        return await original(*given, by=by, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(authorization, "authorize_on_alert", counted)
    async with services.reading() as reading:
        await authorization.approvers(services, reading, alert, Permission.APPROVE)
    assert sorted(asked) == [
        "liege/approver/False",
        "national/approver/False",
        "province-liege/approver/False",
        "province-liege/approver/True",
    ]


async def test_nobody_asks_for_it_while_a_text_is_typed(
    desk: Desk,
    services: Services,
    clock: Clock,
    browsers: Browsers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    country = await Country(services).founded()
    await desk.registers_a_few()
    alert = await desk.drafts(by=await country.officer(Role.COMMUNICATOR, name="lucie"))
    browser = await browsers(await country.officer(Role.APPROVER, name="luc"))
    page = f"/alerts/{alert.id}/edit"
    assert "No other user could then approve it" in (await browser.get(page)).text

    async def asked(*_: object, **__: object) -> list[str]:
        raise AssertionError

    monkeypatch.setattr(queries, "other_approvers", asked)
    fragment = await browser.get(page, headers={"hx-request": "true"})
    assert fragment.status_code == 200
