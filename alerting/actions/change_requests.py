"""Two people for what changes who may do what: one proposes, another one confirms or refuses.

Granting a membership, inviting a partner, making a token and setting up an authority all go this
way. The second person needs the same permission over the same territory as the first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from alerting.actions import authorization as standing
from alerting.domain.authority import Territory
from alerting.domain.change_request import Act, Proposal, Verdict
from alerting.domain.errors import BadRequest, NotFound
from alerting.domain.officer import Officer, Permission
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store import Reading, Unit
from alerting.store import change_requests as proposals
from alerting.store.change_requests import REQUEST

BAD_DETAILS = msgid("The details of the request are not right: {problems}")
MOST = 200


D = TypeVar("D", bound="Details")


class Details(BaseModel):
    """What an act needs to know; kept as JSON until it is decided."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)


@dataclass(frozen=True, slots=True)
class Matter:
    """Whose matter a proposal is: it takes the right over this territory to decide on it."""

    authority: str
    territory: Territory


class Kind(Protocol):
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
        self, services: Services, reading: Reading, wanted: Any, *, by: Officer
    ) -> Matter:
        """Look at the wish: refuse what cannot be, and say whose matter it is."""
        ...

    async def carry_out(
        self, services: Services, unit: Unit, wanted: Any, *, proposal: Proposal, by: Officer
    ) -> str:
        """Do it, in the transaction that confirms it; a secret, where one was made."""
        ...


@dataclass(frozen=True, slots=True)
class Decided:
    """What a confirmation made. `secret` is shown once: nothing but its hash is kept."""

    proposal: Proposal
    secret: str = ""


async def propose(
    services: Services, kinds: Mapping[Act, Kind], what: Act, details: object, *, by: Officer
) -> Proposal:
    """Propose an act. Proposing it again while it waits is the same proposal."""
    kind = kinds[what]
    by.must(kind.permission)
    wanted = read_details(kind.details, details)
    now = services.now()
    async with services.unit() as unit:
        matter = await kind.matter(services, unit, wanted, by=by)
        standing.must_rule(services, kind.permission, matter.territory, by=by)
        await standing.must_be_below(services, unit, matter.authority, by=by)
        number, new = await proposals.add(
            unit.connection,
            unit.database,
            Proposal(
                id=0,
                what=what,
                details=wanted.model_dump(mode="json"),
                authority=matter.authority,
                proposed_by=by.name,
                proposed_at=now,
            ),
        )
        made = await proposals.load(unit.connection, number)
        if new:
            await _record(services, unit, made, "proposal.made", by=by)
    return made


async def confirm(
    services: Services, kinds: Mapping[Act, Kind], number: int, *, by: Officer
) -> Decided:
    """Carry a proposal out, as somebody else than who made it and whom it is for."""
    async with services.unit() as unit:
        found, kind, wanted = await _held(services, kinds, unit, number, by=by)
        found.must_be_open(now=services.now())
        found.second_person(by)
        secret = await kind.carry_out(services, unit, wanted, proposal=found, by=by)
        done = await _decide(services, unit, found, Verdict.CONFIRMED, by=by)
    return Decided(done, secret)


async def refuse(
    services: Services, kinds: Mapping[Act, Kind], number: int, *, by: Officer
) -> Proposal:
    """Turn a proposal down; whoever made it may, too, and so takes it back."""
    async with services.unit() as unit:
        found, _, _ = await _held(services, kinds, unit, number, by=by)
        found.must_be_open(now=services.now())
        return await _decide(services, unit, found, Verdict.REFUSED, by=by)


async def listing(services: Services, *, by: Officer) -> list[Proposal]:
    """Proposals that are the matter of authorities in the officer's territory, newest first."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        inside = await standing.below(services, reading, by=by)
        return await proposals.newest(reading.connection, inside, limit=MOST)


async def _held(
    services: Services, kinds: Mapping[Act, Kind], unit: Unit, number: int, *, by: Officer
) -> tuple[Proposal, Kind, Details]:
    """A proposal the officer could decide on, held until the commit."""
    found = await proposals.load(unit.connection, number, lock=True)
    inside = await standing.below(services, unit, by=by)
    if inside is not None and found.authority not in inside:
        raise NotFound(what=REQUEST, number=number)
    kind = kinds[found.what]
    by.must(kind.permission)
    wanted = read_details(kind.details, found.details)
    if found.verdict is None:
        matter = await kind.matter(services, unit, wanted, by=by)
        standing.must_rule(services, kind.permission, matter.territory, by=by)
    return found, kind, wanted


async def _decide(
    services: Services, unit: Unit, found: Proposal, verdict: Verdict, *, by: Officer
) -> Proposal:
    await proposals.decide(unit.connection, found.id, verdict, by=by.name, now=services.now())
    await _record(services, unit, found, f"proposal.{verdict}", by=by)
    return await proposals.load(unit.connection, found.id)


async def _record(
    services: Services, unit: Unit, found: Proposal, what: str, *, by: Officer
) -> None:
    await unit.record(
        what,
        by=by,
        about=f"proposal/{found.id}",
        at=services.now(),
        details={"what": found.what, "role": by.role, "authority": by.authority.code},
    )


def read_details(shape: type[D], details: object) -> D:
    """What an act needs to know, in the shape it takes; BadRequest names all that is wrong."""
    try:
        return shape.model_validate(details)
    except ValidationError as fault:
        problems = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'details'}: {one['msg']}"
            for one in fault.errors(include_url=False, include_input=False)
        )
        raise BadRequest(BAD_DETAILS, problems=problems) from None
