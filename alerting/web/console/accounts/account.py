"""One's own account: password, second factors, sessions, tokens."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import RedirectResponse

from alerting.actions.accounts import (
    administration,
    enrolment,
    factors,
    mobile_numbers,
    sessions,
    sign_in,
    tokens,
)
from alerting.actions.accounts.enrolment import FactorSetup
from alerting.domain.account import Account, Proof
from alerting.domain.channel_profiles import SMS
from alerting.domain.errors import AlertingError, NotFound, NotSignedIn
from alerting.domain.officer import GRANTS, Officer, Permission
from alerting.domain.text.numbers import MAX_INTEGER
from alerting.i18n import Translator
from alerting.web.auth import MayRead, MayReadFresh, WordsOf, client_context, session_of
from alerting.web.console.accounts.second_factor import Answer, Password, Short, asked
from alerting.web.console.accounts.session import has_passkeys, signed_in_response
from alerting.web.console.labels import PERMISSION_WORDS
from alerting.web.errors import status_of
from alerting.web.pages import render_page
from alerting.web.state import state_of

Number = Annotated[int, Path(ge=1, le=MAX_INTEGER)]

router = APIRouter(tags=["console"], prefix="/account")


@router.get("")
async def show_account(request: Request, officer: MayRead, translate: WordsOf) -> Response:
    """Everything about one's access on one page."""
    return await _page(request, officer, translate)


@router.post("/password")
async def change_password(
    request: Request, officer: MayReadFresh, translate: WordsOf, password: Password = ""
) -> Response:
    """A new password ends every session; this browser gets a new one."""
    services = state_of(request).services
    account = await _own(request)
    try:
        await enrolment.set_password(services, account, password, by=officer)
    except AlertingError as problem:
        return await _page(request, officer, translate, problem=problem)
    before = session_of(request)
    entered = await sign_in.complete_sign_in(
        services,
        account,
        proved_by=(before and before.proved_by) or Proof.PASSWORD,
        where=client_context(request),
    )
    return signed_in_response(request, _back("password"), entered)


@router.post("/mobile/code")
async def send_mobile_code(
    request: Request, officer: MayReadFresh, translate: WordsOf, number: Short = ""
) -> Response:
    """Send a code to the number that is to be set."""
    try:
        await mobile_numbers.send_code(state_of(request).services, number, by=officer)
    except AlertingError as problem:
        return await _page(request, officer, translate, problem=problem, typed_number=number)
    return _back("mobile")


@router.post("/mobile")
async def confirm_mobile(
    request: Request, officer: MayReadFresh, translate: WordsOf, code: Short = ""
) -> Response:
    """Take the number that the code was sent to."""
    try:
        await mobile_numbers.confirm_number(state_of(request).services, code, by=officer)
    except AlertingError as problem:
        return await _page(request, officer, translate, problem=problem)
    return _back("mobile")


@router.post("/mobile/remove")
async def remove_mobile(request: Request, officer: MayReadFresh, translate: WordsOf) -> Response:
    """No text messages any more."""
    try:
        await mobile_numbers.remove_number(state_of(request).services, by=officer)
    except AlertingError as problem:
        return await _page(request, officer, translate, problem=problem)
    return _back("mobile")


@router.post("/app/begin")
async def begin_app(request: Request, officer: MayReadFresh, translate: WordsOf) -> Response:
    """Show what an authenticator app scans."""
    setup = await enrolment.begin_totp(state_of(request).services, await _own(request))
    return await _page(request, officer, translate, setup=setup)


@router.post("/app")
async def finish_app(
    request: Request,
    officer: MayReadFresh,
    translate: WordsOf,
    one_time_token: Short = "",
    code: Short = "",
) -> Response:
    """Its first code makes it count."""
    services = state_of(request).services
    account = await _own(request)
    try:
        made = await enrolment.confirm_totp(services, account, one_time_token, code, by=officer)
    except NotSignedIn as problem:
        setup = await enrolment.pending_totp(services, account, one_time_token)
        return await _page(request, officer, translate, setup=setup, problem=problem)
    return await _page(request, officer, translate, codes=made) if made else _back("app")


@router.post("/app/remove")
async def remove_app(request: Request, officer: MayReadFresh, translate: WordsOf) -> Response:
    """No app any more."""
    try:
        await enrolment.remove_totp(state_of(request).services, await _own(request), by=officer)
    except AlertingError as problem:
        return await _page(request, officer, translate, problem=problem)
    return _back("app")


@router.post("/passkey/ask")
async def ask_for_passkey(request: Request, officer: MayReadFresh) -> Response:
    """What a browser needs for making a passkey."""
    return asked(
        *await enrolment.begin_passkey_registration(state_of(request).services, await _own(request))
    )


@router.post("/passkey")
async def add_passkey(
    request: Request,
    officer: MayReadFresh,
    translate: WordsOf,
    one_time_token: Short = "",
    answer: Answer = "",
    label: Short = "",
) -> Response:
    """Keep the passkey the browser made."""
    try:
        made = await enrolment.save_passkey(
            state_of(request).services,
            await _own(request),
            one_time_token=one_time_token,
            answer=answer,
            label=label or client_context(request).client,
            by=officer,
        )
    except AlertingError as problem:
        return await _page(request, officer, translate, problem=problem)
    return await _page(request, officer, translate, codes=made) if made else _back("passkeys")


@router.post("/passkey/{number}/remove")
async def remove_passkey(
    request: Request, number: Number, officer: MayReadFresh, translate: WordsOf
) -> Response:
    """Forget one."""
    try:
        await enrolment.remove_passkey(
            state_of(request).services, await _own(request), number, by=officer
        )
    except AlertingError as problem:
        return await _page(request, officer, translate, problem=problem)
    return _back("passkeys")


@router.post("/recovery-codes")
async def new_codes(request: Request, officer: MayReadFresh, translate: WordsOf) -> Response:
    """Ten new ones, shown this once."""
    made = await enrolment.new_recovery_codes(
        state_of(request).services, await _own(request), by=officer
    )
    return await _page(request, officer, translate, codes=made)


@router.post("/sessions/{number}/end")
async def end_session(
    request: Request, number: Number, officer: MayRead, translate: WordsOf
) -> Response:
    """End one session, wherever it is."""
    services = state_of(request).services
    try:
        await sessions.end_session(services, number, by=officer, holder=officer.name)
    except NotFound as problem:
        return await _page(request, officer, translate, problem=problem)
    return _back("sessions")


@router.post("/sessions/end")
async def end_sessions(request: Request, officer: MayRead) -> Response:
    """End all sessions but this one."""
    session = session_of(request)
    await sessions.end_sessions(
        state_of(request).services,
        by=officer,
        holder=officer.name,
        but=session.id if session else None,
    )
    return _back("sessions")


@router.post("/tokens")
async def ask_for_token(
    request: Request,
    officer: MayReadFresh,
    translate: WordsOf,
    scopes: Annotated[list[Permission] | None, Form()] = None,
) -> Response:
    """A token for one's programs: shown now, and of use once an administrator confirms it."""
    await _own(request)
    try:
        secret = await administration.request_token(
            state_of(request).services, by=officer, scopes=scopes or ()
        )
    except AlertingError as problem:
        return await _page(request, officer, translate, problem=problem)
    return await _page(request, officer, translate, token=secret)


@router.post("/tokens/{number}/end")
async def end_token(
    request: Request, number: Number, officer: MayRead, translate: WordsOf
) -> Response:
    """End one of one's tokens."""
    services = state_of(request).services
    try:
        await tokens.end_token(services, number, by=officer, holder=officer.name)
    except NotFound as problem:
        return await _page(request, officer, translate, problem=problem)
    return _back("tokens")


def _back(section: str) -> Response:
    return RedirectResponse(f"/account#{section}", status_code=303)


async def _own(request: Request) -> Account:
    session = session_of(request)
    if session is None or session.account is None:
        raise NotSignedIn
    return await factors.account_of(state_of(request).services, session.account)


async def _page(
    request: Request,
    officer: Officer,
    translate: Translator,
    *,
    problem: AlertingError | None = None,
    setup: FactorSetup | None = None,
    codes: Sequence[str] = (),
    token: str = "",
    typed_number: str = "",
) -> Response:
    services = state_of(request).services
    session = session_of(request)
    account = await _own(request) if session and session.account is not None else None
    overview = await enrolment.list_factors(services, account) if account else None
    own = account is not None and not account.emergency
    numbers = await mobile_numbers.own_numbers(services, by=officer) if own else None
    return render_page(
        request,
        "accounts/account.html",
        words=translate,
        status=status_of(problem) if problem else 200,
        officer=officer,
        account=account,
        overview=overview,
        required=account is not None and account.needs_second_factor,
        sessions=await sessions.list_sessions(services, officer.name),
        tokens=await tokens.list_tokens_of(services, officer.name),
        this=session.id if session else None,
        passkeys=has_passkeys(request),
        permission_words=PERMISSION_WORDS,
        permissions=sorted(GRANTS[officer.role]),
        setup=setup,
        codes=codes,
        token=token,
        numbers=numbers,
        typed_number=typed_number,
        texts_are_on=SMS.name in services.channels,
        problem=translate.error(problem) if problem else "",
    )
