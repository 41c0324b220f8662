"""Whose words an alert takes over from the one it was made from: each of them had a hand in it.

Words are read before the transaction that asks whose they are, long ones in a thread: nobody who
writes waits for it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from alerting.actions.authorities import lists
from alerting.compose.values import Declaration, texts_in, typed_words
from alerting.domain.alert import Alert
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Officer
from alerting.domain.own_words import new_runs
from alerting.services import Services
from alerting.store.alerts import repository as alert_rows
from alerting.store.alerts import word_runs

SHORT_CHARS = 4000
"""Up to so many characters are read where they stand, in milliseconds."""


async def hands_of_details(
    services: Services, source: Alert, scenario: str, values: Mapping[str, Any], *, by: Officer
) -> frozenset[str]:
    """Whose words come along from an alert into one of a scenario made from it with these details.

    That is everybody who had a hand in an alert in which any of their runs was typed: for a detail,
    into a text, or as a proposal. Such an alert is `source`, another of its chain of follow-ups,
    sent or not, or of the chain it was copied from. Nobody's are choices, numbers, times, places of
    the gazetteer and what the library fills in.
    The library must have been brought up to date before.
    """
    said = await _typed(services, scenario, source.authority, values)
    new = await _read(services, said, _filled_in(services, source.area), by=by)
    async with services.reading() as reading:
        return await word_runs.hands(reading.connection, source.id, new)


async def own_runs(
    services: Services, drafted: Alert, source: Alert | None, *, by: Officer
) -> tuple[int, ...]:
    """What is typed anew for the details of a draft, to be kept with it.

    All that is typed there, but what stands in the details of the alert it follows.
    """
    said = await _typed(services, drafted.scenario, drafted.authority, drafted.values)
    known = _filled_in(services, drafted.area)
    if source is not None:
        known += _filled_in(services, source.area)
        if drafted.previous_alert is not None:
            known += await _typed(services, source.scenario, source.authority, source.values)
    return await _read(services, said, known, by=by)


async def written_runs(
    services: Services, alert: Alert, messages: Sequence[Message], *, by: Officer
) -> tuple[int, ...]:
    """What new texts say that neither those of now say, nor those that the library gave."""
    if not messages:
        return ()
    known = [*alert.messages]
    if alert.version > 1:
        async with services.reading() as reading:
            known += await alert_rows.texts_of(reading.connection, alert.id, 1)
    return await _read(services, _words_of(messages), _words_of(known), by=by)


async def _read(
    services: Services, texts: Sequence[str], known: Sequence[str], *, by: Officer
) -> tuple[int, ...]:
    """The runs that only `texts` have."""
    if sum(map(len, texts)) <= SHORT_CHARS:
        return new_runs(texts, known) if texts else ()
    look: Callable[[], tuple[int, ...]] = partial(new_runs, texts, known)
    return await services.checks.words.run(by.name, look)


async def _typed(
    services: Services, scenario: str, authority: str, values: Mapping[str, Any]
) -> list[str]:
    """What was typed for details, as it is read into texts."""
    library = services.composer.library
    declared: Sequence[Declaration] = ()
    if scenario in library.names():  # or it is gone since
        async with services.reading() as reading:
            entries = await lists.entries_in_force(services, reading.connection, authority)
        declared = library.scenario(scenario).with_lists(entries).values
    known = {declaration.name: declaration for declaration in declared}
    return [
        text
        for name in typed_words(declared, values)
        for text in texts_in(known.get(name), values[name])
    ]


def _words_of(messages: Iterable[Message]) -> list[str]:
    return [text for message in messages for text in (message.subject, message.text) if text]


def _filled_in(services: Services, area: Sequence[str]) -> list[str]:
    """What a follow-up is filled in with that nobody typed: dangers, and its area by its name."""
    library = services.composer.library
    texts = [title for name in library.names() for title in library.scenario(name).titles.values()]
    return texts + [services.gazetteer.area_name(area, language, room=60) for language in Language]
