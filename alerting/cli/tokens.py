"""Access tokens: create, revoke and list them."""

from datetime import timedelta
from typing import Annotated

import typer

from alerting.actions import authorization
from alerting.actions.accounts import administration, memberships, tokens
from alerting.cli.runtime import (
    Token,
    acting,
    command,
    complaints,
    console,
    emit,
    services,
    table_of,
    words,
)
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Role
from alerting.domain.text.i18n import msgid, msgid_in

app = typer.Typer(no_args_is_help=True)
WAITS = msgid("The token is not valid yet: an administrator must confirm it on the Users page.")
ENDED = msgid("Token {number} has been revoked.")


@app.command("create")
@command
async def create(
    officer: Annotated[str, typer.Option(help="The user it is for; one name is one person.")],
    role: Annotated[Role, typer.Option(help="The role of the user, at the national authority.")],
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days it is valid.")] = 90,
    membership: Annotated[
        int, typer.Option(min=0, help="The membership it acts under; its role and authority apply.")
    ] = 0,
) -> None:
    """Create an access token. It is printed once; only its hash is stored.

    Where two administrators have accounts, it is valid only once one of them has confirmed it.
    """
    lasts = timedelta(days=days)
    async with services() as opened:
        wanted = await authorization.load_officer(opened, officer.lower(), role, membership)
        waits = await memberships.two_can_confirm(opened)
        if waits:
            secret = await administration.request_from_shell(opened, wanted, by=SHELL, lasts=lasts)
        else:
            secret = await tokens.make_token(opened, wanted, by=SHELL, lasts=lasts)
    emit(f"{secret}\n")
    if waits:
        complaints.print(words()(WAITS))


@app.command("end")
@command
async def end(number: Annotated[int, typer.Argument(help="Its number in the list.")]) -> None:
    """Revoke a token at once."""
    async with services() as opened:
        await tokens.end_token(opened, number, by=SHELL)
    console.print(words()(ENDED, number=number))


@app.command("list")
@command
async def list_tokens(token: Token = "") -> None:
    """List tokens, without their secrets (administrators)."""
    say = words()
    async with acting(token) as (opened, officer):
        credentials = await tokens.list_tokens(opened, by=officer)
    table = table_of(
        say,
        msgid_in("column", "Number"),
        msgid("User"),
        msgid("Role"),
        msgid_in("column", "Created"),
        msgid_in("column", "Valid until"),
        msgid_in("column", "Revoked"),
    )
    for credential in credentials:
        table.add_row(
            str(credential.id),
            credential.officer.name,
            credential.officer.role,
            say.moment(credential.created_at),
            say.moment(credential.expires_at),
            say.moment(credential.ended_at) if credential.ended_at else "",
        )
    console.print(table)
