"""Which units of the public folder an alert stands in, and what is in them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import structlog

from alerting.actions.public import feeds, pages
from alerting.actions.public.newsroom import NEWSROOM, Newsroom, PublicRelease
from alerting.actions.public.site import Files, Month, Site, World
from alerting.domain.public_alert import Address, PublicAlert, guid, without_content

LISTS, ASSETS, TOWNS, GATEWAY = "lists", "assets", "municipality", "alert"
CERTIFICATES = "certificates"
CAP = "cap.xml"

Cap = Callable[[PublicAlert, Sequence[PublicAlert], Site], bytes | None]

log = structlog.get_logger()


def every_town(site: Site) -> list[str]:
    """NIS codes of all municipalities."""
    return [municipality.nis_code for municipality in site.gazetteer.municipalities()]


def no_cap(_: PublicAlert, __: Sequence[PublicAlert], ___: Site) -> None:
    """Where no CAP message is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Makers:
    """What makes the files of each unit: pure functions."""

    alert_unit: Callable[..., Files] = pages.alert_unit
    lists_unit: Callable[[World, Site], Files] = pages.lists_unit
    month_unit: Callable[[Month, World, Site], Files] = pages.month_unit
    assets_unit: Callable[[Site], Files] = pages.assets_unit
    town_unit: Callable[[str, World, Site], Files] = feeds.town_unit
    towns_touched: Callable[[PublicAlert], Collection[str]] = feeds.towns_touched
    cap: Cap | None = None
    """None: signed with the keys of the installation."""
    all_towns: Callable[[Site], Collection[str]] = every_town
    """NIS codes of those that have feeds."""


class Failure(NamedTuple):
    """That an alert could not be drawn."""

    alert: PublicAlert
    """As it was then: another state of it is tried anew."""
    error: Exception


Failures = dict[Address, Failure]


@dataclass(frozen=True)
class Edition:
    """All that is public at one moment, as the units it is served in."""

    alerts: tuple[PublicAlert, ...]
    """Newest first."""
    site: Site
    makers: Makers = field(default_factory=Makers)
    failures: Failures = field(default_factory=dict)
    """Of alerts that could not be drawn before, as they were then; more are added here. They are
    shown without words, area and map, so that no list of all others fails."""
    releases: tuple[PublicRelease, ...] = ()
    """Newest first."""
    _worlds: dict[frozenset[tuple[Address, int]], World] = field(default_factory=dict, init=False)

    @cached_property
    def chains(self) -> Mapping[Address, Sequence[PublicAlert]]:
        """First address of each chain → all of it, oldest first."""
        return World(alerts=self.alerts).chains

    @property
    def world(self) -> World:
        """What lists are made from: the same until another alert is found that cannot be drawn."""
        failing = frozenset((address, id(known)) for address, known in self.failures.items())
        if failing not in self._worlds:
            self._worlds.clear()
            self._worlds[failing] = World(alerts=tuple(map(self._as_drawn, self.alerts)))
        return self._worlds[failing]

    def failure(self, numbers: Iterable[int]) -> Exception | None:
        """Why one of these alerts is shown without its content; None where none is."""
        wanted = frozenset(numbers)
        found = (alert for alert in self.alerts if alert.address.number in wanted)
        return next(
            (self.failures[alert.address].error for alert in found if self._fails(alert)), None
        )

    def _fails(self, alert: PublicAlert) -> bool:
        known_failure = self.failures.get(alert.address)
        return known_failure is not None and known_failure.alert == alert

    def _as_drawn(self, alert: PublicAlert) -> PublicAlert:
        return without_content(alert) if self._fails(alert) else alert

    def _note_failure(self, alert: PublicAlert, error: Exception) -> None:
        self.failures[alert.address] = Failure(alert, error)
        # Its text may hold words of the alert.
        log.error("alert.not_drawn", alert=alert.address.number, error=type(error).__name__)

    def _note_failing(self, alerts: Sequence[PublicAlert], draw: Callable[..., object]) -> bool:
        """Find those that cannot be drawn, by halves; whether there are any."""
        try:
            draw(*alerts)
        except Exception as error:
            if len(alerts) == 1:
                self._note_failure(alerts[0], error)
                return True
            middle = len(alerts) // 2
            found = [self._note_failing(some, draw) for some in (alerts[:middle], alerts[middle:])]
            return any(found)
        return False

    def _naming_all(self, draw: Callable[[World], Files]) -> Files:
        """Files that name many alerts: one that cannot be drawn is named without its content, or
        where even that fails, not at all."""
        try:
            return draw(self.world)
        except Exception:
            sound = [alert for alert in self.alerts if not self._fails(alert)]
            found = self._note_failing(sound, lambda *some: draw(World(alerts=some)))
            if not found and len(sound) == len(self.alerts):
                raise  # no alert is known to be why
        try:
            return draw(self.world)
        except Exception as error:
            left_out = [alert.address.number for alert in self.alerts if self._fails(alert)]
            log.error("alerts.not_listed", alerts=left_out, error=type(error).__name__)  # noqa: TRY400
        return draw(World(alerts=tuple(alert for alert in self.alerts if not self._fails(alert))))

    def touched(self, numbers: Iterable[int]) -> list[PublicAlert]:
        """The alerts whose pages a change of these may change, those themselves first.

        That is their chains: each page says what came before and after. Real ones come first.
        """
        wanted = frozenset(numbers)
        changed = [alert for alert in self.alerts if alert.address.number in wanted]
        changed.sort(key=lambda alert: not alert.is_listed)
        chained = [other for alert in changed for other in reversed(self.chains[alert.first])]
        return list({alert.address: alert for alert in (*changed, *chained)}.values())

    def towns(self, numbers: Collection[int]) -> list[str]:
        """NIS codes of the municipalities whose feeds name these alerts and their chains, or did.

        What ends an alert about a person changes what every feed says of those before it.
        """
        return sorted(
            {
                code
                for alert in self.touched(numbers)
                # Of one that was withdrawn, too: it leaves the feeds it was in.
                for code in self.makers.towns_touched(replace(alert, withdrawn_at=None))
            }
        )

    @cached_property
    def all_towns(self) -> list[str]:
        """NIS codes of all municipalities."""
        return sorted(self.makers.all_towns(self.site))

    def alert_files(self, alert: PublicAlert) -> Files:
        """The unit of one alert; without a page where none can be made even without its content."""
        chain = self.chains[alert.first]
        cap = self._cap(alert, chain)

        def draw(alert: PublicAlert, chain: Iterable[PublicAlert]) -> Files:
            drawn = [self._as_drawn(other) for other in chain]
            return self.makers.alert_unit(self._as_drawn(alert), drawn, self.site, cap=cap)

        try:
            return draw(alert, chain)
        except Exception as error:
            if not self._note_failing(chain, lambda *some: [draw(one, [one]) for one in some]):
                self._note_failure(alert, error)
        with suppress(Exception):
            return draw(alert, chain)
        return {CAP: cap} if cap else {}

    def _cap(self, alert: PublicAlert, chain: Sequence[PublicAlert]) -> bytes | None:
        """Its CAP message; a page waits for none that cannot be made.

        What was withdrawn keeps it, without its words: readers have seen it, and a Cancel that is
        gone would leave a warning that holds for them.
        """
        if alert.is_exercise:
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
        return self._naming_all(lambda world: self.makers.lists_unit(world, self.site))

    def months(self, numbers: Iterable[int] | None = None) -> list[Month]:
        """Those of the archive that name these alerts and their chains, or did; of all alerts."""
        found = self.alerts if numbers is None else self.touched(numbers)
        return sorted({Month.of(alert) for alert in found if not alert.is_exercise})

    def month_files(self, month: Month) -> Files:
        """The unit of one month of the archive."""
        return self._naming_all(lambda world: self.makers.month_unit(month, world, self.site))

    def town_files(self, nis_code: str) -> Files:
        """The unit of one municipality."""
        return self._naming_all(lambda world: self.makers.town_unit(nis_code, world, self.site))

    def asset_files(self) -> Files:
        """The unit of what never changes with an alert."""
        return self.makers.assets_unit(self.site)

    @cached_property
    def newsroom(self) -> Newsroom:
        """What is public of the press office."""
        folders = {alert.address.number: alert.address.folder for alert in self.alerts}
        return Newsroom(self.releases, self.site, folders)

    def release_units(self, numbers: Iterable[int]) -> dict[str, Files]:
        """The units of these releases and of what they correct."""
        return {one.folder: self.release_files(one) for one in self.newsroom.touched(numbers)}

    def release_files(self, release: PublicRelease) -> Files:
        """The unit of one release; no files where it cannot be drawn: what is there stays."""
        try:
            return self.newsroom.unit(release)
        except Exception as error:
            number = release.release.id  # its text may hold words of the release
            log.error("release.not_drawn", release=number, error=type(error).__name__)  # noqa: TRY400
            return {}

    def newsroom_files(self) -> Files:
        """The unit of the lists of releases, without those that cannot be drawn."""
        drawn = tuple(one for one in self.releases if self.release_files(one))
        return replace(self.newsroom, releases=drawn).lists()

    def unit_files(self, unit: str) -> Files:
        """Any unit but the certificates; no files where there is none, or none can be made."""
        one_of_a_kind = {
            LISTS: self.list_files,
            ASSETS: self.asset_files,
            NEWSROOM: self.newsroom_files,
        }
        if unit in one_of_a_kind:
            return one_of_a_kind[unit]()
        if unit.startswith(f"{TOWNS}/"):
            return self.town_files(unit.removeprefix(f"{TOWNS}/"))
        if (release := self._releases_by_unit.get(unit)) is not None:
            return self.release_files(release)
        if (alert := self._by_unit.get(unit)) is not None:
            return self.alert_files(alert)
        month = next((month for month in self.months() if month.folder == unit), None)
        return self.month_files(month) if month else {}

    @cached_property
    def _releases_by_unit(self) -> Mapping[str, PublicRelease]:
        return {release.folder: release for release in self.releases}

    @cached_property
    def _by_unit(self) -> Mapping[str, PublicAlert]:
        return {alert.address.folder: alert for alert in self.alerts}

    def units(self) -> set[str]:
        """The names of all units there are to be."""
        return {
            LISTS,
            ASSETS,
            CERTIFICATES,
            NEWSROOM,
            *(release.folder for release in self.releases),
            *(alert.address.folder for alert in self.alerts),
            *(month.folder for month in self.months()),
            *(town_unit(code) for code in self.all_towns),
        }


def town_unit(nis_code: str) -> str:
    """The name of the unit of a municipality."""
    return f"{TOWNS}/{nis_code}"


def gateway_path(address: Address) -> str:
    """Where the old gateway's address of an alert leads to its CAP message."""
    return f"{GATEWAY}/{guid(address)}"
