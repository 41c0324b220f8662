"""What the contest over e-mail comes to, as figures."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.bench.figures import Figure, middle
from tests.bench.scale import Bench

SMTP_SOURCE = "smtp-source -d -s 16"
PIPELINED = "a pipelining sender in C, 16 connections"
SLIM = {"postgres": 100.0}
TARGETS = {"postgres": 1.3, "sqlite": 1.0}
WORDS = {
    "postgres": "on PostgreSQL, one worker",
    "sqlite": "on SQLite, one process",
}


@dataclass(slots=True)
class Contest:
    """What was measured on one database."""

    ours: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Messages a second, by the size of the list."""
    firsts: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Milliseconds until the first was taken."""
    memory: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    """MB at most."""
    peers: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    letter: int = 0
    """Bytes of one."""


def described(bench: Bench, name: str, found: Contest, sink: str) -> list[Figure]:
    """The figures of one database."""
    ours = middle(found.ours[bench.scale.rate_at])
    what = f"e-mail planned, sent and recorded {WORDS[name]}"
    remark = f"{found.letter:,} bytes an e-mail, to {sink}"
    figures = [
        Figure(
            id=f"mail.{name}.large",
            what=what,
            unit="messages/s",
            ours=ours,
            peer=middle(found.peers[SMTP_SOURCE]),
            beside=SMTP_SOURCE,
            of_ratio=True,
            remark=remark,
        )
    ]
    others: Sequence[tuple[str, str, float | None]] = (
        ("threads", "smtplib, 16 threads, bytes ready", 5.0),
        ("single", "aiosmtplib, one message at a time", None),
    )
    figures += [
        Figure(
            id=f"mail.{name}.{way}",
            what=what,
            unit="messages/s",
            ours=ours,
            peer=middle(found.peers[way]),
            beside=beside,
            target=target,
            of_ratio=True,
        )
        for way, beside, target in others
        if found.peers[way]
    ]
    return figures + list(_first_and_memory(bench, name, found))


def beside_postfix(name: str, found: Contest) -> Sequence[Figure]:
    """The contest at postfix's own sink."""
    (ours,) = found.ours.values()
    targets = {SMTP_SOURCE: ("", TARGETS[name]), PIPELINED: (".pipelined", 0.5)}
    return [
        Figure(
            id=f"mail.{name}{end}",
            what=f"e-mail planned, sent and recorded {WORDS[name]}",
            unit="messages/s",
            ours=middle(ours),
            peer=middle(found.peers[peer]),
            beside=peer,
            target=target,
            of_ratio=True,
            remark=f"{found.letter:,} bytes an e-mail, to smtp-sink",
        )
        for peer, (end, target) in targets.items()
        if found.peers[peer]
    ]


def unmeasured(name: str) -> Figure:
    """What stands in its place where postfix is not installed."""
    return Figure(
        id=f"mail.{name}",
        what=f"e-mail planned, sent and recorded {WORDS[name]}",
        unit="messages/s",
        target=TARGETS[name],
        of_ratio=True,
        missing="smtp-source and smtp-sink (postfix) are not installed",
    )


def _first_and_memory(bench: Bench, name: str, found: Contest) -> Sequence[Figure]:
    smallest = bench.scale.sizes[0]
    return [
        Figure(
            id=f"first.{name}.{size}",
            what=f"from sending to the first message accepted, {size:,} recipients, {WORDS[name]}",
            unit="ms",
            ours=middle(found.firsts[size]),
            target=100,
            less_is_better=True,
            missing="" if found.firsts[size] else "the sandbox tells no times",
        )
        for size in bench.scale.sizes
    ] + [
        Figure(
            id=f"memory.{name}.{size}",
            what=f"largest memory of the sending process, {size:,} recipients, {WORDS[name]}",
            unit="MB",
            ours=max(found.memory[size], default=None),
            peer=None if size == smallest else max(found.memory[smallest], default=None),
            beside="" if size == smallest else f"the same with {smallest:,}",
            # Flat, and with PostgreSQL, where a worker does nothing else, under 100 MB.
            target=1.25 if size != smallest else SLIM.get(name),
            of_ratio=size != smallest,
            less_is_better=True,
            missing="" if found.memory[size] else "the system tells no peak",
        )
        for size in bench.scale.sizes
    ]
