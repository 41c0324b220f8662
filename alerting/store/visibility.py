"""What a territory lets an officer see, as conditions for queries: never filtered after paging."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from alerting.domain.authority import Scope, Territory
from alerting.store.tables import (
    alert,
    alert_place,
    incident,
    incident_place,
    invitation,
    ledger,
    membership,
    person,
    recipient,
)

Conditions = Sequence[sa.ColumnElement[bool]]


def visible(scope: Scope | None, now: datetime | None = None) -> Conditions:
    """Alerts whose area meets the territory; a partner's own, and those it is invited to."""
    if scope is None:
        return ()
    if scope.by_invitation:
        invited = alert.c.incident_id.in_(_invited(scope, now))
        return (sa.or_(invited, alert.c.authority == scope.authority),)
    if scope.territory.everywhere:
        return ()
    touched = sa.select(alert_place.c.alert_id).where(
        alert_place.c.nis_code.in_(sorted(scope.territory.codes))
    )
    return (alert.c.id.in_(touched),)


def incidents_visible(scope: Scope, now: datetime) -> Conditions:
    """Incidents whose area meets the territory; for a partner, those it is invited to."""
    if scope.by_invitation:
        return (incident.c.id.in_(_invited(scope, now)),)
    if scope.territory.everywhere:
        return ()
    touched = sa.select(incident_place.c.incident_id).where(
        incident_place.c.nis_code.in_(sorted(scope.territory.codes))
    )
    return (incident.c.id.in_(touched),)


def lives_in(territory: Territory) -> Conditions:
    """Recipients inside a territory; one without a place belongs to the whole country."""
    return () if territory.everywhere else (recipient.c.nis_code.in_(sorted(territory.codes)),)


def delivered_to(scope: Scope, spoken_by: str) -> Conditions:
    """Deliveries to recipients inside; to newsrooms and accounts only of an own alert.

    A partner sees none: who is on a list is nothing it was invited to.
    """
    if scope.by_invitation:
        return (sa.false(),)
    if scope.territory.everywhere:
        return ()
    inside: sa.ColumnElement[bool] = recipient.c.nis_code.in_(sorted(scope.territory.codes))
    if spoken_by == scope.authority:
        inside = sa.or_(inside, recipient.c.nis_code == "")
    return (inside,)


def recorded(scope: Scope, now: datetime) -> Conditions:
    """Ledger entries about what lies in the territory, and about the authority and its people."""
    if scope.territory.everywhere and not scope.by_invitation:
        return ()
    alerts = sa.select(sa.literal("alert/").concat(sa.cast(alert.c.id, sa.String))).where(
        *visible(scope, now)
    )
    deliveries = sa.select(sa.literal("deliveries/").concat(sa.cast(alert.c.id, sa.String))).where(
        *visible(scope, now)
    )
    incidents = sa.select(sa.literal("incident/").concat(sa.cast(incident.c.id, sa.String))).where(
        *incidents_visible(scope, now)
    )
    people = (
        sa.select(sa.literal("officer/").concat(person.c.name))
        .join(membership, membership.c.person_id == person.c.id)
        .where(membership.c.authority == scope.authority)
    )
    return (
        sa.or_(
            ledger.c.about == f"authority/{scope.authority}",
            ledger.c.about.in_(alerts),
            ledger.c.about.in_(incidents),
            ledger.c.about.in_(people),
            ledger.c.about.in_(deliveries),
            # What its own people did on the lists, or saw of them.
            sa.and_(ledger.c.authority == scope.authority, ledger.c.about.like("recipient%")),
            sa.and_(ledger.c.authority == scope.authority, ledger.c.about.like("release/%")),
        ),
    )


def _invited(scope: Scope, now: datetime | None) -> sa.Select[tuple[int]]:
    living = [invitation.c.authority == scope.authority, invitation.c.ended_at.is_(None)]
    if now is not None:
        living.append(invitation.c.until > now)
    return sa.select(invitation.c.incident_id).where(*living)
