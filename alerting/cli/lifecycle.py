"""Submit, return, schedule, stop, follow up, review: what happens to an alert besides sending."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

import typer

from alerting.actions.alerts import (
    approval,
    changing,
    confirmation,
    discarding,
    drafting,
    follow_ups,
    queries,
    scheduling,
    sending,
    stopping,
)
from alerting.actions.alerts import retry as retry_actions
from alerting.actions.alerts.changing import Choice, WantedChanges
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

SUBMITTED = msgid("Alert {number} is awaiting approval by another user.")
RETURNED = msgid("Alert {number} has been returned to its author, with your reason.")
EXPLAINED = msgid("The reason for stopping alert {number} is recorded.")
TAKEN = msgid("Alert {number} now has the proposed texts; submit it for approval again.")
NO_SUCH_TEXT = msgid("“{given}” is not a text of this alert: use CHANNEL.LANGUAGE=TEXT")
STOPPED = msgid(
    "Sending of alert {number} is stopped: messages not yet handed to the provider are waiting."
)
RETRIED = msgid("Messages to be tried again: {number}.")
RESUMED = msgid("Sending of alert {number} is resumed.")
SCHEDULED = msgid("Alert {number} will be sent automatically on {at}.")
UNSCHEDULED = msgid(
    "The scheduled sending of alert {number} is cancelled; the alert stays approved."
)
CHANGED = msgid("Alert {number} is now in version {version}; submit it for approval again.")
DISCARDED = msgid("Alert {number} is discarded: it stays readable, and is never sent.")
PREPARED = msgid("Alert {number} has been drafted as a follow-up to alert {original}.")
REVIEWED = msgid("Your review of alert {number} is recorded.")
NOTHING_NEW = msgid("You have no unread notices.")

Why = Annotated[
    StepReason, typer.Option("--reason", help="Why; recorded in the audit log, with your name.")
]
Note = Annotated[str, typer.Option(help="More about the reason; required with “other”.")]
Reason = Annotated[str, typer.Option(help="Recorded in the audit log, with your name.")]


@command
async def submit(
    number: Number,
    token: Token = "",
    note: Annotated[
        str, typer.Option(help="A note for the approver; required if the alert reaches no one.")
    ] = "",
) -> None:
    """Ask for approval: the user who submits an alert cannot approve it."""
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
            help="A text to propose, CHANNEL.LANGUAGE=TEXT; you cannot approve it afterwards."
        ),
    ] = None,
) -> None:
    """Return an alert to its author, with a reason and, optionally, proposed texts."""
    async with acting(token) as (opened, officer):
        alert = await queries.get_alert(opened, number, by=officer)
        proposed = [_proposed(alert, one) for one in text or []]
        await approval.return_to_author(
            opened, number, by=officer, reason=reason, proposed=proposed
        )
    console.print(words()(RETURNED, number=number))


def _proposed(alert: Alert, given: str) -> Message:
    """Words for a text that is there; its subject stays."""
    place, equals, text = given.partition("=")
    channel, _, code = place.partition(".")
    language = member_of(Language, code)
    known_message = alert.message(channel, language) if language else None
    if not equals or not known_message:
        raise BadRequest(NO_SUCH_TEXT, given=given)
    return replace(known_message, text=text, html="")


@command
async def accept_proposal(number: Number, seen: Read, token: Token = "") -> None:
    """Accept the texts an alert was returned with, as a new version."""
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
    """Send a prepared text without a second person, in an emergency; it is reviewed afterwards."""
    async with acting(token) as (opened, officer):
        alert = await queries.get_alert(opened, number, by=officer)
        confirmation.require_confirmation(opened, alert, confirm)
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
        Which | None,
        typer.Option(help="Which one is meant where the hour is repeated, in October."),
    ] = None,
    confirm: Confirm = "",
    *,
    accept_times: AcceptTimes = False,
    accept_same: AcceptSame = False,
) -> None:
    """Schedule the sending of an approved alert."""
    async with acting(token) as (opened, officer):
        alert = await queries.get_alert(opened, number, by=officer)
        confirmation.require_confirmation(opened, alert, confirm)
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
    """Cancel the scheduled sending; the alert stays approved."""
    async with acting(token) as (opened, officer):
        await scheduling.unschedule(opened, number, by=officer, reason=reason, note=note)
    console.print(words()(UNSCHEDULED, number=number))


NewArea = Annotated[
    list[str] | None,
    typer.Option("--area", help="The whole area anew: a place by name or code; repeat it."),
]
NewDetails = Annotated[
    list[str] | None,
    typer.Option(
        "--value", help="A detail that changes, as for `draft`; NAME= removes it; repeat it."
    ),
]
NewChannels = Annotated[
    list[str] | None, typer.Option("--channel", help="All channels anew; repeat it.")
]
NewLanguages = Annotated[
    list[Language] | None,
    typer.Option("--also-in", help="All languages besides the required ones anew."),
]
NewLength = Annotated[
    int | None, typer.Option(min=1, help="How long it is valid from now on, in minutes.")
]
Keep = Annotated[
    list[str] | None,
    typer.Option("--keep", help="Keep this text edited by hand: CHANNEL.LANGUAGE; repeat it."),
]
Replace = Annotated[
    list[str] | None,
    typer.Option("--replace", help="Replace this text edited by hand: CHANNEL.LANGUAGE."),
]
NewAccents = Annotated[
    bool | None,
    typer.Option("--accents/--no-accents", help="Keep accents in text messages, or not."),
]


@command
async def change(
    number: Number,
    seen: Read,
    token: Token = "",
    area: NewArea = None,
    value: NewDetails = None,
    channel: NewChannels = None,
    also_in: NewLanguages = None,
    valid_minutes: NewLength = None,
    keep: Keep = None,
    replace_text: Replace = None,
    *,
    accents: NewAccents = None,
) -> None:
    """Change the area, details, channels or end of an alert that was not sent."""
    choices = {
        **dict.fromkeys(keep or [], Choice.KEPT),
        **dict.fromkeys(replace_text or [], Choice.REPLACED),
    }
    async with acting(token) as (opened, officer):
        changed = await changing.change_choices(
            opened,
            number,
            WantedChanges(
                area=[place for entry in area for place in entry.split(",")] if area else None,
                values=values_of(value or []),
                channels=channel or None,
                also_in=also_in or None,
                valid_for=None if valid_minutes is None else timedelta(minutes=valid_minutes),
                accents=accents,
            ),
            changing.text_choices(choices),
            by=officer,
            seen=seen,
        )
    console.print(words()(CHANGED, number=number, version=changed.version))


@command
async def discard(
    number: Number, seen: Read, reason: Why, token: Token = "", note: Note = ""
) -> None:
    """Discard an alert that was not sent: it stays readable, and is never sent."""
    async with acting(token) as (opened, officer):
        await discarding.discard(opened, number, by=officer, reason=reason, note=note, seen=seen)
    console.print(words()(DISCARDED, number=number))


@command
async def stop(
    number: Number, token: Token = "", reason: Why = StepReason.NOT_SAID, note: Note = ""
) -> None:
    """Stop an alert that is being sent: for any user who may send or approve."""
    async with acting(token) as (opened, officer):
        await stopping.stop(opened, number, by=officer, reason=reason, note=note)
    console.print(words()(STOPPED, number=number))


@command
async def explain_stop(number: Number, reason: Why, token: Token = "", note: Note = "") -> None:
    """State afterwards why an alert was stopped."""
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
    """Resume the sending of a stopped alert."""
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
    """Send again to recipients who were not reached, at their current addresses."""
    async with acting(token) as (opened, officer):
        again = await retry_actions.retry_failed(
            opened, number, by=officer, reason=reason, note=note, accept_times=accept_times
        )
    console.print(words()(RETRIED, number=again))


@command
async def follow_up(
    number: Number,
    how: Annotated[FollowUp, typer.Argument(help="The kind of follow-up.")],
    token: Token = "",
    value: Annotated[
        list[str] | None,
        typer.Option(
            "--value",
            help="A detail that the previous alert does not give: NAME=VALUE, or for words "
            "NAME.fr=VALUE, one for each language.",
        ),
    ] = None,
    more_area: Annotated[list[str] | None, typer.Option(help="A place to add; repeat it.")] = None,
    more_channel: Annotated[list[str] | None, typer.Option(help="A channel to add.")] = None,
    unreached_policy: Annotated[
        UnreachedPolicy | None,
        typer.Option(help="What to do with recipients who were never reached."),
    ] = None,
    reason: Annotated[
        str, typer.Option(help="Why, for the audit log; required for a false alarm.")
    ] = "",
    *,
    accents: Annotated[
        bool, typer.Option("--accents", help="Keep accents in text messages; they cost more.")
    ] = False,
) -> None:
    """Prepare an update, correction, end of alert or false alarm; its number is printed last."""
    async with acting(token) as (opened, officer):
        alert = await follow_ups.create_follow_up(
            opened,
            number,
            follow_ups.FollowUpRequest(
                how=how,
                values=values_of(value or []),
                more_area=more_area or [],
                more_channels=more_channel or [],
                unreached_policy=unreached_policy,
                accents=accents,
                reason=reason,
            ),
            by=officer,
        )
    complaints.print(words()(PREPARED, number=alert.id, original=number))
    emit(f"{alert.id}\n")


@command
async def review(
    number: Number,
    verdict: Annotated[Review, typer.Argument(help="Your verdict.")],
    token: Token = "",
    note: Annotated[str, typer.Option(help="Required if it was not justified.")] = "",
) -> None:
    """Review an alert that was sent without a second person."""
    async with acting(token) as (opened, officer):
        await sending.review_break_glass(opened, number, verdict, by=officer, note=note)
    console.print(words()(REVIEWED, number=number))


@command
async def history(number: Number, token: Token = "") -> None:
    """List who did what with an alert, and when."""
    async with acting(token) as (opened, officer):
        entries = await queries.history(opened, number, by=officer)
    say = words()
    for entry in entries:
        chosen = entry.details.get("why", "")
        choice = say(STEP_REASON_NAMES[StepReason(chosen)]) if chosen else ""
        typed = entry.details.get("reason") or entry.details.get("note") or ""
        said = " – ".join(filter(None, (choice, typed)))
        emit(f"{say.moment(entry.at)}  {entry.by:16} {entry.what:20} {said}\n")


@command
async def unread(
    token: Token = "",
    *,
    keep: Annotated[bool, typer.Option("--keep", help="Show them again next time.")] = False,
) -> None:
    """Show your unread notifications, once."""
    say = words()
    async with acting(token) as (opened, officer):
        notifications = await inbox.list_unread(opened, by=officer)
        for notification in notifications:
            emit(f"{say.moment(notification.at)}  {inbox.in_words(notification, say)}\n")
            if not keep:
                await inbox.mark_read(opened, notification.id, by=officer)
    if not notifications:
        console.print(say(NOTHING_NEW))
