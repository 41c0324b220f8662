"""What a message must be beyond its shape, as a table: each rule with its source.

Four sources: the text of CAP 1.2 where no schema can say it; the profile of Google's cap-library
(`GoogleProfile`, `CapUtil`), which is what large readers hold a message against; ours, so that the
languages of one alert say the same; and Belgium's, for places and languages. Errors keep a message
from leaving; advice does not, nor what two people may have approved with a reason: a language that
is missing, or says the same as another.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlsplit

from alerting.cap.geometry import circle_of, crosses_itself, points_of
from alerting.cap.message import CapArea, CapInfo, CapMessage, CapScope, CapStatus, MessageType
from alerting.cap.terms import (
    BY_LABEL,
    EMMA,
    EU_ALERT,
    EU_LEVELS,
    LABELS,
    MAX_HEADLINE,
    NIS,
    OASIS_TERMS,
    OWN_EVENT,
)
from alerting.domain.alert import Certainty, Severity, Urgency
from alerting.domain.language import Language
from alerting.domain.shape import EAST, NORTH, SOUTH, WEST
from alerting.domain.text.i18n import msgid

Place = str
"""Where in a message: `info[2]/area[1]/polygon[3]`, counted from 1; empty: the whole."""


class RuleGroup(StrEnum):
    """Whose rule it is."""

    CAP = "CAP 1.2"
    GOOGLE = "Google"
    OWN = "own"
    BELGIUM = "Belgium"


class Register(Protocol):
    """What Belgian rules ask of the places there are."""

    def is_place(self, code: str) -> bool:
        """Whether a code is that of a municipality, province, region or the country today."""
        ...

    def required(self, codes: Sequence[str]) -> tuple[Language, ...]:
        """The languages the law asks for there, in order."""
        ...


MAX_POINTS_ASKED = 5_000
"""Points of a polygon up to which it is asked whether it crosses itself: that takes time with the
square of them."""

Found = Iterator[tuple[Place, dict[str, object]]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `says` is a message id, filled with the facts `breaks` gives."""

    name: str
    group: RuleGroup
    source: str
    says: str
    breaks: "Callable[[CapMessage, Register | None], Found]"
    is_error: bool = True


@dataclass(frozen=True, slots=True)
class ProfileFinding:
    """A rule that a message breaks, and where."""

    rule: Rule
    place: Place
    facts: dict[str, object]


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


_RESTRICTED = re.compile(r"[\s,<&]")
_ZONE = re.compile(r"BE[0-9]{3}", re.ASCII)
_NIS = re.compile(r"[0-9]{5}", re.ASCII)
_OID = re.compile(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+", re.ASCII)


def _infos(message: CapMessage) -> Iterator[tuple[Place, CapInfo]]:
    for n, info in enumerate(message.infos, 1):
        yield f"info[{n}]", info


def _areas(message: CapMessage) -> Iterator[tuple[Place, CapArea]]:
    for place, info in _infos(message):
        for n, area in enumerate(info.areas, 1):
            yield f"{place}/area[{n}]", area


def _polygons(message: CapMessage) -> Iterator[tuple[Place, str]]:
    for place, area in _areas(message):
        for n, polygon in enumerate(area.polygons, 1):
            yield f"{place}/polygon[{n}]", polygon


def _circles(message: CapMessage) -> Iterator[tuple[Place, str]]:
    for place, area in _areas(message):
        for n, circle in enumerate(area.circles, 1):
            yield f"{place}/circle[{n}]", circle


def _each_info(
    wrong: Callable[[CapInfo], bool], element: str = ""
) -> Callable[[CapMessage, Register | None], Found]:
    """Breaks in every `info` that is wrong."""

    def breaks(message: CapMessage, _: Register | None) -> Found:
        for place, info in _infos(message):
            if wrong(info):
                yield f"{place}/{element}" if element else place, {}

    return breaks


def _whole(
    wrong: Callable[[CapMessage], bool], place: Place = ""
) -> Callable[[CapMessage, Register | None], Found]:
    """Breaks once, for the whole message."""

    def breaks(message: CapMessage, _: Register | None) -> Found:
        if wrong(message):
            yield place, {}

    return breaks


def _same(
    element: str, of: Callable[[CapInfo], object]
) -> Callable[[CapMessage, Register | None], Found]:
    """Breaks in every `info` that differs from the first."""

    def breaks(message: CapMessage, _: Register | None) -> Found:
        for place, info in list(_infos(message))[1:]:
            if of(info) != of(message.infos[0]):
                yield f"{place}/{element}", {}

    return breaks


def _names(message: CapMessage, _: Register | None) -> Found:
    for element, text in (("identifier", message.identifier), ("sender", message.sender)):
        if not text or _RESTRICTED.search(text):
            yield element, {"text": text}


def _offsets(message: CapMessage, _: Register | None) -> Found:
    if message.sent.utcoffset() is not None and not message.sent.utcoffset():
        yield "sent", {}


ORDER = (("sent", "effective"), ("sent", "expires"), ("effective", "expires"), ("onset", "expires"))
"""What comes first; what a message tells of may have begun before it was sent."""


def _order_of_times(message: CapMessage, _: Register | None) -> Found:
    for place, info in _infos(message):
        moments = {
            "sent": message.sent,
            "effective": info.effective,
            "onset": info.onset,
            "expires": info.expires,
        }
        for earlier, later in ORDER:
            one, other = moments[earlier], moments[later]
            if one is not None and other is not None and one > other:
                yield place, {"earlier": earlier, "later": later}


def _lines(message: CapMessage, _: Register | None) -> Found:
    for place, polygon in _polygons(message):
        points = points_of(polygon)
        if points is None or len(points) < 4 or points[0] != points[-1] or not _on_earth(points):
            yield place, {}


def _crossing(message: CapMessage, _: Register | None) -> Found:
    seen: dict[str, bool] = {}
    for place, polygon in _polygons(message):
        if polygon not in seen:
            points = points_of(polygon)
            usable = points is not None and 4 <= len(points) <= MAX_POINTS_ASKED
            closed = bool(usable and points and points[0] == points[-1])
            seen[polygon] = closed and points is not None and crosses_itself(points)
        if seen[polygon]:
            yield place, {}


def _too_long_to_ask(message: CapMessage, _: Register | None) -> Found:
    for place, polygon in _polygons(message):
        if polygon.count(",") > MAX_POINTS_ASKED:
            yield place, {"most": MAX_POINTS_ASKED}


def _discs(message: CapMessage, _: Register | None) -> Found:
    for place, text in _circles(message):
        circle = circle_of(text)
        if circle is None or circle[2] < 0 or not _on_earth([circle[:2]]):
            yield place, {}


def _no_radius(message: CapMessage, _: Register | None) -> Found:
    for place, text in _circles(message):
        if (circle := circle_of(text)) and circle[2] == 0:
            yield place, {}


def _far_away(message: CapMessage, _: Register | None) -> Found:
    shapes = [(place, points_of(text) or []) for place, text in _polygons(message)]
    shapes += [
        (place, [circle[:2]]) for place, text in _circles(message) if (circle := circle_of(text))
    ]
    for place, points in shapes:
        if any(not (SOUTH <= y <= NORTH and WEST <= x <= EAST) for y, x in points):
            yield place, {}


def _on_earth(points: Iterable[tuple[float, float]]) -> bool:
    return all(-90 <= latitude <= 90 and -180 <= longitude <= 180 for latitude, longitude in points)


def _heights(message: CapMessage, _: Register | None) -> Found:
    for place, area in _areas(message):
        if area.ceiling and not area.altitude:
            yield place, {}


def _nowhere(message: CapMessage, _: Register | None) -> Found:
    for place, area in _areas(message):
        if not (area.polygons or area.circles or area.geocodes):
            yield place, {}


def _languages_twice(message: CapMessage, _: Register | None) -> Found:
    count = Counter(one.spoken for one in message.infos)
    for place, info in _infos(message):
        if count[info.spoken] > 1:
            yield f"{place}/language", {"language": info.spoken}


def _same_texts(message: CapMessage, _: Register | None) -> Found:
    for element in ("headline", "description", "instruction"):
        seen: dict[str, str] = {}
        for place, info in _infos(message):
            text = str(getattr(info, element)).strip().casefold()
            first = seen.setdefault(text, info.spoken)
            if text and first != info.spoken:
                yield (
                    f"{place}/{element}",
                    {"element": element, "one": first, "other": info.spoken},
                )


def _addresses(message: CapMessage, _: Register | None) -> Found:
    for place, info in _infos(message):
        parts = urlsplit(info.web)
        if info.web and not (parts.scheme in {"http", "https"} and parts.hostname):
            yield f"{place}/web", {}


def _self_reference(message: CapMessage, _: Register | None) -> Found:
    for reference in message.references:
        if reference.identifier == message.identifier or reference.sent > message.sent:
            yield "references", {"identifier": reference.identifier}


def _labels(message: CapMessage, _: Register | None) -> Found:
    for place, info in _infos(message):
        if info.spoken not in BY_LABEL:
            yield f"{place}/language", {"language": info.spoken, "known": ", ".join(BY_LABEL)}


def _legal_order(message: CapMessage, register: Register | None) -> Found:
    spoken = [BY_LABEL[info.spoken] for info in message.infos if info.spoken in BY_LABEL]
    codes = {code for _, area in _areas(message) for code in _codes(area, NIS)}
    known = register is not None and codes and all(map(register.is_place, codes))
    required = register.required(sorted(codes)) if register and known else ()
    first = [language for language in spoken if language in required]
    ordered = [*(language for language in required if language in spoken)]
    remaining_languages = spoken[len(first) :]
    if (
        first != ordered
        or any(language in required for language in remaining_languages)
        or Language.EN in spoken[:-1]
    ):
        yield "info", {"languages": ", ".join(LABELS[language] for language in required or spoken)}


def _missing_language(message: CapMessage, register: Register | None) -> Found:
    codes = {code for _, area in _areas(message) for code in _codes(area, NIS)}
    if register is None or not codes or not all(map(register.is_place, codes)):
        return
    spoken = {BY_LABEL.get(info.spoken) for info in message.infos}
    for language in register.required(sorted(codes)):
        if language not in spoken:
            yield "info", {"language": LABELS[language]}


def _nis_codes(message: CapMessage, register: Register | None) -> Found:
    for place, area in _areas(message):
        codes = _codes(area, NIS)
        known = register.is_place if register else lambda _: True
        wrong = [code for code in codes if not (_NIS.fullmatch(code) and known(code))]
        if not codes or wrong:
            yield f"{place}/geocode", {"codes": ", ".join(wrong)}


def _zones(message: CapMessage, _: Register | None) -> Found:
    for place, area in _areas(message):
        for code in _codes(area, EMMA):
            if not _ZONE.fullmatch(code):
                yield f"{place}/geocode", {"code": code}


def _codes(area: CapArea, name: str) -> list[str]:
    return [geocode.value for geocode in area.geocodes if geocode.name == name]


def _levels(message: CapMessage, _: Register | None) -> Found:
    for place, info in _infos(message):
        found = [parameter.value for parameter in info.parameters if parameter.name == EU_ALERT]
        if len(found) != 1 or found[0] not in EU_LEVELS:
            yield f"{place}/parameter", {"name": EU_ALERT}


def _event_codes(message: CapMessage, _: Register | None) -> Found:
    for place, info in _infos(message):
        named = {code.name for code in info.event_codes}
        if not {OASIS_TERMS, OWN_EVENT} <= named:
            yield f"{place}/eventCode", {"names": f"{OASIS_TERMS}, {OWN_EVENT}"}


def _where(info: CapInfo) -> object:
    return [(area.polygons, area.circles, area.geocodes) for area in info.areas]


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
        _names,
    ),
    Rule(
        "references-whole",
        RuleGroup.CAP,
        S321,
        msgid("References are written “sender,identifier,sent”, apart by blanks"),
        _whole(lambda m: bool(m.unreadable_references), "references"),
    ),
    Rule(
        "references-earlier",
        RuleGroup.CAP,
        S321,
        msgid("It refers to itself, or to a message that was sent later: {identifier}"),
        _self_reference,
    ),
    Rule(
        "answers-refer",
        RuleGroup.CAP,
        S321,
        msgid("An answer (Ack, Error) refers to the message it answers"),
        _whole(lambda m: m.message_type in ANSWERING and not m.references, "references"),
    ),
    Rule(
        "restriction",
        RuleGroup.CAP,
        S321,
        msgid("A restricted message says what restricts it"),
        _whole(lambda m: m.scope is CapScope.RESTRICTED and not m.restriction, "restriction"),
    ),
    Rule(
        "addresses",
        RuleGroup.CAP,
        S321,
        msgid("A private message says whom it is for"),
        _whole(lambda m: m.scope is CapScope.PRIVATE and not m.addresses, "addresses"),
    ),
    Rule(
        "exercise-note",
        RuleGroup.CAP,
        S321,
        msgid("An exercise has a note that says which"),
        _whole(lambda m: m.status is CapStatus.EXERCISE and not m.note, "note"),
    ),
    Rule(
        "polygon",
        RuleGroup.CAP,
        S324,
        msgid("A polygon has 4 pairs “latitude,longitude” or more, the last one as the first"),
        _lines,
    ),
    Rule(
        "circle",
        RuleGroup.CAP,
        S324,
        msgid("A circle is “latitude,longitude radius”, the radius in kilometres"),
        _discs,
    ),
    Rule(
        "ceiling",
        RuleGroup.CAP,
        S324,
        msgid("A ceiling stands beside an altitude only"),
        _heights,
    ),
    Rule(
        "update-refers",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: UPDATE_OR_CANCEL_MUST_REFERENCE",
        msgid("An update or a cancellation refers to all messages that have not expired"),
        _whole(lambda m: m.message_type in REFERRING and not m.references, "references"),
    ),
    Rule(
        "info",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: INFO_IS_REQUIRED",
        msgid("A public message has an “info”, a cancellation too"),
        _whole(lambda m: not m.infos, "info"),
    ),
    Rule(
        "same-categories",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: CATEGORIES_MUST_MATCH",
        msgid("All languages have the same categories"),
        _same("category", lambda info: set(info.categories)),
    ),
    Rule(
        "same-event-codes",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: EVENT_CODES_MUST_MATCH",
        msgid("All languages have the same event codes"),
        _same("eventCode", lambda info: set(info.event_codes)),
    ),
    Rule(
        "one-language",
        RuleGroup.GOOGLE,
        "developers.google.com/public-alerts; cap-library: EVENTS_IN_SAME_LANGUAGE_MUST_MATCH",
        msgid("There is one “info” per language, and {language} has several"),
        _languages_twice,
    ),
    Rule(
        "description",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: DESCRIPTION_IS_REQUIRED",
        msgid("There is no description"),
        _each_info(lambda info: not info.description, "description"),
    ),
    Rule(
        "web",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: WEB_IS_REQUIRED",
        msgid("There is no address of a page (web)"),
        _each_info(lambda info: not info.web, "web"),
    ),
    Rule(
        "web-address",
        RuleGroup.GOOGLE,
        f"{VALIDATOR}: INVALID_WEB",
        msgid("The address of the page is a whole one, http or https"),
        _addresses,
    ),
    Rule(
        "expires",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: EXPIRES_IS_REQUIRED",
        msgid("There is no end (expires)"),
        _each_info(lambda info: info.expires is None, "expires"),
    ),
    Rule(
        "times",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: EFFECTIVE_NOT_AFTER_EXPIRES",
        msgid("“{later}” is before “{earlier}”"),
        _order_of_times,
    ),
    Rule(
        "area",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: AREA_IS_REQUIRED",
        msgid("There is no area"),
        _each_info(lambda info: not info.areas, "area"),
    ),
    Rule(
        "somewhere",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: CIRCLE_POLYGON_OR_GEOCODE_IS_REQUIRED",
        msgid("An area has a polygon, a circle or a code"),
        _nowhere,
    ),
    Rule(
        "no-crossing",
        RuleGroup.GOOGLE,
        f"{VALIDATOR}: POLYGON_SELF_INTERSECTION",
        msgid("A polygon crosses or touches itself"),
        _crossing,
    ),
    Rule(
        "points",
        RuleGroup.OWN,
        "so many points take readers seconds",
        msgid("A polygon has more than {most} points: it is not judged whether it crosses itself"),
        _too_long_to_ask,
        is_error=False,
    ),
    Rule(
        "different-texts",
        RuleGroup.GOOGLE,
        f"{VALIDATOR}: SAME_TEXT_DIFFERENT_LANGUAGE",
        msgid("“{element}” says the same in {one} and {other}: one of them is not translated"),
        _same_texts,
        is_error=False,
    ),
    Rule(
        "shape",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: CIRCLE_POLYGON_ENCOURAGED",
        msgid("No area has a polygon or a circle, which more readers understand than codes"),
        _each_info(
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
        _no_radius,
    ),
    Rule(
        "offset",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: SENT_INCLUDE_TIMEZONE_OFFSET",
        msgid("Times have the offset of the country, not that of UTC"),
        _offsets,
        is_error=False,
    ),
    Rule(
        "sender-name",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: SENDER_NAME_STRONGLY_RECOMMENDED",
        msgid("It is not said who speaks (senderName)"),
        _each_info(lambda info: not info.sender_name, "senderName"),
    ),
    Rule(
        "response",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: RESPONSE_TYPE_STRONGLY_RECOMMENDED",
        msgid("It is not said what people are to do (responseType)"),
        _each_info(lambda info: not info.response_types, "responseType"),
    ),
    Rule(
        "instruction",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: INSTRUCTION_STRONGLY_RECOMMENDED",
        msgid("There is no instruction"),
        _each_info(lambda info: not info.instruction, "instruction"),
    ),
    Rule(
        "headline-length",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: HEADLINE_TOO_LONG",
        msgid("The headline is longer than 140 characters"),
        _each_info(lambda info: len(info.headline) > MAX_HEADLINE, "headline"),
    ),
    Rule(
        "headline-says-less",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: HEADLINE_AND_DESCRIPTION_SHOULD_DIFFER",
        msgid("Headline and description are the same"),
        _each_info(
            lambda info: bool(info.headline) and info.headline == info.description, "description"
        ),
    ),
    Rule(
        "instruction-apart",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: DESCRIPTION_AND_INSTRUCTION_SHOULD_DIFFER",
        msgid("Description and instruction are the same"),
        _each_info(
            lambda info: bool(info.instruction) and info.instruction == info.description,
            "instruction",
        ),
    ),
    Rule(
        "urgency",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: UNKNOWN_URGENCY_DISCOURAGED",
        msgid("The urgency is unknown"),
        _each_info(lambda info: info.urgency is Urgency.UNKNOWN, "urgency"),
        is_error=False,
    ),
    Rule(
        "severity",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: UNKNOWN_SEVERITY_DISCOURAGED",
        msgid("The severity is unknown"),
        _each_info(lambda info: info.severity is Severity.UNKNOWN, "severity"),
        is_error=False,
    ),
    Rule(
        "certainty",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: UNKNOWN_CERTAINTY_DISCOURAGED",
        msgid("The certainty is unknown"),
        _each_info(lambda info: info.certainty is Certainty.UNKNOWN, "certainty"),
        is_error=False,
    ),
    Rule(
        "contact",
        RuleGroup.GOOGLE,
        f"{GOOGLE}: CONTACT_IS_RECOMMENDED",
        msgid("There is nobody to contact"),
        _each_info(lambda info: not info.contact, "contact"),
        is_error=False,
    ),
    Rule(
        "same-gravity",
        RuleGroup.OWN,
        "what the languages of one alert say is the same",
        msgid("All languages have the same urgency, severity and certainty"),
        _same("urgency", lambda info: (info.urgency, info.severity, info.certainty)),
    ),
    Rule(
        "same-response",
        RuleGroup.OWN,
        "what the languages of one alert say is the same",
        msgid("All languages ask for the same (responseType)"),
        _same("responseType", lambda info: set(info.response_types)),
    ),
    Rule(
        "same-times",
        RuleGroup.OWN,
        "what the languages of one alert say is the same",
        msgid("All languages have the same times"),
        _same("effective", lambda info: (info.effective, info.onset, info.expires)),
    ),
    Rule(
        "same-area",
        RuleGroup.OWN,
        "what the languages of one alert say is the same; Google: the area in each info",
        msgid("All languages have the same area"),
        _same("area", _where),
    ),
    Rule(
        "same-parameters",
        RuleGroup.OWN,
        "what the languages of one alert say is the same",
        msgid("All languages have the same parameters"),
        _same("parameter", lambda info: set(info.parameters)),
    ),
    Rule(
        "headline",
        RuleGroup.OWN,
        "lists and push messages show it alone",
        msgid("There is no headline"),
        _each_info(lambda info: not info.headline, "headline"),
    ),
    Rule(
        "cancel-note",
        RuleGroup.OWN,
        "CAP 1.2, 3.2.1: what a cancellation says of itself",
        msgid("A cancellation says in a note why"),
        _whole(lambda m: m.message_type is MessageType.CANCEL and not m.note, "note"),
    ),
    Rule(
        "identifier",
        RuleGroup.OWN,
        "WMO-No. 1109: identifiers of CAP messages are OIDs",
        msgid("The identifier is not an OID (urn:oid:…)"),
        _whole(lambda m: not _OID.fullmatch(m.identifier), "identifier"),
    ),
    Rule(
        "public",
        RuleGroup.OWN,
        "what is published is public",
        msgid("The scope is not Public"),
        _whole(lambda m: m.scope is not CapScope.PUBLIC, "scope"),
    ),
    Rule(
        "languages",
        RuleGroup.BELGIUM,
        "laws of 18 July 1966 on languages; RFC 3066",
        msgid("The language “{language}” is none of {known}"),
        _labels,
    ),
    Rule(
        "legal-languages",
        RuleGroup.BELGIUM,
        "laws of 18 July 1966 on languages, art. 11, 18, 24 and 40",
        msgid("The law asks for {language} in this area"),
        _missing_language,
        is_error=False,
    ),
    Rule(
        "legal-order",
        RuleGroup.BELGIUM,
        "laws of 18 July 1966 on languages, art. 11, 18, 24 and 40",
        msgid("The languages are not in the order of the law, English last: {languages}"),
        _legal_order,
    ),
    Rule(
        "places",
        RuleGroup.BELGIUM,
        "Statbel, REFNIS",
        msgid("An area has NIS codes of today, five digits each: {codes}"),
        _nis_codes,
    ),
    Rule(
        "zones",
        RuleGroup.BELGIUM,
        "MeteoAlarm, zones of Belgium",
        msgid("“{code}” is no MeteoAlarm zone of Belgium"),
        _zones,
    ),
    Rule(
        "near",
        RuleGroup.BELGIUM,
        "latitude comes first in CAP",
        msgid("A point lies far from Belgium: the latitude comes first"),
        _far_away,
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
