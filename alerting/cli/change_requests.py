"""What one user requests with a token, and another confirms."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from alerting.actions import change_requests
from alerting.actions.change_request_kinds import KINDS
from alerting.cli.runtime import Token, acting, command, console, emit, table_of, words
from alerting.domain.change_request import Act, ChangeRequest
from alerting.domain.text.i18n import msgid, msgid_in

app = typer.Typer(no_args_is_help=True)

REQUESTED = msgid("Request {number} is waiting for confirmation. Have another user confirm it.")
CONFIRMED = msgid("Request {number} has been carried out.")
REFUSED = msgid("Request {number} has been refused.")
Number = Annotated[int, typer.Argument(min=1, help="Its number.")]


@app.command("list")
@command
async def list_requests(
    token: Token = "",
    before: Annotated[int, typer.Option(min=0, help="Only below this number: the next page.")] = 0,
    *,
    waiting: Annotated[
        bool, typer.Option(help="Only requests that can still be confirmed or rejected.")
    ] = False,
) -> None:
    """List the requests in your territory, newest first."""
    table = table_of(
        words(),
        msgid_in("column", "Number"),
        msgid("Action"),
        msgid("Details"),
        msgid("Proposed by"),
        msgid("Decided by"),
        msgid("Decision"),
    )
    async with acting(token) as (opened, officer):
        found = await change_requests.list_change_requests(
            opened, by=officer, before=before, waiting=waiting
        )
        for change_request in found.items:
            table.add_row(*_cells(change_request))
    console.print(table)


@app.command("confirm")
@command
async def confirm(number: Number, token: Token = "") -> None:
    """Carry out what another user requested; a token it creates is printed once."""
    async with acting(token) as (opened, officer):
        done = await change_requests.confirm_change(opened, KINDS, number, by=officer)
    console.print(words()(CONFIRMED, number=number))
    if done.secret:
        emit(f"{done.secret}\n")


@app.command("reject")
@command
async def reject(number: Number, token: Token = "") -> None:
    """Reject a request, or withdraw your own."""
    async with acting(token) as (opened, officer):
        await change_requests.reject_change(opened, KINDS, number, by=officer)
    console.print(words()(REFUSED, number=number))


async def request_change(token: str, act: Act, details: Mapping[str, Any]) -> None:
    """Ask for what another officer confirms, and say under which number it waits."""
    async with acting(token) as (opened, officer):
        change_request = await change_requests.request_change(
            opened, KINDS, act, dict(details), by=officer
        )
    console.print(words()(REQUESTED, number=change_request.id))


def _cells(change_request: ChangeRequest) -> tuple[str, ...]:
    details = " ".join(f"{name}={value}" for name, value in change_request.details.items())
    decision = change_request.decision or ""
    return (
        str(change_request.id),
        change_request.what,
        details,
        change_request.requested_by,
        change_request.decided_by,
        decision,
    )
