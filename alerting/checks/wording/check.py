"""All kinds of wording over one alert: the table of what is wrong, and what to write instead."""

from collections.abc import Callable, Iterator

from alerting.checks.check_input import SUBJECT, CheckInput, fields
from alerting.checks.wording.articles import leftover_articles
from alerting.checks.wording.conditions import loose_conditions
from alerting.checks.wording.contradictions import contradictions
from alerting.checks.wording.hit import Hit
from alerting.checks.wording.labels import misread_labels
from alerting.checks.wording.periods import periods_with_one_date
from alerting.checks.wording.place_names import foreign_nouns
from alerting.checks.wording.plurals import plurals_of_one
from alerting.checks.wording.subjects import subjects_without_danger
from alerting.domain.finding import Finding, FindingPlace, FindingSeverity
from alerting.domain.message import Message
from alerting.domain.text.i18n import msgid


def _contradicting(message: Message, _: CheckInput) -> Iterator[Hit]:
    for field, text in fields(message):
        for contradiction in contradictions(text, message.language):
            facts = {
                "first": text[slice(*contradiction.first)],
                "second": text[slice(*contradiction.second)],
            }
            yield Hit(field, *contradiction.second, facts, remedy=contradiction.remedy)


def _wrong_places(message: Message, subject: CheckInput) -> Iterator[Hit]:
    if subject.known_places is None:
        return
    contact = subject.contacts.get(message.language, "")
    for field, text in fields(message):
        words = text.replace(contact, "\x00" * len(contact)) if contact else text
        for wrong_name in subject.known_places.wrong_names(words, message.language):
            facts = {"name": text[wrong_name.start : wrong_name.end], "right": wrong_name.right}
            yield Hit(field, wrong_name.start, wrong_name.end, facts)


def _foreign_nouns(message: Message, subject: CheckInput) -> Iterator[Hit]:
    contact = subject.contacts.get(message.language, "")
    for field, text in fields(message):
        words = text.replace(contact, "\x00" * len(contact)) if contact else text
        for start, end, heard in foreign_nouns(words, message.language):
            facts = {"words": text[start:end].strip(), "heard": heard, "language": message.language}
            yield Hit(field, start, end, facts)


_RULES: tuple[tuple[str, Callable[[Message, CheckInput], Iterator[Hit]], str, str], ...] = (
    ("contradiction", _contradicting,
     msgid("“{first}” and “{second}” contradict each other."),
     ""),
    ("subject-without-danger", subjects_without_danger,
     msgid("“{words}” does not name the danger: read alone, it is not understood or not believed."),
     msgid("Begin with the danger: “Flood: leave the area before 18:00 – Eupen”.")),
    ("article", leftover_articles,
     msgid("“{words}” has an article that does not fit there."),
     msgid("Write the bare name after a label and in brackets: “River: Vesdre”.")),
    ("place-language", _wrong_places,
     msgid("“{name}” is the name in another language."),
     msgid("Write “{right}” here.")),
    ("place-language", _foreign_nouns,
     msgid("“{words}” is {heard}, and this text is in {language}."),
     msgid("Write the detail in each language, not in one for all.")),
    ("period-one-date", periods_with_one_date,
     msgid("“{words}” goes over midnight and names one day only."),
     msgid("Name both days: “from 15:00 on 23 November to 14:05 on 24 November”.")),
    ("plural-of-one", plurals_of_one,
     msgid("“{words}” has the wrong form for one."),
     msgid("Write the singular, or “once” for one time.")),
    ("loose-condition", loose_conditions,
     msgid("“{words}” is read as the contrary of “{question}”."),
     msgid("Ask what people cannot do: “Cannot get away? Hide”, “No answer? Go to …”.")),
    ("misread-label", misread_labels,
     msgid("“{words}” can be read as an order, as its contrary, or says nothing."),
     msgid("Write a whole order with its object or place, or a label that says what follows.")),
)  # fmt: skip
"""The rule, how to look, what is wrong, and how to mend it (a hit may say that better)."""


def check_wording(subject: CheckInput) -> Iterator[Finding]:
    """Warnings, never more."""
    for message in subject.messages:
        for rule, look, says, remedy in _RULES:
            for hit in look(message, subject):
                text = message.subject if hit.field == SUBJECT else message.text
                yield Finding(
                    severity=FindingSeverity.WARNS,
                    rule=rule,
                    says=says,
                    remedy=hit.remedy or remedy,
                    channel=message.channel,
                    language=message.language,
                    field=hit.field,
                    where=FindingPlace.of(text, hit.start, hit.end),
                    facts=hit.facts,
                )
