"""The library of scenarios: check it, read it, and adapt it with a second person's approval."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.columns import Columns
from rich.panel import Panel
from rich.table import Table

from alerting.actions import templates
from alerting.bootstrap import composer
from alerting.cli.runtime import Token, acting, command, complaints, console, emit, words
from alerting.compose.composer import Draft
from alerting.compose.library_check import check_library, open_questions
from alerting.domain.alert import AlertClass
from alerting.domain.channel_profiles import PROFILES
from alerting.domain.language import Language
from alerting.domain.text.i18n import msgid
from alerting.geo.gazetteer import Gazetteer
from alerting.settings import Settings

app = typer.Typer(no_args_is_help=True)

SOUND = msgid("Scenarios without a fault: {number}.")
FAULTS = msgid("Faults found: {number}.")
WARNINGS = msgid("Warnings: {number}. Such a text may be used; read it again.")
EXPERT = msgid("{scenario}: an expert must decide: {question}")
PROPOSED = msgid("Wording {number} is proposed. Have another officer approve it.")
IN_FORCE = msgid("Wording {number} is in force.")
EXPORTED = msgid("Files written to {folder}: {number}.")
SAMPLE_AREA = "Eupen"

Name = Annotated[str, typer.Argument(help="A scenario, e.g. chem_shelter.")]


@app.command("check")
@command
async def check() -> int:
    """Check the whole library that ships; exit status 1 when anything is wrong.

    What may be misread is listed as a warning, and leaves the status 0.
    """
    gazetteer = Gazetteer()
    made = composer(Settings(), gazetteer)
    faults = check_library(made.library, hosts=tuple(made.sender.hosts))
    say = words()
    for fault in faults:
        emit(f"{fault}\n")
    for scenario, question in open_questions(made.library).items():
        console.print(say(EXPERT, scenario=scenario, question=question), markup=False)
    warnings = [] if faults else templates.check_wording_of(made, gazetteer)
    for warning in warnings:
        emit(f"{warning}\n")
    if warnings:
        complaints.print(say(WARNINGS, number=len(warnings)), style="yellow")
    if faults:
        complaints.print(say(FAULTS, number=len(faults)), style="bold red")
        return 1
    console.print(say(SOUND, number=len(made.library.names())))
    return 0


@app.command("show")
@command
async def show(
    scenario: Name,
    lang: Annotated[
        list[Language] | None, typer.Option("--lang", help="Only these languages; repeat it.")
    ] = None,
    channel: Annotated[
        list[str] | None, typer.Option("--channel", help="Only these channels; repeat it.")
    ] = None,
) -> None:
    """Show a scenario's texts filled with its samples, languages side by side."""
    gazetteer = Gazetteer()
    made = composer(Settings(), gazetteer)
    found = made.library.scenario(scenario)
    if found.needs_expert:
        note = words()(EXPERT, scenario=scenario, question=found.needs_expert)
        console.print(note, markup=False)
    now = datetime.now(UTC)
    languages = tuple(lang or Language)
    messages = await made.compose(
        Draft(
            scenario=scenario,
            values={one.name: one.sample for one in found.values},
            area=gazetteer.resolve(SAMPLE_AREA),
            languages=languages,
            channels=tuple(channel or PROFILES),
            alert_class=found.only or AlertClass.ALERT,
            now=now,
            expires_at=now + timedelta(hours=4),
        )
    )
    for name in dict.fromkeys(message.channel for message in messages):
        console.rule(name)
        mine = [message.filled(now) for message in messages if message.channel == name]
        width = max(36, console.width // max(1, len(languages)) - 2)
        console.print(
            Columns(
                [
                    Panel(
                        f"{one.subject}\n\n{one.text}" if one.subject else one.text,
                        title=one.language,
                        width=width,
                    )
                    for one in mine
                ]
            )
        )


@app.command("propose")
@command
async def propose(
    name: Annotated[str, typer.Argument(help="SCENARIO/FILE.toml of the library.")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Its new content.")],
    made_from: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="The file as it was exported, before the changes: refused where another wording "
            "is in force now.",
        ),
    ] = None,
    token: Token = "",
) -> None:
    """Propose an own wording; refused when the library would no longer pass its check."""
    content = file.read_text(encoding="utf-8")
    seen = templates.fingerprint_of(made_from.read_text(encoding="utf-8")) if made_from else ""
    async with acting(token) as (opened, officer):
        number = await templates.propose_version(opened, name, content, seen=seen, by=officer)
    console.print(words()(PROPOSED, number=number))


@app.command("approve")
@command
async def approve(
    number: Annotated[int, typer.Argument(min=1, help="Its number in the history.")],
    token: Token = "",
) -> None:
    """Put a wording somebody else proposed in force."""
    async with acting(token) as (opened, officer):
        await templates.approve_version(opened, number, by=officer)
    console.print(words()(IN_FORCE, number=number))


@app.command("history")
@command
async def history(
    scenario: Annotated[str, typer.Argument(help="Only this scenario.")] = "",
    token: Token = "",
) -> None:
    """List every wording ever proposed, newest first."""
    say = words()
    async with acting(token) as (opened, officer):
        found = await templates.list_versions(opened, by=officer, scenario=scenario or None)
    table = Table("№", "file", "author", "proposed", "approver", "approved")
    for one in found.items:
        table.add_row(
            str(one.id),
            f"{one.scenario}/{one.file}.toml",
            one.author,
            say.moment(one.created_at),
            one.approver,
            say.moment(one.approved_at) if one.approved_at else "",
        )
    console.print(table)


@app.command("export")
@command
async def export(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="A folder to write into.")],
    token: Token = "",
) -> None:
    """Write the library as it is in force; `propose` takes each file back unchanged."""
    async with acting(token) as (opened, officer):
        files = await templates.export_scenario(opened, by=officer)
    for one in files:
        path = folder / one.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(one.content, encoding="utf-8", newline="")
        path.chmod(0o644)  # texts for everybody, in a folder that may be shared
    console.print(words()(EXPORTED, number=len(files), folder=str(folder)))
