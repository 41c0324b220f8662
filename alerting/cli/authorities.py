"""Authorities, their lists, and the accounts they use.

Whoever has a shell on the server sets these up alone until there are two administrators; from then
on each is requested by one officer with a token and confirmed by another.
"""

from datetime import datetime
from typing import Annotated

import typer

from alerting.actions.accounts import memberships
from alerting.actions.authorities import accounts, lists, on_call, translators
from alerting.actions.authorities import manage as authorities
from alerting.actions.authorities.manage import AuthorityDetails
from alerting.actions.change_requests import read_details
from alerting.cli.change_requests import request_change
from alerting.cli.runtime import Token, acting, command, console, emit, services, table_of, words
from alerting.domain.authority import LEVEL_NAMES, TELEPHONE, Level
from alerting.domain.authority_list import LIST_NAMES, AuthorityList
from alerting.domain.belgian_time import instant
from alerting.domain.change_request import Act
from alerting.domain.errors import BadRequest
from alerting.domain.language import OWN_NAMES, Language
from alerting.domain.ledger import SHELL
from alerting.domain.text.i18n import msgid

app = typer.Typer(no_args_is_help=True)
KEPT = msgid("The authority “{code}” is set up.")
ON_CALL = msgid("“{officer}” is on the on-call list of “{code}”.")
OFF_CALL = msgid("Entry {number} is off the on-call list of “{code}”.")
TRANSLATES = msgid("“{officer}” translates into {language} for “{code}”.")
NO_TRANSLATOR = msgid("Entry {number} is off the list of translators of “{code}”.")
NOT_NAME = msgid("“{value}” is not LANGUAGE=NAME, e.g. fr=Ville de Liège")

Code = Annotated[str, typer.Argument(help="The authority's code.")]
Places = Annotated[
    list[str], typer.Option("--place", help="A place by name, province or NIS code; repeat it.")
]


@app.command("list")
@command
async def list_authorities(token: Token = "") -> None:
    """List every authority."""
    say = words()
    table = table_of(
        say,
        msgid("Code"),
        msgid("Level"),
        msgid("Name"),
        msgid("Municipalities"),
        msgid("Languages"),
    )
    async with acting(token) as (opened, officer):
        for authority in await authorities.list_authorities(opened, by=officer):
            reach = "*" if authority.territory.everywhere else str(len(authority.territory.codes))
            called = authority.called.told(say.language)
            table.add_row(
                authority.code,
                say(LEVEL_NAMES[authority.level]),
                called,
                reach,
                " ".join(authority.languages),
            )
    console.print(table)


@app.command("show")
@command
async def show(code: Code, token: Token = "") -> None:
    """Show one authority: its names, its territory, and how it signs."""
    say = words()
    async with acting(token) as (opened, officer):
        authority = await authorities.get_authority(opened, code, by=officer)
        codes = sorted(authority.territory.codes)
        place = (
            "*"
            if authority.territory.everywhere
            else opened.gazetteer.area_name(codes, say.language)
        )
    emit(f"{authority.code} · {say(LEVEL_NAMES[authority.level])} · {place}\n")
    for language, name in authority.names.items():
        emit(f"  {language}: {name}\n")
    for kind, names in authority.senders.items():
        for language, name in names.items():
            emit(f"  {kind}.{language}: {name}\n")


@app.command("add")
@command
async def add(
    code: Code,
    level: Annotated[Level, typer.Option(help="Its level.")],
    name: Annotated[list[str], typer.Option(help="LANGUAGE=NAME; repeat it.")],
    place: Places,
    lang: Annotated[
        list[Language] | None, typer.Option("--lang", help="A language it works in; repeat it.")
    ] = None,
    town: Annotated[
        list[str] | None, typer.Option(help="LANGUAGE=TOWN, for the dateline of press releases.")
    ] = None,
    press: Annotated[
        list[str] | None, typer.Option(help="LANGUAGE=CONTACT for journalists.")
    ] = None,
    telephone: Annotated[
        str, typer.Option(help="Where other users reach the person who decides for it.")
    ] = "",
    token: Token = "",
) -> None:
    """Create or change an authority. With a token: request it."""
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
        await request_change(token, Act.KEEP_AUTHORITY, details)
        return
    async with services() as opened:
        await memberships.shell_may(opened)
        wanted = read_details(AuthorityDetails, details)
        await authorities.save_from_shell(opened, wanted, by=SHELL)
    console.print(words()(KEPT, code=code))


@app.command("lists")
@command
async def show_lists(code: Code, token: Token = "") -> None:
    """List what an authority's texts may choose from: its own entries and those from above."""
    say = words()
    table = table_of(say, msgid("List"), msgid("Key"), msgid("Text"), msgid("Authority"))
    async with acting(token) as (opened, officer):
        for entry in await lists.list_entries(opened, code, by=officer):
            told = entry.called.told(say.language)
            table.add_row(say(LIST_NAMES[entry.list]), entry.key, told, entry.authority)
    console.print(table)


@app.command("keep-entry")
@command
async def keep_entry(
    code: Code,
    which: Annotated[AuthorityList, typer.Argument(help="Which list.")],
    key: Annotated[str, typer.Argument(help="Its key; for a telephone number, the number.")],
    text: Annotated[
        list[str] | None, typer.Option(help="LANGUAGE=TEXT; repeat it. None: the entry ends.")
    ] = None,
    token: Token = "",
) -> None:
    """Request a new entry of a list, a new text for one, or to end one."""
    change = lists.ListEntryChange.ADD if text else lists.ListEntryChange.END
    details = {"authority": code, "list": which, "key": key, "change": change}
    await request_change(token, Act.KEEP_LIST_ENTRY, {**details, "texts": _by_language(text or [])})


@app.command("accounts")
@command
async def show_accounts(code: Code, token: Token = "") -> None:
    """List the accounts and newsrooms an authority may use."""
    table = table_of(words(), msgid("Channel"), msgid("Accounts"), msgid("Newsrooms"))
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
    end: Annotated[bool, typer.Option("--end", help="The authority may no longer use it.")] = False,
) -> None:
    """Request that an authority may use an account or newsroom, or no longer."""
    change = lists.ListEntryChange.END if end else lists.ListEntryChange.ADD
    details = {"authority": code, "channel": channel, "account": account, "change": change}
    await request_change(token, Act.KEEP_ACCOUNT, details)


@app.command("on-call")
@command
async def show_on_call(code: Code, token: Token = "") -> None:
    """List who is on call for an authority."""
    say = words()
    table = table_of(
        say, msgid("Number"), msgid("Order"), msgid("User"), msgid("From"), msgid("Until")
    )
    async with acting(token) as (opened, officer):
        for one in await on_call.list_on_call(opened, code, by=officer):
            table.add_row(
                str(one.id),
                str(one.place),
                one.officer,
                say.moment(one.starts_at),
                say.moment(one.ends_at),
            )
    console.print(table)


@app.command("add-on-call")
@command
async def add_on_call(
    code: Code,
    officer_name: Annotated[str, typer.Argument(metavar="USER", help="Who is called.")],
    start: Annotated[datetime, typer.Option(help="From when, on Belgian clocks.")],
    end: Annotated[datetime, typer.Option(help="Until when, on Belgian clocks.")],
    order: Annotated[
        int, typer.Option(min=1, max=on_call.LARGEST_PLACE, help="1 is called first.")
    ] = 1,
    token: Token = "",
) -> None:
    """Put a user on the on-call list of an authority."""
    async with acting(token) as (opened, officer):
        given = {"officer": officer_name, "place": order}
        given |= {"starts_at": instant(start), "ends_at": instant(end)}
        request = read_details(on_call.OnCallRequest, given)
        await on_call.add_on_call(opened, code, request, by=officer)
    console.print(words()(ON_CALL, officer=officer_name, code=code))


@app.command("remove-on-call")
@command
async def remove_on_call(
    code: Code,
    number: Annotated[int, typer.Argument(min=1, help="The number of the entry.")],
    token: Token = "",
) -> None:
    """Take an entry off the on-call list of an authority."""
    async with acting(token) as (opened, officer):
        await on_call.remove_on_call(opened, code, number, by=officer)
    console.print(words()(OFF_CALL, number=number, code=code))


@app.command("translators")
@command
async def show_translators(code: Code, token: Token = "") -> None:
    """List who translates for an authority."""
    table = table_of(words(), msgid("Number"), msgid("Language"), msgid("User"))
    async with acting(token) as (opened, officer):
        for translator in await translators.list_translators(opened, code, by=officer):
            table.add_row(str(translator.id), OWN_NAMES[translator.language], translator.officer)
    console.print(table)


@app.command("add-translator")
@command
async def add_translator(
    code: Code,
    officer_name: Annotated[str, typer.Argument(metavar="USER", help="Who translates.")],
    language: Annotated[Language, typer.Argument(help="The language they translate into.")],
    token: Token = "",
) -> None:
    """Put a user on the list of translators of an authority."""
    async with acting(token) as (opened, officer):
        given = {"officer": officer_name, "language": language}
        translator_request = read_details(translators.TranslatorRequest, given)
        await translators.add_translator(opened, code, translator_request, by=officer)
    console.print(
        words()(TRANSLATES, officer=officer_name, language=OWN_NAMES[language], code=code)
    )


@app.command("remove-translator")
@command
async def remove_translator(
    code: Code,
    number: Annotated[int, typer.Argument(min=1, help="The number of the entry.")],
    token: Token = "",
) -> None:
    """Take an entry off the list of translators of an authority."""
    async with acting(token) as (opened, officer):
        await translators.remove_translator(opened, code, number, by=officer)
    console.print(words()(NO_TRANSLATOR, number=number, code=code))


def _by_language(given: list[str]) -> dict[str, str]:
    """LANGUAGE=NAME pairs."""
    names = {}
    for pair in given:
        language, equals, name = pair.partition("=")
        if not equals:
            raise BadRequest(NOT_NAME, value=pair)
        names[language] = name
    return names
