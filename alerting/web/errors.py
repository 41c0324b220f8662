"""Domain errors become answers: a page for people, `application/problem+json` for programs."""

from collections.abc import Mapping

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from alerting.domain.errors import (
    AlertingError,
    Invalid,
    NobodyToReach,
    NotAllowed,
    NotFound,
    NotPossible,
    NotSignedIn,
    OnlyDrafts,
    OthersSpeak,
    OutsideTerritory,
    Refusal,
    SpeaksHigher,
)
from alerting.web.pages import render
from alerting.web.security import CrossSite, words_of

STATUS: Mapping[type[AlertingError], int] = {
    NotSignedIn: 401,
    NotAllowed: 403,
    OutsideTerritory: 403,
    SpeaksHigher: 403,
    OthersSpeak: 403,
    OnlyDrafts: 403,
    CrossSite: 403,
    NotFound: 404,
    Refusal: 409,
    NobodyToReach: 409,
    Invalid: 422,
    NotPossible: 503,
    AlertingError: 500,
}


def status_of(error: AlertingError) -> int:
    """The status of the nearest kind of error in the table."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def install(app: FastAPI) -> None:
    """Teach an app to answer our errors."""
    app.add_exception_handler(AlertingError, _answer)


async def _answer(request: Request, error: Exception) -> Response:
    assert isinstance(error, AlertingError)  # noqa: S101  Starlette's type is wider than its use
    words = words_of(request)
    status = status_of(error)
    for_people = "text/html" in request.headers.get("accept", "")
    if "hx-request" in request.headers and isinstance(error, NotSignedIn):
        # A page already shown, whose live part may no longer be read: it has to begin anew.
        return Response(status_code=status, headers={"HX-Redirect": "/sign-in"})
    if for_people and isinstance(error, NotSignedIn):
        return RedirectResponse(f"/sign-in?next={request.url.path}", status_code=303)
    if for_people:
        return render(request, "error.html", status=status, words=words, message=words.error(error))
    return JSONResponse(
        {"type": f"urn:alerting:{error.code}", "status": status, "detail": words.error(error)},
        status_code=status,
        media_type="application/problem+json",
        headers={"WWW-Authenticate": "Bearer"} if status == STATUS[NotSignedIn] else None,
    )
