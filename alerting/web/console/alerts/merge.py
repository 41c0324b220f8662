"""Two people on one composition: what each of them has, side by side, and a choice for each
part.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from starlette.datastructures import FormData

from alerting.actions.alerts import compositions
from alerting.actions.alerts.compositions import CompositionContent
from alerting.compose.scenarios import Scenario
from alerting.domain.channel_profiles import profile_of
from alerting.domain.errors import UnknownPlace
from alerting.domain.language import OWN_NAMES
from alerting.domain.shape import described
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
    mine: CompositionContent,
    theirs: CompositionContent,
    words: Translator,
) -> list[ConflictSide]:
    """Everything that differs."""
    made = [
        ConflictSide(
            name=name,
            label=words(label),
            mine=[("", _told(services, name, getattr(mine, name), words))],
            theirs=[("", _told(services, name, getattr(theirs, name), words))],
        )
        for name, label in LABELS.items()
        if getattr(mine, name) != getattr(theirs, name)
    ]
    made += [
        ConflictSide(
            name=f"value.{one.name}",
            label=one.help.get(words.language, one.name),
            mine=lines(mine.values.get(one.name, "")),
            theirs=lines(theirs.values.get(one.name, "")),
        )
        for one in scenario.values
        if mine.values.get(one.name, "") != theirs.values.get(one.name, "")
    ]
    return made


def resolve_conflict(
    mine: CompositionContent, theirs: CompositionContent, form: FormData
) -> CompositionContent:
    """`mine`, with what the form chose from `theirs`."""
    taken = {
        str(name).removeprefix("choice.")
        for name, value in form.items()
        if str(name).startswith("choice.") and value == "theirs"
    }
    values = dict(mine.values)
    for name in taken:
        key = name.removeprefix("value.")
        if name.startswith("value.") and key in theirs.values:
            values[key] = theirs.values[key]
        elif name.startswith("value."):
            values.pop(key, None)
    settled: dict[str, Any] = {name: getattr(theirs, name) for name in taken if name in LABELS}
    return replace(mine, values=values, **settled)


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


def _told(services: Services, name: str, value: Any, words: Translator) -> str:
    match name:
        case "area":
            towns = compositions.expanded(services, value)
            return services.gazetteer.area_name(towns, words.language) if towns else "–"
        case "shape":
            told = described(value) if value else None
            return words(told.says, **told.facts) if told else "–"
        case "channels" | "also_in":
            of_channels = name == "channels"
            labels = (
                words(profile_of(one).label) if of_channels else OWN_NAMES[one] for one in value
            )
            return ", ".join(labels) or "–"
        case "accents" | "unreached_policy":
            return words(UNREACHED_WORDS.get(value, YES if value else NO))
        case "incident":
            return str(value or "–")
    return f"{value} min" if value else words(DEFAULT)


def lines(value: Any) -> list[tuple[str, str]]:
    """What a detail says, as (language or nothing, words)."""
    if isinstance(value, dict):
        return [(language, _text(text)) for language, text in value.items()]
    return [("", _text(value))]


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list | tuple) else str(value) or "–"
