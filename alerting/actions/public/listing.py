"""Alerts as lists, pages and feeds show them: in one language, as far as they may be shown."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from heapq import nlargest
from operator import attrgetter

from markupsafe import Markup

from alerting.actions.public.cap_texts import Instructions, instructions_of
from alerting.actions.public.rendering import body_of, by_language, hour_of
from alerting.actions.public.site import Month, Site, World
from alerting.domain.alert import FollowUp, Severity
from alerting.domain.belgian_time import day
from alerting.domain.language import Language
from alerting.domain.public_alert import PublicAlert, PublicStatus, subject_of, without_person
from alerting.domain.text.folding import folded
from alerting.domain.text.i18n import msgid
from alerting.geo.gazetteer import Gazetteer
from alerting.i18n import translator_for

GRAVEST_FIRST = tuple(Severity)
"""In the order of CAP 1.2."""
RECENTLY = timedelta(days=2)
"""How long the first page tells of what has ended, before the last alert was sent."""
KEPT_IN_FEEDS = timedelta(days=14)
MOST_IN_FEEDS = 100
LAST_TO_END, LAST_IN_FEEDS = 3, 10
"""What ended last by number stays on the first page and in feeds, whatever its hour: a clock that
is ahead makes what ended a moment ago look old."""

LABELS: Mapping[FollowUp | None, str] = {
    None: msgid("Alert"),
    FollowUp.UPDATE: msgid("Alert: update"),
    FollowUp.CORRECTION: msgid("Alert: correction"),
    FollowUp.ALL_CLEAR: msgid("End of alert"),
    FollowUp.FALSE_ALERT: msgid("False alarm"),
}
EXERCISE_OVER_LABEL, SEARCH_OVER_LABEL = msgid("Exercise over"), msgid("Search over")
OVER_LABELS: Mapping[PublicStatus, str] = {
    PublicStatus.REPLACED: msgid("Replaced by a newer message"),
    PublicStatus.ENDED: msgid("Alert over"),
    PublicStatus.FALSE_ALARM: msgid("Withdrawn: false alarm"),
    PublicStatus.EXPIRED: msgid("No longer valid"),
}
"""Of what warned of a danger and does not any more."""
WITHDRAWN_LABEL = msgid("Page withdrawn")
ERASED = msgid(
    "This alert was about a person. It is over, and its text and pictures have been erased."
)


VALID = msgid("Valid until {time} on {day}.")
EXPIRED = msgid("No longer valid since {time} on {day}.")
SINCE: Mapping[PublicStatus, str] = {
    PublicStatus.REPLACED: msgid("Replaced at {time} on {day}."),
    PublicStatus.ENDED: msgid("Over since {time} on {day}: the danger has passed."),
    PublicStatus.FALSE_ALARM: msgid("Withdrawn at {time} on {day}: it was a false alarm."),
}
AN_END: Mapping[FollowUp | None, str] = {
    FollowUp.ALL_CLEAR: msgid("The danger is over."),
    FollowUp.FALSE_ALERT: msgid("There was no danger: the alert was a false alarm."),
}
SEARCH_OVER, SEARCH_ENDED = (
    msgid("The search is over."),
    msgid("The search ended at {time} on {day}."),
)
"""Of a missing person: nobody says how it ended."""
SEARCH_OF = msgid("{title} – search over")
EXERCISE_OVER, EXERCISE_ENDED = (
    msgid("The exercise is over."),
    msgid("The exercise ended at {time} on {day}."),
)
WITHDRAWN = msgid("The text of this alert has been withdrawn from these pages.")


NOT_DRAWN = msgid("The text of this message cannot be shown here at the moment.")
"""Of an alert whose page or entry cannot be made: the others do not wait for it."""


class MessageKind(StrEnum):
    """What a message is to people: each looks different, and says so first."""

    WARNING = "warning"
    END = "end"
    FALSE_ALARM = "false-alarm"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAlert:
    """An alert for readers of one language; its words are in another where it has none in theirs.

    Where it was about a person and is over, there are no words: the headline is the name of its
    scenario.
    """

    alert: PublicAlert
    reader: Language
    language: Language
    """Of its words."""
    changed_at: datetime
    """When what is told of it changed last."""
    headline: str
    text: str
    title: str
    """What its chain is about: the name of the scenario of the alert that says what happened."""
    sender: str
    area: str

    def __hash__(self) -> int:
        """Pages of the archive are kept by it; equal ones have the same."""
        return hash((self.alert.address, self.reader, self.changed_at))

    @property
    def kind(self) -> MessageKind:
        """What it is to people."""
        if self.alert.warns:
            return MessageKind.WARNING
        return (
            MessageKind.END
            if self.alert.follow_up is FollowUp.ALL_CLEAR
            else MessageKind.FALSE_ALARM
        )

    @property
    def holds(self) -> bool:
        """Whether it warns, and nothing that was sent or done since says otherwise."""
        return self.alert.in_force and not self.alert.withdrawn_at

    @property
    def in_its_place(self) -> str:
        """What stands where its words were: a message id."""
        if self.alert.withdrawn_at:
            return WITHDRAWN
        return ERASED if self.alert.personal else NOT_DRAWN

    @property
    def erased(self) -> bool:
        """Whether its words are gone."""
        return not self.alert.texts

    @property
    def label(self) -> str:
        """What it is, in two words: a message id."""
        if self.alert.withdrawn_at:
            return WITHDRAWN_LABEL
        if self.alert.warns and not self.holds:
            return self._over_label
        return LABELS[self.alert.follow_up]

    @property
    def instructions(self) -> Instructions | None:
        """What people are to do, one by one, where its text says so by itself."""
        return instructions_of(self.text)

    @property
    def _over_label(self) -> str:
        if self.alert.status is PublicStatus.ENDED and self.alert.personal:
            return SEARCH_OVER_LABEL
        if self.alert.status is PublicStatus.ENDED and self.alert.is_exercise:
            return EXERCISE_OVER_LABEL
        return OVER_LABELS[self.alert.status]

    @property
    def about(self) -> str:
        """Its title, for readers to whom the headline does not say it; else empty."""
        said = folded(self.headline)
        return "" if folded(self.title) in said else self.title

    @property
    def says_what_it_is(self) -> bool:
        """Whether the headline of a follow-up that holds begins with that, in the reader's
        language: “End of alert – …”."""
        alert = self.alert
        if alert.follow_up is None or self.label != LABELS[alert.follow_up]:
            return False
        words = folded(by_language(alert.titles, self.reader))
        return self.language == self.reader and folded(self.headline).startswith(words)

    @property
    def validity(self) -> str:
        """Whether it holds, in words that stay true whenever they are read; empty: not told."""
        alert = self.alert
        if alert.withdrawn_at:
            return ""
        if not alert.warns:
            return translator_for(self.reader)(self._an_end)
        if self.holds:
            return self._told(VALID, alert.expires_at)
        if alert.status is PublicStatus.EXPIRED:
            return self.once_expired
        return self._told(self._since, alert.replaced_at) if alert.replaced_at else ""

    @property
    def _an_end(self) -> str:
        if self.alert.personal:
            return SEARCH_OVER
        return EXERCISE_OVER if self.alert.is_exercise else AN_END[self.alert.follow_up]

    @property
    def _since(self) -> str:
        alert = self.alert
        if alert.status is PublicStatus.REPLACED:
            return SINCE[alert.status]
        if alert.personal:
            return SEARCH_ENDED
        return EXERCISE_ENDED if alert.is_exercise else SINCE[alert.status]

    @property
    def once_expired(self) -> str:
        """What takes its place when the clock of the reader has passed its end."""
        return self._told(EXPIRED, self.alert.expires_at)

    def _told(self, says: str, at: datetime) -> str:
        reader = self.reader
        return translator_for(reader)(says, time=hour_of(at, reader), day=day(at, reader))

    @property
    def path(self) -> str:
        """Of its page, from the root."""
        return page_of(self.alert, self.language)

    @property
    def body(self) -> Markup:
        """Its words as HTML."""
        return Markup("") if self.erased else body_of(self.alert.texts[self.language])


def page_of(alert: PublicAlert, language: Language) -> str:
    """The path of its page in a language, from the root."""
    return f"{alert.address.folder}/{language}/"


def listed(
    alert: PublicAlert, chain: Iterable[PublicAlert], site: Site, reader: Language
) -> ListedAlert:
    """The alert for a reader, as far as it may be shown."""
    if not alert.personal:
        told = ByIdentity(subject_of(alert, chain))
        return _listed_alone(ByIdentity(alert), told, site.gazetteer, reader)
    return _listed(alert, chain, site.gazetteer, reader)


class ByIdentity:
    """An alert as a key: the same object, which is kept while nothing of it changes."""

    __slots__ = ("alert",)

    def __init__(self, alert: PublicAlert) -> None:
        self.alert = alert

    def __hash__(self) -> int:
        return hash(self.alert.address)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ByIdentity) and self.alert is other.alert


@lru_cache(maxsize=50_000)
def _listed_alone(
    key: ByIdentity, told: ByIdentity, gazetteer: Gazetteer, reader: Language
) -> ListedAlert:
    """Of no person, so that of its chain only the alert that says what happened (`told`) counts:
    made once, and not with every list."""
    return _listed(key.alert, (told.alert,), gazetteer, reader)


def _listed(
    alert: PublicAlert, chain: Iterable[PublicAlert], gazetteer: Gazetteer, reader: Language
) -> ListedAlert:
    chain = tuple(chain)
    shown = without_person(alert, chain)
    written = [one for one in alert.languages if one in shown.texts] or alert.languages
    language = reader if reader in written else written[0]
    text = shown.texts.get(language)
    title = by_language(subject_of(alert, chain).titles, reader)
    return ListedAlert(
        alert=shown,
        reader=reader,
        language=language,
        changed_at=changed_at(chain if alert.personal else (alert,)),
        headline=text.headline if text else _without_words(shown, title, reader),
        text=text.text if text else "",
        title=title,
        sender=by_language(alert.authority, reader),
        area=_area_name(gazetteer, alert.area, reader),
    )


def _without_words(alert: PublicAlert, title: str, reader: Language) -> str:
    over = alert.personal and not alert.withdrawn_at
    return translator_for(reader)(SEARCH_OF, title=title) if over else title


def changed_at(alerts: Iterable[PublicAlert]) -> datetime:
    """The moment of the last change that these show: sent, replaced or expired."""
    return max(moment for alert in alerts for moment in _changes(alert))


def _changes(alert: PublicAlert) -> Iterable[datetime]:
    yield alert.sent_at
    if alert.withdrawn_at:
        yield alert.withdrawn_at
    if alert.replaced_at:
        yield alert.replaced_at
    elif alert.warns and alert.status is PublicStatus.EXPIRED:
        yield alert.expires_at


@dataclass(frozen=True, kw_only=True)
class Listing:
    """Some alerts of the world, newest first, for readers of one language."""

    entries: tuple[ListedAlert, ...]
    withdrawn: tuple[ListedAlert, ...] = ()
    """What it named before: nothing of them is shown but that something changed."""

    @cached_property
    def as_of(self) -> datetime | None:
        """When what it tells changed last; None where there has been nothing."""
        alerts = (*self.entries, *self.withdrawn)
        return max((alert.changed_at for alert in alerts), default=None)

    @cached_property
    def in_force(self) -> tuple[ListedAlert, ...]:
        """What warns of a danger now, the gravest first and of these the newest."""
        found = (alert for alert in self.entries if alert.alert.in_force)
        return tuple(
            sorted(found, key=lambda alert: GRAVEST_FIRST.index(alert.alert.hazard.severity))
        )

    @property
    def ended_recently(self) -> tuple[ListedAlert, ...]:
        """What says that a danger is over or never was, and what has expired: the last few by
        number first, then those of the last days."""
        over = [
            entry
            for entry in self.entries
            if not entry.alert.in_force and not entry.alert.replaced_by
        ]
        last = _last_by_number(over, LAST_TO_END)
        others = _without(last, (entry for entry in over if self._since(entry) <= RECENTLY))
        return (*last, *others)

    @property
    def for_feeds(self) -> tuple[ListedAlert, ...]:
        """What is in force, and what ended lately; never more than `MOST_IN_FEEDS`."""
        in_force = [entry for entry in self.entries if entry.alert.in_force]
        over = [entry for entry in self.entries if not entry.alert.in_force]
        last = _last_by_number(over, LAST_IN_FEEDS)
        others = _without(last, (one for one in over if self._since(one) <= KEPT_IN_FEEDS))
        for some in (in_force, others):
            some.sort(key=_changed_at, reverse=True)
        kept = [*in_force, *last, *others][:MOST_IN_FEEDS]
        kept.sort(key=_changed_at, reverse=True)
        kept.sort(key=lambda entry: not entry.alert.in_force)
        return tuple(kept)

    def _since(self, entry: ListedAlert) -> timedelta:
        """How long before the alert with the highest number was sent it changed.

        The hour of a clock would change the bytes, and the latest moment of all would stay ahead
        for as long as some clock once was; the next alert sets this right, and until then the last
        few by number stay.
        """
        return self._last.sent_at - entry.changed_at

    @cached_property
    def _last(self) -> PublicAlert:
        """Of what it names, and named before, the one with the highest number."""
        every = (alert.alert for alert in (*self.entries, *self.withdrawn))
        return max(every, key=lambda alert: alert.address.number)

    def about(self, towns: Iterable[str]) -> "Listing":
        """Those of them for one of these municipalities."""
        outside = frozenset(towns).isdisjoint
        return replace(
            self,
            entries=tuple(one for one in self.entries if not outside(one.alert.area)),
            withdrawn=tuple(one for one in self.withdrawn if not outside(one.alert.area)),
        )


_changed_at = attrgetter("changed_at")


def _without(some: Iterable[ListedAlert], entries: Iterable[ListedAlert]) -> list[ListedAlert]:
    addresses = {entry.alert.address for entry in some}
    return [entry for entry in entries if entry.alert.address not in addresses]


def _last_by_number(over: Iterable[ListedAlert], most: int) -> list[ListedAlert]:
    """Those that ended last: of two messages the one with the higher number was sent later."""

    def ended_by(entry: ListedAlert) -> tuple[int, int]:
        alert = entry.alert
        return (alert.replaced_by or alert.address).number, alert.address.number

    return nlargest(most, over, key=ended_by)


def list_alerts(
    world: World,
    site: Site,
    reader: Language,
    *,
    exercises: bool = False,
    towns: Collection[str] = (),
    month: Month | None = None,
) -> Listing:
    """All real alerts there are; or all exercises, which no other list names; `towns`: only what
    is for one of these municipalities; `month`: only what was sent in it."""
    alerts = [
        listed(alert, world.chains[alert.first], site, reader)
        for alert in _among(world, frozenset(towns), month)
        if alert.is_exercise is exercises
    ]
    return Listing(
        entries=tuple(alert for alert in alerts if not alert.alert.withdrawn_at),
        withdrawn=tuple(alert for alert in alerts if alert.alert.withdrawn_at),
    )


def _among(world: World, towns: frozenset[str], month: Month | None) -> Iterable[PublicAlert]:
    """Those for one of some municipalities, and of a month, where these are given."""
    found = world.last_sent_first if month is None else world.by_month.get(month, ())
    if not towns:
        return found
    if month is None and len(towns) == 1:
        return world.by_town.get(next(iter(towns)), ())
    return [alert for alert in found if not towns.isdisjoint(alert.area)]


@lru_cache(maxsize=8192)
def _area_name(gazetteer: Gazetteer, area: tuple[str, ...], reader: Language) -> str:
    return gazetteer.area_name(area, reader)
