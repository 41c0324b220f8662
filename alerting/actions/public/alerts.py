"""What the public is told of every alert that was sent, from rows alone."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

import structlog

from alerting.actions.authorization import sender_of
from alerting.compose.scenarios import Scenario
from alerting.compose.values import moment
from alerting.delivery.authorities import authority_of
from alerting.domain.alert import LEAVES_BEHIND, Alert, AlertState
from alerting.domain.authority import NATIONAL
from alerting.domain.channel_profiles import MessageForm, profile_of
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.public_alert import (
    STATUS_OF,
    Address,
    PublicAlert,
    PublicText,
    without_person,
)
from alerting.domain.publication import Withdrawal
from alerting.services import Services
from alerting.store import publications as publication_rows
from alerting.store.alerts import published, repository
from alerting.store.alerts.published import Head
from alerting.store.authorities import repository as authority_rows
from alerting.store.unit_of_work import ReadTransaction

READ_AS = (
    MessageForm.PAGE,
    MessageForm.EMAIL,
    MessageForm.POST,
    MessageForm.TEXT_MESSAGE,
    MessageForm.SPEECH,
    MessageForm.RELEASE,
    MessageForm.BROADCAST,
    MessageForm.PLAIN,
)
"""Whose words stand on a page: the first of these there are."""

ONSET = "onset"
"""What the detail is called, in every scenario that asks for it."""

log = structlog.get_logger()

Names = Mapping[Language, str]


class ChainKey(NamedTuple):
    """All that what the public is told of a chain is made of, but for words that never change."""

    heads: tuple[Head, ...]
    names: tuple[Names, ...]
    withdrawals: tuple[Withdrawal | None, ...]


class PublicAlerts:
    """Everything that is public. What did not change since it was read last is not read again."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.not_read: set[Address] = set()
        """Those that could not be read the last time: their pages stay as they are."""
        self._chains: dict[int, tuple[ChainKey, tuple[PublicAlert, ...]]] = {}
        self._reading = asyncio.Lock()

    async def read(self) -> tuple[PublicAlert, ...]:
        """Every alert and exercise that was sent, by number from the highest.

        An hour of sending that no channel needed yet is stored first: a page says the same hour as
        the text messages, whoever of them comes first.
        """
        async with self._reading:
            return await self._read()

    async def _read(self) -> tuple[PublicAlert, ...]:
        async with self._services.reading() as reading:
            heads = await published.heads(reading.connection)
        if unfilled := [head.number for head in heads.known if _lacks_hour(head)]:
            for number in unfilled:
                async with self._services.unit() as unit:
                    await repository.fill(unit.connection, number, at=self._services.now())
            async with self._services.reading() as reading:
                heads = await published.heads(reading.connection)
        async with self._services.reading() as reading:
            await self._bring_up_to_date(reading, heads.known)
        self._note_unknown(heads.unknown)
        alerts = [alert for _, chain in self._chains.values() for alert in chain]
        return tuple(sorted(alerts, key=lambda alert: alert.address.number, reverse=True))

    async def _bring_up_to_date(self, reading: ReadTransaction, heads: Iterable[Head]) -> None:
        names = await _names(self._services, reading)
        withdrawals = await publication_rows.withdrawals(reading.connection)
        chains: defaultdict[int, list[Head]] = defaultdict(list)
        for head in heads:
            chains[head.first].append(head)
        keys = {
            first: ChainKey(
                tuple(chain),
                tuple(names.get(one.authority, names[NATIONAL.code]) for one in chain),
                tuple(withdrawals.get(one.number) for one in chain),
            )
            for first, chain in chains.items()
        }
        known = self._chains
        stale = [
            first for first, key in keys.items() if first not in known or known[first][0] != key
        ]
        numbers = [head.number for first in stale for head in keys[first].heads]
        try:
            alerts = await published.load_all(reading.connection, numbers)
        except (KeyError, TypeError, ValueError):  # of one of them: the others do not wait for it
            alerts = []
        read = {alert.id: alert for alert in alerts}
        self.not_read.clear()
        for first in stale:
            try:
                if not alerts:
                    own = [head.number for head in keys[first].heads]
                    found = await published.load_all(reading.connection, own)
                    read |= {alert.id: alert for alert in found}
                known[first] = keys[first], self._chain(keys[first], read)
            except (KeyError, TypeError, ValueError) as error:
                self._note_not_read(keys[first], error)
        for gone in known.keys() - keys.keys():
            del known[gone]

    def _note_unknown(self, unknown: Iterable[tuple[int, datetime]]) -> None:
        """What is in a state that a newer version gave it: its page stays as it is."""
        for number, created_at in unknown:
            self.not_read.add(Address.of(number, created_at))
            log.error("alerts.not_read", alerts=[number], error="state")

    def _note_not_read(self, key: ChainKey, error: Exception) -> None:
        """A chain with a value that this version does not know, as of a newer one beside it: what
        was read of it before stays."""
        self.not_read |= {Address.of(head.number, head.created_at) for head in key.heads}
        # Its text may hold words of the alert.
        numbers = [head.number for head in key.heads]
        log.error("alerts.not_read", alerts=numbers, error=type(error).__name__)

    def _chain(self, key: ChainKey, alerts: Mapping[int, Alert]) -> tuple[PublicAlert, ...]:
        library = self._services.composer.library
        addresses = {head.number: Address.of(head.number, head.created_at) for head in key.heads}
        first = key.heads[0]
        scenario = library.as_shipped(alerts[first.number].scenario)
        # Of a scenario that is gone nobody can say that it was not about a person.
        personal = scenario is None or scenario.personal
        chain = []
        for head, names, withdrawal in zip(*key, strict=True):
            alert = replace(alerts[head.number], filled_at=head.filled_at or head.sent_at).as_sent()
            shipped = library.as_shipped(alert.scenario)
            newer = next((one for one in key.heads if _replaces(one, head, alerts)), None)
            titles = shipped.titles if shipped else dict.fromkeys(Language, alert.scenario)
            chain.append(
                PublicAlert(
                    address=addresses[head.number],
                    alert_class=alert.alert_class,
                    status=STATUS_OF[head.state],
                    scenario=alert.scenario,
                    titles=titles,
                    hazard=alert.hazard,
                    authority=names,
                    area=self._services.gazetteer.current_codes(alert.area),
                    shape=None if withdrawal else alert.shape,
                    languages=alert.languages,
                    texts={} if withdrawal else public_texts(alert, titles),
                    sent_at=head.sent_at,
                    expires_at=head.expires_at,
                    onset_at=_onset(alert, shipped),
                    follow_up=alert.follow_up,
                    previous=addresses.get(head.previous or 0),
                    first=addresses[first.number],
                    replaced_by=addresses[newer.number] if newer else None,
                    replaced_at=newer.sent_at if newer else None,
                    personal=personal,
                    withdrawn_at=withdrawal.at if withdrawal else None,
                )
            )
        return tuple(without_person(one, chain) for one in chain)


def _onset(alert: Alert, scenario: Scenario | None) -> datetime | None:
    """When it says that what it warns of begins: read at the moment it was composed, as its texts
    were."""
    declared = scenario.values if scenario else ()
    declaration = next((one for one in declared if one.name == ONSET), None)
    given = alert.values.get(ONSET)
    at = moment(declaration, given, alert.composed) if declaration and given else None
    return at if isinstance(at, datetime) else None


def _lacks_hour(head: Head) -> bool:
    return head.state is AlertState.SENDING and head.filled_at is None


def _replaces(newer: Head, older: Head, alerts: Mapping[int, Alert]) -> bool:
    follow_up = alerts[newer.number].follow_up
    return (
        newer.previous == older.number
        and follow_up is not None
        and older.state is LEAVES_BEHIND[follow_up]
    )


def public_texts(alert: Alert, titles: Names) -> Mapping[Language, PublicText]:
    """What a page says in each language of an alert whose hour of sending is filled in."""
    return {
        language: text
        for language in alert.languages
        if (
            text := _text(
                [message for message in alert.messages if message.language is language], titles
            )
        )
    }


def _text(messages: Sequence[Message], titles: Names) -> PublicText | None:
    """What a page says in one language: the words of one channel; None where there are none."""
    said = [message for message in messages if message.text.strip()]
    if not said:
        return None
    form = {id(message): profile_of(message.channel).form for message in said}
    best = min(said, key=lambda message: READ_AS.index(form[id(message)]))
    return PublicText(
        headline=best.subject.strip() or titles.get(best.language, ""),
        text=best.text.strip(),
        html=best.html if form[id(best)] is MessageForm.PAGE else "",
        elsewhere=tuple(
            dict.fromkeys(
                text for message in said if message is not best for text in _pasted(message)
            )
        ),
    )


def _pasted(message: Message) -> Iterable[str]:
    """What of a message somebody may copy: its words, and where it has one, its subject above."""
    yield message.text
    if message.subject.strip():
        yield f"{message.subject} {message.text}"


async def _names(services: Services, reading: ReadTransaction) -> Mapping[str, Names]:
    """What each authority is called where it speaks, by its code."""
    rows = await authority_rows.list_authorities(reading.connection)
    authorities = {NATIONAL.code: NATIONAL} | {
        row.code: authority_of(services, row) for row in rows
    }
    return {
        code: dict(sender_of(services, authority).authority)
        for code, authority in authorities.items()
    }
