"""The public pages from a terminal: made anew, looked at, withdrawn; and the key of the archive."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from alerting.cli.main import app
from tests.command_line import RunAs, run_as

__all__ = ["run_as"]


def test_all_pages_are_made_anew_where_the_folder_is(
    run_as: RunAs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = CliRunner()
    refused = runner.invoke(app, ["public", "rebuild"])
    assert (refused.exit_code, "ALERTING_PUBLIC_FOLDER" in refused.output) == (1, True)
    monkeypatch.setenv("ALERTING_PUBLIC_FOLDER", str(tmp_path / "public"))
    first, again = (runner.invoke(app, ["public", "rebuild"]) for _ in range(2))
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert "0 units had to be changed" in again.output
    www = tmp_path / "public" / "www"
    assert (www / "fr" / "index.html").exists()
    key = runner.invoke(app, ["public", "key"]).stdout
    assert key.startswith("-----BEGIN PUBLIC KEY-----")
    assert (www / "certificates" / "archive.pem").read_text() == key
    assert (www / "mirror" / "latest.json").exists()
    assert "Everything is published" in run_as("auditor", "public", "status").output
    edition = json.loads((tmp_path / "public" / "edition").read_text())
    (tmp_path / "public" / "edition").write_text(json.dumps(edition | {"publication": 99}))
    asked = runner.invoke(app, ["public", "rebuild"])
    assert asked.exit_code == 1
    assert "back in force: –;" in asked.output
    assert "--believe-database" in asked.output
    assert "newer than the database" in run_as("auditor", "public", "status").output
    assert runner.invoke(app, ["public", "rebuild", "--believe-database"]).exit_code == 0
    assert "newer than the database" not in run_as("auditor", "public", "status").output


def test_a_page_that_is_not_there_is_not_withdrawn(run_as: RunAs) -> None:
    words = ("public", "withdraw", "1", "--reason", "private")
    assert run_as("administrator", *words).exit_code == 1
    assert run_as("communicator", *words).exit_code == 1
