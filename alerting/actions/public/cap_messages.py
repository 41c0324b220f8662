"""A CAP message of what the public was told: the same words in the same order, always the same
bytes.

Of a real alert only. Exercises and tests have messages for whoever asks for one, with a status that
says so, and none of them is ever in the public folder.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from alerting.actions.public.cap_areas import cap_area
from alerting.actions.public.cap_texts import words_of
from alerting.actions.public.rendering import by_language
from alerting.actions.public.site import Site
from alerting.cap.identity import CapIdentity
from alerting.cap.message import (
    CapInfo,
    CapMessage,
    CapStatus,
    MessageType,
    Named,
    Reference,
)
from alerting.cap.profile.rules import profile_findings
from alerting.cap.schema import schema_errors
from alerting.cap.signature import Signer
from alerting.cap.terms import EU_ALERT, LABELS, OASIS_TERMS, OWN_EVENT
from alerting.cap.writer import to_bytes, to_tree
from alerting.domain.alert import (
    AlertClass,
    Certainty,
    FollowUp,
    Hazard,
    ResponseType,
    Severity,
    Urgency,
)
from alerting.domain.belgian_time import local
from alerting.domain.errors import CapNotRight
from alerting.domain.language import Language, required_languages
from alerting.domain.public_alert import Address, PublicAlert, is_over, subject_of
from alerting.domain.text.i18n import msgid
from alerting.geo.gazetteer import Gazetteer
from alerting.i18n import translator_for

OASIS_CODES: Mapping[str, str] = {
    "emergency_numbers_outage": "OET-074",
    "chem_shelter": "OET-037",
    "event_disruption": "OET-165",
    "exercise": "OET-147",
    "fire_smoke": "OET-078",
    "flood_evacuate": "OET-081",
    "gas_leak": "OET-134",
    "heatwave": "OET-098",
    "missing_person": "OET-130",
    "nuclear_iodine_take": "OET-156",
    "nuclear_shelter": "OET-156",
    "pandemic_measure": "OET-150",
    "power_outage": "OET-145",
    "storm_code": "OET-187",
    "terror_avoid": "OET-193",
    "test": "OET-147",
    "water_boil": "OET-047",
    "water_contamination": "OET-047",
}
"""Our events in the OASIS Event Terms List 1.2; any other is OTHER_EVENT."""
OTHER_EVENT = "OET-000"
NOTHING = ResponseType.NONE
PERSON = "missing_person"

MESSAGE_TYPES: Mapping[FollowUp, MessageType] = {
    FollowUp.UPDATE: MessageType.UPDATE,
    FollowUp.CORRECTION: MessageType.UPDATE,
    FollowUp.ALL_CLEAR: MessageType.CANCEL,
    FollowUp.FALSE_ALERT: MessageType.CANCEL,
}
"""An all-clear is a Cancel with the response AllClear: readers showed the Update there may be
instead as a warning in force."""
NOTES: Mapping[FollowUp, str] = {
    FollowUp.ALL_CLEAR: msgid("The danger is over."),
    FollowUp.FALSE_ALERT: msgid("It was a false alarm."),
}
SEARCH_OVER = msgid("The search is over.")
"""Of a missing person: nobody says how it ended."""
CLASS_NOTES: Mapping[AlertClass, str] = {
    AlertClass.EXERCISE: msgid("This is an exercise. Nothing has happened."),
    AlertClass.TEST: msgid("This is a test. Nothing has happened."),
}
SECOND = timedelta(seconds=1)
STATUSES: Mapping[AlertClass, CapStatus] = {
    AlertClass.ALERT: CapStatus.ACTUAL,
    AlertClass.EXERCISE: CapStatus.EXERCISE,
    AlertClass.TEST: CapStatus.TEST,
}


def cap_message(
    alert: PublicAlert,
    chain: Sequence[PublicAlert],
    site: Site,
    *,
    identity: CapIdentity,
    signer: Signer,
) -> bytes | None:
    """The signed message of a real alert; None of an exercise or a test.

    `chain` is every alert with the same first one, oldest first. CapNotRight for what schema
    or profile refuse: nothing wrong leaves.
    """
    if alert.alert_class is not AlertClass.ALERT:
        return None
    return signed_message(alert, chain, site, identity=identity, signer=signer)


def signed_message(
    alert: PublicAlert,
    chain: Sequence[PublicAlert],
    site: Site,
    *,
    identity: CapIdentity,
    signer: Signer,
    status: CapStatus | None = None,
) -> bytes:
    """The same of any class, with its status or another; never for the public folder."""
    message = compose_message(alert, chain, site, identity=identity)
    if status is not None:
        message = replace(message, status=status)
    root = to_tree(message)
    wrong = schema_errors(root)
    broken = profile_findings(message, register=BelgianPlaces(site.gazetteer))
    errors = [finding for finding in broken if finding.rule.is_error]
    if wrong or errors:
        reasons = [schema_error.says for schema_error in wrong]
        reasons += [f"{finding.rule.name} ({finding.place})" for finding in errors]
        raise CapNotRight(alert=alert.address.number, reasons="; ".join(reasons))
    return to_bytes(signer.sign(root, at=alert.sent_at))


@dataclass(frozen=True, slots=True)
class BelgianPlaces:
    """What the profile asks of places."""

    gazetteer: Gazetteer

    def is_place(self, code: str) -> bool:
        """Whether it is one of today's codes."""
        return self.gazetteer.current(code) == code

    def required(self, codes: Sequence[str]) -> tuple[Language, ...]:
        """The languages the law asks for there, in order."""
        return required_languages(map(self.gazetteer.inhabited, self.gazetteer.members(codes)))


def compose_message(
    alert: PublicAlert, chain: Sequence[PublicAlert], site: Site, *, identity: CapIdentity
) -> CapMessage:
    """The message as values.

    In one piece: what each element says, in their order.
    """
    earlier_alerts = [one for one in chain if one.address.number < alert.address.number]
    moments = sent_moments((*earlier_alerts, alert))
    tells = subject_of(alert, earlier_alerts)
    hazard = replace(alert.hazard, event=tells.hazard.event, category=tells.hazard.category)
    if alert.follow_up in {FollowUp.UPDATE, FollowUp.CORRECTION}:
        # It takes the place of what it follows: readers go on asking for what people are to do.
        hazard = replace(hazard, response=tells.hazard.response)
    about_person = alert.personal and is_over((*chain, alert))
    expires_at = alert.expires_at
    if about_person:
        hazard = replace(hazard, urgency=Urgency.PAST, severity=Severity.MINOR, response=NOTHING)
        expires_at = min(expires_at, max(one.sent_at for one in (*chain, alert)))
    texts = words_of(replace(alert, hazard=hazard), without_names=about_person)
    shape = None if about_person else alert.shape
    area = cap_area(alert.area, shape, site.gazetteer, site.outlines)
    sent = moments[alert.address]
    expires = max(_moment(expires_at), sent)
    onset = _onset(alert, tells, expires)
    infos = tuple(
        CapInfo(
            language=LABELS[language],
            categories=(hazard.category,),
            event=tells.titles[language],
            response_types=(hazard.response,),
            urgency=hazard.urgency,
            severity=hazard.severity,
            certainty=hazard.certainty,
            event_codes=_event_codes(hazard),
            effective=sent,
            onset=onset,
            expires=expires,
            sender_name=alert.authority[language],
            headline=texts[language].headline,
            description=texts[language].description,
            instruction=texts[language].instruction,
            web=f"{site.url}/{alert.address.folder}/{language}/",
            contact=", ".join(by_language(site.contact, language).splitlines()),
            parameters=(Named(EU_ALERT, eu_level(hazard, alert.alert_class)),),
            areas=(replace(area, description=site.gazetteer.full_area_name(alert.area, language)),),
        )
        for language in texts
    )
    return CapMessage(
        identifier=identity.identifier(alert.address),
        sender=identity.sender,
        sent=sent,
        status=STATUSES[alert.alert_class],
        message_type=MESSAGE_TYPES[alert.follow_up] if alert.follow_up else MessageType.ALERT,
        note=_note(alert),
        references=tuple(
            Reference(identity.sender, identity.identifier(one.address), moments[one.address])
            for one in _superseded(alert, earlier_alerts)
        ),
        infos=infos,
    )


def sent_moments(chain: Iterable[PublicAlert]) -> Mapping[Address, datetime]:
    """When each message of a chain says that it was sent, in the order of their numbers.

    At least a second after the one before, whatever a clock said: CAP knows whole seconds, and
    whoever reads by `sent` would take a Cancel for older than the warning it cancels.
    """
    moments: dict[Address, datetime] = {}
    earliest = datetime.min.replace(tzinfo=UTC)
    for alert in sorted(chain, key=lambda alert: alert.address.number):
        sent = max(alert.sent_at.astimezone(UTC).replace(microsecond=0), earliest)
        moments[alert.address] = local(sent)
        earliest = sent + SECOND
    return moments


def eu_level(hazard: Hazard, alert_class: AlertClass = AlertClass.ALERT) -> str:
    """The level of EU-Alert (ETSI TS 102 900) for how grave, near and sure a danger is."""
    if alert_class is not AlertClass.ALERT:
        return "Exercise" if alert_class is AlertClass.EXERCISE else "Test"
    if hazard.event == PERSON and hazard.response not in {ResponseType.ALL_CLEAR, NOTHING}:
        return "Amber"
    sure = hazard.certainty in {Certainty.OBSERVED, Certainty.LIKELY}
    near = hazard.urgency in {Urgency.IMMEDIATE, Urgency.EXPECTED}
    match hazard.severity:
        case Severity.EXTREME if sure and hazard.urgency is Urgency.IMMEDIATE:
            return "1"
        case Severity.EXTREME | Severity.SEVERE if sure and near:
            return "2"
        case Severity.EXTREME | Severity.SEVERE | Severity.MODERATE:
            return "3"
    return "4"


def _superseded(alert: PublicAlert, earlier_alerts: Sequence[PublicAlert]) -> list[PublicAlert]:
    """What a follow-up takes the place of: all that had not expired, and in any case the one before
    it."""
    if alert.follow_up is None or not earlier_alerts:
        return []
    *before, last = earlier_alerts
    return [*(one for one in before if one.expires_at > alert.sent_at), last]


def _note(alert: PublicAlert) -> str:
    """In every language of the alert, apart by a slash."""
    text = CLASS_NOTES.get(alert.alert_class) or NOTES.get(alert.follow_up or FollowUp.UPDATE, "")
    if text and alert.personal:
        text = SEARCH_OVER
    return (
        " / ".join(translator_for(language)(text) for language in alert.languages) if text else ""
    )


def _onset(alert: PublicAlert, tells: PublicAlert, expires: datetime) -> datetime | None:
    """When the danger begins, where an author said so: an update that says nothing else keeps it,
    and an end has none."""
    at = alert.onset_at or tells.onset_at
    if at is None or not alert.warns or at > expires:
        return None
    return _moment(at)


def _event_codes(hazard: Hazard) -> tuple[Named, ...]:
    return (
        Named(OASIS_TERMS, OASIS_CODES.get(hazard.event, OTHER_EVENT)),
        Named(OWN_EVENT, hazard.event),
    )


def _moment(moment: datetime) -> datetime:
    """On Belgian clocks, in whole seconds."""
    return local(moment).replace(microsecond=0)
