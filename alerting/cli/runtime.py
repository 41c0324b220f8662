"""What every command shares: services for its time, an officer, and errors as sentences."""

import asyncio
import gc
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import wraps
from typing import Annotated, Any, ParamSpec, TypeVar

import structlog
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from alerting.actions.accounts import tokens
from alerting.actions.operations.database import prepare_installation, require_newest_schema
from alerting.bootstrap import build, open_queue
from alerting.domain.errors import AlertingError
from alerting.domain.language import Language
from alerting.domain.officer import Officer
from alerting.i18n import Translator, preferred, translator_for
from alerting.services import Services
from alerting.settings import Settings
from alerting.telemetry import configure_logging

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger()
console = Console()
complaints = Console(stderr=True)

Token = Annotated[
    str,
    typer.Option(
        "--token",
        envvar="ALERTING_TOKEN",
        help="The access token of the user who acts.",
        show_default=False,
    ),
]


def command(act: Callable[P, Coroutine[Any, Any, int | None]]) -> Callable[P, None]:
    """Run an async command; an error of ours is one sentence and exit status 1, no traceback."""

    @wraps(act)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            status = run_loop(act(*args, **kwargs))
        except AlertingError as error:
            complaints.print(words().error(error), style="bold red", highlight=False)
            raise typer.Exit(1) from None
        except ValidationError as fault:
            for one in fault.errors():
                complaints.print(f"{'.'.join(map(str, one['loc']))}: {one['msg']}", style="red")
            raise typer.Exit(1) from None
        except KeyboardInterrupt:
            raise typer.Exit(130) from None
        raise typer.Exit(status or 0)

    return run


def run_loop(act: Coroutine[Any, Any, T]) -> T:
    """Run to the end, on uvloop where it is installed: it moves bytes twice as fast."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(act)
    return uvloop.run(act)


def leave_to_stay() -> None:
    """What a service has loaded when it starts to work is never given back.

    So the garbage collector need not look at it again, each time for a fifth of a second in which
    nothing else happens.
    """
    gc.collect()
    gc.freeze()


def words() -> Translator:
    """The words of the terminal's language; English where it names none of ours."""
    tongue = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG")
    return translator_for(preferred((tongue or "").replace("_", "-"), Language.EN))


@asynccontextmanager
async def services(*, must_be_migrated: bool = True) -> AsyncIterator[Services]:
    """Services by the settings, for the time of one command."""
    settings = Settings()
    configure_logging(settings.log_level, as_json=settings.log_json)
    opened = build(settings, await open_queue(settings))
    try:
        if must_be_migrated:
            await require_newest_schema(opened)
            await prepare(opened)
        yield opened
    finally:
        await opened.close()


async def prepare(opened: Services) -> None:
    """Make the keys at a first start; refuse lost keys, and a training service on live data.

    The first start decides whether it is for training.
    """
    for key in await prepare_installation(opened):
        log.info("key.made", name=key.name, fingerprint=key.fingerprint)


@asynccontextmanager
async def acting(token: str) -> AsyncIterator[tuple[Services, Officer]]:
    """Services, and the officer a token stands for."""
    async with services() as opened:
        yield opened, await tokens.officer_by_token(opened, token)


def table_of(say: Translator, *headings: str) -> Table:
    """An empty table with these columns, message ids, in the terminal's language."""
    return Table(*map(say, headings))


def emit(text: str) -> None:
    """Plain output for other programs to read."""
    sys.stdout.write(text)
