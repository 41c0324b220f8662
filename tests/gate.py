"""The gate: everything a machine can say about the code, in one command. `run.py gate`."""

import subprocess
import sys
from pathlib import Path

BIN = Path(sys.executable).parent
STEPS = (
    ("format", "ruff", "format", "--check", "."),
    ("lint", "ruff", "check", "."),
    ("types", "mypy"),
    ("layers", "lint-imports"),
)


def main() -> int:
    """Run every step, even after one failed; non-zero when any did."""
    failed = []
    for name, tool, *words in STEPS:
        ended = subprocess.run(
            [str(BIN / tool), *words], capture_output=True, text=True, check=False
        )
        sys.stdout.write(f"{name:8} {'ok' if ended.returncode == 0 else 'FAILED'}\n")
        if ended.returncode:
            failed.append(name)
            sys.stdout.write(f"{ended.stdout}{ended.stderr}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
