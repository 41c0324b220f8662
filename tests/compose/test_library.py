"""The library that ships is whole; `templates check` finds every way it might not be."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from alerting.compose.library_check import check_library, open_questions
from alerting.compose.scenarios import Library
from alerting.domain.channel_profiles import PROFILES, text_files
from alerting.domain.language import Language
from alerting.domain.text.length import weighted
from tests.compose.samples import LIBRARY, TEMPLATES

SCENARIOS = 23


@pytest.fixture
def spoil(tmp_path: Path) -> Callable[[str, str, str], list[str]]:
    """Replace words in one file of one scenario, and say what the check finds."""
    shutil.copytree(TEMPLATES / "scenarios" / "gas_leak", tmp_path / "gas_leak")

    def change(file: str, old: str, new: str) -> list[str]:
        path = tmp_path / "gas_leak" / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return [str(one) for one in check_library(Library(tmp_path))]

    return change


def test_the_library_that_ships_has_nothing_to_mend() -> None:
    assert [str(one) for one in check_library(Library(LIBRARY.root))] == []


def test_what_an_expert_must_decide_is_a_note_and_keeps_a_second_person_in(tmp_path: Path) -> None:
    shutil.copytree(TEMPLATES / "scenarios" / "gas_leak", tmp_path / "gas_leak")
    head = tmp_path / "gas_leak" / "scenario.toml"
    shipped = head.read_text(encoding="utf-8")
    question = 'needs_expert = "Whether doors stay open."\n'

    def checked(content: str) -> list[str]:
        head.write_text(content, encoding="utf-8")
        return [str(one) for one in check_library(Library(tmp_path))]

    assert checked(question + shipped.replace("pre_approved = true\n", "")) == []
    assert open_questions(Library(tmp_path)) == {"gas_leak": "Whether doors stay open."}
    assert checked(question + shipped) == [
        "gas_leak/scenario.toml:1: what “needs_expert” is never “pre_approved”"
    ]
    assert open_questions(Library(tmp_path)) == {}
    assert "says what an expert must decide" in checked('needs_expert = ""\n' + shipped)[0]


def test_nothing_that_waits_for_an_expert_is_sent_by_one_person() -> None:
    waiting = {one.name for one in LIBRARY if one.needs_expert}
    assert waiting == open_questions(LIBRARY).keys()
    assert not waiting & {one.name for one in LIBRARY if one.pre_approved}


def test_every_scenario_is_there_with_all_its_files() -> None:
    assert len(LIBRARY.names()) == SCENARIOS
    for scenario in LIBRARY:
        assert {file for file, _ in scenario.texts} == set(text_files())
        assert set(scenario.channels) <= set(PROFILES)
        assert set(scenario.titles) == set(Language)


@pytest.mark.parametrize(
    ("file", "old", "new", "finding"),
    [
        pytest.param(
            "sms.toml",
            "{% if location %} Plaats: {{ location }}.{% endif %}",
            "",
            "gas_leak/sms.toml:3: [nl] lacks location, which another language has",
            id="a placeholder one language lacks",
        ),
        pytest.param(
            "sms.toml",
            "Plaats: {{ location }}.",
            "Plaats: {{ lokatie }}.",
            "gas_leak/sms.toml:3: [nl] “lokatie” is not declared",
            id="a placeholder nobody declared",
        ),
        pytest.param(
            "scenario.toml",
            "[values.location]",
            '[values.spare]\ntype = "text"\n\n[values.location]',
            "gas_leak/scenario.toml:1: “spare” is declared and never used",
            id="a placeholder nobody uses",
        ),
        pytest.param(
            "voice.toml",
            "de = '''",
            "xx = '''",
            "gas_leak/voice.toml:4: no language “xx”",
            id="a language nobody speaks",
        ),
        pytest.param(
            "voice.toml",
            "de = '''",
            "# '''",
            "gas_leak/voice.toml:1: [de] no text in “de” for voice, field “text”",
            id="a language without text",
        ),
        pytest.param(
            "scenario.toml",
            'nl = "Gaslek"',
            'nl = ""',
            "gas_leak/scenario.toml:1: [nl] no text in “nl” for the title",
            id="a title without text",
        ),
        pytest.param(
            "sms.toml",
            "GASLEK",
            "TODO GASLEK",
            "gas_leak/sms.toml:3: [nl] unfinished: “TODO”",
            id="an unfinished text",
        ),
        pytest.param(
            "email.toml",
            "Laat de deuren achter u open. ",
            "Zie https://example.com/x. ",
            "gas_leak/email.toml:28: [nl] a link to a site that is not allowed: https://exam",
            id="a foreign link",
        ),
        pytest.param(
            "sms.toml",
            "GASLEK",
            "GASLEK " * 20,
            "characters with the samples; 306 is the limit",
            id="a text message of three parts",
        ),
        pytest.param(
            "social.toml",
            "GASLEK",
            "GASLEK " * 30,
            "characters with the samples; 280 is the limit",
            id="a text too long",
        ),
        pytest.param(
            "scenario.toml",
            'sample.nl = "Sint-Martinuskerk"',
            'sample.nl = ""',
            "gas_leak/scenario.toml:1: [nl] no text in “nl” for the sample of “safe_direction”",
            id="a sample without words in a language",
        ),
        pytest.param(
            "press.toml",
            "{{ safe_direction }}",
            "{{ safe_direction|upper }}",
            "no filter “upper”",
            id="a filter nobody knows",
        ),
        pytest.param(
            "sms.toml", "{{ url }}", "{{ url", "gas_leak/sms.toml:2: [fr]", id="a broken text"
        ),
    ],
)
def test_the_check_finds(
    spoil: Callable[[str, str, str], list[str]], file: str, old: str, new: str, finding: str
) -> None:
    found = spoil(file, old, new)
    assert any(finding in one for one in found), found


def test_the_check_goes_on_after_a_scenario_it_cannot_read(tmp_path: Path) -> None:
    for name in ("gas_leak", "fire_smoke"):
        shutil.copytree(TEMPLATES / "scenarios" / name, tmp_path / name)
        (tmp_path / name / "sms.toml").write_text("[text", encoding="utf-8")
    findings = check_library(Library(tmp_path))
    assert [one.file for one in findings] == ["fire_smoke/sms.toml", "gas_leak/sms.toml"]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("abc", 3),
        ("é – ’", 5),
        ("🌊", 2),
        ("漢字", 4),
        ("https://a.example.org/a/very/long/path/indeed/it/is", 23),
        ("e\u0301", 1),
    ],
)
def test_length_is_counted_as_x_counts_it(text: str, length: int) -> None:
    assert weighted(text) == length


def test_the_same_text_is_approved_as_sent_whatever_the_working_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root = LIBRARY.root.resolve()
    monkeypatch.chdir(tmp_path)
    assert len(Library(root).names()) == SCENARIOS
