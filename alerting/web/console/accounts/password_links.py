"""The pages that links in e-mails lead to: a first password, or a new one."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from starlette.background import BackgroundTask

from alerting.actions.accounts import password_links
from alerting.domain.errors import AlertingError, NotSignedIn, WeakPassword
from alerting.i18n import Translator
from alerting.web.auth import WordsOf, client_context, same_site
from alerting.web.console.accounts.session import onward
from alerting.web.errors import status_of
from alerting.web.pages import render_page
from alerting.web.state import state_of

Key = Annotated[str, Form(max_length=100)]
Password = Annotated[str, Form(max_length=1000)]

router = APIRouter(tags=["console"])


@router.get("/forgotten")
async def ask_for_link(request: Request, translate: WordsOf) -> Response:
    """The form."""
    return render_page(request, "accounts/forgotten_password.html", words=translate, sent=False)


@router.post("/forgotten")
async def send_link(
    request: Request, translate: WordsOf, email: Annotated[str, Form(max_length=254)] = ""
) -> Response:
    """One answer for every address; whatever there is to do is done after it."""
    same_site(request)
    answer = render_page(request, "accounts/forgotten_password.html", words=translate, sent=True)
    answer.background = BackgroundTask(
        password_links.request_password_reset,
        state_of(request).services,
        email,
        network=client_context(request).network,
    )
    return answer


@router.get("/welcome")
async def show_password_form(
    request: Request, translate: WordsOf, key: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """The form; looking does not use the link up, since mail scanners look too."""
    return await _page(request, translate, key)


@router.post("/welcome")
async def choose_password(
    request: Request,
    translate: WordsOf,
    key: Key = "",
    password: Password = "",
) -> Response:
    """Take the password; the second factor comes next."""
    same_site(request)
    try:
        got = await password_links.set_password_by_link(
            state_of(request).services, key, password, where=client_context(request)
        )
    except WeakPassword as problem:
        return await _page(request, translate, key, problem=problem)
    except NotSignedIn:
        return await _page(request, translate, key)
    return onward(request, got, "/")


async def _page(
    request: Request, translate: Translator, key: str, *, problem: AlertingError | None = None
) -> Response:
    try:
        holder = await password_links.account_of_link(state_of(request).services, key)
    except NotSignedIn:
        holder = None
    return render_page(
        request,
        "accounts/choose_password.html",
        words=translate,
        status=status_of(problem) if problem else 200 if holder else 404,
        holder=holder,
        key=key,
        problem=translate.error(problem) if problem else "",
    )
