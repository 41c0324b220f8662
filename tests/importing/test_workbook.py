"""A workbook is read as a CSV file is, within bounds; what it made of a text is not believed."""

import contextlib
import io
import random
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.domain.errors import BadRequest
from alerting.importing import workbook_measure as workbook
from alerting.importing.raw_table import MAX_COLUMNS
from tests.importing.reading import Cell, folded_parts, ods, read, xlsx

HEADINGS: list[Cell] = ["Référence", "Nom", "Langue", "Code postal", "GSM", "Date du consentement"]
ROWS: list[list[Cell]] = [
    ["Liste des inscrits"],
    [None],
    HEADINGS,
    ["R1", "Anne\nDupont", "F", 4000, "0470 12 34 50", date(2025, 3, 31)],
    [None],
    ["R2", "Bob", "Duits", "4700", 470123451, "31/03/2025"],
]
Make = Callable[[dict[str, list[list[Cell]]]], bytes]
WAYS: dict[str, Make] = {"xlsx": xlsx, "ods": ods}


@pytest.mark.parametrize("way", WAYS)
def test_a_workbook_is_read_and_its_sheet_named(way: str) -> None:
    make = WAYS[way]
    intake = read(make({"Lisez-moi": [["Bonjour"]], "Inscrits": ROWS}))
    assert not intake.faults
    assert (intake.form.format, intake.form.sheet) == (way, "Inscrits")
    assert (intake.headings.row, intake.headings.above, tuple(intake.rows)) == (3, (1,), (4, 6))
    assert [one.name for one in intake.people] == ["Anne Dupont", "Bob"]
    assert [one.nis_code for one in intake.people] == ["62063", "63023"]
    assert [one.phone for one in intake.people] == ["+32470123450", "+32470123451"]
    assert {one.consent_date for one in intake.people} == {date(2025, 3, 31)}
    assert [(one.row, one.column) for one in intake.remarks] == [(6, "phone")]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("at", "cell", "column", "said"),
    [
        (0, 123, "reference", "number 123"),
        (0, date(2025, 1, 2), "reference", "a date"),
        (1, date(2025, 1, 2), "name", "a date"),
        (4, date(2025, 1, 2), "phone", "a date"),
        (4, "4,70E+08", "phone", "4,70E+08"),
        (4, 4.7e8, "phone", "470000000"),
        (5, 45747, "consent_date", "not a date"),
    ],
)
def test_a_cell_that_became_a_number_or_a_date_is_not_believed(
    way: str, at: int, cell: Cell, column: str, said: str
) -> None:
    make = WAYS[way]
    row = list(ROWS[3])
    row[at] = cell
    (fault,) = read(make({"A": [HEADINGS, row]})).faults
    assert (fault.row, fault.column) == (2, column)
    assert said in fault.reason.format(**fault.facts)


@pytest.mark.parametrize("way", WAYS)
def test_two_sheets_with_a_list_are_asked_about_and_none_is_refused(way: str) -> None:
    make = WAYS[way]
    with pytest.raises(BadRequest, match="“A” and “B” both contain a list"):
        read(make({"A": ROWS, "B": ROWS}))
    with pytest.raises(BadRequest, match="No sheet"):
        read(make({"A": [["Bonjour"]]}))


def repeated(columns: int, rows: int) -> bytes:
    head = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{one}</text:p></table:table-cell>'
        for one in ("taal", "gemeente", "gsm")
    )
    return ods(
        {},
        f'<table:table table:name="A"><table:table-row>{head}</table:table-row>'
        f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell '
        f'table:number-columns-repeated="{columns}" office:value-type="string"><text:p>x</text:p>'
        "</table:table-cell></table:table-row></table:table>",
    )


def text_cell(at: str) -> str:
    return f'<c r="{at}" t="inlineStr"><is><t>x</t></is></c>'


BOMBS = {
    "a cell in the last corner": xlsx({"A": []}, A=f"<row>{text_cell('XFD1048576')}</row>"),
    "a cell far below": xlsx({"A": []}, A=f"<row>{text_cell('A1')}{text_cell('GR1048576')}</row>"),
    "a cell repeated sideways": repeated(MAX_COLUMNS + 1, 1),
    "rows repeated": repeated(MAX_COLUMNS, 1_000_000),
    "a document that unfolds": folded_parts(
        {"xl/workbook.xml": b" " * (workbook.UNFOLDED_BYTES + 1)}
    ),
    "many parts": folded_parts({f"{n}.xml": b"" for n in range(workbook.MOST_PARTS + 1)}),
    "entities": folded_parts(
        {
            "mimetype": workbook.ODS,
            "content.xml": '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>',
        }
    ),
    "no spreadsheet": folded_parts({"word/document.xml": "<a/>"}),
    "an old workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "half an archive": xlsx({"A": ROWS})[:-100],
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_what_would_unfold_without_bound_is_refused_before_it_is_opened(
    bomb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    python_calamine = pytest.importorskip("python_calamine")
    monkeypatch.delattr(python_calamine, "CalamineWorkbook")
    monkeypatch.setattr(python_calamine, "CalamineWorkbook", None, raising=False)
    tracemalloc.start()
    with pytest.raises(BadRequest):
        read(BOMBS[bomb])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * workbook.UNFOLDED_BYTES


def test_an_archive_that_lies_about_its_sizes_is_read_no_further_than_it_says() -> None:
    honest = folded_parts({"mimetype": workbook.ODS, "content.xml": b" " * 5_000_000})
    with zipfile.ZipFile(io.BytesIO(honest)) as archive:
        size = archive.getinfo("content.xml").file_size.to_bytes(4, "little")
    with pytest.raises(BadRequest):
        read(honest.replace(size, (10).to_bytes(4, "little")))


@given(st.binary(max_size=60), st.integers(0, 2000))
def test_a_damaged_workbook_is_read_or_refused_never_a_crash(noise: bytes, at: int) -> None:
    whole = xlsx({"A": ROWS})
    with contextlib.suppress(BadRequest):
        read(whole[:at] + noise + whole[at + len(noise) :])


DAMAGE = (b"9" * 8, b"-1", b'r="A0"', b' t="s"', b' t="e"', b"<v>1e400</v>", b' s="99"', b"<", b"")


@given(st.sampled_from(sorted(WAYS)), st.randoms(use_true_random=False))
def test_a_workbook_whose_xml_is_damaged_is_read_or_refused_never_a_crash(
    way: str, chance: random.Random
) -> None:
    with zipfile.ZipFile(io.BytesIO(WAYS[way]({"A": ROWS}))) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice(sorted(set(parts) - {"mimetype"}))
    whole = parts[name]
    assert isinstance(whole, bytes)
    at = chance.randrange(len(whole))
    parts[name] = whole[:at] + chance.choice(DAMAGE) + whole[at + chance.randrange(20) :]
    with contextlib.suppress(BadRequest):
        read(folded_parts(parts))
