"""Draft, preview, approve, send and follow an alert."""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.columns import Columns
from rich.live import Live
from rich.panel import Panel

from alerting.actions import deliveries as delivery_actions
from alerting.actions.alerts import approval, confirmation, drafting, queries, sending, shapes
from alerting.cli.progress import board, unreached
from alerting.cli.runtime import Token, acting, command, complaints, console, emit, words
from alerting.domain.alert import STATE_NAMES, Alert, AlertClass, AlertState
from alerting.domain.delivery import State
from alerting.domain.delivery_filter import DeliveryFilter
from alerting.domain.errors import BadRequest
from alerting.domain.finding import SEVERITY_NAMES, Finding, FindingSeverity
from alerting.domain.language import OWN_NAMES, Language
from alerting.domain.officer import Officer
from alerting.domain.place import PlaceRemark
from alerting.domain.shape import Shape, circle, read_geojson
from alerting.domain.text.i18n import msgid
from alerting.geo.shape_shares import share_told
from alerting.i18n import Translator
from alerting.services import Services

DRAFTED = msgid("Alert {number} has been drafted ({languages}). Have another user approve it.")
APPROVED = msgid("Alert {number} is approved.")
ON_ITS_WAY = msgid(
    "Alert {number} is being sent. Follow it with “alerting status {number} --watch”."
)
MISSING = msgid("Missing: {missing}")
NOT_JSON = msgid("“{value}” is not NAME=VALUE, nor is it a readable JSON file")
GIVEN_TWICE = msgid("“{name}” is given both without a language and with one: give it one way")
NO_LANGUAGE = msgid("“{name}”: there is no language “{language}”; there are {known}")
FILLED = msgid("“{name}” was filled in from the known names. {language}: {words}")
INHABITANTS = msgid("Inhabitants of the area: about {inhabitants}.")
ESTIMATE = msgid("{channel}: {recipients} messages, about €{euros} and {seconds} s")
INSIDE = msgid("Inside the shape: {place} ({share})")
ONE_SHAPE = msgid("Give --circle or --polygon, not both")
NOT_A_CIRCLE = msgid(
    "“{value}” is not LATITUDE,LONGITUDE,KILOMETRES or NAME,KILOMETRES, such as "
    "50.6326,5.5797,2.5 or Huy,3"
)
NOT_GEOJSON = msgid("{value} is not a readable file of GeoJSON")
NUMBER = re.compile(r"-?[0-9]{1,4}\.[0-9]{0,15}")
"""A coordinate, and no postal or NIS code."""
STYLES = {
    FindingSeverity.BLOCKS: "bold red",
    FindingSeverity.WARNS: "yellow",
    FindingSeverity.HINTS: "dim",
}
EVERY = 0.5
NOT_ALL_REACHED = 3

Number = Annotated[int, typer.Argument(min=1, help="The alert's number.")]
Read = Annotated[
    str,
    typer.Option("--seen", help="The fingerprint of what was read, as `preview` prints it."),
]
Confirm = Annotated[
    str,
    typer.Option(help="For a real alert: the word ALERT, or the name of its area."),
]
AcceptTimes = Annotated[
    bool,
    typer.Option("--accept-times", help="Send although times in its texts no longer fit."),
]
AcceptSame = Annotated[
    bool,
    typer.Option(
        "--accept-same",
        help="Send although the same alert is in progress or scheduled in part of its area.",
    ),
]


Places = Annotated[
    list[str] | None,
    typer.Option(
        "--area",
        help="A place by name, postal code or NIS code; repeat it. A name of several places: "
        "“4000 Liège”, “province de Liège”.",
    ),
]
Around = Annotated[
    str,
    typer.Option(
        "--circle",
        metavar="CENTRE,KM",
        help="Every municipality within so many kilometres of a point, a municipality's centre or "
        "a prepared area's: 50.6326,5.5797,2.5 or Huy,3. "
        "With --area too: those, which may omit only what has less than 1 % inside.",
    ),
]
PolygonFile = Annotated[
    Path | None,
    typer.Option("--polygon", help="The same for a polygon, in a file of GeoJSON (WGS 84)."),
]
Details = Annotated[
    list[str] | None,
    typer.Option(
        "--value",
        help="A detail: NAME=VALUE, or for words NAME.fr=VALUE, one for each language; repeat it. "
        "@FILE: a JSON object.",
    ),
]


@command
async def draft(
    scenario: Annotated[str, typer.Argument(help="A scenario, e.g. chem_shelter.")],
    area: Places = None,
    around: Around = "",
    polygon: PolygonFile = None,
    value: Details = None,
    channel: Annotated[
        list[str] | None, typer.Option("--channel", help="Only these channels; repeat it.")
    ] = None,
    kind: Annotated[
        AlertClass, typer.Option("--class", help="Real alert, exercise or test.")
    ] = AlertClass.ALERT,
    valid_minutes: Annotated[
        int | None, typer.Option(help="How long it is valid, in minutes.")
    ] = None,
    also_in: Annotated[
        list[Language] | None, typer.Option(help="A language besides the required ones; repeat it.")
    ] = None,
    incident: Annotated[int | None, typer.Option(min=1, help="The incident it belongs to.")] = None,
    token: Token = "",
    *,
    accents: Annotated[
        bool, typer.Option("--accents", help="Keep accents in text messages; they cost more.")
    ] = False,
) -> None:
    """Draft an alert; its number is printed last."""
    places = [part for entry in area or [] for part in entry.split(",")]
    values = values_of(value or [])
    async with acting(token) as (opened, officer):
        shape = _shape(opened, around, polygon)
        alert = await drafting.draft(
            opened,
            drafting.DraftRequest(
                scenario=scenario,
                area=places,
                shape=shape,
                values=values,
                channels=channel or [],
                alert_class=kind,
                valid_for=timedelta(minutes=valid_minutes) if valid_minutes is not None else None,
                also_in=also_in or [],
                accents=accents,
                incident=incident,
            ),
            by=officer,
        )
        same = await queries.alerts_under_way(opened, alert, by=officer)
        await _print_shares(opened, shape, by=officer)
    _print_remarks(drafting.area_remarks(opened, places), drafting.filled_in(alert, values), same)
    _print_drafted(alert)


def _print_drafted(alert: Alert) -> None:
    complaints.print(words()(DRAFTED, number=alert.id, languages=", ".join(alert.languages)))
    emit(f"{alert.id}\n")


async def _print_shares(opened: Services, shape: Shape | None, *, by: Officer) -> None:
    """How much of each municipality is inside, the most first."""
    inside = await shapes.shares_inside(opened, shape, by=by) if shape else {}
    for code, share in sorted(inside.items(), key=lambda pair: -pair[1]):
        name = opened.gazetteer.place(code).names[words().language]
        told = {"place": name, "share": share_told(share)}
        complaints.print(words()(INSIDE, **told), markup=False)


def _print_remarks(
    remarks: Sequence[PlaceRemark],
    filled: Mapping[str, Mapping[Language, str]],
    same: Sequence[Finding],
) -> None:
    """What whoever drafts should know about how it was read."""
    say = words()
    texts = [say(remark.says, **remark.facts) for remark in remarks]
    texts += [
        say(FILLED, name=name, language=OWN_NAMES[language], words=text)
        for name, added in filled.items()
        for language, text in added.items()
    ]
    texts += [
        " ".join(say(part, **finding.facts) for part in (finding.says, finding.remedy))
        for finding in same
    ]
    for text in texts:
        complaints.print(text, style="yellow", markup=False)


@command
async def preview(
    number: Number,
    token: Token = "",
    *,
    spelling: Annotated[bool, typer.Option("--spelling", help="Check the spelling too.")] = False,
) -> None:
    """Show all texts side by side, the findings of the checks, the audience and the cost.

    The last line is the fingerprint that `approve`, `send` and `schedule` ask for.
    """
    say = words()
    async with acting(token) as (opened, officer):
        seen = await queries.preview(opened, number, by=officer, spelling=spelling)
    if seen.alert.shape:
        shape = shapes.told(opened, seen.alert.shape)
        console.print(say(shape.says, **shape.facts), markup=False, highlight=False)
    for channel in seen.alert.text_channels:
        _print_texts(seen, channel, say)
    for finding in seen.findings:
        where = "/".join(
            part for part in (finding.channel, finding.language, finding.field) if part
        )
        words_of_it = " ".join(
            say(part, **finding.facts) for part in (finding.says, finding.remedy) if part
        )
        style = STYLES[finding.severity]
        console.print(
            f"[{style}]{say(SEVERITY_NAMES[finding.severity])}[/{style}] {where}: ", end=""
        )
        console.print(words_of_it, markup=False, highlight=False)
    console.print(say(INHABITANTS, inhabitants=say.number(seen.inhabitants)))
    for cost in seen.estimates:
        console.print(
            say(
                ESTIMATE,
                channel=cost.channel,
                recipients=say.number(cost.recipients),
                euros=say.number(float(cost.euros)),
                seconds=say.number(cost.seconds),
            )
        )
    if seen.holes:
        missing = ", ".join(f"{channel}/{language}" for channel, language in seen.holes)
        complaints.print(say(MISSING, missing=missing), style="bold red")
    if seen.bypass_refusal:
        complaints.print(say.error(seen.bypass_refusal), style="yellow", markup=False)
    emit(f"{seen.alert.fingerprint()}\n")


def _print_texts(alert_preview: queries.Preview, channel: str, say: Translator) -> None:
    reach = alert_preview.audience.get(channel, {})
    console.rule(f"{channel} · {say.number(sum(reach.values()))}")
    panels = [
        Panel(
            say.late(
                f"[bold]{message.subject}[/bold]\n{message.text}"
                if message.subject
                else message.text
            ),
            title=f"{language} · {say.number(reach.get(language, 0))}",
            width=max(36, console.width // max(1, len(alert_preview.alert.languages)) - 2),
        )
        for language in alert_preview.alert.languages
        if (message := alert_preview.alert.as_sent().message(channel, language))
    ]
    console.print(Columns(panels))


@command
async def approve(
    number: Number,
    seen: Read,
    token: Token = "",
    reason: Annotated[
        str,
        typer.Option(help="Why it may be sent with missing texts or open findings; it is logged."),
    ] = "",
    *,
    accept_lists: Annotated[
        bool,
        typer.Option(
            "--accept-lists", help="Approve although the lists have changed, having read how much."
        ),
    ] = False,
) -> None:
    """Approve an alert that another user wrote."""
    async with acting(token) as (opened, officer):
        await approval.approve(
            opened, number, by=officer, seen=seen, reason=reason, accept_lists=accept_lists
        )
    console.print(words()(APPROVED, number=number))


@command
async def send(
    number: Number,
    seen: Read,
    token: Token = "",
    confirm: Confirm = "",
    *,
    accept_times: AcceptTimes = False,
    accept_same: AcceptSame = False,
) -> None:
    """Send an approved alert; the running service delivers it."""
    async with acting(token) as (opened, officer):
        alert = await queries.get_alert(opened, number, by=officer)
        confirmation.require_confirmation(opened, alert, confirm)
        await sending.send(
            opened,
            number,
            by=officer,
            seen=seen,
            accept_times=accept_times,
            accept_same=accept_same,
        )
    console.print(words()(ON_ITS_WAY, number=number))


@command
async def status(
    number: Number,
    token: Token = "",
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Follow it until it ends.")] = False,
) -> int:
    """Show the progress of an alert. With --watch: exit status 3 if someone was not reached."""
    say = words()
    async with acting(token) as (opened, officer):
        seen = await queries.get_status(opened, number, by=officer)
        with Live(board(seen, say), console=console, auto_refresh=False) as live:
            while watch and seen.alert.state is AlertState.SENDING:
                await asyncio.sleep(EVERY)
                seen = await queries.get_status(opened, number, by=officer)
                live.update(board(seen, say), refresh=True)
    console.print(say(STATE_NAMES[seen.alert.state]))
    return NOT_ALL_REACHED if watch and unreached(seen) else 0


@command
async def deliveries(
    number: Number,
    token: Token = "",
    *,
    state: Annotated[State | None, typer.Option(help="Only those in this state.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="All of them, as CSV.")] = False,
) -> None:
    """List deliveries; --csv writes all of them to standard output."""
    delivery_filter = DeliveryFilter(state=state)
    async with acting(token) as (opened, officer):
        if csv:
            async for piece in delivery_actions.export_deliveries(
                opened, number, by=officer, wanted=delivery_filter
            ):
                emit(piece)
            return
        page = await delivery_actions.list_deliveries(
            opened, number, by=officer, wanted=delivery_filter, limit=50
        )
    say = words()
    for row in page.items:
        emit(
            f"{row.channel:8} {row.language} {row.address:34} {say(row.state):12} "
            f"{row.attempts} {row.provider_code} {row.reference}\n"
        )
    if page.next is not None:
        emit("…\n")


def _shape(opened: Services, around: str, polygon: Path | None) -> Shape | None:
    """What --circle or --polygon says."""
    if around and polygon:
        raise BadRequest(ONE_SHAPE)
    if around:
        *centre, radius = around.split(",")
        try:
            km = float(radius)
            if len(centre) == 1 and not NUMBER.fullmatch(centre[0].strip()):
                return shapes.circle_around(opened, centre[0].strip(), km)
            latitude, longitude = map(float, centre)
        except ValueError as fault:
            raise BadRequest(NOT_A_CIRCLE, value=around) from fault
        return circle(longitude, latitude, km)
    if polygon:
        try:
            return read_geojson(json.loads(polygon.read_text(encoding="utf-8")))
        except (OSError, ValueError, RecursionError) as fault:
            raise BadRequest(NOT_GEOJSON, value=str(polygon)) from fault
    return None


def values_of(words_given: list[str]) -> dict[str, Any]:
    """NAME=VALUE pairs, with NAME.fr for one language; @FILE stands for a JSON object."""
    values: dict[str, Any] = {}
    for given in words_given:
        key, equals, value = given.partition("=")
        if given.startswith("@"):
            values.update(_json_object(given))
            continue
        if not equals:
            raise BadRequest(NOT_JSON, value=given)
        name, by_language, language = key.partition(".")
        if by_language and language not in set(Language):
            raise BadRequest(NO_LANGUAGE, name=name, language=language, known=", ".join(Language))
        known = values.get(name)
        if known is not None and isinstance(known, dict) is not bool(by_language):
            raise BadRequest(GIVEN_TWICE, name=name)
        values[name] = {**(known or {}), language: value} if by_language else value
    return values


def _json_object(given: str) -> dict[str, Any]:
    """What a file holds, named as @FILE."""
    try:
        data = json.loads(Path(given[1:]).read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise BadRequest(NOT_JSON, value=given) from fault
    if not isinstance(data, dict):
        raise BadRequest(NOT_JSON, value=given)
    return data
