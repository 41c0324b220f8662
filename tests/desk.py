"""The desk as its people see it: verbs for what they do, and a worker that runs when told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from alerting.actions import alerts, deciding, drafting, following, notices, sending
from alerting.catalogue import words_for
from alerting.delivery import plan, recovery
from alerting.delivery.dispatch import Dispatcher
from alerting.domain.alert import Alert, FollowUp
from alerting.domain.audience import Recipient
from alerting.domain.delivery import State
from alerting.domain.language import Language
from alerting.domain.staff import Officer, Role
from alerting.services import Services
from alerting.store import audience, ledger
from alerting.store.progress import DeliveryRow, page
from tests.doubles import Clock, ListedQueue, ScriptedChannel
from tests.make import newsroom, person

MILA = Officer("mila", Role.COMMUNICATOR)
JORIS = Officer("joris", Role.APPROVER)
LEEN = Officer("leen", Role.APPROVER)
DIRK = Officer("dirk", Role.DUTY_OFFICER)

DETAILS: dict[str, Any] = {
    "location": {"fr": "port de Liège", "nl": "haven van Luik", "de": "Hafen von Lüttich"},
    "substance": {"fr": "ammoniac", "nl": "ammoniak", "de": "Ammoniak"},
    "next_update": "15:30",
}
TYPED: dict[FollowUp, dict[str, Any]] = {
    FollowUp.UPDATE: {
        "instruction": "restez à l'intérieur",
        "change": "la zone est plus petite",
        "next_update": "16:30",
        "known": "la fuite est arrêtée",
        "unknown": "la cause",
        "doing": "les pompiers mesurent l'air",
    },
    FollowUp.CORRECTION: {
        "right": "ne pas boire l'eau",
        "wrong": "eau à faire bouillir 1 minute",
        "instruction": "buvez de l'eau en bouteille",
        "next_update": "16:30",
    },
    FollowUp.ALL_CLEAR: {
        "permitted": "sortir et ouvrir les fenêtres",
        "aftercare": "Aérez toutes les pièces",
        "info_phone": "0800 12 345",
        "evidence": "les mesures de l'air sont normales",
        "remaining": "rien",
    },
    FollowUp.FALSE_ALERT: {},
}


@dataclass
class Desk:
    """Officers at work on real services."""

    services: Services
    clock: Clock
    _dispatcher: Dispatcher | None = field(default=None)

    async def registers(self, *people: Recipient) -> None:
        """Put people on the lists."""
        async with self.services.unit() as unit:
            await audience.save(unit.connection, unit.database, people)

    async def registers_a_few(self) -> None:
        """Two people and a newsroom."""
        await self.registers(person(1), person(2), newsroom(1))

    async def drafts(
        self, *, by: Officer = MILA, area: Sequence[str] = ("Liège",), **more: Any
    ) -> Alert:
        """Draft a chemical alert."""
        wanted = {"scenario": "chem_shelter", "area": area, "values": DETAILS, **more}
        return await drafting.draft(self.services, drafting.DraftRequest(**wanted), by=by)

    async def approves(self, alert: Alert, *, by: Officer = JORIS) -> Alert:
        """Approve as somebody else."""
        return await deciding.approve(self.services, alert.id, by=by)

    async def sends(self, alert: Alert, *, by: Officer = MILA) -> Alert:
        """Let it go."""
        return await sending.send(self.services, alert.id, by=by)

    async def follows_up(
        self, alert: Alert, how: FollowUp, *, by: Officer = MILA, **wishes: Any
    ) -> Alert:
        """Prepare a follow-up, with what no alert before it can know."""
        wanted = following.FollowUpRequest(how=how, values=TYPED[how], **wishes)
        return await following.follow_up(self.services, alert.id, wanted, by=by)

    async def issues(self, **wishes: Any) -> Alert:
        """Draft, approve, send."""
        return await self.sends(await self.approves(await self.drafts(**wishes)))

    async def notices(self, officer: Officer) -> list[str]:
        """What an officer has not read yet, in English."""
        found = await notices.unread(self.services, by=officer)
        return [notices.in_words(one, words_for(Language.EN)) for one in found]

    async def works(self) -> None:
        """Do what is queued and due, until nothing is left."""
        queue = self.services.queue
        assert isinstance(queue, ListedQueue)
        if self._dispatcher is None:
            self._dispatcher = Dispatcher(self.services)
        while ready := [
            wake for wake in queue.waiting if wake.at is None or wake.at <= self.clock.now
        ]:
            for wake in ready:
                queue.waiting.remove(wake)
                if wake.job == "plan":
                    await plan.plan(self.services, *wake.arguments)
                else:
                    await self._dispatcher.send(wake.arguments[1])

    async def sweeps(self) -> None:
        """One round of the sweeper, and what it woke."""
        await recovery.sweep(self.services)
        await self.works()

    async def deliveries(self, alert: Alert) -> list[DeliveryRow]:
        """Every delivery of an alert."""
        async with self.services.reading() as reading:
            return await page(reading.connection, alert.id, limit=10_000)

    async def states(self, alert: Alert) -> dict[str, set[State]]:
        """The states deliveries are in, by channel."""
        found: dict[str, set[State]] = {}
        for row in await self.deliveries(alert):
            found.setdefault(row.channel, set()).add(row.state)
        return found

    async def reads(self, alert: Alert) -> Alert:
        """The alert as it stands."""
        return await alerts.read(self.services, alert.id, by=MILA)

    async def ledger(self) -> list[str]:
        """What stands in the ledger, in order."""
        async with self.services.reading() as reading:
            return [one.what for one in await ledger.entries(reading.connection)]

    def channel(self, name: str) -> ScriptedChannel:
        """A channel, to look at what it was asked."""
        found = self.services.channels[name]
        assert isinstance(found, ScriptedChannel)
        return found
