"""What somebody looks for, in an address: sealed, since proxies, logs and browsers keep addresses.

A name, a number or a mail address that is typed into a search comes by POST; where the answer is a
page with others behind it, the text goes on in their addresses, readable by this service only and
only for the officer who typed it.
"""

from fastapi import Request

from alerting.domain.errors import KeyMissing
from alerting.domain.officer import Officer
from alerting.web.state import state_of

MAX_QUERY_CHARS = 2_000
"""Letters of a sealed text in an address."""


def hidden(request: Request, officer: Officer, text: str) -> str:
    """`text` as it may stand in an address; empty for nothing."""
    return text and state_of(request).services.keyring.seal(text, about=_about(officer))


def shown(request: Request, officer: Officer, sealed: str) -> str:
    """The text again; empty where the address is another officer's, or its key was retired."""
    if not sealed:
        return ""
    try:
        return state_of(request).services.keyring.open(sealed, about=_about(officer))
    except KeyMissing:
        return ""


def _about(officer: Officer) -> str:
    return f"what {officer.name} looks for"
