"""Notices: what officers must know at once, shown to each until they have read it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from alerting.catalogue import Words
from alerting.domain.alert import Alert
from alerting.domain.authority import scope_of
from alerting.domain.errors import AlertingError, NotFound
from alerting.domain.staff import Officer, Permission
from alerting.domain.words import msgid
from alerting.services import Services
from alerting.store import notices
from alerting.store.notices import Notice
from alerting.store.unit import Unit

NOTICE = msgid("notice")


async def tell_everyone(
    services: Services, unit: Unit, alert: Alert, says: str, **facts: Any
) -> None:
    """Tell everybody who may read alerts, in the transaction of what they are told about."""
    await notices.add(
        unit.connection,
        at=services.now(),
        alert=alert.id,
        says=says,
        facts=_plain({"alert": alert.id, **facts}),
        permission=Permission.READ,
    )


async def tell(
    services: Services, unit: Unit, alert: Alert, officers: set[str], says: str, **facts: Any
) -> None:
    """Tell these officers."""
    for name in sorted(officers - {""}):
        await notices.add(
            unit.connection,
            at=services.now(),
            alert=alert.id,
            says=says,
            facts=_plain({"alert": alert.id, **facts}),
            officer=name,
        )


async def unread(services: Services, *, by: Officer) -> list[Notice]:
    """What this officer has not read yet, newest first."""
    by.must(Permission.READ)
    async with services.reading() as reading:
        return await notices.unread(
            reading.connection,
            by.name,
            _held(by),
            scope=scope_of(by.authority),
            now=services.now(),
        )


async def read(services: Services, number: int, *, by: Officer) -> None:
    """Note that this officer has read it; harmless when repeated, NotFound if it is not theirs."""
    by.must(Permission.READ)
    async with services.unit() as unit:
        theirs = await notices.mark_read(
            unit.connection,
            unit.database,
            number,
            officer=by.name,
            permissions=_held(by),
            scope=scope_of(by.authority),
            at=services.now(),
        )
        if not theirs:
            raise NotFound(what=NOTICE, number=number)


def in_words(notice: Notice, words: Words) -> str:
    """A notice in a language, as it was meant for one officer or for all."""
    return _told(notice.says, notice.facts, words)


def _told(says: str, facts: Mapping[str, Any], words: Words) -> str:
    filled: dict[str, object] = {}
    for name, fact in facts.items():
        match fact:
            case {"at": str(stamp)}:
                filled[name] = datetime.fromisoformat(stamp)
            case {"says": str(inner), "facts": dict(inner_facts)}:
                filled[name] = _told(inner, inner_facts, words)
            case _:
                filled[name] = fact
    return words(says, **filled)


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as JSON: moments and problems keep their kind, to be told in each reader's language."""
    plain: dict[str, Any] = {}
    for name, fact in facts.items():
        match fact:
            case datetime():
                plain[name] = {"at": fact.isoformat()}
            case AlertingError():
                plain[name] = {"says": fact.says, "facts": _plain(fact.facts)}
            case _:
                plain[name] = fact
    return plain


def _held(officer: Officer) -> list[str]:
    return [one.value for one in Permission if officer.may(one)]
