"""Whether a request was signed with the keys we know (OAuth 1.0a, RFC 5849).

The signature is over the provider's own address: clients that are led here sign for that.
"""

import time
from dataclasses import dataclass
from typing import Any, Final

from oauthlib.common import Request as Signed  # type: ignore[import-untyped]
from oauthlib.oauth1.rfc5849 import signature  # type: ignore[import-untyped]

from channels.sandbox.web import Request

SIGNED_FOR: Final = "https://api.twitter.com"
WINDOW_SECONDS: Final = 300
NONCES_KEPT: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class XKeys:
    """The four keys of one account and one app."""

    consumer_key: str
    consumer_secret: str
    access_token: str
    access_secret: str


class OAuth:
    """Checks signatures, and that none is used twice (RFC 5849 3.3)."""

    def __init__(self, keys: XKeys) -> None:
        self._keys = keys
        self._nonces: dict[str, None] = {}

    def signed(self, request: Request) -> bool:
        """Whether this request comes from the holder of the keys."""
        given = self._given(request)
        if (
            given.get("oauth_consumer_key") != self._keys.consumer_key
            or given.get("oauth_token") != self._keys.access_token
            or given.get("oauth_signature_method") != "HMAC-SHA1"
            or not self._fresh(given)
        ):
            return False
        known = Signed(SIGNED_FOR + request.target, http_method=request.method)
        known.params = signature.collect_parameters(
            uri_query=request.target.partition("?")[2],
            headers={"Authorization": request.headers["authorization"]},
            exclude_oauth_signature=True,
            with_realm=False,
        )
        known.signature = given.get("oauth_signature", "")
        return bool(
            signature.verify_hmac_sha1(known, self._keys.consumer_secret, self._keys.access_secret)
        )

    @staticmethod
    def _given(request: Request) -> dict[str, Any]:
        header = request.headers.get("authorization", "")
        if not header.lower().startswith("oauth "):
            return {}
        try:
            return dict(
                signature.collect_parameters(
                    headers={"Authorization": header}, exclude_oauth_signature=False
                )
            )
        except ValueError:
            return {}

    def _fresh(self, given: dict[str, Any]) -> bool:
        stamp, nonce = str(given.get("oauth_timestamp", "")), str(given.get("oauth_nonce", ""))
        if not stamp.isdigit() or abs(time.time() - int(stamp)) > WINDOW_SECONDS:
            return False
        used = f"{stamp} {nonce}"
        if not nonce or used in self._nonces:
            return False
        self._nonces[used] = None
        if len(self._nonces) > NONCES_KEPT:
            del self._nonces[next(iter(self._nonces))]
        return True
