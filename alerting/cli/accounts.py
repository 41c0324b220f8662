"""Users and their accounts, from the server: the first administrators, and emergencies."""

from typing import Annotated

import typer

from alerting.actions.accounts import (
    administration,
    emergency_accounts,
    invitations,
    mobile_numbers,
)
from alerting.actions.accounts import sessions as account_sessions
from alerting.actions.accounts.invitations import Invitation
from alerting.cli.runtime import Token, acting, command, console, emit, services, table_of, words
from alerting.domain.language import Language
from alerting.domain.ledger import SHELL
from alerting.domain.officer import GRANTS, ROLE_NAMES, Role
from alerting.domain.text.i18n import msgid, msgid_in

app = typer.Typer(no_args_is_help=True)

COME_IN = msgid("An e-mail is sent if a mail server is set up. The link, valid for three days:")
EMERGENCY_MADE = msgid("The password and ten codes of “{name}” follow. They are shown only once.")
SEAL = msgid(
    "Print them, seal them, lock them away. Each sign-in uses one code, is recorded in the "
    "audit log and is reported to every administrator."
)
ENDED = msgid("Sessions ended: {number}.")
CODE_SENT = msgid("A code was sent: confirm it with “alerting users confirm-mobile”.")

Name = Annotated[str, typer.Argument(help="The user name, as recorded in the audit log.")]
Email = Annotated[str, typer.Option(help="Where e-mails to this user are sent.")]
FullName = Annotated[str, typer.Option(help="First name and last name.")]
Tongue = Annotated[Language, typer.Option(help="The language of pages and e-mails.")]


@app.command("first-admin")
@command
async def first_admin(
    name: Name, email: Email, full_name: FullName = "", language: Tongue = Language.FR
) -> None:
    """Create an administrator, until there are two; from then on, they invite users."""
    invitation = Invitation(
        name=name,
        email=email,
        full_name=full_name,
        language=language,
        role=Role.ADMINISTRATOR,
    )
    async with services() as opened:
        link = await invitations.make_first_administrator(opened, invitation, by=SHELL)
    console.print(words()(COME_IN))
    emit(f"{link}\n")


@app.command("break-glass")
@command
async def break_glass(
    email: Email,
    name: Annotated[str, typer.Option(help="The name of the account.")] = "break-glass",
    language: Tongue = Language.FR,
) -> None:
    """Create an emergency account, for when no one else can sign in. Shown once."""
    invitation = Invitation(
        name=name, email=email, full_name="", language=language, role=Role.ADMINISTRATOR
    )
    async with services() as opened:
        password, codes = await emergency_accounts.make_emergency_account(
            opened, invitation, by=SHELL
        )
    say = words()
    console.print(say(EMERGENCY_MADE, name=name))
    emit("\n".join(["", password, "", *codes, "", ""]))
    console.print(say(SEAL))


@app.command("list")
@command
async def list_accounts(token: Token = "") -> None:
    """List accounts (administrators)."""
    say = words()
    async with acting(token) as (opened, officer):
        everyone, _ = await administration.list_accounts(opened, by=officer)
    table = table_of(
        say,
        msgid("Name"),
        msgid("Role"),
        msgid("E-mail"),
        msgid_in("column", "Created"),
        msgid_in("column", "Ended"),
    )
    for account in everyone:
        ended = say.moment(account.ended_at) if account.ended_at else ""
        held = ", ".join(
            f"{membership.role} ({membership.authority})" for membership in account.memberships
        )
        table.add_row(account.name, held, account.email, say.moment(account.created_at), ended)
    console.print(table)


@app.command("roles")
@command
async def roles() -> None:
    """List the roles, and what each may do."""
    say = words()
    table = table_of(say, msgid("Role"), "", msgid("Permissions"))
    for role in Role:
        table.add_row(role, say(ROLE_NAMES[role]), ", ".join(sorted(GRANTS[role])))
    console.print(table)


@app.command("sessions")
@command
async def sessions(name: Name, token: Token = "") -> None:
    """List where a user is signed in (administrators)."""
    say = words()
    async with acting(token) as (opened, officer):
        await administration.require_may_manage_account(opened, name, by=officer)
        credentials = await account_sessions.list_sessions(opened, name)
    table = table_of(
        say,
        msgid_in("column", "Number"),
        msgid("Browser"),
        msgid_in("column", "Since"),
        msgid("Last used"),
    )
    for credential in credentials:
        used = say.moment(credential.used_at) if credential.used_at else ""
        table.add_row(
            str(credential.id), credential.client, say.moment(credential.created_at), used
        )
    console.print(table)


@app.command("end-sessions")
@command
async def end_sessions(name: Name) -> None:
    """Sign a user out everywhere."""
    async with services() as opened:
        number = await account_sessions.end_sessions(opened, by=SHELL, holder=name)
    console.print(words()(ENDED, number=number))


@app.command("set-mobile")
@command
async def set_mobile(
    number: Annotated[
        str, typer.Option(prompt="Mobile number", help="Yours; asked for where it is left out.")
    ],
    token: Token = "",
) -> None:
    """Send a code to your own mobile number, by which real alerts will call you."""
    async with acting(token) as (opened, officer):
        await mobile_numbers.send_code(opened, number, by=officer)
    console.print(words()(CODE_SENT))


@app.command("confirm-mobile")
@command
async def confirm_mobile(
    code: Annotated[
        str, typer.Option(prompt="Code", help="From the text message; asked for if left out.")
    ],
    token: Token = "",
) -> None:
    """Confirm your own mobile number by the code that was sent to it."""
    async with acting(token) as (opened, officer):
        await mobile_numbers.confirm_number(opened, code, by=officer)


@app.command("remove-mobile")
@command
async def remove_mobile(
    name: Annotated[str, typer.Argument(help="Whose (administrators); yours if left out.")] = "",
    token: Token = "",
) -> None:
    """Remove a mobile number: no text messages are sent there any more."""
    async with acting(token) as (opened, officer):
        if name:
            await mobile_numbers.remove_number_of(opened, name, by=officer)
        else:
            await mobile_numbers.remove_number(opened, by=officer)


@app.command("end")
@command
async def end(name: Name) -> None:
    """Close an account: its sessions, tokens and links end at once."""
    async with services() as opened:
        await administration.end_account(opened, name, by=SHELL)
