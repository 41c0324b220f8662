"""Everything the checks say about one alert, the gravest first. Spelling is asked for apart."""

from alerting.checks.check_input import Subject
from alerting.checks.lengths import fitness
from alerting.checks.lint import lint
from alerting.checks.parity import parity
from alerting.domain.finding import Finding, gravest_first


def review(subject: Subject) -> tuple[Finding, ...]:
    """Parity between the languages, fitness for the channels, and the lint of warnings."""
    return gravest_first([*parity(subject), *fitness(subject), *lint(subject)])
