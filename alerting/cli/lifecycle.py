"""Submit, return, schedule, stop, follow up, review: what happens to an alert besides sending."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

import typer

from alerting.actions.alerts import (
    approval,
    confirmation,
    drafting,
    follow_ups,
    queries,
    scheduling,
    sending,
    stopping,
)
from alerting.actions.alerts import retry as retry_actions
from alerting.actions.staff_notifications import inbox
from alerting.cli.alerts import (
    ON_ITS_WAY,
    AcceptSame,
    AcceptTimes,
    Confirm,
    Number,
    Read,
    values_of,
)
from alerting.cli.runtime import Token, acting, command, complaints, console, emit, words
from alerting.domain.alert import (
    STEP_REASON_NAMES,
    Alert,
    FollowUp,
    Review,
    StepReason,
    UnreachedPolicy,
)
from alerting.domain.belgian_time import Which, instant
from alerting.domain.enumeration import member_of
from alerting.domain.errors import BadRequest
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.text.i18n import msgid

SUBMITTED = msgid("Alert {number} waits for approval by somebody else.")
RETURNED = msgid("Alert {number} is back with its author, with your reason.")
EXPLAINED = msgid("It is noted why alert {number} was stopped.")
TAKEN = msgid("Alert {number} says what was proposed; submit it again.")
NO_SUCH_TEXT = msgid("“{given}” names no text of this alert: use CHANNEL.LANGUAGE=TEXT")
STOPPED = msgid("Alert {number} is stopped: what was not handed over waits.")
RETRIED = msgid("Messages that are tried again: {number}.")
RESUMED = msgid("Alert {number} goes on.")
SCHEDULED = msgid("Alert {number} leaves on {at}.")
UNSCHEDULED = msgid("Alert {number} no longer leaves by itself; its approval stands.")
PREPARED = msgid("Alert {number} is prepared and follows alert {original}.")
REVIEWED = msgid("Your review of alert {number} is recorded.")
NOTHING_NEW = msgid("There is nothing you have not read.")

Why = Annotated[
    StepReason, typer.Option("--reason", help="Why; stands in the ledger, with your name.")
]
Note = Annotated[str, typer.Option(help="More about the reason; needed where it is “other”.")]
Reason = Annotated[str, typer.Option(help="Stands in the ledger, with your name.")]


@command
async def submit(
    number: Number,
    token: Token = "",
    note: Annotated[str, typer.Option(help="A word to the approver.")] = "",
) -> None:
    """Ask for approval: whoever submits an alert cannot approve it."""
    async with acting(token) as (opened, officer):
        await approval.submit(opened, number, by=officer, note=note)
    console.print(words()(SUBMITTED, number=number))


@command
async def return_to_author(
    number: Number,
    reason: Reason,
    token: Token = "",
    text: Annotated[
        list[str] | None,
        typer.Option(
            help="Other words to propose, CHANNEL.LANGUAGE=TEXT; you cannot approve it afterwards."
        ),
    ] = None,
) -> None:
    """Give an alert back to its author, with a reason and, if wanted, other words."""
    async with acting(token) as (opened, officer):
        found = await queries.get_alert(opened, number, by=officer)
        proposed = [_proposed(found, one) for one in text or []]
        await approval.return_to_author(
            opened, number, by=officer, reason=reason, proposed=proposed
        )
    console.print(words()(RETURNED, number=number))


def _proposed(alert: Alert, given: str) -> Message:
    """Words for a text that is there; its subject stays."""
    place, equals, text = given.partition("=")
    channel, _, code = place.partition(".")
    language = member_of(Language, code)
    known = alert.message(channel, language) if language else None
    if not equals or not known:
        raise BadRequest(NO_SUCH_TEXT, given=given)
    return replace(known, text=text, html="")


@command
async def accept_proposal(number: Number, seen: Read, token: Token = "") -> None:
    """Take the words an alert was returned with, as a new version."""
    async with acting(token) as (opened, officer):
        await drafting.accept_proposal(opened, number, by=officer, seen=seen)
    console.print(words()(TAKEN, number=number))


@command
async def break_glass(
    number: Number,
    seen: Read,
    reason: Reason,
    token: Token = "",
    confirm: Confirm = "",
    *,
    accept_same: AcceptSame = False,
) -> None:
    """Send a prepared text alone, in an emergency: everybody is told, somebody reviews it."""
    async with acting(token) as (opened, officer):
        found = await queries.get_alert(opened, number, by=officer)
        confirmation.require_confirmation(opened, found, confirm)
        await sending.send_with_break_glass(
            opened, number, by=officer, reason=reason, seen=seen, accept_same=accept_same
        )
    console.print(words()(ON_ITS_WAY, number=number))


@command
async def schedule(
    number: Number,
    seen: Read,
    at: Annotated[datetime, typer.Argument(help="Belgian time, e.g. 2030-01-15T18:00.")],
    reason: Why,
    token: Token = "",
    note: Note = "",
    which: Annotated[
        Which | None, typer.Option(help="Where the hour comes twice, in October.")
    ] = None,
    confirm: Confirm = "",
    *,
    accept_times: AcceptTimes = False,
    accept_same: AcceptSame = False,
) -> None:
    """Let an approved alert leave by itself at a time."""
    async with acting(token) as (opened, officer):
        found = await queries.get_alert(opened, number, by=officer)
        confirmation.require_confirmation(opened, found, confirm)
        moment = instant(at, which)
        await scheduling.schedule(
            opened,
            number,
            moment,
            by=officer,
            seen=seen,
            reason=reason,
            note=note,
            accept_times=accept_times,
            accept_same=accept_same,
        )
    console.print(words()(SCHEDULED, number=number, at=moment))


@command
async def unschedule(number: Number, reason: Why, token: Token = "", note: Note = "") -> None:
    """Take the time back; the approval stands."""
    async with acting(token) as (opened, officer):
        await scheduling.unschedule(opened, number, by=officer, reason=reason, note=note)
    console.print(words()(UNSCHEDULED, number=number))


@command
async def stop(
    number: Number, token: Token = "", reason: Why = StepReason.NOT_SAID, note: Note = ""
) -> None:
    """Halt an alert that is being sent: for whoever may send or approve."""
    async with acting(token) as (opened, officer):
        await stopping.stop(opened, number, by=officer, reason=reason, note=note)
    console.print(words()(STOPPED, number=number))


@command
async def explain_stop(number: Number, reason: Why, token: Token = "", note: Note = "") -> None:
    """Say afterwards why an alert was stopped."""
    async with acting(token) as (opened, officer):
        await stopping.explain_stop(opened, number, by=officer, reason=reason, note=note)
    console.print(words()(EXPLAINED, number=number))


@command
async def resume(
    number: Number,
    reason: Why,
    token: Token = "",
    note: Note = "",
    *,
    accept_times: AcceptTimes = False,
    accept_same: AcceptSame = False,
) -> None:
    """Let a stopped alert go on where it was."""
    async with acting(token) as (opened, officer):
        await stopping.resume(
            opened,
            number,
            by=officer,
            reason=reason,
            note=note,
            accept_times=accept_times,
            accept_same=accept_same,
        )
    console.print(words()(RESUMED, number=number))


@command
async def retry(
    number: Number,
    reason: Why,
    token: Token = "",
    note: Note = "",
    *,
    accept_times: AcceptTimes = False,
) -> None:
    """Try again those who were not reached, to the addresses of today."""
    async with acting(token) as (opened, officer):
        again = await retry_actions.retry_failed(
            opened, number, by=officer, reason=reason, note=note, accept_times=accept_times
        )
    console.print(words()(RETRIED, number=again))


@command
async def follow_up(
    number: Number,
    how: Annotated[FollowUp, typer.Argument(help="What it is to the alert before it.")],
    token: Token = "",
    value: Annotated[
        list[str] | None,
        typer.Option(
            "--value",
            help="A detail that is not known from the alert: NAME=VALUE, or for words "
            "NAME.fr=VALUE, one for each language.",
        ),
    ] = None,
    more_area: Annotated[list[str] | None, typer.Option(help="A place to add; repeat it.")] = None,
    more_channel: Annotated[list[str] | None, typer.Option(help="A channel to add.")] = None,
    unreached_policy: Annotated[
        UnreachedPolicy | None, typer.Option(help="What to do with people who were never reached.")
    ] = None,
    *,
    gsm7: Annotated[
        bool, typer.Option("--gsm7", help="Accept the rewrite that keeps SMS in GSM-7.")
    ] = False,
) -> None:
    """Prepare an update, correction, all-clear or retraction; its number is printed last."""
    async with acting(token) as (opened, officer):
        made = await follow_ups.create_follow_up(
            opened,
            number,
            follow_ups.FollowUpRequest(
                how=how,
                values=values_of(value or []),
                more_area=more_area or [],
                more_channels=more_channel or [],
                unreached_policy=unreached_policy,
                gsm7=gsm7,
            ),
            by=officer,
        )
    complaints.print(words()(PREPARED, number=made.id, original=number))
    emit(f"{made.id}\n")


@command
async def review(
    number: Number,
    verdict: Annotated[Review, typer.Argument(help="What you think of it.")],
    token: Token = "",
    note: Annotated[str, typer.Option(help="Needed where it was not justified.")] = "",
) -> None:
    """Review an alert that one person sent alone."""
    async with acting(token) as (opened, officer):
        await sending.review(opened, number, verdict, by=officer, note=note)
    console.print(words()(REVIEWED, number=number))


@command
async def history(number: Number, token: Token = "") -> None:
    """List who did what with an alert, and when."""
    async with acting(token) as (opened, officer):
        found = await queries.history(opened, number, by=officer)
    say = words()
    for one in found:
        chosen = one.details.get("why", "")
        choice = say(STEP_REASON_NAMES[StepReason(chosen)]) if chosen else ""
        typed = one.details.get("reason") or one.details.get("note") or ""
        said = " – ".join(filter(None, (choice, typed)))
        emit(f"{say.moment(one.at)}  {one.by:16} {one.what:20} {said}\n")


@command
async def unread(
    token: Token = "",
    *,
    keep: Annotated[bool, typer.Option("--keep", help="Show them again next time.")] = False,
) -> None:
    """Show what you have not read yet, once."""
    say = words()
    async with acting(token) as (opened, officer):
        found = await inbox.list_unread(opened, by=officer)
        for one in found:
            emit(f"{say.moment(one.at)}  {inbox.in_words(one, say)}\n")
            if not keep:
                await inbox.mark_read(opened, one.id, by=officer)
    if not found:
        console.print(say(NOTHING_NEW))
