"""Text messages through Twilio's SDK, planned, sent and recorded, beside the SDK as shipped."""

from tests.bench.figures import Figure, middle
from tests.bench.running import python, running
from tests.bench.scale import Bench, peer_rate
from tests.bench.servers import fresh_database
from tests.bench.sinks import text_sink, texts_taken
from tests.bench.world import alerting, service_settings, text_settings, world


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
            beside="Twilio's SDK as shipped, nothing recorded",
            target=2,
            of_ratio=True,
        ),
        Figure(
            id="sms.transport",
            what="the same text messages through our channel alone, nothing recorded",
            unit="messages/s",
            ours=middle(unrecorded),
            peer=middle(theirs),
            beside="Twilio's SDK as shipped, nothing recorded",
            of_ratio=True,
        ),
    ]
