"""Writing: one alert in every channel and language, composed and checked; the whole library."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from alerting.actions.alerts import text_checks
from alerting.bootstrap import TEMPLATES, composer, tariffs
from alerting.checks.run import run_checks
from alerting.checks.spelling import Speller
from alerting.compose.composer import Draft
from alerting.compose.library_check import check_library
from alerting.compose.scenarios import Library
from alerting.credentials.keyring import Keyring
from alerting.domain.alert import AlertClass
from alerting.domain.channel_profiles import PROFILES
from alerting.domain.language import Language
from alerting.services import Services
from alerting.settings import Settings
from alerting.store import Database
from alerting.worker.rate_limiter import RedisRateLimiter
from tests.bench.figures import Figure, timed
from tests.bench.running import WORK
from tests.bench.scale import Bench
from tests.desk import DETAILS
from tests.doubles import ListedQueue
from tests.make import EUPEN, LIEGE, alert, gazetteer

MILLISECONDS = 1000


async def measure_writing(bench: Bench) -> list[Figure]:
    """Composed and checked, each time with other details, so that no cache has seen it."""
    settings = Settings()
    services = Services(
        database=Database(f"sqlite+aiosqlite:///{WORK / 'unused.db'}"),
        queue=ListedQueue(),
        pace=RedisRateLimiter(),
        routes={},
        composer=composer(settings, gazetteer()),
        gazetteer=gazetteer(),
        tariffs=tariffs(settings),
        speller=Speller(),
        now=lambda: datetime.now(UTC),
        keyring=Keyring(WORK / "secrets"),
    )
    now = services.now()
    made: list[int] = []

    def write(turn: int) -> None:
        place = {one: f"{name} {turn + 100}" for one, name in DETAILS["location"].items()}
        values: dict[str, Any] = {**DETAILS, "location": {**place, "en": f"port {turn + 100}"}}
        values["substance"] = {**DETAILS["substance"], "en": "ammonia"}
        draft = Draft(
            scenario="chem_shelter",
            values=values,
            area=(EUPEN, LIEGE),
            languages=tuple(Language),
            channels=tuple(PROFILES),
            alert_class=AlertClass.ALERT,
            now=now,
            expires_at=now + timedelta(hours=4),
        )
        messages = services.composer.compose_now(draft)
        written = replace(
            alert(channels=tuple(PROFILES), languages=tuple(Language)),
            values=values,
            messages=messages,
            expires_at=draft.expires_at,
        )
        run_checks(text_checks.check_input_of(services, written, now=now))
        made.append(len(messages))

    seconds, computed = timed(write, times=bench.scale.composed, warm_up=3)
    await services.close()
    return [
        Figure(
            id="compose",
            what="one alert composed and checked, all channels, four languages, warm",
            unit="ms",
            ours=seconds * MILLISECONDS,
            target=50,
            less_is_better=True,
            remark=f"{made[-1]} messages, {computed * 1000:.0f} ms of CPU",
        )
    ]


async def measure_library(bench: Bench) -> list[Figure]:
    """Read from disk and checked, as `alerting templates check` does it."""
    scenarios: list[int] = []

    def check(_turn: int) -> None:
        library = Library(TEMPLATES / "scenarios")
        check_library(library)
        scenarios.append(len(library.names()))

    seconds, computed = timed(check, times=bench.scale.times)
    return [
        Figure(
            id="library",
            what="the whole template library read and checked",
            unit="s",
            ours=seconds,
            target=5,
            less_is_better=True,
            remark=f"{scenarios[-1]} scenarios, {computed:.2f} s of CPU",
        )
    ]
