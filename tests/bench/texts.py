"""Text messages through Twilio's SDK, planned, sent and recorded, beside the SDK as supplied."""

from contextlib import ExitStack

from tests.bench.figures import Figure, middle
from tests.bench.running import Child, python, running
from tests.bench.scale import Bench, peer_rate
from tests.bench.servers import fresh_database
from tests.bench.sinks import text_sink, texts_taken
from tests.bench.world import alerting, service_settings, text_settings, world

FAR = 50
"""Milliseconds to a provider that is not next door."""
WORKERS = 4


async def measure_workers(bench: Bench) -> list[Figure]:
    """What more workers add where the provider's distance, not the machine, is the limit."""
    number = bench.scale.far_texts
    rates: dict[int, list[float]] = {1: [], WORKERS: []}
    with text_sink(FAR) as base:
        settings = text_settings(base)
        redis = bench.valkey.url
        async with (
            fresh_database(bench.postgres.url) as url,
            world(url, redis_url=redis, settings=settings) as here,
        ):
            await here.fill(number * WORKERS)
            own = settings | service_settings(url, redis)
            with ExitStack() as running_ones:
                workers: list[Child] = []
                for wanted, found in rates.items():
                    while len(workers) < wanted:
                        name = f"far-worker-{len(workers)}"
                        child = running(name, python(*alerting("worker")), own)
                        workers.append(running_ones.enter_context(child))
                    for turn in range(bench.scale.times + 1):
                        await here.clear()
                        alert = await here.approved("sms")
                        began = await here.send(alert)
                        ended = await here.all_recorded(alert, number * WORKERS, *workers)
                        if turn:
                            found.append(number * WORKERS / (ended - began))
    return [
        Figure(
            id="sms.workers",
            what=f"text messages to a provider {FAR} ms away, 32 connections a worker,"
            f" {WORKERS} workers",
            unit="messages/s",
            ours=middle(rates[WORKERS]),
            peer=middle(rates[1]),
            beside="one worker",
            target=3.5,
            of_ratio=True,
        )
    ]


async def measure_texts(bench: Bench) -> list[Figure]:
    """Rounds of both; the SDK records nothing."""
    number = bench.scale.texts
    ours: list[float] = []
    theirs: list[float] = []
    unrecorded: list[float] = []
    with text_sink() as base:
        settings = text_settings(base)
        redis = bench.valkey.url
        async with (
            fresh_database(bench.postgres.url) as url,
            world(url, redis_url=redis, settings=settings) as here,
        ):
            await here.fill(number)
            own = settings | service_settings(url, redis)
            with running("text-worker", python(*alerting("worker")), own) as worker:
                for turn in range(bench.scale.times + 1):
                    await here.clear()
                    alert = await here.approved("sms")
                    before = texts_taken(base)
                    began = await here.send(alert)
                    ended = await here.all_recorded(alert, number, worker)
                    if texts_taken(base) - before != number:
                        raise RuntimeError("what is recorded and what was taken differ")
                    if turn == 0:
                        continue  # warm-up
                    ours.append(number / (ended - began))
                    with worker.paused():
                        theirs.append(peer_rate("tests.bench.texts_peer", "shipped", base, number))
                        unrecorded.append(peer_rate("tests.bench.texts_peer", "ours", base, number))
    return [
        Figure(
            id="sms",
            what="text messages planned, sent and recorded on PostgreSQL, one worker",
            unit="messages/s",
            ours=middle(ours),
            peer=middle(theirs),
            beside="Twilio's SDK as supplied, nothing recorded",
            target=2,
            of_ratio=True,
        ),
        Figure(
            id="sms.transport",
            what="the same text messages through our channel alone, nothing recorded",
            unit="messages/s",
            ours=middle(unrecorded),
            peer=middle(theirs),
            beside="Twilio's SDK as supplied, nothing recorded",
            of_ratio=True,
        ),
    ]
