"""Alerts as the public was told them, from the library's samples, and what signs their messages."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from alerting.actions.public.site import Site
from alerting.cap.identity import CapIdentity
from alerting.cap.message import (
    CapArea,
    CapInfo,
    CapMessage,
    CapResource,
    CapScope,
    CapStatus,
    MessageType,
    Named,
    Reference,
)
from alerting.cap.signature import Signer, SigningKey, make_signing_key
from alerting.domain.alert import (
    AlertClass,
    Category,
    Certainty,
    FollowUp,
    ResponseType,
    Severity,
    Urgency,
)
from alerting.domain.channel_profiles import WEB
from alerting.domain.language import Language
from alerting.domain.public_alert import Address, PublicAlert, PublicStatus, PublicText
from alerting.domain.shape import Shape
from tests.compose.samples import COMPOSER, LIBRARY, NOW, PLACES, SENDER, draft

FR, NL, DE, EN = Language
IDENTITY = CapIdentity(sender="alerts@example.org", arc="2.49.0.1.56.9")
SITE = Site(url="https://alerts.example.org/public", authority=SENDER.authority, gazetteer=PLACES)
ALL_OF_BELGIUM = tuple(one.nis_code for one in PLACES.municipalities())


@cache
def signing_key(name: str = "alerts.example.org", days: int = -365) -> SigningKey:
    """One that signs from so many days after NOW on."""
    return make_signing_key(name, signs_from=NOW + timedelta(days=days))


def signer() -> Signer:
    return Signer((signing_key(),))


@cache
def _texts(
    scenario: str, area: tuple[str, ...], languages: tuple[Language, ...], kind: AlertClass
) -> Mapping[Language, PublicText]:
    made = COMPOSER.compose_now(
        replace(
            draft(scenario, channels=(WEB.name,), languages=languages, area=area),
            alert_class=kind,
        )
    )
    filled = [one.filled(NOW) for one in made]
    return {
        one.language: PublicText(headline=one.subject, text=one.text, html=one.html)
        for one in filled
    }


def public_alert(
    scenario: str = "chem_shelter",
    *,
    number: int = 12,
    area: tuple[str, ...] = ("62051", "62063"),
    languages: tuple[Language, ...] = (FR, EN),
    alert_class: AlertClass = AlertClass.ALERT,
    follow_up: FollowUp | None = None,
    first: int | None = None,
    previous: int | None = None,
    sent_at: datetime = NOW,
    shape: Shape | None = None,
    status: PublicStatus = PublicStatus.ACTIVE,
    personal: bool = False,
) -> PublicAlert:
    found = LIBRARY.scenario(scenario)
    return PublicAlert(
        address=Address(2026, number),
        alert_class=alert_class,
        status=status,
        scenario=scenario,
        titles=found.titles,
        hazard=found.hazard,
        authority=SENDER.authority,
        area=area,
        shape=shape,
        languages=languages,
        texts=_texts(scenario, area, languages, alert_class),
        sent_at=sent_at,
        expires_at=sent_at + found.validity,
        follow_up=follow_up,
        previous=Address(2026, previous) if previous else None,
        first=Address(2026, first or number),
        personal=personal,
    )


def follow_up(
    before: PublicAlert, how: FollowUp, *, number: int = 13, **changes: Any
) -> PublicAlert:
    """What follows an alert ten minutes later, by the scenario there is for it."""
    scenario = {
        FollowUp.UPDATE: "update",
        FollowUp.CORRECTION: "correction",
        FollowUp.ALL_CLEAR: "all_clear",
        FollowUp.FALSE_ALERT: "false_alert",
    }[how]
    return replace(
        public_alert(
            scenario,
            number=number,
            area=before.area,
            languages=before.languages,
            alert_class=before.alert_class,
            follow_up=how,
            first=before.first.number,
            previous=before.address.number,
            sent_at=before.sent_at + timedelta(minutes=10),
            shape=before.shape,
            personal=before.personal,
        ),
        **changes,
    )


def full_message() -> CapMessage:
    """Every element of the standard, once at least."""
    sent = datetime.fromisoformat("2026-11-23T14:05:00+01:00")

    def info(language: str, words: str) -> CapInfo:
        return CapInfo(
            language=language,
            categories=(Category.CBRNE, Category.HEALTH),
            event=f"event {words}",
            response_types=(ResponseType.SHELTER, ResponseType.MONITOR),
            urgency=Urgency.IMMEDIATE,
            severity=Severity.SEVERE,
            certainty=Certainty.OBSERVED,
            audience="everybody",
            event_codes=(Named("OET:v1.2", "OET-037"), Named("BE-NCCN:hazard", "chem_shelter")),
            effective=sent,
            onset=sent + timedelta(minutes=5),
            expires=sent + timedelta(hours=4),
            sender_name=f"Mayor {words}",
            headline=f"headline {words} <&>",
            description=f"description {words}",
            instruction=f"instruction {words}",
            web="https://alerts.example.org/public/a/2026/12/fr/",
            contact="04 222 00 00",
            parameters=(Named("EU-Alert", "2"),),
            resources=(
                CapResource(
                    description="map",
                    mime_type="image/png",
                    size=3,
                    uri="https://alerts.example.org/map.png",
                    content="AAAA",
                    digest="da39a3ee5e6b4b0d3255bfef95601890afd80709",
                ),
            ),
            areas=(
                CapArea(
                    description=f"Liège {words}",
                    polygons=("50.6,5.5 50.7,5.5 50.7,5.6 50.6,5.5",),
                    circles=("50.63260,5.57970 2.500",),
                    geocodes=(Named("NIS", "62063"),),
                    altitude="100",
                    ceiling="300",
                ),
            ),
        )

    return CapMessage(
        identifier="urn:oid:2.49.0.1.56.9.2026.13",
        sender="alerts@example.org",
        sent=sent,
        status=CapStatus.ACTUAL,
        message_type=MessageType.UPDATE,
        source="operator",
        scope=CapScope.PUBLIC,
        codes=("one", "two"),
        note="a note",
        references=(
            Reference(
                "alerts@example.org", "urn:oid:2.49.0.1.56.9.2026.12", sent - timedelta(hours=1)
            ),
        ),
        incidents="2026-12",
        infos=(info("fr-BE", "un"), info("en", "one")),
    )


def every_kind(scenario: str, alert_class: AlertClass) -> Sequence[Sequence[PublicAlert]]:
    """Chains that end in an alert, an update and a cancellation of a scenario."""
    if alert_class is AlertClass.EXERCISE and LIBRARY.scenario(scenario).only is AlertClass.TEST:
        return []
    first = public_alert(scenario, alert_class=alert_class)
    update = follow_up(first, FollowUp.UPDATE)
    return [
        [first],
        [first, update],
        [first, update, follow_up(update, FollowUp.ALL_CLEAR, number=14)],
        [first, follow_up(first, FollowUp.FALSE_ALERT)],
        [first, follow_up(first, FollowUp.CORRECTION)],
    ]
