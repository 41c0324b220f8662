"""Each rule of the profile is broken by one change of a message that breaks none."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from alerting.actions.public.cap_messages import BelgianPlaces
from alerting.cap.message import (
    CapArea,
    CapInfo,
    CapMessage,
    CapScope,
    CapStatus,
    MessageType,
    Named,
)
from alerting.cap.profile.rule import RuleGroup
from alerting.cap.profile.rules import RULES, profile_findings
from alerting.domain.alert import Category, Certainty, ResponseType, Severity, Urgency
from tests.cap.made import full_message
from tests.compose.samples import PLACES

REGISTER = BelgianPlaces(PLACES)
Change = Callable[[CapMessage], CapMessage]


def message(**changes: Any) -> Change:
    return lambda one: replace(one, **changes)


def first(**changes: Any) -> Change:
    """The first language only."""
    return lambda one: replace(one, infos=(replace(one.infos[0], **changes), *one.infos[1:]))


def every(change: Callable[[CapInfo], CapInfo]) -> Change:
    return lambda one: replace(one, infos=tuple(map(change, one.infos)))


def each(**changes: Any) -> Change:
    return every(lambda info: replace(info, **changes))


def area(**changes: Any) -> Change:
    return every(lambda info: replace(info, areas=(replace(info.areas[0], **changes),)))


def moved(name: str, **by: float) -> Change:
    def change(info: CapInfo) -> CapInfo:
        moment = getattr(info, name)
        assert moment is not None
        return replace(info, **{name: moment + timedelta(**by)})

    return every(change)


def in_utc(one: CapMessage) -> CapMessage:
    from datetime import UTC

    return replace(one, sent=one.sent.astimezone(UTC))


BREAKING: list[tuple[str, Change]] = [
    ("names", message(identifier="urn:oid:1.2 3")),
    ("names", message(sender="a,b@example.org")),
    ("references-whole", message(unreadable_references=("x",))),
    (
        "references-earlier",
        lambda one: replace(one, references=(one.reference,)),
    ),
    ("answers-refer", message(message_type=MessageType.ACK, references=())),
    ("restriction", message(scope=CapScope.RESTRICTED)),
    ("addresses", message(scope=CapScope.PRIVATE)),
    ("exercise-note", message(status=CapStatus.EXERCISE, note="")),
    ("polygon", area(polygons=("50.6,5.5 50.7,5.5 50.6,5.5",))),
    ("polygon", area(polygons=("50.6,5.5 50.7,5.5 50.7,5.6 50.6,5.6",))),
    ("polygon", area(polygons=("50.6,5.5 50.7,5.5 north,5.6 50.6,5.5",))),
    ("polygon", area(polygons=("1e400,5.5 50.7,5.5 50.7,5.6 1e400,5.5",))),
    ("circle", area(circles=("50.63,5.57",))),
    ("circle", area(circles=("50.63,5.57 1e999",))),
    ("points", area(polygons=(" ".join(f"50.{n},5.5" for n in range(5_001)),))),
    ("circle", area(circles=("150.63,5.57 2",))),
    ("ceiling", area(altitude="")),
    ("update-refers", message(references=())),
    ("update-refers", message(message_type=MessageType.CANCEL, references=())),
    ("info", message(infos=())),
    ("same-categories", first(categories=(Category.FIRE,))),
    (
        "same-event-codes",
        first(event_codes=(Named("OET:v1.2", "OET-078"), Named("BE-NCCN:hazard", "fire_smoke"))),
    ),
    ("one-language", each(language="fr-BE")),
    ("description", first(description="")),
    ("web", first(web="")),
    ("web-address", first(web="alerts.example.org/a/1")),
    ("expires", first(expires=None)),
    ("times", moved("expires", hours=-5)),
    ("times", moved("effective", hours=-1)),
    ("times", moved("onset", days=1)),
    ("area", first(areas=())),
    ("somewhere", area(polygons=(), circles=(), geocodes=())),
    ("no-crossing", area(polygons=("50.6,5.5 50.7,5.6 50.7,5.5 50.6,5.6 50.6,5.5",))),
    ("different-texts", each(description="the same in both")),
    ("different-texts", each(headline="The Same")),
    ("shape", area(polygons=(), circles=())),
    ("radius", area(circles=("50.63,5.57 0",))),
    ("offset", in_utc),
    ("sender-name", first(sender_name="")),
    ("response", first(response_types=())),
    ("instruction", first(instruction="")),
    ("headline-length", first(headline="x" * 141)),
    (
        "headline-says-less",
        every(lambda info: replace(info, description=info.headline)),
    ),
    (
        "instruction-apart",
        every(lambda info: replace(info, instruction=info.description)),
    ),
    ("urgency", each(urgency=Urgency.UNKNOWN)),
    ("severity", each(severity=Severity.UNKNOWN)),
    ("certainty", each(certainty=Certainty.UNKNOWN)),
    ("contact", first(contact="")),
    ("same-gravity", first(severity=Severity.MINOR)),
    ("same-response", first(response_types=(ResponseType.AVOID,))),
    ("same-times", first(onset=None)),
    ("same-area", first(areas=(CapArea(description="x", circles=("50.6,5.5 1",)),))),
    ("same-parameters", first(parameters=(Named("EU-Alert", "3"),))),
    ("headline", first(headline="")),
    ("cancel-note", message(message_type=MessageType.CANCEL, note="")),
    ("identifier", message(identifier="be-nccn-2026-0012")),
    ("public", message(scope=CapScope.RESTRICTED)),
    ("languages", first(language="fr-FR")),
    ("languages", first(language="")),
    ("legal-languages", lambda one: replace(one, infos=one.infos[1:])),
    ("legal-order", lambda one: replace(one, infos=one.infos[::-1])),
    ("places", area(geocodes=(Named("NIS", "4000"),))),
    ("places", area(geocodes=(Named("NIS", "54007"),))),
    ("places", area(geocodes=())),
    ("zones", area(geocodes=(Named("NIS", "62063"), Named("EMMA_ID", "NL001")))),
    ("near", area(polygons=("5.5,50.6 5.5,50.7 5.6,50.7 5.5,50.6",))),
    ("near", area(circles=("5.57,50.63 2",))),
    ("level", each(parameters=())),
    ("level", each(parameters=(Named("EU-Alert", "7"),))),
    ("event-codes", each(event_codes=(Named("OET:v1.2", "OET-037"),))),
]


def broken(one: CapMessage) -> set[str]:
    return {found.rule.name for found in profile_findings(one, register=REGISTER)}


def test_a_message_that_keeps_every_rule_breaks_none() -> None:
    assert broken(full_message()) == set()


@pytest.mark.parametrize(
    ("name", "change"),
    [pytest.param(*one, id=f"{one[0]} {n}") for n, one in enumerate(BREAKING)],
)
def test_a_rule_is_broken(name: str, change: Change) -> None:
    assert name in broken(change(full_message()))


def test_every_rule_has_a_message_that_breaks_it() -> None:
    assert {rule.name for rule in RULES} == {name for name, _ in BREAKING}


def test_every_rule_has_a_name_of_its_own_and_a_source() -> None:
    names = [rule.name for rule in RULES]
    assert len(names) == len(set(names))
    assert all(rule.source for rule in RULES)


def test_messages_of_others_are_judged_without_the_rules_for_belgium() -> None:
    foreign = first(language="es-ES", areas=())(full_message())
    general = [one for one in RuleGroup if one is not RuleGroup.BELGIUM]
    found = profile_findings(foreign, register=REGISTER, groups=general)
    assert {one.rule.name for one in found} == {"area", "same-area"}


def test_it_is_said_where_a_rule_is_broken() -> None:
    (found,) = profile_findings(area(circles=("50.63,5.57 0",))(full_message()))[:1]
    assert found.place == "info[1]/area[1]/circle[1]"


def test_brussels_speaks_french_and_dutch_and_a_facility_town_dutch_first() -> None:
    def spoken(code: str, *languages: str) -> set[str]:
        one = full_message()
        infos = tuple(
            replace(
                one.infos[0],
                language=language,
                headline=f"h {language}",
                description=f"d {language}",
                instruction=f"i {language}",
                areas=(replace(one.infos[0].areas[0], geocodes=(Named("NIS", code),)),),
            )
            for language in languages
        )
        return broken(replace(one, infos=infos))

    assert spoken("21004", "fr-BE", "nl-BE", "en") == set()
    assert spoken("23099", "nl-BE", "fr-BE") == set()
    assert spoken("23099", "fr-BE", "nl-BE") == {"legal-order"}
    assert spoken("21004", "fr-BE") == {"legal-languages"}
    assert spoken("63023", "de-BE", "fr-BE") == set()
    assert spoken("44021", "en", "nl-BE") == {"legal-order"}
