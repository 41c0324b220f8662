"""What the checks found, in the user's language; the same in several texts is said once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from alerting.actions.alerts.under_way import RULE as UNDER_WAY
from alerting.domain.finding import SEVERITY_NAMES, Finding, FindingSeverity
from alerting.domain.language import Language
from alerting.i18n import CHANNELS, Translator
from alerting.web.console.labels import in_words


@dataclass(frozen=True, slots=True)
class GroupedFinding:
    """One thing to mend, and where."""

    severity: FindingSeverity
    gravity: str
    channels: Sequence[str]
    languages: Sequence[Language]
    text: str
    update: int = 0
    """The alert an update of which says it once; 0: there is none."""


def group_findings(findings: Iterable[Finding], words: Translator) -> list[GroupedFinding]:
    """Findings in their order, each with every text it was found in, and its numbers there."""
    gathered: dict[tuple[FindingSeverity, str, str, int], list[Finding]] = {}
    for finding in findings:
        update = int(str(finding.facts["alert"])) if finding.rule == UNDER_WAY else 0
        # “18h00” and “18.00 uur” are one hour.
        same = (
            {**finding.facts, "time": finding.facts["moment"]}
            if "moment" in finding.facts
            else finding.facts
        )
        same = {name: "" if _differs(finding, name) else fact for name, fact in same.items()}
        key = (finding.severity, finding.channel, _text(finding, same, words), update)
        gathered.setdefault(key, []).append(finding)
    grouped: dict[tuple[FindingSeverity, str, Sequence[Language], int], list[str]] = {}
    for (severity, channel, _, update), alike in gathered.items():
        languages = tuple(dict.fromkeys(one.language for one in alike if one.language))
        text = _text(alike[0], _together(alike), words)
        grouped.setdefault((severity, text, languages, update), []).append(channel)
    return [
        GroupedFinding(
            severity,
            words(SEVERITY_NAMES[severity]),
            [*filter(None, channels)],
            languages,
            text,
            update,
        )
        for (severity, text, languages, update), channels in grouped.items()
    ]


def _differs(finding: Finding, name: str) -> bool:
    """Whether a fact is one of the numbers of a language, as a length."""
    return finding.language is not None and isinstance(finding.facts[name], int)


def _together(alike: Sequence[Finding]) -> Mapping[str, object]:
    """The facts of the first, each number of a language followed by those of the others."""
    first = alike[0].facts
    return {
        name: ", ".join(dict.fromkeys(str(finding.facts[name]) for finding in alike))
        if _differs(alike[0], name)
        else fact
        for name, fact in first.items()
    }


def _text(finding: Finding, given: Mapping[str, object], translate: Translator) -> str:
    facts = {name: fact if name == CHANNELS else in_words(fact) for name, fact in given.items()}
    parts = (finding.says, finding.remedy)
    return " ".join(translate(part, **facts) for part in parts if part)
