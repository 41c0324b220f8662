"""Words being typed in an alert: one officer's own, kept until they become a version of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from alerting.actions import authorization
from alerting.actions.alerts import drafting, text_checks
from alerting.actions.alerts.compositions import require_seen, write_version
from alerting.actions.alerts.page_texts import page_of
from alerting.compose.relayout import without_mark
from alerting.domain.alert import Alert, AlertState
from alerting.domain.composition import Composition
from alerting.domain.errors import (
    Overtaken,
    UnsavedTexts,
)
from alerting.domain.exercise_marks import mark
from alerting.domain.finding import Finding
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Officer, Permission
from alerting.services import Services
from alerting.store.alerts import compositions
from alerting.store.alerts import repository as alert_rows


async def findings_of(services: Services, alert: Alert, *, by: Officer) -> tuple[Finding, ...]:
    """What the checks say of an alert's texts as they are being typed."""
    by.must(Permission.DRAFT)
    return await text_checks.findings(services, alert, by=by, now=services.now(), typed=True)


async def laid_out(
    services: Services, alert: Alert, messages: Sequence[Message], *, by: Officer
) -> tuple[Message, ...]:
    """Messages whose words are being typed, as messages of the authority that speaks."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        sender = await authorization.speaker(services, reading.connection, alert.authority)
    page = page_of(services, alert)
    return tuple(services.composer.laid_out(message, alert, sender, page) for message in messages)


async def texts_of(
    services: Services, number: int, version: int, *, by: Officer
) -> tuple[Message, ...]:
    """The texts of one version of an alert; version 1 is what the template gave."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        await authorization.visible_alert(services, reading, number, by=by)
        return await alert_rows.texts_of(reading.connection, number, version)


async def load_text_draft(services: Services, number: int, *, by: Officer) -> Composition | None:
    """The words this officer has begun to change in a draft and not saved as a version."""
    by.must(Permission.DRAFT)
    async with services.reading() as reading:
        return await compositions.words_of(reading.connection, number, by.name)


async def unsaved_texts(services: Services, number: int, *, by: Officer) -> Composition | None:
    """The words this officer typed that are not what the alert says; None where there are none.

    Nor where they may not draft, or the alert has not the text any more that they typed in.
    """
    by.must(Permission.READ)
    if not by.may(Permission.DRAFT):
        return None
    async with services.reading() as reading:
        alert = await authorization.visible_alert(services, reading, number, by=by)
        composition = await compositions.words_of(reading.connection, number, by.name)
    if composition is None or not alert.may_become(AlertState.DRAFT):
        return None
    there = {f"{channel}.{one}" for channel in alert.text_channels for one in alert.languages}
    words = {
        key: typed
        for key, typed in composition.content["words"].items()
        if key.partition(".")[2] in there
    }
    return composition if _says_otherwise(alert, words) else None


async def require_saved_texts(services: Services, number: int, *, by: Officer) -> None:
    """What a page that lets an alert go on asks first: UnsavedTexts."""
    unsaved = await unsaved_texts(services, number, by=by)
    if unsaved is not None:
        raise UnsavedTexts(alert=number, time=unsaved.updated_at)


async def save_text_draft(
    services: Services,
    number: int,
    words: Mapping[str, str],
    *,
    seen: str,
    version: int,
    kept: int = 0,
    by: Officer,
) -> Composition:
    """Keep words being typed in an alert, so that a closed browser loses none.

    `seen` and `version` are the fingerprint and the version they were changed from. `kept` is the
    version of the kept words that stood in this window, 0 where there were none: Overtaken where
    another window of the same officer has kept others since, and nothing is written over.

    They are this officer's own; whoever saves a version second gets both to choose from. Words that
    are not what the alert says make their writer a hand in it, whether or not they are ever saved.
    """
    by.must(Permission.DRAFT)
    content = {"words": dict(words), "seen": seen, "version": version}
    async with services.unit() as unit:
        # Held: of two windows that keep words at once, one comes after the other.
        alert = await drafting.lock_to_edit(services, unit, number, by=by, seen=None)
        composition = await compositions.words_of(unit.connection, number, by.name)
        if composition is not None and composition.version != kept:
            if composition.content["words"] != content["words"]:
                raise Overtaken(officer=by.name, composition=composition.id)
            return composition
        if by.name not in alert_rows.hands_of(alert) and _says_otherwise(alert, words):
            await alert_rows.save(unit.connection, replace(alert, hands=alert.hands | {by.name}))
        if composition is not None:
            return await write_version(services, unit, composition, content, by=by)
        return await compositions.add(
            unit.connection,
            author=by.name,
            authority=by.authority.code,
            alert_class=alert.alert_class,
            content=content,
            at=services.now(),
            alert_id=number,
        )


async def save_texts(
    services: Services,
    number: int,
    texts: Sequence[Message],
    *,
    seen: str,
    kept: int,
    by: Officer,
) -> None:
    """Make a new version of the texts that changed; the words kept until then go with it.

    `seen` is the fingerprint of what they were changed from, `kept` the version of the kept words.
    What another window has kept since stays. BadRequest for a text that is empty.
    """
    by.must(Permission.DRAFT)
    revision = await drafting.read_revision(services, number, texts, by=by) if texts else None
    async with services.unit() as unit:
        if revision is not None:
            alert = await drafting.lock_to_edit(services, unit, number, by=by, seen=seen)
            drafting.require_written([_unmarked(alert, message) for message in texts])
            await drafting.save_revision(services, unit, number, revision, by=by, seen=seen)
        composition = await compositions.words_of(unit.connection, number, by.name)
        if composition is not None and composition.version == kept:
            await compositions.delete_composition(unit.connection, composition.id)


def _unmarked(alert: Alert, message: Message) -> Message:
    """What somebody wrote, without the label of the alert's type."""
    stamp = mark(alert.alert_class, message.language)
    return replace(message, text=without_mark(message.text, stamp))


def _says_otherwise(alert: Alert, words: Mapping[str, str]) -> bool:
    """Whether `text.sms.fr` and the like hold anything but what the alert says, its mark aside."""
    for key, typed in words.items():
        part, channel, language = key.split(".")
        stamp = mark(alert.alert_class, Language(language))
        message = alert.message(channel, Language(language))
        said = getattr(message, part) if message else ""
        if without_mark(typed, stamp) != without_mark(said, stamp):
            return True
    return False


async def delete_text_draft(services: Services, number: int, *, kept: int, by: Officer) -> None:
    """Delete the kept words; Overtaken where another window has kept others than `kept`."""
    by.must(Permission.DRAFT)
    async with services.unit() as unit:
        composition = await compositions.words_of(unit.connection, number, by.name)
        if composition is not None:
            require_seen(composition, kept)
            await compositions.delete_composition(unit.connection, composition.id)
