"""Which units of the public folder an alert stands in, and what is in them."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property

import structlog

from alerting.actions.public import feeds, pages
from alerting.actions.public.alerts import as_of
from alerting.actions.public.site import Files, Site, World
from alerting.domain.public_alert import Address, PublicAlert, guid

LISTS, ASSETS, TOWNS, GATEWAY = "lists", "assets", "municipality", "alert"
ALERTS, CERTIFICATES = "a", "certificates"
CAP = "cap.xml"
BEFORE_ANY = datetime(2026, 1, 1, tzinfo=UTC)
"""What lists are as of where nothing was ever published."""

Cap = Callable[[PublicAlert, Sequence[PublicAlert], Site], bytes | None]

log = structlog.get_logger()


def every_town(site: Site) -> list[str]:
    """NIS codes of all municipalities."""
    return [one.nis_code for one in site.gazetteer.municipalities()]


def no_cap(_: PublicAlert, __: Sequence[PublicAlert], ___: Site) -> None:
    """Where no CAP message is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Makers:
    """What makes the files of each unit: pure functions."""

    alert_unit: Callable[..., Files] = pages.alert_unit
    lists_unit: Callable[[World, Site], Files] = pages.lists_unit
    assets_unit: Callable[[Site], Files] = pages.assets_unit
    town_unit: Callable[[str, World, Site], Files] = feeds.town_unit
    towns_touched: Callable[[PublicAlert], Collection[str]] = feeds.towns_touched
    cap: Cap | None = None
    """None: signed with the keys of the installation."""
    all_towns: Callable[[Site], Collection[str]] = every_town
    """NIS codes of those that have feeds."""


@dataclass(frozen=True)
class Edition:
    """All that is public at one moment, as the units it is served in."""

    alerts: tuple[PublicAlert, ...]
    """Newest first."""
    site: Site
    makers: Makers = field(default_factory=Makers)

    @cached_property
    def chains(self) -> Mapping[Address, Sequence[PublicAlert]]:
        """First address of each chain → all of it, oldest first."""
        chains: defaultdict[Address, list[PublicAlert]] = defaultdict(list)
        for alert in reversed(self.alerts):
            chains[alert.first].append(alert)
        return chains

    @cached_property
    def world(self) -> World:
        """What lists are made from. Its moment is the last change, so that no clock is in it."""
        last = as_of(self.alerts) or max((one.sent_at for one in self.alerts), default=BEFORE_ANY)
        return World(alerts=self.alerts, now=last)

    def touched(self, numbers: Iterable[int]) -> list[PublicAlert]:
        """The alerts whose pages a change of these may change, those themselves first.

        That is their chains: each page says what came before and after. Real ones come first.
        """
        wanted = frozenset(numbers)
        changed = [one for one in self.alerts if one.address.number in wanted]
        changed.sort(key=lambda one: not one.is_listed)
        chained = [other for one in changed for other in reversed(self.chains[one.first])]
        return list({one.address: one for one in (*changed, *chained)}.values())

    def towns(self, numbers: Collection[int]) -> list[str]:
        """NIS codes of the municipalities whose feeds name these alerts and their chains, or did.

        What ends an alert about a person changes what every feed says of those before it.
        """
        return sorted(
            {
                code
                for one in self.touched(numbers)
                # Of one that was withdrawn, too: it leaves the feeds it was in.
                for code in self.makers.towns_touched(replace(one, withdrawn_at=None))
            }
        )

    @cached_property
    def all_towns(self) -> list[str]:
        """NIS codes of all municipalities."""
        return sorted(self.makers.all_towns(self.site))

    def alert_files(self, alert: PublicAlert) -> Files:
        """The unit of one alert."""
        chain = self.chains[alert.first]
        return self.makers.alert_unit(alert, chain, self.site, cap=self._cap(alert, chain))

    def _cap(self, alert: PublicAlert, chain: Sequence[PublicAlert]) -> bytes | None:
        """Its CAP message; a page waits for none that cannot be made."""
        if not (alert.is_listed and alert.texts):
            return None
        try:
            return (self.makers.cap or no_cap)(alert, chain, self.site)
        except Exception as error:
            log.error(  # noqa: TRY400  its text may hold words of the alert
                "cap.not_made", alert=alert.address.number, error=type(error).__name__
            )
            return None

    def list_files(self) -> Files:
        """The unit of all lists and of the feeds of the country and its provinces."""
        return self.makers.lists_unit(self.world, self.site)

    def town_files(self, nis_code: str) -> Files:
        """The unit of one municipality."""
        return self.makers.town_unit(nis_code, self.world, self.site)

    def asset_files(self) -> Files:
        """The unit of what never changes with an alert."""
        return self.makers.assets_unit(self.site)

    def units(self) -> set[str]:
        """The names of all units there are to be."""
        return {
            LISTS,
            ASSETS,
            CERTIFICATES,
            *(one.address.folder for one in self.alerts),
            *(town_unit(code) for code in self.all_towns),
        }


def town_unit(nis_code: str) -> str:
    """The name of the unit of a municipality."""
    return f"{TOWNS}/{nis_code}"


def gateway_path(address: Address) -> str:
    """Where the old gateway's address of an alert leads to its CAP message."""
    return f"{GATEWAY}/{guid(address)}"
