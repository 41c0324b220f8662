"""What colleagues answered in a composition, beside what others typed in it meanwhile."""

from collections.abc import Mapping
from typing import Any

from alerting.domain.composition import Composition
from alerting.domain.translation import TranslationState, with_words, words_beside, words_in
from alerting.store import UnitOfWork
from alerting.store import staff_notifications as notification_rows
from alerting.store.alerts import translations as rows


async def with_answers(
    unit: UnitOfWork, found: Composition, values: Mapping[str, Any], *, seen: int
) -> dict[str, Any] | None:
    """Details that were typed beside version `seen`, with what was answered since; None where
    anybody wrote anything else since.

    An answer goes into a field that is empty, beside the words it translates; any other is a
    proposal from then on.
    """
    if seen >= found.version:
        return None
    later = {
        one.composition_version: one
        for one in await rows.requests_of(unit.connection, found.id)
        if one.composition_version is not None and one.composition_version > seen
    }
    if later.keys() != {*range(seen + 1, found.version + 1)}:
        return None
    written = [one for one in later.values() if one.state is TranslationState.WRITTEN]
    merged = dict(values)
    for one in written:
        mine, theirs = merged.get(one.value_name), found.content["values"].get(one.value_name)
        answered = [other.language for other in written if other.value_name == one.value_name]
        beside = words_beside(mine, *answered) == words_beside(theirs, *answered)
        if beside and not words_in(mine, one.language):
            merged[one.value_name] = with_words(mine, one.language, one.words)
        else:
            await rows.update_translation(unit.connection, one.id, state=TranslationState.PROPOSED)
    return merged


async def withdraw_filled(unit: UnitOfWork, written: Composition) -> None:
    """Withdraw what is asked for fields that are filled by now."""
    values = written.content.get("values", {})
    for one in await rows.requests_of(unit.connection, written.id):
        filled = words_in(values.get(one.value_name), one.language)
        if one.state is TranslationState.OPEN and filled:
            await rows.update_translation(unit.connection, one.id, state=TranslationState.WITHDRAWN)
            await notification_rows.drop_translation(unit.connection, one.id)
