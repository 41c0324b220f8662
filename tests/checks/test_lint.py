"""A warning names its source, the danger, the place, what to do and the time; and nothing odd."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alerting.checks.check_input import CheckInput
from alerting.checks.lint import lint
from alerting.domain.alert import AlertClass
from alerting.domain.finding import Finding
from alerting.domain.language import Language
from alerting.domain.message import Message
from tests.checks.samples import NOW, message, subject

FR, NL, DE, EN = Language


def found(given: CheckInput) -> list[Finding]:
    return list(lint(given))


def changed(channel: str, language: Language, before: str, after: str) -> CheckInput:
    one = message(channel, language)
    assert before in one.text, before
    return subject(replace(one, text=one.text.replace(before, after)))


def test_a_good_warning_gives_no_finding() -> None:
    assert [one for one in found(subject()) if one.rule != "no-link"] == []


@pytest.mark.parametrize(
    ("channel", "language", "before", "after", "rule", "severity"),
    [
        pytest.param("sms", FR, "Bourgmestre de Liège", "Zone", "no-source", "warns", id="source"),
        pytest.param("sms", EN, "Area: Liège", "Area: there", "no-place", "warns", id="place"),
        pytest.param("sms", FR, "14h05: gros", "gros", "no-follow-up", "hints", id="one time only"),
        pytest.param("email", DE, "Nächste Nachricht: 16:30 Uhr", "x", "no-follow-up", "warns",
                     id="next message"),
        pytest.param("sms", FR, "https://be-alert.be", "", "no-link", "hints", id="no link"),
        pytest.param("sms", FR, "be-alert.be", "bit.ly/x", "foreign-link", "blocks",
                     id="shortener"),
        pytest.param("sms", NL, "be-alert.be", "be-alert.be.evil.com", "foreign-link", "blocks",
                     id="looks like ours"),
        pytest.param("web", NL, "be-alert.be", "be-alert.be@evil.com", "foreign-link", "blocks",
                     id="hides behind ours"),
        pytest.param("sms", FR, "Liège. R", "{area}. R", "unfinished", "blocks", id="placeholder"),
        pytest.param("web", EN, "Stay inside", "Stay inside {{ x }}", "unfinished", "blocks",
                     id="template"),
        pytest.param("x", DE, "Gebiet", "TODO", "unfinished", "blocks", id="todo"),
        pytest.param("x", NL, "Zone", "te vertalen", "unfinished", "blocks", id="translate me"),
        pytest.param("voice", FR, "Gros", "[NOM] gros", "unfinished", "blocks", id="brackets"),
        pytest.param("email", FR, "Gros incendie", "Le CC-Prov et le NPU : incendie", "jargon",
                     "warns", id="jargon"),
        pytest.param("x", NL, "Blijf binnen", "BLIJF NU ALLEMAAL BINNEN", "capitals", "warns",
                     id="capitals"),
        pytest.param("sms", FR, "gros incendie", "EXERCICE incendie", "stray-mark", "warns",
                     id="the word of a drill"),
    ],
)  # fmt: skip
def test_what_a_warning_lacks_or_should_not_have_is_found(
    channel: str, language: Language, before: str, after: str, rule: str, severity: str
) -> None:
    given = changed(channel, language, before, after)
    if rule == "no-place":
        given = replace(given, messages=tuple(
            replace(one, text=one.text.replace("Mayor of Liège", "Mayor")) for one in given.messages
        ), sources={})  # fmt: skip
    if rule == "no-follow-up" and channel == "sms":
        given = replace(given, messages=tuple(
            replace(one, text=one.text.replace("Prochain message: 16h30.", "14h05."))
            for one in given.messages
        ))  # fmt: skip
    findings = {one.rule: one for one in found(given)}
    assert findings[rule].severity == severity
    assert findings[rule].in_english()


def test_a_link_of_ours_may_have_a_path_a_subdomain_or_no_scheme() -> None:
    for link in ("be-alert.be", "www.be-alert.be/x", "https://test.be-alert.be/fr?y=1"):
        given = changed("sms", FR, "https://be-alert.be", link)
        assert "foreign-link" not in {one.rule for one in found(given)}, link


def test_what_to_do_comes_early_in_a_short_text() -> None:
    late = changed("sms", FR, "gros incendie", "gros incendie " + "et fumée noire partout " * 5)
    (one,) = [one for one in found(late) if one.rule == "no-action"]
    assert one.where is not None
    assert one.where.start >= 160
    assert "no-action" not in {
        one.rule for one in found(changed("email", FR, "Gros", "Gros " * 60))
    }


def test_the_place_comes_early_in_a_short_text() -> None:
    long = "et fumée noire partout " * 8
    late = changed("sms", FR, "fumée nocive.", f"fumée nocive {long}.")
    late = replace(late, sources={}, messages=tuple(
        replace(one, text=one.text.replace("Bourgmestre de Liège ", "")) for one in late.messages
    ))  # fmt: skip
    (one,) = [one for one in found(late) if one.rule == "late-place"]
    assert one.where is not None
    assert one.where.end > 160
    assert one.in_english()
    assert "late-place" not in {one.rule for one in found(subject())}
    longer = changed("email", FR, "Gros", "Gros " * 60)
    assert "late-place" not in {one.rule for one in found(longer)}


@pytest.mark.parametrize("language", Language)
def test_what_to_do_is_recognised_in_every_language(language: Language) -> None:
    nothing = Message(channel="web", language=language, text="14:05 Liège 112")
    assert "no-action" in {one.rule for one in found(subject(nothing))}
    assert "no-action" not in {one.rule for one in found(subject(message("web", language)))}


def test_a_time_is_asked_for() -> None:
    given = subject(Message(channel="sms", language=EN, text="Stay inside until further notice"))
    assert "no-time" in {one.rule for one in found(given)}


def test_long_sentences_are_found_and_the_longest_shown() -> None:
    text = "Ne buvez pas. " + "l'eau du robinet de toutes les communes de la vallée " * 5 + "."
    (one,) = [
        one
        for one in found(subject(Message(channel="web", language=FR, text=text)))
        if one.rule == "long-sentences"
    ]
    assert one.where is not None
    assert text[one.where.start : one.where.end].strip().startswith("l'eau")


def test_the_mark_shows_the_class() -> None:
    marked = replace(message("sms", FR), text=f"EXERCICE: {message('sms', FR).text} EXERCICE")
    drill = AlertClass.EXERCISE
    assert "mark" in {one.rule for one in found(subject(marked))}
    assert "mark" in {one.rule for one in found(subject(alert_class=drill))}
    assert "mark" not in {one.rule for one in found(subject(marked, alert_class=drill))}


def test_an_exercise_need_not_say_what_to_do() -> None:
    text = "EXERCICE: Bourgmestre de Liège. Incendie à Liège. Aucun danger. EXERCICE"
    given = subject(
        Message(channel="sms", language=FR, text=text),
        alert_class=AlertClass.EXERCISE,
        allowed_hosts=frozenset(),
    )
    assert found(given) == []


@pytest.mark.parametrize("hours", [0, -1])
def test_an_alert_that_is_over_is_found(hours: int) -> None:
    (one,) = [one for one in found(subject(expires_at=NOW + timedelta(hours=hours)))
              if one.rule == "expired"]  # fmt: skip
    assert (one.severity, one.channel, one.language) == ("blocks", "", None)


def test_what_is_not_known_is_not_asked_for() -> None:
    bare = subject(
        Message(channel="sms", language=FR, text="14h05: sortez avant 15h00"),
        sources={}, places=(), allowed_hosts=frozenset(),
    )  # fmt: skip
    assert found(bare) == []


def test_a_finding_names_the_line() -> None:
    given = changed("email", FR, "2. Fermez", "2. TODO Fermez")
    (one,) = [one for one in found(given) if one.rule == "unfinished"]
    assert one.where is not None
    assert one.where.line == 3
