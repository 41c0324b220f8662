"""The trials of `run.py faults`, short: whatever dies, nothing is lost and nothing uncounted."""

from typing import Any

from alerting.domain.delivery import State
from channels._smtp_pipeline import WINDOW
from tests.bench.servers import Postgres, Valkey
from tests.faults.stage import Wish
from tests.faults.trials import run
from tests.faults.verdict import Verdict
from tests.tiers import long

# Slow providers, so that there is a middle to die in, however quick the machine.
PEOPLE, SLOW = 600, 0.05
ON_THE_WIRE = 8 * WINDOW
"""Letters of one worker that were handed over and not answered: on each connection, a few."""


async def tried(name: str, postgres_url: str, redis_url: str, **more: Any) -> Verdict:
    wanted = Wish(**{"people": PEOPLE, "slow": SLOW, "workers": 2, "kills": 0, **more})
    told: list[str] = []
    return await run(
        name,
        wanted,
        told.append,
        postgres=Postgres(postgres_url),
        valkey=Valkey(redis_url),
    )


async def test_killed_workers_lose_nothing_and_count_what_may_have_come_twice(
    postgres_url: str, redis_url: str
) -> None:
    verdict = await tried("kills", postgres_url, redis_url, kills=3)
    assert verdict.wrong == []
    assert (verdict.lost, verdict.uncounted) == ([], [])
    assert verdict.planned == verdict.sent == 2 * PEOPLE
    assert verdict.possible_duplicate >= sum(verdict.twice.values())
    assert "sms" not in verdict.twice  # its provider can be asked
    assert verdict.possible_duplicate <= 3 * ON_THE_WIRE


@long
async def test_a_receipt_of_an_earlier_try_does_not_end_the_later(
    postgres_url: str, redis_url: str
) -> None:
    verdict = await tried("receipts", postgres_url, redis_url, people=60)
    assert verdict.wrong == []
    assert (verdict.lost, verdict.uncounted) == ([], [])
    assert verdict.states == {State.ACCEPTED: 60, State.DELIVERED: 60}


@long
async def test_a_worker_that_is_told_to_stop_leaves_nothing_in_doubt(
    postgres_url: str, redis_url: str
) -> None:
    verdict = await tried("goodbye", postgres_url, redis_url)
    assert verdict.wrong == []
    assert verdict.received == 2 * PEOPLE
    assert verdict.possible_duplicate == 0


@long
async def test_a_second_alert_and_its_retraction_do_not_wait_for_a_paced_one(
    postgres_url: str, redis_url: str
) -> None:
    verdict = await tried(
        "second-alert",
        postgres_url,
        redis_url,
        people=300,
        channels=("sms",),
        texts_per_second=50,
    )
    # How many seconds it took is measured where the machine does nothing else.
    assert [words for words in verdict.wrong if not words.endswith("was late")] == []
    assert verdict.lost == []
    assert "first message of a retraction" in verdict.figures


@long
async def test_a_number_that_is_refused_for_ever_keeps_nobody_else_waiting(
    postgres_url: str, redis_url: str
) -> None:
    verdict = await tried("barred", postgres_url, redis_url, people=200)
    # How many seconds it took is measured where the machine does nothing else.
    assert [words for words in verdict.wrong if not words.endswith("was late")] == []
    assert verdict.lost == []
    assert "first message of the next alert" in verdict.figures
