"""The dependencies of every action, in one frozen dataclass."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from alerting.cap.identity import CapIdentity, arc_of_host
from alerting.checks.costs import Tariffs
from alerting.checks.queue import CheckQueues
from alerting.checks.spelling import Speller
from alerting.checks.wording.place_names import PlaceNames
from alerting.compose.composer import Composer
from alerting.credentials.keyring import KeyName, Keyring
from alerting.credentials.passwords import Hasher
from alerting.domain.account import AccessRules
from alerting.domain.channel import AnyChannel
from alerting.domain.channel_profiles import Reach, profile_of
from alerting.domain.channel_setup import RouteSetup
from alerting.domain.jobs import Wake
from alerting.domain.language import Language
from alerting.domain.recipient import Hmacs
from alerting.domain.retention import Retention
from alerting.domain.stop_signal import StopSignal
from alerting.domain.turns import Turn
from alerting.geo.gazetteer import Gazetteer
from alerting.geo.presets import Preset
from alerting.importing.phone_numbers import DEFAULT_COUNTRIES
from alerting.mailer import Mailer, NoMailer, NoTexter, Texter
from alerting.publisher import Folder
from alerting.store import Database, ReadTransaction, UnitOfWork
from alerting.store.unit_of_work import reading, unit


class Queue(Protocol):
    """Where wake-ups go. Losing one is harmless: the sweeper finds what is due in the database."""

    async def wake(self, wakes: list[Wake]) -> None:
        """Queue jobs; an outage of the queue is reported to the operator, never raised."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


@lru_cache(maxsize=4)
def place_names(gazetteer: Gazetteer) -> PlaceNames:
    """Every place, for the checks that look for one named in another language than its text."""
    return PlaceNames(place.names for place in (*gazetteer.municipalities(), *gazetteer.areas()))


def always() -> bool:
    """Yes."""
    return True


class RateLimiter(Protocol):
    """How fast each provider may be fed, and what goes first; shared by all workers."""

    async def take(
        self,
        rate_key: str,
        per_second: float | None,
        cost: int,
        turn: Turn,
        stop: StopSignal,
        *,
        able: Callable[[], bool] = always,
    ) -> bool:
        """Wait until `cost` units may be sent; False when `stop` was set first.

        The next units that are free go to whoever's turn it is among those who are `able` to use
        them at once.
        """
        ...

    def claim(self, rate_key: str, turn: Turn) -> AbstractContextManager[None]:
        """While it is held by something urgent, routine work on this meter yields."""
        ...

    def arrivals(self, rate_key: str) -> int:
        """How many urgent alerts have come to this meter, in this process, since it began."""
        ...

    def yields(self, rate_key: str, turn: Turn) -> bool:
        """Whether this is routine work, and something urgent has this meter now."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicFolder:
    """Where public pages are put, and whose they are."""

    folder: Folder
    url: str
    """Where everybody reads it, without a slash at the end."""
    authority: Mapping[Language, str]
    """Whose pages they are."""
    contact: Mapping[Language, str] = field(default_factory=dict)
    accessibility_contact: str = ""
    privacy_contact: str = ""
    complaints: Mapping[Language, str] = field(default_factory=dict)
    """Who hears complaints about accessibility; none: the Federal Ombudsman."""


@dataclass(frozen=True, slots=True)
class Services:
    """Database, queue, channels, clock and the like; holds no rule."""

    database: Database
    queue: Queue
    pace: RateLimiter
    routes: Mapping[str, Sequence[AnyChannel]]
    """Every way to each channel, the preferred one first."""
    composer: Composer
    gazetteer: Gazetteer
    tariffs: Tariffs
    speller: Speller
    now: Callable[[], datetime]
    keyring: Keyring
    checks: CheckQueues = field(default_factory=CheckQueues)
    approval_lasts: timedelta = timedelta(hours=24)
    retractable_alone: timedelta = timedelta(minutes=30)
    """How long after its first message one person may retract an alert that is no longer sent."""
    mailer: Mailer = field(default_factory=NoMailer)
    """For e-mails to users."""
    texter: Texter = field(default_factory=NoTexter)
    """For text messages to users."""
    rules: AccessRules = field(default_factory=AccessRules)
    retention: Retention = field(default_factory=Retention)
    hasher: Hasher = field(default_factory=Hasher)
    setups: tuple[RouteSetup, ...] = ()
    """Which settings each route of every channel has and lacks, without their values."""
    presets: tuple[Preset, ...] = ()
    """Areas prepared beforehand."""
    journals: Path | None = None
    """The folder for the journals of what is being sent; None: none are kept."""
    archives: Path | None = None
    """The folder for archives of deliveries; None: none are made."""
    imports: Path | None = None
    """The folder for uploaded lists; None: none are taken."""
    largest_import: int = 500_000_000
    """Bytes of a list that is uploaded."""
    phone_countries: frozenset[str] = DEFAULT_COUNTRIES
    """Whose telephone numbers the lists take, as ISO 3166-1."""
    one_in: int = 1
    """How many inhabitants each recipient stands for: more than one only where the lists are a
    sample, in the demonstration."""
    cap: CapIdentity = field(
        default_factory=lambda: CapIdentity(
            sender="alerts@localhost.invalid", arc=arc_of_host("localhost.invalid")
        )
    )
    """Under which names CAP messages leave."""
    pages_url: str = "http://127.0.0.1:8000/public"
    """Where the public pages are, without a slash at the end."""
    page_links: bool = False
    """Whether texts lead to the alert's own page, and not to the official site."""
    training: bool = False
    """Whether this is a training installation: nothing it does is real."""
    public: PublicFolder | None = None
    """The public folder, where this process has it; None: others publish, or nobody does."""

    @property
    def channels(self) -> Mapping[str, AnyChannel]:
        """Each channel by its first route: what holds for all of them is asked there."""
        return {name: routes[0] for name, routes in self.routes.items() if routes}

    def channels_by(self, reach: Reach) -> frozenset[str]:
        """The names of those that are on and speak to these."""
        return frozenset(name for name in self.channels if profile_of(name).reach is reach)

    def opt_out_hmacs(self) -> Hmacs:
        """What tells those who left a list again, without their addresses."""
        return self.keyring.hmacs(KeyName.OPT_OUT)

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[UnitOfWork]:
        """One transaction; its jobs are queued after it committed, never before."""
        async with unit(self.database) as opened:
            yield opened
        if opened.wakes:
            await self.queue.wake(opened.wakes)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[ReadTransaction]:
        """A connection to look things up."""
        async with reading(self.database) as opened:
            yield opened

    async def close(self) -> None:
        """Let go of everything."""
        for routes in self.routes.values():
            for route in routes:
                await route.close()
        await self.speller.aclose()
        self.checks.close()
        await self.queue.close()
        await self.pace.close()
        await self.database.close()
