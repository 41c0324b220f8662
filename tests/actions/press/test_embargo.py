"""Nothing of a release is public before its time by the clock of the database."""

import asyncio
from datetime import timedelta

import pytest

from alerting.actions.press import publishing, queries, writing
from alerting.actions.press.writing import ReleaseChanges
from alerting.domain.errors import ClocksDiffer, EmbargoPassed, NotFound, WaitsForEmbargo
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Role
from alerting.domain.press.release import Release
from alerting.domain.press.states import ReleaseState
from alerting.store import Database
from tests.desk import Desk
from tests.doubles import Clock
from tests.make import make_services
from tests.press_office import LEEN, PIA, PressOffice, newsroom

SOON = timedelta(milliseconds=400)


@pytest.fixture
async def office(database: Database, clock: Clock) -> PressOffice:
    office = PressOffice(Desk(make_services(database, clock), clock))
    await office.desk.registers(newsroom("le-pays"))
    return office


async def approved(office: PressOffice, *, within: timedelta) -> Release:
    await office.sets_clock()
    until = await office.now() + within
    draft = await office.writes(embargo_until=until)
    return await office.approves(await office.submits(draft))


async def until_public(office: PressOffice, release: Release) -> Release:
    """Wait as a worker does."""
    while (found := await office.reads(release)).released_at is None:
        await publishing.keep_lifting(office.services)
    return found


async def test_it_becomes_public_at_its_time_and_is_mailed_then(office: PressOffice) -> None:
    release = await approved(office, within=SOON)
    armed = await office.arms(release)
    with pytest.raises(NotFound):
        await queries.get_release(office.services, armed.id, by=Officer("ada", Role.AUDITOR))
    assert await office.mailed() == []
    public = await until_public(office, armed)
    assert public.released_at is not None
    assert armed.embargo_until is not None
    assert public.released_at >= armed.embargo_until
    assert await office.state(public) is ReleaseState.RELEASED
    ((name, _),) = await office.mailed()
    assert name == "le-pays"
    await queries.get_release(office.services, armed.id, by=Officer("ada", Role.AUDITOR))


async def test_a_worker_whose_clock_is_ahead_publishes_nothing(office: PressOffice) -> None:
    armed = await office.arms(await approved(office, within=timedelta(minutes=4)))
    await office.sets_clock(timedelta(minutes=5))
    for _ in range(3):
        assert await publishing.lift_due(office.services) > 0
        await office.desk.sweeps()
    assert (await office.reads(armed)).released_at is None
    assert await office.mailed() == []


@pytest.mark.parametrize("ahead", [timedelta(seconds=-3), timedelta(seconds=3)])
async def test_nothing_is_armed_where_the_clocks_differ(
    office: PressOffice, ahead: timedelta
) -> None:
    release = await approved(office, within=timedelta(minutes=4))
    await office.sets_clock(ahead)
    with pytest.raises(ClocksDiffer):
        await office.arms(release)
    assert await office.state(release) is ReleaseState.APPROVED


async def test_a_time_that_has_passed_is_no_embargo(office: PressOffice) -> None:
    release = await approved(office, within=timedelta(seconds=-1))
    with pytest.raises(EmbargoPassed):
        await office.arms(release)
    assert (await office.publishes(release)).released_at is not None


async def test_it_is_lifted_early_with_a_reason_only(office: PressOffice) -> None:
    armed = await office.arms(await approved(office, within=timedelta(minutes=4)))
    disarmed = await publishing.disarm_release(
        office.services, armed.id, by=PIA, reason="The minister speaks later"
    )
    with pytest.raises(WaitsForEmbargo):
        await office.publishes(disarmed)
    lifted = await publishing.lift_early(
        office.services, armed.id, by=LEEN, seen=armed.fingerprint(), reason="It is in the papers"
    )
    assert lifted.released_at is not None
    assert [name for name, _ in await office.mailed()] == ["le-pays"]


async def test_an_edit_disarms(office: PressOffice) -> None:
    armed = await office.arms(await approved(office, within=SOON))
    changes = ReleaseChanges(revision=armed.revision, texts={Language.FR: {"subtitle": "Encore"}})
    draft = await writing.save_release(office.services, armed.id, changes, by=PIA)
    assert (draft.armed_at, draft.approver, draft.messages) == (None, "", ())
    assert armed.embargo_until is not None
    while await office.now() < armed.embargo_until + SOON:
        await publishing.keep_lifting(office.services)
    assert (await office.reads(armed)).released_at is None


async def test_several_workers_publish_it_once(office: PressOffice) -> None:
    armed = await office.arms(await approved(office, within=SOON))

    async def worker() -> None:
        await until_public(office, armed)

    await asyncio.gather(*(worker() for _ in range(4)))
    told = await office.desk.ledger()
    assert told.count("release.published") == 1
    assert len(await office.mailed()) == 1
