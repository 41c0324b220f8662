"""What changes of a text is told by lines, and makes exactly the new text."""

from hypothesis import given
from hypothesis import strategies as st

from alerting.web.console.alerts.line_changes import Change, line_changes, lines_of

LINES = st.lists(st.sampled_from("abc"), min_size=1, max_size=8)


def applied(before: list[str], changes: list[Change]) -> list[str]:
    """As `console.js` does it: from the last to the first, so that the numbers stay true."""
    lines = list(before)
    for at, number, new in reversed(changes):
        lines[at : at + number] = new
    return lines


@given(before=LINES, after=LINES)
def test_changes_make_the_one_of_the_other(before: list[str], after: list[str]) -> None:
    assert applied(before, line_changes(before, after)) == after
    assert line_changes(after, list(after)) == []


def test_lines_that_stay_are_not_told() -> None:
    assert line_changes(list("abcde"), list("aXcYe")) == [(1, 1, ["X"]), (3, 1, ["Y"])]
    assert line_changes(list("abcde"), list("abXYde")) == [(2, 1, ["X", "Y"])]


@given(st.text())
def test_a_line_holds_nothing_that_parts_lines_on_the_way(text: str) -> None:
    lines = lines_of(text)
    assert not any({"\r", "\n"} & set(line) for line in lines)
    assert "\n".join(lines).split("\n") == lines
