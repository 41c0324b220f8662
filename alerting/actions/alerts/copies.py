"""Test copies of an alert before it is sent: to oneself, or to colleagues, in their mailboxes."""

from collections.abc import Sequence
from dataclasses import dataclass

from alerting.actions import authorization
from alerting.actions.alerts.guards import lock_alert, record_on_alert
from alerting.delivery.copies import begin_copy, require_room
from alerting.domain.alert import UNSENT, Alert
from alerting.domain.channel_profiles import profile_of
from alerting.domain.copies import MAX_USERS, SentCopy, UserAddress, as_copy, carrier_of
from alerting.domain.errors import BadRequest, ChannelOff, NoMailbox
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Officer, Permission
from alerting.domain.text.i18n import msgid
from alerting.i18n import translator_for
from alerting.services import Services
from alerting.store import copies as copy_rows
from alerting.store.accounts import repository as account_rows
from alerting.store.unit_of_work import ReadTransaction, UnitOfWork

TOO_MANY = msgid("A test copy goes to at most {most} users")
NO_TEXT = msgid("The alert has no text in these languages and on these channels")
MAX_SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyRequest:
    """Who is to look at which texts."""

    users: tuple[str, ...] = ()
    """Names; whoever asks where there are none."""
    channels: tuple[str, ...] = ()
    """Whose texts; all where none is named."""
    languages: tuple[Language, ...] = ()
    """In which languages; all where none is named."""


async def send_test_copy(
    services: Services, number: int, copy_request: CopyRequest, *, by: Officer
) -> list[SentCopy]:
    """Send the texts of an alert, as they would leave now, to users who may look at it.

    A copy for each channel. Whoever may edit the alert may, as long as it was not sent. Raises,
    beside what `lock_alert` does, BadRequest, NoMailbox, ChannelOff and TooManyCopies.
    """
    now = services.now()
    if len(set(copy_request.users)) > MAX_USERS:
        raise BadRequest(TOO_MANY, most=MAX_USERS)
    async with services.unit() as unit:
        alert = await lock_alert(
            services,
            unit,
            number,
            Permission.DRAFT,
            msgid("send a test copy"),
            by=by,
            among=tuple(UNSENT),
            seen=None,
        )
        users = await _addresses(services, unit, alert, copy_request.users, by=by)
        copies = _copies(services, alert, copy_request, users, by=by)
        each = sum(len(one.messages) for one in copies)
        await require_room(unit, users, each, author=by.name, now=now)
        sent = [await begin_copy(unit, one, users) for one in copies]
        await record_on_alert(
            unit,
            alert,
            "alert.test-copied",
            by=by,
            at=now,
            more={
                "users": [user.name for user in users],
                "channels": [one.channel for one in sent],
                "languages": list(
                    dict.fromkeys(language for copy in sent for language in copy.languages)
                ),
                "copies": [one.id for one in sent],
            },
        )
    return sent


async def list_test_copies(services: Services, number: int, *, by: Officer) -> list[SentCopy]:
    """The last test copies of an alert, the newest first, with what became of each message."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        await authorization.visible_alert(services, reading, number, by=by)
        return await copy_rows.of_alert(reading.connection, number, limit=MAX_SHOWN)


async def list_copy_users(services: Services, number: int, *, by: Officer) -> list[str]:
    """Who may be sent a test copy of an alert, by name."""
    by.must(Permission.DRAFT)
    async with services.reading() as reading:
        alert = await authorization.visible_alert(services, reading, number, by=by)
        return [user.name for user in await _able(services, reading, alert, by=by)]


async def _able(
    services: Services, reading: ReadTransaction, alert: Alert, *, by: Officer
) -> list[UserAddress]:
    names = await authorization.approvers(services, reading, alert, Permission.READ)
    return await account_rows.addresses(reading.connection, {*names, by.name})


async def _addresses(
    services: Services, unit: UnitOfWork, alert: Alert, names: Sequence[str], *, by: Officer
) -> list[UserAddress]:
    wanted = {*names} or {by.name}
    users = [user for user in await _able(services, unit, alert, by=by) if user.name in wanted]
    if missing := wanted - {user.name for user in users}:
        raise NoMailbox(officers=", ".join(sorted(missing)))
    return users


def _copies(
    services: Services,
    alert: Alert,
    copy_request: CopyRequest,
    users: Sequence[UserAddress],
    *,
    by: Officer,
) -> list[SentCopy]:
    """One for each channel that has a text; ChannelOff where none of their carriers is on."""
    now = services.now()
    texts: dict[str, list[Message]] = {}
    for channel in alert.channels:
        for language in alert.spoken_on(channel):
            asked = channel in (copy_request.channels or alert.channels)
            if asked and language in (copy_request.languages or alert.languages):
                message = alert.message(channel, language)
                assert message is not None  # noqa: S101  or nothing would be spoken
                texts.setdefault(channel, []).append(message)
    if not texts:
        raise BadRequest(NO_TEXT)
    carried = [text for text in texts if carrier_of(text) in services.channels]
    if not carried:
        raise ChannelOff(channel=", ".join(sorted(map(carrier_of, texts))))
    return [
        SentCopy(
            alert=alert.id,
            author=by.name,
            channel=channel,
            carrier=carrier_of(channel),
            messages=tuple(
                as_copy(
                    message,
                    called=translator_for(message.language)(profile_of(channel).label),
                    at=now,
                )
                for message in texts[channel]
            ),
            users=tuple(user.name for user in users),
            made_at=now,
        )
        for channel in carried
    ]
