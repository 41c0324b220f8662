"""Who works for which authority; and a user's own token."""

from datetime import timedelta
from typing import Annotated

import typer

from alerting.actions.accounts import administration, memberships
from alerting.actions.accounts.memberships import MembershipDetails
from alerting.actions.change_requests import read_details
from alerting.cli.change_requests import REQUESTED, Number, request_change
from alerting.cli.runtime import Token, acting, command, console, emit, services, table_of, words
from alerting.domain.change_request import Act
from alerting.domain.officer import ROLE_NAMES, Permission, Role
from alerting.domain.text.i18n import msgid, msgid_in

app = typer.Typer(no_args_is_help=True)

GRANTED = msgid("{officer} now has the role “{role}” for “{authority}”.")
MEMBERSHIP_ENDED = msgid("Membership {number} has ended, and so have its tokens.")


@app.command("grant")
@command
async def grant(
    officer: Annotated[str, typer.Argument(help="The user; one name is one person.")],
    authority: Annotated[str, typer.Option(help="The authority's code.")],
    role: Annotated[Role, typer.Option(help="The role of the user there.")],
    token: Token = "",
    *,
    training: Annotated[
        bool, typer.Option("--training", help="A training account: exercises only.")
    ] = False,
) -> None:
    """Give a user a role at an authority. With a token: request it."""
    details = {
        "officer": officer.lower(),
        "authority": authority,
        "role": role,
        "training": training,
    }
    if token:
        await request_change(token, Act.GRANT_MEMBERSHIP, details)
        return
    say = words()
    async with services() as opened:
        await memberships.shell_may(opened)
        wanted = read_details(MembershipDetails, details)
        await memberships.grant_from_shell(opened, wanted)
    console.print(say(GRANTED, officer=officer.lower(), role=ROLE_NAMES[role], authority=authority))


@app.command("list")
@command
async def list_members(token: Token = "") -> None:
    """List memberships, including ended ones (administrators)."""
    say = words()
    table = table_of(
        say,
        msgid_in("column", "Number"),
        msgid("User"),
        msgid("Authority"),
        msgid("Role"),
        msgid("Granted by"),
        msgid("Confirmed by"),
        msgid_in("column", "Ended"),
    )
    async with acting(token) as (opened, officer):
        for membership in await memberships.list_memberships(opened, by=officer):
            ended = say.moment(membership.ended_at) if membership.ended_at else ""
            table.add_row(
                str(membership.id),
                membership.officer,
                membership.authority,
                say(ROLE_NAMES[membership.role]),
                membership.granted_by,
                membership.confirmed_by,
                ended,
            )
    console.print(table)


@app.command("end")
@command
async def end(number: Number, token: Token = "") -> None:
    """End a membership at once; its tokens and sessions end with it.

    For the last approver, sender or second administrator of an authority: request it.
    """
    async with acting(token) as (opened, officer):
        asked = await memberships.end_membership(opened, number, by=officer)
    say = words()
    console.print(say(REQUESTED, number=asked) if asked else say(MEMBERSHIP_ENDED, number=number))


@app.command("token")
@command
async def make_token(
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days it is valid.")] = 90,
    scope: Annotated[
        list[Permission] | None,
        typer.Option(
            help="A permission of it; repeat it. None: those of the token that asks for it."
        ),
    ] = None,
    token: Token = "",
) -> None:
    """Request another token for yourself: valid once an administrator has confirmed it."""
    async with acting(token) as (opened, officer):
        made = await administration.request_token(
            opened, by=officer, scopes=scope or (), lasts=timedelta(days=days)
        )
    emit(f"{made}\n")  # as it is: a console would break it at the end of its line
