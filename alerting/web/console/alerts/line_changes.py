"""What is another one in a text, by lines: a board is sent that and not the whole."""

from collections.abc import Sequence
from difflib import SequenceMatcher

Change = tuple[int, int, list[str]]
"""The number of a line, counted from 0, how many lines from there on give way, and to which."""


def lines_of(text: str) -> list[str]:
    """Lines as a browser has them of a server-sent event: parted by line feeds alone."""
    return "\n".join(text.splitlines()).split("\n")


def line_changes(before: Sequence[str], after: Sequence[str]) -> list[Change]:
    """What makes `after` of `before`, in order; numbers of lines are those of `before`."""
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return [
        (start, end - start, list(after[new_start:new_end]))
        for tag, start, end, new_start, new_end in matcher.get_opcodes()
        if tag != "equal"
    ]
