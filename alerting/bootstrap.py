"""The composition root: settings become services. The only importer of channels."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url

from alerting.cap.identity import CapIdentity, arc_of_host
from alerting.checks.costs import Tariffs
from alerting.checks.spelling import Speller
from alerting.compose.composer import Composer, Sender
from alerting.compose.scenarios import Library
from alerting.credentials.keyring import Keyring
from alerting.domain.account import AccessRules
from alerting.domain.channel import AnyChannel
from alerting.domain.channel_profiles import EMAIL, SMS
from alerting.domain.channel_setup import RouteSetup
from alerting.domain.errors import LiveInTraining, WellKnownSecret
from alerting.domain.language import Language
from alerting.domain.retention import Retention
from alerting.geo.gazetteer import Gazetteer
from alerting.geo.presets import SHIPPED, presets
from alerting.mailer import (
    ChannelMailer,
    ChannelTexter,
    Mailer,
    NoMailer,
    NoTexter,
    Texter,
    UsableRouteNames,
)
from alerting.publisher import Folder
from alerting.services import PublicFolder, Queue, Services
from alerting.settings import Settings
from alerting.store import Database
from alerting.store.operations.routes import not_held_off
from alerting.worker.queue import ArqQueue
from alerting.worker.rate_limiter import RedisRateLimiter
from channels import REGISTRY, SETUPS

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates"
ARCHIVES = "var/archives"
IMPORTS = "imports"
JOURNALS = "var/journals"
SHARED_IN_PUBLIC = ("a", "municipality", "alert", "archive", "r")
"""First parts of public addresses below which several units stand (docs/public.md)."""
SECRETS = "var/secrets"
"""Beside the database, in the folder the service is started in."""
KNOWN_PASSWORDS = frozenset(
    {"alerting", "postgres", "password", "changeme", "secret", "admin", "test"}
)
"""What stands in examples; a database that others reach is not behind one of them."""


def switched_on(settings: Settings) -> dict[str, Sequence[AnyChannel]]:
    """The routes of every channel; none where its own settings are not there."""
    return {name: factory(settings.public_url) for name, factory in REGISTRY.items()}


def route_setups(settings: Settings) -> tuple[RouteSetup, ...]:
    """Which settings each route of every channel has, lacks or cannot use; never their values."""
    return tuple(
        route_setup for setups in SETUPS.values() for route_setup in setups(settings.public_url)
    )


async def open_queue(settings: Settings) -> ArqQueue:
    """The queue the settings ask for."""
    if settings.redis_url:
        return await ArqQueue.connect(settings.redis_url)
    return await ArqQueue.embed()


def must_be_harmless(routes: Mapping[str, Sequence[AnyChannel]]) -> None:
    """Refuse to train with credentials of real providers: LiveInTraining names the channels."""
    live = [name for name, ways in routes.items() if any(way.live for way in ways)]
    if live:
        raise LiveInTraining(channel=", ".join(live))


def must_be_secret(settings: Settings, routes: Mapping[str, Sequence[AnyChannel]]) -> None:
    """Refuse to be a live service whose secrets anybody knows: WellKnownSecret names them.

    A service is live when it has an address that others reach, or one channel that reaches people.
    Sandboxes are then out of place: their keys stand in the documentation, and sign receipts.
    """
    sandboxes = {name for name, ways in routes.items() if any(not way.live for way in ways)}
    some_live = any(way.live for ways in routes.values() for way in ways)
    reached = not only_here(settings.public_url)
    known = sorted(sandboxes) if some_live or reached else []
    password = make_url(settings.database_url).password
    if (some_live or reached) and password is not None and str(password) in KNOWN_PASSWORDS:
        known.append("ALERTING_DATABASE_URL")
    if known:
        raise WellKnownSecret(what=", ".join(known))


def only_here(url: str) -> bool:
    """Whether an address is this machine, or a name without a dot, which no public name lacks."""
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return "." not in host or host.endswith(".localhost")


def open_database(settings: Settings) -> Database:
    """The database the settings name."""
    return Database(settings.database_url, connections=settings.database_connections)


def build(settings: Settings, queue: Queue) -> Services:
    """Everything an act needs; in training, only where nobody can be reached."""
    gazetteer = Gazetteer()
    routes = switched_on(settings)
    if settings.training:
        must_be_harmless(routes)
    else:
        must_be_secret(settings, routes)
    database = open_database(settings)
    return Services(
        database=database,
        queue=queue,
        pace=RedisRateLimiter(settings.redis_url),
        routes=routes,
        setups=route_setups(settings),
        composer=composer(settings, gazetteer),
        gazetteer=gazetteer,
        tariffs=tariffs(settings),
        speller=Speller(),
        now=lambda: datetime.now(UTC),
        keyring=Keyring(Path(settings.secrets_dir or SECRETS)),
        approval_lasts=settings.approval_lasts,
        retractable_alone=timedelta(minutes=settings.false_alert_minutes),
        mailer=mailer(database, routes),
        texter=texter(database, routes),
        rules=rules(settings),
        retention=retention(settings),
        presets=presets(areas_of(settings), gazetteer),
        journals=Path(settings.journal_dir or JOURNALS),
        archives=Path(settings.archive_dir or ARCHIVES),
        imports=import_folder(settings),
        largest_import=settings.import_megabytes * 1_000_000,
        phone_countries=settings.allowed_phone_countries,
        cap=cap_identity(settings),
        pages_url=settings.pages_url,
        page_links=settings.page_links,
        training=settings.training,
        public=public_folder(settings),
    )


def public_folder(settings: Settings) -> PublicFolder | None:
    """Where public pages are put; None where the settings name no folder."""
    if not settings.public_folder:
        return None
    return PublicFolder(
        folder=Folder(Path(settings.public_folder), shared=SHARED_IN_PUBLIC),
        url=settings.pages_url,
        authority=_by_language(settings, "authority"),
        contact=_by_language(settings, "public_contact"),
        accessibility_contact=settings.accessibility_contact,
        privacy_contact=settings.privacy_contact,
        complaints=_by_language(settings, "accessibility_complaints"),
    )


def cap_identity(settings: Settings) -> CapIdentity:
    """Under which names CAP messages leave: those that are set, else made from the host."""
    host = (urlsplit(settings.pages_url).hostname or "localhost").lower()
    return CapIdentity(
        sender=settings.cap_sender or f"alerts@{host}", arc=settings.cap_oid or arc_of_host(host)
    )


def import_folder(settings: Settings) -> Path:
    """Where uploaded lists lie: beside a database that is a file, on the same disk."""
    url = make_url(settings.database_url)
    if settings.import_dir:
        return Path(settings.import_dir)
    beside = url.get_backend_name() == "sqlite" and url.database
    return Path(url.database or "").parent / IMPORTS if beside else Path("var") / IMPORTS


def mailer(database: Database, routes: Mapping[str, Sequence[AnyChannel]]) -> Mailer:
    """For e-mails to users: by all routes of the e-mail channel that nobody holds off."""
    ways = routes.get(EMAIL.name)
    return ChannelMailer(ways, _usable(database, EMAIL.name, ways)) if ways else NoMailer()


def texter(database: Database, routes: Mapping[str, Sequence[AnyChannel]]) -> Texter:
    """For text messages to users: by all routes of the SMS channel that nobody holds off."""
    ways = routes.get(SMS.name)
    return ChannelTexter(ways, _usable(database, SMS.name, ways)) if ways else NoTexter()


def _usable(database: Database, channel: str, ways: Sequence[AnyChannel]) -> UsableRouteNames:
    async def usable() -> Collection[str]:
        async with database.reading() as connection:
            free = await connection.run_sync(not_held_off, {channel: ways})
        return free[channel]

    return usable


def areas_of(settings: Settings) -> list[Path]:
    """Where prepared areas are written: ours, and the installation's own."""
    return [SHIPPED, *([Path(settings.areas_file)] if settings.areas_file else [])]


def rules(settings: Settings) -> AccessRules:
    """How long access lasts here."""
    return AccessRules(
        idle=timedelta(minutes=settings.session_idle_minutes),
        longest=timedelta(hours=settings.session_hours),
        fresh=timedelta(minutes=settings.fresh_minutes),
        fresh_required=settings.fresh_required,
        public_url=settings.public_url.rstrip("/"),
    )


def retention(settings: Settings) -> Retention:
    """How long what is kept for a while is kept here."""
    return Retention(
        uploads=timedelta(minutes=settings.uploads_kept_minutes),
        forms=timedelta(minutes=settings.forms_kept_minutes),
        sessions=timedelta(days=settings.sessions_kept_days),
        deliveries=timedelta(days=settings.deliveries_kept_days) or None,
    )


def tariffs(settings: Settings) -> Tariffs:
    """What sending costs, and how fast it goes."""
    return Tariffs(
        sms_segment=settings.sms_segment_euros,
        voice_minute=settings.voice_minute_euros,
        per_second={SMS.name: settings.sms_per_second, EMAIL.name: settings.email_per_second},
    )


def composer(settings: Settings, gazetteer: Gazetteer) -> Composer:
    """The composer with the library that ships, speaking as this installation."""
    return Composer(
        library=Library(TEMPLATES / "scenarios"),
        layouts=TEMPLATES / "layouts",
        places=gazetteer,
        sender=Sender(
            authority=_by_language(settings, "authority"),
            town=_by_language(settings, "town"),
            press_contact=_by_language(settings, "press_contact"),
            url=_by_language(settings, "official_url"),
            more_hosts=frozenset(
                (*(host.strip() for host in settings.official_hosts.split(",")), *_own(settings))
            ),
        ),
    )


def _own(settings: Settings) -> list[str]:
    """The host of the public pages, where there are any."""
    if not (settings.public_folder or settings.page_links):
        return []
    return [urlsplit(settings.pages_url).hostname or ""]


def _by_language(settings: Settings, name: str) -> dict[Language, str]:
    return {language: getattr(settings, f"{name}_{language}") for language in Language}
