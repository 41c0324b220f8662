"""Made-up alerts as the public is told of them; what matters to a test stands in the test."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from alerting.actions.public.site import Site, World
from alerting.domain.alert import (
    AlertClass,
    Category,
    Certainty,
    FollowUp,
    Hazard,
    ResponseType,
    Severity,
    Urgency,
)
from alerting.domain.language import Language
from alerting.domain.public_alert import Address, PublicAlert, PublicStatus, PublicText
from tests.make import EUPEN, LIEGE, everywhere, gazetteer

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
"""13:00 in Belgium."""
HOUR = timedelta(hours=1)
HAZARD = Hazard(
    event="chem_shelter",
    category=Category.CBRNE,
    urgency=Urgency.IMMEDIATE,
    severity=Severity.EXTREME,
    certainty=Certainty.OBSERVED,
    response=ResponseType.SHELTER,
)
AUTHORITY = {
    Language.FR: "Centre de crise National",
    Language.NL: "Nationaal Crisiscentrum",
    Language.DE: "Nationales Krisenzentrum",
    Language.EN: "National Crisis Centre",
}
SITE = Site(
    url="https://alerts.example.org/public",
    authority=AUTHORITY,
    gazetteer=gazetteer(),
    contact={Language.FR: "Rue de la Loi 16\n1000 Bruxelles", Language.NL: "Wetstraat 16"},
)
LEAVES_BEHIND = {
    FollowUp.UPDATE: PublicStatus.REPLACED,
    FollowUp.CORRECTION: PublicStatus.REPLACED,
    FollowUp.ALL_CLEAR: PublicStatus.ENDED,
    FollowUp.FALSE_ALERT: PublicStatus.FALSE_ALARM,
}
SCENARIOS = {
    FollowUp.UPDATE: "update",
    FollowUp.CORRECTION: "correction",
    FollowUp.ALL_CLEAR: "all_clear",
    FollowUp.FALSE_ALERT: "false_alert",
}


def words(headline: str, text: str = "", **more: Any) -> PublicText:
    return PublicText(headline=headline, text=text or f"{headline}.\n\n1. Go inside.", **more)


def alert(
    number: int = 12,
    *,
    at: datetime = NOON,
    texts: Mapping[Language, PublicText] | None = None,
    **changed: Any,
) -> PublicAlert:
    """A real one for Liège in French and Dutch, valid for two hours."""
    address = Address(at.year, number)
    texts = texts or {
        Language.FR: words("Fuite chimique", "Rentrez.\n\n1. Fermez les fenêtres."),
        Language.NL: words("Chemisch lek", "Ga naar binnen.\n\n1. Sluit de ramen."),
    }
    made = PublicAlert(
        address=address,
        alert_class=AlertClass.ALERT,
        status=PublicStatus.ACTIVE,
        scenario="chem_shelter",
        titles={Language(one): words for one, words in everywhere("Chemical leak").items()},
        hazard=HAZARD,
        authority=AUTHORITY,
        area=(LIEGE,),
        shape=None,
        languages=tuple(texts),
        texts=texts,
        sent_at=at,
        expires_at=at + 2 * HOUR,
        first=address,
    )
    return replace(made, **changed)


def followed(
    previous: PublicAlert, how: FollowUp, number: int, *, after: timedelta = HOUR, **changed: Any
) -> tuple[PublicAlert, PublicAlert]:
    """The alert as it is once a follow-up was sent, and that follow-up."""
    at = previous.sent_at + after
    follow_up = alert(
        number,
        at=at,
        scenario=SCENARIOS[how],
        alert_class=previous.alert_class,
        area=previous.area,
        follow_up=how,
        previous=previous.address,
        first=previous.first,
        personal=previous.personal,
        **changed,
    )
    old = replace(
        previous, status=LEAVES_BEHIND[how], replaced_by=follow_up.address, replaced_at=at
    )
    return old, follow_up


def world(*alerts: PublicAlert) -> World:
    newest_first = sorted(alerts, key=lambda one: (one.sent_at, one.address), reverse=True)
    return World(alerts=tuple(newest_first))


def missing_person(number: int = 30, **changed: Any) -> PublicAlert:
    """An alert that names somebody, and shows where they were seen."""
    texts = {
        Language.FR: words("Disparition : Lotte Peeters", "Lotte Peeters, 9 ans, veste rouge."),
        Language.NL: words("Vermist: Lotte Peeters", "Lotte Peeters, 9 jaar, rode jas."),
    }
    given = {"personal": True, "scenario": "missing_person", "area": (LIEGE, EUPEN), **changed}
    return alert(number, texts=texts, **given)
