"""Routes from a terminal: how each does, and what a user decides about it."""

from collections.abc import Sequence
from typing import Annotated

import typer

from alerting.actions.operations import routes
from alerting.actions.operations.routes import RouteStatus
from alerting.cli.copies import copy_states
from alerting.cli.runtime import Token, acting, command, complaints, console, table_of, words
from alerting.domain.channel import FAILURE_REASON_NAMES
from alerting.domain.route import BREAKER_NAMES, OVERRIDE_NAMES, Override
from alerting.domain.text.i18n import msgid
from alerting.i18n import Translator

app = typer.Typer(no_args_is_help=True)

TEST_ON_ITS_WAY = msgid(
    "A test message is on its way to you by “{route}”; “alerting routes tests” tells what becomes "
    "of it."
)
NONE_LEFT = msgid(
    "“{channel}” has no route left: its messages wait until a route is available again."
)

Channel = Annotated[str, typer.Argument(help="The channel, such as sms.")]
Route = Annotated[str, typer.Argument(help="The route's name in the list.")]
Reason = Annotated[str, typer.Option(help="Why; recorded in the audit log.")]


@app.command("list")
@command
async def list_routes(token: Token = "") -> None:
    """List every route, its state, and its share of the messages."""
    async with acting(token) as (opened, officer):
        _show(await routes.list_routes(opened, by=officer), words())


@app.command("off")
@command
async def off(channel: Channel, route: Route, reason: Reason, token: Token = "") -> None:
    """Switch a route off until further notice, whatever is measured."""
    await _decide(channel, route, Override.OFF, reason, token)


@app.command("on")
@command
async def on(channel: Channel, route: Route, reason: Reason, token: Token = "") -> None:
    """Switch a route on until further notice, whatever is measured."""
    await _decide(channel, route, Override.ON, reason, token)


@app.command("auto")
@command
async def auto(channel: Channel, route: Route, reason: Reason, token: Token = "") -> None:
    """Return a route to automatic: measurements decide again."""
    await _decide(channel, route, Override.NONE, reason, token)


@app.command("test")
@command
async def send_test_message(channel: Channel, route: Route, token: Token = "") -> None:
    """Send yourself a test message by this route only, to the address of your account."""
    async with acting(token) as (opened, officer):
        await routes.send_test_message(opened, channel, route, by=officer)
    console.print(words()(TEST_ON_ITS_WAY, route=route))


@app.command("tests")
@command
async def list_test_messages(token: Token = "") -> None:
    """What became of your last test message by each route."""
    async with acting(token) as (opened, officer):
        copies = await routes.list_test_messages(opened, by=officer)
    say = words()
    table = table_of(say, msgid("Channel"), msgid("Route"), msgid("Sent"), msgid("State"))
    for copy in copies:
        table.add_row(copy.carrier, copy.route, say.moment(copy.made_at), copy_states(say, copy))
    console.print(table)


async def _decide(channel: str, route: str, override: Override, reason: str, token: str) -> None:
    say = words()
    async with acting(token) as (opened, officer):
        statuses = await routes.override_route(
            opened, channel, route, override, reason=reason, by=officer
        )
    _show(statuses, say)
    if not any(status.share for status in statuses):
        complaints.print(say(NONE_LEFT, channel=channel), style="bold red")


def _show(statuses: Sequence[RouteStatus], say: Translator) -> None:
    table = table_of(
        say,
        msgid("Channel"),
        msgid("Route"),
        msgid("State"),
        msgid("Share"),
        msgid("Errors"),
        msgid("ms"),
        msgid("Cause"),
        msgid("Override"),
        msgid("User"),
    )
    for status in statuses:
        health = status.health
        failure_reason = (
            say(FAILURE_REASON_NAMES[health.failure_reason]) if health.failure_reason else ""
        )
        table.add_row(
            health.channel,
            health.route,
            say(BREAKER_NAMES[status.breaker]),
            f"{status.share:.0%}",
            f"{health.error_share:.0%}",
            say.number(round(health.latency * 1000)),
            f"{failure_reason} {health.provider_code}".rstrip(),
            f"{say(OVERRIDE_NAMES[health.override])} {health.override_reason}".rstrip(),
            health.override_by,
        )
    console.print(table)
