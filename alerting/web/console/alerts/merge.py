"""Two people on one composition: what each of them has, side by side, and a choice for each
part.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from starlette.datastructures import FormData

from alerting.actions.alerts import compositions, shapes
from alerting.actions.alerts.compositions import CompositionContent
from alerting.compose.scenarios import Scenario
from alerting.domain.channel_profiles import profile_of
from alerting.domain.errors import UnknownPlace
from alerting.domain.language import OWN_NAMES
from alerting.domain.text.i18n import msgid
from alerting.i18n import Translator
from alerting.services import Services
from alerting.web.console.labels import UNREACHED_WORDS

LABELS = {
    "area": msgid("Area"),
    "shape": msgid("Circle or polygon"),
    "channels": msgid("Channels"),
    "also_in": msgid("Further languages"),
    "minutes": msgid("Duration"),
    "accents": msgid("Accents in text messages"),
    "incident": msgid("Incident"),
    "unreached_policy": msgid("Recipients the first alert never reached"),
}
YES, NO = msgid("yes"), msgid("no")
DEFAULT = msgid("as the scenario says")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictSide:
    """One thing the two have differently, as each sees it."""

    name: str
    label: str
    mine: Sequence[tuple[str, str]]
    """(language or nothing, words)."""
    theirs: Sequence[tuple[str, str]]


def parts(
    services: Services,
    scenario: Scenario,
    my_content: CompositionContent,
    their_content: CompositionContent,
    translate: Translator,
) -> list[ConflictSide]:
    """Everything that differs."""
    conflict_sides = [
        ConflictSide(
            name=name,
            label=translate(label),
            mine=[("", _told(services, name, getattr(my_content, name), translate))],
            theirs=[("", _told(services, name, getattr(their_content, name), translate))],
        )
        for name, label in LABELS.items()
        if getattr(my_content, name) != getattr(their_content, name)
    ]
    conflict_sides += [
        ConflictSide(
            name=f"value.{declaration.name}",
            label=declaration.help.get(translate.language, declaration.name),
            mine=lines(my_content.values.get(declaration.name, "")),
            theirs=lines(their_content.values.get(declaration.name, "")),
        )
        for declaration in scenario.values
        if my_content.values.get(declaration.name, "")
        != their_content.values.get(declaration.name, "")
    ]
    return conflict_sides


def resolve_conflict(
    my_content: CompositionContent, their_content: CompositionContent, form: FormData
) -> CompositionContent:
    """`mine`, with what the form chose from `theirs`."""
    taken = {
        str(name).removeprefix("choice.")
        for name, value in form.items()
        if str(name).startswith("choice.") and value == "theirs"
    }
    values = dict(my_content.values)
    for name in taken:
        key = name.removeprefix("value.")
        if name.startswith("value.") and key in their_content.values:
            values[key] = their_content.values[key]
        elif name.startswith("value."):
            values.pop(key, None)
    settled: dict[str, Any] = {
        name: getattr(their_content, name) for name in taken if name in LABELS
    }
    return replace(my_content, values=values, **settled)


def with_area_of_page(
    services: Services, content: CompositionContent, stored: CompositionContent, form: FormData
) -> CompositionContent:
    """`content` with the area and shape that are stored, and what the page has differently from
    when it read them: a page that is behind brings no place back and removes none.

    A form that does not say what it was made from is taken at its word.
    """
    if "area_seen" not in form:
        return content
    seen, area = tuple(str(form["area_seen"]).split()), content.area
    if area == seen:
        area = stored.area
    else:
        with suppress(UnknownPlace):
            mine, before, now = (
                set(compositions.expanded(services, one)) for one in (area, seen, stored.area)
            )
            area = compositions.gathered(services, sorted((now - (before - mine)) | mine - before))
    shape = stored.shape if form.get("shape") == form.get("shape_seen") else content.shape
    return replace(content, area=area, shape=shape)


def _told(services: Services, name: str, value: Any, translate: Translator) -> str:
    match name:
        case "area":
            towns = compositions.expanded(services, value)
            return services.gazetteer.area_name(towns, translate.language) if towns else "–"
        case "shape":
            phrase = shapes.told(services, value) if value else None
            return translate(phrase.says, **phrase.facts) if phrase else "–"
        case "channels" | "also_in":
            of_channels = name == "channels"
            labels = (
                translate(profile_of(one).label) if of_channels else OWN_NAMES[one] for one in value
            )
            return ", ".join(labels) or "–"
        case "accents" | "unreached_policy":
            return translate(UNREACHED_WORDS.get(value, YES if value else NO))
        case "incident":
            return str(value or "–")
    return f"{value} min" if value else translate(DEFAULT)


def lines(value: Any) -> list[tuple[str, str]]:
    """What a detail says, as (language or nothing, words)."""
    if isinstance(value, dict):
        return [(language, _text(text)) for language, text in value.items()]
    return [("", _text(value))]


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list | tuple) else str(value) or "–"
