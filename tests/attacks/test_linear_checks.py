"""No text makes the checks run longer than in proportion to its length.

Counted are lines of Python, and what slices and the methods that copy a text or a list give back:
a line may copy all of a text. With the patterns, which `test_linear_patterns.py` looks at, they are
all a check does. Functions are found by what they take, in the modules of the checks and in every
module of ours that these import, so that a new one is looked at too.
"""

import ast
import builtins
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable, Collection, Iterator, Sized
from contextlib import suppress
from datetime import datetime, timedelta
from functools import lru_cache, partial
from re import Pattern
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

import pytest

import alerting.checks
import alerting.checks.wording
import alerting.domain.text
from alerting.checks.check_input import CheckInput
from alerting.checks.run import run_checks
from alerting.domain.alert import AlertClass
from alerting.domain.authority import Level
from alerting.domain.authority_names import folded_names
from alerting.domain.errors import AlertingError
from alerting.domain.language import Language
from alerting.domain.message import Message, max_chars
from alerting.domain.text.gsm7 import Encoding
from alerting.domain.text.hidden import made_visible
from alerting.geo.gazetteer import Gazetteer
from alerting.services import place_names
from tests.checks.samples import NOW

KINDS = (
    "7", ".", "-", " ", "a", "A ", "@", "a.", "a-", "a@b.c ", "http://x.be ", "0 ", "12:30 ",
    "e\u0301", "\U0001f1e7\U0001f1ea", "⚠\ufe0f", "é", "\n- a", "Brussel ", "{a}", "[A]", "'", ": ",
    "+32 2 ", "1/2 ", "maandag ", "bel 1 ", "Aa1.-@ é\n",
    "l ", "la ", "de ", "Roi ", "van de ", "message du ", "namens x, ", "Raad van ", "Stad Gent ",
    "l:", "02.11.2034 ", "02/11, ", "0 I ", "0900 IZ ", "a@", "a.b@c+", "a·e", "я", "5 µSv ",
)  # fmt: skip
MOST_GROWTH = 2.5
FEW = 400
"""Lines that say nothing about growth."""
Takes = Callable[[str], object]


OTHERS = folded_names(["Stad Luik", "Ville de Liège"])
OWN = folded_names(["Stad Gent"])
FILLED: dict[object, object] = {
    Language: Language.NL,
    Level: Level.MUNICIPAL,
    Encoding: Encoding.GSM7,
    datetime: NOW,
    Collection[str]: OTHERS,
    bool: False,
    int: 160,
    str: "Stad Gent",
}
"""What stands for whatever a function takes beside its text."""


@lru_cache(maxsize=1)
def modules() -> dict[str, ModuleType]:
    """Those of the checks, and all of ours that are imported from there."""
    waiting = [
        found.name
        for package in (alerting.checks, alerting.checks.wording, alerting.domain.text)
        for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
    ]
    found: dict[str, ModuleType] = {}
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = importlib.import_module(name)
        for node in ast.walk(ast.parse(inspect.getsource(found[name]))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("alerting"):
                within = (f"{node.module}.{one.name}" for one in node.names)
                waiting += [str(node.module), *(one for one in within if one in sys.modules)]
    return found


def functions() -> Iterator[tuple[str, Takes]]:
    """Public ones whose first parameter is a text."""
    for module in modules().values():
        for name, one in vars(module).items():
            if name.startswith("_") or getattr(one, "__module__", "") != module.__name__:
                continue
            if not callable(one) or inspect.isclass(one):
                continue
            signature = inspect.signature(one)
            taken = list(signature.parameters.values())
            if not taken or taken[0].annotation is not str:
                continue
            if signature.return_annotation == Pattern[str]:  # whose source is ours
                continue
            needed = {
                it.name: FILLED.get(it.annotation, ()) for it in taken[1:] if it.default is it.empty
            }
            yield f"{module.__name__}.{name}", partial(_filled, one, needed)


def _filled(act: Callable[..., object], others: dict[str, object], text: str) -> object:
    with suppress(AlertingError, KeyError):  # a name of nothing
        return act(text, **others)
    return None


PLACE_NAMES = place_names(Gazetteer())
FUNCTIONS = dict(functions())

COPYING = frozenset(
    {
        *("casefold", "copy", "encode", "findall", "join", "lower", "lstrip", "partition"),
        *("replace", "rpartition", "rsplit", "rstrip", "split", "splitlines", "strip", "sub"),
        *("translate", "upper"),
    }
)
BUILDING = frozenset({"dict", "frozenset", "list", "set", "sorted", "tuple"})
COUNTER = "counted_copy"
copied = 0


def counted_copy(made: object) -> object:
    """Count what was copied: letters of a text, items of a list."""
    global copied  # noqa: PLW0603  reached from rewritten code, which knows builtins only
    copied += len(made) if isinstance(made, Sized) else 0
    return made


class Counting(ast.NodeTransformer):
    """Slices, and calls that copy, with a counter around them."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        self.generic_visit(node)
        sliced = isinstance(node.slice, ast.Slice) and isinstance(node.ctx, ast.Load)
        return self._counted(node) if sliced else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        called = node.func
        copies = (isinstance(called, ast.Attribute) and called.attr in COPYING) or (
            isinstance(called, ast.Name) and called.id in BUILDING
        )
        return self._counted(node) if copies else node

    def _counted(self, node: ast.expr) -> ast.expr:
        call = ast.Call(ast.Name(COUNTER, ast.Load()), [node], [])
        return ast.fix_missing_locations(ast.copy_location(call, node))


def codes(code: CodeType) -> Iterator[tuple[tuple[str, int], CodeType]]:
    """What is defined in it, by qualified name and line."""
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield (one.co_qualname, one.co_firstlineno), one
            yield from codes(one)


def plain_functions(module: ModuleType) -> Iterator[FunctionType]:
    """Those a module defines, in its classes and behind its caches, too."""
    waiting = [
        one for one in vars(module).values() if getattr(one, "__module__", "") == module.__name__
    ]
    while waiting:
        one = waiting.pop()
        if isinstance(one, FunctionType):
            yield one
        elif inspect.isclass(one):
            waiting += list(vars(one).values())
        for inside in ("__wrapped__", "__func__", "fget"):
            if not inspect.isclass(one) and (held := getattr(one, inside, None)):
                waiting.append(held)


@pytest.fixture(scope="module", autouse=True)
def _copies_are_counted() -> Iterator[None]:
    """All modules that are looked at, and this one, count what they copy."""
    setattr(builtins, COUNTER, counted_copy)
    before: dict[FunctionType, CodeType] = {}
    for module in (*modules().values(), sys.modules[__name__]):
        tree = Counting().visit(ast.parse(inspect.getsource(module)))
        counting = dict(codes(compile(tree, str(module.__file__), "exec", dont_inherit=True)))
        for one in plain_functions(module):
            key = (one.__code__.co_qualname, one.__code__.co_firstlineno)
            if key in counting and one is not counted_copy:
                before.setdefault(one, one.__code__)
                one.__code__ = counting[key]
    yield
    for one, code in before.items():
        one.__code__ = code
    delattr(builtins, COUNTER)


CACHES = [
    one
    for module in modules().values()
    for one in vars(module).values()
    if hasattr(one, "cache_clear") and getattr(one, "__module__", "") == module.__name__
]


def lines(act: Takes, text: str) -> int:
    """Lines of ours that are run, and what they copy."""
    count = 0
    for held in CACHES:  # what another length has read is no measure of this one
        held.cache_clear()
    copied_before = copied

    def traced(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        count += event == "line"
        return traced

    before = sys.gettrace()
    sys.settrace(traced)
    try:
        done = act(text)
        if isinstance(done, Iterator):
            for _ in done:
                pass
    finally:
        sys.settrace(before)
    return count + copied - copied_before


def of_length(kind: str, length: int) -> str:
    return (kind * length)[:length]


def reviewed(text: str) -> object:
    """All checks, of a short and of a long text, in two languages."""
    messages = tuple(
        Message(
            channel=channel,
            language=language,
            text=made_visible(f"{channel} {text}")[: max_chars(channel)],
            subject=made_visible(text)[:100].replace("\n", " "),
        )
        for channel in ("sms", "email", "bluesky")
        for language in (Language.FR, Language.NL)
    )
    place = dict.fromkeys(Language, ("Brussel", "aaa", "a a"))
    return run_checks(
        CheckInput(
            messages=messages,
            required=(Language.FR, Language.NL),
            alert_class=AlertClass.ALERT,
            now=NOW,
            expires_at=NOW + timedelta(hours=1),
            sources=place,
            places=(place, place),
            allowed_hosts=frozenset({"be-alert.be"}),
            known_places=PLACE_NAMES,
            level=Level.MUNICIPAL,
            own_names=OWN,
            other_names=OTHERS,
        )
    )


def test_no_function_that_reads_a_text_goes_unlooked_at() -> None:
    assert len(FUNCTIONS) > 15
    assert {"alerting.domain.text.links.links_in", "alerting.checks.facts.facts_in"} <= {*FUNCTIONS}
    assert "alerting.domain.speakers.speakers_in" in FUNCTIONS


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_works_in_proportion_to_the_text(name: str) -> None:
    for kind in KINDS:
        short, long = (lines(FUNCTIONS[name], of_length(kind, n)) for n in (600, 1200))
        assert long < FEW or long <= MOST_GROWTH * short, (kind, short, long)


@pytest.mark.parametrize("kind", KINDS)
def test_all_checks_together_work_in_proportion_to_the_text(kind: str) -> None:
    short, long = (lines(reviewed, of_length(kind, n)) for n in (1000, 2000))
    assert long <= MOST_GROWTH * short, (short, long)


@pytest.mark.parametrize("kind", KINDS)
def test_the_longest_text_there_can_be_is_read(kind: str) -> None:
    text = of_length(kind, 20_000)
    for act in (*FUNCTIONS.values(), reviewed):
        done = act(text)
        assert not isinstance(done, Iterator) or list(done) is not None


def test_what_grows_with_the_square_is_found() -> None:
    def square(text: str) -> object:
        return [one for n in range(len(text)) for one in range(n)]

    assert lines(square, "a" * 200) > 0
    short, long = (lines(lambda text: [names_in(text) for _ in text], "a" * n) for n in (50, 100))
    assert long > MOST_GROWTH * short


def test_what_copies_again_and_again_is_found() -> None:
    for slow in (cut_from_the_front, joined_again):
        short, long = (lines(slow, of_length("l ", n)) for n in (600, 1200))
        assert long > MOST_GROWTH * short, slow


def cut_from_the_front(text: str) -> int:
    words = text.split()
    while words:
        words = words[1:]
    return 0


def joined_again(text: str) -> int:
    words = text.split()
    return sum(len("".join(words)) for _ in words)


def names_in(text: str) -> int:
    count = 0
    for _ in text:
        count += 1
    return count
