"""Who signs in at one web process is known to the others; one for receipts serves nothing else."""

import httpx2
from fastapi import FastAPI

from alerting.actions.accounts import magic_links
from alerting.services import Services
from alerting.settings import Settings
from alerting.web.app import create_app
from alerting.web.provider_callbacks import ProviderCallbacks
from tests.desk import JORIS, Desk
from tests.server import nothing_beside
from tests.web.console import OURS


def at(app: object) -> httpx2.AsyncClient:
    """A client of one process."""
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app),  # type: ignore[arg-type]
        base_url="http://console.test",
        headers=OURS,
    )


def web(services: Services) -> FastAPI:
    return create_app(services, Settings(interface_language="en"), alongside=nothing_beside)


async def test_a_session_of_one_process_holds_at_the_other(desk: Desk) -> None:
    await desk.drafts()
    secret = await magic_links.make_link(desk.services, JORIS)
    async with at(web(desk.services)) as one, at(web(desk.services)) as other:
        await one.post("/sign-in", data={"secret": secret})
        other.cookies = one.cookies
        assert (await other.get("/alerts/1")).status_code == 200
        await other.post("/sign-out")
        assert (await one.get("/alerts/1")).status_code != 200


async def test_one_for_receipts_has_no_page_and_no_api(desk: Desk) -> None:
    app = create_app(desk.services, Settings(), alongside=nothing_beside, only_receipts=True)
    async with at(ProviderCallbacks(app, desk.services)) as client:
        assert (await client.get("/health")).json() == {"status": "ok"}
        for path in ("/", "/sign-in", "/api/me", "/alerts/1"):
            assert (await client.get(path)).status_code == 404, path
        receipt = await client.post("/receipts/sms/main", data={"MessageStatus": "delivered"})
        assert receipt.status_code == 204  # taken, by the channel whose route it names
