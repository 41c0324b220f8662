"""The language versions of one channel say the same: nobody is told less, later or elsewhere.

Compared are links, dates, phone numbers, times, numbers, place names and the items of lists. What
more than half of the versions have counts as meant; at a tie, what the first language has. A text
in another language than its field says, a text and a detail that are missing are found here too.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from alerting.checks.check_input import SUBJECT, TEXT, CheckInput, Names, names
from alerting.checks.facts import Fact, FactKind, facts_in, list_items
from alerting.checks.language_detection import detect_language
from alerting.domain.finding import Finding, FindingPlace, FindingSeverity
from alerting.domain.language import OWN_NAMES, Language
from alerting.domain.late_values import without_marks
from alerting.domain.message import Message
from alerting.domain.missing_words import missing_in
from alerting.domain.text.gsm7 import rewrite
from alerting.domain.text.i18n import msgid

POOLS: tuple[tuple[FactKind, ...], ...] = (
    (FactKind.LINK,),
    (FactKind.DATE,),
    (FactKind.PHONE,),
    (FactKind.TIME, FactKind.NUMBER),
)
"""What is compared together: a full hour and a bare number are one."""

DIFFER: Mapping[FactKind, tuple[FindingSeverity, str, str]] = {
    FactKind.LINK: (
        FindingSeverity.BLOCKS,
        "links-differ",
        msgid(
            "The links differ between the languages. {language}: {here}; other languages: {there}."
        ),
    ),
    FactKind.DATE: (
        FindingSeverity.BLOCKS,
        "dates-differ",
        msgid(
            "The dates differ between the languages. {language}: {here}; other languages: {there}."
        ),
    ),
    FactKind.PHONE: (
        FindingSeverity.BLOCKS,
        "phones-differ",
        msgid(
            "The telephone numbers differ between the languages. {language}: {here}; other "
            "languages: {there}."
        ),
    ),
    FactKind.TIME: (
        FindingSeverity.BLOCKS,
        "times-differ",
        msgid(
            "The times differ between the languages. {language}: {here}; other languages: {there}."
        ),
    ),
    FactKind.NUMBER: (
        FindingSeverity.WARNS,
        "numbers-differ",
        msgid(
            "The numbers differ between the languages. {language}: {here}; other languages: "
            "{there}."
        ),
    ),
}
COMPARE = msgid("Compare the texts side by side and correct the one that is wrong.")
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Version:
    """One field of one message, read."""

    message: Message
    field: str
    text: str
    found: tuple[Fact, ...]

    @property
    def language(self) -> Language:
        """The language it should be in."""
        return self.message.language


def parity(subject: CheckInput) -> Iterator[Finding]:
    """Everything that differs between the languages of each channel."""
    for channel, versions in subject.by_channel().items():
        yield from _holes(channel, versions, subject.required)
        for field in (SUBJECT, TEXT):
            read = [
                Version(message, field, words, facts_in(words, message.language))
                for message in versions.values()
                if (words := message.subject if field == SUBJECT else message.text).strip()
            ]
            for version in read:
                yield from _missing_details(version)
                yield from _tongue(version)
            if len(read) > 1:
                for pool in POOLS:
                    yield from _pool(read, pool)
                for place in subject.places:
                    yield from _place(read, place)
                yield from _instructions(read)


def _holes(
    channel: str, versions: Mapping[Language, Message], required: tuple[Language, ...]
) -> Iterator[Finding]:
    with_subject = any(message.subject.strip() for message in versions.values())
    for language in required:
        message = versions.get(language)
        for field, missing in (
            (TEXT, message is None),
            (SUBJECT, with_subject and message is not None and not message.subject.strip()),
        ):
            if missing:
                yield Finding(
                    severity=FindingSeverity.BLOCKS,
                    rule="language-missing",
                    says=msgid(
                        "{channel}, {language}: “{field}” is missing, although the law requires it."
                    ),
                    remedy=msgid("Write it, or remove the channel from this alert."),
                    channel=channel,
                    language=language,
                    field=field,
                    facts={"channel": channel, "field": field, "language": language},
                )


def _missing_details(version: Version) -> Iterator[Finding]:
    """A detail that was given in another language only, once for each text it is missing in."""
    found = {detail: (start, end) for start, end, detail in reversed([*missing_in(version.text)])}
    for detail, where in sorted(found.items(), key=lambda pair: pair[1]):
        yield _finding(
            version,
            FindingSeverity.BLOCKS,
            "detail-missing",
            msgid("“{detail}” is missing in: {name}. No words of another language were used."),
            msgid("Write it in the place of the mark, or leave the detail out: {mark}"),
            {
                "detail": detail,
                "name": OWN_NAMES[version.language],
                "mark": version.text[slice(*where)],
            },
            where=where,
        )


def _tongue(version: Version) -> Iterator[Finding]:
    heard = detect_language(without_marks(version.text))
    if heard not in {None, version.language}:
        yield _finding(
            version,
            FindingSeverity.BLOCKS,
            "wrong-language",
            msgid(
                "Expected language: {language}; the text seems to be in another language: {heard}."
            ),
            msgid("Put every text in the field of its own language."),
            {"heard": heard},
        )


def _pool(versions: list[Version], pool: tuple[FactKind, ...]) -> Iterator[Finding]:
    """What `versions` have of some kinds, each held against what is meant."""
    counted = [
        Counter(fact.value for fact in version.found if fact.kind in pool) for version in versions
    ]
    meant = _meant([frozenset(one) for one in counted])
    differing = False
    for version, values in zip(versions, counted, strict=True):
        missing, surplus = meant - values.keys(), values.keys() - meant
        if missing or surplus:
            differing = True
            yield _difference(version, versions, pool, missing, surplus)
    if not differing and len(set(map(frozenset, (one.items() for one in counted)))) > 1:
        yield from _repeats(versions, counted)


def _meant(values: list[frozenset[str]]) -> frozenset[str]:
    """What more than half have; at a tie, what the first has."""
    counts = Counter(value for one in values for value in one)
    return frozenset(
        value
        for value, times in counts.items()
        if times * 2 > len(values) or (times * 2 == len(values) and value in values[0])
    )


def _difference(
    version: Version,
    versions: list[Version],
    pool: tuple[FactKind, ...],
    missing: frozenset[str],
    surplus: frozenset[str] | set[str],
) -> Finding:
    own = [fact for fact in version.found if fact.kind in pool and fact.value in surplus]
    others = {
        fact.value: fact
        for other in reversed(versions)
        for fact in other.found
        if fact.kind in pool and fact.value in missing
    }
    kinds = {fact.kind for fact in (*own, *others.values())}
    kind = next(fact_kind for fact_kind in pool if fact_kind in kinds)
    severity, rule, says = DIFFER[kind]
    return _finding(
        version,
        severity,
        rule,
        says,
        COMPARE,
        {
            "here": ", ".join(dict.fromkeys(fact.shown for fact in own)) or NOTHING,
            "there": ", ".join(dict.fromkeys(fact.shown for fact in others.values())) or NOTHING,
        },
        where=(own[0].start, own[0].end) if own else None,
    )


def _repeats(versions: list[Version], counted: list[Counter[str]]) -> Iterator[Finding]:
    """Values all languages have, but not as often: one may have been mistyped for another."""
    everything = set().union(*counted)
    odd = sorted(value for value in everything if len({one[value] for one in counted}) > 1)
    yield _finding(
        versions[0],
        FindingSeverity.WARNS if len(odd) > 1 else FindingSeverity.HINTS,
        "repeated-unequally",
        msgid("Some details do not appear the same number of times in every language: {details}."),
        COMPARE,
        {"details": ", ".join(odd)},
    )


def _place(versions: list[Version], place: Names) -> Iterator[Finding]:
    """A place named in one language is named in the others, by its name there."""
    named = [_naming(version, place.get(version.language, ())) for version in versions]
    if not any(named) or all(named):
        return
    for version, is_named in zip(versions, named, strict=True):
        if not is_named and place.get(version.language):
            name = place[version.language][0]
            other = next(
                place[one.language][0] for one, has in zip(versions, named, strict=True) if has
            )
            yield _finding(
                version,
                FindingSeverity.WARNS,
                "places-differ",
                msgid("{language}: “{name}” is not named; another language names “{other}”."),
                msgid("Name the same places in every language, each by its name in that language."),
                {"name": name, "other": other},
            )


def _naming(version: Version, words: tuple[str, ...]) -> bool:
    return any(
        names(version.text, word) >= 0 or names(version.text, rewrite(word).text) >= 0
        for word in words
    )


def _instructions(versions: list[Version]) -> Iterator[Finding]:
    counts = [list_items(version.text) for version in versions]
    usual = max(counts, key=lambda one: (counts.count(one), one == counts[0]))
    for version, count in zip(versions, counts, strict=True):
        if count != usual:
            yield _finding(
                version,
                FindingSeverity.WARNS,
                "instructions-differ",
                msgid(
                    "The number of list items differs. {language}: {count}; other languages: "
                    "{usual}."
                ),
                msgid("Give the same instructions in every language, in the same order."),
                {"count": count, "usual": usual},
            )


def _finding(
    version: Version,
    severity: FindingSeverity,
    rule: str,
    says: str,
    remedy: str,
    facts: Mapping[str, object],
    *,
    where: tuple[int, int] | None = None,
) -> Finding:
    return Finding(
        severity=severity,
        rule=rule,
        says=says,
        remedy=remedy,
        channel=version.message.channel,
        language=version.language,
        field=version.field,
        where=FindingPlace.of(version.text, *where) if where else None,
        facts={"language": version.language, **facts},
    )
