"""Routes: look at how each does, hold one off, force one on, or leave it to the measurements."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from alerting.actions import authorization
from alerting.actions.staff_notifications.inbox import notify_of_held_off
from alerting.actions.staff_notifications.outbox import queue_mail
from alerting.delivery.copies import begin_copy, require_room
from alerting.domain.alert import AlertState
from alerting.domain.authority import NATIONAL, Level
from alerting.domain.channel_profiles import profile_of
from alerting.domain.copies import SentCopy, UserAddress, as_copy
from alerting.domain.errors import BadRequest, NoMailbox, NotFound
from alerting.domain.message import Message
from alerting.domain.officer import GRANTS, Officer, Permission, Role
from alerting.domain.reason import reason_of
from alerting.domain.route import Breaker, Health, Override, weights
from alerting.domain.staff_notification import Gravity
from alerting.domain.text.i18n import msgid
from alerting.i18n import translator_for
from alerting.services import Services
from alerting.store import copies as copy_rows
from alerting.store.accounts import memberships as membership_rows
from alerting.store.accounts import repository as account_rows
from alerting.store.alerts import repository as alert_rows
from alerting.store.deliveries import chunks as chunk_rows
from alerting.store.operations import routes as route_rows
from alerting.store.operations.workers import Worker, listed
from alerting.store.unit_of_work import UnitOfWork

ENTRIES: Mapping[Override, str] = MappingProxyType(
    {
        Override.OFF: "route.held-off",
        Override.ON: "route.forced-on",
        Override.NONE: "route.left-to-itself",
    }
)
"""What the ledger calls each decision."""
ROUTE = msgid("route")
HELD_OFF = msgid("Nothing more is sent on “{channel}”: its last route is switched off")
HELD_OFF_TEXT = msgid(
    "{officer} has switched off the last route of “{channel}”: its messages are "
    "waiting.\n\nIf this was not intended, switch the route on again on the “Routes” "
    "page:\n\n{address}"
)
NO_TEST = msgid(
    "Only a route that sends e-mail can be tested: no telephone number of yours is known to the "
    "service, and a post would be public"
)
IS_OFF = msgid("This route is switched off: switch it on before you test it")
TEST_SUBJECT = msgid("test of the route “{route}” ({channel})")
TEST_TEXT = msgid(
    "You asked for this message to test the route “{route}” of the channel “{channel}”. If you can "
    "read it, the route works."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteStatus:
    """One route as it stands now."""

    health: Health
    breaker: Breaker
    share: float
    """Of its channel's messages it gets this much now, 0 to 1."""
    per_second: float | None
    """Units a second it is given at most; None: all it answers to."""


async def list_routes(services: Services, *, by: Officer) -> list[RouteStatus]:
    """All routes, by channel and in order of preference."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        known = await route_rows.load(reading.connection, services.routes)
    now = services.now()
    statuses = []
    for channel, healths in known.items():
        portions = weights(healths, now=now)
        for health, route in zip(healths, services.routes[channel], strict=True):
            statuses.append(
                RouteStatus(
                    health=health,
                    breaker=health.breaker_at(now=now),
                    share=portions.get(health.route, 0.0),
                    per_second=route.limits.per_second,
                )
            )
    return statuses


async def list_workers(services: Services, *, by: Officer) -> list[Worker]:
    """The processes that send, as far as they show signs of life."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        return await reading.connection.run_sync(listed)


async def override_route(
    services: Services, channel: str, route: str, override: Override, *, reason: str, by: Officer
) -> list[RouteStatus]:
    """Take a decision over all measurements; the channel's routes as they stand after it.

    Raises NotFound for a route that is not in the settings, BadRequest without a reason. Routes
    carry everybody's alerts: only who speaks to the whole country decides about them. One person
    is enough, since an outage does not wait; whoever holds the last one of a channel off is seen
    by everybody who decides on routes or reads an alert that waits for it.
    """
    by.must(Permission.MANAGE_ROUTES)
    if not by.authority.territory.everywhere:
        raise authorization.outside_country(services, by)
    reason = reason_of(reason, needed=True)
    if route not in [one.route for one in services.routes.get(channel, ())]:
        raise NotFound(what=ROUTE, number=f"{channel}/{route}")
    at = services.now()
    async with services.unit() as unit:
        await route_rows.decide(
            unit.connection,
            unit.database,
            (channel, route),
            override,
            by=by.name,
            reason=reason,
            at=at,
        )
        await route_rows.try_at_once(unit.connection, [(channel, route)], now=at)
        await unit.connection.run_sync(chunk_rows.precede, [channel], now=at)
        await unit.record(
            ENTRIES[override],
            by=by,
            about=f"route/{channel}.{route}",
            at=at,
            details={"reason": reason},
        )
        waits = override is Override.OFF and channel in await route_rows.held_off(
            unit.connection, services.routes
        )
        if waits:
            for number in await alert_rows.numbers_in(unit.connection, AlertState.SENDING):
                alert = await alert_rows.load(unit.connection, number)
                await notify_of_held_off(services, unit, alert, [channel])
            await _mail_deciders(services, unit, channel, by=by)
    return [
        status for status in await list_routes(services, by=by) if status.health.channel == channel
    ]


async def send_test_message(
    services: Services, channel: str, route: str, *, by: Officer
) -> SentCopy:
    """Send a fixed message to whoever asks, at the address of their account, by this route alone.

    For those who decide on routes. Raises NotFound for a route that is not in the settings,
    BadRequest for one that takes no message for one user, or is switched off, NoMailbox and
    TooManyCopies.
    """
    by.must(Permission.MANAGE_ROUTES)
    if not by.authority.territory.everywhere:
        raise authorization.outside_country(services, by)
    if route not in [one.route for one in services.routes.get(channel, ())]:
        raise NotFound(what=ROUTE, number=f"{channel}/{route}")
    if not profile_of(channel).goes_by_mail:
        raise BadRequest(NO_TEST)
    now = services.now()
    async with services.unit() as unit:
        known_healths = (await route_rows.load(unit.connection, services.routes))[channel]
        if any(
            health.route == route and health.override is Override.OFF for health in known_healths
        ):
            raise BadRequest(IS_OFF)
        users = await account_rows.addresses(unit.connection, {by.name})
        if not users:
            raise NoMailbox(officers=by.name)
        await require_room(unit, users, 1, author=by.name, now=now)
        sent = await begin_copy(unit, _test_message(channel, route, users[0], now), users)
        await unit.record(
            "route.tested",
            by=by,
            about=f"route/{channel}.{route}",
            at=now,
            details={"copy": sent.id},
        )
    return sent


def _test_message(channel: str, route: str, user: UserAddress, now: datetime) -> SentCopy:
    translate = translator_for(user.language)
    facts = {"channel": translate(profile_of(channel).label), "route": route}
    message = Message(
        channel=channel,
        language=user.language,
        subject=translate(TEST_SUBJECT, **facts),
        text=translate(TEST_TEXT, **facts),
    )
    return SentCopy(
        alert=None,
        author=user.name,
        channel=channel,
        carrier=channel,
        route=route,
        messages=(as_copy(message, called="", at=now),),
        users=(user.name,),
        made_at=now,
    )


async def list_test_messages(services: Services, *, by: Officer) -> list[SentCopy]:
    """The last test message this officer sent by each route, with what became of it."""
    by.must(Permission.MANAGE_ROUTES)
    async with services.reading() as reading:
        return await copy_rows.by_routes(reading.connection, by.name)


async def _mail_deciders(
    services: Services, unit: UnitOfWork, channel: str, *, by: Officer
) -> None:
    """An e-mail to everybody else who may take it back."""
    connection = unit.connection
    memberships = await membership_rows.living_at(
        connection,
        codes={NATIONAL.code},
        levels=[Level.FEDERAL],
        roles=[role for role in Role if Permission.MANAGE_ROUTES in GRANTS[role]],
        now=services.now(),
    )
    everywhere = {
        code
        for code in {membership.authority for membership in memberships}
        if (await authorization.authority(services, connection, code)).territory.everywhere
    }
    names = {
        membership.officer
        for membership in memberships
        if membership.authority in everywhere and not membership.training
    }
    accounts = await account_rows.list_accounts(connection)
    deciders = [
        account
        for account in accounts
        if account.ended_at is None and account.name in names - {by.name}
    ]
    address = f"{services.rules.public_url}/routes"
    await queue_mail(
        services,
        unit,
        deciders,
        HELD_OFF,
        HELD_OFF_TEXT,
        {"channel": channel, "officer": by.name, "address": address},
        gravity=Gravity.STOPPED,
    )
