"""A time typed on a Belgian clock is one moment, or the officer is told why it is none or two."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.domain.belgian_time import BRUSSELS, Which, instant
from alerting.domain.errors import BadRequest


@pytest.mark.parametrize(
    ("typed", "utc"),
    [
        pytest.param("2030-01-15T12:00", "2030-01-15T11:00", id="winter"),
        pytest.param("2030-07-15T12:00", "2030-07-15T10:00", id="summer"),
        pytest.param("2030-03-31T01:59", "2030-03-31T00:59", id="before the clock goes forward"),
        pytest.param("2030-03-31T03:00", "2030-03-31T01:00", id="after it went forward"),
        pytest.param("2030-10-27T01:59", "2030-10-26T23:59", id="before the hour comes twice"),
        pytest.param("2030-10-27T03:00", "2030-10-27T02:00", id="after it came twice"),
    ],
)
def test_an_ordinary_time_is_one_moment(typed: str, utc: str) -> None:
    assert instant(datetime.fromisoformat(typed)) == datetime.fromisoformat(f"{utc}Z")


@pytest.mark.parametrize("typed", ["2030-03-31T02:00", "2030-03-31T02:30", "2030-03-31T02:59"])
def test_an_hour_that_does_not_exist_is_refused_with_the_next_that_does(typed: str) -> None:
    with pytest.raises(BadRequest, match=r"does not exist.*The next time that exists is 03:00"):
        instant(datetime.fromisoformat(typed))


def test_an_hour_that_comes_twice_asks_which() -> None:
    typed = datetime.fromisoformat("2030-10-27T02:30")
    with pytest.raises(BadRequest, match="occurs twice"):
        instant(typed)
    assert instant(typed, Which.EARLIER) == datetime(2030, 10, 27, 0, 30, tzinfo=UTC)
    assert instant(typed, Which.LATER) == datetime(2030, 10, 27, 1, 30, tzinfo=UTC)


def test_a_time_with_a_zone_means_what_it_says() -> None:
    typed = datetime(2030, 3, 31, 2, 30, tzinfo=timezone(timedelta(hours=1)))
    assert instant(typed) == datetime(2030, 3, 31, 1, 30, tzinfo=UTC)


FIRST, LAST = datetime(2000, 1, 1), datetime(2037, 12, 31)  # noqa: DTZ001  as Hypothesis wants them


@given(st.datetimes(FIRST, LAST, timezones=st.just(UTC)))
def test_every_moment_can_be_typed_and_is_found_again(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    typed = moment.astimezone(BRUSSELS).replace(tzinfo=None)
    assert moment in {instant(typed, which) for which in Which}
