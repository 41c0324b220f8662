"""What every act on an alert begins and ends with: hold it, check it, record it."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.actions import authorization
from alerting.actions.staff_notifications.inbox import notify
from alerting.delivery.audiences import criteria
from alerting.domain.alert import STATE_NAMES, Alert, AlertState, StepReason
from alerting.domain.channel import AnyChannel
from alerting.domain.channel_accounts import WITH_ACCOUNTS, Usable
from alerting.domain.channel_profiles import profile_of, reach_of
from alerting.domain.errors import (
    ApproverGone,
    AudienceChanged,
    BadRequest,
    ChannelOff,
    Ended,
    NoPersonToReach,
    Outdated,
    WrongState,
)
from alerting.domain.four_eyes import ListChanges
from alerting.domain.ledger import Actor
from alerting.domain.officer import Officer, Permission
from alerting.domain.reason import reason_of
from alerting.domain.staff_notification import Gravity, NoticeText
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store.alerts import word_runs
from alerting.store.deliveries import planning as planning_rows
from alerting.store.recipients.revisions import current_revision
from alerting.store.unit_of_work import ReadTransaction, UnitOfWork

LEFT = (AlertState.STOPPED, AlertState.SENDING, AlertState.ACTIVE)
"""It began to leave, and may be resumed or retried."""
UNDONE = NoticeText(
    gravity=Gravity.UNDONE,
    says=msgid(
        "{officer} changed alert {alert} or returned it to its author after its approval: it "
        "must be approved again before it can be sent."
    ),
    asks=msgid("approval cancelled"),
)
UNDONE_SCHEDULED = NoticeText(
    gravity=Gravity.UNDONE,
    says=msgid(
        "{officer} changed alert {alert}, which was scheduled for {at}: it will not be sent "
        "then, and must be approved and scheduled again."
    ),
    asks=msgid("scheduled sending cancelled"),
)
CHOOSE_REASON = msgid("Choose a reason; if none applies, write a note")


async def lock_alert(
    services: Services,
    unit: UnitOfWork,
    number: int,
    permission: Permission,
    act: str,
    *,
    by: Officer,
    among: Sequence[AlertState],
    seen: str | None,
) -> Alert:
    """The alert, held until commit, if the officer may act on it there, and it is what was `seen`.

    `seen` is the fingerprint of what the officer read; None where nothing is answered for.
    `act` is a message id that names what was attempted, `among` the states it is possible in.
    Raises what `authorize_on_alert` does, WrongState and Outdated.
    """
    alert = await authorization.authorize_on_alert(services, unit, number, permission, by=by)
    if alert.state not in among:
        raise WrongState(alert=number, state=STATE_NAMES[alert.state], act=act)
    if seen is not None and seen != alert.fingerprint():
        raise Outdated(alert=number)
    return alert


BESIDE = ("reason", "note")
"""What entries call words that somebody wrote beside an alert, not into it."""


async def record_on_alert(
    unit: UnitOfWork,
    alert: Alert,
    what: str,
    *,
    by: Officer | Actor,
    at: datetime,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Into the ledger: which version, and its fingerprint. What somebody wrote beside it is theirs,
    should it be taken over into a text.
    """
    if isinstance(by, Officer):
        for text in (str((more or {}).get(name) or "") for name in BESIDE):
            await word_runs.add_reason(unit.connection, unit.database, alert.id, text, by=by.name)
    details: dict[str, Any] = {
        "version": alert.version,
        "fingerprint": alert.fingerprint(),
        "class": alert.alert_class,
        **({"role": by.role, "authority": by.authority.code} if isinstance(by, Officer) else {}),
        **(more or {}),
    }
    await unit.record(what, by=by, about=f"alert/{alert.id}", at=at, details=details)


def unapproved(alert: Alert, state: AlertState) -> Alert:
    """The alert in a state in which nobody vouches for it, whatever was said before."""
    return replace(
        alert,
        state=state,
        approver="",
        approver_membership=0,
        approved_at=None,
        approved_fingerprint="",
        approved_audience={},
        approved_use={},
        approved_revision=0,
        send_at=None,
        sender="",
        sender_authority="",
        sender_membership=0,
    )


def writers(alert: Alert) -> set[str]:
    """Who drafted it, changed it last and submitted it."""
    return {alert.author, alert.editor, alert.submitter}


def refusers(alert: Alert) -> set[str]:
    """Whose no to it stands."""
    return {refusal.officer for refusal in alert.standing_refusals}


async def notify_others(
    services: Services,
    unit: UnitOfWork,
    alert: Alert,
    people: set[str],
    text: NoticeText,
    *,
    by: Officer,
) -> None:
    """Tell these that a colleague undid what they had a part in. `text` says {alert}, {officer}."""
    await notify(services, unit, alert, people - {by.name}, text, officer=by.name)


async def notify_of_lost_approval(
    services: Services, unit: UnitOfWork, before: Alert, *, by: Officer
) -> None:
    """Tell whoever approved or scheduled an alert that a colleague undid it; nobody otherwise."""
    if before.state not in (AlertState.APPROVED, AlertState.SCHEDULED):
        return
    people = {before.approver, before.sender} - {by.name}
    text = UNDONE if before.send_at is None else UNDONE_SCHEDULED
    at = {} if before.send_at is None else {"at": before.send_at}
    await notify(services, unit, before, people, text, officer=by.name, **at)


def reason_of_approval(reason: StepReason, note: str) -> dict[str, str]:
    """A chosen reason and its note, as the ledger keeps them.

    BadRequest where nothing was chosen, or where the choice is only told by a note that is empty.
    """
    note = reason_of(note)
    if reason is StepReason.NOT_SAID or (reason is StepReason.OTHER and not note):
        raise BadRequest(CHOOSE_REASON)
    if reason is StepReason.OTHER:
        reason_of(note, needed=True)
    return {"why": reason.value, "note": note}


def require_channels_on(services: Services, channels: Sequence[str]) -> list[AnyChannel]:
    """The channels of these names; ChannelOff names those that have no settings here."""
    off = [name for name in channels if name not in services.channels]
    if off:
        raise ChannelOff(channel=", ".join(off))
    return [services.channels[name] for name in channels]


def require_time_left(alert: Alert, now: datetime) -> None:
    """Refuse what has ended."""
    if alert.expires_at <= now:
        raise Ended(end=alert.expires_at)


async def list_changes(services: Services, alert: Alert) -> dict[str, ListChanges]:
    """How its lists changed since it was approved, for a page; an act reads it under its lock."""
    async with services.reading() as reading:
        return await list_changes_now(services, reading, alert)


async def list_changes_now(
    services: Services, reading: ReadTransaction, alert: Alert
) -> dict[str, ListChanges]:
    """What changed on the lists since an alert was approved, by channel; empty where nothing did.

    One number is read where no list was touched, and which accounts and newsrooms may be used.
    Otherwise only what was written since is, however many people there are: the first message
    waits for it.
    """
    connection = reading.connection
    untouched = await current_revision(connection) == alert.approved_revision
    changes: dict[str, ListChanges] = {}
    for name in alert.channels:
        channel = services.channels.get(name)
        approved = alert.approved_audience.get(name)
        if channel is None:
            continue
        same = untouched and (approved is not None or alert.bypass is not None)
        if same and reach_of(name) not in WITH_ACCOUNTS:
            continue
        asked = await criteria(services, connection, alert, channel)
        use = alert.approved_use.get(name, asked.may_use)
        beyond = await planning_rows.number_beyond(connection, asked, use)
        if same and not beyond:
            continue
        if approved is None and not alert.bypass:  # the channel was set up since
            reached = await planning_rows.people(connection, asked)
            changes[name] = ListChanges(approved=0, added=reached, removed=0, changed=0)
            continue
        added, removed, changed = await planning_rows.changes_since(
            connection, replace(asked, may_use=use), alert.approved_revision
        )
        added += beyond
        if approved is None:  # sent by one person: nobody had them counted
            approved = await planning_rows.people(connection, asked) - added + removed
        changes[name] = ListChanges(
            approved=approved, added=added, removed=removed, changed=changed, beyond=beyond
        )
    return changes


async def why_approver_gone(
    services: Services, reading: ReadTransaction, alert: Alert
) -> ApproverGone | None:
    """Whether whoever approved it was shut out since; None where they may still approve, or where
    it left already.
    """
    if alert.state in LEFT or await authorization.may_still(
        services, reading, alert, alert.approver_membership, Permission.APPROVE
    ):
        return None
    return ApproverGone(alert=alert.id, officer=alert.approver)


async def require_approver(services: Services, reading: ReadTransaction, alert: Alert) -> None:
    """Refuse what was approved by somebody who may no longer approve."""
    if gone := await why_approver_gone(services, reading, alert):
        raise gone


@asynccontextmanager
async def notify_of_list_changes(
    services: Services, number: int, permission: Permission, notice_text: NoticeText, *, by: Officer
) -> AsyncIterator[None]:
    """Where the block raises AudienceChanged, tell whoever approved or sent the alert.

    In a transaction of its own, and the error goes on. `what` says {alert},
    {officer} and {problem}.
    """
    try:
        yield
    except AudienceChanged as problem:
        async with services.unit() as unit:
            alert = await authorization.authorize_on_alert(
                services, unit, number, permission, by=by
            )
            if alert.state in LEFT:
                people = {alert.approver, alert.sender} - {by.name}
                await notify(
                    services, unit, alert, people, notice_text, officer=by.name, problem=problem
                )
        raise


async def audience(services: Services, alert: Alert) -> dict[str, int]:
    """How many people each channel of an alert would reach now.

    What is approved and sent are the criteria, not a list.
    """
    async with services.reading() as reading:
        return await people_reached(services, reading.connection, alert)


async def people_reached(
    services: Services, connection: AsyncConnection, alert: Alert
) -> dict[str, int]:
    """Channel -> how many people it would reach now; channels that are not set up are left out."""
    return {
        name: await planning_rows.people(
            connection, await criteria(services, connection, alert, one)
        )
        for name in alert.channels
        if (one := services.channels.get(name))
    }


async def reaches_no_person(services: Services, connection: AsyncConnection, alert: Alert) -> bool:
    """Whether an alert has channels to the people on the lists, and none of these reaches anybody.

    Never of a follow-up: it goes to whoever had what it follows.
    """
    to_persons = [
        one
        for name in alert.channels
        if profile_of(name).may_be_preferred and (one := services.channels.get(name))
    ]
    if alert.previous_alert is not None or not to_persons:
        return False
    for channel in to_persons:
        wanted = await criteria(services, connection, alert, channel)
        if await planning_rows.reaches_anyone(connection, wanted):
            return False
    return True


async def require_person(services: Services, connection: AsyncConnection, alert: Alert) -> None:
    """NoPersonToReach where people were reached when it was approved, and nobody is now.

    Where nobody was then, whoever approved it was told so, and gave a reason.
    """
    approved = any(
        n for name, n in alert.approved_audience.items() if profile_of(name).may_be_preferred
    )
    if approved and await reaches_no_person(services, connection, alert):
        raise NoPersonToReach(alert=alert.id)


async def use_now(services: Services, reading: ReadTransaction, alert: Alert) -> dict[str, Usable]:
    """Which accounts and newsrooms whoever speaks may use now, on the channels that have any."""
    return {
        name: (await criteria(services, reading.connection, alert, one)).may_use
        for name in alert.channels
        if (one := services.channels.get(name)) and reach_of(name) in WITH_ACCOUNTS
    }
