"""What a channel's routes are set up with: which settings are there, missing or wrong.

Of a setting only its name is known here, never its value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from alerting.domain.text.i18n import msgid


class SettingSource(StrEnum):
    """Where the value of a setting comes from."""

    ENVIRONMENT = "environment"
    SECRET_FILE = "secret-file"  # noqa: S105  a place, no secret
    DEFAULT = "default"


class SettingState(StrEnum):
    """How a setting stands."""

    SET = "set"
    MISSING = "missing"
    WRONG = "wrong"
    DEFAULT = "default"


SOURCE_NAMES: Mapping[SettingSource, str] = MappingProxyType(
    {
        SettingSource.ENVIRONMENT: msgid("environment"),
        SettingSource.SECRET_FILE: msgid("file in the secrets folder"),
        SettingSource.DEFAULT: msgid("default value"),
    }
)
STATE_NAMES: Mapping[SettingState, str] = MappingProxyType(
    {
        SettingState.SET: msgid("entered"),
        SettingState.MISSING: msgid("missing"),
        SettingState.WRONG: msgid("invalid"),
        SettingState.DEFAULT: msgid("not entered"),
    }
)
HALF_SET = msgid("Incomplete settings. Entered: {entered}. Missing: {missing}.")
HALF_SET_REMEDY = msgid(
    "Enter what is missing (docs/routes.md explains each setting), or remove the rest, then "
    "restart the service. Until then nothing is sent this way."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSetting:
    """One setting of a route, without its value."""

    name: str
    """As in the environment: `SMS_AUTH_TOKEN`."""
    meaning: str
    """In English, as in the documentation."""
    default: str
    """Empty where it has none."""
    source: SettingSource
    """An empty value in the environment comes from there all the same: it hides a secret file."""
    filled: bool
    """Whether there is anything in it."""
    needed: bool
    """The route is off without it, and nothing else that would do is there."""
    fault: str = ""
    """What is wrong with it."""

    @property
    def state(self) -> SettingState:
        """How it stands."""
        if self.fault:
            return SettingState.WRONG
        if self.needed and not self.filled:
            return SettingState.MISSING
        given = self.filled and self.source is not SettingSource.DEFAULT
        return SettingState.SET if given else SettingState.DEFAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSetup:
    """The settings of one route of a channel, in the order of the documentation."""

    channel: str
    route: str
    settings: Sequence[ChannelSetting]
    named: bool = False
    """It is listed as a further route of its channel, so its settings are expected."""
    fault: str = ""
    """What is wrong with several settings together."""

    @property
    def missing(self) -> list[str]:
        """The names of what it needs and lacks."""
        return [setting.name for setting in self.settings if setting.state is SettingState.MISSING]

    @property
    def entered(self) -> list[str]:
        """The names of what is there: what it needs, or else whatever somebody entered."""
        settings = [
            setting
            for setting in self.settings
            if setting.filled and setting.source is not SettingSource.DEFAULT
        ]
        return [setting.name for setting in settings if setting.needed] or [
            setting.name for setting in settings
        ]

    @property
    def half_set(self) -> bool:
        """Somebody began to set it up, and it sends nothing."""
        return bool(self.missing) and (self.named or bool(self.entered))
