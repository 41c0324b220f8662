"""Change the choices of an alert that was not sent: area, details, channels, languages and end.

They are changed on the composing page, in a composition of their own, and made a new version of
the same alert. What somebody wrote into its texts by hand is kept or replaced by choice, text by
text: never silently.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

from alerting.actions import authorization
from alerting.actions.alerts import compositions, drafting, queries, text_checks
from alerting.actions.alerts.compositions import CompositionContent
from alerting.actions.alerts.drafting import ComposedDraft, DraftRequest, Following, in_gsm7
from alerting.actions.alerts.hands import hands_of_details
from alerting.actions.alerts.library_texts import composed_again
from alerting.actions.alerts.next_version import save_version
from alerting.actions.templates.scenarios import list_scenarios
from alerting.domain.alert import Alert
from alerting.domain.alert_choices import AlertChoices, ChoicesChange
from alerting.domain.channel_profiles import PricedBy, profile_of
from alerting.domain.composition import Composition
from alerting.domain.enumeration import member_of
from alerting.domain.errors import BadRequest, EditedTexts, NotFound, OthersSpeak, Outdated
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Officer, Permission
from alerting.domain.shape import cap_text
from alerting.domain.text.canonical_json import fingerprint
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store.alerts import compositions as composition_rows
from alerting.store.alerts import word_runs
from alerting.store.unit_of_work import UnitOfWork

Key = tuple[str, Language]


NO_SUCH_TEXT = msgid("“{given}” names no text: write CHANNEL.LANGUAGE, as in “sms.fr”")


class Choice(StrEnum):
    """What becomes of a text that was edited by hand."""

    KEPT = "kept"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedText:
    """A text edited by hand, and what the changed choices would make of it."""

    written: Message
    composed: Message | None
    """None where its channel or language is no longer chosen: it cannot be kept."""

    @property
    def key(self) -> Key:
        """Its channel and language."""
        return self.written.channel, self.written.language


def text_choices(given: Mapping[str, Choice]) -> dict[Key, Choice]:
    """What becomes of texts named as CHANNEL.LANGUAGE; BadRequest for what names none."""
    found = {}
    for name, choice in given.items():
        channel, _, code = name.rpartition(".")
        language = member_of(Language, code)
        if not channel or language is None:
            raise BadRequest(NO_SUCH_TEXT, given=name)
        found[channel, language] = choice
    return found


async def begin_change(services: Services, number: int, *, by: Officer) -> Composition:
    """The composition that changes an alert, begun from its choices; the one there is already, if
    any: two people who change the same alert at once meet there.
    """
    by.must(Permission.DRAFT)
    declared = await _declared(services, number, by=by)
    async with services.unit() as unit:
        alert = await drafting.lock_to_edit(services, unit, number, by=by, seen=None)
        owner = by.authority.code if by.authority.partner else alert.authority
        if going_on := await composition_rows.changing(unit.connection, number, owner):
            return going_on
        return await composition_rows.add(
            unit.connection,
            author=by.name,
            authority=owner,
            alert_class=alert.alert_class,
            content=await _content(services, alert, declared),
            at=services.now(),
            hands=alert.hands,
            changes_alert=number,
            changes_from=choices_of(alert),
        )


def choices_of(alert: Alert) -> str:
    """The fingerprint of what the composing page changes."""
    return fingerprint(
        {
            "area": sorted(alert.area),
            "shape": cap_text(alert.shape),
            "channels": sorted(alert.channels),
            "languages": list(alert.languages),
            "values": dict(alert.values),
            "expires": alert.expires_at.isoformat(),
        }
    )


async def get_changed_alert(
    services: Services, composition: Composition, *, by: Officer
) -> Alert | None:
    """The alert a composition changes; None where it makes a new one."""
    if composition.changes_alert is None:
        return None
    return await queries.get_alert(services, composition.changes_alert, by=by)


async def edited_texts(
    services: Services, composition: Composition, *, by: Officer
) -> Sequence[EditedText]:
    """The texts edited by hand that a change would replace, with what it would make of them."""
    alert = await _changed(services, composition, by=by)
    content = CompositionContent.of(composition.content)
    composed = await _compose(services, content, composition.hands, alert, by=by)
    return await _edited(services, alert, composed.alert)


async def change_alert(
    services: Services,
    composition: Composition,
    choices: Mapping[Key, Choice],
    *,
    by: Officer,
    seen: str = "",
) -> Alert:
    """Make a composition a new version of the alert it changes, and a draft again.

    `choices` says of each text edited by hand whether it is kept, and `seen` is the fingerprint of
    the alert it was chosen for: EditedTexts where one is missing, or the alert was edited since.
    Overtaken where somebody wrote in the composition since it was seen, and Outdated where the
    choices it began from, or its texts, are others by now. The same choices again are no change.
    """
    by.must(Permission.DRAFT)
    before = await _changed(services, composition, by=by)
    if choices_of(before) != composition.changes_from:
        raise Outdated(alert=before.id)
    content = CompositionContent.of(composition.content)
    ready = await _ready(services, before, content, composition.hands, choices, by=by, seen=seen)
    async with services.unit() as unit:
        held = await compositions.lock_composition(services, unit, composition, by=by)
        alert = await drafting.lock_to_edit(
            services, unit, before.id, by=by, seen=before.fingerprint()
        )
        if choices_of(alert) != composition.changes_from:
            raise Outdated(alert=alert.id)
        await compositions.end_composition(services, unit, held, alert.id, by=by)
        return await _save(services, unit, alert, ready, by=by)


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedChanges:
    """Other choices for an alert; what is None stays as it is."""

    area: Sequence[str] | None = None
    """Places by name, postal code or NIS code."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """Details that change; an empty one is taken out."""
    channels: Sequence[str] | None = None
    also_in: Sequence[Language] | None = None
    valid_for: timedelta | None = None
    """From now on."""
    accents: bool | None = None


async def change_choices(
    services: Services,
    number: int,
    wanted_changes: WantedChanges,
    choices: Mapping[Key, Choice],
    *,
    by: Officer,
    seen: str,
) -> Alert:
    """What `change_alert` does, without a composition: for programs.

    `seen` is the fingerprint of the alert that was read: Outdated where it is another by now.
    """
    by.must(Permission.DRAFT)
    declared = await _declared(services, number, by=by)
    before = await queries.get_alert(services, number, by=by)
    if before.fingerprint() != seen:
        raise Outdated(alert=number)
    content = _with_wanted(
        services, CompositionContent.of(await _content(services, before, declared)), wanted_changes
    )
    ready = await _ready(services, before, content, before.hands, choices, by=by, seen=seen)
    async with services.unit() as unit:
        alert = await drafting.lock_to_edit(services, unit, number, by=by, seen=seen)
        return await _save(services, unit, alert, ready, by=by)


def _with_wanted(
    services: Services, content: CompositionContent, wanted_changes: WantedChanges
) -> CompositionContent:
    changes: dict[str, Any] = {}
    if wanted_changes.area is not None:
        towns = drafting.municipalities(services, wanted_changes.area)
        changes["area"] = compositions.gathered(services, towns)
    if wanted_changes.values:
        values = {**content.values, **wanted_changes.values}
        changes["values"] = {name: one for name, one in values.items() if one not in ("", {}, [])}
    if wanted_changes.channels is not None:
        changes["channels"] = tuple(dict.fromkeys(wanted_changes.channels))
    if wanted_changes.also_in is not None:
        changes["also_in"] = tuple(wanted_changes.also_in)
    if wanted_changes.valid_for is not None:
        changes["minutes"] = round(wanted_changes.valid_for / timedelta(minutes=1))
    if wanted_changes.accents is not None:
        changes["accents"] = wanted_changes.accents
    return replace(content, **changes)


@dataclass(frozen=True, slots=True)
class _ReadyChange:
    """A change composed before the transaction that makes it."""

    changed: Alert
    runs: Sequence[int]
    """What was typed for it."""
    kept: Sequence[Key]
    replaced: Sequence[Key]
    """Texts edited by hand."""


async def _ready(
    services: Services,
    before: Alert,
    content: CompositionContent,
    hands: Collection[str],
    choices: Mapping[Key, Choice],
    *,
    by: Officer,
    seen: str,
) -> _ReadyChange:
    """EditedTexts where it is not known of each text edited by hand what becomes of it."""
    composed_draft = await _compose(services, content, hands, before, by=by)
    edited = {one.key: one for one in await _edited(services, before, composed_draft.alert)}
    undecided = [
        one
        for key, one in edited.items()
        if key not in choices or (one.composed is None and choices[key] is Choice.KEPT)
    ]
    if edited and (undecided or seen != before.fingerprint()):
        raise EditedTexts(alert=before.id, texts=_names(edited))
    kept = [key for key in edited if choices[key] is Choice.KEPT]
    changed = await _with_changes(services, before, composed_draft.alert, hands, kept, by=by)
    return _ReadyChange(
        changed, composed_draft.runs, kept, [key for key in edited if key not in kept]
    )


async def _save(
    services: Services,
    unit: UnitOfWork,
    alert: Alert,
    ready: _ReadyChange,
    *,
    by: Officer,
) -> Alert:
    """The alert as it is held, changed; the same choices again are no change."""
    if _same(alert, ready.changed):
        return alert
    await word_runs.add(unit.connection, unit.database, alert.id, ready.runs)
    onto = _onto(alert, ready.changed)
    more = {
        **_difference(alert, onto),
        "kept": [_name(key) for key in ready.kept],
        "replaced": [_name(key) for key in ready.replaced],
    }
    return await save_version(services, unit, alert, onto, "alert.changed", by=by, more=more)


async def _changed(services: Services, composition: Composition, *, by: Officer) -> Alert:
    alert = await get_changed_alert(services, composition, by=by)
    if alert is None:
        raise NotFound(what=compositions.COMPOSITION, number=composition.id)
    return alert


async def _declared(services: Services, number: int, *, by: Officer) -> frozenset[str]:
    """The details its scenario asks for, read before anything is held."""
    alert = await queries.get_alert(services, number, by=by)
    library = await list_scenarios(services)
    return frozenset(declaration.name for declaration in library.scenario(alert.scenario).values)


async def _content(services: Services, alert: Alert, declared: frozenset[str]) -> dict[str, Any]:
    """Its choices as the composing page has them. Its end stays unless another is chosen."""
    required = text_checks.required(services, alert.area)
    billed = [
        message
        for message in alert.messages
        if profile_of(message.channel).priced_by is PricedBy.SEGMENT
    ]
    made = await composed_again(services, alert) or {}
    accented = [
        message
        for message in billed
        if (plain := made.get((message.channel, message.language)))
        and plain == message != in_gsm7(plain)
    ]
    return CompositionContent(
        scenario=alert.scenario,
        area=compositions.gathered(services, alert.area),
        shape=alert.shape,
        values={name: value for name, value in alert.values.items() if name in declared},
        channels=tuple(channel for channel in alert.channels if channel in services.channels),
        also_in=tuple(language for language in alert.languages if language not in required),
        accents=bool(accented),
        incident=alert.incident or 0,
    ).as_json()


async def _compose(
    services: Services,
    content: CompositionContent,
    hands: Collection[str],
    alert: Alert,
    *,
    by: Officer,
) -> ComposedDraft:
    """What the changed choices make, in the name the alert speaks in already."""
    languages = compositions.languages_asked(services, content, by=by)
    follows = alert.previous_alert is not None and alert.follow_up is not None
    composed = await drafting.compose_draft(
        services,
        DraftRequest(
            scenario=alert.scenario,
            area=content.area,
            shape=content.shape,
            values=compositions.values_asked(content, languages),
            channels=content.channels,
            hands=sorted(hands),
            alert_class=alert.alert_class,
            valid_for=timedelta(minutes=content.minutes) if content.minutes else None,
            expires_at=None if content.minutes else alert.expires_at,
            also_in=content.also_in,
            accents=content.accents,
            incident=alert.incident,
            authority=alert.authority,
            copied_from=alert.copied_from,
            changes=alert,
            following=Following(
                alert.previous_alert, alert.follow_up, alert.unreached_policy, alert.authority
            )
            if follows and alert.previous_alert and alert.follow_up
            else None,
        ),
        by=by,
    )
    if composed.alert.authority != alert.authority:  # the incident is led by another one since
        raise OthersSpeak(alert=alert.id, authority=alert.authority)
    return composed


async def _edited(services: Services, alert: Alert, composed: Alert) -> list[EditedText]:
    made = await composed_again(services, alert)
    edited = []
    for message in alert.messages:
        plain = made.get((message.channel, message.language)) if made is not None else None
        if plain is not None and _words(message) in (_words(plain), _words(in_gsm7(plain))):
            continue
        new = composed.message(message.channel, message.language)
        if new is None or _words(new) != _words(message):
            edited.append(EditedText(written=message, composed=new))
    return edited


def _words(message: Message) -> tuple[str, str]:
    return message.subject, message.text


async def _with_changes(
    services: Services,
    before: Alert,
    composed: Alert,
    hands: Collection[str],
    kept: Sequence[Key],
    *,
    by: Officer,
) -> Alert:
    """The alert with its new choices and texts, and whose words its new details hold as hands."""
    async with services.reading() as reading:
        sender = await authorization.speaker(services, reading.connection, before.authority)
    typed = await hands_of_details(services, before, before.scenario, composed.values, by=by)
    changed = replace(
        before,
        hazard=composed.hazard,
        area=composed.area,
        shape=composed.shape,
        channels=composed.channels,
        languages=composed.languages,
        values=composed.values,
        composed_at=composed.created_at,
        expires_at=composed.expires_at,
        hands=before.hands | composed.hands | typed | {*hands},
    )
    written = {(message.channel, message.language): message for message in before.messages}
    messages = [
        drafting.laid_out_anew(services, written[key], changed, sender)
        if (key := (message.channel, message.language)) in kept
        else message
        for message in composed.messages
    ]
    return replace(changed, messages=tuple(messages))


def _onto(alert: Alert, changed: Alert) -> Alert:
    """The alert as it is held, with these choices and texts."""
    return replace(
        alert,
        hazard=changed.hazard,
        area=changed.area,
        shape=changed.shape,
        channels=changed.channels,
        languages=changed.languages,
        values=changed.values,
        composed_at=changed.composed_at,
        expires_at=changed.expires_at,
        messages=changed.messages,
        hands=alert.hands | changed.hands,
    )


def _same(before: Alert, changed: Alert) -> bool:
    words = {(message.channel, message.language): _words(message) for message in before.messages}
    return choices_of(before) == choices_of(changed) and words == {
        (message.channel, message.language): _words(message) for message in changed.messages
    }


def _difference(before: Alert, after: Alert) -> dict[str, Any]:
    """What a change changed, for the ledger: codes and names of details, nothing that was typed."""
    change = ChoicesChange(AlertChoices.of(before), AlertChoices.of(after))
    told: dict[str, Any] = {
        name: {"added": [*moved.added], "removed": [*moved.removed]}
        for name, moved in change.sets.items()
    }
    if change.shape:
        told["shape"] = {"before": cap_text(before.shape), "after": cap_text(after.shape)}
    if change.details:
        told["details"] = [*change.details]
    if change.end:
        told["end"] = {
            "before": before.expires_at.isoformat(),
            "after": after.expires_at.isoformat(),
        }
    return {"changed": [*told], **told}


def _name(key: Key) -> str:
    return f"{key[0]}/{key[1]}"


def _names(keys: Mapping[Key, EditedText]) -> str:
    return ", ".join(map(_name, keys))
