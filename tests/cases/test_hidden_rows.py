"""What a workbook hides is read, and said aloud: a filter leaves out nobody unnoticed."""

import io
import zipfile

from alerting.importing.report import HIDDEN_COLUMNS, HIDDEN_ROWS, sentences
from tests.importing.reading import ods, read, xlsx

HEADS = ("reference", "name", "language", "municipality", "phone")
ROWS = (("R1", "Anne", "fr", "Liège", "0470123456"), ("R2", "Bob", "nl", "Gent", "0470123457"))
SHEET = "xl/worksheets/sheet1.xml"


def patched(data: bytes, old: str, new: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            content = before.read(name).decode()
            after.writestr(name, content.replace(old, new) if name == SHEET else content)
    return out.getvalue()


def hidden(data: bytes) -> dict[str, object]:
    found = read(data)
    assert [one.name for one in found.people] == ["Anne", "Bob"]
    said = dict(sentences(found))
    return {one: said[one]["number"] for one in (HIDDEN_ROWS, HIDDEN_COLUMNS) if one in said}


def test_rows_and_columns_hidden_in_excel_are_counted() -> None:
    data = xlsx({"A": [HEADS, *ROWS]})
    assert hidden(data) == {}
    row = patched(data, '<row r="3">', '<row r="3" hidden="1">')
    assert hidden(row) == {HIDDEN_ROWS: 1}
    columns = '<cols><col min="4" max="16384" hidden="1"/></cols><sheetData>'
    assert hidden(patched(data, "<sheetData>", columns)) == {HIDDEN_COLUMNS: 2}


def test_rows_and_columns_hidden_in_libreoffice_are_counted() -> None:
    def row(cells: tuple[str, ...], more: str = "") -> str:
        inside = "".join(
            f'<table:table-cell office:value-type="string"><text:p>{one}</text:p>'
            "</table:table-cell>"
            for one in cells
        )
        return f"<table:table-row{more}>{inside}</table:table-row>"

    def table(columns: str, more: str) -> bytes:
        inside = columns + row(HEADS) + row(ROWS[0]) + row(ROWS[1], more)
        return ods({}, f'<table:table table:name="A">{inside}</table:table>')

    assert hidden(table("", "")) == {}
    assert hidden(table("", ' table:visibility="filter"')) == {HIDDEN_ROWS: 1}
    columns = (
        '<table:table-column table:number-columns-repeated="3"/>'
        '<table:table-column table:visibility="collapse"/>'
        '<table:table-column table:visibility="collapse" table:number-columns-repeated="1000"/>'
    )
    assert hidden(table(columns, ' table:visibility="collapse"')) == {
        HIDDEN_ROWS: 1,
        HIDDEN_COLUMNS: 2,
    }
