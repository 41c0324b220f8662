"""Names that officers sign in with, and that stand in the ledger."""

import re

from alerting.domain.authority_names import governments
from alerting.domain.text.look_alikes import skeleton

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)
RESERVED = frozenset(
    ("operator", "service", "system", "shell", "server", "alerting", "root", "worker", "nobody")
)
"""What the ledger calls machines, or a reader would take for one."""


def is_a_name(name: str) -> bool:
    """Whether a person may be called so: small letters of ASCII, no machine's or government's."""
    plain = NAME.fullmatch(name) is not None and skeleton(name) not in _RESERVED
    return plain and not governments([name])


_RESERVED = frozenset(map(skeleton, RESERVED))
