"""An alert like this one that is under way already: shown before people get it a second time."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from alerting.domain.alert import IN_FORCE, Alert, AlertState, FollowUp
from alerting.domain.errors import SameUnderWay
from alerting.domain.finding import Finding, FindingSeverity
from alerting.domain.language import Language
from alerting.domain.text.i18n import ByLanguage, msgid
from alerting.services import Services
from alerting.store.alerts import repository as alert_rows

RULE, SCHEDULED = "same-alert-under-way", "same-alert-scheduled"
RULES = frozenset({RULE, SCHEDULED})
OVER = frozenset({FollowUp.ALL_CLEAR, FollowUp.FALSE_ALERT})
"""What says that a danger is over: no second alert is one too many after it."""
ROOM = 60


async def same_alerts_under_way(
    services: Services, connection: AsyncConnection, alert: Alert, *, now: datetime
) -> list[Finding]:
    """A finding for each alert in force, or scheduled, of its scenario, class and area.

    An update counts as what it updates. None for what follows an alert itself; for what has left,
    to be resumed, those that left after it.
    """
    if alert.previous_alert is not None:
        return []
    findings = []
    for one in await alert_rows.in_force_in(
        connection, alert.area, alert.alert_class, (*IN_FORCE, AlertState.SCHEDULED), now=now
    ):
        if one.id == alert.id or one.follow_up in OVER:
            continue
        if alert.sent_at and one.sent_at and one.sent_at <= alert.sent_at:
            continue
        if await _scenario(connection, one) == alert.scenario:
            findings.append(_finding(services, one, tuple(sorted({*one.area} & {*alert.area}))))
    return findings


async def require_accepted(
    services: Services, connection: AsyncConnection, alert: Alert, *, now: datetime, accept: bool
) -> dict[str, list[int]]:
    """Refuse to alert people to the same a second time: SameUnderWay.

    What is accepted comes back for the ledger. None of this holds up what follows an alert.
    """
    same = await same_alerts_under_way(services, connection, alert, now=now)
    found = [int(str(finding.facts["alert"])) for finding in same]
    if found and not accept:
        raise SameUnderWay(alert=alert.id, others=", ".join(map(str, found)))
    return {"accepted_same": found} if found else {}


def numbers(findings: Sequence[Finding]) -> list[int]:
    """The alerts that findings name as under way: an update of one of them says it once."""
    return [int(str(finding.facts["alert"])) for finding in findings if finding.rule == RULE]


async def _scenario(connection: AsyncConnection, alert: Alert) -> str:
    """The scenario of the first alert of its chain."""
    first = alert
    while first.previous_alert is not None:
        first = await alert_rows.load(connection, first.previous_alert)
    return first.scenario


def _finding(services: Services, alert: Alert, shared: tuple[str, ...]) -> Finding:
    area = {
        language: services.gazetteer.area_name(shared, language, room=ROOM) for language in Language
    }
    facts = {"alert": alert.id, "area": ByLanguage(area)}
    if alert.state is AlertState.SCHEDULED:
        return Finding(
            severity=FindingSeverity.WARNS,
            rule=SCHEDULED,
            says=msgid(
                "Alert {alert}, scheduled for {at}, is the same and also covers this area "
                "({area}): recipients would be alerted twice."
            ),
            remedy=msgid("Send only one of the two."),
            facts={**facts, "at": alert.send_at},
        )
    return Finding(
        severity=FindingSeverity.WARNS,
        rule=RULE,
        says=msgid(
            "Alert {alert}, sent on {sent_at}, is the same and is still active in this "
            "area ({area}): recipients would be alerted twice."
        ),
        remedy=msgid("Create an update of alert {alert} instead."),
        facts={**facts, "sent_at": alert.sent_at},
    )
