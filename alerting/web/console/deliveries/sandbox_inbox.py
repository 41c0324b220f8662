"""What a person received, as the sandbox's mailboxes and phones hold it. Never a real provider."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import httpx2
from fastapi import APIRouter, Form, Request, Response

from alerting.domain.errors import NotPossible
from alerting.domain.text.i18n import msgid
from alerting.web.auth import MaySeeAddresses, WordsOf
from alerting.web.console import labels
from alerting.web.pages import render_page
from alerting.web.state import state_of

PATIENCE: Final = 2.0
"""Seconds: a page of ours does not wait longer for a sandbox."""
MOST: Final = 20
INBOX: Final = msgid("The inbox of the sandbox")
SET_UP: Final = msgid(
    "Set ALERTING_SANDBOX_URL on the installation whose messages go to the sandbox."
)

router = APIRouter(tags=["console"])


@dataclass(frozen=True, slots=True)
class Item:
    """One message as it arrived."""

    channel: str
    at: datetime
    to: str
    subject: str
    text: str
    reference: str


@dataclass(frozen=True, slots=True)
class Received:
    """What the sandbox holds for an address, or why we cannot tell."""

    items: Sequence[Item] = ()
    silent: bool = False


@router.get("/inbox")
async def inbox(
    request: Request,
    officer: MaySeeAddresses,
    translate: WordsOf,
) -> Response:
    """A form to search the sandbox by telephone number or mail address."""
    return await find_messages(request, officer, translate)


@router.post("/inbox")
async def find_messages(
    request: Request,
    officer: MaySeeAddresses,
    translate: WordsOf,
    address: Annotated[str, Form(max_length=254)] = "",
) -> Response:
    """What the sandbox holds for a telephone number or mail address."""
    url = state_of(request).sandbox_url
    if not url:
        raise NotPossible(what=INBOX, remedy=SET_UP)
    wanted = address.strip()
    return render_page(
        request,
        "deliveries/sandbox_inbox.html",
        words=translate,
        officer=officer,
        names=labels,
        address=wanted,
        received=await fetch_messages(url, wanted) if wanted else None,
    )


async def fetch_messages(url: str, address: str) -> Received:
    """The newest messages to exactly this address."""
    return await _ask(url, {"address": address})


async def published(url: str, channel: str, reference: str) -> Received:
    """The post that goes by this reference: what is public has no address."""
    received = await _ask(url, {"channel": channel})
    items = [item for item in received.items if item.reference == reference]
    return Received(items, silent=received.silent)


async def _ask(url: str, params: dict[str, str]) -> Received:
    try:
        async with httpx2.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
            answer = await client.get(f"{url}/messages", params={**params, "limit": str(MOST)})
            answer.raise_for_status()
            found = answer.json()["messages"]
    except (httpx2.HTTPError, ValueError, KeyError):
        return Received(silent=True)
    return Received([_item(one) for one in found])


def _item(one: dict[str, Any]) -> Item:
    fields = one.get("fields", {})
    return Item(
        channel=str(one.get("channel", "")),
        at=datetime.fromtimestamp(float(one.get("at", 0)), UTC),
        to=", ".join(one.get("to", ())),
        subject=str(one.get("subject", "")),
        text=str(one.get("text") or fields.get("Body") or fields.get("text") or ""),
        reference=str(one.get("reference", "")),
    )
