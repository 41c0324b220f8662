"""A docstring of a field stands directly under its field; that of a long function says why."""

import ast
from pathlib import Path

import alerting
import channels

SOURCES = sorted(Path(alerting.__file__).parent.rglob("*.py"))
SCREEN = 50
"""Lines; a longer function has a part with a name of its own, or says why it has none."""


def _is_text(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def test_no_docstring_stands_under_another_docstring() -> None:
    wrong = [
        f"{path}:{second.lineno}"
        for path in SOURCES
        for block in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(block, ast.ClassDef)
        for first, second in zip(block.body[1:], block.body[2:], strict=False)
        if _is_text(first) and _is_text(second)
    ]
    assert wrong == []


def test_a_function_longer_than_a_screen_says_why_it_is_in_one_piece() -> None:
    root = Path(alerting.__file__).parent.parent
    long = [
        f"{path.relative_to(root)}:{node.lineno} {node.name}"
        for path in [*SOURCES, *sorted(Path(channels.__file__).parent.rglob("*.py"))]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= SCREEN
        and "In one piece: " not in (ast.get_docstring(node) or "")
    ]
    assert long == []
