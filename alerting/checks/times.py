"""The hours and days a text names, held against the moment it leaves.

What lay ahead when a text was written may have passed when it leaves; an hour that stood without
its day is read as one of another day; an hour typed for that of sending is wrong a minute later.
Compared are the details of the alert, as they stand in the texts, and what was typed beside them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from alerting.checks.check_input import SUBJECT, fields
from alerting.checks.facts import Fact, FactKind, facts_in
from alerting.checks.lexicon import WEEKDAYS
from alerting.domain.belgian_time import (
    BRUSSELS,
    NO_SUCH_TIME,
    Tense,
    Which,
    comes_twice,
    instant,
    local,
)
from alerting.domain.errors import BadRequest
from alerting.domain.finding import Finding, FindingPlace, FindingSeverity
from alerting.domain.language import Language
from alerting.domain.late_values import LateValue
from alerting.domain.message import Message
from alerting.domain.text.i18n import ByLanguage, msgid

PASSED, NOT_YET, WITHOUT_DAY = "time-passed", "time-not-reached", "time-without-day"
OF_SENDING, NO_SUCH_HOUR = "typed-hour-of-sending", "no-such-hour"
HOUR_TWICE = "hour-comes-twice"
RULES = frozenset({PASSED, NOT_YET, WITHOUT_DAY, OF_SENDING, NO_SUCH_HOUR, HOUR_TWICE})

CLOSE = 25
"""Characters between an hour and its day: “02h30 (heure d'hiver) le 31 octobre”."""
BEFORE, BEHIND = 60, 40
"""Characters before and behind an hour in which the words stand that say how it is meant."""
FOLDED = str.maketrans("’‘ʼ´`′\u00a0\u202f\u2009", "'" * 6 + " " * 3)
"""Apostrophes and spaces as people, phones and Word write them; each stays one character."""
STALE = timedelta(hours=12)
"""An hour without its day that lies further back than this is read as one of tomorrow."""

_ON_THE_WAY = "|".join(
    (
        *WEEKDAYS,
        "le|la|ce|cette|à|vers|environ|hier|aujourd'hui|matin|midi|soir|nuit|après-midi",
        "om|op|de|het|deze|ongeveer|rond|omstreeks|gisteren|vandaag|ochtend|namiddag|avond|nacht",
        "um|am|der|dem|den|die|etwa|gegen|gestern|heute|früh|morgen|vormittag|nachmittag|abend",
        "at|on|the|about|around|yesterday|today|this|morning|afternoon|evening|night",
    )
)
_HOUR = rf"\b(?:(?:{_ON_THE_WAY})\b|l'|ca\.|[ ,:(])*$"
"""From a word that tells what an hour is to the hour: only words that name no other one."""


def _before(*words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)}){_HOUR}", re.IGNORECASE)


PAST_BEFORE: Mapping[Language, re.Pattern[str]] = {
    Language.FR: _before(
        r"depuis|dès|à (?:partir|compter) d[eu]|hier|la veille|la nuit dernière"
        r"|dernière fois|dernier lieu",
        r"(?<!prochain )(?<!prochaine )(?:message|alerte|avis|communiqué|bulletin|courriel|e-mail"
        r"|mail|sms|appel|lettre|loi|arrêté|arrêté royal|décret|ordonnance|circulaire) d[eu]",
        r"(?<!sera )(?<!seront )(?<!être )(?:(?:envoyé|diffusé|publié|lancé|émis|signalé|constaté"
        r"|survenu|déclaré|éclaté|commencé|débuté|produit|vu)e?s?|mise?s? à jour|eu lieu)"
        r"(?<!prochaine mise à jour)",
        r"commença|débuta|éclata|explosa|se produisit|se déclara|survint",
    ),
    Language.NL: _before(
        r"sinds|vanaf|gisteren|eergisteren",
        r"(?<!volgend )(?<!volgende )(?:bericht|alarm|waarschuwing|melding|mededeling|e-mail|mail"
        r"|sms|oproep|brief|persbericht|wet|besluit|decreet|ordonnantie) van",
        r"(?<!wordt )(?<!worden )(?:verstuurd|verzonden|gestuurd|gepubliceerd|verspreid|gemeld"
        r"|vastgesteld|ontstaan|uitgebroken|begonnen|gebeurd|bijgewerkt|gezien)",
        r"begon|brak uit|brak|startte|ontstond|gebeurde|ontplofte|viel uit",
        r"laatste (?:bericht|update|melding)",
    ),
    Language.DE: _before(
        r"seit|ab|gestern|vorgestern",
        r"(?<!nächste )(?<!nächsten )(?:nachricht|mitteilung|meldung|warnung|e-mail|mail|sms"
        r"|schreiben|brief|anruf|alarm|gesetz|erlass|dekret|verordnung|beschluss) vo[nm]",
        r"(?:gesendet|versendet|verschickt|veröffentlicht|gemeldet|ausgebrochen|begonnen"
        r"|festgestellt|aktualisiert|gesehen)",
        r"begann|brach|brach aus|entstand|ereignete sich|geschah|startete|fiel aus",
        r"zuletzt",
        r"letzte (?:nachricht|mitteilung|meldung|aktualisierung)",
    ),
    Language.EN: _before(
        r"since|from|yesterday|last night",
        r"(?<!next )(?:message|alert|warning|notice|update|e-mail|email|text|call|letter|act|law"
        r"|decree|order) (?:of|from)",
        r"(?<!be )(?:sent|issued|published|posted|reported|started|began|broke out|happened"
        r"|occurred|updated|seen|erupted|exploded|took place)",
        r"(?:last|latest|previous) (?:message|update|alert)",
    ),
}
"""What marks an hour or a day as one that lies behind, right before it: it may have passed."""
PAST_BEHIND: Mapping[Language, re.Pattern[str]] = {
    Language.NL: re.compile(
        r"[ ,)]{0,5}(?:verstuurd|verzonden|gestuurd|gepubliceerd|gemeld|vastgesteld|ontstaan"
        r"|uitgebroken|begonnen|gebeurd)e?\b",
        re.IGNORECASE,
    ),
    Language.DE: re.compile(
        r"[ ,)]{0,5}(?:gesendet|versendet|verschickt|veröffentlicht|gemeldet|ausgebrochen|begonnen"
        r"|festgestellt)(?:e[nmrs]?)?\b",
        re.IGNORECASE,
    ),
}
"""What marks it as past right behind it, where no word before it says that it is to come."""
STILL_TO_COME = re.compile(
    r"\b(?:wordt|worden|zal|zullen|wird|werden|soll|sollen)\b", re.IGNORECASE
)
EVERY_DAY = re.compile(
    r"\b(?:tous les jours|chaque jour|en semaine|jours ouvrables|dagelijks|elke dag|iedere dag"
    r"|(?:op )?werkdagen|täglich|jeden tag|werktags|daily|every day|weekdays)\b",
    re.IGNORECASE,
)
TO: Mapping[Language, re.Pattern[str]] = {
    Language.FR: re.compile(r" ?(?:à|au|jusqu'(?:à|au)|[-–]) ?", re.IGNORECASE),
    Language.NL: re.compile(r" ?(?:tot(?: en met)?|t/m|[-–]) ?", re.IGNORECASE),
    Language.DE: re.compile(r" ?(?:bis(?: zum)?|[-–]) ?", re.IGNORECASE),
    Language.EN: re.compile(r" ?(?:to|until|till|[-–]) ?", re.IGNORECASE),
}
"""What joins the beginning of a while to its end."""
AND = re.compile(r" (?:et|en|und|and) ", re.IGNORECASE)
BETWEEN = re.compile(r"\b(?:entre|tussen|zwischen|between) $", re.IGNORECASE)
WHOLE = re.compile(r"\d{1,2} ?(?:heures?|uur|[hu])", re.IGNORECASE)
A_WHILE_BEFORE = re.compile(
    r"\b(?:pendant|durant|dans(?: les)?|(?:tou(?:te)?s )?les|après|plus d[e']|moins d[e']|au moins"
    r"|au plus|maximum|minimum|environ|encore|en|sous"
    r"|binnen|gedurende|na|elke|om de|meer dan|minder dan|minstens|hoogstens|nog|over|al"
    r"|for|within|in|after|every)(?: (?:les|de|environ|ongeveer|about))? ?$",
    re.IGNORECASE,
)
A_WHILE_BEHIND = re.compile(
    r" (?:d[eu] |d'|lang\b|geleden\b|après\b|plus tard\b|later\b|par jour\b|per dag\b)"
    r"(?!(?:l')?après-midi|matin|soir|nuit)",
    re.IGNORECASE,
)
"""“2 heures” and “2 uur” may be a while instead of an hour."""
NO_DAYS = frozenset({"24/7", "7/7", "1/2", "1/3", "2/3", "1/4", "3/4"})
DAYS_SEEN_FROM_TODAY: Mapping[Language, re.Pattern[str]] = {
    Language.FR: re.compile(
        r"\b(?:aujourd'hui|après-demain|avant-hier|demain|hier|ce (?:soir|matin|midi)|cette nuit"
        r"|cet(?:te)? après-midi|la nuit (?:dernière|prochaine))\b",
        re.IGNORECASE,
    ),
    Language.NL: re.compile(
        r"\b(?:vandaag|overmorgen|eergisteren|morgen|gisteren"
        r"|(?:van|deze )(?:avond|nacht|ochtend|morgen|middag|namiddag))\b",
        re.IGNORECASE,
    ),
    Language.DE: re.compile(
        r"\b(?:[Hh]eute|[Üü]bermorgen|[Vv]orgestern|morgen|[Gg]estern"
        r"|[Dd]iese[nr]? (?:Nacht|Morgen|Vormittag|Mittag|Nachmittag|Abend))\b"
    ),
    Language.EN: re.compile(
        r"\b(?:today|tomorrow|yesterday|tonight|last night"
        r"|this (?:morning|noon|afternoon|evening))\b",
        re.IGNORECASE,
    ),
}
_TOMORROW: Mapping[Language, str] = {
    Language.FR: r"(?P<two>après-)?demain",
    Language.NL: r"(?P<two>over)?(?<!deze )(?<!in de )morgen",
    Language.DE: r"(?P<two>über)?(?<!heute )(?<!am )(?<!diesen )morgen",
    Language.EN: r"(?P<two>the day after )?tomorrow",
}
TOMORROW_BEFORE = {language: _before(word) for language, word in _TOMORROW.items()}
TOMORROW_BEHIND = {
    language: re.compile(rf"[ ,(]{{0,5}}{word}\b", re.IGNORECASE)
    for language, word in _TOMORROW.items()
}
WHICH = re.compile(
    r"[ ,(]{0,5}(?:heure d'(?:été|hiver)|zomertijd|wintertijd|sommerzeit|winterzeit"
    r"|summer time|winter time|UTC|CES?T|MES?Z)\b",
    re.IGNORECASE,
)
"""Which of the two is meant, behind an hour that comes twice."""
NOON_AND_MIDNIGHT = re.compile(
    r"(?<![\w-])(?:(?P<midnight>minuit|middernacht|[Mm]itternacht|midnight)|midi|noon)(?![\w-])"
)
SHORT_DAY = re.compile(
    r"(?<!\w)(?:bis(?: zum)?|am|zum|dem|den|der|vor|ab|tot(?: en met)?|op|voor|vanaf|au|le|avant le"
    rf"|dès le|until|by|on|{'|'.join(WEEKDAYS)},?) (\d{{1,2}})(?:\. ?|-)(1[0-2]|0?[1-9])"
    r"(?:\.(?![\d:])|(?![\w.:,/-]))(?! ?(?:-|–|uur|uhr|h\b|u\b|km|m\b|cm|mm|%|€|°|l\b|kg|mg|grad"
    r"|degrés|graden|euro|pro|per|par))",
    re.IGNORECASE,
)
_NEXT = r"\b(?:prochain|volgend|komend|nächst|kommend|next)\w{0,3}"
NEXT_BEFORE = re.compile(rf"{_NEXT}\s{{1,3}}$", re.IGNORECASE)
NEXT_BEHIND = re.compile(rf"\s{{1,3}}{_NEXT}", re.IGNORECASE)
"""Directly at a weekday: not the one it is sent on."""
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
class _Named:
    """An hour or a day as it stands in a text, with its day where one stands beside it."""

    clock: time | None
    """None: a day without an hour."""
    day: date | None
    start: int
    end: int
    begin: int
    stop: int
    """Where the two together begin and stop; `start` and `end` are those of the hour."""
    whole: bool = False
    """It is written as a while may be: “2 heures”, “2 uur”."""
    begins: bool = False
    ends: bool = False
    """It is the beginning or the end of a while: from 11 until 20."""


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
    read = text.translate(FOLDED)
    found = facts_in(read, message.language)
    named = tuple(_named(read, found, message.language, local(leaves).date()))
    today, sent_on = local(written).date(), local(leaves).date()
    heading = HEADING.match(read) if field != SUBJECT else None
    details: set[int] = set()
    for moment in moments:
        for start, end, without_day in _where(moment, named, today):
            details.add(start)
            here = local(moment.at) if isinstance(moment.at, datetime) else moment.at
            if verdict := _verdict(moment, without_day=without_day, today=today, leaves=leaves):
                yield _finding(
                    message, field, *verdict, text, start, end,
                    {
                        "name": moment.called, "time": text[start:end], "moment": here.isoformat(),
                        "leaves": leaves,
                    },
                )  # fmt: skip
    for word in DAYS_SEEN_FROM_TODAY[message.language].finditer(read) if today != sent_on else ():
        start, end = word.span()
        yield _finding(
            message, field, FindingSeverity.WARNS, WITHOUT_DAY, READ_LATER,
            msgid("Write the day instead."), text, start, end,
            {"time": text[start:end], "leaves": leaves},
        )  # fmt: skip
    typed = _Typed(read, message.language, heading.end() if heading else 0, written, leaves)
    for one_named in named:
        if one_named.start in details:
            continue
        if verdict := typed.verdict(one_named):
            start, end = one_named.start, one_named.end
            facts = {
                "time": text[start:end],
                "moment": f"{one_named.day} {one_named.clock}",
                "leaves": leaves,
                "mark": LateValue.TIME.value,
            }
            yield _finding(message, field, *verdict, text, start, end, facts)


_Verdict = tuple[FindingSeverity, str, str, str]
LATER = msgid("Write a time in the future, or send the alert earlier.")
READ_LATER = msgid(
    "“{time}” will be read on another day than it was written: the alert is sent on {leaves}."
)


def _verdict(
    moment: Moment, *, without_day: bool, today: date, leaves: datetime
) -> _Verdict | None:
    """What is wrong with a detail where it stands."""
    sent_on = local(leaves).date()
    if isinstance(moment.at, datetime):
        passed, ahead = moment.at <= leaves, moment.at > leaves
    else:
        passed, ahead = moment.at < sent_on, moment.at > sent_on
    if moment.tense is Tense.FUTURE and passed:
        says = msgid("{name}: “{time}” will have passed when the alert is sent ({leaves}).")
        return FindingSeverity.BLOCKS, PASSED, says, LATER
    if moment.tense is Tense.PAST and ahead:
        says = msgid(
            "{name}: “{time}” will still be in the future when the alert is sent ({leaves})."
        )
        return FindingSeverity.WARNS, NOT_YET, says, msgid("Write when it happened.")
    if without_day and today != sent_on:
        says = msgid(
            "{name}: “{time}” is not on the day when the alert is sent ({leaves}), and the "
            "day is not given."
        )
        return FindingSeverity.WARNS, WITHOUT_DAY, says, msgid("Add the day after it.")
    return None


def _where(one: Moment, named: tuple[_Named, ...], today: date) -> Iterator[tuple[int, int, bool]]:
    """Where a detail stands in a text as it was composed, and whether it does without its day."""
    moment = isinstance(one.at, datetime)
    there = local(one.at) if isinstance(one.at, datetime) else one.at
    clock = time(there.hour, there.minute) if isinstance(there, datetime) else None
    for part in named:
        same_day = part.day is not None and part.day.timetuple()[1:3] == there.timetuple()[1:3]
        without_day = moment and part.day is None and there.timetuple()[:3] == today.timetuple()[:3]
        if part.clock == clock and (same_day or without_day):
            yield part.start, part.end, without_day


@dataclass(frozen=True, slots=True)
class _Typed:
    """What is wrong with an hour or a day that is no detail of the alert: somebody wrote it."""

    text: str
    language: Language
    heading: int
    """Where the beginning that says who speaks, and when, stops; 0: there is none."""
    written: datetime
    leaves: datetime

    def verdict(self, one: _Named) -> _Verdict | None:
        """Whatever has passed is asked about, unless words beside it say that it has."""
        before = self.text[max(0, one.begin - BEFORE) : one.begin]
        behind = self.text[one.stop : one.stop + BEHIND]
        if one.clock is None:
            assert one.day is not None  # noqa: S101  a day without an hour
            passed = one.day < local(self.leaves).date()
            return self._passed() if passed and not self._is_behind(one, before, behind) else None
        if (one.whole and self._is_a_while(before, behind)) or (
            one.day is None and self._is_of_every_day(one, before, behind)
        ):
            return None
        if one.day is None and one.start < self.heading:
            return self._in_heading(one.clock)
        moment = datetime.combine(one.day or self._day_of(one.clock, before, behind), one.clock)
        return self._of_hour(moment, one, is_behind=self._is_behind(one, before, behind))

    def _in_heading(self, clock: time) -> _Verdict | None:
        if clock == local(self.leaves).time().replace(second=0, microsecond=0):
            return None
        says = msgid("“{time}” is where readers expect the hour of sending, which is {leaves}.")
        remedy = msgid("Write {mark}: the hour of sending is filled in when the alert is sent.")
        return FindingSeverity.WARNS, OF_SENDING, says, remedy

    def _of_hour(self, moment: datetime, one: _Named, *, is_behind: bool) -> _Verdict | None:
        try:
            passed = instant(moment, Which.LATER) <= self.leaves
        except BadRequest as error:
            if error.says != NO_SUCH_TIME:
                return None
            says = msgid("“{time}” does not exist in Belgium: the clocks go forward that night.")
            return FindingSeverity.BLOCKS, NO_SUCH_HOUR, says, msgid("Write a time that exists.")
        if passed and not is_behind:
            return self._passed()
        if comes_twice(moment.replace(tzinfo=BRUSSELS)) and not WHICH.match(self.text, one.end):
            says = msgid("“{time}” occurs twice in Belgium: the clocks go back that night.")
            remedy = msgid("Add after it which one is meant: summer time or winter time.")
            return (
                FindingSeverity.WARNS if is_behind else FindingSeverity.BLOCKS,
                HOUR_TWICE,
                says,
                remedy,
            )
        return None

    @staticmethod
    def _passed() -> _Verdict:
        says = msgid("“{time}” will have passed when the alert is sent ({leaves}).")
        return FindingSeverity.WARNS, PASSED, says, LATER

    def _day_of(self, clock: time, before: str, behind: str) -> date:
        """The day meant by an hour that stands without one."""
        here = local(self.leaves).replace(tzinfo=None)
        other = TOMORROW_BEFORE[self.language].search(before)
        other = other or TOMORROW_BEHIND[self.language].match(behind)
        if other:
            return here.date() + timedelta(days=2 if other["two"] else 1)
        typed_at = local(self.written).replace(tzinfo=None)
        today, day = datetime.combine(here.date(), clock), timedelta(days=1)
        if today > here:  # it lay ahead of whoever wrote it yesterday, and has passed
            return (today - day if typed_at < today - day else today).date()
        return (today if here - today <= STALE or typed_at < today else today + day).date()

    def _is_behind(self, one: _Named, before: str, behind: str) -> bool:
        if one.begins or PAST_BEFORE[self.language].search(before):
            return True
        marked = PAST_BEHIND.get(self.language)
        return bool(marked and marked.match(behind) and not STILL_TO_COME.search(_clause(before)))

    def _is_a_while(self, before: str, behind: str) -> bool:
        return bool(A_WHILE_BEFORE.search(before) or A_WHILE_BEHIND.match(behind))

    def _is_of_every_day(self, one: _Named, before: str, behind: str) -> bool:
        clause = _clause(before)
        if EVERY_DAY.search(clause) or EVERY_DAY.match(behind.lstrip(" ,(")):
            return True
        days = DAYS_SEEN_FROM_TODAY[self.language]
        today = days.search(clause) or days.match(behind.lstrip(" ,("))
        return (one.begins or one.ends) and not today


def _clause(before: str) -> str:
    """What stands before in the same sentence, where it seems so."""
    return re.split(r"[.;!?\n]", before)[-1]


def _named(text: str, facts: tuple[Fact, ...], language: Language, near: date) -> Iterator[_Named]:
    """Every hour, with the day beside it, and every day without one, in reading order.

    Left out: an hour beside a day of the week, and a mark.
    """
    years = {fact.start: int(fact.value) for fact in facts if _is_year(fact, facts)}
    marks = _hours_and_days(text, facts)
    taken: set[int] = set()
    parts: list[_Named] = []
    for at, fact in enumerate(marks):
        hour, _, minute = fact.value.partition(":")
        if fact.kind is not FactKind.TIME or fact.value in set(LateValue):
            continue
        at_midnight = hour == "24"
        if at_midnight and (fact.shown[:2] == "24" and not re.search(r"00", fact.shown)):
            continue  # 24 heures, 24 uur: a day long
        beside = _day_beside(text, fact, marks, at, taken)
        if beside is not None:
            taken.add(beside.start)
            if not A_DAY.fullmatch(beside.value) and (
                beside.value != f"day {near.weekday()}" or _is_next_one(text, beside)
            ):
                continue
        day = _day_of_fact(beside, near, years.get(beside.start)) if beside else None
        if at_midnight:
            hour, day = "0", day + timedelta(days=1) if day else None
        parts.append(
            _Named(
                clock=time(int(hour), int(minute or 0)),
                day=day,
                start=fact.start,
                end=fact.end,
                begin=min(fact.start, beside.start) if beside else fact.start,
                stop=max(fact.end, beside.end) if beside else fact.end,
                whole=bool(WHOLE.fullmatch(fact.shown)),
            )
        )
    for fact in marks:
        if fact.kind is FactKind.DATE and A_DAY.fullmatch(fact.value) and fact.start not in taken:
            day = _nearest(fact.value, near, years.get(fact.start))
            if day is not None:
                parts.append(
                    _Named(
                        clock=None, day=day, start=fact.start, end=fact.end,
                        begin=fact.start, stop=fact.end,
                    )
                )  # fmt: skip
    yield from _with_whiles(text, sorted(parts, key=lambda one: one.begin), language)


def _is_next_one(text: str, weekday: Fact) -> bool:
    return bool(NEXT_BEFORE.search(text[: weekday.start]) or NEXT_BEHIND.match(text, weekday.end))


def _hours_and_days(text: str, facts: tuple[Fact, ...]) -> list[Fact]:
    """Every hour and day, in reading order: also noon, midnight and days written short."""
    marks = [
        fact
        for fact in facts
        if fact.kind in (FactKind.TIME, FactKind.DATE) and fact.shown not in NO_DAYS
    ]
    marks += (
        Fact(FactKind.TIME, "24" if word["midnight"] else "12", word[0], word.start())
        for word in NOON_AND_MIDNIGHT.finditer(text)
    )
    marks += list(_short_days(text, marks))
    return sorted(marks, key=lambda fact: fact.start)


def _day_of_fact(beside: Fact, near: date, written: int | None) -> date | None:
    """A day that is written, or the weekday it is sent on."""
    return _nearest(beside.value, near, written) if A_DAY.fullmatch(beside.value) else near


def _short_days(text: str, marks: list[Fact]) -> Iterator[Fact]:
    """Days without their zeros or with a hyphen, behind a word that announces a day: bis 14.1."""
    taken = {at for fact in marks for at in range(fact.start, fact.end)}
    for match in SHORT_DAY.finditer(text):
        day, month = int(match[1]), int(match[2])
        if 1 <= day <= 31 and match.start(1) not in taken:
            shown = text[match.start(1) : match.end()]
            yield Fact(FactKind.DATE, f"{month:02}-{day:02}", shown, match.start(1))


def _is_year(fact: Fact, facts: tuple[Fact, ...]) -> bool:
    return fact.kind is FactKind.NUMBER and any(
        part.kind is FactKind.DATE and part.start == fact.start and part.shown == fact.shown
        for part in facts
    )


def _with_whiles(text: str, parts: list[_Named], language: Language) -> list[_Named]:
    """Named moments, two that form a period joined; its end is of the day of its beginning."""
    for at, (first, second) in enumerate(pairwise(parts)):
        gap = text[first.stop : second.begin]
        joined = TO[language].fullmatch(gap) or (
            AND.fullmatch(gap) and BETWEEN.search(text[max(0, first.begin - BEFORE) : first.begin])
        )
        if joined:
            parts[at] = replace(parts[at], begins=True)
            parts[at + 1] = replace(second, ends=True, day=second.day or parts[at].day)
    return parts


def _day_beside(text: str, hour: Fact, marks: list[Fact], at: int, taken: set[int]) -> Fact | None:
    """The day right behind an hour in the same sentence, or else right before it."""
    after = marks[at + 1] if at + 1 < len(marks) else None
    if after and after.kind is FactKind.DATE and _is_close(text[hour.end : after.start]):
        return after
    before = marks[at - 1] if at else None
    if before is None or before.kind is not FactKind.DATE or before.start in taken:
        return None
    return before if _is_close(text[before.end - 1 : hour.start]) else None


def _is_close(gap: str) -> bool:
    return len(gap) <= CLOSE and not re.search(r"[.;!?\n]", gap)


def _nearest(value: str, near: date, written: int | None = None) -> date | None:
    """The day of that month in the year that is written, or else the one that lies nearest."""
    month, day = map(int, value.split("-"))
    days = []
    for year in (written,) if written else (near.year - 1, near.year, near.year + 1):
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
