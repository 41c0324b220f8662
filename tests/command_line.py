"""Commands as a user types them, on an empty database of their own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from alerting.cli.main import app

RunAs = Callable[..., Result]
"""A role, and the words of a command."""


@pytest.fixture
def run_as(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunAs:
    """Each command with a token of that role."""
    monkeypatch.setenv("ALERTING_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("EMAIL_HOST", "localhost")
    monkeypatch.setenv("EMAIL_PORT", "2525")
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    assert runner.invoke(app, ["migrate"]).exit_code == 0

    def typed(role: str, *words: str) -> Any:
        create = ["token", "create", "--officer", role[:4], "--role", role]
        token = runner.invoke(app, create).stdout.strip()
        return runner.invoke(app, [*words, "--token", token])

    return typed


@pytest.fixture
def run(run_as: RunAs) -> RunAs:
    """Each command with a token of a communicator."""
    return lambda *words: run_as("communicator", *words)
