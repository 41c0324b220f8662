"""The demonstration itself: providers up, people in, one alert out, every delivery followed."""

import asyncio
import contextlib
import json
import os
import resource
import shutil
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import uvicorn
from rich.live import Live
from rich.text import Text

from alerting import private_files
from alerting.actions.accounts import magic_links
from alerting.actions.alerts import approval, drafting, queries, sending
from alerting.actions.operations.database import alerts_being_sent, migrate_database
from alerting.actions.public import administration as public_pages
from alerting.actions.recipients.importing import import_file
from alerting.bootstrap import ROOT, build, open_database, open_queue
from alerting.cli.demo import authorities
from alerting.cli.demo.people import one_in, press_csv, recipients_csv
from alerting.cli.demo.press import publish_release
from alerting.cli.progress import board, progress
from alerting.cli.runtime import complaints, console, prepare, words
from alerting.compose.values import sample
from alerting.domain.alert import Alert, AlertState
from alerting.domain.delivery import FINAL
from alerting.domain.errors import AlertingError, NotFound, OlderDatabase
from alerting.domain.officer import ROLE_NAMES, Officer, Role
from alerting.domain.recipient import RecipientKind
from alerting.domain.text.i18n import msgid
from alerting.i18n import Translator
from alerting.server import make_server
from alerting.services import Services
from alerting.settings import Settings
from alerting.telemetry import configure_logging

DOORS = ("smtp", "smtp2", "twilio", "sinch", "x", "control")
"""The sandbox's; each on a port that is free."""
HOME = ROOT / "var" / "demo"
EVERY = 0.15
PATIENCE = 600
"""Seconds after which something is wrong: the demo then ends with a failure."""
RECEIPTS_WITHIN = 60
"""Seconds; a real provider gets an hour. On a busy machine receipts of this one come late."""
RECEIPTS_WITHIN_WITH_FAULTS = 12
"""Some receipts are lost to order then: a spectator does not wait longer for them."""

MILA = Officer("mila", Role.COMMUNICATOR)
JORIS = Officer("joris", Role.APPROVER)
PAULA = Officer("paula", Role.PRESS_OFFICER)

RESUMED = msgid("Alert {number} of an earlier run was interrupted: it is completed first.")
PEOPLE = msgid("{people} recipients and {press} newsrooms imported")
SAMPLE = msgid(
    "A sample of the country: when it is checked whether few inhabitants are reached, each "
    "recipient stands for {number}."
)
WRITTEN = msgid("{officer} drafted alert {number}: {area} ({languages})")
VOUCHED = msgid("{officer} approved it")
GONE = msgid("{officer} sent it")
RELEASED = msgid("{officer} published a press release, approved by {second}; the newsroom:")
DONE = msgid(
    "Finished in {seconds} s; first message {first} ms after sending; {memory} MB of memory."
)
SERVED = msgid(
    "Sign in with one of these links, each in a browser profile or private window of its own, so "
    "that several people work side by side. A link signs in once, within {minutes} minutes; "
    "starting again makes new ones."
)
LINK = msgid("{role} ({officer}):")
PUBLIC_PAGE = msgid("Everybody reads the alert on its public page:")
STOP = msgid("Stop with Ctrl+C.")
BAD_SUMS = msgid("The totals do not match: {planned} planned, {final} in a final state.")
NOT_SENT = msgid("Sending did not finish within {seconds} seconds.")


Stopped = Callable[[], bool]
"""Whether somebody pressed Ctrl+C: the web server hears it first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What the spectator asked for."""

    recipients: int
    area: Sequence[str]
    scenario: str
    port: int
    fault_share: float
    exit_after: bool


async def run(options: DemoOptions) -> int:
    """The whole show; 0 when every delivery ended in a final state and the sums match."""
    say = words()
    private_files.folder(HOME)
    settings = Settings(
        secrets_dir=str(HOME / "secrets"),
        database_url=f"sqlite+aiosqlite:///{HOME / 'alerting.db'}",
        redis_url="",
        public_folder=str(HOME / "public"),
        public_pages_url="",
        port=_free(options.port),
        log_level="ERROR",
        session_idle_minutes=12 * 60,  # spectators look on for hours
        fresh_required=False,  # they came by a link, and providers are sandboxes
    )
    settings.public_url = f"http://{settings.host}:{settings.port}"
    configure_logging(settings.log_level, as_json=False)
    if not await _unfinished(settings):
        _forget()
    async with _providers(options) as sandbox:
        os.environ.update(_channel_settings(sandbox, with_faults=options.fault_share > 0))
        settings.sandbox_url = sandbox["control"]
        queue = await open_queue(settings)
        services = build(settings, queue)
        services = replace(services, one_in=one_in(services.gazetteer, options.recipients))
        try:
            await migrate_database(services)
            await prepare(services)
            server = make_server(services, settings, queue)
            async with _serving(server):
                return await _perform(
                    services, settings, options, say, stopped=lambda: server.should_exit
                )
        except AlertingError as error:
            complaints.print(say.error(error), style="bold red")
            return 1
        finally:
            await services.close()


async def _perform(
    services: Services,
    settings: Settings,
    options: DemoOptions,
    say: Translator,
    *,
    stopped: Stopped,
) -> int:
    alert = await _earlier(services)
    if alert is None:
        await authorities.found(services)
        alert = await _prepare(services, options, say)
        seen = alert.fingerprint()
        alert = await sending.send(services, alert.id, by=MILA, seen=seen, accept_same=True)
        console.print(say(GONE, officer=MILA.name))
    else:
        console.print(say(RESUMED, number=alert.id), style="bold yellow")
    if (address := public_pages.address_of(services, alert)) is not None:
        console.print(say(PUBLIC_PAGE))
        console.print(Text(address, style="bold blue", overflow="fold"))
    status = await _follow(services, alert, say, stopped)
    verdict = _judge(status, say)
    await publish_release(services, alert.id, author=PAULA, second=JORIS)
    console.print(say(RELEASED, officer=PAULA.name, second=JORIS.name))
    console.print(Text(f"{services.pages_url}/newsroom/{say.language}/", style="bold blue"))
    if not options.exit_after:
        minutes = round(magic_links.LINK_LASTS.total_seconds() / 60)
        console.print(say(SERVED, minutes=minutes))
        for officer, secret in (await sign_in_links(services)).items():
            address = f"{settings.public_url}/sign-in?once={secret}"
            console.print(say(LINK, role=say(ROLE_NAMES[officer.role]), officer=officer.name))
            console.print(Text(address, style="bold blue", overflow="fold"))
        console.print(say(STOP))
        while not stopped():  # noqa: ASYNC110  the server is told by a signal, not by an event
            await asyncio.sleep(EVERY)
    return verdict


async def sign_in_links(services: Services) -> dict[Officer, str]:
    """One person for each role, with the secret of a link that signs them in once."""
    names = {role: name for name, _, role in reversed(authorities.PEOPLE)}
    found = {}
    for role in Role:
        try:
            officer = await authorities.member(services, names[role])
        except NotFound:  # the earlier run was of a version without authorities
            officer = Officer(names[role], role)
        found[officer] = await magic_links.make_link(services, officer)
    return found


async def _prepare(services: Services, options: DemoOptions, say: Translator) -> Alert:
    """Set the stage. In one piece: the steps of the demonstration, in their order."""
    area = [code for place in options.area for code in services.gazetteer.resolve(place)]
    files = {
        RecipientKind.PERSON: (
            "recipients.csv",
            recipients_csv(services.gazetteer, area, options.recipients),
        ),
        RecipientKind.PRESS: ("press.csv", press_csv()),
    }
    imported = {}
    for kind, (name, data) in files.items():
        path = HOME / name
        await asyncio.to_thread(path.write_bytes, data)
        by = PAULA if kind is RecipientKind.PRESS else MILA
        done = await import_file(services, data, file=name, kind=kind, by=by)
        imported[kind] = done.imported
    console.print(
        say(
            PEOPLE,
            people=say.number(imported[RecipientKind.PERSON]),
            press=say.number(imported[RecipientKind.PRESS]),
        )
    )
    console.print(say(SAMPLE, number=say.number(services.one_in)))
    scenario = services.composer.library.scenario(options.scenario)
    now = services.now()
    draft = await drafting.draft(
        services,
        drafting.DraftRequest(
            scenario=options.scenario,
            area=options.area,
            values={
                declaration.name: sample(declaration, now)
                for declaration in scenario.values
                if declaration.required
            },
        ),
        by=MILA,
    )
    console.print(
        say(
            WRITTEN,
            officer=MILA.name,
            number=draft.id,
            area=services.gazetteer.area_name(draft.area, say.language),
            languages=", ".join(draft.languages),
        )
    )
    approved = await approval.approve(services, draft.id, by=JORIS, seen=draft.fingerprint())
    console.print(say(VOUCHED, officer=JORIS.name))
    return approved


async def _follow(
    services: Services, alert: Alert, say: Translator, stopped: Stopped
) -> queries.AlertStatus:
    """Show progress until the alert has finished, or patience ends."""
    until = time.monotonic() + PATIENCE
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while True:
            status = await queries.get_status(services, alert.id, by=MILA)
            live.update(progress(status, say), refresh=True)
            if (
                status.alert.state is not AlertState.SENDING
                or time.monotonic() > until
                or stopped()
            ):
                break
            await asyncio.sleep(EVERY)
    console.print(board(status, say))
    return status


def _judge(status: queries.AlertStatus, say: Translator) -> int:
    alert = status.alert
    if alert.finished_at is None or alert.sent_at is None:
        complaints.print(say(NOT_SENT, seconds=PATIENCE), style="bold red")
        return 1
    planned = sum(count.n for count in status.counts)
    final = sum(count.n for count in status.counts if count.state in FINAL)
    if planned != final or not planned:
        complaints.print(say(BAD_SUMS, planned=planned, final=final), style="bold red")
        return 1
    first = min((one.first for one in status.times if one.first is not None), default=0.0)
    console.print(
        say(
            DONE,
            seconds=say.number(round((alert.finished_at - alert.sent_at).total_seconds(), 1)),
            first=say.number(round(first * 1000)),
            memory=say.number(_memory()),
        )
    )
    return 0


async def _earlier(services: Services) -> Alert | None:
    """An alert a killed run left in the middle of sending."""
    numbers = await alerts_being_sent(services.database)
    return await queries.get_alert(services, numbers[-1], by=MILA) if numbers else None


async def _unfinished(settings: Settings) -> bool:
    if not (HOME / "alerting.db").exists():
        return False
    database = open_database(settings)
    try:
        return bool(await alerts_being_sent(database))
    except OlderDatabase:  # of another version: begun anew
        return False
    finally:
        await database.close()


def _forget() -> None:
    shutil.rmtree(HOME)
    private_files.folder(HOME)


@asynccontextmanager
async def _providers(options: DemoOptions) -> AsyncIterator[Mapping[str, str]]:
    """The sandbox in a process of its own; it ends when this one does, however that comes."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "channels.sandbox",
        *(f"--{door}-port=0" for door in DOORS),
        *("--keep", str(HOME / "sandbox"), "--stop-with-parent"),
        *(("--faults", str(options.fault_share)) if options.fault_share else ()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None  # noqa: S101  asked for above
    try:
        yield json.loads(await process.stdout.readline())
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


@asynccontextmanager
async def _serving(server: uvicorn.Server) -> AsyncIterator[None]:
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def _free(port: int) -> int:
    """The port asked for, or the next one that nobody listens on."""
    for candidate in range(port, port + 50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", candidate))
                return candidate
    return 0


def _memory() -> int:
    """This process's largest resident size, in MB: web, worker and demonstration together."""
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(largest / (1024 * 1024 if sys.platform == "darwin" else 1024))


def _channel_settings(sandbox: Mapping[str, str], *, with_faults: bool) -> dict[str, str]:
    receipt_within = RECEIPTS_WITHIN_WITH_FAULTS if with_faults else RECEIPTS_WITHIN
    """The settings that real providers need, leading to the sandbox: two routes for the many."""
    return {
        **_mail("EMAIL_", sandbox["smtp"]),
        "EMAIL_ROUTES": "relay,second",
        **_mail("EMAIL_SECOND_", sandbox["smtp2"]),
        **_mail("PRESS_", sandbox["smtp"]),
        "SMS_ROUTES": "twilio,gateway",
        "SMS_GATEWAY_PROVIDER": "sinch",
        "SMS_GATEWAY_API_BASE": sandbox["sinch"],
        "SMS_GATEWAY_SERVICE_PLAN_ID": "loopbackonlyserviceplan",
        "SMS_GATEWAY_API_TOKEN": "loopback-only-sinch-token",
        "SMS_GATEWAY_HMAC_SECRET": "loopback-only-sinch-secret",
        "SMS_GATEWAY_SENDER": "1789",
        "SMS_GATEWAY_RECEIPT_WITHIN_SECONDS": str(receipt_within),
        "SMS_API_BASE": sandbox["twilio"],
        "SMS_ACCOUNT_SID": "AC" + "0" * 32,
        "SMS_AUTH_TOKEN": "loopback-only-twilio-token",
        "SMS_SENDER": "1789",
        "SMS_RECEIPT_WITHIN_SECONDS": str(receipt_within),
        "X_API_BASE": sandbox["x"],
        "X_CONSUMER_KEY": "loopback-only-consumer-key",
        "X_CONSUMER_SECRET": "loopback-only-consumer-secret",
        "X_ACCESS_TOKEN": "1-loopback-only-access-token",
        "X_ACCESS_SECRET": "loopback-only-access-secret",
    }


def _mail(prefix: str, server: str) -> dict[str, str]:
    host, _, port = server.partition(":")
    return {f"{prefix}HOST": host, f"{prefix}PORT": port, f"{prefix}TLS": "none"}
