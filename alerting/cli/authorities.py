"""Authorities, the people who work for them, incidents, and what waits for a second person.

Whoever has a shell on the server sets these up alone until there are two administrators; from then
on each is proposed by one officer with a token and confirmed by another.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.table import Table

from alerting.actions import change_requests
from alerting.actions.accounts import administration, memberships
from alerting.actions.accounts.memberships import MembershipDetails
from alerting.actions.authorities import accounts, incidents, lists
from alerting.actions.authorities import manage as authorities
from alerting.actions.authorities.manage import AuthorityDetails
from alerting.actions.change_request_kinds import KINDS
from alerting.actions.change_requests import read_details
from alerting.cli.runtime import Token, acting, command, console, emit, services, words
from alerting.domain.authority import LEVEL_NAMES, PHASE_NAMES, TELEPHONE, Level, Phase
from alerting.domain.authority_list import LIST_NAMES, AuthorityList
from alerting.domain.change_request import Act, Proposal
from alerting.domain.errors import BadRequest
from alerting.domain.language import Language
from alerting.domain.ledger import SHELL
from alerting.domain.officer import ROLE_NAMES, Role
from alerting.domain.text.i18n import msgid

app = typer.Typer(no_args_is_help=True)
members = typer.Typer(no_args_is_help=True)
happenings = typer.Typer(no_args_is_help=True)
requests = typer.Typer(no_args_is_help=True)

PROPOSED = msgid("Request {number} waits. Have another officer confirm it.")
KEPT = msgid("The authority “{code}” is set up.")
GRANTED = msgid("{officer} is now {role} for “{authority}”.")
MEMBERSHIP_ENDED = msgid("Membership {number} has ended, and its tokens with it.")
OPENED = msgid("Incident {number} is open, in its {phase}.")
NOW_IN = msgid("Incident {number} is now in its {phase}, led by “{lead_authority}”.")
CLOSED = msgid("Incident {number} is closed.")
CONFIRMED = msgid("Request {number} is carried out.")
REFUSED = msgid("Request {number} is refused.")
EXEMPTED = msgid("Alert {alert} is no part of incident {number}.")
NOT_NAME = msgid("“{value}” is not LANGUAGE=NAME, e.g. fr=Ville de Liège")

Code = Annotated[str, typer.Argument(help="The authority's code.")]
Number = Annotated[int, typer.Argument(min=1, help="Its number.")]
Places = Annotated[
    list[str], typer.Option("--place", help="A place by name, province or NIS code; repeat it.")
]


@app.command("list")
@command
async def list_authorities(token: Token = "") -> None:
    """List every authority."""
    say = words()
    table = Table("code", "level", "name", "municipalities", "languages")
    async with acting(token) as (opened, officer):
        for one in await authorities.list_authorities(opened, by=officer):
            reach = "*" if one.territory.everywhere else str(len(one.territory.codes))
            called = one.called.told(say.language)
            table.add_row(
                one.code, say(LEVEL_NAMES[one.level]), called, reach, " ".join(one.languages)
            )
    console.print(table)


@app.command("show")
@command
async def show(code: Code, token: Token = "") -> None:
    """Show one authority: its names, its territory, and how it signs."""
    say = words()
    async with acting(token) as (opened, officer):
        found = await authorities.get_authority(opened, code, by=officer)
        codes = sorted(found.territory.codes)
        place = (
            "*" if found.territory.everywhere else opened.gazetteer.area_name(codes, say.language)
        )
    emit(f"{found.code} · {say(LEVEL_NAMES[found.level])} · {place}\n")
    for language, name in found.names.items():
        emit(f"  {language}: {name}\n")
    for kind, names in found.senders.items():
        for language, name in names.items():
            emit(f"  {kind}.{language}: {name}\n")


@app.command("add")
@command
async def add(
    code: Code,
    level: Annotated[Level, typer.Option(help="At which level it speaks.")],
    name: Annotated[list[str], typer.Option(help="LANGUAGE=NAME; repeat it.")],
    place: Places,
    lang: Annotated[
        list[Language] | None, typer.Option("--lang", help="A language it works in; repeat it.")
    ] = None,
    town: Annotated[
        list[str] | None, typer.Option(help="LANGUAGE=TOWN press releases are dated in.")
    ] = None,
    press: Annotated[
        list[str] | None, typer.Option(help="LANGUAGE=CONTACT for journalists.")
    ] = None,
    telephone: Annotated[
        str, typer.Option(help="Where colleagues reach whoever decides for it.")
    ] = "",
    token: Token = "",
) -> None:
    """Set up an authority, or change one. With a token: propose it."""
    details = {
        "code": code,
        "level": level,
        "names": _by_language(name),
        "territory": place,
        **({"languages": lang} if lang else {}),
        "senders": {
            kind: _by_language(given)
            for kind, given in (("town", town), ("press_contact", press))
            if given
        },
        **({"settings": {TELEPHONE: telephone}} if telephone else {}),
    }
    if token:
        await _propose(token, Act.KEEP_AUTHORITY, details)
        return
    async with services() as opened:
        await memberships.shell_may(opened)
        wanted = read_details(AuthorityDetails, details)
        await authorities.save_from_shell(opened, wanted, by=SHELL)
    console.print(words()(KEPT, code=code))


@app.command("lists")
@command
async def show_lists(code: Code, token: Token = "") -> None:
    """List what an authority's texts may choose from, its own and from above."""
    say = words()
    table = Table("list", "key", "words", "kept by")
    async with acting(token) as (opened, officer):
        for one in await lists.list_entries(opened, code, by=officer):
            told = one.called.told(say.language)
            table.add_row(say(LIST_NAMES[one.list]), one.key, told, one.authority)
    console.print(table)


@app.command("keep-entry")
@command
async def keep_entry(
    code: Code,
    which: Annotated[AuthorityList, typer.Argument(help="Which list.")],
    key: Annotated[str, typer.Argument(help="Its key; of a telephone number the number.")],
    text: Annotated[
        list[str] | None, typer.Option(help="LANGUAGE=WORDS; repeat it. None: it ends.")
    ] = None,
    token: Token = "",
) -> None:
    """Propose an entry of a list, other words for it, or that it ends."""
    change = lists.ListEntryChange.ADD if text else lists.ListEntryChange.END
    details = {"authority": code, "list": which, "key": key, "change": change}
    await _propose(token, Act.KEEP_LIST_ENTRY, {**details, "texts": _by_language(text or [])})


@app.command("accounts")
@command
async def show_accounts(code: Code, token: Token = "") -> None:
    """List the accounts and newsrooms an authority may use."""
    table = Table("channel", "accounts", "newsrooms")
    async with acting(token) as (opened, officer):
        for name, one in (await accounts.usable_accounts(opened, code, by=officer)).items():
            newsrooms = "*" if one.all_newsrooms else " ".join(one.newsrooms)
            table.add_row(name, " ".join(one.accounts), newsrooms)
    console.print(table)


@app.command("keep-account")
@command
async def keep_account(
    code: Code,
    channel: Annotated[str, typer.Argument(help="x, press, ...")],
    account: Annotated[str, typer.Argument(help="An account's name, a newsroom's reference, all.")],
    token: Token = "",
    *,
    end: Annotated[bool, typer.Option("--end", help="It may no longer use it.")] = False,
) -> None:
    """Propose that an authority may use an account or newsroom, or no longer."""
    change = lists.ListEntryChange.END if end else lists.ListEntryChange.ADD
    details = {"authority": code, "channel": channel, "account": account, "change": change}
    await _propose(token, Act.KEEP_ACCOUNT, details)


@members.command("grant")
@command
async def grant(
    officer: Annotated[str, typer.Argument(help="The person; one name is one person.")],
    authority: Annotated[str, typer.Option(help="The authority's code.")],
    role: Annotated[Role, typer.Option(help="What the person is there for.")],
    token: Token = "",
    *,
    training: Annotated[
        bool, typer.Option("--training", help="A training account: exercises only.")
    ] = False,
) -> None:
    """Make a person a member of an authority. With a token: propose it."""
    details = {
        "officer": officer.lower(),
        "authority": authority,
        "role": role,
        "training": training,
    }
    if token:
        await _propose(token, Act.GRANT_MEMBERSHIP, details)
        return
    say = words()
    async with services() as opened:
        await memberships.shell_may(opened)
        wanted = read_details(MembershipDetails, details)
        await memberships.grant_from_shell(opened, wanted)
    console.print(say(GRANTED, officer=officer.lower(), role=ROLE_NAMES[role], authority=authority))


@members.command("list")
@command
async def list_members(token: Token = "") -> None:
    """List who works where, ended memberships too (administrators)."""
    say = words()
    table = Table("№", "officer", "authority", "role", "granted by", "confirmed by", "ended")
    async with acting(token) as (opened, officer):
        for one in await memberships.list_memberships(opened, by=officer):
            ended = say.moment(one.ended_at) if one.ended_at else ""
            table.add_row(
                str(one.id),
                one.officer,
                one.authority,
                say(ROLE_NAMES[one.role]),
                one.granted_by,
                one.confirmed_by,
                ended,
            )
    console.print(table)


@members.command("end")
@command
async def end(number: Number, token: Token = "") -> None:
    """End a membership at once; its tokens and sessions end with it."""
    async with acting(token) as (opened, officer):
        await memberships.end_membership(opened, number, by=officer)
    console.print(words()(MEMBERSHIP_ENDED, number=number))


@members.command("token")
@command
async def make_token(
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it lasts.")] = 90,
    token: Token = "",
) -> None:
    """Ask for another token of your own: of use once an administrator confirms it."""
    async with acting(token) as (opened, officer):
        made = await administration.request_token(opened, by=officer, lasts=timedelta(days=days))
    console.print(made)


@happenings.command("list")
@command
async def list_incidents(token: Token = "") -> None:
    """List incidents, newest first."""
    say = words()
    table = Table("№", "title", "phase", "led by", "opened", "closed")
    async with acting(token) as (opened, officer):
        for one in await incidents.list_incidents(opened, by=officer):
            closed = say.moment(one.closed_at) if one.closed_at else ""
            table.add_row(
                str(one.id),
                one.title,
                say(PHASE_NAMES[one.phase]),
                one.lead_authority,
                say.moment(one.opened_at),
                closed,
            )
    console.print(table)


@happenings.command("open")
@command
async def open_incident(
    title: Annotated[str, typer.Argument(help="What happens, in a few words.")],
    place: Places,
    phase: Annotated[Phase, typer.Option(help="Who leads.")] = Phase.MUNICIPAL,
    token: Token = "",
) -> None:
    """Open an incident; one's own authority leads it."""
    say = words()
    async with acting(token) as (opened, officer):
        made = await incidents.open_incident(opened, title, place, phase, by=officer)
    console.print(say(OPENED, number=made.id, phase=PHASE_NAMES[phase]))


@happenings.command("phase")
@command
async def change_phase(
    number: Number,
    phase: Annotated[Phase, typer.Argument(help="The new phase.")],
    lead_authority: Annotated[str, typer.Option(help="Who leads, when it is handed down.")] = "",
    token: Token = "",
) -> None:
    """Hand an incident up, or down: nobody below the phase approves or sends on it any more."""
    say = words()
    async with acting(token) as (opened, officer):
        made = await incidents.change_phase(
            opened, number, phase, by=officer, lead_authority=lead_authority
        )
    console.print(
        say(NOW_IN, number=number, phase=PHASE_NAMES[phase], lead_authority=made.lead_authority)
    )


@happenings.command("close")
@command
async def close(number: Number, token: Token = "") -> None:
    """Close an incident: nothing more is drafted or sent in it."""
    async with acting(token) as (opened, officer):
        await incidents.close_incident(opened, number, by=officer)
    console.print(words()(CLOSED, number=number))


@happenings.command("exempt")
@command
async def exempt(
    number: Number,
    alert: Annotated[int, typer.Argument(min=1, help="The alert's number.")],
    fingerprint: Annotated[str, typer.Option(help="Of the words that were read.")],
    reason: Annotated[str, typer.Option(help="Why; it stands in the ledger.")],
    token: Token = "",
) -> None:
    """Say that an alert is no part of an incident: its own authority decides on it."""
    async with acting(token) as (opened, officer):
        await incidents.exempt_alert(
            opened, number, alert, seen=fingerprint, reason=reason, by=officer
        )
    console.print(words()(EXEMPTED, alert=alert, number=number))


@happenings.command("invite")
@command
async def invite(
    number: Number,
    authority: Annotated[str, typer.Argument(help="The partner's code.")],
    hours: Annotated[int, typer.Option(min=1, max=2160, help="For how long.")] = 24,
    token: Token = "",
) -> None:
    """Propose to let a partner read and draft in an incident."""
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=hours)
    details = {"authority": authority, "incident": number, "until": until.isoformat()}
    await _propose(token, Act.INVITE_PARTNER, details)


@requests.command("list")
@command
async def list_requests(
    token: Token = "",
    before: Annotated[int, typer.Option(min=0, help="Only below this number: the next page.")] = 0,
    *,
    waiting: Annotated[bool, typer.Option(help="Only what can still be decided on.")] = False,
) -> None:
    """List what was proposed in one's territory, newest first."""
    table = Table("№", "what", "details", "proposed by", "decided by", "verdict")
    async with acting(token) as (opened, officer):
        found = await change_requests.list_change_requests(
            opened, by=officer, before=before, waiting=waiting
        )
        for one in found:
            table.add_row(*_cells(one))
    console.print(table)


@requests.command("confirm")
@command
async def confirm(number: Number, token: Token = "") -> None:
    """Carry out what somebody else proposed; a token it makes is printed once."""
    async with acting(token) as (opened, officer):
        done = await change_requests.confirm_change(opened, KINDS, number, by=officer)
    console.print(words()(CONFIRMED, number=number))
    if done.secret:
        emit(f"{done.secret}\n")


@requests.command("refuse")
@command
async def refuse(number: Number, token: Token = "") -> None:
    """Turn a request down, or take one's own back."""
    async with acting(token) as (opened, officer):
        await change_requests.reject_change(opened, KINDS, number, by=officer)
    console.print(words()(REFUSED, number=number))


async def _propose(token: str, what: Act, details: Mapping[str, Any]) -> None:
    async with acting(token) as (opened, officer):
        made = await change_requests.propose(opened, KINDS, what, dict(details), by=officer)
    console.print(words()(PROPOSED, number=made.id))


def _cells(one: Proposal) -> tuple[str, ...]:
    details = " ".join(f"{name}={value}" for name, value in one.details.items())
    verdict = one.verdict or ""
    return (str(one.id), one.what, details, one.proposed_by, one.decided_by, verdict)


def _by_language(given: list[str]) -> dict[str, str]:
    """LANGUAGE=NAME pairs."""
    names = {}
    for pair in given:
        language, equals, name = pair.partition("=")
        if not equals:
            raise BadRequest(NOT_NAME, value=pair)
        names[language] = name
    return names
