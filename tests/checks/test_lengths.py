"""A text that does not fit where it goes is found, with the count and the way to mend it."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.checks.costs import Estimate, Tariffs, estimate
from alerting.checks.lengths import check_lengths
from alerting.domain.channel_profiles import MASTODON, PROFILES, SMS
from alerting.domain.finding import Finding
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.text.gsm7 import measure
from tests.checks.samples import message, subject

FR, NL, DE, EN = Language


def found(channel: str, text: str, *, title: str = "") -> list[Finding]:
    one = Message(channel=channel, language=FR, text=text, subject=title)
    return list(check_lengths(subject(one)))


@pytest.mark.parametrize(
    ("channel", "text", "rule", "severity"),
    [
        pytest.param("sms", "é" * 307, "sms-segments", "warns", id="three segments"),
        pytest.param("sms", "ê" * 71, "sms-encoding", "warns", id="a letter that costs a segment"),
        pytest.param("sms", "ê", "sms-encoding", "hints", id="a letter that costs nothing yet"),
        pytest.param("x", "é" * 281, "x-too-long", "blocks", id="X"),
        pytest.param("mastodon", "é" * 501, "mastodon-too-long", "blocks", id="Mastodon"),
        pytest.param("bluesky", "é" * 301, "bluesky-too-long", "blocks", id="Bluesky"),
        pytest.param(
            "bluesky",
            "\U0001d41e\u1dc4\u1dc5\u1dc6" * 250,
            "bluesky-too-long",
            "blocks",
            id="Bluesky in bytes",
        ),
        pytest.param("cellbroadcast", "é" * 1396, "cell-broadcast-pages", "blocks", id="16 pages"),
        pytest.param(
            "cellbroadcast", "ê" * 616, "cell-broadcast-pages", "blocks", id="UCS-2 pages"
        ),
        pytest.param("voice", "mot " * 160, "voice-long", "warns", id="more than a minute"),
    ],
)
def test_what_does_not_fit_is_found(channel: str, text: str, rule: str, severity: str) -> None:
    (one,) = found(channel, text)
    assert (one.rule, one.severity) == (rule, severity)
    assert one.in_english()


@pytest.mark.parametrize(
    ("channel", "text"),
    [
        ("sms", "é" * 306), ("x", "é" * 256 + " https://be-alert.be/" + "a" * 99),
        ("mastodon", "é" * 500), ("bluesky", "é" * 300), ("cellbroadcast", "é" * 1395),
        ("voice", "mot " * 149), ("web", "ê" * 9999), ("email", "ê" * 9999), ("sms", ""),
    ],
)  # fmt: skip
def test_what_fits_is_left_alone(channel: str, text: str) -> None:
    assert found(channel, text) == []


def test_a_long_sms_is_refused_by_the_provider_too() -> None:
    assert [one.rule for one in found("sms", "a" * 1601)] == ["sms-segments", "sms-too-long"]


def test_a_subject_that_is_cut_is_found_and_newsrooms_read_theirs_in_full() -> None:
    (one,) = found("email", "x", title="é" * 79)
    assert (one.rule, one.severity, one.field) == ("subject-long", "hints", "subject")
    (one,) = found("press", "x", title="é" * 79)
    assert one.severity == "hints"


def test_the_plain_spelling_is_proposed_as_a_difference() -> None:
    (one,) = found("sms", "Fermez les fenêtres\u00a0! " * 4 + "…")
    assert one.facts["changes"] == "ê → e, ⍽ → ␣, … → ..."
    assert (one.facts["segments"], one.facts["cheaper"]) == (2, 1)
    assert "ê → e" in one.in_english()


def test_an_emoji_has_no_plain_spelling() -> None:
    (one,) = found("sms", "🔥")
    assert one.remedy == "Remove them."


def test_a_limit_is_that_of_the_channel_s_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROFILES, "mastodon", replace(MASTODON, limit=1000))
    monkeypatch.setitem(PROFILES, "sms", replace(SMS, limit=1))
    assert found("mastodon", "a" * 900) == []
    assert [one.rule for one in found("sms", "a" * 161)] == ["sms-segments"]


def test_the_sample_fits_everywhere() -> None:
    assert [one for one in check_lengths(subject()) if one.severity != "hints"] == []


def test_cost_and_time_are_counted_channel_by_channel() -> None:
    tariffs = Tariffs(
        sms_segment=Decimal("0.07"), voice_minute=Decimal("0.05"), per_second={"sms": 100, "x": 0}
    )
    people = {("sms", FR): 1000, ("sms", NL): 50, ("voice", FR): 10, ("x", FR): 1}
    messages = (message("sms", FR), message("sms", NL), message("voice", FR), message("x", FR))
    assert [measure(one.text).segments for one in messages[:2]] == [2, 2]
    assert estimate(messages, people, tariffs) == (
        Estimate(channel="sms", recipients=1050, units=2100, euros=Decimal("147.00"), seconds=11),
        Estimate(channel="voice", recipients=10, units=10, euros=Decimal("0.50"), seconds=0),
        Estimate(channel="x", recipients=1, units=0, euros=Decimal(0), seconds=0),
    )


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_more_people_never_cost_less(some: int, more: int) -> None:
    tariffs = Tariffs(sms_segment=Decimal("0.07"), per_second={"sms": 80})
    one = replace(message("sms", FR))
    (few,) = estimate([one], {("sms", FR): some}, tariffs)
    (many,) = estimate([one], {("sms", FR): some + more}, tariffs)
    assert few.euros <= many.euros
    assert few.seconds <= many.seconds
    assert few.euros == few.units * Decimal("0.07")
