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
    for one in findings:
        update = int(str(one.facts["alert"])) if one.rule == UNDER_WAY else 0
        # “18h00” and “18.00 uur” are one hour.
        same = {**one.facts, "time": one.facts["moment"]} if "moment" in one.facts else one.facts
        key = (one.severity, one.channel, _text(one, same, words), update)
        languages = gathered.setdefault(key, [])
        told.setdefault(key, _text(one, one.facts, words))
        if one.language and one.language not in languages:
            languages.append(one.language)
    return [
        GroupedFinding(
            severity, words(SEVERITY_NAMES[severity]), channel, languages, told[key], update
        )
        for key, languages in gathered.items()
        for severity, channel, _, update in [key]
    ]


def _text(finding: Finding, given: Mapping[str, object], words: Translator) -> str:
    facts = {name: in_words(fact) for name, fact in given.items()}
    parts = (finding.says, finding.remedy)
    return " ".join(words(part, **facts) for part in parts if part)
