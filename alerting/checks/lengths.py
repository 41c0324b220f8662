"""Whether each text fits where it goes: segments, weights, pages, lines and seconds.

What a platform would refuse blocks; what costs money or patience warns.
"""

from collections.abc import Iterator

from alerting.checks.check_input import SUBJECT, TEXT, CheckInput
from alerting.domain.channel_profiles import LengthUnit, profile_of
from alerting.domain.finding import Finding, FindingSeverity
from alerting.domain.message import Message
from alerting.domain.text.gsm7 import Replacement, measure, rewrite
from alerting.domain.text.i18n import msgid
from alerting.domain.text.length import graphemes, pages, spoken_seconds

SHORTEN = msgid("Shorten it: say first what people must do, and leave the rest to the web page.")


MAX_SUBJECT_LINE = 78
"""Characters of a line of mail (RFC 5322 2.1.1); a phone shows about half of them."""


def check_lengths(subject: CheckInput) -> Iterator[Finding]:
    """What does not fit, message by message."""
    for message in subject.messages:
        if not message.text.strip():
            continue
        channel, widest = profile_of(message.channel), message.widest()
        match channel.unit:
            case LengthUnit.SEGMENTS:
                yield from _segments(widest, channel.limit)
            case LengthUnit.PAGES:
                yield from _pages(widest, channel.limit)
            case LengthUnit.SECONDS:
                yield from _seconds(widest, channel.limit)
        if excess := channel.excess(widest.text):
            count, limit = excess
            yield _finding(
                message,
                FindingSeverity.BLOCKS,
                f"{channel.name}-too-long",
                msgid("The text has {count} characters; the maximum is {limit}."),
                SHORTEN,
                count=count,
                limit=limit,
            )
        if channel.goes_by_mail:
            yield from _subject(widest)


def _segments(message: Message, limit: int) -> Iterator[Finding]:
    """Segments as billed; where a rewrite would take fewer, the difference it makes."""
    cost = measure(message.text)
    proposal = rewrite(message.text)
    cheaper = measure(proposal.text)
    if cost.culprits:
        letters = " ".join(culprit.letter for culprit in cost.culprits)
        saves = cheaper.segments < cost.segments
        yield _finding(
            message,
            FindingSeverity.WARNS if saves else FindingSeverity.HINTS,
            "sms-encoding",
            msgid(
                "Some characters take more room in a text message: {letters}. Segments: "
                "{segments} instead of {cheaper}."
            )
            if saves
            else msgid(
                "Some characters take more room in a text message: {letters}. Characters "
                "left: {left}."
            ),
            msgid("Use the plain spelling if it stays clear: {changes}.")
            if proposal.changes
            else msgid("Remove them."),
            letters=letters,
            segments=cost.segments,
            cheaper=cheaper.segments,
            left=cost.left_in_last,
            changes=_shown(proposal.changes),
        )
    segments = min(cost.segments, cheaper.segments)
    if segments > limit:
        yield _finding(
            message,
            FindingSeverity.WARNS,
            "sms-segments",
            msgid(
                "The text message takes {segments} segments; the recommended maximum is {limit}."
            ),
            SHORTEN,
            segments=segments,
            limit=limit,
        )


def _pages(message: Message, limit: int) -> Iterator[Finding]:
    """Pages; where only the encoding is too much, the rewrite that saves it."""
    taken = pages(message.text)
    if taken.pages <= limit:
        return
    proposal = rewrite(message.text)
    saved = pages(proposal.text).pages <= limit
    yield _finding(
        message,
        FindingSeverity.BLOCKS,
        "cell-broadcast-pages",
        msgid(
            "The cell broadcast takes {pages} pages of {room} characters; the maximum is {limit}."
        ),
        msgid("Use the plain spelling if it stays clear: {changes}.") if saved else SHORTEN,
        pages=taken.pages,
        room=taken.per_page,
        limit=limit,
        changes=_shown(proposal.changes),
    )


def _subject(message: Message) -> Iterator[Finding]:
    """A subject that is cut off still says what it is about."""
    if (count := graphemes(message.subject)) > MAX_SUBJECT_LINE:
        yield _finding(
            message,
            FindingSeverity.HINTS,
            "subject-long",
            msgid(
                "The subject has {count} characters; it is cut off after {limit}, and earlier "
                "on phones."
            ),
            msgid("Put the danger and the place first, and shorten the rest."),
            field=SUBJECT,
            count=count,
            limit=MAX_SUBJECT_LINE,
        )


def _seconds(message: Message, limit: int) -> Iterator[Finding]:
    seconds = spoken_seconds(message.text, message.language)
    if seconds > limit:
        yield _finding(
            message,
            FindingSeverity.WARNS,
            "voice-long",
            msgid(
                "Read aloud, this takes about {seconds} seconds; calls are billed per {limit} "
                "seconds."
            ),
            SHORTEN,
            seconds=seconds,
            limit=limit,
        )


def _shown(changes: tuple[Replacement, ...]) -> str:
    """Each change once, in the order met, with signs for what cannot be seen."""
    pairs = dict.fromkeys(
        (_visible(replacement.before), _visible(replacement.after)) for replacement in changes
    )
    return ", ".join(f"{before} → {after}" for before, after in pairs)


def _visible(letters: str) -> str:
    """A no-break space is ⍽, a space ␣, nothing ∅; beside a letter they need no sign."""
    if letters.strip():
        return letters.strip()
    return letters.replace(" ", "␣").replace("\u00a0", "⍽").replace("\u202f", "⍽") or "∅"


def _finding(
    message: Message,
    severity: FindingSeverity,
    rule: str,
    says: str,
    remedy: str,
    *,
    field: str = TEXT,
    **facts: object,
) -> Finding:
    return Finding(
        severity=severity,
        rule=rule,
        says=says,
        remedy=remedy,
        channel=message.channel,
        language=message.language,
        field=field,
        facts=facts,
    )
