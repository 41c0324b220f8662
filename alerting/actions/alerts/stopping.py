"""Stop and resume: nearly everybody may stop, at once and without being asked twice."""

from dataclasses import replace

from alerting.actions.alerts.guards import hold, must_last, reason_of, record
from alerting.domain.alert import Alert, AlertState
from alerting.domain.officer import Officer, Permission
from alerting.domain.text.i18n import msgid
from alerting.services import Services
from alerting.store.alerts import repository as alerts
from alerting.store.deliveries import planning


async def stop(services: Services, number: int, *, by: Officer, reason: str = "") -> Alert:
    """Halt an alert: what was not handed over waits, until it is resumed or followed up.

    A reason is welcome and not asked for: stopping is easier than starting.
    """
    by.must(Permission.STOP)
    reason, now = reason_of(reason), services.now()
    async with services.unit() as unit:
        found = await hold(
            services,
            unit,
            number,
            Permission.STOP,
            msgid("stop"),
            by=by,
            among=(AlertState.SENDING,),
        )
        stopped = await alerts.save(unit.connection, replace(found, state=AlertState.STOPPED))
        await record(unit, stopped, "alert.stopped", by=by, at=now, more={"reason": reason})
    return stopped


async def resume(services: Services, number: int, *, by: Officer) -> Alert:
    """Let a stopped alert go on where it was; what it says was approved and cannot change."""
    by.must(Permission.RESUME)
    now = services.now()
    async with services.unit() as unit:
        found = await hold(
            services,
            unit,
            number,
            Permission.RESUME,
            msgid("resume"),
            by=by,
            among=(AlertState.STOPPED,),
        )
        must_last(found, now)
        resumed = await alerts.save(unit.connection, replace(found, state=AlertState.SENDING))
        for channel in await planning.unfinished(unit.connection, number):
            unit.after_commit("plan", channel, number, lane=resumed.lane)
        await record(unit, resumed, "alert.resumed", by=by, at=now)
    return resumed
