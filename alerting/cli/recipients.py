"""Import recipients and press contacts from CSV files."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from alerting.actions.recipients.importing import FileRefused, import_file
from alerting.cli.runtime import Token, acting, command, complaints, console, words
from alerting.domain.recipient import Kind, RowFinding
from alerting.domain.text.i18n import msgid

app = typer.Typer(no_args_is_help=True)

IMPORTED = msgid("Rows imported from {file}: {number}.")
REJECTED = msgid("Rows rejected: {number}. They are in {file}, each with its fault.")
LEFT_OUT = msgid("Left out, because they said no after the consent in the file: {number}.")
SHOWN = 40

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A CSV file.")]
SkipBad = Annotated[
    bool,
    typer.Option(
        "--skip-bad", help="Import the good rows; write the others to FILE.rejected.csv to mend."
    ),
]


@app.command("recipients")
@command
async def recipients(file: File, token: Token = "", *, skip_bad: SkipBad = False) -> int:
    """People: reference; name; language; municipality; phone; email.

    And, where known: consent_date; consent_source; channels; groups.
    """
    return await _import(file, Kind.PERSON, token, skip_bad=skip_bad)


@app.command("press")
@command
async def press(file: File, token: Token = "", *, skip_bad: SkipBad = False) -> int:
    """Newsrooms: reference; outlet; name; language; municipality; email; phone; and groups.

    One without a municipality covers the country.
    """
    return await _import(file, Kind.PRESS, token, skip_bad=skip_bad)


async def _import(file: Path, kind: Kind, token: str, *, skip_bad: bool) -> int:
    say = words()
    data = await asyncio.to_thread(file.read_bytes)
    async with acting(token) as (opened, officer):
        try:
            done = await import_file(
                opened,
                data,
                file=file.name,
                kind=kind,
                by=officer,
                skip_bad=skip_bad,
            )
        except FileRefused as refusal:
            _show(refusal.intake.faults)
            raise
    console.print(say(IMPORTED, number=done.imported, file=file.name))
    if done.saved.left_out:
        console.print(say(LEFT_OUT, number=done.saved.left_out))
    if done.intake.rejected:
        rejected = file.with_suffix(".rejected.csv")
        rejected.write_text("\ufeff" + done.intake.rejected_file(say), encoding="utf-8", newline="")
        _show(done.intake.faults)
        console.print(say(REJECTED, number=done.intake.bad_lines, file=rejected.name))
    return 0


def _show(faults: tuple[RowFinding, ...]) -> None:
    say = words()
    table = Table("row", "column", "value", "fault")
    for one in faults[:SHOWN]:
        table.add_row(str(one.row), one.column, one.value[:60], say(one.reason, **one.facts))
    complaints.print(table)
    if len(faults) > SHOWN:
        complaints.print(f"… +{len(faults) - SHOWN}")
