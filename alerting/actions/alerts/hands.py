"""Hands follow the words: whose words come along into an alert from what it was made from."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from alerting.actions.authorities import lists
from alerting.compose.values import Declaration, texts_in, typed_words
from alerting.domain.alert import Alert
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.own_words import runs
from alerting.services import Services
from alerting.store import ReadTransaction
from alerting.store.alerts import repository as alert_rows
from alerting.store.alerts import word_runs


async def hands_of_details(
    services: Services,
    reading: ReadTransaction,
    source: Alert,
    scenario: str,
    values: Mapping[str, Any],
) -> frozenset[str]:
    """Whose words come along from an alert into one of a scenario made from it with these details.

    That is everybody who had a hand in an alert in which any of their runs was typed: for a detail,
    into a text, or as a proposal. Such an alert is `source`, another of its chain of follow-ups,
    sent or not, or of the chain it was copied from. Nobody's are choices, numbers, times, places of
    the gazetteer and what the library fills in.
    The library must have been brought up to date before.
    """
    said = await typed_runs(services, reading, scenario, source.authority, values)
    said -= _filled_in(services, source.area)
    return await word_runs.hands(reading.connection, source.id, said)


async def own_runs(
    services: Services, reading: ReadTransaction, drafted: Alert, source: Alert | None
) -> frozenset[int]:
    """What is typed anew for the details of a draft, to be kept with it.

    All that is typed there, but what stands in the details of the alert it follows.
    """
    said = await typed_runs(
        services, reading, drafted.scenario, drafted.authority, drafted.values
    ) - _filled_in(services, drafted.area)
    if source is None:
        return said
    said -= _filled_in(services, source.area)
    if drafted.previous_alert is None:
        return said
    return said - await typed_runs(
        services, reading, source.scenario, source.authority, source.values
    )


async def written_runs(
    reading: ReadTransaction, found: Alert, messages: Iterable[Message]
) -> frozenset[int]:
    """What new texts say that neither those of now say, nor those that the library gave."""
    given = await alert_rows.texts_of(reading.connection, found.id, 1) if found.version > 1 else ()
    return _runs_in(messages) - _runs_in(found.messages) - _runs_in(given)


async def typed_runs(
    services: Services,
    reading: ReadTransaction,
    scenario: str,
    authority: str,
    values: Mapping[str, Any],
) -> frozenset[int]:
    """What was typed for details, as it is read into texts."""
    library = services.composer.library
    declared: Sequence[Declaration] = ()
    if scenario in library.names():  # or it is gone since
        entries = await lists.entries_in_force(services, reading.connection, authority)
        declared = library.scenario(scenario).with_lists(entries).values
    known = {one.name: one for one in declared}
    texts = (
        text
        for name in typed_words(declared, values)
        for text in texts_in(known.get(name), values[name])
    )
    return frozenset[int]().union(*map(runs, texts))


def _runs_in(messages: Iterable[Message]) -> frozenset[int]:
    texts = (text for one in messages for text in (one.subject, one.text))
    return frozenset[int]().union(*map(runs, texts))


def _filled_in(services: Services, area: Sequence[str]) -> frozenset[int]:
    """What a follow-up is filled in with that nobody typed: dangers, and its area by its name."""
    library = services.composer.library
    texts = [title for name in library.names() for title in library.scenario(name).titles.values()]
    texts += [services.gazetteer.area_name(area, language, room=60) for language in Language]
    return frozenset[int]().union(*map(runs, texts))
