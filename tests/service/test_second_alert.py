"""While a paced alert to many is under way, the next alert's first message is at once on its way.

Counted in messages and not in seconds: no more of the first may come between than the pace lets
through in the two seconds that are promised.
"""

from pathlib import Path

import pytest

from alerting.actions.alerts import drafting, follow_ups
from alerting.actions.alerts.drafting import DraftRequest
from alerting.domain.alert import Alert, FollowUp
from alerting.domain.language import Language
from alerting.store.recipients import repository as recipient_rows
from channels.sandbox.server import Sandbox
from tests import having_read
from tests.desk import DETAILS, JORIS, MILA
from tests.make import EUPEN, LIEGE, person
from tests.service.conftest import Running, serving, until

PEOPLE = 600
PER_SECOND = 20
PROMISED = 2 * PER_SECOND
"""Messages the pace lets through in two seconds."""


@pytest.fixture(params=["embedded", pytest.param("valkey", marks=pytest.mark.redis)])
def queue_url(request: pytest.FixtureRequest) -> str:
    return "" if request.param == "embedded" else str(request.getfixturevalue("redis_url"))


async def approved(service: Running, area: str) -> Alert:
    wanted = DraftRequest(scenario="chem_shelter", area=[area], values=DETAILS, channels=["sms"])
    alert = await drafting.draft(service.services, wanted, by=MILA)
    return await having_read.approve(service.services, alert.id, by=JORIS)


async def between(sandbox: Sandbox, service: Running, alert: Alert) -> int:
    """Send an alert: how many messages of others come before its first."""

    def keys() -> list[str]:
        return [one.key for one in sandbox.inbox.twilio.messages]

    def own() -> list[int]:
        return [at for at, key in enumerate(keys()) if key.startswith(f"{alert.id}.")]

    await having_read.send(service.services, alert.id, by=MILA)
    seen = len(keys())
    await until(lambda: bool(own()))
    return own()[0] - seen


async def test_a_town_and_a_retraction_wait_for_no_national_alert(
    sandbox: Sandbox, tmp_path: Path, queue_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMS_PER_SECOND", str(PER_SECOND))
    url = f"sqlite+aiosqlite:///{tmp_path / 'service.db'}"
    async with serving(database_url=url, redis_url=queue_url) as service:
        async with service.services.unit() as unit:
            many = [person(serial, nis_code=LIEGE) for serial in range(1, PEOPLE + 1)]
            town = [
                person(serial, nis_code=EUPEN, language=Language.DE)
                for serial in range(PEOPLE + 1, PEOPLE + 11)
            ]
            await recipient_rows.save(unit.connection, unit.database, [*many, *town])
        nation, second, third = [await approved(service, area) for area in (LIEGE, EUPEN, LIEGE)]
        await having_read.send(service.services, nation.id, by=MILA)
        await until(lambda: sandbox.inbox.twilio.distinct >= PER_SECOND)
        assert await between(sandbox, service, second) <= PROMISED
        assert await between(sandbox, service, third) <= PROMISED
        wanted = follow_ups.FollowUpRequest(how=FollowUp.FALSE_ALERT, reason="No danger: checked")
        retraction = await follow_ups.create_follow_up(service.services, nation.id, wanted, by=MILA)
        await having_read.approve(service.services, retraction.id, by=JORIS)
        assert await between(sandbox, service, retraction) <= PROMISED
