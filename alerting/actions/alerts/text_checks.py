"""What stands between a draft and sending: parity, fitness and lint of every text, as findings."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.actions import authorization
from alerting.checks.check_input import CheckInput
from alerting.checks.run import run_checks
from alerting.checks.telephones import telephones as numbers_in
from alerting.checks.times import Moment, times
from alerting.compose.composer import Sender
from alerting.compose.values import moment
from alerting.domain.alert import Alert
from alerting.domain.authority import NATIONAL
from alerting.domain.authority_list import AuthorityList
from alerting.domain.errors import ChecksUnfinished, TimesPassed, UnknownScenario
from alerting.domain.finding import Finding, FindingSeverity, gravest_first
from alerting.domain.language import Language, required_languages
from alerting.domain.text.i18n import ByLanguage
from alerting.domain.text.links import links_in
from alerting.geo.gazetteer import Gazetteer
from alerting.services import Services
from alerting.store.authorities import lists as list_entry_rows

ROOMS = (0, 60, 35)
"""The widths the composer names an area in; see `alerting.compose.channels`."""
MOST_PLACES = 60
"""A wider area is called by its provinces and regions; a text cannot name every municipality."""


async def findings(
    services: Services,
    connection: AsyncConnection,
    alert: Alert,
    *,
    now: datetime,
    sender: Sender | None = None,
) -> tuple[Finding, ...]:
    """Everything the checks say about an alert, the gravest first.

    `sender` is who speaks in it, here and below; None: the installation itself. The checks run in
    a thread, so that nobody waits for them but who asked; the same texts are checked once.
    ChecksUnfinished after `DEADLINE` seconds.
    """
    code = alert.authority or NATIONAL.code
    above = await authorization.chain(services, connection, code)
    listed = await list_entry_rows.living(
        connection, frozenset(one.code for one in above), AuthorityList.TELEPHONE
    )
    given = check_input_of(
        services, alert, now=now, sender=sender, telephones=frozenset(one.key for one in listed)
    )
    found = await _checked(given)
    if alert.sent_at is not None:
        return found
    (unfit,) = await _unfit(services, alert, alert.send_at or now)
    return gravest_first([*found, *unfit])


async def require_fit(
    services: Services, alert: Alert, *, leaves: datetime, accept: bool
) -> dict[str, list[str]]:
    """Refuse to let an alert leave at a moment its texts do not fit: TimesPassed.

    What was so when it was approved was read, and answered for, then. What is accepted comes back
    for the ledger.
    """
    known, found = await _unfit(services, alert, alert.approved_at or leaves, leaves)
    answered = {_place_of(one) for one in known} if alert.approved_at else set()
    arisen = sorted({str(one.facts["time"]) for one in found if _place_of(one) not in answered})
    if arisen and not accept:
        shown = ", ".join(f"“{one}”" for one in arisen)
        raise TimesPassed(alert=alert.id, at=leaves, times=shown)
    return {"accepted_times": arisen} if arisen else {}


async def _unfit(services: Services, alert: Alert, *leaving: datetime) -> list[list[Finding]]:
    """The hours and days in its texts that would be wrong if it left then, for each moment.

    In a thread, as every check: nobody waits for it but who asked.
    """
    try:
        declared = services.composer.library.scenario(alert.scenario).values
    except UnknownScenario:  # gone from the library since
        declared = ()
    moments = [
        Moment(called=ByLanguage(one.help), at=at, tense=one.tense)
        for one in declared
        if (given := alert.values.get(one.name, one.default))
        and (at := moment(one, given, alert.created_at)) is not None
    ]

    def look() -> list[list[Finding]]:
        return [
            list(times(alert.messages, moments, written=alert.created_at, leaves=leaves))
            for leaves in leaving
        ]

    return await asyncio.get_running_loop().run_in_executor(_REVIEWERS, look)


def _place_of(finding: Finding) -> tuple[object, ...]:
    return finding.rule, finding.channel, finding.language, finding.field, finding.where


DEADLINE = 10.0
"""Seconds. Texts as long as their bounds allow take a fraction of one."""
MAX_REVIEWS = 256
"""Reviews remembered."""
_REVIEWERS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="checks")
_reviews: OrderedDict[bytes, tuple[Finding, ...]] = OrderedDict()


async def _checked(given: CheckInput) -> tuple[Finding, ...]:
    """The review of these texts, from memory where they were reviewed before."""
    key = _key(given)
    if (known := _reviews.get(key)) is not None:
        _reviews.move_to_end(key)
        return known
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(DEADLINE):
            found = await loop.run_in_executor(_REVIEWERS, run_checks, given)
    except TimeoutError:
        raise ChecksUnfinished(seconds=round(DEADLINE)) from None
    _reviews[key] = found
    while len(_reviews) > MAX_REVIEWS:
        _reviews.popitem(last=False)
    return found


def _key(given: CheckInput) -> bytes:
    """All a review depends on; of the time only whether the alert is over."""
    pinned = replace(
        given,
        now=given.expires_at if given.expires_at <= given.now else datetime.min.replace(tzinfo=UTC),
        allowed_hosts=frozenset(),
        telephones=frozenset(),
        contacts=frozenset(),
    )
    sets = (given.allowed_hosts, given.telephones, given.contacts)
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
            for names in _places(services, alert.area)
            for one in names.values()
            for name in one
        ),
        *(name for entry in (sender.authority, sender.town) for name in entry.values()),
        *sender.hosts,
        *typed,
    }
    return await services.speller.check(alert.messages, known)


def blocking_findings(found: Sequence[Finding]) -> list[Finding]:
    """Those with which an alert must not go out."""
    return [one for one in found if one.severity is FindingSeverity.BLOCKS]


def check_input_of(
    services: Services,
    alert: Alert,
    *,
    now: datetime,
    sender: Sender | None = None,
    telephones: frozenset[str] = frozenset(),
) -> CheckInput:
    """An alert as the checks want to see it, with the names of who speaks, of what and where.

    `telephones` are E.164 numbers of the authority's list; the press contact's count too.
    """
    sender = sender or services.composer.sender
    contact = "\n".join(sender.press_contact.values())
    return CheckInput(
        messages=alert.messages,
        required=required(services, alert.area),
        alert_class=alert.alert_class,
        now=now,
        expires_at=alert.expires_at,
        channels=alert.channels,
        sources={one: (sender.authority[one],) for one in Language},
        places=_places(services, alert.area),
        allowed_hosts=sender.hosts,
        telephones=telephones | {one.number for one in numbers_in(contact)},
        contacts=frozenset(one.shown.casefold() for one in links_in(contact)),
    )


def required(services: Services, area: Sequence[str]) -> tuple[Language, ...]:
    """The languages the law asks for an area."""
    return required_languages(services.gazetteer.inhabited(code) for code in area)


def _strings(value: object) -> list[str]:
    if isinstance(value, Mapping):
        return [one for one in value.values() if isinstance(one, str)]
    return [value] if isinstance(value, str) else []


def _places(
    services: Services, area: tuple[str, ...]
) -> tuple[Mapping[Language, tuple[str, ...]], ...]:
    return _named(services.gazetteer, area)


@lru_cache(maxsize=64)
def _named(
    gazetteer: Gazetteer, area: tuple[str, ...]
) -> tuple[Mapping[Language, tuple[str, ...]], ...]:
    """What an area is called as a whole, then each of its municipalities."""
    whole = {
        language: tuple(gazetteer.area_name(area, language, room=room) for room in ROOMS)
        for language in Language
    }
    if len(area) > MOST_PLACES:
        return (whole,)
    return (
        whole,
        *({one: (gazetteer.place(nis_code).names[one],) for one in Language} for nis_code in area),
    )
