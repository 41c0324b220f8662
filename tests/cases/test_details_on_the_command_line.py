"""Words typed on the command line belong to a language each, and are refused where they do not."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from alerting.cli.alerts import values_of
from alerting.domain.errors import BadRequest
from tests.command_line import run, run_as

__all__ = ["run", "run_as"]

EMAIL = ("--channel", "email")
WHEN = ("--value", "next_update=2030-02-15T15:30")


@pytest.mark.parametrize(
    ("given", "values"),
    [
        pytest.param(["onset=16:30"], {"onset": "16:30"}, id="once for all"),
        pytest.param(
            ["cause.fr=fuite", "cause.nl=lek"], {"cause": {"fr": "fuite", "nl": "lek"}}, id="by two"
        ),
        pytest.param(["cause.fr=a=b"], {"cause": {"fr": "a=b"}}, id="a sign of its own"),
        pytest.param(["n=1", "n=2"], {"n": "2"}, id="the last counts"),
    ],
)
def test_a_detail_is_given_once_or_by_language(given: list[str], values: Mapping[str, Any]) -> None:
    assert values_of(given) == values


def test_a_file_and_an_option_may_share_a_detail(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"cause": {"fr": "fuite"}, "n": 1}))
    given = values_of([f"@{tmp_path / 'a.json'}", "cause.nl=lek"])
    assert given == {"cause": {"fr": "fuite", "nl": "lek"}, "n": 1}
    (tmp_path / "b.json").write_text("[1]")
    with pytest.raises(BadRequest, match="not NAME=VALUE"):
        values_of([f"@{tmp_path / 'b.json'}"])


@pytest.mark.parametrize(
    ("given", "says"),
    [
        pytest.param(["cause=a", "cause.fr=b"], "both without a language", id="once, then by one"),
        pytest.param(["cause.fr=a", "cause=b"], "both without a language", id="by one, then once"),
        pytest.param(["cause.it=a"], "no language “it”; there are fr, nl, de, en", id="Italian"),
        pytest.param(["cause.=a"], "no language “”", id="no language"),
        pytest.param(["cause.fr"], "not NAME=VALUE", id="no words"),
    ],
)
def test_what_belongs_to_no_language_is_refused(given: list[str], says: str) -> None:
    with pytest.raises(BadRequest) as refused:
        values_of(given)
    assert says in str(refused.value)


def test_a_draft_says_what_was_filled_in_and_its_preview_what_is_missing(run: Any) -> None:
    place = ("--value", "location.fr=Liège", "--value", "substance.fr=suie")
    drafted = run("draft", "chem_shelter", "--area", "Eupen", *EMAIL, *place, *WHEN)
    assert drafted.exit_code == 0, drafted.output
    assert "“location” was filled in from the known names. Deutsch: Lüttich" in drafted.output
    preview = run("preview", drafted.stdout.strip())
    assert "[DE? " in preview.output
    assert "email/de/text: “" in preview.output
    assert "is missing in: Deutsch" in preview.output


def test_a_draft_is_changed_having_been_read(run: Any) -> None:
    drafted = run("draft", "fire_smoke", "--area", "4000 Liège", *EMAIL, *WHEN)
    assert drafted.exit_code == 0, drafted.output
    number = drafted.stdout.strip()
    seen = ("--seen", run("preview", number).stdout.split()[-1])
    passed = run("change", number, *seen, "--value", "next_update=2020-01-01T08:00")
    assert passed.exit_code == 1
    assert "has passed: enter a later time" in " ".join(passed.output.split())
    changed = run("change", number, *seen, "--area", "5000 Namur", "--valid-minutes", "60")
    assert changed.exit_code == 0, changed.output
    assert "is now in version 2" in changed.output
    again = run("change", number, *seen, "--area", "4000 Liège")
    assert again.exit_code == 1, "somebody reads before they change"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        pytest.param("location=port", "write location.de, location.fr", id="of no language"),
        pytest.param("location.it=porto", "there is no language “it”", id="of another"),
    ],
)
def test_a_draft_of_words_without_a_language_is_refused(run: Any, value: str, says: str) -> None:
    refused = run("draft", "chem_shelter", "--area", "Eupen", *EMAIL, "--value", value, *WHEN)
    assert refused.exit_code == 1
    assert says in " ".join(refused.output.split())
