"""Import recipients and press contacts from files: CSV, .xlsx, .ods."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import (
    BarColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as ProgressBar

from alerting.actions.recipients.importing import (
    FileRefused,
    ImportProgress,
    figures,
    import_file,
    inspect_file,
    rows_of_figures,
)
from alerting.cli.runtime import Token, acting, command, complaints, console, emit, table_of, words
from alerting.domain.import_job import STEP_NAMES, ImportStep
from alerting.domain.recipient import RecipientKind, RowFinding
from alerting.domain.text.i18n import msgid
from alerting.i18n import Translator
from alerting.importing.recipients import ImportResult
from alerting.importing.report import as_data, sentences

app = typer.Typer(no_args_is_help=True)

IMPORTED = msgid("Rows imported from {file}: {number}.")
REJECTED = msgid("Rows rejected: {number}. They are in {file}, each with its error.")
FIGURES = {
    "new": msgid("New: {number}."),
    "changed": msgid("To be updated: {number}."),
    "unchanged": msgid("Already known, unchanged: {number}."),
    "known_under_another_reference": msgid(
        "Of these, with a telephone number or an address that is on the list under another "
        "reference: {number}. Each number or address gets one message per channel and "
        "alert."
    ),
    "said_no": msgid("Skipped, because they unsubscribed after the consent in the file: {number}."),
    "without_an_address_that_said_no": msgid(
        "Imported without a telephone number or address whose holder has unsubscribed: {number}."
    ),
    "addresses_taken_away": msgid(
        "Known telephone numbers and addresses that are removed, because the cell is empty "
        "or the preferred channels do not need them: {number}."
    ),
    "names_changed": msgid(
        "Entries whose name changes: {number}. Check that each is still the same person."
    ),
}
TABLE = (msgid("Row"), msgid("Column"), msgid("Value"), msgid("What"))
SKIP = msgid("Correct the rows listed, or import the others with --skip-bad.")
SHOWN = 40
CUT_SHORT = msgid(
    "The import was interrupted. Rows of the file already processed: {number}. To "
    "continue, import the same file again: what was saved is recognised and is not written "
    "again."
)
NOTHING_SAVED = msgid("The import was interrupted before anything was saved.")

File = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help="A list: .csv, .xlsx or .ods.")
]
SkipBad = Annotated[
    bool,
    typer.Option(
        "--skip-bad",
        help="Import the valid rows; write the others to FILE.rejected.csv to be corrected.",
    ),
]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Show what importing the file would do, and change nothing."),
]
AsJson = Annotated[bool, typer.Option("--json", help="With --dry-run: show it as JSON.")]


@app.command("recipients")
@command
async def recipients(
    file: File,
    token: Token = "",
    *,
    skip_bad: SkipBad = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> int:
    """Recipients: reference; name; language; municipality; phone; email.

    Optional: consent_date; consent_source; channels; groups.
    """
    if dry_run or as_json:
        return await _look(file, RecipientKind.PERSON, token, as_json=as_json)
    return await _import(file, RecipientKind.PERSON, token, skip_bad=skip_bad)


@app.command("press")
@command
async def press(
    file: File,
    token: Token = "",
    *,
    skip_bad: SkipBad = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> int:
    """Newsrooms: reference; outlet; name; language; municipality; email; phone; and groups.

    One without a municipality covers the country.
    """
    if dry_run or as_json:
        return await _look(file, RecipientKind.PRESS, token, as_json=as_json)
    return await _import(file, RecipientKind.PRESS, token, skip_bad=skip_bad)


async def _look(file: Path, kind: RecipientKind, token: str, *, as_json: bool) -> int:
    """What importing would do; the status is 1 where a row is not right."""
    say = words()
    async with acting(token) as (opened, officer):
        with file.open("rb") as source, _shown(say) as progress:
            inspected = await inspect_file(opened, source, kind=kind, by=officer, progress=progress)
    if as_json:
        told = {"file": file.name, "list": kind, **as_data(inspected.intake, say)}
        told |= {
            **figures(inspected.would),
            "rows_of": rows_of_figures(inspected.intake, inspected.would),
        }
        emit(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    else:
        _say_understood(inspected.intake, say)
        for name, number in figures(inspected.would).items():
            console.print(say(FIGURES[name], number=number), markup=False)
            _say_rows(rows_of_figures(inspected.intake, inspected.would).get(name, ()), say)
        _show(inspected.intake, (*inspected.intake.faults, *inspected.intake.remarks))
    return 1 if inspected.intake.faults else 0


def _say_rows(rows: Sequence[int], say: Translator) -> None:
    if rows:
        more = f" … +{len(rows) - SHOWN}" if len(rows) > SHOWN else ""
        told = say.ngettext("In row {rows}.", "In rows {rows}.", len(rows))
        console.print(told.format(rows=", ".join(map(str, rows[:SHOWN])) + more), markup=False)


def _say_understood(intake: ImportResult, say: Translator) -> None:
    for says, facts in sentences(intake):
        complaints.print(say(says, **facts), markup=False)


async def _import(file: Path, kind: RecipientKind, token: str, *, skip_bad: bool) -> int:
    say = words()
    async with acting(token) as (opened, officer):
        try:
            with file.open("rb") as source, _shown(say) as progress:
                done = await import_file(
                    opened,
                    source,
                    file=file.name,
                    kind=kind,
                    by=officer,
                    skip_bad=skip_bad,
                    tell=lambda intake: _say_understood(intake, say),
                    progress=progress,
                )
        except FileRefused as refusal:
            _say_understood(refusal.intake, say)
            _show(refusal.intake, refusal.intake.faults)
            refusal.remedy = SKIP
            raise
    _show(done.intake, done.intake.remarks)
    console.print(say(IMPORTED, number=done.imported, file=file.name))
    for name, says in FIGURES.items():
        number = figures(done.saved)[name]
        if number and name not in {"new", "changed"}:
            console.print(say(says, number=number))
            _say_rows(rows_of_figures(done.intake, done.saved).get(name, ()), say)
    if done.intake.rejected:
        rejected = file.with_suffix(".rejected.csv")
        with rejected.open("w", encoding="utf-8-sig", newline="") as out:
            out.writelines(done.intake.rejected_lines(say))
        _show(done.intake, done.intake.faults)
        console.print(say(REJECTED, number=done.intake.bad_lines, file=rejected.name))
    return 0


@contextmanager
def _shown(say: Translator) -> Iterator[Callable[[ImportProgress], None]]:
    """How far an import is and how long it still takes, in a terminal; and, where it is cut short,
    what stays of it."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    saved = 0
    with ProgressBar(*columns, console=complaints) as bar:
        tasks: dict[ImportStep, TaskID] = {}

        def show(import_progress: ImportProgress) -> None:
            nonlocal saved
            if import_progress.step is ImportStep.SAVING:
                saved = import_progress.done
            if import_progress.step not in tasks:
                tasks[import_progress.step] = bar.add_task(say(STEP_NAMES[import_progress.step]))
            bar.update(
                tasks[import_progress.step],
                completed=import_progress.done,
                total=import_progress.of,
            )

        try:
            yield show
        except asyncio.CancelledError:
            complaints.print(say(CUT_SHORT, number=saved) if saved else say(NOTHING_SAVED))
            raise


def _show(intake: ImportResult, findings: Sequence[RowFinding]) -> None:
    if not findings:
        return
    say = words()
    table = table_of(say, *TABLE)
    for finding in findings[:SHOWN]:
        column = intake.headings.heading_of(finding.column, say.language)
        table.add_row(
            str(finding.row), column, finding.value[:60], say(finding.reason, **finding.facts)
        )
    complaints.print(table)
    if len(findings) > SHOWN:
        complaints.print(f"… +{len(findings) - SHOWN}")
