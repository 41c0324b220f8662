"""What runs for longer: the web, the worker, the sandbox, the demo; and the settings."""

import asyncio
import contextlib
import signal
import subprocess
import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import structlog
import typer

from alerting.actions.operations.database import migrate_database
from alerting.bootstrap import build, open_queue, route_setups
from alerting.cli.runtime import (
    command,
    console,
    leave_to_stay,
    prepare,
    run_loop,
    services,
    table_of,
    words,
)
from alerting.domain.channel_profiles import profile_of
from alerting.domain.channel_setup import (
    HALF_SET,
    HALF_SET_REMEDY,
    SOURCE_NAMES,
    STATE_NAMES,
    RouteSetup,
)
from alerting.domain.text.i18n import msgid
from alerting.i18n import Translator
from alerting.settings import Settings
from alerting.telemetry import configure_logging
from alerting.worker.main import keep_working

log = structlog.get_logger()


@command
async def migrate() -> None:
    """Bring the database to the newest schema. Safe to repeat."""
    async with services(must_be_migrated=False) as opened:
        here = await migrate_database(opened)
    console.print(f"{here}")


PREFIX = "ALERTING_"


class ServedAlone(StrEnum):
    """What a web process may be for alone."""

    RECEIPTS = "receipts"


@command
async def web(
    only: Annotated[
        ServedAlone | None,
        typer.Option(help="Serve only these, so that nothing else uses their processor."),
    ] = None,
) -> None:
    """Serve pages, API and receipts; with the embedded queue, also send."""
    from alerting.server import (  # FastAPI is slow to import, and no other command needs it
        migrate_and_tell,
        serve,
    )

    settings = Settings()
    configure_logging(settings.log_level, as_json=settings.log_json)
    queue = await open_queue(settings)
    opened = build(settings, queue)
    try:
        await migrate_and_tell(opened, settings)
        await prepare(opened)
        warn_of_half_set(opened.setups)
        leave_to_stay()
        await serve(opened, settings, queue, only_receipts=only is ServedAlone.RECEIPTS)
    finally:
        await opened.close()


@command
async def worker() -> None:
    """Send what is due, on Redis or Valkey; start as many as you like, on any machine."""
    settings = Settings()
    configure_logging(settings.log_level, as_json=settings.log_json)
    queue = await open_queue(settings)
    opened = build(settings, queue)
    try:
        await migrate_database(opened)
        await prepare(opened)
        warn_of_half_set(opened.setups)
        leave_to_stay()
        working = asyncio.ensure_future(keep_working(opened, queue))
        # What a process manager sends to stop us: what was handed over is settled first.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, working.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await working
    finally:
        await opened.close()


def sandbox(context: typer.Context) -> None:
    """Start the sandbox providers on loopback; --help after `--` lists their options."""
    options = [one for one in context.args if one != "--"]
    ended = subprocess.run([sys.executable, "-m", "channels.sandbox", *options], check=False)
    raise typer.Exit(ended.returncode)


def settings() -> None:
    """List the settings: the core's with default and meaning, a channel's with what is missing.

    Values are never shown. Works also where the service refuses to start with them.
    """
    table = table_of(words(), msgid("Setting"), msgid("Default"), msgid("Meaning"))
    # A name is for copying: it is never cut nor broken, whatever the width; the rest folds.
    table.columns[0].no_wrap = True
    table.columns[0].min_width = max(map(len, Settings.model_fields)) + len(PREFIX)
    for column in table.columns[1:]:
        column.overflow = "fold"
    for name, field in Settings.model_fields.items():
        table.add_row(f"{PREFIX}{name.upper()}", str(field.default), field.description or "")
    console.print(table)
    _list_channel_settings(route_setups(Settings()), words())


def _list_channel_settings(setups: Sequence[RouteSetup], say: Translator) -> None:
    """A table for each route, with what to do about it."""
    for setup in setups:
        table = table_of(
            say,
            msgid("Setting"),
            msgid("State"),
            msgid("Source"),
            msgid("Default"),
            msgid("Meaning"),
        )
        table.title = f"{say(profile_of(setup.channel).label)} – {setup.route}"
        table.columns[0].no_wrap = True
        for setting in setup.settings:
            state = (
                f"{say(STATE_NAMES[setting.state])}{': ' if setting.fault else ''}{setting.fault}"
            )
            table.add_row(
                setting.name,
                state,
                say(SOURCE_NAMES[setting.source]),
                setting.default,
                setting.meaning,
            )
        console.print(table)
        if setup.fault:
            console.print(setup.fault, style="bold red", markup=False)
        if setup.half_set:
            console.print(half_set_in_words(setup, say), style="bold yellow", markup=False)


def half_set_in_words(setup: RouteSetup, say: Translator) -> str:
    """What is missing, and what to do."""
    entered, missing = (", ".join(names) or "–" for names in (setup.entered, setup.missing))
    return f"{say(HALF_SET, entered=entered, missing=missing)} {say(HALF_SET_REMEDY)}"


def warn_of_half_set(setups: Sequence[RouteSetup]) -> None:
    """Say at the start which channels somebody began to set up, and what they lack."""
    for setup in setups:
        if setup.half_set:
            log.warning(
                "channel.half_set",
                channel=setup.channel,
                route=setup.route,
                entered=", ".join(setup.entered),
                missing=", ".join(setup.missing),
            )


def demo(
    recipients: Annotated[
        int, typer.Option(min=10, help="Number of synthetic recipients.")
    ] = 10_000,
    area: Annotated[
        str, typer.Option(help="Places, separated by commas.")
    ] = "4000 Liège,Verviers,Eupen,Région de Bruxelles-Capitale",
    scenario: Annotated[str, typer.Option(help="The scenario of the alert.")] = "chem_shelter",
    port: Annotated[int, typer.Option(help="The port of the console.")] = 8000,
    fault_share: Annotated[
        float, typer.Option(min=0, max=0.5, help="With --faults: the share of provider errors.")
    ] = 0.1,
    *,
    faults: Annotated[
        bool,
        typer.Option("--faults", help="Simulate failures of providers: errors, bounces, receipts."),
    ] = False,
    exit_after: Annotated[
        bool, typer.Option("--exit", help="End after the table, with a status that says how.")
    ] = False,
) -> None:
    """One alert, three languages, four channels, tracked to the end, on sandbox providers."""
    from alerting.cli.demo.show import DemoOptions, run

    options = DemoOptions(
        recipients=recipients,
        area=[code.strip() for code in area.split(",")],
        scenario=scenario,
        port=port,
        fault_share=fault_share if faults else 0,
        exit_after=exit_after,
    )
    try:
        raise typer.Exit(run_loop(run(options)))
    except KeyboardInterrupt:
        raise typer.Exit(0) from None
