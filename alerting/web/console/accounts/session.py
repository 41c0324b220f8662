"""What every way of signing in ends with: cookies, and the page one wanted."""

from collections.abc import Sequence
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from starlette.background import BackgroundTask

from alerting.actions.accounts import sign_in
from alerting.actions.accounts.sign_in import PendingSignIn, SignedIn
from alerting.domain.account import Account
from alerting.domain.errors import AlertingError
from alerting.domain.officer import Officer
from alerting.i18n import Translator
from alerting.web.auth import (
    A_YEAR,
    LANGUAGE_COOKIE,
    SIGN_IN,
    pending_cookie,
    set_device,
    set_pending,
    set_session,
)
from alerting.web.errors import status_of
from alerting.web.pages import render_page
from alerting.web.state import state_of


def own_path(wanted: str) -> str:
    """`wanted` if it stays on this site, else the start: never a way to somebody else's page."""
    safe = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if safe else "/"


def onward(request: Request, got: PendingSignIn | SignedIn, next: str) -> Response:
    """To the second factor, or in."""
    secure = state_of(request).secure
    if isinstance(got, PendingSignIn):
        answer = RedirectResponse(
            f"{SIGN_IN}/second?next={quote(own_path(next), safe='/')}", status_code=303
        )
        set_pending(answer, got.secret, secure=secure)
        return answer
    answer = RedirectResponse(own_path(next), status_code=303)
    return signed_in_response(request, answer, got)


def signed_in_response(request: Request, answer: Response, entered: SignedIn) -> Response:
    """Set the cookies of a session and a known browser, and end that of the pending sign-in."""
    secure = state_of(request).secure
    set_session(answer, entered.session, secure=secure)
    set_device(answer, entered.device, secure=secure)
    answer.delete_cookie(
        pending_cookie(secure=secure), secure=secure, httponly=True, samesite="lax"
    )
    if LANGUAGE_COOKIE not in request.cookies:
        answer.set_cookie(
            LANGUAGE_COOKIE,
            entered.account.language,
            max_age=A_YEAR,
            secure=secure,
            httponly=True,
            samesite="lax",
        )
    if entered.account.emergency:
        services = state_of(request).services
        answer.background = BackgroundTask(sign_in.notify_sign_in, services, entered)
    return answer


def show_codes(
    request: Request, translate: Translator, account: Account, codes: Sequence[str], next: str
) -> Response:
    """Recovery codes, this once."""
    return render_page(
        request,
        "accounts/recovery_codes.html",
        words=translate,
        codes=codes,
        holder=account,
        next=own_path(next),
    )


def has_passkeys(request: Request) -> bool:
    """Whether browsers can keep passkeys for this address: not for a bare number of a host."""
    host = state_of(request).services.rules.public_url.partition("//")[2]
    name = host.partition("/")[0].rpartition(":")[0] or host.partition("/")[0]
    return not name.replace(".", "").isdigit() and not name.startswith("[")


def sign_in_page(
    request: Request,
    translate: Translator,
    next: str,
    *,
    problem: AlertingError | None = None,
    once: str = "",
    holder: Officer | None = None,
    name: str = "",
    ended: bool = False,
    status: int | None = None,
) -> Response:
    """The page one signs in on, with what went wrong, or that a session `ended`."""
    return render_page(
        request,
        "accounts/sign_in.html",
        words=translate,
        status=status or (status_of(problem) if problem else 200),
        once=once if holder else "",
        holder=holder,
        name=name,
        ended=ended,
        problem=translate.error(problem) if problem else "",
        provider=request.app.state.provider,
        passkeys=has_passkeys(request),
        next=own_path(next),
    )
