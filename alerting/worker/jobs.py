"""Queue jobs, each a door of a few lines: they take ids, and running one twice is harmless."""

from typing import Any, TypedDict, cast

from alerting.delivery import plan as planning
from alerting.delivery import recovery
from alerting.delivery.dispatch import Dispatcher
from alerting.services import Services


class Context(TypedDict):
    """What arq hands to every job of ours."""

    services: Services
    dispatcher: Dispatcher


async def plan(context: dict[Any, Any], channel: str, alert_id: int) -> None:
    """Plan one channel of an alert."""
    await planning.plan(_ours(context)["services"], channel, alert_id)


async def send(context: dict[Any, Any], channel: str, chunk_id: int) -> None:
    """Send what is due of one chunk; the channel only chose the queue."""
    await _ours(context)["dispatcher"].send(chunk_id)


async def sweep(context: dict[Any, Any]) -> None:
    """Wake what is due and close what is done."""
    await recovery.sweep(_ours(context)["services"])


def _ours(context: dict[Any, Any]) -> Context:
    return cast("Context", context)
