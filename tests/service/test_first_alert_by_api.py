"""What the README says about a first alert by API is run as it stands there: bash, curl, jq."""

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from alerting.actions.alerts import queries
from alerting.bootstrap import ROOT
from alerting.domain.alert import AlertState
from alerting.domain.language import Language
from alerting.store.recipients import repository as recipient_rows
from channels.sandbox.server import Sandbox
from tests.desk import MILA
from tests.make import EUPEN, newsroom, person
from tests.service.conftest import PATIENCE, serving

TITLE = "## First alert by API"
ADDRESS = "http://127.0.0.1:8000"
ALERTING = f'set -eu -o pipefail\nalerting() {{ {sys.executable} -m alerting "$@"; }}\n'

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "jq"))), reason="bash, curl and jq are not all here"
)


def walk() -> str:
    """The commands."""
    section = (ROOT / "README.md").read_text("utf-8").partition(TITLE)[2]
    return section.partition("```sh\n")[2].partition("```")[0]


@pytest.mark.timeout(300)  # it starts the command line twice
async def test_the_walk_in_the_readme_reaches_everybody(sandbox: Sandbox, tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'service.db'}"
    async with serving(database_url=url) as service:
        async with service.services.unit() as unit:
            people = [
                person(serial, nis_code=EUPEN, language=Language.DE) for serial in range(1, 6)
            ]
            await recipient_rows.save(unit.connection, unit.database, [*people, newsroom(1)])
        commands = walk()
        assert ADDRESS in commands
        running = await asyncio.create_subprocess_exec(
            "bash",
            "-c",
            ALERTING + commands.replace(ADDRESS, service.settings.public_url),
            cwd=tmp_path,
            env=os.environ
            | {
                "PYTHONPATH": str(ROOT),
                "ALERTING_DATABASE_URL": url,
                "ALERTING_SECRETS_DIR": service.settings.secrets_dir,
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, wrong = await asyncio.wait_for(running.communicate(), 3 * PATIENCE)
        assert running.returncode == 0, wrong.decode() + out.decode()
        shown = out.decode()
        assert "port de Liège" in shown, "the text that was read"
        assert "approved" in shown
        assert json.loads(shown[shown.rindex("\n{\n") :])["state"] in {"sending", "active"}
        async with asyncio.timeout(PATIENCE):
            while True:
                alert = await queries.get_alert(service.services, 1, by=MILA)
                if alert.state is AlertState.ACTIVE:
                    break
                await asyncio.sleep(0.05)
    assert sandbox.inbox.twilio.distinct == len(people)
