"""Acts by somebody who has just read the alert, and what is under way beside it."""

from datetime import datetime
from typing import Any

from alerting.actions.alerts import approval, queries, scheduling, sending
from alerting.domain.alert import Alert, StepReason
from alerting.domain.officer import Officer
from alerting.services import Services


async def fingerprint(services: Services, number: int, *, by: Officer) -> str:
    """What the alert says now."""
    return (await queries.get_alert(services, number, by=by)).fingerprint()


async def approve(services: Services, number: int, *, by: Officer, **more: Any) -> Alert:
    """Approve it as it stands."""
    seen = await fingerprint(services, number, by=by)
    return await approval.approve(services, number, by=by, seen=seen, **more)


async def send(services: Services, number: int, *, by: Officer, **more: Any) -> Alert:
    """Send it as it stands."""
    seen = await fingerprint(services, number, by=by)
    more = {"accept_same": True, **more}
    return await sending.send(services, number, by=by, seen=seen, **more)


async def send_now(services: Services, number: int, *, by: Officer, reason: str) -> Alert:
    """Send it alone as it stands."""
    seen = await fingerprint(services, number, by=by)
    return await sending.send_with_break_glass(
        services, number, by=by, reason=reason, seen=seen, accept_same=True
    )


async def schedule(
    services: Services, number: int, at: datetime, *, by: Officer, **more: Any
) -> Alert:
    """Schedule it as it stands."""
    seen = await fingerprint(services, number, by=by)
    more = {"accept_same": True, **more}
    return await scheduling.schedule(
        services, number, at, by=by, seen=seen, reason=StepReason.AGREED, **more
    )


async def post(client: Any, path: str, body: dict[str, Any] | None = None) -> Any:
    """The same by the JSON API."""
    alert = (await client.get(path.rpartition("/")[0])).json()
    return await client.post(path, {"fingerprint": alert["fingerprint"], **(body or {})})
