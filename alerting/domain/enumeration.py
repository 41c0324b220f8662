"""Members of enumerations by what people and links write."""

from enum import Enum
from typing import TypeVar

E = TypeVar("E", bound=Enum)


def member_of(kind: type[E], value: object) -> E | None:
    """The member of an enumeration that has this value; None where none has."""
    try:
        return kind(value)
    except ValueError:
        return None
