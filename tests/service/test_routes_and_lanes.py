"""The whole service with two relays: failing over, giving way to what is urgent, stopping."""

import asyncio
from pathlib import Path

import pytest

from alerting.actions.alerts import drafting, stopping
from alerting.actions.alerts.drafting import DraftRequest
from alerting.domain.alert import AlertClass, AlertState, StepReason
from alerting.domain.delivery import State
from alerting.domain.language import Language
from alerting.store.deliveries import statistics
from alerting.store.recipients import repository as recipient_rows
from channels.sandbox.server import Sandbox
from tests import having_read
from tests.desk import DETAILS, JORIS, MILA
from tests.make import EUPEN, person
from tests.service.conftest import Running, serving, until
from tests.service.test_end_to_end import finished

PEOPLE = 300


@pytest.fixture
def two_relays(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    monkeypatch.setenv("EMAIL_ROUTES", "relay,second")
    for name, value in {
        "HOST": "127.0.0.1",
        "PORT": str(sandbox.ports.smtp2),
        "TLS": "none",
    }.items():
        monkeypatch.setenv(f"EMAIL_SECOND_{name}", value)
    return sandbox


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'service.db'}"


async def approved(service: Running, **preferred_channels: object) -> int:
    """An alert by e-mail that only waits to be sent."""
    async with service.services.unit() as unit:
        people = [
            person(serial, nis_code=EUPEN, language=Language.DE) for serial in range(1, PEOPLE + 1)
        ]
        await recipient_rows.save(unit.connection, unit.database, people)
    wanted = DraftRequest(
        scenario="chem_shelter",
        area=["Eupen"],
        values=DETAILS,
        channels=["email"],
        **preferred_channels,  # type: ignore[arg-type]
    )
    alert = await drafting.draft(service.services, wanted, by=MILA)
    await having_read.approve(service.services, alert.id, by=JORIS)
    return alert.id


async def handed_over(service: Running, number: int) -> int:
    async with service.services.reading() as reading:
        counts = await statistics.counts(reading.connection, number)
    return sum(one.n for one in counts if one.state is State.ACCEPTED)


async def test_when_one_relay_falls_everyone_is_reached_by_the_other(
    two_relays: Sandbox, database_url: str
) -> None:
    two_relays.faults.change({"smtp": {"down": True}})
    async with serving(database_url=database_url) as service:
        number = await approved(service)
        await having_read.send(service.services, number, by=MILA)
        ended = await finished(service, number)
        async with service.services.reading() as reading:
            by = {
                one.route: one.n
                for one in await statistics.route_outcomes(reading.connection, number)
            }
    assert ended == {"email": {State.ACCEPTED: PEOPLE}}
    assert by == {"second": PEOPLE}
    assert two_relays.inbox.of("smtp2").distinct == PEOPLE
    assert two_relays.inbox.smtp.received == 0


async def test_an_emergency_overtakes_an_exercise_that_is_under_way(
    sandbox: Sandbox, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMAIL_PER_SECOND", "100")
    async with serving(database_url=database_url) as service:
        exercise = await approved(service, alert_class=AlertClass.EXERCISE)
        emergency = await approved(service)
        await having_read.send(service.services, exercise, by=MILA)
        await until(lambda: sandbox.inbox.smtp.distinct >= 20)
        await having_read.send(service.services, emergency, by=MILA)
        await finished(service, emergency)
        order = [f"<{emergency}." in one.key for one in sandbox.inbox.smtp.messages]
        began = order.index(True)
        # What the exercise was just handing over.
        assert order[began : began + PEOPLE + 20].count(True) == PEOPLE
        assert (await finished(service, exercise)) == {"email": {State.ACCEPTED: PEOPLE}}


async def test_a_stop_takes_hold_at_once_and_resuming_sends_the_rest_and_only_the_rest(
    sandbox: Sandbox, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMAIL_PER_SECOND", "100")
    async with serving(database_url=database_url) as service:
        number = await approved(service)
        await having_read.send(service.services, number, by=MILA)
        await until(lambda: sandbox.inbox.smtp.distinct >= 20)
        await stopping.stop(service.services, number, by=JORIS, reason=StepReason.FAULT)
        seen = sandbox.inbox.smtp.distinct
        async with asyncio.timeout(10):
            while (now := await handed_over(service, number)) != sandbox.inbox.smtp.distinct:
                await asyncio.sleep(0.05)
        # A fifth of a second until every worker has heard of it, and what was taken ahead.
        assert now <= seen + 100
        assert now < PEOPLE
        resumed = await stopping.resume(service.services, number, by=MILA, reason=StepReason.MENDED)
        assert resumed.state is AlertState.SENDING
        assert await finished(service, number) == {"email": {State.ACCEPTED: PEOPLE}}
    assert sandbox.inbox.smtp.received == sandbox.inbox.smtp.distinct == PEOPLE
