"""What stands between a draft and sending: parity, fitness and lint of every text, as findings."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache

from alerting.checks.check_input import Subject
from alerting.checks.run import review
from alerting.compose.composer import Sender
from alerting.domain.alert import Alert
from alerting.domain.finding import Finding, Severity
from alerting.domain.language import Language, required_languages
from alerting.geo.gazetteer import Gazetteer
from alerting.services import Services

ROOMS = (0, 60, 35)
"""The widths the composer names an area in; see `alerting.compose.channels`."""
MOST_PLACES = 60
"""A wider area is called by its provinces and regions; a text cannot name every municipality."""


def findings(
    services: Services, alert: Alert, *, now: datetime, sender: Sender | None = None
) -> tuple[Finding, ...]:
    """Everything the checks say about an alert, the gravest first.

    `sender` is who speaks in it, here and below; None: the installation itself.
    """
    return review(subject(services, alert, now=now, sender=sender))


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


def blocking(found: Sequence[Finding]) -> list[Finding]:
    """Those with which an alert must not go out."""
    return [one for one in found if one.severity is Severity.BLOCKS]


def subject(
    services: Services, alert: Alert, *, now: datetime, sender: Sender | None = None
) -> Subject:
    """An alert as the checks want to see it, with the names of who speaks, of what and where."""
    sender = sender or services.composer.sender
    return Subject(
        messages=alert.messages,
        required=required(services, alert.area),
        alert_class=alert.alert_class,
        now=now,
        expires_at=alert.expires_at,
        channels=alert.channels,
        sources={one: (sender.authority[one],) for one in Language},
        places=_places(services, alert.area),
        allowed_hosts=sender.hosts,
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
    return (whole, *({one: (gazetteer.place(nis).names[one],) for one in Language} for nis in area))
