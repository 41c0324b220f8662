"""Sign in at the authority's own OpenID provider (authorization code flow with PKCE)."""

import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, cast

import httpx2
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from joserfc.errors import JoseError

from alerting.actions.accounts import oidc_state, sign_in
from alerting.domain.errors import NotPossible, NotSignedIn
from alerting.domain.text.i18n import msgid
from alerting.settings import Settings
from alerting.web.auth import client_context, words_of
from alerting.web.console.accounts.session import onward, own_path, sign_in_page
from alerting.web.state import state_of

PATH = "/sign-in/oidc"
LASTS = 600
KNOWLEDGE = frozenset({"kba", "pin", "pwd"})
POSSESSION = frozenset({"hwk", "otp", "pop", "sc", "sms", "swk", "tel"})
INHERENCE = frozenset({"face", "fpt", "iris", "retina", "vbm"})
"""The methods of RFC 8176, section 2, by what they prove; others prove nothing of a person."""

PROVIDER = msgid("The OpenID provider")
SIGN_IN_HERE = msgid("Sign in with your password instead, and report this to an administrator.")

log = structlog.get_logger()
router = APIRouter(tags=["console"])


class NoAccount(NotSignedIn):
    """The provider knows them, we do not."""

    says = msgid("No account matches this sign-in.")
    remedy = msgid("Ask an administrator to invite you with the same e-mail address.")


class NotCompleted(NotSignedIn):
    """Refused there, begun elsewhere, or too long ago."""

    says = msgid("The sign-in at the provider was not completed.")
    remedy = msgid("Start again from the sign-in page.")


def is_strong(claims: Mapping[str, Any], *, acr_values: Collection[str] = ()) -> bool:
    """Whether the provider asked for two factors.

    It says so by `mfa`, by methods of two kinds (RFC 8176), or by an `acr` that settings name.
    """
    acr, amr = claims.get("acr"), claims.get("amr")
    if isinstance(acr, str) and acr in acr_values:
        return True
    methods = {one for one in amr if isinstance(one, str)} if isinstance(amr, list) else set()
    kinds = sum(bool(methods & kind) for kind in (KNOWLEDGE, POSSESSION, INHERENCE))
    return "mfa" in methods or kinds > 1


def is_for(client_id: str, claims: Mapping[str, Any]) -> bool:
    """Whether an ID token is meant for us (OpenID Connect Core, 3.1.3.7): `azp` is not enough."""
    aud, azp = claims.get("aud"), claims.get("azp")
    meant = [aud] if isinstance(aud, str) else aud if isinstance(aud, list) else []
    return client_id in meant and azp in (None, client_id)


def oidc_cookie(*, secure: bool) -> str:
    """What keeps a sign-in to the browser that began it."""
    return "__Host-oidc" if secure else "oidc"


@dataclass(frozen=True, slots=True)
class Provider:
    """The provider the settings name."""

    name: str
    issuer: str
    client_id: str
    acr_values: frozenset[str]
    """What the provider calls a sign-in with two factors."""
    client: Any

    @classmethod
    def by(cls, settings: Settings) -> "Provider | None":
        """None where the settings name none."""
        if not (settings.oidc_issuer and settings.oidc_client_id):
            return None
        issuer = settings.oidc_issuer.rstrip("/")
        client = OAuth().register(
            "provider",
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret.get_secret_value(),
            server_metadata_url=f"{issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": settings.oidc_scopes,
                "code_challenge_method": "S256",
                "timeout": 10,
            },
        )
        return cls(
            settings.oidc_name,
            issuer,
            settings.oidc_client_id,
            frozenset(settings.oidc_acr_values.split()),
            client,
        )

    async def way_there(self, back: str) -> dict[str, str]:
        """Where to send the browser (`url`), and what to keep meanwhile."""
        nonce = secrets.token_urlsafe(16)
        wanted = {"acr_values": " ".join(sorted(self.acr_values))} if self.acr_values else {}
        made = await self.client.create_authorization_url(back, nonce=nonce, **wanted)
        return {**made, "nonce": nonce}

    async def claims(self, code: str, kept: dict[str, str], back: str) -> dict[str, Any]:
        """What the provider says about whoever came back."""
        token = await self.client.fetch_access_token(
            redirect_uri=back, code=code, code_verifier=kept["code_verifier"]
        )
        found = await self.client.parse_id_token(token, nonce=kept["nonce"])
        if not found or str(found.get("iss", "")).rstrip("/") != self.issuer:
            raise NotCompleted
        if not is_for(self.client_id, found):
            raise NotCompleted
        return dict(found)


def provider_of(request: Request) -> Provider | None:
    """The app's provider, if there is one."""
    return cast("Provider | None", request.app.state.provider)


@router.get(PATH)
async def redirect_to_provider(
    request: Request, next: Annotated[str, Query(max_length=500)] = "/"
) -> Response:
    """Send the browser to the provider; state, nonce and PKCE verifier stay in the database."""
    provider = _wanted(request)
    state = state_of(request)
    try:
        kept = await provider.way_there(_back(request))
    except (httpx2.HTTPError, AuthlibBaseError, ValueError, RuntimeError) as error:
        raise _unreachable(error) from None
    secret = await oidc_state.store_oidc_state(state.services, {**kept, "next": own_path(next)})
    answer = RedirectResponse(kept["url"], status_code=303)
    answer.set_cookie(
        oidc_cookie(secure=state.secure),
        secret,
        max_age=LASTS,
        secure=state.secure,
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get(f"{PATH}/back")
async def return_from_provider(
    request: Request,
    code: Annotated[str, Query(max_length=4000)] = "",
    state: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """From the provider, with a code for us or with a refusal."""
    try:
        return await _returned(request, code, state)
    except NotSignedIn as problem:
        return sign_in_page(request, words_of(request), "/", problem=problem)


async def _returned(request: Request, code: str, state: str) -> Response:
    provider = _wanted(request)
    services = state_of(request).services
    kept = await oidc_state.pop_oidc_state(
        services, request.cookies.get(oidc_cookie(secure=state_of(request).secure), "")
    )
    if kept is None or not code or not same_secret(kept["state"], state):
        raise NotCompleted
    try:
        claims = await provider.claims(code, kept, _back(request))
    except httpx2.HTTPError as error:
        raise _unreachable(error) from None
    except (AuthlibBaseError, JoseError, ValueError, KeyError) as error:
        log.warning("oidc.refused", error=type(error).__name__)
        raise NotCompleted from None
    try:
        got = await sign_in.sign_in_by_provider(
            services,
            subject=str(claims["sub"])[:255],
            email=str(claims.get("email", "")) if claims.get("email_verified") is True else "",
            strong=is_strong(claims, acr_values=provider.acr_values),
            where=client_context(request),
        )
    except NotSignedIn:
        raise NoAccount from None
    return onward(request, got, kept["next"])


def _wanted(request: Request) -> Provider:
    provider = provider_of(request)
    if provider is None:
        raise NotPossible(what=PROVIDER, remedy=SIGN_IN_HERE)
    return provider


def _back(request: Request) -> str:
    return f"{state_of(request).services.rules.public_url}{PATH}/back"


def _unreachable(error: Exception) -> NotPossible:
    if isinstance(error, json.JSONDecodeError):
        error = ValueError("no JSON")
    log.warning("oidc.unreachable", error=type(error).__name__)
    return NotPossible(what=PROVIDER, remedy=SIGN_IN_HERE)


def same_secret(kept: str, given: str) -> bool:
    """Compared in constant time; as bytes, since `compare_digest` takes no other letters."""
    return secrets.compare_digest(kept.encode(), given.encode(errors="replace"))
