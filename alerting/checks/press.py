"""What the checks say about a press release: the same in all its languages, and whole."""

from collections.abc import Callable, Iterator, Mapping

from alerting.checks.check_input import CheckInput
from alerting.checks.facts import FactKind, facts_in
from alerting.checks.parity import parity
from alerting.checks.telephones import telephones
from alerting.domain.channel_profiles import PRESS
from alerting.domain.finding import Finding, FindingSeverity, gravest_first
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.press.release import FIELD_NAMES, Release, ReleaseText
from alerting.domain.text.i18n import msgid

COUNTED: Mapping[str, Callable[[ReleaseText], int]] = {
    "quotes": lambda text: len(text.quotes),
    "facts": lambda text: len(text.facts),
}
DIFFERENT_NUMBER = msgid(
    "“{field}”: the number differs between the languages ({numbers}). Each language must say the "
    "same."
)
OTHER_SPEAKERS = msgid("The quotes name different people in {language}: {here}; others: {there}.")
NO_TELEPHONE = msgid("The press contact in {language} has no telephone number.")
NO_HOURS = msgid("The press contact in {language} does not say when somebody answers.")
LONG_HEADLINE = msgid("The headline in {language} has {count} characters; newsrooms cut after 100.")
CUT_AFTER = 100
"""Characters of a subject that mail programs of newsrooms show."""


def check_release(release: Release, subject: CheckInput) -> tuple[Finding, ...]:
    """Everything, the gravest first. `subject` is the release as `messages_of` gives it."""
    return gravest_first(
        [*parity(subject), *_parts(release), *_contacts(release), *_headlines(release)]
    )


def messages_of(release: Release) -> tuple[Message, ...]:
    """All words of a release that its languages must agree on, a message each."""
    return tuple(
        Message(
            channel=PRESS.name,
            language=language,
            subject=release.text(language).headline,
            text="\n\n".join(_words(release, language)),
        )
        for language in release.languages
    )


def _words(release: Release, language: Language) -> Iterator[str]:
    text = release.text(language)
    yield from (part for part in (text.subtitle, text.lead, text.body) if part)
    yield from (quote.text for quote in text.quotes)
    yield from (f"{fact.label}: {fact.value}" for fact in text.facts)
    if changed := release.changed.get(language):
        yield changed


def _parts(release: Release) -> Iterator[Finding]:
    for name, count in COUNTED.items():
        numbers = {language: count(release.text(language)) for language in release.languages}
        if len({*numbers.values()}) > 1:
            told = ", ".join(f"{language} {number}" for language, number in numbers.items())
            facts = {"field": FIELD_NAMES[name], "numbers": told}
            yield _finding("parts-differ", DIFFERENT_NUMBER, FindingSeverity.BLOCKS, facts=facts)
    speakers = {
        language: {quote.speaker.strip() for quote in release.text(language).quotes}
        for language in release.languages
    }
    first = next(iter(speakers.values()), set())
    for language, names in speakers.items():
        if names != first:
            facts = {"language": language, "here": _told(names), "there": _told(first)}
            yield _finding(
                "speakers-differ", OTHER_SPEAKERS, FindingSeverity.WARNS, language, facts
            )


def _contacts(release: Release) -> Iterator[Finding]:
    for language in release.languages:
        contact = release.text(language).contact
        if not contact:
            continue  # told as missing
        facts = {"language": language}
        if not any(telephones(contact)):
            yield _finding(
                "no-telephone", NO_TELEPHONE, FindingSeverity.BLOCKS, language, facts, "contact"
            )
        if not any(one.kind is FactKind.TIME for one in facts_in(contact, language)):
            yield _finding("no-hours", NO_HOURS, FindingSeverity.WARNS, language, facts, "contact")


def _headlines(release: Release) -> Iterator[Finding]:
    for language in release.languages:
        count = len(release.text(language).headline)
        if count > CUT_AFTER:
            facts = {"language": language, "count": count}
            yield _finding(
                "long-headline", LONG_HEADLINE, FindingSeverity.HINTS, language, facts, "headline"
            )


def _told(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "–"


def _finding(
    rule: str,
    says: str,
    severity: FindingSeverity,
    language: Language | None = None,
    facts: Mapping[str, object] | None = None,
    field: str = "",
) -> Finding:
    return Finding(
        severity=severity,
        rule=rule,
        says=says,
        channel=PRESS.name,
        language=language,
        field=field,
        facts=facts or {},
    )
