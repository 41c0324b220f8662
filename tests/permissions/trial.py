"""Somebody who tries an act, and the place it is tried on."""

import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from alerting.actions import change_requests
from alerting.actions.accounts import invitations
from alerting.actions.alerts import approval, compositions, stopping
from alerting.actions.alerts.compositions import CompositionContent
from alerting.actions.alerts.drafting import DraftRequest
from alerting.actions.change_request_kinds import KINDS
from alerting.actions.recipients import importing
from alerting.actions.recipients import lists as recipient_lists
from alerting.domain.alert import Alert, AlertClass, StepReason
from alerting.domain.authority import Incident
from alerting.domain.change_request import Act, ChangeRequest
from alerting.domain.composition import Composition
from alerting.domain.import_job import ImportJob, ImportState
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Role
from alerting.domain.recipient import RecipientKind
from alerting.domain.translation import TranslationRequest
from alerting.store.accounts import repository as account_rows
from alerting.store.recipients import import_jobs
from alerting.store.recipients.import_folder import ImportFile
from alerting.store.tables import import_job
from tests import having_read
from tests.desk import DETAILS, MILA, Desk
from tests.make import GENT, LIEGE, person
from tests.territory import CITY, TOWN, Country

BO = Officer("bo", Role.ADMINISTRATOR)
ADA = Officer("ada", Role.ADMINISTRATOR)
SMS = ("sms",)
ROUTINE = StepReason.INSTRUCTED


class Call:
    """What an act is handed beside the services and the officer; and what its answer must show."""

    def __init__(self, *given: Any, **named: Any) -> None:
        self.given, self.named = given, named
        self.shows: Callable[[Any], bool] = lambda _: True

    def showing(self, shows: Callable[[Any], bool]) -> "Call":
        """It is refused by silence, too: an answer that does not show this."""
        self.shows = shows
        return self


@dataclass(frozen=True)
class Row:
    """An act, and what colleagues prepare for it."""

    act: Callable[..., Any]
    prepare: Callable[["Trial"], Awaitable[Call]]


@dataclass
class Trial:
    """What an act needs: somebody who tries it, and the place it is tried on."""

    desk: Desk
    country: Country
    by: Officer
    here: bool
    incident: int
    serial: "itertools.count[int]" = field(default_factory=itertools.count)
    standing: dict[bool, Alert] = field(default_factory=dict)
    """A draft of each place, for acts that only look at one."""

    @property
    def services(self) -> Any:
        return self.desk.services

    @property
    def place(self) -> str:
        return "4000 Liège" if self.here else "Gent"

    @property
    def nis_code(self) -> str:
        return LIEGE if self.here else GENT

    @property
    def authority(self) -> str:
        return CITY if self.here else TOWN

    def new(self, what: str) -> str:
        """A name nobody has."""
        return f"{what}-{next(self.serial)}"

    async def second(self, role: Role = Role.ADMINISTRATOR) -> Officer:
        """A colleague of the place."""
        return await self.country.officer(role, self.authority, name=self.new("second"))

    async def drafted(self, **more: Any) -> Alert:
        """An alert of the place, which a partner wrote itself where a partner tries."""
        author = self.by if self.by.authority.partner and self.here else None
        if author is None:
            author = await self.second(Role.COMMUNICATOR)
        incident = self.incident if self.here else None
        wanted = {"area": (self.place,), "channels": SMS, "incident": incident, **more}
        return await self.desk.drafts(by=author, **wanted)

    async def there(self) -> Alert:
        """An alert of the place, made once: for acts that leave it as it is."""
        if self.here not in self.standing:
            self.standing[self.here] = await self.drafted()
        return self.standing[self.here]

    async def submitted(self) -> Alert:
        return await approval.submit(self.services, (await self.drafted()).id, by=MILA)

    async def approved(self, **more: Any) -> Alert:
        return await self.desk.approves(await self.drafted(**more))

    async def scheduled(self) -> Alert:
        at = self.services.now() + timedelta(hours=1)
        return await having_read.schedule(self.services, (await self.approved()).id, at, by=MILA)

    async def sent(self, **more: Any) -> Alert:
        return await self.desk.sends(await self.approved(**more))

    async def stopped(self) -> Alert:
        return await stopping.stop(self.services, (await self.sent()).id, by=MILA)

    async def requested(self, what: Act, details: Mapping[str, object]) -> ChangeRequest:
        return await change_requests.request_change(
            self.services, KINDS, what, dict(details), by=ADA
        )

    def membership(self) -> dict[str, object]:
        return {"officer": self.new("new"), "authority": self.authority, "role": "auditor"}

    def invitation(self) -> invitations.Invitation:
        name = self.new("guest")
        return invitations.Invitation(
            name=name,
            email=f"{name}@example.org",
            full_name="",
            language=Language.FR,
            role=Role.AUDITOR,
            authority=self.authority,
        )

    async def account(self) -> str:
        """Somebody who was invited, and has not come in yet."""
        wanted = self.invitation()
        asked = await invitations.request_invitation(self.services, wanted, by=ADA)
        await change_requests.confirm_change(self.services, KINDS, asked, by=BO)
        return wanted.name

    async def signed_in(self) -> None:
        """Whoever tries has come in by an account of their own."""
        async with self.services.unit() as unit:
            number = await account_rows.add(
                unit.connection,
                unit.database,
                name=self.by.name,
                email=f"{self.by.name}@example.org",
                full_name="",
                language=Language.FR,
                now=self.services.now(),
            )
            if number is not None:
                await account_rows.update_account(unit.connection, number, password_hash="x")

    async def form(self) -> Composition:
        """What a colleague began."""
        colleague = await self.second(Role.COMMUNICATOR)
        services, real = self.services, AlertClass.ALERT
        begun = await compositions.create_composition(services, "chem_shelter", real, by=colleague)
        return await compositions.save_composition(
            services, begun.id, self.filled(), seen=1, by=colleague
        )

    def filled(self) -> CompositionContent:
        details = {**DETAILS, "next_update": f"2030-02-15T15:{next(self.serial) % 60:02}"}
        return CompositionContent(
            scenario="chem_shelter", area=(self.nis_code,), values=details, channels=SMS
        )

    async def entry(self) -> int:
        """The number of somebody on the list."""
        somebody = person(1000 + next(self.serial), nis_code=self.nis_code)
        await self.desk.registers(somebody)
        sought = recipient_lists.RecipientSearch(text=somebody.reference)
        found = await recipient_lists.list_recipients(
            self.services, RecipientKind.PERSON, sought, by=ADA, limit=5
        )
        return found.items[0].id

    async def group(self) -> int:
        return await recipient_lists.create_group(
            self.services, RecipientKind.PERSON, self.new("group"), by=ADA
        )

    async def uploading(self, content: bytes) -> ImportFile:
        """A file that has arrived, when no other import is under way."""
        async with self.services.unit() as unit:
            over = sa.update(import_job).values(state=ImportState.CANCELLED)
            await unit.connection.execute(over)
        folder = self.services.imports
        folder.mkdir(parents=True, exist_ok=True)
        arrived = ImportFile(folder / self.new("file"))
        arrived.write(content)
        arrived.finish()
        return arrived

    async def upload(self) -> str:
        """A file this officer brought, which waits for their decision."""
        (await self.uploading(b"")).discard()
        number, now = self.new("file"), self.services.now()
        job = ImportJob(
            id=number,
            kind=RecipientKind.PERSON,
            list_name=importing.owner_of(self.by, RecipientKind.PERSON).list_name,
            officer=self.by.name,
            role=self.by.role,
            authority=self.by.authority.code,
            name="a.csv",
            size=1,
            sha256="",
            folder="",
            host="",
            language=Language.EN,
            state=ImportState.READY,
            created_at=now,
            began_at=now,
            changed_at=now,
        )
        async with self.services.unit() as unit:
            await import_jobs.add(unit.connection, unit.database, job)
        return number

    def rows(self) -> bytes:
        return (
            "reference;name;language;municipality;phone;email\n"
            f"{self.new('x')};X;fr;{self.place};;x@example.org\n"
        ).encode()

    async def happening(self) -> Incident:
        leader = await self.second(Role.COMMUNICATOR)
        return await self.country.incident(by=leader, area=self.place)

    def until(self) -> str:
        until: Any = self.services.now() + timedelta(hours=1 + next(self.serial))
        return str(until.isoformat())

    def wanted(self) -> DraftRequest:
        return DraftRequest(
            scenario="chem_shelter",
            area=(self.place,),
            values=DETAILS,
            channels=SMS,
            incident=self.incident if self.here else None,
        )


def looked_at(one: Trial) -> Awaitable[Call]:
    return numbered(one.there())


async def numbered(
    made: Awaitable[Alert | Composition | TranslationRequest], *more: Any, **named: Any
) -> Call:
    return Call((await made).id, *more, **named)


async def having_seen(made: Awaitable[Alert], *more: Any, **named: Any) -> Call:
    """With the fingerprint of what was read."""
    alert = await made
    return Call(alert.id, *more, seen=alert.fingerprint(), **named)


async def plain(*given: Any, **named: Any) -> Call:
    return Call(*given, **named)
