"""All providers together, in this process: what a drill starts and what a test runs inside."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from channels.sandbox import credentials
from channels.sandbox.control import Control
from channels.sandbox.faults import PROVIDERS, Faults
from channels.sandbox.inbox import SandboxInbox
from channels.sandbox.receipts import Receipts
from channels.sandbox.reports import Reporter, SinchReporter, TwilioReporter
from channels.sandbox.sinch import SinchSandbox
from channels.sandbox.smtp import SmtpServer, SmtpServerState
from channels.sandbox.twilio import TwilioSandbox
from channels.sandbox.web import HttpServer
from channels.sandbox.x import XKeys, XSandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """How to start; a port of 0 means any that is free."""

    host: str = "127.0.0.1"
    smtp_port: int = 0
    smtp2_port: int = 0
    """The second mail server's; both have the same certificate and password."""
    twilio_port: int = 0
    sinch_port: int = 0
    x_port: int = 0
    control_port: int = 0
    keep: Path | None = None
    """The folder of the spool files; None keeps everything in memory."""
    count_only: bool = False
    """Count, and tell repetitions, but keep nothing that could be looked up."""
    faults: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What each provider shall do wrong from the start, by the names in `faults.Orders`."""
    seed: int = 0
    twilio_sid: str = credentials.TWILIO_SID
    twilio_token: str = credentials.TWILIO_TOKEN
    sinch_plan: str = credentials.SINCH_PLAN
    sinch_token: str = credentials.SINCH_TOKEN
    sinch_secret: str = credentials.SINCH_SECRET
    """What its delivery reports are signed with."""
    receipt_delay: tuple[float, float] = (0.05, 0.4)
    """Seconds between one status of a text message and the next, at least and at most."""
    receipt_senders: int = 32
    """Status callbacks under way at the same time."""
    x_consumer_key: str = credentials.X_CONSUMER_KEY
    x_consumer_secret: str = credentials.X_CONSUMER_SECRET
    x_access_token: str = credentials.X_ACCESS_TOKEN
    x_access_secret: str = credentials.X_ACCESS_SECRET
    smtp_tls: tuple[Path, Path] | None = None
    """Certificate and key; STARTTLS is offered when given."""
    smtp_username: str = ""
    """AUTH is asked for when given."""
    smtp_password: str = ""

    @property
    def x_keys(self) -> XKeys:
        """What X's requests are signed with."""
        return XKeys(
            consumer_key=self.x_consumer_key,
            consumer_secret=self.x_consumer_secret,
            access_token=self.x_access_token,
            access_secret=self.x_access_secret,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where each door was opened."""

    smtp: int
    smtp2: int
    twilio: int
    sinch: int
    x: int
    control: int


class Sandbox:
    """The running providers."""

    def __init__(self, settings: SandboxSettings) -> None:
        self.settings = settings
        self.faults = Faults(seed=settings.seed, ordered=settings.faults)
        self.inbox = SandboxInbox(folder=settings.keep, count_only=settings.count_only)
        sid, token = settings.twilio_sid, settings.twilio_token
        self.receipts = self._receipts("twilio", TwilioReporter(sid=sid, token=token))
        self.sinch_receipts = self._receipts("sinch", SinchReporter(secret=settings.sinch_secret))
        self.smtp, self.smtp2 = self._mail_server("smtp"), self._mail_server("smtp2")
        self.twilio = TwilioSandbox(
            self.inbox.twilio, self.faults.twilio, self.receipts, sid=sid, token=token
        )
        self.sinch = SinchSandbox(
            self.inbox.of("sinch"),
            self.faults.of("sinch"),
            self.sinch_receipts,
            plan=settings.sinch_plan,
            token=settings.sinch_token,
        )
        self.x = XSandbox(self.inbox.x, self.faults.x, settings.x_keys)
        self.ports = Ports(smtp=0, smtp2=0, twilio=0, sinch=0, x=0, control=0)

    def _receipts(self, provider: str, reporter: Reporter) -> Receipts:
        return Receipts(
            self.inbox.of(provider),
            self.faults.of(provider),
            reporter,
            delay=self.settings.receipt_delay,
            senders=self.settings.receipt_senders,
        )

    def _mail_server(self, provider: str) -> SmtpServer:
        return SmtpServer(
            SmtpServerState(
                self.inbox.of(provider),
                self.faults.of(provider),
                tls=server_tls(self.settings.smtp_tls),
                username=self.settings.smtp_username,
                password=self.settings.smtp_password,
            )
        )

    @property
    def twilio_url(self) -> str:
        """In place of https://api.twilio.com."""
        return f"http://{self.settings.host}:{self.ports.twilio}"

    @property
    def sinch_url(self) -> str:
        """In place of https://eu.sms.api.sinch.com."""
        return f"http://{self.settings.host}:{self.ports.sinch}"

    @property
    def x_url(self) -> str:
        """In place of https://api.twitter.com."""
        return f"http://{self.settings.host}:{self.ports.x}"

    @property
    def control_url(self) -> str:
        """The page to read what was sent, and the control interface."""
        return f"http://{self.settings.host}:{self.ports.control}"

    def addresses(self) -> dict[str, str]:
        """Every door by name."""
        return {
            "smtp": f"{self.settings.host}:{self.ports.smtp}",
            "smtp2": f"{self.settings.host}:{self.ports.smtp2}",
            "twilio": self.twilio_url,
            "sinch": self.sinch_url,
            "x": self.x_url,
            "control": self.control_url,
        }

    def counts(self) -> dict[str, dict[str, Any]]:
        """Figures by provider."""
        refused = {
            "smtp": self.smtp.post.refused,
            "smtp2": self.smtp2.post.refused,
            "sinch": self.sinch.refused,
            "twilio": self.twilio.refused,
            "x": self.x.refused,
        }
        counted: dict[str, dict[str, Any]] = {}
        for name in PROVIDERS:
            box = self.inbox.of(name)
            counted[name] = {
                "received": box.received,
                "distinct": box.distinct,
                "duplicates": box.duplicates,
                "refused": refused[name],
                "faults": dict(self.faults.of(name).given),
            }
        counted["twilio"]["receipts"] = self.receipts.counts()
        counted["sinch"]["receipts"] = self.sinch_receipts.counts()
        return counted

    def reset(self) -> None:
        """As freshly started on an empty folder."""
        self.inbox.reset()
        self.faults.reset()
        self.receipts.reset()
        self.sinch_receipts.reset()
        self.smtp.post.refused = self.smtp2.post.refused = 0
        self.twilio.refused = self.sinch.refused = self.x.refused = 0
        self.x.forget()


@asynccontextmanager
async def running(settings: SandboxSettings | None = None) -> AsyncIterator[Sandbox]:
    """The providers, listening until the block ends; then everything is flushed."""
    settings = settings or SandboxSettings()
    sandbox = Sandbox(settings)
    async with AsyncExitStack() as stack:
        stack.callback(sandbox.inbox.close)
        await stack.enter_async_context(sandbox.receipts)
        await stack.enter_async_context(sandbox.sinch_receipts)
        opened: dict[str, int] = {}
        faults = sandbox.faults
        twilio_door = HttpServer(sandbox.twilio.answer, lambda: faults.twilio.slow)
        sinch_door = HttpServer(sandbox.sinch.answer, lambda: faults.of("sinch").slow)
        x_door = HttpServer(sandbox.x.answer, lambda: faults.x.slow)
        for name, door, port in (
            ("smtp", sandbox.smtp, settings.smtp_port),
            ("smtp2", sandbox.smtp2, settings.smtp2_port),
            ("twilio", twilio_door, settings.twilio_port),
            ("sinch", sinch_door, settings.sinch_port),
            ("x", x_door, settings.x_port),
            ("control", Control(sandbox), settings.control_port),
        ):
            stack.push_async_callback(door.stop)
            opened[name] = await door.start(settings.host, port)
        sandbox.ports = Ports(**opened)
        yield sandbox


def server_tls(paths: tuple[Path, Path] | None) -> ssl.SSLContext | None:
    """The mail server's certificate, ready for use."""
    if paths is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*paths)
    return context
