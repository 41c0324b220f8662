"""All channels of one language give the same instructions: no text says the contrary, or less.

Somebody reads one channel and a neighbour another. Texts are held against each other, and against
what the scenario says on each channel: a text message may say less than a mail, but an edit does
not take an instruction from one channel that others keep, nor give one to a single channel.
"""

from collections.abc import Iterator, Mapping

from alerting.checks.check_input import TEXT, CheckInput
from alerting.checks.wording.contradictions import OpposedOrders, measures_in, opposed_orders
from alerting.domain.finding import Finding, FindingPlace, FindingSeverity
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.text.i18n import msgid

CONTRADICT, LEFT_OUT, ADDED = "channels-contradict", "instruction-left-out", "instruction-added"
SAME = msgid("Give the same instruction on every channel.")
Texts = Mapping[str, Message]
"""Those of one language, by channel."""


def instructions(subject: CheckInput) -> Iterator[Finding]:
    """Everything in which the channels of a language differ in what people are told to do."""
    for language in Language:
        texts = {
            message.channel: message
            for message in subject.messages
            if message.language is language and message.text.strip()
        }
        if len(texts) > 1:
            yield from _between(texts, language, subject)


def _between(texts: Texts, language: Language, subject: CheckInput) -> Iterator[Finding]:
    shipped = {
        message.channel: measures_in(message.text, language)
        for message in subject.composed
        if message.language is language
    }
    said = {name: measures_in(message.text, language) for name, message in texts.items()}
    told: set[str] = set()
    for opposed in opposed_orders(
        {name: message.text for name, message in texts.items()}, language
    ):
        for finding in _contradiction(texts, opposed, shipped):
            told.add(finding.channel)
            yield finding
    for name, message in texts.items():
        if name not in shipped or name in told:
            continue
        others = {other: said[other] for other in texts if other != name}
        for measure in sorted(shipped[name].keys() - said[name].keys()):
            keeps = next((other for other in others if measure in others[other]), "")
            if keeps:
                text = texts[keeps].text[slice(*others[keeps][measure])]
                yield _finding(
                    message,
                    LEFT_OUT,
                    msgid("“{words}” is not said here any more; another channel says it: {other}."),
                    {"words": text, "other": keeps},
                )
        for measure in sorted(said[name].keys() - shipped[name].keys()):
            if not any(measure in other for other in others.values()):
                at = said[name][measure]
                yield _finding(
                    message,
                    ADDED,
                    msgid("“{words}” is said on this channel only."),
                    {"words": message.text[slice(*at)]},
                    at=at,
                )


def _contradiction(
    texts: Texts, opposed: OpposedOrders, shipped: Mapping[str, Mapping[str, tuple[int, int]]]
) -> Iterator[Finding]:
    """On each channel of the side that was edited, or that fewer channels are on."""
    first, second = opposed.first, opposed.second

    def edits(side: Mapping[str, tuple[int, int]]) -> int:
        return sum(
            not _is_shipped(texts[name], at, shipped.get(name, {})) for name, at in side.items()
        )

    odd, usual = (first, second) if edits(first) > edits(second) else (second, first)
    if edits(first) == edits(second) and len(first) < len(second):
        odd, usual = first, second
    other, there = next(iter(usual.items()))
    for name, at in odd.items():
        yield _finding(
            texts[name],
            CONTRADICT,
            msgid("“{here}” contradicts “{there}”, which another channel says: {other}."),
            {
                "here": texts[name].text[slice(*at)],
                "there": texts[other].text[slice(*there)],
                "other": other,
            },
            severity=FindingSeverity.BLOCKS,
            at=at,
        )


def _is_shipped(
    message: Message, at: tuple[int, int], shipped: Mapping[str, tuple[int, int]]
) -> bool:
    """Whether the scenario's own text gives an order on that channel."""
    measures = measures_in(message.text, message.language)
    return any(place == at and name in shipped for name, place in measures.items())


def _finding(
    message: Message,
    rule: str,
    says: str,
    facts: Mapping[str, object],
    *,
    severity: FindingSeverity = FindingSeverity.WARNS,
    at: tuple[int, int] | None = None,
) -> Finding:
    return Finding(
        severity=severity,
        rule=rule,
        says=says,
        remedy=SAME,
        channel=message.channel,
        language=message.language,
        field=TEXT,
        where=FindingPlace.of(message.text, *at) if at else None,
        facts=facts,
    )
