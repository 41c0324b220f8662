"""The hours and days a text names, held against the moment it leaves.

What lay ahead when a text was written may have passed when it leaves; an hour that stood without
its day is read as one of another day; an hour typed for that of sending is wrong a minute later.
Compared are the details of the alert, as they stand in the texts, and what was typed beside them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from alerting.checks.check_input import SUBJECT, fields
from alerting.checks.facts import Fact, FactKind, facts_in
from alerting.domain.belgian_time import NO_SUCH_TIME, Tense, instant, local
from alerting.domain.errors import BadRequest
from alerting.domain.finding import Finding, FindingPlace, FindingSeverity
from alerting.domain.language import Language
from alerting.domain.late_values import LateValue
from alerting.domain.message import Message
from alerting.domain.text.i18n import ByLanguage, msgid

PASSED, NOT_YET, WITHOUT_DAY = "time-passed", "time-not-reached", "time-without-day"
OF_SENDING, NO_SUCH_HOUR = "typed-hour-of-sending", "no-such-hour"
RULES = frozenset({PASSED, NOT_YET, WITHOUT_DAY, OF_SENDING, NO_SUCH_HOUR})

CLOSE = 25
"""Characters between an hour and its day: “02h30 (heure d'hiver) le 31 octobre”."""
BEFORE = 40
"""Characters before an hour in which the words stand that promise something for it."""
PROMISES: Mapping[Language, re.Pattern[str]] = {
    Language.FR: re.compile(
        r"(?:\bprochain (?:message|communiqué)|\bavant|\bjusqu'(?:à|au)|\bd'ici(?: à)?"
        r"|\bau plus tard(?: à)?)[ \u00a0]?:?[ \u00a0]*$",
        re.IGNORECASE,
    ),
    Language.NL: re.compile(
        r"(?:\bvolgend(?:e)? bericht|\bvóór|\bvoor|\btot|\btegen|\buiterlijk(?: om)?)"
        r"[ \u00a0]?:?[ \u00a0]*$",
        re.IGNORECASE,
    ),
    Language.DE: re.compile(
        r"(?:\bnächste (?:nachricht|mitteilung)|\bvor|\bbis|\bspätestens(?: um)?)"
        r"[ \u00a0]?:?[ \u00a0]*$",
        re.IGNORECASE,
    ),
    Language.EN: re.compile(
        r"(?:\bnext (?:message|update)|\bbefore|\buntil|\bby|\bno later than)"
        r"[ \u00a0]?:?[ \u00a0]*$",
        re.IGNORECASE,
    ),
}
"""What stands right before an hour that must lie ahead."""
IN_A_RANGE = re.compile(r"(?:\d|\bh|\bu|uur|uhr|heures?)[ \u00a0]*$", re.IGNORECASE)
"""What stands before “until” where every day has such hours: from 11 until 20."""
DAYS_SEEN_FROM_TODAY: Mapping[Language, re.Pattern[str]] = {
    Language.FR: re.compile(
        r"\b(?:aujourd['’]hui|demain|hier|ce soir|ce matin|cette nuit|cet après-midi)\b",
        re.IGNORECASE,
    ),
    Language.NL: re.compile(
        r"\b(?:vandaag|morgen|gisteren|vanavond|vannacht|vanochtend|vanmorgen|vanmiddag)\b",
        re.IGNORECASE,
    ),
    Language.DE: re.compile(r"\b(?:[Hh]eute|morgen|[Gg]estern)\b"),
    Language.EN: re.compile(
        r"\b(?:today|tomorrow|yesterday|tonight|this (?:morning|afternoon|evening))\b",
        re.IGNORECASE,
    ),
}
A_DAY = re.compile(r"\d\d-\d\d")
HEADING = re.compile(r"^[^\n]{0,20}?BE-Alert[^\n:]{0,80}")
"""Who speaks and when: the beginning of a short text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One detail of an alert that is an hour or a day."""

    called: ByLanguage
    at: datetime | date
    tense: Tense | None
    """Whether it must lie ahead or behind when people read it; None: either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hour:
    """An hour as it stands in a text, with its day where one stands beside it."""

    clock: time
    day: date | None
    shown: str
    start: int
    end: int


def times(
    messages: Iterable[Message], moments: Iterable[Moment], *, written: datetime, leaves: datetime
) -> Iterator[Finding]:
    """What would be wrong about an hour or a day in texts `written` then, if they left then."""
    moments = tuple(moments)
    for message in messages:
        for field, text in fields(message):
            yield from _of_text(message, field, text, moments, written=written, leaves=leaves)


def _of_text(
    message: Message,
    field: str,
    text: str,
    moments: tuple[Moment, ...],
    *,
    written: datetime,
    leaves: datetime,
) -> Iterator[Finding]:
    found = facts_in(text, message.language)
    hours = tuple(_hours(found, local(leaves).date()))
    today, sent_on = local(written).date(), local(leaves).date()
    heading = HEADING.match(text) if field != SUBJECT else None
    told: set[int] = set()
    for one in moments:
        for start, end, shown, without_day in _where(one, found, hours, today, sent_on):
            if verdict := _verdict(one, without_day=without_day, today=today, leaves=leaves):
                severity, rule, says, remedy = verdict
                told.add(start)
                yield _finding(
                    message, field, severity, rule, says, remedy, text, start, end,
                    {"name": one.called, "time": shown, "leaves": leaves},
                )  # fmt: skip
    for word in DAYS_SEEN_FROM_TODAY[message.language].finditer(text) if today != sent_on else ():
        says = msgid("“{time}” is read on another day than it was written: it leaves {leaves}.")
        yield _finding(
            message, field, FindingSeverity.WARNS, WITHOUT_DAY, says, msgid("Write the day instead."),
            text, *word.span(), {"time": word[0], "leaves": leaves},
        )  # fmt: skip
    for hour in hours:
        if hour.start in told:
            continue
        if verdict := _typed(hour, text, message.language, heading, leaves):
            yield _finding(
                message, field, *verdict, text, hour.start, hour.end,
                {"time": hour.shown, "leaves": leaves, "mark": LateValue.TIME.value},
            )  # fmt: skip


_Verdict = tuple[FindingSeverity, str, str, str]
LATER = msgid("Write one that lies ahead, or let the alert leave earlier.")


def _verdict(one: Moment, *, without_day: bool, today: date, leaves: datetime) -> _Verdict | None:
    """What is wrong with a detail where it stands."""
    sent_on = local(leaves).date()
    if isinstance(one.at, datetime):
        passed, ahead = one.at <= leaves, one.at > leaves
    else:
        passed, ahead = one.at < sent_on, one.at > sent_on
    if one.tense is Tense.FUTURE and passed:
        says = msgid("{name}: “{time}” has passed when the alert leaves ({leaves}).")
        return FindingSeverity.BLOCKS, PASSED, says, LATER
    if one.tense is Tense.PAST and ahead:
        says = msgid("{name}: “{time}” has not come yet when the alert leaves ({leaves}).")
        return FindingSeverity.WARNS, NOT_YET, says, msgid("Write when it was.")
    if without_day and today != sent_on:
        says = msgid(
            "{name}: “{time}” is of another day than the alert leaves ({leaves}), and stands "
            "without its day."
        )
        return FindingSeverity.WARNS, WITHOUT_DAY, says, msgid("Write the day behind it.")
    return None


def _where(
    one: Moment,
    found: tuple[Fact, ...],
    hours: tuple[_Hour, ...],
    today: date,
    sent_on: date,
) -> Iterator[tuple[int, int, str, bool]]:
    """Where a detail stands in a text as it was composed, and whether it does without its day."""
    if not isinstance(one.at, datetime):
        value = f"{one.at.month:02}-{one.at.day:02}"
        for part in found:
            if part.kind is FactKind.DATE and part.value == value:
                yield part.start, part.end, part.shown, False
        return
    here = local(one.at)
    without_day = here.date() == today
    day = None if without_day else here.date()
    for hour in hours:
        if hour.clock == here.time().replace(second=0, microsecond=0) and hour.day == day:
            yield hour.start, hour.end, hour.shown, without_day


def _typed(
    hour: _Hour, text: str, language: Language, heading: re.Match[str] | None, leaves: datetime
) -> _Verdict | None:
    """What is wrong with an hour that is no detail of the alert: somebody wrote it by hand."""
    here = local(leaves)
    if hour.day is not None:
        try:
            moment = instant(datetime.combine(hour.day, hour.clock))
        except BadRequest as error:
            if error.says != NO_SUCH_TIME:
                return None
            says = msgid("“{time}” does not exist in Belgium: the clock is put forward that night.")
            return FindingSeverity.BLOCKS, NO_SUCH_HOUR, says, msgid("Write an hour that exists.")
        passed = moment <= leaves
    else:
        passed = hour.clock <= here.time()
        if (
            heading
            and hour.start < heading.end()
            and hour.clock != here.time().replace(second=0, microsecond=0)
        ):
            says = msgid("“{time}” stands where people read the hour of sending; it is {leaves}.")
            remedy = msgid("Write {mark}: the hour of sending is filled in when it leaves.")
            return FindingSeverity.WARNS, OF_SENDING, says, remedy
    before = text[max(0, hour.start - BEFORE) : hour.start]
    promise = PROMISES[language].search(before) if passed else None
    if promise and not IN_A_RANGE.search(before[: promise.start()]):
        says = msgid("“{time}” has passed when the alert leaves ({leaves}).")
        return FindingSeverity.WARNS, PASSED, says, LATER
    return None


def _hours(found: tuple[Fact, ...], near: date) -> Iterator[_Hour]:
    """Every hour, with the day beside it; one beside a day of the week, or a mark, is left out."""
    marks = [one for one in found if one.kind in (FactKind.TIME, FactKind.DATE)]
    for at, one in enumerate(marks):
        hour, _, minute = one.value.partition(":")
        if one.kind is not FactKind.TIME or one.value in set(LateValue) or hour == "24":
            continue
        beside = _day_beside(one, *marks[at + 1 : at + 2], before=marks[at - 1] if at else None)
        if beside is not None and not A_DAY.fullmatch(beside.value):
            continue
        yield _Hour(
            clock=time(int(hour), int(minute or 0)),
            day=_nearest(beside.value, near) if beside else None,
            shown=one.shown,
            start=one.start,
            end=one.end,
        )


def _day_beside(hour: Fact, after: Fact | None = None, *, before: Fact | None) -> Fact | None:
    """The day right behind an hour, or else right before it."""
    if after and after.kind is FactKind.DATE and after.start - hour.end <= CLOSE:
        return after
    close = before and before.kind is FactKind.DATE and hour.start - before.end <= len(" – à ")
    return before if close else None


def _nearest(value: str, near: date) -> date | None:
    """The day of that month that lies nearest."""
    month, day = map(int, value.split("-"))
    days = []
    for year in (near.year - 1, near.year, near.year + 1):
        try:
            days.append(date(year, month, day))
        except ValueError:  # 29 February
            continue
    return min(days, key=lambda one: abs(one - near), default=None)


def _finding(
    message: Message,
    field: str,
    severity: FindingSeverity,
    rule: str,
    says: str,
    remedy: str,
    text: str,
    start: int,
    end: int,
    facts: Mapping[str, object],
) -> Finding:
    return Finding(
        severity=severity,
        rule=rule,
        says=says,
        remedy=remedy,
        channel=message.channel,
        language=message.language,
        field=field,
        where=FindingPlace.of(text, start, end),
        facts=facts,
    )
