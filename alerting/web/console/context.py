"""What pages of several capabilities give their templates."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from fastapi import Path

from alerting.actions.alerts import shapes
from alerting.checks import audience
from alerting.checks.whole_country import WHOLE_COUNTRY
from alerting.domain.alert import (
    CLASS_NAMES,
    FOLLOW_UP_NAMES,
    IN_FORCE,
    STATE_NAMES,
    STEP_REASON_NAMES,
    UNSENT,
    Alert,
)
from alerting.domain.channel_profiles import Reach
from alerting.domain.errors import UnknownScenario
from alerting.domain.text.numbers import MAX_INTEGER
from alerting.geo.register import Place
from alerting.i18n import Translator
from alerting.services import Services
from alerting.web.console import labels
from alerting.web.console.findings import group_findings

Number = Annotated[int, Path(ge=1, le=MAX_INTEGER)]


def about(services: Services, translate: Translator) -> dict[str, Any]:
    """What templates ask about any alert: its title, its area, and the names of codes.

    In one piece: a table of names, with the few functions that they stand for.
    """

    def scenario_title(name: str) -> str:
        try:
            scenario = services.composer.library.scenario(name)
        except UnknownScenario:  # gone from the library since, but the alert was sent
            return name
        return scenario.titles.get(translate.language, name)

    def title(alert: Alert) -> str:
        return scenario_title(alert.scenario)

    def area(alert: Alert) -> str:
        return services.gazetteer.area_name(alert.area, translate.language)

    def area_of(codes: Sequence[str]) -> str:
        towns = {town for code in codes for town in services.gazetteer.place(code).members}
        return services.gazetteer.area_name(sorted(towns), translate.language)

    def places_of(alert: Alert) -> list[Place]:
        whole, left = services.gazetteer.whole_areas(alert.area)
        return [*whole, *sorted(left, key=lambda place: -place.inhabitants)]

    def inhabitants(alert: Alert) -> int:
        return services.gazetteer.inhabitants(alert.area)

    def shape_name(alert: Alert) -> str:
        phrase = shapes.told(services, alert.shape) if alert.shape else None
        return translate(phrase.says, **phrase.facts) if phrase else ""

    return {
        "shape_of": shape_name,
        "title": title,
        "scenario_title": scenario_title,
        "tell": partial(group_findings, words=translate),
        "area": area,
        "area_of": area_of,
        "places_of": places_of,
        "names": labels,
        "class_names": CLASS_NAMES,
        "state_names": STATE_NAMES,
        "follow_up_names": FOLLOW_UP_NAMES,
        "reason_names": STEP_REASON_NAMES,
        "in_force": IN_FORCE,
        "unsent": UNSENT,
        "inhabitants": inhabitants,
        "public": services.channels_by(Reach.ACCOUNT),
        "newsroom_channels": services.channels_by(Reach.NEWSROOM),
        "reach_rules": audience.RULES | {WHOLE_COUNTRY},
    }
