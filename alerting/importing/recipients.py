"""Rows of people and of newsrooms become recipients; every fault is named by row and column."""

import io
import re
from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from heapq import merge
from itertools import groupby, islice
from operator import attrgetter
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
from alerting.temporary import DiskKeys, DiskList

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
GROUPS_REMEMBERED = 200_000
"""Of one file; more than a list may have, and what is one too many is among the first."""
ROWS_AT_ONCE = 1_000
"""That are read before whoever waits is told how far it is."""
MAX_CHARS = {
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
NO_ADDRESS = msgid("needs a telephone number or an e-mail address")
TWICE = msgid("the same as row {row}")
TOO_LONG = msgid("too long")
CONTROL = msgid("contains characters that cannot be printed")
MISSING = msgid("is empty")
BAD_DATE = msgid("not a date in the past: use 2025-03-31 or 31/03/2025")
BAD_CHANNEL = msgid("not a channel: use sms, voice or email, separated by commas")
LOST_ZEROS = msgid(
    "the spreadsheet changed it to the number {value}, perhaps without its leading zeros: "
    "format the column as Text and type it again"
)
BECAME_DATE = msgid(
    "the spreadsheet changed it to a date: format the column as Text and type it again"
)
SEVERAL_LINES = msgid(
    "lines {first} to {last} of the file are enclosed in quotation marks and were read as one row"
)
TOO_SHORT = msgid("the row ends before: {fields}. Existing values are kept")
NOT_READABLE = msgid(
    "a character cannot be read, because the file mixes encodings or the character was "
    "lost earlier: type the word again and save the file as “CSV UTF-8”"
)
GARBLED = msgid("“{value}” may be “{meant}” in another encoding: it is kept as it is in the file")
NO_RESULT = msgid(
    "the formula in this cell has an error, or the file contains no result for it: open "
    "the workbook, copy the column, paste it as values and import the file again"
)
NO_WAY = msgid("has no telephone number or e-mail address for any of the preferred channels")

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
    people: Sequence[Recipient]
    rows: Sequence[int]
    """The row of each of `people`."""
    faults: Sequence[RowFinding]
    remarks: Sequence[RowFinding]
    """What was read otherwise than it stands there, said aloud."""
    rejected: Sequence[Row]
    nameless: tuple[int, ...]
    """Columns, from 1, that hold something and have no heading: they are not read."""
    undecided: Sequence[tuple[int, Row]]
    """By position among `people`, the rows without a number or an address: what we know of them
    may be enough."""
    places: frozenset[str]
    """The municipalities of `people`."""
    groups: Mapping[str, int]
    """The groups that `people` name, and the first row that names each."""
    named: Container[tuple[str, str]]
    """By list and reference key, whether a row bears a reference."""

    @property
    def bad_lines(self) -> int:
        """How many rows have at least one fault."""
        return len(self.rejected)

    def without(self, unreachable: Collection[int]) -> "ImportResult":
        """The result, less the undecided people at these positions: nothing is known of them."""
        found = _Found(self.named)
        left_out = frozenset(unreachable)
        for at, (person, row) in enumerate(zip(self.people, self.rows, strict=True)):
            if at not in left_out:
                found.add_person(person, row)
        rows = [row for at, row in self.undecided if at in left_out]
        faults = [RowFinding(row.number, "phone", "", NO_ADDRESS) for row in rows]
        return replace(
            self,
            people=found.people,
            rows=found.rows,
            faults=DiskList(merge(self.faults, faults, key=attrgetter("row"))),
            rejected=DiskList(merge(self.rejected, rows, key=attrgetter("number"))),
            undecided=(),
            places=frozenset(found.places),
            groups=found.groups,
        )

    def rejected_file(self, say: Say) -> str:
        """The rejected rows as a CSV file to mend, each with its faults; empty where there is none.

        `say(msgid, **facts)` tells a reason in the language of whoever mends it.
        """
        return "".join(self.rejected_lines(say))

    def rejected_lines(self, say: Say) -> Iterator[str]:
        """The rejected rows as a CSV file to correct, line by line."""
        if not self.rejected:
            return
        width = max(len(self.headings.columns), *(len(one.cells) for one in self.rejected))
        own = {heading.column - 1 for heading in self.headings.columns if heading.field == "fault"}

        def laid(cells: Sequence[str], last: str) -> str:
            filled = [*cells, *[""] * (width - len(cells))]
            return write_rows([[*(cell for at, cell in enumerate(filled) if at not in own), last]])

        yield laid([heading.text for heading in self.headings.columns], "fault")
        # Both are in the order of the file, and every rejected row has a fault.
        faults = groupby(self.faults, key=attrgetter("row"))
        for row, (_, findings) in zip(self.rejected, faults, strict=True):
            yield laid(row.cells, "; ".join(self._told(finding, say) for finding in findings))

    def _told(self, fault: RowFinding, say: Say) -> str:
        column = self.headings.heading_of(fault.column, say.language) if fault.column else ""
        return f"{column}: {say(fault.reason, **fault.facts)}".removeprefix(": ")


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
    reading = FileReading(source, kind, read_place, today=today, countries=countries)
    while reading.read():
        pass
    return reading.result()


class FileReading:
    """A file that is read part by part: whoever waits sees how far it is, and may stop.

    Raises BadRequest for what is no list, see `open_table`.
    """

    def __init__(
        self,
        source: bytes | BinaryIO,
        kind: RecipientKind,
        read_place: ReadPlace,
        *,
        today: date,
        countries: Collection[str],
    ) -> None:
        self._stream = io.BytesIO(source) if isinstance(source, bytes) else source
        self.size = self._stream.seek(0, io.SEEK_END)
        """Bytes."""
        self._table = open_table(self._stream, required=REQUIRED[kind])
        absent = absent_from(self._table, kind)
        self._reader = RowReader(kind, read_place, today, countries, absent=absent)
        self._rows = self._table.rows()
        self._found = _Found(self._reader)

    def read(self, most: int = ROWS_AT_ONCE) -> bool:
        """Read so many rows more; whether there may be others behind them."""
        before = self._found.read
        for row in islice(self._rows, most):
            self._found.add(self._reader.read(row))
        return self._found.read - before == most

    @property
    def bytes_read(self) -> int:
        """How far it is; a workbook is read as a whole before its first row."""
        return self._stream.tell()

    @property
    def rows_read(self) -> int:
        """Rows below the headings."""
        return self._found.read

    @property
    def headings(self) -> Headings:
        """What its columns mean."""
        return self._table.headings

    @property
    def faults(self) -> Sequence[RowFinding]:
        """Found so far."""
        return self._found.faults

    @property
    def bad_lines(self) -> int:
        """How many of the rows read so far have at least one fault."""
        return len(self._found.rejected)

    def result(self) -> ImportResult:
        """What was read."""
        found = self._found
        return ImportResult(
            self._table.form,
            self._table.headings,
            self._reader.absent,
            found.people,
            found.rows,
            found.faults,
            found.remarks,
            found.rejected,
            tuple(sorted(self._table.nameless)),
            found.undecided,
            frozenset(found.places),
            found.groups,
            found.named,
        )


class _Found:
    """What the rows of a file hold, as far as they were read, in little memory."""

    def __init__(self, named: Container[tuple[str, str]]) -> None:
        self.named = named
        self.read = 0
        self.people = DiskList[Recipient]()
        self.rows = DiskList[int]()
        self.faults = DiskList[RowFinding]()
        self.remarks = DiskList[RowFinding]()
        self.rejected = DiskList[Row]()
        self.undecided = DiskList[tuple[int, Row]]()
        self.places = set[str]()
        self.groups: dict[str, int] = {}

    def add(self, read_row: ReadRow) -> None:
        """What became of one more row."""
        self.read += 1
        self.faults.extend(read_row.faults)
        self.remarks.extend(read_row.remarks)
        if read_row.person is None:
            self.rejected.append(read_row.row)
            return
        if not (read_row.person.phone or read_row.person.email):
            self.undecided.append((len(self.people), read_row.row))
        self.add_person(read_row.person, read_row.row.number)

    def add_person(self, person: Recipient, row: int) -> None:
        """Somebody who stands in a row without faults."""
        self.people.append(person)
        self.rows.append(row)
        self.places.add(person.nis_code)
        if len(self.groups) < GROUPS_REMEMBERED:
            for name in person.groups or ():
                self.groups.setdefault(name, row)


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
        replace(finding, reason=BAD_PHONE) if finding.reason == BECAME_NUMBER else finding
        for finding in read.faults
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
        self._channels = tuple(profile.name for profile in preferable())
        self._channel_words = {
            word: row.name for row in preferable() for word in (row.name, *row.words)
        }
        self._read_place = read_place
        self._places: dict[str, PlaceRead | UnknownPlace] = {}
        self._seen = DiskKeys()
        self._unsaid = frozenset(
            KEPT_WHEN_ABSENT[name] for name in absent if name in KEPT_WHEN_ABSENT
        )

    def read(self, row: Row) -> ReadRow:
        """What becomes of a row."""
        findings = _Findings(row)
        if row.problem:
            findings.faults.append(RowFinding(row.number, "", "", row.problem, row.facts))
            return ReadRow(row, None, tuple(findings.faults), ())
        if errors := [name for name, kind in row.types.items() if kind is CellType.ERROR]:
            for name in errors:
                findings.fault(name, NO_RESULT)
            return ReadRow(row, None, tuple(findings.faults), ())
        person = self._person(row, findings)
        return ReadRow(
            row,
            None if findings.faults else person,
            tuple(findings.faults),
            tuple(findings.remarks),
        )

    def _person(self, row: Row, findings: "_Findings") -> Recipient | None:
        self._say_how_it_stands(row, findings)
        self._check_cells(row, findings)
        unsaid = self._unsaid | {
            KEPT_WHEN_ABSENT[name] for name in row.missing if name in KEPT_WHEN_ABSENT
        }
        language = self._language(row, findings)
        phone, email = self._phone(row, findings), self._email(row, findings)
        nis_code = self._place(row, findings)
        consent_date, preferred_channels = self._date(row, findings), self._wishes(row, findings)
        groups = self._groups(row, findings)
        if self._kind is RecipientKind.PRESS and not row.fields.get("outlet"):
            findings.fault("outlet", MISSING)
        reference = row.fields.get("reference", "")
        # Where the file has no column for one of the addresses, what we know of it may be enough.
        known_by = reference or phone or email
        if not findings.faults and not (known_by and unsaid & {"phone", "email"}):
            if not (phone or email):
                findings.fault("phone", NO_ADDRESS)
            elif not any(addresses_kept(phone, email, preferred_channels)):
                findings.fault("channels", NO_WAY)
        if findings.faults or language is None:
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
        this = row.number if reference else -row.number
        if (earlier := self._seen.setdefault("\0".join(known_as), this)) != this:
            findings.fault("reference", TWICE, row=abs(earlier))
            return None
        return person

    def __contains__(self, key: object) -> bool:
        """Whether a row that was read bears a reference, given by list and reference key."""
        match key:
            case (self._kind, str(reference)):
                return self._seen.get(f"{reference}\0", 0) > 0
        return False

    def _say_how_it_stands(self, row: Row, findings: "_Findings") -> None:
        first, last = row.lines
        if last > first:
            findings.remark("", SEVERAL_LINES, first=first, last=last)
        if row.missing:
            names = [name for name in COLUMNS[self._kind] if name in row.missing]
            findings.remark("", TOO_SHORT, fields=named(names))

    def _check_cells(self, row: Row, findings: "_Findings") -> None:
        """What a spreadsheet made of them, their length, their characters."""
        for column, kind in row.types.items():
            if kind is CellType.DATE and column != "consent_date":
                findings.fault(column, BECAME_DATE)
            elif kind is CellType.NUMBER and column == "reference":
                findings.fault(column, LOST_ZEROS, value=row.fields[column])
        for column, value in row.fields.items():
            if REPLACED in value:
                findings.fault(column, NOT_READABLE)
            elif (meant := _in_utf_8(value)) != value:
                findings.remark(column, GARBLED, value=value, meant=meant)
        for column, longest in MAX_CHARS.items():
            value = row.fields.get(column, "")
            if len(value) > longest:
                findings.fault(column, TOO_LONG)
            elif not value.isprintable():
                findings.fault(column, CONTROL)
        if SCIENTIFIC.fullmatch(reference := row.fields.get("reference", "")):
            findings.fault("reference", BECAME_NUMBER, value=reference)

    def _language(self, row: Row, findings: "_Findings") -> Language | None:
        language = read_language(row.fields.get("language", ""))
        if language is None or (self._kind is RecipientKind.PERSON and language not in LEGAL):
            findings.fault("language", BAD_LANGUAGE)
            return None
        return language

    def _date(self, row: Row, findings: "_Findings") -> date | None:
        value = row.fields.get("consent_date", "")
        if not value:
            return None
        if (day := _day(value, self._today)) is None:
            findings.fault("consent_date", BAD_DATE)
        return day

    def _wishes(self, row: Row, findings: "_Findings") -> tuple[str, ...]:
        if self._kind is not RecipientKind.PERSON or not row.fields.get("channels"):
            return ()
        said = _several(row.fields.get("channels", "").lower())
        if any(one not in self._channel_words for one in said):
            findings.fault("channels", BAD_CHANNEL)
            return ()
        wished = {self._channel_words[one] for one in said}
        return tuple(name for name in self._channels if name in wished)

    def _groups(self, row: Row, findings: "_Findings") -> tuple[str, ...] | None:
        if "groups" not in row.fields or "groups" in row.missing:
            return None
        names = _several(row.fields["groups"])
        if len(names) > MOST_GROUPS or any(len(name) > LONGEST_GROUP for name in names):
            findings.fault("groups", TOO_LONG)
        elif any(not name.isprintable() for name in names):
            findings.fault("groups", CONTROL)
        return names

    def _phone(self, row: Row, findings: "_Findings") -> str:
        value = row.fields.get("phone", "")
        kind = row.types.get("phone")
        if not value or kind is CellType.DATE:
            return ""
        if kind is CellType.NUMBER and value.endswith(ROUNDED):
            return findings.fault("phone", BECAME_NUMBER, value=value)
        try:
            number = read_number(value, self._countries)
        except RefusedNumber as refused:
            return findings.fault("phone", refused.reason, **refused.facts)
        if lost_its_beginning(value):
            findings.remark("phone", READ_AS, value=value, number=number)
        return number

    def _email(self, row: Row, findings: "_Findings") -> str:
        value = row.fields.get("email", "")
        if not value:
            return findings.fault("email", MISSING) if self._kind is RecipientKind.PRESS else ""
        try:
            return read_address(value)
        except RefusedAddress as refused:
            return findings.fault("email", refused.reason)

    def _place(self, row: Row, findings: "_Findings") -> str:
        value = row.fields.get("municipality", "")
        if not value and self._kind is RecipientKind.PRESS:
            return ""  # it covers the country
        if not value:
            return findings.fault("municipality", MISSING)
        if value not in self._places:
            try:
                self._places[value] = self._read_place(value)
            except UnknownPlace as refusal:
                self._places[value] = refusal
        match self._places[value], self._kind:
            case UnknownPlace() as refused, _:
                known = refused.says != UnknownPlace.says
                return findings.fault(
                    "municipality", refused.says if known else BAD_PLACE, **refused.facts
                )
            case (PlaceRead(municipalities=(nis_code,)) as read, _) | (
                PlaceRead(places=(nis_code,)) as read,
                RecipientKind.PRESS,  # it may cover a province or a region
            ):
                for remark in read.remarks:
                    findings.remark("municipality", remark.says, **remark.facts)
                return nis_code
        return findings.fault("municipality", MANY_PLACES)


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


@lru_cache(maxsize=4096)
def _day(typed: str, today: date) -> date | None:
    """A day as spreadsheets write it, up to today; a list holds few, many times each."""
    value = HOUR.sub("", typed)
    for form in DATES:
        with suppress(ValueError):
            day = datetime.strptime(value, form).date()  # noqa: DTZ007  a day has no zone
            if EARLIEST <= day <= today:
                return day
    return None


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
