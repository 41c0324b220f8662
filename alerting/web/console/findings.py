"""What the checks found, in the officer's language; the same thing in two languages, said once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from alerting.actions.alerts.under_way import RULE as UNDER_WAY
from alerting.domain.finding import SEVERITY_NAMES, Finding, FindingSeverity
from alerting.domain.language import Language
from alerting.i18n import Translator
from alerting.web.console.labels import in_words


@dataclass(frozen=True, slots=True)
class GroupedFinding:
    """One thing to mend, and where."""

    severity: FindingSeverity
    gravity: str
    channel: str
    languages: Sequence[Language]
    text: str
    update: int = 0
    """The alert an update of which says it once; 0: there is none."""


def group_findings(findings: Iterable[Finding], words: Translator) -> list[GroupedFinding]:
    """Findings in their order, each with every language it was found in."""
    gathered: dict[tuple[FindingSeverity, str, str, int], list[Language]] = {}
    told: dict[tuple[FindingSeverity, str, str, int], str] = {}
    for finding in findings:
        update = int(str(finding.facts["alert"])) if finding.rule == UNDER_WAY else 0
        # “18h00” and “18.00 uur” are one hour.
        same = (
            {**finding.facts, "time": finding.facts["moment"]}
            if "moment" in finding.facts
            else finding.facts
        )
        key = (finding.severity, finding.channel, _text(finding, same, words), update)
        languages = gathered.setdefault(key, [])
        told.setdefault(key, _text(finding, finding.facts, words))
        if finding.language and finding.language not in languages:
            languages.append(finding.language)
    return [
        GroupedFinding(
            severity, words(SEVERITY_NAMES[severity]), channel, languages, told[key], update
        )
        for key, languages in gathered.items()
        for severity, channel, _, update in [key]
    ]


def _text(finding: Finding, given: Mapping[str, object], translate: Translator) -> str:
    facts = {name: in_words(fact) for name, fact in given.items()}
    parts = (finding.says, finding.remedy)
    return " ".join(translate(part, **facts) for part in parts if part)
