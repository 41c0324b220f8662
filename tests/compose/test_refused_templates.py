"""A template that could do harm or go wrong is refused: with its file, its line and the reason."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.compose.formatting import FILTERS, Formatter
from alerting.compose.jinja import LARGEST, Text
from alerting.compose.scenarios import Library
from alerting.domain.channel_profiles import EMAIL
from alerting.domain.errors import BadTemplate, UnknownScenario
from alerting.domain.language import Language
from tests.compose.samples import NOW, PLACES

SPEECH = Formatter(Language.FR, date(2026, 11, 23), PLACES)
VALUES = {"area": "Liège", "n": 3, "onset": NOW, "roads": ("N61", "E42")}

HEAD = """event = "flood"
category = "Met"
urgency = "Immediate"
severity = "Severe"
certainty = "Observed"
response = "Evacuate"
channels = ["sms"]
validity = "4h"

[title]
fr = "Inondation"
"""


def refusal(source: str, *, one_line: bool = False) -> BadTemplate:
    with pytest.raises(BadTemplate) as caught:
        Text(source, "flood/sms.toml", 7, one_line).render(SPEECH, VALUES)
    return caught.value


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        pytest.param("a\n{{ area }", 8, "unexpected '}'", id="an open brace"),
        pytest.param("{% if n %}a", 7, "endif", id="an open if"),
        pytest.param("a\nb\n{{ area|upper }}", 9, "no filter “upper”", id="an unknown filter"),
        pytest.param("{{ area|attr('x') }}", 7, "no filter “attr”", id="a filter that reaches in"),
        pytest.param("\n\n{{ nothing }}", 9, "'nothing' is undefined", id="a name nobody gave"),
        pytest.param("{{ ().__class__ }}", 7, "not allowed", id="the way into Python"),
        pytest.param("{{ area.__class__.__mro__ }}", 7, "“Getattr” is not allowed", id="attribute"),
        pytest.param("{{ area['x'] }}", 7, "“Getitem” is not allowed", id="an item"),
        pytest.param("{{ area() }}", 7, "“Call” is not allowed", id="a call"),
        pytest.param("a\n{% for x in n %}{% endfor %}", 8, "“For” is not allowed", id="a loop"),
        pytest.param("{{ 'a' * 1000000000 }}", 7, "“Mul” is not allowed", id="arithmetic"),
        pytest.param("{% include '/etc/passwd' %}", 7, "not allowed", id="another file"),
        pytest.param("{% set area = 1 %}", 7, "not allowed", id="an assignment"),
        pytest.param("{{ _speech }}", 7, "cannot be called “_speech”", id="our own insides"),
        pytest.param("{{ self }}", 7, "cannot be called “self”", id="the template itself"),
        pytest.param(
            "{{ area|date }}", 7, "for date, not for “Liège”", id="a date filter on a text"
        ),
        pytest.param("a\nb\u202ec", 8, "RIGHT-TO-LEFT OVERRIDE", id="right to left"),
        pytest.param("a\u200bb", 7, "ZERO WIDTH SPACE", id="zero width"),
        pytest.param("a\n\n\x07", 9, "control character", id="a control character"),
        pytest.param("x" * (LARGEST + 1), 7, "longer than", id="a megabyte"),
    ],
)
def test_a_harmful_text_is_refused_with_its_line(source: str, line: int, reason: str) -> None:
    facts = refusal(source).facts
    assert (facts["file"], facts["line"]) == ("flood/sms.toml", line)
    assert reason in str(facts["reason"])


@pytest.mark.parametrize(
    "source",
    [
        "{{ " + "(" * 3000 + "area" + ")" * 3000 + " }}",
        "{{ " + "not " * 4000 + "area }}",
        "{% if area %}" * 300 + "{% endif %}" * 300,
        "{{ area" + "|place" * 2000 + " }}",
        "{{ 1 " + "< 2 " * 4000 + " }}",
        "{{ 1 < 2 }}",
        "{%" * 9000,
        "{{" * 9000,
        "{#" * 9000,
    ],
)
def test_no_depth_and_no_sum_breaks_more_than_the_text(source: str) -> None:
    refusal(source)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_subject_cannot_bring_a_header_along(ending: str) -> None:
    source = f"Alerte{ending}Bcc: everyone@example.org"
    assert refusal(source, one_line=True).facts["line"] == 7


def test_only_the_listed_filters_are_known() -> None:
    assert set(FILTERS) == {"date", "time", "number", "list", "place", "plural"}


def test_every_listed_filter_works() -> None:
    source = (
        "{{ onset|date }}, {{ onset|time }}, {{ n|number }}, {{ roads|list }}, "
        '{{ "62063"|place }}, {{ n }} {{ n|plural(one="minute", other="minutes") }}'
    )
    words = Text(source, "f", 1).render(SPEECH, VALUES)
    assert words == "23 novembre 2026, 14h05, 3, N61 et E42, Liège, 3 minutes"


@given(st.text(alphabet="{}%|().'_ aréz0[]+*-\n", max_size=60))
def test_whatever_is_written_either_renders_or_is_refused(source: str) -> None:
    line = 1
    try:
        assert isinstance(Text(source, "f", 1).render(SPEECH, VALUES), str)
    except BadTemplate as refused:
        line = int(str(refused.facts["line"]))
    assert 1 <= line <= source.count("\n") + 1


@given(st.text(max_size=80))
def test_a_value_is_never_read_as_a_template(value: str) -> None:
    words = Text("{{ area }}", "f", 1).render(SPEECH, {"area": "{{ n }}" + value + "|"})
    assert words.startswith("{{ n }}")


@pytest.mark.parametrize(
    ("file", "content", "line", "reason"),
    [
        pytest.param("sms.toml", "[text]\nfr = 'a\n", 2, "", id="not TOML"),
        pytest.param("sms.toml", b"[text]\nfr = '\xff'\n", 2, "UTF-8", id="not UTF-8"),
        pytest.param("sms.toml", "[text]\nfr = 'a'\n\n[txet]\nfr = 'a'\n", 4, "txet", id="a part"),
        pytest.param("sms.toml", "[text]\nfr = 'a'\nes = 'a'\n", 3, "“es”", id="a language"),
        pytest.param("sms.toml", "[text]\nfr = 3\n", 2, "not a text", id="not a text"),
        pytest.param("sms.toml", "x" * 1_000_001, 1, "400 kB", id="a huge file"),
        pytest.param(
            "scenario.toml", HEAD.replace('"4h"', '"soon"'), 8, "validity", id="a validity"
        ),
        pytest.param(
            "scenario.toml", HEAD.replace('"Met"', '"Rain"'), 2, "must be one of", id="a category"
        ),
        pytest.param(
            "scenario.toml", HEAD.replace("channels", "chanels"), 7, "chanels", id="a key"
        ),
        pytest.param("scenario.toml", f"{HEAD}[values.area]\ntype='text'\n", 12, "area", id="area"),
        pytest.param("scenario.toml", f"{HEAD}[values.a]\ntype='x'\n", 12, "a type", id="a type"),
        pytest.param(
            "scenario.toml", f"{HEAD}[values.a]\ntype='choice'\n", 12, "choices", id="no choices"
        ),
    ],
)
def test_a_bad_file_is_refused_with_its_line(
    tmp_path: Path, file: str, content: str | bytes, line: int, reason: str
) -> None:
    folder = tmp_path / "flood"
    folder.mkdir()
    (folder / "scenario.toml").write_text(HEAD, encoding="utf-8")
    written = content if isinstance(content, bytes) else content.encode()
    (folder / file).write_bytes(written)
    with pytest.raises(BadTemplate) as caught:
        Library(tmp_path).scenario("flood")
    assert caught.value.facts["file"] == f"flood/{file}"
    assert caught.value.facts["line"] == line
    assert reason in str(caught.value.facts["reason"])


def test_the_line_is_that_of_the_word_in_a_long_text(tmp_path: Path) -> None:
    folder = tmp_path / "flood"
    folder.mkdir()
    (folder / "scenario.toml").write_text(HEAD, encoding="utf-8")
    body = "[subject]\nfr = 'a'\n\n[body]\nnl = 'b'\nfr = '''\nun\ndeux\n{{ rien }}\n'''\n"
    (folder / "email.toml").write_text(body, encoding="utf-8")
    text = Library(tmp_path).scenario("flood").text(EMAIL, EMAIL.parts.index("body"), Language.FR)
    assert text is not None
    with pytest.raises(BadTemplate) as caught:
        text.render(SPEECH, {})
    assert caught.value.facts["line"] == 9


@pytest.mark.parametrize("name", ["", "../layouts", "chem_shelter/../test", "nothing"])
def test_a_scenario_is_a_name_and_never_a_path(name: str) -> None:
    with pytest.raises(UnknownScenario):
        Library(Path("templates/scenarios")).scenario(name)
