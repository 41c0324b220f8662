"""Groups of a list: make one, rename one, take one away."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from alerting.actions.recipients import lists as recipient_lists
from alerting.domain.errors import BadRequest
from alerting.domain.recipient import GROUP_COUNTED_TO
from alerting.web.auth import MayRead, WordsOf
from alerting.web.console.recipients.lists import Entry, OneList, about_list
from alerting.web.pages import render_page
from alerting.web.paging import next_link
from alerting.web.state import state_of

Name = Annotated[str, Form(max_length=200)]

router = APIRouter(tags=["console"])


@router.get("/{which:list}/groups")
async def groups_page(
    request: Request,
    one: OneList,
    officer: MayRead,
    translate: WordsOf,
    after: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """A page of groups with how many are in each."""
    return await _page(request, one, officer, translate, after=after)


@router.post("/{which:list}/groups")
async def create_group(
    request: Request, one: OneList, officer: MayRead, translate: WordsOf, name: Name = ""
) -> Response:
    """A new one."""
    try:
        await recipient_lists.create_group(state_of(request).services, one.kind, name, by=officer)
    except BadRequest as refusal:
        problem = translate.error(refusal)
        return await _page(request, one, officer, translate, problem=problem, typed=name)
    return RedirectResponse(f"{one.path}/groups", status_code=303)


@router.post("/{which:list}/groups/{number:int}")
async def change_group(
    request: Request,
    one: OneList,
    number: Entry,
    officer: MayRead,
    translate: WordsOf,
    name: Name = "",
    act: Annotated[str, Form(max_length=8)] = "rename",
) -> Response:
    """Another name for it; or take it away, its members staying on the list."""
    services = state_of(request).services
    try:
        if act == "remove":
            await recipient_lists.remove_group(services, one.kind, number, by=officer)
        else:
            await recipient_lists.rename_group(services, one.kind, number, name, by=officer)
    except BadRequest as refusal:
        return await _page(request, one, officer, translate, problem=translate.error(refusal))
    return RedirectResponse(f"{one.path}/groups", status_code=303)


async def _page(
    request: Request,
    recipient_list: OneList,
    officer: MayRead,
    translate: WordsOf,
    *,
    problem: str = "",
    typed: str = "",
    after: str = "",
) -> Response:
    services = state_of(request).services
    found = await recipient_lists.list_groups(
        services, recipient_list.kind, by=officer, counted=True, after=after
    )
    return render_page(
        request,
        "recipients/groups.html",
        words=translate,
        officer=officer,
        status=422 if problem else 200,
        problem=problem,
        typed=typed,
        groups=found.items,
        next_page=next_link(f"{recipient_list.path}/groups", found.next, name="after"),
        counted=GROUP_COUNTED_TO,
        **about_list(services, translate, officer, recipient_list),
    )
