"""A press office works from a terminal: from the first word of a release to its correction."""

from pathlib import Path

from tests.command_line import RunAs, run_as

__all__ = ["run_as"]
PRESS, SECOND = "press-officer", "approver"
TEXTS = """
topics = ["exercice"]

[fr]
headline = "Exercice à Liège"
lead = "Le 12 janvier."
body = "À 9h00."
place = "Liège"
contact = "Presse FR, +32 4 221 80 00, de 8h00 à 18h00"
facts = [{ label = "Participants", value = "300" }]
"""


def fingerprint(run_as: RunAs, number: str) -> str:
    """As `show` prints it last."""
    return str(run_as(PRESS, "release", "show", number).stdout.split()[-1])


def test_from_its_first_word_to_its_correction(run_as: RunAs, tmp_path: Path) -> None:
    begun = run_as(PRESS, "release", "begin", "--area", "4000 Liège")
    number = begun.stdout.strip()
    file = tmp_path / "release.toml"
    file.write_text(TEXTS, "utf-8")
    assert "“draft”" in run_as(PRESS, "release", "write", number, str(file)).stdout
    seen = ("--seen", fingerprint(run_as, number))
    assert "awaiting review" in run_as(PRESS, "release", "submit", number, *seen).stdout
    refused = run_as(PRESS, "release", "approve", number, *seen)
    assert (refused.exit_code, "cannot review it" in refused.stderr) == (1, True)
    assert "approved" in run_as(SECOND, "release", "approve", number, *seen).stdout
    assert "published" in run_as(PRESS, "release", "publish", number, *seen).stdout
    listed = run_as("auditor", "release", "list").stdout
    assert "Exercice à Liège" in listed
    correction = run_as(PRESS, "release", "correct", number).stdout.strip()
    assert correction not in {"", number}
    why = ("--reason", "The wrong town was named")
    assert "discarded" in run_as(PRESS, "release", "discard", correction, *why).stdout
    assert "withdrawn" in run_as(SECOND, "release", "withdraw", number, *why).stdout


def test_a_file_that_cannot_be_read_changes_nothing(run_as: RunAs, tmp_path: Path) -> None:
    number = run_as(PRESS, "release", "begin").stdout.strip()
    before = fingerprint(run_as, number)
    bad = tmp_path / "bad.toml"
    for content, told in (("[fr", "cannot be read"), ('[fr]\nheadlin = "x"', "headlin")):
        bad.write_text(content)
        refused = run_as(PRESS, "release", "write", number, str(bad))
        assert (refused.exit_code, told in refused.stderr) == (1, True)
    assert fingerprint(run_as, number) == before
