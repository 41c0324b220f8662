"""What the app holds for its requests, typed."""

from dataclasses import dataclass, field
from typing import cast

from starlette.requests import HTTPConnection

from alerting.domain.language import Language
from alerting.services import Services
from alerting.web.client_address import Network
from alerting.web.request_turns import RequestTurns


@dataclass(frozen=True, slots=True)
class AppState:
    """One for the whole app."""

    services: Services
    language: Language
    page_size: int
    secure: bool
    """Whether officers reach us by https, so that cookies may insist on it."""
    sandbox_url: str
    """Where the sandbox tells what people received; empty with real providers."""
    turns: RequestTurns = field(default_factory=RequestTurns)
    trusted_proxies: tuple[Network, ...] = ()
    """Networks whose word counts on where a request comes from."""


def state_of(request: HTTPConnection) -> AppState:
    """The app's state."""
    return cast("AppState", request.app.state.alerting)
