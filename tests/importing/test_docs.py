"""The table of headings in the documentation is the one the program reads by."""

from pathlib import Path

from alerting.importing.headings import FIELDS, HEADINGS, key_of

DOCS = Path(__file__).resolve().parents[2] / "docs" / "imports.md"


def test_every_heading_is_documented_and_means_one_thing() -> None:
    columns = DOCS.read_text("utf-8").partition("## Columns")[2].partition("## Values")[0]
    rows = [line.split("|") for line in columns.splitlines()]
    documented = {
        cells[1].strip(): tuple(name.strip() for name in cells[3].split(","))
        for cells in rows
        if len(cells) == 5 and cells[1].strip() in HEADINGS
    }
    assert documented == dict(HEADINGS)
    keys = [(key_of(name), field) for field, names in HEADINGS.items() for name in names]
    assert all(FIELDS[key] == field for key, field in keys)
