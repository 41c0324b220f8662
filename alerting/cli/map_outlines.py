"""The map's outlines."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from alerting.actions.operations.map_outlines import import_outlines
from alerting.cli.runtime import Token, acting, command, console, words
from alerting.domain.text.i18n import msgid

app = typer.Typer(no_args_is_help=True)

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
    """The map's outlines."""


@app.command("import-boundaries")
@command
async def import_boundaries(file: File, token: Token = "") -> None:
    """Import the outlines of municipalities for the map, from the official open data."""
    data = await asyncio.to_thread(file.read_bytes)
    async with acting(token) as (opened, officer):
        number = await import_outlines(opened, data, file=file.name, by=officer)
        towns = len(opened.gazetteer.municipalities())
    console.print(words()(DRAWN, number=number, all=towns))
