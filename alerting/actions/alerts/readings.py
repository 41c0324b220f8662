"""Who opened which text of an alert: named before approving, and to whoever waits for it."""

from collections.abc import Collection
from dataclasses import dataclass

from alerting.actions import authorization
from alerting.domain.alert import Alert
from alerting.domain.alert_choices import AlertChoices, ChoicesChange
from alerting.domain.errors import Outdated, TextsUnread
from alerting.domain.language import Language
from alerting.domain.message import Message
from alerting.domain.officer import Officer, Permission
from alerting.services import Services
from alerting.store.alerts import choices as choice_rows
from alerting.store.alerts import readings as reading_rows
from alerting.store.alerts import repository as alert_rows
from alerting.store.unit_of_work import ReadTransaction

TextName = tuple[str, Language]
"""A channel and a language."""


@dataclass(frozen=True, slots=True)
class WhatWasRead:
    """What one officer knows of an alert as it is now."""

    unread: tuple[TextName, ...]
    """Texts they have not opened as they stand, in the order of the alert."""
    version: int | None
    """The last version before this one they opened; None where they opened none."""
    texts: tuple[Message, ...]
    """The texts of that version."""
    change: ChoicesChange | None
    """How area, channels, details and end differ from that version; None where it was none."""


async def open_texts(
    services: Services, number: int, texts: Collection[TextName], *, seen: str, by: Officer
) -> None:
    """Note that an officer was shown some texts of an alert, as they stand.

    `seen` is its fingerprint on the page that shows them: Outdated where it is another since.
    """
    by.must(Permission.READ)
    async with services.unit() as unit:
        alert = await authorization.visible_alert(services, unit, number, by=by)
        if seen != alert.fingerprint():
            raise Outdated(alert=number)
        there = {(message.channel, message.language) for message in alert.messages}
        await reading_rows.add(
            unit.connection,
            unit.database,
            number,
            alert.version,
            {*texts} & there,
            officer=by.name,
            at=services.now(),
            since=alert.submitted_at,
        )


async def what_was_read(services: Services, number: int, *, by: Officer) -> WhatWasRead:
    """What an officer has opened of an alert, and what not."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        alert = await authorization.visible_alert(services, reading, number, by=by)
        return await _read_by(reading, alert, by.name)


async def require_opened(
    services: Services, number: int, waived: Collection[TextName], *, by: Officer
) -> None:
    """TextsUnread where an officer opened a text neither nor waved it through.

    For whoever decides on the page of an alert; a program answers for what it reads.
    """
    known = await what_was_read(services, number, by=by)
    if missing := [one for one in known.unread if one not in waived]:
        told = ", ".join(f"{channel}/{language}" for channel, language in missing)
        raise TextsUnread(alert=number, texts=told)


async def _read_by(reading: ReadTransaction, alert: Alert, officer: str) -> WhatWasRead:
    opened = await reading_rows.opened_by(reading.connection, alert.id, officer)
    versions = {
        version: await alert_rows.texts_of(reading.connection, alert.id, version)
        for version in dict.fromkeys(version for version, _, _ in opened)
    }
    read = {
        (message.channel, message.language, message.subject, message.text)
        for version, channel, language in opened
        for message in versions[version]
        if (message.channel, message.language) == (channel, language)
    }
    unread = tuple(
        (channel, language)
        for channel in alert.text_channels
        for language in alert.languages
        if (one := alert.message(channel, language))
        and (channel, language, one.subject, one.text) not in read
    )
    before = next((one for one in versions if one < alert.version), None)
    if before is None:
        return WhatWasRead(unread, None, (), None)
    chosen = await choice_rows.of_version(reading.connection, alert.id, before)
    change = ChoicesChange(chosen, AlertChoices.of(alert)) if chosen else None
    return WhatWasRead(unread, before, versions[before], change)
