"""What changed of an alert besides its texts: where, by which channels, details and end."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from alerting.actions.alerts import shapes
from alerting.domain.alert import Alert
from alerting.domain.alert_choices import ChoicesChange
from alerting.domain.channel_profiles import profile_of
from alerting.domain.errors import UnknownScenario
from alerting.domain.language import OWN_NAMES, Language
from alerting.domain.shape import Shape
from alerting.domain.text.i18n import msgid
from alerting.i18n import Translator
from alerting.services import Services
from alerting.web.console.alerts.merge import LABELS, lines
from alerting.web.console.labels import ENDS

Line = tuple[str, str]
"""A language or nothing, and words."""
LANGUAGES = msgid("Languages")


@dataclass(frozen=True, slots=True)
class ChangedChoice:
    """One choice: what went and what came; of a set only what is not in both."""

    label: str
    removed: Sequence[Line]
    added: Sequence[Line]


def changed_choices(
    services: Services, alert: Alert, change: ChoicesChange | None, translate: Translator
) -> list[ChangedChoice]:
    """Every choice that is not what it was, in the order of the composing page."""
    return [*_changed(services, alert, change, translate)] if change else []


def _changed(
    services: Services, alert: Alert, change: ChoicesChange, translate: Translator
) -> Iterator[ChangedChoice]:
    tell: dict[str, Callable[[str], str]] = {
        "area": lambda code: services.gazetteer.place(code).names[translate.language],
        "channels": lambda name: translate(profile_of(name).label),
        "languages": lambda code: OWN_NAMES[Language(code)],
    }
    for name, moved in change.sets.items():
        yield ChangedChoice(
            translate(LABELS.get(name, LANGUAGES)),
            *(
                [("", ", ".join(map(tell[name], codes)))] if codes else []
                for codes in (moved.removed, moved.added)
            ),
        )
    before, after = change.before, change.after
    if change.shape:
        yield ChangedChoice(
            translate(LABELS["shape"]),
            _shape(services, before.shape, translate),
            _shape(services, after.shape, translate),
        )
    try:
        declared = {
            declaration.name: declaration.help
            for declaration in services.composer.library.scenario(alert.scenario).values
        }
    except UnknownScenario:  # gone from the library since
        declared = {}
    for name in change.details:
        yield ChangedChoice(
            declared.get(name, {}).get(translate.language, name),
            lines(before.values[name]) if name in before.values else [],
            lines(after.values[name]) if name in after.values else [],
        )
    if change.end:
        yield ChangedChoice(
            translate(ENDS),
            [("", translate.moment(before.expires_at))],
            [("", translate.moment(after.expires_at))],
        )


def _shape(services: Services, shape: Shape | None, translate: Translator) -> list[Line]:
    if shape is None:
        return []
    phrase = shapes.told(services, shape)
    return [("", translate(phrase.says, **phrase.facts))]
