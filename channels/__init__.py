"""Every channel this service can speak through, one line each.

A factory is told the service's public address, for callbacks; it reads its own settings from the
environment and answers None where they are not set.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from alerting.domain.channel import AnyChannel
from channels.email import Email
from channels.press import Press
from channels.sms import Sms
from channels.x import X

REGISTRY: Final[Mapping[str, Callable[[str], AnyChannel | None]]] = MappingProxyType(
    {
        "sms": Sms.from_env,
        "email": Email.from_env,
        "x": X.from_env,
        "press": Press.from_env,
    }
)
