"""How many people an alert reaches: nobody, nobody on one of its channels, nobody in one of its
municipalities, or few who live there.

Counted are entries of the lists: a post on an account of our own is read by whoever follows it, so
that an alert for the public alone, or for newsrooms, is not said to reach nobody.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from alerting.domain.alert import AlertClass
from alerting.domain.channel_profiles import Reach, profile_of, reach_of
from alerting.domain.finding import Finding, FindingSeverity
from alerting.domain.text.i18n import ByLanguage, Figure, Phrase, Phrases, msgid

NOBODY, NOBODY_ON_CHANNEL, FEW = "nobody-reached", "nobody-on-channel", "few-reached"
NOBODY_IN_PLACE = "nobody-in-municipality"
RULES = frozenset({NOBODY, NOBODY_ON_CHANNEL, NOBODY_IN_PLACE, FEW})
MOST_NAMED = 5
"""Municipalities that are named; of others it is told how many they are."""
FEW_PER_HUNDRED = 1
"""Of the inhabitants: so few are reached where the area or the lists are wrong."""


@dataclass(frozen=True, slots=True)
class UnlistedPlace:
    """A municipality of the area in which nobody is on the lists of people."""

    name: ByLanguage
    inhabitants: int


def audience_findings(
    people: Mapping[str, int],
    *,
    inhabitants: int,
    alert_class: AlertClass,
    one_in: int = 1,
    unlisted: Sequence[UnlistedPlace] = (),
) -> Iterator[Finding]:
    """What is wrong with the numbers of recipients.

    `people`: channel -> recipients, of the channels that are set up. `one_in`: where the lists are
    a sample, how many inhabitants each of them stands for when it is asked whether few are reached,
    or nobody in a municipality; in the whole area somebody must be, all the same. `unlisted`:
    municipalities where no channel to people has anybody. Exercises and tests may go to
    a handful of staff, so that nobody is told that these are few, or not everywhere.
    In one piece: each question is asked only where the one before found nothing.
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
    missed = [place for place in unlisted if place.inhabitants >= one_in]
    if alert_class is AlertClass.ALERT and any(persons.values()) and missed:
        yield _nobody_in(missed)
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


def _nobody_in(places: Sequence[UnlistedPlace]) -> Finding:
    """Where nobody is on the lists, the most inhabitants first."""
    by_size = sorted(places, key=lambda place: (-place.inhabitants, str(place.name)))
    told = [
        Phrase(
            msgid("{municipality} ({inhabitants} inhabitants)"),
            {"municipality": place.name, "inhabitants": Figure(place.inhabitants)},
        )
        for place in by_size[:MOST_NAMED]
    ]
    if more := len(places) - len(told):
        told.append(Phrase(msgid("more municipalities: {number}"), {"number": Figure(more)}))
    return Finding(
        severity=FindingSeverity.WARNS,
        rule=NOBODY_IN_PLACE,
        says=msgid("Nobody is on the lists in: {places}."),
        remedy=msgid("Check the area, and alert the population there in other ways too."),
        facts={"places": Phrases(tuple(told))},
    )
