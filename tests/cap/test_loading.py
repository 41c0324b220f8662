"""A process that makes no CAP message carries neither lxml nor signxml nor shapely with numpy."""

import subprocess
import sys

LOADED = """
import sys
import alerting.bootstrap, alerting.worker.jobs, alerting.web.app, alerting.cli.main
import alerting.actions.public.cap_messages, alerting.actions.public.cap_checking
print(*{"lxml", "signxml", "shapely", "numpy"} & {*sys.modules})
"""


def test_the_heavy_libraries_are_loaded_when_a_message_is_made() -> None:
    run = [sys.executable, "-c", LOADED]
    assert subprocess.run(run, capture_output=True, text=True, check=True).stdout.strip() == ""
