"""Finding a scenario by words in any language, and the groups they are shown in."""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

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
PRACTISING = msgid("For exercises and tests only")
OTHERS = msgid("Other")

PART = 4
"""Letters that are enough to be looked for inside a word: “brand” in “Großbrand”."""
ALIKE = 0.82
"""Of `difflib`: one letter wrong in a word of six."""
IGNORED = frozenset(
    {
        *("a", "au", "aux", "avec", "d", "dans", "de", "des", "du", "en", "et", "l", "la", "le"),
        *("les", "sur", "un", "une", "bij", "een", "het", "in", "met", "op", "te", "van", "voor"),
        *("am", "an", "auf", "bei", "das", "der", "die", "ein", "eine", "im", "mit", "und", "von"),
        *("and", "at", "of", "on", "the", "with"),
    }
)
"""What says nothing about a danger, in four languages."""

Grouped = Sequence[tuple[str, Sequence[Scenario]]]


def may_begin(scenario: Scenario, alert_class: AlertClass) -> bool:
    """Whether a new alert of this class may begin with it: a follow-up needs one to follow."""
    return scenario.only in (None, alert_class) and not scenario.is_follow_up


def grouped(library: Iterable[Scenario], alert_class: AlertClass) -> Grouped:
    """Scenarios that may be used in this class, by group."""
    groups: dict[str, list[Scenario]] = {name: [] for name in (PRACTISING, *GROUPS, OTHERS)}
    for scenario in library:
        if may_begin(scenario, alert_class):
            groups[_group(scenario)].append(scenario)
    return [(name, members) for name, members in groups.items() if members]


def search(library: Iterable[Scenario], alert_class: AlertClass, wanted: str) -> Sequence[Scenario]:
    """Scenarios of this class that some word typed finds in any language, the best first."""
    typed = [word for word in _words(wanted) if word not in IGNORED] or _words(wanted)
    marks = {
        scenario.name: (sum(mark > 0 for mark in found), sum(found))
        for scenario in library
        if may_begin(scenario, alert_class)
        for found in [_marks(scenario, typed)]
    }
    scenarios = [scenario for scenario in library if any(marks.get(scenario.name, (0,)))]
    return sorted(scenarios, key=lambda scenario: marks[scenario.name], reverse=True)


def _marks(scenario: Scenario, typed: Sequence[str]) -> list[int]:
    """How well each word is found: in a title, among the keywords, inside a word, misspelt."""
    titles = _words(" ".join(scenario.titles.values()))
    event = scenario.hazard.event.replace("_", " ")
    others = _words(" ".join((*scenario.keywords.values(), event, scenario.hazard.category)))
    return [
        4
        if any(title.startswith(word) for title in titles)
        else 3
        if any(one.startswith(word) for one in others)
        else 2
        if any(_shared(word, one) for one in (*titles, *others))
        else 1
        if len(word) >= PART and get_close_matches(word, (*titles, *others), 1, ALIKE)
        else 0
        for word in typed
    ]


def _shared(word: str, other: str) -> bool:
    """Whether one is part of the other, as in compounds."""
    short, long = sorted((word, other), key=len)
    return len(short) >= PART and short in long


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", folded(text))


def _group(scenario: Scenario) -> str:
    if scenario.only:
        return PRACTISING
    return next(
        (name for name, categories in GROUPS.items() if scenario.hazard.category in categories),
        OTHERS,
    )
