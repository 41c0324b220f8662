"""What public pages are made from besides alerts: whose site it is, and what it shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
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


class Month(NamedTuple):
    """A calendar month in Belgium: its alerts have a unit of their own in the archive."""

    year: int
    month: int

    @classmethod
    def of(cls, alert: PublicAlert) -> "Month":
        """In which it was sent."""
        here = local(alert.sent_at)
        return cls(here.year, here.month)

    @property
    def folder(self) -> str:
        """Below the root of the public folder, without slashes around."""
        return f"archive/{self.year}/{self.month:02}"


@dataclass(frozen=True, kw_only=True)
class World:
    """All that is public: rows alone say what holds, so that no clock is in it."""

    alerts: tuple[PublicAlert, ...]
    """Newest first, exercises too."""

    @cached_property
    def chains(self) -> Mapping[Address, Sequence[PublicAlert]]:
        """Every chain by the address of its first alert, oldest first."""
        return chains_of(self.alerts)
