"""Finding a scenario by a word in any language, and the groups they are shown in."""

from collections.abc import Iterable, Mapping, Sequence

from alerting.compose.scenarios import Scenario
from alerting.domain.alert import AlertClass, Category
from alerting.domain.text.folding import folded
from alerting.domain.text.i18n import msgid

GROUPS: Mapping[str, frozenset[Category]] = {
    msgid("Fire, chemical, nuclear"): frozenset({Category.FIRE, Category.CBRNE, Category.SAFETY}),
    msgid("Weather and environment"): frozenset({Category.MET, Category.GEO, Category.ENV}),
    msgid("Health and water"): frozenset({Category.HEALTH}),
    msgid("Security and people"): frozenset({Category.SECURITY, Category.RESCUE}),
    msgid("Utilities and traffic"): frozenset({Category.INFRA, Category.TRANSPORT}),
}
FOLLOWING = msgid("After an alert: update, all-clear, correction")
PRACTISING = msgid("For exercises and tests only")
OTHERS = msgid("Other")

Grouped = Sequence[tuple[str, Sequence[Scenario]]]


def grouped(library: Iterable[Scenario], alert_class: AlertClass, wanted: str = "") -> Grouped:
    """Scenarios that may be used in this class and that `wanted` finds, by group."""
    groups: dict[str, list[Scenario]] = {
        name: [] for name in (PRACTISING, *GROUPS, FOLLOWING, OTHERS)
    }
    for one in library:
        if one.only in (None, alert_class) and found_by(one, wanted):
            groups[_group(one)].append(one)
    return [(name, members) for name, members in groups.items() if members]


def found_by(scenario: Scenario, wanted: str) -> bool:
    """Whether every word typed begins a word of its titles, keywords or hazard, in any language."""
    told = " ".join(
        (
            *scenario.titles.values(),
            *scenario.keywords.values(),
            scenario.hazard.event.replace("_", " "),
            scenario.hazard.category,
        )
    )
    words = folded(told.replace(",", " ").replace("(", " ").replace(":", " ")).split()
    return all(
        any(word.startswith(typed) or (len(typed) > 3 and typed in word) for word in words)
        for typed in folded(wanted).split()
    )


def _group(scenario: Scenario) -> str:
    if scenario.only:
        return PRACTISING
    if scenario.is_follow_up:
        return FOLLOWING
    return next((name for name, held in GROUPS.items() if scenario.hazard.category in held), OTHERS)
