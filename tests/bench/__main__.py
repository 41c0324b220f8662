"""`python -m tests.bench`: every figure in one run, with the peers beside it."""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace

from alerting.telemetry import configure_logging
from tests.bench import report
from tests.bench.composing import measure_library, measure_writing
from tests.bench.country import PEOPLE, measure_country
from tests.bench.figures import Figure
from tests.bench.mail import measure_mail
from tests.bench.others import measure_others
from tests.bench.planning import measure_planning
from tests.bench.publishing import measure_publishing
from tests.bench.receipts import measure_receipts
from tests.bench.running import WORK, stop_on_signals
from tests.bench.scale import FULL, QUICK, Bench
from tests.bench.servers import Unavailable, postgres, valkey
from tests.bench.texts import measure_texts, measure_workers

PARTS: dict[str, Callable[[Bench], Awaitable[list[Figure]]]] = {
    "compose": measure_writing,
    "library": measure_library,
    "public": measure_publishing,
    "plan": measure_planning,
    "receipts": measure_receipts,
    "sms": measure_texts,
    "workers": measure_workers,
    "mail": measure_mail,
    "peers": measure_others,
}
COUNTRY_WITHIN = 3_600.0
"""Seconds of one run."""
WITHOUT_SERVERS = frozenset({"compose", "library"})


def arguments() -> argparse.ArgumentParser:
    """What can be said on the command line."""
    parser = argparse.ArgumentParser(prog="run.py bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller numbers, under two minutes")
    parser.add_argument(
        "--country",
        nargs="?",
        const=PEOPLE,
        type=int,
        metavar="PEOPLE",
        help=f"a whole country at once, {PEOPLE:,} people or so many: an hour at most and 20 GB;"
        " goes on where it was broken off",
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=sorted(PARTS),
        metavar="ID",
        help=f"one part, and nothing is written to docs/: {', '.join(PARTS)}",
    )
    return parser


async def measured(bench: Bench, parts: Sequence[str]) -> list[Figure]:
    """The figures of these parts; one that cannot be had says why."""
    figures: list[Figure] = []
    for part in parts:
        start = time.monotonic()
        try:
            found = await PARTS[part](bench)
        except Unavailable as reason:
            found = [Figure(id=part, what="not measured", unit="", missing=str(reason))]
        figures += found
        bench.found.update({one.id: one for one in found})
        sys.stderr.write(f"{part}: {time.monotonic() - start:.0f} s\n")
    return figures


def with_servers(bench: Bench, stack: ExitStack) -> Bench:
    """The benchmark with the servers that can be had."""
    own: dict[str, object] = {}
    for name, opened in (("own_postgres", postgres()), ("own_valkey", valkey())):
        try:
            own[name] = stack.enter_context(opened)
        except Unavailable as reason:
            sys.stderr.write(f"{reason}\n")
    return replace(bench, **own)  # type: ignore[arg-type]


async def run(words: Sequence[str] | None = None) -> int:
    """Measure, show, write."""
    said = arguments().parse_args(words)
    configure_logging("ERROR", as_json=False)
    WORK.mkdir(parents=True, exist_ok=True)
    load = os.getloadavg()
    if said.country:
        return await run_country(said.country, load)
    parts = said.only or list(PARTS)
    scale = QUICK if said.quick else FULL
    with ExitStack() as stack:
        bench = Bench(scale)
        versions = {}
        if set(parts) - WITHOUT_SERVERS:
            bench = with_servers(bench, stack)
            if bench.own_postgres:
                versions["postgresql"] = await report.postgres_version(bench.own_postgres.url)
        figures = await measured(bench, parts)
    sys.stdout.write(report.plain_table(figures))
    if not said.only:
        on = report.machine(load, versions)
        report.write(figures, on, quick=said.quick, times=scale.times)
    return 0


async def run_country(people: int, load: tuple[float, ...]) -> int:
    """Measure the country for an hour at most; what is left is measured by the next run."""
    try:
        async with asyncio.timeout(COUNTRY_WITHIN) as hour:
            figures = await measure_country(people)
    except Unavailable as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    except TimeoutError:
        if not hour.expired():
            raise
        sys.stderr.write("An hour is over; started again, it goes on from here.\n")
        return 1
    sys.stdout.write(report.plain_table(figures))
    report.write_country(figures, report.machine(load, {}), people)
    return 0


def main() -> int:
    """On uvloop where it is installed, as the service itself."""
    stop_on_signals()
    try:
        import uvloop
    except ImportError:
        return asyncio.run(run())
    return uvloop.run(run())


if __name__ == "__main__":
    sys.exit(main())
