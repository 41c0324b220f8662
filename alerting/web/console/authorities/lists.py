"""One authority: what its texts may choose from, and the accounts and newsrooms it may use."""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from alerting.actions import change_requests
from alerting.actions.authorities import accounts, lists, on_call, translators
from alerting.actions.authorities import manage as authorities
from alerting.actions.change_request_kinds import KINDS
from alerting.domain.authority_list import LIST_NAMES, AuthorityList
from alerting.domain.belgian_time import instant
from alerting.domain.change_request import Act
from alerting.domain.channel_profiles import Reach
from alerting.domain.errors import AlertingError, BadRequest
from alerting.domain.language import LEGAL, Language
from alerting.domain.officer import Officer, Permission
from alerting.domain.text.i18n import msgid
from alerting.domain.text.numbers import MAX_INTEGER
from alerting.web.auth import MayConfirmRequests, MayManageFresh, MayRead, WordsOf
from alerting.web.console import labels
from alerting.web.console.authorities.waiting import waiting_requests
from alerting.web.console.context import Number
from alerting.web.errors import status_of
from alerting.web.pages import render_page
from alerting.web.paging import Before, next_link
from alerting.web.state import state_of

router = APIRouter(tags=["console"])
NOT_A_TIME: Final = msgid("“{typed}” is not a date and time")
NOTHING_TYPED = {
    "list": "",
    "key": "",
    "texts": {},
    "channel": "",
    "account": "",
    "name": "",
    "start": "",
    "end": "",
    "place": 1,
    "translator": "",
    "language": "",
}
Code = Annotated[str, Path(max_length=64)]
Short = Annotated[str, Form(max_length=200)]
Decided = Annotated[int, Query(ge=0, le=MAX_INTEGER)]
"""The number of a request that was just decided on."""


@router.get("/authorities/{code}")
async def show_authority(
    request: Request,
    code: Code,
    officer: MayRead,
    translate: WordsOf,
    confirmed: Decided = 0,
    refused: Decided = 0,
    before: Before = 0,
) -> Response:
    """Its lists and accounts, and what waits for a second person."""
    return await _show(
        request, code, officer, translate, confirmed=confirmed, refused=refused, before=before
    )


@router.post("/authorities/{code}/lists")
async def request_entry(
    request: Request,
    code: Code,
    officer: MayConfirmRequests,
    translate: WordsOf,
    which: Annotated[AuthorityList, Form()],
    key: Short,
    change: Annotated[lists.ListEntryChange, Form()] = lists.ListEntryChange.ADD,
    fr: Short = "",
    nl: Short = "",
    de: Short = "",
    en: Short = "",
) -> Response:
    """Request an entry, or that one ends."""
    given = {Language.FR: fr, Language.NL: nl, Language.DE: de, Language.EN: en}
    details = {
        "authority": code,
        "list": which,
        "key": key,
        "change": change,
        "texts": {language: text for language, text in given.items() if text.strip()},
    }
    return await _request_change(request, code, officer, translate, Act.KEEP_LIST_ENTRY, details)


@router.post("/authorities/{code}/accounts")
async def request_account(
    request: Request,
    code: Code,
    officer: MayConfirmRequests,
    translate: WordsOf,
    channel: Short,
    account: Short,
    change: Annotated[lists.ListEntryChange, Form()] = lists.ListEntryChange.ADD,
) -> Response:
    """Request that it may use an account or newsrooms, or no longer."""
    details = {"authority": code, "channel": channel, "account": account, "change": change}
    return await _request_change(request, code, officer, translate, Act.KEEP_ACCOUNT, details)


@router.post("/authorities/{code}/on-call")
async def add_on_call(
    request: Request,
    code: Code,
    officer: MayManageFresh,
    translate: WordsOf,
    name: Short,
    start: Short,
    end: Short,
    place: Annotated[int, Form(ge=1, le=on_call.LARGEST_PLACE)] = 1,
) -> Response:
    """Put somebody on the on-call list, from and until a Belgian time."""
    typed = {"name": name, "start": start, "end": end, "place": place}
    services = state_of(request).services
    try:
        wanted = change_requests.read_details(
            on_call.OnCallRequest,
            {
                "officer": name,
                "place": place,
                "starts_at": _moment(start),
                "ends_at": _moment(end),
            },
        )
        await on_call.add_on_call(services, code, wanted, by=officer)
    except AlertingError as problem:
        return await _show(request, code, officer, translate, problem=problem, typed=typed)
    return RedirectResponse(f"/authorities/{code}#on-call", status_code=303)


@router.post("/authorities/{code}/on-call/{number}/remove")
async def remove_on_call(
    request: Request, code: Code, number: Number, officer: MayManageFresh, translate: WordsOf
) -> Response:
    """Take an entry off the on-call list."""
    try:
        await on_call.remove_on_call(state_of(request).services, code, number, by=officer)
    except AlertingError as problem:
        return await _show(request, code, officer, translate, problem=problem)
    return RedirectResponse(f"/authorities/{code}#on-call", status_code=303)


@router.post("/authorities/{code}/translators")
async def add_translator(
    request: Request,
    code: Code,
    officer: MayManageFresh,
    translate: WordsOf,
    name: Short,
    language: Short,
) -> Response:
    """Put somebody on the list of translators."""
    typed = {"translator": name, "language": language}
    services = state_of(request).services
    try:
        translator_request = change_requests.read_details(
            translators.TranslatorRequest, {"officer": name, "language": language}
        )
        await translators.add_translator(services, code, translator_request, by=officer)
    except AlertingError as problem:
        return await _show(request, code, officer, translate, problem=problem, typed=typed)
    return RedirectResponse(f"/authorities/{code}#translators", status_code=303)


@router.post("/authorities/{code}/translators/{number}/remove")
async def remove_translator(
    request: Request, code: Code, number: Number, officer: MayManageFresh, translate: WordsOf
) -> Response:
    """Take an entry off the list of translators."""
    try:
        await translators.remove_translator(state_of(request).services, code, number, by=officer)
    except AlertingError as problem:
        return await _show(request, code, officer, translate, problem=problem)
    return RedirectResponse(f"/authorities/{code}#translators", status_code=303)


def _moment(typed: str) -> datetime:
    try:
        return instant(datetime.fromisoformat(typed.strip()))
    except ValueError:
        raise BadRequest(NOT_A_TIME, typed=typed) from None


async def _request_change(
    request: Request,
    code: str,
    officer: Officer,
    translate: WordsOf,
    act: Act,
    details: dict[str, Any],
) -> Response:
    try:
        await change_requests.request_change(
            state_of(request).services, KINDS, act, details, by=officer
        )
    except AlertingError as problem:
        return await _show(request, code, officer, translate, problem=problem, typed=details)
    return RedirectResponse(f"/authorities/{code}", status_code=303)


async def _show(
    request: Request,
    code: str,
    officer: Officer,
    translate: WordsOf,
    *,
    problem: AlertingError | None = None,
    typed: dict[str, Any] | None = None,
    confirmed: int = 0,
    refused: int = 0,
    before: int = 0,
) -> Response:
    """In one piece: each line is one thing the page of an authority shows."""
    services = state_of(request).services
    owner = await authorities.get_authority(services, code, by=officer)
    entries = await lists.list_entries(services, code, by=officer)
    called = {
        authority.code: authority.called.told(translate.language)
        for authority in await authorities.list_authorities(services, by=officer)
    }
    waiting = await waiting_requests(
        services, called, translate, by=officer, before=before, authority=code
    )
    return render_page(
        request,
        "authorities/authority.html",
        words=translate,
        status=status_of(problem) if problem else 200,
        officer=officer,
        problem=translate.error(problem) if problem else "",
        typed={**NOTHING_TYPED, **(typed or {})},
        owner=owner,
        called=called,
        entries={
            authority_list: [entry for entry in entries if entry.list is authority_list]
            for authority_list in AuthorityList
        },
        list_names=LIST_NAMES,
        spoken=owner.languages or LEGAL,
        usable=await accounts.usable_accounts(services, code, by=officer),
        agreed=await accounts.rows(services, code, by=officer),
        waiting=waiting.items,
        next_page=next_link(f"/authorities/{code}", waiting.next),
        confirmed=confirmed,
        refused=refused,
        newsroom_channels=services.channels_by(Reach.NEWSROOM),
        ends=lists.ListEntryChange.END,
        on_call=await on_call.list_on_call(services, code, by=officer),
        candidates=await on_call.list_candidates(services, code, by=officer),
        translators=await translators.list_translators(services, code, by=officer),
        may_call=officer.may(Permission.MANAGE_ACCESS),
        most_places=on_call.LARGEST_PLACE,
        may_request=officer.may(Permission.MANAGE_AUTHORITIES),
        names=labels,
    )
