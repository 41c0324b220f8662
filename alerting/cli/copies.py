"""Test copies of an alert from a terminal: send them, and see what became of them."""

from typing import Annotated

import typer

from alerting.actions.alerts import copies
from alerting.actions.alerts.copies import CopyRequest
from alerting.cli.alerts import Number
from alerting.cli.runtime import Token, acting, command, console, table_of, words
from alerting.domain.channel import FAILURE_REASON_NAMES
from alerting.domain.copies import SentCopy
from alerting.domain.delivery import STATE_NAMES
from alerting.domain.language import Language
from alerting.domain.text.i18n import msgid
from alerting.i18n import Translator

ON_ITS_WAY = msgid("A test copy is on its way to {users}: {channels}.")


@command
async def send_test_copy(
    number: Number,
    token: Token = "",
    to: Annotated[
        list[str] | None, typer.Option(help="A user name; may be repeated. Without it, yourself.")
    ] = None,
    channel: Annotated[
        list[str] | None, typer.Option(help="Whose text; may be repeated. Without it, all.")
    ] = None,
    language: Annotated[
        list[Language] | None, typer.Option(help="As for --channel, with languages.")
    ] = None,
) -> None:
    """Send a test copy of an alert to yourself or to other users, by e-mail."""
    copy_request = CopyRequest(
        users=tuple(to or ()), channels=tuple(channel or ()), languages=tuple(language or ())
    )
    async with acting(token) as (opened, officer):
        sent = await copies.send_test_copy(opened, number, copy_request, by=officer)
    users = ", ".join(sent[0].users)
    console.print(words()(ON_ITS_WAY, users=users, channels=", ".join(o.channel for o in sent)))


@command
async def list_test_copies(number: Number, token: Token = "") -> None:
    """List the last test copies of an alert, and what became of each."""
    async with acting(token) as (opened, officer):
        found = await copies.list_test_copies(opened, number, by=officer)
    say = words()
    table = table_of(say, msgid("Text"), msgid("Sent"), msgid("User"), msgid("State"))
    for copy in found:
        table.add_row(copy.channel, say.moment(copy.made_at), copy.author, copy_states(say, copy))
    console.print(table)


def copy_states(say: Translator, copy: SentCopy) -> str:
    """A line for each of its messages."""
    return "\n".join(
        f"{got.user}, {got.language}: {say(STATE_NAMES[got.state])}"
        + (f" ({say(FAILURE_REASON_NAMES[got.failure_reason])})" if got.failure_reason else "")
        for got in copy.deliveries
    )
