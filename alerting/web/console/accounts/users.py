"""The people who work here, for administrators: invite, confirm, end."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import RedirectResponse

from alerting.actions import change_requests
from alerting.actions.accounts import (
    administration,
    invitations,
    memberships,
    mobile_numbers,
    sessions,
)
from alerting.actions.accounts.invitations import Invitation
from alerting.actions.authorities import manage as authorities
from alerting.actions.change_request_kinds import KINDS
from alerting.actions.recipients.search import mask
from alerting.domain.authority import NATIONAL, manages
from alerting.domain.change_request import Act
from alerting.domain.errors import AlertingError
from alerting.domain.language import OWN_NAMES, Language
from alerting.domain.officer import ROLE_NAMES, Officer, Role
from alerting.domain.text.i18n import msgid
from alerting.domain.text.numbers import MAX_INTEGER
from alerting.i18n import Translator
from alerting.web.auth import MayManage, MayManageFresh, WordsOf
from alerting.web.console.labels import PERMISSION_WORDS
from alerting.web.errors import status_of
from alerting.web.pages import render_page
from alerting.web.paging import Before, next_link
from alerting.web.state import state_of

Name = Annotated[str, Path(max_length=64)]
Number = Annotated[int, Path(ge=1, le=MAX_INTEGER)]

ACT_NAMES = {
    Act.INVITE: msgid("Invite {name}"),
    Act.INVITE_AGAIN: msgid("Send another invitation to {name}"),
    Act.CHANGE_ROLE: msgid("Change the role of {name}"),
    Act.END_MEMBERSHIP: msgid("End the membership of {name}"),
    Act.END_ACCOUNT: msgid("Close the account of {name}"),
    Act.MAKE_TOKEN: msgid("Create an access token for {name}"),
}

router = APIRouter(tags=["console"], prefix="/users")


@router.get("")
async def list_users(
    request: Request,
    officer: MayManage,
    translate: WordsOf,
    before: Before = 0,
) -> Response:
    """Everybody, and what waits for a second administrator."""
    return await _page(request, officer, translate, before=before)


@router.post("/invite")
async def invite(
    request: Request,
    officer: MayManageFresh,
    translate: WordsOf,
    role: Annotated[Role, Form()],
    language: Annotated[Language, Form()],
    name: Annotated[str, Form(max_length=100)] = "",
    email: Annotated[str, Form(max_length=300)] = "",
    full_name: Annotated[str, Form(max_length=200)] = "",
    authority: Annotated[str, Form(max_length=64)] = NATIONAL.code,
    training: Annotated[bool, Form()] = False,
) -> Response:
    """Ask a second administrator to let somebody in."""
    invitation = Invitation(
        name=name,
        email=email,
        full_name=full_name,
        language=language,
        role=role,
        authority=authority,
        training=training,
    )
    try:
        await invitations.request_invitation(state_of(request).services, invitation, by=officer)
    except AlertingError as problem:
        return await _page(request, officer, translate, problem=problem, typed=invitation)
    return _back()


@router.post("/requests/{number}/confirm")
async def confirm(
    request: Request, number: Number, officer: MayManageFresh, translate: WordsOf
) -> Response:
    """Confirm a request, as the second administrator."""
    try:
        done = await change_requests.confirm_change(
            state_of(request).services, KINDS, number, by=officer
        )
    except AlertingError as problem:
        return await _page(request, officer, translate, problem=problem)
    if done.secret:
        whose = str(done.request.details.get("officer", ""))
        return await _page(request, officer, translate, whose=whose, link=done.secret)
    return _back()


@router.post("/requests/{number}/reject")
async def reject(
    request: Request, number: Number, officer: MayManage, translate: WordsOf
) -> Response:
    """Reject a request, or withdraw one's own."""
    try:
        await change_requests.reject_change(state_of(request).services, KINDS, number, by=officer)
    except AlertingError as problem:
        return await _page(request, officer, translate, problem=problem)
    return _back()


@router.post("/{name}/role")
async def ask_for_role(
    request: Request,
    name: Name,
    officer: MayManageFresh,
    translate: WordsOf,
    role: Annotated[Role, Form()],
    membership: Annotated[int | None, Form(ge=1, le=MAX_INTEGER)] = None,
) -> Response:
    """Ask a second administrator for another role, in the place of a membership."""
    try:
        await administration.request_role(
            state_of(request).services, name, role, by=officer, membership=membership
        )
    except AlertingError as problem:
        return await _page(request, officer, translate, problem=problem)
    return _back()


@router.post("/{name}/invite")
async def invite_again(
    request: Request, name: Name, officer: MayManageFresh, translate: WordsOf
) -> Response:
    """Another e-mail, or a request to hand the link over; never the link itself."""
    try:
        await invitations.resend_invitation(state_of(request).services, name, by=officer)
    except AlertingError as problem:
        return await _page(request, officer, translate, problem=problem)
    return _back()


@router.post("/{name}/sessions/end")
async def end_sessions(
    request: Request, name: Name, officer: MayManage, translate: WordsOf
) -> Response:
    """Sign somebody out, wherever they act for an authority that the officer manages."""
    services = state_of(request).services
    places = await administration.require_may_manage_account(
        services, name, by=officer, shared=True
    )
    try:
        await sessions.end_sessions(services, by=officer, holder=name, among=places)
    except AlertingError as problem:
        return await _page(request, officer, translate, problem=problem)
    return _back()


@router.post("/{name}/memberships/{number}/end")
async def end_membership(
    request: Request, name: Name, number: Number, officer: MayManageFresh, translate: WordsOf
) -> Response:
    """End what somebody is at one authority, and what that opened."""
    try:
        await memberships.end_membership(state_of(request).services, number, by=officer)
    except AlertingError as problem:
        return await _page(request, officer, translate, problem=problem)
    return _back()


@router.post("/{name}/mobile/remove")
async def remove_mobile(
    request: Request, name: Name, officer: MayManageFresh, translate: WordsOf
) -> Response:
    """Take away the number by which a user is called; nobody but the user sets one."""
    services = state_of(request).services
    try:
        await mobile_numbers.remove_number_of(services, name, by=officer)
    except AlertingError as problem:
        return await _page(request, officer, translate, problem=problem)
    return _back()


@router.post("/{name}/end")
async def end_account(
    request: Request, name: Name, officer: MayManageFresh, translate: WordsOf
) -> Response:
    """Close an account, at once."""
    try:
        await administration.end_account(state_of(request).services, name, by=officer)
    except AlertingError as problem:
        return await _page(request, officer, translate, problem=problem)
    return _back()


def _back() -> Response:
    return RedirectResponse("/users", status_code=303)


async def _page(
    request: Request,
    officer: Officer,
    translate: Translator,
    *,
    problem: AlertingError | None = None,
    typed: Invitation | None = None,
    link: str = "",
    whose: str = "",
    before: int = 0,
) -> Response:
    services = state_of(request).services
    everyone, waiting = await administration.list_accounts(services, by=officer, before=before)
    places = await authorities.list_authorities(services, by=officer)
    return render_page(
        request,
        "accounts/users.html",
        words=translate,
        status=status_of(problem) if problem else 200,
        officer=officer,
        everyone=everyone,
        waiting=waiting.items[::-1],
        next_page=next_link("/users", waiting.next),
        called={authority.code: authority.called.told(translate.language) for authority in places},
        managed={authority.code for authority in places if manages(officer.authority, authority)},
        acts=ACT_NAMES,
        roles=ROLE_NAMES,
        own_names=OWN_NAMES,
        permission_words=PERMISSION_WORDS,
        mask=mask,
        typed=typed,
        link=link,
        whose=whose,
        problem=translate.error(problem) if problem else "",
    )
