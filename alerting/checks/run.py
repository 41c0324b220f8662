"""Everything the checks say about one alert, the gravest first. Spelling is asked for apart."""

from alerting.checks.check_input import CheckInput
from alerting.checks.instructions import instructions
from alerting.checks.lengths import check_lengths
from alerting.checks.lint import lint
from alerting.checks.parity import parity
from alerting.checks.wording.check import check_wording
from alerting.domain.finding import Finding, gravest_first


def run_checks(subject: CheckInput) -> tuple[Finding, ...]:
    """Parity between the languages, the same instructions on every channel, fitness for the
    channels, the lint of warnings, and wording.
    """
    return gravest_first(
        [
            *parity(subject),
            *instructions(subject),
            *check_lengths(subject),
            *lint(subject),
            *check_wording(subject),
        ]
    )
