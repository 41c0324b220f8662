"""What public pages are made from besides alerts: whose site it is, and what it shows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from alerting.domain.belgian_time import local
from alerting.domain.language import Language
from alerting.domain.public_alert import Address, PublicAlert, chains_of
from alerting.geo.gazetteer import Gazetteer

Files = Mapping[str, bytes]
"""Paths relative to the root of a unit, without a slash before -> bytes, before compression."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The public pages of one installation."""

    url: str
    """Where they are, without a slash at the end: feeds, sitemap and CAP have whole addresses.

    Entries of feeds are called by its host for ever, so it is chosen once.
    """
    authority: Mapping[Language, str]
    """Whose pages they are."""
    gazetteer: Gazetteer
    outlines: Mapping[str, Any] = field(default_factory=dict)
    """NIS code -> GeoJSON MultiPolygon, of municipalities whose outlines were imported."""
    contact: Mapping[Language, str] = field(default_factory=dict)
    """Whom the public writes to or calls: lines of plain text."""
    accessibility_contact: str = ""
    """An e-mail address for whoever cannot use a page; empty: what `contact` says."""
    privacy_contact: str = ""
    """An e-mail address of the data protection officer; empty: what `contact` says."""
    complaints: Mapping[Language, str] = field(default_factory=dict)
    """Who hears complaints about accessibility, with an address; none: the Federal Ombudsman."""

    def __hash__(self) -> int:
        """Pages that depend on nothing else are kept by it; equal ones have the same."""
        return hash(self.url)


@lru_cache(maxsize=20_000)
def _month_of(moment: datetime) -> tuple[int, int]:
    here = local(moment)
    return here.year, here.month


class Month(NamedTuple):
    """A calendar month in Belgium: its alerts have a unit of their own in the archive."""

    year: int
    month: int

    @classmethod
    def of(cls, alert: PublicAlert) -> "Month":
        """In which it was sent."""
        return cls(*_month_of(alert.sent_at))

    @property
    def folder(self) -> str:
        """Below the root of the public folder, without slashes around."""
        return f"archive/{self.year}/{self.month:02}"


@dataclass(frozen=True, kw_only=True, eq=False)
class World:
    """All that is public: rows alone say what holds, so that no clock is in it."""

    alerts: tuple[PublicAlert, ...]
    """Newest first, exercises too."""

    @cached_property
    def chains(self) -> Mapping[Address, Sequence[PublicAlert]]:
        """Every chain by the address of its first alert, oldest first."""
        return chains_of(self.alerts)

    @cached_property
    def last_sent_first(self) -> Sequence[PublicAlert]:
        """All alerts by the hour they were sent."""
        return sorted(self.alerts, key=lambda one: (one.sent_at, one.address), reverse=True)

    @cached_property
    def by_town(self) -> Mapping[str, Sequence[PublicAlert]]:
        """NIS code → the alerts for that municipality, last sent first."""
        found: defaultdict[str, list[PublicAlert]] = defaultdict(list)
        for alert in self.last_sent_first:
            for code in alert.area:
                found[code].append(alert)
        return found

    @cached_property
    def by_month(self) -> Mapping[Month, Sequence[PublicAlert]]:
        """The alerts sent in each month, last sent first."""
        found: defaultdict[Month, list[PublicAlert]] = defaultdict(list)
        for alert in self.last_sent_first:
            found[Month.of(alert)].append(alert)
        return found
