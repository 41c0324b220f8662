"""What the checks found, in the officer's language; the same thing in two languages, said once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alerting.actions.alerts.under_way import RULE as UNDER_WAY
from alerting.domain.finding import SEVERITY_NAMES, Finding, FindingSeverity
from alerting.domain.language import Language
from alerting.i18n import Translator
from alerting.web.console.labels import NAMES


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
    for one in findings:
        update = int(str(one.facts["alert"])) if one.rule == UNDER_WAY else 0
        languages = gathered.setdefault((one.severity, one.channel, _text(one, words), update), [])
        if one.language and one.language not in languages:
            languages.append(one.language)
    return [
        GroupedFinding(severity, words(SEVERITY_NAMES[severity]), channel, languages, text, update)
        for (severity, channel, text, update), languages in gathered.items()
    ]


def _text(finding: Finding, words: Translator) -> str:
    facts = {name: NAMES.get(str(fact), fact) for name, fact in finding.facts.items()}
    parts = (finding.says, finding.remedy)
    return " ".join(words(part, **facts) for part in parts if part)
