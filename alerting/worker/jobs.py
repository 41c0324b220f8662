"""Queue jobs, each a door of a few lines: they take ids, and running one twice is harmless."""

from typing import Any, TypedDict, cast

from alerting.actions.alerts import scheduling, sending
from alerting.actions.operations import retention
from alerting.actions.staff_notifications import inbox as notices
from alerting.delivery import planning, recovery
from alerting.delivery.dispatcher import Dispatcher
from alerting.domain.alert import Lane
from alerting.services import Services


class Context(TypedDict):
    """What arq hands to every job of ours."""

    services: Services
    dispatcher: Dispatcher
    lane: Lane


async def plan(context: dict[Any, Any], channel: str, alert_id: int) -> None:
    """Plan one channel of an alert."""
    await planning.plan(_ours(context)["services"], channel, alert_id)


async def send(context: dict[Any, Any], channel: str, chunk_id: int) -> None:
    """Send what is due of one chunk."""
    ours = _ours(context)
    await ours["dispatcher"].send(chunk_id, channel, ours["lane"])


async def sweep(context: dict[Any, Any]) -> None:
    """Send what is scheduled, wake what is due, close what is done."""
    ours = _ours(context)
    await tidy(ours["services"], ours["dispatcher"])


async def delete_old(context: dict[Any, Any]) -> None:
    """Delete what was kept long enough."""
    await retention.sweep(_ours(context)["services"])


async def tidy(services: Services, dispatcher: Dispatcher) -> None:
    """All that is due by the clock."""
    await scheduling.send_due(services)
    await sending.remind_of_reviews(services)
    await notices.post(services)
    await recovery.sweep(services, dispatcher.roads)


def _ours(context: dict[Any, Any]) -> Context:
    return cast("Context", context)
