"""The second step of signing in, the passkey that is both at once, and proofs asked for again."""

import json
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from alerting.actions.accounts import enrolment, factors, sign_in
from alerting.domain.account import Account, Proof
from alerting.domain.credential import Credential
from alerting.domain.errors import AlertingError, NotSignedIn
from alerting.i18n import Translator
from alerting.web.auth import (
    WordsOf,
    client_context,
    officer_of_request,
    pending_cookie,
    same_site,
    session_of,
)
from alerting.web.console.accounts.session import (
    has_passkeys,
    onward,
    own_path,
    show_codes,
    sign_in_page,
    signed_in_response,
)
from alerting.web.errors import status_of
from alerting.web.pages import render_page
from alerting.web.state import state_of

Next = Annotated[str, Form(max_length=500)]
NextQuery = Annotated[str, Query(max_length=500)]
Short = Annotated[str, Form(max_length=100)]
Answer = Annotated[str, Form(max_length=20_000)]
Password = Annotated[str, Form(max_length=1000)]

router = APIRouter(tags=["console"], prefix="/sign-in")


def pending_of_request(request: Request) -> str:
    """The pending sign-in this browser holds."""
    return request.cookies.get(pending_cookie(secure=state_of(request).secure), "")


def asked(options: str, one_time_token: str) -> Response:
    """What the page's script hands to the browser."""
    return JSONResponse({"options": json.loads(options), "one_time_token": one_time_token})


@router.get("/second")
async def show_second_factor(
    request: Request, translate: WordsOf, next: NextQuery = "/"
) -> Response:
    """Ask for the second factor; or have one set up, by those who must have one."""
    account = await sign_in.load_pending(state_of(request).services, pending_of_request(request))
    return await _second(request, translate, account, next)


@router.post("/second")
async def by_code(
    request: Request, translate: WordsOf, code: Short = "", next: Next = "/"
) -> Response:
    """A code of the app, or one from the paper."""
    same_site(request)
    services, pending = state_of(request).services, pending_of_request(request)
    account = await sign_in.load_pending(services, pending)
    try:
        entered = await sign_in.sign_in_by_code(
            services, pending, code=code, where=client_context(request)
        )
    except NotSignedIn as problem:
        return await _second(request, translate, account, next, problem=problem)
    return onward(request, entered, next)


@router.post("/app")
async def set_up_app(
    request: Request,
    translate: WordsOf,
    one_time_token: Short = "",
    code: Short = "",
    next: Next = "/",
) -> Response:
    """The first code of a new app completes the sign-in."""
    same_site(request)
    services, pending = state_of(request).services, pending_of_request(request)
    account = await sign_in.load_pending(services, pending)
    if account.has_second_factor:  # a second tab set one up meanwhile: that one is asked for
        return await _second(request, translate, account, next)
    try:
        made = await enrolment.confirm_totp(
            services, account, one_time_token, code, by=client_context(request).actor(account)
        )
    except NotSignedIn as problem:
        return await _second(
            request, translate, account, next, problem=problem, one_time_token=one_time_token
        )
    return await _complete(request, translate, account, made, next, proved_by=Proof.TOTP)


@router.post("/passkey/make/ask")
async def ask_to_make(request: Request) -> Response:
    """What a browser needs for making a passkey, as the second factor that is still missing."""
    same_site(request)
    services = state_of(request).services
    account = await sign_in.load_pending(services, pending_of_request(request))
    return asked(*await enrolment.begin_passkey_registration(services, account))


@router.post("/passkey/make")
async def make_passkey(
    request: Request,
    translate: WordsOf,
    one_time_token: Short = "",
    answer: Answer = "",
    label: Short = "",
    next: Next = "/",
) -> Response:
    """The passkey completes the sign-in."""
    same_site(request)
    services, pending = state_of(request).services, pending_of_request(request)
    account = await sign_in.load_pending(services, pending)
    if account.has_second_factor:
        return await _second(request, translate, account, next)
    try:
        made = await enrolment.save_passkey(
            services,
            account,
            one_time_token=one_time_token,
            answer=answer,
            label=label,
            by=client_context(request).actor(account),
        )
    except AlertingError as problem:
        return await _second(request, translate, account, next, problem=problem)
    return await _complete(request, translate, account, made, next, proved_by=Proof.PASSKEY)


@router.post("/passkey/ask")
async def ask_to_sign(request: Request) -> Response:
    """What a browser needs for signing with any passkey of this site."""
    same_site(request)
    services = state_of(request).services
    return asked(*await sign_in.begin_passkey_sign_in(services, where=client_context(request)))


@router.post("/passkey")
async def by_passkey(
    request: Request,
    translate: WordsOf,
    one_time_token: Short = "",
    answer: Answer = "",
    next: Next = "/",
) -> Response:
    """Signed in, without a name or a password."""
    same_site(request)
    try:
        entered = await sign_in.sign_in_by_passkey(
            state_of(request).services,
            answer=answer,
            challenge=one_time_token,
            where=client_context(request),
        )
    except NotSignedIn as problem:
        return sign_in_page(request, translate, next, problem=problem)
    return onward(request, entered, next)


@router.get("/again")
async def ask_to_reauthenticate(
    request: Request, translate: WordsOf, next: NextQuery = "/"
) -> Response:
    """Before a grave act: prove again who is asking."""
    session, account = await _asking(request)
    return _again(request, translate, session, account, next)


@router.post("/again")
async def reauthenticate_by_code(
    request: Request,
    translate: WordsOf,
    password: Password = "",
    code: Short = "",
    next: Next = "/",
) -> Response:
    """A code or the password, and back to the page one came from."""
    session, account = await _asking(request)
    if account is None:
        return _again(request, translate, session, account, next)
    try:
        await factors.reauthenticate(
            state_of(request).services,
            account,
            session.id,
            password=password,
            code=code,
            where=client_context(request),
        )
    except NotSignedIn as problem:
        return _again(request, translate, session, account, next, problem=problem)
    return RedirectResponse(own_path(next), status_code=303)


@router.post("/again/passkey")
async def reauthenticate_by_passkey(
    request: Request,
    translate: WordsOf,
    one_time_token: Short = "",
    answer: Answer = "",
    next: Next = "/",
) -> Response:
    """One's own passkey, and back."""
    session, account = await _asking(request)
    services = state_of(request).services
    try:
        await factors.reauthenticate_by_passkey(
            services, account, session.id, answer=answer, challenge=one_time_token
        )
    except NotSignedIn as problem:
        return _again(request, translate, session, account, next, problem=problem)
    return RedirectResponse(own_path(next), status_code=303)


async def _asking(request: Request) -> tuple[Credential, Account | None]:
    await officer_of_request(request)
    session = session_of(request)
    if session is None:
        raise NotSignedIn
    if session.account is None:
        return session, None
    return session, await factors.account_of(state_of(request).services, session.account)


def _again(
    request: Request,
    translate: Translator,
    session: Credential,
    account: Account | None,
    next: str,
    *,
    problem: AlertingError | None = None,
) -> Response:
    return render_page(
        request,
        "accounts/reauthentication.html",
        words=translate,
        status=status_of(problem) if problem else 200,
        officer=session.officer,
        account=account,
        passkeys=has_passkeys(request) and bool(account and account.passkeys),
        problem=translate.error(problem) if problem else "",
        next=own_path(next),
    )


async def _second(
    request: Request,
    translate: Translator,
    account: Account,
    next: str,
    *,
    problem: AlertingError | None = None,
    one_time_token: str = "",
) -> Response:
    services = state_of(request).services
    setup = None
    if not account.has_second_factor:
        setup = await enrolment.pending_totp(services, account, one_time_token)
    return render_page(
        request,
        "accounts/second_factor.html",
        words=translate,
        status=status_of(problem) if problem else 200,
        account=account,
        setup=setup,
        passkeys=has_passkeys(request) and (setup is not None or bool(account.passkeys)),
        problem=translate.error(problem) if problem else "",
        next=own_path(next),
    )


async def _complete(
    request: Request,
    translate: Translator,
    account: Account,
    made: list[str],
    next: str,
    *,
    proved_by: Proof,
) -> Response:
    entered = await sign_in.complete_second_factor(
        state_of(request).services,
        pending_of_request(request),
        proved_by=proved_by,
        where=client_context(request),
    )
    if not made:
        return onward(request, entered, next)
    return signed_in_response(request, show_codes(request, translate, account, made, next), entered)
