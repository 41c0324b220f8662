"""Archives of deliveries from a terminal: make one by hand, verify one against the audit log."""

from typing import Annotated

import typer

from alerting.actions.operations import archiving
from alerting.cli.runtime import command, console, services, words
from alerting.domain.ledger import SHELL
from alerting.domain.text.i18n import msgid

app = typer.Typer(no_args_is_help=True)

Number = Annotated[int, typer.Argument(min=1, help="The alert's number.")]

ARCHIVED = msgid("Deliveries of alert {number} archived: {lines}, in “{file}”. SHA-256: {sha256}")
KEPT = msgid("Kept in the database, since a receipt changed them meanwhile: {kept}.")
SOUND = msgid(
    "The archive of alert {number} is what the audit log recorded: {lines} deliveries, in “{file}”."
)


@app.command("make")
@command
async def make(number: Number) -> None:
    """Archive the deliveries of an alert that is over, now, and delete them from the database.

    Continues an archive that was interrupted.
    """
    async with services() as opened:
        archive = await archiving.archive_alert(opened, number, by=SHELL)
    say = words()
    lines = say.number(archive.lines)
    said = say(ARCHIVED, number=number, lines=lines, file=archive.file, sha256=archive.sha256)
    console.print(said, highlight=False, soft_wrap=True)
    if archive.kept:
        console.print(say(KEPT, kept=archive.kept))


@app.command("verify")
@command
async def verify(number: Number) -> None:
    """Verify the archive of an alert against the audit log; exit status 1 if it differs."""
    async with services() as opened:
        archive = await archiving.verify_archive(opened, number)
    say = words()
    lines = say.number(archive.lines)
    said = say(SOUND, number=number, lines=lines, file=archive.file)
    console.print(said, highlight=False, soft_wrap=True)
