"""The drawing in docs/architecture.md is that of the imports, and the files it names are there."""

import re
from itertools import permutations
from pathlib import Path

import grimp
import pytest

from alerting.bootstrap import ROOT
from tests.architecture import PAGE, written


def test_the_drawing_is_that_of_the_imports() -> None:
    assert PAGE.read_text("utf-8") == written(), "run `python -m tests.architecture`"


@pytest.mark.parametrize("page", [PAGE, ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
def test_every_file_a_page_names_is_there(page: Path) -> None:
    named = set(
        re.findall(r"`((?:[a-z_0-9]+/)+[a-z_0-9]+\.(?:py|toml|md|html))`", page.read_text("utf-8"))
    )
    assert named
    places = [ROOT, ROOT / "alerting"]
    assert {one for one in named if not any((place / one).exists() for place in places)} == set()


def test_channels_do_not_know_each_other_nor_the_sandbox_that_plays_their_providers() -> None:
    graph = grimp.build_graph("channels")
    adapters = [one for one in graph.find_children("channels") if "._" not in one]
    assert len(adapters) > 4
    assert [
        (one, other)
        for one, other in permutations(sorted(adapters), 2)
        if graph.chain_exists(importer=one, imported=other, as_packages=True)
    ] == []
