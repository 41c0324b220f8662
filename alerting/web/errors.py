"""Domain errors become answers: a page for people, `application/problem+json` for programs."""

import secrets
from collections.abc import Mapping
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException

from alerting.actions.accounts import sessions, sign_in
from alerting.actions.operations.database import DatabaseError, outage
from alerting.domain.errors import (
    AlertingError,
    AmbiguousPlace,
    BadRequest,
    ConfirmedFromAbove,
    Invalid,
    LedByOther,
    NeedsSecondFactor,
    NobodyToReach,
    NoChannelAccount,
    NoPersonToReach,
    NotAllowed,
    NotFound,
    NotPossible,
    NotSignedIn,
    OnlyDrafts,
    OthersSpeak,
    OutsideTerritory,
    Refusal,
    SessionNotFresh,
    SpeaksHigher,
    TooManyAttempts,
    TooManyChecks,
    TooManyCodes,
    TooManyCopies,
    TooManyKeys,
    TooManyRequests,
    WorksElsewhere,
)
from alerting.domain.field_problems import field_problems
from alerting.domain.language import Language
from alerting.domain.text.i18n import msgid
from alerting.i18n import Translator, translator_for
from alerting.web.auth import (
    FRAMED,
    HEADERS,
    SAFE_METHODS,
    SIGN_IN,
    CrossSite,
    client_context,
    same_site,
    saved_form,
    session_cookie,
    session_of,
    set_pending,
    way_back,
    words_of,
)
from alerting.web.pages import render_page
from alerting.web.state import state_of


class NoSuchPage(NotFound):
    """An address nothing is served at."""

    says = msgid("There is no page at this address.")
    remedy = msgid("Check the address, or go to the home page.")


class WrongMethod(AlertingError):
    """The address is used in another way than by `method`."""

    says = msgid("This address does not accept {method}.")
    remedy = msgid("It accepts: {accepted}.")


class Unreadable(AlertingError):
    """A request that breaks off, or is no HTTP."""

    says = msgid("The request cannot be read.")
    remedy = msgid("Check its headers and the form of its body.")


class TooLarge(AlertingError):
    """A body above what its address takes."""

    says = msgid("The request is larger than this address accepts.")


class Crashed(AlertingError):
    """A fault of the service itself, which is in its log."""

    says = msgid("The service failed while it worked on this request.")
    remedy = msgid(
        "See what was done before you repeat it, and give your administrator this number: "
        "{reference}."
    )


STATUS: Mapping[type[AlertingError], int] = {
    NotSignedIn: 401,
    SessionNotFresh: 401,
    NeedsSecondFactor: 403,
    TooManyAttempts: 429,
    TooManyChecks: 429,
    TooManyRequests: 429,
    TooManyKeys: 429,
    TooManyCodes: 429,
    TooManyCopies: 429,
    NotAllowed: 403,
    OutsideTerritory: 403,
    SpeaksHigher: 403,
    ConfirmedFromAbove: 403,
    WorksElsewhere: 403,
    LedByOther: 403,
    NoChannelAccount: 403,
    OthersSpeak: 403,
    OnlyDrafts: 403,
    CrossSite: 403,
    NotFound: 404,
    Refusal: 409,
    NobodyToReach: 409,
    NoPersonToReach: 409,
    Invalid: 422,
    NotPossible: 503,
    WrongMethod: 405,
    Unreadable: 400,
    TooLarge: 413,
    AlertingError: 500,
}
OF_HTTP: Mapping[int, type[AlertingError]] = {404: NoSuchPage, 405: WrongMethod, 413: TooLarge}


NOT_AS_DESCRIBED = msgid("The request has missing or invalid fields: {fields}")
FIELDS_SHOWN = 10
WAY_BACK = msgid("Back to the alerts")

log = structlog.get_logger()


def status_of(error: AlertingError) -> int:
    """The status of the nearest kind of error in the table."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def install(app: FastAPI) -> None:
    """Teach an app to answer our errors."""
    app.add_exception_handler(AlertingError, _answer)
    app.add_exception_handler(RequestValidationError, _not_as_described)
    app.add_exception_handler(HTTPException, _refused_by_http)
    for kind in (DatabaseError, ConnectionError):
        app.add_exception_handler(kind, _outage)
    app.add_exception_handler(Exception, _crash)


async def answer_to(request: Request, failure: Exception) -> Response:
    """The answer to what a route raised; what nobody foresaw is raised again."""
    match failure:
        case AlertingError():
            return await _answer(request, failure)
        case RequestValidationError():
            return await _not_as_described(request, failure)
        case HTTPException():
            return await _refused_by_http(request, failure)
    raise failure


async def _refused_by_http(request: Request, failure: Exception) -> Response:
    """What Starlette and FastAPI refuse themselves, in our form.

    To people an address that only takes forms, which a reload asks for, is none at all.
    """
    assert isinstance(failure, HTTPException)  # noqa: S101  Starlette's type is wider
    headers = dict(failure.headers or {})
    kind = OF_HTTP.get(failure.status_code, Unreadable)
    if kind is WrongMethod and request.method == "GET" and _is_for_people(request):
        kind, headers = NoSuchPage, {}
    error = kind(method=request.method, accepted=headers.get("Allow", ""))
    answer = await _answer(request, error)
    answer.headers.update(headers)
    return answer


async def _not_as_described(request: Request, failure: Exception) -> Response:
    """Which fields and why, but not what stood in them: that may be personal, or no text at all."""
    assert isinstance(failure, RequestValidationError)  # noqa: S101  Starlette's type is wider
    faults = failure.errors()[:FIELDS_SHOWN]
    if _is_for_people(request) and any(fault["loc"][0] == "path" for fault in faults):
        return await _answer(request, NoSuchPage())
    return await _answer(request, BadRequest(NOT_AS_DESCRIBED, fields=field_problems(faults)))


async def _outage(request: Request, failure: Exception) -> Response:
    wrong = outage(failure)
    if wrong is None:
        raise failure
    log.error("request.no_database", failure_reason=wrong.in_english())
    try:
        return await _answer(request, wrong)
    except (DatabaseError, ConnectionError):  # a page knows who reads it from the database
        return Response(wrong.in_english(), status_of(wrong), media_type="text/plain")


async def _crash(request: Request, failure: Exception) -> Response:
    """Whatever nobody foresaw, with a number by which it is found in the log.

    The page is in every language, reads no database, and is outside the guard that adds headers.
    """
    reference = secrets.token_hex(4).upper()
    log.error("request.crashed", reference=reference, path=request.url.path, exc_info=failure)
    headers = {**HEADERS, "Cache-Control": "no-store"}
    error = Crashed(reference=reference)
    if _is_for_people(request) and "hx-request" not in request.headers:
        translate = words_of(request)
        said = [
            (language, say(Crashed.says), say(Crashed.remedy, reference=reference), say(WAY_BACK))
            for language in Language
            for say in [translator_for(language)]
        ]
        said.sort(key=lambda one: one[0] is not translate.language)
        return render_page(
            request, "crash.html", status=500, words=translate, headers=headers, told=said
        )
    answer = problem(error, words_of(request))
    answer.headers.update(headers)
    return answer


def _is_for_people(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


async def _answer(request: Request, error: Exception) -> Response:
    assert isinstance(error, AlertingError)  # noqa: S101  Starlette's type is wider than its use
    translate = words_of(request)
    status = status_of(error)
    if request.headers.get("sec-fetch-dest") == "iframe":
        # An HTML e-mail in a frame: its text may have changed since the page around it was made.
        return Response(translate.error(error), status, media_type="text/plain", headers=FRAMED)
    if "hx-request" in request.headers and isinstance(error, NotSignedIn):
        # A page already shown, whose live part may no longer be read: it has to begin anew.
        there = f"{SIGN_IN}?ended=1&next={await _back(request)}"
        return Response(status_code=status, headers={"HX-Redirect": there})
    # What a script sends as one types is answered in data: a page would be shown nowhere.
    if _is_for_people(request) and "hx-request" not in request.headers:
        return await _page(request, error)
    return problem(error, translate)


def problem(error: AlertingError, translate: Translator) -> JSONResponse:
    """An error for programs (RFC 9457), in their language."""
    status = status_of(error)
    headers = {"Content-Language": str(translate.language)}
    if status == STATUS[NotSignedIn]:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(
        {
            "type": f"urn:alerting:{error.code}",
            "status": status,
            "detail": translate.error(error),
            **_choices(error, translate),
            **({"reference": error.facts["reference"]} if isinstance(error, Crashed) else {}),
        },
        status_code=status,
        media_type="application/problem+json",
        headers=headers,
    )


def _choices(error: AlertingError, translate: Translator) -> dict[str, object]:
    """The places that an ambiguous name may mean, for a program that asks its user."""
    if not isinstance(error, AmbiguousPlace):
        return {}
    described = [translate(phrase.says, **phrase.facts) for phrase in error.choices.parts]
    pairs = zip(error.codes, described, strict=True)
    return {"choices": [{"code": code, "description": text} for code, text in pairs]}


async def _page(request: Request, error: AlertingError) -> Response:
    """What people are shown: what went wrong, or where they prove who they are."""
    if isinstance(error, NeedsSecondFactor):
        return await _to_second_factor(request)
    if isinstance(error, NotSignedIn):
        return RedirectResponse(f"{SIGN_IN}?next={await _back(request)}", status_code=303)
    if isinstance(error, SessionNotFresh):
        return RedirectResponse(f"{SIGN_IN}/again?next={await _back(request)}", status_code=303)
    translate = words_of(request)
    said = translate.error(error)
    return render_page(
        request, "error.html", status=status_of(error), words=translate, message=said
    )


async def _to_second_factor(request: Request) -> Response:
    """To the page that asks for the second factor, or has one set up; else to the sign-in page."""
    state = state_of(request)
    secret = request.cookies.get(session_cookie(secure=state.secure), "")
    back = await _back(request)
    try:
        pending = await sign_in.pending_of_session(state.services, secret, client_context(request))
    except NotSignedIn:
        return RedirectResponse(f"{SIGN_IN}?next={back}", status_code=303)
    answer = RedirectResponse(f"{SIGN_IN}/second?next={back}", status_code=303)
    set_pending(answer, pending.secret, secure=state.secure)
    return answer


async def _back(request: Request) -> str:
    """Where to return to once one has proved who one is, with the key to what was typed."""
    back = way_back(request)
    key = ""
    if request.method not in SAFE_METHODS:
        session = session_of(request)
        if session is None:
            same_site(request)
            secret = request.cookies.get(session_cookie(secure=state_of(request).secure), "")
            session = await sessions.expired_session(state_of(request).services, secret)
        key = await saved_form(request, session.officer.name) if session else ""
    if key:
        back += f"{'&' if '?' in back else '?'}kept={key}"
    return quote(back, safe="/")
