"""A worker like `alerting worker`, on a clock that a trial can put wrong while it runs.

TRIAL_CLOCK names a file with the seconds by which this machine's time of day is off.
"""

import asyncio
import contextlib
import os
import signal
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

CLOCK = Path(os.environ["TRIAL_CLOCK"])
_true_time = time.time


def off_by() -> float:
    """Seconds, as the trial wants them now."""
    return float(CLOCK.read_text("ascii") or 0)


time.time = lambda: _true_time() + off_by()

from alerting.bootstrap import build, open_queue  # noqa: E402  libraries take the clock as it is
from alerting.settings import Settings  # noqa: E402
from alerting.telemetry import configure_logging  # noqa: E402
from alerting.worker.main import work  # noqa: E402


def wrong_now() -> datetime:
    """The time of day as this machine believes it."""
    return datetime.now(UTC) + timedelta(seconds=off_by())


async def main() -> None:
    """What the service's own command does."""
    settings = Settings()
    configure_logging(settings.log_level, as_json=settings.log_json)
    queue = await open_queue(settings)
    services = replace(build(settings, queue), now=wrong_now)
    try:
        working = asyncio.ensure_future(work(services, queue))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, working.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await working
    finally:
        await services.close()


if __name__ == "__main__":
    asyncio.run(main())
