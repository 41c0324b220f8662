"""Every act there is, tried by an officer here and elsewhere; and the table that says who may.

An act is a public function of the actions that is handed an officer, `by`: whatever is added there
must have a row here. Each is performed for real, on what colleagues prepared; meanwhile a spy looks
at the database, so that nothing is written before the officer's right to it was asked.

`python -m tests.permissions` writes docs/permissions.md anew from what the code does; read the
difference before you keep it.
"""

import ast
import asyncio
import importlib
import inspect
import itertools
import json
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import repeat
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from alerting import actions
from alerting.actions import authorization, change_requests, deliveries, ledger, templates
from alerting.actions.accounts import administration, memberships, sessions
from alerting.actions.alerts import (
    approval,
    compositions,
    drafting,
    follow_ups,
    guards,
    queries,
    report,
    retry,
    scheduling,
    sending,
    stopping,
)
from alerting.actions.alerts.compositions import CompositionContent
from alerting.actions.alerts.drafting import DraftRequest
from alerting.actions.alerts.follow_ups import FollowUpRequest
from alerting.actions.authorities import accounts as authority_accounts
from alerting.actions.authorities import incidents
from alerting.actions.authorities import lists as authority_lists
from alerting.actions.authorities import manage as authorities
from alerting.actions.change_request_kinds import KINDS
from alerting.actions.operations import map_outlines, routes, unmatched_receipts
from alerting.actions.recipients import importing, search
from alerting.actions.recipients import lists as recipient_lists
from alerting.actions.staff_notifications import inbox
from alerting.domain.alert import Alert, AlertClass, FollowUp, Review, StepReason
from alerting.domain.authority import Incident, Phase
from alerting.domain.change_request import Act, Proposal
from alerting.domain.channel import FailureReason, Reach, Refused, Tracking
from alerting.domain.channel_accounts import ChannelAccount
from alerting.domain.delivery import DeliveryKey
from alerting.domain.errors import (
    CannotLead,
    LedByOther,
    NotAllowed,
    NotFound,
    NotInvited,
    OthersSpeak,
    OutsideTerritory,
    PartnerNeedsIncident,
)
from alerting.domain.language import Language
from alerting.domain.ledger import SHELL
from alerting.domain.officer import Officer, Permission, Role
from alerting.domain.recipient import RecipientKind
from alerting.domain.route import Override
from alerting.store import Database
from alerting.store.alerts.compositions import Composition
from alerting.store.authorities import accounts as authority_account_rows
from alerting.store.migrate import migrate
from alerting.store.recipients import import_files
from alerting.store.recipients.import_files import ImportFile
from tests import having_read
from tests.desk import CLOSED, DETAILS, DIRK, JORIS, MILA, TYPED, Desk
from tests.doubles import Clock, ScriptedChannel
from tests.make import GENT, LIEGE, channels, make_services, person
from tests.territory import CITY, PARTNER, TOWN, Country

TABLE = Path(__file__).parent.parent / "docs" / "permissions.md"
INVITED = "partner, invited"
COLUMNS: Sequence[str] = (*(role.value for role in Role), INVITED)
BO = Officer("bo", Role.ADMINISTRATOR)
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
the table says something else, where an act has no row, and where anything is written before the
right to it was asked. `python -m tests.permissions` writes it anew.

"""


DENIED = (
    NotAllowed,
    NotFound,
    OutsideTerritory,
    OthersSpeak,
    NotInvited,
    PartnerNeedsIncident,
    CannotLead,
    LedByOther,
)
"""How an act says that it is not this officer's; any other error is a mistake in the row."""
SMS = ("sms",)
WORDS = "BE-Alert: restez dedans"
ROUTINE = StepReason.INSTRUCTED
OUTLINES = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"nis": LIEGE},
                "geometry": {
                    "type": "Polygon",
                    "coordinates": [[[5.5, 50.6], [5.6, 50.6], [5.6, 50.7], [5.5, 50.6]]],
                },
            }
        ],
    }
).encode()


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
        """The same, made once: for acts that leave it as it is."""
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

    async def proposed(self, what: Act, details: Mapping[str, object]) -> Proposal:
        return await change_requests.propose(self.services, KINDS, what, dict(details), by=ADA)

    def membership(self) -> dict[str, object]:
        return {"officer": self.new("new"), "authority": self.authority, "role": "auditor"}

    def invitation(self) -> administration.Invitation:
        name = self.new("guest")
        return administration.Invitation(
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
        asked = await administration.request_invitation(self.services, wanted, by=ADA)
        await change_requests.confirm_change(self.services, KINDS, asked, by=BO)
        return wanted.name

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
        return found.entries[0].id

    async def group(self) -> int:
        return await recipient_lists.create_group(
            self.services, RecipientKind.PERSON, self.new("group"), by=ADA
        )

    async def upload(self) -> str:
        """A file this officer brought."""
        brought = ImportFile(
            self.new("file"),
            self.by.name,
            RecipientKind.PERSON,
            "a.csv",
            self.rows(),
            self.services.now(),
        )
        async with self.services.unit() as unit:
            await import_files.keep(unit.connection, brought)
        return brought.id

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


def draft_number(one: Trial) -> Awaitable[Call]:
    return _number(one.drafted())


def looked_at(one: Trial) -> Awaitable[Call]:
    return _number(one.there())


async def _number(made: Awaitable[Alert], *more: Any, **named: Any) -> Call:
    return Call((await made).id, *more, **named)


async def _read(made: Awaitable[Alert], *more: Any, **named: Any) -> Call:
    """With the fingerprint of what was read."""
    alert = await made
    return Call(alert.id, *more, seen=alert.fingerprint(), **named)


async def _plain(*given: Any, **named: Any) -> Call:
    return Call(*given, **named)


async def listed(one: Trial) -> Call:
    made = await one.there()
    return Call(limit=500).showing(lambda found: made.id in [alert.id for alert in found])


async def in_the_ledger(one: Trial) -> Call:
    made = await one.there()
    return Call(about=f"alert/{made.id}").showing(bool)


async def unreviewed(one: Trial) -> Call:
    made = await sent_alone(one)
    return Call().showing(lambda found: made.id in [alert.id for alert in found])


async def sent_alone(one: Trial) -> Alert:
    made = await one.drafted(values=CLOSED)
    return await having_read.send_now(one.services, made.id, by=DIRK, reason="Night")


async def failed(one: Trial) -> Call:
    made = await one.sent(channels=("email",))
    await one.desk.works()
    return Call(made.id, reason=ROUTINE)


async def explained(one: Trial) -> Call:
    return Call((await one.stopped()).id, reason=ROUTINE)


async def proposal_of_words(one: Trial) -> Call:
    made = await one.submitted()
    words = replace(made.messages[0], text=WORDS)
    returned = await approval.return_to_author(
        one.services, made.id, by=JORIS, reason="Clearer", proposed=[words]
    )
    return Call(made.id, seen=returned.fingerprint())


async def typed(one: Trial) -> Call:
    made = await one.drafted()
    return Call(made.id, {"text.sms.fr": WORDS}, seen=made.fingerprint(), version=1)


async def saved(one: Trial) -> Call:
    made = await one.drafted()
    return Call(made.id, made.messages[:1], seen=made.fingerprint(), kept=0)


async def form_under_way(one: Trial) -> Call:
    made = await one.form()
    return Call().showing(lambda found: made.id in [composition.id for composition in found])


async def form_kept(one: Trial) -> Call:
    made = await one.form()
    return Call(made.id, one.filled(), seen=made.version)


async def form_dropped(one: Trial) -> Call:
    made = await one.form()
    return Call(made.id, seen=made.version)


async def form_made(one: Trial) -> Call:
    return Call(await one.form())


async def form_read(one: Trial) -> Call:
    return Call((await one.form()).id)


async def followed(one: Trial) -> Call:
    how = FollowUp.UPDATE
    return Call((await one.sent()).id, FollowUpRequest(how=how, values=TYPED[how]))


async def counted(one: Trial) -> Call:
    before = (await importing.count_recipients(one.services, by=one.by))[RecipientKind.PERSON]
    await one.entry()
    return Call().showing(lambda found: found[RecipientKind.PERSON] > before)


async def somebody(one: Trial) -> Call:
    somebody = person(1000 + next(one.serial), nis_code=one.nis_code)
    await one.desk.registers(somebody)
    return Call(somebody.email).showing(bool)


async def a_delivery(one: Trial) -> Call:
    who = person(1000 + next(one.serial), nis_code=one.nis_code)
    await one.desk.registers(who)
    made = await one.sent(channels=("sms",))
    await one.desk.works()
    (row,) = [row for row in await one.desk.deliveries(made) if row.address == who.phone]
    return Call(made.id, str(DeliveryKey(made.id, "sms", row.recipient_id)))


async def on_the_list(one: Trial) -> Call:
    somebody = person(1000 + next(one.serial), nis_code=one.nis_code)
    await one.desk.registers(somebody)
    sought = recipient_lists.RecipientSearch(text=somebody.reference)
    return Call(RecipientKind.PERSON, sought, limit=5).showing(lambda found: bool(found.entries))


async def corrected(one: Trial) -> Call:
    fields = {
        "name": "Y",
        "language": "fr",
        "municipality": one.place,
        "phone": "",
        "email": "y@example.org",
    }
    return Call(RecipientKind.PERSON, await one.entry(), fields)


async def press_file(_: Trial) -> Call:
    data = b"reference;outlet;name;language;email;phone\nx;X;;fr;x@example.org;\n"
    return Call(data, file="press.csv", kind=RecipientKind.PRESS)


async def notice(one: Trial) -> Call:
    made = await one.there()
    async with one.services.unit() as unit:
        told = {"officer": "mila", "problem": "none"}
        await inbox.notify(one.services, unit, made, {one.by.name}, stopping.NOT_RESUMED, **told)
    waiting = await inbox.list_unread(one.services, by=one.by)
    return Call(max([found.id for found in waiting], default=10**6))


async def a_route(one: Trial) -> Call:
    channel, (route, *_) = next(iter(one.services.routes.items()))
    return Call(channel, route.route, Override.OFF, reason="maintenance")


async def invited_partner(one: Trial) -> Call:
    incident = await one.happening()
    leader, other = await one.second(Role.COMMUNICATOR), await one.second(Role.APPROVER)
    await one.country.invites(incident, by=leader, second=other, until=one.until())
    return Call(incident.id, PARTNER)


async def member_request(one: Trial) -> Call:
    made = await one.proposed(Act.GRANT_MEMBERSHIP, one.membership())
    return Call(KINDS, made.id)


async def requests_seen(one: Trial) -> Call:
    made = await one.proposed(Act.GRANT_MEMBERSHIP, one.membership())
    return Call().showing(lambda found: made.id in [proposal.id for proposal in found])


async def proposed_partner(one: Trial) -> Call:
    incident = await one.happening()
    details = {"authority": PARTNER, "incident": incident.id, "until": one.until()}
    return Call(KINDS, Act.INVITE_PARTNER, details)


async def proposed_member(one: Trial) -> Call:
    return Call(KINDS, Act.GRANT_MEMBERSHIP, one.membership())


async def proposed_authority(one: Trial) -> Call:
    details = {
        "code": one.new("new"),
        "level": "municipal",
        "names": {"fr": "Nouvelle"},
        "territory": [one.place],
    }
    return Call(KINDS, Act.KEEP_AUTHORITY, details)


async def proposed_entry(one: Trial) -> Call:
    texts = dict.fromkeys(("fr", "nl", "de"), one.new("chlore"))
    details = {
        "authority": one.authority,
        "list": "substance",
        "key": one.new("chlorine"),
        "change": "add",
        "texts": texts,
    }
    return Call(KINDS, Act.KEEP_LIST_ENTRY, details)


async def own_token(one: Trial) -> Call:
    """Another each time: asked for twice, one is refused."""
    return Call(lasts=timedelta(days=1 + next(one.serial) % 300))


async def proposed_account(one: Trial) -> Call:
    """To end one is the authority's own; to add one is the whole country's."""
    row = ChannelAccount(authority=one.authority, channel="press", account=one.new("account"))
    async with one.services.unit() as unit:
        await authority_account_rows.add(unit.connection, row, now=one.services.now())
    details = {
        "authority": row.authority,
        "channel": row.channel,
        "account": row.account,
        "change": "end",
    }
    return Call(KINDS, Act.KEEP_ACCOUNT, details)


async def member(one: Trial) -> Call:
    return Call((await one.second()).membership)


async def members_seen(one: Trial) -> Call:
    colleague = await one.second()
    return Call().showing(lambda found: colleague.name in [member.officer for member in found])


async def tokens_seen(one: Trial) -> Call:
    colleague = await one.second()
    await sessions.make_token(one.services, colleague, by=SHELL)
    return Call().showing(lambda found: colleague.name in [token.officer.name for token in found])


async def accounts_seen(one: Trial) -> Call:
    name = await one.account()
    return Call().showing(lambda found: name in [account.name for account in found[0]])


async def account_request(one: Trial) -> Call:
    asked = await administration.request_invitation(one.services, one.invitation(), by=ADA)
    return Call(KINDS, asked)


async def wording(one: Trial) -> Call:
    name = "gas_leak/sms.toml"
    found = {
        text.name: text.content for text in await templates.export_scenario(one.services, by=MILA)
    }
    return Call(name, found[name])


async def proposed_wording(one: Trial) -> Call:
    given = (await wording(one)).given
    return Call(await templates.propose_version(one.services, *given, by=MILA))


async def account_name(one: Trial, *more: Any) -> Call:
    return Call(await one.account(), *more)


async def list_entry(one: Trial, *more: Any) -> Call:
    return Call(RecipientKind.PERSON, await one.entry(), *more)


async def group_number(one: Trial, *more: Any) -> Call:
    return Call(RecipientKind.PERSON, await one.group(), *more)


async def a_draft(one: Trial) -> Call:
    return Call(await one.there())


async def composed(one: Trial) -> Call:
    return Call(one.filled(), AlertClass.ALERT)


async def revised(one: Trial) -> Call:
    made = await one.drafted()
    return Call(made.id, made.messages[:1])


async def brought(one: Trial) -> Call:
    return Call(await one.upload(), kind=RecipientKind.PERSON)


async def exempted(one: Trial) -> Call:
    incident, alert = await one.happening(), await one.drafted(incident=None)
    return Call(incident.id, alert.id, seen=alert.fingerprint(), reason="It concerns the water")


async def its_incident(one: Trial) -> Call:
    number = one.incident if one.here else (await one.happening()).id
    return Call(number).showing(bool)


async def an_incident(one: Trial, *more: Any) -> Call:
    return Call((await one.happening()).id, *more)


ACTS: Mapping[str, Row] = {
    "read an alert": Row(queries.get_alert, looked_at),
    "find it in the list": Row(queries.list_alerts, listed),
    "preview it": Row(queries.preview, looked_at),
    "follow it": Row(queries.get_status, looked_at),
    "read its history": Row(queries.history, looked_at),
    "read its report": Row(report.get_report, looked_at),
    "read an earlier version": Row(compositions.texts_of, lambda one: _number(one.there(), 1)),
    "see what follows it": Row(queries.followers, looked_at),
    "see who else approves it": Row(queries.other_approvers, a_draft),
    "see what was sent alone": Row(queries.unreviewed, unreviewed),
    "draft an alert": Row(drafting.draft, lambda one: _plain(one.wanted())),
    "begin a form": Row(
        compositions.create_composition, lambda _: _plain("chem_shelter", AlertClass.ALERT)
    ),
    "begin a form from an alert": Row(compositions.create_composition_from_alert, looked_at),
    "see what colleagues began": Row(compositions.list_compositions, form_under_way),
    "take up what a colleague began": Row(compositions.get_composition, form_read),
    "fill it in": Row(compositions.save_composition, form_kept),
    "look at what it would say": Row(compositions.preview_composition, composed),
    "drop it": Row(compositions.delete_composition, form_dropped),
    "make an alert of it": Row(compositions.create_draft, form_made),
    "have a draft checked": Row(compositions.findings_of, a_draft),
    "revise it": Row(drafting.revise, revised),
    "type in it": Row(compositions.save_text_draft, typed),
    "see one's own words": Row(compositions.load_text_draft, looked_at),
    "save one's own words": Row(compositions.save_texts, saved),
    "discard one's own words": Row(
        compositions.delete_text_draft, lambda one: _number(one.there(), kept=0)
    ),
    "take proposed words": Row(drafting.accept_proposal, proposal_of_words),
    "take the rewrite in GSM-7": Row(drafting.accept_rewrite, draft_number),
    "submit it": Row(approval.submit, draft_number),
    "return it": Row(approval.return_to_author, lambda one: _number(one.submitted(), reason="No")),
    "approve it": Row(approval.approve, lambda one: _read(one.drafted())),
    "send it": Row(sending.send, lambda one: _read(one.approved(), accept_same=True)),
    "schedule it": Row(
        scheduling.schedule,
        lambda one: _read(
            one.approved(),
            one.services.now() + timedelta(hours=1),
            reason=ROUTINE,
            accept_same=True,
        ),
    ),
    "unschedule it": Row(
        scheduling.unschedule, lambda one: _number(one.scheduled(), reason=ROUTINE)
    ),
    "stop it": Row(stopping.stop, lambda one: _number(one.sent())),
    "say why it was stopped": Row(stopping.explain_stop, explained),
    "resume it": Row(stopping.resume, explained),
    "see what a follow-up would say": Row(
        follow_ups.prefill, lambda one: _number(one.sent(), FollowUp.UPDATE)
    ),
    "follow it up": Row(follow_ups.create_follow_up, followed),
    "retry what failed": Row(retry.retry_failed, failed),
    "send it alone (break glass)": Row(
        sending.send_with_break_glass,
        lambda one: _read(one.drafted(values=CLOSED), reason="Night", accept_same=True),
    ),
    "review a broken glass": Row(
        sending.review, lambda one: _number(sent_alone(one), Review.JUSTIFIED, note="It was")
    ),
    "see its deliveries": Row(
        deliveries.list_deliveries, lambda one: _number(one.there(), limit=1)
    ),
    "read one of its deliveries": Row(deliveries.get_delivery, a_delivery),
    "export its deliveries": Row(deliveries.export_deliveries, looked_at),
    "see what is to be read": Row(inbox.list_unread, lambda _: _plain()),
    "mark a notice as read": Row(inbox.mark_read, notice),
    "count recipients": Row(importing.count_recipients, counted),
    "look a recipient up": Row(importing.find_recipients, somebody),
    "find somebody on the list": Row(recipient_lists.list_recipients, on_the_list),
    "open an entry": Row(recipient_lists.get_recipient, list_entry),
    "correct an entry": Row(recipient_lists.edit_recipient, corrected),
    "see who shares an address": Row(recipient_lists.list_sharing, list_entry),
    "take somebody off the list": Row(recipient_lists.end_recipient, list_entry),
    "import recipients": Row(
        importing.import_file,
        lambda one: _plain(one.rows(), file="people.csv", kind=RecipientKind.PERSON),
    ),
    "import newsrooms": Row(importing.import_file, press_file),
    "bring a file": Row(
        importing.save_import_file,
        lambda one: _plain(one.rows(), file="people.csv", kind=RecipientKind.PERSON),
    ),
    "look at one's own file": Row(importing.inspect_import, brought),
    "look at a file": Row(
        importing.inspect_file,
        lambda one: _plain(one.rows(), file="people.csv", kind=RecipientKind.PERSON),
    ),
    "import one's own file": Row(importing.import_saved_file, brought),
    "see groups": Row(recipient_lists.list_groups, lambda _: _plain(RecipientKind.PERSON)),
    "make a group": Row(
        recipient_lists.create_group, lambda one: _plain(RecipientKind.PERSON, one.new("group"))
    ),
    "rename a group": Row(
        recipient_lists.rename_group, lambda one: group_number(one, one.new("group"))
    ),
    "remove a group": Row(recipient_lists.remove_group, group_number),
    "read the ledger": Row(ledger.list_entries, in_the_ledger),
    "see unmatched receipts": Row(unmatched_receipts.list_unmatched, lambda _: _plain()),
    "find incidents": Row(incidents.list_incidents, lambda _: _plain()),
    "read an incident": Row(
        incidents.get_incident,
        lambda one: _plain(one.incident) if one.here else an_incident(one),
    ),
    "see the incident of an alert": Row(incidents.incident_of_alert, its_incident),
    "see which incidents bind an alert": Row(incidents.binding_incidents, looked_at),
    "say that an alert is no part of it": Row(incidents.exempt_alert, exempted),
    "open an incident": Row(
        incidents.open_incident, lambda one: _plain("Fire", [one.place], Phase.MUNICIPAL)
    ),
    "change its phase": Row(incidents.change_phase, lambda one: an_incident(one, Phase.MUNICIPAL)),
    "close it": Row(incidents.close_incident, an_incident),
    "propose to invite a partner": Row(change_requests.propose, proposed_partner),
    "let a partner go": Row(incidents.end_invitation, invited_partner),
    "see requests": Row(change_requests.list_change_requests, requests_seen),
    "propose a membership": Row(change_requests.propose, proposed_member),
    "confirm a membership": Row(change_requests.confirm_change, member_request),
    "refuse a membership": Row(change_requests.reject_change, member_request),
    "end a membership": Row(memberships.end_membership, member),
    "see memberships": Row(memberships.list_memberships, members_seen),
    "see tokens": Row(sessions.list_tokens, tokens_seen),
    "propose an authority": Row(change_requests.propose, proposed_authority),
    "see authorities": Row(authorities.list_authorities, lambda _: _plain()),
    "read an authority": Row(authorities.get_authority, lambda one: _plain(one.authority)),
    "propose an entry of its lists": Row(change_requests.propose, proposed_entry),
    "read its lists": Row(authority_lists.list_entries, lambda one: _plain(one.authority)),
    "propose an account it uses": Row(change_requests.propose, proposed_account),
    "read what accounts it may use": Row(
        authority_accounts.usable_accounts, lambda one: _plain(one.authority)
    ),
    "read what accounts it was given": Row(
        authority_accounts.rows, lambda one: _plain(one.authority)
    ),
    "see accounts": Row(administration.list_accounts, accounts_seen),
    "propose an account": Row(
        administration.request_invitation, lambda one: _plain(one.invitation())
    ),
    "propose another role": Row(
        administration.request_role, lambda one: account_name(one, Role.APPROVER)
    ),
    "ask for one's own token": Row(administration.request_token, own_token),
    "confirm an account": Row(change_requests.confirm_change, account_request),
    "decline an account": Row(change_requests.reject_change, account_request),
    "manage an account": Row(administration.require_may_manage_account, account_name),
    "invite somebody again": Row(administration.resend_invitation, account_name),
    "see routes": Row(routes.list_routes, lambda _: _plain()),
    "see workers": Row(routes.list_workers, lambda _: _plain()),
    "decide on a route": Row(routes.override_route, a_route),
    "see the map": Row(map_outlines.outlines, lambda _: _plain()),
    "replace the map": Row(
        map_outlines.import_outlines, lambda _: _plain(OUTLINES, file="a.geojson")
    ),
    "read the library": Row(templates.list_versions, lambda _: _plain()),
    "read a scenario": Row(
        templates.get_texts, lambda _: _plain("gas_leak", languages=[Language.FR])
    ),
    "read a file of it": Row(templates.texts, lambda _: _plain("gas_leak", "sms")),
    "read a proposed wording": Row(templates.get_version, proposed_wording),
    "check the library": Row(templates.check_library_in_force, lambda _: _plain()),
    "export the library": Row(templates.export_scenario, lambda _: _plain()),
    "try a wording out": Row(templates.try_out, wording),
    "propose a wording": Row(templates.propose_version, wording),
    "approve a wording": Row(templates.approve_version, proposed_wording),
}
"""Each act under the name the table gives it."""

NATIONAL_ONLY: Mapping[str, Officer] = {
    "import newsrooms": ADA,
    "rename a group": ADA,
    "remove a group": ADA,
    "decide on a route": ADA,
    "replace the map": ADA,
    "approve a wording": JORIS,
}
"""What nobody in the table may, and somebody of the whole country does."""

PROPOSES: Mapping[Callable[..., Any], Act] = {
    administration.request_invitation: Act.INVITE,
    administration.resend_invitation: Act.INVITE_AGAIN,
    administration.request_role: Act.CHANGE_ROLE,
    templates.propose_version: Act.APPROVE_TEMPLATE,
    administration.request_token: Act.MAKE_TOKEN,
}
"""Acts that ask for a second person in words of their own."""

PARTS: Mapping[Callable[..., Any], str] = {
    drafting.compose_draft: "the first half of “draft an alert”; it keeps nothing",
    guards.notify_of_list_changes: "what “resume” and “try again” do where they are refused",
    search.record_look: "what every look at people does before it shows them",
    authorization.draft_authority: "the rule that “draft an alert” asks first",
    retry.failed_to_retry: "what “try again” counts before it asks",
    change_requests.list_waiting: "what “read the requests” lists, with what it would change",
    compositions.laid_out: "what the editor shows of words that are being typed",
    queries.alerts_under_way: "what “draft an alert” tells afterwards, and “preview it” again",
}
"""Functions with an officer that are no acts of their own, and why."""


def every_act() -> set[Callable[..., Any]]:
    """Every public function of the actions that is handed an officer and opens what it needs."""
    found: set[Callable[..., Any]] = set()
    root = Path(actions.__file__).parent
    for file in root.rglob("*.py"):
        name = ".".join(("alerting.actions", *file.relative_to(root).with_suffix("").parts))
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.AsyncFunctionDef) or node.name.startswith("_"):
                continue
            act = getattr(importlib.import_module(name), node.name)
            takes = inspect.signature(act).parameters
            by = takes.get("by")
            whole = "services" in takes and not {"unit", "reading", "connection"} & set(takes)
            if whole and by is not None and by.annotation is Officer:
                found.add(act)
    return found


@dataclass
class Spy:
    """What an act asks of the officer, and what it does to the database meanwhile."""

    asked: set[Permission] = field(default_factory=set)
    early: list[str] = field(default_factory=list)
    """What was written before any right was asked."""
    dirty: set[int] = field(default_factory=set)
    transactions: int = 0
    """Those that wrote something and were kept."""


_spies: list[Spy] = []
_may = Officer.may


def _asks(officer: Officer, permission: Permission) -> bool:
    for spy in _spies:
        spy.asked.add(permission)
    return _may(officer, permission)


@sa.event.listens_for(sa.Engine, "before_execute")
def _executes(connection: sa.Connection, statement: object, *_: object) -> None:
    if _spies and isinstance(statement, sa.UpdateBase):
        _spies[-1].dirty.add(id(connection))
        if not _spies[-1].asked:
            _spies[-1].early.append(str(statement))


@sa.event.listens_for(sa.Engine, "commit")
def _commits(connection: sa.Connection) -> None:
    if _spies and id(connection) in _spies[-1].dirty:
        _spies[-1].dirty.discard(id(connection))
        _spies[-1].transactions += 1


@sa.event.listens_for(sa.Engine, "rollback")
def _rolls_back(connection: sa.Connection) -> None:
    if _spies:
        _spies[-1].dirty.discard(id(connection))


@contextmanager
def spying() -> Iterator[Spy]:
    """Watch whatever happens inside."""
    spy = Spy()
    _spies.append(spy)
    Officer.may = _asks  # type: ignore[method-assign,assignment]
    try:
        yield spy
    finally:
        Officer.may = _may  # type: ignore[method-assign]
        _spies.remove(spy)


async def trial_of(officer: Officer, database: Database, clock: Clock) -> Trial:
    """Somebody of the whole country, who tries something inside."""
    services = make_services(database, clock)
    return Trial(Desk(services, clock), Country(services), officer, here=True, incident=0)


async def column(name: str, database: Database, clock: Clock) -> dict[str, str]:
    """What one kind of officer may do, tried out."""
    return (await tried(name, database, clock))[0]


async def tried(
    name: str, database: Database, clock: Clock
) -> tuple[dict[str, str], set[Permission]]:
    """The same, and every right that was asked for."""
    nobody_reached = ScriptedChannel(
        "email",
        Reach.EMAIL,
        Tracking.ACCEPTANCE,
        script=repeat(Refused(FailureReason.ADDRESS_DEAD)),
    )
    services = make_services(database, clock, {**channels(), "email": nobody_reached})
    country, desk = await Country(services).founded(), Desk(services, clock)
    await desk.registers(person(1), person(2, nis_code=GENT))
    lead = await country.officer(Role.COMMUNICATOR, name="lead")
    other = await country.officer(Role.APPROVER, name="other")
    incident = await country.incident(by=lead)
    until = (services.now() + timedelta(days=1)).isoformat()
    await country.invites(incident, by=lead, second=other, until=until)
    if name == INVITED:
        officer = await country.officer(Role.COMMUNICATOR, PARTNER)
    else:
        officer = await country.officer(Role(name))
    serial, standing = itertools.count(), dict[bool, Alert]()
    found: dict[str, str] = {}
    asked: set[Permission] = set()
    for label, row in ACTS.items():
        allowed = []
        for here in (True, False):
            trial = Trial(desk, country, officer, here, incident.id, serial, standing)
            done, spy = await attempt(row, trial)
            assert not spy.early, f"“{label}” writes before it asks: {spy.early[0]}"
            assert spy.asked or not done, f"“{label}” asks for no right"
            assert spy.transactions <= 1, f"“{label}” is several transactions"
            allowed.append(done)
            asked |= spy.asked
        assert allowed != [False, True], f"{name} may “{label}” outside only"
        found[label] = YES if all(allowed) else INSIDE if any(allowed) else NO
    return found, asked


async def attempt(row: Row, trial: Trial) -> tuple[bool, Spy]:
    """Whether it was done; refused is by one of DENIED, or by an answer that shows nothing."""
    try:
        call = await row.prepare(trial)
    except DENIED:  # what this officer cannot even prepare
        call = None
    with spying() as spy:
        if call is None:
            spy.asked.add(Permission.READ)
            return False, spy
        try:
            answer = row.act(trial.services, *call.given, by=trial.by, **call.named)
            if inspect.isasyncgen(answer):
                answer = [one async for one in answer]
            else:
                answer = await answer
        except DENIED:
            assert not spy.transactions, f"{row.act.__name__} was refused and wrote all the same"
            return False, spy
    return call.shows(answer), spy


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
