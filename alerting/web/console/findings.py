"""What the checks found, in the officer's language; the same thing in two languages, said once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alerting.domain.finding import SEVERITY_NAMES, Finding, Severity
from alerting.domain.language import Language
from alerting.i18n import Words
from alerting.web.console.labels import NAMES


@dataclass(frozen=True, slots=True)
class Told:
    """One thing to mend, and where."""

    severity: Severity
    gravity: str
    channel: str
    languages: Sequence[Language]
    text: str


def tell(findings: Iterable[Finding], words: Words) -> list[Told]:
    """Findings in their order, each with every language it was found in."""
    gathered: dict[tuple[Severity, str, str], list[Language]] = {}
    for one in findings:
        languages = gathered.setdefault((one.severity, one.channel, _text(one, words)), [])
        if one.language and one.language not in languages:
            languages.append(one.language)
    return [
        Told(severity, words(SEVERITY_NAMES[severity]), channel, languages, text)
        for (severity, channel, text), languages in gathered.items()
    ]


def _text(finding: Finding, words: Words) -> str:
    facts = {name: NAMES.get(str(fact), fact) for name, fact in finding.facts.items()}
    parts = (finding.says, finding.way_out)
    return " ".join(words(part, **facts) for part in parts if part)
