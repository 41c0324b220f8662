"""Recipients and press contacts: look them up, correct one, end one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from alerting.actions.recipients import lists as recipient_lists
from alerting.actions.recipients.importing import looked_at
from alerting.actions.recipients.lists import BadEntry, RecipientSearch
from alerting.actions.recipients.search import PersonalData
from alerting.domain.enumeration import member_of
from alerting.domain.errors import ChangedMeanwhile, UnknownPlace
from alerting.domain.language import Language
from alerting.domain.officer import Officer
from alerting.domain.recipient import Recipient, RowFinding
from alerting.domain.text.numbers import MAX_INTEGER, whole_number
from alerting.i18n import Translator
from alerting.web.auth import MayRead, MaySeeAddresses, WordsOf
from alerting.web.console.personal_data import ASKED_FOR, MASKED, mask_links
from alerting.web.console.recipients.lists import Entry, List, OneList, about_list
from alerting.web.errors import status_of
from alerting.web.pages import PERSONAL_DATA, render_page
from alerting.web.paging import next_link
from alerting.web.private_query import MAX_QUERY_CHARS, hidden, shown
from alerting.web.state import state_of

FIELDS = (
    "name", "outlet", "language", "municipality", "phone", "email",
    "consent_date", "consent_source", "groups",
)  # fmt: skip
LONGEST_FIELD = 2_000

EntryNumber = Annotated[int, Field(ge=1, le=MAX_INTEGER)]

router = APIRouter(tags=["console"])


@dataclass(frozen=True, slots=True)
class Seen:
    """An entry as it stood in its form before anything was typed."""

    fingerprint: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RecipientListQuery:
    """Which part of a list its page shows, as its address says.

    `look` is the text and `behind` the reference it starts behind, both sealed.
    """

    look: Annotated[str, Query(max_length=MAX_QUERY_CHARS)] = ""
    place: Annotated[str, Query(max_length=100)] = ""
    language: Language | str = ""
    group: Annotated[str, Query(max_length=19)] = ""
    ended: bool = False
    behind: Annotated[str, Query(max_length=MAX_QUERY_CHARS)] = ""


Part = Annotated[RecipientListQuery, Depends(RecipientListQuery)]
mask_links(
    router,
    "/{which:list}",
    "/{which:list}/{number:int}",
    "/{which:list}/{number:int}/end",
)


@router.get("/{which:list}")
async def recipients_page(
    request: Request, one: OneList, officer: MayRead, translate: WordsOf, part: Part
) -> Response:
    """A page of a list, masked; what was looked for stays on from page to page."""
    return await _list_page(request, one, officer, translate, part, MASKED)


@router.post("/{which:list}" + PERSONAL_DATA)
async def show_list(
    request: Request, one: OneList, officer: MaySeeAddresses, translate: WordsOf, part: Part
) -> Response:
    """The same page with names, numbers and addresses."""
    return await _list_page(request, one, officer, translate, part, ASKED_FOR)


async def _list_page(
    request: Request,
    recipient_list: OneList,
    officer: Officer,
    translate: Translator,
    part: RecipientListQuery,
    data: PersonalData,
) -> Response:
    """In one piece: a third of it is what the page is handed."""
    state = state_of(request)
    text, after = shown(request, officer, part.look), shown(request, officer, part.behind)
    search = RecipientSearch(
        text=text,
        place=part.place,
        language=member_of(Language, part.language),
        group=whole_number(part.group),
        ended=part.ended,
    )
    problem, page = "", recipient_lists.NOBODY_FOUND
    try:
        page = await recipient_lists.list_recipients(
            state.services,
            recipient_list.kind,
            search,
            by=officer,
            after=after,
            limit=state.page_size,
            data=data,
        )
    except UnknownPlace as refusal:
        problem = translate.error(refusal)
    chosen = {
        "text": text,
        "place": part.place,
        "language": search.language or "",
        "group": part.group,
    }
    kept = {name: value for name, value in chosen.items() if value and name != "text"}
    if text:
        kept["look"] = part.look
    if part.ended:
        kept["ended"] = "true"
    return render_page(
        request,
        "recipients/list.html",
        words=translate,
        officer=officer,
        found=page,
        problem=problem,
        groups=(
            await recipient_lists.list_groups(state.services, recipient_list.kind, by=officer)
        ).items,
        masked=data is MASKED,
        chosen={**chosen, "ended": part.ended},
        filtered=bool(kept),
        first=urlencode(kept),
        next_page=next_link(
            recipient_list.path,
            hidden(request, officer, page.next) if page.next else None,
            name="behind",
            kept=kept,
        ),
        begun=bool(after),
        **about_list(state.services, translate, officer, recipient_list),
    )


@router.post("/{which:list}")
async def search(
    request: Request,
    one: OneList,
    officer: MayRead,
    text: Annotated[str, Form(max_length=254)] = "",
    place: Annotated[str, Form(max_length=100)] = "",
    language: Annotated[str, Form(max_length=8)] = "",
    group: Annotated[str, Form(max_length=19)] = "",
    ended: Annotated[str, Form(max_length=8)] = "",
) -> Response:
    """To the page of what was looked for; the text stands sealed in its address."""
    asked = {
        "look": hidden(request, officer, text.strip()),
        "place": place,
        "language": language,
        "group": group,
        "ended": "true" if ended else "",
    }
    query = urlencode({name: value for name, value in asked.items() if value})
    return RedirectResponse(f"{one.path}?{query}", status_code=303)


@router.get("/{which:list}/{number:int}")
async def show_masked_entry(
    request: Request, one: OneList, number: Entry, officer: MayRead, translate: WordsOf
) -> Response:
    """One entry, masked."""
    return await _entry(request, one, number, officer, translate, MASKED)


@router.post("/{which:list}/{number:int}" + PERSONAL_DATA)
async def show_entry(
    request: Request, one: OneList, number: Entry, officer: MaySeeAddresses, translate: WordsOf
) -> Response:
    """The entry with name, number and address; a form for those who may change it."""
    return await _entry(request, one, number, officer, translate, ASKED_FOR)


@router.post("/{which:list}/{number:int}")
async def edit(
    request: Request, one: OneList, number: Entry, officer: MayRead, translate: WordsOf
) -> Response:
    """Save what was typed, or show what is wrong with it beside each field."""
    form = await request.form(max_files=0, max_fields=50)
    typed = {name: str(form.get(name, ""))[:LONGEST_FIELD] for name in FIELDS}
    typed["channels"] = ",".join(str(value) for value in form.getlist("channels"))
    was = {name: str(form.get(f"was.{name}", ""))[:LONGEST_FIELD] for name in typed}
    seen = Seen(str(form.get("seen", "")), was)
    try:
        await recipient_lists.edit_recipient(
            state_of(request).services, one.kind, number, typed, seen=seen.fingerprint, by=officer
        )
    except (BadEntry, ChangedMeanwhile) as refusal:
        return await _entry(
            request,
            one,
            number,
            officer,
            translate,
            ASKED_FOR,
            typed=typed,
            seen=seen,
            problem=refusal,
        )
    return RedirectResponse(f"{one.path}/{number}?saved=1", status_code=303)


@router.get("/{which:list}/{number:int}/end")
async def ask_to_end(
    request: Request, one: OneList, number: Entry, officer: MayRead, translate: WordsOf
) -> Response:
    """What ending an entry means, and a button."""
    return await _end_page(request, one, number, officer, translate, MASKED)


@router.post("/{which:list}/{number:int}/end" + PERSONAL_DATA)
async def show_sharing(
    request: Request, one: OneList, number: Entry, officer: MaySeeAddresses, translate: WordsOf
) -> Response:
    """The same, with the names, numbers and addresses of all that would end."""
    return await _end_page(request, one, number, officer, translate, ASKED_FOR)


async def _end_page(
    request: Request,
    recipient_list: List,
    number: int,
    officer: Officer,
    translate: Translator,
    data: PersonalData,
) -> Response:
    services = state_of(request).services
    entry = await recipient_lists.get_recipient(
        services, recipient_list.kind, number, by=officer, data=data
    )
    sharing = await recipient_lists.list_sharing(
        services, recipient_list.kind, number, by=officer, data=data
    )
    return render_page(
        request,
        "recipients/remove.html",
        words=translate,
        officer=officer,
        entry=entry,
        sharing=sharing,
        masked=data is MASKED,
        everywhere=looked_at(officer, recipient_list.kind).everywhere,
        **about_list(services, translate, officer, recipient_list),
    )


@router.post("/{which:list}/{number:int}/end")
async def end_entry(
    request: Request,
    one: OneList,
    number: Entry,
    officer: MayRead,
    also: Annotated[list[EntryNumber], Form(max_length=500)] = [],  # noqa: B006  FastAPI copies it
    why: Annotated[Literal["other", "requested"], Form()] = "other",
) -> Response:
    """Take an entry off the list, and those with the same addresses that were chosen.

    `why` is "requested" where the person asked for it.
    """
    await recipient_lists.end_recipient(
        state_of(request).services,
        one.kind,
        number,
        requested=why == "requested",
        by=officer,
        also=also,
    )
    return RedirectResponse(f"{one.path}/{number}", status_code=303)


async def _entry(
    request: Request,
    recipient_list: List,
    number: int,
    officer: Officer,
    translate: Translator,
    data: PersonalData,
    *,
    typed: dict[str, str] | None = None,
    seen: Seen | None = None,
    problem: BadEntry | ChangedMeanwhile | None = None,
) -> Response:
    """`typed` is shown where it was refused, else what stands there.

    Where that changed since it was `seen`, whatever was not touched is shown as it stands now, and
    beside what was, what stands there: saving once more then saves exactly what is shown.
    """
    services = state_of(request).services
    entry = await recipient_lists.get_recipient(
        services, recipient_list.kind, number, by=officer, data=data
    )
    now = as_typed(entry.who)
    typed = now if typed is None else typed
    changed: dict[str, tuple[str, str]] = {}
    if seen is None or isinstance(problem, ChangedMeanwhile):
        was = seen.fields if seen else now
        changed = {name: (was[name], now[name]) for name in now if now[name] != was[name]}
        typed = {name: now[name] if typed[name] == was[name] else typed[name] for name in now}
        seen = Seen(entry.fingerprint(), now)
    faults = problem.faults if isinstance(problem, BadEntry) else ()
    return render_page(
        request,
        "recipients/recipient.html",
        words=translate,
        officer=officer,
        status=status_of(problem) if problem else 200,
        entry=entry,
        masked=data is MASKED,
        typed=typed,
        seen=seen,
        changed=changed,
        faults={fault.column: _told(fault, translate) for fault in faults},
        problem=translate.error(problem) if problem else "",
        saved="saved" in request.query_params,
        groups=(await recipient_lists.list_groups(services, recipient_list.kind, by=officer)).items,
        **about_list(services, translate, officer, recipient_list),
    )


def as_typed(recipient: Recipient) -> dict[str, str]:
    """An entry as it would be typed into its form."""
    return {
        "name": recipient.name,
        "outlet": recipient.outlet,
        "language": recipient.language,
        "municipality": recipient.nis_code,
        "phone": recipient.phone,
        "email": recipient.email,
        "consent_date": recipient.consent_date.isoformat() if recipient.consent_date else "",
        "consent_source": recipient.consent_source,
        "groups": ", ".join(recipient.groups or ()),
        "channels": ",".join(recipient.preferred_channels),
    }


def _told(fault: RowFinding, translate: WordsOf) -> str:
    return translate(fault.reason, **fault.facts)
