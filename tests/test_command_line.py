"""The command line is read in a terminal and by programs: commands in groups, names never cut."""

import re
from io import StringIO

import pytest
import typer.main
from rich.console import Console
from typer.testing import CliRunner

from alerting.cli import serve
from alerting.cli.main import PANELS, app
from alerting.settings import Settings


def test_help_has_every_command_in_a_group_and_the_groups_in_order() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    assert [shown.index(f"─ {one} ─") for one in PANELS] == sorted(
        shown.index(f"─ {one} ─") for one in PANELS
    )
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for name in commands:
        assert re.search(rf"^│ {name} ", shown, re.MULTILINE), name
    assert "─ Commands ─" not in shown


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_name_of_a_setting_is_never_cut(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    written = StringIO()
    monkeypatch.setattr(serve, "console", Console(width=width, file=written))
    serve.settings()
    for name in Settings.model_fields:
        assert re.search(rf"│ ALERTING_{name.upper()} ", written.getvalue()), name
