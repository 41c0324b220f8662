"""Nothing is promised that no test attacks, and nothing is attacked that the page does not tell.

`docs/security.md` says what the attacks add up to; the names of the tests say what cannot be done.
"""

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "security.md").read_text(encoding="utf-8")
FILES = sorted(HERE.glob("test_*.py"))
PROMISES = [line for line in PAGE.splitlines() if line.startswith("| ")][1:]


def named(line: str) -> list[Path]:
    """The files of tests a line names; without a folder, they stand here or above."""
    found = re.findall(r"`((?:\w+/)*test_\w+\.py)`", line)
    return [path for name in found for path in (HERE / name, HERE.parent / name) if path.is_file()]


def test_no_promise_is_without_a_test_that_exists() -> None:
    for line in PROMISES:
        count = len(re.findall(r"test_\w+\.py", line))
        assert count, f"proved by nothing: {line}"
        assert len(named(line)) == count, f"proved by a test that is not there: {line}"


def test_no_attack_is_missing_on_the_page() -> None:
    told = {path for line in PROMISES for path in named(line)}
    assert not [file.name for file in FILES if file not in told and file != Path(__file__)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_file_of_attacks_is_without_its_rule_and_no_test_without_a_sentence(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    rule = (ast.get_docstring(tree) or "").partition("\n\n")[0]
    assert rule.endswith((".", ":")), "the first paragraph is the rule, in a sentence"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            words = node.name.split("_")
            if words[0] == "test":
                assert len(words) > 4, f"{node.name} is no sentence"
