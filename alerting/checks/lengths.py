"""Whether each text fits where it goes: segments, weights, pages, lines and seconds.

What a platform would refuse blocks; what costs money or patience warns.
"""

from collections.abc import Callable, Iterator, Mapping

from alerting.checks.check_input import SUBJECT, TEXT, CheckInput, TextLimits
from alerting.domain.finding import Finding, FindingSeverity
from alerting.domain.message import Message
from alerting.domain.text.gsm7 import Replacement, measure, rewrite
from alerting.domain.text.i18n import msgid
from alerting.domain.text.length import (
    bluesky,
    graphemes,
    mastodon,
    pages,
    spoken_seconds,
    weighted,
)

SHORTEN = msgid("Shorten it: say first what people must do, and leave the rest to the page.")


def check_lengths(subject: CheckInput) -> Iterator[Finding]:
    """What does not fit, message by message."""
    for message in subject.messages:
        if message.text.strip():
            look = _BY_CHANNEL.get(message.channel, _anywhere)
            yield from look(message.widest(), subject.limits)


def _anywhere(_: Message, __: TextLimits) -> Iterator[Finding]:
    return iter(())


def _sms(message: Message, limits: TextLimits) -> Iterator[Finding]:
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
            msgid("“{letters}” take more room in an SMS: {segments} segments instead of {cheaper}.")
            if saves
            else msgid("“{letters}” take more room in an SMS: {left} characters left."),
            msgid("Take the plain spelling if it stays clear: {changes}.")
            if proposal.changes
            else msgid("Take them out."),
            letters=letters,
            segments=cost.segments,
            cheaper=cheaper.segments,
            left=cost.left_in_last,
            changes=_shown(proposal.changes),
        )
    segments = min(cost.segments, cheaper.segments)
    if segments > limits.sms_segments:
        yield _finding(
            message,
            FindingSeverity.WARNS,
            "sms-segments",
            msgid("The SMS takes {segments} segments; {limit} are meant to be enough."),
            SHORTEN,
            segments=segments,
            limit=limits.sms_segments,
        )
    if len(message.text) > limits.sms_characters:
        yield _too_long(message, "sms", len(message.text), limits.sms_characters)


def _x(message: Message, limits: TextLimits) -> Iterator[Finding]:
    if (count := weighted(message.text)) > limits.x:
        yield _too_long(message, "x", count, limits.x)


def _mastodon(message: Message, limits: TextLimits) -> Iterator[Finding]:
    if (count := mastodon(message.text)) > limits.mastodon:
        yield _too_long(message, "mastodon", count, limits.mastodon)


def _bluesky(message: Message, limits: TextLimits) -> Iterator[Finding]:
    count = bluesky(message.text)
    if count.graphemes > limits.bluesky:
        yield _too_long(message, "bluesky", count.graphemes, limits.bluesky)
    elif count.bytes > limits.bluesky_bytes:
        yield _too_long(message, "bluesky", count.bytes, limits.bluesky_bytes)


def _pages(message: Message, limits: TextLimits) -> Iterator[Finding]:
    """Pages; where only the encoding is too much, the rewrite that saves it."""
    taken = pages(message.text)
    if taken.pages <= limits.pages:
        return
    proposal = rewrite(message.text)
    saved = pages(proposal.text).pages <= limits.pages
    yield _finding(
        message,
        FindingSeverity.BLOCKS,
        "cell-broadcast-pages",
        msgid("The cell broadcast takes {pages} pages of {room} characters; {limit} is the most."),
        msgid("Take the plain spelling if it stays clear: {changes}.") if saved else SHORTEN,
        pages=taken.pages,
        room=taken.per_page,
        limit=limits.pages,
        changes=_shown(proposal.changes),
    )


def _mail(message: Message, limits: TextLimits) -> Iterator[Finding]:
    """The subject; newsrooms read theirs in full, on a screen."""
    if (count := graphemes(message.subject)) > limits.subject:
        yield _finding(
            message,
            FindingSeverity.WARNS if message.channel == "email" else FindingSeverity.HINTS,
            "subject-long",
            msgid("The subject has {count} characters; after {limit} it is cut, on phones sooner."),
            msgid("Put the danger and the place first, and shorten the rest."),
            field=SUBJECT,
            count=count,
            limit=limits.subject,
        )


def _voice(message: Message, limits: TextLimits) -> Iterator[Finding]:
    seconds = spoken_seconds(message.text, message.language)
    if seconds > limits.voice_seconds:
        yield _finding(
            message,
            FindingSeverity.WARNS,
            "voice-long",
            msgid("Spoken, this takes about {seconds} seconds; a call is billed by {limit}."),
            SHORTEN,
            seconds=seconds,
            limit=limits.voice_seconds,
        )


_BY_CHANNEL: Mapping[str, Callable[[Message, TextLimits], Iterator[Finding]]] = {
    "sms": _sms,
    "x": _x,
    "mastodon": _mastodon,
    "bluesky": _bluesky,
    "cellbroadcast": _pages,
    "email": _mail,
    "press": _mail,
    "voice": _voice,
}


def _shown(changes: tuple[Replacement, ...]) -> str:
    """Each change once, in the order met, with signs for what cannot be seen."""
    pairs = dict.fromkeys((_visible(one.before), _visible(one.after)) for one in changes)
    return ", ".join(f"{before} → {after}" for before, after in pairs)


def _visible(letters: str) -> str:
    """A no-break space is ⍽, a space ␣, nothing ∅; beside a letter they need no sign."""
    if letters.strip():
        return letters.strip()
    return letters.replace(" ", "␣").replace("\u00a0", "⍽").replace("\u202f", "⍽") or "∅"


def _too_long(message: Message, where: str, count: int, limit: int) -> Finding:
    return _finding(
        message,
        FindingSeverity.BLOCKS,
        f"{where}-too-long",
        msgid("The text counts {count} where {limit} is the most."),
        SHORTEN,
        count=count,
        limit=limit,
    )


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
