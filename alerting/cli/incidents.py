"""Incidents, who leads them, and which partners are invited."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from alerting.actions.authorities import incidents
from alerting.cli.authorities import Places
from alerting.cli.change_requests import Number, request_change
from alerting.cli.runtime import Token, acting, command, console, table_of, words
from alerting.domain.authority import PHASE_NAMES, Phase
from alerting.domain.change_request import Act
from alerting.domain.text.i18n import msgid, msgid_in

app = typer.Typer(no_args_is_help=True)

OPENED = msgid("Incident {number} is open ({phase}).")
NOW_IN = msgid("Incident {number} has changed phase: {phase}, lead authority “{lead_authority}”.")
CLOSED = msgid("Incident {number} is closed. None of its alerts is still active.")
CLOSED_IN_FORCE = msgid(
    "Incident {number} is closed. Alerts still active: {alerts}. You can update them, end "
    "them or withdraw them as false alarms, as before."
)
EXEMPTED = msgid("Alert {alert} is not part of incident {number}.")


@app.command("list")
@command
async def list_incidents(token: Token = "") -> None:
    """List incidents, newest first."""
    say = words()
    table = table_of(
        say,
        msgid_in("column", "Number"),
        msgid("Title"),
        msgid("Phase"),
        msgid("Lead authority"),
        msgid_in("column", "Opened"),
        msgid_in("column", "Closed"),
    )
    async with acting(token) as (opened, officer):
        for incident in (await incidents.list_incidents(opened, by=officer)).items:
            closed = say.moment(incident.closed_at) if incident.closed_at else ""
            table.add_row(
                str(incident.id),
                incident.title,
                say(PHASE_NAMES[incident.phase]),
                incident.lead_authority,
                say.moment(incident.opened_at),
                closed,
            )
    console.print(table)


@app.command("open")
@command
async def open_incident(
    title: Annotated[str, typer.Argument(help="What has happened, in a few words.")],
    place: Places,
    phase: Annotated[
        Phase, typer.Option(help="The phase, which says who leads.")
    ] = Phase.MUNICIPAL,
    token: Token = "",
) -> None:
    """Open an incident; your own authority leads it."""
    say = words()
    async with acting(token) as (opened, officer):
        incident = await incidents.open_incident(opened, title, place, phase, by=officer)
    console.print(say(OPENED, number=incident.id, phase=PHASE_NAMES[phase]))


@app.command("phase")
@command
async def change_phase(
    number: Number,
    phase: Annotated[Phase, typer.Argument(help="The new phase.")],
    lead_authority: Annotated[
        str, typer.Option(help="The authority that leads, for a lower phase.")
    ] = "",
    token: Token = "",
) -> None:
    """Change the phase: authorities below its level can no longer approve or send there."""
    say = words()
    async with acting(token) as (opened, officer):
        incident = await incidents.change_phase(
            opened, number, phase, by=officer, lead_authority=lead_authority
        )
    console.print(
        say(NOW_IN, number=number, phase=PHASE_NAMES[phase], lead_authority=incident.lead_authority)
    )


@app.command("close")
@command
async def close(number: Number, token: Token = "") -> None:
    """Close an incident: no new alert can be drafted in it; existing ones continue."""
    async with acting(token) as (opened, officer):
        _, in_force = await incidents.close_incident(opened, number, by=officer)
    says = CLOSED_IN_FORCE if in_force else CLOSED
    console.print(words()(says, number=number, alerts=", ".join(map(str, in_force))))


@app.command("exempt")
@command
async def exempt(
    number: Number,
    alert: Annotated[int, typer.Argument(min=1, help="The alert's number.")],
    fingerprint: Annotated[str, typer.Option(help="The fingerprint of the text that was read.")],
    reason: Annotated[str, typer.Option(help="Why; recorded in the audit log.")],
    token: Token = "",
) -> None:
    """Declare an alert not part of an incident: its own authority decides on it."""
    async with acting(token) as (opened, officer):
        await incidents.exempt_alert(
            opened, number, alert, seen=fingerprint, reason=reason, by=officer
        )
    console.print(words()(EXEMPTED, alert=alert, number=number))


@app.command("invite")
@command
async def invite(
    number: Number,
    authority: Annotated[str, typer.Argument(help="The partner's code.")],
    hours: Annotated[int, typer.Option(min=1, max=2160, help="For how many hours.")] = 24,
    token: Token = "",
) -> None:
    """Request to invite a partner to read and draft in an incident."""
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=hours)
    details = {"authority": authority, "incident": number, "until": until.isoformat()}
    await request_change(token, Act.INVITE_PARTNER, details)
