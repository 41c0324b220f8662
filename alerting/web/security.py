"""Who is asking, and what they may: a route names its permission in its signature."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from starlette.requests import HTTPConnection

from alerting.actions import access
from alerting.catalogue import Words, preferred, words_for
from alerting.domain.errors import AlertingError, NotSignedIn
from alerting.domain.language import Language
from alerting.domain.staff import Officer, Permission
from alerting.domain.words import msgid
from alerting.web.state import state_of

LANGUAGE_COOKIE = "language"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
}


class CrossSite(AlertingError):
    """A form that was not ours tried to act in an officer's name."""

    says = msgid("This request did not come from our own pages, so nothing was done.")
    way_out = msgid("Open the page again and repeat the step there.")


def session_cookie(*, secure: bool) -> str:
    """`__Host-` keeps other hosts from setting it, but browsers want https for that."""
    return "__Host-session" if secure else "session"


def set_session(response: Response, secret: str, *, secure: bool) -> None:
    """Hand a session to a browser."""
    response.set_cookie(
        session_cookie(secure=secure), secret, httponly=True, secure=secure, samesite="lax"
    )


class Needs:
    """A dependency: the officer asking, if their role grants the permission."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def __call__(self, request: Request) -> Officer:
        """Find the officer by bearer token or session cookie; refuse anything else."""
        officer = await who(request)
        officer.must(self.permission)
        return officer


async def who(request: Request) -> Officer:
    """The officer asking; NotSignedIn when nobody we know does."""
    state = state_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return await access.officer_by_token(state.services, token)
    secret = request.cookies.get(session_cookie(secure=state.secure))
    if not secret:
        raise NotSignedIn
    if request.method not in SAFE_METHODS:
        same_site(request)
    return await access.officer_by_session(state.services, secret)


def same_site(request: Request) -> None:
    """Refuse a state-changing request that another site's page sent with our cookie.

    Browsers say where a request comes from in Sec-Fetch-Site; old ones at least send Origin.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    own = request.headers.get("host", "")
    trusted = (
        site in {"same-origin", "none"}
        if site is not None
        else origin is not None and urlsplit(origin).netloc == own
    )
    if not trusted:
        raise CrossSite


def words_of(request: HTTPConnection) -> Words:
    """The words in the language this browser or program asks for."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in [one.value for one in Language]:
        return words_for(chosen)
    state = state_of(request)
    return words_for(preferred(request.headers.get("accept-language", ""), state.language))


MayRead = Annotated[Officer, Depends(Needs(Permission.READ))]
MayDraft = Annotated[Officer, Depends(Needs(Permission.DRAFT))]
MayApprove = Annotated[Officer, Depends(Needs(Permission.APPROVE))]
MaySend = Annotated[Officer, Depends(Needs(Permission.SEND))]
MayBreakGlass = Annotated[Officer, Depends(Needs(Permission.BREAK_GLASS))]
MaySendNow = MaySend
"""For every door through which an alert leaves: the place to ask for more than a session."""
MaySeeAddresses = Annotated[Officer, Depends(Needs(Permission.SEE_ADDRESSES))]
MayManageRoutes = Annotated[Officer, Depends(Needs(Permission.MANAGE_ROUTES))]
MayReadLedger = Annotated[Officer, Depends(Needs(Permission.READ_LEDGER))]
WordsOf = Annotated[Words, Depends(words_of)]
