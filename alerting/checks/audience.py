"""How many people an alert reaches: nobody, nobody on one of its channels, or few who live there.

Counted are entries of the lists: a post on an account of our own is read by whoever follows it, so
that an alert for the public alone, or for newsrooms, is not said to reach nobody.
"""

from collections.abc import Iterator, Mapping

from alerting.domain.alert import AlertClass
from alerting.domain.channel_profiles import Reach, profile_of, reach_of
from alerting.domain.finding import Finding, FindingSeverity
from alerting.domain.text.i18n import Figure, msgid

NOBODY, NOBODY_ON_CHANNEL, FEW = "nobody-reached", "nobody-on-channel", "few-reached"
RULES = frozenset({NOBODY, NOBODY_ON_CHANNEL, FEW})
FEW_PER_HUNDRED = 1
"""Of the inhabitants: so few are reached where the area or the lists are wrong."""


def audience_findings(
    people: Mapping[str, int], *, inhabitants: int, alert_class: AlertClass, one_in: int = 1
) -> Iterator[Finding]:
    """What is wrong with the numbers of recipients.

    `people`: channel -> recipients, of the channels that are set up. `one_in`: where the lists are
    a sample, how many inhabitants each of them stands for when it is asked whether few are reached;
    somebody must be, all the same. Exercises and tests may go to
    a handful of staff, so that nobody is told that these are few.
    """
    listed = {name: n for name, n in people.items() if reach_of(name) is not Reach.ACCOUNT}
    persons = {name: n for name, n in listed.items() if profile_of(name).may_be_preferred}
    nobody = bool(persons) and not any(persons.values())
    if nobody:
        yield Finding(
            severity=FindingSeverity.BLOCKS,
            rule=NOBODY,
            says=msgid("This alert reaches nobody: no person on the lists is in its area."),
            remedy=msgid("Check the area, add a channel, or import recipients first."),
        )
    for name, n in listed.items():
        if n == 0 and not (nobody and name in persons):
            yield Finding(
                severity=FindingSeverity.WARNS,
                rule=NOBODY_ON_CHANNEL,
                says=msgid("This channel reaches nobody: no recipient on the lists has it here."),
                remedy=msgid("Check the area, or remove the channel from this alert."),
                channel=name,
            )
    most = max(persons.values(), default=0)
    if alert_class is AlertClass.ALERT and 0 < most * one_in * 100 < FEW_PER_HUNDRED * inhabitants:
        yield Finding(
            severity=FindingSeverity.WARNS,
            rule=FEW,
            says=msgid(
                "Fewer than {percent} in 100 inhabitants are reached: {people} on the largest "
                "list, for about {inhabitants} inhabitants."
            ),
            remedy=msgid("Check the area, and alert the population in other ways too."),
            facts={
                "percent": FEW_PER_HUNDRED,
                "people": Figure(most),
                "inhabitants": Figure(inhabitants),
            },
        )
