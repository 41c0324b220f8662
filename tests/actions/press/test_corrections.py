"""A correction goes to whoever has, or may have, what it corrects: all of them, and nobody else."""

from dataclasses import dataclass, replace
from random import Random

import pytest

from alerting.actions.press import writing
from alerting.delivery.heartbeat import Heartbeat
from alerting.domain.channel import Accepted, FailureReason, Outcome, Refused
from alerting.domain.errors import NeedsSecondPerson
from alerting.domain.language import Language
from alerting.domain.press.states import ReleaseState
from alerting.domain.recipient import Recipient
from alerting.store.deliveries import chunks as chunk_rows
from tests.desk import Desk
from tests.doubles import ScriptedChannel
from tests.make import GENT, LIEGE
from tests.press_office import LEEN, PAUL, PIA, PressOffice, newsroom
from tests.tiers import WHOLE

HISTORIES = 1_000 if WHOLE else 8
LANGUAGES = (Language.FR, Language.NL, Language.DE)


@dataclass
class FatefulChannel(ScriptedChannel):
    """Refuses some addresses."""

    refuses: frozenset[str] = frozenset()

    async def send(self, prepared: str, *, to: str, key: str, **more: object) -> Outcome:
        if to in self.refuses:
            return Refused(FailureReason.ADDRESS_DEAD)
        self.sent.append((to, key, prepared))
        return Accepted(reference=key)


@pytest.mark.parametrize("seed", range(HISTORIES))
async def test_all_holders_and_nobody_else(desk: Desk, seed: int) -> None:
    random = Random(seed)  # noqa: S311  a history, and no secret
    office = PressOffice(desk)
    desks = [newsroom(f"n{n}", random.choice(LANGUAGES)) for n in range(random.randint(2, 7))]
    fates = {one.email: random.choice(("taken", "refused", "in doubt")) for one in desks}
    channel = FatefulChannel(name="press", chunk=1)
    channel.refuses = frozenset(to for to, fate in fates.items() if fate == "refused")
    desk.services.routes["press"] = (channel,)  # type: ignore[index]
    desk.services.channels["press"] = channel  # type: ignore[index]
    await desk.registers(*desks)
    release = await office.approves(await office.submits(await office.writes()))
    published = await office.publishes(release)
    await desk.plans()
    chunks = await desk.chunks()
    for number, one in zip(chunks, desks, strict=True):
        if fates[one.email] == "in doubt":
            await lose(desk, number)
    await desk.works()
    await Heartbeat(desk.services, "another").begin_alone()

    await desk.registers(*changed(desks, random), newsroom("new", random.choice(LANGUAGES)))
    correction = await office.approves(await office.submits(await office.corrects(published)))
    channel.sent.clear()
    channel.refuses = frozenset()
    await office.publishes(correction)
    for _ in range(4):
        await desk.works()
        await desk.sweeps()
        desk.clock.forward(seconds=2)
    told = sorted(to for to, _, text in channel.sent if "320" in text)
    assert told == sorted(to for to, fate in fates.items() if fate != "refused")
    assert await office.state(published) is ReleaseState.CORRECTED


async def lose(desk: Desk, chunk: int) -> None:
    """A worker took the chunk, and died: nobody knows whether its mail left."""
    now = desk.clock()
    await desk.services.database.at_once(
        lambda connection: chunk_rows.lease(connection, chunk, by="a dead worker", now=now)
    )


def changed(desks: list[Recipient], random: Random) -> list[Recipient]:
    """The entries as an import leaves them: moved, with another address, in another language."""
    ways = (
        lambda one: one,
        lambda one: replace(one, nis_code=random.choice((LIEGE, GENT))),
        lambda one: replace(one, email=f"other-{one.email}"),
        lambda one: replace(one, language=random.choice(LANGUAGES)),
    )
    return [random.choice(ways)(one) for one in desks]


async def test_it_says_what_changes_and_that_it_is_one(desk: Desk) -> None:
    office = PressOffice(desk)
    await desk.registers(newsroom("le-pays"), newsroom("het-land", Language.NL))
    published = await office.brings_to(ReleaseState.RELEASED)
    await office.mailed()
    correction = await office.approves(await office.submits(await office.corrects(published)))
    await office.publishes(correction)
    texts = dict(await office.mailed())
    assert "RECTIFICATION" in texts["le-pays"]
    assert "Ce qui change" in texts["le-pays"]
    assert "RECHTZETTING" in texts["het-land"]


async def test_who_asks_twice_writes_in_the_same_correction(desk: Desk) -> None:
    office = PressOffice(desk)
    published = await office.brings_to(ReleaseState.RELEASED)
    first = await writing.correct_release(desk.services, published.id, by=PIA)
    assert (await writing.correct_release(desk.services, published.id, by=PIA)).id == first.id


async def test_who_wrote_what_is_corrected_does_not_approve_the_correction(desk: Desk) -> None:
    office = PressOffice(desk)
    published = await office.brings_to(ReleaseState.RELEASED)
    correction = await office.submits(await office.corrects(published, by=PAUL), by=PAUL)
    with pytest.raises(NeedsSecondPerson):
        await office.approves(correction, by=PIA)
    await office.approves(correction, by=LEEN)
