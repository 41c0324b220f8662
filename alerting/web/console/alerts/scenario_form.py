"""The details of a scenario as inputs, and what a form said as a composition.

A detail is one input, or one for each language where it is words; what was typed stays in its input
whatever is wrong with it.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from starlette.datastructures import FormData

from alerting.actions.alerts.compositions import CompositionContent
from alerting.compose.scenarios import Scenario
from alerting.compose.values import (
    DAY_PASSED,
    MISSING,
    PASSED,
    TWICE,
    WHOSE_WORDS,
    Declaration,
    Holds,
    ValueKind,
    time_ahead,
)
from alerting.domain.alert import UnreachedPolicy
from alerting.domain.belgian_time import BRUSSELS, NO_SUCH_TIME, Tense, Which
from alerting.domain.enumeration import member_of
from alerting.domain.errors import BadRequest
from alerting.domain.language import OWN_NAMES, Language
from alerting.domain.shape import Shape, read_shape
from alerting.domain.text.i18n import ByLanguage, Phrase, msgid
from alerting.domain.translation import TranslationRequest, TranslationState
from alerting.i18n import Translator
from alerting.web.forms import number_in

SAID_AS_IT_IS: Final = frozenset({DAY_PASSED, NO_SUCH_TIME, PASSED, TWICE, WHOSE_WORDS})
"""What a form says in the words of the check; of all else, what its field takes."""
HAS_PASSED: Final = msgid(
    "{time} has passed: enter a later time, or choose the day if another one is meant"
)
NEEDED: Final = msgid("This field is required")
NOT_SAID_IN: Final = msgid("Still missing in: {languages}. No words of another language are used.")
FILLED_IN: Final = msgid("Filled in from the known names: {languages}. Change it if it is wrong.")
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
OFFERED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
MINUTES_AHEAD = (30, 60, 120)
"""From now, on offer where a time to come is asked for."""
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
    filled: bool = False
    """Whether what stands in it is a known name that nobody typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One detail: its inputs, what it is for, an example, and what is wrong."""

    declared: Declaration
    help: str
    example: str
    inputs: Sequence[Input]
    several: bool
    """A list: one item a line."""
    problem: str
    not_said: str = ""
    """In which languages nothing is said, where another says something."""
    missing: Collection[Language] = ()
    """The languages in which nothing is said, where another says something."""
    requests: Sequence[TranslationRequest] = ()
    """What colleagues were asked for it, the newest last."""
    filled_in: str = ""
    """In which languages a known name was filled in."""
    choose: bool = False
    """Only the choices are offered, though words could stand here too."""
    choices: Sequence[tuple[str, str]] = ()
    """Key and words of each, in the officer's language."""
    follows_event: str = ""
    """The event of the alert that it follows, if any."""
    next_day: str = ""
    """Of an hour that has passed: the day and hour that may be meant instead."""

    @property
    def next_day_at(self) -> datetime:
        """The day and hour that may be meant instead, as a moment in Belgium."""
        return datetime.fromisoformat(self.next_day).replace(tzinfo=BRUSSELS)

    @property
    def lies_ahead(self) -> bool:
        """Whether it asks for a time to come, so that some are offered."""
        return self.declared.kind is ValueKind.TIME and self.declared.tense is Tense.FUTURE

    @property
    def ready_sentences(self) -> Sequence[tuple[str, str]]:
        """What can stand in its inputs by one press, where words can be written too.

        Of what follows an alert only what belongs to its event.
        """
        return [one for one in self._offered if self.declared.belongs_after(*self._after(one))]

    @property
    def other_sentences(self) -> Sequence[tuple[str, str]]:
        """The others."""
        return [one for one in self._offered if not self.declared.belongs_after(*self._after(one))]

    @property
    def _offered(self) -> Sequence[tuple[str, str]]:
        return () if self.choose else self.choices

    def _after(self, choice: tuple[str, str]) -> tuple[str, str]:
        return choice[0], self.follows_event

    @property
    def own_words(self) -> bool:
        """Whether it is there for words of one's own, with nothing to choose from."""
        kind = self.declared.kind
        chosen = bool(self.declared.choices) or self.declared.list is not None
        return self.declared.may_hold_words and kind is not ValueKind.PHONE and not chosen

    @property
    def foldable(self) -> bool:
        """Whether a small screen may fold it away: it may be left out, and is not where it is."""
        return not self.declared.required and self.declared.holds is not Holds.PLACE

    @property
    def filled(self) -> bool:
        """Whether something stands in it."""
        return any(one.value for one in self.inputs)

    @property
    def may_be_copied(self) -> bool:
        """Whether the empty inputs can take what stands in the first: the name of a street."""
        full = [bool(one.value) for one in self.inputs]
        return self.declared.holds is Holds.PLACE and any(full) and not all(full)

    def request_in(self, language: Language) -> TranslationRequest | None:
        """The last of a language that is of use to whoever looks: open, proposed, or what stands
        there.
        """
        stands = {one.language: one.value for one in self.inputs}.get(language, "")
        for translation in reversed(self.requests):
            written = translation.state is TranslationState.WRITTEN and stands == text_of(
                translation.words
            )
            waits = translation.state in (TranslationState.OPEN, TranslationState.PROPOSED)
            if translation.language is language and (waits or written):
                return translation
        return None

    @property
    def id(self) -> str:
        """For the page."""
        return f"f-{self.declared.name}"


def fields(
    scenario: Scenario,
    content: CompositionContent,
    languages: Sequence[Language],
    problems: Mapping[str, Phrase],
    translate: Translator,
    *,
    alone: bool = False,
    requests: Sequence[TranslationRequest] = (),
    follows_event: str = "",
) -> list[Field]:
    """Every detail of a scenario, required ones first.

    `alone`: for somebody who may send it alone; what has choices is then chosen, unless it was
    written out already.
    """
    values = content.values
    ranked = sorted(scenario.values, key=lambda declaration: not declaration.required)
    return [
        _field(
            declaration,
            values.get(declaration.name, ""),
            languages,
            problems.get(declaration.name),
            translate,
            filled=content.filled.get(declaration.name, ()),
            requests=[
                translation
                for translation in requests
                if translation.value_name == declaration.name
            ],
            follows_event=follows_event,
            choose=alone
            and (bool(declaration.choices) or declaration.list is not None)
            and declaration.is_closed(values.get(declaration.name)),
        )
        for declaration in ranked
    ]


def content_from_form(
    scenario: Scenario, form: FormData, known_content: CompositionContent
) -> CompositionContent:
    """What a form said; `known` for the details it did not show."""
    values = dict(known_content.values)
    for declaration in scenario.values:
        if (
            value := _typed(declaration, form, known_content.values.get(declaration.name))
        ) is not None:
            values[declaration.name] = value
    minutes = str(form.get("minutes", "0"))
    return CompositionContent(
        scenario=scenario.name,
        area=tuple(dict.fromkeys(str(code) for code in form.getlist("area"))),
        shape=_shape(form, known_content.shape),
        values={name: value for name, value in values.items() if value not in ("", {}, [])},
        channels=tuple(dict.fromkeys(str(one) for one in form.getlist("channel"))),
        also_in=tuple(language for language in Language if language in form.getlist("also_in")),
        minutes=int(minutes) if minutes in map(str, DURATIONS) else 0,
        accents="accents" in form,
        incident=number_in(form, "incident"),
        unreached_policy=member_of(UnreachedPolicy, form.get("unreached_policy"))
        or known_content.unreached_policy,
    )


def _shape(form: FormData, known_circle: Shape | None) -> Shape | None:
    """The shape the page shows: it goes along with the area beside it."""
    if "shape" not in form:
        return known_circle
    try:
        return read_shape(json.loads(str(form["shape"]))) if form["shape"] else None
    except (ValueError, RecursionError, BadRequest):
        return known_circle


def _field(
    declaration: Declaration,
    value: Any,
    languages: Sequence[Language],
    problem: Phrase | None,
    translate: Translator,
    *,
    filled: Collection[Language],
    requests: Sequence[TranslationRequest],
    follows_event: str,
    choose: bool,
) -> Field:
    spoken: Sequence[Language | None] = (
        list(languages) if declaration.by_language and not choose else []
    )
    if isinstance(value, str) and value in declaration.choices and spoken:
        value = declaration.choices[value]  # a key that was chosen, where words are written
    inputs = [
        _input(declaration, value, language, position, problem, filled=language in filled)
        for position, language in enumerate(spoken or [None])
    ]
    inputs.sort(key=lambda each: each.language not in (None, translate.language))
    empty = [each.language for each in inputs if each.language and not each.value]
    missing = empty if len(empty) < len(inputs) else []
    return Field(
        declared=declaration,
        help=declaration.help.get(translate.language, declaration.name),
        example=example_of(declaration, translate.language),
        inputs=inputs,
        several=is_list(declaration),
        problem=problem_text(declaration, problem, translate),
        not_said=_in_languages(NOT_SAID_IN, missing, translate),
        missing=missing,
        requests=requests,
        filled_in=_in_languages(
            FILLED_IN,
            [each.language for each in inputs if each.language and each.filled],
            translate,
        ),
        follows_event=follows_event,
        choose=choose or declaration.kind is ValueKind.CHOICE,
        choices=[
            (key, ByLanguage(said).told(translate.language))
            for key, said in declaration.choices.items()
        ],
        next_day=str(problem.facts["example"]) if problem and problem.says == PASSED else "",
    )


def _in_languages(says: str, languages: Sequence[Language], translate: Translator) -> str:
    """A sentence about some languages; nothing where there are none."""
    named = ", ".join(OWN_NAMES[language] for language in languages)
    return translate(says, languages=named) if named else ""


def _input(
    declaration: Declaration,
    value: Any,
    language: Language | None,
    position: int,
    problem: Phrase | None,
    *,
    filled: bool,
) -> Input:
    if isinstance(value, Mapping):
        value = value.get(language, "") if language else next(iter(value.values()), "")
    elif language and position:
        value = ""  # written when there was one language: it is that of the first
    text = text_of(value)
    day = which = ""
    if declaration.kind is ValueKind.TIME and text.partition(" ")[2] in set(Which):
        text, _, which = text.partition(" ")
    if declaration.kind is ValueKind.TIME and "T" in text:
        day, _, text = text.partition("T")
    name = f"value.{declaration.name}" + (f".{language}" if language else "")
    twice = bool(which) or (problem is not None and problem.says == TWICE)
    return Input(
        name=name,
        language=language,
        value=text,
        day=day,
        which=which,
        twice=twice,
        filled=filled and bool(text),
    )


def _typed(declaration: Declaration, form: FormData, known: Any) -> Any:
    """What stands in the inputs of one detail; None where the form has none of them."""
    whole = form.get(f"value.{declaration.name}")
    if whole is not None:
        text = _cut(whole)
        if declaration.kind is ValueKind.TIME and (clock := CLOCK.fullmatch(text)):
            text = f"{int(clock[1]):02}:{clock[2] or '00'}"
        day = _cut(form.get(f"day.{declaration.name}", ""))
        which = str(form.get(f"which.{declaration.name}", ""))
        text = f"{day}T{text}" if day and text else text
        return f"{text} {which}" if which in set(Which) and text else text
    typed = {
        language: _several(declaration, _cut(form[f"value.{declaration.name}.{language}"]))
        for language in Language
        if f"value.{declaration.name}.{language}" in form
    }
    if not typed:
        return None
    if isinstance(known, str) and known in declaration.choices:
        shown = {language: declaration.choices[known].get(language, "") for language in typed}
        if typed == shown:  # what was chosen by its key stays a choice
            return known
    # A language the area no longer asks for keeps its words: the area may come back.
    before = known if isinstance(known, Mapping) else {}
    merged = {**before, **{language.value: text for language, text in typed.items()}}
    return {language: text for language, text in merged.items() if text}


def copied(value: Any, languages: Sequence[Language]) -> Any:
    """A detail with what is said in the first language that says something in those that do not."""
    if not isinstance(value, Mapping):
        return value
    first = next((value[language] for language in languages if value.get(language)), "")
    return {**value, **{language.value: value.get(language) or first for language in languages}}


def offered(act: str, now: datetime) -> str:
    """The time a button offers: so many minutes ahead, or the day and hour it names; empty: none.

    `act` is what stands after the name of the detail.
    """
    if act in map(str, MINUTES_AHEAD):
        return time_ahead(now, int(act))
    return act if OFFERED.fullmatch(act) else ""


def _cut(text: object) -> str:
    return str(text).replace("\r\n", "\n").strip()[:LONGEST_VALUE]


def text_of(value: Any) -> str:
    """A detail as it stands in its input."""
    return "\n".join(value) if isinstance(value, list | tuple) else str(value)


def is_list(declaration: Declaration) -> bool:
    """Whether a detail is a list: one item a line."""
    return any(isinstance(each, list) for each in _each(declaration.sample))


def words_typed(declaration: Declaration, text: object) -> Any:
    """What was typed into one input of a detail, as it is kept."""
    return _several(declaration, _cut(text))


def _several(declaration: Declaration, text: str) -> Any:
    if is_list(declaration):
        return [line.strip() for line in text.splitlines() if line.strip()]
    return text


def _each(sample: Any) -> list[Any]:
    return list(sample.values()) if isinstance(sample, Mapping) else [sample]


def example_of(declaration: Declaration, language: Language) -> str:
    """The library's example of a detail, in words."""
    sample = (
        declaration.sample.get(language, "")
        if isinstance(declaration.sample, Mapping)
        else declaration.sample
    )
    if declaration.kind is ValueKind.CHOICE:
        return ""
    return ", ".join(map(str, sample)) if isinstance(sample, list) else str(sample)


def problem_text(declaration: Declaration, problem: Phrase | None, translate: Translator) -> str:
    """What is wrong with a detail, in the reader's language."""
    if not problem:
        return ""
    if problem.says == MISSING:
        return translate(NEEDED)
    if problem.says == PASSED:  # the day has an input, and tomorrow a button
        return translate(HAS_PASSED, time=problem.facts["time"])
    as_it_is = problem.says in SAID_AS_IT_IS
    return (
        translate(problem.says, **problem.facts) if as_it_is else translate(WRONG[declaration.kind])
    )
