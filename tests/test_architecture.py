"""The drawing in docs/architecture.md is that of the imports, and the files it names are there."""

import re

from alerting.bootstrap import ROOT
from tests.architecture import PAGE, written


def test_the_drawing_is_that_of_the_imports() -> None:
    assert PAGE.read_text("utf-8") == written(), "run `python -m tests.architecture`"


def test_every_file_it_names_is_there() -> None:
    named = set(
        re.findall(r"`((?:[a-z_0-9]+/)+[a-z_0-9]+\.(?:py|toml|md))`", PAGE.read_text("utf-8"))
    )
    assert len(named) > 20
    places = [ROOT, ROOT / "alerting"]
    assert {one for one in named if not any((place / one).exists() for place in places)} == set()
