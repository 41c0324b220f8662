"""A list is understood aloud: what is known, what is not, what is wrong, and in which row.

A row is never swallowed, a heading never guessed, a language never read off its first letters.
"""

import codecs
import io
import re
import sys
import zipfile
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.domain.errors import BadRequest
from alerting.domain.language import Language
from alerting.i18n import translator_for
from alerting.importing.csv_table import DELIMITERS, split_row
from alerting.importing.headings import FIELDS, key_of
from alerting.importing.headings import NAMES as FIELD_NAMES
from alerting.importing.report import sentences
from tests.importing.reading import folded_parts, read, xlsx

FR, NL, DE, EN = Language
ENGLISH = translator_for(EN)


def told(text: str | bytes) -> list[tuple[int, str, str]]:
    """Faults: row, field, sentence."""
    return [(one.row, one.column, ENGLISH(one.reason, **one.facts)) for one in read(text).faults]


HEAD = "reference;langue;commune;gsm;remarques\n"
OPEN_QUOTES = {
    "the last cell": (
        'U1;fr;Namur;0470001101;"2e étage\nU2;fr;Namur;0470001102;\nU3;fr;Namur;0470001103;\n'
    ),
    "closed rows later, by another": (
        'U1;fr;Namur;0470001101;"2e étage\nU2;fr;Namur;0470001102;\nU3;fr;Namur;0470001103;"rez\n'
    ),
    "closed rows later, at a cell's end": (
        'U1;fr;Namur;0470001101;"2e étage\nU2;fr;Namur;0470001102;x\nU3;fr;Namur;0470001103;"\n'
    ),
    "closed in the middle of a word": (
        'U1;fr;Namur;0470001101;"2e" étage\nU2;fr;Namur;0470001102;\nU3;fr;Namur;0470001103;\n'
    ),
}


@pytest.mark.parametrize("rows", OPEN_QUOTES.values(), ids=OPEN_QUOTES)
def test_a_quotation_mark_that_never_closes_is_named_and_swallows_nobody(rows: str) -> None:
    intake = read(HEAD + rows)
    assert (2, "the quotation mark in line 2 of the file is not closed correctly") in [
        (row, said) for row, _, said in told(HEAD + rows)
    ]
    seen = {one.reference for one in intake.people} | {one.cells[0] for one in intake.rejected}
    assert seen == {"U1", "U2", "U3"}
    assert intake.people


WIDE = (
    "reference;langue;commune;gsm;remarques;nom;prénom;date du consentement;"
    "source du consentement;groupes\n"
)
SWALLOWED = {
    "short rows, closed at a cell's end": (
        'U1;fr;Namur;0470001101;"2e étage\nU2;fr;Namur;0470001102\nU3;fr;Namur;0470001103;bis"\n'
    ),
    "a row without a language that is known": (
        'U1;fr;Namur;0470001101;"2e étage\nU2;;Namur;0470001102\nU3;fr;Namur;0470001103;bis"\n'
    ),
    "from the middle of a row to the middle of the next": (
        'U1;fr;Namur;"0470001101;x\nU2;fr;Namur";0470001102\nU3;fr;Namur;0470001103\n'
    ),
}


@pytest.mark.parametrize("rows", SWALLOWED.values(), ids=SWALLOWED)
@pytest.mark.parametrize("head", [HEAD, WIDE], ids=["five columns", "ten columns"])
def test_a_row_that_ends_early_is_not_taken_for_a_line_of_a_cell(head: str, rows: str) -> None:
    intake = read(head + rows)
    assert intake.faults
    seen = {one.reference for one in intake.people} | {one.cells[0] for one in intake.rejected}
    assert seen == {"U1", "U2", "U3"}


ORDERS = [
    ["reference", "adresse", "langue", "commune", "gsm"],
    ["langue", "commune", "gsm", "adresse", "reference"],
    ["adresse", "langue", "reference", "commune", "gsm"],
]


@given(
    order=st.sampled_from(ORDERS),
    delimiter=st.sampled_from(";,"),
    marks=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 60)), max_size=2),
    short=st.booleans(),
)
def test_wherever_a_quotation_mark_slips_in_nobody_disappears_unsaid(
    order: list[str], delimiter: str, marks: list[tuple[int, int]], *, short: bool
) -> None:
    people = [
        {"reference": f"U{n}", "adresse": "rue X", "langue": "fr", "commune": "Namur",
         "gsm": f"047000110{n}"}
        for n in range(3)
    ]  # fmt: skip
    rows = [delimiter.join(one[name] for name in order) for one in people]
    for row, at in marks:
        rows[row] = rows[row][:at] + '"' + rows[row][at:]
    head = delimiter.join(order if short else [*order, "a", "b", "c", "d", "e", "f"])
    intake = read("\n".join([head, *rows]) + "\n")
    kept = " ".join(
        [one.reference + " " + one.phone for one in intake.people]
        + [cell for one in intake.rejected for cell in one.cells]
    ).replace('"', "")
    said = {
        line
        for one in intake.remarks
        if "first" in one.facts
        for line in range(int(str(one.facts["first"])), int(str(one.facts["last"])) + 1)
    }
    for n in range(3):
        assert f"U{n}" in kept or f"47000110{n}" in kept or n + 2 in said


def test_a_cell_of_several_lines_is_read_and_said() -> None:
    for file in (
        HEAD + 'U1;fr;Namur;0470001101;"rue X 12, bte 3\n5000 Namur"\n',
        'remarques;langue;commune;gsm\n"rue X 12, bte 3\n5000 Namur";fr;Namur;0470001101\n',
    ):
        intake = read(file)
        assert [one.phone for one in intake.people] == ["+32470001101"]
        (said,) = intake.remarks
        assert said.row == 2
        assert "lines 2 to 3 of the file" in ENGLISH(said.reason, **said.facts)


def test_a_row_of_many_quotation_marks_is_read_in_time_that_grows_with_its_length() -> None:
    def steps(pairs: int) -> int:
        count = 0

        def trace(*_: object) -> None:
            nonlocal count
            count += 1

        sys.setprofile(trace)
        try:
            split_row('"' + '""' * pairs + '";x', ";")
        finally:
            sys.setprofile(None)
        return count

    assert steps(20_000) == steps(20), "nothing is done for each of them"


@given(
    st.lists(
        st.sampled_from(['"', '""', "x", ";", "U1;fr;Namur;0470001101;a", '"a\nb"', "", "\n"]),
        max_size=12,
    ).map("".join)
)
def test_no_line_with_a_reference_disappears(noise: str) -> None:
    last = "U9;fr;Namur;0470001109;\n"
    intake = read(HEAD + "U0;fr;Namur;0470001100;" + noise + "\n" + last)
    seen = [one.reference for one in intake.people] + [one.cells[0] for one in intake.rejected]
    assert "U9" in seen
    assert seen.count("U0") == 1


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), min_size=1, max_size=5)
)
def test_a_row_is_split_as_it_was_joined(cells: list[str]) -> None:
    for delimiter in DELIMITERS:
        quoted = delimiter.join('"' + cell.replace('"', '""') + '"' for cell in cells)
        assert split_row(quoted + "\r\n", delimiter) == cells


def test_a_row_longer_than_the_headings_is_refused() -> None:
    file = HEAD + "U1;fr;Namur;0470001101;rue X;bte 3\n" + "U2;fr;Namur;0470001102;;;;\n"
    said = "the row is longer than the headings: “bte 3” is in column 6"
    assert told(file) == [(2, "", said)]
    assert [one.reference for one in read(file).people] == ["U2"]


BOTH = "reference;langue;commune;GSM;Téléphone;e-mail\n"


def test_of_two_numbers_the_mobile_one_counts_and_the_other_where_it_is_empty() -> None:
    rows = (
        "V1;fr;Namur;0470001201;081223344;v1@example.org\nV2;fr;Namur;0470001202;;v2@example.org\n"
    )
    intake = read(BOTH + rows + "V3;fr;Namur;;081223344;\n")
    numbers = ["+32470001201", "+32470001202", "+3281223344"]
    assert [one.phone for one in intake.people] == numbers
    assert intake.headings.telephones() == ("GSM", "Téléphone")
    other = "reference;langue;commune;Téléphone;GSM\nV1;fr;Namur;081223344;0470001201\n"
    assert [one.phone for one in read(other).people] == ["+32470001201"]


@pytest.mark.parametrize(
    ("headings", "first", "second"),
    [
        ("langue;commune;phone;phone", "phone", "phone"),
        ("langue;commune;gsm;Portable", "gsm", "Portable"),
        ("langue;commune;gsm;e-mail;Courriel", "e-mail", "Courriel"),
        ("langue;Taal;commune;gsm", "langue", "Taal"),
        ("langue;commune;ville;gsm", "commune", "ville"),
    ],
)
def test_two_headings_for_one_field_are_refused_by_name(
    headings: str, first: str, second: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        read(headings + "\nfr;Namur;0470001201;;\n")
    assert (refused.value.facts["first"], refused.value.facts["second"]) == (first, second)


def test_headings_that_are_not_known_and_columns_that_are_absent_are_told() -> None:
    intake = read(
        "referentie;taal;gemeente;gsm;E-mailadres;Opmerking\nW1;nl;Gent;0470000901;a@example.org;x\n"
    )
    assert intake.headings.unknown == ("Opmerking",)
    assert intake.people[0].email == "a@example.org"
    assert intake.absent == ("name", "consent_date", "consent_source", "channels", "groups")
    assert intake.people[0].unsaid == {"name"}


@pytest.mark.parametrize(
    ("data", "row"),
    [
        (b"sep=;\r\nlangue;commune;gsm\r\nfr;Namur;0470001701\r\n", 1),
        (b"sep=,\r\nlangue,commune,gsm\r\nfr,Namur,0470001701\r\n", 1),
        (
            b"Liste des inscrits au 29/11/2026;;\r\n;;\r\nlangue;commune;gsm\r\n"
            b"fr;Namur;0470001702\r\n",
            3,
        ),
        (b"langue;commune;gsm\rfr;Namur;0470001703\r", 1),
    ],
    ids=["sep=;", "sep=,", "a title", "Macintosh"],
)
def test_a_line_for_excel_a_title_and_old_line_ends_are_no_hindrance(data: bytes, row: int) -> None:
    intake = read(data)
    assert len(intake.people) == 1
    assert intake.headings.row == row
    assert intake.headings.above == ((1,) if row == 3 else ())


def test_a_row_above_the_headings_that_may_be_somebody_is_no_title() -> None:
    with pytest.raises(BadRequest) as refused:
        read("fr;Namur;0470001702\nlangue;commune;gsm\nfr;Namur;0470001703\n")
    assert refused.value.facts["row"] == 1


LANGUAGES = {
    "Nederlands": NL, "Néerlandais": NL, "Duits": DE, "Allemand": DE, "N": NL, "F": FR, "D": DE,
    "Français": FR, "Deutsch": DE, "FRANCAIS": FR, "fr-BE": FR, "nl_BE": NL, "frans": FR,
    "frais": None, "Denis": None, "nlx": None, "": None, "Frankrijk": None, "English": None,
}  # fmt: skip


@pytest.mark.parametrize("word", LANGUAGES)
def test_a_language_is_a_word(word: str) -> None:
    intake = read(f"taal;gemeente;gsm\n{word};Gent;0470001800\n")
    assert [one.language for one in intake.people] == [LANGUAGES[word]] * bool(LANGUAGES[word])


def test_faults_are_named_by_the_row_a_spreadsheet_shows_and_blanks_are_blanks() -> None:
    text = (
        'reference;name;language;municipality;phone\nL1;"Anne\nDupont";fr;Namur;0470001401\n'
        "L2;Bob;xx;Namur;0470001402\nL3;Anne\u00a0 Dupont;fr;Namur;0470001403\n\nL4;C;yy;Namur;\n"
    )
    assert [row for row, column, _ in told(text) if column == "language"] == [3, 6]
    assert [one.name for one in read(text).people] == ["Anne Dupont", "Anne Dupont"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("0902 12 345", "premium"),
        ("0470-CALL-ME", "letters"),
        ("+44 7055 123456", "premium"),
        ("4,70E+08", "as Text"),
        ("4.70001E+8", "as Text"),
        ("0470 12 34 56 ext 7", "letters"),
    ],
)
def test_a_number_that_costs_has_letters_or_was_rounded_is_refused(typed: str, said: str) -> None:
    ((row, column, reason),) = told(f"reference;language;municipality;phone\nP1;fr;Namur;{typed}\n")
    assert (row, column) == (2, "phone")
    assert said in reason


def test_a_number_that_lost_its_zero_is_read_and_said() -> None:
    for typed, number in (("470123456", "+32470123456"), ("32470123456", "+32470123456")):
        intake = read(f"reference;language;municipality;phone\nP1;fr;Namur;{typed}\n")
        assert [one.phone for one in intake.people] == [number]
        assert [(one.row, one.column, one.facts["number"]) for one in intake.remarks] == [
            (2, "phone", number)
        ]
    assert not read("reference;language;municipality;phone\nP1;fr;Namur;0470123456\n").remarks


ADDRESSES = {
    "info@müller-bau.example": "info@xn--mller-bau-q9a.example",
    "info@MÜLLER-bau.example": "info@xn--mller-bau-q9a.example",
    "info@faß.example": "info@xn--fa-hia.example",
    "info@xn--mller-bau-q9a.example": "info@xn--mller-bau-q9a.example",
    "Jean.Dupont+x@EXAMPLE.org": "Jean.Dupont+x@example.org",
    "müller@example.org": None,
    "a@exa_mple.org": None,
    "a@-example.org": None,
}


@pytest.mark.parametrize("typed", ADDRESSES)
def test_a_domain_beyond_ascii_is_kept_as_idna_2008_writes_it(typed: str) -> None:
    intake = read(f"reference;language;municipality;email\nI1;de;Eupen;{typed}\n")
    assert [one.email for one in intake.people] == [ADDRESSES[typed]] * bool(ADDRESSES[typed])


def test_only_a_local_part_beyond_ascii_needs_more_than_mail_servers_all_have() -> None:
    ((_, _, said),) = told(
        "reference;language;municipality;email\nI1;de;Eupen;müller@example.org\n"
    )
    assert "mail servers" in said


def test_a_code_beside_a_name_is_read_in_one_column_or_in_two() -> None:
    towns = ("4000 Liège", "Liège (4000)", "B-4000", "5100 Jambes", "9120 Beveren", "St-Gilles")
    rows = "".join(f"G{n};fr;{town};047000190{n}\n" for n, town in enumerate(towns))
    people = read("reference;langue;commune;gsm\n" + rows).people
    assert [one.nis_code for one in people] == [
        "62063",
        "62063",
        "62063",
        "92094",
        "46030",
        "21013",
    ]
    split = "reference;langue;Code postal;Localité;gsm\nG1;fr;5100;Jambes;0470001901\n"
    assert [one.nis_code for one in read(split).people] == ["92094"]
    assert [one.facts["place"] for one in read(split).remarks] == ["5100 Jambes"]
    (fault,) = read("reference;langue;cp;commune;gsm\nG1;fr;5100;Gent;0470001901\n").faults
    assert "do not match" in fault.reason


TODAY_WRITTEN = datetime(2025, 3, 31)  # noqa: DTZ001  a day as somebody wrote it
NAMES = ("Zoë Lefèvre", "Günther Öttl", "François Noël", "Ève Dûchêne", "Jürgen Groß")
LISTS = {
    FR: ("Référence", "Nom", "Langue", "Commune", "GSM", "Date du consentement"),
    NL: ("Referentie", "Naam", "Taal", "Gemeente", "Gsm-nummer", "Datum toestemming"),
    DE: ("Referenz", "Name", "Sprache", "Gemeinde", "Handynummer", "Datum der Einwilligung"),
}
WAYS = {
    # program and menu entry: encoding, byte order mark, delimiter, line end, form of a day
    "Excel for Windows, CSV": ("cp1252", b"", ";", "\r\n", "%d/%m/%Y"),
    "Excel for Windows, CSV UTF-8": ("utf-8", codecs.BOM_UTF8, ";", "\r\n", "%d-%m-%y"),
    "Excel for Windows, Unicode text": ("utf-16-le", codecs.BOM_UTF16_LE, "\t", "\r\n", "%d.%m.%Y"),
    "Excel for Windows, CSV (MS-DOS)": ("cp850", b"", ";", "\r\n", "%d/%m/%y"),
    "Excel for Macintosh, CSV (Macintosh)": ("mac_roman", b"", ";", "\r", "%d/%m/%Y"),
    "Excel for Macintosh, CSV UTF-8": ("utf-8", codecs.BOM_UTF8, ";", "\r\n", "%d/%m/%y"),
    "LibreOffice, UTF-8": ("utf-8", b"", ",", "\n", "%d/%m/%Y"),
    "LibreOffice, Windows-1252": ("cp1252", b"", ";", "\n", "%d.%m.%Y"),
    "a form on the web": ("utf-8", b"", ",", "\n", "%Y-%m-%dT%H:%M:%S"),
}


@pytest.mark.parametrize("language", LISTS)
@pytest.mark.parametrize("way", WAYS)
def test_what_spreadsheets_write_works_as_it_is(way: str, language: Language) -> None:
    encoding, mark, delimiter, end, day = WAYS[way]
    written = {FR: ("Français", "F"), NL: ("Nederlands", "N"), DE: ("Deutsch", "D")}[language]
    lines = [delimiter.join(LISTS[language])]
    for n, name in enumerate(NAMES):
        agreed = f"{TODAY_WRITTEN:{day}}"
        cells = (f"R{n}", name, written[n % 2], "Liège", f"0470 12 34 5{n}", agreed)
        lines.append(delimiter.join(cells))
    intake = read(mark + (end.join(lines) + end).encode(encoding))
    assert not intake.faults
    assert [one.name for one in intake.people] == list(NAMES)
    assert {one.language for one in intake.people} == {language}
    assert {one.consent_date for one in intake.people} == {TODAY_WRITTEN.date()}
    assert intake.form.delimiter == delimiter


def test_rejected_rows_come_back_as_they_were_and_can_be_brought_again() -> None:
    file = (
        "Référence;Langue;Commune;GSM;Bemerk\nA1;fr;Namur;4,70E+08;=1+1\nA2;fr;Namur;0470123456;\n"
    )
    mended = read(file).rejected_file(translator_for(FR))
    assert mended.splitlines()[0] == "Référence;Langue;Commune;GSM;Bemerk;fault"
    again = read(mended.replace("4,70E+08", "0470 12 34 57"))
    assert [one.reference for one in again.people] == ["A1"]
    assert again.headings.unknown == ("Bemerk",)


@pytest.mark.parametrize(
    ("names", "encoding", "end", "likely"),
    [
        ("Daniël Noë;Jörg Köhler", "cp850", "\r\n", "mac_roman"),
        ("Daniël Noë;Jörg Köhler", "mac_roman", "\r", ""),
        ("Benoît;Jérôme", "mac_roman", "\r", ""),
        ("Daniël Noë;Jörg Köhler", "cp1252", "\r\n", ""),
        ("Amélie;Hélène", "cp850", "\r\n", ""),
    ],
)
def test_the_ends_of_lines_tell_a_code_page_and_a_doubt_is_said(
    names: str, encoding: str, end: str, likely: str
) -> None:
    rows = [f"U{n};fr;Namur;047000110{n};{name}" for n, name in enumerate(names.split(";"))]
    text = end.join(["reference;langue;commune;gsm;nom", *rows, ""])
    intake = read(text.encode(encoding))
    assert [one.name for one in intake.people] == names.split(";")
    assert (intake.form.encoding, intake.form.or_encoding) == (encoding, likely)
    said = " ".join(ENGLISH(says, **facts) for says, facts in sentences(intake))
    assert ("equally likely" in said) == bool(likely)


def test_one_byte_of_another_encoding_spoils_its_cell_and_no_other() -> None:
    head = b"reference;langue;commune;gsm;nom;remarques\n"
    file = head + "U1;fr;Namur;0470001101;Müller;\nU2;fr;Liège;0470001102;Noë;\n".encode()
    file += b"U3;fr;Namur;0470001103;H\xe9l\xe8ne;\nU4;fr;Namur;0470001104;Jan;caf\xe9\n"
    intake = read(file)
    assert [one.name for one in intake.people] == ["Müller", "Noë", "Jan"]
    assert [(one.row, one.column) for one in intake.faults] == [(4, "name")]


def test_a_name_that_was_garbled_before_is_said() -> None:
    intake = read(HEAD.replace("remarques", "nom") + "U1;fr;Namur;0470001101;MÃ¼ller\n")
    (said,) = intake.remarks
    assert said.facts["meant"] == "Müller"


@pytest.mark.parametrize("language", Language)
def test_fields_and_countries_are_told_in_the_words_of_the_reader(language: Language) -> None:
    say = translator_for(language)
    for field, names in FIELD_NAMES.items():
        assert FIELDS[key_of(names[language])] == field, "and the word works as a heading"
    intake = read("Prénom;langue;commune;téléphone\nAn;fr;Namur;+442079460000\nBe;fr\n")
    told = [say(says, **facts) for says, facts in sentences(intake)]
    told += [say(one.reason, **one.facts) for one in (*intake.faults, *intake.remarks)]
    for raw in ("first_name", "consent_date", "nis_code", "GB", "BE"):
        assert not re.search(rf"\b{raw}\b", " ".join(told)), raw
    with pytest.raises(BadRequest) as refused:
        read("prénom;gsm\nAn;0470000001\n")
    assert FIELD_NAMES["municipality"][language] in say.error(refused.value)


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Liste\n", "Row above them, which is not read: 1."),
        ("A\nB\n", "Rows above them, which are not read: 1, 2."),
    ],
)
def test_one_row_above_the_headings_is_one_row(title: str, said: str) -> None:
    intake = read(title + HEAD)
    assert any(ENGLISH(says, **facts).endswith(said) for says, facts in sentences(intake))


@pytest.mark.parametrize("typed", ["470 12 34 56", "470.123.456", "2 345 67 89", "470/12-34-56"])
def test_a_number_without_its_zero_is_said_however_its_digits_are_grouped(typed: str) -> None:
    intake = read(HEAD + f"U1;fr;Namur;{typed};\n")
    assert [(one.row, one.column) for one in (*intake.faults, *intake.remarks)] == [(2, "phone")]


def test_a_number_with_its_zero_or_its_country_needs_no_remark() -> None:
    numbers = ("0470 12 34 56", "+32 470 12 34 57", "(0470) 12.34.58", "+32 (0)470 12 34 59")
    rows = "".join(f"U{n};fr;Namur;{one};\n" for n, one in enumerate(numbers))
    assert not read(HEAD + rows).remarks


def test_a_column_that_holds_something_and_has_no_heading_is_named() -> None:
    file = "reference;;langue;;commune;gsm\nU1;0470000009;fr;;Namur;0470001101\n"
    intake = read(file)
    said = [ENGLISH(says, **facts) for says, facts in sentences(intake)]
    assert "Columns without a heading, which contain data and are not read: B." in said


@pytest.mark.parametrize("hidden", [True, False])
def test_a_hidden_sheet_is_said_to_be_hidden(*, hidden: bool) -> None:
    made = io.BytesIO(xlsx({"L": [["langue", "commune", "gsm"], ["fr", "Namur", "0470001101"]]}))
    with zipfile.ZipFile(made) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    mark = b'sheetId="1" state="hidden"' if hidden else b'sheetId="1"'
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b'sheetId="1"', mark)
    intake = read(folded_parts(parts))
    assert intake.form.hidden is hidden
    first, *_ = [ENGLISH(says, **facts) for says, facts in sentences(intake)]
    assert ("hidden" in first) is hidden
