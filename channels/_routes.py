"""Which routes a channel has, and where each finds its settings.

The first route reads the channel's own names (`EMAIL_HOST`). Further ones are named in order of
preference by `EMAIL_ROUTES=relay,second`, and read the same names with theirs in front of the
last part (`EMAIL_SECOND_HOST`). An installation with a single route needs neither.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, TypeVar

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from alerting.domain.errors import AlertingError
from alerting.domain.text.i18n import msgid
from channels._sandbox_hosts import loopback_url

LONGEST_NAME: Final = 16
SANDBOX_KEY: Final = "loopback-only"
"""Stands in every key that the sandbox takes and the documentation shows."""
KNOWN_KEY: Final = "a key of the sandbox, which anybody knows"
SECRETS_FOLDER: Final = "ALERTING_SECRETS_DIR"
TOGETHER: Final = "…"
"""Stands for the name of a setting where several are wrong together."""

Needed = tuple[tuple[str, ...], ...]
T = TypeVar("T")
S = TypeVar("S", bound=BaseSettings)


def _names(text: str) -> str:
    names = [one.strip() for one in text.split(",") if one.strip()]
    for name in names:
        if not (name.isascii() and name.isalpha() and name.islower() and len(name) <= LONGEST_NAME):
            raise ValueError("a route's name has 1 to 16 small letters and nothing else")
    if len(set(names)) != len(names):
        raise ValueError("each route is named once")
    return ",".join(names)


class RouteList(BaseSettings):
    """The names of a channel's routes."""

    model_config = SettingsConfigDict(use_attribute_docstrings=True)

    routes: Annotated[str, AfterValidator(_names)] = ""
    """Routes in order of preference, separated by commas; empty: there is only one."""


class RouteSettings(BaseSettings):
    """The settings of every route; a provider adds its own."""

    model_config = SettingsConfigDict(use_attribute_docstrings=True, hide_input_in_errors=True)

    NEEDED: ClassVar[Needed] = ()
    """What the route does not work without; of a group, one will do."""

    weight: float = Field(default=1, ge=0, le=1000)
    """Its share of the work, relative to the other routes'; 0: only when no other is left."""
    per_second: float | None = Field(default=None, gt=0, le=100_000)
    """Messages (SMS: segments) a second from all workers together; empty: no limit."""


class SettingsWrong(AlertingError):
    """`faults`: what is wrong with which setting, by its name; never its value."""

    says = msgid("The settings are invalid: {faults}")
    remedy = msgid("Correct them and restart; docs/routes.md explains each setting.")


class RouteIncomplete(AlertingError):
    """A further `route` is named in `names`, and nothing under `prefix` says how to reach it."""

    says = msgid("The route “{route}” is listed in {names}, but its settings are missing.")
    remedy = msgid("Set the settings that start with {prefix}, or remove the name from {names}.")


@dataclass(frozen=True, slots=True)
class RouteSlot:
    """One route of one channel, before it is made."""

    channel: str
    route: str
    first: bool

    @property
    def prefix(self) -> str:
        """What the names of its settings begin with."""
        return self.shared if self.first else f"{self.shared}{self.route.upper()}_"

    @property
    def shared(self) -> str:
        """What the names of settings begin with that all routes of the channel share."""
        return f"{self.channel.upper()}_"

    @property
    def receipts(self) -> str:
        """The path its provider reports to; it stays when the order of routes is changed."""
        return f"/receipts/{self.channel}/{self.route}"


def settings_of(kind: type[S], prefix: str, *, public_url: str = "") -> S:
    """Settings from the environment, or from the folder that ALERTING_SECRETS_DIR names.

    A file there is called as the variable, in small letters (`sms_auth_token`). SettingsWrong names
    those that make no sense, and keys that the documentation shows where the provider, or the
    service at its `public_url`, is reached from another machine: anybody could sign with them.
    """
    s, faults = read_settings(kind, prefix, public_url=public_url)
    if s is None or faults:
        raise SettingsWrong(faults="; ".join(f"{name}: {why}" for name, why in faults.items()))
    return s


def read_settings(
    kind: type[S], prefix: str, *, public_url: str = ""
) -> tuple[S | None, dict[str, str]]:
    """Settings, or None with the faults by setting; `…` for what is wrong together."""
    try:
        s = kind(_env_prefix=prefix, _secrets_dir=os.environ.get(SECRETS_FOLDER))
    except ValidationError as wrong:
        return None, {
            f"{prefix}{'_'.join(map(str, error['loc'])).upper() or TOGETHER}": error["msg"]
            for error in wrong.errors(include_input=False)
        }
    except SettingsError as unreadable:  # JSON that is none; its cause would show the value
        return None, {f"{prefix}{TOGETHER}": str(unreadable)}
    addresses = [getattr(s, "api_base", ""), *([public_url] if public_url else [])]
    if all(map(loopback_url, addresses)):
        return s, {}
    known = [name for name, value in s if SANDBOX_KEY in _plain(value)]
    return s, {f"{prefix}{name.upper()}": KNOWN_KEY for name in known}


def _plain(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def made(channel: str, usual: str, make: Callable[[RouteSlot], T | None]) -> list[T]:
    """Every route that has settings, in order of preference; none when the first one has none.

    `usual` is what the first route is called where nobody gave it a name. Raises RouteIncomplete
    for a further route that is named and has no settings, SettingsWrong for wrong ones.
    """
    setting = f"{channel.upper()}_ROUTES"
    names = settings_of(RouteList, f"{channel.upper()}_").routes or usual
    found: list[T] = []
    for number, name in enumerate(names.split(",")):
        slot = RouteSlot(channel, name, first=number == 0)
        route = make(slot)
        if route is None:
            if slot.first:
                return []
            raise RouteIncomplete(route=name, prefix=slot.prefix, names=setting)
        found.append(route)
    return found
