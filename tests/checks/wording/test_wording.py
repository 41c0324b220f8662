"""What a machine can see in words is warned of, in every language; what is right passes."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.actions.templates.wording import check_wording_of
from alerting.checks.check_input import CheckInput
from alerting.checks.wording.articles import before_placeholders
from alerting.checks.wording.check import check_wording
from alerting.checks.wording.place_names import NOT_A_PLACE, RIVERS
from alerting.checks.wording.sentences import flat
from alerting.compose.phrases import contact_block
from alerting.compose.values import ValueKind
from alerting.domain.alert import AlertClass
from alerting.domain.belgian_time import Tense
from alerting.domain.finding import Finding, FindingSeverity
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.geo.register import Place
from alerting.services import place_names
from tests.checks.samples import NOW
from tests.checks.wording import caught, passed
from tests.compose.samples import COMPOSER, LIBRARY, PLACES, SENDER, draft, samples
from tests.tiers import WHOLE

FR, NL, DE, EN = Language
KINDS = {
    "CONTRADICTIONS": "contradiction",
    "SUBJECTS": "subject-without-danger",
    "ARTICLES": "article",
    "PLACES": "place-language",
    "PERIODS": "period-one-date",
    "PLURALS": "plural-of-one",
    "CONDITIONS": "loose-condition",
    "LABELS": "misread-label",
}
WORDS = frozenset({"river", "location", "site", "shelter", "area"})
"""Details that are names; `depth` is a measure, the others are times."""


def lines(table: Mapping[Language, str]) -> Iterator[tuple[Language, str]]:
    for language, text in table.items():
        for line in text.strip().split("\n"):
            yield language, line


def cases(module: ModuleType) -> Iterator[object]:
    for table, rule in KINDS.items():
        for language, line in lines(getattr(module, table)):
            yield pytest.param(table, rule, language, line, id=f"{rule} {language}: {line[:50]}")


def subject_of(message: Message) -> CheckInput:
    return CheckInput(
        messages=(message,),
        required=(message.language,),
        alert_class=AlertClass.ALERT,
        now=NOW,
        expires_at=NOW + timedelta(hours=4),
        known_places=place_names(PLACES),
    )


def found(table: str, language: Language, line: str) -> list[Finding]:
    text, subject = line.replace("¶", "\n"), ""
    if table == "SUBJECTS" or line.startswith("S|"):
        text, subject = "…", line.removeprefix("S|")
    typed = re.search(r"\(([^)]*)\)", line)
    alert = replace(
        subject_of(Message(channel="email", language=language, text=text, subject=subject)),
        typed={"river": {language: typed[1]}} if typed else {},
    )
    return list(check_wording(alert))


@pytest.mark.parametrize(("table", "rule", "language", "line"), list(cases(caught)))
def test_what_may_be_misread_is_warned_of(
    table: str, rule: str, language: Language, line: str
) -> None:
    warned = [one for one in found(table, language, line) if one.rule == rule]
    assert warned, line
    for one in warned:
        assert one.severity is FindingSeverity.WARNS
        assert one.in_english().endswith((".", "”."))
        assert one.where


@pytest.mark.parametrize(("table", "rule", "language", "line"), list(cases(passed)))
def test_what_is_right_passes(table: str, rule: str, language: Language, line: str) -> None:
    assert [one.in_english() for one in found(table, language, line)] == []


@pytest.mark.parametrize(
    ("language", "line", "expected"),
    [
        *((*one, True) for one in lines(caught.PLACEHOLDERS)),
        *((*one, False) for one in lines(passed.PLACEHOLDERS)),
    ],
)
def test_an_article_before_what_is_filled_in_is_found_in_the_source(
    language: Language, line: str, expected: bool
) -> None:
    assert bool(list(before_placeholders(line, language, WORDS))) is expected


def test_there_are_ten_samples_of_each_kind_in_each_language() -> None:
    for table in (*KINDS, "PLACEHOLDERS"):
        for language in Language:
            assert len(getattr(caught, table)[language].strip().split("\n")) >= 10, table


@pytest.mark.parametrize("scenario", LIBRARY.names())
def test_the_library_has_nothing_that_may_be_misread(scenario: str) -> None:
    assert [str(one) for one in check_wording_of(COMPOSER, PLACES, [scenario])] == []


MUNICIPALITIES = [one.nis_code for one in PLACES.municipalities()]
HERE = NOW.replace(tzinfo=None) + timedelta(hours=1)
"""On Belgian clocks."""
MINUTES = st.datetimes(HERE + timedelta(minutes=1), HERE + timedelta(days=9))


@pytest.mark.parametrize("scenario", LIBRARY.names())
@settings(max_examples=25 if WHOLE else 4, deadline=None)
@given(data=st.data())
def test_no_hour_number_or_place_makes_a_text_of_the_library_wrong(
    scenario: str, data: st.DataObject
) -> None:
    """Any area, any hours ahead, any number; but degrees of heat are never one."""
    declared = LIBRARY.scenario(scenario).values
    values = samples(scenario)
    for one in declared:
        if one.kind is ValueKind.NUMBER:
            values[one.name] = data.draw(st.integers(25 if one.name == "tmax" else 1, 45))
        if one.kind is ValueKind.TIME and one.tense is Tense.FUTURE:
            values[one.name] = data.draw(MINUTES).isoformat(timespec="minutes")
    area = data.draw(st.lists(st.sampled_from(MUNICIPALITIES), min_size=1, max_size=8))
    drafted = draft(scenario, values=values, area=tuple(sorted(set(area))))
    alert = CheckInput(
        messages=COMPOSER.compose_now(drafted),
        required=drafted.languages,
        alert_class=drafted.alert_class,
        now=drafted.now,
        expires_at=drafted.expires_at,
        known_places=place_names(PLACES),
        contacts={one: contact_block(one, SENDER.press_contact[one]) for one in Language},
    )
    assert [(one.channel, one.language, one.in_english()) for one in check_wording(alert)] == []


@given(st.sampled_from(PLACES.municipalities()), st.sampled_from(list(Language)))
def test_a_place_by_its_name_in_a_language_is_right_there(place: Place, language: Language) -> None:
    text = f"12:00: x, {place.names[language]}. y"
    assert list(place_names(PLACES).wrong_names(text, language)) == []


@given(st.sampled_from(PLACES.municipalities()), st.permutations(list(Language)))
def test_a_place_by_its_name_in_another_language_is_found_with_the_right_one(
    place: Place, languages: list[Language]
) -> None:
    here, there = languages[:2]
    name = place.names[there]
    everywhere = {flat(one.names[here]) for one in PLACES.municipalities()} | {
        flat(row[here]) for row in RIVERS
    }
    if flat(name) in everywhere or name in NOT_A_PLACE[here].split():
        return
    (found,) = place_names(PLACES).wrong_names(f"12:00: x, {name}. y", here)
    assert (found.start, found.end) == (10, 10 + len(name))
    assert flat(name) in {flat(one) for one in place.names.values()}


def test_a_danger_that_was_typed_counts_as_one() -> None:
    message = Message(channel="x", language=NL, text="UPDATE 2: kermis zonder einde. Blijf thuis.")
    alert = subject_of(message)
    assert [one.rule for one in check_wording(alert)] == ["subject-without-danger"]
    named = replace(alert, typed={"hazard": {NL: "kermis zonder einde"}})
    assert list(check_wording(named)) == []
    drill = replace(alert, alert_class=AlertClass.EXERCISE)
    assert list(check_wording(drill)) == []
