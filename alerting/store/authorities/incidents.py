"""Rows and queries for incidents, and the partners invited to them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.authority import RANK, Incident, Phase, Scope
from alerting.domain.errors import NotFound
from alerting.domain.text.i18n import msgid
from alerting.store.database import Database, each_of
from alerting.store.tables import incident, incident_exemption, incident_place, invitation
from alerting.store.visibility import incidents_visible

INCIDENT = msgid("incident")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerInvitation:
    """A partner in one incident, until then."""

    id: int
    authority: str
    incident: int
    until: datetime
    invited_by: str
    invited_at: datetime
    confirmed_by: str
    ended_at: datetime | None


async def add(connection: AsyncConnection, wanted: Incident) -> Incident:
    """Keep a new incident; it comes back with its number."""
    number: int = (
        await connection.execute(
            sa.insert(incident)
            .values(
                title=wanted.title,
                phase=wanted.phase,
                area=list(wanted.area),
                lead_authority=wanted.lead_authority,
                opened_by=wanted.opened_by,
                opened_at=wanted.opened_at,
            )
            .returning(incident.c.id)
        )
    ).scalar_one()
    await connection.execute(
        sa.insert(incident_place),
        [{"nis_code": nis_code, "incident_id": number} for nis_code in wanted.area],
    )
    return await load(connection, number)


async def load(
    connection: AsyncConnection,
    number: int,
    *,
    lock: bool = False,
    scope: Scope | None = None,
    now: datetime | None = None,
) -> Incident:
    """One incident; NotFound also outside `scope`. `lock` holds it until the commit."""
    query = sa.select(incident).where(incident.c.id == number)
    if scope is not None and now is not None:
        query = query.where(*incidents_visible(scope, now))
    if lock:
        query = query.with_for_update()
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        raise NotFound(what=INCIDENT, number=number)
    return _incident(row)


async def meeting(
    connection: AsyncConnection,
    area: Collection[str],
    *,
    named: int | None = None,
    lock: bool = False,
) -> list[Incident]:
    """Open incidents whose area meets `area`, and the `named` one where it is open.

    `lock` keeps them as they are until the commit. Others may do the same meanwhile, so that two
    alerts never wait for each other.
    """
    touched = sa.select(incident_place.c.incident_id).where(
        incident_place.c.nis_code.in_(each_of(connection, area, incident_place.c.nis_code.type))
    )
    query = (
        sa.select(incident)
        .where(
            incident.c.closed_at.is_(None),
            sa.or_(incident.c.id.in_(touched), incident.c.id == named),
        )
        .order_by(incident.c.id)
    )
    if lock:
        query = query.with_for_update(read=True)
    return [_incident(row) for row in (await connection.execute(query)).mappings()]


async def open_or_since(
    connection: AsyncConnection, area: Collection[str], since: datetime
) -> list[Incident]:
    """Incidents whose area meets `area` and that are open, or were opened after `since`."""
    touched = sa.select(incident_place.c.incident_id).where(
        incident_place.c.nis_code.in_(each_of(connection, area, incident_place.c.nis_code.type))
    )
    query = (
        sa.select(incident)
        .where(
            incident.c.id.in_(touched),
            sa.or_(incident.c.closed_at.is_(None), incident.c.opened_at > since),
        )
        .order_by(incident.c.id)
    )
    return [_incident(row) for row in (await connection.execute(query)).mappings()]


async def exempt(
    connection: AsyncConnection, database: Database, about: Incident, alert: int, fingerprint: str
) -> None:
    """Keep that an alert, in these words, is no part of an incident in the phase it is in."""
    said = {"fingerprint": fingerprint, "phase": about.phase}
    await connection.execute(
        database.insert(incident_exemption)
        .values(incident_id=about.id, alert_id=alert, **said)
        .on_conflict_do_update(index_elements=["incident_id", "alert_id"], set_=said)
    )


async def exempted(
    connection: AsyncConnection, about: Incident, alert: int, fingerprint: str
) -> bool:
    """Whether that was said of these words, and the incident went no higher since."""
    phase = await connection.scalar(
        sa.select(incident_exemption.c.phase).where(
            incident_exemption.c.incident_id == about.id,
            incident_exemption.c.alert_id == alert,
            incident_exemption.c.fingerprint == fingerprint,
        )
    )
    return phase is not None and RANK[phase] >= RANK[about.phase]


async def update_incident(
    connection: AsyncConnection,
    number: int,
    *,
    phase: Phase | None = None,
    lead_authority: str | None = None,
    closed_at: datetime | None = None,
) -> None:
    """Write what is given."""
    given = {"phase": phase, "lead_authority": lead_authority, "closed_at": closed_at}
    await connection.execute(
        sa.update(incident)
        .where(incident.c.id == number)
        .values({name: value for name, value in given.items() if value is not None})
    )


async def newest(
    connection: AsyncConnection,
    scope: Scope,
    *,
    now: datetime,
    before: int = 0,
    limit: int,
) -> list[Incident]:
    """Incidents inside `scope`, newest first, from below the number `before`, if any."""
    query = (
        sa.select(incident)
        .where(*incidents_visible(scope, now))
        .order_by(incident.c.id.desc())
        .limit(limit)
    )
    if before:
        query = query.where(incident.c.id < before)
    return [_incident(row) for row in (await connection.execute(query)).mappings()]


async def invite(
    connection: AsyncConnection,
    *,
    authority: str,
    incident: int,
    until: datetime,
    invited_by: str,
    confirmed_by: str,
    now: datetime,
) -> int:
    """Keep an invitation; its number comes back."""
    number: int = (
        await connection.execute(
            sa.insert(invitation)
            .values(
                authority=authority,
                incident_id=incident,
                until=until,
                invited_by=invited_by,
                invited_at=now,
                confirmed_by=confirmed_by,
            )
            .returning(invitation.c.id)
        )
    ).scalar_one()
    return number


async def invited(
    connection: AsyncConnection, authority: str, incident: int, *, now: datetime
) -> bool:
    """Whether an invitation is alive."""
    return bool(
        await connection.scalar(
            sa.select(
                sa.exists().where(
                    invitation.c.authority == authority,
                    invitation.c.incident_id == incident,
                    invitation.c.until > now,
                    invitation.c.ended_at.is_(None),
                )
            )
        )
    )


async def end_invitations(
    connection: AsyncConnection, authority: str, incident: int, *, now: datetime
) -> bool:
    """End what is alive; False when nothing was."""
    ended = await connection.execute(
        sa.update(invitation)
        .where(
            invitation.c.authority == authority,
            invitation.c.incident_id == incident,
            invitation.c.ended_at.is_(None),
        )
        .values(ended_at=now)
        .returning(invitation.c.id)
    )
    return ended.first() is not None


async def invitations(connection: AsyncConnection, incident: int) -> list[PartnerInvitation]:
    """All invitations to one incident, in order."""
    query = (
        sa.select(invitation).where(invitation.c.incident_id == incident).order_by(invitation.c.id)
    )
    return [
        PartnerInvitation(
            **{name: value for name, value in row.items() if name != "incident_id"},
            incident=row["incident_id"],
        )
        for row in (await connection.execute(query)).mappings()
    ]


def _incident(row: sa.RowMapping) -> Incident:
    return Incident(
        **{
            **row,
            "phase": Phase(row["phase"]),
            "area": tuple(row["area"]),
        }
    )
