"""Words that were given for one language stand in no text of another, whatever the scenario."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.compose.scenarios import Scenario
from alerting.compose.values import Declaration, Holds, ValueKind
from alerting.domain.authority_list import ListEntry
from alerting.domain.channel_profiles import PROFILES
from alerting.domain.language import Language
from alerting.domain.missing_words import missing_in
from tests.compose.samples import COMPOSER, FR, LIBRARY, NL, draft, samples
from tests.tiers import WHOLE

TYPED = st.text(st.sampled_from("bcdfghjklmnpqrstvwxz"), min_size=12, max_size=20)
"""No word of any language, so that whatever holds it holds what was typed."""
BY_LANGUAGE = [
    (scenario, one) for scenario in LIBRARY for one in scenario.values if one.by_language
]


def ids(value: object) -> str:
    return value.name if isinstance(value, Scenario | Declaration) else ""


@pytest.mark.parametrize(("scenario", "detail"), BY_LANGUAGE, ids=ids)
@settings(max_examples=20 if WHOLE else 2, deadline=None)
@given(typed=TYPED, language=st.sampled_from(Language))
def test_what_was_typed_for_one_language_stands_in_it_alone(
    scenario: Scenario, detail: Declaration, typed: str, language: Language
) -> None:
    values = {**samples(scenario.name), detail.name: {language.value: typed}}
    messages = COMPOSER.compose_now(draft(scenario.name, values=values))
    assert {one.language for one in messages} == set(Language)
    holding = {one.channel for one in messages if typed in one.subject + one.text}
    assert holding
    for one in messages:
        said = one.subject + one.text
        marks = {name for _, _, name in missing_in(said)}
        if one.language is language:
            assert not marks
        else:
            assert typed not in said + one.html
            assert typed.upper() not in said + one.html
            assert bool(marks) is (one.channel in holding), one


@pytest.mark.parametrize(("scenario", "detail"), BY_LANGUAGE, ids=ids)
def test_several_details_of_several_languages_keep_apart(
    scenario: Scenario, detail: Declaration
) -> None:
    """Each of two languages has one detail that the other lacks."""
    other = next((one for one in scenario.values if one.by_language and one is not detail), detail)
    values = samples(scenario.name)
    values |= {other.name: {"nl": "Nederlandsewoorden"}}
    values |= {detail.name: {"fr": "motsfrancais"}}
    for one in COMPOSER.compose_now(draft(scenario.name, values=values)):
        assert one.language is FR or "motsfrancais" not in one.text + one.html
        assert one.language is NL or "Nederlandsewoorden" not in one.text + one.html


@pytest.mark.parametrize("channel", PROFILES)
def test_every_channel_shows_what_is_missing(channel: str) -> None:
    values = {**samples("update"), "instruction": {"fr": "restez à l'intérieur"}}
    (french, dutch) = COMPOSER.compose_now(
        draft("update", values=values, channels=(channel,), languages=(FR, NL))
    )
    assert "[NL? Alle instructies die nu gelden]" in dutch.text
    assert "rieur" in french.text
    assert "rieur" not in dutch.text + dutch.html


def test_an_entry_of_a_list_stands_in_its_languages_only() -> None:
    found = LIBRARY.scenario("flood_evacuate")
    asked = next(one for one in found.values if one.name == "shelter")
    assert asked.list is not None
    entry = ListEntry(
        authority="liege", list=asked.list, key="hall", texts={FR: "hall omnisports de Spa"}
    )
    values = {**samples("flood_evacuate"), "shelter": "hall"}
    given = replace(draft("flood_evacuate", values=values), entries=(entry,))
    messages = COMPOSER.compose_now(given)
    naming = {one.channel for one in messages if "hall omnisports" in one.text}
    assert naming
    for one in messages:
        assert one.language is FR or "hall omnisports" not in one.text + one.html
        lacking = one.language is not FR and one.channel in naming
        assert bool([*missing_in(one.text)]) is lacking, one


def test_plain_data_is_asked_for_once() -> None:
    once = {
        (scenario.name, one.name)
        for scenario in LIBRARY
        for one in scenario.values
        if one.kind is ValueKind.TEXT and one.holds is Holds.NAME
    }
    assert once == {
        ("112_outage", "numbers"),
        ("112_outage", "emergency_app"),
        ("flood_evacuate", "depth"),
        ("water_contamination", "utility"),
    }
    for scenario in LIBRARY:
        for one in scenario.values:
            assert one.by_language is (
                one.kind is ValueKind.TEXT and (scenario.name, one.name) not in once
            )
