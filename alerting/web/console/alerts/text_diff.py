"""What changed in a text, word by word."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from alerting.domain.alert import Alert
from alerting.domain.language import Language
from alerting.domain.late_values import MARK
from alerting.domain.message import Message

WORDS = re.compile(rf"{MARK.pattern}|\s+|[^\s{{]+|\{{")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words that stayed (`""`), came (`"ins"`) or went (`"del"`)."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedText:
    """One text of an alert, before and now."""

    channel: str
    language: Language
    subject: Sequence[Piece]
    text: Sequence[Piece]


def pieces(before: str, after: str) -> list[Piece]:
    """The way from `before` to `after`; what went stands before what came in its place."""
    old, new = WORDS.findall(before), WORDS.findall(after)
    made: list[Piece] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for literal, i1, i2, j1, j2 in matcher.get_opcodes():
        if literal == "equal":
            made.append(Piece("", "".join(new[j1:j2])))
            continue
        if gone := "".join(old[i1:i2]):
            made.append(Piece("del", gone))
        if came := "".join(new[j1:j2]):
            made.append(Piece("ins", came))
    return made


def changes(alert: Alert, before: Sequence[Message]) -> list[ChangedText]:
    """Every text that is not what it was, in the order of the page."""
    changed_texts = []
    for channel in alert.text_channels:
        for language in alert.languages:
            now = alert.message(channel, language)
            old = next((m for m in before if m.channel == channel and m.language == language), None)
            was, is_now = _words(old), _words(now)
            if was != is_now:
                changed_texts.append(
                    ChangedText(
                        channel=channel,
                        language=language,
                        subject=pieces(was[0], is_now[0]) if was[0] != is_now[0] else (),
                        text=pieces(was[1], is_now[1]) if was[1] != is_now[1] else (),
                    )
                )
    return changed_texts


def _words(message: Message | None) -> tuple[str, str]:
    return (message.subject, message.text) if message else ("", "")
