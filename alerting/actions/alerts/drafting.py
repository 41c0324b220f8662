"""Draft and revise: an alert's words, before anybody vouches for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from alerting.actions import authorization
from alerting.actions.alerts import shapes, text_checks
from alerting.actions.alerts.guards import (
    lock_alert,
    record_on_alert,
    require_channels_on,
)
from alerting.actions.alerts.hands import hands_of_details, own_runs, written_runs
from alerting.actions.alerts.library_texts import composed_again
from alerting.actions.alerts.next_version import save_version
from alerting.actions.alerts.page_texts import page_address, page_of, with_page
from alerting.actions.authorities import lists
from alerting.actions.authorization import DraftAuthority
from alerting.actions.places import refresh_places
from alerting.actions.templates.scenarios import list_scenarios
from alerting.compose.composer import Draft, Sender
from alerting.compose.known_names import with_known_names
from alerting.compose.scenarios import Scenario
from alerting.domain.alert import UNSENT, Alert, AlertClass, FollowUp, UnreachedPolicy
from alerting.domain.authority_list import ListEntry
from alerting.domain.channel_profiles import PricedBy, profile_of
from alerting.domain.errors import BadRequest, Ended, FollowsNothing, Outdated, TooManyFollowUps
from alerting.domain.exercise_marks import mark, marked, title_with_mark, with_mark
from alerting.domain.language import Language, in_order
from alerting.domain.message import Message, require_room
from alerting.domain.officer import Officer, Permission
from alerting.domain.place import PlaceRemark
from alerting.domain.shape import Shape, cap_text
from alerting.domain.text.gsm7 import rewrite
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store.alerts import repository as alert_rows
from alerting.store.alerts import word_runs
from alerting.store.unit_of_work import UnitOfWork

NO_AREA = msgid("An alert needs an area: name at least one municipality")
NO_CHANNEL = msgid("An alert needs at least one channel")
EMPTY_TEXT = msgid(
    "A text is empty: {texts}. Write it; to send nothing there, remove its channel or language"
)
UNKNOWN_TEXT = msgid("The alert has no channel “{channel}” in “{language}”")
LONGEST_VALIDITY = timedelta(days=14)
MAX_OPEN_FOLLOW_UPS = 20
"""Follow-ups of one alert that one person drafted and nobody sent. Nobody's keep a colleague from
drafting one."""
TOO_LONG = msgid("An alert may last 14 days at most: send an update instead")


@dataclass(frozen=True, slots=True)
class Following:
    """Which alert a draft follows, and how."""

    alert: int
    how: FollowUp
    unreached_policy: UnreachedPolicy
    authority: str
    """Who spoke then speaks now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRequest:
    """What a communicator types. Places as people write them; empty: the scenario's default."""

    scenario: str
    area: Sequence[str]
    """Empty: what the shape touches."""
    shape: Shape | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    channels: Sequence[str] = ()
    alert_class: AlertClass = AlertClass.ALERT
    valid_for: timedelta | None = None
    also_in: Sequence[Language] = ()
    """Languages beside the required ones, e.g. English."""
    accents: bool = False
    """Keep fenêtres in text messages, which is fenetres in GSM-7: they take more segments."""
    hands: Sequence[str] = ()
    """Who wrote in the form it is made from, beside whoever drafts it."""
    incident: int | None = None
    """The incident it belongs to, if any."""
    copied_from: int | None = None
    """The alert its form was begun from, if any."""
    following: Following | None = None
    reason: str = ""
    """Why, for the audit log."""
    authority: str = ""
    """Whose word it stays, where it changes an alert; its code."""
    expires_at: datetime | None = None
    """The end it keeps, whatever `valid_for` says."""
    changes: Alert | None = None
    """The alert it changes, whose page its texts go on leading to."""


@dataclass(frozen=True, slots=True)
class ComposedDraft:
    """An alert that is kept nowhere yet."""

    alert: Alert
    runs: Sequence[int]
    """What was typed for it, as `own_words.new_runs`."""


@dataclass(frozen=True, slots=True)
class Revision:
    """New texts for an alert, read before the transaction that saves them, as it takes time."""

    of: str
    """The fingerprint of the alert they were read beside."""
    messages: Sequence[Message]
    """As the alert carries them; none where nothing changes."""
    sender: Sender
    runs: Sequence[int]
    """What they say that it did not, as `own_words.new_runs`."""

    def require_of(self, alert: Alert) -> None:
        """Outdated where it is another by now."""
        if alert.fingerprint() != self.of:
            raise Outdated(alert=alert.id)


async def draft(services: Services, wanted: DraftRequest, *, by: Officer) -> Alert:
    """Compose an alert from a scenario in every language its area needs, and keep it as a draft."""
    composed = await compose_draft(services, wanted, by=by)
    async with services.unit() as unit:
        return await save_draft(unit, composed, by=by, reason=wanted.reason)


def require_new(scenario: Scenario) -> None:
    """FollowsNothing where it cannot begin a new alert."""
    if scenario.is_follow_up:
        raise FollowsNothing(scenario=scenario.name)


async def compose_draft(
    services: Services, draft_request: DraftRequest, *, by: Officer
) -> ComposedDraft:
    """The alert `draft` would keep, kept nowhere yet: outside any transaction, as it takes time.

    In one piece: what a draft is made of.
    """
    by.must(Permission.DRAFT)
    await refresh_places(services)
    now = services.now()
    scenario = (await list_scenarios(services)).scenario(draft_request.scenario)
    if draft_request.following is None:
        require_new(scenario)
    area, touched = await _area(services, draft_request, by=by)
    speaks = await _who_speaks(services, draft_request, touched, by=by)
    languages = _languages(services, draft_request, area)
    channels = _channels(services, draft_request.channels or scenario.channels)
    expires_at = draft_request.expires_at or _end(now, draft_request.valid_for or scenario.validity)
    if expires_at <= now:
        raise Ended(end=expires_at)
    values, entries = await _completed(
        services, scenario, draft_request.values, languages, authority=speaks.authority.code
    )
    about = draft_request.following
    messages = await services.composer.compose(
        Draft(
            scenario=draft_request.scenario,
            values=values,
            area=area,
            languages=languages,
            channels=with_page(services, channels, draft_request.alert_class),
            alert_class=draft_request.alert_class,
            now=now,
            expires_at=expires_at,
            sender=speaks.sender,
            entries=entries,
            accents=draft_request.accents,
            page=page_of(services, draft_request.changes)
            if draft_request.changes
            else page_address(services, draft_request.alert_class, now),
        )
    )
    composed = Alert(
        alert_class=draft_request.alert_class,
        scenario=draft_request.scenario,
        hazard=scenario.hazard,
        area=area,
        shape=draft_request.shape,
        channels=channels,
        languages=languages,
        values=values,
        messages=messages,
        created_at=now,
        expires_at=expires_at,
        author=by.name,
        hands=frozenset(draft_request.hands),
        authority=speaks.authority.code,
        incident=draft_request.incident,
        previous_alert=about.alert if about else None,
        follow_up=about.how if about else None,
        copied_from=draft_request.copied_from,
        unreached_policy=about.unreached_policy if about else UnreachedPolicy.INCLUDE,
    )
    return await _with_hands(services, composed, by=by)


def _languages(
    services: Services, draft_request: DraftRequest, area: Sequence[str]
) -> tuple[Language, ...]:
    required = text_checks.required(services, area)
    return in_order((*required, *draft_request.also_in), required)


async def _with_hands(services: Services, alert: Alert, *, by: Officer) -> ComposedDraft:
    """With whoever wrote in it already, by what comes along from the alert it is made from."""
    number = alert.previous_alert or alert.copied_from
    if number is None:
        return ComposedDraft(alert, await own_runs(services, alert, None, by=by))
    async with services.reading() as reading:
        source = await alert_rows.load(reading.connection, number)
    hands = await hands_of_details(services, source, alert.scenario, alert.values, by=by)
    runs = await own_runs(services, alert, source, by=by)
    return ComposedDraft(replace(alert, hands=alert.hands | hands), runs)


async def _completed(
    services: Services,
    scenario: Scenario,
    given: Mapping[str, Any],
    languages: Sequence[Language],
    *,
    authority: str,
) -> tuple[Mapping[str, Any], tuple[ListEntry, ...]]:
    """Details with known names filled in, and what the authority may choose from."""
    async with services.reading() as reading:
        entries = await lists.entries_in_force(services, reading.connection, authority)
    declared = scenario.with_lists(entries).values
    return with_known_names(declared, given, languages, services.gazetteer)[0], entries


def area_remarks(services: Services, places: Sequence[str]) -> list[PlaceRemark]:
    """What whoever wrote the places of an area should know about how they were read."""
    return [remark for code in places for remark in services.gazetteer.read(code).remarks]


def filled_in(alert: Alert, given: Mapping[str, Any]) -> dict[str, dict[Language, str]]:
    """Detail -> what it says in the languages it was not given in, as known names were filled in.

    One string that was taken for the only language of the alert is not among them.
    """
    return {
        name: added
        for name, said in alert.values.items()
        if isinstance(said, Mapping) and isinstance(before := given.get(name), Mapping)
        if (
            added := {
                Language(language): text
                for language, text in said.items()
                if not before.get(language)
            }
        )
    }


async def save_draft(
    unit: UnitOfWork, composed: ComposedDraft, *, by: Officer, reason: str = ""
) -> Alert:
    """Keep what `compose_draft` made, and record it, in the caller's transaction."""
    followed = composed.alert.previous_alert
    if followed is not None and (
        await alert_rows.open_follow_ups(unit.connection, followed, by.name) >= MAX_OPEN_FOLLOW_UPS
    ):
        raise TooManyFollowUps(alert=followed, most=MAX_OPEN_FOLLOW_UPS)
    saved = await alert_rows.save(unit.connection, composed.alert)
    await word_runs.add(unit.connection, unit.database, saved.id, composed.runs)
    more: dict[str, Any] = {}
    if saved.previous_alert:
        more = {"previous_alert": saved.previous_alert, "as": saved.follow_up}
    if saved.shape:
        more["shape"] = cap_text(saved.shape)
    if reason:
        more["reason"] = reason
    await record_on_alert(unit, saved, "alert.drafted", by=by, at=saved.created_at, more=more)
    return saved


async def revise(
    services: Services,
    number: int,
    texts: Sequence[Message],
    *,
    by: Officer,
    seen: str,
    proposed: bool = False,
) -> Alert:
    """Replace texts before sending: a new version and a draft again, whatever was decided on it.

    A text that says nothing is refused: BadRequest.
    `seen` is the fingerprint of what the officer read and changed. HTML e-mails that
    come without their HTML get it made again from the words. `proposed`: by an approver. Outdated
    where a colleague changed the alert meanwhile.
    """
    by.must(Permission.DRAFT)
    require_written(texts)
    revision = await read_revision(services, number, texts, by=by)
    async with services.unit() as unit:
        return await save_revision(
            services, unit, number, revision, by=by, seen=seen, proposed=proposed
        )


async def read_revision(
    services: Services, number: int, texts: Sequence[Message], *, by: Officer
) -> Revision:
    """What `save_revision` saves: outside any transaction. Words that are the same again are no
    change. TextsTooLong.
    """
    by.must(Permission.DRAFT)
    changed = {(message.channel, message.language): message for message in texts}
    async with services.reading() as reading:
        alert = await authorization.visible_alert(services, reading, number, by=by)
        sender = await authorization.speaker(services, reading.connection, alert.authority)
    for message in texts:
        require_area(alert, message)
    marked_texts = [_marked(message, alert.alert_class) for message in changed.values()]
    require_room(with_texts(alert, marked_texts))
    page = page_of(services, alert)
    revised = [services.composer.laid_out(message, alert, sender, page) for message in marked_texts]
    if all(alert.message(message.channel, message.language) == message for message in revised):
        revised = []
    runs = await written_runs(services, alert, revised, by=by)
    return Revision(alert.fingerprint(), revised, sender, runs)


async def save_revision(
    services: Services,
    unit: UnitOfWork,
    number: int,
    revision: Revision,
    *,
    by: Officer,
    seen: str,
    proposed: bool = False,
) -> Alert:
    """Make new texts a version of their alert, in the caller's transaction."""
    alert = await lock_to_edit(services, unit, number, by=by, seen=seen)
    revision.require_of(alert)
    sender = await authorization.speaker(services, unit.connection, alert.authority)
    if sender != revision.sender:
        raise Outdated(alert=number)
    if not revision.messages:
        return alert
    hands = await word_runs.hands(unit.connection, number, revision.runs)
    await word_runs.add(unit.connection, unit.database, number, revision.runs)
    changed = replace(
        alert, messages=with_texts(alert, revision.messages), hands=alert.hands | hands
    )
    return await save_version(
        services, unit, alert, changed, "alert.revised", by=by, proposed=proposed
    )


def with_texts(alert: Alert, texts: Sequence[Message]) -> tuple[Message, ...]:
    """The messages of an alert with some in the place of theirs."""
    replaced = {(message.channel, message.language) for message in texts}
    kept_messages = [
        message for message in alert.messages if (message.channel, message.language) not in replaced
    ]
    return (*kept_messages, *texts)


async def lock_to_edit(
    services: Services, unit: UnitOfWork, number: int, *, by: Officer, seen: str | None
) -> Alert:
    """The alert, held, if this officer may change its texts now."""
    return await lock_alert(
        services,
        unit,
        number,
        Permission.DRAFT,
        msgid("edit"),
        by=by,
        among=tuple(UNSENT),
        seen=seen,
    )


async def accept_proposal(services: Services, number: int, *, by: Officer, seen: str) -> Alert:
    """Take the words an approver returned the alert with: a revision like any other.

    `seen` is the fingerprint of what they were read beside. Nothing changes where there are none.
    """
    by.must(Permission.DRAFT)
    async with services.reading() as reading:
        alert = await authorization.visible_alert(services, reading, number, by=by)
    if not alert.proposed:
        return alert
    return await revise(services, number, alert.proposed, by=by, seen=seen, proposed=True)


async def accept_rewrite(services: Services, number: int, *, by: Officer, seen: str) -> Alert:
    """Take the proposed GSM-7 rewrite of every text message: a revision like any other.

    `seen` is the fingerprint of what the officer read.
    """
    by.must(Permission.DRAFT)
    async with services.reading() as reading:
        alert = await authorization.visible_alert(services, reading, number, by=by)
    if alert.fingerprint() != seen:
        raise Outdated(alert=number)
    rewritten = [
        after for message in alert.messages if (after := in_gsm7(message)).text != message.text
    ]
    return await revise(services, number, rewritten, by=by, seen=seen) if rewritten else alert


async def as_composed(services: Services, alert: Alert) -> bool:
    """Whether every text is what the library says with the alert's details, and nothing else.

    It is composed once more: neither an edit nor a hand in the database goes unseen. A rewrite for
    text messages' own alphabet is no edit.
    """
    composed = await composed_again(services, alert)
    if composed is None:
        return False
    return composed.keys() == {
        (message.channel, message.language) for message in alert.messages
    } and all(
        message
        in (
            composed[message.channel, message.language],
            in_gsm7(composed[message.channel, message.language]),
        )
        for message in alert.messages
    )


async def template_texts(services: Services, alert: Alert) -> tuple[Message, ...]:
    """What the library says with the details of an alert as they are now; as it was drafted, where
    the library no longer takes these details.
    """
    composed = await composed_again(services, alert)
    if composed is None:
        async with services.reading() as reading:
            return await alert_rows.texts_of(reading.connection, alert.id, 1)
    return tuple(composed.values())


def laid_out_anew(services: Services, message: Message, alert: Alert, sender: Sender) -> Message:
    """A text written by hand, as an alert whose choices changed carries it."""
    words = _marked(replace(message, html=""), alert.alert_class)
    return services.composer.laid_out(words, alert, sender, page_of(services, alert))


def require_area(alert: Alert, message: Message) -> None:
    """Refuse a text for a channel or a language the alert does not have."""
    if alert.message(message.channel, message.language) is None and (
        message.channel not in alert.channels or message.language not in alert.languages
    ):
        raise BadRequest(UNKNOWN_TEXT, channel=message.channel, language=message.language)


def require_written(messages: Sequence[Message]) -> None:
    """Refuse texts that say nothing."""
    empty = [
        f"{message.channel}/{message.language}" for message in messages if not message.text.strip()
    ]
    if empty:
        raise BadRequest(EMPTY_TEXT, texts=", ".join(empty))


def differs(alert: Alert, message: Message) -> bool:
    """Whether a text says anything but what the alert does; its HTML follows from its words."""
    old = alert.message(message.channel, message.language)
    return old is None or (old.subject, old.text) != (message.subject, message.text)


def in_gsm7(message: Message) -> Message:
    """A text message as the rewrite proposes it; anything else as it is."""
    if profile_of(message.channel).priced_by is not PricedBy.SEGMENT:
        return message
    return replace(message, text=rewrite(message.text).text)


def _marked(message: Message, alert_class: AlertClass) -> Message:
    """An exercise stays an exercise, whatever its reviser wrote."""
    if marked(message, alert_class):
        return message
    stamp = mark(alert_class, message.language)
    return replace(
        message,
        subject=title_with_mark(message.subject, stamp, message.language),
        text=with_mark(message.text, stamp, apart=bool(message.subject)),
    )


def municipalities(services: Services, places: Sequence[str]) -> tuple[str, ...]:
    """The municipalities of an area as people write it; UnknownPlace, or BadRequest for none."""
    codes = {code for place in places for code in services.gazetteer.resolve(place)}
    if not codes:
        raise BadRequest(NO_AREA)
    return tuple(sorted(codes))


async def _area(
    services: Services, draft_request: DraftRequest, *, by: Officer
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The area, and besides it what its shape touches. Of a follow-up the shape is as it was."""
    codes = {*municipalities(services, draft_request.area)} if draft_request.area else set[str]()
    inside: Mapping[str, float] = {}
    if draft_request.shape and not draft_request.following:
        inside = await shapes.shares_inside(services, draft_request.shape, by=by)
        codes = codes or {*shapes.require_certain(services, inside)}
        shapes.require_inside(services, inside, codes)
    if not codes:
        raise BadRequest(NO_AREA)
    return tuple(sorted(codes)), tuple(sorted(codes | shapes.touched(inside)))


def _channels(services: Services, names: Sequence[str]) -> tuple[str, ...]:
    """Each once, in their order; BadRequest where there is none, ChannelOff where one is off."""
    channels = tuple(dict.fromkeys(names))
    if not channels:
        raise BadRequest(NO_CHANNEL)
    require_channels_on(services, channels)
    return channels


async def _who_speaks(
    services: Services, draft_request: DraftRequest, area: tuple[str, ...], *, by: Officer
) -> DraftAuthority:
    """The authority in whose name this officer drafts for an area; of a follow-up, the same."""
    return await authorization.draft_authority(
        services,
        area,
        incident=draft_request.incident,
        alert_class=draft_request.alert_class,
        by=by,
        previous_alert=draft_request.following.authority
        if draft_request.following
        else draft_request.authority,
    )


def _end(now: datetime, valid_for: timedelta) -> datetime:
    end = now + valid_for
    if end <= now:
        raise Ended(end=end)
    if valid_for > LONGEST_VALIDITY:
        raise BadRequest(TOO_LONG)
    return end.replace(microsecond=0)
