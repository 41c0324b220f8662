"""An alert that was sent becomes the deliveries it needs, once each, in slices.

The first slice is small, so that the first message leaves while the rest is still being planned.
"""

from collections.abc import Collection
from contextlib import nullcontext
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.delivery import authorities
from alerting.delivery.turn_semaphore import TurnSemaphore
from alerting.domain.alert import Alert, FollowUp, Precedence
from alerting.domain.channel import AnyChannel
from alerting.domain.channel_accounts import NOTHING_USABLE, WITH_ACCOUNTS, usable
from alerting.domain.channel_profiles import Reach, reach_of
from alerting.domain.errors import ChannelOff, NoChannelAccount
from alerting.domain.jobs import SendChunk
from alerting.domain.language import Language
from alerting.domain.turns import Turn
from alerting.services import Services
from alerting.store.alerts import repository as alert_rows
from alerting.store.authorities import accounts as authority_account_rows
from alerting.store.deliveries import planning as planning_rows
from alerting.store.deliveries.planning import Criteria, Earlier

FIRST_SLICE = 500
SLICE = 20_000
WAKES = 16
"""Jobs queued for a slice: whoever sends one of its chunks goes on with the others."""


async def criteria(
    services: Services, connection: AsyncConnection, alert: Alert, channel: AnyChannel
) -> Criteria:
    """Whom one channel of an alert reaches."""
    languages = alert.spoken_on(channel.name)
    return await criteria_of(
        services, connection, alert.authority, channel, area=alert.area, languages=languages
    )


async def criteria_of(
    services: Services,
    connection: AsyncConnection,
    authority: str,
    channel: AnyChannel,
    *,
    area: tuple[str, ...],
    languages: tuple[Language, ...],
) -> Criteria:
    """Whom a channel reaches for an authority.

    The one place where it is looked up which accounts and newsrooms that authority may use: for
    previews, for approving, and for sending.
    """
    reach = reach_of(channel.name)
    may_use = NOTHING_USABLE
    if reach in WITH_ACCOUNTS:
        owner = await authorities.authority(services, connection, authority)
        rows = await authority_account_rows.living(connection, authority, {channel.name})
        may_use = usable(owner, reach, {one.account for one in rows})
    return Criteria(channel.name, reach, area, languages, may_use)


async def left_out(
    services: Services, connection: AsyncConnection, authority: str, channels: Collection[str]
) -> dict[str, NoChannelAccount]:
    """Channel -> why nothing is posted there in the name of an authority: it has no account."""
    found = {}
    for name in channels:
        channel = services.channels.get(name)
        if channel is None or reach_of(name) is not Reach.ACCOUNT:
            continue
        wanted = await criteria_of(services, connection, authority, channel, area=(), languages=())
        if not wanted.may_use.accounts:
            owner = await authorities.authority(services, connection, authority)
            found[name] = NoChannelAccount(authority=owner.called, channel=name)
    return found


def precedence_of(alert: Alert, channel: AnyChannel) -> Precedence:
    """That of the alert; to newsrooms routine, so that no mail to people waits behind theirs."""
    newsroom = reach_of(channel.name) is Reach.NEWSROOM
    return Precedence.ROUTINE if newsroom else alert.precedence


async def plan_channel(
    services: Services, channel_name: str, alert_id: int, turns: TurnSemaphore | None = None
) -> None:
    """Plan one channel of an alert to its end. Running it twice, or at once, is harmless.

    `turns`: where others are planned in the same process, each slice waits for its turn there.
    """
    channel = services.channels.get(channel_name)
    if channel is None:
        raise ChannelOff(channel=channel_name)
    async with services.reading() as reading:
        alert = await alert_rows.load(reading.connection, alert_id)
        wanted = await criteria(services, reading.connection, alert, channel)
        use = alert.approved_use.get(channel_name, wanted.may_use)
        if await planning_rows.number_beyond(reading.connection, wanted, use):
            wanted = replace(wanted, may_use=use)  # more was given between the sending and this
        earlier = await _followed(reading.connection, alert)
    if alert.filled_at is None:
        # Before any slice, and apart: two channels that plan at once both hold the alert.
        async with services.unit() as unit:
            await alert_rows.fill(unit.connection, alert_id, at=services.now())
    precedence = precedence_of(alert, channel)
    turn = Turn(precedence, alert_id)
    size = FIRST_SLICE
    finished = False
    while not finished:
        async with turns.held(turn) if turns else nullcontext(), services.unit() as unit:
            if not await alert_rows.hold_sending(unit.connection, alert_id):
                return  # stopped, or replaced
            if wanted.reach is Reach.ACCOUNT:
                await planning_rows.ensure_accounts(unit.connection, unit.database, wanted)
            made = await planning_rows.plan_slice(
                unit.connection,
                unit.database,
                alert=alert_id,
                criteria=wanted,
                at_most=size,
                chunk_size=channel.limits.chunk,
                precedence=precedence,
                now=services.now(),
                earlier=earlier,
            )
            for chunk_id in made.chunks[:WAKES]:
                unit.after_commit(SendChunk(alert_id, channel_name, chunk_id, precedence))
        finished = made.finished
        size = SLICE


async def _followed(connection: AsyncConnection, alert: Alert) -> Earlier | None:
    """What an alert follows, and whether it takes that back or ends it."""
    if alert.previous_alert is None:
        return None
    taken_back = alert.follow_up in {FollowUp.ALL_CLEAR, FollowUp.FALSE_ALERT}
    return await planning_rows.earlier_alerts(
        connection, alert.previous_alert, taken_back=taken_back
    )
