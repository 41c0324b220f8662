"""On the command line a name of several places is asked about, and a list of localities checked."""

from pathlib import Path
from typing import Any

from tests.command_line import RunAs, run_as
from tests.make import gazetteer

__all__ = ["run_as"]

LIST = "name;language;postal_code;municipality\nVogelenzang;nl;1070;21001\n"


def draft(run_as: RunAs, area: str) -> Any:
    words = ["--value", "location.fr=Liège", "--value", "location.nl=Luik"]
    words += ["--value", "substance.fr=suie", "--value", "substance.nl=roet"]
    words += ["--value", "next_update=2030-02-15T15:30"]
    return run_as(
        "communicator", "draft", "chem_shelter", "--area", area, "--channel", "email", *words
    )


def test_a_name_of_several_places_is_answered_with_what_tells_them_apart(run_as: RunAs) -> None:
    asked = draft(run_as, "Bruxelles")
    assert asked.exit_code == 1
    said = " ".join(asked.output.split())
    assert "“Bruxelles” is the name of several places: Brussels, municipality (1000)" in said
    assert "185,100 inhabitants [21004]; Brussels-Capital Region, region" in said
    assert draft(run_as, "21004").exit_code == 0


def test_a_list_of_localities_is_checked_aloud_and_then_used(run_as: RunAs, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(LIST + "Nergens;nl;1070;99999\n")
    command = ("administrator", "places", "import-localities", str(file))
    dry = run_as(*command, "--dry-run")
    assert "Row 3, column municipality: “99999” is not the NIS code" in dry.output
    assert "Nothing was imported. The file has 1 valid names and 1 invalid rows." in dry.output
    assert run_as(*command).exit_code == 1
    assert draft(run_as, "Vogelenzang").exit_code == 1
    assert "The names of 1 localities are known" in run_as(*command, "--skip-bad").output
    drafted = draft(run_as, "Vogelenzang")
    assert drafted.exit_code == 0, drafted.output
    assert "“Vogelenzang” is part of Anderlecht (1070)" in drafted.output
    gazetteer().use_localities((), "")
