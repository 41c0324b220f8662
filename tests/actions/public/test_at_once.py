"""Whatever happens at once, the folder ends as if everything had been made anew."""

import asyncio
from pathlib import Path
from random import Random

import pytest

from alerting.actions.public.publishing import Publisher
from alerting.actions.public.units import Makers
from alerting.domain.alert import AlertClass, FollowUp
from alerting.store import Database
from tests.actions.public.standins import publisher, served
from tests.desk import CLOSED, Desk
from tests.doubles import Clock
from tests.make import EUPEN, LIEGE, make_services, person
from tests.tiers import WHOLE

PUBLISHERS = 3
MAKERS = Makers(all_towns=lambda _: [LIEGE, EUPEN])


async def act(desk: Desk, random: Random) -> None:
    """An alert, and what may become of it."""
    kind = random.choice((AlertClass.ALERT, AlertClass.ALERT, AlertClass.EXERCISE, AlertClass.TEST))
    alert = await desk.issues(channels=["email"], values=CLOSED, alert_class=kind)
    for how in random.sample([*FollowUp, None], 2):
        if how is None:
            continue
        await asyncio.sleep(0)
        alert = await desk.sends(await desk.approves(await desk.follows_up(alert, how)))
        if how in {FollowUp.ALL_CLEAR, FollowUp.FALSE_ALERT}:
            return


async def publish_until(made: Publisher, over: asyncio.Event) -> None:
    """First what is urgent, then towns, now and then everything, as a worker does."""
    while True:
        was_over = over.is_set()
        done = await made.publish_first() + await made.publish_towns()
        if was_over and not done:
            return
        await asyncio.sleep(0)


@pytest.mark.parametrize("seed", range(6 if WHOLE else 1))
async def test_many_acts_and_several_publishers_at_once(
    database: Database, clock: Clock, tmp_path: Path, seed: int
) -> None:
    desk = Desk(make_services(database, clock), clock)
    await desk.registers(person(1), person(2, nis_code=EUPEN))
    folder = tmp_path / "public"
    made = [await publisher(desk, folder, f"p{n}", makers=MAKERS) for n in range(PUBLISHERS)]
    await made[0].rebuild()
    random, over = Random(seed), asyncio.Event()  # noqa: S311  an order, and no secret
    running = [asyncio.ensure_future(publish_until(one, over)) for one in made]
    orders = [Random(random.random()) for _ in range(5)]  # noqa: S311
    await asyncio.gather(*(act(desk, one) for one in orders))
    over.set()
    await asyncio.gather(*running)
    before = served(folder)
    again = await publisher(desk, tmp_path / "anew", "p0", makers=MAKERS)
    await again.rebuild()
    anew = served(tmp_path / "anew")
    diff = {one for one in before.keys() | anew.keys() if before.get(one) != anew.get(one)}
    assert diff == set()
    assert any(one.startswith("a/") for one in anew)
