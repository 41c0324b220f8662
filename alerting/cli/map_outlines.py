"""Places: the map's outlines, and the names of localities."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from alerting.actions.operations.map_outlines import import_outlines
from alerting.actions.places import check_localities, import_localities
from alerting.cli.runtime import Token, acting, command, complaints, console, words
from alerting.domain.errors import BadFile
from alerting.domain.text.i18n import msgid

app = typer.Typer(no_args_is_help=True)

KNOWN = msgid("The names of {number} localities are known besides those that ship.")
CHECKED = msgid("Nothing was imported. The file has {number} valid names and {bad} invalid rows.")
FAULT = msgid("Row {row}, column {column}: “{value}” {reason}")
DRAWN = msgid("The map now shows {number} of {all} municipalities.")

File = Annotated[
    Path,
    typer.Argument(
        exists=True,
        dir_okay=False,
        help="GeoJSON in longitude and latitude, each outline with its NIS code.",
    ),
]


@app.callback()
def places() -> None:
    """The map's outlines, and the names of localities."""


@app.command("import-boundaries")
@command
async def import_boundaries(file: File, token: Token = "") -> None:
    """Import the outlines of municipalities for the map, from the official open data."""
    data = await asyncio.to_thread(file.read_bytes)
    async with acting(token) as (opened, officer):
        number = await import_outlines(opened, data, file=file.name, by=officer)
        towns = len(opened.gazetteer.municipalities())
    console.print(words()(DRAWN, number=number, all=towns))


@app.command("import-localities")
@command
async def import_localities_file(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="CSV with the columns name, language, postal_code and municipality (NIS code).",
        ),
    ],
    token: Token = "",
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check the file.")] = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Import the valid rows; skip the others.")
    ] = False,
) -> None:
    """Import the names of sections, villages and districts, instead of those imported before."""
    data = await asyncio.to_thread(file.read_bytes)
    say = words()
    async with acting(token) as (opened, officer):
        read = await check_localities(opened, data, file=file.name, by=officer)
        for finding in read.faults:
            reason = say(finding.reason, **finding.facts)
            facts = {
                "row": finding.row,
                "column": finding.column,
                "value": finding.value,
                "reason": reason,
            }
            complaints.print(say(FAULT, **facts), markup=False)
        if dry_run:
            bad, number = len(read.faults), len(read.localities)
            console.print(say(CHECKED, number=number, bad=bad))
            return
        if read.faults and not skip_bad:
            raise BadFile(file=file.name, bad=len(read.faults))
        number = await import_localities(
            opened, data, file=file.name, by=officer, skip_bad=skip_bad
        )
    console.print(say(KNOWN, number=number))
