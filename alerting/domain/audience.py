"""Who is reached: people who registered, newsrooms, and our own accounts in public places."""

from dataclasses import dataclass
from enum import StrEnum

from alerting.domain.language import Language


class Kind(StrEnum):
    """Which list a recipient stands on."""

    PERSON = "person"
    PRESS = "press"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One entry of a list: a language, a place, and at least one address.

    `phone` is E.164; `nis` is the code of the municipality (empty: the whole country).
    `reference` is the list owner's own key, by which a later import finds the same entry again.
    """

    kind: Kind
    reference: str
    language: Language
    name: str = ""
    nis: str = ""
    phone: str = ""
    email: str = ""
    outlet: str = ""


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with one field of one line of a file. Lines count from 1, header included."""

    line: int
    column: str
    value: str
    reason: str
