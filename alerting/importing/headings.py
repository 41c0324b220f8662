"""What the columns of a list are called, in four languages, and what they mean to us."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from alerting.domain.errors import BadRequest
from alerting.domain.language import Language
from alerting.domain.text.folding import folded
from alerting.domain.text.i18n import ByLanguage, msgid

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "reference": (
        "reference", "ref", "id", "référence", "réf", "identifiant", "referentie", "kenmerk",
        "Referenz", "Kennung",
    ),
    "name": (
        "name", "full name", "last name", "surname", "first name and last name", "nom",
        "nom de famille", "nom complet", "nom et prénom", "prénom et nom", "naam", "familienaam",
        "achternaam", "volledige naam", "naam en voornaam", "voornaam en naam", "Nachname",
        "Familienname", "vollständiger Name", "Vor- und Nachname", "Vorname und Name",
        "Vorname und Nachname",
    ),
    "first_name": ("first name", "given name", "prénom", "voornaam", "Vorname"),
    "outlet": (
        "outlet", "média", "medium", "media", "rédaction", "redactie", "Redaktion", "newsroom",
    ),
    "language": (
        "language", "langue", "langue préférée", "langue de contact", "code langue", "taal",
        "voorkeurstaal", "taalcode", "Sprache", "Sprachcode",
    ),
    "municipality": (
        "municipality", "city", "town", "commune", "ville", "localité", "domicile", "gemeente",
        "stad", "plaats", "woonplaats", "Gemeinde", "Stadt", "Ort", "Wohnort",
        "area covered", "zone couverte", "verspreidingsgebied", "Verbreitungsgebiet",
    ),
    "postal_code": (
        "postal code", "postcode", "zip", "zip code", "code postal", "cp", "postnummer", "PLZ",
        "Postleitzahl",
    ),
    "nis_code": ("nis", "ins", "nis code", "ins code", "code nis", "code ins", "refnis"),
    "mobile": (
        "mobile", "mobile phone", "mobile number", "cell phone", "gsm", "n° gsm", "n° de gsm",
        "no gsm", "numéro de gsm", "téléphone mobile", "tél. mobile", "téléphone portable",
        "tél. portable", "portable", "gsm-nummer", "gsm-nr", "mobiel", "mobiele telefoon",
        "mobiel nummer", "telefoon mobiel", "Handy", "Handynummer", "Mobiltelefon", "Mobilnummer",
        "Mobil",
    ),
    "phone": (
        "phone", "phone number", "telephone", "telephone number", "tel", "téléphone", "tél",
        "numéro de téléphone", "n° de téléphone", "n° tél", "no tél", "téléphone fixe", "fixe",
        "telefoon", "telefoonnummer", "tel. nr.", "vaste telefoon", "Telefon", "Telefonnummer",
        "Rufnummer", "Festnetz",
    ),
    "email": (
        "email", "e-mail", "mail", "email address", "courriel", "adresse e-mail", "adresse mail",
        "adresse électronique", "adresse de messagerie", "adresse courriel", "e-mailadres",
        "mailadres", "e-mail-adres", "E-Mail-Adresse", "Mailadresse",
    ),
    "consent_date": (
        "consent_date", "date du consentement", "datum toestemming", "datum der Einwilligung",
    ),
    "consent_source": (
        "consent_source", "source du consentement", "bron toestemming", "Quelle der Einwilligung",
    ),
    "channels": ("channels", "canaux", "kanalen", "Kanäle"),
    "groups": ("groups", "groupes", "groepen", "Gruppen"),
    "fault": ("fault",),
}  # fmt: skip
"""Field -> the headings that mean it; case, accents, spaces and punctuation do not matter.

“fault” is our own column in a file of rejected rows; it is not read.
"""
NAMES: Mapping[str, Mapping[Language, str]] = {
    field: dict(zip(Language, names, strict=True))
    for field, names in {
        "reference": ("référence", "referentie", "Referenz", "reference"),
        "name": ("nom", "naam", "Name", "name"),
        "first_name": ("prénom", "voornaam", "Vorname", "first name"),
        "outlet": ("rédaction", "redactie", "Redaktion", "newsroom"),
        "language": ("langue", "taal", "Sprache", "language"),
        "municipality": ("commune", "gemeente", "Gemeinde", "municipality"),
        "postal_code": ("code postal", "postcode", "Postleitzahl", "postal code"),
        "nis_code": ("code INS", "NIS code", "NIS code", "NIS code"),
        "mobile": ("GSM", "gsm", "Handy", "mobile"),
        "phone": ("téléphone", "telefoon", "Telefon", "phone"),
        "email": ("e-mail", "e-mail", "E-Mail", "e-mail"),
        "consent_date": (
            "date du consentement", "datum toestemming", "Datum der Einwilligung", "consent date",
        ),
        "consent_source": (
            "source du consentement", "bron toestemming", "Quelle der Einwilligung",
            "consent source",
        ),
        "channels": ("canaux", "kanalen", "Kanäle", "channels"),
        "groups": ("groupes", "groepen", "Gruppen", "groups"),
    }.items()
}  # fmt: skip
"""What a field is called to a reader, in each language: a heading that means it."""
PARTS: Mapping[str, tuple[str, ...]] = {
    "name": ("first_name", "name"),
    "municipality": ("nis_code", "postal_code", "municipality"),
    "phone": ("mobile", "phone"),
}
"""What is made of several columns: names and places stand one after the other; of two telephone
numbers the mobile one counts, the other where that cell is empty."""
ALL_PARTS = frozenset(part for parts in PARTS.values() for part in parts)
IN_BRACKETS = re.compile(r"\([^()]*+\)|\[[^][]*+\]")
ANOTHER = re.compile(
    r"\b(?:contact|urgences?|ancien(?:ne)?s?|noodcontact|noodgeval|nood|oude?|vorige?|alte?[nrs]?"
    r"|frühere?[nrs]?|ehemalige?[nrs]?|notfall|notfallkontakt|emergency|old|former|previous|parents?"
    r"|ouders?|eltern|conjoint|conjointe|partner|tuteur|voogd|voisine?|buur|nachbar)\b",
    re.IGNORECASE,
)
"""In brackets: “GSM (contact d'urgence)”, “E-mail (ancien)” are not how to reach the person."""
NO_LETTER = re.compile(r"[^a-z0-9]")

TWO_HEADINGS = msgid(
    "“{first}” and “{second}” both mean “{field}”: keep only one, or rename one of them"
)


def named(fields: Iterable[str]) -> ByLanguage:
    """Fields as their readers call them, with a comma between several."""
    fields = tuple(fields)
    return ByLanguage(
        {language: ", ".join(NAMES[field][language] for field in fields) for language in Language}
    )


def headings_for(field: str) -> tuple[str, ...]:
    """Every heading from which a field is read, its parts included."""
    return tuple(name for part in PARTS.get(field, (field,)) for name in HEADINGS[part])


def key_of(heading: str) -> str:
    """A heading without what people vary, and what they explain in brackets."""
    return NO_LETTER.sub("", folded(IN_BRACKETS.sub(_unless_another, heading)))


def _unless_another(match: re.Match[str]) -> str:
    """Brackets that make it the column of somebody else, or of what is no longer so, stay."""
    return match[0] if ANOTHER.search(match[0]) else " "


FIELDS: Mapping[str, str] = {
    key_of(name): field for field, names in HEADINGS.items() for name in names
}


@dataclass(frozen=True, slots=True)
class Heading:
    """One column of a file: its number from 1, what stands above it, and what that means.

    `field` is empty for a heading that is not known.
    """

    column: int
    text: str
    field: str


@dataclass(frozen=True)  # without slots: what is asked for each row is worked out once
class Headings:
    """The row that names the columns, understood. Raises BadRequest where two mean the same."""

    row: int
    above: tuple[int, ...]
    """Rows above it that hold something, such as a title. They are not read."""
    columns: tuple[Heading, ...]

    def __post_init__(self) -> None:
        headings: dict[str, Heading] = {}
        for heading in self.columns:
            if not heading.field or heading.field == "fault":
                continue
            first = headings.setdefault(heading.field, heading)
            if first is not heading:
                raise BadRequest(
                    TWO_HEADINGS,
                    first=first.text,
                    second=heading.text,
                    field=named([heading.field]),
                )

    @cached_property
    def width(self) -> int:
        """The number of the last column that has a heading."""
        return max((heading.column for heading in self.columns if heading.text), default=0)

    @cached_property
    def nameless(self) -> tuple[int, ...]:
        """Columns that stand between others and have no heading."""
        width = self.width
        return tuple(
            heading.column
            for heading in self.columns
            if not heading.text and heading.column < width
        )

    @property
    def unknown(self) -> tuple[str, ...]:
        """Headings that are not known: their columns are not read."""
        return tuple(heading.text for heading in self.columns if heading.text and not heading.field)

    def fields(self) -> frozenset[str]:
        """What the file says something about, the parts of a field standing for the whole."""
        return fields_named([heading.text for heading in self.columns])

    def heading_of(self, field: str, language: Language | None = None) -> str:
        """What the file calls a field; several headings one after the other.

        Where it has none: what a reader of `language` calls it, or the field itself for programs;
        empty where the row as a whole is meant.
        """
        if not field:  # the row as a whole
            return ""
        parts = PARTS.get(field, (field,))
        called = NAMES[field][language] if language and field in NAMES else field
        return " / ".join(heading.text for part in parts for heading in self._of(part)) or called

    def telephones(self) -> tuple[str, str] | None:
        """The headings of the mobile and the other number, where there are both."""
        mobile, other = self._of("mobile"), self._of("phone")
        return (mobile[0].text, other[0].text) if mobile and other else None

    def read(
        self, cells: Sequence[str]
    ) -> tuple[dict[str, str], dict[str, list[int]], frozenset[str]]:
        """The fields of a row, at which positions each stands, and those the row is too short for.

        Of a field of several columns a part that is there is read, but a name without all of its
        parts counts as missing too: it must not replace a whole one.
        """
        length = len(cells)
        at = {field: [index] for field, index in self._places.items()}
        value = {
            field: cells[index] if index < length else "" for field, index in self._places.items()
        }
        short: set[str] = set()
        if length < self.width:
            short = {field for field, index in self._places.items() if index >= length} - {"fault"}
        missing = short - ALL_PARTS
        for field, named in self._parts.items():
            said = [part for part in named if value[part]] or named[:1]
            chosen = said[:1] if field == "phone" else said
            whole = " ".join(value[part] for part in chosen)
            places = [index for part in chosen for index in at[part]]
            for part in named:
                del value[part], at[part]
            value[field], at[field] = whole, places
            if short.intersection(named) and (field == "name" or not whole):
                missing.add(field)
        return value, at, frozenset(missing)

    @cached_property
    def _places(self) -> Mapping[str, int]:
        """Fields, and the position of the column of each."""
        return {heading.field: heading.column - 1 for heading in self.columns if heading.field}

    @cached_property
    def _parts(self) -> Mapping[str, Sequence[str]]:
        """Fields that are made of several columns, and those of them that the file has."""
        found = {
            field: [part for part in parts if part in self._places]
            for field, parts in PARTS.items()
        }
        return {field: parts for field, parts in found.items() if parts}

    def _of(self, field: str) -> list[Heading]:
        return [heading for heading in self.columns if heading.field == field]


def fields_named(cells: Sequence[str]) -> frozenset[str]:
    """The fields that these cells name as headings, the parts of a field standing for the whole."""
    named = {FIELDS.get(key_of(cell), "") for cell in cells} - {"", "fault"}
    whole = {field for field, parts in PARTS.items() if named.intersection(parts)}
    return frozenset(named - {part for parts in PARTS.values() for part in parts} | whole)


def recognised(cells: Sequence[str]) -> int:
    """How many of these cells are headings we know."""
    return sum(key_of(cell) in FIELDS for cell in cells if cell.strip())


def read_headings(row: int, above: Sequence[int], cells: Sequence[str]) -> Headings:
    """The headings in a row."""
    columns = tuple(
        Heading(column, text, FIELDS.get(key_of(text), ""))
        for column, text in enumerate((" ".join(cell.split()) for cell in cells), 1)
    )
    return Headings(row, tuple(above), columns)
