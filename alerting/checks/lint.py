"""What a warning must say to be believed and followed, and what must not be in it.

After Mileti and Sorensen (1990) a warning names its source, the danger, the place, what to do and
the time; the lint asks for each, for official links only, for short sentences and plain words.
Which rule holds on which channel, and how gravely, is the table below. It reads, it does not
understand: a finding asks a person to look.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from alerting.checks.check_input import SUBJECT, TEXT, CheckInput, fields, names
from alerting.checks.facts import FactKind, facts_in
from alerting.checks.lexicon import (
    ACTIONS,
    FOLLOW_UPS,
    JARGON,
    KNOWN_ACCOUNTS,
    KNOWN_TELEPHONES,
    UNFINISHED,
    UNFINISHED_SIGNS,
)
from alerting.checks.telephones import telephones
from alerting.domain.alert import AlertClass
from alerting.domain.channel_profiles import ChannelProfile, MessageForm, Reach, profile_of
from alerting.domain.exercise_marks import ALL_MARKS, mark, marked
from alerting.domain.finding import Finding, FindingPlace, FindingSeverity
from alerting.domain.late_values import joined_marks, without_marks
from alerting.domain.message import Message
from alerting.domain.speakers import speakers_in
from alerting.domain.text.alphabet import other_alphabets
from alerting.domain.text.gsm7 import rewrite
from alerting.domain.text.i18n import msgid
from alerting.domain.text.links import leads_to, links_in

BLOCKS, WARNS, HINTS = FindingSeverity
FIRST = 160
"""By this character a short text must have said where, and begun to say what to do.

That much is in the preview of a phone, in the first part of a text message that arrives in two, and
in what people read before they look up.
"""
MAX_SENTENCE_WORDS = 15
"""On average, in a text."""

ACCOUNT = re.compile(r"(?<![\w@＠./+-])[@＠](\w{1,30})(?![\w@＠.])")
"""An account, as networks make a link of it; a mail address or a host is a link anyway."""

Hit = tuple[str, int, int, Mapping[str, object]]
"""A field, a stretch of it (0, 0: nowhere in particular), and the facts."""


def lint(subject: CheckInput) -> Iterator[Finding]:
    """Everything the table asks for that is not there, or is there and should not be."""
    if subject.expires_at <= subject.now:
        yield Finding(
            severity=BLOCKS,
            rule="expired",
            says=msgid("The alert ends before it is sent."),
            remedy=msgid("Choose an end in the future."),
        )
    for message in subject.messages:
        if not any(fields(message)):
            continue
        channel = profile_of(message.channel)
        for rule, look, severity_on, says, remedy in _RULES:
            if severity := severity_on(channel):
                for field, start, end, facts in look(message, subject):
                    text = message.subject if field == SUBJECT else message.text
                    yield Finding(
                        severity=severity,
                        rule=rule,
                        says=says,
                        remedy=remedy,
                        channel=message.channel,
                        language=message.language,
                        field=field,
                        where=FindingPlace.of(text, start, end) if end else None,
                        facts=facts,
                    )


def _other_speakers(message: Message, subject: CheckInput) -> Iterator[Hit]:
    for field, text in fields(message):
        for start, end in speakers_in(
            text,
            subject.other_names,
            own=subject.own_names,
            level=subject.level,
            label=field == SUBJECT,
        ):
            yield field, start, end, {"words": text[start:end].strip()}


def _federal_source(message: Message, subject: CheckInput) -> Iterator[Hit]:
    """Nobody is taken for the government but the government."""
    if subject.federal:
        yield from _source(message, subject)


def _local_source(message: Message, subject: CheckInput) -> Iterator[Hit]:
    if not subject.federal:
        yield from _source(message, subject)


def _source(message: Message, subject: CheckInput) -> Iterator[Hit]:
    wanted = subject.sources.get(message.language, ())
    if wanted and not _named(message, wanted):
        yield TEXT, 0, 0, {"name": wanted[0]}


def _place(message: Message, subject: CheckInput) -> Iterator[Hit]:
    wanted = tuple(name for place in subject.places for name in place.get(message.language, ()))
    if wanted and not _named(message, wanted):
        yield TEXT, 0, 0, {"name": wanted[0]}


def _late_place(message: Message, subject: CheckInput) -> Iterator[Hit]:
    """A short text names a place of the area early, or people do not know that they are meant."""
    wanted = [name for place in subject.places for name in place.get(message.language, ())]
    found = [
        (at, at + len(name))
        for given in wanted
        for name in {given, rewrite(given).text}
        if (at := names(message.text, name)) >= 0
    ]
    if found and min(found)[1] > FIRST:
        yield TEXT, *min(found), {"reach": FIRST}


def _named(message: Message, wanted: tuple[str, ...]) -> bool:
    return any(
        names(text, name) >= 0 or names(text, rewrite(name).text) >= 0
        for _, text in fields(message)
        for name in wanted
    )


def _action(message: Message, subject: CheckInput) -> Iterator[Hit]:
    """Short texts: early. Long ones: anywhere."""
    if subject.alert_class is not AlertClass.ALERT:
        return
    match = ACTIONS[message.language].search(message.text)
    if match is None or (profile_of(message.channel).is_short and match.end() > FIRST):
        start, end = match.span() if match else (0, 0)
        yield TEXT, start, end, {"reach": FIRST}


def _time(message: Message, subject: CheckInput) -> Iterator[Hit]:
    """A time or a date at least: feeds reorder, and messages arrive late."""
    if subject.alert_class is AlertClass.ALERT and not _moments(
        message, FactKind.TIME, FactKind.DATE
    ):
        yield TEXT, 0, 0, {}


def _follow_up(message: Message, subject: CheckInput) -> Iterator[Hit]:
    """A second time or a second date, or words that promise the next message or an end."""
    if subject.alert_class is not AlertClass.ALERT:
        return
    several = any(len(_moments(message, kind)) > 1 for kind in (FactKind.TIME, FactKind.DATE))
    if not several and not FOLLOW_UPS[message.language].search(message.text):
        yield TEXT, 0, 0, {}


def _moments(message: Message, *kinds: FactKind) -> set[str]:
    return {fact.value for fact in facts_in(message.text, message.language) if fact.kind in kinds}


def _foreign_links(message: Message, subject: CheckInput) -> Iterator[Hit]:
    for field, text in fields(message):
        for link in links_in(text):
            if _in_contact(message, subject, field, link.start, link.end):
                continue
            if not leads_to(link.shown, subject.allowed_hosts):
                yield field, link.start, link.end, {"link": link.shown}
        for account in ACCOUNT.finditer(text):
            if account[1].casefold() not in KNOWN_ACCOUNTS:
                yield field, account.start(), account.end(), {"link": account[0]}


def _in_contact(message: Message, subject: CheckInput, field: str, start: int, end: int) -> bool:
    """Whether a stretch lies in the press contact, as a press release shows it at its end."""
    block = subject.contacts.get(message.language, "")
    if profile_of(message.channel).form is not MessageForm.RELEASE or field != TEXT or not block:
        return False
    at = message.text.rfind(block)
    return at >= 0 and at <= start and end <= at + len(block)


def _joined_marks(message: Message, _: CheckInput) -> Iterator[Hit]:
    for field, text in fields(message):
        for start, end in joined_marks(text):
            yield field, start, end, {"words": text[max(0, start - 10) : end + 10]}


def _other_alphabets(message: Message, _: CheckInput) -> Iterator[Hit]:
    for field, text in fields(message):
        for start, end in other_alphabets(text):
            yield field, start, end, {"word": text[start:end]}


def _unknown_telephones(message: Message, subject: CheckInput) -> Iterator[Hit]:
    for field, text in fields(message):
        for telephone in telephones(text):
            known = telephone.number in subject.telephones or telephone.number in KNOWN_TELEPHONES
            if not known and not _in_contact(
                message, subject, field, telephone.start, telephone.end
            ):
                yield field, telephone.start, telephone.end, {"number": telephone.shown}


def _no_link(message: Message, subject: CheckInput) -> Iterator[Hit]:
    facts = facts_in(message.text, message.language)
    if subject.allowed_hosts and not any(fact.kind is FactKind.LINK for fact in facts):
        yield TEXT, 0, 0, {}


_SENTENCE = re.compile(r"[^.!?:;\n]++(?:[.:][^\s.!?:;\n]++)*+")
_WORD = re.compile(r"[^\W_]++(?:['’.:-][^\W_]++)*+")


def _sentences(message: Message, _: CheckInput) -> Iterator[Hit]:
    lengths = [
        (len(_WORD.findall(match[0])), match.span()) for match in _SENTENCE.finditer(message.text)
    ]
    lengths = [length for length in lengths if length[0] > 1]
    if not lengths:
        return
    average = sum(count for count, _ in lengths) / len(lengths)
    if average > MAX_SENTENCE_WORDS:
        longest, (start, end) = max(lengths)
        facts = {"average": round(average), "limit": MAX_SENTENCE_WORDS, "longest": longest}
        yield TEXT, start, end, facts


_CAPITALS = re.compile(r"\b[A-ZÀ-ÖØ-Þ]{2,}\b(?:[^\w\n]+[A-ZÀ-ÖØ-Þ]{2,}\b){3,}")
_MARKS = re.compile(rf"\b(?:{'|'.join(sorted(ALL_MARKS))})\b")


def _capitals(message: Message, _: CheckInput) -> Iterator[Hit]:
    for field, text in fields(message):
        plain = _MARKS.sub(lambda match: match[0].lower(), text)
        for match in _CAPITALS.finditer(plain):
            yield field, match.start(), match.end(), {"words": match[0]}


def _jargon(message: Message, _: CheckInput) -> Iterator[Hit]:
    yield from _each(message, JARGON)


def _unfinished(message: Message, _: CheckInput) -> Iterator[Hit]:
    folded = f"{message.subject}\n{message.text}".lower()
    if any(sign in folded for sign in UNFINISHED_SIGNS):
        yield from _each(message, UNFINISHED)


def _each(message: Message, pattern: re.Pattern[str]) -> Iterator[Hit]:
    for field, text in fields(message):
        words = without_marks(text)
        for match in pattern.finditer(words):
            yield field, match.start(), match.end(), {"words": match[0]}


def _mark(message: Message, subject: CheckInput) -> Iterator[Hit]:
    if not marked(message, subject.alert_class):
        stamp = mark(subject.alert_class, message.language)
        yield TEXT, 0, 0, {"mark": stamp, "kind": subject.alert_class}


def _stray_mark(message: Message, subject: CheckInput) -> Iterator[Hit]:
    """The word of a drill inside a real alert: people would take it for one."""
    if subject.alert_class is AlertClass.ALERT:
        yield from _each(message, _MARKS)


SeverityOn = Callable[[ChannelProfile], FindingSeverity | None]
"""How grave a finding is on a channel; None: it is not looked for there."""


def _everywhere(severity: FindingSeverity) -> SeverityOn:
    return lambda _: severity


def _where_links_work(channel: ChannelProfile) -> FindingSeverity | None:
    return HINTS if channel.carries_links else None


def _where_short(channel: ChannelProfile) -> FindingSeverity | None:
    return WARNS if channel.is_short else None


def _less_where_short(channel: ChannelProfile) -> FindingSeverity:
    return HINTS if channel.is_short else WARNS


def _less_for_newsrooms(channel: ChannelProfile) -> FindingSeverity:
    return HINTS if channel.reach is Reach.NEWSROOM else WARNS


Look = Callable[[Message, CheckInput], Iterator[Hit]]
_RULES: tuple[tuple[str, Look, SeverityOn, str, str], ...] = (
    ("unfinished", _unfinished, _everywhere(BLOCKS),
     msgid("The text is unfinished here: “{words}”."),
     msgid("Complete it or delete it.")),
    ("mark", _mark, _everywhere(BLOCKS),
     msgid("The labels of the text do not show its type (“{kind}”)."),
     msgid("The text of an exercise or a test starts and ends with its label; that of a real "
         "alert has none.")),
    ("stray-mark", _stray_mark, _everywhere(WARNS),
     msgid("Because of “{words}”, this real alert may be mistaken for an exercise."),
     msgid("Rephrase it, or start over as an exercise.")),
    ("foreign-link", _foreign_links, _everywhere(BLOCKS),
     msgid("{link} does not lead to an official site."),
     msgid("Use only your own pages and no link shorteners; put a space after each full stop.")),
    ("other-alphabet", _other_alphabets, _everywhere(BLOCKS),
     msgid("“{word}” contains letters or digits of another alphabet, or in circles or boxes."),
     msgid("Type it with ordinary letters and digits.")),
    ("unknown-telephone", _unknown_telephones, _everywhere(BLOCKS),
     msgid("{number} is not on the authority's list of telephone numbers."),
     msgid("Use a number from the list, or have it added there: a second person must confirm it.")),
    ("joined-mark", _joined_marks, _everywhere(BLOCKS),
     msgid("The hour or date of sending would run into the text next to it: “{words}”."),
     msgid("Put a space on each side, and words between it and other digits.")),
    ("no-link", _no_link, _where_links_work,
     msgid("There is no link: people look for a second source before they act."),
     msgid("Add a link to the page with the same message.")),
    ("other-speaker", _other_speakers, _everywhere(BLOCKS),
     msgid("“{words}” names another organisation as the sender."),
     msgid("Only your own authority may appear as the sender; mention others in a sentence.")),
    ("no-source", _local_source, _everywhere(BLOCKS),
     msgid("The text does not say who is sending it: “{name}” is missing."),
     msgid("Name the authority: in a short text at the end, before the link.")),
    ("no-source", _federal_source, _everywhere(WARNS),
     msgid("The text does not say who is sending it: “{name}” is missing."),
     msgid("Name the authority: in a short text at the end, before the link.")),
    ("no-place", _place, _everywhere(WARNS),
     msgid("No place of the area is named: “{name}” is not in the text."),
     msgid("Name the place, so that people know whether it concerns them.")),
    ("late-place", _late_place, _where_short,
     msgid("The place comes after the first {reach} characters."),
     msgid("Name the danger and the place, then what to do, then the rest.")),
    ("no-action", _action, _everywhere(WARNS),
     msgid("What people must do is missing, or comes after the first {reach} characters."),
     msgid("Say earlier in the text what people must do: “close the windows”, “do not drink the "
         "water”.")),
    ("no-time", _time, _everywhere(WARNS),
     msgid("The text gives no time, and it may be read later."),
     msgid("Write the time of the message.")),
    ("no-follow-up", _follow_up, _less_where_short,
     msgid("The text says neither how long this lasts nor when the next message comes."),
     msgid("Add an end, or the time of the next message.")),
    ("long-sentences", _sentences, _less_for_newsrooms,
     msgid("Sentences have {average} words on average, the longest {longest}; the recommended "
         "maximum is {limit}."),
     msgid("One action per sentence.")),
    ("capitals", _capitals, _less_for_newsrooms,
     msgid("Too many words in capitals: “{words}”."),
     msgid("Use capitals for three words at most.")),
    ("jargon", _jargon, _everywhere(WARNS),
     msgid("“{words}” is not known outside the emergency services."),
     msgid("Write it out in words everyone knows.")),
)  # fmt: skip
"""The rule, how to look, on which channels and how gravely, what is wrong, and how to mend it."""
