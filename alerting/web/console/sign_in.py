"""Sign in by token or by a one-time link, sign out, choose a language."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from alerting.actions import access
from alerting.domain.errors import NotSignedIn
from alerting.domain.language import Language
from alerting.domain.staff import Officer
from alerting.web.pages import render
from alerting.web.security import (
    LANGUAGE_COOKIE,
    WordsOf,
    same_site,
    session_cookie,
    set_session,
)
from alerting.web.state import state_of

PUBLIC = frozenset({"/sign-in", "/sign-out", "/language"})
"""The console's only routes without a permission: they are how one gets in and out."""

A_YEAR = 365 * 24 * 3600
Secret = Annotated[str, Form(max_length=200)]
Next = Annotated[str, Form(max_length=500)]

router = APIRouter(tags=["console"])


@router.get("/sign-in")
async def show(
    request: Request,
    words: WordsOf,
    next: Annotated[str, Query(max_length=500)] = "/",
    once: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """The form; for a one-time link a single button, since mail scanners open links too."""
    officer = await _holder(request, once)
    return render(
        request,
        "sign_in.html",
        words=words,
        once=once if officer else "",
        holder=officer,
        problem="" if officer or not once else words.error(NotSignedIn()),
        next=own_path(next),
    )


@router.post("/sign-in")
async def sign_in(
    request: Request, words: WordsOf, secret: Secret = "", next: Next = "/"
) -> Response:
    """Turn a token or a link's secret into a session."""
    same_site(request)
    state = state_of(request)
    try:
        session = await access.sign_in(state.services, secret.strip())
    except NotSignedIn as refusal:
        return render(
            request,
            "sign_in.html",
            words=words,
            status=401,
            once="",
            holder=None,
            problem=words.error(refusal),
            next=own_path(next),
        )
    answer = RedirectResponse(own_path(next), status_code=303)
    set_session(answer, session, secure=state.secure)
    return answer


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session here and in the database."""
    same_site(request)
    state = state_of(request)
    name = session_cookie(secure=state.secure)
    await access.sign_out(state.services, request.cookies.get(name, ""))
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


def own_path(wanted: str) -> str:
    """`wanted` if it stays on this site, else the start: never a way to somebody else's page."""
    safe = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if safe else "/"


async def _holder(request: Request, once: str) -> Officer | None:
    if not once:
        return None
    try:
        return await access.officer_by_link(state_of(request).services, once)
    except NotSignedIn:
        return None
