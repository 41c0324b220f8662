"""The desk as its people see it: verbs for what they do, and a worker that runs when told."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from alerting.actions.alerts import drafting, follow_ups, queries
from alerting.actions.staff_notifications import inbox as notifications
from alerting.delivery import planning, recovery
from alerting.delivery.dispatcher import Dispatcher
from alerting.delivery.heartbeat import Heartbeat
from alerting.domain.alert import Alert, FollowUp
from alerting.domain.delivery import State
from alerting.domain.delivery_row import DeliveryRow
from alerting.domain.jobs import PlanChannel, SendChunk
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Role
from alerting.domain.recipient import Recipient
from alerting.domain.route import Override
from alerting.i18n import translator_for
from alerting.services import Services
from alerting.store import ledger, tables
from alerting.store.deliveries import chunks as chunk_rows
from alerting.store.deliveries.chunks import Lease
from alerting.store.deliveries.search import page
from alerting.store.recipients import repository as recipient_rows
from tests import having_read
from tests.doubles import Clock, ListedQueue, ScriptedChannel
from tests.make import newsroom, person

MILA = Officer("mila", Role.COMMUNICATOR)
JORIS = Officer("joris", Role.APPROVER)
LEEN = Officer("leen", Role.APPROVER)
DIRK = Officer("dirk", Role.DUTY_OFFICER)

DETAILS: dict[str, Any] = {
    "location": {"fr": "port de Liège", "nl": "haven van Luik", "de": "Hafen von Lüttich"},
    "substance": {"fr": "ammoniac", "nl": "ammoniak", "de": "Ammoniak"},
    "next_update": "2030-02-15T15:30",
}
"""The next message is promised for a day that no test waits for."""
CLOSED: dict[str, Any] = {"substance": "ammonia", "next_update": "2030-02-15T15:30"}
"""Details without a word typed: what one person may send alone."""
TYPED: dict[FollowUp, dict[str, Any]] = {
    FollowUp.UPDATE: {
        "instruction": "restez à l'intérieur",
        "change": "la zone est plus petite",
        "next_update": "2030-02-15T16:30",
        "known": "la fuite est arrêtée",
        "unknown": "la cause",
        "doing": "les pompiers mesurent l'air",
    },
    FollowUp.CORRECTION: {
        "right": "l'eau n'est pas potable, même bouillie",
        "wrong": "l'eau est potable une fois bouillie",
        "instruction": "buvez de l'eau en bouteille",
        "next_update": "2030-02-15T16:30",
    },
    FollowUp.ALL_CLEAR: {
        "permitted": "sortir et ouvrir les fenêtres",
        "aftercare": "Aérez toutes les pièces",
        "info_phone": "0800 30 300",
        "evidence": "les mesures de l'air sont normales",
        "remaining": "rue de l'Usine fermée",
    },
    FollowUp.FALSE_ALERT: {},
}


@dataclass
class Desk:
    """Officers at work on real services."""

    services: Services
    clock: Clock

    @cached_property
    def dispatcher(self) -> Dispatcher:
        """The worker's."""
        return Dispatcher(self.services)

    async def registers(self, *people: Recipient) -> None:
        """Put people on the lists."""
        async with self.services.unit() as unit:
            await recipient_rows.save(
                unit.connection, unit.database, people, self.services.opt_out_hmacs()
            )

    async def registers_a_few(self) -> None:
        """Two people and a newsroom."""
        await self.registers(person(1), person(2), newsroom(1))

    async def drafts(
        self, *, by: Officer = MILA, area: Sequence[str] = ("4000 Liège",), **more: Any
    ) -> Alert:
        """Draft a chemical alert."""
        wanted = {"scenario": "chem_shelter", "area": area, "values": DETAILS, **more}
        return await drafting.draft(self.services, drafting.DraftRequest(**wanted), by=by)

    async def submits(self, alert: Alert, *, by: Officer = MILA, note: str = "") -> Alert:
        """Ask for approval."""
        return await having_read.submit(self.services, alert.id, by=by, note=note)

    async def approves(self, alert: Alert, *, by: Officer = JORIS) -> Alert:
        """Approve as somebody else."""
        return await having_read.approve(self.services, alert.id, by=by)

    async def sends(self, alert: Alert, *, by: Officer = MILA) -> Alert:
        """Let it go."""
        return await having_read.send(self.services, alert.id, by=by)

    async def follows_up(
        self, alert: Alert, how: FollowUp, *, by: Officer = MILA, **preferred_channels: Any
    ) -> Alert:
        """Prepare a follow-up, with what no alert before it can know."""
        values = preferred_channels.pop("values", TYPED[how])
        if how is FollowUp.FALSE_ALERT:
            preferred_channels.setdefault("reason", "There never was a danger.")
        wanted = follow_ups.FollowUpRequest(how=how, values=values, **preferred_channels)
        return await follow_ups.create_follow_up(self.services, alert.id, wanted, by=by)

    async def issues(self, **preferred_channels: Any) -> Alert:
        """Draft, approve, send."""
        return await self.sends(await self.approves(await self.drafts(**preferred_channels)))

    async def notifications(self, officer: Officer) -> list[str]:
        """What an officer has not read yet, in English."""
        found = await notifications.list_unread(self.services, by=officer)
        return [notifications.in_words(one, translator_for(Language.EN)) for one in found]

    async def works(self) -> None:
        """Do what is queued and due, until nothing is left."""
        queue = self.services.queue
        assert isinstance(queue, ListedQueue)
        while ready := [
            wake for wake in queue.waiting if wake.at is None or wake.at <= self.clock.now
        ]:
            for wake in ready:
                queue.waiting.remove(wake)
                match wake.job:
                    case PlanChannel(number, channel):
                        await planning.plan_channel(self.services, channel, number)
                    case SendChunk():
                        await self.dispatcher.send(wake.job)

    async def plans(self) -> None:
        """Do what is planned, and send nothing yet."""
        queue = self.services.queue
        assert isinstance(queue, ListedQueue)
        for wake in list(queue.waiting):
            if isinstance(wake.job, PlanChannel):
                queue.waiting.remove(wake)
                await planning.plan_channel(self.services, wake.job.channel, wake.job.alert)

    async def sends_one_chunk(self) -> None:
        """Send the first chunk there is."""
        await self.dispatcher.send_one(await self._first_ready())

    async def leases_one_chunk(self, by: str = "worker") -> Lease:
        """Take the first chunk there is, and send nothing of it yet."""
        job = await self._first_ready()
        now = self.clock()
        held = await self.services.database.at_once(
            lambda connection: chunk_rows.lease(connection, job.chunk, by=by, now=now)
        )
        assert held is not None
        return held

    async def loses_its_worker(self, held: Lease | None = None) -> None:
        """A worker took a chunk and died: nobody knows how far it came."""
        await self.plans()
        if held is None:
            await self.leases_one_chunk(by="a worker that died")
        await Heartbeat(self.services, "another").begin_alone()

    async def chunks(self) -> list[int]:
        """The numbers of all chunks."""
        async with self.services.reading() as reading:
            query = sa.select(tables.chunk.c.id).order_by(tables.chunk.c.id)
            return list(await reading.connection.scalars(query))

    async def chunk(self, number: int) -> sa.Row[Any]:
        """A chunk's row."""
        async with self.services.reading() as reading:
            query = sa.select(tables.chunk).where(tables.chunk.c.id == number)
            return (await reading.connection.execute(query)).one()

    async def decides(self, channel: ScriptedChannel, override: Override) -> None:
        """An operator decides about a route, and every worker learns of it."""
        async with self.services.unit() as unit:
            await unit.connection.execute(
                sa.insert(tables.route).values(
                    channel=channel.name, route=channel.route, decision=override
                )
            )
        await self.dispatcher.selector.share()

    async def _first_ready(self) -> SendChunk:
        return (await self.dispatcher.due())[0]

    async def sweeps(self) -> None:
        """A second of a worker: a round of the sweeper, and what is due."""
        await self.sweeps_only()
        await self.works()
        for job in await self.dispatcher.due():
            await self.dispatcher.send(job)

    async def sweeps_only(self) -> None:
        """One round of the sweeper."""
        await self.dispatcher.selector.probe()
        await recovery.recover_alerts(self.services)

    async def deliveries(self, alert: Alert) -> list[DeliveryRow]:
        """Every delivery of an alert."""
        async with self.services.reading() as reading:
            return list((await page(reading.connection, alert.id, limit=10_000)).items)

    async def states(self, alert: Alert) -> dict[str, set[State]]:
        """The states deliveries are in, by channel."""
        found: dict[str, set[State]] = {}
        for row in await self.deliveries(alert):
            found.setdefault(row.channel, set()).add(row.state)
        return found

    async def reads(self, alert: Alert) -> Alert:
        """The alert as it stands."""
        return await queries.get_alert(self.services, alert.id, by=MILA)

    async def ledger(self) -> list[str]:
        """What stands in the ledger, in order."""
        async with self.services.reading() as reading:
            return [one.what for one in await ledger.entries(reading.connection)]

    def channel(self, name: str) -> ScriptedChannel:
        """A channel, to look at what it was asked."""
        found = self.services.channels[name]
        assert isinstance(found, ScriptedChannel)
        return found
