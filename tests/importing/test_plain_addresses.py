"""What the short way makes of a plain number or address is what the library makes of it."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.importing import email_addresses, phone_numbers
from alerting.importing.email_addresses import RefusedAddress
from alerting.importing.phone_numbers import DEFAULT_COUNTRIES, RefusedNumber

NUMBERS = st.from_regex(
    r"\A(?:\+32|0032|0|32|\(0\))?[ ./-]?4[0-9]{2}[ ./-]?(?:[ ./-]{0,2}[0-9]){5,7}\Z"
)
LABEL = st.from_regex(r"\A[A-Za-z0-9]{1,65}(?:-{1,2}[a-z0-9]{1,3})?\Z")
LOCAL = st.from_regex(r"\A[A-Za-z0-9]{1,66}(?:[._+'-]{1,2}[A-Za-z0-9]{1,9})?\Z")
LAST = st.sampled_from(
    ("be", "BE", "org", "museum", "test", "local", "arpa", "invalid", "onion", "b", "1", "e2")
)
ADDRESSES = st.builds(
    lambda local, labels, last: f"{local}@{'.'.join((*labels, last))}",
    LOCAL,
    st.lists(LABEL | st.sampled_from(("xn--bcher-kva", "ab--c", "example")), max_size=5),
    LAST,
)


def answer(read: Callable[[], str]) -> str:
    try:
        return read()
    except (RefusedNumber, RefusedAddress) as refused:
        return refused.reason


def number(typed: str, allowed: frozenset[str] = DEFAULT_COUNTRIES) -> str:
    return answer(lambda: phone_numbers.read_number(typed, allowed))


def number_by_library(typed: str, allowed: frozenset[str] = DEFAULT_COUNTRIES) -> str:
    return answer(lambda: phone_numbers._read_by_library(typed, allowed))


@settings(deadline=None)  # the names of countries are read when the first is refused
@given(NUMBERS, st.sampled_from((DEFAULT_COUNTRIES, frozenset({"FR"}))))
def test_a_plain_belgian_number_is_read_as_the_library_reads_it(
    typed: str, allowed: frozenset[str]
) -> None:
    assert number(typed, allowed) == number_by_library(typed, allowed)


@pytest.mark.parametrize("form", ["0{}123456", "+32{}000000", "0{} 99 99 99", "0{}/12.34.56"])
def test_every_beginning_of_a_mobile_number_is_read_as_the_library_reads_it(form: str) -> None:
    typed = [form.format(first) for first in range(400, 500)]
    assert list(map(number, typed)) == list(map(number_by_library, typed))


@given(st.text(alphabet="0123456789+ ()./-\u200e\u202f", max_size=20))
def test_what_lost_its_beginning_is_told_by_its_first_digit(typed: str) -> None:
    assert phone_numbers.lost_its_beginning(typed) == phone_numbers._is_bare(typed)


@given(ADDRESSES)
def test_a_plain_address_is_read_as_the_library_reads_it(typed: str) -> None:
    shortly = answer(lambda: email_addresses.read_address(typed))
    assert shortly == answer(lambda: email_addresses._read_by_library(typed))


def test_plain_ones_take_the_short_way() -> None:
    """Or the properties above would compare the library with itself."""
    for typed in ("0470123456", "0470 12 34 56", "+32470123456", "+32 470/12.34.56"):
        assert phone_numbers.PLAIN_MOBILE.fullmatch(typed)
    for typed in ("an.claes@example.org", "jean-luc_2@sub.ex-ample.be", "AN@Example.ORG"):
        assert email_addresses.PLAIN.fullmatch(typed)
