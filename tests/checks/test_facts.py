"""A particular means the same in every language, however the language writes it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.checks.facts import FactKind, facts_in, list_items
from alerting.domain.language import Language

FR, NL, DE, EN = Language


def read(text: str, language: Language = FR) -> list[tuple[str, str]]:
    return [(one.kind.value, one.value) for one in facts_in(text, language)]


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        pytest.param("à 14h05", FR, ["time 14:05"], id="French"),
        pytest.param("à Limbourg (4830) à 2h", FR, ["time 2"], id="a postal code is no number"),
        pytest.param("Arzt (1733)", DE, ["phone 1733"], id="a short number is no postal code"),
        pytest.param("(4830) mètres", FR, ["number 4830"], id="a number in brackets is one"),
        pytest.param("à 14 h 05", FR, ["time 14:05"], id="French with spaces"),
        pytest.param("à 14\u00a0heures\u00a005", FR, ["time 14:05"], id="French in full"),
        pytest.param("om 14.05 uur", NL, ["time 14:05"], id="Dutch"),
        pytest.param("om 14u05", NL, ["time 14:05"], id="Dutch, short"),
        pytest.param("om 14.05.", NL, ["time 14:05"], id="Dutch without its hour"),
        pytest.param("um 14:05 Uhr", DE, ["time 14:05"], id="German"),
        pytest.param("um 14.05 Uhr", DE, ["time 14:05"], id="German with a point"),
        pytest.param("at 14:05: fire", EN, ["time 14:05"], id="English"),
        pytest.param("at 2:05 pm", EN, ["time 14:05"], id="English by halves"),
        pytest.param("at 12.30 a.m.", EN, ["time 0:30"], id="just after midnight"),
        pytest.param("de 11h à 20h", FR, ["time 11", "time 20"], id="from and to"),
        pytest.param("van 11 tot 20 uur", NL, ["time 11", "time 20"], id="one hour for two"),
        pytest.param(
            "von 11 bis 20.30 Uhr", DE, ["time 11", "time 20:30"], id="the same in German"
        ),
        pytest.param("11:00 to 20:00", EN, ["time 11", "time 20"], id="full hours are bare"),
        pytest.param("gedurende 2 uur", NL, ["time 2"], id="a while"),
        pytest.param("for 2 hours", EN, ["number 2"], id="the same while in English"),
        pytest.param("22 novembre 2026", FR, ["date 11-22", "number 2026"], id="French date"),
        pytest.param("le 1er mars", FR, ["date 03-01"], id="the first"),
        pytest.param("22/11/2026", FR, ["date 11-22", "number 2026"], id="in digits"),
        pytest.param("22.11.26", DE, ["date 11-22", "number 2026"], id="in few digits"),
        pytest.param("2026-11-22", EN, ["date 11-22", "number 2026"], id="ISO 8601"),
        pytest.param("November 22, 2026", EN, ["date 11-22", "number 2026"], id="month first"),
        pytest.param("am 22. November", DE, ["date 11-22"], id="German date"),
        pytest.param("lundi, Straße", FR, ["date day 0"], id="a day of the week"),
        pytest.param("20 may be closed", EN, ["number 20"], id="may is no month here"),
        pytest.param("02:05 op 24 november", NL, ["time 2:05", "date 11-24"], id="both"),
        pytest.param("+32 2 123 45 67", FR, ["phone 021234567"], id="a number with its country"),
        pytest.param("02/123.45.67", FR, ["phone 021234567"], id="the same without"),
        pytest.param("+31 20 123 45 67", NL, ["phone 0031201234567"], id="a foreign number"),
        pytest.param("070 245 245", FR, ["phone 070245245"], id="in threes"),
        pytest.param("le 112 ou le 1771", FR, ["phone 112", "phone 1771"], id="short numbers"),
        pytest.param("10 000", FR, ["number 10000"], id="thousands in French"),
        pytest.param("10\u202f000", FR, ["number 10000"], id="with a narrow space"),
        pytest.param("1.234,50", NL, ["number 1234.5"], id="thousands in Dutch"),
        pytest.param("1,234.5", EN, ["number 1234.5"], id="thousands in English"),
        pytest.param("1,5 m", FR, ["number 1.5"], id="a part"),
        pytest.param("1 m 30", FR, ["number 1.3"], id="a person's height"),
        pytest.param("N61, E40", FR, ["number N61", "number E40"], id="roads"),
        pytest.param("Radio 1, BRF2", DE, [], id="stations are names"),
        pytest.param("HELP112", EN, ["phone 112"], id="a number behind a word"),
        pytest.param("https://be-alert.be/fr/x.", FR, ["link be-alert.be/*/x"], id="a link"),
        pytest.param("www.be-alert.be/nl/x/", NL, ["link be-alert.be/*/x"], id="bare, in Dutch"),
        pytest.param("https://a.test/2026/11", EN, ["link a.test/2026/11"], id="digits in a link"),
        pytest.param("1. Go\n2. Stay", EN, [], id="numbers of a list"),
        pytest.param("", FR, [], id="nothing"),
    ],
)
def test_a_particular_is_read(text: str, language: Language, found: list[str]) -> None:
    assert [" ".join(one) for one in read(text, language)] == found


CLOCKS = {
    FR: ("{0:02}h{1:02}", "{0} h {1:02}", "{0:02} heures {1:02}", "{0:02}:{1:02}"),
    NL: ("{0:02}.{1:02} uur", "{0}u{1:02}", "{0:02}:{1:02} uur"),
    DE: ("{0:02}:{1:02} Uhr", "{0}.{1:02} Uhr"),
    EN: ("{0:02}:{1:02}", "{0}:{1:02}"),
}


@given(st.integers(0, 23), st.integers(0, 59))
def test_every_time_reads_alike_in_every_notation(hour: int, minute: int) -> None:
    values = {
        one.value
        for language, forms in CLOCKS.items()
        for form in forms
        for one in facts_in(f"x {form.format(hour, minute)}, y", language)
    }
    assert values == {f"{hour}:{minute:02}" if minute else str(hour)}


MONTHS = {
    FR: "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    NL: "januari februari maart april mei juni juli augustus september oktober november december",
    DE: "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    EN: "January February March April May June July August September October November December",
}


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_every_date_reads_alike_in_every_language(day: date) -> None:
    for language, months in MONTHS.items():
        point = "." if language is DE else ""
        words = f"x {day.day}{point} {months.split()[day.month - 1]} {day.year}"
        assert read(words, language) == read(f"x {day:%d/%m/%Y}", FR)


@given(st.text(max_size=300), st.sampled_from(Language))
def test_what_is_found_stands_where_it_says(text: str, language: Language) -> None:
    for one in facts_in(text, language):
        assert text[one.start : one.end] == one.shown


@given(st.integers(0, 999), st.sampled_from(Language))
def test_a_number_anywhere_is_found(number: int, language: Language) -> None:
    assert str(number) in {one.value for one in facts_in(f"abc {number}, xyz", language)}


def test_items_of_a_list_are_counted() -> None:
    assert list_items("Voici :\n1. a\n2) b\n- c\n• d\n3 rues") == 4


def test_a_link_is_a_link_whatever_is_in_it() -> None:
    assert {one.kind for one in facts_in("https://a.be/14h05?tel=021234567", FR)} == {FactKind.LINK}
