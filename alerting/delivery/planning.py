"""What is sent becomes the deliveries it needs, once each, in slices.

The first slice is small, so that the first message leaves while the rest is still being planned.
"""

from contextlib import nullcontext

from alerting.delivery.contents import audience_of, fill_hour
from alerting.delivery.turn_semaphore import TurnSemaphore
from alerting.domain.errors import ChannelOff
from alerting.domain.jobs import SendChunk
from alerting.domain.turns import Turn
from alerting.services import Services
from alerting.store import sendings as sending_rows
from alerting.store.deliveries import planning as planning_rows
from alerting.store.deliveries.criteria import ON_NO_LIST

FIRST_SLICE = 500
SLICE = 20_000
FEW_SLICES = 2
"""After more, tables have grown by so much that the database looks at them anew."""
WAKES = 16
"""Jobs queued for a slice: whoever sends one of its chunks goes on with the others."""


async def plan_channel(
    services: Services, channel_name: str, sending_id: int, turns: TurnSemaphore | None = None
) -> None:
    """Plan one channel of a sending to its end. Running it twice, or at once, is harmless.

    `turns`: where others are planned in the same process, each slice waits for its turn there.
    """
    channel = services.channels.get(channel_name)
    if channel is None:
        raise ChannelOff(channel=channel_name)
    async with services.reading() as reading:
        sending = await sending_rows.load(reading.connection, sending_id)
        audience = await audience_of(services, reading.connection, sending, channel)
    if audience.hour_missing:
        # Before any slice, and apart: no other channel waits for it while a slice is planned.
        async with services.unit() as unit:
            await fill_hour(unit.connection, sending, at=services.now())
    criteria, precedence = audience.criteria, audience.precedence
    turn = Turn(precedence, sending_id)
    size = FIRST_SLICE
    finished, slices = False, 0
    while not finished:
        async with turns.held(turn) if turns else nullcontext(), services.unit() as unit:
            if not await sending_rows.hold_sending(unit.connection, sending_id):
                return  # stopped, or replaced
            if criteria.reach in ON_NO_LIST:
                await planning_rows.ensure_entries(unit.connection, unit.database, criteria)
            slice_ = await planning_rows.plan_slice(
                unit.connection,
                unit.database,
                sending_id=sending_id,
                criteria=criteria,
                at_most=size,
                chunk_size=channel.limits.chunk,
                precedence=precedence,
                now=services.now(),
                earlier=audience.earlier,
            )
            for chunk_id in slice_.chunks[:WAKES]:
                unit.after_commit(SendChunk(sending_id, channel_name, chunk_id, precedence))
        finished = slice_.finished
        size = SLICE
        slices += 1
    if slices > FEW_SLICES:
        await planning_rows.note_growth(services.database)
