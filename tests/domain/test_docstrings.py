"""A docstring of a field stands directly under its field."""

import ast
from pathlib import Path

import alerting

SOURCES = sorted(Path(alerting.__file__).parent.rglob("*.py"))


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
