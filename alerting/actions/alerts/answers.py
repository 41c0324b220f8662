"""What colleagues answered in a composition, beside what others typed in it meanwhile."""

from collections.abc import Mapping
from typing import Any

from alerting.domain.composition import Composition
from alerting.domain.translation import TranslationState, with_words, words_beside, words_in
from alerting.store import UnitOfWork
from alerting.store import staff_notifications as notification_rows
from alerting.store.alerts import translations as rows


async def with_answers(
    unit: UnitOfWork, composition: Composition, values: Mapping[str, Any], *, seen: int
) -> dict[str, Any] | None:
    """Details that were typed beside version `seen`, with what was answered since; None where
    anybody wrote anything else since.

    An answer goes into a field that is empty, beside the words it translates; any other is a
    proposal from then on.
    """
    if seen >= composition.version:
        return None
    later = {
        translation.composition_version: translation
        for translation in await rows.requests_of(unit.connection, composition.id)
        if translation.composition_version is not None and translation.composition_version > seen
    }
    if later.keys() != {*range(seen + 1, composition.version + 1)}:
        return None
    written = [
        translation
        for translation in later.values()
        if translation.state is TranslationState.WRITTEN
    ]
    merged = dict(values)
    for translation in written:
        mine, theirs = (
            merged.get(translation.value_name),
            composition.content["values"].get(translation.value_name),
        )
        answered = [
            other.language for other in written if other.value_name == translation.value_name
        ]
        beside = words_beside(mine, *answered) == words_beside(theirs, *answered)
        if beside and not words_in(mine, translation.language):
            merged[translation.value_name] = with_words(
                mine, translation.language, translation.words
            )
        else:
            await rows.update_translation(
                unit.connection, translation.id, state=TranslationState.PROPOSED
            )
    return merged


async def withdraw_filled(unit: UnitOfWork, written: Composition) -> None:
    """Withdraw what is asked for fields that are filled by now."""
    values = written.content.get("values", {})
    for translation in await rows.requests_of(unit.connection, written.id):
        filled = words_in(values.get(translation.value_name), translation.language)
        if translation.state is TranslationState.OPEN and filled:
            await rows.update_translation(
                unit.connection, translation.id, state=TranslationState.WITHDRAWN
            )
            await notification_rows.drop_translation(unit.connection, translation.id)
