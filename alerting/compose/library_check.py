"""What `alerting templates check` looks for: a library that will not fail on the day.

Every text there in every language, the same placeholders side by side, nothing undeclared or
unused, nothing unfinished, no foreign link, and every text rendered with the samples - once with
all optional details and once with none.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from alerting.compose import locale_formats
from alerting.compose.formatting import Formatter, HtmlLink
from alerting.compose.jinja import Text
from alerting.compose.scenarios import CHOSEN_FROM, Library, Scenario
from alerting.compose.values import AUTOMATIC, CLOSED_KINDS, ReadValue, ValueKind, read_values
from alerting.domain.channel_profiles import ChannelProfile, LengthUnit, text_files
from alerting.domain.errors import BadTemplate, BadValues
from alerting.domain.language import Language
from alerting.domain.late_values import LateValue, widest
from alerting.domain.text.gsm7 import measure, rewrite
from alerting.domain.text.links import leads_to, links_in

KNOWN = frozenset({*AUTOMATIC, "authority", "url"})

UNFINISHED = re.compile(
    r"\b(todo|fixme|tbd|xxx|lorem|ipsum|translate me|à traduire|te vertalen|zu übersetzen)\b",
    re.IGNORECASE,
)
NOON = datetime(2026, 11, 23, 11, 5, tzinfo=UTC)
SAMPLE_HOST = "alerts.example.org"
SAMPLE_LINK = f"https://{SAMPLE_HOST}"


@dataclass(frozen=True, slots=True)
class TemplateFault:
    """One thing to mend."""

    file: str
    line: int
    reason: str
    language: str = ""

    def __str__(self) -> str:
        """`chem_shelter/sms.toml:3: [nl] …`, as editors and compilers write it."""
        language = f"[{self.language}] " if self.language else ""
        return f"{self.file}:{self.line}: {language}{self.reason}"


class SamplePlaces:
    """Stands in for the gazetteer: a name of the length areas usually have."""

    def resolve(self, text: str, *, ask: bool = True) -> tuple[str, ...]:
        """Any text is a place."""
        return (text,)

    def area_name(self, codes: tuple[str, ...], language: Language, /, *, room: int = 0) -> str:
        """The texts themselves."""
        return locale_formats.join_list(codes, language)


def open_questions(library: Library) -> dict[str, str]:
    """Scenario -> what an expert must decide about its texts: to be known, not mended here."""
    found: dict[str, str] = {}
    for name in library.names():
        try:
            question = library.scenario(name).needs_expert
        except BadTemplate:  # a fault, and told as one
            continue
        if question:
            found[name] = question
    return found


def check_library(library: Library, *, hosts: Collection[str] = ()) -> list[TemplateFault]:
    """Everything wrong with the library; nothing where it is fit to use.

    `hosts` are the sites a link written into a text may lead to.
    """
    return [
        fault for name in library.names() for fault in check_scenario(library, name, hosts=hosts)
    ]


def check_scenario(
    library: Library, name: str, *, hosts: Collection[str] = ()
) -> list[TemplateFault]:
    """Everything wrong with one scenario; nothing where it is fit to use. See `check_library`."""
    try:
        scenario = library.scenario(name)
    except BadTemplate as error:
        return [_fault(error)]
    faults = [
        *_holes(scenario),
        *_names(scenario),
        *_words(scenario),
        *_samples(scenario, frozenset(hosts)),
        *_form_for_one(scenario),
    ]
    return list(dict.fromkeys(faults))


def septets(text: str) -> int:
    """Length on the air once letters outside GSM-7 have been rewritten one for one."""
    return measure(rewrite(text).text).units


def _fault(error: BadTemplate, language: str = "") -> TemplateFault:
    facts = error.facts
    return TemplateFault(
        str(facts["file"]), int(str(facts["line"])), str(facts["reason"]), language
    )


def _holes(scenario: Scenario) -> Iterator[TemplateFault]:
    """Languages without a text, a title, a help or a choice."""
    head = f"{scenario.name}/scenario.toml"
    for file, tables in text_files().items():
        for table, channel in tables.items():
            texts = scenario.texts.get((file, table), {})
            if not texts and channel.borrows:
                continue
            for language in Language:
                if language not in texts or not texts[language].source.strip():
                    reason = f"no text in “{language}” for {file}, field “{table}”"
                    yield TemplateFault(f"{scenario.name}/{file}.toml", 1, reason, language)
    for what, by_language in _wanted(scenario):
        for language in Language:
            if not str(by_language.get(language, "")).strip():
                yield TemplateFault(head, 1, f"no text in “{language}” for {what}", language)


def _wanted(scenario: Scenario) -> Iterator[tuple[str, Mapping[Language, object]]]:
    """What a scenario file says to people, and in which languages."""
    yield "the title", scenario.titles
    for declaration in scenario.values:
        yield f"the help of “{declaration.name}”", declaration.help
        for key, texts in declaration.choices.items():
            yield f"the choice “{key}” of “{declaration.name}”", texts
        for part, said in (("sample", declaration.sample), ("default", declaration.default)):
            if declaration.by_language and isinstance(said, Mapping):
                yield f"the {part} of “{declaration.name}”", said


def _names(scenario: Scenario) -> Iterator[TemplateFault]:
    """Placeholders: declared, used, and the same in every language of a text."""
    declared = {declaration.name for declaration in scenario.values}
    used: set[str] = set()
    for texts in scenario.texts.values():
        sets: dict[Language, set[str]] = {}
        for language, text in texts.items():
            try:
                names = text.names
            except BadTemplate as error:
                yield _fault(error, language)
                continue
            sets[language] = set(names)
            for name, line in names.items():
                if name not in declared | KNOWN:
                    yield TemplateFault(text.file, line, f"“{name}” is not declared", language)
        used.update(*sets.values())
        everywhere = set().union(*sets.values())
        for language, names_here in sets.items():
            if missing := everywhere - names_here:
                text = texts[language]
                reason = f"lacks {', '.join(sorted(missing))}, which another language has"
                yield TemplateFault(text.file, text.line, reason, language)
    for name in sorted(declared - used):
        yield TemplateFault(
            f"{scenario.name}/scenario.toml", 1, f"“{name}” is declared and never used"
        )


def _words(scenario: Scenario) -> Iterator[TemplateFault]:
    """Unfinished texts."""
    for texts in scenario.texts.values():
        for language, text in texts.items():
            for number, line in enumerate(text.source.split("\n")):
                if found := UNFINISHED.search(line):
                    reason = f"unfinished: “{found[0]}”"
                    yield TemplateFault(text.file, text.line + number, reason, language)


def _form_for_one(scenario: Scenario) -> Iterator[TemplateFault]:
    """A scenario one officer may send alone must be whole without a word typed for it."""
    if not scenario.pre_approved:
        return
    for declaration in scenario.values:
        if declaration.name in CHOSEN_FROM and declaration.list != declaration.name:
            reason = (
                f"“pre_approved” and “{declaration.name}” has no list: list = “{declaration.name}”"
            )
            yield TemplateFault(f"{scenario.name}/scenario.toml", 1, reason)
        whole = declaration.kind in CLOSED_KINDS or declaration.default or not declaration.required
        if not whole or not declaration.is_closed(declaration.default):
            reason = f"“pre_approved” and “{declaration.name}” asks for words: give it a default"
            yield TemplateFault(f"{scenario.name}/scenario.toml", 1, reason)


def _samples(scenario: Scenario, hosts: frozenset[str]) -> Iterator[TemplateFault]:
    """The samples can be read, and every text renders with all of them and with the least."""
    languages = tuple(Language)
    reading = ReadValue(
        languages, NOON, SamplePlaces(), frozenset({SAMPLE_HOST}), ("Sint-Pieters-Leeuw",)
    )
    full = {declaration.name: declaration.sample for declaration in scenario.values}
    least = {
        declaration.name: declaration.sample
        for declaration in scenario.values
        if declaration.required
    }
    for declaration in scenario.values:
        if declaration.sample == "":
            reason = f"no sample for “{declaration.name}”"
            yield TemplateFault(f"{scenario.name}/scenario.toml", 1, reason)
        if declaration.kind is ValueKind.CHOICE and not isinstance(declaration.sample, str):
            reason = f"the sample of “{declaration.name}” is not one of its choices"
            yield TemplateFault(f"{scenario.name}/scenario.toml", 1, reason)
    for given in (full, least):
        try:
            values = read_values(scenario.name, scenario.values, given, reading)
        except BadValues as error:
            reason = f"samples: {error.facts['problems']}"
            yield TemplateFault(f"{scenario.name}/scenario.toml", 1, reason)
            return
        for (file, table), texts in scenario.texts.items():
            for language, text in texts.items():
                channel = text_files()[file][table]
                yield from _rendered(text, channel, language, values[language], hosts)


def _rendered(
    text: Text,
    channel: ChannelProfile,
    language: Language,
    values: Mapping[str, object],
    hosts: frozenset[str],
) -> Iterator[TemplateFault]:
    automatic = {
        "area": "Sint-Pieters-Leeuw", "authority": "Sint-Pieters-Leeuw",
        "url": HtmlLink(SAMPLE_LINK),
        "time": LateValue.TIME, "date": LateValue.DATE, "expires": NOON + timedelta(hours=4),
    }  # fmt: skip
    today = locale_formats.local(NOON).date()
    speech = Formatter(language, today, SamplePlaces(), short=channel.is_short)
    try:
        words = text.render(speech, {**automatic, **values})
    except BadTemplate as error:
        yield _fault(error, language)
        return
    if not words:
        yield TemplateFault(text.file, text.line, "renders to nothing", language)
    for link in links_in(words):
        if not leads_to(link.shown, hosts | {SAMPLE_HOST}):
            reason = f"a link to a site that is not allowed: {link.shown}"
            line = (
                text.source.partition(link.shown)[0].count("\n") if link.shown in text.source else 0
            )
            yield TemplateFault(text.file, text.line + line, reason, language)
    limit = channel.limit_in_letters
    words = widest(words, language)
    length = septets(words) if channel.unit is not LengthUnit.CHARACTERS else channel.count(words)
    if limit and length > limit:
        reason = f"{length} characters with the samples; {limit} is the limit"
        yield TemplateFault(text.file, text.line, reason, language)
