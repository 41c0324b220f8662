"""Rows of people and of newsrooms become recipients; every fault is named by row and column."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import BinaryIO, Protocol

from alerting.domain.channel_profiles import preferable
from alerting.domain.errors import UnknownPlace
from alerting.domain.language import LEGAL, Language
from alerting.domain.place import PlaceRead
from alerting.domain.recipient import (
    Recipient,
    RecipientKind,
    RowFinding,
    addresses_kept,
    reference_key,
    told_apart_by,
)
from alerting.domain.text.i18n import msgid
from alerting.importing.csv_table import write_rows
from alerting.importing.email_addresses import RefusedAddress, read_address
from alerting.importing.headings import Headings, named
from alerting.importing.language_words import read_language
from alerting.importing.phone_numbers import (
    BAD_PHONE,
    BECAME_NUMBER,
    READ_AS,
    SCIENTIFIC,
    RefusedNumber,
    lost_its_beginning,
    read_number,
)
from alerting.importing.raw_table import REPLACED, CellType, FileForm
from alerting.importing.table import Row, Table, open_table

COLUMNS: Mapping[RecipientKind, tuple[str, ...]] = {
    RecipientKind.PERSON: (
        "reference", "name", "language", "municipality", "phone", "email",
        "consent_date", "consent_source", "channels", "groups",
    ),
    RecipientKind.PRESS: (
        "reference", "outlet", "name", "language", "municipality", "email", "phone",
        "consent_date", "consent_source", "groups",
    ),
}  # fmt: skip
REQUIRED: Mapping[RecipientKind, tuple[str, ...]] = {
    RecipientKind.PERSON: ("language", "municipality"),
    RecipientKind.PRESS: ("outlet", "language", "email"),
}
DATES = (
    "%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d", "%d/%m/%y", "%d.%m.%y", "%d-%m-%y",
)  # fmt: skip
"""As Excel and LibreOffice write a day in French, Dutch and German; the day comes first."""
HOUR = re.compile(r"[ T][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?$")
SEVERAL = re.compile(r"[,|]")
LONGEST_NAME, LONGEST_REFERENCE = 200, 128
LONGEST_GROUP, MOST_GROUPS = 100, 20
LONGEST = {
    "name": LONGEST_NAME, "outlet": LONGEST_NAME, "reference": LONGEST_REFERENCE,
    "consent_source": LONGEST_NAME,
}  # fmt: skip
ROUNDED = "000000"
"""How a number ends that was once shown as 4,70E+08, and read again."""
EARLIEST = date(1990, 1, 1)
"""A consent before this is a slip of the hand, or 69 read as 1969."""
KEPT_WHEN_ABSENT = {
    "name": "name", "phone": "phone", "email": "email", "outlet": "outlet",
    "municipality": "nis_code",
}  # fmt: skip
"""Columns -> what stays as we know it where a file has no such column. Consent, wishes and groups
stay also where a cell is empty."""

BAD_LANGUAGE = msgid("not a language: use fr, nl or de")
BAD_PLACE = msgid("not a Belgian municipality, postal code or NIS code")
MANY_PLACES = msgid("covers several municipalities: name one, or give its NIS code")
NO_ADDRESS = msgid("needs a phone number or an e-mail address")
TWICE = msgid("the same as row {row}")
TOO_LONG = msgid("too long")
CONTROL = msgid("contains characters that cannot be printed")
MISSING = msgid("is empty")
BAD_DATE = msgid("not a date that has been: use 2025-03-31 or 31/03/2025")
BAD_CHANNEL = msgid("not a channel: use sms, voice or email, with a comma between several")
LOST_ZEROS = msgid(
    "the spreadsheet made the number {value} of it, perhaps without the zeros it began with: give "
    "the column the format Text and type it again"
)
BECAME_DATE = msgid(
    "the spreadsheet made a date of it: give the column the format Text and type it again"
)
SEVERAL_LINES = msgid(
    "lines {first} to {last} of the file stand between quotation marks and were read as one row"
)
TOO_SHORT = msgid("the row ends before: {fields}. What is known of these stays as it is")
NOT_READABLE = msgid(
    "a letter that cannot be read, since the file mixes encodings or lost it before: type the word "
    "again and save the file as “CSV UTF-8”"
)
GARBLED = msgid(
    "“{value}” is perhaps “{meant}” in another encoding: it is kept as it stands in the file"
)
NO_RESULT = msgid(
    "the formula in this cell has an error, or the file holds no result of it: open the workbook, "
    "copy the column and paste it as values, and bring it again"
)
NO_WAY = msgid("wishes only channels for which there is no address")

ReadPlace = Callable[[str], PlaceRead]
"""Reads a municipality as people write it; raises UnknownPlace."""


class Say(Protocol):
    """Tells a message id with its facts in the language of a reader."""

    @property
    def language(self) -> Language:
        """Theirs."""
        ...

    def __call__(self, text: str, **facts: object) -> str:
        """The sentence."""
        ...


@dataclass(frozen=True, slots=True)
class ReadRow:
    """What became of one row: a recipient or faults, and remarks on how it was read."""

    row: Row
    person: Recipient | None
    faults: tuple[RowFinding, ...]
    remarks: tuple[RowFinding, ...]


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What a file holds: the good rows, the faults, and the rows that have some."""

    form: FileForm
    headings: Headings
    absent: tuple[str, ...]
    """Fields the file has no column for: what we know of them stays."""
    people: tuple[Recipient, ...]
    rows: tuple[int, ...]
    """The row of each of `people`."""
    faults: tuple[RowFinding, ...]
    remarks: tuple[RowFinding, ...]
    """What was read otherwise than it stands there, said aloud."""
    rejected: tuple[Row, ...]
    nameless: tuple[int, ...]
    """Columns, from 1, that hold something and have no heading: they are not read."""
    undecided: Mapping[int, Row]
    """By position among `people`, the rows without a number or an address: what we know of them
    may be enough."""

    @property
    def bad_lines(self) -> int:
        """How many rows have at least one fault."""
        return len({fault.row for fault in self.faults})

    def without(self, unreachable: Collection[int]) -> "ImportResult":
        """The same, less the undecided people at these positions: nothing is known of them."""
        faults = [RowFinding(self.rows[at], "phone", "", NO_ADDRESS) for at in unreachable]
        kept = [at for at in range(len(self.people)) if at not in unreachable]
        rejected = (*self.rejected, *(self.undecided[at] for at in unreachable))
        return replace(
            self,
            people=tuple(self.people[at] for at in kept),
            rows=tuple(self.rows[at] for at in kept),
            faults=tuple(sorted((*self.faults, *faults), key=lambda one: one.row)),
            rejected=tuple(sorted(rejected, key=lambda one: one.number)),
            undecided={},
        )

    def rejected_file(self, say: Say) -> str:
        """The rejected rows as a CSV file to mend, each with its faults; empty where there is none.

        `say(msgid, **facts)` tells a reason in the language of whoever mends it.
        """
        reasons: dict[int, list[str]] = {}
        for one in self.faults:
            column = self.headings.heading_of(one.column, say.language) if one.column else ""
            reason = f"{column}: {say(one.reason, **one.facts)}".removeprefix(": ")
            reasons.setdefault(one.row, []).append(reason)
        width = max(len(self.headings.columns), *(len(one.cells) for one in self.rejected), 0)
        own = {one.column - 1 for one in self.headings.columns if one.field == "fault"}

        def laid(cells: Sequence[str], last: str) -> list[str]:
            filled = [*cells, *[""] * (width - len(cells))]
            return [*(cell for at, cell in enumerate(filled) if at not in own), last]

        rows = [laid(one.cells, "; ".join(reasons[one.number])) for one in self.rejected]
        names = laid([one.text for one in self.headings.columns], "fault")
        return write_rows([names, *rows]) if rows else ""


def read_recipients(
    source: bytes | BinaryIO,
    kind: RecipientKind,
    read_place: ReadPlace,
    *,
    today: date,
    countries: Collection[str],
) -> ImportResult:
    """Read a whole file. No row stops the others; who imports decides what to do with faults.

    `countries` are those whose telephone numbers are taken, as ISO 3166-1.
    """
    table = open_table(source, required=REQUIRED[kind])
    reader = RowReader(kind, read_place, today, countries, absent=absent_from(table, kind))
    people: list[Recipient] = []
    rows: list[int] = []
    faults: list[RowFinding] = []
    remarks: list[RowFinding] = []
    rejected: list[Row] = []
    undecided: dict[int, Row] = {}
    for one in map(reader.read, table.rows()):
        faults.extend(one.faults)
        remarks.extend(one.remarks)
        if one.person:
            if not (one.person.phone or one.person.email):
                undecided[len(people)] = one.row
            people.append(one.person)
            rows.append(one.row.number)
        else:
            rejected.append(one.row)
    return ImportResult(
        table.form,
        table.headings,
        reader.absent,
        tuple(people),
        tuple(rows),
        tuple(faults),
        tuple(remarks),
        tuple(rejected),
        tuple(sorted(table.nameless)),
        undecided,
    )


def absent_from(table: Table, kind: RecipientKind) -> tuple[str, ...]:
    """The fields a list of this kind may have and this file has no column for."""
    said = table.headings.fields()
    return tuple(name for name in COLUMNS[kind] if name not in said)


def read_one(
    fields: Mapping[str, str],
    kind: RecipientKind,
    read_place: ReadPlace,
    *,
    today: date,
    countries: Collection[str],
) -> tuple[Recipient | None, Sequence[RowFinding]]:
    """One entry as somebody typed it, by the same rules as a row of a file."""
    plain = {name: " ".join(value.split()) for name, value in fields.items()}
    read = RowReader(kind, read_place, today, countries).read(Row(0, plain))
    # Nobody at a form has a spreadsheet to blame.
    faults = [
        replace(one, reason=BAD_PHONE) if one.reason == BECAME_NUMBER else one
        for one in read.faults
    ]
    return read.person, faults


class RowReader:
    """Reads one row after the other; of those it has read it remembers what tells them apart."""

    def __init__(
        self,
        kind: RecipientKind,
        read_place: ReadPlace,
        today: date,
        countries: Collection[str],
        *,
        absent: tuple[str, ...] = (),
    ) -> None:
        self.absent = absent
        self._countries = countries
        self._kind = kind
        self._today = today
        self._channel_words = {
            word: row.name for row in preferable() for word in (row.name, *row.words)
        }
        self._read_place = read_place
        self._places: dict[str, PlaceRead | UnknownPlace] = {}
        self._seen: dict[tuple[str, str], int] = {}
        self._unsaid = frozenset(
            KEPT_WHEN_ABSENT[name] for name in absent if name in KEPT_WHEN_ABSENT
        )

    def read(self, row: Row) -> ReadRow:
        """What becomes of a row."""
        found = _Findings(row)
        if row.problem:
            found.faults.append(RowFinding(row.number, "", "", row.problem, row.facts))
            return ReadRow(row, None, tuple(found.faults), ())
        if errors := [name for name, kind in row.types.items() if kind is CellType.ERROR]:
            for name in errors:
                found.fault(name, NO_RESULT)
            return ReadRow(row, None, tuple(found.faults), ())
        person = self._person(row, found)
        return ReadRow(
            row, None if found.faults else person, tuple(found.faults), tuple(found.remarks)
        )

    def _person(self, row: Row, found: "_Findings") -> Recipient | None:
        self._say_how_it_stands(row, found)
        self._check_cells(row, found)
        unsaid = self._unsaid | {
            KEPT_WHEN_ABSENT[name] for name in row.missing if name in KEPT_WHEN_ABSENT
        }
        language = self._language(row, found)
        phone, email = self._phone(row, found), self._email(row, found)
        nis_code = self._place(row, found)
        consent_date, preferred_channels = self._date(row, found), self._wishes(row, found)
        groups = self._groups(row, found)
        if self._kind is RecipientKind.PRESS and not row.fields.get("outlet"):
            found.fault("outlet", MISSING)
        reference = row.fields.get("reference", "")
        # Where the file has no column for one of the addresses, what we know of it may be enough.
        known_by = reference or phone or email
        if not found.faults and not (known_by and unsaid & {"phone", "email"}):
            if not (phone or email):
                found.fault("phone", NO_ADDRESS)
            elif not any(addresses_kept(phone, email, preferred_channels)):
                found.fault("channels", NO_WAY)
        if found.faults or language is None:
            return None
        person = Recipient(
            kind=self._kind,
            reference=reference,
            language=language,
            name=row.fields.get("name", ""),
            nis_code=nis_code,
            phone=phone,
            email=email,
            outlet=row.fields.get("outlet", ""),
            consent_date=consent_date,
            consent_source=row.fields.get("consent_source", ""),
            preferred_channels=preferred_channels,
            groups=groups,
            unsaid=unsaid,
        )
        known_as = (reference_key(reference), "") if reference else told_apart_by(person)
        if (earlier := self._seen.setdefault(known_as, row.number)) != row.number:
            found.fault("reference", TWICE, row=earlier)
            return None
        return person

    def _say_how_it_stands(self, row: Row, found: "_Findings") -> None:
        first, last = row.lines
        if last > first:
            found.remark("", SEVERAL_LINES, first=first, last=last)
        if row.missing:
            names = [name for name in COLUMNS[self._kind] if name in row.missing]
            found.remark("", TOO_SHORT, fields=named(names))

    def _check_cells(self, row: Row, found: "_Findings") -> None:
        """What a spreadsheet made of them, their length, their characters."""
        for column, kind in row.types.items():
            if kind is CellType.DATE and column != "consent_date":
                found.fault(column, BECAME_DATE)
            elif kind is CellType.NUMBER and column == "reference":
                found.fault(column, LOST_ZEROS, value=row.fields[column])
        for column, value in row.fields.items():
            if REPLACED in value:
                found.fault(column, NOT_READABLE)
            elif (meant := _in_utf_8(value)) != value:
                found.remark(column, GARBLED, value=value, meant=meant)
        for column, longest in LONGEST.items():
            value = row.fields.get(column, "")
            if len(value) > longest:
                found.fault(column, TOO_LONG)
            elif not value.isprintable():
                found.fault(column, CONTROL)
        if SCIENTIFIC.fullmatch(reference := row.fields.get("reference", "")):
            found.fault("reference", BECAME_NUMBER, value=reference)

    def _language(self, row: Row, found: "_Findings") -> Language | None:
        language = read_language(row.fields.get("language", ""))
        if language is None or (self._kind is RecipientKind.PERSON and language not in LEGAL):
            found.fault("language", BAD_LANGUAGE)
            return None
        return language

    def _date(self, row: Row, found: "_Findings") -> date | None:
        value = HOUR.sub("", row.fields.get("consent_date", ""))
        if not value:
            return None
        for form in DATES:
            with suppress(ValueError):
                day = datetime.strptime(value, form).date()  # noqa: DTZ007  a day has no zone
                if EARLIEST <= day <= self._today:
                    return day
        found.fault("consent_date", BAD_DATE)
        return None

    def _wishes(self, row: Row, found: "_Findings") -> tuple[str, ...]:
        if self._kind is not RecipientKind.PERSON:
            return ()
        said = _several(row.fields.get("channels", "").lower())
        if any(one not in self._channel_words for one in said):
            found.fault("channels", BAD_CHANNEL)
            return ()
        wished = {self._channel_words[one] for one in said}
        return tuple(one.name for one in preferable() if one.name in wished)

    def _groups(self, row: Row, found: "_Findings") -> tuple[str, ...] | None:
        if "groups" not in row.fields or "groups" in row.missing:
            return None
        names = _several(row.fields["groups"])
        if len(names) > MOST_GROUPS or any(len(name) > LONGEST_GROUP for name in names):
            found.fault("groups", TOO_LONG)
        elif any(not name.isprintable() for name in names):
            found.fault("groups", CONTROL)
        return names

    def _phone(self, row: Row, found: "_Findings") -> str:
        value = row.fields.get("phone", "")
        kind = row.types.get("phone")
        if not value or kind is CellType.DATE:
            return ""
        if kind is CellType.NUMBER and value.endswith(ROUNDED):
            return found.fault("phone", BECAME_NUMBER, value=value)
        try:
            number = read_number(value, self._countries)
        except RefusedNumber as refused:
            return found.fault("phone", refused.reason, **refused.facts)
        if lost_its_beginning(value):
            found.remark("phone", READ_AS, value=value, number=number)
        return number

    def _email(self, row: Row, found: "_Findings") -> str:
        value = row.fields.get("email", "")
        if not value:
            return found.fault("email", MISSING) if self._kind is RecipientKind.PRESS else ""
        try:
            return read_address(value)
        except RefusedAddress as refused:
            return found.fault("email", refused.reason)

    def _place(self, row: Row, found: "_Findings") -> str:
        value = row.fields.get("municipality", "")
        if not value and self._kind is RecipientKind.PRESS:
            return ""  # it covers the country
        if not value:
            return found.fault("municipality", MISSING)
        if value not in self._places:
            try:
                self._places[value] = self._read_place(value)
            except UnknownPlace as refusal:
                self._places[value] = refusal
        match self._places[value]:
            case UnknownPlace() as refused:
                known = refused.says != UnknownPlace.says
                return found.fault(
                    "municipality", refused.says if known else BAD_PLACE, **refused.facts
                )
            case PlaceRead(municipalities=(nis_code,), remarks=remarks):
                for one in remarks:
                    found.remark("municipality", one.says, **one.facts)
                return nis_code
        return found.fault("municipality", MANY_PLACES)


class _Findings:
    """Faults and remarks of one row as they are found."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self.faults: list[RowFinding] = []
        self.remarks: list[RowFinding] = []

    def fault(self, column: str, reason: str, **facts: object) -> str:
        """What is wrong with a column; an empty text comes back, to stand in for its value."""
        self.faults.append(self._about(column, reason, facts))
        return ""

    def remark(self, column: str, reason: str, **facts: object) -> None:
        """What its writer should know about how a column was read."""
        self.remarks.append(self._about(column, reason, facts))

    def _about(self, column: str, reason: str, facts: Mapping[str, object]) -> RowFinding:
        return RowFinding(self._row.number, column, self._row.fields.get(column, ""), reason, facts)


def _in_utf_8(value: str) -> str:
    """What a text says whose letters were in UTF-8 and were read as Windows-1252."""
    if value.isascii():
        return value
    try:
        return value.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return value


def _several(text: str) -> tuple[str, ...]:
    """What stands between commas, once each."""
    parts = (" ".join(part.split()) for part in SEVERAL.split(text))
    return tuple(dict.fromkeys(part for part in parts if part))
