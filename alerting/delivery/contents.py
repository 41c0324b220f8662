"""What the engine asks of each kind of sending: what it says, and to whom.

Whoever adds a kind adds a line to `CONTENTS`, beside its facts in `domain.sending`. Nothing else of
the engine knows what it is that is sent.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.delivery.audiences import criteria, criteria_of, precedence_of
from alerting.domain.alert import FollowUp, Precedence
from alerting.domain.channel import AnyChannel
from alerting.domain.channel_profiles import Reach
from alerting.domain.copies import is_marked_copy
from alerting.domain.errors import Changed
from alerting.domain.exercise_marks import marked
from alerting.domain.message import Message
from alerting.domain.sending import Sending, SendingKind
from alerting.services import Services
from alerting.store import copies as copy_rows
from alerting.store.accounts import repository as account_rows
from alerting.store.alerts import repository as alert_rows
from alerting.store.deliveries import planning as planning_rows
from alerting.store.deliveries.criteria import Criteria
from alerting.store.deliveries.follow_up_planning import Earlier, earlier_alerts
from alerting.store.press import releases as release_rows


@dataclass(frozen=True, slots=True)
class Content:
    """What one sending says on one channel."""

    fingerprint: str
    """Of all that somebody vouched for, as it stands now."""
    messages: tuple[Message, ...]
    """Of this channel, as they leave."""
    route: str = ""
    """The only route they may take; empty: whichever is well."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom one channel of a sending reaches."""

    criteria: Criteria
    precedence: Precedence
    earlier: Earlier | None
    """What it follows."""
    hour_missing: bool = False
    """Its texts say when it was sent, and no hour is stored yet."""


@dataclass(frozen=True, slots=True)
class KindContent:
    """How the content of one kind is found."""

    said: Callable[[AsyncConnection, Sending, str], Awaitable[Content]]
    """What it says on a channel, by name."""
    audience: Callable[[Services, AsyncConnection, Sending, AnyChannel], Awaitable[Audience]]
    fill: Callable[[AsyncConnection, int, datetime], Awaitable[object]]
    """Store the hour its texts say, where none is stored and it is being sent."""


async def content_to_send(connection: AsyncConnection, sending: Sending, channel: str) -> Content:
    """What is said on one channel. Changed where they are not what was approved.

    Nor, whatever was approved, where a mark for the hour of sending is left, or that of an exercise
    is missing.
    """
    content = await CONTENTS[sending.kind].said(connection, sending, channel)
    fit = all(
        not message.waits_for_sending and marked(message, sending.sending_class)
        for message in content.messages
    )
    if not fit or not sending.is_as_approved(content.fingerprint):
        raise Changed(alert=sending.id)
    return content


async def audience_of(
    services: Services, connection: AsyncConnection, sending: Sending, channel: AnyChannel
) -> Audience:
    """Whom one channel reaches."""
    return await CONTENTS[sending.kind].audience(services, connection, sending, channel)


async def fill_hour(connection: AsyncConnection, sending: Sending, *, at: datetime) -> None:
    """Store the hour its texts say, unless one is stored, or it is not being sent."""
    await CONTENTS[sending.kind].fill(connection, sending.id, at)


async def _said_by_alert(connection: AsyncConnection, sending: Sending, channel: str) -> Content:
    alert = await alert_rows.load(connection, sending.id)
    # Its hour of sending was stored before its first slice was planned.
    messages = alert.as_sent().messages
    return Content(
        alert.fingerprint(), tuple(message for message in messages if message.channel == channel)
    )


async def _reached_by_alert(
    services: Services, connection: AsyncConnection, sending: Sending, channel: AnyChannel
) -> Audience:
    alert = await alert_rows.load(connection, sending.id)
    wanted = await criteria(services, connection, alert, channel)
    use = alert.approved_use.get(channel.name, wanted.may_use)
    if await planning_rows.number_beyond(connection, wanted, use):
        wanted = replace(wanted, may_use=use)  # more was given between the sending and this
    earlier = None
    if sending.previous_sending is not None:
        taken_back = alert.follow_up in {FollowUp.ALL_CLEAR, FollowUp.FALSE_ALERT}
        earlier = await earlier_alerts(connection, sending.previous_sending, taken_back=taken_back)
    return Audience(wanted, precedence_of(sending, channel), earlier, alert.filled_at is None)


async def _fill_alert(connection: AsyncConnection, number: int, at: datetime) -> None:
    await alert_rows.fill(connection, number, at=at)


async def _said_by_copy(connection: AsyncConnection, sending: Sending, channel: str) -> Content:
    copy = await copy_rows.load(connection, sending.id)
    if channel != copy.carrier or not all(map(is_marked_copy, copy.messages)):
        raise Changed(alert=sending.id)
    return Content("", copy.messages, copy.route)


async def _reached_by_copy(
    _: Services, connection: AsyncConnection, sending: Sending, channel: AnyChannel
) -> Audience:
    copy = await copy_rows.load(connection, sending.id)
    users = tuple(await account_rows.addresses(connection, copy.users))
    wanted_criteria = Criteria(channel.name, Reach.USER, (), copy.languages, users=users)
    return Audience(wanted_criteria, sending.precedence, None)


async def _said_by_release(connection: AsyncConnection, sending: Sending, channel: str) -> Content:
    release = await release_rows.load(connection, sending.id)
    if release.released_at is None:
        raise Changed(alert=sending.id)
    return Content(
        release.fingerprint(),
        tuple(message for message in release.messages if message.channel == channel),
    )


async def _reached_by_release(
    services: Services, connection: AsyncConnection, sending: Sending, channel: AnyChannel
) -> Audience:
    """Newsrooms of its area and languages that its authority may use.

    A correction goes to those of them that may have the earlier one, and to whoever had that and is
    elsewhere by now: its sending skips all others.
    """
    release = await release_rows.load(connection, sending.id)
    wanted = await criteria_of(
        services,
        connection,
        release.authority,
        channel,
        area=release.area,
        languages=release.languages,
    )
    earlier = None
    if sending.previous_sending is not None:
        earlier = await earlier_alerts(connection, sending.previous_sending, taken_back=True)
    return Audience(wanted, sending.precedence, earlier)


async def _fill_release(_: AsyncConnection, __: int, ___: datetime) -> None:
    """Its hour was filled in when it was laid out."""


async def _fill_copy(_: AsyncConnection, __: int, ___: datetime) -> None:
    """Its hour was filled in when it was asked for."""


CONTENTS: Mapping[SendingKind, KindContent] = MappingProxyType(
    {
        SendingKind.ALERT: KindContent(_said_by_alert, _reached_by_alert, _fill_alert),
        SendingKind.TEST_COPY: KindContent(_said_by_copy, _reached_by_copy, _fill_copy),
        SendingKind.RELEASE: KindContent(_said_by_release, _reached_by_release, _fill_release),
    }
)
