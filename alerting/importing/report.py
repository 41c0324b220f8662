"""What a file was understood to be, said aloud: in sentences for people, as data for programs."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from alerting.domain.language import Language
from alerting.domain.recipient import RowFinding
from alerting.domain.text.i18n import ByLanguage, msgid
from alerting.importing.headings import NAMES, Headings, key_of, named
from alerting.importing.recipients import ImportResult

SHEET = msgid("Read from the sheet “{sheet}”.")
HIDDEN_SHEET = msgid("Read from the sheet “{sheet}”, which is hidden in the workbook.")
HIDDEN_ROWS = msgid(
    "Rows hidden in the workbook (for example by a filter), which are also read: {number}."
)
HIDDEN_COLUMNS = msgid("Columns hidden in the workbook, which are also read: {number}.")
NAMELESS = msgid("Columns without a heading, which contain data and are not read: {columns}.")
ENCODING = msgid("Not in UTF-8: read in the code page {encoding}. Check the accents below.")
TWO_ENCODINGS = msgid(
    "Not in UTF-8: read in the code page {encoding}, but {other} is equally likely. If the "
    "accents are wrong, save the file as “CSV UTF-8” and import it again."
)
TITLE = msgid("The headings are in row {row}. Rows above them, which are not read: {rows}.")
TITLE_OF_ONE = msgid("The headings are in row {row}. Row above them, which is not read: {rows}.")
RECOGNISED = msgid("Headings recognised: {headings}.")
UNKNOWN = msgid("Unknown headings, whose columns are not read: {headings}.")
ABSENT = msgid("No column for: {fields}. Existing values are kept.")
TELEPHONES = msgid("Column “{first}” is used; where it is empty, column “{second}” is used.")


def sentences(intake: ImportResult) -> Iterator[tuple[str, Mapping[str, object]]]:
    """What is said before anything is imported, as message ids with their facts."""
    form, headings = intake.form, intake.headings
    if form.sheet:
        yield HIDDEN_SHEET if form.hidden else SHEET, {"sheet": form.sheet}
    if form.hidden_rows:
        yield HIDDEN_ROWS, {"number": form.hidden_rows}
    if form.hidden_columns:
        yield HIDDEN_COLUMNS, {"number": form.hidden_columns}
    if form.or_encoding:
        yield TWO_ENCODINGS, {"encoding": form.encoding, "other": form.or_encoding}
    elif form.encoding and not form.encoding.startswith("utf"):
        yield ENCODING, {"encoding": form.encoding}
    if headings.above:
        says = TITLE if len(headings.above) > 1 else TITLE_OF_ONE
        yield says, {"row": headings.row, "rows": ", ".join(map(str, headings.above))}
    yield (
        RECOGNISED,
        {"headings": ByLanguage({language: _known(headings, language) for language in Language})},
    )
    if headings.unknown:
        yield UNKNOWN, {"headings": ", ".join(headings.unknown)}
    if intake.nameless:
        yield NAMELESS, {"columns": ", ".join(map(_letters, intake.nameless))}
    if intake.absent:
        yield ABSENT, {"fields": named(intake.absent)}
    if both := headings.telephones():
        yield TELEPHONES, {"first": both[0], "second": both[1]}


def _known(headings: Headings, language: Language) -> str:
    """The headings, each with the field it means where a reader calls that otherwise."""
    known = [
        (heading.text, NAMES[heading.field][language])
        for heading in headings.columns
        if heading.field in NAMES
    ]
    return ", ".join(
        text if key_of(name) == key_of(text) else f"{text} → {name}" for text, name in known
    )


def _letters(column: int) -> str:
    """What a spreadsheet calls a column."""
    before, last = divmod(column - 1, 26)
    return (_letters(before) if before else "") + chr(ord("A") + last)


def as_data(intake: ImportResult, say: Callable[..., str]) -> dict[str, Any]:
    """An import as JSON values; `say(msgid, **facts)` tells a reason in the reader's language."""
    form, headings = intake.form, intake.headings
    return {
        "format": form.format,
        "encoding": form.encoding,
        "or_encoding": form.or_encoding,
        "delimiter": form.delimiter,
        "sheet": form.sheet,
        "sheet_hidden": form.hidden,
        "hidden_rows": form.hidden_rows,
        "hidden_columns": form.hidden_columns,
        "heading_row": headings.row,
        "rows_above": list(headings.above),
        "headings": [
            {"column": heading.column, "heading": heading.text, "field": heading.field}
            for heading in headings.columns
            if heading.text
        ],
        "unknown_headings": list(headings.unknown),
        "columns_without_heading": list(intake.nameless),
        "absent": list(intake.absent),
        "rows": len(intake.people) + intake.bad_lines,
        "good": len(intake.people),
        "faults": [_finding(finding, intake, say) for finding in intake.faults],
        "remarks": [_finding(finding, intake, say) for finding in intake.remarks],
    }


def _finding(finding: RowFinding, intake: ImportResult, say: Callable[..., str]) -> dict[str, Any]:
    return {
        "row": finding.row,
        "field": finding.column,
        "heading": intake.headings.heading_of(finding.column) if finding.column else "",
        "value": finding.value,
        "reason": say(finding.reason, **finding.facts),
    }
