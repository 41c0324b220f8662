"""An hour typed without its day is the one meant, on both sides of midnight.

“00:10” for the next message, drafted at 23:55, was read as the morning before, and blocked.
"""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.actions.alerts import queries
from alerting.compose.values import Declaration, ValueKind, moment
from alerting.domain.belgian_time import BRUSSELS, Tense, local
from alerting.domain.finding import FindingSeverity
from alerting.domain.language import Language
from tests.desk import DETAILS, MILA, Desk
from tests.doubles import Clock

FUTURE, PAST = Tense.FUTURE, Tense.PAST


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2030, 1, day, hour, minute, tzinfo=BRUSSELS)


def read(typed: str, now: datetime, tense: Tense | None) -> datetime | None:
    found = moment(Declaration(name="x", kind=ValueKind.TIME, tense=tense), typed, now)
    assert isinstance(found, datetime | None)
    return found


@pytest.mark.parametrize(
    ("typed", "now", "tense", "meant"),
    [
        ("00:10", at(15, 23, 55), FUTURE, at(16, 0, 10)),
        ("8h00", at(15, 20), FUTURE, at(16, 8)),
        ("21:00", at(15, 20), FUTURE, at(15, 21)),
        ("12:30", at(15, 13), FUTURE, at(15, 12, 30)),
        ("23:50", at(16, 0, 10), PAST, at(15, 23, 50)),
        ("13:30", at(15, 13), PAST, at(15, 13, 30)),
        ("12:30", at(15, 13), PAST, at(15, 12, 30)),
        ("23:50", at(16, 0, 10), None, at(16, 23, 50)),
        ("2030-01-14T08:00", at(15, 13), FUTURE, at(14, 8)),
    ],
)
def test_a_detail_lies_where_its_scenario_says_that_it_must(
    typed: str, now: datetime, tense: Tense | None, meant: datetime
) -> None:
    assert read(typed, now, tense) == meant


@given(
    now=st.datetimes(datetime(2030, 1, 1), datetime(2030, 3, 1)),  # noqa: DTZ001
    ahead=st.integers(1, 17 * 60),
)
@settings(max_examples=60)
def test_an_hour_ahead_is_read_as_that_one(now: datetime, ahead: int) -> None:
    here = now.replace(second=0, microsecond=0, tzinfo=BRUSSELS)
    for tense, meant in (
        (FUTURE, here + timedelta(minutes=ahead)),
        (PAST, here - timedelta(minutes=ahead)),
    ):
        assert read(f"{meant:%H:%M}", here, tense) == meant


async def test_it_blocks_nothing_and_people_read_the_day(desk: Desk, clock: Clock) -> None:
    await desk.registers_a_few()
    clock.now = at(15, 23, 55)
    alert = await desk.drafts(values={**DETAILS, "next_update": "00:10"})
    text = alert.message("email", Language.FR)
    assert text is not None
    assert "0h10 (16 janvier)" in text.text
    preview = await queries.preview(desk.services, alert.id, by=MILA)
    assert not [one for one in preview.findings if one.severity is FindingSeverity.BLOCKS]
    assert local(clock.now).day == 15
    await desk.sends(await desk.approves(alert))
