"""Sign in by password or one-time link, sign out, choose a language."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from alerting.actions.accounts import magic_links, sessions
from alerting.actions.accounts import sign_in as sign_in_actions
from alerting.domain.errors import NotSignedIn
from alerting.domain.language import Language
from alerting.domain.officer import Officer
from alerting.web.auth import (
    A_YEAR,
    LANGUAGE_COOKIE,
    WordsOf,
    client_context,
    same_site,
    session_cookie,
    set_session,
)
from alerting.web.console.accounts.session import onward, own_path, sign_in_page
from alerting.web.state import state_of

Secret = Annotated[str, Form(max_length=200)]
Next = Annotated[str, Form(max_length=500)]

router = APIRouter(tags=["console"])


@router.get("/sign-in")
async def show_sign_in(
    request: Request,
    translate: WordsOf,
    next: Annotated[str, Query(max_length=500)] = "/",
    once: Annotated[str, Query(max_length=200)] = "",
    ended: Annotated[bool, Query()] = False,
) -> Response:
    """The form; for a one-time link a single button, since mail scanners open links too."""
    officer = await _holder(request, once)
    problem = NotSignedIn() if once and not officer else None
    return sign_in_page(
        request,
        translate,
        next,
        problem=problem,
        once=once,
        holder=officer,
        ended=ended,
        status=200,
    )


@router.post("/sign-in")
async def sign_in(
    request: Request,
    translate: WordsOf,
    secret: Secret = "",
    name: Annotated[str, Form(max_length=254)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    next: Next = "/",
) -> Response:
    """A password leads to the second factor; a link's secret to a session; a token to neither."""
    same_site(request)
    state = state_of(request)
    try:
        if not secret:
            got = await sign_in_actions.sign_in_by_password(
                state.services, name=name, password=password, where=client_context(request)
            )
            return onward(request, got, next)
        session = await magic_links.sign_in(state.services, secret.strip(), client_context(request))
    except NotSignedIn as refusal:
        return sign_in_page(request, translate, next, problem=refusal, name=name)
    answer = RedirectResponse(own_path(next), status_code=303)
    set_session(answer, session, secure=state.secure)
    return answer


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session here and in the database."""
    same_site(request)
    state = state_of(request)
    name = session_cookie(secure=state.secure)
    await sessions.sign_out(state.services, request.cookies.get(name, ""))
    answer = RedirectResponse("/sign-in", status_code=303)
    answer.delete_cookie(name, secure=state.secure, httponly=True, samesite="lax")
    return answer


@router.post("/language")
async def choose_language(
    request: Request, language: Annotated[Language, Form()], next: Next = "/"
) -> Response:
    """Keep the language in a cookie, and go back to where one was."""
    same_site(request)
    answer = RedirectResponse(own_path(next), status_code=303)
    answer.set_cookie(
        LANGUAGE_COOKIE,
        language,
        max_age=A_YEAR,
        secure=state_of(request).secure,
        httponly=True,
        samesite="lax",
    )
    return answer


async def _holder(request: Request, once: str) -> Officer | None:
    if not once:
        return None
    try:
        return await magic_links.officer_by_link(state_of(request).services, once)
    except NotSignedIn:
        return None
