"""Rows of people and of newsrooms become recipients; every fault is named by line and column."""

import re
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from alerting.domain.errors import UnknownPlace
from alerting.domain.language import LEGAL, Language
from alerting.domain.recipient import WISHES, Kind, Recipient, RowFault, addresses_kept
from alerting.domain.text.i18n import msgid
from alerting.importing.csv_table import Line, read_table, write_table
from alerting.importing.phone_numbers import RefusedNumber, read_number

COLUMNS: Mapping[Kind, tuple[str, ...]] = {
    Kind.PERSON: (
        "reference", "name", "language", "municipality", "phone", "email",
        "consent_date", "consent_source", "channels", "groups",
    ),
    Kind.PRESS: (
        "reference", "outlet", "name", "language", "municipality", "email", "phone",
        "consent_date", "consent_source", "groups",
    ),
}  # fmt: skip
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
    "groupes": "groups",
    "groepen": "groups",
    "gruppen": "groups",
    "canaux": "channels",
    "kanalen": "channels",
    "kanäle": "channels",
    "date du consentement": "consent_date",
    "datum toestemming": "consent_date",
    "datum der einwilligung": "consent_date",
    "source du consentement": "consent_source",
    "bron toestemming": "consent_source",
    "quelle der einwilligung": "consent_source",
}
CHANNEL_WORDS: Mapping[str, str] = {
    **{name: name for name in WISHES},
    "gsm": "sms",
    "e-mail": "email",
    "mail": "email",
    "courriel": "email",
    "appel": "voice",
    "oproep": "voice",
    "anruf": "voice",
}
DATES = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y")
SEVERAL = re.compile(r"[,|]")
# The practical form of RFC 5321 addresses: no quotes, no comments, one @, a dotted domain. It also
# keeps out what could end a header or an envelope: spaces, brackets, line ends.
ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}"
)
LONGEST_ADDRESS, LONGEST_NAME, LONGEST_REFERENCE = 254, 200, 128
LONGEST_GROUP, MOST_GROUPS = 100, 20

BAD_LANGUAGE = msgid("not a language: use fr, nl or de")
BAD_EMAIL = msgid("not a valid e-mail address")
BAD_PLACE = msgid("not a Belgian municipality, postal code or NIS code")
MANY_PLACES = msgid("covers several municipalities: name one, or give its NIS code")
NO_ADDRESS = msgid("needs a phone number or an e-mail address")
TWICE = msgid("the same as line {line}")
TOO_LONG = msgid("too long")
CONTROL = msgid("contains characters that cannot be printed")
MISSING = msgid("is empty")
BAD_DATE = msgid("not a date that has been: use 2025-03-31 or 31/03/2025")
BAD_CHANNEL = msgid("not a channel: use sms, voice or email, with a comma between several")
NO_WAY = msgid("wishes only channels for which there is no address")

Resolve = Callable[[str], tuple[str, ...]]
"""A place as people write it to NIS codes; raises UnknownPlace."""


class Complain(Protocol):
    """Notes what is wrong with a column."""

    def __call__(self, column: str, reason: str, **facts: object) -> str:
        """`facts` fill the fields of the reason; what stands in for the value comes back."""
        ...


@dataclass(frozen=True, slots=True)
class Intake:
    """What a file holds: the good rows, the faults, and the rows that have some."""

    people: tuple[Recipient, ...]
    faults: tuple[RowFault, ...]
    columns: tuple[str, ...]
    rejected: tuple[Line, ...]

    @property
    def bad_lines(self) -> int:
        """How many rows have at least one fault."""
        return len({fault.line for fault in self.faults})

    def rejected_file(self, say: Callable[..., str]) -> str:
        """The rejected rows as a CSV file to mend, each with its faults; empty where there is none.

        `say(msgid, **facts)` tells a reason in the language of whoever mends it.
        """
        reasons: dict[int, list[str]] = {}
        for one in self.faults:
            reason = f"{one.column}: {say(one.reason, **one.facts)}"
            reasons.setdefault(one.line, []).append(reason)
        rows = [{**one.fields, "fault": "; ".join(reasons[one.number])} for one in self.rejected]
        return write_table((*self.columns, "fault"), rows) if rows else ""


def read_recipients(
    data: bytes, kind: Kind, resolve: Resolve, *, today: date, countries: Collection[str]
) -> Intake:
    """Read a whole file. No row stops the others; who imports decides what to do with faults.

    `countries` are those whose telephone numbers are taken, as ISO 3166-1.
    """
    table = read_table(data, required=REQUIRED[kind], synonyms=SYNONYMS)
    reader = _Reader(kind, resolve, today, countries)
    people: list[Recipient] = []
    faults: list[RowFault] = []
    rejected: list[Line] = []
    for line in table.lines:
        person, wrong = reader.read(line)
        if wrong:
            faults.extend(wrong)
            rejected.append(line)
        elif person:
            people.append(person)
    return Intake(tuple(people), tuple(faults), table.columns, tuple(rejected))


def read_one(
    fields: Mapping[str, str],
    kind: Kind,
    resolve: Resolve,
    *,
    today: date,
    countries: Collection[str],
) -> tuple[Recipient | None, list[RowFault]]:
    """One entry as somebody typed it, by the same rules as a row of a file."""
    plain = {name: value.strip() for name, value in fields.items()}
    return _Reader(kind, resolve, today, countries).read(Line(0, plain))


class _Reader:
    """Reads one line after the other, remembering what it has seen."""

    def __init__(
        self, kind: Kind, resolve: Resolve, today: date, countries: Collection[str]
    ) -> None:
        self._countries = countries
        self._kind = kind
        self._today = today
        self._resolve = resolve
        self._places: dict[str, str | None] = {}
        self._seen: dict[tuple[str, str], int] = {}

    def read(self, line: Line) -> tuple[Recipient | None, list[RowFault]]:
        faults: list[RowFault] = []

        def fault(column: str, reason: str, **facts: object) -> str:
            value = line.fields.get(column, "")
            faults.append(RowFault(line.number, column, value, reason, facts))
            return ""

        for column, longest in (
            ("name", LONGEST_NAME),
            ("outlet", LONGEST_NAME),
            ("reference", LONGEST_REFERENCE),
            ("consent_source", LONGEST_NAME),
        ):
            value = line.fields.get(column, "")
            if len(value) > longest:
                fault(column, TOO_LONG)
            elif not value.isprintable():
                fault(column, CONTROL)
        language = self._language(line, fault)
        phone, email = self._phone(line, fault), self._email(line, fault)
        nis = self._place(line, fault)
        if not faults and not (phone or email):
            fault("phone", NO_ADDRESS)
        consent_on, wishes = self._date(line, fault), self._wishes(line, fault)
        groups = self._groups(line, fault)
        if not faults and not any(addresses_kept(phone, email, wishes)):
            fault("channels", NO_WAY)
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
                consent_on=consent_on,
                consent_source=line.fields.get("consent_source", ""),
                wishes=wishes,
                groups=groups,
            ),
            [],
        )

    def _twice(self, line: Line, keys: Mapping[str, str], fault: Complain) -> None:
        """The same reference, or the same addresses, twice would be two messages to one person.

        A phone shared within a family stands on two rows with different e-mail addresses or names
        of their own in `reference`, and is kept.
        """
        for column, key in keys.items():
            earlier = self._seen.setdefault((column, key.lower()), line.number)
            if earlier != line.number:
                fault(column, TWICE, line=earlier)
                return

    def _language(self, line: Line, fault: Complain) -> Language | None:
        value = line.fields.get("language", "").lower()[:2]
        allowed = LEGAL if self._kind is Kind.PERSON else tuple(Language)
        if value not in allowed:
            fault("language", BAD_LANGUAGE)
            return None
        return Language(value)

    def _date(self, line: Line, fault: Complain) -> date | None:
        value = line.fields.get("consent_date", "")
        if not value:
            return None
        for form in DATES:
            with suppress(ValueError):
                found = datetime.strptime(value, form).date()  # noqa: DTZ007  a day has no zone
                if found <= self._today:
                    return found
        fault("consent_date", BAD_DATE)
        return None

    def _wishes(self, line: Line, fault: Complain) -> tuple[str, ...]:
        if self._kind is not Kind.PERSON:
            return ()
        said = _several(line.fields.get("channels", "").lower())
        if any(one not in CHANNEL_WORDS for one in said):
            fault("channels", BAD_CHANNEL)
            return ()
        wished = {CHANNEL_WORDS[one] for one in said}
        return tuple(name for name in WISHES if name in wished)

    def _groups(self, line: Line, fault: Complain) -> tuple[str, ...] | None:
        if "groups" not in line.fields:
            return None
        names = _several(line.fields["groups"])
        if len(names) > MOST_GROUPS or any(len(name) > LONGEST_GROUP for name in names):
            fault("groups", TOO_LONG)
        elif any(not name.isprintable() for name in names):
            fault("groups", CONTROL)
        return names

    def _phone(self, line: Line, fault: Complain) -> str:
        value = line.fields.get("phone", "")
        if not value:
            return ""
        try:
            return read_number(value, self._countries)
        except RefusedNumber as refused:
            return fault("phone", refused.reason, **refused.facts)

    def _email(self, line: Line, fault: Complain) -> str:
        value = line.fields.get("email", "")
        if not value:
            return fault("email", MISSING) if self._kind is Kind.PRESS else ""
        if len(value) > LONGEST_ADDRESS or not ADDRESS.fullmatch(value):
            return fault("email", BAD_EMAIL)
        local, _, domain = value.rpartition("@")
        if ".." in local or local.startswith(".") or local.endswith("."):
            return fault("email", BAD_EMAIL)
        return f"{local}@{domain.lower()}"

    def _place(self, line: Line, fault: Complain) -> str:
        value = line.fields.get("municipality", "")
        if not value and self._kind is Kind.PRESS:
            return ""  # it covers the country
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


def _several(text: str) -> tuple[str, ...]:
    """What stands between commas, once each."""
    parts = (" ".join(part.split()) for part in SEVERAL.split(text))
    return tuple(dict.fromkeys(part for part in parts if part))
