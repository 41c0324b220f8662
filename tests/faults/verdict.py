"""The database's word against the providers': what was lost, what came twice, what was counted."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from alerting.domain.delivery import FINAL, HANDED_OVER, DeliveryKey, State
from alerting.services import Services
from alerting.store import ledger as ledger_rows
from alerting.store.tables import chunk, delivery, delivery_count, sending, sending_channel


@dataclass(frozen=True, slots=True)
class Witness:
    """The end of one alert in the database."""

    finished: bool
    ends: Mapping[DeliveryKey, State]
    possible_duplicate: frozenset[DeliveryKey]
    """What the service itself says may have come twice."""
    perhaps_counted: int
    """How many may have come twice, as the live status shows it."""
    counted: Counter[State]
    """States by the counters, which must say the same as the rows."""
    open_chunks: int
    ledger_broken: str | None

    @property
    def adds_up(self) -> bool:
        """Whether the counters say the same as the rows."""
        return self.counted == Counter(self.ends.values())


@dataclass(slots=True)
class Verdict:
    """What a trial found."""

    planned: int
    sent: int
    received: int
    """Messages at the providers, repetitions included."""
    lost: list[DeliveryKey]
    """No provider has ever heard of them."""
    twice: Counter[str]
    """Deliveries that came more than once, by channel."""
    uncounted: list[DeliveryKey]
    """Came more than once, and the service does not know."""
    possible_duplicate: int
    """What the service says may have come twice: never fewer than did."""
    states: Counter[State]
    wrong: list[str] = field(default_factory=list)
    """Sums that do not match, and promises of this trial that were not kept."""
    figures: dict[str, str] = field(default_factory=dict)
    """What this trial measured besides."""

    @property
    def sound(self) -> bool:
        """Whether the trial was passed."""
        return not (self.lost or self.uncounted or self.wrong)

    def lines(self) -> dict[str, object]:
        """For a person to read."""
        twice = sum(self.twice.values())
        by_channel = ", ".join(f"{n} {name}" for name, n in sorted(self.twice.items()))
        return {
            "planned": self.planned,
            "sent": self.sent,
            "received by providers": self.received,
            "lost": len(self.lost),
            "came twice": f"{twice} ({by_channel})" if twice else 0,
            "  of these not counted": len(self.uncounted),
            "said to be perhaps twice": self.possible_duplicate,
            "states": ", ".join(f"{n} {state}" for state, n in sorted(self.states.items())),
            **self.figures,
            "wrong": "; ".join(self.wrong) or "nothing",
        }


async def testimony(services: Services, number: int) -> Witness:
    """Everything the verdict needs."""
    async with services.reading() as reading:
        connection = reading.connection
        rows = (
            await connection.execute(
                sa.select(
                    delivery.c.sending_id,
                    delivery.c.channel,
                    delivery.c.recipient_id,
                    delivery.c.state,
                    delivery.c.possible_duplicate,
                ).where(delivery.c.sending_id == number)
            )
        ).all()
        counted: Counter[State] = Counter()
        for state, n in await connection.execute(
            sa.select(delivery_count.c.state, delivery_count.c.n).where(
                delivery_count.c.sending_id == number
            )
        ):
            counted[State(state)] += n
        own = sending_channel.c.sending_id == number
        perhaps = await connection.scalar(
            sa.select(sa.func.sum(sending_channel.c.possible_duplicate)).where(own)
        )
        still_open = await connection.scalar(
            sa.select(sa.func.count()).where(chunk.c.sending_id == number, chunk.c.state != "done")
        )
        end = await connection.scalar(
            sa.select(sending.c.finished_at).where(sending.c.id == number)
        )
        _, broken = await ledger_rows.verify(connection)
    return Witness(
        finished=end is not None,
        ends={DeliveryKey(*row[:3]): State(row[3]) for row in rows},
        possible_duplicate=frozenset(DeliveryKey(*row[:3]) for row in rows if row[4]),
        perhaps_counted=int(perhaps or 0),
        counted=+counted,
        open_chunks=int(still_open or 0),
        ledger_broken=broken,
    )


def judge(found: Witness, received: Mapping[DeliveryKey, int], *, expected: int) -> Verdict:
    """Compare key by key."""
    states = Counter(found.ends.values())
    twice = {key for key, n in received.items() if n > 1}
    verdict = Verdict(
        planned=len(found.ends),
        sent=sum(states[state] for state in HANDED_OVER),
        received=sum(received.values()),
        lost=sorted(found.ends.keys() - received.keys(), key=str),
        twice=Counter(key.channel for key in twice),
        uncounted=sorted(twice - found.possible_duplicate, key=str),
        possible_duplicate=len(found.possible_duplicate),
        states=states,
    )
    unfinished = sum(n for state, n in states.items() if state not in FINAL)
    strangers = len(received.keys() - found.ends.keys())
    counted = found.perhaps_counted
    said = {
        "the alert is not finished": not found.finished,
        f"{found.open_chunks} chunks are not done": found.open_chunks,
        f"{verdict.planned} planned instead of {expected}": verdict.planned != expected,
        f"{verdict.sent} recorded as sent instead of {expected}": verdict.sent != expected,
        f"{unfinished} deliveries in no final state": unfinished,
        f"counters {dict(found.counted)}, rows {dict(states)}": not found.adds_up,
        f"{strangers} messages that nobody planned": strangers,
        f"the board says {counted} perhaps twice": counted < verdict.possible_duplicate,
        f"the ledger is broken: {found.ledger_broken}": found.ledger_broken,
    }
    verdict.wrong = [words for words, is_so in said.items() if is_so]
    return verdict
