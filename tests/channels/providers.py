"""Each channel's provider, in one of a few moods, on a real socket."""

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import StrEnum
from itertools import count
from typing import Any

from tests.channels.conftest import MAILBOX, NUMBER, WORDS, SwitchOn
from tests.channels.wire import (
    HANG_UP,
    SILENCE,
    MailServer,
    Request,
    answer,
    http_server,
    mail_server,
)

ACCOUNT_SID = "AC" + "0" * 32
TOKEN = "an-auth-token-nobody-may-see"
PLAN = "plan4711of5"
PLAN_TOKEN = "an-api-token-nobody-may-see"
HMAC_SECRET = "an-hmac-secret-nobody-may-see"
X_KEYS = {
    "consumer_key": "a-consumer-key-nobody-may-see",
    "consumer_secret": "a-consumer-secret-nobody-may-see",
    "access_token": "4711-an-access-token-nobody-may-see",
    "access_secret": "an-access-secret-nobody-may-see",
}
PASSWORD = "a-mail-password-nobody-may-see"


class Mood(StrEnum):
    """How the provider feels today."""

    FINE = "fine"
    BUSY = "busy"
    BROKEN = "broken"
    GARBLED = "garbled"
    HANGING_UP = "hanging up"
    SILENT = "silent"
    CHOOSY = "choosy"
    """It refuses this recipient."""


@dataclass
class Provided:
    """A channel in front of its provider."""

    channel: Any
    to: str
    taken: Callable[[], list[str]]
    """Names of what the provider took: what tells a repeat from a second message."""


def secrets() -> set[str]:
    """What may not be read in any log or outcome."""
    words = {"Sluit ramen", "ramen+%26", NUMBER, NUMBER[1:], MAILBOX, "mila", TOKEN, PASSWORD}
    return words | set(X_KEYS.values()) | {WORDS, "4711-an", PLAN_TOKEN, HMAC_SECRET}


@dataclass
class Twilio:
    """Twilio's wire, as far as the tests need it."""

    mood: Mood = Mood.FINE

    def __post_init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def reply(self, request: Request) -> bytes | str:  # noqa: PLR0911 - one a mood
        match self.mood:
            case Mood.BUSY:
                problem = {"code": 20429, "message": f"Too many to {NUMBER}", "status": 429}
                return answer(429, problem, Retry_After="7")
            case Mood.BROKEN:
                return answer(503, f"<html>{WORDS}")
            case Mood.GARBLED:
                return answer(201, f"<html>{WORDS}")
            case Mood.HANGING_UP:
                return HANG_UP
            case Mood.SILENT:
                return SILENCE
            case Mood.CHOOSY:
                problem = {"code": 21211, "message": f"Invalid 'To' {NUMBER}", "status": 400}
                return answer(400, problem)
        if request.method == "GET":
            found = [one for one in self.messages if one["to"] == request.query["To"]]
            return answer(200, {"messages": found[::-1], "page": 0, "page_size": 200})
        form = request.form
        self.messages.append(
            {
                "sid": f"SM{len(self.messages):032}",
                "status": "queued",
                "to": form["To"],
                "body": form["Body"],
                "date_created": format_datetime(datetime.now(UTC)),
                "date_sent": None,
                "error_code": None,
            }
        )
        return answer(201, self.messages[-1])


@dataclass
class SinchPlan:
    """Sinch's wire, as far as the tests need it."""

    mood: Mood = Mood.FINE

    def __post_init__(self) -> None:
        self.batches: list[dict[str, Any]] = []

    def reply(self, request: Request) -> bytes | str:  # noqa: PLR0911 - one a mood
        match self.mood:
            case Mood.BUSY:
                return answer(429, {"code": "", "text": f"Too many to {NUMBER}"}, Retry_After="7")
            case Mood.BROKEN:
                return answer(503, f"<html>{WORDS}")
            case Mood.GARBLED:
                return answer(201, f"<html>{WORDS}")
            case Mood.HANGING_UP:
                return HANG_UP
            case Mood.SILENT:
                return SILENCE
            case Mood.CHOOSY:
                problem = {"code": "syntax_invalid_parameter_format", "text": f"to: {NUMBER}"}
                return answer(400, problem)
        if request.method == "GET":
            asked = request.query.get("client_reference")
            found = [one for one in self.batches if one["client_reference"] == asked]
            return answer(200, {"count": len(found), "page": 0, "page_size": 10, "batches": found})
        said = json.loads(request.body)
        self.batches.append({"id": f"01F{len(self.batches):023}", "canceled": False, **said})
        return answer(201, self.batches[-1])


@dataclass
class XSite:
    """X's wire, as far as the tests need it."""

    mood: Mood = Mood.FINE

    def __post_init__(self) -> None:
        self.posts: dict[str, str] = {}
        self._ids: Iterator[int] = count(1001)

    def reply(self, request: Request) -> bytes | str:  # noqa: PLR0911 - one a mood
        if request.method == "GET":
            return answer(200, self._timeline())
        match self.mood:
            case Mood.BUSY:
                later = str(int(datetime.now(UTC).timestamp()) + 90)
                return answer(429, {"title": "Too Many", "detail": WORDS}, x_rate_limit_reset=later)
            case Mood.BROKEN:
                return answer(503, f"upstream {WORDS}")
            case Mood.GARBLED:
                return answer(201, f"<html>{WORDS}")
            case Mood.HANGING_UP:
                return HANG_UP
            case Mood.SILENT:
                return SILENCE
            case Mood.CHOOSY:
                return answer(400, {"title": "Invalid Request", "detail": WORDS})
        text = json.loads(request.body)["text"]
        if text in self.posts.values():
            words = "You are not allowed to create a Tweet with duplicate content."
            return answer(403, {"title": "Forbidden", "detail": words, "status": 403})
        self.posts[number := str(next(self._ids))] = text
        return answer(201, {"data": {"id": number, "text": text}})

    def _timeline(self) -> dict[str, Any]:
        shown = []
        for number, text in reversed(self.posts.items()):
            short = text.replace("https://be-alert.example/x", "https://t.co/a1")
            escaped = short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            link = {"url": "https://t.co/a1", "expanded_url": "https://be-alert.example/x"}
            shown.append({"id": number, "text": escaped, "entities": {"urls": [link]}})
        return {"data": shown, "meta": {"result_count": len(shown)}} if shown else {"meta": {}}


def _postmaster(mood: Mood) -> Callable[[str, str], str | None]:
    replies = {
        Mood.BUSY: ("RCPT", f"451 4.3.0 <{MAILBOX}> later"),
        Mood.BROKEN: ("GREETING", "554 out of order"),
        Mood.GARBLED: ("BODY", f"what is {MAILBOX}?"),
        Mood.HANGING_UP: ("BODY", HANG_UP),
        Mood.SILENT: ("BODY", SILENCE),
        Mood.CHOOSY: ("RCPT", f"550 5.1.1 <{MAILBOX}> unknown"),
    }
    step, reply = replies.get(mood, ("", ""))
    return lambda now, _: reply if now == step else None


@asynccontextmanager
async def _relay(
    name: str, switch_on: SwitchOn, mood: Mood, patience: float
) -> AsyncIterator[Provided]:
    server = MailServer(("PIPELINING", "AUTH PLAIN"), _postmaster(mood))
    async with mail_server(server):
        channel = switch_on(
            name,
            host="127.0.0.1",
            port=server.port,
            tls="none",
            timeout_seconds=patience,
            sender="alerts@example.org",
            username="alerts",
            password=PASSWORD,
        )
        yield Provided(channel, MAILBOX, lambda: [_message_id(one.content) for one in server.taken])


@asynccontextmanager
async def _twilio(
    name: str, switch_on: SwitchOn, mood: Mood, patience: float
) -> AsyncIterator[Provided]:
    twilio = Twilio(mood)
    async with http_server(twilio.reply) as site:
        channel = switch_on(name, **sms_settings(site.url), timeout_seconds=patience)
        yield Provided(channel, NUMBER, lambda: [one["sid"] for one in twilio.messages])


@asynccontextmanager
async def _sinch(
    name: str, switch_on: SwitchOn, mood: Mood, patience: float
) -> AsyncIterator[Provided]:
    plan = SinchPlan(mood)
    async with http_server(plan.reply) as site:
        channel = switch_on(name, **sinch_settings(site.url), timeout_seconds=patience)
        yield Provided(channel, NUMBER, lambda: [one["id"] for one in plan.batches])


@asynccontextmanager
async def _x(
    name: str, switch_on: SwitchOn, mood: Mood, patience: float
) -> AsyncIterator[Provided]:
    x = XSite(mood)
    async with http_server(x.reply) as site:
        channel = switch_on(name, **X_KEYS, api_base=site.url, timeout_seconds=patience)
        yield Provided(channel, "x:national:nl", lambda: list(x.posts))


@dataclass(frozen=True, kw_only=True)
class RouteKind:
    """One kind of route, and how it is tried."""

    channel: str
    provide: Callable[[str, SwitchOn, Mood, float], AbstractAsyncContextManager[Provided]]
    wrong: Mapping[str, str]
    """Settings that make no sense; “hush” among them is a secret."""
    idempotent: bool = True
    """Whether its provider takes a key twice for the same message."""
    traceable: bool = False
    """Whether its provider can be asked what it took."""


KINDS: Mapping[str, RouteKind] = {
    "twilio": RouteKind(
        channel="sms",
        provide=_twilio,
        wrong={"ACCOUNT_SID": "AC1", "AUTH_TOKEN": "hush"},
        idempotent=False,
        traceable=True,
    ),
    "sinch": RouteKind(
        channel="sms",
        provide=_sinch,
        wrong={"PROVIDER": "sinch", "SERVICE_PLAN_ID": "p1", "API_TOKEN": "hush"},
        idempotent=False,
        traceable=True,
    ),
    "email": RouteKind(
        channel="email",
        provide=_relay,
        wrong={"HOST": "h", "PASSWORD": "hush", "SENDER": "no address"},
    ),
    "press": RouteKind(
        channel="press",
        provide=_relay,
        wrong={"HOST": "h", "PASSWORD": "hush", "PORT": "no port"},
    ),
    "x": RouteKind(
        channel="x",
        provide=_x,
        wrong={"CONSUMER_KEY": "hush", "ACCESS_TOKEN": "hush", "TIMEOUT_SECONDS": "0"},
        traceable=True,
    ),
}


def provided(kind: str, switch_on: SwitchOn, mood: Mood) -> AbstractAsyncContextManager[Provided]:
    """The channel, its provider in this mood, and somebody to reach through it."""
    patience = 0.3 if mood is Mood.SILENT else 10
    return KINDS[kind].provide(KINDS[kind].channel, switch_on, mood, patience)


def sms_settings(url: str) -> dict[str, str]:
    """What the text message channel needs to speak to a Twilio at this address."""
    return {"account_sid": ACCOUNT_SID, "auth_token": TOKEN, "sender": "1789", "api_base": url}


def sinch_settings(url: str) -> dict[str, str]:
    """What the text message channel needs to speak to a Sinch at this address."""
    return {
        "provider": "sinch",
        "service_plan_id": PLAN,
        "api_token": PLAN_TOKEN,
        "hmac_secret": HMAC_SECRET,
        "sender": "1789",
        "api_base": url,
    }


def _message_id(content: bytes) -> str:
    return content.partition(b"Message-ID: ")[2].partition(b"\r\n")[0].decode()
