"""What stands between a draft and sending: parity, fitness and lint of every text, as findings."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.actions import authorization
from alerting.actions.alerts.guards import people_reached
from alerting.actions.alerts.library_texts import composed_again
from alerting.checks.audience import UnlistedPlace, audience_findings
from alerting.checks.check_input import CheckInput
from alerting.checks.queue import CheckQueue
from alerting.checks.run import run_checks
from alerting.checks.times import Moment, times
from alerting.checks.whole_country import whole_country_findings
from alerting.compose.composer import Sender
from alerting.compose.phrases import contact_block
from alerting.compose.values import ValueKind, moment, words_of
from alerting.domain.alert import Alert
from alerting.domain.authority import NATIONAL
from alerting.domain.authority_list import AuthorityList
from alerting.domain.authority_names import folded_names
from alerting.domain.channel_profiles import profile_of, reach_of
from alerting.domain.errors import (
    BadTemplate,
    ChecksUnfinished,
    Outdated,
    TimesPassed,
    UnknownScenario,
)
from alerting.domain.finding import Finding, FindingSeverity, gravest_first
from alerting.domain.language import Language, required_languages
from alerting.domain.message import Message
from alerting.domain.officer import Officer
from alerting.domain.text.i18n import ByLanguage
from alerting.geo.gazetteer import Gazetteer
from alerting.geo.place_names import COUNTRY
from alerting.services import Services, place_names
from alerting.store.authorities import lists as list_entry_rows
from alerting.store.deliveries.audience_counts import listed_places

T = TypeVar("T")

LEAST_ROOM = 35
"""Characters the composer names an area in at least; see `alerting.domain.channel_profiles`."""
MOST_PLACES = 60
"""A wider area is called by its provinces and regions; a text cannot name every municipality."""


@dataclass(frozen=True, slots=True)
class TextReview:
    """What the checks said, and of what: for an act that decides on it in a transaction."""

    key: bytes
    """Of the texts, of who speaks in them, of the lists they were held against."""
    findings: tuple[Finding, ...]


async def findings(
    services: Services, alert: Alert, *, by: Officer, now: datetime, typed: bool = False
) -> tuple[Finding, ...]:
    """Everything the checks say about an alert, the gravest first; errors as of `review`.

    `typed`: these words are being typed.
    """
    queue = services.checks.typed if typed else services.checks.stored
    return (await _review(services, queue, alert, by=by, now=now)).findings


async def review(services: Services, alert: Alert, *, by: Officer, now: datetime) -> TextReview:
    """Everything the checks say about an alert, the gravest first, for an act that decides on it.

    Meant for outside any transaction: what is read for the checks is read first, and no connection
    is held while they run, in the queue of `by`. The same texts are checked once.
    ChecksUnfinished where they take longer than `DEADLINE`; TooManyChecks.
    """
    return await _review(services, services.checks.decided, alert, by=by, now=now)


async def _review(
    services: Services, queue: CheckQueue, alert: Alert, *, by: Officer, now: datetime
) -> TextReview:
    async with services.reading() as reading:
        check_input = await _given(services, reading.connection, alert, now=now)
        reached = await _audience(services, reading.connection, alert)
    key = _key(check_input)
    moments = _moments(services, alert)
    if key not in _reviews:
        check_input = replace(check_input, composed=await _composed(services, alert))

    def look() -> tuple[tuple[Finding, ...], list[Finding]]:
        text_findings = _reviews.get(key)
        if text_findings is None:
            text_findings = run_checks(check_input)
            _remember(key, text_findings)  # here: whoever asked may have gone
        if alert.sent_at is not None:
            return text_findings, []
        return text_findings, _unfit(alert, moments, alert.send_at or now)

    if alert.sent_at is not None and key in _reviews:
        text_findings, unfit = look()
    else:
        text_findings, unfit = await _within_deadline(queue, by, look)
    return TextReview(key, gravest_first([*reached, *text_findings, *unfit]))


async def _within_deadline(queue: CheckQueue, by: Officer, look: Callable[[], T]) -> T:
    try:
        return await queue.run(by.name, look, within=DEADLINE)
    except TimeoutError:
        raise ChecksUnfinished(seconds=round(DEADLINE)) from None


async def _composed(services: Services, alert: Alert) -> tuple[Message, ...]:
    """What its choices say before anybody edited it; nothing where that is not known any more."""
    if not alert.id:  # a composition: nothing was edited
        return alert.messages
    return tuple((await composed_again(services, alert) or {}).values())


async def _audience(services: Services, connection: AsyncConnection, alert: Alert) -> list[Finding]:
    """What the checks say about whom it reaches now; nothing of what has left, or follows an alert.

    A follow-up goes to whoever had what it follows, be nobody of them in the area any more.
    """
    if alert.sent_at is not None or alert.previous_alert is not None:
        return []
    people = await people_reached(services, connection, alert)
    live_there = services.gazetteer.inhabitants(alert.area)
    return [
        *audience_findings(
            people,
            inhabitants=live_there,
            alert_class=alert.alert_class,
            one_in=services.one_in,
            unlisted=await _unlisted(services, connection, alert, people),
        ),
        *whole_country_findings(alert.area, services.gazetteer.members((COUNTRY,))),
    ]


async def _unlisted(
    services: Services, connection: AsyncConnection, alert: Alert, people: Mapping[str, int]
) -> list[UnlistedPlace]:
    """Municipalities of its area where no channel to people that reaches anybody has anyone."""
    reaches = {
        reach_of(name) for name, n in people.items() if n and profile_of(name).may_be_preferred
    }
    if not reaches:
        return []
    listed = await listed_places(connection, reaches, alert.area)
    places = [services.gazetteer.place(code) for code in alert.area if code not in listed]
    return [UnlistedPlace(ByLanguage(place.names), place.inhabitants) for place in places]


async def require_same(
    services: Services,
    connection: AsyncConnection,
    alert: Alert,
    review: TextReview,
    *,
    now: datetime,
) -> None:
    """Outdated where a check would no longer be of what was reviewed: words, names or lists."""
    if _key(await _given(services, connection, alert, now=now)) != review.key:
        raise Outdated(alert=alert.id)


async def _given(
    services: Services, connection: AsyncConnection, alert: Alert, *, now: datetime
) -> CheckInput:
    """All that an alert is held against."""
    code = alert.authority or NATIONAL.code
    above = await authorization.chain(services, connection, code)
    listed = await list_entry_rows.living(
        connection, frozenset(authority.code for authority in above), AuthorityList.TELEPHONE
    )
    sender = await authorization.speaker(services, connection, code)
    check_input = check_input_of(
        services, alert, now=now, sender=sender, telephones=frozenset(entry.key for entry in listed)
    )
    own, others = await authorization.speakers(services, connection, code)
    return replace(
        check_input,
        level=above[0].level,
        own_names=own,
        other_names=_one_of(others - _place_names(check_input)),
    )


@lru_cache(maxsize=64)
def _one_of(names: frozenset[str]) -> frozenset[str]:
    """Of equal sets one and the same, so that what is remembered by thousands of names is found."""
    return names


@dataclass(frozen=True, slots=True)
class PassedTimes:
    """Hours in the texts of an alert that did fit when it was approved, and do not at `leaves`."""

    content: tuple[str, datetime | None]
    """Its fingerprint, and when it was approved."""
    leaves: datetime
    times: list[str]

    def require_accepted(self, alert: Alert, *, accept: bool) -> dict[str, list[str]]:
        """Refuse to let an alert leave at a moment its texts do not fit: TimesPassed.

        What was so when it was approved was read, and answered for, then. What is accepted comes
        back for the ledger. Outdated where it is no longer the alert that was looked at.
        """
        if _content(alert) != self.content:
            raise Outdated(alert=alert.id)
        if self.times and not accept:
            shown = ", ".join(f"“{one}”" for one in self.times)
            raise TimesPassed(alert=alert.id, at=self.leaves, times=shown)
        return {"accepted_times": self.times} if self.times else {}


async def passed_times(
    services: Services, number: int, *, leaves: datetime, by: Officer, deciding: bool = True
) -> PassedTimes:
    """What an act that lets an alert leave asks before it begins its transaction.

    In a thread, as every check, and with the same errors. `deciding`: not to be read only.
    """
    async with services.reading() as reading:
        alert = await authorization.visible_alert(services, reading, number, by=by)
    moments = _moments(services, alert)

    def look() -> list[str]:
        known_findings = _unfit(alert, moments, alert.approved_at or leaves)
        answered = (
            {_place_of(finding) for finding in known_findings} if alert.approved_at else set()
        )
        text_findings = _unfit(alert, moments, leaves)
        return sorted(
            {
                str(finding.facts["time"])
                for finding in text_findings
                if _place_of(finding) not in answered
            }
        )

    queue = services.checks.decided if deciding else services.checks.stored
    found = await _within_deadline(queue, by, look)
    return PassedTimes(_content(alert), leaves, found)


def _content(alert: Alert) -> tuple[str, datetime | None]:
    return alert.fingerprint(), alert.approved_at


def _moments(services: Services, alert: Alert) -> list[Moment]:
    """The moments that its details name."""
    try:
        declared = services.composer.library.scenario(alert.scenario).values
    except UnknownScenario:  # gone from the library since
        declared = ()
    return [
        Moment(called=ByLanguage(declaration.help), at=at, tense=declaration.tense)
        for declaration in declared
        if (given := alert.values.get(declaration.name, declaration.default))
        and (at := moment(declaration, given, alert.composed)) is not None
    ]


def _unfit(alert: Alert, moments: Sequence[Moment], leaves: datetime) -> list[Finding]:
    """The hours and days in its texts that would be wrong if it left then."""
    return list(times(alert.messages, moments, written=alert.composed, leaves=leaves))


def _place_of(finding: Finding) -> tuple[object, ...]:
    return finding.rule, finding.channel, finding.language, finding.field, finding.where


DEADLINE = 10.0
"""Seconds from when it began. The longest texts there may be take a few."""
MAX_REVIEWS = 256
"""Reviews remembered."""
_reviews: OrderedDict[bytes, tuple[Finding, ...]] = OrderedDict()


_remembering = threading.Lock()


def _remember(key: bytes, text_findings: tuple[Finding, ...]) -> None:
    with _remembering:
        _reviews[key] = text_findings
        while len(_reviews) > MAX_REVIEWS:
            _reviews.popitem(last=False)


def _key(check_input: CheckInput) -> bytes:
    """All a review depends on; of the time only whether the alert is over."""
    pinned = replace(
        check_input,
        now=check_input.expires_at
        if check_input.expires_at <= check_input.now
        else datetime.min.replace(tzinfo=UTC),
        allowed_hosts=frozenset(),
        telephones=frozenset(),
        own_names=frozenset(),
        other_names=frozenset(),
    )
    sets = (
        check_input.allowed_hosts,
        check_input.telephones,
        check_input.own_names,
        check_input.other_names,
    )
    return sha256(repr((pinned, *map(sorted, sets))).encode("utf-8", "surrogatepass")).digest()


async def spelling(
    services: Services, alert: Alert, *, sender: Sender | None = None
) -> tuple[Finding, ...]:
    """Words no dictionary knows, as hints; names of the area and of the sender are known.

    Nothing is found in a language this installation has no dictionary for.
    """
    sender = sender or services.composer.sender
    typed = [value for entry in alert.values.values() for value in _strings(entry)]
    known = {
        *(
            name
            for names in area_names(services, alert.area)
            for one in names.values()
            for name in one
        ),
        *(name for entry in (sender.authority, sender.town) for name in entry.values()),
        *sender.hosts,
        *typed,
    }
    return await services.speller.check(alert.messages, known)


def _place_names(check_input: CheckInput) -> frozenset[str]:
    """Of a place that is meant, its name says nothing about who speaks."""
    return folded_names(
        name for names in check_input.places for every in names.values() for name in every
    )


def blocking_findings(text_findings: Sequence[Finding]) -> list[Finding]:
    """Those with which an alert must not go out."""
    return [finding for finding in text_findings if finding.severity is FindingSeverity.BLOCKS]


def check_input_of(
    services: Services,
    alert: Alert,
    *,
    now: datetime,
    sender: Sender | None = None,
    telephones: frozenset[str] = frozenset(),
) -> CheckInput:
    """An alert as the checks want to see it, with the names of who speaks, of what and where.

    `telephones` are E.164 numbers of the authority's list.
    """
    sender = sender or services.composer.sender
    return CheckInput(
        messages=alert.messages,
        required=required(services, alert.area),
        alert_class=alert.alert_class,
        now=now,
        expires_at=alert.expires_at,
        channels=alert.text_channels,
        sources={language: (sender.authority[language],) for language in Language},
        places=area_names(services, alert.area),
        allowed_hosts=sender.hosts,
        telephones=telephones,
        contacts={
            language: contact_block(language, sender.press_contact[language])
            for language in Language
        },
        typed=_typed(services, alert),
        known_places=place_names(services.gazetteer),
    )


def _typed(services: Services, alert: Alert) -> Mapping[str, Mapping[Language, str]]:
    """The details of an alert that are words, in the words of each language."""
    try:
        declared = services.composer.library.scenario(alert.scenario).values
    except (UnknownScenario, BadTemplate):
        return {}
    return {
        declaration.name: words
        for declaration in declared
        if declaration.kind is ValueKind.TEXT
        and (
            words := words_of(declaration, alert.values.get(declaration.name, declaration.default))
        )
    }


def required(services: Services, area: Sequence[str]) -> tuple[Language, ...]:
    """The languages the law asks for an area."""
    return _required(services.gazetteer, tuple(area))


@lru_cache(maxsize=64)
def _required(gazetteer: Gazetteer, area: tuple[str, ...]) -> tuple[Language, ...]:
    return required_languages(gazetteer.inhabited(code) for code in area)


def _strings(value: object) -> list[str]:
    if isinstance(value, Mapping):
        return [one for one in value.values() if isinstance(one, str)]
    return [value] if isinstance(value, str) else []


def area_names(
    services: Services, area: tuple[str, ...]
) -> tuple[Mapping[Language, tuple[str, ...]], ...]:
    """What an area is called as a whole, then each of its municipalities."""
    return _named(services.gazetteer, area)


@lru_cache(maxsize=64)
def _named(
    gazetteer: Gazetteer, area: tuple[str, ...]
) -> tuple[Mapping[Language, tuple[str, ...]], ...]:
    """What an area is called as a whole, then each of its municipalities."""
    whole = {
        language: gazetteer.area_phrases(area, language, room=LEAST_ROOM) for language in Language
    }
    if len(area) > MOST_PLACES:
        return (whole,)
    return (
        whole,
        *({one: (gazetteer.area_name((nis_code,), one),) for one in Language} for nis_code in area),
    )
