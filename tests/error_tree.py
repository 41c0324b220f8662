"""The drawing of the tree of errors, made from the classes themselves.

`python -m tests.error_tree` draws it anew in `alerting/domain/errors/__init__.py`. What is said
beside a name stays; a new one begins with the first line of its docstring.
"""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import alerting
import channels
from alerting.domain import errors
from alerting.domain.errors import AlertingError

BULLETS = "*+x-"
REMARK_COLUMN = 25
LINE = re.compile(r"^(?P<indent> *)[*+x-] (?P<name>\w+) *(?P<remark>.*)$", re.MULTILINE)


def load_everything() -> None:
    """Every module: a class that nobody imported is in no tree."""
    for package in (alerting, channels):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith(("__main__", ".env")) and ".versions." not in found.name:
                importlib.import_module(found.name)


def classes() -> list[type[AlertingError]]:
    """Every error there is, each before those it is above."""
    load_everything()
    return [AlertingError, *_below(AlertingError)]


def _below(kind: type[AlertingError]) -> Iterator[type[AlertingError]]:
    for one in sorted(set(kind.__subclasses__()), key=_place):
        if one.__module__.startswith(("alerting.", "channels.")):
            yield one
            yield from _below(one)


def _place(kind: type[AlertingError]) -> tuple[bool, str, int]:
    """Those of the domain first, by file and as they stand there; then the others by module."""
    at = inspect.getsourcelines(kind)[1]
    return not _of_domain(kind), kind.__module__, at


def _of_domain(kind: type[AlertingError]) -> bool:
    return kind.__module__.startswith(f"{errors.__name__}.")


def remarks(drawn: str) -> Mapping[str, str]:
    """What a drawing says beside each name."""
    return {found["name"]: found["remark"] for found in LINE.finditer(drawn)}


def drawing() -> str:
    """The tree, with what is said beside each name now."""
    said = remarks(errors.__doc__ or "")
    lines = []
    for kind in classes():
        depth = len(kind.__mro__) - len(AlertingError.__mro__)
        name = f"{'  ' * depth}{BULLETS[depth]} {kind.__name__}"
        remark = said.get(kind.__name__, "")
        if not remark and kind is not AlertingError:
            remark = (kind.__doc__ or "").partition("\n")[0].rstrip(".")
        home = kind.__module__.removeprefix("alerting.")
        if not _of_domain(kind) and f"({home})" not in remark:
            remark = f"{remark} ({home})"
        lines.append(f"{name:<{REMARK_COLUMN}}{'' if len(name) < REMARK_COLUMN else '  '}{remark}")
    return "\n".join(line.rstrip() for line in lines)


def drawn() -> str:
    """The tree as the docstring has it."""
    text = errors.__doc__ or ""
    return text[text.index("* AlertingError") : text.rindex("\n\nA door")]


if __name__ == "__main__":
    file = Path(str(errors.__file__))
    source = file.read_text(encoding="utf-8")
    file.write_text(source.replace(drawn(), drawing(), 1), encoding="utf-8")
