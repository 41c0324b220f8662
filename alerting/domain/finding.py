"""What a check found in a text: how grave, where, and how to mend it.

The words are message ids with named fields, as in `errors`: a door translates the sentence into
the officer's language first and fills it after.
"""

import dataclasses
from collections.abc import Mapping
from enum import StrEnum

from alerting.domain.language import Language
from alerting.domain.text.i18n import msgid


class FindingSeverity(StrEnum):
    """What a finding means for sending."""

    BLOCKS = "blocks"
    """Must not go out like this."""
    WARNS = "warns"
    """A person decides, knowing it."""
    HINTS = "hints"
    """Could be better."""


SEVERITY_NAMES: Mapping[FindingSeverity, str] = {
    FindingSeverity.BLOCKS: msgid("must be corrected"),
    FindingSeverity.WARNS: msgid("please check"),
    FindingSeverity.HINTS: msgid("could be improved"),
}

NEVER_OVERRIDDEN = frozenset(
    {
        "foreign-link",
        "unknown-telephone",
        "other-alphabet",
        "other-speaker",
        "no-source",
        "joined-mark",
        "detail-missing",
    }
)
"""Rules no reason lifts: they guard against a deceiver, who would give a reason too. The mark of a
missing detail tells nobody anything."""

ORDER: Mapping[FindingSeverity, int] = {
    severity: index for index, severity in enumerate(FindingSeverity)
}
"""The gravest first."""


@dataclasses.dataclass(frozen=True, slots=True)
class FindingPlace:
    """A stretch of a text: from `start` up to `end`, in a line that counts from 1."""

    start: int
    end: int
    line: int = 1

    @classmethod
    def of(cls, text: str, start: int, end: int) -> "FindingPlace":
        """The stretch, with its line counted."""
        return cls(start, end, text.count("\n", 0, start) + 1)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing a check found.

    `rule` is a stable name for programs. `channel`, `language` and `field` are empty where it is
    about the whole alert, or about all languages of a channel. `facts` fill `says` and `remedy`.
    """

    severity: FindingSeverity
    rule: str
    says: str
    remedy: str = ""
    channel: str = ""
    language: Language | None = None
    field: str = ""
    where: FindingPlace | None = None
    facts: Mapping[str, object] = dataclasses.field(default_factory=dict)

    def in_english(self) -> str:
        """The sentence and its way out, untranslated: for logs and programs."""
        return " ".join(part.format(**self.facts) for part in (self.says, self.remedy) if part)


def gravest_first(findings: list[Finding]) -> tuple[Finding, ...]:
    """All of them, what blocks before what warns before what hints, else in the order found."""
    return tuple(sorted(findings, key=lambda finding: ORDER[finding.severity]))
