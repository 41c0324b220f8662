"""A cell whose formula has an error or no stored result is refused, and is never an empty cell.

Excel writes an error as `t="e"` and LibreOffice as `calcext:value-type="error"`; programs that
write formulas without computing them leave the value out (ECMA-376, part 1, 18.3.1.4).
"""

from collections.abc import Callable

import pytest

from alerting.domain.language import Language
from alerting.i18n import translator_for
from tests.importing.reading import Cell, ods, read, xlsx

HEAD = ["reference", "prénom", "nom", "langue", "commune", "gsm", "téléphone", "e-mail",
        "date du consentement", "source du consentement", "canaux", "groupes"]  # fmt: skip
GOOD: list[Cell] = ["F1", "An", "Claes", "fr", "Namur", "", "081000000", "a@example.org",
                    "2025-03-31", "formulaire", "sms", "A"]  # fmt: skip
ENGLISH = translator_for(Language.EN)

XLSX = {
    "an error": '<c r="{at}" t="e"><f>VLOOKUP(1,A1:A2,1)</f><v>#N/A</v></c>',
    "an error without a formula": '<c r="{at}" t="e"><v>#REF!</v></c>',
    "no result": '<c r="{at}"><f>CONCATENATE("0470",A1)</f></c>',
    "an empty result that is no text": '<c r="{at}"><f>CONCATENATE("0470",A1)</f><v></v></c>',
    "a text without a result": '<c r="{at}" t="str"><f>A1&amp;"x"</f></c>',
}
ODS = {
    "an error": (
        '<table:table-cell table:formula="of:=VLOOKUP(1;2;3)" office:value-type="string" '
        'office:string-value="" calcext:value-type="error"><text:p>#N/A</text:p></table:table-cell>'
    ),
    "no result": '<table:table-cell table:formula="of:=A1"/>',
}


def in_xlsx(cell: str, column: int) -> bytes:
    """A workbook with this cell in the second of two rows, behind another sheet."""

    def text(row: int, at: int, value: Cell) -> str:
        place = f"{chr(65 + at)}{row}"
        if row == 3 and at == column:
            return cell.format(at=place)
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'

    rows = "".join(
        f'<row r="{row}">{"".join(text(row, at, value) for at, value in enumerate(cells))}</row>'
        for row, cells in ((1, HEAD), (3, GOOD))
    )
    return xlsx({"Notes": [["x", 1]], "Liste": []}, Liste=rows)


def in_ods(cell: str, column: int) -> bytes:
    def text(value: Cell) -> str:
        return (
            f'<table:table-cell office:value-type="string"><text:p>{value}</text:p>'
            "</table:table-cell>"
        )

    head = "".join(map(text, HEAD))
    row = "".join(cell if at == column else text(value) for at, value in enumerate(GOOD))
    table = (
        f"<table:table-row>{head}</table:table-row>"
        '<table:table-row table:number-rows-repeated="1"><table:table-cell/></table:table-row>'
        f"<table:table-row>{row}</table:table-row>"
    )
    namespace = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
    return ods(
        {}, f'<table:table table:name="Liste" xmlns:calcext="{namespace}">{table}</table:table>'
    )


@pytest.mark.parametrize("column", range(len(HEAD)), ids=HEAD)
@pytest.mark.parametrize(
    "file",
    [
        *(pytest.param((in_xlsx, cell), id=f"xlsx, {name}") for name, cell in XLSX.items()),
        *(pytest.param((in_ods, cell), id=f"ods, {name}") for name, cell in ODS.items()),
    ],
)
def test_in_every_column_it_is_refused_with_its_row_and_a_remedy(
    file: tuple[Callable[[str, int], bytes], str], column: int
) -> None:
    make, cell = file
    intake = read(make(cell, column))
    assert not intake.people
    (fault,) = intake.faults
    assert fault.row == 3
    assert HEAD[column] in intake.headings.heading_of(fault.column)
    assert "paste it as values" in ENGLISH(fault.reason, **fault.facts)


def test_a_formula_that_gives_an_empty_text_is_an_empty_cell() -> None:
    made = in_xlsx('<c r="{at}" t="str"><f>IF(A1="","",A1)</f><v></v></c>', 7)
    (person,) = read(made).people
    assert (person.phone, person.email) == ("+3281000000", "")


def test_a_formula_with_its_result_is_read() -> None:
    made = in_xlsx('<c r="{at}" t="str"><f>"0470"&amp;A1</f><v>0470000009</v></c>', 5)
    (person,) = read(made).people
    assert person.phone == "+32470000009"


@pytest.mark.parametrize("shown", ["#N/A", "#NV", "#WAARDE!", "#NOM?", "Err:502"])
def test_an_error_that_a_csv_file_shows_is_no_name(shown: str) -> None:
    intake = read(f"reference;nom;langue;commune;gsm\nF1;{shown};fr;Namur;0470000001\n")
    assert [(one.row, one.column) for one in intake.faults] == [(2, "name")]
