"""The details of a scenario as inputs, and what a form said as a composition.

A detail is one input, or one for each language where people write words; what was typed stays in
its input whatever is wrong with it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import FormData

from alerting.actions.alerts.compositions import CompositionContent
from alerting.compose.scenarios import Scenario
from alerting.compose.values import TWICE, Declaration, ValueKind, ValueProblem
from alerting.domain.belgian_time import Which
from alerting.domain.language import Language
from alerting.domain.text.i18n import msgid
from alerting.i18n import Translator
from alerting.web.console.labels import OWN_NAMES
from alerting.web.forms import number_in

NEEDED: Final = msgid("This field is required")
NEEDED_IN: Final = msgid("Required in: {languages}")
WRONG: Final[Mapping[ValueKind, str]] = {
    ValueKind.TEXT: msgid("One line of at most 300 visible characters"),
    ValueKind.PLACE: msgid("Unknown place: enter a municipality, a postal code or a province"),
    ValueKind.TIME: msgid("Enter a time such as 16:30"),
    ValueKind.DATE: msgid("Enter a date such as 2026-11-23"),
    ValueKind.NUMBER: msgid("Enter a number in figures"),
    ValueKind.PHONE: msgid("Enter a valid telephone number, such as 02 501 02 11"),
    ValueKind.URL: msgid("Enter an address of one of our sites, starting with https://"),
    ValueKind.CHOICE: msgid("Choose one of the options"),
}
LONGEST_VALUE = 1000
"""Characters that are kept of one input: more than is right, so that nothing is cut unseen."""
CLOCK = re.compile(
    r"(\d{1,2})\s*+(?:(?:[:.hu]\s*+)?(\d{2})(?:\s*+(?:uur|uhr|h))?|(?:heures?|uur|uhr|h|u))",
    re.IGNORECASE,
)
"""16:30, 16h30, 16.30 uur, 1630: as people write the time."""
DURATIONS = (30, 60, 120, 240, 360, 720, 1440, 2880, 4320, 10080)
"""Minutes on offer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One thing to fill in."""

    name: str
    language: Language | None
    """Set where each language has its own."""
    value: str
    day: str = ""
    """Beside a time: the day, where it is not today."""
    which: str = ""
    """Beside a time whose hour comes twice: which of the two."""
    twice: bool = False
    """Whether that must be said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One detail: its inputs, what it is for, an example, and what is wrong."""

    declared: Declaration
    help: str
    example: str
    inputs: Sequence[Input]
    same: bool
    """One text for all languages."""
    several: bool
    """A list: one item a line."""
    problem: str
    choose: bool = False
    """Only the choices are offered, though words could stand here too."""

    @property
    def own_words(self) -> bool:
        """Whether it is there for words of one's own, with nothing to choose from."""
        kind = self.declared.kind
        chosen = bool(self.declared.choices) or self.declared.list is not None
        return self.declared.may_hold_words and kind is not ValueKind.PHONE and not chosen

    @property
    def filled(self) -> bool:
        """Whether something stands in it."""
        return any(one.value for one in self.inputs)

    @property
    def id(self) -> str:
        """For the page."""
        return f"f-{self.declared.name}"


def fields(
    scenario: Scenario,
    values: Mapping[str, Any],
    languages: Sequence[Language],
    problems: Mapping[str, str],
    words: Translator,
    *,
    alone: bool = False,
) -> list[Field]:
    """Every detail of a scenario, required ones first.

    `alone`: for somebody who may send it alone; what has choices is then chosen, unless it was
    written out already.
    """
    ranked = sorted(scenario.values, key=lambda one: not one.required)
    return [
        _field(
            one,
            values.get(one.name, ""),
            languages,
            problems.get(one.name, ""),
            words,
            choose=alone
            and (bool(one.choices) or one.list is not None)
            and one.is_closed(values.get(one.name)),
        )
        for one in ranked
    ]


def content_from_form(
    scenario: Scenario, form: FormData, known: CompositionContent
) -> CompositionContent:
    """What a form said; `known` for the details it did not show."""
    values = dict(known.values)
    for one in scenario.values:
        if (value := _typed(one, form, known.values.get(one.name))) is not None:
            values[one.name] = value
    minutes = str(form.get("minutes", "0"))
    return CompositionContent(
        scenario=scenario.name,
        area=tuple(dict.fromkeys(str(one) for one in form.getlist("area"))),
        values={name: value for name, value in values.items() if value not in ("", {}, [])},
        channels=tuple(dict.fromkeys(str(one) for one in form.getlist("channel"))),
        also_in=tuple(one for one in Language if one in form.getlist("also_in")),
        minutes=int(minutes) if minutes in map(str, DURATIONS) else 0,
        gsm7="gsm7" in form,
        incident=number_in(form, "incident"),
    )


def _field(
    one: Declaration,
    value: Any,
    languages: Sequence[Language],
    problem: str,
    words: Translator,
    *,
    choose: bool,
) -> Field:
    by_language = isinstance(value, Mapping)
    own = one.kind is ValueKind.TEXT and not choose
    same = own and not by_language and value not in ("", [])
    spoken = [None] if not own or not languages else list(languages)
    several = any(isinstance(each, list) for each in _each(one.sample))
    missing = [
        OWN_NAMES[each] for each in languages if by_language and value.get(each) in (None, "", [])
    ]
    return Field(
        declared=one,
        help=one.help.get(words.language, one.name),
        example=_example(one, words.language),
        inputs=[
            _input(one, value, each, position, problem) for position, each in enumerate(spoken)
        ],
        same=same,
        several=several,
        problem=_problem(one, problem, missing, words),
        choose=choose or one.kind is ValueKind.CHOICE,
    )


def _input(
    one: Declaration, value: Any, language: Language | None, position: int, problem: str
) -> Input:
    if isinstance(value, Mapping):
        value = value.get(language, "") if language else next(iter(value.values()), "")
    elif language and position:
        value = ""  # one text for all stands in the first
    text = "\n".join(value) if isinstance(value, list | tuple) else str(value)
    day = which = ""
    if one.kind is ValueKind.TIME and text.partition(" ")[2] in set(Which):
        text, _, which = text.partition(" ")
    if one.kind is ValueKind.TIME and "T" in text:
        day, _, text = text.partition("T")
    name = f"value.{one.name}" + (f".{language}" if language else "")
    twice = bool(which) or (isinstance(problem, ValueProblem) and problem.says == TWICE)
    return Input(name=name, language=language, value=text, day=day, which=which, twice=twice)


def _typed(one: Declaration, form: FormData, known: Any) -> Any:
    """What stands in the inputs of one detail; None where the form has none of them."""
    whole = form.get(f"value.{one.name}")
    if whole is not None:
        text = _cut(whole)
        if one.kind is ValueKind.TIME and (clock := CLOCK.fullmatch(text)):
            text = f"{int(clock[1]):02}:{clock[2] or '00'}"
        day = _cut(form.get(f"day.{one.name}", ""))
        which = str(form.get(f"which.{one.name}", ""))
        text = f"{day}T{text}" if day and text else text
        return f"{text} {which}" if which in set(Which) and text else text
    typed = {
        language: _several(one, _cut(form[f"value.{one.name}.{language}"]))
        for language in Language
        if f"value.{one.name}.{language}" in form
    }
    if not typed:
        return None
    if f"same.{one.name}" in form:
        return next((text for text in typed.values() if text), "")
    # A language the area no longer asks for keeps its words: the area may come back.
    before = known if isinstance(known, Mapping) else {}
    merged = {**before, **{language.value: text for language, text in typed.items()}}
    return {language: text for language, text in merged.items() if text}


def _cut(text: object) -> str:
    return str(text).replace("\r\n", "\n").strip()[:LONGEST_VALUE]


def _several(one: Declaration, text: str) -> Any:
    if any(isinstance(each, list) for each in _each(one.sample)):
        return [line.strip() for line in text.splitlines() if line.strip()]
    return text


def _each(sample: Any) -> list[Any]:
    return list(sample.values()) if isinstance(sample, Mapping) else [sample]


def _example(one: Declaration, language: Language) -> str:
    sample = one.sample.get(language, "") if isinstance(one.sample, Mapping) else one.sample
    if one.kind is ValueKind.CHOICE:
        return ""
    return ", ".join(map(str, sample)) if isinstance(sample, list) else str(sample)


def _problem(one: Declaration, problem: str, missing: Sequence[str], words: Translator) -> str:
    if not problem:
        return ""
    if missing:
        return words(NEEDED_IN, languages=", ".join(missing))
    if isinstance(problem, ValueProblem):
        return words(problem.says, **problem.facts)
    return words(NEEDED) if problem == "missing" else words(WRONG[one.kind])
