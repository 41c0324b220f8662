"""Try again those who were not reached, and only those: an address or a provider was mended."""

from dataclasses import replace
from datetime import datetime

from alerting.actions import authorization
from alerting.actions.alerts import text_checks
from alerting.actions.alerts.alone import must_go_on
from alerting.actions.alerts.guards import (
    list_changes_now,
    lock_alert,
    notify_of_list_changes,
    reason_of_approval,
    record_on_alert,
    require_time_left,
)
from alerting.actions.templates.scenarios import list_scenarios
from alerting.delivery.audiences import criteria, precedence_of
from alerting.delivery.planning import WAKES
from alerting.domain.alert import Alert, AlertState, StepReason
from alerting.domain.channel import AnyChannel
from alerting.domain.channel_profiles import Reach, reach_of
from alerting.domain.errors import Refusal
from alerting.domain.four_eyes import (
    must_be_justified,
    must_reach_who_was_approved,
    must_say_what_was_approved,
)
from alerting.domain.jobs import SendChunk
from alerting.domain.officer import Officer, Permission
from alerting.domain.staff_notification import Gravity, NoticeText
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store.alerts import repository as alert_rows
from alerting.store.deliveries import changes as delivery_changes
from alerting.store.deliveries.criteria import ADDRESS
from alerting.store.deliveries.planning import may_be_retried
from alerting.store.unit_of_work import UnitOfWork

RETRIED = (AlertState.SENDING, AlertState.ACTIVE)
NOT_RETRIED = NoticeText(
    gravity=Gravity.STOPPED,
    says=msgid(
        "{officer} wanted to try the failed messages of alert {alert} again; none was sent: "
        "{problem}"
    ),
    asks=msgid("was not sent again, approval needed"),
)
MAX_RETRIED = 20_000
"""On each channel: more failed than that is a matter for a new alert, or another channel."""


class NothingFailed(Refusal):
    """Of `alert`, nothing failed that could be tried again."""

    says = msgid("Alert {alert} has no failed messages that can be tried again.")
    remedy = msgid("Check the deliveries: those that are waiting are tried again automatically.")


async def failed_to_retry(services: Services, number: int, *, by: Officer) -> dict[str, int]:
    """How many messages of an alert would be tried again now, by channel; empty where none would.

    A person who has no address any more is left out, as in `retry_failed`.
    """
    by.must(Permission.RETRY)
    async with services.reading() as reading:
        alert = await authorization.visible_alert(services, reading, number, by=by)
        counted = {
            name: await reading.connection.run_sync(
                delivery_changes.count_failed,
                number,
                name,
                ADDRESS[reach_of(name)],
                may_be_retried(
                    number, await criteria(services, reading.connection, alert, channel)
                ),
            )
            for name, channel in _repeatable(services, alert)
        }
    return {name: min(n, MAX_RETRIED) for name, n in counted.items() if n}


def _repeatable(services: Services, alert: Alert) -> list[tuple[str, AnyChannel]]:
    """Its channels; a post that was refused is written anew, not repeated."""
    return [
        (name, channel)
        for name in alert.channels
        if (channel := services.channels.get(name)) and reach_of(name) is not Reach.ACCOUNT
    ]


async def retry_failed(
    services: Services,
    number: int,
    *,
    by: Officer,
    reason: StepReason,
    note: str = "",
    accept_times: bool = False,
) -> int:
    """Let everything that failed be tried once more, to the addresses of today; how many.

    What was handed over, or may have been, is left alone, and so are what ended too late and whom
    the alert would not reach today. What somebody judged not justified is not tried: NotJustified.
    The alert is finished again when these have come to their end. Where the lists changed too much
    since the approval, nothing is tried until somebody approves it for them: AudienceChanged. Where
    hours in its texts have passed since the approval, only with `accept_times`: TimesPassed.
    """
    by.must(Permission.RETRY)
    given, now = reason_of_approval(reason, note), services.now()
    await list_scenarios(services)
    passed = await text_checks.passed_times(services, number, leaves=now, by=by)
    async with (
        notify_of_list_changes(services, number, Permission.RETRY, NOT_RETRIED, by=by),
        services.unit() as unit,
    ):
        act = msgid("retry")
        alert = await lock_alert(
            services, unit, number, Permission.RETRY, act, by=by, among=RETRIED, seen=None
        )
        require_time_left(alert, now)
        must_be_justified(alert)
        await must_go_on(services, unit, alert)
        must_say_what_was_approved(alert)
        must_reach_who_was_approved(alert, await list_changes_now(services, unit, alert))
        accepted = passed.require_accepted(alert, accept=accept_times)
        again = await _reopen(services, unit, alert, now=now)
        if not again:
            raise NothingFailed(alert=number)
        sending = replace(alert, state=AlertState.SENDING, finished_at=None)
        await record_on_alert(
            unit,
            await alert_rows.save(unit.connection, sending),
            "alert.retried",
            by=by,
            at=now,
            more={"again": again, **given, **accepted},
        )
    return sum(again.values())


async def _reopen(
    services: Services, unit: UnitOfWork, alert: Alert, *, now: datetime
) -> dict[str, int]:
    """Let what failed wait again; how many by channel, without those where nothing did.

    After the commit, the first WAKES chunks of each channel are sent.
    """
    again: dict[str, int] = {}
    for name, channel in _repeatable(services, alert):
        n, chunks = await unit.connection.run_sync(
            delivery_changes.reopen_failed,
            unit.database,
            alert.id,
            name,
            ADDRESS[reach_of(name)],
            may_be_retried(alert.id, await criteria(services, unit.connection, alert, channel)),
            now=now,
            at_most=MAX_RETRIED,
        )
        if n:
            again[name] = n
        precedence = precedence_of(alert, channel)
        for chunk_id in chunks[:WAKES]:
            unit.after_commit(SendChunk(alert.id, name, chunk_id, precedence))
    return again
