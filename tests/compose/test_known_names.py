"""Names that are known are filled in where a language lacks them; nothing typed is touched."""

from collections.abc import Mapping
from typing import Any

import pytest

from alerting.compose.known_names import with_known_names
from alerting.compose.values import Declaration, Holds, ValueKind
from tests.compose.samples import DE, FR, NL, PLACES

LOCATION = Declaration(name="location", kind=ValueKind.TEXT, holds=Holds.PLACE)
CAUSE = Declaration(
    name="cause",
    kind=ValueKind.TEXT,
    choices={"chlorine": {FR: "chlore", NL: "chloor", DE: "Chlor"}},
)
COMPANY = Declaration(name="company", kind=ValueKind.TEXT, holds=Holds.NAME)
DECLARED = (LOCATION, CAUSE, COMPANY)


@pytest.mark.parametrize(
    ("given", "values", "filled"),
    [
        pytest.param(
            {"location": {"fr": "Liège"}},
            {"location": {"fr": "Liège", "nl": "Luik", "de": "Lüttich"}},
            {"location": (NL, DE)},
            id="a place",
        ),
        pytest.param(
            {"location": {"fr": "port de Liège", "nl": "", "de": "Lüttich"}},
            {"location": {"fr": "port de Liège", "nl": "Luik", "de": "Lüttich"}},
            {"location": (NL,)},
            id="from the language in which it is a name, keeping the others",
        ),
        pytest.param(
            {"cause": {"nl": "Chloor"}},
            {"cause": {"nl": "Chloor", "fr": "chlore", "de": "Chlor"}},
            {"cause": (FR, DE)},
            id="a choice",
        ),
        pytest.param(
            {"cause": {"fr": "Liège"}}, {"cause": {"fr": "Liège"}}, {}, id="no place is meant"
        ),
        pytest.param({"company": "SWDE"}, {"company": "SWDE"}, {}, id="a name everywhere"),
        pytest.param({"cause": "chlorine"}, {"cause": "chlorine"}, {}, id="a key"),
        pytest.param({"location": "Liège"}, {"location": "Liège"}, {}, id="of no language"),
        pytest.param({"location": {"fr": 3}}, {"location": {"fr": 3}}, {}, id="no words at all"),
        pytest.param({"other": {"fr": "Liège"}}, {"other": {"fr": "Liège"}}, {}, id="unknown"),
    ],
)
def test_what_is_known_is_filled_in(
    given: Mapping[str, Any], values: Mapping[str, Any], filled: Mapping[str, Any]
) -> None:
    assert with_known_names(DECLARED, given, (FR, NL, DE), PLACES) == (values, filled)


def test_one_string_belongs_to_the_only_language_there_is() -> None:
    values, filled = with_known_names(DECLARED, {"location": "Luik"}, (NL,), PLACES)
    assert (values, filled) == ({"location": {"nl": "Luik"}}, {})
