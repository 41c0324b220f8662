"""Details are typed once; all that is wrong with them is told at once, beside what is expected."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.compose.formatting import HtmlLink
from alerting.compose.values import (
    Declaration,
    Holds,
    ReadValue,
    ValueKind,
    _clock,
    _Unreadable,
    read_values,
)
from alerting.domain.belgian_time import BRUSSELS
from alerting.domain.errors import BadValues
from alerting.domain.language import Language
from alerting.domain.text.hidden import hidden
from alerting.i18n import translator_for
from tests.compose.samples import FR, NL, NOW, PLACES

READING = ReadValue((FR, NL), NOW, PLACES, frozenset({"example.org"}))


def read(
    kind: ValueKind, raw: object, *, required: bool = True, holds: Holds = Holds.NAME
) -> Mapping[Language, object]:
    choices = {"red": {FR: "rouge", NL: "rood"}} if kind is ValueKind.CHOICE else {}
    one = Declaration(name="x", kind=kind, required=required, choices=choices, holds=holds)
    values = read_values("flood", [one], {} if raw is None else {"x": raw}, READING)
    return {language: values[language]["x"] for language in (FR, NL)}


def problem(kind: ValueKind, raw: object) -> str:
    with pytest.raises(BadValues) as caught:
        read(kind, raw)
    return str(caught.value.facts["problems"])


@pytest.mark.parametrize(
    ("kind", "raw", "french", "dutch"),
    [
        pytest.param(ValueKind.TEXT, "quai 12", "quai 12", "quai 12", id="one name for all"),
        pytest.param(ValueKind.TEXT, {"fr": "quai", "nl": "kaai"}, "quai", "kaai", id="one each"),
        pytest.param(ValueKind.TEXT, "quai 12.", "quai 12", "quai 12", id="without its full stop"),
        pytest.param(ValueKind.TEXT, "  a \t b ", "a b", "a b", id="spaces tidied"),
        pytest.param(ValueKind.TEXT, ["N61", "E42"], ("N61", "E42"), ("N61", "E42"), id="a list"),
        pytest.param(ValueKind.PLACE, "Luik", "Liège", "Luik", id="a place has its names"),
        pytest.param(ValueKind.NUMBER, 3, Decimal(3), Decimal(3), id="a number"),
        pytest.param(ValueKind.NUMBER, "2,5", Decimal("2.5"), Decimal("2.5"), id="a decimal comma"),
        pytest.param(
            ValueKind.DATE, "2026-12-01", date(2026, 12, 1), date(2026, 12, 1), id="a date"
        ),
        pytest.param(
            ValueKind.PHONE, "+3242220000", "04 222 00 00", "04 222 00 00", id="a telephone"
        ),
        pytest.param(ValueKind.PHONE, "1771", "1771", "1771", id="a short number"),
        pytest.param(ValueKind.PHONE, "116000", "116 000", "116 000", id="a European number"),
        pytest.param(
            ValueKind.PHONE,
            "070245245",
            "070 245 245",
            "070 245 245",
            id="a number known in threes",
        ),
        pytest.param(
            ValueKind.URL,
            "https://www.example.org/a?b=1",
            HtmlLink("https://www.example.org/a?b=1"),
            HtmlLink("https://www.example.org/a?b=1"),
            id="a link to our own site",
        ),
        pytest.param(ValueKind.CHOICE, "red", "rouge", "rood", id="a choice"),
    ],
)
def test_a_value_is_read_in_each_language(
    kind: ValueKind, raw: object, french: object, dutch: object
) -> None:
    assert read(kind, raw) == {FR: french, NL: dutch}


@pytest.mark.parametrize(
    "typed",
    ["16:30", "16h30", "16.30", "16u30", "16.30 Uhr", "16.30 uur", "2026-11-23T16:30", NOW],
)
def test_a_time_is_a_moment_on_belgian_clocks(typed: object) -> None:
    moment = read(ValueKind.TIME, typed)[FR]
    assert isinstance(moment, datetime)
    expected = NOW if typed is NOW else datetime(2026, 11, 23, 16, 30, tzinfo=BRUSSELS)
    assert moment == expected


@pytest.mark.parametrize(
    ("kind", "raw", "reason"),
    [
        pytest.param(ValueKind.TEXT, None, "missing", id="missing"),
        pytest.param(ValueKind.TEXT, "", "missing", id="empty"),
        pytest.param(ValueKind.NUMBER, {"fr": "1"}, "no text in: nl", id="a language without one"),
        pytest.param(ValueKind.TEXT, {"fr": "a", "es": "b"}, "no language “es”", id="a language"),
        pytest.param(ValueKind.TEXT, 3, "not a text", id="not a text"),
        pytest.param(ValueKind.TEXT, "a\u202eb", "RIGHT-TO-LEFT OVERRIDE", id="right to left"),
        pytest.param(ValueKind.TEXT, "a\u200bb", "ZERO WIDTH SPACE", id="zero width"),
        pytest.param(
            ValueKind.TEXT, "a\r\nBcc: b@example.org", "more than one line", id="a header"
        ),
        pytest.param(ValueKind.TEXT, "x" * 301, "longer than", id="too long"),
        pytest.param(ValueKind.PLACE, "Nulle-Part", "no place", id="no such place"),
        pytest.param(ValueKind.TIME, "26:00", "not a time", id="no such time"),
        pytest.param(ValueKind.TIME, "soon", "not a time", id="not a time"),
        pytest.param(ValueKind.DATE, "1/12/2026", "not a date", id="not a date"),
        pytest.param(ValueKind.NUMBER, "many", "not a number", id="not a number"),
        pytest.param(ValueKind.NUMBER, True, "not a number", id="yes is no number"),
        pytest.param(ValueKind.NUMBER, "nan", "not a number", id="nor is nan"),
        pytest.param(ValueKind.PHONE, "12345", "not a valid telephone", id="no such telephone"),
        pytest.param(ValueKind.URL, "http://example.org", "https", id="not encrypted"),
        pytest.param(ValueKind.URL, "https://example.org@evil.test", "plain", id="a disguise"),
        pytest.param(
            ValueKind.URL, "https://bit.ly/x", "not one of our sites", id="a foreign site"
        ),
        pytest.param(ValueKind.URL, "https://evilexample.org", "not one of our", id="a look-alike"),
        pytest.param(ValueKind.CHOICE, "blue", "choose one of: red", id="no such choice"),
    ],
)
def test_what_cannot_be_read_is_said(kind: ValueKind, raw: object, reason: str) -> None:
    assert reason in problem(kind, raw)


def test_all_problems_are_told_at_once_with_what_is_expected() -> None:
    declared = [
        Declaration(name="onset", kind=ValueKind.TIME),
        Declaration(name="place", kind=ValueKind.TEXT),
        Declaration(name="note", kind=ValueKind.TEXT, required=False),
    ]
    given_values = {"onset": "soon", "river": "Vesdre", "area": "Liège"}
    with pytest.raises(BadValues) as caught:
        read_values("flood", declared, given_values, READING)
    facts = caught.value.facts
    assert str(facts["problems"]) == (
        "“river”: not used by this scenario; “area”: filled in automatically; "
        "“onset”: not a time such as 16:30 or 2026-11-23T16:30; “place”: missing"
    )
    assert str(facts["expected"]) == (
        "“onset” (time, 16:30); “place” (words in each language); "
        "“note” (words in each language, may be left out)"
    )
    assert translator_for(NL).error(caught.value) == (
        "De gegevens voor “flood” zijn ongeldig: “river”: niet gebruikt door dit scenario; "
        "“area”: wordt automatisch ingevuld; “onset”: geen tijdstip zoals 16:30 of "
        "2026-11-23T16:30; “place”: ontbreekt. Verwacht: “onset” (tijdstip, 16:30); “place” "
        "(woorden in elke taal); “note” (woorden in elke taal, mag wegblijven)."
    )


def words(raw: object, *, required: bool = True) -> Mapping[Language, object]:
    return read(ValueKind.TEXT, raw, required=required, holds=Holds.WORDS)


def test_words_of_one_language_never_stand_in_another() -> None:
    assert words({"fr": "fuite"}) == {FR: "fuite", NL: "[NL? x]"}
    assert words({"nl": "lek", "fr": ""}) == {FR: "[FR? x]", NL: "lek"}
    assert words({"fr": ["a", "b"]}) == {FR: ("a", "b"), NL: ("[NL? x]",)}


@pytest.mark.parametrize("raw", [{}, {"fr": ""}, {"fr": "", "nl": ""}, {"de": "Leck"}])
def test_words_of_no_language_of_the_alert_are_missing(raw: object) -> None:
    with pytest.raises(BadValues, match="“x”: missing"):
        words(raw)


def test_optional_words_of_no_language_are_left_out() -> None:
    assert words({"fr": "", "nl": ""}, required=False) == {FR: "", NL: ""}


def test_one_string_for_words_is_refused_where_there_are_two_languages() -> None:
    with pytest.raises(BadValues, match=r"write x\.fr, x\.nl"):
        words("fuite")
    one = Declaration(name="x", kind=ValueKind.TEXT)
    french = ReadValue((FR,), NOW, PLACES, frozenset())
    assert read_values("flood", [one], {"x": "fuite"}, french) == {FR: {"x": "fuite"}}


def test_a_choice_without_words_in_a_language_leaves_its_mark() -> None:
    one = Declaration(name="x", kind=ValueKind.TEXT, choices={"hall": {FR: "hall des sports"}})
    values = read_values("flood", [one], {"x": "hall"}, READING)
    assert values == {FR: {"x": "hall des sports"}, NL: {"x": "[NL? x]"}}


@pytest.mark.parametrize("kind", ValueKind)
def test_an_optional_value_left_out_is_empty(kind: ValueKind) -> None:
    assert read(kind, None, required=False) == {FR: "", NL: ""}


@given(st.text(max_size=320))
def test_a_text_that_is_read_is_one_visible_line(raw: str) -> None:
    try:
        text = str(read(ValueKind.TEXT, raw)[FR])
    except BadValues:
        return
    assert text == " ".join(text.split())
    assert not list(hidden(text))


@pytest.mark.parametrize("typed", ["16h", "16 h", "16u", "16 uur", "16 Uhr", "16 heures", "16 UHR"])
def test_a_full_hour_needs_no_minutes(typed: str) -> None:
    now = datetime(2030, 1, 15, 9, 0, tzinfo=BRUSSELS)
    assert _clock(typed, now, None) == datetime(2030, 1, 15, 16, 0, tzinfo=BRUSSELS)


@pytest.mark.parametrize("typed", ["16", "25h", "16h75", "16:3", "16 m"])
def test_what_is_no_hour_is_refused(typed: str) -> None:
    with pytest.raises(_Unreadable):
        _clock(typed, datetime(2030, 1, 15, 9, 0, tzinfo=BRUSSELS), None)
