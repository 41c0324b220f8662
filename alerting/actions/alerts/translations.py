"""Asking a colleague, or the translators of an authority, for a language that a detail lacks.

Whoever answers writes in the composition like anybody else, but in that one field: they had a hand
in whatever is made of it. The first answer counts. It goes into the field where that is still empty
and the words beside it are those that were read; it is a proposal otherwise.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from alerting.actions import authorization
from alerting.actions.alerts import compositions
from alerting.actions.alerts.compositions import CompositionContent
from alerting.actions.authorities import lists
from alerting.actions.staff_notifications.inbox import notify_of_translation
from alerting.actions.templates.scenarios import list_scenarios
from alerting.compose.scenarios import Scenario
from alerting.compose.values import Declaration, ReadValue, read_values
from alerting.domain.alert import AlertClass
from alerting.domain.authority import Authority
from alerting.domain.composition import Composition
from alerting.domain.errors import (
    AskedOften,
    BadRequest,
    NotFound,
    TooManyTranslations,
    TranslationAnswered,
    TranslationNotNeeded,
)
from alerting.domain.language import OWN_NAMES, Language
from alerting.domain.officer import Officer, Permission
from alerting.domain.staff_notification import Gravity, NoticeText
from alerting.domain.text.i18n import ByLanguage, msgid
from alerting.domain.translation import (
    MAX_OPEN_REQUESTS,
    MAX_REQUESTS_PER_HOUR,
    TranslationRequest,
    TranslationState,
    digest_of,
    with_words,
    words_beside,
    words_in,
)
from alerting.services import Services
from alerting.store import ReadTransaction, UnitOfWork
from alerting.store import ledger as ledger_rows
from alerting.store import staff_notifications as notification_rows
from alerting.store.alerts import compositions as composition_rows
from alerting.store.alerts import translations as rows
from alerting.store.authorities import translators as translator_rows

TRANSLATION = msgid("translation request")
REQUESTED = "translation.requested"
NOT_MISSING = msgid("There is nothing to translate here: these words are there, or no others are")
NOBODY = msgid("“{officer}” cannot be asked: choose a user who may see this draft")
NO_TRANSLATORS = msgid("This authority has no translators for this language who may see this draft")
EMPTY = msgid("Write the words first")
ASKED = NoticeText(
    gravity=Gravity.TRANSLATION,
    says=msgid("{officer} asks you for a translation into {language}: “{detail}”."),
    asks=msgid("a colleague is waiting for your words"),
)
ANSWERED = NoticeText(
    gravity=Gravity.TRANSLATION,
    says=msgid("{officer} sent the translation into {language}: “{detail}”."),
    asks=msgid("the words have been filled in"),
)
PROPOSED = NoticeText(
    gravity=Gravity.TRANSLATION,
    says=msgid(
        "{officer} sent the translation into {language}: “{detail}”. The draft had changed in the "
        "meantime: choose whether to use it."
    ),
    asks=msgid("please choose whether to use it"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingWords:
    """A detail of a composition, and a language in which it may say nothing yet."""

    composition: Composition
    scenario: Scenario
    detail: Declaration
    language: Language
    towns: Sequence[str]
    said: Any
    """What the detail says in that language."""
    words: Mapping[Language, Any]
    """What it says in the others."""

    @property
    def missing(self) -> bool:
        """Whether it says something, and nothing in that language."""
        return bool(self.words) and not self.said

    @property
    def seen(self) -> str:
        """By which the words that were read are known again."""
        return digest_of(self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Askable:
    """Whom a composition's words can be asked of."""

    colleagues: Sequence[tuple[Authority, Sequence[str]]]
    """By the authority they work for, the composition's own first."""
    translators: Sequence[str]
    """Of the language, at the composition's authority."""


async def find_askable(
    services: Services, number: int, detail: str, language: Language, *, by: Officer
) -> tuple[MissingWords, Askable]:
    """What a composition lacks, and who could be asked for it. BadRequest where it lacks it not."""
    by.must(Permission.DRAFT)
    async with services.reading() as reading:
        composition = await compositions.load_composition(services, reading, number, by=by)
        missing = await _missing(services, reading, composition, detail, language, by=by)
        return missing, await _askable(services, reading, composition, language, by=by)


async def request_translation(
    services: Services,
    number: int,
    detail: str,
    language: Language,
    *,
    officer: str = "",
    by: Officer,
) -> TranslationRequest:
    """Ask an officer, or the translators, for what a composition's detail says in a language.

    The same again is the request there is. BadRequest, TooManyTranslations, AskedOften.
    """
    by.must(Permission.DRAFT)
    async with services.unit() as unit:
        composition = await compositions.load_composition(services, unit, number, by=by, lock=True)
        missing = await _missing(services, unit, composition, detail, language, by=by)
        asked = await _recipients(services, unit, composition, language, officer, by=by)
        for translation in await rows.requests_of(unit.connection, number):
            same = (translation.value_name, translation.language, translation.officer) == (
                detail,
                language,
                officer,
            )
            if same and translation.state is TranslationState.OPEN:
                return translation
        if await rows.number_open(unit.connection, by.name) >= MAX_OPEN_REQUESTS:
            raise TooManyTranslations(most=MAX_OPEN_REQUESTS)
        # By the audit log: what was asked in a composition that is gone was asked all the same.
        lately = services.now() - timedelta(hours=1)
        asked_lately = await ledger_rows.number_of(
            unit.connection, act=REQUESTED, by=by.name, since=lately
        )
        if asked_lately >= MAX_REQUESTS_PER_HOUR:
            raise AskedOften(most=MAX_REQUESTS_PER_HOUR)
        made = await rows.add(
            unit.connection,
            composition_id=number,
            value_name=detail,
            language=language,
            officer=officer,
            asked_by=by.name,
            asked_at=services.now(),
        )
        await notify_of_translation(services, unit, made.id, asked, ASKED, **_facts(missing, by=by))
        await _record(
            services, unit, REQUESTED, made, composition, by=by, more={"asked": sorted(asked)}
        )
    return made


async def list_translations(
    services: Services, number: int, *, by: Officer
) -> list[TranslationRequest]:
    """What was asked for in a composition, and what became of it; in the order it was asked."""
    by.must(Permission.DRAFT)
    async with services.reading() as reading:
        composition = await compositions.load_composition(services, reading, number, by=by)
        return await rows.requests_of(reading.connection, composition.id)


async def get_translation(
    services: Services, number: int, *, by: Officer
) -> tuple[TranslationRequest, MissingWords]:
    """A request as whoever was asked, or asked, sees it; NotFound for all others.

    TranslationNotNeeded for whoever was asked, once the composition is gone.
    """
    by.must(Permission.DRAFT)
    async with services.reading() as reading:
        request, composition = await _load(services, reading, number, by=by)
        return request, await _words(
            services, reading, composition, request.value_name, request.language
        )


async def answer_translation(
    services: Services, number: int, words: str | Sequence[str], *, seen: str, by: Officer
) -> TranslationRequest:
    """Give the words, read beside those that `seen` is the digest of.

    BadValues says what is wrong with them. TranslationAnswered, TranslationNotNeeded.
    In one piece: all of it is asked and written in one transaction.
    """
    by.must(Permission.DRAFT)
    if not words:
        raise BadRequest(EMPTY)
    request, missing = await get_translation(services, number, by=by)
    await _check(services, missing, words)
    async with services.unit() as unit:
        request, composition = await _load(services, unit, number, by=by, lock=True)
        require_open(request)
        content = CompositionContent.of(composition.content)
        said = content.values.get(request.value_name)
        fits = (
            not words_in(said, request.language)
            and digest_of(words_beside(said, request.language)) == seen
        )
        if fits:
            said = with_words(said, request.language, words)
            content = replace(content, values={**content.values, request.value_name: said})
        request = await rows.update_translation(
            unit.connection,
            number,
            state=TranslationState.WRITTEN if fits else TranslationState.PROPOSED,
            answered_by=by.name,
            words=words,
            composition_version=composition.version + 1,
        )
        await compositions.write_version(services, unit, composition, content.as_json(), by=by)
        await notify_of_translation(
            services,
            unit,
            number,
            {request.asked_by} - {by.name},
            ANSWERED if fits else PROPOSED,
            **_facts(missing, by=by),
        )
        await _record(
            services,
            unit,
            "translation.answered",
            request,
            composition,
            by=by,
            more={"taken": fits},
        )
    return request


async def withdraw_translation(
    services: Services, number: int, *, composition: int, by: Officer
) -> None:
    """Ask no longer; harmless where it was answered meanwhile."""
    before, after = TranslationState.OPEN, TranslationState.WITHDRAWN
    await _settle(services, composition, number, before, after, by=by)


async def decline_proposal(
    services: Services, number: int, *, composition: int, by: Officer
) -> None:
    """Leave proposed words aside; harmless where they were taken meanwhile."""
    before, after = TranslationState.PROPOSED, TranslationState.DECLINED
    await _settle(services, composition, number, before, after, by=by)


async def take_proposal(
    services: Services, number: int, *, composition: int, seen: int, by: Officer
) -> Composition:
    """Write proposed words into the field of their composition, whatever stands in it.

    Overtaken where the composition is not in the version `seen` any more.
    """
    by.must(Permission.DRAFT)
    async with services.unit() as unit:
        request, found = await _load_of_own(services, unit, composition, number, by=by)
        if request.state is not TranslationState.PROPOSED:
            return found
        compositions.require_seen(found, seen)
        content = CompositionContent.of(found.content)
        said = with_words(content.values.get(request.value_name), request.language, request.words)
        content = replace(content, values={**content.values, request.value_name: said})
        await rows.update_translation(unit.connection, number, state=TranslationState.WRITTEN)
        await notification_rows.drop_translation(unit.connection, number)
        await _record(services, unit, "translation.taken", request, found, by=by)
        return await compositions.write_version(services, unit, found, content.as_json(), by=by)


def require_open(request: TranslationRequest) -> None:
    """Refuse a second answer, and one nobody waits for."""
    if request.answered_by:
        raise TranslationAnswered(officer=request.answered_by)
    if request.state is not TranslationState.OPEN:
        raise TranslationNotNeeded


async def _settle(
    services: Services,
    composition: int,
    number: int,
    before: TranslationState,
    after: TranslationState,
    *,
    by: Officer,
) -> None:
    by.must(Permission.DRAFT)
    async with services.unit() as unit:
        request, found = await _load_of_own(services, unit, composition, number, by=by)
        if request.state is not before:
            return
        await rows.update_translation(unit.connection, number, state=after)
        await notification_rows.drop_translation(unit.connection, number)
        await _record(services, unit, f"translation.{after}", request, found, by=by)


async def _load_of_own(
    services: Services, unit: UnitOfWork, composition: int, number: int, *, by: Officer
) -> tuple[TranslationRequest, Composition]:
    """A request of a composition this officer may see, and that one, held until commit."""
    found = await compositions.load_composition(services, unit, composition, by=by, lock=True)
    request = await rows.load(unit.connection, number)
    if request is None or request.composition_id != composition:
        raise NotFound(what=TRANSLATION, number=number)
    return request, found


async def _load(
    services: Services, reading: ReadTransaction, number: int, *, by: Officer, lock: bool = False
) -> tuple[TranslationRequest, Composition]:
    """A request that this officer was asked, or made; NotFound for any other."""
    inside = await authorization.subordinate_authorities(services, reading, by=by)
    request = await rows.load(reading.connection, number)
    if request is None:
        await _say_why_gone(reading, number, inside, by=by)
        raise NotFound(what=TRANSLATION, number=number)
    composition = await composition_rows.load(reading.connection, request.composition_id, lock=lock)
    if composition is None or (inside is not None and composition.authority not in inside):
        raise NotFound(what=TRANSLATION, number=number)
    names = {request.officer}
    if not request.officer:
        names = {
            *await translator_rows.names_of(
                reading.connection, composition.authority, request.language
            )
        }
    if by.name != request.asked_by and (by.name not in names or not _may_answer(by, composition)):
        raise NotFound(what=TRANSLATION, number=number)
    return await rows.load(reading.connection, number) or request, composition


async def _say_why_gone(
    reading: ReadTransaction, number: int, inside: Collection[str] | None, *, by: Officer
) -> None:
    """To whoever was asked: the composition went, and the request with it."""
    entry = await ledger_rows.last_entry(
        reading.connection, about=f"translation/{number}", acts={REQUESTED}
    )
    if (
        entry is not None
        and by.name in (entry.by, *entry.details["asked"])
        and (inside is None or entry.details["authority"] in inside)
    ):
        raise TranslationNotNeeded


def _may_answer(officer: Officer, composition: Composition) -> bool:
    """Nobody on a training account writes in a real alert they were only asked a word of."""
    return not (officer.training and composition.alert_class is AlertClass.ALERT)


async def _askable(
    services: Services,
    reading: ReadTransaction,
    composition: Composition,
    language: Language,
    *,
    by: Officer,
) -> Askable:
    members = await authorization.members_who_see(
        services, reading, composition.authority, Permission.DRAFT
    )
    colleagues = [
        (
            authority,
            list(
                dict.fromkeys(
                    officer.name
                    for officer in existing_officers
                    if _may_answer(officer, composition) and officer.name != by.name
                )
            ),
        )
        for authority, existing_officers in members
    ]
    able = {name for _, names in colleagues for name in names}
    listed = await translator_rows.names_of(reading.connection, composition.authority, language)
    return Askable(
        colleagues=[(authority, names) for authority, names in colleagues if names],
        translators=[name for name in listed if name in able],
    )


async def _recipients(
    services: Services,
    reading: ReadTransaction,
    composition: Composition,
    language: Language,
    officer: str,
    *,
    by: Officer,
) -> Collection[str]:
    """Who is told of a request."""
    askable = await _askable(services, reading, composition, language, by=by)
    if not officer:
        if not askable.translators:
            raise BadRequest(NO_TRANSLATORS)
        return askable.translators
    if not any(officer in names for _, names in askable.colleagues):
        raise BadRequest(NOBODY, officer=officer)
    return [officer]


async def _missing(
    services: Services,
    reading: ReadTransaction,
    composition: Composition,
    detail: str,
    language: Language,
    *,
    by: Officer,
) -> MissingWords:
    """Words that are missing in a language the composition needs; BadRequest for all others."""
    missing = await _words(services, reading, composition, detail, language)
    content = CompositionContent.of(composition.content)
    languages = compositions.languages_asked(services, content, by=by)
    if not missing.missing or language not in languages:
        raise BadRequest(NOT_MISSING)
    return missing


async def _words(
    services: Services,
    reading: ReadTransaction,
    composition: Composition,
    detail: str,
    language: Language,
) -> MissingWords:
    content = CompositionContent.of(composition.content)
    scenario = (await list_scenarios(services)).scenario(content.scenario)
    entries = await lists.entries_in_force(services, reading.connection, composition.authority)
    scenario = scenario.with_lists(entries)
    declared = next(
        (
            declaration
            for declaration in scenario.values
            if declaration.name == detail and declaration.by_language
        ),
        None,
    )
    if declared is None:
        raise BadRequest(NOT_MISSING)
    said = content.values.get(detail)
    return MissingWords(
        composition=composition,
        scenario=scenario,
        detail=declared,
        language=language,
        towns=compositions.expanded(services, content.area),
        said=words_in(said, language),
        words=words_beside(said, language),
    )


async def _check(services: Services, missing: MissingWords, words: str | Sequence[str]) -> None:
    """BadValues where the words could not stand in the field."""
    async with services.reading() as reading:
        sender = await authorization.speaker(
            services, reading.connection, missing.composition.authority
        )
    read = ReadValue(
        languages=(missing.language,),
        now=services.now(),
        places=services.gazetteer,
        hosts=sender.hosts,
        area=tuple(missing.towns),
    )
    given = {missing.detail.name: {missing.language.value: words}}
    read_values(missing.scenario.name, [missing.detail], given, read)


def _facts(missing: MissingWords, *, by: Officer) -> dict[str, Any]:
    return {
        "officer": by.name,
        "language": OWN_NAMES[missing.language],
        "detail": ByLanguage({language: missing.detail.called(language) for language in Language}),
    }


async def _record(
    services: Services,
    unit: UnitOfWork,
    what: str,
    request: TranslationRequest,
    composition: Composition,
    *,
    by: Officer,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Into the ledger, without a word that was typed."""
    details = {
        "authority": composition.authority,
        "composition": composition.id,
        "detail": request.value_name,
        "language": request.language,
        **(more or {}),
    }
    await unit.record(
        what, by=by, about=f"translation/{request.id}", at=services.now(), details=details
    )
