"""Routes over the API, and receipts to the route they belong to."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx2
import pytest

from alerting.domain.channel import Callback, InProgress, InvalidSignature, Receipt, Tracking
from alerting.domain.officer import Role
from alerting.services import Services
from alerting.settings import Settings
from alerting.store import Database
from alerting.web.app import create_app
from alerting.web.provider_callbacks import ProviderCallbacks
from tests.doubles import Clock, ScriptedChannel
from tests.make import make_services
from tests.server import nothing_beside
from tests.web.conftest import AsRole


@dataclass
class SignedChannel(ScriptedChannel):
    """Believes what carries its own name."""

    def read_receipt(self, callback: Callback) -> Receipt | InvalidSignature | None:
        mine = callback.headers.get("signed-by") == self.route
        return InProgress("1.sms.1", "SM1") if mine else InvalidSignature("wrong signature")


@pytest.fixture
async def services(sqlite: Database, clock: Clock) -> AsyncIterator[Services]:
    sms = [SignedChannel("sms", Tracking.RECEIPTS, route=name) for name in ("twilio", "gateway")]
    made = make_services(sqlite, clock, routes={"sms": sms, "email": [ScriptedChannel()]})
    yield made
    await made.speller.aclose()


@pytest.fixture
async def client(services: Services) -> AsyncIterator[httpx2.AsyncClient]:
    app = ProviderCallbacks(create_app(services, Settings(), alongside=nothing_beside), services)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://alerting.test") as client:
        yield client


@pytest.mark.parametrize(
    ("path", "signer", "status"),
    [
        ("sms", "twilio", 204),
        ("sms", "gateway", 403),
        ("sms/twilio", "twilio", 204),
        ("sms/gateway", "gateway", 204),
        ("sms/gateway", "twilio", 403),
        ("sms/other", "twilio", 404),
        ("sms/", "twilio", 404),
        ("sms/gateway/more", "gateway", 404),
        ("fax", "twilio", 404),
        ("", "twilio", 404),
    ],
)
async def test_a_receipt_is_read_by_the_route_its_address_names(
    client: httpx2.AsyncClient, path: str, signer: str, status: int
) -> None:
    answer = await client.post(f"/receipts/{path}", headers={"signed-by": signer})
    assert answer.status_code == status


async def test_routes_are_listed_and_decided_on(
    services: Services, client: httpx2.AsyncClient
) -> None:
    august = AsRole(services, client, Role.AUDITOR)
    found = (await august.get("/api/routes")).json()
    assert [(one["channel"], one["route"], one["share"]) for one in found] == [
        ("sms", "twilio", 0.5),
        ("sms", "gateway", 0.5),
        ("email", "main", 1.0),
    ]
    ada = AsRole(services, client, Role.ADMINISTRATOR)
    wish = {"decision": "off", "reason": "Maintenance"}
    answer = await ada.post("/api/routes/sms/twilio", json=wish)
    assert answer.status_code == 200
    assert [(one["route"], one["share"], one["decided_by"]) for one in answer.json()] == [
        ("twilio", 0.0, "ada"),
        ("gateway", 1.0, ""),
    ]
    assert (await august.post("/api/routes/sms/twilio", json=wish)).status_code == 403
    assert (await ada.post("/api/routes/sms/other", json=wish)).status_code == 404
    for wrong in ({"decision": "off"}, {"decision": "perhaps", "reason": "a reason in words"}):
        assert (await ada.post("/api/routes/sms/twilio", json=wrong)).status_code == 422
