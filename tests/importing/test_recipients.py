"""A file is read whatever spreadsheet wrote it; every fault is named by row and column."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.domain.errors import BadRequest
from alerting.domain.language import Language
from alerting.domain.recipient import RecipientKind
from alerting.i18n import translator_for
from alerting.importing.csv_table import harmless
from tests.importing.reading import read
from tests.make import EUPEN, LIEGE

HEADER = "reference;name;language;municipality;phone;email\n"
GOOD = "1;Amélie Dubois;fr;Liège;0470 12 34 56;amelie@example.org\n"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param((HEADER + GOOD).encode(), id="utf-8"),
        pytest.param((HEADER + GOOD).encode("utf-8-sig"), id="utf-8 with its mark"),
        pytest.param((HEADER + GOOD).encode("utf-16"), id="utf-16"),
        pytest.param((HEADER + GOOD).encode("cp1252"), id="as Excel saves it"),
        pytest.param((HEADER + GOOD).replace(";", ",").encode(), id="commas"),
        pytest.param((HEADER + GOOD).replace(";", "\t").encode(), id="tabs"),
        pytest.param((HEADER + GOOD).replace("\n", "\r\n").encode(), id="windows line ends"),
        pytest.param(
            ("Référence;Nom;Langue;Commune;GSM;Courriel\n" + GOOD).encode(), id="french header"
        ),
        pytest.param(
            ("referentie;naam;taal;gemeente;gsm;e-mail\n" + GOOD).encode(), id="dutch header"
        ),
    ],
)
def test_a_good_file_is_read_whatever_its_form(data: bytes) -> None:
    (person,) = read(data).people
    assert (person.name, person.nis_code) == ("Amélie Dubois", LIEGE)
    assert (person.language, person.phone) == (Language.FR, "+32470123456")


@pytest.mark.parametrize(
    ("row", "column"),
    [
        pytest.param("1;A;it;Liège;0470123456;", "language", id="language we do not speak"),
        pytest.param("1;A;fr;Atlantis;0470123456;", "municipality", id="unknown municipality"),
        pytest.param("1;A;fr;;0470123456;", "municipality", id="no municipality"),
        pytest.param("1;A;fr;province de Liège;0470123456;", "municipality", id="a whole province"),
        pytest.param("1;A;fr;Liège;0470;", "phone", id="half a number"),
        pytest.param("1;A;fr;Liège;;not an address", "email", id="no address"),
        pytest.param("1;A;fr;Liège;;a@b", "email", id="no domain"),
        pytest.param("1;A;fr;Liège;;<a@example.org>", "email", id="brackets"),
        pytest.param("1;A;fr;Liège;;a..b@example.org", "email", id="two dots"),
        pytest.param("1;A;fr;Liège;;", "phone", id="nothing to reach them by"),
        pytest.param("1;A\x07;fr;Liège;0470123456;", "name", id="a bell in a name"),
    ],
)
def test_a_bad_field_is_named_by_row_and_column(row: str, column: str) -> None:
    intake = read(HEADER + GOOD + row + "\n")
    (fault,) = intake.faults
    assert (fault.row, fault.column) == (3, column)
    assert len(intake.people) == 1
    assert row.split(";")[1].strip("\x07") in intake.rejected_file(translator_for(Language.NL))


def test_the_same_reference_twice_names_the_earlier_row() -> None:
    (fault,) = read(HEADER + GOOD + GOOD).faults
    assert (fault.row, fault.column) == (3, "reference")
    assert fault.reason.format(**fault.facts) == "the same as row 2"


def test_a_family_may_share_a_phone() -> None:
    intake = read(
        HEADER
        + "1;A;fr;Liège;0470123456;a@example.org\n"
        + "2;B;fr;Liège;0470123456;b@example.org\n"
    )
    assert len(intake.people) == 2


@pytest.mark.parametrize(
    ("written", "nis_code"),
    [("Lüttich", LIEGE), ("luik", LIEGE), ("4000", LIEGE), ("62063", LIEGE), ("eupen", EUPEN)],
)
def test_a_municipality_is_found_by_any_of_its_names(written: str, nis_code: str) -> None:
    (person,) = read(HEADER + f"1;A;fr;{written};0470123456;\n").people
    assert person.nis_code == nis_code


def test_an_old_code_leads_to_its_successor() -> None:
    (person,) = read(HEADER + "1;A;nl;11007;0470123456;\n").people
    assert person.nis_code == "11002"  # Borsbeek became part of Antwerp in 2025


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"name;phone\nA;0470123456\n", id="columns missing"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00", id="a picture"),
    ],
)
def test_what_is_no_list_is_refused(data: bytes) -> None:
    with pytest.raises(BadRequest):
        read(data)


def test_newsrooms_need_an_outlet_and_an_address() -> None:
    intake = read("outlet;language;email\n;fr;a@example.org\nLe Soir;fr;\n", RecipientKind.PRESS)
    assert {(fault.row, fault.column) for fault in intake.faults} == {(2, "outlet"), (3, "email")}


@given(st.text(max_size=30))
def test_no_exported_cell_is_a_formula(cell: str) -> None:
    written = harmless(cell)
    assert written[:1] not in {"=", "-", "@", "\t", "\r"}
    assert not written.startswith("+") or written[1:].isdigit()


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_never_a_crash(data: bytes) -> None:
    for start in (b"outlet;language;email\n", b"\xff\xfe", b"\xfe\xff", b""):
        with contextlib.suppress(BadRequest):
            read(start + data, RecipientKind.PRESS)
