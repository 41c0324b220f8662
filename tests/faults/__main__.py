"""`python -m tests.faults`: break something in the middle of an alert, then compare every key."""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence

from alerting.telemetry import configure_logging
from tests.bench.running import stop_on_signals
from tests.bench.servers import Unavailable
from tests.faults.stage import Wish
from tests.faults.trials import TRIALS, run
from tests.faults.verdict import Verdict

SMALL = 4_000
"""People where the trial is not about their number."""
SLOW = {"kills": 0.05}
"""Seconds a provider takes to answer: fifty workers have to be killed before all is sent."""

PACED = {"second-alert": 50}
"""Text messages a second, for what goes on meanwhile."""


def arguments() -> argparse.ArgumentParser:
    """What can be said on the command line."""
    parser = argparse.ArgumentParser(prog="run.py faults", description=__doc__)
    add = parser.add_argument
    add("--trial", choices=(*TRIALS, "all"), default="kills", help="what is broken")
    add("--recipients", type=int, help="people; each gets a message on each channel")
    add("--channels", default="email,sms", help="separated by commas")
    add("--kills", type=int, default=50, help="workers killed at moments drawn by the seed")
    add("--seed", type=int, default=1, help="another seed, other moments")
    add("--workers", type=int, default=3)
    return parser


def show(name: str, verdict: Verdict) -> None:
    """What became of everything."""
    lines = "\n".join(f"{what:28} {value}" for what, value in verdict.lines().items())
    judged = "passed" if verdict.sound else "FAILED"
    sys.stdout.write(f"\n{name}: {judged}\n{lines}\n")
    for key in (verdict.lost + verdict.uncounted)[:10]:
        sys.stdout.write(f"look at: {key}\n")
    sys.stdout.flush()


def tell(words: str) -> None:
    """What happens, while it happens."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {words}\n")


def main(words: Sequence[str] | None = None) -> int:
    """0 when nothing was lost, nothing came twice without being counted, and the sums match."""
    said = arguments().parse_args(words)
    configure_logging("ERROR", as_json=False)
    stop_on_signals()
    sound = True
    for name in TRIALS if said.trial == "all" else (said.trial,):
        wish = Wish(
            people=said.recipients or (50_000 if name == "kills" else SMALL),
            channels=tuple(said.channels.split(",")),
            kills=said.kills,
            seed=said.seed,
            workers=said.workers,
            slow=SLOW.get(name, 0.02),
            texts_per_second=PACED.get(name, 0),
            second_gateway=name == "slow-route",
        )
        try:
            verdict = asyncio.run(run(name, wish, tell))
        except Unavailable as reason:
            sys.stderr.write(f"{reason}\n")
            return 2
        show(name, verdict)
        sound = sound and verdict.sound
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
