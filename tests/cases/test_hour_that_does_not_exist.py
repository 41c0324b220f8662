"""An hour that does not exist in Belgium, or comes twice, is asked about wherever it is typed.

A draft for 2027-03-28T02:30 was taken, and the letter said “02h30 le 28 mars”.
"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import FormData

from alerting.actions.alerts.compositions import CompositionContent
from alerting.compose.locale_formats import when
from alerting.compose.values import (
    Declaration,
    ReadValue,
    ValueKind,
    read_values,
    typed_words,
)
from alerting.domain.alert import FollowUp
from alerting.domain.belgian_time import BRUSSELS, instant
from alerting.domain.errors import BadRequest, BadValues
from alerting.domain.language import Language
from alerting.domain.text.i18n import Phrase
from alerting.i18n import translator_for
from alerting.web import delivery_filter
from alerting.web.console.alerts.scenario_form import content_from_form, fields
from tests.compose.samples import LIBRARY
from tests.desk import DETAILS, Desk
from tests.doubles import Clock
from tests.make import gazetteer

FR, NL, DE, EN = Language
NOON = datetime(2027, 3, 27, 12, tzinfo=UTC)
TIME = Declaration(name="next_update", kind=ValueKind.TIME)


def read(typed: str, now: datetime = NOON) -> datetime:
    reading = ReadValue(languages=(FR,), now=now, places=gazetteer(), hosts=frozenset())
    value = read_values("chem_shelter", [TIME], {"next_update": typed}, reading)
    moment = value[FR]["next_update"]
    assert isinstance(moment, datetime)
    return moment


def problem(typed: str, now: datetime = NOON) -> Phrase:
    with pytest.raises(BadValues) as refusal:
        read(typed, now)
    fields = refusal.value.facts["fields"]
    assert isinstance(fields, dict)
    found = fields["next_update"]
    assert isinstance(found, Phrase)  # told in the officer's language, too
    return found


def test_an_hour_that_does_not_exist_is_refused_with_the_next_that_does() -> None:
    assert str(problem("2027-03-28T02:30")) == (
        "02:30 does not exist in Belgium: the clocks go forward that night. The next time that "
        "exists is 03:00"
    )


def test_it_is_refused_without_its_day_on_that_very_night() -> None:
    just_before = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)
    assert "does not exist" in str(problem("02:30", just_before))
    assert "does not exist" in str(problem("2h30", just_before))


@pytest.mark.parametrize(
    ("typed", "utc"),
    [
        ("2027-10-31T02:30 earlier", datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
        ("2027-10-31T02:30 later", datetime(2027, 10, 31, 1, 30, tzinfo=UTC)),
        ("2027-10-31T02:30+02:00", datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
        ("2027-10-31T02:30+01:00", datetime(2027, 10, 31, 1, 30, tzinfo=UTC)),
        ("2027-10-31T03:30", datetime(2027, 10, 31, 2, 30, tzinfo=UTC)),
        ("2027-03-28T03:30 later", datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
    ],
)
def test_what_was_answered_is_taken(typed: str, utc: datetime) -> None:
    assert read(typed) == utc


def test_an_hour_that_comes_twice_is_asked_about_with_an_answer_to_copy() -> None:
    said = str(problem("2027-10-31T02:30"))
    assert "occurs twice" in said
    assert "“2027-10-31T02:30 later”" in said
    assert read("2027-10-31T02:30 later")


@given(typed=st.datetimes(datetime(2026, 1, 1), datetime(2035, 12, 31)))  # noqa: DTZ001
@settings(max_examples=60)
def test_a_detail_is_read_as_every_other_time_is(typed: datetime) -> None:
    written = typed.replace(second=0, microsecond=0)
    try:
        expected = instant(written)
    except BadRequest:
        assert problem(written.isoformat())
    else:
        assert read(written.isoformat()) == expected


@pytest.mark.parametrize("night", ["2027-03-28", "2027-10-31", "2028-03-26", "2026-10-25"])
def test_every_minute_of_such_a_night_is_asked_about(night: str) -> None:
    for minute in (0, 1, 29, 59):
        assert problem(f"{night}T02:{minute:02}")
    assert read(f"{night}T01:59")
    assert read(f"{night}T03:00")


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [
        (FR, "2h30 (heure d'été)", "2h30 (heure d'hiver)"),
        (NL, "02.30 uur (zomertijd)", "02.30 uur (wintertijd)"),
        (DE, "02:30 Uhr (Sommerzeit)", "02:30 Uhr (Winterzeit)"),
        (EN, "02:30 (summer time)", "02:30 (winter time)"),
    ],
)
def test_people_read_which_of_the_two_it_is(language: Language, first: str, second: str) -> None:
    today = datetime(2027, 10, 31, tzinfo=BRUSSELS).date()
    assert when(read("2027-10-31T02:30 earlier"), language, today=today) == first
    assert when(read("2027-10-31T02:30 later"), language, today=today) == second


def test_the_form_asks_which_and_keeps_the_answer() -> None:
    scenario = LIBRARY.scenario("chem_shelter")

    def typed(which: str) -> str:
        form = {"value.next_update": "2h30", "day.next_update": "2027-10-31"}
        made = content_from_form(
            scenario,
            FormData({**form, "which.next_update": which}),
            CompositionContent(scenario="x"),
        )
        said: str = made.values["next_update"]
        return said

    assert typed("") == "2027-10-31T02:30"
    assert typed("later") == "2027-10-31T02:30 later"
    for value, problems in (
        (typed(""), {"next_update": problem(typed(""))}),
        (typed("later"), {}),
    ):
        (field,) = (
            one
            for one in fields(
                scenario,
                CompositionContent(scenario="x", values={"next_update": value}),
                (FR,),
                problems,
                translator_for(FR),
            )
            if one.declared.name == "next_update"
        )
        assert (field.inputs[0].value, field.inputs[0].day) == ("02:30", "2027-10-31")
        assert field.inputs[0].twice


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (datetime(2030, 10, 27, 0, 30, tzinfo=UTC), "2h30 (heure d'été)"),
        (datetime(2030, 10, 27, 1, 30, tzinfo=UTC), "2h30 (heure d'hiver)"),
    ],
)
async def test_what_left_in_such_an_hour_can_be_taken_back(
    desk: Desk, clock: Clock, sent: datetime, said: str
) -> None:
    await desk.registers_a_few()
    clock.now = sent
    alert = await desk.issues(values={**DETAILS, "next_update": "08:00"})
    await desk.works()
    for later in (timedelta(minutes=5), timedelta(days=1)):
        clock.now = sent + later
        retraction = await desk.follows_up(alert, FollowUp.FALSE_ALERT)
        text = retraction.message("sms", FR)
        assert text is not None
        assert said.removesuffix(")") in text.text  # a day later the day follows
        if later < timedelta(hours=1):
            assert not typed_words(
                desk.services.composer.library.scenario("false_alert").values,
                {"prev_time": retraction.values["prev_time"]},
            )


def test_a_search_that_begins_or_ends_in_such_an_hour_holds_both() -> None:
    wanted = delivery_filter.delivery_filter_from(
        since="2027-10-31T02:30", until="2027-10-31T02:30"
    )
    assert wanted.since is not None
    assert wanted.until is not None
    assert wanted.since.astimezone(UTC) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert wanted.until.astimezone(UTC) == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
