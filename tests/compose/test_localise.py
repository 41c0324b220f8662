"""Times, dates, numbers and lists are written as each language writes them in Belgium."""

from datetime import UTC, date, datetime

import pytest

from alerting.compose import locale_formats
from alerting.domain.language import Language
from tests.compose.samples import DE, EN, FR, NL

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
        (FR, "14h05 le 1er août"),
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


def test_the_day_is_the_belgian_day() -> None:
    late = datetime(2026, 7, 31, 22, 30, tzinfo=UTC)
    assert locale_formats.when(late, FR, today=date(2026, 8, 1)) == "00h30"
    assert locale_formats.day(late, NL) == "1 augustus 2026"


@pytest.mark.parametrize(
    ("moment", "clock"),
    [
        pytest.param(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "02h30", id="before the hour goes"),
        pytest.param(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "02h30", id="and once more"),
        pytest.param(datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "03h00", id="after the hour came"),
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
