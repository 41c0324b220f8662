"""A small OpenID provider on a real socket: discovery, keys, authorization with PKCE, tokens."""

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey


@dataclass
class OpenIdProvider:
    """Knows one person; `claims` are what it says about them."""

    claims: dict[str, Any]
    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1"}))
    asked: dict[str, dict[str, str]] = field(default_factory=dict)

    def authorizes(self, address: str) -> dict[str, str]:
        """What a browser gets when its owner says yes: the parameters of the way back."""
        wanted = {name: text[0] for name, text in parse_qs(urlsplit(address).query).items()}
        code = f"code-{len(self.asked)}"
        self.asked[code] = wanted
        return {"code": code, "state": wanted["state"]}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        path = scope.get("path", "")
        if path == "/.well-known/openid-configuration":
            answer: dict[str, Any] = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        elif path == "/keys":
            answer = {"keys": [self.key.as_dict(private=False)]}
        else:
            answer = self._token(parse_qs(body.decode()))
        text = json.dumps(answer).encode()
        headers = [(b"content-type", b"application/json")]
        status = 400 if "error" in answer else 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text})

    def _token(self, form: dict[str, list[str]]) -> dict[str, Any]:
        wanted = self.asked.pop(form.get("code", [""])[0], None)
        verifier = form.get("code_verifier", [""])[0]
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if wanted is None or wanted["code_challenge"] != challenge:
            return {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": wanted["client_id"],
            "nonce": wanted["nonce"],
            "iat": now,
            "exp": now + 300,
            **self.claims,
        }
        signed = jwt.encode({"alg": "RS256", "kid": "k1"}, claims, self.key)
        return {"access_token": "a", "token_type": "Bearer", "id_token": signed}


@asynccontextmanager
async def provider(**claims: Any) -> AsyncIterator[OpenIdProvider]:
    """One that runs on a free port of loopback."""
    made = OpenIdProvider(claims)
    config = uvicorn.Config(made, port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    made.issuer = f"http://127.0.0.1:{port}"
    yield made
    server.should_exit = True
    await serving
