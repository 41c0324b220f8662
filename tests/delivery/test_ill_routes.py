"""Whatever ails the routes of a channel: once one is well again, everybody is served by it.

Real sockets and real adapters, by a clock of their own that passes while all of them wait: a route
is ill for some seconds and then well; the others, ill in another way, stay so.
"""

import asyncio
import selectors
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from alerting.delivery import (
    call_watch,
    chunk_sender,
    dispatcher,
    reconciliation,
    route_answers,
)
from alerting.delivery.dispatcher import Dispatcher
from alerting.domain.alert import Alert
from alerting.domain.channel import AnyChannel, FailureReason
from alerting.domain.delivery import State
from alerting.store import Database
from channels import REGISTRY, _http
from tests.channels.providers import Mood, Twilio, sms_settings
from tests.channels.wire import (
    RIDING,
    SILENCE,
    MailServer,
    Request,
    answer,
    http_server,
    mail_server,
)
from tests.desk import Desk
from tests.doubles import NOON, Clock
from tests.make import make_services, person

LOOK_SECONDS = 0.003
STEP = 0.1
"""What passes in these tests where nothing is ready for LOOK_SECONDS of the wall."""
PEOPLE = {"email": 12, "sms": 40}
"""More than CERTAIN, so that breakers open, and than a gateway has under way at once."""
WITHIN = 20.0
"""Seconds after its recovery until a route must have served everybody: mostly five to ten."""
SHORT, LONG = 5.0, 40.0
"""Seconds for which the first route is ill: until its first pause is over, and through many."""

MAIL = {
    "refuses at the greeting": ("GREETING", "421 4.3.2 not now"),
    "refuses at MAIL": ("MAIL", "421 4.3.2 not now"),
    "has wrong settings": ("MAIL", "550 5.7.1 who are you"),
    "is silent at the greeting": ("GREETING", SILENCE),
    "is silent at EHLO": ("EHLO", SILENCE),
    "is silent at MAIL": ("MAIL", SILENCE),
    "is silent at RCPT": ("RCPT", SILENCE),
    "is silent after the body": ("BODY", SILENCE),
}
WITH_IN_HAND = "is silent after the body"
NO_PROBE = {"refuses at the greeting", "is silent at the greeting", "is silent at EHLO"}
"""Nothing shows that one of these works, so what is in hand with another is not cut off for it: the
others wait behind that for as long as the relay's own time."""
SMS = {
    "is broken": Mood.BROKEN,
    "is busy": Mood.BUSY,
    "hangs up": Mood.HANGING_UP,
    "is silent": Mood.SILENT,
}


class Passing:
    """The time of these tests: it passes while nothing is ready to be done, and only then."""

    now = 1000.0


def seconds() -> float:
    """The clock of these tests."""
    return Passing.now


class PatientSelector(selectors.DefaultSelector):
    """Looks whether anything is ready; if not, time passes."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout is None or timeout <= 0:
            return ready or super().select(timeout)
        # The database answers from its own thread.
        ready = super().select(LOOK_SECONDS)
        if not ready:
            Passing.now += min(timeout, STEP)
        return ready


class PatientLoop(asyncio.SelectorEventLoop):
    """A loop that goes by this time."""

    def __init__(self) -> None:
        super().__init__(PatientSelector())

    def time(self) -> float:
        return seconds()


@dataclass
class RunningClock(Clock):
    """The time of day, as it passes for these tests."""

    began_at: float = 0.0

    def __call__(self) -> datetime:
        self.now = NOON + timedelta(seconds=seconds() - self.began_at)
        return self.now


@dataclass
class Provider:
    """One route's other end."""

    settings: dict[str, object]
    heals: Callable[[], None]
    taken: Callable[[], Counter[str]]


@asynccontextmanager
async def relay(illness: str) -> AsyncIterator[Provider]:
    """A mail server."""
    ill = {True: MAIL[illness]}

    def script(now: str, _: str) -> str | None:
        step, said = ill.get(True, ("", ""))
        return said if now == step else None

    async with mail_server(server := MailServer(RIDING, script)):
        yield Provider(
            {"host": "127.0.0.1", "port": server.port, "tls": "none", "helo": "t.example"},
            ill.clear,
            lambda: Counter(mail.person for mail in server.taken),
        )


@asynccontextmanager
async def gateway(illness: str) -> AsyncIterator[Provider]:
    """A Twilio."""
    provider = Twilio(SMS[illness])

    def reply(request: Request) -> bytes | str:
        if request.method == "GET" and request.target.endswith(".json"):
            return answer(200, {"sid": "AC1", "status": "active"})
        return provider.reply(request)

    async with http_server(reply) as site:
        yield Provider(
            dict(sms_settings(site.url)),
            lambda: setattr(provider, "mood", Mood.FINE),
            lambda: Counter(one["to"] for one in provider.messages),
        )


@dataclass
class Case:
    """A channel whose first ill route is well after `ill_for`; the others stay ill."""

    channel: str
    illnesses: tuple[str, ...]
    ill_for: float
    last: bool
    """Whether the one that heals comes last by its name, and so is chosen last."""

    def __str__(self) -> str:
        how = ", the other ".join(self.illnesses)
        return f"one {how}, for {self.ill_for:g} s, {'last' if self.last else 'first'}"


@dataclass
class Stage:
    """What every case begins with: an alert that is planned, for people on the lists."""

    file: Path
    alert: Alert


@asynccontextmanager
async def routes_of(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[list[Provider], list[AnyChannel]]]:
    names = [f"route{letter}" for letter in "abc"][: len(case.illnesses)]
    provided = relay if case.channel == "email" else gateway
    async with AsyncExitStack() as stack:
        providers = [await stack.enter_async_context(provided(one)) for one in case.illnesses]
        in_order = providers[::-1] if case.last else providers
        upper = case.channel.upper()
        monkeypatch.setenv(f"{upper}_ROUTES", ",".join(names))
        if case.channel == "email":
            monkeypatch.setenv("EMAIL_SENDER", "alerts@example.org")
        for number, (name, provider) in enumerate(zip(names, in_order, strict=True)):
            own = f"{upper}_{name.upper()}_" if number else f"{upper}_"
            for setting, value in provider.settings.items():
                monkeypatch.setenv(own + setting.upper(), str(value))
        routes = list(REGISTRY[case.channel]("https://alerts.example.org"))
        yield providers, routes
        for route in routes:
            await route.close()


async def play(case: Case, stage: Stage, file: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """One case; what is wrong with it, empty where nothing is."""
    shutil.copyfile(stage.file, file)
    database = Database(f"sqlite+aiosqlite:///{file}")
    began = seconds()
    clock = RunningClock(began_at=began)
    async with routes_of(case, monkeypatch) as (providers, routes):
        desk = Desk(make_services(database, clock, routes={case.channel: routes}), clock)
        worker: Dispatcher = desk.dispatcher
        monkeypatch.setattr(worker.selector._dice, "random", lambda: 0.0)
        healing = providers[0]
        healed = False

        async def waits_for() -> list[int]:
            """Who is neither served nor possibly so."""
            return [
                row.recipient_id
                for row in await desk.deliveries(stage.alert)
                if row.state is State.WAITING and row.failure_reason is not FailureReason.UNCLEAR
            ]

        while not healed or (seconds() - began < case.ill_for + WITHIN and await waits_for()):
            await worker.selector.share()
            await worker.fill()
            await asyncio.sleep(1)
            if not healed and seconds() - began >= case.ill_for:
                healing.heals()
                healed = True
        left = await waits_for()
        twice = [n for n in sum((one.taken() for one in providers), Counter()).values() if n > 1]
        # Those that are sent again after a doubt are so until that is answered.
        counted = sum(
            row.possible_duplicate or row.failure_reason is FailureReason.UNCLEAR
            for row in await desk.deliveries(stage.alert)
        )
        await worker.stop(within=0)
    await database.close()
    if left:
        return f"{case}: {len(left)} still wait"
    return f"{case}: {len(twice)} twice, {counted} counted" if len(twice) > counted else ""


async def prepare(channel: str, file: Path) -> Alert:
    """Put people on the lists, issue an alert and plan it."""
    database = Database(f"sqlite+aiosqlite:///{file}")
    clock = Clock()
    desk = Desk(make_services(database, clock), clock)
    await desk.registers(*(person(number) for number in range(1, PEOPLE[channel] + 1)))
    alert = await desk.issues(channels=[channel])
    await desk.plans()
    await database.close()
    return alert


async def all_of(
    cases: Sequence[Case], stage: Stage, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """Several cases at once; what is wrong."""
    files = (folder / f"{number}.db" for number in range(len(cases)))
    playing = [play(case, stage, next(files), monkeypatch) for case in cases]
    return [wrong for wrong in await asyncio.gather(*playing) if wrong]


def short(channel: str, illnesses: Sequence[str]) -> list[Case]:
    """Each with some others, in both orders of the routes in turn, and with two of them."""
    around = [*illnesses, *illnesses]
    cases = [
        Case(channel, (around[at], *others), SHORT, last=bool(number % 2))
        for at in range(len(illnesses))
        for number, others in enumerate(
            [
                (around[at + 1],),
                (around[at + len(illnesses) // 2],),
                (around[at + len(illnesses) - 1], around[at + 2]),
            ],
            start=at,
        )
    ]
    return [
        one
        for one in cases
        if not (one.illnesses[0] == WITH_IN_HAND and NO_PROBE.issuperset(one.illnesses[1:]))
    ]


def long(channel: str, illnesses: Sequence[str]) -> list[Case]:
    """Some with the one before them.

    None with a gateway that is silent: whoever is in doubt there after so long is asked about, and
    what is due of the same chunk waits for these questions.
    """
    return [
        Case(channel, (illnesses[at], illnesses[at - 1]), LONG, last=bool(at % 4))
        for at in range(2, len(illnesses), 2)
    ]


CASES = {
    f"{channel}, {made.__name__}": made(channel, illnesses)
    for channel, illnesses in (("email", [*MAIL]), ("sms", [*SMS]))
    for made in (short, long)
}


@pytest.mark.parametrize("cases", CASES.values(), ids=CASES)
def test_once_a_route_is_well_again_everybody_is_served(
    cases: list[Case], migrated_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage_file = shutil.copyfile(migrated_file, tmp_path / "stage.db")
    for module in (call_watch, chunk_sender, dispatcher, reconciliation, route_answers):
        monkeypatch.setattr(module, "clock", seconds)
    monkeypatch.setattr(_http, "time", SimpleNamespace(monotonic=seconds))
    alert = asyncio.run(prepare(cases[0].channel, stage_file))
    with asyncio.Runner(loop_factory=PatientLoop) as runner:
        wrong = runner.run(all_of(cases, Stage(stage_file, alert), tmp_path, monkeypatch))
    assert not wrong
