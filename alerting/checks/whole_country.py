"""Whether an alert is for the whole country: right a few times in a lifetime, so it is asked."""

from collections.abc import Collection, Iterator

from alerting.domain.finding import Finding, FindingSeverity
from alerting.domain.text.i18n import Figure, msgid

WHOLE_COUNTRY = "whole-country"


def whole_country_findings(area: Collection[str], country: Collection[str]) -> Iterator[Finding]:
    """A warning where an area has every municipality of the country; both are NIS codes."""
    if set(country) <= set(area):
        yield Finding(
            severity=FindingSeverity.WARNS,
            rule=WHOLE_COUNTRY,
            says=msgid("{n} municipalities: the whole country."),
            remedy=msgid("Check that everybody in Belgium must be alerted."),
            facts={"n": Figure(len(set(country)))},
        )
