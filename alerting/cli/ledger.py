"""The audit log: read it, and verify that nothing was removed."""

from typing import Annotated

import typer

from alerting.actions import ledger
from alerting.cli.runtime import Token, acting, command, console, services, table_of, words
from alerting.domain.ledger import LedgerEntry
from alerting.domain.text.i18n import msgid, msgid_in

app = typer.Typer(no_args_is_help=True)

SOUND = msgid("Audit log verified and intact: {number} entries, each following the one before.")
BROKEN = msgid("Verification of the audit log failed after {number} valid entries: {fault}.")


@app.command("verify")
@command
async def verify() -> int:
    """Verify the whole chain of entries; exit status 1 if verification fails."""
    async with services() as opened:
        number, fault = await ledger.verify_ledger(opened)
    say = words()
    if fault is None:
        console.print(say(SOUND, number=number))
        return 0
    console.print(say(BROKEN, number=number, fault=fault), style="bold red")
    return 1


@app.command("show")
@command
async def show(
    about: Annotated[str, typer.Option(help="Only entries about this, e.g. alert/3.")] = "",
    after: Annotated[int, typer.Option(help="Only entries after this number.")] = 0,
    token: Token = "",
) -> None:
    """List the entries of your territory: who did what, when; by what, from where, for whom.

    For auditors and administrators.
    """
    say = words()
    table = table_of(
        say,
        msgid_in("column", "Number"),
        msgid("Time"),
        msgid("User"),
        msgid_in("column", "Through"),
        msgid("Network"),
        msgid("Authority"),
        msgid("Action"),
        msgid("About"),
        msgid("Details"),
    )
    async with acting(token) as (opened, officer):
        found = await ledger.list_entries(opened, by=officer, after=after, about=about)
    for entry in found.items:
        details = " ".join(f"{name}={value}" for name, value in entry.details.items())
        table.add_row(
            str(entry.seq),
            say.moment(entry.at),
            f"{entry.by} ({entry.person})" if entry.person else entry.by,
            _how(entry),
            entry.network,
            entry.authority,
            entry.what,
            entry.about,
            details,
        )
    console.print(table)


def _how(entry: LedgerEntry) -> str:
    return f"{entry.kind} #{entry.credential}" if entry.credential else str(entry.kind)
