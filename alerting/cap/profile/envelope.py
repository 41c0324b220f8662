"""Rules of the profile about identifiers, references and times."""

import re

from alerting.cap.message import CapMessage
from alerting.cap.profile.rule import Found, Register, infos_of

_RESTRICTED = re.compile(r"[\s,<&]")


def names(message: CapMessage, _: Register | None) -> Found:
    """An identifier or sender with a character that CAP forbids."""
    for element, text in (("identifier", message.identifier), ("sender", message.sender)):
        if not text or _RESTRICTED.search(text):
            yield element, {"text": text}


def offsets(message: CapMessage, _: Register | None) -> Found:
    """The time of sending, where it has the offset of UTC."""
    if message.sent.utcoffset() is not None and not message.sent.utcoffset():
        yield "sent", {}


ORDER = (("sent", "effective"), ("sent", "expires"), ("effective", "expires"), ("onset", "expires"))
"""What comes first; what a message tells of may have begun before it was sent."""


def order_of_times(message: CapMessage, _: Register | None) -> Found:
    """Times in the wrong order."""
    for place, info in infos_of(message):
        moments = {
            "sent": message.sent,
            "effective": info.effective,
            "onset": info.onset,
            "expires": info.expires,
        }
        for earlier, later in ORDER:
            one, other = moments[earlier], moments[later]
            if one is not None and other is not None and one > other:
                yield place, {"earlier": earlier, "later": later}


def self_reference(message: CapMessage, _: Register | None) -> Found:
    """References to itself, or to what was sent later."""
    for reference in message.references:
        if reference.identifier == message.identifier or reference.sent > message.sent:
            yield "references", {"identifier": reference.identifier}
