"""A list as tests bring it, and workbooks made from their documented form."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from xml.sax.saxutils import escape, quoteattr

from alerting.domain.recipient import RecipientKind
from alerting.importing.phone_numbers import DEFAULT_COUNTRIES
from alerting.importing.recipients import ImportResult, read_recipients
from tests.make import gazetteer

TODAY = date(2030, 1, 15)
Cell = str | float | date | None
ODS = "application/vnd.oasis.opendocument.spreadsheet"


def read(text: str | bytes, kind: RecipientKind = RecipientKind.PERSON) -> ImportResult:
    """What is in a file."""
    data = text if isinstance(text, bytes) else text.encode()
    return read_recipients(
        data, kind, gazetteer().read_municipality, today=TODAY, countries=DEFAULT_COUNTRIES
    )


def folded_parts(parts: Mapping[str, str | bytes]) -> bytes:
    """An archive of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def xlsx(sheets: Mapping[str, Sequence[Sequence[Cell]]], **raw: str) -> bytes:
    """A workbook of Excel (ECMA-376, part 1, chapter 18); `raw`: XML instead of a sheet's data."""
    names = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{at}" r:id="rId{at}"/>'
        for at, name in enumerate(sheets, 1)
    )
    relations = "".join(
        f'<Relationship Id="rId{at}" Type="{RELATIONS}/worksheet" '
        f'Target="worksheets/sheet{at}.xml"/>'
        for at in range(1, len(sheets) + 1)
    )
    last = len(sheets) + 1
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": (
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{TYPES}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{TYPES}.styles+xml"/></Types>'
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" '
            f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": (
            f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>{names}</sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{PACKAGE}">{relations}<Relationship Id="rId{last}" '
            f'Type="{RELATIONS}/styles" Target="styles.xml"/></Relationships>'
        ),
        "xl/styles.xml": (
            f'<styleSheet xmlns="{MAIN}"><cellXfs count="2"><xf numFmtId="0"/>'
            '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
        ),
    }
    for at, (name, rows) in enumerate(sheets.items(), 1):
        data = raw.get(name) or "".join(_xlsx_row(n, row) for n, row in enumerate(rows, 1))
        parts[f"xl/worksheets/sheet{at}.xml"] = (
            f'<worksheet xmlns="{MAIN}"><sheetData>{data}</sheetData></worksheet>'
        )
    return folded_parts(parts)


def _xlsx_row(number: int, row: Sequence[Cell]) -> str:
    cells = (
        _xlsx_cell(f"{chr(65 + at)}{number}", value)
        for at, value in enumerate(row)
        if value is not None
    )
    return f'<row r="{number}">{"".join(cells)}</row>'


def _xlsx_cell(at: str, value: Cell) -> str:
    match value:
        case str():
            text = f'<t xml:space="preserve">{escape(value)}</t>'
            return f'<c r="{at}" t="inlineStr"><is>{text}</is></c>'
        case date():
            return f'<c r="{at}" s="1"><v>{(value - date(1899, 12, 30)).days}</v></c>'
    return f'<c r="{at}"><v>{value}</v></c>'


def ods(sheets: Mapping[str, Sequence[Sequence[Cell]]], raw: str = "") -> bytes:
    """A workbook of LibreOffice (OpenDocument 1.3, part 3, chapter 9); `raw`: tables instead."""
    tables = raw or "".join(
        f"<table:table table:name={quoteattr(name)}>"
        + "".join(
            f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows
        )
        + '<table:table-row table:number-rows-repeated="1048000"><table:table-cell '
        'table:number-columns-repeated="1024"/></table:table-row></table:table>'
        for name, rows in sheets.items()
    )
    namespace = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{namespace}:office:1.0" '
        f'xmlns:table="{namespace}:table:1.0" xmlns:text="{namespace}:text:1.0" '
        f'office:version="1.3"><office:body><office:spreadsheet>{tables}</office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    manifest = (
        f'<manifest:manifest xmlns:manifest="{namespace}:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS}"/>'
        "</manifest:manifest>"
    )
    return folded_parts(
        {"mimetype": ODS, "content.xml": content, "META-INF/manifest.xml": manifest}
    )


def _ods_cell(value: Cell) -> str:
    match value:
        case None:
            return "<table:table-cell/>"
        case str():
            text = "</text:p><text:p>".join(escape(value).split("\n"))
            return (
                '<table:table-cell office:value-type="string">'
                f"<text:p>{text}</text:p></table:table-cell>"
            )
        case date():
            return (
                f'<table:table-cell office:value-type="date" office:date-value="{value}">'
                f"<text:p>{value:%d/%m/%Y}</text:p></table:table-cell>"
            )
    return (
        f'<table:table-cell office:value-type="float" office:value="{value}">'
        f"<text:p>{value}</text:p></table:table-cell>"
    )
