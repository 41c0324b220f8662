"""Every act there is, tried by an officer here and elsewhere; and the table that says who may.

`python -m tests.permissions` writes docs/permissions.md anew from what the code does; read the
difference before you keep it.
"""

import asyncio
import itertools
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from alerting.actions import authorization as standing
from alerting.actions import change_requests as proposals
from alerting.actions import deliveries, ledger, templates
from alerting.actions.accounts import administration as colleagues
from alerting.actions.accounts import memberships
from alerting.actions.accounts import sessions as access
from alerting.actions.alerts import compositions as composing
from alerting.actions.alerts import drafting
from alerting.actions.alerts import queries as alerts
from alerting.actions.authorities import incidents
from alerting.actions.authorities import manage as authorities
from alerting.actions.change_request_kinds import KINDS
from alerting.actions.operations import routes
from alerting.actions.recipients import importing as recipients
from alerting.actions.recipients import lists as people
from alerting.domain.alert import AlertClass
from alerting.domain.authority import Phase
from alerting.domain.change_request import Act, Proposal
from alerting.domain.errors import NotFound, Refusal
from alerting.domain.language import Language
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer, Permission, Role
from alerting.domain.recipient import Kind
from alerting.domain.route import Override
from alerting.store import Database
from alerting.store.migrate import migrate
from tests.desk import MILA, Desk
from tests.doubles import Clock
from tests.make import GENT, LIEGE, make_services, person
from tests.territory import CITY, PARTNER, TOWN, Country

TABLE = Path(__file__).parent.parent / "docs" / "permissions.md"
INVITED = "partner, invited"
COLUMNS: Sequence[str] = (*(role.value for role in Role), INVITED)
ADA = Officer("ada", Role.ADMINISTRATOR)
YES, INSIDE, NO = "everywhere", "inside", "no"
HEAD = """# Who may do what, and where

An officer of a municipality tries every act on what lies **inside** its territory and on what lies
outside. *inside*: allowed inside and refused outside. *everywhere*: the act is not about a place.
*no*: refused in both. The last column is a communicator of a partner service, invited to the
incident inside. Reading counts as inside where the area overlaps the territory; drafting, approving
and sending need the whole area inside. An alert stays the word of the authority that drafted it:
only that authority, and those above it, act on it; and in an incident only those as high as its
phase approve and send. What all share – the library, newsrooms, routes – is changed only by those
who speak to the whole country: by nobody in this table.

This table is tested: `tests/test_permissions.py` performs every act in every role and fails where
the table says something else. `python -m tests.permissions` writes it anew.

"""


class HiddenError(Exception):
    """It was asked for without a refusal, and was not among the answers."""


@dataclass
class Trial:
    """What an act needs: somebody who tries it, and the place it is tried on."""

    desk: Desk
    country: Country
    by: Officer
    here: bool
    incident: int
    serial: "itertools.count[int]" = field(default_factory=itertools.count)

    @property
    def services(self) -> Any:
        return self.desk.services

    @property
    def place(self) -> str:
        return "Liège" if self.here else "Gent"

    @property
    def authority(self) -> str:
        return CITY if self.here else TOWN

    def second(self, role: Role = Role.ADMINISTRATOR) -> Awaitable[Officer]:
        """A colleague of the place."""
        return self.country.officer(role, self.authority, name=f"second-{next(self.serial)}")

    async def drafted(self) -> Any:
        """An alert of the place, which a partner wrote itself where a partner tries."""
        author = self.by if self.by.authority.partner and self.here else None
        if author is None:
            author = await self.second(Role.COMMUNICATOR)
        return await self.desk.drafts(
            by=author,
            area=(self.place,),
            channels=("sms",),
            incident=self.incident if self.here else None,
        )

    async def approved(self) -> Any:
        return await self.desk.approves(await self.drafted())

    async def proposed(self, what: Act, details: Mapping[str, object]) -> Proposal:
        return await proposals.propose(self.services, KINDS, what, dict(details), by=ADA)

    def membership(self) -> dict[str, object]:
        return {
            "officer": f"new-{next(self.serial)}",
            "authority": self.authority,
            "role": "auditor",
        }

    async def happening(self) -> Any:
        leader = await self.second(Role.COMMUNICATOR)
        return await self.country.incident(by=leader, area=self.place)


async def read(one: Trial) -> None:
    await alerts.read(one.services, (await one.drafted()).id, by=one.by)


async def listed(one: Trial) -> None:
    made = await one.drafted()
    if made.id not in [found.id for found in await alerts.listing(one.services, by=one.by)]:
        raise HiddenError


async def preview(one: Trial) -> None:
    await alerts.preview(one.services, (await one.drafted()).id, by=one.by)


async def status(one: Trial) -> None:
    await alerts.status(one.services, (await one.drafted()).id, by=one.by)


async def draft(one: Trial) -> None:
    incident = one.incident if one.here else None
    await one.desk.drafts(by=one.by, area=(one.place,), channels=("sms",), incident=incident)


async def revise(one: Trial) -> None:
    made = await one.drafted()
    await drafting.revise(one.services, made.id, made.messages[:1], by=one.by)


async def approve(one: Trial) -> None:
    await one.desk.approves(await one.drafted(), by=one.by)


async def send(one: Trial) -> None:
    await one.desk.sends(await one.approved(), by=one.by)


async def see_deliveries(one: Trial) -> None:
    await deliveries.page(one.services, (await one.drafted()).id, by=one.by, limit=1)


async def export_deliveries(one: Trial) -> None:
    made = await one.drafted()
    async for _ in deliveries.export(one.services, made.id, by=one.by):
        pass


async def count_recipients(one: Trial) -> None:
    nis = LIEGE if one.here else GENT
    before = (await recipients.counts(one.services, by=one.by))[Kind.PERSON]
    await one.desk.registers(person(1000 + next(one.serial), nis=nis))
    if (await recipients.counts(one.services, by=one.by))[Kind.PERSON] == before:
        raise HiddenError


async def look_somebody_up(one: Trial) -> None:
    somebody = person(1000 + next(one.serial), nis=LIEGE if one.here else GENT)
    await one.desk.registers(somebody)
    if not await recipients.search(one.services, somebody.email, by=one.by):
        raise HiddenError


async def import_people(one: Trial) -> None:
    data = (
        "reference;name;language;municipality;phone;email\n"
        f"x-{next(one.serial)};X;fr;{one.place};;x@example.org\n"
    ).encode()
    await recipients.import_file(one.services, data, file="people.csv", kind=Kind.PERSON, by=one.by)


async def import_newsrooms(one: Trial) -> None:
    data = b"reference;outlet;name;language;email;phone\nx;X;;fr;x@example.org;\n"
    await recipients.import_file(one.services, data, file="press.csv", kind=Kind.PRESS, by=one.by)


async def find_on_list(one: Trial) -> None:
    somebody = person(1000 + next(one.serial), nis=LIEGE if one.here else GENT)
    await one.desk.registers(somebody)
    wanted = people.Search(text=somebody.reference)
    found = await people.page(one.services, Kind.PERSON, wanted, by=one.by, limit=5)
    if not found.entries:
        raise HiddenError


async def end_entry(one: Trial) -> None:
    somebody = person(1000 + next(one.serial), nis=LIEGE if one.here else GENT)
    await one.desk.registers(somebody)
    wanted = people.Search(text=somebody.reference)
    found = await people.page(one.services, Kind.PERSON, wanted, by=ADA, limit=5)
    await people.end(one.services, Kind.PERSON, found.entries[0].id, by=one.by)


async def take_up_a_sketch(one: Trial) -> None:
    colleague = await one.second(Role.COMMUNICATOR)
    made = await composing.begin(one.services, "gas_leak", AlertClass.ALERT, by=colleague)
    await composing.read(one.services, made.id, by=one.by)


async def decide_on_a_route(one: Trial) -> None:
    channel, (route, *_) = next(iter(one.services.routes.items()))
    await routes.decide(
        one.services, channel, route.route, Override.OFF, reason="maintenance", by=one.by
    )


async def invite_somebody(one: Trial) -> None:
    number = next(one.serial)
    wanted = colleagues.Invitation(
        name=f"guest-{number}",
        email=f"guest-{number}@example.org",
        full_name="",
        language=Language.FR,
        role=Role.AUDITOR,
        authority=one.authority,
    )
    await colleagues.ask_to_invite(one.services, wanted, by=one.by)


async def read_ledger(one: Trial) -> None:
    made = await one.drafted()
    if not await ledger.entries(one.services, by=one.by, about=f"alert/{made.id}"):
        raise HiddenError


async def open_incident(one: Trial) -> None:
    await incidents.open_one(one.services, "Fire", [one.place], Phase.MUNICIPAL, by=one.by)


async def read_incident(one: Trial) -> None:
    number = one.incident if one.here else (await one.happening()).id
    await incidents.read(one.services, number, by=one.by)


async def change_phase(one: Trial) -> None:
    made = await one.happening()
    await incidents.change_phase(one.services, made.id, Phase.MUNICIPAL, by=one.by)


async def close_incident(one: Trial) -> None:
    await incidents.close(one.services, (await one.happening()).id, by=one.by)


def invitation(one: Trial, incident: int) -> dict[str, object]:
    until = one.services.now() + timedelta(hours=1 + next(one.serial))
    return {"authority": PARTNER, "incident": incident, "until": until.isoformat()}


async def invite_partner(one: Trial) -> None:
    made = await one.happening()
    await proposals.propose(
        one.services, KINDS, Act.INVITE_PARTNER, invitation(one, made.id), by=one.by
    )


async def let_partner_go(one: Trial) -> None:
    made = await one.happening()
    leader, other = await one.second(Role.COMMUNICATOR), await one.second(Role.APPROVER)
    await one.country.invites(
        made, by=leader, second=other, until=str(invitation(one, made.id)["until"])
    )
    await incidents.end_invitation(one.services, made.id, PARTNER, by=one.by)


async def propose_member(one: Trial) -> None:
    await proposals.propose(one.services, KINDS, Act.GRANT_MEMBERSHIP, one.membership(), by=one.by)


async def confirm_member(one: Trial) -> None:
    made = await one.proposed(Act.GRANT_MEMBERSHIP, one.membership())
    await proposals.confirm(one.services, KINDS, made.id, by=one.by)


async def refuse_member(one: Trial) -> None:
    made = await one.proposed(Act.GRANT_MEMBERSHIP, one.membership())
    await proposals.refuse(one.services, KINDS, made.id, by=one.by)


async def see_requests(one: Trial) -> None:
    made = await one.proposed(Act.GRANT_MEMBERSHIP, one.membership())
    if made.id not in [found.id for found in await proposals.listing(one.services, by=one.by)]:
        raise HiddenError


async def end_member(one: Trial) -> None:
    await memberships.end(one.services, (await one.second()).membership, by=one.by)


async def see_members(one: Trial) -> None:
    colleague = await one.second()
    found = await memberships.listing(one.services, by=one.by)
    if colleague.name not in [found_one.officer for found_one in found]:
        raise HiddenError


async def propose_token(one: Trial) -> None:
    colleague = await one.second()
    details = {"officer": colleague.name, "membership": colleague.membership}
    await proposals.propose(one.services, KINDS, Act.MAKE_TOKEN, details, by=one.by)


async def see_tokens(one: Trial) -> None:
    colleague = await one.second()
    await access.make_token(one.services, colleague, by=SHELL)
    found = await access.tokens(one.services, by=one.by)
    if colleague.name not in [token.officer.name for token in found]:
        raise HiddenError


async def propose_authority(one: Trial) -> None:
    details = {
        "code": f"new-{next(one.serial)}",
        "level": "municipal",
        "names": {"fr": "Nouvelle"},
        "territory": [one.place],
    }
    await proposals.propose(one.services, KINDS, Act.KEEP_AUTHORITY, details, by=one.by)


async def read_authority(one: Trial) -> None:
    await authorities.read(one.services, one.authority, by=one.by)


async def read_library(one: Trial) -> None:
    await templates.history(one.services, by=one.by)


async def propose_wording(one: Trial) -> None:
    name = "gas_leak/sms.toml"
    found = {two.name: two.content for two in await templates.export(one.services, by=MILA)}
    await templates.propose(one.services, name, found[name], by=one.by)


async def approve_wording(one: Trial) -> None:
    name = "gas_leak/sms.toml"
    found = {two.name: two.content for two in await templates.export(one.services, by=MILA)}
    number = await templates.propose(one.services, name, found[name], by=MILA)
    await templates.approve(one.services, number, by=one.by)


def on_an_alert(permission: Permission) -> Callable[[Trial], Awaitable[None]]:
    """The rule of an act on an alert, whatever the act itself does then."""

    async def act(one: Trial) -> None:
        made = await one.drafted()
        async with one.services.unit() as unit:
            await standing.must_act(one.services, unit, made.id, permission, by=one.by)

    return act


def as_such(permission: Permission) -> Callable[[Trial], Awaitable[None]]:
    """A permission that is not about a place."""

    async def act(one: Trial) -> None:
        one.by.must(permission)

    return act


ACTS: Mapping[str, Callable[[Trial], Awaitable[None]]] = {
    "read an alert": read,
    "find it in the list": listed,
    "preview it": preview,
    "follow it": status,
    "draft an alert": draft,
    "take up what a colleague began": take_up_a_sketch,
    "revise it": revise,
    "submit it": on_an_alert(Permission.SUBMIT),
    "return it": on_an_alert(Permission.RETURN),
    "approve it": approve,
    "send it": send,
    "schedule it": on_an_alert(Permission.SCHEDULE),
    "stop it": on_an_alert(Permission.STOP),
    "resume it": on_an_alert(Permission.RESUME),
    "follow it up": on_an_alert(Permission.FOLLOW_UP),
    "retry what failed": on_an_alert(Permission.RETRY),
    "send it alone (break glass)": on_an_alert(Permission.BREAK_GLASS),
    "review a broken glass": on_an_alert(Permission.REVIEW_BREAK_GLASS),
    "see its deliveries": see_deliveries,
    "export its deliveries": export_deliveries,
    "see addresses": as_such(Permission.SEE_ADDRESSES),
    "count recipients": count_recipients,
    "look a recipient up": look_somebody_up,
    "find somebody on the list": find_on_list,
    "take somebody off the list": end_entry,
    "import recipients": import_people,
    "import newsrooms": import_newsrooms,
    "read the ledger": read_ledger,
    "read an incident": read_incident,
    "open an incident": open_incident,
    "change its phase": change_phase,
    "close it": close_incident,
    "propose to invite a partner": invite_partner,
    "let a partner go": let_partner_go,
    "see requests": see_requests,
    "propose a membership": propose_member,
    "confirm a membership": confirm_member,
    "refuse a membership": refuse_member,
    "end a membership": end_member,
    "see memberships": see_members,
    "propose a token": propose_token,
    "see tokens": see_tokens,
    "propose an authority": propose_authority,
    "read an authority": read_authority,
    "propose an account": invite_somebody,
    "decide on a route": decide_on_a_route,
    "read the library": read_library,
    "propose a wording": propose_wording,
    "approve a wording": approve_wording,
}


async def column(name: str, database: Database, clock: Clock) -> dict[str, str]:
    """What one kind of officer may do, tried out."""
    services = make_services(database, clock)
    country, desk = await Country(services).founded(), Desk(services, clock)
    await desk.registers(person(1), person(2, nis=GENT))
    lead = await country.officer(Role.COMMUNICATOR, name="lead")
    other = await country.officer(Role.APPROVER, name="other")
    incident = await country.incident(by=lead)
    until = (services.now() + timedelta(days=1)).isoformat()
    await country.invites(incident, by=lead, second=other, until=until)
    if name == INVITED:
        officer = await country.officer(Role.COMMUNICATOR, PARTNER)
    else:
        officer = await country.officer(Role(name))
    serial = itertools.count()
    found = {}
    for act, perform in ACTS.items():
        allowed = [
            await _try(perform, Trial(desk, country, officer, here, incident.id, serial))
            for here in (True, False)
        ]
        assert allowed != [False, True], f"{name} may “{act}” outside only"
        found[act] = YES if all(allowed) else INSIDE if any(allowed) else NO
    return found


async def _try(perform: Callable[[Trial], Awaitable[None]], one: Trial) -> bool:
    try:
        await perform(one)
    except (Refusal, NotFound, HiddenError):
        return False
    return True


def written() -> dict[str, dict[str, str]]:
    """The table as it stands: column -> act -> who may."""
    rows = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    names = cells[0][1:]
    return {name: {row[0]: row[at] for row in cells[2:]} for at, name in enumerate(names, start=1)}


def table(columns: Mapping[str, Mapping[str, str]]) -> str:
    """The page, from what was tried."""
    lines = [
        f"| act | {' | '.join(columns)} |",
        f"|---|{'---|' * len(columns)}",
        *(f"| {act} | {' | '.join(one[act] for one in columns.values())} |" for act in ACTS),
    ]
    return HEAD + "\n".join(lines) + "\n"


async def _all() -> dict[str, dict[str, str]]:
    columns = {}
    for name in COLUMNS:
        with tempfile.TemporaryDirectory() as folder:
            database = Database(f"sqlite+aiosqlite:///{folder}/alerting.db")
            await migrate(database)
            columns[name] = await column(name, database, Clock())
            await database.close()
    return columns


if __name__ == "__main__":
    TABLE.write_text(table(asyncio.run(_all())), encoding="utf-8")
