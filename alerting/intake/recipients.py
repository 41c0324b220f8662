"""Rows of people and of newsrooms become recipients; every fault is named by line and column."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import phonenumbers

from alerting.domain.audience import Kind, Recipient, RowFault
from alerting.domain.errors import UnknownPlace
from alerting.domain.language import LEGAL, Language
from alerting.domain.words import msgid
from alerting.intake.table import Line, read_table, write_table

COLUMNS: Mapping[Kind, tuple[str, ...]] = {
    Kind.PERSON: ("reference", "name", "language", "municipality", "phone", "email"),
    Kind.PRESS: ("reference", "outlet", "name", "language", "email", "phone"),
}
REQUIRED: Mapping[Kind, tuple[str, ...]] = {
    Kind.PERSON: ("language", "municipality"),
    Kind.PRESS: ("outlet", "language", "email"),
}
SYNONYMS: Mapping[str, str] = {
    "langue": "language",
    "taal": "language",
    "sprache": "language",
    "commune": "municipality",
    "gemeente": "municipality",
    "gemeinde": "municipality",
    "nis": "municipality",
    "ins": "municipality",
    "nom": "name",
    "naam": "name",
    "téléphone": "phone",
    "telephone": "phone",
    "gsm": "phone",
    "telefoon": "phone",
    "telefon": "phone",
    "e-mail": "email",
    "mail": "email",
    "courriel": "email",
    "référence": "reference",
    "referentie": "reference",
    "referenz": "reference",
    "média": "outlet",
    "medium": "outlet",
    "rédaction": "outlet",
    "redactie": "outlet",
}
HOME = "BE"
# The practical form of RFC 5321 addresses: no quotes, no comments, one @, a dotted domain. It also
# keeps out what could end a header or an envelope: spaces, brackets, line ends.
ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}"
)
LONGEST_ADDRESS, LONGEST_NAME, LONGEST_REFERENCE = 254, 200, 128

BAD_LANGUAGE = msgid("not a language: use fr, nl or de")
BAD_PHONE = msgid("not a valid phone number: use 0470 12 34 56 or +32470123456")
BAD_EMAIL = msgid("not a valid e-mail address")
BAD_PLACE = msgid("not a Belgian municipality, postal code or NIS code")
MANY_PLACES = msgid("covers several municipalities: name one, or give its NIS code")
NO_ADDRESS = msgid("needs a phone number or an e-mail address")
TWICE = msgid("the same as line {line}")
TOO_LONG = msgid("too long")
CONTROL = msgid("contains characters that cannot be printed")
MISSING = msgid("is empty")

Resolve = Callable[[str], tuple[str, ...]]
"""A place as people write it to NIS codes; raises UnknownPlace."""


@dataclass(frozen=True, slots=True)
class Intake:
    """What a file holds: the good rows, the faults, and the rejected rows as a file to mend."""

    people: tuple[Recipient, ...]
    faults: tuple[RowFault, ...]
    rejected: str

    @property
    def bad_lines(self) -> int:
        """How many rows have at least one fault."""
        return len({fault.line for fault in self.faults})


def read_recipients(data: bytes, kind: Kind, resolve: Resolve) -> Intake:
    """Read a whole file. No row stops the others; who imports decides what to do with faults."""
    table = read_table(data, required=REQUIRED[kind], synonyms=SYNONYMS)
    reader = _Reader(kind, resolve)
    people: list[Recipient] = []
    faults: list[RowFault] = []
    rejected: list[Mapping[str, str]] = []
    for line in table.lines:
        person, wrong = reader.read(line)
        if wrong:
            faults.extend(wrong)
            reasons = "; ".join(f"{fault.column}: {fault.reason}" for fault in wrong)
            rejected.append({**line.fields, "fault": reasons})
        elif person:
            people.append(person)
    columns = (*table.columns, "fault")
    return Intake(tuple(people), tuple(faults), write_table(columns, rejected) if rejected else "")


class _Reader:
    """Reads one line after the other, remembering what it has seen."""

    def __init__(self, kind: Kind, resolve: Resolve) -> None:
        self._kind = kind
        self._resolve = resolve
        self._places: dict[str, str | None] = {}
        self._seen: dict[tuple[str, str], int] = {}

    def read(self, line: Line) -> tuple[Recipient | None, list[RowFault]]:
        faults: list[RowFault] = []

        def fault(column: str, reason: str) -> str:
            faults.append(RowFault(line.number, column, line.fields.get(column, ""), reason))
            return ""

        for column, longest in (
            ("name", LONGEST_NAME),
            ("outlet", LONGEST_NAME),
            ("reference", LONGEST_REFERENCE),
        ):
            value = line.fields.get(column, "")
            if len(value) > longest:
                fault(column, TOO_LONG)
            elif not value.isprintable():
                fault(column, CONTROL)
        language = self._language(line, fault)
        phone, email = self._phone(line, fault), self._email(line, fault)
        nis = self._place(line, fault) if self._kind is Kind.PERSON else ""
        if not faults and not (phone or email):
            fault("phone", NO_ADDRESS)
        if self._kind is Kind.PRESS and not line.fields.get("outlet"):
            fault("outlet", MISSING)
        reference = line.fields.get("reference") or phone or email
        if not faults:
            self._twice(line, {"reference": reference, "phone": f"{phone} {email}"}, fault)
        if faults or language is None:
            return None, faults
        return (
            Recipient(
                kind=self._kind,
                reference=reference,
                language=language,
                name=line.fields.get("name", ""),
                nis=nis,
                phone=phone,
                email=email,
                outlet=line.fields.get("outlet", ""),
            ),
            [],
        )

    def _twice(self, line: Line, keys: Mapping[str, str], fault: Callable[[str, str], str]) -> None:
        """The same reference, or the same addresses, twice would be two messages to one person.

        A phone shared within a family stands on two rows with different e-mail addresses or names
        of their own in `reference`, and is kept.
        """
        for column, key in keys.items():
            earlier = self._seen.setdefault((column, key.lower()), line.number)
            if earlier != line.number:
                fault(column, TWICE.format(line=earlier))
                return

    def _language(self, line: Line, fault: Callable[[str, str], str]) -> Language | None:
        value = line.fields.get("language", "").lower()[:2]
        allowed = LEGAL if self._kind is Kind.PERSON else tuple(Language)
        if value not in allowed:
            fault("language", BAD_LANGUAGE)
            return None
        return Language(value)

    def _phone(self, line: Line, fault: Callable[[str, str], str]) -> str:
        value = line.fields.get("phone", "")
        if not value:
            return ""
        try:
            number = phonenumbers.parse(value, HOME)
        except phonenumbers.NumberParseException:
            return fault("phone", BAD_PHONE)
        if not phonenumbers.is_valid_number(number):
            return fault("phone", BAD_PHONE)
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    def _email(self, line: Line, fault: Callable[[str, str], str]) -> str:
        value = line.fields.get("email", "")
        if not value:
            return fault("email", MISSING) if self._kind is Kind.PRESS else ""
        if len(value) > LONGEST_ADDRESS or not ADDRESS.fullmatch(value):
            return fault("email", BAD_EMAIL)
        local, _, domain = value.rpartition("@")
        if ".." in local or local.startswith(".") or local.endswith("."):
            return fault("email", BAD_EMAIL)
        return f"{local}@{domain.lower()}"

    def _place(self, line: Line, fault: Callable[[str, str], str]) -> str:
        value = line.fields.get("municipality", "")
        if not value:
            return fault("municipality", MISSING)
        if value not in self._places:
            try:
                found = self._resolve(value)
            except UnknownPlace:
                self._places[value] = None
            else:
                self._places[value] = found[0] if len(found) == 1 else ""
        match self._places[value]:
            case None:
                return fault("municipality", BAD_PLACE)
            case "":
                return fault("municipality", MANY_PLACES)
            case str() as nis:
                return nis
