"""A reason that somebody gives in their own words, as the ledger keeps it."""

from alerting.domain.errors import BadRequest
from alerting.domain.text.i18n import msgid

LONGEST_REASON = 500
"""In characters."""
LONG_REASON = msgid("A reason has 500 characters at most")
NO_REASON = msgid("Say why: the reason stands in the ledger, with your name")


def reason_of(given: str, *, needed: bool = False) -> str:
    """A reason without what surrounds it; BadRequest when it is too long, or needed and empty."""
    given = given.strip()
    if len(given) > LONGEST_REASON:
        raise BadRequest(LONG_REASON)
    if needed and not given:
        raise BadRequest(NO_REASON)
    return given
