"""The library of scenarios: check it, read it, and adapt it with a second person's approval."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.columns import Columns
from rich.panel import Panel

from alerting.actions.templates import scenarios, versions
from alerting.actions.templates.wording import SAMPLE_AREA, check_wording_of
from alerting.bootstrap import TEMPLATES, composer
from alerting.cli import proofreading
from alerting.cli.runtime import Token, acting, command, complaints, console, emit, table_of, words
from alerting.compose.composer import Composer, Draft
from alerting.compose.library_check import check_library, open_questions
from alerting.compose.scenarios import Scenario
from alerting.compose.values import sample
from alerting.domain.alert import AlertClass
from alerting.domain.channel_profiles import PROFILES
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.text.i18n import msgid, msgid_in
from alerting.geo.gazetteer import Gazetteer
from alerting.settings import Settings

app = typer.Typer(no_args_is_help=True)

SOUND = msgid("Scenarios without errors: {number}.")
FAULTS = msgid("Errors found: {number}.")
WARNINGS = msgid("Warnings: {number}. Such a text may be used; read it again.")
PROPOSED = msgid("Template version {number} has been proposed. Ask another user to approve it.")
IN_FORCE = msgid("Template version {number} is active.")
EXPORTED = msgid("Files written to {folder}: {number}.")
WRITTEN = msgid("{file}: texts of {number} scenarios, to be opened in a browser and printed.")


@app.command("check")
@command
async def check() -> int:
    """Check the whole library as supplied; exit status 1 if it has errors.

    What may be misread is listed as a warning; the exit status is then 0.
    """
    gazetteer = Gazetteer()
    made = composer(Settings(), gazetteer)
    faults = check_library(made.library, hosts=tuple(made.sender.hosts))
    say = words()
    for fault in faults:
        emit(f"{fault}\n")
    for name in open_questions(made.library):
        note = proofreading.expert_note(made.library.scenario(name), say)
        console.print(note, markup=False)
    warnings = [] if faults else check_wording_of(made, gazetteer)
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
    scenario: Annotated[str, typer.Argument(help="A scenario, e.g. chem_shelter.")] = "",
    lang: Annotated[
        list[Language] | None, typer.Option("--lang", help="Only these languages; repeat it.")
    ] = None,
    channel: Annotated[
        list[str] | None, typer.Option("--channel", help="Only these channels; repeat it.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every scenario, instead of a name.")
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option("--html", dir_okay=False, help="Write one page to print to this file."),
    ] = None,
) -> None:
    """Show a scenario's texts filled with its samples, languages side by side."""
    if bool(scenario) is everything:
        raise typer.BadParameter("name one scenario, or give --all")
    gazetteer = Gazetteer()
    made = composer(Settings(), gazetteer)
    say, now = words(), datetime.now(UTC)
    names = made.library.names() if everything else (scenario,)
    chosen = [made.library.scenario(name) for name in names]
    composed = [
        (one, await _filled(made, one, gazetteer, lang=lang, channel=channel, now=now))
        for one in chosen
    ]
    if html is not None:
        sender = made.sender.authority[say.language]
        text = proofreading.page(
            TEMPLATES / "layouts" / "proofreading.html.j2",
            composed,
            columns=len(lang or Language),
            explanation={"moment": now, "sender": sender},
            say=say,
        )
        html.write_text(text, encoding="utf-8")
        console.print(say(WRITTEN, file=str(html), number=len(composed)), markup=False)
        return
    for one, messages in composed:
        _print(one, messages, columns=len(lang or Language), heading=everything)


async def _filled(
    draft_composer: Composer,
    scenario: Scenario,
    gazetteer: Gazetteer,
    *,
    lang: list[Language] | None,
    channel: list[str] | None,
    now: datetime,
) -> list[Message]:
    """What would leave now with the samples, channel by channel."""
    messages = await draft_composer.compose(
        Draft(
            scenario=scenario.name,
            values={declaration.name: sample(declaration, now) for declaration in scenario.values},
            area=gazetteer.resolve(SAMPLE_AREA),
            languages=tuple(lang or Language),
            channels=tuple(channel or PROFILES),
            alert_class=scenario.only or AlertClass.ALERT,
            now=now,
            expires_at=now + timedelta(hours=4),
        )
    )
    order = list(channel or PROFILES)
    return sorted(
        (message.filled(now) for message in messages),
        key=lambda message: order.index(message.channel),
    )


def _print(scenario: Scenario, messages: list[Message], *, columns: int, heading: bool) -> None:
    if heading:
        console.rule(scenario.name, style="bold")
    if note := proofreading.expert_note(scenario, words()):
        console.print(note, markup=False)
    width = max(36, console.width // columns - 2)
    for name in dict.fromkeys(message.channel for message in messages):
        console.rule(name)
        mine = [message for message in messages if message.channel == name]
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
            help="The file as it was exported, before the changes: refused if another version "
            "is active now.",
        ),
    ] = None,
    token: Token = "",
) -> None:
    """Propose a template version; refused if the library would no longer pass its check."""
    content = file.read_text(encoding="utf-8")
    seen = scenarios.fingerprint_of(made_from.read_text(encoding="utf-8")) if made_from else ""
    async with acting(token) as (opened, officer):
        number = await versions.propose_version(opened, name, content, seen=seen, by=officer)
    console.print(words()(PROPOSED, number=number))


@app.command("approve")
@command
async def approve(
    number: Annotated[int, typer.Argument(min=1, help="Its number in the history.")],
    token: Token = "",
) -> None:
    """Activate a template version that another user proposed."""
    async with acting(token) as (opened, officer):
        await versions.approve_version(opened, number, by=officer)
    console.print(words()(IN_FORCE, number=number))


@app.command("history")
@command
async def history(
    scenario: Annotated[str, typer.Argument(help="Only this scenario.")] = "",
    token: Token = "",
) -> None:
    """List every template version ever proposed, newest first."""
    say = words()
    async with acting(token) as (opened, officer):
        found = await versions.list_versions(opened, by=officer, scenario=scenario or None)
    table = table_of(
        say,
        msgid_in("column", "Number"),
        msgid("File"),
        msgid("Author"),
        msgid_in("column", "Proposed"),
        msgid("Approver"),
        msgid_in("column", "Approved"),
    )
    for version in found.items:
        table.add_row(
            str(version.id),
            f"{version.scenario}/{version.file}.toml",
            version.author,
            say.moment(version.created_at),
            version.approver,
            say.moment(version.approved_at) if version.approved_at else "",
        )
    console.print(table)


@app.command("export")
@command
async def export(
    folder: Annotated[Path, typer.Argument(file_okay=False, help="A folder to write into.")],
    token: Token = "",
) -> None:
    """Write the active library to files; `propose` accepts each file unchanged."""
    async with acting(token) as (opened, officer):
        files = await scenarios.export_scenario(opened, by=officer)
    for exported in files:
        path = folder / exported.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(exported.content, encoding="utf-8", newline="")
        path.chmod(0o644)  # texts for everybody, in a folder that may be shared
    console.print(words()(EXPORTED, number=len(files), folder=str(folder)))
