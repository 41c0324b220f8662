"""What stands in for a detail that lacks is printed in brackets, of whatever kind it is."""

import re
from dataclasses import replace

import pytest

from alerting.compose.values import ValueKind
from tests.compose.samples import COMPOSER, LIBRARY, draft


@pytest.mark.parametrize("scenario", LIBRARY.names())
async def test_an_example_stands_in_brackets_and_changes_nothing_else(scenario: str) -> None:
    real = draft(scenario, channels=("email",))
    declared = LIBRARY.scenario(scenario).values
    words = {one.name for one in declared if one.kind is not ValueKind.CHOICE}
    examples = replace(real, examples=frozenset(words & real.values.keys()))
    told = zip(await COMPOSER.compose(real), await COMPOSER.compose(examples), strict=True)
    for plain, marked in told:
        assert re.sub(r"[\[\]]", "", marked.text) == re.sub(r"[\[\]]", "", plain.text)
        hours = {one.name for one in declared if one.kind is ValueKind.TIME}
        if hours & set(real.values):
            assert "[" in marked.text
            assert "[" not in plain.text
