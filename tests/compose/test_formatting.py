"""Times, dates, numbers and lists are written as each language writes them in Belgium."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest

from alerting.checks.facts import FactKind, facts_in
from alerting.compose import locale_formats
from alerting.compose.formatting import Formatter
from alerting.compose.jinja import Text
from alerting.domain import belgian_time
from alerting.domain.language import Language
from tests.compose.samples import DE, EN, FR, NL, PLACES

AFTERNOON = datetime(2026, 8, 1, 12, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "clock", "day", "number", "listing"),
    [
        pytest.param(FR, "14h05", "1er août 2026", "1\u202f234,5", "A, B et C", id="French"),
        pytest.param(NL, "14.05 uur", "1 augustus 2026", "1.234,5", "A, B en C", id="Dutch"),
        pytest.param(DE, "14:05 Uhr", "1. August 2026", "1.234,5", "A, B und C", id="German"),
        pytest.param(EN, "14:05", "1 August 2026", "1,234.5", "A, B and C", id="English"),
    ],
)
def test_a_language_has_its_own_writing(
    language: Language, clock: str, day: str, number: str, listing: str
) -> None:
    assert locale_formats.clock(AFTERNOON, language) == clock
    assert locale_formats.day(AFTERNOON, language) == day
    assert locale_formats.number(1234.5, language) == number
    assert locale_formats.join_list(["A", "B", "C"], language) == listing


@pytest.mark.parametrize(
    ("language", "other_day"),
    [
        (FR, "14h05 (1er août)"),
        (NL, "14.05 uur op 1 augustus"),
        (DE, "14:05 Uhr am 1. August"),
        (EN, "14:05 on 1 August"),
    ],
)
def test_a_time_names_its_day_only_where_that_is_not_today(
    language: Language, other_day: str
) -> None:
    clock = locale_formats.clock(AFTERNOON, language)
    assert locale_formats.when(AFTERNOON, language, today=date(2026, 8, 1)) == clock
    assert locale_formats.when(AFTERNOON, language, today=date(2026, 7, 31)) == other_day


@pytest.mark.parametrize(
    ("language", "other_day"),
    [
        (FR, "14h05 (3 sept.)"),
        (NL, "14.05 uur op 3 sept"),
        (DE, "14:05 Uhr (3. Sept.)"),
        (EN, "14:05 on 3 Sept"),
    ],
)
def test_months_are_cut_where_every_letter_counts(language: Language, other_day: str) -> None:
    moment = datetime(2026, 9, 3, 12, 5, tzinfo=UTC)
    assert locale_formats.when(moment, language, today=date(2026, 9, 1), short=True) == other_day


@pytest.mark.parametrize("language", Language)
def test_every_month_can_be_read_again_where_it_is_cut(language: Language) -> None:
    for month in range(1, 13):
        moment = datetime(2026, month, 3, 12, 5, tzinfo=UTC)
        text = locale_formats.when(moment, language, today=date(2027, 1, 1), short=True)
        kinds = {one.kind: one.value for one in facts_in(f"{text}.", language)}
        assert kinds[FactKind.DATE] == f"{month:02}-03", text
        assert set(kinds) == {FactKind.DATE, FactKind.TIME}, text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (FR, "2h30 (heure d'hiver, 25 octobre)"),
        (NL, "02.30 uur (wintertijd) op 25 oktober"),
        (DE, "02:30 Uhr (Winterzeit) am 25. Oktober"),
        (EN, "02:30 (winter time) on 25 October"),
    ],
)
def test_an_hour_that_comes_twice_has_its_day_too(language: Language, text: str) -> None:
    moment = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert locale_formats.when(moment, language, today=date(2026, 10, 24)) == text


PERIOD: Mapping[Language, str] = {
    FR: "De {{ onset }} à {{ expires }}.",
    NL: "Van {{ onset }} tot {{ expires }}.",
    DE: "Von {{ onset }} bis {{ expires }}.",
    EN: "From {{ onset }} to {{ expires }}.",
}
LATE_IN_THE_EVENING = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
AFTER_MIDNIGHT = datetime(2026, 11, 24, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "text", "short"),
    [
        (
            FR,
            "De 22h00 (23 novembre) à 2h05 (24 novembre).",
            "De 22h00 (23 nov.) à 2h05 (24 nov.).",
        ),
        (
            NL,
            "Van 22.00 uur op 23 november tot 02.05 uur op 24 november.",
            "Van 22.00 uur op 23 nov tot 02.05 uur op 24 nov.",
        ),
        (
            DE,
            "Von 22:00 Uhr am 23. November bis 02:05 Uhr am 24. November.",
            "Von 22:00 Uhr (23. Nov.) bis 02:05 Uhr (24. Nov.).",
        ),
        (
            EN,
            "From 22:00 on 23 November to 02:05 on 24 November.",
            "From 22:00 on 23 Nov to 02:05 on 24 Nov.",
        ),
    ],
)
@pytest.mark.parametrize("today", [23, 24], ids=["before midnight", "after midnight"])
def test_a_period_over_midnight_names_both_days(
    language: Language, text: str, short: str, today: int
) -> None:
    values = {"onset": LATE_IN_THE_EVENING, "expires": AFTER_MIDNIGHT}
    for is_short, expected in ((False, text), (True, short)):
        speech = Formatter(language, date(2026, 11, today), PLACES, short=is_short)
        assert Text(PERIOD[language], "a.toml", 1).render(speech, values) == expected


@pytest.mark.parametrize("language", Language)
def test_a_period_of_today_names_no_day(language: Language) -> None:
    values = {"onset": AFTERNOON, "expires": AFTERNOON}
    speech = Formatter(language, date(2026, 8, 1), PLACES)
    text = Text(PERIOD[language], "a.toml", 1).render(speech, values)
    assert text.count(locale_formats.clock(AFTERNOON, language)) == 2
    assert belgian_time.day_and_month(AFTERNOON, language) not in text


def test_the_beginning_alone_names_its_day_only_where_that_is_not_today() -> None:
    values = {"onset": LATE_IN_THE_EVENING, "expires": AFTER_MIDNIGHT}
    speech = Formatter(EN, date(2026, 11, 23), PLACES)
    assert Text("Around {{ onset }}.", "a.toml", 1).render(speech, values) == "Around 22:00."


def test_an_end_that_is_left_out_names_no_day() -> None:
    values = {"onset": LATE_IN_THE_EVENING, "expires": AFTER_MIDNIGHT, "over": ""}
    speech = Formatter(EN, date(2026, 11, 23), PLACES)
    source = "{% if over %}Until {{ expires }}{% else %}Since {{ onset }}{% endif %}"
    assert Text(source, "a.toml", 1).render(speech, values) == "Since 22:00"


def test_a_period_of_another_kind_names_both_days_too() -> None:
    values = {"opens": LATE_IN_THE_EVENING, "closes": AFTER_MIDNIGHT, "expires": AFTER_MIDNIGHT}
    speech = Formatter(EN, date(2026, 11, 23), PLACES)
    text = Text("{{ opens }} to {{ closes }}", "a.toml", 1).render(speech, values)
    assert text == "22:00 on 23 November to 02:05 on 24 November"


def test_the_day_is_the_belgian_day() -> None:
    late = datetime(2026, 7, 31, 22, 30, tzinfo=UTC)
    assert locale_formats.when(late, FR, today=date(2026, 8, 1)) == "0h30"
    assert locale_formats.day(late, NL) == "1 augustus 2026"


@pytest.mark.parametrize(
    ("moment", "clock"),
    [
        pytest.param(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2h30", id="before the hour goes"),
        pytest.param(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2h30", id="and once more"),
        pytest.param(datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "3h00", id="after the hour came"),
    ],
)
def test_clocks_follow_summer_time(moment: datetime, clock: str) -> None:
    assert locale_formats.clock(moment, FR) == clock


@pytest.mark.parametrize(
    ("language", "amount", "form"),
    [
        (FR, 0, "one"),
        (FR, 1, "one"),
        (FR, 1.5, "one"),
        (FR, 2, "other"),
        (FR, 1_000_000, "other"),
        (NL, 0, "other"),
        (NL, 1, "one"),
        (DE, 0, "other"),
        (EN, 1, "one"),
        (EN, 1.5, "other"),
    ],
)
def test_a_plural_is_the_one_of_the_language(language: Language, amount: float, form: str) -> None:
    assert locale_formats.plural(amount, language, {"one": "one", "other": "other"}) == form
