"""On-call lists: who is called first where something of an authority waits for approval."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from alerting.actions import authorization
from alerting.actions.change_requests import Details
from alerting.actions.moments import Moment
from alerting.actions.staff_notifications.outbox import queue_mail
from alerting.domain.account import concerned
from alerting.domain.errors import BadRequest, NotFound
from alerting.domain.officer import Officer, Permission
from alerting.domain.on_call import OnCall
from alerting.domain.text.i18n import msgid
from alerting.i18n import translator_for
from alerting.services import Services
from alerting.store import UnitOfWork
from alerting.store import ledger as ledger_rows
from alerting.store.accounts import memberships as membership_rows
from alerting.store.accounts import repository as account_rows
from alerting.store.authorities import on_call as on_call_rows
from alerting.store.unit_of_work import ReadTransaction

ENTRY = msgid("on-call entry")
ENDS_FIRST = msgid("The end must be after the start, and in the future")
UNKNOWN = msgid("There is no user “{officer}” who works here")
CANNOT_APPROVE = msgid(
    "“{officer}” cannot be put on call: they cannot approve alerts of this authority"
)
CANNOT_BE_CALLED = msgid(
    "“{officer}” cannot be put on call: they have no account to which an e-mail or text message "
    "could be sent"
)
TOO_MANY = msgid("An on-call list has at most {most} entries")
TOO_LONG = msgid("An on-call duty lasts at most 90 days")
MOST_ENTRIES = 100
LONGEST_DUTY = timedelta(days=90)
LARGEST_PLACE = 99


CHANGED = msgid("The on-call list was changed")
ADDED = msgid(
    "{officer} put “{name}” on the on-call list of {authority} on {moment}, from {start} until "
    "{end}.\n\nIf this was not intended, correct the list on the page of the authority: {address}"
)
REMOVED = msgid(
    "{officer} took “{name}” off the on-call list of {authority} on {moment}. The duty was from "
    "{start} until {end}.\n\nIf this was not intended, correct the list on the page of the "
    "authority: {address}"
)
MOST_TOLD = 20
"""Changes of one person to one list within a day that other administrators are written to about;
whose duty it is hears of all, and all are in the audit log."""


class OnCallRequest(Details):
    """Who is to be called, as which, from when until when."""

    officer: Annotated[str, Field(min_length=1, max_length=64)]
    place: Annotated[int, Field(ge=1, le=LARGEST_PLACE, description="1 is called first")]
    starts_at: Moment
    ends_at: Moment


async def list_on_call(services: Services, code: str, *, by: Officer) -> list[OnCall]:
    """What is not over of an authority's list, by place and hour."""
    by.must(Permission.READ)
    if by.authority.partner and code != by.authority.code:
        raise NotFound(what=authorization.AUTHORITY, number=code)
    async with services.reading() as reading:
        authority = await authorization.authority(services, reading.connection, code)
        return await on_call_rows.list_from(reading.connection, authority.code, now=services.now())


async def list_candidates(services: Services, code: str, *, by: Officer) -> list[str]:
    """Who may approve what an authority submits and can be called, by name; whoever else stands on
    its list is passed over.
    """
    by.must(Permission.READ)
    if by.authority.partner and code != by.authority.code:
        raise NotFound(what=authorization.AUTHORITY, number=code)
    async with services.reading() as reading:
        able = await _approvers(services, reading, code)
        return [user.name for user in await account_rows.addresses(reading.connection, able)]


async def _approvers(services: Services, reading: ReadTransaction, code: str) -> set[str]:
    places = await authorization.members_who_see(services, reading, code, Permission.APPROVE)
    return {officer.name for _, officers in places for officer in officers}


async def add_on_call(
    services: Services, code: str, request: OnCallRequest, *, by: Officer
) -> OnCall:
    """Put somebody on the list who may approve there and can be called.

    For administrators of the authority, or of one above.
    """
    by.must(Permission.MANAGE_ACCESS)
    now = services.now()
    if request.ends_at <= max(request.starts_at, now):
        raise BadRequest(ENDS_FIRST)
    if request.ends_at - request.starts_at > LONGEST_DUTY:
        raise BadRequest(TOO_LONG)
    async with services.unit() as unit:
        await authorization.require_may_manage(
            services, unit, Permission.MANAGE_ACCESS, code, by=by
        )
        if not await membership_rows.memberships_of(unit.connection, request.officer):
            raise BadRequest(UNKNOWN, officer=request.officer)
        if request.officer not in await _approvers(services, unit, code):
            raise BadRequest(CANNOT_APPROVE, officer=request.officer)
        if not await account_rows.addresses(unit.connection, [request.officer]):
            raise BadRequest(CANNOT_BE_CALLED, officer=request.officer)
        listed = await on_call_rows.list_from(unit.connection, code, now=now)
        if len(listed) >= MOST_ENTRIES:
            raise BadRequest(TOO_MANY, most=MOST_ENTRIES)
        entry = OnCall(authority=code, **request.model_dump())
        number = await on_call_rows.add(unit.connection, entry)
        await unit.record(
            "on-call.added",
            by=by,
            about=f"authority/{code}",
            at=now,
            details={"entry": number, **request.model_dump(mode="json")},
        )
        await _tell(services, unit, entry, ADDED, by=by)
    return OnCall(id=number, authority=code, **request.model_dump())


async def remove_on_call(services: Services, code: str, number: int, *, by: Officer) -> None:
    """Take an entry off the list; NotFound where it is not on it."""
    by.must(Permission.MANAGE_ACCESS)
    async with services.unit() as unit:
        await authorization.require_may_manage(
            services, unit, Permission.MANAGE_ACCESS, code, by=by
        )
        removed = await on_call_rows.remove(unit.connection, code, number)
        if removed is None:
            raise NotFound(what=ENTRY, number=number)
        await _tell(services, unit, removed, REMOVED, by=by)
        await unit.record(
            "on-call.removed",
            by=by,
            about=f"authority/{code}",
            at=services.now(),
            details={"entry": number, "officer": removed.officer},
        )


async def _tell(
    services: Services, unit: UnitOfWork, entry: OnCall, text: str, *, by: Officer
) -> None:
    """An e-mail to whose duty it is, and to who manages access there; not to who did it."""
    now, about = services.now(), f"authority/{entry.authority}"
    changes = await ledger_rows.number_since(
        unit.connection,
        about=about,
        acts={"on-call.added", "on-call.removed"},
        by=by.name,
        since=now - timedelta(days=1),
    )
    authority = await authorization.authority(services, unit.connection, entry.authority)
    everyone = await account_rows.list_accounts(unit.connection)
    managed = {entry.authority} if changes <= MOST_TOLD else ()
    for account in concerned(everyone, entry.officer, managed, by=by.name):
        translate = translator_for(account.language)
        facts = {
            "officer": by.name,
            "name": entry.officer,
            "authority": authority.called.told(account.language),
            "moment": translate.moment(now),
            "start": translate.moment(entry.starts_at),
            "end": translate.moment(entry.ends_at),
            "address": f"{services.rules.public_url}/authorities/{entry.authority}",
        }
        await queue_mail(services, unit, [account], CHANGED, text, facts)
