"""Begin a release, and write in it: several people at once, each field saved by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from alerting.actions import authorization
from alerting.actions.alerts import text_checks
from alerting.actions.press.guards import lock_release, record_on_release
from alerting.domain.alert import AlertClass, AlertState
from alerting.domain.errors import BadRequest, ReleaseConflict
from alerting.domain.language import Language, in_order
from alerting.domain.officer import Officer, Permission
from alerting.domain.press.release import (
    FIELD_IN,
    FIELD_NAMES,
    MAX_TOPICS,
    TEXT_FIELDS,
    Release,
    ReleaseText,
)
from alerting.domain.press.states import WRITABLE, ReleaseState
from alerting.domain.reason import label_of, reason_of
from alerting.domain.text.i18n import Phrase, Phrases, msgid
from alerting.services import Services
from alerting.store.press import releases as release_rows
from alerting.store.unit_of_work import UnitOfWork

MAX_TOPIC_CHARS = 40
TOO_MANY_TOPICS = msgid("A press release has at most {most} topics of {chars} characters")
OTHER_LANGUAGE = msgid("The press release has no text in this language: {language}")
UNCHANGED: Any = object()
"""That somebody who saves says nothing about a field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRequest:
    """What a new release is about."""

    area: Sequence[str] = ()
    """Places as people write them; none: the whole country."""
    also_in: Sequence[Language] = ()
    """Languages beside those the law asks for."""
    topics: Sequence[str] = ()
    alert: int | None = None
    """The alert it accompanies: its area, where none is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseChanges:
    """What was typed since a revision. What is not named stays as it is."""

    revision: int
    """The one they began from."""
    texts: Mapping[Language, Mapping[str, Any]] = field(default_factory=dict)
    """By language, fields of `ReleaseText`."""
    topics: Any = UNCHANGED
    embargo_until: Any = UNCHANGED
    changed: Mapping[Language, str] = field(default_factory=dict)
    """Of a correction, what is different now."""


async def create_release(services: Services, request: ReleaseRequest, *, by: Officer) -> Release:
    """Begin one: its languages are those the law asks for its area, then the others.

    Contact, place and who publishes are filled in from the names of the authority. Raises NotFound
    for an alert the officer may not see, UnknownPlace, NotAllowed, OutsideTerritory.
    """
    by.must(Permission.WRITE_RELEASES)
    area = tuple(services.gazetteer.resolve(", ".join(request.area))) if request.area else ()
    async with services.unit() as unit:
        if request.alert is not None:
            alert = await authorization.visible_alert(services, unit, request.alert, by=by)
            area = area or alert.area
        area = area or _whole_territory(services, by)
        authorization.require_permission(services, Permission.WRITE_RELEASES, area, by=by)
        required = text_checks.required(services, area)
        languages = in_order({*required, *request.also_in}, required)
        draft = Release(
            authority=by.authority.code,
            release_class=AlertClass.EXERCISE if services.training else AlertClass.ALERT,
            author=by.name,
            hands=(by.name,),
            area=area,
            topics=_topics(request.topics),
            alert=request.alert,
            languages=languages,
            texts=_first_texts(services, by, languages),
            created_at=services.now(),
        )
        return await _begin(services, unit, draft, "release.created", by=by)


async def correct_release(services: Services, number: int, *, by: Officer) -> Release:
    """Begin the correction of a release that is public: with its words, to be put right.

    It goes to whoever had the earlier one. A release has one correction that was not discarded;
    the next corrects that one.
    """
    async with services.unit() as unit:
        earlier = await lock_release(
            services,
            unit,
            number,
            Permission.WRITE_RELEASES,
            msgid("correct"),
            by=by,
            among={ReleaseState.RELEASED},
            seen=None,
        )
        under_way = [
            one
            for one in await release_rows.followers(unit.connection, number)
            if one.state is not AlertState.DISCARDED
        ]
        if under_way:
            return under_way[-1]
        draft = Release(
            authority=earlier.authority,
            release_class=earlier.release_class,
            author=by.name,
            hands=tuple(sorted({*earlier.hands, by.name})),  # its words are theirs
            area=earlier.area,
            topics=earlier.topics,
            alert=earlier.alert,
            languages=earlier.languages,
            texts=earlier.texts,
            previous_release=number,
            created_at=services.now(),
        )
        return await _begin(services, unit, draft, "release.correction-begun", by=by)


async def save_release(
    services: Services, number: int, changes: ReleaseChanges, *, by: Officer
) -> Release:
    """Save what was typed. It takes an approval back, and disarms.

    Fields that others changed meanwhile stay as they are; ReleaseConflict where somebody else
    changed the same ones to something else.
    """
    async with services.unit() as unit:
        release = await lock_release(
            services,
            unit,
            number,
            Permission.WRITE_RELEASES,
            msgid("edit"),
            by=by,
            among=WRITABLE,
            seen=None,
        )
        texts = await _merged(unit, release, changes)
        wanted = replace(
            release,
            texts={**release.texts, **texts},
            topics=release.topics if changes.topics is UNCHANGED else _topics(changes.topics),
            embargo_until=release.embargo_until
            if changes.embargo_until is UNCHANGED
            else changes.embargo_until,
            changed={
                **release.changed,
                **{one: words.strip() for one, words in changes.changed.items()},
            },
        )
        if wanted.fingerprint() == release.fingerprint():
            return release
        wanted = replace(
            wanted.unapproved(AlertState.DRAFT),
            revision=release.revision + 1,
            hands=tuple(sorted({*release.hands, by.name})),
            submitter="",
            submitted_at=None,
        )
        saved = await release_rows.save(unit.connection, wanted)
        now = services.now()
        await release_rows.save_texts(unit.connection, saved, texts, by=by.name, at=now)
        more = {"languages": sorted(texts)}
        await record_on_release(unit, saved, "release.saved", by=by, at=now, more=more)
    return saved


async def discard_release(services: Services, number: int, *, by: Officer, reason: str) -> Release:
    """Put aside what was not published; it stays readable for who works on releases."""
    reason = reason_of(reason, needed=True)
    async with services.unit() as unit:
        release = await lock_release(
            services,
            unit,
            number,
            Permission.WRITE_RELEASES,
            msgid("discard"),
            by=by,
            among=WRITABLE,
            seen=None,
        )
        discarded = await release_rows.save(
            unit.connection, release.unapproved(AlertState.DISCARDED)
        )
        more = {"reason": reason}
        await record_on_release(
            unit, discarded, "release.discarded", by=by, at=services.now(), more=more
        )
    return discarded


async def _begin(
    services: Services, unit: UnitOfWork, draft: Release, what: str, *, by: Officer
) -> Release:
    now = services.now()
    stored = await release_rows.add(unit.connection, draft)
    await release_rows.save_texts(unit.connection, stored, stored.languages, by=by.name, at=now)
    more = {"previous_release": stored.previous_release} if stored.previous_release else {}
    await record_on_release(unit, stored, what, by=by, at=now, more=more)
    return stored


async def _merged(
    unit: UnitOfWork, release: Release, changes: ReleaseChanges
) -> dict[Language, ReleaseText]:
    """The texts with what was typed; ReleaseConflict where others typed there, too."""
    for language in {*changes.texts, *changes.changed}:
        if language not in release.languages:
            raise BadRequest(OTHER_LANGUAGE, language=language)
    began = release.texts
    if changes.revision != release.revision:
        kept = await release_rows.texts_of(unit.connection, [release.id], upto=changes.revision)
        began = kept[release.id]
    texts: dict[Language, ReleaseText] = {}
    conflicts: list[Phrase] = []
    for language, typed in changes.texts.items():
        stands, before = release.text(language), began.get(language) or ReleaseText()
        wanted = replace(stands, **{name: typed[name] for name in TEXT_FIELDS if name in typed})
        for name in typed:
            theirs, mine = getattr(stands, name), getattr(wanted, name)
            if theirs not in (getattr(before, name), mine):
                facts = {"field": FIELD_NAMES[name], "language": language}
                conflicts.append(Phrase(FIELD_IN, facts))
        if wanted != stands:
            texts[language] = wanted
    if conflicts:
        officers = await release_rows.last_writers(unit.connection, release.id, changes.revision)
        raise ReleaseConflict(
            release=release.id,
            officers=", ".join(officers),
            fields=Phrases(tuple(conflicts)),
        )
    return texts


def _first_texts(
    services: Services, by: Officer, languages: Sequence[Language]
) -> dict[Language, ReleaseText]:
    sender = authorization.sender_of(services, by.authority)
    return {
        language: ReleaseText(place=sender.town[language], contact=sender.press_contact[language])
        for language in languages
    }


def _whole_territory(services: Services, by: Officer) -> tuple[str, ...]:
    territory = by.authority.territory
    if territory.everywhere:
        return tuple(place.nis_code for place in services.gazetteer.municipalities())
    return tuple(sorted(territory.codes))


def _topics(topics: Sequence[str]) -> tuple[str, ...]:
    found = sorted({label_of(topic) for topic in topics} - {""})
    if len(found) > MAX_TOPICS or any(len(topic) > MAX_TOPIC_CHARS for topic in found):
        raise BadRequest(TOO_MANY_TOPICS, most=MAX_TOPICS, chars=MAX_TOPIC_CHARS)
    return tuple(found)
