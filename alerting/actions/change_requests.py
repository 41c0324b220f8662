"""Two people for what changes who may do what: one requests, another one confirms or rejects.

Every act that takes two goes this way: inviting somebody, another role, a membership, a token, a
partner, an authority and its lists, the wording of a template. The second person is nobody who had
a hand in it, needs the same right over the same territory as the first, and finds what it would
change as the first one did; it lapses after 24 hours.
"""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from alerting.actions import authorization
from alerting.domain.authority import Authority, Territory, manages
from alerting.domain.change_request import (
    ASKED_BY_ANYBODY,
    SECRET_OF_ITS_HOLDER,
    Act,
    ChangeRequest,
    Decision,
    basis_of,
    most_waiting,
)
from alerting.domain.errors import (
    AlertingError,
    BadRequest,
    NotFound,
    RequesterShutOut,
    TooManyWaiting,
)
from alerting.domain.field_problems import field_problems
from alerting.domain.ledger import Actor
from alerting.domain.officer import Officer, Permission
from alerting.domain.page import Page, page_of
from alerting.domain.text.hidden import hidden
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store import ReadTransaction, UnitOfWork, persons
from alerting.store import change_requests as change_request_rows
from alerting.store.accounts import credentials as credential_rows
from alerting.store.accounts import memberships as membership_rows
from alerting.store.change_requests import REQUEST

OWN_ONLY = msgid(
    "A token is requested by the person who will use it, and confirmed by an administrator"
)
BAD_DETAILS = msgid("The details of the request are invalid: {problems}")
PAGE_SIZE = 200
"""Requests of one page of a list."""
WAITING_PAGE_SIZE = 20
"""Requests of one page where each is looked at as it would be confirmed."""
NOBODY = -1
"""The number of whoever never acted here; 0 is the shell of the server."""


D = TypeVar("D", bound="Details")


class Details(BaseModel):
    """What an act needs to know; kept as JSON until it is decided."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _visible(cls, given: object) -> object:
        """Whoever confirms it reads all of it: no word, however deep, hides a character."""
        if any(next(hidden(text), None) for text in _texts(given)):
            raise ValueError(msgid("contains invisible characters"))
        return given


def _texts(given: object) -> Iterator[str]:
    if isinstance(given, str):
        yield given
    elif isinstance(given, Mapping):
        for key, value in given.items():
            yield from (*_texts(key), *_texts(value))
    elif isinstance(given, list | tuple | set | frozenset):
        for one in given:
            yield from _texts(one)


@dataclass(frozen=True, slots=True)
class Matter:
    """Whose matter a request is: it takes the right over this territory to decide on it."""

    authority: str
    territory: Territory
    basis: object
    """What it would change, as it stands now, in JSON values: looked at again before it is done."""
    person: str = ""
    """The name of whom it is for."""
    hands: tuple[str, ...] = ()
    """The names of the others who had a hand in it."""
    above: tuple[Authority, ...] = ()
    """Whoever confirms it stands above each of these, or decides for the whole country."""
    works_for: tuple[Authority, ...] = ()
    """Where the person works already: whoever confirms it manages each of these, too."""
    before: Mapping[str, Any] = field(default_factory=dict)
    """What stands today of what is asked for, under the names of its details; empty where it is
    something new."""


@dataclass(frozen=True, slots=True)
class Handover:
    """A secret for somebody who is not here; shown only where `send` could not bring it to them."""

    secret: str
    send: Callable[[], Awaitable[bool]]


class ChangeKind(Protocol):
    """One act that needs two people."""

    @property
    def permission(self) -> Permission:
        """What both of them need."""
        ...

    @property
    def details(self) -> type[Details]:
        """The shape of what it needs to know."""
        ...

    async def matter(
        self, services: Services, reading: ReadTransaction, wanted: Any, *, by: Officer
    ) -> Matter:
        """Look at the wish: refuse what cannot be, and say whose matter it is."""
        ...

    async def carry_out(
        self,
        services: Services,
        unit: UnitOfWork,
        wanted: Any,
        *,
        request: ChangeRequest,
        by: Officer,
    ) -> str | Handover:
        """Do it, in the transaction that confirms it; a secret, where one was made."""
        ...


@dataclass(frozen=True, slots=True)
class WaitingChange:
    """A request that waits, as one officer sees it."""

    request: ChangeRequest
    before: Mapping[str, Any]
    """See `Matter.before`."""
    from_above: bool
    """Whether it takes somebody of an authority above this officer's to confirm it."""
    refusal: AlertingError | None
    """Why this officer's confirmation would be refused; None where it would be carried out."""


@dataclass(frozen=True, slots=True)
class DecidedChange:
    """What a confirmation made. `secret` is shown once: nothing but its hash is kept."""

    request: ChangeRequest
    secret: str = ""


async def request_change(
    services: Services, kinds: Mapping[Act, ChangeKind], act: Act, details: object, *, by: Officer
) -> ChangeRequest:
    """Request an act. Requesting it again while it waits is the same request."""
    kind = kinds[act]
    by.must(kind.permission)
    if act in SECRET_OF_ITS_HOLDER:
        raise BadRequest(OWN_ONLY)
    wanted = read_details(kind.details, details)
    async with services.unit() as unit:
        matter = await kind.matter(services, unit, wanted, by=by)
        authorization.require_territory(services, kind.permission, matter.territory, by=by)
        await authorization.require_below(services, unit, matter.authority, by=by)
        change_request, _ = await add_change_request(services, unit, act, wanted, matter, by=by)
    return change_request


async def add_change_request(
    services: Services,
    unit: UnitOfWork,
    act: Act,
    wanted: Details,
    matter: Matter,
    *,
    by: Officer | Actor,
) -> tuple[ChangeRequest, bool]:
    """Store a request whose author was checked (`request_change` does); whether it is new.

    TooManyWaiting for whoever has asked for too much that nobody decided on.
    """
    connection = unit.connection
    requester = 0
    details = wanted.model_dump(mode="json")
    if isinstance(by, Officer):
        requester = by.person or await persons.number_of(connection, by.name)
        same, most = most_waiting(act)
        waiting = await change_request_rows.number_waiting(
            connection, requester, same, now=services.now()
        )
        if waiting >= most and await change_request_rows.waits(connection, act, details) is None:
            raise TooManyWaiting(number=waiting)
    number, new = await change_request_rows.add(
        connection,
        unit.database,
        ChangeRequest(
            id=0,
            what=act,
            details=details,
            authority=matter.authority,
            basis=basis_of(matter.basis),
            person=(await persons.find(connection, matter.person) if matter.person else 0) or 0,
            requester=requester,
            membership=by.membership if isinstance(by, Officer) else 0,
            hands=tuple([await persons.number_of(connection, one) for one in matter.hands]),
            requested_at=services.now(),
        ),
    )
    made = await change_request_rows.load(connection, number)
    if new:
        await _record(services, unit, made, "change_request.made", by=by)
    return made, new


async def confirm_change(
    services: Services, kinds: Mapping[Act, ChangeKind], number: int, *, by: Officer
) -> DecidedChange:
    """Carry a request out, as somebody else than who made it and whom it is for."""
    async with services.unit() as unit:
        by = await _numbered(unit, by)
        found = await _held(services, unit, number, by=by)
        kind = kinds[found.what]
        wanted = await _require_may_confirm(services, unit, kind, found, by=by)
        made = await kind.carry_out(services, unit, wanted, request=found, by=by)
        done = await _decide(services, unit, found, Decision.CONFIRMED, by=by)
    if isinstance(made, Handover):
        made = "" if await made.send() else made.secret
    return DecidedChange(done, made)


async def reject_change(
    services: Services, kinds: Mapping[Act, ChangeKind], number: int, *, by: Officer
) -> ChangeRequest:
    """Reject a request; whoever made it may, too, and so withdraws it."""
    async with services.unit() as unit:
        by = await _numbered(unit, by)
        change_request = await _held(services, unit, number, by=by)
        if by.person != change_request.requester:
            by.must(kinds[change_request.what].permission)
        change_request.must_be_open(now=services.now())
        await credential_rows.end_waiting(unit.connection, request=number, now=services.now())
        return await _decide(services, unit, change_request, Decision.REFUSED, by=by)


async def list_change_requests(
    services: Services,
    *,
    by: Officer,
    before: int = 0,
    limit: int = PAGE_SIZE,
    waiting: bool = False,
    kinds: Collection[Act] = frozenset(Act),
    authority: str = "",
) -> Page[ChangeRequest, int]:
    """Requests that are the matter of authorities in the officer's territory, newest first.

    From below the number `before`, if any. What was not decided on
    in time is told as lapsed; `waiting`: only what can still be decided on; `authority`: only what
    names that one. Invitations hold addresses of people, and show to those who manage access.
    """
    by.must(Permission.READ)
    acts = set(kinds) - (set() if by.may(Permission.MANAGE_ACCESS) else {Act.INVITE})
    now = services.now()
    async with services.reading() as reading:
        inside = await authorization.subordinate_authorities(services, reading, by=by)
        change_requests = await change_request_rows.newest(
            reading.connection,
            inside,
            acts,
            limit=limit + 1,
            before=before,
            waiting_at=now if waiting else None,
            naming=authority,
        )
    told = [
        replace(one, decision=Decision.LAPSED) if one.lapsed(now) else one
        for one in change_requests
    ]
    return page_of(told, limit, lambda change_request: change_request.id)


async def list_waiting(
    services: Services,
    kinds: Mapping[Act, ChangeKind],
    *,
    by: Officer,
    before: int = 0,
    authority: str = "",
) -> Page[WaitingChange, int]:
    """What waits for a second person, newest first, and whether this officer is one.

    It is looked at as it will be when it is confirmed: nobody is offered what is then refused.
    A page of WAITING_PAGE_SIZE; see `list_change_requests`.
    """
    found = await list_change_requests(
        services,
        by=by,
        before=before,
        limit=WAITING_PAGE_SIZE,
        waiting=True,
        authority=authority,
    )
    async with services.reading() as reading:
        number = by.person or await persons.find(reading.connection, by.name) or NOBODY
        viewer = replace(by, person=number)
        changes = [
            await _as_seen(services, reading, kinds[one.what], one, by=viewer)
            for one in found.items
        ]
    return Page(changes, found.next)


async def _as_seen(
    services: Services,
    reading: ReadTransaction,
    kind: ChangeKind,
    found: ChangeRequest,
    *,
    by: Officer,
) -> WaitingChange:
    before: Mapping[str, Any] = {}
    from_above = False
    refusal = None
    try:
        wanted = read_details(kind.details, found.details)
        matter = await kind.matter(services, reading, wanted, by=by)
        before = matter.before
        from_above = bool(matter.above) or not all(
            manages(by.authority, authority) for authority in matter.works_for
        )
        await _require_second_person(services, reading, kind, found, matter, by=by)
    except AlertingError as why:
        refusal = why
    return WaitingChange(found, before, from_above, refusal)


async def _require_may_confirm(
    services: Services,
    reading: ReadTransaction,
    kind: ChangeKind,
    change_request: ChangeRequest,
    *,
    by: Officer,
) -> Any:
    """Refuse whoever is no second person for a request as things stand; what it wants."""
    by.must(kind.permission)
    change_request.must_be_open(now=services.now())
    change_request.second_person(by)
    wanted = read_details(kind.details, change_request.details)
    matter = await kind.matter(services, reading, wanted, by=by)
    await _require_second_person(services, reading, kind, change_request, matter, by=by)
    return wanted


async def _require_second_person(
    services: Services,
    reading: ReadTransaction,
    kind: ChangeKind,
    change_request: ChangeRequest,
    matter: Matter,
    *,
    by: Officer,
) -> None:
    by.must(kind.permission)
    change_request.must_be_open(now=services.now())
    change_request.second_person(by)
    authorization.require_territory(services, kind.permission, matter.territory, by=by)
    await authorization.require_below(services, reading, matter.authority, by=by)
    authorization.require_above(matter.above, by=by)
    authorization.require_manages(matter.works_for, matter.person, by=by)
    await _require_may_still_request(services, reading, kind, change_request, matter)
    change_request.must_be_current(basis_of(matter.basis))


async def _require_may_still_request(
    services: Services,
    reading: ReadTransaction,
    kind: ChangeKind,
    found: ChangeRequest,
    matter: Matter,
) -> None:
    """Refuse what its requester could not request today, under any membership that is theirs.

    What was requested under none, by the shell of the server or in its time, stays as it was.
    """
    if not found.membership:
        return
    held = await membership_rows.by_person(reading.connection, found.requester)
    for membership in held.get(found.requester, []):
        if found.what in ASKED_BY_ANYBODY:
            return
        requester = await authorization.as_member_of(
            services, reading, found.requester, membership.id
        )
        try:
            requester.must(kind.permission)
            authorization.require_territory(
                services, kind.permission, matter.territory, by=requester
            )
            await authorization.require_below(services, reading, found.authority, by=requester)
        except AlertingError:
            continue
        return
    raise RequesterShutOut(number=found.id, officer=found.requested_by)


async def end_requests_under(
    services: Services, unit: UnitOfWork, membership: int, *, by: Officer | Actor, but: int = 0
) -> None:
    """Reject what waits and was requested under a membership that ends; `but`: one that is decided.

    A token that waits for such a request never opens anything.
    """
    connection, now = unit.connection, services.now()
    decider = by.person
    if isinstance(by, Officer):
        decider = by.person or await persons.number_of(connection, by.name)
    for change_request in await change_request_rows.waiting_under(connection, membership, now=now):
        if change_request.id == but:
            continue
        await credential_rows.end_waiting(connection, request=change_request.id, now=now)
        await change_request_rows.decide(
            connection, change_request.id, Decision.REFUSED, by=decider, now=now
        )
        await _record(services, unit, change_request, f"change_request.{Decision.REFUSED}", by=by)


async def _numbered(unit: UnitOfWork, by: Officer) -> Officer:
    number = by.person or await persons.number_of(unit.connection, by.name)
    return replace(by, person=number)


async def _held(services: Services, unit: UnitOfWork, number: int, *, by: Officer) -> ChangeRequest:
    """A request of an authority the officer manages, or their own; held until the commit."""
    change_request = await change_request_rows.load(unit.connection, number, lock=True)
    inside = await authorization.subordinate_authorities(services, unit, by=by)
    if (
        inside is not None
        and change_request.authority not in inside
        and change_request.requester != by.person
    ):
        raise NotFound(what=REQUEST, number=number)
    return change_request


async def _decide(
    services: Services,
    unit: UnitOfWork,
    change_request: ChangeRequest,
    decision: Decision,
    *,
    by: Officer,
) -> ChangeRequest:
    await change_request_rows.decide(
        unit.connection, change_request.id, decision, by=by.person, now=services.now()
    )
    await _record(services, unit, change_request, f"change_request.{decision}", by=by)
    return await change_request_rows.load(unit.connection, change_request.id)


async def _record(
    services: Services,
    unit: UnitOfWork,
    change_request: ChangeRequest,
    what: str,
    *,
    by: Officer | Actor,
) -> None:
    details: dict[str, Any] = {"what": change_request.what, "authority": change_request.authority}
    if isinstance(by, Officer):
        details = {"what": change_request.what, "role": by.role, "authority": by.authority.code}
    if "officer" in change_request.details:
        details["for"] = change_request.details["officer"]
    if what != "change_request.made":
        details["requested_by"] = change_request.requested_by
    await unit.record(
        what, by=by, about=f"change_request/{change_request.id}", at=services.now(), details=details
    )


def read_details(shape: type[D], details: object) -> D:
    """What an act needs to know, in the shape it takes; BadRequest names all that is wrong."""
    try:
        return shape.model_validate(details)
    except ValidationError as fault:
        faults = fault.errors(include_url=False, include_input=False)
        raise BadRequest(BAD_DETAILS, problems=field_problems(faults)) from None
