"""What a file was found to hold, as it is shown: bounded, and kept as JSON beside its job."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Any

from alerting.domain.language import Language
from alerting.domain.recipient import Recipient, RecipientKind, RowFinding
from alerting.domain.text.i18n import ByLanguage, Figure, Phrase, Phrases
from alerting.importing.headings import Headings
from alerting.importing.recipients import FileReading, ImportResult
from alerting.importing.report import sentences

FIRST_SHOWN = 10
FINDINGS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """A finding, and what the file calls its column."""

    finding: RowFinding
    heading: ByLanguage


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """What a file holds, and what importing it would do."""

    good: int
    bad: int
    """Rows with errors."""
    understood: Sequence[Phrase]
    """How it was read, in sentences."""
    first: Sequence[Recipient]
    """Of the good rows."""
    faults: Sequence[ShownFinding]
    more_faults: int
    remarks: Sequence[ShownFinding]
    more_remarks: int
    would: Mapping[str, int]
    """What importing it would do, by the names programs know."""
    rows_of: Mapping[str, Sequence[int]]
    """The rows that some of `would` count, the first of them."""

    def to_json(self) -> str:
        """As text."""
        return json.dumps(
            {
                "good": self.good,
                "bad": self.bad,
                "understood": [_packed(phrase) for phrase in self.understood],
                "first": [_person_packed(recipient) for recipient in self.first],
                "faults": [_finding_packed(shown_finding) for shown_finding in self.faults],
                "more_faults": self.more_faults,
                "remarks": [_finding_packed(shown_finding) for shown_finding in self.remarks],
                "more_remarks": self.more_remarks,
                "would": dict(self.would),
                "rows_of": {name: list(rows) for name, rows in self.rows_of.items()},
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> "ImportPreview":
        """What `to_json` made."""
        given = json.loads(text)
        given |= {
            "understood": [_unpacked(one) for one in given["understood"]],
            "first": [_person(one) for one in given["first"]],
            "faults": [_finding(one) for one in given["faults"]],
            "remarks": [_finding(one) for one in given["remarks"]],
        }
        return cls(**given)


def preview_of(
    intake: ImportResult, would: Mapping[str, int], rows_of: Mapping[str, Sequence[int]]
) -> ImportPreview:
    """A bounded part of what was read, whatever the length of the list."""
    return ImportPreview(
        good=len(intake.people),
        bad=intake.bad_lines,
        understood=[Phrase(says, facts) for says, facts in sentences(intake)],
        first=list(islice(intake.people, FIRST_SHOWN)),
        faults=list(_shown(intake.headings, intake.faults)),
        more_faults=max(len(intake.faults) - FINDINGS_SHOWN, 0),
        remarks=list(_shown(intake.headings, intake.remarks)),
        more_remarks=max(len(intake.remarks) - FINDINGS_SHOWN, 0),
        would=would,
        rows_of={name: list(rows[:FINDINGS_SHOWN]) for name, rows in rows_of.items()},
    )


def preview_so_far(reading: FileReading) -> ImportPreview:
    """The errors of a file that is being read."""
    shown = _shown(reading.headings, reading.faults)
    return ImportPreview(
        good=reading.rows_read - reading.bad_lines,
        bad=reading.bad_lines,
        understood=(),
        first=(),
        faults=shown,
        more_faults=len(reading.faults) - len(shown),
        remarks=(),
        more_remarks=0,
        would={},
        rows_of={},
    )


def _shown(headings: Headings, findings: Sequence[RowFinding]) -> list[ShownFinding]:
    return [
        ShownFinding(
            finding,
            ByLanguage(
                {language: headings.heading_of(finding.column, language) for language in Language}
            ),
        )
        for finding in islice(findings, FINDINGS_SHOWN)
    ]


def _finding_packed(shown_finding: ShownFinding) -> dict[str, Any]:
    found = shown_finding.finding
    return {
        "row": found.row,
        "column": found.column,
        "value": found.value,
        "reason": _packed(Phrase(found.reason, found.facts)),
        "heading": _packed(shown_finding.heading),
    }


def _finding(given: Mapping[str, Any]) -> ShownFinding:
    reason = _unpacked(given["reason"])
    finding = RowFinding(given["row"], given["column"], given["value"], reason.says, reason.facts)
    return ShownFinding(finding, _unpacked(given["heading"]))


def _person_packed(recipient: Recipient) -> dict[str, Any]:
    given = {name: getattr(recipient, name) for name in Recipient.__dataclass_fields__}
    return given | {
        "consent_date": recipient.consent_date.isoformat() if recipient.consent_date else None,
        "unsaid": sorted(recipient.unsaid),
    }


def _person(given: Mapping[str, Any]) -> Recipient:
    recipient = Recipient(**(dict(given) | {"unsaid": frozenset(given["unsaid"])}))
    said = recipient.consent_date
    return replace(
        recipient,
        kind=RecipientKind(recipient.kind),
        language=Language(recipient.language),
        consent_date=date.fromisoformat(str(said)) if said else None,
        preferred_channels=tuple(recipient.preferred_channels),
        groups=None if recipient.groups is None else tuple(recipient.groups),
    )


def _packed(fact: object) -> Any:  # noqa: PLR0911  one line a kind
    """A fact of a message: those of kinds of their own say which."""
    match fact:
        case Language():
            return {"language": fact.value}
        case Figure():
            return {"figure": fact.n}
        case ByLanguage():
            return {"names": {str(language): name for language, name in fact.names.items()}}
        case Phrase():
            return {
                "says": fact.says,
                "facts": {name: _packed(one) for name, one in fact.facts.items()},
            }
        case Phrases():
            return {"parts": [_packed(phrase) for phrase in fact.parts]}
        case str() | int() | float():
            return fact
        case _:
            return str(fact)


def _unpacked(given: Any) -> Any:
    match given:
        case {"language": name}:
            return Language(name)
        case {"figure": n}:
            return Figure(n)
        case {"names": names}:
            return ByLanguage(names)
        case {"says": says, "facts": facts}:
            return Phrase(says, {name: _unpacked(one) for name, one in facts.items()})
        case {"parts": parts}:
            return Phrases(tuple(_unpacked(part) for part in parts))
        case _:
            return given


def packed_problem(says: str, remedy: str, facts: Mapping[str, object]) -> str:
    """Why an import was refused, as text."""
    return json.dumps([_packed(Phrase(one, facts)) for one in (says, remedy) if one])


def problem_phrases(text: str) -> list[Phrase]:
    """What `packed_problem` made: the sentence and its way out."""
    return [_unpacked(load) for load in json.loads(text)] if text else []
