"""Processes of ours: started with their output in a file, stopped by their number."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
WORK = ROOT / "var" / "bench"
GOODBYE = 8.0
OURS = ("ALERTING_", "SMS_", "EMAIL_", "PRESS_", "X_")
"""What settings begin with; a stranger's shall not reach the processes measured."""


class Child:
    """One process."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self._process = process
        self._log = log
        self.pid = process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    @property
    def failed(self) -> bool:
        """Whether it has ended, and not well."""
        return bool(self._process.poll())

    def must_live(self) -> None:
        """Raise, with the end of its output, when it has ended."""
        if not self.alive:
            tail = self._log.read_text("utf-8", "replace")[-2000:]
            raise RuntimeError(f"a process ended with {self._process.returncode}:\n{tail}")

    def kill(self) -> None:
        """End it as a crash does."""
        self._process.kill()
        self._process.wait()
        self._let_go()

    def stop(self) -> None:
        """End it in good order; a second goodbye is not polite."""
        if self.alive:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGCONT)
            self._process.terminate()
        try:
            self._process.wait(GOODBYE)
        except subprocess.TimeoutExpired:
            self.kill()
        self._let_go()

    def _let_go(self) -> None:
        if self._process.stdout:
            self._process.stdout.close()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let it stand still, so that it takes nothing from whoever is measured now."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    @contextmanager
    def memory(self) -> Iterator[list[float]]:
        """Its largest resident size in MB while the block runs, as far as the system tells."""
        found: list[float] = []
        reset = Path(f"/proc/{self.pid}/clear_refs")
        with suppress(OSError):
            reset.write_text("5", "ascii")  # proc(5): the peak begins anew
        yield found
        found += peak(self.pid)

    def first_line(self) -> str:
        """The first line it writes on standard output, where that is a pipe."""
        out = self._process.stdout
        line = out.readline() if out else b""
        if not line:
            self._process.wait(GOODBYE)
            self.must_live()
        return line.decode()


def peak(pid: int) -> list[float]:
    """The largest resident size of a process in MB; nothing where the system does not tell."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
            name, _, value = line.partition(":")
            if name == "VmHWM":
                return [int(value.split()[0]) / 1024]
    return []


def start(
    name: str,
    command: Sequence[str | Path],
    settings: Mapping[str, str] | None = None,
    *,
    talks: bool = False,
) -> Child:
    """Start a process with these settings and no others of ours. `talks`: we read what it says."""
    WORK.mkdir(parents=True, exist_ok=True)
    log = WORK / f"{name}.log"
    environment = {key: value for key, value in os.environ.items() if not key.startswith(OURS)}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"} | dict(settings or {})
    with log.open("ab") as written:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if talks else written,
            stderr=written,
            env=environment,
            cwd=ROOT,
        )
    return Child(process, log)


@contextmanager
def running(
    name: str,
    command: Sequence[str | Path],
    settings: Mapping[str, str] | None = None,
    *,
    talks: bool = False,
) -> Iterator[Child]:
    """A process until the block ends, however it ends."""
    child = start(name, command, settings, talks=talks)
    try:
        yield child
    finally:
        child.stop()


def python(*words: str | Path) -> list[str | Path]:
    """A command for this same interpreter."""
    return [sys.executable, *words]


def stop_on_signals() -> None:
    """Let SIGTERM end the program in good order, so that its processes are stopped."""

    def leave(number: int, _frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # whoever asks twice must not cut it short
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, leave)
