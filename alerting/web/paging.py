"""Where the next page of a list starts, in an address and read from one."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query

from alerting.domain.delivery import DeliveryKey
from alerting.domain.errors import BadRequest
from alerting.domain.text.i18n import msgid
from alerting.domain.text.numbers import MAX_INTEGER

BAD_PAGE = msgid("“{after}” is not a valid position in this list")

After = Annotated[
    str,
    Query(
        max_length=80, description="`next` of the previous page, unchanged; empty for the first one"
    ),
]
Before = Annotated[
    int, Query(ge=0, le=MAX_INTEGER, description="The last number of the previous page")
]
"""Of a list that starts with the newest; 0 for its first page."""


def next_link(
    path: str,
    after: int | str | None,
    *,
    name: str = "before",
    kept: Mapping[str, str] | None = None,
) -> str:
    """The address of the page behind `after`, with what is `kept`; empty where there is none."""
    return "" if after is None else f"{path}?{urlencode({**(kept or {}), name: after})}"


def write_delivery_key(number: int, after: tuple[str, int] | None) -> str | None:
    """The key of a delivery of this alert, from (channel, recipient); None for None."""
    return None if after is None else str(DeliveryKey(number, *after))


def read_delivery_key(number: int, after: str) -> tuple[str, int] | None:
    """The key of a delivery, read back; None for the first page, BadRequest for another alert's."""
    if not after:
        return None
    key = DeliveryKey.parse(after)
    if key is None or key.sending_id != number:
        raise BadRequest(BAD_PAGE, after=after)
    return key.channel, key.recipient_id
