"""The drawing in docs/architecture.md, made from the imports: `python -m tests.architecture`."""

import re
import sys
from collections import defaultdict
from graphlib import TopologicalSorter

import grimp

from alerting.bootstrap import ROOT

PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- drawn from the imports -->", "<!-- end of the drawing -->"


def room(module: str) -> str:
    """The part of the house a module stands in: `alerting.web.app` is `web`."""
    top, _, rest = module.partition(".")
    return rest.partition(".")[0] if top == "alerting" else top


def imports() -> dict[str, set[str]]:
    """For every part, the parts it imports."""
    graph = grimp.build_graph("alerting", "channels")
    found: dict[str, set[str]] = defaultdict(set)
    for importer in graph.modules:
        for imported in graph.find_modules_directly_imported_by(importer):
            pair = room(importer), room(imported)
            if all(pair) and pair[0] != pair[1]:
                found[pair[0]].add(pair[1])
    return found


def direct(found: dict[str, set[str]]) -> list[tuple[str, str]]:
    """The arrows that no longer way says already: a floor imports most of what is below it."""
    below: dict[str, set[str]] = {}
    for part in TopologicalSorter(found).static_order():
        below[part] = set().union(
            *({other} | below.get(other, set()) for other in found.get(part, ()))
        )
    return sorted(
        (part, other)
        for part, others in found.items()
        for other in others
        if not any(other in below[between] for between in others - {other})
    )


def drawing() -> str:
    """Mermaid: an arrow from each part to those it stands on."""
    lines = [f"  {part} --> {other}" for part, other in direct(imports())]
    return "\n".join(["```mermaid", "flowchart TD", *lines, "```"])


def written() -> str:
    """The page with the drawing of today."""
    text = PAGE.read_text("utf-8")
    pattern = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    return pattern.sub(f"{BEGIN}\n{drawing()}\n{END}", text)


if __name__ == "__main__":
    PAGE.write_text(written(), "utf-8")
    sys.stdout.write(f"{PAGE}\n")
