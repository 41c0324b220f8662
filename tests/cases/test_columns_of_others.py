"""What is said of a row stands under no column, and somebody else's columns are not read."""

import pytest

from alerting.domain.language import Language
from alerting.importing.headings import FIELDS, key_of
from tests.importing.reading import ods, read


@pytest.mark.parametrize("language", Language)
def test_a_finding_about_a_row_is_shown_under_no_heading(language: Language) -> None:
    found = read(
        'référence;nom;langue;commune;GSM;Groupe sanguin\nR1;"A;fr;Liège;0470123456;O+\n'
        "R2;B;fr;Liège;0470123457\n"
    )
    whole = [one for one in (*found.faults, *found.remarks) if not one.column]
    assert whole
    assert {found.headings.heading_of(one.column, language) for one in whole} == {""}


@pytest.mark.parametrize(
    "heading",
    ["GSM (contact d'urgence)", "E-mail (ancien)", "gsm (noodcontact)", "Handy (alt)", "tel (old)",
     "E-mail (conjoint)", "GSM [urgence]"],
)  # fmt: skip
def test_brackets_that_name_somebody_else_make_it_another_column(heading: str) -> None:
    assert key_of(heading) not in FIELDS


@pytest.mark.parametrize("heading", ["GSM (facultatif)", "E-mail (privé)", "gsm (+32…)"])
def test_brackets_that_explain_are_ignored(heading: str) -> None:
    assert key_of(heading) in FIELDS


def test_a_line_break_in_a_cell_parts_words() -> None:
    def cell(inner: str) -> str:
        return f'<table:table-cell office:value-type="string">{inner}</table:table-cell>'

    heads = ("reference", "name", "language", "municipality", "phone")
    values = ("R1", "Anne<text:line-break/>Dupont", "fr", "Liège", "0470123456")
    rows = "".join(
        "<table:table-row>"
        + "".join(cell(f"<text:p>{one}</text:p>") for one in row)
        + "</table:table-row>"
        for row in (heads, values)
    )
    found = read(ods({}, f'<table:table table:name="A">{rows}</table:table>'))
    assert [one.name for one in found.people] == ["Anne Dupont"]
