"""A period over midnight with one date: “15h00 – 14h05 le 24 novembre” looks like the 24th."""

import re
from collections.abc import Iterator
from itertools import pairwise

from alerting.checks.check_input import CheckInput, fields
from alerting.checks.facts import Fact, FactKind, facts_in
from alerting.checks.wording.hit import Hit
from alerting.checks.wording.sentences import flat, pattern
from alerting.domain.message import Message

NEAR = 14
"""Letters between a period and its date: “ uur op maandag ”."""
MAX_CHARS_BETWEEN_TIMES = 40
"""Letters between the two hours of a period, with a date between them."""
_TO = pattern(
    r"\W{0,4}(?:uur|uhr|h|u)?\W{0,4}(?:-|–|—|à|au|jusqu'à|jusqu'au|tot|tot en met|en|bis|to|until"
    r"|till|and|et|und)(?: (?:um|om|vers|rond|gegen|le|op|am|on))?\W{0,4}"
)
_TWO_DAYS = pattern(
    r"\d ?(?:er|e|\.)? ?(?:au|/|–|-|tot|op|bis|auf(?: den)?|to|en|et|und|and|à)(?: le| den)? ?$"
)
_NEXT_DAY = pattern(
    r"\b(?:lendemain|demain|volgende dag|dag nadien|dag daarna|daags nadien|morgen(?:vroeg)?"
    r"|nächsten tag|folgetag|folgenden tag|tags darauf|tomorrow|next day|next morning"
    r"|following day|chaque|tous les|toutes les|elke|iedere|telkens|jeden|jede|täglich|dagelijks"
    r"|every|each|daily|nightly)\b"
)
"""The day after is named, or the hours are those of every day."""


def periods_with_one_date(message: Message, _: CheckInput) -> Iterator[Hit]:
    """Two hours of which the second comes earlier in a day, and one date beside them."""
    for field, text in fields(message):
        moments = [
            fact
            for fact in facts_in(text, message.language)
            if fact.kind is FactKind.DATE or _minutes(fact) is not None
        ]
        hours = [at for at, fact in enumerate(moments) if fact.kind is FactKind.TIME]
        for at, next_at in pairwise(hours):
            begin, end = moments[at], moments[next_at]
            first, last = _minutes(begin), _minutes(end)
            if (
                first is None
                or last is None
                or last > first
                or end.start - begin.end > MAX_CHARS_BETWEEN_TIMES
            ):
                continue
            # The one before, those between and the one after.
            near = moments[max(0, at - 1) : next_at + 2]
            dates = [
                fact
                for fact in near
                if fact.kind is FactKind.DATE and _is_beside(text, fact, begin, end)
            ]
            between = [fact for fact in dates if begin.end <= fact.start < end.start]
            if len(dates) != 1 or not _is_period(text, begin, end, between):
                continue
            if _TWO_DAYS.search(flat(text[max(0, dates[0].start - 14) : dates[0].start])):
                continue
            line = slice(max(text.rfind("\n", 0, begin.start) + 1, begin.start - 80), end.end + 40)
            if _NEXT_DAY.search(flat(text[line].split("\n")[0])):
                continue
            start, stop = min(begin.start, dates[0].start), max(end.end, dates[0].end)
            yield Hit(field, start, stop, {"words": text[start:stop]})


def _minutes(fact: Fact) -> int | None:
    hour, _, minute = fact.value.partition(":")
    if fact.kind is not FactKind.TIME or not hour.isdigit():
        return None
    return int(hour) * 60 + int(minute or 0)


def _is_beside(text: str, date: Fact, begin: Fact, end: Fact) -> bool:
    """Whether a date belongs to a period: between its hours, or just before or after."""
    if begin.end <= date.start < end.start:
        return True
    start, stop = (date.end, begin.start) if date.end <= begin.start else (end.end, date.start)
    return stop - start <= NEAR and not re.search(r"[.!?;\n]\s", text[start:stop])


def _is_period(text: str, begin: Fact, end: Fact, between: list[Fact]) -> bool:
    """Whether nothing stands between two hours but “to”, and a date at most."""
    parts = [(begin.end, end.start)]
    if between:
        parts = [(between[0].end, end.start), (begin.end, between[0].start)]
    return any(_TO.fullmatch(flat(text[start:stop])) for start, stop in parts)
