"""The public pages from a terminal: how they stand, made anew, withdrawn, and the mirror's key."""

from typing import Annotated

import typer

from alerting.actions.public import administration, publishing
from alerting.cli.runtime import Token, acting, command, console, emit, services, table_of, words
from alerting.domain.alert import STATE_NAMES
from alerting.domain.errors import BadRequest
from alerting.domain.publication import STAGE_NAMES
from alerting.domain.text.i18n import msgid, msgid_in

app = typer.Typer(no_args_is_help=True)

NO_FOLDER = msgid("No public folder is set here: ALERTING_PUBLIC_FOLDER names it")
REBUILT = msgid("All public pages and feeds were made anew; {number} units had to be changed.")
WITHDRAWN = msgid("The page of alert {alert} was withdrawn: its address stays and says so.")
BELIEVE = msgid(
    "Nothing was made anew, since the public folder knows more than the database. To make it of "
    "this database all the same: --believe-database"
)
NOTHING_WAITS = msgid("Everything is published.")
EVERYTHING = msgid("all pages")
WAITS = msgid("Waiting: {what} – {stage}")
FAILED = msgid("failed {number} times ({failure})")


@app.command("status")
@command
async def status(token: Token = "") -> None:
    """List public pages, and what is waiting to be published."""
    say = words()
    async with acting(token) as (opened, officer):
        public_overview = await administration.overview(opened, by=officer)
    table = table_of(
        say,
        msgid_in("column", "Alert"),
        msgid("State"),
        msgid("Published"),
        msgid("Address"),
    )
    for page in public_overview.pages:
        at = page.publication.published_at if page.publication else None
        table.add_row(
            str(page.alert.id),
            say(STATE_NAMES[page.alert.state]),
            say.moment(at) if at else "–",
            page.address,
        )
    console.print(table)
    for text, facts in (*public_overview.conflicts, *public_overview.notices):
        console.print(say(text, **facts), highlight=False, soft_wrap=True)
    for row in public_overview.waiting:
        what = say(EVERYTHING) if row.alert is None else str(row.alert)
        line = say(WAITS, what=what, stage=say(STAGE_NAMES[row.stage]))
        if row.failure:
            line = f"{line}: {say(FAILED, number=row.attempts, failure=row.failure)}"
        console.print(line, highlight=False, soft_wrap=True)
    if not public_overview.waiting:
        console.print(say(NOTHING_WAITS))


@app.command("rebuild")
@command
async def rebuild(
    believe_database: Annotated[
        bool, typer.Option(help="Also where the folder is newer than the database, or of another.")
    ] = False,
) -> None:
    """Make all public pages and feeds anew; what is as it should be is not touched."""
    say = words()
    async with services() as opened:
        if opened.public is None:
            raise BadRequest(NO_FOLDER)
        publisher = publishing.Publisher(opened, opened.public, "shell")
        try:
            number = await publisher.rebuild(believes_database=believe_database)
            found = [] if number is not None else await administration.conflicts_of(opened)
            await publisher.archive()
        finally:
            publisher.close()
    for text, facts in found:
        console.print(say(text, **facts), highlight=False, soft_wrap=True)
    if number is None:
        raise BadRequest(BELIEVE)
    console.print(say(REBUILT, number=number))


@app.command("withdraw")
@command
async def withdraw(
    alert: Annotated[int, typer.Argument(min=1, help="The number of the alert.")],
    reason: Annotated[str, typer.Option(help="Why; recorded in the audit log.")],
    token: Token = "",
) -> None:
    """Take the words of an alert that is over from its page; the address stays and says so."""
    async with acting(token) as (opened, officer):
        await administration.withdraw(opened, alert, reason=reason, by=officer)
    console.print(words()(WITHDRAWN, alert=alert))


@app.command("key")
@command
async def key() -> None:
    """Print the public key by which a mirror verifies the archive of the pages, as PEM."""
    async with services() as opened:
        emit(publishing.archive_pem(opened).decode())
