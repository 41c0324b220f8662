"""How a user shows that a mobile number is theirs: by a code that is sent there."""

import secrets
from datetime import timedelta
from typing import Final

CODE_DIGITS: Final = 6
CODE_LASTS: Final = timedelta(minutes=10)
MAX_WRONG_CODES: Final = 5
"""Attempts with one code; the next one takes another code."""
COUNTED_WITHIN: Final = timedelta(days=1)
MAX_CODES_BY_ONE: Final = 5
"""Codes that one user has sent within that time."""
MAX_CODES_TO_NUMBER: Final = 3
"""Codes sent to one number within that time, whoever asks: it may be a stranger’s."""


def new_code() -> str:
    """Digits that nobody can foretell."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


def written_plainly(code: str) -> str:
    """A code without the spaces that somebody typed in it."""
    return "".join(code.split())
