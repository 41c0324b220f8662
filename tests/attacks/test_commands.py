"""No command shows or changes what whoever gives it may not: it asks for a token and lets the
action decide, or it stands in the list of what a shell on the server is for."""

import ast
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

import alerting
from alerting.cli.main import app

RUNS = "starts or prepares the service itself, and speaks for nobody"
FIRST = "lets people in before anybody can sign in; it stands in the ledger as the operator's"
SHUTS = "shuts somebody out at once; it stands in the ledger as the operator's"
MOVES = "moves what is over to a file of the server; it stands in the ledger as the operator's"
PROVES = "says whether the ledger is whole, and nothing of what it holds"
SHIPPED = "tells what ships with the service, and nothing of anybody"
SHELL: Mapping[str, str] = {
    "migrate": RUNS,
    "web": RUNS,
    "worker": RUNS,
    "sandbox": RUNS,
    "settings": RUNS,
    "demo": RUNS,
    "keys": RUNS,
    "users first-admin": FIRST,
    "users break-glass": FIRST,
    "token create": FIRST,
    "users end": SHUTS,
    "users end-sessions": SHUTS,
    "token end": SHUTS,
    "ledger verify": PROVES,
    "archives make": MOVES,
    "archives verify": PROVES,
    "users roles": SHIPPED,
    "templates check": SHIPPED,
    "templates show": SHIPPED,
    "cap check": "judges files that whoever asks brings; it opens no database",
    "cap certificate": "prints what is published; a new key stands in the ledger as the operator's",
    "public key": "prints what is published",
    "public rebuild": "makes anew what everybody reads already",
}
"""What is done without a token: a command, or a group of them, and why."""

ROOT = Path(alerting.__file__).parent
OPENS = frozenset({"reading", "unit", "writing", "at_once"})


def commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every command there is, by its full name, and the function behind it."""
    for name, one in group.commands.items():
        if hasattr(one, "commands"):
            yield from commands(one, f"{before}{name} ")
        else:
            yield f"{before}{name}", inspect.unwrap(one.callback)


def calls(function: Any, seen: frozenset[Any] = frozenset()) -> set[str]:
    """What a command calls, and what the helpers of the command line that it calls do."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(inspect.cleandoc("\n" + inspect.getsource(function)))):
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        if isinstance(node, ast.Name):
            found.add(node.id)
            helper = function.__globals__.get(node.id)
            ours = inspect.isfunction(helper) and helper.__module__.startswith("alerting.cli")
            if ours and helper not in seen and node.id != "acting":
                found |= calls(inspect.unwrap(helper), seen | {helper})
    return found


COMMANDS = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_asks_for_a_token_or_says_why_it_needs_none(name: str) -> None:
    called = calls(COMMANDS[name])
    if name not in SHELL and name.partition(" ")[0] not in SHELL:
        assert "acting" in called, f"“{name}” asks nobody who they are"
        takes = inspect.signature(COMMANDS[name]).parameters
        assert "token" in takes, f"“{name}” has no way to say who asks"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_can_do_without_a_token_shows_nothing_of_anybody(name: str) -> None:
    called = calls(COMMANDS[name])
    if "services" in called and name not in SHELL and name.partition(" ")[0] not in SHELL:
        # As long as nobody could confirm it: the first authorities and their first members.
        assert "shell_may" in called, f"“{name}” acts for whoever has a shell"


def test_no_door_looks_into_the_database_itself() -> None:
    """Rules of who may see what stand in the actions; a door that queries has none."""
    found = set()
    for door in ("cli", "web", "worker"):
        for file in sorted((ROOT / door).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                called = node.func if isinstance(node, ast.Call) else None
                if isinstance(called, ast.Attribute) and called.attr in OPENS:
                    found.add(str(file.relative_to(ROOT)))
    assert found == {"cli/demo/authorities.py"}  # towns and provinces nobody has to ask for


def test_the_ledger_is_shown_to_those_who_may_read_it_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERTING_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    monkeypatch.chdir(tmp_path)
    run = CliRunner()
    assert run.invoke(app, ["migrate"]).exit_code == 0
    made = {
        role: run.invoke(app, ["token", "create", "--officer", role[:4], "--role", role])
        for role in ("communicator", "auditor")
    }
    shown = {
        role: run.invoke(app, ["ledger", "show", "--token", token.stdout.strip()])
        for role, token in made.items()
    }
    assert shown["communicator"].exit_code == 1
    assert "token.made" not in shown["communicator"].output
    assert shown["auditor"].exit_code == 0
    assert run.invoke(app, ["ledger", "show"]).exit_code == 1
    assert run.invoke(app, ["ledger", "verify"]).exit_code == 0


def test_a_token_that_was_asked_for_is_printed_alone_and_waits_with_its_scopes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERTING_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.chdir(tmp_path)
    run = CliRunner()
    assert run.invoke(app, ["migrate"]).exit_code == 0
    create = ["token", "create", "--officer", "audi", "--role", "auditor"]
    own = run.invoke(app, create).stdout.strip()
    ask = ["memberships", "token", "--token", own, "--scope"]
    asked = run.invoke(app, [*ask, "read"])
    assert asked.exit_code == 0, asked.output
    (secret,) = asked.stdout.split()  # on a line of its own, however narrow the screen
    refused = run.invoke(app, ["ledger", "show", "--token", secret])
    assert refused.exit_code == 1, "it opens nothing before somebody confirms it"
    assert run.invoke(app, [*ask, "approve"]).exit_code == 1
