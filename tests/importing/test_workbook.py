"""A workbook is read as a CSV file is, within bounds, by a process of its own; what it made of a
text is not believed, and whatever becomes of that process ends in a sentence."""

import contextlib
import io
import os
import random
import resource
import tracemalloc
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerting.domain.errors import BadRequest
from alerting.importing import workbook, workbook_measure, workbook_reader
from alerting.importing.raw_table import MAX_COLUMNS, RawRow
from alerting.importing.workbook import WorkbookFile
from alerting.importing.workbook_reader import read_workbook
from tests.importing.reading import MAIN, RELATIONS, Cell, folded_parts, ods, read, xlsx

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
NEEDED = ("language", "municipality")
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


def changed(file: bytes, parts: Mapping[str, tuple[str, str]], **more: str) -> bytes:
    """A workbook in whose parts a text is replaced by another; `more`: sheets beside its own."""
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        found = {name: archive.read(name).decode() for name in archive.namelist()}
    for name, (before, after) in parts.items():
        assert before in found[name]
        found[name] = found[name].replace(before, after)
    sheets = {
        f"xl/{name}.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{data}</sheetData></worksheet>'
        for name, data in more.items()
    }
    return folded_parts(found | sheets)


BOOK, INDEX = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
END = "</Relationships>"
FAR = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'


def related(number: str, kind: str, target: str) -> tuple[str, str]:
    line = f'<Relationship Id="{number}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
    return END, line + END


def shared(length: int, rows: int, sheets: int = 1) -> bytes:
    """One text that so many cells of each sheet share."""
    data = '<row><c t="s"><v>0</v></c></row>' * rows
    names = [f"S{at}" for at in range(sheets)]
    made = xlsx({name: [] for name in names}, **dict.fromkeys(names, data))
    made = changed(made, {INDEX: related("s", "sharedStrings", "sharedStrings.xml")})
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    text = "a" * length
    return folded_parts(
        parts | {"xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"><si><t>{text}</t></si></sst>'}
    )


def repeated_text(length: int, rows: int) -> bytes:
    """A sheet of LibreOffice that says once what stands in so many rows."""
    return ods(
        {},
        f'<table:table table:name="A"><table:table-row table:number-rows-repeated="{rows}">'
        '<table:table-cell table:number-columns-repeated="100" office:value-type="string">'
        f"<text:p>{'a' * length}</text:p></table:table-cell></table:table-row></table:table>",
    )


def text_cell(at: str) -> str:
    return f'<c r="{at}" t="inlineStr"><is><t>x</t></is></c>'


BOMBS = {
    "a cell in the last corner": xlsx({"A": []}, A=f"<row>{text_cell('XFD1048576')}</row>"),
    "a cell far below": xlsx({"A": []}, A=f"<row>{text_cell('A1')}{text_cell('GR1048576')}</row>"),
    "a cell repeated sideways": repeated(MAX_COLUMNS + 1, 1),
    "rows repeated": repeated(MAX_COLUMNS, 1_000_000),
    "a long text in many cells": shared(40_000, 10_000),
    "a long text in many sheets": shared(100_000, 100, sheets=20),
    "a long text, repeated": repeated_text(10_000, 1000),
    "a document that unfolds": folded_parts(
        {"xl/workbook.xml": b" " * (workbook_measure.UNFOLDED_BYTES + 1)}
    ),
    "many parts": folded_parts({f"{n}.xml": b"" for n in range(workbook_measure.MOST_PARTS + 1)}),
    "entities": folded_parts(
        {
            "mimetype": workbook_measure.ODS,
            "content.xml": '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>',
        }
    ),
    "no spreadsheet": folded_parts({"word/document.xml": "<a/>"}),
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
        read_workbook(io.BytesIO(BOMBS[bomb]), NEEDED)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * workbook_measure.UNFOLDED_BYTES


def test_an_old_workbook_is_named_as_one() -> None:
    with pytest.raises(BadRequest, match="old format"):
        read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)


def test_an_archive_that_lies_about_its_sizes_is_read_no_further_than_it_says() -> None:
    honest = folded_parts({"mimetype": workbook_measure.ODS, "content.xml": b" " * 5_000_000})
    with zipfile.ZipFile(io.BytesIO(honest)) as archive:
        size = archive.getinfo("content.xml").file_size.to_bytes(4, "little")
    with pytest.raises(BadRequest):
        read(honest.replace(size, (10).to_bytes(4, "little")))


def read_here(file: bytes) -> list[RawRow]:
    """The rows, read by this process."""
    return list(read_workbook(io.BytesIO(file), NEEDED)[1])


@given(st.binary(max_size=60), st.integers(0, 2000))
def test_a_damaged_workbook_is_read_or_refused_never_a_crash(noise: bytes, at: int) -> None:
    whole = xlsx({"A": ROWS})
    with contextlib.suppress(BadRequest):
        read_here(whole[:at] + noise + whole[at + len(noise) :])


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
        read_here(folded_parts(parts))


def rows_of(file: bytes) -> list[RawRow]:
    """The rows, as the process beside us reads them."""
    return list(WorkbookFile(io.BytesIO(file), NEEDED).rows())


CELLS = st.one_of(
    st.none(),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs")), max_size=8),
    st.sampled_from(["a\nb", "<b> & “c”", "nl", "0470 12 34 50"]),
    st.integers(-1000, 10**11),
    st.dates(date(1950, 1, 1), date(2090, 1, 1)),
)


def shown(value: Cell) -> str:
    return "" if value is None else str(value)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(CELLS, max_size=5), max_size=15), st.sampled_from(sorted(WAYS)))
def test_the_rows_are_the_cells_as_they_stand(cells: Sequence[list[Cell]], way: str) -> None:
    whole: list[list[Cell]] = [["taal", "gemeente", "gsm", "nom", "x"], *cells]
    while not any(one not in {None, ""} for one in whole[-1]):
        whole.pop()
    expected = [tuple(map(shown, row)) + ("",) * (5 - len(row)) for row in whole]
    found = rows_of(WAYS[way]({"Notes": [["x"]], "Liste": whole}))
    assert [row.cells for row in found] == expected
    assert [row.number for row in found] == list(range(1, len(whole) + 1))
    again = read_here(WAYS[way]({"Notes": [["x"]], "Liste": whole}))
    assert [row.types for row in found] == [row.types for row in again]


@pytest.mark.parametrize("words", ["0470123456", "An & Co <x>", "]] >", ""])
def test_text_that_stands_as_it_is_reads_like_any_other(words: str) -> None:
    headings = ["taal", "gemeente", "gsm", "nom"]
    plain, marked = (
        "".join(
            "<table:table-row>"
            + "".join(
                '<table:table-cell office:value-type="string">'
                f"<text:p>{written(one)}</text:p></table:table-cell>"
                for one in row
            )
            + "</table:table-row>"
            for row in (headings, ["nl", "Gent", "0470123457", words])
        )
        for written in (escape, "<![CDATA[{}]]>".format)
    )
    read_plain, read_marked = (
        rows_of(ods({}, raw=f'<table:table table:name="L">{table}</table:table>'))
        for table in (plain, marked)
    )
    assert [one.cells for one in read_marked] == [one.cells for one in read_plain]
    assert read_marked[1].cells[3] == words


def test_the_rows_are_read_as_often_as_needed() -> None:
    file = WorkbookFile(io.BytesIO(xlsx({"A": ROWS})), NEEDED)
    first = next(file.rows())
    assert next(file.rows()) == first
    assert len(list(file.rows())) == len(list(file.rows())) == len(ROWS)


def refused(file: bytes) -> str:
    with pytest.raises(BadRequest) as why:
        rows_of(file)
    return why.value.in_english()


@pytest.mark.parametrize(
    "program",
    [
        pytest.param("os.abort()", id="it crashes"),
        pytest.param("sys.exit(1)", id="it fails"),
        pytest.param("print('{}', flush=True); os.kill(os.getpid(), 9)", id="it is killed"),
    ],
)
def test_whatever_ends_the_reader_is_a_sentence(
    program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = "import os, sys, resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0))"
    monkeypatch.setattr(workbook, "PROGRAM", ("-c", f"{limits}; {program}"))
    assert "Save only the list, as CSV" in refused(xlsx({"A": ROWS}))


def test_a_reader_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    program = f"import os, signal; open({str(pid)!r}, 'w').write(str(os.getpid())); signal.pause()"
    monkeypatch.setattr(workbook, "PROGRAM", ("-c", program))
    monkeypatch.setattr(workbook, "LONGEST_READING", 1.0)
    assert "Save only the list" in refused(xlsx({"A": ROWS}))
    if pid.exists():  # on a machine with much to do it has not even begun
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid.read_text()), 0)


UNMEASURED = (
    "from alerting.importing import workbook_measure, workbook_reader;"
    "workbook_measure._Room.take_text = lambda self, length: None;"
    "workbook_reader.main()"
)
"""The reader, as if the length of texts were counted wrong."""


@pytest.mark.parametrize(
    "file", [shared(200_000, 20_000), repeated_text(100_000, 500)], ids=sorted(WAYS)[::-1]
)
def test_what_is_counted_wrong_ends_the_reader_and_nobody_else(
    file: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "PROGRAM", ("-c", UNMEASURED))
    assert "too much memory" in refused(file)
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    assert most < workbook_reader.MOST_MEMORY


def test_the_reader_is_told_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERTING_ANYTHING", "secret")
    program = "import os, sys; sys.exit(any('ALERTING' in one for one in os.environ))"
    monkeypatch.setattr(workbook, "PROGRAM", ("-c", program))
    with pytest.raises(ValueError, match="Expecting value"):  # it ended well, and wrote nothing
        rows_of(xlsx({"A": ROWS}))


def test_two_sheets_of_one_name_are_refused_with_it() -> None:
    again = '<sheets><sheet name="A" sheetId="9" r:id="rId9"/>'
    book = xlsx({"A": ROWS})
    parts = {BOOK: ("<sheets>", again), INDEX: related("rId9", "worksheet", "big.xml")}
    assert "the name “A”" in refused(changed(book, parts, big=FAR))
    table = '<table:table table:name="A"><table:table-row/></table:table>'
    assert "the name “A”" in refused(ods({}, table + table))


@pytest.mark.parametrize(
    "parts",
    [
        {
            BOOK: ('r:id="rId1"', 'x:id="rId1" r:id="rId9" xmlns:x="u"'),
            INDEX: related("rId9", "worksheet", "big.xml"),
        },
        {BOOK: ('r:id="rId1"', 'x:id="rId9" r:id="rId1" xmlns:x="u"')},
        {INDEX: related("rId1", "worksheet", "big.xml")},
        {"_rels/.rels": ("xl/workbook.xml", "xl/big.xml")},
    ],
    ids=["another identifier", "an identifier that is none", "two of a number", "another index"],
)
def test_no_part_is_opened_but_the_one_that_was_measured(
    parts: dict[str, tuple[str, str]],
) -> None:
    file = changed(xlsx({"A": ROWS}), parts, big=FAR)
    with contextlib.suppress(BadRequest):
        assert len(rows_of(file)) == len(ROWS)


@pytest.mark.parametrize(
    ("rows", "row"),
    [
        ('<row r="2"><c r="A2"><v>1</v></c></row><row r="2"><c r="B2"><v>2</v></c></row>', 2),
        ('<row r="3"><c r="A3"><v>1</v></c></row><row r="2"><c r="A3"><v>2</v></c></row>', 3),
        ('<row r="2"><c r="A2"><v>1</v></c><c r="A2"><v>2</v></c></row>', 2),
        ('<row r="2"><c r="A2"><v>1</v></c><c r="B4"><v>2</v></c></row>', 4),
    ],
    ids=["two rows of a number", "a cell of another row", "a cell twice", "a torn row"],
)
def test_two_rows_of_one_number_are_never_one(rows: str, row: int) -> None:
    head = "".join(
        f'<c r="{at}1" t="inlineStr"><is><t>{name}</t></is></c>'
        for at, name in zip("ABC", ("taal", "gemeente", "gsm"), strict=True)
    )
    said = refused(xlsx({"A": [], "B": [["x"]]}, A=f'<row r="1">{head}</row>{rows}'))
    assert f"“A” contains row {row}," in said
