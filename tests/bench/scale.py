"""How much is measured, and with what: shared by every part of the benchmark."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.figures import Figure
from tests.bench.running import python, running
from tests.bench.servers import Postgres, Unavailable, Valkey


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Numbers of one run."""

    times: int
    """Repetitions; the median counts."""
    sizes: tuple[int, ...]
    """Recipients on the list, growing."""
    rate_at: int
    """The size whose rate is compared with others."""
    peer_mails: int
    thread_mails: int
    single_mails: int
    texts: int
    far_texts: int
    """For each of four workers."""
    planned: int
    receipts: int
    composed: int
    others: bool
    """Whether peers that need an environment of their own take part."""


QUICK = Scale(
    times=2,
    sizes=(10_000, 100_000),
    rate_at=10_000,
    peer_mails=10_000,
    thread_mails=2_000,
    single_mails=100,
    texts=10_000,
    far_texts=800,
    planned=200_000,
    receipts=3_000,
    composed=15,
    others=False,
)
FULL = Scale(
    times=3,
    sizes=(10_000, 100_000, 1_000_000),
    rate_at=100_000,
    peer_mails=40_000,
    thread_mails=10_000,
    single_mails=400,
    texts=50_000,
    far_texts=2_500,
    planned=1_000_000,
    receipts=20_000,
    composed=40,
    others=True,
)


@dataclass(frozen=True, slots=True)
class Bench:
    """What every part is handed."""

    scale: Scale
    own_postgres: Postgres | None = None
    own_valkey: Valkey | None = None
    found: dict[str, Figure] = field(default_factory=dict)
    """What this run has measured so far."""

    @property
    def postgres(self) -> Postgres:
        """The PostgreSQL server; Unavailable where there is none."""
        if self.own_postgres is None:
            raise Unavailable("no PostgreSQL here")
        return self.own_postgres

    @property
    def valkey(self) -> Valkey:
        """The Valkey server; Unavailable where there is none."""
        if self.own_valkey is None:
            raise Unavailable("no Valkey here")
        return self.own_valkey

    def times_at(self, size: int) -> int:
        """A million takes minutes; so does a hundred thousand in a quick run: once then."""
        return self.scale.times if size <= self.scale.rate_at else 1


def peer_rate(module: str, *words: object, interpreter: Path | None = None) -> float:
    """Messages a second as a peer counts them, in a process of its own."""
    command = python("-m", module, *map(str, words))
    if interpreter is not None:
        command[0] = interpreter
    with running("peer", command, talks=True) as child:
        return float(json.loads(child.first_line())["rate"])
