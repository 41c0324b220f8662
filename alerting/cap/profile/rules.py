"""What a message must be beyond its shape, as a table: each rule with its source.

Four sources: the text of CAP 1.2 where no schema can say it; the profile of Google's cap-library
(`GoogleProfile`, `CapUtil`), which is what large readers hold a message against; ours, so that the
languages of one alert say the same; and Belgium's, for places and languages. Errors keep a message
from leaving; advice does not, nor what two people may have approved with a reason: a language that
is missing, or says the same as another.
"""

import re
from collections.abc import Iterable

from alerting.cap.message import CapMessage, CapScope, CapStatus, MessageType
from alerting.cap.profile.areas import (
    areas_without_place,
    circles,
    crossing,
    heights,
    nis_codes,
    no_radius,
    outlines,
    outside_belgium,
    shape_of,
    too_long_to_ask,
    zones,
)
from alerting.cap.profile.envelope import names, offsets, order_of_times, self_reference
from alerting.cap.profile.rule import (
    Found,
    ProfileFinding,
    Register,
    Rule,
    RuleGroup,
    each_info,
    infos_of,
    same_as_first,
    whole_message,
)
from alerting.cap.profile.texts import (
    language_labels,
    languages_twice,
    legal_order,
    missing_language,
    same_texts,
    web_addresses,
)
from alerting.cap.terms import (
    EU_ALERT,
    EU_LEVELS,
    MAX_HEADLINE,
    OASIS_TERMS,
    OWN_EVENT,
)
from alerting.domain.alert import Certainty, Severity, Urgency
from alerting.domain.text.i18n import msgid


def profile_findings(
    message: CapMessage,
    *,
    register: Register | None = None,
    groups: Iterable[RuleGroup] = tuple(RuleGroup),
) -> list[ProfileFinding]:
    """Every rule a message breaks, by the order of the table. Without a register, what needs one is
    not asked."""
    chosen = set(groups)
    return [
        ProfileFinding(rule, place, facts)
        for rule in RULES
        if rule.group in chosen
        for place, facts in rule.breaks(message, register)
    ]


_OID = re.compile(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+", re.ASCII)


def _levels(message: CapMessage, _: Register | None) -> Found:
    for place, info in infos_of(message):
        found = [parameter.value for parameter in info.parameters if parameter.name == EU_ALERT]
        if len(found) != 1 or found[0] not in EU_LEVELS:
            yield f"{place}/parameter", {"name": EU_ALERT}


def _event_codes(message: CapMessage, _: Register | None) -> Found:
    for place, info in infos_of(message):
        named = {code.name for code in info.event_codes}
        if not {OASIS_TERMS, OWN_EVENT} <= named:
            yield f"{place}/eventCode", {"names": f"{OASIS_TERMS}, {OWN_EVENT}"}


REFERRING = frozenset({MessageType.UPDATE, MessageType.CANCEL})


ANSWERING = frozenset({MessageType.ACK, MessageType.ERROR})


S321, S322, S324 = "CAP 1.2, 3.2.1", "CAP 1.2, 3.2.2", "CAP 1.2, 3.2.4"


GOOGLE = "cap-library, GoogleProfile"


VALIDATOR = "cap-library, CapValidator"


RULES: tuple[Rule, ...] = (
    Rule(
        "names",
        RuleGroup.CAP,
        S321,
        msgid("Identifier and sender have no blank, comma, < or &"),
        names,
    ),
    Rule(
        "references-whole",
        RuleGroup.CAP,
        S321,
        msgid("References are written “sender,identifier,sent”, apart by blanks"),
        whole_message(lambda m: bool(m.unreadable_references), "references"),
    ),
    Rule(
        "references-earlier",
        RuleGroup.CAP,
        S321,
        msgid("It refers to itself, or to a message that was sent later: {identifier}"),
        self_reference,
    ),
    Rule(
        "answers-refer",
        RuleGroup.CAP,
        S321,
        msgid("An answer (Ack, Error) refers to the message it answers"),
        whole_message(lambda m: m.message_type in ANSWERING and not m.references, "references"),
    ),
    Rule(
        "restriction",
        RuleGroup.CAP,
        S321,
        msgid("A restricted message says what restricts it"),
        whole_message(
            lambda m: m.scope is CapScope.RESTRICTED and not m.restriction, "restriction"
        ),
    ),
    Rule(
        "addresses",
        RuleGroup.CAP,
        S321,
        msgid("A private message says whom it is for"),
        whole_message(lambda m: m.scope is CapScope.PRIVATE and not m.addresses, "addresses"),
    ),
    Rule(
        "exercise-note",
        RuleGroup.CAP,
        S321,
        msgid("An exercise has a note that says which"),
        whole_message(lambda m: m.status is CapStatus.EXERCISE and not m.note, "note"),
    ),
    Rule(
        "polygon",
        RuleGroup.CAP,
        S324,
        msgid("A polygon has 4 pairs “latitude,longitude” or more, the last one as the first"),
        outlines,
    ),
    Rule(
        "circle",
        RuleGroup.CAP,
        S324,
        msgid("A circle is “latitude,longitude radius”, the radius in kilometres"),
        circles,
    ),
    Rule(
        "ceiling",
        RuleGroup.CAP,
        S324,
        msgid("A ceiling stands beside an altitude only"),
        heights,
    ),
    Rule(
        "update-refers",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: UPDATE_OR_CANCEL_MUST_REFERENCE",
        msgid("An update or a cancellation refers to all messages that have not expired"),
        whole_message(lambda m: m.message_type in REFERRING and not m.references, "references"),
    ),
    Rule(
        "info",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: INFO_IS_REQUIRED",
        msgid("A public message has an “info”, a cancellation too"),
        whole_message(lambda m: not m.infos, "info"),
    ),
    Rule(
        "same-categories",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: CATEGORIES_MUST_MATCH",
        msgid("All languages have the same categories"),
        same_as_first("category", lambda info: set(info.categories)),
    ),
    Rule(
        "same-event-codes",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: EVENT_CODES_MUST_MATCH",
        msgid("All languages have the same event codes"),
        same_as_first("eventCode", lambda info: set(info.event_codes)),
    ),
    Rule(
        "one-language",
        RuleGroup.GOOGLE,
        "developers.google.com/public-alerts; cap-library: EVENTS_IN_SAME_LANGUAGE_MUST_MATCH",
        msgid("There is one “info” per language, and {language} has several"),
        languages_twice,
    ),
    Rule(
        "description",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: DESCRIPTION_IS_REQUIRED",
        msgid("There is no description"),
        each_info(lambda info: not info.description, "description"),
    ),
    Rule(
        "web",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: WEB_IS_REQUIRED",
        msgid("There is no address of a page (web)"),
        each_info(lambda info: not info.web, "web"),
    ),
    Rule(
        "web-address",
        RuleGroup.GOOGLE,
        f"{VALIDATOR}: INVALID_WEB",
        msgid("The address of the page is a whole one, http or https"),
        web_addresses,
    ),
    Rule(
        "expires",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: EXPIRES_IS_REQUIRED",
        msgid("There is no end (expires)"),
        each_info(lambda info: info.expires is None, "expires"),
    ),
    Rule(
        "times",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: EFFECTIVE_NOT_AFTER_EXPIRES",
        msgid("“{later}” is before “{earlier}”"),
        order_of_times,
    ),
    Rule(
        "area",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: AREA_IS_REQUIRED",
        msgid("There is no area"),
        each_info(lambda info: not info.areas, "area"),
    ),
    Rule(
        "somewhere",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: CIRCLE_POLYGON_OR_GEOCODE_IS_REQUIRED",
        msgid("An area has a polygon, a circle or a code"),
        areas_without_place,
    ),
    Rule(
        "no-crossing",
        RuleGroup.GOOGLE,
        f"{VALIDATOR}: POLYGON_SELF_INTERSECTION",
        msgid("A polygon crosses or touches itself"),
        crossing,
    ),
    Rule(
        "points",
        RuleGroup.OWN,
        "so many points take readers seconds",
        msgid("A polygon has more than {most} points: it is not judged whether it crosses itself"),
        too_long_to_ask,
        is_error=False,
    ),
    Rule(
        "different-texts",
        RuleGroup.GOOGLE,
        f"{VALIDATOR}: SAME_TEXT_DIFFERENT_LANGUAGE",
        msgid("“{element}” says the same in {one} and {other}: one of them is not translated"),
        same_texts,
        is_error=False,
    ),
    Rule(
        "shape",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: CIRCLE_POLYGON_ENCOURAGED",
        msgid("No area has a polygon or a circle, which more readers understand than codes"),
        each_info(
            lambda info: bool(info.areas) and not any(a.polygons or a.circles for a in info.areas),
            "area",
        ),
        is_error=False,
    ),
    Rule(
        "radius",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: NONZERO_CIRCLE_RADIUS_RECOMMENDED",
        msgid("A circle has no radius"),
        no_radius,
    ),
    Rule(
        "offset",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: SENT_INCLUDE_TIMEZONE_OFFSET",
        msgid("Times have the offset of the country, not that of UTC"),
        offsets,
        is_error=False,
    ),
    Rule(
        "sender-name",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: SENDER_NAME_STRONGLY_RECOMMENDED",
        msgid("It is not said who speaks (senderName)"),
        each_info(lambda info: not info.sender_name, "senderName"),
    ),
    Rule(
        "response",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: RESPONSE_TYPE_STRONGLY_RECOMMENDED",
        msgid("It is not said what people are to do (responseType)"),
        each_info(lambda info: not info.response_types, "responseType"),
    ),
    Rule(
        "instruction",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: INSTRUCTION_STRONGLY_RECOMMENDED",
        msgid("There is no instruction"),
        each_info(lambda info: not info.instruction, "instruction"),
    ),
    Rule(
        "headline-length",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: HEADLINE_TOO_LONG",
        msgid("The headline is longer than 140 characters"),
        each_info(lambda info: len(info.headline) > MAX_HEADLINE, "headline"),
    ),
    Rule(
        "headline-says-less",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: HEADLINE_AND_DESCRIPTION_SHOULD_DIFFER",
        msgid("Headline and description are the same"),
        each_info(
            lambda info: bool(info.headline) and info.headline == info.description, "description"
        ),
    ),
    Rule(
        "instruction-apart",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: DESCRIPTION_AND_INSTRUCTION_SHOULD_DIFFER",
        msgid("Description and instruction are the same"),
        each_info(
            lambda info: bool(info.instruction) and info.instruction == info.description,
            "instruction",
        ),
    ),
    Rule(
        "urgency",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: UNKNOWN_URGENCY_DISCOURAGED",
        msgid("The urgency is unknown"),
        each_info(lambda info: info.urgency is Urgency.UNKNOWN, "urgency"),
        is_error=False,
    ),
    Rule(
        "severity",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: UNKNOWN_SEVERITY_DISCOURAGED",
        msgid("The severity is unknown"),
        each_info(lambda info: info.severity is Severity.UNKNOWN, "severity"),
        is_error=False,
    ),
    Rule(
        "certainty",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: UNKNOWN_CERTAINTY_DISCOURAGED",
        msgid("The certainty is unknown"),
        each_info(lambda info: info.certainty is Certainty.UNKNOWN, "certainty"),
        is_error=False,
    ),
    Rule(
        "contact",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: CONTACT_IS_RECOMMENDED",
        msgid("There is nobody to contact"),
        each_info(lambda info: not info.contact, "contact"),
        is_error=False,
    ),
    Rule(
        "same-gravity",
        RuleGroup.OWN,
        "what the languages of one alert say is the same",
        msgid("All languages have the same urgency, severity and certainty"),
        same_as_first("urgency", lambda info: (info.urgency, info.severity, info.certainty)),
    ),
    Rule(
        "same-response",
        RuleGroup.OWN,
        "what the languages of one alert say is the same",
        msgid("All languages ask for the same (responseType)"),
        same_as_first("responseType", lambda info: set(info.response_types)),
    ),
    Rule(
        "same-times",
        RuleGroup.OWN,
        "what the languages of one alert say is the same",
        msgid("All languages have the same times"),
        same_as_first("effective", lambda info: (info.effective, info.onset, info.expires)),
    ),
    Rule(
        "same-area",
        RuleGroup.OWN,
        "what the languages of one alert say is the same; Google: the area in each info",
        msgid("All languages have the same area"),
        same_as_first("area", shape_of),
    ),
    Rule(
        "same-parameters",
        RuleGroup.OWN,
        "what the languages of one alert say is the same",
        msgid("All languages have the same parameters"),
        same_as_first("parameter", lambda info: set(info.parameters)),
    ),
    Rule(
        "headline",
        RuleGroup.OWN,
        "lists and push messages show it alone",
        msgid("There is no headline"),
        each_info(lambda info: not info.headline, "headline"),
    ),
    Rule(
        "cancel-note",
        RuleGroup.OWN,
        "CAP 1.2, 3.2.1: what a cancellation says of itself",
        msgid("A cancellation says in a note why"),
        whole_message(lambda m: m.message_type is MessageType.CANCEL and not m.note, "note"),
    ),
    Rule(
        "identifier",
        RuleGroup.OWN,
        "WMO-No. 1109: identifiers of CAP messages are OIDs",
        msgid("The identifier is not an OID (urn:oid:…)"),
        whole_message(lambda m: not _OID.fullmatch(m.identifier), "identifier"),
    ),
    Rule(
        "public",
        RuleGroup.OWN,
        "what is published is public",
        msgid("The scope is not Public"),
        whole_message(lambda m: m.scope is not CapScope.PUBLIC, "scope"),
    ),
    Rule(
        "languages",
        RuleGroup.BELGIUM,
        "laws of 18 July 1966 on languages; RFC 3066",
        msgid("The language “{language}” is none of {known}"),
        language_labels,
    ),
    Rule(
        "legal-languages",
        RuleGroup.BELGIUM,
        "laws of 18 July 1966 on languages, art. 11, 18, 24 and 40",
        msgid("The law asks for {language} in this area"),
        missing_language,
        is_error=False,
    ),
    Rule(
        "legal-order",
        RuleGroup.BELGIUM,
        "laws of 18 July 1966 on languages, art. 11, 18, 24 and 40",
        msgid("The languages are not in the order of the law, English last: {languages}"),
        legal_order,
    ),
    Rule(
        "places",
        RuleGroup.BELGIUM,
        "Statbel, REFNIS",
        msgid("An area has NIS codes of today, five digits each: {codes}"),
        nis_codes,
    ),
    Rule(
        "zones",
        RuleGroup.BELGIUM,
        "MeteoAlarm, zones of Belgium",
        msgid("“{code}” is no MeteoAlarm zone of Belgium"),
        zones,
    ),
    Rule(
        "near",
        RuleGroup.BELGIUM,
        "latitude comes first in CAP",
        msgid("A point lies far from Belgium: the latitude comes first"),
        outside_belgium,
    ),
    Rule(
        "level",
        RuleGroup.BELGIUM,
        "ETSI TS 102 900",
        msgid("Exactly one parameter “{name}” with a known level is needed"),
        _levels,
    ),
    Rule(
        "event-codes",
        RuleGroup.BELGIUM,
        "OASIS Event Terms List 1.2; our scenarios",
        msgid("Event codes of both lists are needed: {names}"),
        _event_codes,
    ),
)
