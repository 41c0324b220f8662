"""Press releases: begin and write them, have them approved, publish, correct and withdraw them."""

import tomllib
from pathlib import Path
from typing import Annotated

import typer

from alerting.actions.press import publishing, queries, review, writing
from alerting.actions.press.queries import ReleaseView
from alerting.actions.press.writing import ReleaseRequest
from alerting.cli.runtime import Token, acting, command, console, emit, table_of, words
from alerting.compose.press.mail import headline_of
from alerting.domain.errors import BadRequest
from alerting.domain.language import Language
from alerting.domain.press.states import RELEASE_STATE_NAMES
from alerting.domain.text.i18n import msgid, msgid_in
from alerting.i18n import Translator

app = typer.Typer(no_args_is_help=True)

Number = Annotated[int, typer.Argument(min=1, help="The number of the press release.")]
Seen = Annotated[
    str, typer.Option("--seen", help="The fingerprint of what was read, as `show` prints it.")
]
Reason = Annotated[str, typer.Option("--reason", help="Why, in a few words.")]
NOW = msgid("Press release {number} is now “{state}”.")
NO_FILE = msgid("The file {file} cannot be read: {problem}")


@app.command("list")
@command
async def list_releases(token: Token = "") -> None:
    """List press releases, newest first."""
    say = words()
    async with acting(token) as (opened, officer):
        page = await queries.list_releases(opened, by=officer)
    table = table_of(
        say,
        msgid_in("column", "Number"),
        msgid("State"),
        msgid("Languages"),
        msgid("Headline"),
    )
    for view in page.items:
        release = view.release
        table.add_row(
            str(release.id),
            say(RELEASE_STATE_NAMES[view.state]),
            ", ".join(release.languages),
            headline_of(release, release.languages[0]),
        )
    console.print(table)


@app.command("show")
@command
async def show(number: Number, token: Token = "") -> None:
    """Show the e-mails of a press release, what the checks say, and its fingerprint."""
    say = words()
    async with acting(token) as (opened, officer):
        view = await queries.get_release(opened, number, by=officer)
        mails = await queries.preview_messages(opened, number, by=officer)
        findings = await queries.review_findings(opened, number, by=officer)
    for mail in mails:
        emit(f"[{mail.language}] {mail.subject}\n\n{mail.text}\n")
    for finding in findings:
        emit(f"{finding.severity}: {say(finding.says, **finding.facts)}")
    emit(f"{say(RELEASE_STATE_NAMES[view.state])} {view.release.fingerprint()}")


@app.command("begin")
@command
async def begin(
    area: Annotated[
        list[str] | None,
        typer.Option(help="A place; may be repeated. Without it, your whole territory."),
    ] = None,
    also_in: Annotated[
        list[Language] | None,
        typer.Option(help="A language beside those the law requires; may be repeated."),
    ] = None,
    topic: Annotated[list[str] | None, typer.Option(help="May be repeated.")] = None,
    alert: Annotated[int | None, typer.Option(help="The alert it accompanies.")] = None,
    token: Token = "",
) -> None:
    """Begin a press release; prints its number."""
    request = ReleaseRequest(
        area=area or (), also_in=also_in or (), topics=topic or (), alert=alert
    )
    async with acting(token) as (opened, officer):
        release = await writing.create_release(opened, request, by=officer)
    emit(str(release.id))


@app.command("write")
@command
async def write(
    number: Number,
    file: Annotated[
        Path,
        typer.Argument(
            help="TOML: a table for each language (headline, subtitle, lead, body, quotes, facts, "
            "about, contact, place); above them embargo_until, which, topics, changed."
        ),
    ],
    token: Token = "",
) -> None:
    """Write the texts of a press release from a file; what it does not name stays as it is."""
    from alerting.web.api.press.schemas import ReleaseChangesIn

    try:
        given = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise BadRequest(NO_FILE, file=file.name, problem=str(problem)) from None
    texts = {name: given.pop(name) for name in Language if name in given}
    async with acting(token) as (opened, officer):
        before = (await queries.get_release(opened, number, by=officer)).release
        typed = ReleaseChangesIn.model_validate(
            {"texts": texts, "revision": before.revision, **given}
        )
        await writing.save_release(opened, number, typed.changes(), by=officer)
        view = await queries.get_release(opened, number, by=officer)
    _tell(view)


@app.command("submit")
@command
async def submit(number: Number, seen: Seen, reason: Reason = "", token: Token = "") -> None:
    """Submit a press release for approval; a reason is needed where a check blocks it."""
    async with acting(token) as (opened, officer):
        await review.submit_release(opened, number, by=officer, seen=seen, reason=reason)
        _tell(await queries.get_release(opened, number, by=officer))


@app.command("return")
@command
async def return_to_author(number: Number, reason: Reason, token: Token = "") -> None:
    """Return a press release to be corrected, with a reason."""
    async with acting(token) as (opened, officer):
        await review.return_release(opened, number, by=officer, reason=reason)
        _tell(await queries.get_release(opened, number, by=officer))


@app.command("approve")
@command
async def approve(number: Number, seen: Seen, reason: Reason = "", token: Token = "") -> None:
    """Approve a press release, as a user who neither wrote in it nor submitted it."""
    async with acting(token) as (opened, officer):
        await review.approve_release(opened, number, by=officer, seen=seen, reason=reason)
        _tell(await queries.get_release(opened, number, by=officer))


@app.command("publish")
@command
async def publish(number: Number, seen: Seen, token: Token = "") -> None:
    """Publish an approved press release now, in all its languages."""
    async with acting(token) as (opened, officer):
        await publishing.publish_release(opened, number, by=officer, seen=seen)
        _tell(await queries.get_release(opened, number, by=officer))


@app.command("arm")
@command
async def arm(number: Number, seen: Seen, token: Token = "") -> None:
    """Have an approved press release published at the end of its embargo."""
    async with acting(token) as (opened, officer):
        await publishing.arm_release(opened, number, by=officer, seen=seen)
        _tell(await queries.get_release(opened, number, by=officer))


@app.command("disarm")
@command
async def disarm(number: Number, reason: Reason, token: Token = "") -> None:
    """Do not publish it at the end of its embargo; it stays approved."""
    async with acting(token) as (opened, officer):
        await publishing.disarm_release(opened, number, by=officer, reason=reason)
        _tell(await queries.get_release(opened, number, by=officer))


@app.command("lift")
@command
async def lift(number: Number, seen: Seen, reason: Reason, token: Token = "") -> None:
    """Lift the embargo of a press release now, with a reason."""
    async with acting(token) as (opened, officer):
        await publishing.lift_early(opened, number, by=officer, seen=seen, reason=reason)
        _tell(await queries.get_release(opened, number, by=officer))


@app.command("correct")
@command
async def correct(number: Number, token: Token = "") -> None:
    """Begin the correction of a published press release; prints its number."""
    async with acting(token) as (opened, officer):
        correction = await writing.correct_release(opened, number, by=officer)
    emit(str(correction.id))


@app.command("withdraw")
@command
async def withdraw(number: Number, reason: Reason, token: Token = "") -> None:
    """Withdraw a published press release, with a reason."""
    async with acting(token) as (opened, officer):
        await publishing.withdraw_release(opened, number, by=officer, reason=reason)
        _tell(await queries.get_release(opened, number, by=officer))


@app.command("discard")
@command
async def discard(number: Number, reason: Reason, token: Token = "") -> None:
    """Discard a press release that was not published, with a reason."""
    async with acting(token) as (opened, officer):
        await writing.discard_release(opened, number, by=officer, reason=reason)
        _tell(await queries.get_release(opened, number, by=officer))


def _tell(view: ReleaseView) -> None:
    say: Translator = words()
    state = say(RELEASE_STATE_NAMES[view.state])
    console.print(say(NOW, number=view.release.id, state=state), highlight=False, soft_wrap=True)
