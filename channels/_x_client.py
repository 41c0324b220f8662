"""X's interface through tweepy; imported only when the channel is switched on."""

import html
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import aiohttp
from tweepy.asynchronous.client import AsyncClient
from tweepy.errors import TweepyException
from yarl import URL

from alerting.domain.channel import LONGEST_REFERENCE, Deferred, FailureReason, Refused

TWEEPYS_OWN: Final = "https://api.twitter.com"
LOOKED_THROUGH: Final = 100
"""Posts of the account that are looked through; the most X gives at once."""

Kind = type[Deferred] | type[Refused]

BY_STATUS: Final[Mapping[int, tuple[Kind, FailureReason]]] = {
    # https://docs.x.com/x-api/fundamentals/response-codes-and-errors. The recipient is the account
    # that posts: each has a token of its own, may be suspended alone, and is granted its own number
    # of posts (https://docs.x.com/x-api/fundamentals/rate-limits).
    400: (Refused, FailureReason.CONTENT),
    401: (Deferred, FailureReason.NOT_PERMITTED),  # the account's token, or the application's
    402: (Refused, FailureReason.CONFIGURATION),  # no credits left, for the application
    403: (Deferred, FailureReason.NOT_PERMITTED),  # the account is suspended, or may not post
    413: (Refused, FailureReason.CONTENT),
    422: (Refused, FailureReason.CONTENT),
    429: (Deferred, FailureReason.RECIPIENT_BUSY),  # the account's posts for the moment are used up
}


class StatusError(Exception):
    """A call was refused; its status says why, whatever stands in the body."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers
        self.body = body


FAILURES: Final = (
    StatusError,
    TweepyException,
    aiohttp.ClientError,
    TimeoutError,
    ValueError,  # JSON that is none
    LookupError,  # JSON of another shape
    ArithmeticError,
    AttributeError,
    TypeError,
    RecursionError,  # JSON of thousands of brackets
)
"""What a call can end in; `outcome_of` says what it means."""


@dataclass(frozen=True, slots=True)
class Post:
    """A post as its author wrote it."""

    id: str
    text: str
    created_at: datetime | None
    """None where X does not say."""


class _Session:
    """A session that goes to another host; tweepy's is fixed and so is what it signs.

    Raises StatusError before tweepy looks for a reason in the body, where anything may stand.
    """

    def __init__(self, session: aiohttp.ClientSession, base: URL | None) -> None:
        self._session = session
        self._base = base

    @asynccontextmanager
    async def request(self, method: str, url: object, **options: Any) -> AsyncIterator[Any]:
        there = URL(str(url), encoded=True)
        if self._base is not None:
            there = there.with_scheme(self._base.scheme).with_host(self._base.host or "")
            there = there.with_port(self._base.port)
        async with self._session.request(method, there, **options) as response:
            if not 200 <= response.status < 300:
                body = await response.read()
                raise StatusError(response.status, response.headers, body)
            yield response


class XAccount:
    """One account of ours."""

    def __init__(
        self,
        *,
        consumer: tuple[str, str],
        access: tuple[str, str],
        api_base: str,
        timeout: float,
    ) -> None:
        # Both log headers and bodies at DEBUG, whatever level the service has chosen.
        for name in ("tweepy", "oauthlib"):
            logging.getLogger(name).setLevel(logging.WARNING)
        self._client: Any = AsyncClient(  # type: ignore[no-untyped-call]
            consumer_key=consumer[0],
            consumer_secret=consumer[1],
            access_token=access[0],
            access_token_secret=access[1],
            return_type=dict,
        )
        self._user = access[0].partition("-")[0]  # an OAuth 1.0a token begins with its user's id
        self._api_base = api_base
        self._timeout = timeout
        self._session: aiohttp.ClientSession | None = None

    async def post(self, text: str) -> str:
        """Publish; answer X's id for it."""
        self._connect()
        return _id((await self._client.create_tweet(text=text))["data"])

    async def posts(self, since: datetime) -> list[Post]:
        """The account's latest posts, with links and signs as they were written."""
        self._connect()
        found = await self._client.get_users_tweets(
            self._user,
            user_auth=True,
            max_results=LOOKED_THROUGH,
            tweet_fields=["created_at", "entities"],
            start_time=since.astimezone(UTC),
        )
        if "data" not in found and "errors" in found:
            raise LookupError("an answer without posts that does not say that there are none")
        return [_post(one) for one in found.get("data", ())]

    async def close(self) -> None:
        """Let go of connections."""
        if self._session is not None:
            await self._session.close()
            self._session = self._client.session = None

    def _connect(self) -> None:
        """Sessions belong to a running loop, so the first call opens it."""
        if self._session is not None:
            return
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self._timeout, connect=self._timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        elsewhere = self._api_base.rstrip("/") != TWEEPYS_OWN
        self._client.session = _Session(self._session, URL(self._api_base) if elsewhere else None)


def outcome_of(failure: Exception) -> Deferred | Refused:
    """What a failed call means for the post."""
    match failure:
        case StatusError():
            return outcome_of_status(failure.status, failure.headers)
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            return Deferred(FailureReason.DOWN, "no connection")
        case _:  # the request left, and nothing we can read came back
            return Deferred(FailureReason.UNCLEAR, "no readable answer")


def status_of(failure: Exception) -> int:
    """The status by which a call was refused; 0 where it failed otherwise."""
    return failure.status if isinstance(failure, StatusError) else 0


def says_duplicate(failure: Exception) -> bool:
    """403 with "You are not allowed to create a Tweet with duplicate content."."""
    return (
        isinstance(failure, StatusError)
        and failure.status == 403
        and b"duplicate content" in failure.body.lower()
    )


def outcome_of_status(status: int, headers: Mapping[str, str]) -> Deferred | Refused:
    """What a status that refuses means for the post."""
    by_rest = (Deferred, FailureReason.DOWN if status >= 500 else FailureReason.UNKNOWN)
    kind, failure_reason = BY_STATUS.get(status, by_rest)
    if kind is Refused:
        return Refused(failure_reason, str(status))
    wait = _until(headers.get("x-rate-limit-reset", "")) if status == 429 else None
    return Deferred(failure_reason, str(status), wait)


def _until(reset: str) -> timedelta | None:
    if not (reset.isascii() and reset.isdigit() and len(reset) < 12):
        return None
    left = int(reset) - datetime.now(UTC).timestamp()
    return timedelta(seconds=max(left, 0))


def _id(resource: Mapping[str, Any]) -> str:
    """The id of a post: a text of digits. TypeError where it is anything else."""
    number = resource["id"]
    if not isinstance(number, str) or not number.isascii() or not number.isdigit():
        raise TypeError("no id of a post")
    if len(number) > LONGEST_REFERENCE:
        raise TypeError("no id of a post: too long")
    return number


def _post(resource: Mapping[str, Any]) -> Post:
    text, created_at = resource["text"], resource.get("created_at")
    if not isinstance(text, str):
        raise TypeError("no text of a post")
    at = None if created_at is None else datetime.fromisoformat(created_at).astimezone(UTC)
    return Post(_id(resource), _as_written(text, resource.get("entities")), at)


def _as_written(text: str, entities: Mapping[str, Any] | None) -> str:
    """X shortens links to t.co and escapes &, < and >."""
    for link in (entities or {}).get("urls", ()):
        text = text.replace(link["url"], link.get("expanded_url") or link["url"])
    return html.unescape(text)
