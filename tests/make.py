"""Builders with good defaults: what matters to a test stands in the test."""

import atexit
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from copy import copy
from datetime import timedelta
from functools import cache
from pathlib import Path

from pwdlib.hashers.argon2 import Argon2Hasher

from alerting.bootstrap import composer, tariffs
from alerting.checks.costs import Tariffs
from alerting.checks.spelling import Speller
from alerting.compose.composer import Composer
from alerting.credentials.keyring import KeyName, Keyring
from alerting.credentials.passwords import Hasher
from alerting.domain.alert import (
    Alert,
    AlertClass,
    AlertState,
    Category,
    Certainty,
    Hazard,
    ResponseType,
    Severity,
    Urgency,
)
from alerting.domain.channel import AnyChannel, Tracking
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.recipient import Hmacs, Recipient, RecipientKind
from alerting.geo.gazetteer import Gazetteer
from alerting.geo.presets import SHIPPED, Preset, presets
from alerting.mailer import ChannelMailer, ChannelTexter, NoMailer, NoTexter
from alerting.services import Services
from alerting.settings import Settings
from alerting.store import Database
from alerting.worker.rate_limiter import RedisRateLimiter
from tests.doubles import NOON, Clock, ListedQueue, ScriptedChannel

LIEGE, VERVIERS, EUPEN, GENT, BRUSSELS = "62063", "63079", "63023", "44021", "21004"


def everywhere(words: str) -> dict[str, str]:
    """A detail that says the same in every language."""
    return {language.value: words for language in Language}


@cache
def gazetteer() -> Gazetteer:
    return Gazetteer()


@cache
def _areas() -> tuple[Preset, ...]:
    return presets([SHIPPED], gazetteer())


@cache
def _tariffs() -> Tariffs:
    return tariffs(Settings())


@cache
def _composer() -> Composer:
    return composer(Settings(), gazetteer())


def own_composer() -> Composer:
    """One whose wording can be changed; what is on disk was read by whoever came first."""
    return _composer().using(copy(_composer().library))


@cache
def keyring() -> Keyring:
    """One for all tests of a process that are not about keys."""
    folder = Path(tempfile.mkdtemp(prefix="alerting-test-keys-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = Keyring(folder / "secrets")
    made.make_missing()
    return made


def hmacs() -> Hmacs:
    """What tells those who left a list again."""
    return keyring().hmacs(KeyName.OPT_OUT)


def channels() -> dict[str, ScriptedChannel]:
    """The four channels, answering from a script."""
    return {
        "sms": ScriptedChannel("sms", Tracking.RECEIPTS),
        "email": ScriptedChannel("email", Tracking.ACCEPTANCE),
        "x": ScriptedChannel("x", Tracking.PUBLICATION),
        "press": ScriptedChannel("press", Tracking.ACCEPTANCE),
    }


def _import_folder(database: Database) -> Path:
    """Beside the database, or where there is none of it; made when a list is uploaded."""
    name = database.url.database or ""
    if database.is_sqlite:
        return Path(name).parent / "imports"
    return Path(tempfile.gettempdir()) / f"alerting-imports-{name}"


def make_services(
    database: Database,
    clock: Clock,
    over: Mapping[str, ScriptedChannel | tuple[ScriptedChannel, ...]] | None = None,
    routes: Mapping[str, Sequence[AnyChannel]] | None = None,
) -> Services:
    """`over` gives each channel its scripted route or routes; `routes` takes any."""
    if routes is None:
        routes = {
            name: one if isinstance(one, tuple) else (one,)
            for name, one in (channels() if over is None else over).items()
        }
    mail, text = routes.get("email"), routes.get("sms")
    return Services(
        database=database,
        queue=ListedQueue(),
        pace=RedisRateLimiter(),
        routes=routes,
        mailer=ChannelMailer(mail) if mail else NoMailer(),
        texter=ChannelTexter(text) if text else NoTexter(),
        composer=own_composer(),
        gazetteer=gazetteer(),
        presets=_areas(),
        tariffs=_tariffs(),
        speller=Speller(),
        now=clock,
        keyring=keyring(),
        imports=_import_folder(database),
        hasher=Hasher(Argon2Hasher(time_cost=1, memory_cost=1024, parallelism=1)),
    )


HAZARD = Hazard(
    event="chemical-release",
    category=Category.CBRNE,
    urgency=Urgency.IMMEDIATE,
    severity=Severity.SEVERE,
    certainty=Certainty.OBSERVED,
    response=ResponseType.SHELTER,
)


def alert(
    *,
    area: tuple[str, ...] = (EUPEN, LIEGE),
    channels: tuple[str, ...] = ("email",),
    languages: tuple[Language, ...] = (Language.FR, Language.DE),
    state: AlertState = AlertState.DRAFT,
    alert_class: AlertClass = AlertClass.ALERT,
    author: str = "mila",
) -> Alert:
    return Alert(
        alert_class=alert_class,
        scenario="chem_shelter",
        hazard=HAZARD,
        area=area,
        channels=channels,
        languages=languages,
        values={},
        messages=tuple(
            Message(channel=channel, language=language, subject="s", text=f"{channel} {language}")
            for channel in channels
            for language in languages
        ),
        created_at=NOON,
        expires_at=NOON + timedelta(hours=2),
        author=author,
        state=state,
        sent_at=NOON if state is AlertState.SENDING else None,
    )


def person(
    serial: int = 1,
    *,
    nis_code: str = LIEGE,
    language: Language = Language.FR,
    phone: str | None = None,
    email: str | None = None,
) -> Recipient:
    return Recipient(
        kind=RecipientKind.PERSON,
        reference=f"p-{serial}",
        language=language,
        name=f"Person {serial}",
        nis_code=nis_code,
        phone=f"+3247{serial:07d}" if phone is None else phone,
        email=f"person-{serial}@example.org" if email is None else email,
    )


def newsroom(serial: int = 1, *, language: Language = Language.FR) -> Recipient:
    return Recipient(
        kind=RecipientKind.PRESS,
        reference=f"n-{serial}",
        language=language,
        outlet=f"Newsroom {serial}",
        email=f"newsroom-{serial}@example.org",
    )
