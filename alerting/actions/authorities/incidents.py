"""Incidents: opened, led in a phase, handed up or down, closed; and partners invited to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from pydantic import Field

from alerting.actions import authorization
from alerting.actions.authorities.manage import Code
from alerting.actions.change_requests import Details, Matter
from alerting.actions.moments import Moment
from alerting.actions.places import refresh_places
from alerting.actions.staff_notifications.inbox import notify, notify_bound
from alerting.checks.names import why_no_name
from alerting.domain.alert import IN_FORCE, Alert
from alerting.domain.authority import (
    PHASE_NAMES,
    RANK,
    Authority,
    Incident,
    Phase,
    may_lead,
    scope_of,
    stands_above,
)
from alerting.domain.change_request import ChangeRequest
from alerting.domain.errors import (
    AlertingError,
    BadRequest,
    CannotLead,
    ChangedPhaseTooOften,
    IncidentClosed,
    LedByOther,
    NotFound,
    OpenedTooMany,
    Outdated,
    TooManyIncidents,
)
from alerting.domain.officer import Officer, Permission
from alerting.domain.page import Page, page_of
from alerting.domain.reason import label_of, reason_of
from alerting.domain.speakers import speakers_in
from alerting.domain.staff_notification import Gravity, NoticeText
from alerting.domain.text.i18n import ByLanguage, msgid
from alerting.domain.text.numbers import MAX_INTEGER
from alerting.services import Services
from alerting.store import ReadTransaction, UnitOfWork
from alerting.store import ledger as ledger_rows
from alerting.store.alerts import repository as alert_rows
from alerting.store.authorities import incidents as incident_rows
from alerting.store.authorities.incidents import PartnerInvitation

OPENED = "incident.opened"
PHASE_CHANGED = "incident.phase"
PAGE_SIZE = 50
MOST_OPEN: Mapping[Phase, int] = {Phase.MUNICIPAL: 20, Phase.PROVINCIAL: 3, Phase.FEDERAL: 3}
"""Incidents in one phase that are open over one municipality, of each authority whose own level it
is, and of all others together: nobody fills the room of another. Each one above the municipal phase
holds up alerts there until somebody says of each alert that it is no part of it."""
MOST_OPENED_BY_ONE = 5
"""Incidents that one person opens over one municipality within A_DAY, closed again or not."""
MOST_CHANGES_BY_ONE = 10
"""Times that one person changes phases over one municipality within A_DAY, up or down, before they
declare no higher one: each time, everybody it binds is told."""
A_DAY = timedelta(days=1)
LONGEST_TITLE = 200
LONGEST_INVITATION = timedelta(days=90)
BAD_TITLE = msgid("An incident needs a title of at most 200 characters")
TITLE_LEADS = msgid(
    "A title must not contain a link or a telephone number: say what is happening, and where"
)
TITLE_SPEAKS = msgid(
    "A title must not speak in the name of another organisation: say what is happening, and where"
)
NOT_PARTNER = msgid("Only partner services can be invited; “{authority}” takes part anyway")
BAD_UNTIL = msgid("An invitation must end on a future date, within 90 days")
INVITATION = msgid("invitation")
NOT_CONCERNED = msgid(
    "Alert {alert} does not fall under incident {incident}, so it is not blocked by it"
)
NAMES_IT = msgid("Alert {alert} is linked to incident {incident} and is therefore part of it")
EXEMPTED = NoticeText(
    gravity=Gravity.UNDONE,
    says=msgid(
        "{officer} of {authority} decided that alert {alert} is not part of incident "
        "{incident}: the alert's own authority decides on it, as long as its texts are not "
        "changed."
    ),
    asks=msgid("your authority decides again"),
)
BOUND = NoticeText(
    gravity=Gravity.INCIDENT,
    says=msgid(
        "{officer} of {authority} declared the {phase} for incident {incident} ({area}). "
        "While the incident is open, authorities of lower levels cannot approve or send "
        "alerts there, unless the lead authority decides that an alert is not part of it. "
        "You can still immediately withdraw, as a false alarm, an alert that you sent "
        "yourselves. Contact: {call}"
    ),
    asks=msgid("phase declared in your area"),
)


async def open_incident(
    services: Services, title: str, places: Sequence[str], phase: Phase, *, by: Officer
) -> Incident:
    """Open an incident in a phase of one's own level or below; the officer's authority leads.

    Everybody it binds is told at once. TooManyIncidents where as many are open in this phase, over
    a municipality of the area, as may be; OpenedTooMany where one person opened as many lately.
    """
    by.must(Permission.LEAD_INCIDENTS)
    title = label_of(title)
    if not 0 < len(title) <= LONGEST_TITLE:
        raise BadRequest(BAD_TITLE)
    if why_no_name(title):
        raise BadRequest(TITLE_LEADS)
    await refresh_places(services)
    area = tuple(sorted({code for place in places for code in services.gazetteer.resolve(place)}))
    authorization.require_permission(services, Permission.LEAD_INCIDENTS, area, by=by)
    _must_lead(by.authority, phase, area)
    async with services.unit() as unit:
        own, others = await authorization.speakers(services, unit.connection, by.authority.code)
        speaking = speakers_in(title, others, own=own, level=by.authority.level, label=True)
        if next(speaking, None):
            raise BadRequest(TITLE_SPEAKS)
        await _require_room(services, unit, area, phase, leader=by.authority, by=by, act=OPENED)
        incident = await incident_rows.add(
            unit.connection,
            Incident(
                title=title,
                phase=phase,
                area=area,
                lead_authority=by.authority.code,
                opened_by=by.name,
                opened_at=services.now(),
            ),
        )
        await _record(services, unit, incident, OPENED, by=by)
        await _tell_bound(services, unit, incident, by=by)
    return incident


async def change_phase(
    services: Services, number: int, phase: Phase, *, by: Officer, lead_authority: str = ""
) -> Incident:
    """Hand an incident up, or down. Only a level that may lead the phase declares it.

    Upward the officer's authority takes over; downward whoever leads now gives it to
    `lead_authority` (or keeps leading). From then on nobody below the phase approves or sends on
    it; a higher phase is told to everybody it binds. TooManyIncidents as for `open_incident`;
    ChangedPhaseTooOften where one person did so as often lately.
    """
    by.must(Permission.LEAD_INCIDENTS)
    async with services.unit() as unit:
        incident = await _held(services, unit, number, by=by)
        await _must_decide(services, unit, incident, by=by, wanted=phase)
        next_leader = by.authority
        if lead_authority and lead_authority != by.authority.code:
            next_leader = await authorization.authority(services, unit.connection, lead_authority)
            if RANK[next_leader.level] > RANK[by.authority.level]:
                raise CannotLead(authority=by.authority.called, phase=PHASE_NAMES[phase])
        _must_lead(next_leader, phase, incident.area)
        given = next_leader.code not in (incident.lead_authority, by.authority.code)
        moved = phase is not incident.phase or next_leader.code != incident.lead_authority
        if moved and (given or phase is not Phase.MUNICIPAL):  # which holds nobody up
            await _require_room(
                services,
                unit,
                incident.area,
                phase,
                leader=next_leader,
                but=number,
                by=by,
                act=PHASE_CHANGED if RANK[phase] > RANK[incident.phase] else "",
            )
        await incident_rows.update_incident(
            unit.connection, number, phase=phase, lead_authority=next_leader.code
        )
        changed = replace(incident, phase=phase, lead_authority=next_leader.code)
        await _record(services, unit, changed, PHASE_CHANGED, by=by, before=incident.phase)
        if RANK[phase] > RANK[incident.phase]:
            await _tell_bound(services, unit, changed, by=by)
    return changed


async def close_incident(
    services: Services, number: int, *, by: Officer
) -> tuple[Incident, list[int]]:
    """End an incident: no new alert is drafted in it, and its phase binds nobody any more.

    With it come the numbers of its alerts that are still in force: they stay so, and are followed
    up, sent and resumed as before.
    """
    by.must(Permission.LEAD_INCIDENTS)
    async with services.unit() as unit:
        incident = await _held(services, unit, number, by=by)
        await _must_decide(services, unit, incident, by=by)
        now = services.now()
        await incident_rows.update_incident(unit.connection, number, closed_at=now)
        in_force = await alert_rows.of_incident(unit.connection, number, IN_FORCE)
        await _record(services, unit, incident, "incident.closed", by=by, in_force=in_force)
    return replace(incident, closed_at=now), in_force


async def exempt_alert(
    services: Services, number: int, alert: int, *, seen: str, by: Officer, reason: str
) -> None:
    """Say that an alert is no part of an incident, so that its own authority decides on it.

    For whoever leads the incident, or an authority above; the reason stands in the ledger.
    `seen` is the fingerprint of what was read: with other words, another area or another end it
    has to be said anew, and so it has in a higher phase.
    """
    by.must(Permission.LEAD_INCIDENTS)
    reason, now = reason_of(reason, needed=True), services.now()
    async with services.unit() as unit:
        scope = scope_of(by.authority)
        # The alert first, as every act on it does: two who wait for each other wait for ever.
        meant = await alert_rows.load(unit.connection, alert, lock=True, scope=scope, now=now)
        incident = await incident_rows.load(
            unit.connection, number, lock=True, scope=scope, now=now
        )
        if incident.closed_at is not None:
            raise IncidentClosed(incident=number)
        await _must_decide(services, unit, incident, by=by)
        _require_bound(meant, incident)
        if meant.fingerprint() != seen:
            raise Outdated(alert=alert)
        await incident_rows.exempt(unit.connection, unit.database, incident, alert, seen)
        await unit.record(
            "incident.exempted",
            by=by,
            about=f"alert/{alert}",
            at=now,
            details={
                "incident": number,
                "phase": incident.phase,
                "lead_authority": incident.lead_authority,
                "fingerprint": seen,
                "role": by.role,
                "authority": by.authority.code,
                "reason": reason,
            },
        )
        await notify(
            services,
            unit,
            meant,
            {meant.author, meant.editor, meant.approver} - {by.name},
            EXEMPTED,
            officer=by.name,
            authority=by.authority.called,
            incident=number,
        )


def _require_bound(alert: Alert, incident: Incident) -> None:
    """BadRequest where the alert names the incident, or does not meet its area."""
    if alert.incident == incident.id:
        raise BadRequest(NAMES_IT, alert=alert.id, incident=incident.id)
    if not set(alert.area) & set(incident.area):
        raise BadRequest(NOT_CONCERNED, alert=alert.id, incident=incident.id)


@dataclass(frozen=True, slots=True)
class BindingIncident:
    """An open incident that an alert does not name, and whose area it meets."""

    incident: Incident
    lead_authority: Authority
    exempted: bool
    """It was said that the alert, as it stands, is no part of it."""
    may_exempt: bool
    """Whoever looks may say so."""
    call: ByLanguage
    """Whom to call who may."""
    takes_back: bool
    """The alert retracts what its own authority sent, which one person may do all the same."""


async def binding_incidents(
    services: Services, number: int, *, by: Officer
) -> list[BindingIncident]:
    """What holds an alert back until it is said to be no part of it, or said so already.

    Only where the phase is above the alert's own authority: below, nothing holds it back.
    """
    by.must(Permission.READ)
    async with services.reading() as reading:
        alert = await authorization.visible_alert(services, reading, number, by=by)
        own = await authorization.authority(services, reading.connection, alert.authority)
        found = []
        for one in await incident_rows.meeting(reading.connection, alert.area):
            if one.id == alert.incident or RANK[own.level] >= RANK[one.phase]:
                continue
            leader = await authorization.authority(services, reading.connection, one.lead_authority)
            found.append(
                BindingIncident(
                    one,
                    leader,
                    exempted=await authorization.exempted(reading, one, alert),
                    may_exempt=by.may(Permission.LEAD_INCIDENTS) and _leads(by.authority, leader),
                    call=await authorization.whom_to_call(services, reading, one.lead_authority),
                    takes_back=await authorization.takes_back_own(reading, alert, own),
                )
            )
    return found


async def _must_decide(
    services: Services,
    reading: ReadTransaction,
    incident: Incident,
    *,
    by: Officer,
    wanted: Phase | None = None,
) -> None:
    """Refuse whoever neither leads the incident nor stands above who leads it.

    A higher phase (`wanted`) is also declared by any authority of a higher level than the one that
    leads; that its territory holds the area is looked at for every act.
    """
    incident.must_hear(by.authority)  # nobody below takes it from above
    leader = await authorization.authority(services, reading.connection, incident.lead_authority)
    raised = (
        wanted is not None
        and RANK[wanted] > RANK[incident.phase]
        and RANK[by.authority.level] > RANK[leader.level]
    )
    if not (raised or _leads(by.authority, leader)):
        raise LedByOther(incident=incident.id, lead_authority=leader.called)


def _leads(authority: Authority, leader: Authority) -> bool:
    return authority.code == leader.code or stands_above(authority, leader)


async def list_incidents(
    services: Services, *, by: Officer, before: int = 0, limit: int = PAGE_SIZE
) -> Page[Incident, int]:
    """Incidents that touch the officer's territory, newest first; a partner's own.

    From below the number `before`, if any.
    """
    by.must(Permission.READ)
    async with services.reading() as reading:
        incidents = await incident_rows.newest(
            reading.connection,
            scope_of(by.authority),
            now=services.now(),
            before=before,
            limit=limit + 1,
        )
    return page_of(incidents, limit, lambda incident: incident.id)


async def get_incident(
    services: Services, number: int, *, by: Officer
) -> tuple[Incident, list[PartnerInvitation]]:
    """One incident, and who was invited to it; a partner sees its own invitations only."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        found = await incident_rows.load(
            reading.connection, number, scope=scope_of(by.authority), now=services.now()
        )
        invited = await incident_rows.invitations(reading.connection, number)
    own = by.authority.code
    return found, [
        invitation
        for invitation in invited
        if not by.authority.partner or invitation.authority == own
    ]


@dataclass(frozen=True, slots=True)
class IncidentChoices:
    """What an officer may do about an incident, as a page offers it; the acts refuse themselves."""

    decides: bool
    """They close it, hand it over in its phase, and let partners in and go."""
    phases: tuple[Phase, ...]
    """They may declare these; the present one is among them where they decide."""
    leaders: tuple[Authority, ...]
    """Who may be given the lead in a phase that is no higher; one's own first."""
    partners: tuple[Authority, ...]
    """Who may be invited."""


NO_CHOICE = IncidentChoices(decides=False, phases=(), leaders=(), partners=())


async def incident_choices(
    services: Services, found: Incident, *, by: Officer, among: Sequence[Authority]
) -> IncidentChoices:
    """What `by` may do about an incident now, with the authorities `among` which to choose."""
    own = by.authority
    allowed = by.may(Permission.LEAD_INCIDENTS) and own.territory.holds(found.area)
    if found.closed_at is not None or not allowed:
        return NO_CHOICE
    phases, decides = [], False
    async with services.reading() as reading:
        for phase in Phase:
            try:
                await _must_decide(services, reading, found, by=by, wanted=phase)
            except AlertingError:
                continue
            decides = decides or phase is found.phase
            if RANK[own.level] >= RANK[phase]:
                phases.append(phase)
    below = [
        authority
        for authority in among
        if RANK[authority.level] <= RANK[own.level]
        and may_lead(authority, Phase.MUNICIPAL, found.area)
        and not authority.partner
        and authority.code != own.code
    ]
    return IncidentChoices(
        decides=decides,
        phases=tuple(phases),
        leaders=(own, *below) if decides else (own,),
        partners=tuple(authority for authority in among if authority.partner) if decides else (),
    )


async def incident_of_alert(
    services: Services, number: int | None, *, by: Officer
) -> Incident | None:
    """The incident of an alert the officer may read; None where it has none, or is not theirs."""
    if number is None:
        return None
    try:
        incident, _ = await get_incident(services, number, by=by)
    except NotFound:  # an alert may touch the territory where its incident does not
        return None
    return incident


async def end_invitation(services: Services, number: int, authority: str, *, by: Officer) -> None:
    """Let a partner go, at once."""
    by.must(Permission.LEAD_INCIDENTS)
    async with services.unit() as unit:
        incident = await _held(services, unit, number, by=by)
        await _must_decide(services, unit, incident, by=by)
        if not await incident_rows.end_invitations(
            unit.connection, authority, number, now=services.now()
        ):
            raise NotFound(what=INVITATION, number=authority)
        await _record(services, unit, incident, "partner.let-go", by=by, partner=authority)


class PartnerInvitationDetails(Details):
    """Which partner, to what, until when."""

    authority: Code
    incident: Annotated[int, Field(ge=1, le=MAX_INTEGER)]
    until: Moment


class InvitePartner:
    """Let a partner read and draft in one incident."""

    permission: ClassVar = Permission.LEAD_INCIDENTS
    details: ClassVar = PartnerInvitationDetails

    async def matter(
        self,
        services: Services,
        reading: ReadTransaction,
        details: PartnerInvitationDetails,
        *,
        by: Officer,
    ) -> Matter:
        """The incident's area must lie inside the officer's territory, and be theirs to lead."""
        partner = await authorization.authority(services, reading.connection, details.authority)
        if not partner.partner:
            raise BadRequest(NOT_PARTNER, authority=partner.called)
        now = services.now()
        if not now < details.until <= now + LONGEST_INVITATION:
            raise BadRequest(BAD_UNTIL)
        incident = await incident_rows.load(
            reading.connection, details.incident, scope=scope_of(by.authority), now=now
        )
        if incident.closed_at is not None:
            raise IncidentClosed(incident=incident.id)
        authorization.require_permission(services, self.permission, incident.area, by=by)
        await _must_decide(services, reading, incident, by=by)
        now_so = [incident.phase, incident.lead_authority, list(incident.area)]
        return Matter(by.authority.code, authorization.area_of(incident.area), now_so)

    async def carry_out(
        self,
        services: Services,
        unit: UnitOfWork,
        details: PartnerInvitationDetails,
        *,
        request: ChangeRequest,
        by: Officer,
    ) -> str:
        """Invite it; an invitation that is alive gives way to the new one."""
        now = services.now()
        await incident_rows.end_invitations(
            unit.connection, details.authority, details.incident, now=now
        )
        await incident_rows.invite(
            unit.connection,
            authority=details.authority,
            incident=details.incident,
            until=details.until,
            invited_by=request.requested_by,
            confirmed_by=by.name,
            now=now,
        )
        incident = await incident_rows.load(unit.connection, details.incident)
        await _record(
            services,
            unit,
            incident,
            "partner.invited",
            by=by,
            partner=details.authority,
            until=details.until,
        )
        return ""


async def _require_room(
    services: Services,
    unit: UnitOfWork,
    area: Sequence[str],
    phase: Phase,
    *,
    leader: Authority,
    by: Officer,
    act: str,
    but: int = 0,
) -> None:
    """Refuse one incident more in a phase where as many are open as may be over a municipality.

    In one piece: whose room it is, how full it is, and what may be said of it.
    Of those that `leader` leads, where the phase is of its own level: it can close them itself.
    Those of all others share one room, so that no level fills that of another. `but` is the
    incident that moves.
    And an act that somebody has done there lately as often as one person may: OPENED, or
    PHASE_CHANGED to a higher one. Whoever declares a phase counts alone until the commit.
    """
    await unit.database.lock_ledger(unit.connection)
    since = services.now() - A_DAY
    incidents = await incident_rows.open_or_since(unit.connection, area, since)
    changes = await ledger_rows.numbers_since(
        unit.connection,
        about=[f"incident/{one.id}" for one in incidents],
        act=PHASE_CHANGED,
        by=by.name,
        since=since,
    )
    rooms = {leader.code: _room_of(leader, phase)}
    for code in {one.lead_authority for one in incidents} - {*rooms}:
        leads = await authorization.authority(services, unit.connection, code)
        rooms[code] = _room_of(leads, phase)
    for place in area:
        over = [one for one in incidents if place in one.area]
        existing_incidents = [
            one
            for one in over
            if one.closed_at is None
            and (one.phase, rooms[one.lead_authority]) == (phase, rooms[leader.code])
            and one.id != but
        ]
        opened = sum(one.opened_by == by.name and one.opened_at > since for one in over)
        changed = sum(changes.get(f"incident/{one.id}", 0) for one in over)
        called = ByLanguage(services.gazetteer.area_names((place,)))
        if len(existing_incidents) >= MOST_OPEN[phase]:
            raise TooManyIncidents(
                place=called,
                phase=PHASE_NAMES[phase],
                incidents=", ".join(str(one.id) for one in existing_incidents),
                call=await authorization.whom_to_call(
                    services, unit, existing_incidents[0].lead_authority
                ),
            )
        if act == OPENED and opened >= MOST_OPENED_BY_ONE:
            raise OpenedTooMany(place=called, number=opened)
        if act == PHASE_CHANGED and changed >= MOST_CHANGES_BY_ONE:
            raise ChangedPhaseTooOften(place=called, number=changed)


def _room_of(leader: Authority, phase: Phase) -> str:
    """Whose room an incident takes in a phase: of its leader's own, or that of all others."""
    return leader.code if RANK[leader.level] == RANK[phase] else ""


async def _held(services: Services, unit: UnitOfWork, number: int, *, by: Officer) -> Incident:
    """An open incident wholly inside the officer's territory, held until the commit."""
    incident = await incident_rows.load(
        unit.connection, number, lock=True, scope=scope_of(by.authority), now=services.now()
    )
    authorization.require_permission(services, Permission.LEAD_INCIDENTS, incident.area, by=by)
    if incident.closed_at is not None:
        raise IncidentClosed(incident=number)
    return incident


async def _tell_bound(
    services: Services, unit: UnitOfWork, about: Incident, *, by: Officer
) -> None:
    """Tell whoever may no longer decide there; in its lowest phase an incident binds nobody."""
    if about.phase is not Phase.MUNICIPAL:
        await notify_bound(
            services,
            unit,
            about,
            BOUND,
            officer=by.name,
            authority=by.authority.called,
            phase=PHASE_NAMES[about.phase],
            area=ByLanguage(services.gazetteer.area_names(about.area)),
            call=await authorization.whom_to_call(services, unit, about.lead_authority),
        )


def _must_lead(authority: Authority, phase: Phase, area: Sequence[str]) -> None:
    if not may_lead(authority, phase, area):
        raise CannotLead(authority=authority.called, phase=PHASE_NAMES[phase])


async def _record(
    services: Services,
    unit: UnitOfWork,
    about: Incident,
    what: str,
    *,
    by: Officer,
    before: Phase | None = None,
    partner: str = "",
    until: datetime | None = None,
    in_force: Sequence[int] = (),
) -> None:
    details = {
        "phase": about.phase,
        "lead_authority": about.lead_authority,
        "role": by.role,
        "authority": by.authority.code,
        **({"before": before} if before else {}),
        **({"partner": partner} if partner else {}),
        **({"until": until.isoformat()} if until else {}),
        **({"in_force": list(in_force)} if in_force else {}),
    }
    await unit.record(what, by=by, about=f"incident/{about.id}", at=services.now(), details=details)
