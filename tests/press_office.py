"""A press office at work: officers who write and review, and the database's own clock."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from alerting.actions.press import publishing, queries, review, writing
from alerting.actions.press.writing import ReleaseChanges, ReleaseRequest
from alerting.domain.language import Language
from alerting.domain.officer import Officer, Role
from alerting.domain.press.release import KeyFigure, Quote, Release
from alerting.domain.press.states import ReleaseState
from alerting.domain.recipient import Recipient, RecipientKind
from alerting.services import Services
from alerting.store.press import releases as release_rows
from tests.desk import Desk

PIA = Officer("pia", Role.PRESS_OFFICER)
PAUL = Officer("paul", Role.PRESS_OFFICER)
LEEN = Officer("leen", Role.APPROVER)

TEXTS: Mapping[Language, Mapping[str, Any]] = {
    Language.FR: {
        "headline": "Exercice catastrophe à Liège le 12 janvier",
        "lead": "La commune de Liège s’exerce avec 300 personnes.",
        "body": "L’exercice commence à 9h00.\n\n- Rue Léopold fermée",
        "quotes": (Quote(text="Nous serons prêts", speaker="Anne Dupont", function="échevine"),),
        "facts": (KeyFigure(label="Participants", value="300"),),
        "contact": "Presse FR\n+32 4 221 80 00, de 8h00 à 18h00",
        "place": "Liège",
    },
    Language.NL: {
        "headline": "Rampoefening in Luik op 12 januari",
        "lead": "De gemeente Luik oefent met 300 personen.",
        "body": "De oefening begint om 9.00 uur.\n\n- Rue Léopold afgesloten",
        "quotes": (Quote(text="We zullen klaar zijn", speaker="Anne Dupont", function="schepen"),),
        "facts": (KeyFigure(label="Deelnemers", value="300"),),
        "contact": "Pers NL\n+32 4 221 80 00, van 8.00 tot 18.00 uur",
        "place": "Luik",
    },
    Language.DE: {
        "headline": "Katastrophenübung in Lüttich am 12. Januar",
        "lead": "Die Gemeinde Lüttich übt mit 300 Personen.",
        "body": "Die Übung beginnt um 9:00 Uhr.\n\n- Rue Léopold gesperrt",
        "quotes": (Quote(text="Wir sind bereit", speaker="Anne Dupont", function="Schöffin"),),
        "facts": (KeyFigure(label="Teilnehmer", value="300"),),
        "contact": "Presse DE\n+32 4 221 80 00, von 8:00 bis 18:00 Uhr",
        "place": "Lüttich",
    },
}
"""A release that the checks find nothing in."""


def newsroom(name: str, language: Language = Language.FR, *, nis_code: str = "") -> Recipient:
    """A desk that covers a place; without one, the country."""
    return Recipient(
        kind=RecipientKind.PRESS,
        reference=name,
        language=language,
        nis_code=nis_code,
        outlet=name,
        email=f"{name}@example.org",
    )


Step = tuple[ReleaseState, Callable[[Release], Awaitable[Release]] | None]


@dataclass
class PressOffice:
    """Verbs for what a press office does. Its clock is set by that of the database."""

    desk: Desk

    @property
    def services(self) -> Services:
        """What it works with."""
        return self.desk.services

    async def now(self) -> datetime:
        """What the clock of the database says."""
        async with self.services.reading() as reading:
            return await release_rows.now_of(reading.connection)

    async def sets_clock(self, ahead: timedelta = timedelta()) -> datetime:
        """Let the clock of the process agree with the database, but for so much."""
        self.desk.clock.now = datetime.now(UTC) + ahead
        return self.desk.clock.now

    async def writes(
        self,
        *,
        by: Officer = PIA,
        area: tuple[str, ...] = ("4000 Liège",),
        also_in: tuple[Language, ...] = (Language.NL, Language.DE),
        texts: Mapping[Language, Mapping[str, Any]] = TEXTS,
        embargo_until: datetime | None = None,
    ) -> Release:
        """A draft with texts in each of its languages."""
        request = ReleaseRequest(area=area, also_in=also_in)
        begun = await writing.create_release(self.services, request, by=by)
        changes = ReleaseChanges(
            revision=begun.revision,
            texts={language: texts[language] for language in begun.languages},
            embargo_until=embargo_until,
        )
        return await writing.save_release(self.services, begun.id, changes, by=by)

    async def submits(self, release: Release, *, by: Officer = PIA) -> Release:
        """Ask for a review."""
        return await review.submit_release(
            self.services, release.id, by=by, seen=release.fingerprint()
        )

    async def approves(self, release: Release, *, by: Officer = PAUL) -> Release:
        """Vouch for it."""
        return await review.approve_release(
            self.services, release.id, by=by, seen=release.fingerprint()
        )

    async def publishes(self, release: Release, *, by: Officer = PIA) -> Release:
        """Make it public at once."""
        return await publishing.publish_release(
            self.services, release.id, by=by, seen=release.fingerprint()
        )

    async def arms(self, release: Release, *, by: Officer = PIA) -> Release:
        """Have it become public when its embargo ends."""
        return await publishing.arm_release(
            self.services, release.id, by=by, seen=release.fingerprint()
        )

    async def corrects(self, release: Release, *, by: Officer = PIA) -> Release:
        """A correction that says in each language what changes."""
        begun = await writing.correct_release(self.services, release.id, by=by)
        changes = ReleaseChanges(
            revision=begun.revision,
            texts={
                one: {"facts": (KeyFigure(label="300", value="320"),)} for one in begun.languages
            },
            changed=dict.fromkeys(begun.languages, "320, 300"),
        )
        return await writing.save_release(self.services, begun.id, changes, by=by)

    async def brings_to(self, state: ReleaseState) -> Release:
        """A release in that state."""
        embargo = None
        if state is ReleaseState.ARMED:
            embargo = await self.sets_clock() + timedelta(hours=1)
        release = await self.writes(embargo_until=embargo)
        for reached, act in self._way_to(state):
            if act is not None:
                release = await act(release)
            if reached is state:
                break
        return await self.reads(release)

    def _way_to(self, state: ReleaseState) -> Iterator[Step]:
        """The acts on the way, each with the state it leads to."""
        yield ReleaseState.DRAFT, None
        if state is ReleaseState.DISCARDED:
            yield state, self._discards
        yield ReleaseState.IN_REVIEW, self.submits
        if state is ReleaseState.RETURNED:
            yield state, self._returns
        yield ReleaseState.APPROVED, self.approves
        if state is ReleaseState.ARMED:
            yield state, self.arms
        yield ReleaseState.RELEASED, self.publishes
        if state is ReleaseState.CORRECTED:
            yield state, self._has_corrected
        yield ReleaseState.WITHDRAWN, self._withdraws

    async def _discards(self, release: Release) -> Release:
        return await writing.discard_release(
            self.services, release.id, by=PIA, reason="No longer needed at all"
        )

    async def _returns(self, release: Release) -> Release:
        return await review.return_release(
            self.services, release.id, by=PAUL, reason="The hour is not right yet"
        )

    async def _has_corrected(self, release: Release) -> Release:
        correction = await self.approves(await self.submits(await self.corrects(release)))
        await self.publishes(correction)
        return release

    async def _withdraws(self, release: Release) -> Release:
        return await publishing.withdraw_release(
            self.services, release.id, by=LEEN, reason="It told a wrong number of people"
        )

    async def reads(self, release: Release) -> Release:
        """As it stands."""
        return (await queries.get_release(self.services, release.id, by=PIA)).release

    async def state(self, release: Release) -> ReleaseState:
        """What it is called now."""
        return (await queries.get_release(self.services, release.id, by=PIA)).state

    async def mailed(self) -> list[tuple[str, str]]:
        """To whom which text went since this was asked."""
        await self.desk.works()
        channel = self.desk.channel("press")
        found = [(to.partition("@")[0], text) for to, _, text in channel.sent]
        channel.sent.clear()
        return sorted(found)
