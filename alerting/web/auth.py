"""Who is asking, and what they may: a route names its permission in its signature."""

from contextlib import suppress
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from fastapi import Depends, Request, Response, Security
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection

from alerting.actions.accounts import saved_forms, sessions, tokens
from alerting.actions.accounts.credentials import ClientContext
from alerting.domain.credential import Credential
from alerting.domain.errors import AlertingError, NotSignedIn, SessionNotFresh
from alerting.domain.language import Language
from alerting.domain.officer import FRESH, Officer, Permission
from alerting.domain.text.i18n import msgid
from alerting.i18n import Translator, preferred, translator_for
from alerting.web.client_address import client_address
from alerting.web.state import state_of

LANGUAGE_COOKIE = "language"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

A_YEAR = 365 * 24 * 3600
PENDING_LASTS = 600
SIGN_IN = "/sign-in"
STRICT_TRANSPORT = {"Strict-Transport-Security": f"max-age={A_YEAR}; includeSubDomains"}
"""Only where officers reach us by https (RFC 6797, 7.2)."""

POLICY = "Content-Security-Policy"
HEADERS = {
    POLICY: (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
}
FRAMING = {POLICY: f"{HEADERS[POLICY]}; frame-src 'self'"}
"""Pages that show HTML e-mails in frames, and no others; the frames come from us."""
FRAMED = {
    POLICY: (
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "Cache-Control": "no-store",
}
"""An HTML e-mail brings its own styles, as mail must, but can run, load and submit nothing."""


class CrossSite(AlertingError):
    """A form that was not ours tried to act in an officer's name."""

    says = msgid("This request did not come from a page of this console, so nothing was done.")
    remedy = msgid("Open the page again and repeat the step there.")


def session_cookie(*, secure: bool) -> str:
    """`__Host-` keeps other hosts from setting it, but browsers want https for that."""
    return "__Host-session" if secure else "session"


def set_session(response: Response, secret: str, *, secure: bool) -> None:
    """Hand a session to a browser."""
    response.set_cookie(
        session_cookie(secure=secure), secret, httponly=True, secure=secure, samesite="lax"
    )


def device_cookie(*, secure: bool) -> str:
    """The browser's own cookie: it opens nothing, it only keeps others' tries from counting."""
    return "__Host-device" if secure else "device"


def set_device(response: Response, secret: str, *, secure: bool) -> None:
    """Let a browser be known again."""
    response.set_cookie(
        device_cookie(secure=secure),
        secret,
        max_age=A_YEAR,
        httponly=True,
        secure=secure,
        samesite="lax",
    )


def pending_cookie(*, secure: bool) -> str:
    """`__Host-` as for the session: no other host of the domain sets it."""
    return "__Host-pending" if secure else "pending"


def set_pending(response: Response, secret: str, *, secure: bool) -> None:
    """Hand over a sign-in under way: it opens the next page of signing in, and nothing else."""
    response.set_cookie(
        pending_cookie(secure=secure),
        secret,
        max_age=PENDING_LASTS,
        httponly=True,
        secure=secure,
        samesite="lax",
    )


def client_context(request: Request) -> ClientContext:
    """Where a request comes from, for counting tries and for the list of sessions."""
    secure = state_of(request).secure
    return ClientContext(
        network=client_address(
            request.client.host if request.client else "",
            request.headers.getlist("x-forwarded-for"),
            state_of(request).trusted_proxies,
        ),
        device=request.cookies.get(device_cookie(secure=secure), ""),
        client=client_name(request.headers.get("user-agent", "")),
    )


BROWSERS = {"Edg/": "Edge", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
SYSTEMS = ("Windows", "Android", "iPhone", "iPad", "Macintosh", "Linux")


def client_name(agent: str) -> str:
    """A browser and its system in two words; never the whole line, which marks a person."""
    browser = next((name for mark, name in BROWSERS.items() if mark in agent), "")
    system = next((name for name in SYSTEMS if name in agent), "")
    return " · ".join(part for part in (browser, system) if part)


TOKEN = HTTPBearer(
    bearerFormat="alt_<number>_<secret>",
    description="`Authorization: Bearer alt_…`. An administrator of the service creates a token "
    "with `alerting token create --officer NAME --role ROLE`, or with `--membership N` where users "
    "have accounts; a second administrator then confirms it. It is shown once and valid for 90 "
    "days at most unless asked otherwise. It may do what its role may, or less where it was "
    "limited to some scopes; each operation names the scope it needs.",
)


class Needs(SecurityBase):
    """A dependency: the officer asking, if their role grants the permission.

    What is in FRESH, and changes something, takes a proof of who is asking that is not older than
    some minutes. With `fresh`, so does any permission, and a page that only asks for the act.
    Programs with a token are not asked: their scopes bound them.
    """

    def __init__(self, permission: Permission, *, fresh: bool = False) -> None:
        self.permission = permission
        self.fresh = fresh
        self.model = TOKEN
        self.scheme_name = "token"

    async def __call__(self, request: Request) -> Officer:
        """Find the officer by bearer token or session cookie; refuse anything else."""
        officer = await officer_of_request(request)
        officer.must(self.permission)
        if self.fresh or (self.permission in FRESH and request.method not in SAFE_METHODS):
            require_fresh(request)
        return officer


async def officer_of_request(request: Request) -> Officer:
    """The officer asking, when their turn has come; NotSignedIn when nobody we know does."""
    officer = await identify(request)
    if request.method not in SAFE_METHODS and not _is_upload(request):
        with suppress(RuntimeError):  # the framework has read it, as a form
            await request.body()  # one that comes slowly takes nobody's turn
    if await state_of(request).turns.take(request, _line_of(request, officer)):
        officer = await identify(request)  # the credential may have ended meanwhile
    return officer


def _line_of(request: Request, officer: Officer) -> str:
    """In which line this request waits: what programs ask stands before no browser's."""
    return f"{officer.name} {'browser' if session_of(request) else 'program'}"


def _is_upload(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("multipart/")


async def identify(request: Request) -> Officer:
    """The officer asking, whose turn need not have come; NotSignedIn when nobody we know does."""
    state = state_of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        opened = await tokens.get_token(
            state.services, token, network=client_context(request).network
        )
        request.state.credential = opened
        return opened.officer
    secret = request.cookies.get(session_cookie(secure=state.secure))
    if not secret:
        raise NotSignedIn
    if request.method not in SAFE_METHODS:
        same_site(request)
    credential = await sessions.get_session(
        state.services, secret, network=client_context(request).network
    )
    request.state.session = request.state.credential = credential
    key = request.query_params.get("kept", "")
    if key:
        request.state.kept = await saved_forms.load_form(
            state.services, key, officer=credential.officer.name
        )
    return credential.officer


def session_of(request: Request) -> Credential | None:
    """The browser session that `officer_of_request` found; None for a program with a token."""
    credential: Credential | None = getattr(request.state, "session", None)
    return credential


def credential_of(request: Request) -> Credential | None:
    """What `officer_of_request` let in by: a session or a token."""
    credential: Credential | None = getattr(request.state, "credential", None)
    return credential


def require_fresh(request: Request) -> None:
    """Raise SessionNotFresh unless this session's holder proved who they are a moment ago.

    `Needs` calls it. The answer asks for a proof, and comes back with what was typed.
    """
    session = session_of(request)
    if session is None:
        return
    services = state_of(request).services
    if session.account is None and not services.rules.fresh_required:
        return
    proved = session.confirmed_at or session.created_at
    if services.now() - proved > services.rules.fresh:
        raise SessionNotFresh


async def saved_form(request: Request, officer: str) -> str:
    """Keep what was just typed; the key to have it back, empty when nothing was."""
    if request.method in SAFE_METHODS:
        return ""
    typed = await request.form()
    fields = {name: text for name, text in typed.items() if isinstance(text, str)}
    return await saved_forms.save_form(state_of(request).services, officer, fields)


def way_back(request: Request) -> str:
    """The page to return to: this one, or the one whose form or live part this was."""
    here = request.url
    if here.path.startswith(SIGN_IN):
        return "/"  # a step of signing in that came too late begins anew
    if request.method not in SAFE_METHODS or "hx-request" in request.headers:
        came = _address(request.headers.get("referer", ""))
        if came and came.netloc == request.headers.get("host", "") and came.path.startswith("/"):
            return came.path
    return f"{here.path}?{here.query}" if here.query else here.path


def _address(text: str) -> SplitResult | None:
    """An address a browser names; None where it cannot be one, as `http://[`, or is not given."""
    try:
        return urlsplit(text) if text else None
    except ValueError:
        return None


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
        else (came := _address(origin or "")) is not None and came.netloc == own
    )
    if not trusted:
        raise CrossSite


def words_of(request: HTTPConnection) -> Translator:
    """The words in the language this browser or program asks for."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in [language.value for language in Language]:
        return translator_for(chosen)
    state = state_of(request)
    return translator_for(preferred(request.headers.get("accept-language", ""), state.language))


def _needs(permission: Permission, *, fresh: bool = False) -> Any:
    """As a dependency that OpenAPI tells of, with the scope a token needs for it."""
    return Security(Needs(permission, fresh=fresh), scopes=[permission.value])


MayRead = Annotated[Officer, _needs(Permission.READ)]
MayDraft = Annotated[Officer, _needs(Permission.DRAFT)]
MaySubmit = Annotated[Officer, _needs(Permission.SUBMIT)]
MayReturn = Annotated[Officer, _needs(Permission.RETURN)]
MayFollowUp = Annotated[Officer, _needs(Permission.FOLLOW_UP)]
MayStop = Annotated[Officer, _needs(Permission.STOP)]
MayReview = Annotated[Officer, _needs(Permission.REVIEW_BREAK_GLASS)]
MayApprove = Annotated[Officer, _needs(Permission.APPROVE)]
MayResumeFresh = Annotated[Officer, _needs(Permission.RESUME, fresh=True)]
MayRetryFresh = Annotated[Officer, _needs(Permission.RETRY, fresh=True)]
MayScheduleFresh = Annotated[Officer, _needs(Permission.SCHEDULE, fresh=True)]
MayBreakGlass = Annotated[Officer, _needs(Permission.BREAK_GLASS, fresh=True)]
MaySendFresh = Annotated[Officer, _needs(Permission.SEND, fresh=True)]
"""For every route by which an alert leaves: with a fresh proof of who is asking."""
MayManage = Annotated[Officer, _needs(Permission.MANAGE_ACCESS)]
MayApproveFresh = Annotated[Officer, _needs(Permission.APPROVE, fresh=True)]
MayManageFresh = Annotated[Officer, _needs(Permission.MANAGE_ACCESS, fresh=True)]
MayConfirmRequests = Annotated[Officer, _needs(Permission.READ, fresh=True)]
"""For asking for, confirming and refusing what takes two people: the act names its permission."""
MayReadFresh = Annotated[Officer, _needs(Permission.READ, fresh=True)]
"""For one's own account: everybody may, and proves first who they are."""
MaySeeAddresses = Annotated[Officer, _needs(Permission.SEE_ADDRESSES)]
MayLeadIncidents = Annotated[Officer, _needs(Permission.LEAD_INCIDENTS)]
MayLeadIncidentsFresh = Annotated[Officer, _needs(Permission.LEAD_INCIDENTS, fresh=True)]
"""For what takes the right to decide from authorities of lower levels."""
MayManagePeople = Annotated[Officer, _needs(Permission.MANAGE_PEOPLE)]
MayManageRoutes = Annotated[Officer, _needs(Permission.MANAGE_ROUTES)]
MayManagePages = Annotated[Officer, _needs(Permission.MANAGE_PAGES)]
MayWriteReleases = Annotated[Officer, _needs(Permission.WRITE_RELEASES)]
MayReviewReleases = Annotated[Officer, _needs(Permission.REVIEW_RELEASES)]
MayReviewReleasesFresh = Annotated[Officer, _needs(Permission.REVIEW_RELEASES, fresh=True)]
MayPublishReleasesFresh = Annotated[Officer, _needs(Permission.PUBLISH_RELEASES, fresh=True)]
MayStopReleases = Annotated[Officer, _needs(Permission.PUBLISH_RELEASES)]
"""Not to publish one needs no fresh proof: stopping never waits for one."""
MayWithdrawReleasesFresh = Annotated[Officer, _needs(Permission.WITHDRAW_RELEASES, fresh=True)]
MayReadLedger = Annotated[Officer, _needs(Permission.READ_LEDGER)]
WordsOf = Annotated[Translator, Depends(words_of)]
