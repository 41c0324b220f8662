"""Names that were given up stay away, kind by kind: see locales/GLOSSARY.md."""

import ast
import importlib
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main
from babel.messages.pofile import read_po
from pydantic_settings import BaseSettings

from alerting.bootstrap import ROOT
from alerting.cli.main import app as commands
from alerting.settings import Settings
from alerting.store.tables import metadata
from tests.web.test_route_permissions import ROUTES, application

RETIRED = tomllib.loads((ROOT / "tests" / "retired_names.toml").read_text("utf-8"))


@cache
def sources() -> dict[Path, str]:
    """Every file of the service's own code, by its path."""
    return {
        path.relative_to(ROOT): path.read_text("utf-8")
        for folder in ("alerting", "channels")
        for path in sorted((ROOT / folder).rglob("*.py"))
    }


def nodes_of_files_with(words: Iterable[str]) -> Iterator[tuple[Path, ast.AST]]:
    """Every node of those files in which one of these words stands at all."""
    said = re.compile(rf"\b({'|'.join(map(re.escape, words))})\b")
    for path, text in sources().items():
        if said.search(text):
            for node in ast.walk(ast.parse(text)):
                yield path, node


def named(node: ast.AST) -> str:
    """The name a node gives to something, if it does."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
            return name
        case ast.alias(asname=str(name)):
            return name
    return ""


def test_no_identifier_is_a_retired_name() -> None:
    found = {
        f"{path}:{node.lineno}: {name}, say {RETIRED['identifier'][name]}"  # type: ignore[attr-defined]
        for path, node in nodes_of_files_with(RETIRED["identifier"])
        if (name := named(node)) in RETIRED["identifier"]
    }
    assert found == set()


def test_no_class_has_a_retired_name_and_no_two_the_same() -> None:
    classes = [
        name
        for text in sources().values()
        for name in re.findall(r"^ *class ([A-Za-z]\w*)", text, flags=re.MULTILINE)
    ]
    assert set(classes) & set(RETIRED["class"]) == set()
    assert [name for name, n in Counter(classes).items() if n > 1] == []


def test_no_table_or_column_has_a_retired_name() -> None:
    assert set(metadata.tables) & set(RETIRED["table"]) == set()
    columns = {column.name for table in metadata.tables.values() for column in table.columns}
    assert columns & set(RETIRED["column"]) == set()


def test_no_address_has_a_retired_name() -> None:
    routes = [route.path for route in ROUTES]
    assert len(routes) > 100
    assert {part for path in routes for part in path.split("/")} & set(RETIRED["url"]) == set()


def test_no_command_has_a_retired_name() -> None:
    top = typer.main.get_command(commands)
    assert set(top.commands) & set(RETIRED["command"]) == set()  # type: ignore[attr-defined]


@pytest.mark.parametrize("word", RETIRED["msgid"])
def test_no_text_says_a_retired_word(word: str) -> None:
    with (ROOT / "locales" / "alerting.pot").open("rb") as file:
        texts = [str(message.id) for message in read_po(file)]
    assert [text for text in texts if re.search(rf"\b{word}\b", text, re.IGNORECASE)] == []


def help_texts(command: Any, path: str = "alerting") -> Iterator[tuple[str, str]]:
    """What --help says of a command, its parameters and all commands below it."""
    yield path, command.help or ""
    for parameter in command.params:
        yield f"{path} {parameter.name}", getattr(parameter, "help", None) or ""
    for name, below in getattr(command, "commands", {}).items():
        yield from help_texts(below, f"{path} {name}")


def openapi_texts(found: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every summary, description and tag of an OpenAPI description."""
    match found:
        case dict():
            for key, value in found.items():
                if key in {"summary", "description"} and isinstance(value, str):
                    yield f"{path}/{key}", value
                elif key == "tags":
                    yield from ((f"{path}/tags", tag) for tag in value)
                elif key not in {"example", "examples"}:
                    yield from openapi_texts(value, f"{path}/{key}")
        case list():
            for value in found:
                yield from openapi_texts(value, path)


def settings_texts() -> Iterator[tuple[str, str]]:
    """What each setting of the core, and of every channel, says of itself."""
    for file in sorted((ROOT / "channels").glob("*.py")):
        importlib.import_module(f"channels.{file.stem}")
    below = [BaseSettings]
    while below:
        kind = below.pop()
        below += kind.__subclasses__()
        if kind is Settings:
            yield from (
                (f"Settings.{n}", f.description or "") for n, f in kind.model_fields.items()
            )
        elif kind.__module__.startswith("channels."):
            body = ast.parse(sources()[Path(*kind.__module__.split(".")).with_suffix(".py")])
            known = next(
                n for n in ast.walk(body) if isinstance(n, ast.ClassDef) and n.name == kind.__name__
            )
            for node in known.body:
                match node:
                    case ast.Expr(value=ast.Constant(value=str(text))):
                        yield f"{kind.__name__}:{node.lineno}", text


@cache
def explanations() -> tuple[tuple[str, str], ...]:
    """All that the command line, the API and the settings say of themselves, without `code`."""
    said = [
        *help_texts(typer.main.get_command(commands)),
        *openapi_texts(application().openapi()),
        *settings_texts(),
    ]
    return tuple((where, re.sub(r"`[^`]*`", "", text)) for where, text in said)


def test_help_openapi_and_settings_are_all_read() -> None:
    places = {where for where, _ in explanations()}
    assert {"alerting send", "alerting routes off reason", "Settings.fresh_minutes"} <= places
    assert "/paths//api/alerts/{number}/send/post/summary" in places
    assert any(where.startswith("TwilioSettings:") for where in places)
    assert len(places) > 500


@pytest.mark.parametrize("word", RETIRED["help"])
def test_no_help_says_a_retired_word(word: str) -> None:
    retired = re.compile(rf"\b({word})\b", re.IGNORECASE)
    found = [f"{where}: {text}" for where, text in explanations() if retired.search(text)]
    assert found == [], f"say: {RETIRED['help'][word]}"
