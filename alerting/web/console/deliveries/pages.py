"""Deliveries page by page, and everything about one of them."""

from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from alerting.actions import deliveries
from alerting.actions.alerts import queries
from alerting.actions.recipients.search import PersonalData
from alerting.domain.channel import FAILURE_REASON_ADVICE, FAILURE_REASON_NAMES
from alerting.domain.channel_profiles import Reach, reach_of
from alerting.domain.delivery import STATE_NAMES, DeliveryKey
from alerting.domain.delivery_filter import DeliveryFilter
from alerting.domain.officer import Officer
from alerting.i18n import Translator
from alerting.web.auth import MayRead, MaySeeAddresses, WordsOf
from alerting.web.console.context import Number, about
from alerting.web.console.deliveries.sandbox_inbox import Received, fetch_messages, published
from alerting.web.console.personal_data import ASKED_FOR, MASKED, mask_links
from alerting.web.delivery_filter import WantedDeliveries
from alerting.web.pages import PERSONAL_DATA, render_page
from alerting.web.paging import (
    After,
    next_link,
    read_delivery_key,
    write_delivery_key,
)
from alerting.web.private_query import MAX_QUERY_CHARS, hidden, shown
from alerting.web.state import state_of

FILTERS = ("state", "failure_reason", "channel", "language", "since", "until")

router = APIRouter(tags=["console"])


@dataclass(frozen=True, slots=True)
class DeliveryListQuery:
    """Which deliveries a page shows, as its address says. `look` is the person, sealed."""

    wanted: WantedDeliveries
    after: After = ""
    look: Annotated[str, Query(max_length=MAX_QUERY_CHARS)] = ""


Part = Annotated[DeliveryListQuery, Depends(DeliveryListQuery)]
Key = Annotated[str, Path(max_length=80)]
LIST = "/alerts/{number}/deliveries"
DELIVERY = LIST + "/{key}"
mask_links(router, LIST, DELIVERY)


@router.get(LIST)
async def deliveries_page(
    request: Request, number: Number, officer: MayRead, translate: WordsOf, part: Part
) -> Response:
    """A page of them, masked; filters stay on from page to page."""
    return await _list_page(request, number, officer, translate, part, MASKED)


@router.post(LIST + PERSONAL_DATA)
async def show_list(
    request: Request, number: Number, officer: MaySeeAddresses, translate: WordsOf, part: Part
) -> Response:
    """The same page with names and addresses."""
    return await _list_page(request, number, officer, translate, part, ASKED_FOR)


async def _list_page(
    request: Request,
    number: int,
    officer: Officer,
    translate: Translator,
    part: DeliveryListQuery,
    data: PersonalData,
) -> Response:
    """In one piece: half of it is what the page is handed."""
    services = state_of(request).services
    person = shown(request, officer, part.look)
    delivery_filter = replace(part.wanted, person=person)
    alert = await queries.get_alert(services, number, by=officer)
    limit = state_of(request).page_size
    if delivery_filter.channel not in alert.channels:
        delivery_filter = replace(delivery_filter, channel=None)
    archive = await deliveries.get_archive(services, number, by=officer)
    facts: dict[str, Any] = {
        "words": translate,
        "officer": officer,
        "alert": alert,
        "archive": archive,
    }
    facts |= about(services, translate)
    if archive is not None and not archive.kept:
        return render_page(request, "deliveries/archived.html", **facts)
    behind = read_delivery_key(number, part.after)
    page = await deliveries.list_deliveries(
        services, number, by=officer, after=behind, wanted=delivery_filter, limit=limit, data=data
    )
    chosen = _chosen(request, delivery_filter)
    kept = {name: value for name, value in chosen.items() if value}
    open_to_all = urlencode(kept)
    chosen["person"] = person
    if person:
        kept["look"] = part.look
    return render_page(
        request,
        "deliveries/list.html",
        rows=[(str(DeliveryKey(number, row.channel, row.recipient_id)), row) for row in page.items],
        next_page=next_link(
            f"/alerts/{number}/deliveries",
            write_delivery_key(number, page.next),
            name="after",
            kept=kept,
        ),
        unfinished=page.next is not None and len(page.items) < limit,
        first=urlencode(kept),
        open_filters=open_to_all,
        chosen=chosen,
        filtered=bool(kept),
        begun=bool(part.after),
        masked=data is MASKED,
        states=STATE_NAMES,
        failure_reasons=FAILURE_REASON_NAMES,
        **facts,
    )


def _chosen(request: Request, delivery_filter: DeliveryFilter) -> dict[str, str]:
    """What was typed into each filter; empty where that means nothing."""
    typed = {name: request.query_params.get(name, "") for name in FILTERS}
    return {name: value if getattr(delivery_filter, name) else "" for name, value in typed.items()}


@router.post("/alerts/{number}/deliveries")
async def search(
    request: Request,
    number: Number,
    officer: MayRead,
    person: Annotated[str, Form(max_length=254)] = "",
    state: Annotated[str, Form(max_length=32)] = "",
    failure_reason: Annotated[str, Form(max_length=32)] = "",
    channel: Annotated[str, Form(max_length=32)] = "",
    language: Annotated[str, Form(max_length=8)] = "",
    since: Annotated[str, Form(max_length=40)] = "",
    until: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """To the page of what was asked for; a person stands sealed in its address."""
    asked = {
        "state": state,
        "failure_reason": failure_reason,
        "channel": channel,
        "language": language,
        "since": since,
        "until": until,
        "look": hidden(request, officer, person.strip()),
    }
    query = urlencode({name: value for name, value in asked.items() if value})
    return RedirectResponse(f"/alerts/{number}/deliveries?{query}", status_code=303)


@router.get(DELIVERY)
async def show_masked_delivery(
    request: Request, number: Number, key: Key, officer: MayRead, translate: WordsOf
) -> Response:
    """One delivery, masked: its facts and the text it carried."""
    return await _delivery_page(request, number, key, officer, translate, MASKED)


@router.post(DELIVERY + PERSONAL_DATA)
async def show_delivery(
    request: Request, number: Number, key: Key, officer: MaySeeAddresses, translate: WordsOf
) -> Response:
    """The same with name and address and, in the sandbox, what arrived there."""
    return await _delivery_page(request, number, key, officer, translate, ASKED_FOR)


async def _delivery_page(
    request: Request,
    number: int,
    key: str,
    officer: Officer,
    translate: Translator,
    data: PersonalData,
) -> Response:
    state = state_of(request)
    alert = await queries.get_alert(state.services, number, by=officer)
    row = await deliveries.get_delivery(state.services, number, key, by=officer, data=data)
    received: Received | None = None
    if state.sandbox_url and data is ASKED_FOR:
        received = (
            await published(state.sandbox_url, row.channel, row.reference)
            if reach_of(row.channel) is Reach.ACCOUNT
            else await fetch_messages(state.sandbox_url, row.address)
        )
    return render_page(
        request,
        "deliveries/delivery.html",
        words=translate,
        officer=officer,
        alert=alert,
        key=key,
        row=row,
        masked=data is MASKED,
        place=state.services.gazetteer.place(row.nis_code).names[translate.language]
        if row.nis_code
        else "",
        message=alert.as_sent().message(row.channel, row.language),
        received=received,
        states=STATE_NAMES,
        failure_reasons=FAILURE_REASON_NAMES,
        advice=FAILURE_REASON_ADVICE,
        now=state.services.now(),
        **about(state.services, translate),
    )
