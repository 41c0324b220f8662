"""A console that really runs: uvicorn on a free port, SQLite in a folder, a desk at work behind it.

The server has a thread and an event loop of its own; what the desk does runs on that loop, so a
test in a browser can say “now somebody sends it”.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Coroutine
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import uvicorn

from alerting.actions.accounts import magic_links
from alerting.actions.alerts import compositions as composition_actions
from alerting.actions.alerts.compositions import CompositionContent
from alerting.actions.recipients import lists as people
from alerting.actions.templates import versions
from alerting.domain.account import AccessRules
from alerting.domain.alert import Alert, AlertClass
from alerting.domain.channel import Accepted, Deferred, FailureReason, Outcome, Refused, Tracking
from alerting.domain.language import Language
from alerting.domain.officer import Officer
from alerting.domain.recipient import RecipientKind
from alerting.domain.shape import circle
from alerting.settings import Settings
from alerting.store import Database
from alerting.store.migrate import migrate
from alerting.web.app import create_app
from tests.desk import DETAILS, JORIS, MILA, Desk
from tests.doubles import Clock, ScriptedChannel
from tests.make import BRUSSELS, EUPEN, LIEGE, make_services, newsroom, person

T = TypeVar("T")
PATIENCE = 30
AREA = ("4000 Liège", "Verviers", "Eupen", "Région de Bruxelles-Capitale")
IN_LIEGE = circle(5.572, 50.641, 1.5)
COMPOSED = CompositionContent(
    scenario="chem_shelter",
    area=("04000", EUPEN, LIEGE),
    shape=IN_LIEGE,
    values=DETAILS,
    channels=("sms", "email", "x", "press"),
)
PLACES = (
    (LIEGE, Language.FR),
    (LIEGE, Language.FR),
    (EUPEN, Language.DE),
    (BRUSSELS, Language.NL),
    (BRUSSELS, Language.FR),
)


class World:
    """The running console, and the desk behind it."""

    def __init__(self, folder: Path, *, sandbox_url: str = "") -> None:
        self._folder = folder
        self._sandbox_url = sandbox_url
        self.port = _free()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.desk: Desk = self.does(self._open())
        self.starts()

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def viewers(self) -> int:
        """How many streams of boards are open."""
        viewers: int = self._live.viewers
        return viewers

    def does(self, act: Coroutine[Any, Any, T]) -> T:
        """Let something happen behind the console, and wait until it did."""
        return asyncio.run_coroutine_threadsafe(act, self._loop).result(PATIENCE)

    def starts(self) -> None:
        """Serve, on the same port as before."""
        self.does(self._serve())

    def stops(self) -> None:
        """Stop serving; the data stay."""
        self.does(self._end())

    def ends(self) -> None:
        """Stop everything."""
        self.stops()
        self.does(self.desk.services.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def link(self, officer: Officer = JORIS) -> str:
        """A one-time link for an officer."""
        secret = self.does(magic_links.make_link(self.desk.services, officer))
        return f"{self.url}/sign-in?once={secret}"

    def session(self, officer: Officer = JORIS) -> dict[str, str]:
        """A cookie that is signed in already."""
        services = self.desk.services
        link = self.does(magic_links.make_link(services, officer))
        secret = self.does(magic_links.sign_in(services, link))
        return {"name": "session", "value": secret, "url": self.url}

    def drafts(
        self, alert_class: AlertClass = AlertClass.ALERT, **preferred_channels: Any
    ) -> Alert:
        """Somebody writes."""
        return self.does(self.desk.drafts(area=AREA, alert_class=alert_class, **preferred_channels))

    def compositions(self) -> list[int]:
        """Somebody begins two: one with nothing yet, one with everything; their numbers."""
        services = self.desk.services
        numbers = []
        for content in (None, COMPOSED):
            begun = composition_actions.create_composition(
                services, "chem_shelter", AlertClass.EXERCISE, by=MILA
            )
            made = self.does(begun)
            if content:
                self.does(
                    composition_actions.save_composition(
                        services, made.id, content, seen=1, by=MILA
                    )
                )
            numbers.append(made.id)
        return numbers

    def approves(self, alert: Alert) -> Alert:
        """Somebody else vouches."""
        return self.does(self.desk.approves(alert, by=JORIS))

    def sends(self, alert: Alert) -> Alert:
        """It goes; nothing is delivered yet."""
        return self.does(self.desk.sends(alert, by=MILA))

    def proposes(self) -> int:
        """Somebody wants other words for a text message."""
        services, name = self.desk.services, "chem_shelter/sms.toml"
        content = services.composer.library.source("chem_shelter", "sms")
        changed = content.replace("Rentrez MAINTENANT", "Revenez MAINTENANT")
        return self.does(versions.propose_version(services, name, changed, by=MILA))

    def groups(self) -> int:
        """A group of people, empty."""
        group = people.create_group(self.desk.services, RecipientKind.PERSON, "Seveso X", by=MILA)
        return self.does(group)

    def works(self) -> None:
        """The worker does what is due."""
        self.does(self.desk.works())

    def sweeps(self) -> None:
        """The sweeper goes round."""
        self.does(self.desk.sweeps())

    def passes(self, **time: float) -> None:
        """Time passes at the desk."""
        self._loop.call_soon_threadsafe(lambda: self.desk.clock.forward(**time))

    async def _open(self) -> Desk:
        database = Database(f"sqlite+aiosqlite:///{self._folder / 'alerting.db'}")
        await migrate(database)
        clock = Clock()
        services = make_services(database, clock, over=moody_channels())
        # The clock is moved by hours here, and officers are to stay signed in.
        patient = AccessRules(idle=timedelta(days=1), longest=timedelta(days=2))
        desk = Desk(replace(services, rules=patient), clock)
        people = [
            person(serial, nis_code=nis_code, language=language)
            for serial in range(1, 201)
            for nis_code, language in [PLACES[serial % len(PLACES)]]
        ]
        rooms = [newsroom(n, language=list(Language)[n % 3]) for n in range(1, 13)]
        await desk.registers(*people, *rooms)
        return desk

    async def _serve(self) -> None:
        settings = Settings(
            public_url=self.url,
            interface_language="fr",
            page_size=50,
            sandbox_url=self._sandbox_url,
        )
        app = create_app(self.desk.services, settings, alongside=_nothing)
        self._live = app.state.live
        self._server = uvicorn.Server(
            uvicorn.Config(app, port=self.port, log_level="error", timeout_graceful_shutdown=2)
        )
        self._serving = asyncio.create_task(self._server._serve())
        while not self._server.started:
            await asyncio.sleep(0.01)

    async def _end(self) -> None:
        self._live.close()
        self._server.should_exit = True
        await self._serving


def moody_channels() -> dict[str, ScriptedChannel]:
    """Channels with a little of every trouble an officer may see."""
    texts: list[Outcome] = [Accepted("r")] * 30
    texts += [
        Refused(FailureReason.ADDRESS_DEAD, "30005"),
        Refused(FailureReason.UNREACHABLE, "30003"),
    ] * 4
    texts += [Deferred(FailureReason.BUSY, "429")] * 5
    letters: list[Outcome] = [Accepted("r")] * 40
    letters += [Refused(FailureReason.ADDRESS_DEAD, "550 5.1.1")] * 6
    letters += [Deferred(FailureReason.DOWN, "connection refused")] * 154
    return {
        "sms": ScriptedChannel("sms", Tracking.RECEIPTS, script=texts),
        "email": ScriptedChannel("email", Tracking.ACCEPTANCE, script=letters),
        "x": ScriptedChannel("x", Tracking.PUBLICATION),
        "press": ScriptedChannel("press", Tracking.ACCEPTANCE),
    }


@contextlib.asynccontextmanager
async def _nothing() -> AsyncIterator[None]:
    yield


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
