"""Queue jobs of a few lines each: they take ids, and running one twice is harmless."""

from functools import partial
from typing import TYPE_CHECKING, Any, TypedDict, cast

from alerting.actions.alerts import calls, scheduling, sending
from alerting.actions.operations import archiving, retention
from alerting.delivery import planning, recovery
from alerting.delivery.dispatcher import Dispatcher
from alerting.delivery.turn_semaphore import TurnSemaphore
from alerting.domain.alert import Precedence
from alerting.domain.jobs import SendChunk
from alerting.rounds import steps_apart
from alerting.services import Services

if TYPE_CHECKING:  # loaded where a worker has a folder
    from alerting.actions.public.publishing import Publisher


class Context(TypedDict):
    """What arq hands to every job of ours."""

    services: Services
    dispatcher: Dispatcher
    planners: TurnSemaphore
    publisher: "Publisher | None"
    """None where this worker has no public folder."""


async def plan_channel(context: dict[Any, Any], alert: int, channel: str) -> None:
    """Plan one channel of an alert."""
    ours = _ours(context)
    await planning.plan_channel(ours["services"], channel, alert, ours["planners"])


async def send_chunk(
    context: dict[Any, Any], alert: int, channel: str, chunk: int, precedence: int
) -> None:
    """Have a chunk sent beside other work: the job itself ends at once, and nothing waits for it.

    Where this worker has no room for it, one that has finds the chunk: see `Dispatcher.fill`.
    """
    job = SendChunk(alert, channel, chunk, Precedence(precedence))
    _ours(context)["dispatcher"].start(job)


async def publish(context: dict[Any, Any], publication: int) -> None:
    """Have published what waits, beside other work: the job itself ends at once."""
    if (publisher := _ours(context)["publisher"]) is not None:
        publisher.woken.set()


async def sweep(context: dict[Any, Any]) -> None:
    """Send what is scheduled, have planned what is not, close what is done."""
    await run_due_work(_ours(context)["services"])


async def delete_old(context: dict[Any, Any]) -> None:
    """Delete what was kept long enough."""
    await retention.delete_expired(_ours(context)["services"])


async def archive_old(context: dict[Any, Any]) -> None:
    """Archive deliveries that were kept long enough."""
    await archiving.archive_old(_ours(context)["services"])


async def run_due_work(services: Services) -> None:
    """All that is due by the clock, by the database alone: no provider is waited for here."""
    await steps_apart(
        partial(scheduling.send_due, services),
        partial(recovery.recover_alerts, services),
        partial(calls.remind_of_approvals, services),
        partial(sending.remind_of_reviews, services),
    )


def _ours(context: dict[Any, Any]) -> Context:
    return cast("Context", context)
