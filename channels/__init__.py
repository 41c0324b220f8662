"""Every channel this service can speak through, one line each.

A factory is told the service's public address, for callbacks; it reads its own settings from the
environment and answers with the channel's routes in order of preference: none switch it off.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Final

from alerting.domain.channel import AnyChannel
from alerting.domain.channel_setup import RouteSetup
from channels._smtp_settings import relay_setups
from channels.email import Email
from channels.press import Press
from channels.sms import text_routes, text_setups
from channels.x import X, x_setups

REGISTRY: Final[Mapping[str, Callable[[str], Sequence[AnyChannel]]]] = MappingProxyType(
    {
        "sms": text_routes,
        "email": Email.from_env,
        "x": X.from_env,
        "press": Press.from_env,
    }
)

SETUPS: Final[Mapping[str, Callable[[str], Sequence[RouteSetup]]]] = MappingProxyType(
    {
        "sms": text_setups,
        "email": partial(relay_setups, "email"),
        "x": x_setups,
        "press": partial(relay_setups, "press"),
    }
)
"""Every channel, with which settings each has, lacks or cannot use; never their values."""
