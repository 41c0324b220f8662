"""However many incidents somebody opens, no town is held up for ever, and no notice is buried.

So many are open in one phase over a municipality, whatever way they came there, that each can be
answered; one person opens so many there in a day.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import pytest

from alerting.actions.authorities import incidents
from alerting.actions.authorities.incidents import (
    MOST_CHANGES_BY_ONE,
    MOST_OPEN,
    MOST_OPENED_BY_ONE,
)
from alerting.actions.staff_notifications import inbox
from alerting.domain.alert import AlertState
from alerting.domain.authority import NATIONAL, Incident, Phase
from alerting.domain.errors import (
    ChangedPhaseTooOften,
    OpenedTooMany,
    SpeaksHigher,
    TooManyIncidents,
)
from alerting.domain.officer import Officer, Role
from alerting.services import Services
from alerting.store.authorities import incidents as incident_rows
from alerting.store.database import Database
from tests.desk import Desk
from tests.doubles import Clock
from tests.make import make_services
from tests.territory import CITY, PROVINCE, Country

MINISTER = Officer("minister", Role.APPROVER)
SECOND = Officer("second", Role.APPROVER)
LIEGE = "4000 Liège"


@pytest.fixture
async def country(services: Services) -> Country:
    return await Country(services).founded()


@pytest.fixture
async def gov(country: Country) -> Officer:
    return await country.officer(Role.COMMUNICATOR, PROVINCE, name="gov")


async def opens(country: Country, by: Officer, phase: Phase, number: int) -> list[Incident]:
    return [await country.incident(by=by, phase=phase) for _ in range(number)]


async def opened_in_it(country: Country) -> None:
    await country.incident(by=MINISTER, phase=Phase.PROVINCIAL)


async def raised_to_it(country: Country) -> None:
    made = await country.incident(by=MINISTER, phase=Phase.MUNICIPAL)
    await incidents.change_phase(country.services, made.id, Phase.PROVINCIAL, by=MINISTER)


async def handed_down_to_it(country: Country) -> None:
    made = await country.incident(by=MINISTER, phase=Phase.FEDERAL)
    await incidents.change_phase(country.services, made.id, Phase.PROVINCIAL, by=MINISTER)


async def over_a_wider_area(country: Country) -> None:
    await country.incident(by=MINISTER, phase=Phase.PROVINCIAL, area="province de Liège")


@pytest.mark.parametrize(
    "way",
    [opened_in_it, raised_to_it, handed_down_to_it, over_a_wider_area],
    ids=lambda act: act.__name__,
)
async def test_by_no_way_are_more_open_in_a_phase_over_a_town_than_can_be_answered(
    country: Country, gov: Officer, way: Callable[[Country], Awaitable[None]]
) -> None:
    made = await opens(country, SECOND, Phase.PROVINCIAL, MOST_OPEN[Phase.PROVINCIAL])
    numbers = ", ".join(str(one.id) for one in made)
    with pytest.raises(TooManyIncidents, match=numbers):
        await way(country)
    await country.incident(by=MINISTER, phase=Phase.PROVINCIAL, area="Gent")
    await country.incident(by=SECOND, phase=Phase.FEDERAL)
    await incidents.close_incident(country.services, made[0].id, by=SECOND)
    await way(country)


@pytest.mark.parametrize(
    ("phase", "fills", "own"),
    [
        (Phase.MUNICIPAL, (PROVINCE, NATIONAL.code), CITY),
        (Phase.PROVINCIAL, (NATIONAL.code,), PROVINCE),
    ],
)
async def test_no_level_fills_the_room_of_the_authority_whose_phase_it_is(
    country: Country,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    phase: Phase,
    fills: tuple[str, ...],
    own: str,
) -> None:
    monkeypatch.setattr(incidents, "MOST_OPEN", dict.fromkeys(Phase, 4))
    for code in fills:
        other = await country.officer(Role.COMMUNICATOR, code, name=f"at-{code}")
        for _ in range(4):
            with contextlib.suppress(TooManyIncidents):
                await country.incident(by=other, phase=phase, area="province de Liège")
    with pytest.raises(TooManyIncidents):  # in the room of all others there is none left
        await country.incident(by=MINISTER, phase=phase)
    mine = await country.officer(Role.COMMUNICATOR, own, name="mine")
    made = await opens(country, mine, phase, 4)
    with pytest.raises(TooManyIncidents):
        await country.incident(by=mine, phase=phase)
    await incidents.close_incident(country.services, made[0].id, by=mine)
    await country.incident(by=mine, phase=phase)


async def test_no_room_is_filled_by_handing_incidents_over(country: Country, gov: Officer) -> None:
    await opens(country, gov, Phase.PROVINCIAL, MOST_OPEN[Phase.PROVINCIAL])
    above = await country.incident(by=MINISTER, phase=Phase.PROVINCIAL)
    for phase in (Phase.PROVINCIAL, Phase.FEDERAL):
        if phase is Phase.FEDERAL:
            above = await country.incident(by=MINISTER, phase=phase)
        with pytest.raises(TooManyIncidents):
            await incidents.change_phase(
                country.services, above.id, Phase.PROVINCIAL, by=MINISTER, lead_authority=PROVINCE
            )


async def test_an_incident_is_always_handed_down_to_the_phase_that_holds_nobody_up(
    country: Country, gov: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incidents, "MOST_OPEN", {**MOST_OPEN, Phase.MUNICIPAL: 1})
    await country.incident(by=gov)
    with pytest.raises(TooManyIncidents):
        await country.incident(by=gov)
    above = await country.incident(by=gov, phase=Phase.PROVINCIAL)
    await incidents.change_phase(country.services, above.id, Phase.MUNICIPAL, by=gov)


async def test_of_many_opened_at_once_no_more_are_open(database: Database, clock: Clock) -> None:
    country = await Country(make_services(database, clock)).founded()
    done = await asyncio.gather(
        *(country.incident(by=MINISTER, phase=Phase.FEDERAL) for _ in range(5)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, Incident) for one in done) == MOST_OPEN[Phase.FEDERAL]
    assert sum(isinstance(one, TooManyIncidents) for one in done) == 2


async def test_one_person_does_not_open_and_close_them_all_day(
    country: Country, gov: Officer, clock: Clock
) -> None:
    for _ in range(MOST_OPENED_BY_ONE):
        made = await country.incident(by=gov, phase=Phase.PROVINCIAL)
        await incidents.close_incident(country.services, made.id, by=gov)
    with pytest.raises(OpenedTooMany):
        await country.incident(by=gov, phase=Phase.PROVINCIAL)
    other = await country.officer(Role.COMMUNICATOR, PROVINCE, name="other")
    await country.incident(by=other, phase=Phase.PROVINCIAL)
    clock.forward(days=1)
    await country.incident(by=gov, phase=Phase.PROVINCIAL)


async def test_one_person_does_not_raise_and_lower_an_incident_all_day(
    country: Country, gov: Officer, clock: Clock
) -> None:
    made = await country.incident(by=gov)
    change = incidents.change_phase
    for _ in range(MOST_CHANGES_BY_ONE // 2):
        await change(country.services, made.id, Phase.PROVINCIAL, by=gov)
        await change(country.services, made.id, Phase.MUNICIPAL, by=gov)
    with pytest.raises(ChangedPhaseTooOften):
        await change(country.services, made.id, Phase.PROVINCIAL, by=gov)
    other = await country.officer(Role.COMMUNICATOR, PROVINCE, name="other")
    await change(country.services, made.id, Phase.PROVINCIAL, by=other)
    await change(country.services, made.id, Phase.MUNICIPAL, by=gov)
    clock.forward(days=1)
    await change(country.services, made.id, Phase.PROVINCIAL, by=gov)


async def test_who_can_open_no_more_because_of_others_is_told_whom_to_call(
    country: Country,
) -> None:
    await opens(country, MINISTER, Phase.PROVINCIAL, MOST_OPEN[Phase.PROVINCIAL])
    with pytest.raises(TooManyIncidents) as refused:
        await country.incident(by=SECOND, phase=Phase.PROVINCIAL)
    assert f"Contact: {NATIONAL.called}" in str(refused.value)


async def test_a_town_under_as_many_as_there_may_be_alerts_after_as_many_words(
    desk: Desk, country: Country, gov: Officer
) -> None:
    await desk.registers_a_few()
    cora = await country.officer(Role.COMMUNICATOR, CITY, name="cora")
    luc = await country.officer(Role.APPROVER, CITY, name="luc")
    made = [
        *await opens(country, gov, Phase.PROVINCIAL, MOST_OPEN[Phase.PROVINCIAL]),
        *await opens(country, MINISTER, Phase.FEDERAL, MOST_OPEN[Phase.FEDERAL]),
    ]
    alert = await desk.drafts(by=cora)
    for one in made:
        with pytest.raises(SpeaksHigher):
            await desk.approves(alert, by=luc)
        by = gov if one.lead_authority == PROVINCE else MINISTER
        seen = alert.fingerprint()
        await incidents.exempt_alert(
            country.services, one.id, alert.id, seen=seen, by=by, reason="Water only, no danger"
        )
    assert (await desk.approves(alert, by=luc)).state is AlertState.APPROVED


async def test_an_incident_raised_again_and_again_is_told_once(
    desk: Desk, country: Country, gov: Officer
) -> None:
    dora = await country.officer(Role.DUTY_OFFICER, CITY, name="dora")
    made = await country.incident(by=gov, phase=Phase.PROVINCIAL)
    for _ in range(3):
        await incidents.change_phase(country.services, made.id, Phase.MUNICIPAL, by=gov)
        await incidents.change_phase(country.services, made.id, Phase.PROVINCIAL, by=gov)
    (notice,) = await inbox.list_unread(country.services, by=dora)
    await inbox.mark_read(country.services, notice.id, by=dora)
    assert await inbox.list_unread(country.services, by=dora) == []


async def test_notices_of_incidents_bury_none_of_alerts_nor_do_those_that_say_the_same(
    database: Database, clock: Clock
) -> None:
    services = make_services(database, clock)
    desk, country = Desk(services, clock), await Country(services).founded()
    writer = await country.officer(Role.COMMUNICATOR, PROVINCE, name="writer")
    one, other = [await desk.drafts(by=writer) for _ in range(2)]
    towns = services.gazetteer.place("60000").members[:60]
    async with services.unit() as unit:
        for alert, times in ((one, 1), (other, 60)):
            for _ in range(times):
                await inbox.notify(
                    services, unit, alert, {"writer"}, inbox.WAITS, officer="leen", channel="sms"
                )
        await inbox.notify(
            services, unit, other, {"writer"}, inbox.WAITS, officer="leen", channel="email"
        )
        for town in towns:
            made = await incident_rows.add(
                unit.connection,
                Incident(
                    title="Fire",
                    phase=Phase.FEDERAL,
                    area=(town,),
                    lead_authority=NATIONAL.code,
                    opened_by="minister",
                    opened_at=services.now(),
                ),
            )
            await inbox.notify_bound(services, unit, made, incidents.BOUND)
    unread = await inbox.list_unread(services, by=writer)
    assert [(found.alert_id, found.facts["channel"]) for found in unread if found.alert_id] == [
        (other.id, "email"),
        (other.id, "sms"),
        (one.id, "sms"),
    ]
    assert sum(found.incident_id is not None for found in unread) == 50
