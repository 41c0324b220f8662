"""What the public is told of an alert that was sent: its words, whether they hold, its address.

Pages, feeds and CAP messages are made from this and from nothing else, so that making all of them
again gives the same bytes.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from alerting.domain.alert import AlertClass, AlertState, FollowUp, Hazard
from alerting.domain.belgian_time import local
from alerting.domain.language import Language
from alerting.domain.shape import Shape

OF_THE_CHAIN = frozenset({"update", "correction", "all_clear", "false_alert"})
"""Scenarios that say nothing of what happened: that stands in the alert they follow."""


class PublicStatus(StrEnum):
    """Whether what an alert says still holds."""

    ACTIVE = "active"
    REPLACED = "replaced"
    """An update or a correction took its place."""
    ENDED = "ended"
    """The all-clear was given."""
    FALSE_ALARM = "false-alarm"
    """It was said to have been a false alarm."""
    EXPIRED = "expired"


STATUS_OF: Mapping[AlertState, PublicStatus] = {
    AlertState.SENDING: PublicStatus.ACTIVE,
    AlertState.STOPPED: PublicStatus.ACTIVE,
    AlertState.ACTIVE: PublicStatus.ACTIVE,
    AlertState.UPDATED: PublicStatus.REPLACED,
    AlertState.ENDED: PublicStatus.ENDED,
    AlertState.CANCELLED: PublicStatus.FALSE_ALARM,
    AlertState.EXPIRED: PublicStatus.EXPIRED,
}
"""Of an alert that was sent. In any other state, and where it never was, it has no page."""


class Address(NamedTuple):
    """Where an alert stands for ever: never a position in a list."""

    year: int
    """In which it was drafted, on Belgian calendars."""
    number: int
    """The one the alert has everywhere."""

    @classmethod
    def of(cls, number: int, created_at: datetime) -> "Address":
        """That of an alert drafted at a moment."""
        return cls(local(created_at).year, number)

    @property
    def folder(self) -> str:
        """Below the root of the public folder, without slashes around."""
        return f"a/{self.year}/{self.number}"


def guid(address: Address) -> str:
    """What an alert is called at the addresses of the old gateway: 24 hexadecimal digits."""
    return hashlib.sha256(address.folder.encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicText:
    """The approved words in one language, the hour of sending filled in."""

    headline: str
    text: str
    """Paragraphs apart by an empty line; plain text."""
    html: str = ""
    """The same as a clean fragment of HTML, where the alert has one; else made from `text`."""
    elsewhere: tuple[str, ...] = ()
    """What left by any other channel, with its subject and without, so that whoever got it can
    tell whether it is ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicAlert:
    """One alert or exercise that was sent; tests never are one."""

    address: Address
    alert_class: AlertClass
    status: PublicStatus
    scenario: str
    titles: Mapping[Language, str]
    """What its scenario is called, in every language of the interface."""
    hazard: Hazard
    authority: Mapping[Language, str]
    """Who speaks."""
    area: tuple[str, ...]
    """NIS codes of municipalities, sorted."""
    shape: Shape | None
    languages: tuple[Language, ...]
    """Those it is written in, in the order the law gives."""
    texts: Mapping[Language, PublicText]
    """By language; none where what was personal in it is gone."""
    sent_at: datetime
    expires_at: datetime
    onset_at: datetime | None = None
    """When what it warns of begins, where its author said so."""
    follow_up: FollowUp | None = None
    previous: Address | None = None
    first: Address
    """Of its chain; its own where it follows none."""
    replaced_by: Address | None = None
    """What was sent in its place: an update, its end, or the word that it was a false alarm."""
    replaced_at: datetime | None = None
    personal: bool = False
    """Whether it is about a person: once its chain is over, its words are nowhere any more."""
    withdrawn_at: datetime | None = None
    """When an administrator took its words away: its address stays, and says so."""

    @property
    def warns(self) -> bool:
        """Whether it tells of a danger, and not of the end of one."""
        return self.follow_up not in {FollowUp.ALL_CLEAR, FollowUp.FALSE_ALERT}

    @property
    def in_force(self) -> bool:
        """Whether a list of what is going on names it, with the end of its validity in words.

        No clock is asked: a moment somebody stored while theirs was ahead would hide it.
        """
        return self.status is PublicStatus.ACTIVE and self.warns

    @property
    def is_exercise(self) -> bool:
        """Whether it only practised alerting."""
        return self.alert_class is AlertClass.EXERCISE

    @property
    def is_listed(self) -> bool:
        """Whether lists, feeds, maps and CAP know it.

        Exercises, and what was withdrawn, have a page and nothing else.
        """
        return self.alert_class is AlertClass.ALERT and self.withdrawn_at is None


def is_over(chain: Iterable[PublicAlert]) -> bool:
    """Whether nothing in a chain warns of a danger any more, whatever a clock says."""
    return not any(alert.warns and alert.status is PublicStatus.ACTIVE for alert in chain)


def subject_of(alert: PublicAlert, chain: Iterable[PublicAlert]) -> PublicAlert:
    """The alert of its chain, up to itself, that says what happened; itself where none does."""
    telling = [
        one
        for one in (*chain, alert)
        if one.address.number <= alert.address.number and one.scenario not in OF_THE_CHAIN
    ]
    return max(telling, key=lambda one: one.address.number, default=alert)


def without_person(alert: PublicAlert, chain: Iterable[PublicAlert]) -> PublicAlert:
    """The alert as it may be shown: where it is about a person and over, without a word of it, and
    without where that person was looked for."""
    if alert.personal and is_over(chain):
        return replace(alert, texts={}, shape=None)
    return alert


def without_content(alert: PublicAlert) -> PublicAlert:
    """The alert by its number, scenario, state and hours alone, where more of it cannot be drawn:
    without words, shape or area."""
    return replace(alert, texts={}, shape=None, area=(), personal=False)


def chains_of(alerts: Iterable[PublicAlert]) -> Mapping[Address, Sequence[PublicAlert]]:
    """Every chain by the address of its first alert, in the order of numbers: what follows another
    has a higher one, whatever a clock said when it was sent."""
    found: dict[Address, list[PublicAlert]] = {}
    for alert in sorted(alerts, key=lambda alert: alert.address.number):
        found.setdefault(alert.first, []).append(alert)
    return found
