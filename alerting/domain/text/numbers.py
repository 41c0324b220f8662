"""Numbers as people and links write them."""

MAX_INTEGER = 2**63 - 1
"""What a column of either database holds."""
MAX_DIGITS = 18
"""So many always fit, and are more than any number we ever gave has."""


def whole_number(text: str) -> int | None:
    """A number of ASCII digits; None for anything else, as `²`, `٣`, `-1` or 400 digits."""
    if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS:
        return int(text)
    return None
