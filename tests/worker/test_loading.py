"""A process carries no library for what it does not do: memory counts for each worker."""

import subprocess
import sys

LOADED = """
import sys
import alerting.bootstrap, alerting.worker.jobs, alerting.web.app, alerting.cli.main
import alerting.actions.public.cap_messages, alerting.actions.public.cap_checking
print(*{"lxml", "signxml", "shapely", "numpy"} & {*sys.modules})
"""
OF_A_WORKER = """
import sys
import alerting.bootstrap, alerting.worker.main
unneeded = {"lxml", "signxml", "shapely", "numpy", "webauthn", "segno", "pyotp", "fastapi", "typer"}
print(*unneeded & {*sys.modules}, *(one for one in sys.modules if "actions.public." in one))
"""


def loaded(code: str) -> str:
    run = [sys.executable, "-c", code]
    return subprocess.run(run, capture_output=True, text=True, check=True).stdout.strip()


def test_a_worker_carries_neither_sign_in_nor_pages_nor_commands() -> None:
    assert loaded(OF_A_WORKER) == ""


def test_the_heavy_libraries_are_loaded_when_a_message_is_made() -> None:
    assert loaded(LOADED) == ""
