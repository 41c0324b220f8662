"""Hands follow the words: whose words come along into an alert from what it was made from."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from alerting.actions.authorities import lists
from alerting.compose.values import Declaration, texts_in, typed_words
from alerting.domain.alert import Alert
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.own_words import sentences
from alerting.services import Services
from alerting.store import ReadTransaction
from alerting.store.alerts import repository as alert_rows


async def hands_of_details(
    services: Services,
    reading: ReadTransaction,
    source: Alert,
    scenario: str,
    values: Mapping[str, Any],
) -> frozenset[str]:
    """Whose words come along from an alert into one of a scenario made from it with these details.

    See `hands_of_words`. The library must have been brought up to date before.
    """
    said = await _typed(services, reading, scenario, source.authority, values)
    return await hands_of_words(services, reading, source, said)


async def hands_of_words(
    services: Services, reading: ReadTransaction, source: Alert, said: frozenset[str]
) -> frozenset[str]:
    """Everybody who had a hand in an alert from which any of the sentences `said` may come.

    That is `source`, another of its chain of follow-ups, sent or not, or of the chain it was copied
    from; a sentence typed for its details, or written into its texts by hand. Nobody's are choices,
    numbers, times, places of the gazetteer and what the library fills in.
    """
    if not said:
        return frozenset()
    chain = await alert_rows.origins(reading.connection, source)
    said -= _filled_in(services, chain)
    hands: frozenset[str] = frozenset()
    own: dict[int, frozenset[str]] = {}
    for one in chain:
        own[one.id] = await _written(reading, one)
        for values in (one.values, *one.earlier_values):
            own[one.id] |= await _typed(services, reading, one.scenario, one.authority, values)
        before = own[one.previous_alert] if one.previous_alert else frozenset()
        if said & (own[one.id] - before):
            hands |= alert_rows.hands_of(one)
    return hands


def sentences_in(messages: Iterable[Message]) -> frozenset[str]:
    """The sentences of texts, subjects among them."""
    texts = (text for one in messages for text in (one.subject, one.text))
    return frozenset[str]().union(*map(sentences, texts))


async def _typed(
    services: Services,
    reading: ReadTransaction,
    scenario: str,
    authority: str,
    values: Mapping[str, Any],
) -> frozenset[str]:
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
    return frozenset[str]().union(*map(sentences, texts))


async def _written(reading: ReadTransaction, alert: Alert) -> frozenset[str]:
    """What was written into its texts since they were composed."""
    versions = [
        sentences_in(await alert_rows.texts_of(reading.connection, alert.id, version))
        for version in range(1, alert.version + 1)
        if alert.version > 1
    ]
    return frozenset[str]().union(*(after - before for before, after in pairwise(versions)))


def _filled_in(services: Services, chain: Iterable[Alert]) -> frozenset[str]:
    """What a follow-up is filled in with that nobody typed: dangers, and areas by their names."""
    library = services.composer.library
    texts = [title for name in library.names() for title in library.scenario(name).titles.values()]
    texts += [
        services.gazetteer.area_name(one.area, language, room=60)
        for one in chain
        for language in Language
    ]
    return frozenset[str]().union(*map(sentences, texts))
