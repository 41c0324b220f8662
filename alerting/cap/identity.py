"""Under which names an installation's messages leave: chosen once, and kept for ever."""

import re
import uuid
from dataclasses import dataclass

from alerting.domain.public_alert import Address

ARC = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]*))+", re.ASCII)
"""An object identifier: numbers apart by dots (ITU-T X.660)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapIdentity:
    """Who sends, and the arc below which its messages are numbered."""

    sender: str
    """In the form of an e-mail address, which need not be one (CAP 1.2, 3.2.1)."""
    arc: str

    def identifier(self, address: Address) -> str:
        """What the message of an alert is called, whatever becomes of that alert."""
        return f"urn:oid:{self.arc}.{address.year}.{address.number}"


def arc_of_host(host: str) -> str:
    """An arc nobody else has, for whom no authority has given one: 2.25 (ITU-T X.667), below it the
    name-based UUID (RFC 9562, version 5) of a host."""
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_DNS, host).int}"
