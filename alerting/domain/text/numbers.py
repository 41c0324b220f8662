"""Numbers as people and links write them."""

MAX_DIGITS = 18
"""What both databases hold, and more than any number we ever gave."""


def whole_number(text: str) -> int | None:
    """A number of ASCII digits; None for anything else, as `²`, `٣`, `-1` or 400 digits."""
    if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS:
        return int(text)
    return None
