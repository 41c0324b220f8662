"""Every channel this service can speak through, one line each.

A factory is told the service's public address, for callbacks; it reads its own settings from the
environment and answers with the channel's routes in order of preference: none switch it off.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from alerting.domain.channel import AnyChannel
from channels.email import Email
from channels.press import Press
from channels.sms import text_routes
from channels.x import X

REGISTRY: Final[Mapping[str, Callable[[str], Sequence[AnyChannel]]]] = MappingProxyType(
    {
        "sms": text_routes,
        "email": Email.from_env,
        "x": X.from_env,
        "press": Press.from_env,
    }
)
