"""What one language says, the others say: a difference is found, and nothing else is."""

from dataclasses import replace

import pytest

from alerting.checks.check_input import CheckInput
from alerting.checks.facts import FactKind, facts_in
from alerting.checks.parity import parity
from alerting.domain.finding import Finding, FindingSeverity
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.missing_words import missing_words
from tests.checks import shared_texts
from tests.checks.samples import CHANNELS, LIEGE, message, rules, spoilt, subject

FR, NL, DE, EN = Language
DIFFERENCES = {
    "links-differ", "dates-differ", "phones-differ", "times-differ", "numbers-differ",
    "repeated-unequally",
}  # fmt: skip


def found(given: CheckInput) -> tuple[Finding, ...]:
    return tuple(parity(given))


def test_languages_that_agree_give_no_finding() -> None:
    assert found(subject()) == ()


@pytest.mark.parametrize(
    ("channel", "language", "before", "after", "rule", "severity"),
    [
        pytest.param("sms", NL, "16.30 uur", "16.45 uur", "times-differ", "blocks", id="a time"),
        pytest.param("email", DE, "14:05", "14:50", "times-differ", "blocks", id="digits swapped"),
        pytest.param("email", FR, "23 nov", "24 nov", "dates-differ", "blocks", id="a date"),
        pytest.param("email", EN, "November", "December", "dates-differ", "blocks", id="a month"),
        pytest.param("email", NL, "222 00", "223 00", "phones-differ", "blocks", id="a phone"),
        pytest.param("x", EN, "be-alert", "be-alerts", "links-differ", "blocks", id="a link"),
        pytest.param(
            "email", NL, "3 straten", "8 straten", "numbers-differ", "warns", id="a number"
        ),
        pytest.param("email", FR, "2026", "2025", "numbers-differ", "warns", id="a year"),
        pytest.param(
            "sms", DE, "16:30 Uhr", "später", "times-differ", "blocks", id="a time left out"
        ),
        pytest.param("sms", NL, "Zone: Luik", "Zone: Gent", "places-differ", "warns", id="a place"),
        pytest.param(
            "sms", NL, "Zone: Luik", "Zone: Liège", "places-differ", "warns", id="its name"
        ),
        pytest.param("web", NL, "\n2. ", "\n", "instructions-differ", "warns", id="an instruction"),
    ],
)
def test_what_differs_in_one_language_is_found_there(
    channel: str, language: Language, before: str, after: str, rule: str, severity: str
) -> None:
    given = spoilt(channel, language, before, after)
    if rule == "places-differ":
        given = spoilt_place(given, language)
    (one,) = found(given)
    assert (one.rule, one.severity, one.channel) == (rule, severity, channel)
    assert one.language is language
    assert one.in_english()


def spoilt_place(given: CheckInput, language: Language) -> CheckInput:
    """The sender's town goes too, which names the place a second time."""
    town = LIEGE[language][0]
    return replace(
        given,
        messages=tuple(
            replace(one, text=one.text.replace(f"van {town}", "van de stad"))
            if one.language is language
            else one
            for one in given.messages
        ),
    )


def test_a_finding_says_what_stands_here_and_what_elsewhere() -> None:
    (one,) = found(spoilt("sms", NL, "16.30 uur", "16.45 uur"))
    assert (one.facts["here"], one.facts["there"]) == ("16.45 uur", "16h30")
    assert one.where is not None
    text = spoilt("sms", NL, "16.30 uur", "16.45 uur").messages[1].text
    assert text[one.where.start : one.where.end] == "16.45 uur"


def test_a_short_number_mistyped_is_missing_as_a_phone_and_too_many_as_a_number() -> None:
    phone, number = found(spoilt("email", DE, "112", "113"))
    assert (phone.rule, phone.severity, phone.facts["there"]) == ("phones-differ", "blocks", "112")
    assert (number.rule, number.facts["here"]) == ("numbers-differ", "113")


def test_one_time_typed_for_another_that_is_there_too_is_found() -> None:
    (one,) = found(spoilt("sms", NL, "16.30 uur", "14.05 uur"))
    assert one.rule == "times-differ"
    given = spoilt("email", NL, "3 straten zijn", "112 of 3 straten zijn")
    assert [(one.rule, one.severity) for one in found(given)] == [("repeated-unequally", "hints")]


def test_two_languages_are_held_against_the_first() -> None:
    given = subject(message("sms", NL), message("sms", FR), required=(NL, FR))
    late = tuple(replace(one, text=one.text.replace("16h30", "17h30")) for one in given.messages)
    (one,) = found(replace(given, messages=late))
    assert one.language is FR


def test_every_hole_is_named() -> None:
    given = subject(
        message("sms", FR),
        replace(message("sms", NL), text=" \n"),
        replace(message("email", FR), subject=""),
        message("email", NL),
        required=(FR, NL),
        channels=("sms", "email", "x"),
    )
    holes = [(one.channel, one.language, one.field) for one in found(given)]
    assert holes == [
        ("sms", NL, "text"), ("email", FR, "subject"), ("x", FR, "text"), ("x", NL, "text"),
    ]  # fmt: skip
    assert {one.severity for one in found(given)} == {FindingSeverity.BLOCKS}


@pytest.mark.parametrize("lost", ["", "]"])
def test_a_detail_that_one_language_lacks_is_named_with_the_language(lost: str) -> None:
    mark = missing_words(NL, "Waar het gebeurt: site, straat").removesuffix(lost)
    given = subject(message("sms", FR), message("sms", NL), required=(FR, NL))
    dutch = given.messages[1]
    marked = replace(dutch, text=f"{dutch.text} Plaats: {mark}. Nog eens: {mark}.")
    one = found(replace(given, messages=(given.messages[0], marked)))[0]
    assert (one.rule, one.severity) == ("detail-missing", FindingSeverity.BLOCKS)
    assert (one.channel, one.language, one.field) == ("sms", NL, "text")
    assert one.where is not None
    assert marked.text[one.where.start :].startswith("[NL? Waar het gebeurt")


def test_english_may_be_missing() -> None:
    assert found(subject(message("sms", FR), message("sms", NL), message("sms", DE))) == ()


def test_a_text_in_the_field_of_another_language_is_found() -> None:
    swapped = replace(message("sms", FR), language=NL)
    given = subject(message("sms", FR), swapped, required=(FR, NL), places=())
    (one,) = found(given)
    assert (one.rule, one.language, one.facts["heard"]) == ("wrong-language", NL, FR)


def altered(text: str, language: Language, kind: FactKind) -> str | None:
    """The text with one digit or letter of its first such particular changed."""
    for one in facts_in(text, language):
        if one.kind is not kind or one.value.startswith("day "):
            continue
        if kind is FactKind.LINK:
            at = one.start + one.shown.index(".") - 1
            return f"{text[:at]}{'q' if text[at] != 'q' else 'z'}{text[at + 1 :]}"
        at = one.start + next(place for place, sign in enumerate(one.shown) if sign.isdigit())
        while text[at + 1].isdigit():
            at += 1
        return f"{text[:at]}{(int(text[at]) + 1) % 10}{text[at + 1 :]}"
    return None


def mutants(messages: tuple[Message, ...]) -> list[tuple[str, Language, FactKind, CheckInput]]:
    """Every channel with one particular of one language altered, one at a time."""
    every = []
    for channel in dict.fromkeys(one.channel for one in messages):
        versions = [one for one in messages if one.channel == channel]
        for place, version in enumerate(versions):
            for kind in FactKind:
                text = altered(version.text, version.language, kind)
                if text:
                    changed = replace(version, text=text)
                    others = (*versions[:place], changed, *versions[place + 1 :])
                    every.append((channel, version.language, kind, subject(*others)))
    return every


def survivors(messages: tuple[Message, ...]) -> list[tuple[str, Language, FactKind]]:
    return [
        (channel, language, kind)
        for channel, language, kind, given in mutants(messages)
        if not rules(found(given)) & DIFFERENCES
    ]


def test_no_alteration_of_the_sample_goes_unseen() -> None:
    messages = tuple(message(channel, language) for channel in CHANNELS for language in Language)
    assert len(mutants(messages)) > 80
    assert survivors(messages) == []


def test_the_library_is_the_same_in_every_language_and_no_alteration_goes_unseen() -> None:
    tried = 0
    for scenario in shared_texts.library():
        messages = shared_texts.messages(scenario)
        assert found(subject(*messages)) == (), scenario
        tried += len(mutants(messages))
        assert survivors(messages) == [], scenario
    assert tried > 1000
