"""Draft, revise, approve, send: the life of an alert up to the moment it leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from alerting.actions import reviewing
from alerting.actions.templates import library
from alerting.checks.estimate import Estimate, estimate
from alerting.compose.composer import Draft
from alerting.compose.templating import invisible
from alerting.delivery.plan import criteria
from alerting.domain.alert import STATE_NAMES, Alert, AlertClass, AlertState
from alerting.domain.channel import AnyChannel
from alerting.domain.errors import (
    BadRequest,
    Changed,
    ChannelOff,
    Ended,
    LanguageMissing,
    NobodyToReach,
    NotFit,
    Outdated,
    WrongState,
)
from alerting.domain.finding import Finding
from alerting.domain.gsm7 import rewrite
from alerting.domain.language import Language, in_order
from alerting.domain.marking import mark, marked, with_mark
from alerting.domain.message import Message
from alerting.domain.staff import Officer, Permission, second_person
from alerting.domain.words import msgid
from alerting.services import Services
from alerting.store import alerts, planning, progress
from alerting.store.unit import Unit

NO_AREA = msgid("An alert needs an area: name at least one municipality")
NO_CHANNEL = msgid("An alert needs at least one channel")
HIDDEN = msgid("The text for “{channel}” in “{language}” holds something invisible: {letter}")
UNKNOWN_TEXT = msgid("The alert has no channel “{channel}” in “{language}”")
LONGEST_VALIDITY = timedelta(days=14)
BILLED_BY_SEGMENT = frozenset({"sms"})
"""Channels whose price and length depend on the alphabet of a text."""
WRONG_MARK = msgid("the mark of its class is missing or wrong.")
LONGEST_REASON = 500
LONG_REASON = msgid("A reason has 500 characters at most")
TOO_LONG = msgid("An alert may last 14 days at most: send an update instead")


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRequest:
    """What a communicator types. Places as people write them; empty: the scenario's default."""

    scenario: str
    area: Sequence[str]
    values: Mapping[str, Any] = field(default_factory=dict)
    channels: Sequence[str] = ()
    alert_class: AlertClass = AlertClass.ALERT
    valid_for: timedelta | None = None
    also_in: Sequence[Language] = ()
    """Languages beside the required ones, e.g. English."""
    gsm7: bool = False
    """Accept the rewrite that keeps text messages in GSM-7: fenêtres becomes fenetres."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What would leave: every text, and how many would read it in which language."""

    alert: Alert
    required: tuple[Language, ...]
    holes: tuple[tuple[str, Language], ...]
    audience: Mapping[str, Mapping[Language, int]]
    findings: tuple[Finding, ...]
    estimates: tuple[Estimate, ...]


async def draft(services: Services, wanted: DraftRequest, *, by: Officer) -> Alert:
    """Compose an alert from a scenario in every language its area needs, and keep it as a draft."""
    by.must(Permission.DRAFT)
    now = services.now()
    scenario = (await library(services)).scenario(wanted.scenario)
    area = _area(services, wanted.area)
    required = reviewing.required(services, area)
    languages = in_order((*required, *wanted.also_in), required)
    channels = tuple(dict.fromkeys(wanted.channels or scenario.channels))
    if not channels:
        raise BadRequest(NO_CHANNEL)
    _must_be_on(services, channels)
    expires_at = _end(now, wanted.valid_for or scenario.validity)
    messages = await services.composer.compose(
        Draft(
            scenario=wanted.scenario,
            values=wanted.values,
            area=area,
            languages=languages,
            channels=channels,
            alert_class=wanted.alert_class,
            now=now,
            expires_at=expires_at,
        )
    )
    if wanted.gsm7:
        messages = tuple(_in_gsm7(one) for one in messages)
    async with services.unit() as unit:
        saved = await alerts.save(
            unit.connection,
            Alert(
                alert_class=wanted.alert_class,
                scenario=wanted.scenario,
                hazard=scenario.hazard,
                area=area,
                channels=channels,
                languages=languages,
                values=dict(wanted.values),
                messages=messages,
                created_at=now,
                expires_at=expires_at,
                author=by.name,
            ),
        )
        await _record(unit, saved, "alert.drafted", by=by, at=now)
    return saved


async def revise(
    services: Services, number: int, texts: Sequence[Message], *, by: Officer, seen: str = ""
) -> Alert:
    """Replace texts of a draft: a new version, its reviser being the author, approval lost.

    `seen` is the fingerprint of what the officer changed, where a page stood between. Letters that
    come without their HTML get it made again from the words.
    """
    by.must(Permission.DRAFT)
    now = services.now()
    async with services.unit() as unit:
        found = await _hold(unit, number, AlertState.DRAFT, msgid("edit"))
        _must_be_what_was_seen(found, seen)
        changed = {(one.channel, one.language): _visible(one) for one in texts}
        for channel, language in changed:
            if found.message(channel, language) is None and (
                channel not in found.channels or language not in found.languages
            ):
                raise BadRequest(UNKNOWN_TEXT, channel=channel, language=language)
        kept = [one for one in found.messages if (one.channel, one.language) not in changed]
        revised = [
            services.composer.laid_out(_marked(one, found.alert_class), found)
            for one in changed.values()
        ]
        saved = await alerts.save(
            unit.connection,
            replace(
                found,
                version=found.version + 1,
                state=AlertState.DRAFT,
                messages=(*kept, *revised),
                author=by.name,
                approver="",
                approved_at=None,
                approved_fingerprint="",
            ),
        )
        await _record(unit, saved, "alert.revised", by=by, at=now)
    return saved


async def accept_rewrite(services: Services, number: int, *, by: Officer) -> Alert:
    """Take the proposed GSM-7 rewrite of every text message: a revision like any other."""
    by.must(Permission.DRAFT)
    found = await read(services, number, by=by)
    rewritten = [after for one in found.messages if (after := _in_gsm7(one)).text != one.text]
    return await revise(services, number, rewritten, by=by) if rewritten else found


async def approve(
    services: Services, number: int, *, by: Officer, reason: str = "", seen: str = ""
) -> Alert:
    """Vouch for the exact words, area and end, as somebody other than their author.

    `seen` is the fingerprint of what the officer read, where a page stood between.

    With a `reason`, an alert may go out in what is ready: without a language the law requires, or
    in spite of what a check found. The reason stands in the ledger. Nothing lets an exercise pass
    for the real thing.
    """
    by.must(Permission.APPROVE)
    now = services.now()
    reason = reason.strip()
    if len(reason) > LONGEST_REASON:
        raise BadRequest(LONG_REASON)
    await library(services)
    async with services.unit() as unit:
        found = await _hold(unit, number, AlertState.APPROVED, msgid("approve"))
        _must_be_what_was_seen(found, seen)
        second_person(found, by)
        _must_last(found, now)
        holes = found.holes(reviewing.required(services, found.area))
        blocks = reviewing.blocking(reviewing.findings(services, found, now=now))
        _must_be_ready(found, holes, blocks, reason)
        approved = await alerts.save(
            unit.connection,
            replace(
                found,
                state=AlertState.APPROVED,
                approver=by.name,
                approved_at=now,
                approved_fingerprint=found.fingerprint(),
            ),
        )
        await _record(unit, approved, "alert.approved", by=by, at=now)
        if holes or blocks:
            await unit.record(
                "alert.overridden",
                by=by.name,
                about=f"alert/{number}",
                at=now,
                details={
                    "reason": reason,
                    "missing": [f"{channel}/{language}" for channel, language in holes],
                    "rules": sorted({one.rule for one in blocks}),
                },
            )
    return approved


def _must_be_ready(
    alert: Alert, holes: Sequence[tuple[str, Language]], blocks: Sequence[Finding], reason: str
) -> None:
    """Refuse what is not ready, unless a reason lets it go; a wrong mark never goes."""
    if not all(marked(message, alert.alert_class) for message in alert.messages):
        raise NotFit(alert=alert.id, findings=WRONG_MARK)
    if reason:
        return
    if holes:
        missing = ", ".join(f"{channel}/{language}" for channel, language in holes)
        raise LanguageMissing(alert=alert.id, missing=missing)
    if blocks:
        raise NotFit(
            alert=alert.id,
            findings=" ".join(f"[{_place_of(one)}] {one.in_english()}" for one in blocks),
        )


def _place_of(finding: Finding) -> str:
    return "/".join(part for part in (finding.channel, finding.language, finding.field) if part)


async def send(services: Services, number: int, *, by: Officer, seen: str = "") -> Alert:
    """Let an approved alert go: from here on the service delivers it until it is done."""
    by.must(Permission.SEND)
    now = services.now()
    async with services.unit() as unit:
        found = await _hold(unit, number, AlertState.SENDING, msgid("send"))
        _must_be_what_was_seen(found, seen)
        if found.fingerprint() != found.approved_fingerprint:
            raise Changed(alert=number)
        _must_last(found, now)
        channels = _must_be_on(services, found.channels)
        reached = [
            await planning.reaches_anyone(unit.connection, criteria(found, channel))
            for channel in channels
        ]
        if not any(reached):
            raise NobodyToReach(alert=number)
        sending = await alerts.save(
            unit.connection,
            replace(found, state=AlertState.SENDING, sender=by.name, sent_at=now),
        )
        for channel in found.channels:
            await planning.begin(unit.connection, unit.database, number, channel)
            unit.after_commit("plan", channel, number)
        await _record(unit, sending, "alert.sent", by=by, at=now)
    return sending


async def preview(
    services: Services, number: int, *, by: Officer, spelling: bool = False
) -> Preview:
    """The texts of an alert, what is missing or found, and whom it would reach now.

    Spelling takes a second where everything else takes a moment, so it is only done on request.
    """
    by.must(Permission.READ)
    await library(services)
    async with services.reading() as reading:
        found = await alerts.load(reading.connection, number)
        required = reviewing.required(services, found.area)
        audience = {
            name: await planning.audience(reading.connection, criteria(found, channel))
            for name in found.channels
            if (channel := services.channels.get(name))
        }
    recipients = {
        (channel, language): n
        for channel, counts in audience.items()
        for language, n in counts.items()
    }
    return Preview(
        found,
        required,
        found.holes(required),
        audience,
        (
            *reviewing.findings(services, found, now=services.now()),
            *(await reviewing.spelling(services, found) if spelling else ()),
        ),
        estimate(found.messages, recipients, services.tariffs),
    )


async def read(services: Services, number: int, *, by: Officer) -> Alert:
    """One alert with its texts."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        return await alerts.load(reading.connection, number)


async def listing(
    services: Services, *, by: Officer, before: int | None = None, limit: int = 50
) -> list[Alert]:
    """Alerts, newest first, without their texts."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        return await alerts.page(reading.connection, before=before, limit=limit)


@dataclass(frozen=True, slots=True)
class Status:
    """How far an alert has come."""

    alert: Alert
    counts: Sequence[progress.Count]
    times: Sequence[progress.Times]


async def status(services: Services, number: int, *, by: Officer) -> Status:
    """Counters and times of an alert: cheap, however many people it reaches."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        found = await alerts.load(reading.connection, number)
        counts = await progress.counts(reading.connection, number)
        times = (
            await progress.times(reading.connection, number, found.sent_at) if found.sent_at else []
        )
    return Status(found, counts, times)


def _visible(message: Message) -> Message:
    """Refuse what nobody can see, and a subject that would end a header (RFC 5322 2.2)."""
    hidden = next(invisible(f"{message.subject}\n{message.text}"), None)
    if hidden or "\n" in message.subject or "\r" in message.subject:
        raise BadRequest(
            HIDDEN,
            channel=message.channel,
            language=message.language,
            letter=hidden[1] if hidden else "U+000A",
        )
    return message


def _in_gsm7(message: Message) -> Message:
    """A text message as the rewrite proposes it; anything else as it is."""
    if message.channel not in BILLED_BY_SEGMENT:
        return message
    return replace(message, text=rewrite(message.text).text)


def _marked(message: Message, alert_class: AlertClass) -> Message:
    """An exercise stays an exercise, whatever its reviser wrote."""
    if marked(message, alert_class):
        return message
    stamp = mark(alert_class, message.language)
    return replace(
        message,
        subject=with_mark(message.subject, stamp),
        text=with_mark(message.text, stamp, apart=bool(message.subject)),
    )


async def _hold(unit: Unit, number: int, wanted: AlertState, act: str) -> Alert:
    """The alert, held until commit, provided the table allows the step."""
    found = await alerts.load(unit.connection, number, lock=True)
    if not found.may_become(wanted):
        raise WrongState(alert=number, state=STATE_NAMES[found.state], act=act)
    return found


async def _record(unit: Unit, alert: Alert, what: str, *, by: Officer, at: datetime) -> None:
    await unit.record(
        what,
        by=by.name,
        about=f"alert/{alert.id}",
        at=at,
        details={
            "version": alert.version,
            "fingerprint": alert.fingerprint(),
            "class": alert.alert_class,
            "role": by.role,
        },
    )


def _area(services: Services, places: Sequence[str]) -> tuple[str, ...]:
    codes = {code for place in places for code in services.gazetteer.resolve(place)}
    if not codes:
        raise BadRequest(NO_AREA)
    return tuple(sorted(codes))


def _must_be_on(services: Services, channels: Sequence[str]) -> list[AnyChannel]:
    off = [name for name in channels if name not in services.channels]
    if off:
        raise ChannelOff(channel=", ".join(off))
    return [services.channels[name] for name in channels]


def _end(now: datetime, valid_for: timedelta) -> datetime:
    end = now + valid_for
    if end <= now:
        raise Ended(end=end)
    if valid_for > LONGEST_VALIDITY:
        raise BadRequest(TOO_LONG)
    return end.replace(microsecond=0)


def _must_be_what_was_seen(alert: Alert, seen: str) -> None:
    if seen and seen != alert.fingerprint():
        raise Outdated(alert=alert.id)


def _must_last(alert: Alert, now: datetime) -> None:
    if alert.expires_at <= now:
        raise Ended(end=alert.expires_at)
