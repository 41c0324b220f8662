"""A page of a list that is too long to be shown at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Page(Generic[T, Key]):
    """Some items of a list in its order, and the key the next page starts behind; None at the end.

    A page may hold fewer items than asked for, and still not be the last.
    """

    items: Sequence[T]
    next: Key | None = None


def page_of(found: Sequence[T], limit: int, key: Callable[[T], Key]) -> Page[T, Key]:
    """The first `limit` of what was found; the last page where there are no more than that."""
    items = found[:limit]
    return Page(items, key(items[-1]) if len(found) > limit else None)
