"""An alert that was sent becomes the deliveries it needs, once each, in slices.

The first slice is small, so that the first message leaves while the rest is still being planned.
"""

from alerting.domain.alert import Alert, Lane
from alerting.domain.channel import AnyChannel, Reach
from alerting.domain.errors import ChannelOff
from alerting.services import Services
from alerting.store.alerts import repository as alerts
from alerting.store.deliveries import planning
from alerting.store.deliveries.planning import Criteria

FIRST_SLICE = 500
SLICE = 20_000
WAKES = 16
"""Chunks of a slice that are woken by name: whoever sends one goes on with the others."""


def criteria(alert: Alert, channel: AnyChannel) -> Criteria:
    """Whom one channel of an alert reaches."""
    return Criteria(
        channel=channel.name,
        reach=channel.limits.reach,
        area=alert.area,
        languages=alert.spoken_on(channel.name),
    )


def lane_of(alert: Alert, channel: AnyChannel) -> Lane:
    """Press mail can wait for an emergency; people at risk cannot wait for the press."""
    return Lane.ROUTINE if channel.limits.reach is Reach.NEWSROOM else alert.lane


async def plan(services: Services, channel_name: str, alert_id: int) -> None:
    """Plan one channel of an alert to its end. Running it twice, or at once, is harmless."""
    channel = services.channels.get(channel_name)
    if channel is None:
        raise ChannelOff(channel=channel_name)
    async with services.reading() as reading:
        alert = await alerts.load(reading.connection, alert_id)
    wanted = criteria(alert, channel)
    lane = lane_of(alert, channel)
    size = FIRST_SLICE
    finished = False
    while not finished:
        async with services.unit() as unit:
            if not await alerts.hold_sending(unit.connection, alert_id):
                return  # stopped, or replaced
            if wanted.reach is Reach.ACCOUNT:
                await planning.ensure_accounts(
                    unit.connection, unit.database, channel_name, wanted.languages
                )
            made = await planning.plan_slice(
                unit.connection,
                unit.database,
                alert=alert_id,
                criteria=wanted,
                at_most=size,
                chunk_size=channel.limits.chunk,
                lane=lane,
                now=services.now(),
            )
            for chunk_id in made.chunks[:WAKES]:
                unit.after_commit("send", channel_name, chunk_id, lane=lane)
        finished = made.finished
        size = SLICE
