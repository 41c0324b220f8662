"""A place that may be left out, and is: the texts say nothing of it, and no area in its stead."""

import re
from dataclasses import replace

import pytest

from alerting.compose.scenarios import Scenario
from alerting.compose.values import AREA_NAME, Holds
from tests.compose.samples import COMPOSER, LIBRARY, draft, samples

MARKER = "Xyzzyplatz"
LABEL = re.compile(rf"(\w+[ \u00a0\u202f]?): {MARKER}")
OPTIONAL = [
    pytest.param(scenario, one.name, id=f"{scenario.name}-{one.name}")
    for scenario in LIBRARY
    for one in scenario.values
    if one.holds is Holds.PLACE and not one.required and not one.default
]


def test_no_detail_of_the_library_stands_in_with_the_area() -> None:
    assert [
        one for scenario in LIBRARY for one in scenario.values if one.default == AREA_NAME
    ] == []


@pytest.mark.parametrize(("scenario", "name"), OPTIONAL)
def test_no_place_no_sentence(scenario: Scenario, name: str) -> None:
    values = {**samples(scenario.name), "school_hours": ""}
    values = {key: said for key, said in values.items() if said}
    wanted = draft(scenario.name)
    languages = wanted.languages
    filled = replace(wanted, values={**values, name: dict.fromkeys(languages, MARKER)})
    empty = replace(wanted, values={key: said for key, said in values.items() if key != name})
    without = {(one.channel, one.language): one for one in COMPOSER.compose_now(empty)}
    for message in COMPOSER.compose_now(filled):
        other = without[message.channel, message.language]
        assert "  " not in other.text
        assert " ," not in other.subject
        for label in {found[1] for found in LABEL.finditer(message.text)}:
            said, left = (
                len(re.findall(rf"{re.escape(label)}: ", one.text)) for one in (message, other)
            )
            assert left < said, (message.channel, message.language, label)
