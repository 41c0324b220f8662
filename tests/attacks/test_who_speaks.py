"""Nobody below the phase of an open incident speaks into its area, whether they name it or not."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest
from fastapi import FastAPI

from alerting.actions import authorization, change_requests
from alerting.actions.accounts import tokens
from alerting.actions.alerts import drafting, retry, scheduling, stopping
from alerting.actions.alerts.drafting import DraftRequest
from alerting.actions.authorities import incidents
from alerting.actions.authorities.manage import AuthorityDetails, save_authority
from alerting.actions.change_request_kinds import KINDS
from alerting.domain.alert import Alert, AlertState, FollowUp, StepReason
from alerting.domain.authority import RANK, Incident, Level, Phase
from alerting.domain.change_request import Act
from alerting.domain.errors import (
    BadRequest,
    IncidentClosed,
    LedByOther,
    NotAllowed,
    NotFound,
    Outdated,
    SpeaksHigher,
)
from alerting.domain.language import Language
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer, Permission, Role
from alerting.services import Services
from tests import having_read
from tests.desk import CLOSED, Desk
from tests.doubles import Clock
from tests.make import make_services
from tests.territory import CITY, PARTNER, PROVINCE, TOWN, Country
from tests.web.console import Browsers

MINISTER = Officer("marc", Role.APPROVER)
NUMBERS = itertools.count()
BOILED = {"boil_minutes": 3, "next_update": "2030-02-15T16:30"}


@pytest.fixture
def services(request: pytest.FixtureRequest, clock: Clock) -> Services:
    """On SQLite; where acts meet, on both databases."""
    return make_services(request.getfixturevalue(getattr(request, "param", "sqlite")), clock)


@pytest.fixture
async def country(services: Services) -> Country:
    return await Country(services).founded()


@pytest.fixture
async def writer(country: Country) -> Officer:
    return await country.officer(Role.COMMUNICATOR)


@pytest.fixture
async def second(country: Country) -> Officer:
    return await country.officer(Role.APPROVER)


async def boil_water(
    services: Services, by: Officer, *, area: str = "4000 Liège", incident: int | None = None
) -> Alert:
    wanted = DraftRequest(
        scenario="water_boil",
        values=BOILED,
        area=[area],
        channels=["sms", "email"],
        incident=incident,
    )
    return await drafting.draft(services, wanted, by=by)


async def nuclear(country: Country) -> Incident:
    return await country.incident(by=MINISTER, phase=Phase.FEDERAL, area="province de Liège")


async def exempt(services: Services, about: Incident, alert: Alert, *, by: Officer) -> None:
    read = await having_read.fingerprint(services, alert.id, by=by)
    await incidents.exempt_alert(
        services, about.id, alert.id, seen=read, by=by, reason="Another cause"
    )


async def refused(services: Services, number: int, by: Officer) -> bool:
    try:
        async with services.unit() as unit:
            await authorization.authorize_on_alert(
                services, unit, number, Permission.APPROVE, by=by
            )
    except SpeaksHigher:
        return True
    return False


async def test_no_level_decides_under_a_higher_phase_whether_it_names_the_incident_or_only_meets_it(
    country: Country, services: Services, desk: Desk
) -> None:
    levels = {
        "municipal": await country.officer(Role.APPROVER),
        "provincial": await country.officer(Role.APPROVER, PROVINCE),
        "federal": MINISTER,
    }
    for (level, who), phase, meets, names in itertools.product(
        levels.items(), Phase, (True, False), (True, False)
    ):
        if names and not meets and level == "municipal":
            continue  # what lies outside its territory is not there for it
        about = await country.incident(
            by=MINISTER, phase=phase, area="4000 Liège" if meets else "Verviers"
        )
        made = await boil_water(services, who, incident=about.id if names else None)
        expected = (meets or names) and RANK[level] < RANK[phase]
        assert await refused(services, made.id, who) is expected, (level, phase, meets, names)
        await incidents.close_incident(services, about.id, by=MINISTER)
        desk.clock.forward(hours=6)  # one person opens five there in a day


async def test_a_boil_water_notice_leaves_during_a_federal_phase_once_the_leader_said_so(
    country: Country, services: Services, desk: Desk, writer: Officer, second: Officer
) -> None:
    await desk.registers_a_few()
    await country.officer(Role.DUTY_OFFICER, "national", name="nora")
    centre = AuthorityDetails(
        code="national",
        level=Level.FEDERAL,
        names={Language.FR: "Centre de crise"},
        territory=["Belgique"],
        senders={},
        settings={"telephone": "+3225010211"},
    )
    async with services.unit() as unit:
        await save_authority(services, unit, centre, by=SHELL)
    about = await nuclear(country)
    made = await boil_water(services, writer)
    with pytest.raises(SpeaksHigher) as refusal:
        await desk.approves(made, by=second)
    assert "Contact: Centre de crise, +3225010211, nora." in refusal.value.in_english()
    await exempt(services, about, made, by=MINISTER)
    assert f"is not part of incident {about.id}" in (await desk.notifications(writer))[0]
    sent = await desk.sends(await desk.approves(made, by=second), by=writer)
    assert (sent.state, sent.sender_authority) == (AlertState.SENDING, CITY)
    assert (await desk.ledger()).count("incident.exempted") == 1


async def test_only_whoever_leads_or_stands_above_says_so_and_only_where_it_binds(
    country: Country, services: Services, writer: Officer
) -> None:
    about = await country.incident(
        by=await country.officer(Role.APPROVER, PROVINCE), phase=Phase.PROVINCIAL, area="4000 Liège"
    )
    made = await boil_water(services, writer)
    for nobody, refusal in (
        (writer, SpeaksHigher),
        (await country.officer(Role.APPROVER, TOWN), NotFound),
        (await country.officer(Role.AUDITOR, PROVINCE), NotAllowed),
    ):
        with pytest.raises(refusal):
            await incidents.exempt_alert(
                services,
                about.id,
                made.id,
                seen=made.fingerprint(),
                by=nobody,
                reason="Not part of it",
            )
    with pytest.raises(Outdated):
        await incidents.exempt_alert(
            services, about.id, made.id, seen="x", by=MINISTER, reason="Not part of it"
        )
    federal = await country.incident(by=MINISTER, phase=Phase.MUNICIPAL, area="4000 Liège")
    with pytest.raises(LedByOther):  # high enough for its phase, and not its leader
        await exempt(services, federal, made, by=writer)
    named = await boil_water(services, writer, incident=about.id)
    with pytest.raises(BadRequest):
        await exempt(services, about, named, by=MINISTER)
    elsewhere = await country.incident(by=MINISTER, phase=Phase.FEDERAL, area="Gent")
    with pytest.raises(BadRequest):
        await exempt(services, elsewhere, made, by=MINISTER)
    await incidents.close_incident(services, about.id, by=MINISTER)
    with pytest.raises(IncidentClosed):
        await exempt(services, about, made, by=MINISTER)


async def test_what_the_leader_let_go_holds_for_those_words_and_that_phase_only(
    country: Country, services: Services, writer: Officer, second: Officer
) -> None:
    governor = await country.officer(Role.APPROVER, PROVINCE)
    about = await country.incident(by=governor, phase=Phase.PROVINCIAL)
    made = await boil_water(services, writer)
    await exempt(services, about, made, by=governor)
    assert not await refused(services, made.id, second)
    await incidents.change_phase(services, about.id, Phase.FEDERAL, by=MINISTER)
    assert await refused(services, made.id, second)
    await exempt(services, about, made, by=MINISTER)
    assert not await refused(services, made.id, second)
    text = made.messages[0]
    changed = replace(text, text=text.text + " Merci.")
    await having_read.revise(services, made.id, [changed], by=writer)
    assert await refused(services, made.id, second)


async def test_an_incident_binds_what_was_approved_before_it(
    country: Country, services: Services, desk: Desk, writer: Officer, second: Officer
) -> None:
    await desk.registers_a_few()
    approved = await desk.approves(await boil_water(services, writer), by=second)
    about = await nuclear(country)
    later = desk.clock.now + timedelta(hours=1)
    for act in (
        having_read.send(services, approved.id, by=writer),
        having_read.schedule(services, approved.id, later, by=writer),
    ):
        with pytest.raises(SpeaksHigher):
            await act
    await exempt(services, about, approved, by=MINISTER)
    assert (await desk.sends(approved, by=writer)).state is AlertState.SENDING


@pytest.mark.parametrize(
    ("by", "leaves"),
    [
        pytest.param(CITY, False, id="the word of the town"),
        pytest.param("national", True, id="the word of the country"),
    ],
)
async def test_an_incident_binds_what_was_scheduled_before_it(
    country: Country,
    services: Services,
    desk: Desk,
    writer: Officer,
    second: Officer,
    *,
    by: str,
    leaves: bool,
) -> None:
    await desk.registers_a_few()
    approved = await desk.approves(await boil_water(services, writer), by=second)
    at = desk.clock.now + timedelta(hours=1)
    sender = await country.officer(Role.COMMUNICATOR, by, name="sena")
    await having_read.schedule(services, approved.id, at, by=sender)
    await nuclear(country)
    desk.clock.forward(hours=1)
    await scheduling.send_due(services)
    after = await desk.reads(approved)
    assert after.state is (AlertState.SENDING if leaves else AlertState.APPROVED)
    told = await desk.notifications(writer)
    assert any("can no longer decide on it" in one for one in told) is not leaves
    if not leaves:
        await desk.works()
        assert desk.channel("sms").sent == []


async def test_an_incident_binds_resuming_retrying_and_following_what_is_under_way(
    country: Country, services: Services, desk: Desk, writer: Officer, second: Officer
) -> None:
    await desk.registers_a_few()
    sent = await desk.sends(
        await desk.approves(await boil_water(services, writer), by=second), by=writer
    )
    about = await nuclear(country)
    with pytest.raises(SpeaksHigher):
        await retry.retry_failed(services, sent.id, by=writer, reason=StepReason.MENDED)
    update = await desk.follows_up(sent, FollowUp.UPDATE, by=writer)
    with pytest.raises(SpeaksHigher):
        await desk.approves(update, by=second)
    await stopping.stop(services, sent.id, by=writer)  # stopping never waits for anybody
    with pytest.raises(SpeaksHigher):
        await stopping.resume(services, sent.id, by=writer, reason=StepReason.MENDED)
    await exempt(services, about, sent, by=MINISTER)
    await stopping.resume(services, sent.id, by=writer, reason=StepReason.MENDED)
    with pytest.raises(SpeaksHigher):  # other words, which nobody let go
        await desk.approves(update, by=second)


async def test_an_incident_binds_whoever_breaks_the_glass(
    country: Country, services: Services, desk: Desk
) -> None:
    await desk.registers_a_few()
    about = await nuclear(country)
    dora = await country.officer(Role.DUTY_OFFICER)
    alert = await desk.drafts(values=CLOSED, by=dora)
    with pytest.raises(SpeaksHigher):
        await having_read.send_now(services, alert.id, by=dora, reason="A cloud over the town")
    await exempt(services, about, alert, by=MINISTER)
    await having_read.send_now(services, alert.id, by=dora, reason="A cloud over the town")


async def test_an_incident_holds_up_no_retraction_of_ones_own_that_needs_no_second_person(
    country: Country, services: Services, desk: Desk, writer: Officer, second: Officer
) -> None:
    await desk.registers_a_few()
    about = await country.incident(by=writer)
    sent = [
        await desk.sends(
            await desk.approves(await boil_water(services, writer, incident=number), by=second),
            by=writer,
        )
        for number in (about.id, None)
    ]
    await incidents.change_phase(services, about.id, Phase.FEDERAL, by=MINISTER)
    naming, other = [await desk.follows_up(one, FollowUp.FALSE_ALERT, by=writer) for one in sent]
    for back in (naming, other):
        assert (await desk.sends(back, by=writer)).state is AlertState.SENDING


@pytest.mark.parametrize(
    "services", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
async def test_two_acts_at_once_do_not_wait_for_each_other_for_ever(
    country: Country, services: Services, desk: Desk, writer: Officer, second: Officer
) -> None:
    """Each holds its alert and what concerns it, while the incidents' leader judges them."""
    await desk.registers_a_few()
    one = await country.incident(by=writer)
    two = await country.incident(by=writer)
    made = [
        await boil_water(services, writer, incident=number)
        for number in (one.id, two.id, None, None)
    ]
    about = await nuclear(country)
    for alert in made:
        assert await refused(services, alert.id, second)
    await asyncio.gather(
        *(desk.approves(alert, by=MINISTER) for alert in made),
        *(exempt(services, about, alert, by=MINISTER) for alert in made),
    )


async def test_the_page_of_an_alert_says_what_holds_it_back_and_lets_the_leader_free_it(
    country: Country, services: Services, writer: Officer, second: Officer, browsers: Browsers
) -> None:
    about = await nuclear(country)
    made = await boil_water(services, writer)
    page = f"/alerts/{made.id}"
    form = f"/incidents/{about.id}/exemptions"
    theirs, leader = await browsers(writer), await browsers(MINISTER)
    read = (await theirs.get(page)).text
    assert "Authorities below the level of the incident’s phase cannot send it" in read
    assert form not in read
    assert form in (await leader.get(page)).text
    data = {"alert": str(made.id), "seen": made.fingerprint(), "reason": "Another cause"}
    assert (await theirs.post(form, data=data)).status_code == 403
    assert (await leader.post(form, data=data | {"seen": "x"})).status_code == 409
    assert await refused(services, made.id, second)
    assert (await leader.post(form, data=data)).status_code == 303
    assert not await refused(services, made.id, second)
    read = (await theirs.get(page)).text
    assert "This alert is not part of the incident" in read
    assert "Another cause" in read


async def test_no_program_is_left_without_what_holds_an_alert_back(
    country: Country, services: Services, writer: Officer, second: Officer, app: FastAPI
) -> None:
    about = await nuclear(country)
    made = await boil_water(services, writer)
    address = f"/api/incidents/{about.id}/exemptions"
    body = {"alert": made.id, "fingerprint": made.fingerprint(), "reason": "Another cause"}
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://alerting.test") as client:

        async def post(by: Officer, wanted: dict[str, object]) -> int:
            token = await tokens.make_token(services, by, by=SHELL)
            headers = {"Authorization": f"Bearer {token}"}
            return (await client.post(address, json=wanted, headers=headers)).status_code

        assert await post(writer, body) == 403
        assert await post(MINISTER, body | {"reason": ""}) == 422
        assert await refused(services, made.id, second)
        assert await post(MINISTER, body) == 204
    assert not await refused(services, made.id, second)


async def leads(country: Country, place: str) -> Officer:
    """Somebody new of an authority, who leads incidents."""
    return await country.officer(Role.COMMUNICATOR, place, name=f"lead{next(NUMBERS)}")


async def hands(country: Country, about: Incident, by: Officer, phase: Phase) -> None:
    await incidents.change_phase(country.services, about.id, phase, by=by)


async def keeps_phase(country: Country, about: Incident, by: Officer) -> None:
    await hands(country, about, by, about.phase)


async def lowers(country: Country, about: Incident, by: Officer) -> None:
    await hands(country, about, by, Phase.MUNICIPAL)


async def closes(country: Country, about: Incident, by: Officer) -> None:
    await incidents.close_incident(country.services, about.id, by=by)


async def lets_go(country: Country, about: Incident, by: Officer) -> None:
    until = (country.services.now() + timedelta(days=1)).isoformat()
    first, second = [await leads(country, about.lead_authority) for _ in range(2)]
    await country.invites(about, by=first, second=second, until=until)
    await incidents.end_invitation(country.services, about.id, PARTNER, by=by)


async def invites(country: Country, about: Incident, by: Officer) -> None:
    until = (country.services.now() + timedelta(days=1)).isoformat()
    details = {"authority": PARTNER, "incident": about.id, "until": until}
    await change_requests.request_change(
        country.services, KINDS, Act.INVITE_PARTNER, details, by=by
    )


EQUALS: tuple[dict[str, object], ...] = (
    {"code": "fanc", "level": "federal", "names": {"fr": "AFCN"}, "territory": ["Belgique"]},
    {"code": "rival", "level": "provincial", "names": {"fr": "Rivale"}, "territory": ["60000"]},
    {"code": "zone", "level": "municipal", "names": {"fr": "Zone"}, "territory": ["62063"]},
)
LEADERS: tuple[tuple[str, Phase, dict[str, bool]], ...] = (
    ("national", Phase.FEDERAL, {"national": True, "fanc": False, PROVINCE: False, CITY: False}),
    (
        "national",
        Phase.MUNICIPAL,
        {"national": True, "fanc": False, PROVINCE: False, CITY: False},
    ),
    (PROVINCE, Phase.PROVINCIAL, {PROVINCE: True, "national": True, "rival": False, CITY: False}),
    (CITY, Phase.MUNICIPAL, {CITY: True, PROVINCE: True, "national": True, "zone": False}),
)


@pytest.mark.parametrize("act", [keeps_phase, lowers, closes, invites, lets_go])
@pytest.mark.parametrize(
    ("leader", "phase", "by", "may"),
    [(a, phase, by, may) for a, phase, all_of in LEADERS for by, may in all_of.items()],
)
async def test_only_whoever_leads_an_incident_or_stands_above_decides_on_it(
    country: Country,
    services: Services,
    act: Callable[[Country, Incident, Officer], Awaitable[None]],
    leader: str,
    phase: Phase,
    by: str,
    *,
    may: bool,
) -> None:
    async with services.unit() as unit:
        for one in EQUALS:
            await save_authority(services, unit, AuthorityDetails.model_validate(one), by=SHELL)
    about = await country.incident(by=await leads(country, leader), phase=phase)
    officer = await leads(country, by)
    if may:
        await act(country, about, officer)
        return
    with pytest.raises((LedByOther, SpeaksHigher)):
        await act(country, about, officer)
    with pytest.raises(NotFound):  # beside: what is not in the territory is not there
        await act(country, about, await leads(country, TOWN))
    after, _ = await incidents.get_incident(services, about.id, by=MINISTER)
    assert (after.phase, after.lead_authority, after.closed_at) == (phase, leader, None)


@pytest.mark.parametrize(
    ("leader", "by", "phase", "may"),
    [
        (CITY, PROVINCE, Phase.PROVINCIAL, True),
        (CITY, "national", Phase.FEDERAL, True),
        (CITY, "fanc", Phase.FEDERAL, True),
        (PROVINCE, "national", Phase.FEDERAL, True),
        (CITY, "zone", Phase.MUNICIPAL, False),
        ("national", PROVINCE, Phase.PROVINCIAL, False),
        ("national", "fanc", Phase.FEDERAL, False),
    ],
)
async def test_a_higher_level_takes_an_incident_up_and_an_equal_one_does_not(
    country: Country, services: Services, leader: str, by: str, phase: Phase, *, may: bool
) -> None:
    async with services.unit() as unit:
        for one in EQUALS:
            await save_authority(services, unit, AuthorityDetails.model_validate(one), by=SHELL)
    about = await country.incident(by=await leads(country, leader))
    officer = await leads(country, by)
    if may:
        changed = await incidents.change_phase(services, about.id, phase, by=officer)
        assert (changed.phase, changed.lead_authority) == (phase, by)
        return
    with pytest.raises(LedByOther):
        await incidents.change_phase(services, about.id, phase, by=officer)
