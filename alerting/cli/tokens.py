"""Tokens, and the ledger."""

from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table

from alerting.actions import authorization
from alerting.actions import ledger as entries
from alerting.actions.accounts import administration, memberships, sessions
from alerting.cli.runtime import Token, acting, command, complaints, console, emit, services, words
from alerting.domain.ledger import SHELL, LedgerEntry
from alerting.domain.officer import Role
from alerting.domain.text.i18n import msgid

tokens = typer.Typer(no_args_is_help=True)
ledger = typer.Typer(no_args_is_help=True)

SOUND = msgid("The ledger is sound: {number} entries, each following the one before.")
BROKEN = msgid("The ledger is broken after {number} sound entries: {fault}.")
WAITS = msgid("It opens nothing yet: an administrator has to confirm it on the page of people.")
ENDED = msgid("Token {number} has ended.")


@tokens.command("create")
@command
async def create(
    officer: Annotated[str, typer.Option(help="The person it is for; one name is one person.")],
    role: Annotated[Role, typer.Option(help="What the person is here for, nationally.")],
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it lasts.")] = 90,
    membership: Annotated[
        int, typer.Option(min=0, help="The membership it works under; its role and place count.")
    ] = 0,
) -> None:
    """Make an API token. It is printed once; only its hash is kept.

    Where two administrators have accounts, it opens nothing until one of them confirms it.
    """
    lasts = timedelta(days=days)
    async with services() as opened:
        wanted = await authorization.load_officer(opened, officer.lower(), role, membership)
        waits = await memberships.two_can_confirm(opened)
        if waits:
            secret = await administration.request_from_shell(opened, wanted, by=SHELL, lasts=lasts)
        else:
            secret = await sessions.make_token(opened, wanted, by=SHELL, lasts=lasts)
    emit(f"{secret}\n")
    if waits:
        complaints.print(words()(WAITS))


@tokens.command("end")
@command
async def end(number: Annotated[int, typer.Argument(help="Its number in the list.")]) -> None:
    """Revoke a token at once."""
    async with services() as opened:
        await sessions.end_token(opened, number, by=SHELL)
    console.print(words()(ENDED, number=number))


@tokens.command("list")
@command
async def list_tokens(token: Token = "") -> None:
    """List tokens, without their secrets (administrators)."""
    say = words()
    async with acting(token) as (opened, officer):
        found = await sessions.list_tokens(opened, by=officer)
    table = Table("№", "officer", "role", "made", "expires", "ended")
    for one in found:
        table.add_row(
            str(one.id),
            one.officer.name,
            one.officer.role,
            say.moment(one.created_at),
            say.moment(one.expires_at),
            say.moment(one.ended_at) if one.ended_at else "",
        )
    console.print(table)


@ledger.command("verify")
@command
async def verify() -> int:
    """Walk the whole chain; exit status 1 where it breaks."""
    async with services() as opened:
        number, fault = await entries.verify_ledger(opened)
    say = words()
    if fault is None:
        console.print(say(SOUND, number=number))
        return 0
    console.print(say(BROKEN, number=number, fault=fault), style="bold red")
    return 1


@ledger.command("show")
@command
async def show(
    about: Annotated[str, typer.Option(help="Only what concerns this, e.g. alert/3.")] = "",
    after: Annotated[int, typer.Option(help="Only behind this number.")] = 0,
    token: Token = "",
) -> None:
    """Print entries of one's territory: who did what, when; by what, from where, for whom.

    For auditors and administrators.
    """
    say = words()
    table = Table("№", "when", "who", "by", "from", "for", "what", "about", "details")
    async with acting(token) as (opened, officer):
        found = await entries.list_entries(opened, by=officer, after=after, about=about)
    for one in found:
        details = " ".join(f"{name}={value}" for name, value in one.details.items())
        table.add_row(
            str(one.seq),
            say.moment(one.at),
            f"{one.by} ({one.person})" if one.person else one.by,
            _how(one),
            one.network,
            one.authority,
            one.what,
            one.about,
            details,
        )
    console.print(table)


def _how(one: LedgerEntry) -> str:
    return f"{one.kind} #{one.credential}" if one.credential else str(one.kind)
