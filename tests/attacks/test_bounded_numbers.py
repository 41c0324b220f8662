"""No number that a page or call takes is larger than a database holds: refused, never a fault."""

import ast
from collections.abc import Iterator
from pathlib import Path

import alerting.web

METHODS = {"get", "post", "put", "patch", "delete"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def routes() -> Iterator[tuple[str, Function]]:
    """Every function that answers requests, with where it stands."""
    for path in sorted(Path(alerting.web.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, Function) and any(map(is_route, node.decorator_list)):
                yield f"{path.name}:{node.name}", node


def is_route(decorator: ast.expr) -> bool:
    return (
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr in METHODS
    )


def unbounded(one: ast.arg) -> bool:
    """An `int`, alone, in a union or annotated, without `le` or `lt`."""
    said = ast.unparse(one.annotation) if one.annotation else ""
    words = {node.id for node in ast.walk(ast.parse(said)) if isinstance(node, ast.Name)}
    return "int" in words and "le=" not in said and "lt=" not in said


def test_every_number_of_every_route_has_a_bound() -> None:
    found = [
        f"{name}({one.arg})"
        for name, node in routes()
        for one in (*node.args.args, *node.args.kwonlyargs)
        if unbounded(one)
    ]
    assert len(list(routes())) > 100
    assert found == []
