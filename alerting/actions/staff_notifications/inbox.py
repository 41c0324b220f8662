"""Notices: what officers must know at once: by e-mail, and shown to each until they read it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from alerting.actions import authorization
from alerting.actions.staff_notifications.outbox import KEPT_FOR, queue_messages
from alerting.actions.staff_notifications.text import CALL as CALL_TEXT
from alerting.actions.staff_notifications.text import CALLS as CALLS_TEXT
from alerting.domain.account import Account
from alerting.domain.alert import CLASS_NAMES, Alert, AlertClass
from alerting.domain.authority import NATIONAL, RANK, Authority, Incident, Phase, scope_of
from alerting.domain.channel_profiles import EMAIL, SMS
from alerting.domain.delivery import State
from alerting.domain.errors import AlertingError, NotFound, UnknownScenario
from alerting.domain.four_eyes import hand_in
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Permission
from alerting.domain.staff_notification import (
    MOST_TEXTS,
    Gravity,
    NoticeText,
    StaffNotification,
)
from alerting.domain.text.i18n import ByLanguage, msgid
from alerting.domain.text.links import links_in
from alerting.i18n import Translator, translator_for
from alerting.rounds import each_apart
from alerting.services import Services
from alerting.store import ReadTransaction
from alerting.store import staff_messages as message_rows
from alerting.store import staff_notifications as notification_rows
from alerting.store.accounts import repository as account_rows
from alerting.store.alerts import calls as call_rows
from alerting.store.alerts import repository as alert_rows
from alerting.store.authorities import incidents as incident_rows
from alerting.store.authorities import repository as authority_rows
from alerting.store.operations import routes as route_rows
from alerting.store.staff_messages import NewMessage
from alerting.store.unit_of_work import UnitOfWork

NOTICE = msgid("notice")
SUBJECT = msgid("Alert {alert} ({title}): {asks}")
INCIDENT_SUBJECT = msgid("Incident {incident}: {asks}")
ON_THE_PAGE = msgid("New information about alert {alert}: see the alert’s page.")
"""Stands for a notice that would lead elsewhere: an official e-mail holds no link but its own."""
WAITS = NoticeText(
    gravity=Gravity.STOPPED,
    says=msgid(
        "Alert {alert} is waiting: {officer} has switched off the last route of “{channel}”. "
        "Any user who may manage routes can switch it on again."
    ),
    asks=msgid("sending waits for a route"),
)
MAIL = msgid("{notice}\n\nOpen the alert:\n\n{link}")
CALLS_SUBJECT = msgid("{number} alerts are waiting for your approval: {asks}")
CALLS_MAIL = msgid(
    "These alerts are waiting for your approval, real alerts first:\n\n{alerts}\n\n"
    "Open the list:\n\n{link}"
)
CALL = msgid("Alert {alert} ({title}), {alert_class}, since {since}")
MOST_LISTED = 50
INCIDENT_MAIL = "{notice}\n\n{where}\n\n{link}"
TRANSLATION_SUBJECT = msgid("Translation: {asks}")
TRANSLATION_MAIL = msgid("{notice}\n\nOpen the page:\n\n{link}")


async def notify_all(
    services: Services, unit: UnitOfWork, alert: Alert, text: NoticeText, **facts: Any
) -> None:
    """Tell everybody who may read alerts, in the transaction of what they are told about.

    What is told leaves by mail, so no fact, here and below, is a text that somebody typed: a reason
    or a note stands on the page of the alert.
    """
    await notification_rows.add(
        unit.connection,
        at=services.now(),
        alert=alert.id,
        text=text,
        facts=_plain({"alert": alert.id, **facts}),
        permission=Permission.READ,
    )


async def notify(
    services: Services,
    unit: UnitOfWork,
    alert: Alert,
    officers: set[str],
    text: NoticeText,
    **facts: Any,
) -> None:
    """Tell these officers."""
    for name in sorted(officers - {""}):
        await notification_rows.add(
            unit.connection,
            at=services.now(),
            alert=alert.id,
            text=text,
            facts=_plain({"alert": alert.id, **facts}),
            officer=name,
        )


async def mail_alone(
    services: Services,
    unit: UnitOfWork,
    alert: Alert,
    due: Mapping[str, datetime],
    text: NoticeText,
    **facts: Any,
) -> None:
    """Tell officers by e-mail, each from a moment on, what stands in their lists anyway."""
    now = services.now()
    for name in sorted({*due} - {""}):
        number = await notification_rows.add(
            unit.connection,
            at=now,
            alert=alert.id,
            text=text,
            facts=_plain({"alert": alert.id, **facts}),
            officer=name,
            due_at=due[name],
        )
        await notification_rows.take_as_read(unit.connection, number, officer=name, at=now)


async def notify_bound(
    services: Services, unit: UnitOfWork, about: Incident, text: NoticeText, **facts: Any
) -> None:
    """Tell everybody of an authority that an incident binds, as long as it is open and does.

    Those are the ones whose territory it meets and that are below its phase; not partners, who
    decide nothing.
    """
    await notification_rows.add(
        unit.connection,
        at=services.now(),
        incident=about.id,
        text=text,
        facts=_plain({"incident": about.id, **facts}),
        permission=Permission.READ,
    )


async def notify_of_translation(
    services: Services,
    unit: UnitOfWork,
    number: int,
    officers: Collection[str],
    text: NoticeText,
    **facts: Any,
) -> None:
    """Tell these officers what became of a translation that was asked for, instead of all that
    anybody was told of it before.
    """
    await notification_rows.drop_translation(unit.connection, number)
    for name in sorted(officers):
        await notification_rows.add(
            unit.connection,
            at=services.now(),
            translation=number,
            text=text,
            facts=_plain(facts),
            officer=name,
        )


async def notify_of_held_off(
    services: Services, unit: UnitOfWork, alert: Alert, channels: Collection[str]
) -> None:
    """Tell everybody who may read an alert on which of these channels it waits for a decision."""
    for name, officer in (await route_rows.held_off(unit.connection, services.routes)).items():
        if name in channels and name in alert.channels:
            await notify_all(services, unit, alert, WAITS, channel=name, officer=officer)


async def list_unread(services: Services, *, by: Officer) -> list[StaffNotification]:
    """What this officer has not read yet, newest first."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        return await notification_rows.unread(
            reading.connection,
            by.name,
            _held(by),
            scope=scope_of(by.authority),
            bound_by=_bound_by(by.authority),
            now=services.now(),
        )


async def mark_read(services: Services, number: int, *, by: Officer) -> None:
    """Note that this officer has read it; harmless when repeated, NotFound if it is not theirs."""
    by.must(Permission.READ)
    async with services.unit() as unit:
        theirs = await notification_rows.mark_read(
            unit.connection,
            unit.database,
            number,
            officer=by.name,
            permissions=_held(by),
            scope=scope_of(by.authority),
            bound_by=_bound_by(by.authority),
            at=services.now(),
        )
        if not theirs:
            raise NotFound(what=NOTICE, number=number)


async def queue_mails(services: Services) -> None:
    """Queue e-mails, and text messages, about notices that nobody was written about yet."""
    async with services.reading() as reading:
        waiting = await notification_rows.unsent(reading.connection, now=services.now())
    await each_apart("notice", partial(_queue_of, services), waiting)


async def _queue_of(services: Services, notice: StaffNotification) -> None:
    if notice.gravity == Gravity.CALL:
        await _queue_calls(services, notice.officer)
        return
    async with services.reading() as reading:  # nobody who writes waits for it
        readers = await _readers(services, reading, notice)
        titles = await _titles(services, reading, notice)
    async with services.unit() as unit:
        if await notification_rows.claim_unsent(unit.connection, notice.id, now=services.now()):
            emails = [_mail_of(services, account, notice, titles) for account in readers]
            await queue_messages(services, unit, emails, gravity=notice.gravity)


async def _queue_calls(services: Services, officer: str) -> None:
    """One e-mail to an officer of all that waits for their approval, and one text message of what
    is real; none of nothing."""
    now = services.now()
    async with services.unit() as unit:
        calls = await notification_rows.claim_calls(unit.connection, officer, now=now)
        if not calls:
            return
        waiting = in_turn(
            [
                alert
                for alert in await alert_rows.called_for(unit.connection, officer, now=now)
                if not hand_in(alert, officer)
            ]
        )
        accounts = await account_rows.list_accounts(unit.connection)
        account = next(
            (one for one in accounts if one.name == officer and one.ended_at is None), None
        )
        if account is None or not waiting:
            return
        messages = [_mail_of_calls(services, account, calls, waiting)]
        if texted := await _texted(services, unit, account, calls, waiting):
            messages.append(await _text_of_calls(services, unit, account, texted, len(waiting)))
        await queue_messages(services, unit, messages, gravity=Gravity.CALL)


def _mail_of_calls(
    services: Services,
    account: Account,
    calls: Sequence[StaffNotification],
    waiting: Sequence[Alert],
) -> NewMessage:
    about = [alert.id for alert in waiting]
    if len(waiting) == 1:
        of_it = [notification for notification in calls if notification.alert_id in about]
        mail = _mail_of(services, account, (of_it or calls)[-1], _titles_of(services, waiting[0]))
        return mail._replace(about=about)
    translate = translator_for(account.language)
    lines = [
        translate(
            CALL,
            alert=alert.id,
            title=_titles_of(services, alert)[account.language],
            alert_class=CLASS_NAMES[alert.alert_class],
            since=alert.submitted_at,
        )
        for alert in waiting[:MOST_LISTED]
    ]
    facts: dict[str, str | int] = {
        "number": len(waiting),
        "asks": calls[-1].asks,
        "alerts": "\n".join(lines),
        "link": services.rules.public_url,
    }
    return NewMessage(account.id, EMAIL.name, CALLS_SUBJECT, CALLS_MAIL, facts, about)


async def _texted(
    services: Services,
    unit: UnitOfWork,
    account: Account,
    calls: Sequence[StaffNotification],
    waiting: Sequence[Alert],
) -> list[Alert]:
    """The real alerts of these calls that call somebody by text message too.

    Those that they are called for, and not only told of since others are on call; each MOST_TEXTS
    times, and again after a colleague rejected it.
    """
    if not account.mobile or SMS.name not in services.channels:
        return []
    since = services.now() - KEPT_FOR
    before = await message_rows.calls_of(unit.connection, {account.name}, since=since)
    texts = [message for message in before.get(account.name, ()) if message.channel == SMS.name]
    named = {notification.alert_id for notification in calls}
    alerts = []
    for alert in waiting:
        if alert.id not in named or alert.alert_class is not AlertClass.ALERT:
            continue
        refused = max((no.at for no in alert.refusals), default=since)
        called = {call.officer for call in await call_rows.calls_of(unit.connection, alert)}
        had = sum(
            alert.id in message.about and message.at > refused and message.state is not State.FAILED
            for message in texts
        )
        if account.name in called and had < MOST_TEXTS:
            alerts.append(alert)
    return alerts


async def _text_of_calls(
    services: Services, unit: UnitOfWork, account: Account, texted: Sequence[Alert], waiting: int
) -> NewMessage:
    first = texted[0]
    asks = await authorization.authority(services, unit.connection, first.authority)
    facts: dict[str, str | int] = {
        "name": asks.called.told(account.language),
        "alert": first.id,
        "link": services.rules.public_url,
    }
    if waiting > 1:
        facts["number"] = waiting
    text = CALLS_TEXT if waiting > 1 else CALL_TEXT
    return NewMessage(account.id, SMS.name, "", text, facts, [alert.id for alert in texted])


def in_turn(waiting: Sequence[Alert]) -> list[Alert]:
    """Alerts that wait, real ones first, then one of each submitter in turn, the oldest first."""
    ranks: dict[tuple[str, bool], int] = {}
    order = []
    for index, alert in enumerate(waiting):
        real = alert.alert_class is AlertClass.ALERT
        rank = ranks[alert.submitter, real] = ranks.get((alert.submitter, real), 0) + 1
        order.append((not real, rank, index))
    return [waiting[index] for _, _, index in sorted(order)]


async def _titles(
    services: Services, reading: ReadTransaction, notice: StaffNotification
) -> Mapping[Language, str]:
    """The titles of the alert that a notice is about, if it is about one."""
    if notice.alert_id is None:
        return {}
    return _titles_of(services, await alert_rows.load(reading.connection, notice.alert_id))


def _titles_of(services: Services, about: Alert) -> Mapping[Language, str]:
    """What the scenario of an alert is called, never a text that somebody typed."""
    try:
        return services.composer.library.scenario(about.scenario).titles
    except UnknownScenario:  # of a library that was changed since
        return dict.fromkeys(Language, about.scenario)


async def _readers(
    services: Services, reading: ReadTransaction, notice: StaffNotification
) -> list[Account]:
    """Whose accounts a notice concerns; not the one whose act it tells of.

    As many queries however many people there are.
    """
    accounts = [
        account
        for account in await account_rows.list_accounts(reading.connection)
        if account.ended_at is None and account.name != notice.facts.get("officer")
    ]
    if notice.officer:
        return [account for account in accounts if account.name == notice.officer]
    concerned = await _concerned(services, reading, notice)
    return [
        account
        for account in accounts
        if any(
            (at := concerned.get(membership.authority)) is not None
            and Officer(
                membership.officer,
                membership.role,
                authority=at,
                training=membership.training and not services.training,
            ).may(Permission(notice.permission))
            for membership in account.memberships
        )
    ]


async def _concerned(
    services: Services, reading: ReadTransaction, notice: StaffNotification
) -> Mapping[str, Authority]:
    """Authorities, by code, that may look at the alert of a notice, or that its incident binds."""
    rows = await authority_rows.list_authorities(reading.connection)
    everybody = {NATIONAL.code: NATIONAL} | {
        row.code: authorization.authority_of(services, row) for row in rows
    }
    if notice.incident_id is not None:
        incident = await incident_rows.load(reading.connection, notice.incident_id)
        if incident.closed_at is not None:
            return {}
        return {
            code: authority
            for code, authority in everybody.items()
            if incident.phase in _bound_by(authority) and authority.territory.meets(incident.area)
        }
    assert notice.alert_id is not None  # noqa: S101  a notice is about either
    about = await alert_rows.load(reading.connection, notice.alert_id)
    named = {about.authority} | await _invited(services, reading, about.incident)
    return {
        code: authority
        for code, authority in everybody.items()
        if (code in named if authority.partner else authority.territory.meets(about.area))
    }


async def _invited(services: Services, reading: ReadTransaction, incident: int | None) -> set[str]:
    """Codes of the partners that take part in an incident now."""
    if incident is None:
        return set()
    return {
        invitation.authority
        for invitation in await incident_rows.invitations(reading.connection, incident)
        if invitation.ended_at is None and invitation.until > services.now()
    }


def _bound_by(authority: Authority) -> list[Phase]:
    """The phases that bind an authority; none for a partner, who decides nothing."""
    return [
        phase for phase in Phase if not authority.partner and RANK[phase] > RANK[authority.level]
    ]


def _mail_of(
    services: Services, account: Account, notice: StaffNotification, titles: Mapping[Language, str]
) -> NewMessage:
    translate = translator_for(account.language)
    told = in_words(notice, translate)
    facts: dict[str, str | int] = {"asks": notice.asks, "notice": told}
    if notice.translation_id is not None:  # no fact of it was typed, but in the library
        facts["link"] = f"{services.rules.public_url}/translations/{notice.translation_id}"
        return NewMessage(account.id, EMAIL.name, TRANSLATION_SUBJECT, TRANSLATION_MAIL, facts)
    if notice.alert_id is None:  # about an incident: no fact of it was typed
        facts["incident"] = notice.incident_id or 0
        facts["where"] = msgid("Open incidents:")
        facts["link"] = f"{services.rules.public_url}/authorities"
        return NewMessage(account.id, EMAIL.name, INCIDENT_SUBJECT, INCIDENT_MAIL, facts)
    if links_in(told):
        facts["notice"] = translate(ON_THE_PAGE, alert=notice.alert_id)
    facts["alert"] = notice.alert_id
    facts["title"] = titles[account.language]
    facts["link"] = f"{services.rules.public_url}/alerts/{notice.alert_id}"
    return NewMessage(account.id, EMAIL.name, SUBJECT, MAIL, facts)


def in_words(notice: StaffNotification, translate: Translator) -> str:
    """A notice in a language, as it was meant for one officer or for all."""
    return _told(notice.says, notice.facts, translate)


def _told(says: str, facts: Mapping[str, Any], translate: Translator) -> str:
    filled: dict[str, object] = {}
    for name, fact in facts.items():
        match fact:
            case {"at": str(stamp)}:
                filled[name] = datetime.fromisoformat(stamp)
            case {"names": dict(names)}:
                filled[name] = ByLanguage(names)
            case {"says": str(inner), "facts": dict(inner_facts)}:
                filled[name] = _told(inner, inner_facts, translate)
            case _:
                filled[name] = fact
    return translate(says, **filled)


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as JSON: what is told in each reader's language keeps its kind."""
    plain: dict[str, Any] = {}
    for name, fact in facts.items():
        match fact:
            case datetime():
                plain[name] = {"at": fact.isoformat()}
            case ByLanguage():
                plain[name] = {"names": dict(fact.names)}
            case AlertingError():
                plain[name] = {"says": fact.says, "facts": _plain(fact.facts)}
            case _:
                plain[name] = fact
    return plain


def _held(officer: Officer) -> list[str]:
    return [permission.value for permission in Permission if officer.may(permission)]
