"""No text makes a pattern or a check work more than in proportion to its length.

Every pattern of the product is found by looking through its modules and its source, so that a new
one is held to it without being named here. Counted are attempts of the engine (`regex_work`) and
lines of Python, never seconds.
"""

import ast
import importlib
import math
import pkgutil
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import alerting
import channels
from tests.attacks.regex_work import Machine, letters_of, shortest

ROOT = Path(alerting.__file__).parent.parent
NOT_IMPORTED = frozenset({"alerting.store.migrations.env"})
"""Runs inside alembic only, and holds no pattern."""

AWKWARD: tuple[str, ...] = (
    "7", ".", "-", " ", "a", "A", "@", "\n", "_", "'", "’", ":", "/", ",", "(", "[", "{", "?", "#",
    "0 ", "1.", "a.", "a-", "a@", "a'", "http", "https://", "www.", "x.be ", "@a", "A ", "A. ",
    "12:", "1-", "+3", "\u0301", "e\u0301", "\U0001f1e7", "⚠\ufe0f", "😀", "é", "中", "\u00a0",
    "Aa1.-@ ", "{{", "{%", "[A ", "1:2 tot ", "n sie", "ez", "\x00",
)  # fmt: skip
SMALL, LARGE = (48, 96), (400, 800)
"""Lengths whose work is compared: short ones first, long ones where those leave a doubt."""
MOST_GROWTH = 2.8
"""Work of a text twice as long. 2 is linear, 4 quadratic; bounded repeats lie between."""
MOST_LETTERS = 10
MOST_DOUBTS = 10
"""Attacks tried on long texts: those that made the work on short ones grow most."""


def modules() -> Iterator[ModuleType]:
    for package in (alerting, channels):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if found.name not in NOT_IMPORTED and not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


def inside(value: object, depth: int = 3) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, Mapping):
        for one in value.values():
            yield from inside(one, depth - 1)
    elif depth and isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from inside(one, depth - 1)
    elif depth == 3 and isinstance(value, type) and value.__module__.startswith(("alert", "chann")):
        for one in list(vars(value).values()):
            yield from inside(one, 1)


def called_in_passing() -> Iterator[tuple[str, ast.expr]]:
    """First arguments of `re.sub`, `re.split` and their like, with where they stand."""
    for folder in ("alerting", "channels"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id == "re"
                    and node.func.attr not in {"compile", "escape"}
                ):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node.args[0]


@lru_cache(maxsize=1)
def patterns() -> dict[str, re.Pattern[Any]]:
    """Every pattern of the product, once, by where it was met first."""
    found: dict[tuple[Any, int], tuple[str, re.Pattern[Any]]] = {}
    for module in modules():
        for name, value in vars(module).items():
            for n, one in enumerate(inside(value)):
                found.setdefault((one.pattern, one.flags), (f"{module.__name__}.{name}[{n}]", one))
    for where, argument in called_in_passing():
        if isinstance(argument, ast.Constant):
            one = re.compile(argument.value)
            found.setdefault((one.pattern, one.flags), (where, one))
    return dict(found.values())


PATTERNS = patterns()


def attacks(machine: Machine) -> Iterator[tuple[str, str, str]]:
    """What stands before, what is repeated, what stands behind."""
    letters = list(dict.fromkeys(letters_of(machine.tree)))
    letters = letters[:: max(1, len(letters) // MOST_LETTERS)][:MOST_LETTERS]
    words = shortest(machine.tree)[:12]
    for pump in (*AWKWARD, words):
        yield "", pump, "\x01"
    for place in range(1, len(words) + 1):
        for pump in (*letters, words[place - 1 : place + 1], *AWKWARD[:6]):
            yield words[:place], pump, "\x01"
    for one in letters:
        for other in letters:
            yield "", one + other, "\x01"


def text(attack: tuple[str, str, str], length: int) -> str:
    before, pump, behind = attack
    return before + (pump * length)[:length] + behind


def growth(machine: Machine, attack: tuple[str, str, str], lengths: tuple[int, int]) -> float:
    short, long = (machine.work(text(attack, length)) for length in lengths)
    return math.inf if math.isinf(long) else long / short


def worst(pattern: re.Pattern[Any]) -> tuple[float, tuple[str, str, str]]:
    """The attack that makes it grow most."""
    machine = Machine(pattern)
    if machine.is_bounded:
        return 1.0, ("", "", "")
    tried = [(growth(machine, one, SMALL), one) for one in dict.fromkeys(attacks(machine))]
    doubtful = sorted((one for one in tried if one[0] > MOST_GROWTH), reverse=True)
    for _, attack in doubtful[:MOST_DOUBTS]:
        if (factor := growth(machine, attack, LARGE)) > MOST_GROWTH:
            return factor, attack
    return 1.0, ("", "", "")


@pytest.mark.parametrize("name", PATTERNS)
def test_a_pattern_works_in_proportion_to_the_text(name: str) -> None:
    factor, attack = worst(PATTERNS[name])
    assert factor <= MOST_GROWTH, f"{PATTERNS[name].pattern!r} on {attack!r}"


def test_no_pattern_is_hidden_in_an_expression() -> None:
    """What is not written out cannot be looked at: patterns are constants."""
    assert [
        where for where, given in called_in_passing() if not isinstance(given, ast.Constant)
    ] == []


@pytest.mark.parametrize(
    "slow",
    [
        r"(?:[a-z0-9](?:[\w-]*[a-z0-9])?\.)+be", r"\S+@\S+", r"\d+\s*x", r"(\d+)*x", r"(?:a|aa)+$",
        r"\s*[:h]?\s*\d{2}", r"a.*b", r"(?<!x)\w+;", r"\s+$", r"(?:\w+,)*\w+;",
    ],
)  # fmt: skip
def test_no_slow_pattern_goes_unfound(slow: str) -> None:
    assert worst(re.compile(slow))[0] > MOST_GROWTH


@pytest.mark.parametrize("name", [one for one in PATTERNS if not one.startswith("channels")])
def test_this_engine_finds_what_pythons_finds(name: str) -> None:
    pattern = PATTERNS[name]
    if isinstance(pattern.pattern, bytes):
        return
    machine = Machine(pattern)
    for attack in [("", pump, "") for pump in AWKWARD] + [("", shortest(machine.tree), "!")]:
        words = text(attack, 20)
        expected = [one.span() for one in pattern.finditer(words)]
        assert machine.spans(words) == expected, (pattern.pattern, words)


@given(st.sampled_from(sorted(PATTERNS)), st.text("a7.- @'éA:h/\n{}[]+0", max_size=30))
def test_this_engine_finds_what_pythons_finds_on_any_text(name: str, words: str) -> None:
    pattern = PATTERNS[name]
    if isinstance(pattern.pattern, bytes):
        return
    assert Machine(pattern).spans(words) == [one.span() for one in pattern.finditer(words)]
