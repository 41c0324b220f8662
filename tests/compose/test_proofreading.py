"""The library as one page to print: what a press officer proofreads is what would be sent."""

import re
from html import unescape
from pathlib import Path

import pytest
from typer.testing import CliRunner

from alerting.cli.main import app
from alerting.domain.channel_profiles import PROFILES
from alerting.domain.language import Language
from tests.compose.samples import LIBRARY

ARTICLE = re.compile(r'<article lang="(\w\w)">.*?<p class="text">(.*?)</p>\n</article>', re.DOTALL)


def printed(tmp_path: Path, *words: str) -> str:
    file = tmp_path / "texts.html"
    done = CliRunner().invoke(app, ["templates", "show", *words, "--html", str(file)])
    assert done.exit_code == 0, done.output
    return file.read_text("utf-8")


def test_every_text_of_the_library_is_on_the_page_in_every_language(tmp_path: Path) -> None:
    page = printed(tmp_path, "--all")
    for scenario in LIBRARY:
        section = page.partition(f'<section id="{scenario.name}">')[2].partition("</section>")[0]
        texts = ARTICLE.findall(section)
        assert [language for language, _ in texts] == [*Language] * len(PROFILES)
        assert all(text.strip() for _, text in texts)
        if scenario.needs_expert:
            assert scenario.needs_expert in unescape(section)


def test_it_loads_nothing_from_elsewhere_and_runs_nothing(tmp_path: Path) -> None:
    page = printed(tmp_path, "gas_leak")
    assert not re.search(r"<script|<link|<img|@import|url\(", page)


def test_only_the_languages_and_channels_asked_for(tmp_path: Path) -> None:
    page = printed(tmp_path, "gas_leak", "--lang", "fr", "--lang", "nl", "--channel", "sms")
    assert [language for language, _ in ARTICLE.findall(page)] == ["fr", "nl"]
    assert "repeat(2, 1fr)" in page


@pytest.mark.parametrize("words", [(), ("gas_leak", "--all")])
def test_one_scenario_or_all_of_them(words: tuple[str, ...]) -> None:
    assert CliRunner().invoke(app, ["templates", "show", *words]).exit_code == 2
