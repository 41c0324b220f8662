"""Whom each channel of a sending reaches, and how urgently."""

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.delivery import authorities
from alerting.domain.alert import Alert, Precedence
from alerting.domain.channel import AnyChannel
from alerting.domain.channel_accounts import NOTHING_USABLE, WITH_ACCOUNTS, usable
from alerting.domain.channel_profiles import Reach, reach_of
from alerting.domain.errors import NoChannelAccount
from alerting.domain.language import Language
from alerting.domain.sending import Sending
from alerting.services import Services
from alerting.store.authorities import accounts as authority_account_rows
from alerting.store.deliveries.criteria import Criteria


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
        may_use = usable(owner, reach, {channel_account.account for channel_account in rows})
    if reach is Reach.NEWSROOM:  # each covers a place of any kind
        area = tuple(sorted({*area, *services.gazetteer.around(area)}))
        inside = may_use.territory | services.gazetteer.inside(may_use.territory)
        may_use = replace(may_use, territory=inside)
    return Criteria(channel.name, reach, area, languages, may_use)


async def left_out(
    services: Services, connection: AsyncConnection, authority: str, channels: Collection[str]
) -> dict[str, NoChannelAccount]:
    """Channel -> why nothing is posted there in the name of an authority: it has no account."""
    missing = {}
    for name in channels:
        channel = services.channels.get(name)
        if channel is None or reach_of(name) is not Reach.ACCOUNT:
            continue
        wanted_criteria = await criteria_of(
            services, connection, authority, channel, area=(), languages=()
        )
        if not wanted_criteria.may_use.accounts:
            owner = await authorities.authority(services, connection, authority)
            missing[name] = NoChannelAccount(authority=owner.called, channel=name)
    return missing


def precedence_of(sent: Alert | Sending, channel: AnyChannel) -> Precedence:
    """Its own; to newsrooms routine, so that no mail to people waits behind theirs."""
    newsroom = reach_of(channel.name) is Reach.NEWSROOM
    return Precedence.ROUTINE if newsroom else sent.precedence
