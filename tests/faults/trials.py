"""What is broken, one trial each: a function that does it while an alert is under way."""

import asyncio
import os
import signal
import time
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from urllib.parse import urlencode

import sqlalchemy as sa
from redis.asyncio import Redis
from sqlalchemy.exc import SQLAlchemyError
from twilio.request_validator import RequestValidator

from alerting.actions.alerts import follow_ups
from alerting.actions.alerts.retry import retry_failed
from alerting.delivery.heartbeat import DEAD_AFTER
from alerting.domain.alert import FollowUp, StepReason
from alerting.domain.delivery import DeliveryKey, State
from alerting.store.tables import delivery, delivery_attempt, route
from channels.sandbox import credentials
from tests import having_read
from tests.bench.servers import Postgres, Valkey
from tests.desk import JORIS, MILA
from tests.faults.providers import PATIENCE
from tests.faults.stage import CLOCK, LOOK_EVERY, STUCK_AFTER, Stage, Wish, stage
from tests.faults.verdict import Verdict, Witness, judge, testimony

REDIS_AWAY = 20.0
DATABASE_AWAY = 4.0
RELAY_AWAY = 12.0
HUNG = 16.0
"""Seconds a worker stands still: long enough to be taken for dead, and then it wakes."""
AN_HOUR = 3600
SLOW_ANSWER = 1.0
"""Seconds a slow gateway takes for each message."""
SMS_AT_ONCE = 32
"""Messages a worker has under way at a gateway (`SMS_AT_ONCE`, by default)."""
SETTLED_WITHIN = 5.0
FIRST_WITHIN = 2.0
"""Seconds until the first message of whatever is sent while something else is under way."""
TAKEN_OVER_WITHIN = DEAD_AFTER + 4.0
"""Seconds: two beats of whoever notices, and a moment to do so."""


async def kills(on: Stage) -> None:
    """Workers are killed at moments drawn by the seed, and started again a little later."""
    await on.begin()
    shares = sorted(on.dice.uniform(0.02, 0.9) for _ in range(on.wish.kills))
    for nth, share in enumerate(shares, 1):
        taken = await on.reached(share)
        place = await _busy(on)
        on.workers[place].kill()
        await asyncio.sleep(on.dice.uniform(0.0, 0.5))
        on.workers[place] = on.hire(place)
        on.tell(f"kill {nth} of {on.wish.kills} after {taken} messages")
    on.figures["kills"] = str(on.wish.kills)


async def _busy(on: Stage) -> int:
    """A worker that has something under way: killing an idle one would prove nothing."""
    until = time.monotonic() + STUCK_AFTER
    while time.monotonic() < until:
        busy = [at for at, worker in enumerate(on.workers) if await on.held_by(worker)]
        if busy:
            return on.dice.choice(busy)
        await asyncio.sleep(LOOK_EVERY)
    raise TimeoutError("no worker has anything to do")


async def takeover(on: Stage) -> None:
    """One worker is killed and does not come back: how long its work lies still."""
    await on.begin()
    await on.reached(0.2)
    dead = on.workers[0]
    dead.kill()
    killed = time.monotonic()
    on.figures["chunks of the dead"] = str(await on.held_by(dead))
    while await on.held_by(dead) and time.monotonic() < killed + STUCK_AFTER:
        await asyncio.sleep(LOOK_EVERY)
    seconds = time.monotonic() - killed
    on.figures["taken over after"] = f"{seconds:.1f} s"
    on.promised("taken over too late", kept=seconds < TAKEN_OVER_WITHIN)


async def goodbye(on: Stage) -> None:
    """Every worker is told to stop (SIGTERM) and replaced: nothing may be in doubt."""
    await on.begin()
    longest = 0.0
    for place in range(len(on.workers)):
        await on.reached(0.1 + 0.2 * place)
        told = time.monotonic()
        leaving = on.workers[place]
        on.workers[place] = on.hire(place)
        await asyncio.to_thread(leaving.stop)
        longest = max(longest, time.monotonic() - told)
        on.promised("chunks in doubt after a goodbye", kept=not await on.in_doubt())
        on.promised("chunks left behind", kept=not await on.held_by(leaving))
    on.figures["longest goodbye"] = f"{longest:.1f} s"


async def hung(on: Stage) -> None:
    """A worker stands still until it is taken for dead, and then goes on as if nothing was."""
    await on.begin()
    await on.reached(0.2)
    os.kill(on.workers[0].pid, signal.SIGSTOP)
    await asyncio.sleep(HUNG)
    os.kill(on.workers[0].pid, signal.SIGCONT)
    on.tell(f"a worker stood still for {HUNG:.0f} s")


async def redis(on: Stage) -> None:
    """Redis forgets everything; later it is away for a while, and work must go on meanwhile."""
    await on.begin()
    await on.reached(0.15)
    client = Redis.from_url(on.valkey.url)
    await client.flushall()
    await client.aclose()
    on.tell("Redis was emptied")
    before = await on.reached(0.35)
    await asyncio.to_thread(on.valkey.crash)
    await asyncio.sleep(REDIS_AWAY)
    after = await asyncio.to_thread(on.providers.taken)
    await asyncio.to_thread(on.valkey.restart)
    on.figures["sent without Redis"] = f"{after - before} in {REDIS_AWAY:.0f} s"
    on.tell(f"Redis was away for {REDIS_AWAY:.0f} s: {after - before} messages were sent")
    on.promised("nothing was sent without Redis", kept=after > before)


async def database(on: Stage) -> None:
    """PostgreSQL crashes, comes back, and later is restarted in good order."""
    await on.begin()
    for share, mode in ((0.2, "immediate"), (0.5, "fast")):
        taken = await on.reached(share)
        await asyncio.to_thread(on.postgres.crash, mode)
        await asyncio.sleep(DATABASE_AWAY)
        await asyncio.to_thread(on.postgres.restart)
        on.tell(f"PostgreSQL stopped ({mode}) after {taken} messages, {DATABASE_AWAY:.0f} s")
    for worker in on.workers:
        on.promised("a worker died of it", kept=worker.alive)


async def relay(on: Stage) -> None:
    """The mail relay is gone and comes back: it is left alone, tried, and the rest is sent."""
    await on.begin()
    await on.reached(0.2)
    on.providers.order(smtp={"down": True})
    opened = False
    until = time.monotonic() + RELAY_AWAY
    while time.monotonic() < until:
        opened = opened or await _breaker(on) == "open"
        await asyncio.sleep(LOOK_EVERY)
    on.providers.order(smtp={"down": False})
    on.tell(f"the relay was gone for {RELAY_AWAY:.0f} s")
    on.promised("the breaker did not open", kept=opened)
    back = time.monotonic()
    while await _breaker(on) != "closed" and time.monotonic() < back + STUCK_AFTER:
        await asyncio.sleep(LOOK_EVERY)
    on.figures["relay in use again after"] = f"{time.monotonic() - back:.1f} s"
    on.promised("the breaker stayed open", kept=await _breaker(on) == "closed")


async def _breaker(on: Stage, channel: str = "email") -> str:
    async with on.world.services.reading() as reading:
        query = sa.select(route.c.breaker).where(route.c.channel == channel)
        return str(await reading.connection.scalar(query))


async def clock(on: Stage) -> None:
    """The workers' time of day jumps an hour ahead, one dies there, and it jumps back."""
    words = ("-m", "tests.faults.worker")
    await on.begin(*words)
    for share, off in ((0.2, AN_HOUR), (0.4, 0), (0.55, -AN_HOUR), (0.7, 0)):
        taken = await on.reached(share)
        CLOCK.write_text(str(off), "ascii")
        place = on.dice.randrange(len(on.workers))
        on.workers[place].kill()
        on.workers[place] = on.hire(place, *words)
        on.tell(f"the clock is off by {off} s after {taken} messages, and a worker died")
    for worker in on.workers:
        on.promised("a worker died of it", kept=worker.alive)


REFUSED = 0.3
"""The share of phones that cannot be reached at first."""


async def receipts(on: Stage) -> None:
    """Texts are lost and tried again; what was said of the first try is then said again."""
    on.providers.order(twilio={"refuse": REFUSED})
    await on.begin()
    on.providers.order(smtp={"slow": 0}, twilio={"slow": 0})
    await on.ended()
    async with on.world.services.reading() as reading:
        failed = sa.select(delivery.c.channel, delivery.c.recipient_id, delivery.c.reference).where(
            delivery.c.sending_id == on.number, delivery.c.state == State.FAILED
        )
        first = {
            DeliveryKey(on.number, channel, recipient): reference
            for channel, recipient, reference in await reading.connection.execute(failed)
            if reference
        }
    on.promised("nobody was refused by a receipt", kept=bool(first))
    on.providers.order(twilio={"refuse": 0, "slow": on.wish.slow})
    again = await retry_failed(
        on.world.services, on.number, by=JORIS, reason=StepReason.MENDED, note="Reachable again."
    )
    on.tell(f"{again} messages are tried again, {len(first)} of them reported as lost")
    for moment in range(2):  # while they wait or are sent, and when all is over
        for key, reference in first.items():
            await asyncio.to_thread(_reports, on, key, "undelivered", reference)
            forged = str(DeliveryKey(key.sending_id, "email", key.recipient_id))
            await asyncio.to_thread(_reports, on, forged, "undelivered", reference)
        if not moment:
            await on.ended()
    async with on.world.services.reading() as reading:
        lost = sa.select(sa.func.count()).where(
            delivery.c.sending_id == on.number, delivery.c.state == State.FAILED
        )
        on.promised(
            "a receipt of an earlier try ended the later",
            kept=not await reading.connection.scalar(lost),
        )
        # Others besides: what was lost for a reason that may pass was tried again automatically.
        kept = sa.select(
            delivery_attempt.c.channel,
            delivery_attempt.c.recipient_id,
            delivery_attempt.c.reference,
        ).where(delivery_attempt.c.sending_id == on.number, delivery_attempt.c.reference != "")
        reported_lost = {
            reference: DeliveryKey(on.number, channel, recipient)
            for channel, recipient, reference in await reading.connection.execute(kept)
        }
        on.promised("a try was forgotten", kept=reported_lost.keys() >= set(first.values()))
        on.tried_again.update(reported_lost.values())
    on.figures["old receipts"] = str(4 * len(first))


def _reports(on: Stage, key: object, status: str, reference: str) -> None:
    """What the provider says of one message, rightly signed."""
    url = f"{on.settings['ALERTING_PUBLIC_URL']}/receipts/sms/twilio?key={key}"
    form = {"MessageSid": reference, "MessageStatus": status, "ErrorCode": "30003"}
    validator = RequestValidator(credentials.TWILIO_TOKEN)  # type: ignore[no-untyped-call]
    signature = validator.compute_signature(url, form)  # type: ignore[no-untyped-call]
    request = urllib.request.Request(url, data=urlencode(form).encode())  # noqa: S310  loopback
    request.add_header("X-Twilio-Signature", str(signature))
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310  loopback
        answer.read()


async def slow_route(on: Stage) -> None:
    """One of two gateways answers slowly: what has not left yet goes by the other."""
    await on.begin()
    on.providers.order(smtp={"slow": 0}, twilio={"slow": SLOW_ANSWER})
    await on.ended()
    seconds = time.monotonic() - on.began
    texts = on.wish.people
    # As many under way as the slow one's settings allow in each worker, each as long as it takes.
    by_halves = texts / 2 * SLOW_ANSWER / (SMS_AT_ONCE * on.wish.workers)
    async with on.world.services.reading() as reading:
        share = sa.select(sa.func.count()).where(
            delivery.c.sending_id == on.number,
            delivery.c.channel == "sms",
            delivery.c.route == "twilio",
        )
        slowly = await reading.connection.scalar(share) or 0
    on.figures["by the slow route"] = f"{slowly} of {texts}"
    on.figures["half by each would take"] = f"{by_halves:.1f} s"
    on.promised("nothing was left to the slow route", kept=slowly > 0)
    on.promised("the slow route held up the alert", kept=seconds < by_halves)


async def second_alert(on: Stage) -> None:
    """A second alert, and its retraction, while a paced one to everybody is under way."""
    await on.begin()
    second = await on.world.approved("sms", area=("Eupen",))
    await on.reached(0.05 + 1 - 1 / len(on.wish.channels))  # only texts are paced
    await _first_in_time(on, "a second alert", second)
    await _some_settled(on, second)
    wanted = follow_ups.FollowUpRequest(how=FollowUp.FALSE_ALERT, reason="No danger: checked")
    made = await follow_ups.create_follow_up(on.world.services, second, wanted, by=MILA)
    await having_read.approve(on.world.services, made.id, by=JORIS, reason="A trial of the whole.")
    await _first_in_time(on, "a retraction", made.id)


async def _first_in_time(on: Stage, what: str, number: int) -> None:
    """Send an alert; note how long after that its first text message is with the provider."""
    began = await on.world.send(number)
    seconds = 0.0
    while seconds < STUCK_AFTER and not await asyncio.to_thread(on.providers.texts_of, number):
        await asyncio.sleep(LOOK_EVERY)
        seconds = time.monotonic() - began
    on.figures[f"first message of {what}"] = f"after {seconds:.2f} s"
    on.tell(f"the first message of {what} came after {seconds:.2f} s")
    on.promised(f"{what} was late", kept=seconds <= FIRST_WITHIN)


async def _some_settled(on: Stage, number: int) -> None:
    """Wait until it is written down of somebody that they were reached: only they are told more."""
    until = time.monotonic() + STUCK_AFTER
    while not await on.world.handed_over(number) and time.monotonic() < until:
        await asyncio.sleep(LOOK_EVERY)


BARRED = "+32470000001"
"""The phone of the first person on the list."""


async def barred(on: Stage) -> None:
    """One number is refused for ever: everybody else gets the message, and the next alert too."""
    on.providers.order(twilio={"bar": BARRED})
    await on.begin()
    await on.reached(1 - 1 / on.wish.deliveries)
    on.tell("everybody but one has the message")
    on.promised("the breaker opened", kept=await _breaker(on, "sms") == "closed")
    before = await asyncio.to_thread(on.providers.taken)
    began = await on.world.send(await on.world.approved("sms"))
    while await asyncio.to_thread(on.providers.taken) == before:
        await asyncio.sleep(LOOK_EVERY)
        if time.monotonic() > began + STUCK_AFTER:
            raise TimeoutError("nobody gets the next alert")
    seconds = time.monotonic() - began
    on.figures["first message of the next alert"] = f"after {seconds:.2f} s"
    on.promised("the next alert was late", kept=seconds <= FIRST_WITHIN)
    on.promised("the breaker opened later", kept=await _breaker(on, "sms") == "closed")
    on.providers.order(twilio={"bar": ""})


async def bdat(on: Stage) -> None:
    """The relay offers BDAT and refuses it: e-mails go by DATA, and none waits for long."""
    on.providers.order(smtp={"bdat": "refuse"})
    await on.begin()
    await on.reached(1)
    on.promised("the breaker opened", kept=await _breaker(on) == "closed")


TRIALS: Mapping[str, Callable[[Stage], Awaitable[None]]] = {
    "kills": kills,
    "takeover": takeover,
    "goodbye": goodbye,
    "hung": hung,
    "redis": redis,
    "database": database,
    "relay": relay,
    "clock": clock,
    "barred": barred,
    "bdat": bdat,
    "receipts": receipts,
    "second-alert": second_alert,
    "slow-route": slow_route,
}


async def run(
    name: str,
    wish: Wish,
    tell: Callable[[str], None],
    *,
    postgres: Postgres | None = None,
    valkey: Valkey | None = None,
) -> Verdict:
    """Send an alert, break something, compare every key."""
    async with stage(wish, tell, database=postgres, queue=valkey) as on:
        try:
            await TRIALS[name](on)
            if name != "receipts":  # which waits for both of its ends itself
                await on.finished()
        except TimeoutError as stuck:
            on.wrong.append(str(stuck))
        await asyncio.to_thread(on.providers.stop)
        found = await _settled(on)
        received = on.providers.received - on.tried_again
        own = {key: n for key, n in received.items() if key.sending_id == on.number}
        verdict = judge(found, own, expected=wish.deliveries)
        verdict.wrong += on.wrong
        verdict.figures = on.figures
    return verdict


async def _settled(on: Stage) -> Witness:
    """The database's word, once the last receipts are written down."""
    until = time.monotonic() + SETTLED_WITHIN
    while True:
        with suppress(SQLAlchemyError, OSError):
            found = await testimony(on.world.services, on.number)
            if found.adds_up or time.monotonic() > until:
                return found
        await asyncio.sleep(LOOK_EVERY)
