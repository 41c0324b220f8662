#!/usr/bin/env python3
"""Everything this project does, from a bare checkout: `python3 run.py demo`, `python3 run.py test`.

Standard library only. Makes `.venv` beside this file, installs exactly what the lock file names
(checked by hash), then hands over. A second start finds the work done and costs nothing.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
# Those wheels of uv that we know the hash of; elsewhere pip does the work.
UV, PIP = ROOT / "requirements-uv.lock", ROOT / "requirements-pip.lock"
HASHED = ("install", "-q", "--only-binary=:all:", "--require-hashes", "-r")
OLDEST = (3, 11)

RUNTIME, DEVELOPMENT = "requirements.lock", "requirements-dev.lock"

COMMANDS = {
    "demo": (
        RUNTIME,
        ["-m", "alerting", "demo"],
        "one alert, three languages, four channels, on sandbox providers",
    ),
    "test": (DEVELOPMENT, ["-m", "pytest"], "the whole test suite (further words go to pytest)"),
    "alerting": (
        RUNTIME,
        ["-m", "alerting"],
        "the command line of the service: `run.py alerting --help`",
    ),
    "bench": (
        DEVELOPMENT,
        ["-m", "tests.bench"],
        "every figure in one run, with peers beside it (--quick: two minutes)",
    ),
    "faults": (
        DEVELOPMENT,
        ["-m", "tests.faults"],
        "kill, stop and fill up what can be, then compare every message (--trial all)",
    ),
    "screenshots": (
        DEVELOPMENT,
        ["-m", "tests.pictures"],
        "the main pages as pictures, for docs/tour.md; needs Debian's chromium",
    ),
    "gate": (
        DEVELOPMENT,
        ["-m", "tests.gate"],
        "formatting, lint, types, layers, migrations, catalogues",
    ),
}


ENV = ROOT / ".env"
ENV_USAGE = "Usage: python3 run.py env [--sandbox | https://ADDRESS-OF-THE-SERVICE]"
ENV_PARTS = ROOT / "deploy" / "env"
"""What `.env` is made of; `{secret}` and `{url}` are filled in."""
SANDBOX_URL = "http://web:8000"


def main(words: list[str]) -> int:
    """Install what the command needs, then become it; an exit status where that fails."""
    if sys.version_info < OLDEST:
        return _say(
            f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed, this is {sys.version.split()[0]}."
        )
    if words[:1] == ["env"]:
        return write_env(words[1:])
    if not words or words[0] not in COMMANDS:
        lines = [f"  {name:11} {what}" for name, (_, _, what) in COMMANDS.items()]
        lines.append(f"  {'env':11} random secrets for `docker compose up`, in .env (--sandbox)")
        return _say("Usage: python3 run.py COMMAND …\n" + "\n".join(lines))
    lock, command, _ = COMMANDS[words[0]]
    try:
        install(ROOT / lock)
    except subprocess.CalledProcessError as failure:
        return _say(
            f"Installing failed: {' '.join(map(str, failure.cmd))}\n"
            f"{failure.stderr or ''}\n"
            "Check that a package index can be reached (pip's own settings apply), then try again."
        )
    # Not installed as a package: it runs from the checkout, so no build step is needed.
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    os.chdir(ROOT)
    arguments = [str(PYTHON), *command, *words[1:]]
    if os.name != "nt":
        os.execve(PYTHON, arguments, environment)
    return subprocess.run(arguments, env=environment, check=False).returncode


def write_env(words: list[str], path: Path = ENV) -> int:
    """Write `.env`, which nobody else may read, with random secrets; an exit status."""
    sandbox = words == ["--sandbox"]
    if not sandbox and (len(words) > 1 or any(not one.startswith("http") for one in words)):
        return _say(ENV_USAGE)
    url = SANDBOX_URL if sandbox else "".join(words)
    parts = ("service.env", "sandbox.env" if sandbox else "providers.env")
    text = "".join((ENV_PARTS / name).read_text("utf-8") for name in parts).replace("{url}", url)
    while "{secret}" in text:  # letters and digits alone: they stand in addresses too
        text = text.replace("{secret}", secrets.token_hex(24), 1)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _say(f"{path.name} already exists: its secrets are in use. Move it away first.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    missing = "" if url else " Write into it where the service is reached: ALERTING_PUBLIC_URL."
    print(f"{path.name} is written.{missing} Then: docker compose up --build", file=sys.stderr)
    return 0


def install(lock: Path) -> None:
    """Bring `.venv` to what the lock says; a stamp with its hash tells when it already is."""
    wanted = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()
    stamp = VENV / f"{lock.stem}.installed"
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"Preparing {VENV.name} from {lock.name} …", file=sys.stderr, flush=True)
    if not _usable():
        _make_venv()
    uv = _uv()
    if uv:
        # Compiled now, on all cores, and not one by one at every start of a read-only checkout.
        options = ("--compile-bytecode", "--python", PYTHON, "--require-hashes", "-r", lock)
        _run(uv, "pip", "install", "-q", *options)
    else:
        _run(PYTHON, "-m", "pip", "install", "-q", "--require-hashes", "-r", lock)
    stamp.write_text(wanted)


def _usable() -> bool:
    """A half-made or moved `.venv` answers nothing; then it is made anew."""
    if not PYTHON.exists():
        return False
    return (
        subprocess.run(
            [PYTHON, "-m", "pip", "--version"], capture_output=True, check=False
        ).returncode
        == 0
    )


def _make_venv() -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        _run(sys.executable, "-m", "venv", VENV)
    except subprocess.CalledProcessError:
        # Debian's Python without python3-venv has no ensurepip: pip from outside fills the venv.
        shutil.rmtree(VENV, ignore_errors=True)
        _run(sys.executable, "-m", "venv", "--without-pip", VENV)
        _run(sys.executable, "-m", "pip", "--python", PYTHON, *HASHED, PIP)


def _uv() -> str | None:
    """uv installs in seconds what takes pip a minute; where it cannot be had, pip does it."""
    inside = BIN / "uv"
    if not inside.exists():
        subprocess.run([PYTHON, "-m", "pip", *HASHED, UV], capture_output=True, check=False)
    return str(inside) if inside.exists() else shutil.which("uv")


def _run(*command: str | Path) -> None:
    subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True)


def _say(text: str) -> int:
    print(text, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
