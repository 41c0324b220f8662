"""Lists of the API, page by page: every one has the same shape and is followed the same way."""

from collections.abc import Callable
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, Field

from alerting.domain.errors import BadRequest
from alerting.domain.page import Page
from alerting.domain.text.numbers import MAX_INTEGER
from alerting.web.paging import BAD_PAGE

T = TypeVar("T")
Item = TypeVar("Item")


class PageOut(BaseModel, Generic[T]):
    """One page of a list. A page may be short and still not be the last."""

    items: list[T]
    next: Annotated[
        str | None, Field(description="Where the next page starts, for `after`; null on the last")
    ]


def page_out(found: Page[Item, int], made: Callable[[Item], T]) -> PageOut[T]:
    """A page of a list that is followed by numbers."""
    following = None if found.next is None else str(found.next)
    return PageOut(items=[made(item) for item in found.items], next=following)


def read_number(after: str) -> int:
    """The number a page starts behind; 0 for the first, BadRequest where it is none."""
    if not after:
        return 0
    if after.isascii() and after.isdecimal() and int(after) <= MAX_INTEGER:
        return int(after)
    raise BadRequest(BAD_PAGE, after=after)
