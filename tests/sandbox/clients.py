"""The providers' SDKs, led to the sandbox: only the host they name is another."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp
from tweepy.asynchronous.client import AsyncClient
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from yarl import URL

from channels.sandbox.server import Sandbox


class Led(AsyncTwilioHttpClient):
    """Twilio's own client, with another address to go to."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = urlsplit(base)

    async def request(  # type: ignore[override]  # the SDK disagrees with itself about `url`
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the SDK's own parameter
        allow_redirects: bool = False,
    ) -> Response:
        asked = urlsplit(url)
        led = urlunsplit((self._base.scheme, self._base.netloc, asked.path, asked.query, ""))
        # As a header: aiohttp warns of the way the SDK passes it.
        login = {"Authorization": aiohttp.encode_basic_auth(*auth)} if auth else {}
        known = (headers or {}) | login
        return await super().request(method, led, params, data, known, None, timeout or 10)


class LedSession:
    """What tweepy asks of a session, with another address to go to."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self._session = session
        self._base = URL(base)

    def request(self, method: str, url: Any, **more: Any) -> Any:
        led = URL(str(url), encoded=True).with_scheme(self._base.scheme)
        led = led.with_host(str(self._base.host)).with_port(self._base.port)
        return self._session.request(method, led, **more)


@asynccontextmanager
async def twilio(sandbox: Sandbox, *, token: str = "") -> AsyncIterator[Any]:
    """Twilio's SDK; typed as anything, for its own types say little."""
    settings = sandbox.settings
    async with Led(sandbox.twilio_url) as http:
        make: Any = Client
        yield make(settings.twilio_sid, token or settings.twilio_token, http_client=http)


@asynccontextmanager
async def tweepy(sandbox: Sandbox, **other: str) -> AsyncIterator[Any]:
    """tweepy, which has no types."""
    keys = sandbox.settings.x_keys
    known = {
        "consumer_key": keys.consumer_key,
        "consumer_secret": keys.consumer_secret,
        "access_token": keys.access_token,
        "access_token_secret": keys.access_secret,
    }
    make: Any = AsyncClient
    client = make(**{**known, **other})
    async with aiohttp.ClientSession() as session:
        client.session = LedSession(session, sandbox.x_url)
        yield client
