"""What an officer may see and act on, by their authority and its territory.

Every act on an alert goes through `authorize_on_alert`, every look through `visible_alert`. Three
rules meet there: the area lies wholly inside the territory (looking needs an overlap only); the
alert is the word of the officer's own authority or of one below; and the phase of an incident,
named or not, moves the right to decide up.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.compose.composer import Sender
from alerting.delivery.authorities import AUTHORITY, authority, authority_of, territory_of
from alerting.domain.alert import Alert, AlertClass, Bypass, FollowUp
from alerting.domain.authority import (
    NATIONAL,
    RANK,
    TELEPHONE,
    Authority,
    Incident,
    Level,
    Territory,
    decides_everywhere,
    drafts_within,
    manages,
    scope_of,
    stands_above,
)
from alerting.domain.authority_names import folded_names
from alerting.domain.credential import Credential
from alerting.domain.errors import (
    AlertingError,
    ConfirmedFromAbove,
    IncidentClosed,
    NotFound,
    NotInvited,
    NotSignedIn,
    OthersSpeak,
    OutsideTerritory,
    WorksElsewhere,
)
from alerting.domain.language import Language
from alerting.domain.officer import GRANTS, Membership, Officer, Permission, Role
from alerting.domain.text.i18n import ByLanguage, msgid
from alerting.geo.place_names import COUNTRY
from alerting.services import Services
from alerting.store import ReadTransaction, persons
from alerting.store.accounts import memberships as membership_rows
from alerting.store.alerts import repository as alert_rows
from alerting.store.authorities import incidents as incident_rows
from alerting.store.authorities import repository as authority_rows

__all__ = ["AUTHORITY", "authority", "authority_of", "territory_of"]  # of the floor below

MOST_TO_CALL = 5
"""Officers whom a refusal names."""
MEMBERSHIP = msgid("membership")

CARRIES = frozenset({Permission.SEND, Permission.RESUME, Permission.RETRY})
"""What brings an alert to people without deciding anew that it is right."""
DECIDES = frozenset(
    {
        Permission.APPROVE,
        Permission.SEND,
        Permission.SCHEDULE,
        Permission.RESUME,
        Permission.RETRY,
        Permission.BREAK_GLASS,
    }
)
"""What moves up with an incident's phase. Drafting, requesting and stopping stay where they are."""


@dataclass(frozen=True, slots=True)
class DraftAuthority:
    """In whose name a draft is made."""

    authority: Authority
    sender: Sender


async def chain(services: Services, connection: AsyncConnection, code: str) -> list[Authority]:
    """An authority, and those that stand above it.

    From the lowest to the highest; the national one stands above all.
    """
    lowest = await authority(services, connection, code)
    rows = await authority_rows.list_authorities(connection)
    other_authorities = [authority_of(services, row) for row in rows if row.code != code]
    if code != NATIONAL.code and all(row.code != NATIONAL.code for row in rows):
        other_authorities.append(NATIONAL)
    above = [one for one in other_authorities if stands_above(one, lowest)]
    return [lowest, *sorted(above, key=_height)]


def _height(each_authority: Authority) -> tuple[int, bool, bool, str]:
    return (
        RANK[each_authority.level],
        decides_everywhere(each_authority),
        each_authority.code == NATIONAL.code,
        each_authority.code,
    )


async def speaker(services: Services, connection: AsyncConnection, code: str) -> Sender:
    """Who speaks in texts of an authority: its own names, the installation's where it has none."""
    return sender_of(services, await authority(services, connection, code))


def sender_of(services: Services, speaking: Authority) -> Sender:
    """Who speaks in texts of an authority that was loaded; the installation's names fill gaps."""
    own = services.composer.sender
    if speaking is NATIONAL:
        return own

    def words(kind: str, instead: Mapping[Language, str]) -> Mapping[Language, str]:
        given = speaking.senders.get(kind)
        if not given:
            return instead
        names = ByLanguage(given)
        return {language: names.told(language) for language in Language}

    called = {one: speaking.called.told(one) for one in Language}
    return Sender(
        authority=words("authority", called),
        town=words("town", own.town),
        press_contact=words("press_contact", called),
        url=words("url", own.url),
        more_hosts=own.hosts,
    )


async def speakers(
    services: Services, connection: AsyncConnection, code: str
) -> tuple[frozenset[str], frozenset[str]]:
    """What an authority is called, and what all others are, as `authority_names` compares them."""
    rows = [
        authority_of(services, row) for row in await authority_rows.list_authorities(connection)
    ]
    everybody = {NATIONAL.code: NATIONAL} | {
        each_authority.code: each_authority for each_authority in rows
    }
    named = {
        each_authority.code: folded_names(
            [
                *each_authority.names.values(),
                *sender_of(services, each_authority).authority.values(),
            ]
        )
        for each_authority in everybody.values()
    }
    own = named.pop(code, frozenset())
    return own, frozenset().union(*named.values()) - own


async def officer_from_credential(
    services: Services, reading: ReadTransaction, credential: Credential
) -> Officer:
    """The officer a credential lets in, as what they are today; NotSignedIn when they are not.

    Its membership counts as it stands, not as it was when they signed in.
    """
    claimed = credential.officer
    try:
        member = await as_member_of(services, reading, claimed.person, claimed.membership)
    except NotFound:
        raise NotSignedIn from None
    return replace(member, scopes=credential.scopes)


async def as_member_of(
    services: Services, reading: ReadTransaction, person: int, number: int
) -> Officer:
    """A person under one of their living memberships; NotFound when it is not theirs."""
    membership = await membership_rows.find(reading.connection, number)
    if membership is None or membership.person != person:
        raise NotFound(what=MEMBERSHIP, number=number)
    return _as_member(
        services, await authority(services, reading.connection, membership.authority), membership
    )


def _as_member(services: Services, at: Authority, membership: Membership) -> Officer:
    """Who a person is under a membership at that authority."""
    return Officer(
        membership.officer,
        membership.role,
        authority=at,
        training=membership.training and not services.training,
        membership=membership.id,
        person=membership.person,
    )


async def member_named(
    services: Services, reading: ReadTransaction, name: str, number: int
) -> Officer:
    """Who the person of a name is under a membership; NotFound for a name nobody has."""
    person = await persons.find(reading.connection, name)
    if person is None:
        raise NotFound(what=MEMBERSHIP, number=number)
    return await as_member_of(services, reading, person, number)


async def load_officer(services: Services, name: str, role: Role, membership: int) -> Officer:
    """Whom a token made on the server is for: a member, or who becomes one of the whole country."""
    if not membership:
        return Officer(name, role)
    async with services.reading() as reading:
        return await member_named(services, reading, name, membership)


async def subordinate_authorities(
    services: Services, reading: ReadTransaction, *, by: Officer
) -> frozenset[str] | None:
    """Codes of the authorities that an officer manages, see `manages`; None means all.

    All are the national centre's, as long as it decides for the whole country.
    """
    if by.authority.code == NATIONAL.code and decides_everywhere(by.authority):
        return None
    rows = await authority_rows.list_authorities(reading.connection)
    other_authorities = [authority_of(services, row) for row in rows]
    return frozenset(
        {by.authority.code}
        | {
            each_authority.code
            for each_authority in other_authorities
            if manages(by.authority, each_authority)
        }
    )


async def members_who_see(
    services: Services, reading: ReadTransaction, code: str, permission: Permission
) -> list[tuple[Authority, list[Officer]]]:
    """Who holds a permission at an authority, and at those above it, which see what is its own.

    From the lowest authority to the highest, members by name; only who can get in today.
    """
    authorities = await chain(services, reading.connection, code)
    memberships = await membership_rows.living_at(
        reading.connection,
        codes={one.code for one in authorities},
        levels=(),
        roles=[role for role in Role if permission in GRANTS[role]],
        now=services.now(),
    )
    return [
        (
            place,
            sorted(
                (
                    officer
                    for one in memberships
                    if one.authority == place.code
                    if (officer := _as_member(services, place, one)).may(permission)
                ),
                key=lambda officer: officer.name,
            ),
        )
        for place in authorities
    ]


async def authorities_within(
    services: Services, reading: ReadTransaction, *, by: Officer
) -> frozenset[str] | None:
    """Codes of the authorities inside an officer's territory, up to its level; None means all.

    Equal ones are among them: for what goes by place, and not for managing anybody.
    """
    if decides_everywhere(by.authority):
        return None
    inside = {by.authority.code}
    if not by.authority.partner:
        for row in await authority_rows.list_authorities(reading.connection):
            lower = RANK[row.level] <= RANK[by.authority.level]
            if lower and by.authority.territory.holds(territory_of(services, row.territory).codes):
                inside.add(row.code)
    return frozenset(inside)


def require_permission(
    services: Services,
    permission: Permission,
    area: Collection[str],
    *,
    by: Officer,
    within: Territory | None = None,
) -> None:
    """Refuse what the role lacks, and what lies outside, naming the places outside."""
    by.must(permission, area=area, within=within, named=services.gazetteer.area_names)


def require_territory(
    services: Services, permission: Permission, territory: Territory, *, by: Officer
) -> None:
    """Refuse what the role lacks, and a territory that is wider than the officer's own."""
    if territory.everywhere:
        by.must(permission)
        if not by.authority.territory.everywhere:
            raise outside_country(services, by)
    else:
        require_permission(services, permission, territory.codes, by=by)


async def require_may_manage(
    services: Services, reading: ReadTransaction, permission: Permission, code: str, *, by: Officer
) -> None:
    """Refuse to manage an authority that is not below the officer's own, by territory and rank."""
    managed = await authority(services, reading.connection, code)
    require_territory(services, permission, managed.territory, by=by)
    await require_below(services, reading, code, by=by)


async def require_below(
    services: Services, reading: ReadTransaction, code: str, *, by: Officer
) -> None:
    """NotFound for an authority that is not below: whoever may not manage it learns nothing."""
    inside = await subordinate_authorities(services, reading, by=by)
    if inside is not None and code not in inside:
        raise NotFound(what=AUTHORITY, number=code)


def require_above(lower: Iterable[Authority], *, by: Officer) -> None:
    """Refuse whoever does not stand above all of these; above the national centre is nobody.

    What is the centre's own, its own people confirm.
    """
    for below in lower:
        own = below.code == NATIONAL.code == by.authority.code
        if not (own or stands_above(by.authority, below)):
            raise ConfirmedFromAbove(authority=below.called)


def require_manages(works_for: Iterable[Authority], officer: str, *, by: Officer) -> None:
    """Refuse whoever does not manage each authority that somebody works for."""
    for employer in works_for:
        if not manages(by.authority, employer):
            raise WorksElsewhere(officer=officer, authority=employer.called)


def area_of(area: Collection[str]) -> Territory:
    """An area as a territory, to be ruled like one."""
    return Territory(frozenset(area))


def outside_country(services: Services, by: Officer) -> OutsideTerritory:
    """The refusal of what is the whole country's."""
    return OutsideTerritory(
        officer=by.name,
        authority=by.authority.called,
        places=ByLanguage(services.gazetteer.place(COUNTRY).names),
    )


async def visible_alert(
    services: Services, reading: ReadTransaction, number: int, *, by: Officer
) -> Alert:
    """An alert the officer may look at; NotFound for any other, as if it were not there."""
    return await alert_rows.load(
        reading.connection, number, scope=scope_of(by.authority), now=services.now()
    )


async def draft_authority(
    services: Services,
    area: tuple[str, ...],
    *,
    incident: int | None,
    alert_class: AlertClass,
    by: Officer,
    previous_alert: str = "",
) -> DraftAuthority:
    """In whose name the officer may draft for an area, within an incident or without.

    A partner drafts for whoever leads the incident it is invited to, and inside its area. What
    follows the word of an authority (`previous_alert`, its code) is that authority's word again,
    and goes on after the incident was closed: IncidentClosed is for new drafts only.
    """
    async with services.reading() as reading:
        about = None
        if incident is not None:
            about = await _incident(services, reading, incident, by=by)
            if about.closed_at is not None and not previous_alert:
                raise IncidentClosed(incident=incident)
        within = drafts_within(by.authority, about)
        require_permission(services, Permission.DRAFT, area, by=by, within=within)
        by.must_mean(alert_class, training=services.training)
        speaking = by.authority
        if about is not None and speaking.partner:
            speaking = await authority(services, reading.connection, about.lead_authority)
        elif previous_alert:
            speaking = await authority(services, reading.connection, previous_alert)
    return DraftAuthority(speaking, sender_of(services, speaking))


async def authorize_on_alert(
    services: Services,
    reading: ReadTransaction,
    number: int,
    permission: Permission,
    *,
    by: Officer,
    lock: bool = True,
) -> Alert:
    """Refuse an act on an alert that is not the officer's to act on. Holds alert and incidents.

    Meant as the first thing in the transaction of every act; `guards.lock_alert` does it. Without
    `lock`, what a page asks before there is a transaction. Raises NotFound, NotAllowed,
    OutsideTerritory, OnlyExercises, OnlyDrafts, OthersSpeak, NotInvited, SpeaksHigher.
    """
    connection = reading.connection
    alert = await alert_rows.load(
        connection, number, lock=lock, scope=scope_of(by.authority), now=services.now()
    )
    about = await _require_say(services, reading, alert, permission, by=by)
    if about is not None:
        await _must_be_invited(services, reading, about, by=by)
    alone = permission in CARRIES and await takes_back_own(reading, alert, by.authority)
    if permission in DECIDES and not alone:
        await require_not_bound(services, reading, alert, speaking=by.authority, lock=lock)
    return alert


async def _require_say(
    services: Services,
    reading: ReadTransaction,
    alert: Alert,
    permission: Permission,
    *,
    by: Officer,
) -> Incident | None:
    """Refuse whoever lacks the role, the territory or the level for it; the alert's incident."""
    connection = reading.connection
    about = None
    if alert.incident is not None:
        about = await incident_rows.load(connection, alert.incident)
    within = drafts_within(by.authority, about)
    require_permission(services, permission, alert.area, by=by, within=within)
    if permission is not Permission.STOP:  # a real alert that went out by mistake must stop
        by.must_mean(alert.alert_class, training=services.training)
    owner = await authority(services, connection, alert.authority)
    own_draft = by.authority.partner and alert.author == by.name
    above = RANK[by.authority.level] > RANK[owner.level] or stands_above(by.authority, owner)
    if not (owner.code == by.authority.code or above or own_draft):
        raise OthersSpeak(alert=alert.id, authority=owner.called)
    return about


async def takes_back_own(reading: ReadTransaction, alert: Alert, speaking: Authority) -> bool:
    """Whether an alert that needs nobody's approval, or went without, retracts what this authority
    itself sent.

    No incident holds that up: when the authority sent it, it could decide on it, and people must
    not believe a false alert until somebody else can be reached. Whether one person may send it is
    asked by `alone.why_not_retract`; with an approval it is decided on as every other alert.
    """
    without_approval = alert.approved_at is None or alert.bypass is Bypass.FALSE_ALERT
    if alert.follow_up is not FollowUp.FALSE_ALERT or not without_approval:
        return False
    assert alert.previous_alert is not None  # noqa: S101  or it would follow nothing
    original = await alert_rows.load(reading.connection, alert.previous_alert)
    return original.sent_at is not None and original.sender_authority == speaking.code


async def require_not_bound(
    services: Services,
    reading: ReadTransaction,
    alert: Alert,
    *,
    speaking: Authority,
    lock: bool = True,
) -> None:
    """Refuse an authority below the phase of an incident that binds the alert.

    Those are the one it names and every one whose area meets the alert's, unless whoever leads it
    said that the alert, as it stands, is no part of it. A closed incident binds nothing: its alerts
    are updated, ended, taken back and resumed as if it had never been.
    `speaking` is the authority of whoever acts; `lock` holds the incidents until the commit.
    """
    for about in await incident_rows.meeting(
        reading.connection, alert.area, named=alert.incident, lock=lock
    ):
        named = about.id == alert.incident
        if RANK[speaking.level] >= RANK[about.phase] or (
            not named and await exempted(reading, about, alert)
        ):
            continue
        about.must_hear(speaking, call=await whom_to_call(services, reading, about.lead_authority))


async def exempted(reading: ReadTransaction, about: Incident, alert: Alert) -> bool:
    """Whether it was said that the alert, as it stands, is no part of the incident."""
    return await incident_rows.exempted(reading.connection, about, alert.id, alert.fingerprint())


async def whom_to_call(
    services: Services, reading: ReadTransaction, lead_authority: str
) -> ByLanguage:
    """The authority that leads, its telephone as far as it is set, and who may decide there."""
    found = await authority(services, reading.connection, lead_authority)
    officers = sorted(
        {
            one.officer
            for one in await membership_rows.living_at(
                reading.connection,
                codes={lead_authority},
                levels=(),
                roles=(Role.APPROVER, Role.DUTY_OFFICER),
                now=services.now(),
            )
            if _as_member(services, found, one).may(Permission.SEND)
        }
    )
    number = found.settings.get(TELEPHONE, "")
    more = [part for part in (number, *officers[:MOST_TO_CALL]) if part]
    return ByLanguage(
        {language: ", ".join((found.called.told(language), *more)) for language in Language}
    )


async def may_still(
    services: Services,
    reading: ReadTransaction,
    alert: Alert,
    membership: int,
    permission: Permission,
) -> bool:
    """Whether whoever acted on an alert under a membership might do so again today.

    They have a role with the permission at the same authority, whose territory and level still
    give it the word. What an incident moved up is asked apart. True for 0: who acted under no
    membership cannot have lost one.
    """
    if not membership:
        return True
    roles = [role for role in Role if permission in GRANTS[role]]
    held = await membership_rows.membership_today(reading.connection, membership, roles)
    if held is None:
        return False
    try:
        by = await as_member_of(services, reading, held.person, held.id)
        await _require_say(services, reading, alert, permission, by=by)
    except AlertingError:
        return False
    return True


async def approvers(
    services: Services, reading: ReadTransaction, alert: Alert, permission: Permission
) -> list[str]:
    """Who may act on an alert, by name, as memberships stand; hands among them.

    The right goes by authority, role and kind of account: each is asked once, however many people
    share it, and of authorities only the alert's own and those of a higher level.
    """
    owner = await authority(services, reading.connection, alert.authority)
    memberships = await membership_rows.living_at(
        reading.connection,
        codes={owner.code, NATIONAL.code},
        levels=[level for level in Level if RANK[level] > RANK[owner.level]],
        roles=[role for role in Role if permission in GRANTS[role]],
        now=services.now(),
    )
    names: dict[tuple[str, Role, bool], set[str]] = {}
    for one in memberships:
        names.setdefault((one.authority, one.role, one.training), set()).add(one.officer)
    able: set[str] = set()
    for (code, role, training), people in names.items():
        place = await authority(services, reading.connection, code)
        officer = Officer(min(people), role, authority=place, training=training)
        try:
            await authorize_on_alert(
                services, reading, alert.id, permission, by=officer, lock=False
            )
        except AlertingError:
            continue
        able |= people
    return sorted(able)


async def _incident(
    services: Services, reading: ReadTransaction, number: int, *, by: Officer
) -> Incident:
    """The incident a draft is to belong to."""
    now = services.now()
    if by.authority.partner and not await incident_rows.invited(
        reading.connection, by.authority.code, number, now=now
    ):
        raise NotInvited(authority=by.authority.called, incident=number)
    return await incident_rows.load(
        reading.connection, number, scope=scope_of(by.authority), now=now
    )


async def _must_be_invited(
    services: Services, reading: ReadTransaction, about: Incident, *, by: Officer
) -> None:
    if by.authority.partner and not await incident_rows.invited(
        reading.connection, by.authority.code, about.id, now=services.now()
    ):
        raise NotInvited(authority=by.authority.called, incident=about.id)
